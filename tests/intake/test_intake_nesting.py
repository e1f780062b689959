"""Units of several levels: nested, each with the people who live in it, nobody twice; closed forms of squares."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import geopandas as gpd
import levelled
import numpy as np
import pandas as pd
import pytest
from drawn import grid
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT
from shapely import Point, box

import zzgeo
from zzgeo.errors import ConservationError, InputError
from zzgeo.intake.nesting import filled, in_levels, lived_in
from zzgeo.spec.kinds import forget_declared
from zzgeo.vocabulary.people import UNIT_SETS
from zzgeo.vocabulary.unit_levels import levels_of


def told(study: zzgeo.Study, code: str) -> list:
    return [one for one in study.warnings if one.code == code]


def people(study: zzgeo.Study) -> dict[str, tuple[float, float]]:
    by_type = study.units.groupby("type")["residents"]
    return dict(zip(by_type.groups, zip(by_type.sum(), by_type.max(), strict=True), strict=True))


def test_people_on_points_fill_every_level(tmp_path: Path) -> None:
    study = zzgeo.load_study(levelled.write(tmp_path, levelled.usual(), people=levelled.places()))
    # 25 places in a compound of 250 m, 100 in a community, 400 in a subdistrict; 10 people at each
    whole = {"compound": (16_000, 250), "urban-community": (16_000, 1_000), "subdistrict": (16_000, 4_000)}
    assert people(study) == whole
    assert study.demand["residents"].sum() == 16_000
    assert set(study.units["people_from"]) == {"demand"}
    # within 25 m of the border of a square of 250 m less its rim: the 16 outer of 25 places
    assert set(study.units.loc[study.units["type"] == "compound", "people_doubted"]) == {160.0}
    assert [one.value for one in told(study, "level.people_filled")] == [
        "64 dwelling compounds: 16,000 residents",
        "16 communities and villages: 16,000 residents",
        "4 subdistricts and townships: 16,000 residents",
    ]
    assert "10,240 of them live within 25 m of a border" in told(study, "level.people_filled")[0].why


def test_each_unit_lies_within_one_of_the_next_level(tmp_path: Path) -> None:
    study = zzgeo.load_study(levelled.write(tmp_path, levelled.usual(), people=levelled.places()))
    within = study.units["lies_within"]
    assert within[["c1", "c2", "c17", "c18", "c3"]].tolist() == ["s1", "s1", "s1", "s1", "s2"]
    assert within[["s1", "s2", "s9", "s3"]].tolist() == ["j1", "j1", "j1", "j2"]
    assert within[["j1", "j4"]].isna().all()
    assert not told(study, "level.across")
    assert not told(study, "level.outside")


def test_without_points_the_people_of_one_level_are_counted_once(tmp_path: Path) -> None:
    units = levelled.usual()
    units["compounds"][1]["residents"] = 251
    units["communities"][1]["residents"] = 1_000
    units["streets"][1]["residents"] = 4_000
    study = zzgeo.load_study(levelled.write(tmp_path, units))
    # compounds and communities agree within 1 %: the smallest units say best where people live
    assert study.demand["residents"].sum() == 64 * 251
    assert not told(study, "level.people_disagree")
    assert [one.value for one in told(study, "demand.from_units")] == ["64 points for 64 dwelling compounds"]
    assert study.demand["unit"].notna().all()
    # tables keep what they say, whoever is counted
    assert people(study)["urban-community"] == (16_000, 1_000)
    assert study.units["people_doubted"].sum() == 0


def test_two_levels_that_disagree_are_told_and_the_fuller_one_is_counted(tmp_path: Path) -> None:
    units = levelled.usual()
    units["compounds"][1]["residents"] = 200
    units["communities"][1]["residents"] = 1_000
    study = zzgeo.load_study(levelled.write(tmp_path, units))
    assert study.demand["residents"].sum() == 16_000
    [one] = told(study, "level.people_disagree")
    assert one.value.startswith("s1 名s1 1,000, its dwelling compounds 800 (-200); ")
    assert one.value.endswith(" and 11 more")
    assert len(one.rows) == 16
    # communities lie wholly in their subdistricts: nobody of them may live in another
    streets = study.units[study.units["type"] == "subdistrict"]
    assert streets["residents"].tolist() == [4_000] * 4
    assert streets["people_doubted"].sum() == 0


def test_levels_are_compared_across_one_that_says_nothing(tmp_path: Path) -> None:
    units = levelled.usual()
    units["compounds"][1]["residents"] = 250
    units["streets"][1]["residents"] = 5_000
    study = zzgeo.load_study(levelled.write(tmp_path, units))
    [one] = told(study, "level.people_disagree")
    assert one.value.startswith("j1 名j1 5,000, its dwelling compounds 4,000 (-1,000); ")
    assert study.demand["residents"].sum() == 20_000
    # people spread over subdistricts may live in any community of theirs
    mine = study.units[study.units["type"] == "urban-community"]
    assert mine["people_doubted"].sum() == mine["residents"].sum() > 0


def test_a_compound_across_two_communities_and_one_outside_are_told(tmp_path: Path) -> None:
    units = levelled.usual()
    table = units["compounds"][1]
    x, y = levelled.X, levelled.Y
    table.loc[0, "geometry"] = box(x + 425, y + 100, x + 525, y + 200)  # three quarters in s1
    table.loc[5, "geometry"] = box(x + 1_300, y - 50, x + 1_400, y + 50)  # half beyond the city
    table.loc[9, "geometry"] = box(x + 2_300, y - 200, x + 2_400, y - 100)
    table["district"] = "W"
    study = zzgeo.load_study(levelled.write(tmp_path, units, people=levelled.places()))
    [across] = told(study, "level.across")
    assert (across.value, across.rows) == ("c1 名c1 (75.0% in s1, 25.0% in s2)", ("c1",))
    [outside] = told(study, "level.outside")
    assert outside.value == "c6 名c6 (50.0% outside); c10 名c10 (100.0% outside)"
    assert study.units.loc[["c1", "c6"], "lies_within"].tolist() == ["s1", "s3"]
    assert study.units.loc[["c10"], "lies_within"].isna().all()
    assert study.units.loc["c10", "residents"] == 0.0


def test_a_code_that_stands_in_two_levels_is_refused(tmp_path: Path) -> None:
    units = levelled.usual()
    units["compounds"][1].loc[0, "code"] = "s1"
    with pytest.raises(InputError, match=r"id\.duplicate · units · s1"):
        zzgeo.load_study(levelled.write(tmp_path, units, people=levelled.places()))


def test_units_that_are_points_and_people_who_name_theirs(tmp_path: Path) -> None:
    units = levelled.usual()
    table = units["compounds"][1]
    units["compounds"] = ("compound", table.set_geometry(table.geometry.centroid))
    points = levelled.places().assign(unit="c2")
    points.loc[0, "unit"] = None
    file = levelled.write(tmp_path, units, people=points)
    study = zzgeo.load_study(file)
    assert study.units.loc["c2", "residents"] == 15_990
    assert study.units.loc["c2", "lies_within"] == "s1"
    assert not told(study, "value.unknown_code")
    # whom they name is another level: the community is found by place all the same
    assert study.units.loc["s1", "residents"] == 1_000


def test_people_who_name_their_compound_in_a_column_called_like_it(tmp_path: Path) -> None:
    points = levelled.places().assign(compound="c2", block="no block of ours")
    study = zzgeo.load_study(levelled.write(tmp_path, levelled.usual(), people=points))
    assert study.units.loc[["c2", "c1", "s1"], "residents"].tolist() == [16_000, 0, 1_000]


def test_rows_that_were_set_aside_of_a_level_that_is_not_counted_cost_nobody(tmp_path: Path) -> None:
    units = levelled.usual()
    for _, table in units.values():
        table["residents"] = 4_000.0 / {64: 16, 16: 4, 4: 1}[len(table)]
    table = units["streets"][1]
    table.loc[0, "geometry"] = None
    study = zzgeo.load_study(levelled.write(tmp_path, units))
    assert len(study.lost_people) == 1
    assert study.lost_people["residents"].tolist() == [0.0]


def test_the_example_of_the_page_of_data_runs() -> None:
    _, _, section = (ROOT / "docs" / "data.md").read_text("utf-8").partition("\n## Units of several levels\n")
    forget_declared()
    exec(re.findall(r"```python\n(.*?)```", section, re.DOTALL)[0], {})
    toml = tomllib.loads(re.findall(r"```toml\n(.*?)```", section, re.DOTALL)[0])
    assert [one["type"] for one in toml["units"]] == ["compound", "community", "grid"]
    forget_declared()


def test_a_study_of_one_layer_of_the_usual_four_is_left_as_it_was(tmp_path: Path) -> None:
    units = levelled.usual()
    mixed = pd.concat([units["communities"][1].assign(type="社区"), units["streets"][1].assign(type="街道")])
    mixed["residents"] = [900] * 16 + [5_000] * 4
    file = levelled.write(tmp_path, {"mixed": ("社区", mixed)}, people=levelled.places())
    types = 'types = { "社区" = "urban-community", "街道" = "subdistrict" }'
    text = file.read_text("utf-8").replace("[[units]]", "[units]").replace('type = "社区"', types)
    file.write_text(text, encoding="utf-8")
    study = zzgeo.load_study(file)
    assert not [one for one in study.warnings if one.code.startswith("level.")]
    assert not {"lies_within", "people_from", "people_doubted"} & set(study.units.columns)
    assert study.units["residents"].tolist() == [900] * 16 + [5_000] * 4
    bare = study.units.drop(columns="residents")
    assert in_levels(bare, 1) == (bare, []) or in_levels(bare, 1)[0] is bare
    assert filled(bare, study.demand)[0] is bare


def test_frames_of_several_levels(tmp_path: Path) -> None:
    units = {"小区": levelled.usual()["compounds"][1], "community": levelled.usual()["communities"][1]}
    given = levelled.places()
    points = gpd.GeoDataFrame(
        given[["residents"]], geometry=gpd.points_from_xy(given["x"], given["y"]), crs="EPSG:4547"
    )
    districts = levelled.layer(levelled.DISTRICTS)
    study = zzgeo.Study.from_frames(
        name="层城", as_of="2024-12-31", districts=districts, people=points, units=units, crs="EPSG:4547"
    )
    assert people(study) == {"compound": (16_000, 250), "urban-community": (16_000, 1_000)}
    mixed = zzgeo.Study.from_frames(
        name="层城",
        as_of="2024-12-31",
        districts=districts,
        people=points,
        units=list(units.values()),
        said={"units[0]": {"type": "compound"}, "units[1]": {"type": "社区"}},
        crs="EPSG:4547",
    )
    pd.testing.assert_frame_equal(mixed.units, study.units)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(grid(0, 400), grid(0, 100), st.integers(0, 5_000)), min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 380), st.integers(0, 80), st.integers(5, 60)), min_size=1, max_size=8),
)
def test_people_of_each_level_and_those_outside_are_all_people(places: list, compounds: list) -> None:
    """Whatever lies where, overlaps or is left out: nobody is lost and nobody is in two units of a level."""
    demand = gpd.GeoDataFrame(
        {"residents": [float(number) for _, _, number in places]}, geometry=[Point(x, y) for x, y, _ in places]
    )
    shapes = {f"c{n}": box(x, y, x + side, y + side) for n, (x, y, side) in enumerate(compounds)}
    shapes |= {"s1": box(0, 0, 150, 100), "s2": box(140, 0, 300, 100), "j1": box(0, 0, 400, 50)}
    types = ["compound"] * len(compounds) + ["urban-community", "village", "township"]
    units = gpd.GeoDataFrame(
        {"name": list(shapes), "type": types, "district": "1"}, geometry=list(shapes.values()), index=list(shapes)
    )
    nested, _ = in_levels(units, 3)
    table, _ = filled(nested, demand)
    total = demand["residents"].sum()
    for level in levels_of(types):
        home = lived_in(demand, units, UNIT_SETS[level])
        mine = table.loc[table["type"].isin(UNIT_SETS[level]), "residents"]
        outside = demand.loc[home.isna(), "residents"].sum()
        assert mine.sum() + outside == pytest.approx(total, abs=1e-6)
        inside = np.array(
            [shapes[code].buffer(1e-9).covers(demand.geometry[row]) for row, code in home.dropna().items()]
        )
        assert inside.all()
    assert (table["people_doubted"] <= table["residents"] + 1e-6).all()


def test_people_counted_in_two_units_of_a_level_stop_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    demand = gpd.GeoDataFrame({"residents": [10.0, 20.0]}, geometry=[Point(5, 5), Point(15, 5)])
    shapes = {"c1": box(0, 0, 10, 10), "c2": box(10, 0, 20, 10)}
    units = gpd.GeoDataFrame(
        {"name": list(shapes), "type": "compound", "district": "1"}, geometry=list(shapes.values()), index=list(shapes)
    )
    nested, _ = in_levels(units, 1)
    assert filled(nested, demand)[0]["residents"].tolist() == [10.0, 20.0]
    summed = pd.core.groupby.DataFrameGroupBy.sum
    monkeypatch.setattr(pd.core.groupby.DataFrameGroupBy, "sum", lambda self: 2 * summed(self))
    with pytest.raises(ConservationError, match="counted twice"):
        filled(nested, demand)
