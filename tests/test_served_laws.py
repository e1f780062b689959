"""Laws of coverage that hold without knowing the answer (the numbers are those of the design's list of properties)."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import drawn
import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import toy
from files import X, Y, write_study
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, box

from zzgeo.accessibility import study_inputs, two_step
from zzgeo.auditing.run import audit
from zzgeo.crs.ground import Ground
from zzgeo.intake.study import Study, check_study, load_study
from zzgeo.network import Reach, WalkNetwork, radius_distance
from zzgeo.served import CITY, access, coverage, open_facilities, statuses, unreached, within

GEOD = pyproj.Geod(ellps="GRS80")
DAY_CARE = "elderly_day_care"
TIES_M = (0.0, 1e-9, 1e-6, 1e-3, 1.0)

places = st.tuples(st.integers(-1500, 1500), st.integers(-1500, 1500))
some_places = st.lists(places, min_size=1, max_size=4)
homes = st.lists(st.tuples(places, st.integers(0, 50)), min_size=1, max_size=12)
reaches = st.sampled_from([Reach.radius(555), Reach.along_streets(555), Reach.along_streets(1333)])
HALVES = {"1": box(-2000, -2000, 0, 2000), "2": box(0, -2000, 2000, 2000)}


def grid(step: int = 500, edge: int = 1500) -> list[LineString]:
    at = range(-edge, edge + 1, step)
    return [LineString([(a, b), (a + step, b)]) for a in at[:-1] for b in at] + [
        LineString([(b, a), (b, a + step)]) for a in at[:-1] for b in at
    ]


def city(facilities, people, *, districts=HALVES, streets=None) -> Study:
    demand = {
        f"p{n}": toy.people(x, y, count, count // 5, "1" if x < 0 or len(districts) == 1 else "2", None)
        for n, ((x, y), count) in enumerate(people)
    }
    sites = {f"f{n}": toy.facility(x, y, name=f"站{n}") for n, (x, y) in enumerate(facilities)}
    return toy.study(
        facilities=sites, demand=demand, districts=districts, streets=grid() if streets is None else streets
    )


def covered(study: Study, reach: Reach) -> pd.Series:
    return coverage(study, reach, DAY_CARE).xs("residents", level="group")["covered"]


def around(lon: float, lat: float, radius: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (lon, lat, geodesic metres) of places around one: a third at the limit +- a tie, the others anywhere."""
    rng = np.random.default_rng(seed)
    ties = np.repeat([radius + sign * tie for tie in TIES_M for sign in (1, -1)], 10)
    metres = np.concatenate([ties, rng.uniform(0, 2 * radius, 200)])
    bearing = rng.uniform(0, 360, len(metres))
    there = GEOD.fwd(np.full(len(metres), lon), np.full(len(metres), lat), bearing, metres)
    return there[0], there[1], metres


@pytest.mark.parametrize("radius", [500.0, 1000.0])
@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:32649"])
@pytest.mark.parametrize(("lon", "lat"), [(114.0, 34.75), (113.62, 34.75), (113.6, 24.8)])
@pytest.mark.parametrize("seed", range(3))
def test_p14_a_radius_agrees_with_the_geodesic_for_every_pair_farther_than_a_millimetre(lon, lat, crs, radius, seed):
    lons, lats, metres = around(lon, lat, radius, seed)
    inside, found = judged(lon, lat, lons, lats, crs, radius)
    clear = np.abs(metres - radius) > 1e-3
    assert (~clear).sum() >= 0.1 * len(metres)
    assert inside == (found <= radius + 1e-6).sum()
    assert ((found <= radius + 1e-6) == (metres <= radius))[clear].all()


@pytest.mark.parametrize("radius", [500.0, 1000.0])
@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:32649"])
def test_p14_a_radius_agrees_with_postgis_for_every_pair_farther_than_a_millimetre(postgis, crs, radius):
    lon, lat = 113.62, 34.75
    lons, lats, metres = around(lon, lat, radius, 7)
    query = """
        SELECT extensions.ST_DWithin(extensions.ST_Point(%s, %s, 4490)::extensions.geography,
                                     extensions.ST_Point(x, y, 4490)::extensions.geography, %s)
        FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS place(x, y, n) ORDER BY n"""
    theirs = np.array(postgis.ask(query, [lon, lat, radius, lons.tolist(), lats.tolist()]))[:, 0]
    _, found = judged(lon, lat, lons, lats, crs, radius)
    clear = np.abs(metres - radius) > 1e-3
    assert 0 < theirs.sum() < len(theirs)
    np.testing.assert_array_equal((found <= radius + 1e-6)[clear], theirs[clear])


def judged(lon, lat, lons, lats, crs: str, radius: float) -> tuple[float, np.ndarray]:
    """Return who is covered around one place by the whole way of a study, and the straight distances."""
    to_metric = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    here = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*to_metric.transform([lon], [lat])), crs=crs)
    there = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*to_metric.transform(lons, lats)), crs=crs)
    ground = Ground.over(pyproj.CRS(crs), tuple(there.total_bounds))
    demand = there.assign(district="1", unit=None, residents=1.0).rename_axis("demand_id")
    sites = here.assign(kind=DAY_CARE, name="站", source="toy").rename_axis("facility_id")
    study = city([(0, 0)], [((0, 0), 1)])
    tables = {"districts": study.districts.set_crs(crs, allow_override=True), "facilities": sites, "demand": demand}
    place = dataclasses.replace(study, crs=pyproj.CRS(crs), **tables, streets=None, ground=ground)
    found = radius_distance(here, there, ground)["distance_m"].to_numpy()
    return covered(place, Reach.radius(radius))[CITY], found


@pytest.mark.parametrize("radius", [500.0, 1000.0, 990.0])
def test_a_limit_in_metres_of_the_study_is_inclusive_at_every_tie(radius):
    expected = {0.0: True, 1e-9: True, 9e-7: True, 1.1e-6: False, 1e-3: False, 1.0: False}
    for off, reached in expected.items():
        for sign in (1, -1):
            study = city([(0, 0)], [((radius + sign * off, 0), 7)], streets=[LineString([(0, 0), (2000, 0)])])
            for reach in (Reach.radius(radius), Reach.along_streets(radius)):
                assert covered(study, reach)[CITY] == (7 if reached or sign < 0 else 0), (off, sign, reach)


@settings(max_examples=15, deadline=None)
@given(facilities=some_places, people=homes, reach=reaches)
def test_p15_p16_districts_split_and_merged_add_up_exactly(facilities, people, reach):
    parts = coverage(city(facilities, people), reach, DAY_CARE)
    whole = coverage(city(facilities, people, districts={"1": box(-2000, -2000, 2000, 2000)}), reach, DAY_CARE)
    counts = ["people", "covered", "missed", "excluded"]
    pd.testing.assert_frame_equal(parts.loc[[CITY], counts], whole.loc[[CITY], counts], check_exact=True)
    pd.testing.assert_frame_equal(
        parts[counts].drop(CITY, level="district").groupby("group").sum(),
        whole.xs("1", level="district")[counts],
        check_exact=True,
        check_like=True,
    )


@settings(max_examples=15, deadline=None)
@given(
    facilities=some_places,
    people=homes,
    shares=st.lists(drawn.grid(0.01, 9.0, drawn.CENTIMETRE), min_size=12, max_size=12),
)
def test_p15_people_in_fractions_add_up_to_a_billionth(facilities, people, shares):
    study = city(facilities, people)
    study = dataclasses.replace(study, demand=study.demand.assign(residents=shares[: len(study.demand)]))
    table = coverage(study, Reach.along_streets(777), DAY_CARE).xs("residents", level="group")
    total = float(np.sum(shares[: len(study.demand)]))
    assert table.loc[CITY, "people"] == pytest.approx(total, rel=1e-9)
    assert table.loc[["1", "2"], "covered"].sum() == pytest.approx(table.loc[CITY, "covered"], rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(facilities=some_places, people=homes, reach=reaches)
def test_p17_a_second_facility_at_the_same_place_covers_nobody_more_and_doubles_what_there_is(
    facilities, people, reach
):
    once, twice = city(facilities, people), city([*facilities, *facilities], people)
    pd.testing.assert_frame_equal(coverage(twice, reach, DAY_CARE), coverage(once, reach, DAY_CARE), check_exact=True)
    beds = [two_step(*study_inputs(study, DAY_CARE, 900, capacity=10), 900) for study in (once, twice)]
    alone = not any(facilities.count(one) > 1 for one in facilities)
    assert not alone or np.allclose(beds[1], 2 * beds[0], rtol=1e-12, equal_nan=True)


def test_p17_the_same_record_twice_is_counted_once_and_told():
    sites = {name: toy.facility(0, 0, name="枫林站") for name in ("a", "again")}
    study = toy.study(facilities=sites, demand={"p": toy.people(10, 0, 5, 5)}, units={"1-1": toy.unit(HALVES["2"])})
    findings = audit(study, ["zz2018-34"]).findings
    flags = findings.loc["zz18e-radius-urban-community/district/1", "flags"]
    assert "same record twice, counted once: 1" in flags
    counted, _ = open_facilities(study, [DAY_CARE])
    assert list(counted.index) == ["a"]


@settings(max_examples=15, deadline=None)
@given(facilities=st.lists(places, max_size=3), people=homes, reach=reaches)
def test_p20_every_count_lies_between_0_and_the_people_and_every_share_between_0_and_1(facilities, people, reach):
    table = coverage(city(facilities, people), reach, DAY_CARE)
    counts = table[["people", "covered", "missed", "excluded"]]
    assert np.isfinite(counts).all(axis=None)
    assert (counts >= 0).all(axis=None)
    assert (counts[["covered", "missed", "excluded"]].le(counts["people"], axis=0)).all(axis=None)
    assert table["share"].dropna().between(0, 1).all()
    nobody = (table["covered"] + table["missed"]) == 0
    assert table["share"].isna().equals(nobody)


def test_p20_no_cell_that_is_written_says_nan_and_only_a_way_may_be_inf(tmp_path):
    off = {"p": toy.people(5, 0, 30, 9), "far": toy.people(0, 1900, 40, 3), "none": toy.people(10, 0, 0, 0)}
    units = {"1-1": toy.unit(box(-2000, -2000, 2000, 2000))}
    study = toy.study(facilities={}, demand=off, units=units, streets=grid(), kinds=frozenset({DAY_CARE}))
    report = audit(study, ["zz2018-34"])
    assert np.isinf(report.reach["zz18e-radius-urban-community"]["straight_m"]).all()
    for path in report.write(tmp_path / "out"):
        if path.suffix == ".json":
            json.loads(path.read_text("utf-8"), parse_constant=pytest.fail)
        if path.suffix == ".csv":
            cells = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
            wrong = {name for name in cells for cell in cells[name] if cell.lower().lstrip("+-") in ("nan", "inf")}
            # the one thing that may be infinite is a way to where there is nothing
            assert wrong <= {"farthest_m", "nearest_m"}, path.name


def test_p21_an_empty_change_reproduces_every_byte(tmp_path):
    study = write_study(tmp_path / "study")
    first = {path.name: path.read_bytes() for path in audit(load_study(study)).write(tmp_path / "a")}
    text = study.read_text("utf-8")
    study.write_text(text + "\n# nothing has changed\n", encoding="utf-8")
    again = {path.name: path.read_bytes() for path in audit(load_study(study)).write(tmp_path / "b")}
    assert again.keys() == first.keys()
    changed = [name for name, content in again.items() if content != first[name]]
    assert changed == []


@settings(max_examples=6, deadline=None)
@given(facilities=some_places, spots=st.lists(places, min_size=1, max_size=12, unique=True), reach=reaches)
def test_p22_with_weights_of_powers_of_two_the_sum_names_who_is_covered(facilities, spots, reach):
    people = [(spot, 2**n) for n, spot in enumerate(spots)]
    total = int(covered(city(facilities, people), reach)[CITY])
    for n, (spot, _) in enumerate(people):
        alone = covered(city(facilities, [(spot, 1)]), reach)[CITY]
        assert bool(total >> n & 1) == bool(alone)


POISON = {
    "养老.csv": [
        "F9,枫林9站,日间照料,x,3847300,20",
        "F9,枫林9站,日间照料,,,20",
        "F1,枫林9站,日间照料,458300,3847300,20",
    ],
    "people.csv": ["P9,458300,3847300,-5,1", "P9,458300,,5,1", "P9,458300,3847300,many,1", "P1,458300,3847300,5,1"],
}


@pytest.mark.parametrize(("name", "row"), [(name, row) for name, rows in POISON.items() for row in rows])
def test_p25_a_poisoned_row_changes_nothing_else_and_is_one_more_issue(tmp_path, name, row):
    clean, broken = (write_study(tmp_path / one) for one in ("clean", "broken"))
    path = broken.parent / name
    encoding = "gb18030" if name == "养老.csv" else "utf-8"
    path.write_bytes(path.read_bytes() + ("\r\n" + row).encode(encoding))
    sound, study = load_study(clean), check_study(broken)[0]
    assert study is not None
    assert len(study.quarantined) == len(sound.quarantined) + 1
    for reach in (Reach.radius(400), Reach.along_streets(400)):
        told, plain = coverage(study, reach, DAY_CARE), coverage(sound, reach, DAY_CARE)
        # a facility that was lost is told beside the people; one that repeats another is none
        assert told["rows_lost"].eq(int(row.startswith("F9"))).all()
        people = [one.drop(columns="rows_lost") for one in (told, plain)]
        pd.testing.assert_frame_equal(*people, check_exact=True)


@settings(max_examples=15, deadline=None)
@given(facilities=some_places, more=places, people=homes, reach=reaches)
def test_one_more_facility_never_covers_fewer_anywhere(facilities, more, people, reach):
    before, after = covered(city(facilities, people), reach), covered(city([*facilities, more], people), reach)
    assert (after >= before).all()


@settings(max_examples=15, deadline=None)
@given(facilities=some_places, people=homes, which=st.integers(0, 10**6), data=st.data())
def test_one_street_fewer_never_covers_more_of_those_who_stand_where_they_did(facilities, people, which, data):
    streets = grid(250)
    del streets[which % len(streets)]
    # places at crossings keep their street, whichever other street is taken away
    at_crossings = [((250 * round(x / 250), 250 * round(y / 250)), count) for (x, y), count in people]
    sites = [(250 * round(x / 250), 250 * round(y / 250)) for x, y in facilities]
    reach = Reach.along_streets(data.draw(st.sampled_from([555, 1333])))
    before = covered(city(sites, at_crossings, streets=grid(250)), reach)
    after = covered(city(sites, at_crossings, streets=streets), reach)
    assert (after <= before).all()


@settings(max_examples=6, deadline=None)
@given(facilities=some_places, people=homes, reach=reaches)
def test_people_under_overlapping_catchments_are_counted_once(facilities, people, reach):
    together = covered(city(facilities, people), reach)[CITY]
    apart = [covered(city([one], people), reach)[CITY] for one in facilities]
    assert max(apart) <= together <= min(sum(apart), sum(count for _, count in people))
    by_home = [covered(city(facilities, [home]), reach)[CITY] for home in people]
    assert together == sum(by_home)


def test_streets_beyond_the_border_serve_people_inside():
    # the only way from p to f leads through the neighbouring district, which is not part of the study
    way = [LineString([(-200, 0), (100, 0)]), LineString([(100, 0), (100, 300)]), LineString([(100, 300), (-200, 300)])]
    inside = {"1": HALVES["1"]}
    demand = {"p": toy.people(-200, 0, 9, 9, "1", None)}
    facilities = {"f": toy.facility(-200, 300)}
    study = toy.study(facilities=facilities, demand=demand, districts=inside, streets=way)
    assert covered(study, Reach.along_streets(900))[CITY] == 9
    assert covered(study, Reach.along_streets(899))[CITY] == 0
    cut = toy.study(facilities=facilities, demand=demand, districts=inside, streets=[way[0].intersection(HALVES["1"])])
    assert covered(cut, Reach.along_streets(900))[CITY] == 0


def test_a_facility_beyond_the_border_covers_people_and_is_nobodys_provision():
    units = {"1-1": toy.unit(HALVES["1"], residents=9.0, aged_60_plus=9.0)}
    demand = {"p": toy.people(-10, 0, 9, 9)}
    study = toy.study(
        facilities={"f": toy.facility(10, 0)}, demand=demand, units=units, districts={"1": HALVES["1"]}, streets=grid()
    )
    findings = audit(study, ["zz2018-34"]).findings
    reached = findings.loc["zz18e-radius-urban-community/district/1"]
    provided = findings.loc["zz18e-coverage-urban-community/district/1"]
    assert (reached["verdict"], reached["covered"]) == ("pass", 9)
    assert (provided["verdict"], provided["value"]) == ("fail", 0)


def test_people_as_points_as_units_and_as_cells_of_a_grid_are_the_same_people(tmp_path):
    study = write_study(tmp_path / "study")
    points = load_study(study)
    text = study.read_text("utf-8")
    start = text.index("[demand]")
    types = 'types = { "社区" = "urban-community" }'
    columns = 'columns = { code = "代码", name = "名称", type = "类型", residents = "人口", aged_60_plus = "老人" }'
    old = 'columns = { code = "代码", name = "名称", type = "类型" }'
    study.write_text(text[:start].replace(old, columns), encoding="utf-8")
    assert types in text
    path = study.parent / "units.gpkg"
    units = gpd.read_file(path)
    sums = points.demand.groupby("unit")[["residents", "aged_60_plus"]].sum().reindex(units["代码"])
    units["人口"], units["老人"] = sums["residents"].to_numpy(), sums["aged_60_plus"].to_numpy()
    Path(path).unlink()
    units.to_file(path)
    for land in (False, True):
        if land:
            gpd.GeoDataFrame(geometry=[box(X, Y, X + 2000, Y + 1000)], crs=4547).to_file(study.parent / "land.gpkg")
            written = study.read_text("utf-8")
            study.write_text(written + '\n[land]\nsource = "land.gpkg"\ndatum = "EPSG:4547"\n', encoding="utf-8")
        spread = load_study(study)
        assert len(spread.demand) == (200 if land else 2)
        for group in ("residents", "aged_60_plus"):
            by_district = spread.demand.groupby("district")[group].sum()
            pd.testing.assert_series_equal(by_district, points.demand.groupby("district")[group].sum(), rtol=1e-9)
        # a walk across the whole district covers everybody, however they are spread
        table = coverage(spread, Reach.along_streets(4000), DAY_CARE)
        assert table.loc[(CITY, "residents"), "share"] == pytest.approx(1, rel=1e-12)


def test_an_island_without_a_facility_covers_nobody_and_takes_nobody_from_the_mainland():
    island = [LineString([(1700, 1700), (1900, 1700)])]
    people = [((100, 0), 5), ((1800, 1700), 7)]
    table = coverage(city([(0, 0)], people, streets=[*grid(), *island]), Reach.along_streets(1e6), DAY_CARE)
    row = table.loc[(CITY, "residents")]
    assert (row["covered"], row["missed"], row["excluded"]) == (5, 7, 0)
    assert WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=[*grid(), *island], crs=toy.CRS)).component.max() == 1


def test_people_too_far_from_every_street_are_excluded_by_walk_and_judged_by_radius():
    study = city([(0, 0)], [((250, 250), 5), ((250, 199), 7), ((0, 250), 11)])
    walked = coverage(study, Reach.along_streets(1e5), DAY_CARE).loc[(CITY, "residents")]
    assert (walked["covered"], walked["missed"], walked["excluded"], walked["share"]) == (18, 0, 5, 1)
    straight = coverage(study, Reach.radius(400), DAY_CARE).loc[(CITY, "residents")]
    assert (straight["covered"], straight["missed"], straight["excluded"]) == (23, 0, 0)


@settings(max_examples=30, deadline=None)
@given(facilities=some_places, people=homes, metres=st.sampled_from([555.0, 1333.0]), missing=st.integers(0, 20))
def test_who_is_unreached_is_missed_and_within_the_straight_reach(facilities, people, metres, missing):
    """Streets taken away leave people without a walk; who may be covered is bounded by the straight line."""
    streets = grid()[missing:]
    one = city(facilities, people, streets=streets)
    table = access(one, one.facilities, one.demand, one.on_streets.network)
    reach = Reach.along_streets(metres)
    near = unreached(table, reach)
    status = statuses(table, reach).to_numpy()
    assert (status[near] == "missed").all()
    assert within(table["straight_m"], metres)[near].all()
    assert (table["unreached_m"] >= table["straight_m"] - 1e-6).all()
    # where somebody lives, every facility is reached and everybody reaches one, nothing is unsure
    whole = city(facilities, people, streets=grid())
    sure = access(whole, whole.facilities, whole.demand, whole.on_streets.network)
    placed = whole.on_streets.facilities_ledger["edge_id"].notna().all() and whole.demand["residents"].sum() > 0
    if placed and np.isfinite(sure["streets_m"]).all():
        assert not unreached(sure, reach).any()
