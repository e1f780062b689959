"""Classes of road in tables: many names and words, one rule, and what is told."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from zzgeo.spec.levels import lifted
from zzgeo.spec.road_words import NAMES, WORDS
from zzgeo.spec.street_tables import class_column, sorted_out, verdicts
from zzgeo.spec.walking_profile import walking_profile
from zzgeo.spec.ways import how_walked

CN = walking_profile("cn-default")


def streets(**columns: list) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    lines = shapely.linestrings([[(0, 100 * row), (1000, 100 * row)] for row in range(count)])
    return gpd.GeoDataFrame(columns, geometry=list(lines), crs="EPSG:4547")


def states(profile=CN, **columns: list) -> list[str]:
    return [walked.state for walked in verdicts(pd.DataFrame(columns), profile).walked]


@pytest.mark.parametrize(
    "name", ["highway", "fclass", "FCLASS", "type", "Class", "road_class", "ROAD_TYPE", "道路等级", "道路类型", "等级"]
)
@pytest.mark.parametrize(
    "word",
    ["motorway", "Motorway", "motorway_link", "高速公路", "['motorway', 'motorway_link']", "motorway;motorway_link"],
)
def test_a_motorway_is_one_under_every_name_and_word(name, word):
    assert states(**{name: [word, "residential", None]}) == ["closed", "open", "open"]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("快速路", "trunk"),
        ("主干路", "primary"),
        ("次干路", "secondary"),
        ("支路", "tertiary"),
        ("国道", "trunk"),
        ("人行道", "footway"),
        ("步行街", "pedestrian"),
        ("台阶", "steps"),
        ("非机动车道", "cycleway"),
        ("匝道", "trunk_link"),
        ("高架路", "motorway"),
        ("track_grade3", "track"),
        ("freeway", "motorway"),
    ],
)
def test_words_of_other_sources_stand_for_values_of_highway(word, value):
    assert WORDS[word] == value
    for profile in map(walking_profile, ("cn-default", "osmnx", "accessible")):
        assert states(profile, **{"道路类型": [word]}) == [how_walked({"highway": value}, profile).state]


def test_no_word_stands_for_two_values_and_every_name_is_plain():
    assert all(word == word.casefold() for word in WORDS)
    assert len(NAMES) == len(set(NAMES))
    assert all(WORDS[value] == value for value in set(WORDS.values()))


TAGS = (
    {"highway": "trunk"},
    {"highway": "trunk", "bridge": "yes"},
    {"highway": "trunk", "bridge": "yes", "sidewalk": "both"},
    {"highway": "trunk", "motorroad": "yes"},
    {"highway": "motorway", "foot": "yes"},
    {"highway": "motorway", "sidewalk:both": "yes"},
    {"highway": "service", "access": "private"},
    {"highway": "service", "access": "no", "foot": "destination"},
    {"highway": "footway", "foot": "no"},
    {"highway": "discontinued"},
    {"highway": "proposed"},
    {"highway": "road"},
    {"highway": "trail"},
    {"highway": "unknown"},
    {"highway": "steps"},
    {"highway": "cycleway"},
)


@pytest.mark.parametrize("profile", ["cn-default", "osmnx", "r5", "accessible"])
def test_a_table_of_openstreetmap_tags_is_judged_as_the_file_is(profile):
    rule = walking_profile(profile)
    table = pd.DataFrame(list(TAGS))
    assert [street.state for street in verdicts(table, rule).walked] == [how_walked(tags, rule).state for tags in TAGS]


def test_bridges_are_read_in_every_spelling():
    bridge = ["T", "F", "1", "0", "-1", "", "否", "是"]
    expected = ["closed", "open", "closed", "open", "open", "open", "open", "closed"]
    assert states(fclass=["trunk"] * 8, bridge=bridge) == expected
    assert states(fclass=["trunk"] * 8, 桥梁=bridge) == expected


def test_tags_are_read_where_no_column_names_a_class():
    assert states(ACCESS=["private", "no", "yes", None]) == ["private", "closed", "open", "open"]


def test_words_nobody_knows_are_walked_and_told_unless_the_column_is_highway():
    told = sorted_out(streets(type=["residential", "primary", "boulevard"]), "a.gpkg")
    assert told.kept.all()
    assert [note.code for note in told.notes] == ["network.class_unknown"]
    assert "boulevard 1" in told.notes[0].value
    told = sorted_out(streets(highway=["residential", "primary", "boulevard"]), "a.gpkg")
    assert told.kept.tolist() == [True, True, False]


def test_a_class_of_road_that_is_no_street_is_dropped_under_every_name():
    assert states(fclass=["residential", "primary", "proposed"]) == ["open", "open", "closed"]
    assert states(道路等级=["主干路", "支路", "在建"]) == ["open", "open", "closed"]


def test_a_column_that_looks_like_a_class_and_is_none_is_told_and_not_used():
    told = sorted_out(streets(type=["asphalt", "gravel", "motorway"]), "a.gpkg")
    assert told.kept.all()
    assert [note.code for note in told.notes] == ["network.class_unread"]
    assert told.notes[0].value == "type"


@pytest.mark.parametrize("cells", [[5111, 5112], ["5111", "5112"], [1.0, float("nan")], ["01", None], ["１", "2;3"]])
def test_classes_that_are_numbers_alone_are_told_and_walked(cells):
    for name in ("type", "RoadClass", "等级"):
        told = sorted_out(streets(**{name: cells}), "a.gpkg")
        assert told.kept.all()
        assert [(note.code, note.value) for note in told.notes] == [("network.class_unread", name)]
    # beside words nobody needs them
    assert not sorted_out(streets(type=cells, 道路类型=["支路", "村道"]), "a.gpkg").notes


@pytest.mark.parametrize("name", ["FC", "MTFCC", "GB", "等级代码"])
@pytest.mark.parametrize("cells", [[1, 4], ["S1100", "S1400"], ["420101", None]])
def test_codes_under_names_that_only_codes_have_are_told(name, cells):
    told = sorted_out(streets(**{name: cells}), "a.gpkg")
    assert [(note.code, note.value) for note in told.notes] == [("network.class_unread", name)]
    assert not sorted_out(streets(**{name: cells, "fclass": ["path", "path"]}), "a.gpkg").notes
    assert not sorted_out(streets(**{name: ["国道旁", "x"]}), "a.gpkg").notes


@pytest.mark.parametrize("cells", [[None, None], [0, 0], ["", "0"], [0.021, -0.5], [True, False]])
def test_numbers_that_are_no_codes_are_no_class_and_not_told(cells):
    assert class_column(pd.DataFrame({"grade": cells})) == (None, (), ())
    assert not sorted_out(streets(grade=cells), "a.gpkg").notes


def test_a_number_among_words_is_a_word_nobody_knows():
    for motorway in ("41000,高速公路", "41000 高速公路", "高速公路-41000"):
        told = sorted_out(streets(fclass=["residential", "5112", motorway]), "a.gpkg")
        assert told.kept.tolist() == [True, True, False]
        assert [(note.code, note.value) for note in told.notes[1:]] == [("network.class_unknown", "fclass: 5112 1")]


@pytest.mark.parametrize("column", ["name", "道路名称", "ROAD_NAME", "MC"])
def test_a_name_tells_the_class_where_nothing_else_does(column):
    names = ["G30连霍高速", "建设路", "机场高速辅路", "连霍高速西匝道", "三环快速路", None]
    told = sorted_out(streets(**{column: names}), "a.gpkg")
    assert told.kept.tolist() == [False, True, True, False, True, True]
    assert [(note.code, note.value) for note in told.notes] == [
        ("osm.tag", "2 streets, 2.0 km (highway=motorway by its name 1, highway=motorway_link by its name 1)"),
        ("osm.trunk_at_grade", "1 streets, 1.0 km"),
    ]
    # a class that is known says more than a name
    assert sorted_out(streets(fclass=["tertiary"] * 6, **{column: names}), "a.gpkg").kept.all()
    assert sorted_out(streets(等级=[1] * 6, **{column: names}), "a.gpkg").kept.tolist() == told.kept.tolist()


def test_names_without_a_class_leave_a_bare_layer_as_it_is():
    assert sorted_out(streets(name=["高速东街", "国道口村"]), "a.gpkg").notes == []


def test_a_state_before_the_class_says_that_there_is_no_street():
    words = ["规划支路", "在建主干路", "拟建的次干路", "废弃机耕路", "规划路", "支路"]
    told = sorted_out(streets(道路类型=[*words, "主干路"]), "a.gpkg")
    assert told.kept.tolist() == [False] * 4 + [True] * 3
    assert "规划路 1" in told.notes[-1].value


def test_words_of_permission_are_read_in_chinese():
    cells = ["内部", "仅限业主", "禁止通行", "公开", "看情况", None]
    assert states(access=cells) == ["private", "private", "closed", "open", "open", "open"]
    assert states(道路类型=["高速公路"] * 2, foot=["公开", "内部"]) == ["open", "private"]


def test_the_surer_column_is_used():
    assert class_column(pd.DataFrame({"type": ["primary"], "highway": ["primary"]})).column == "highway"
    assert class_column(pd.DataFrame({"highway": ["G4"], "type": ["primary"]})).column == "type"
    assert class_column(pd.DataFrame({"highway": [4], "type": ["primary"]})).column == "type"


def test_what_is_decided_is_told_with_its_length_and_the_table_is_not_written_to():
    table = streets(
        fclass=["motorway", "motorway", "trunk", "service", "path"],
        access=[None, None, None, "private", "no"],
        index=[1, 2, 3, 4, 5],
    ).set_index("index")
    before = table.copy()
    done = sorted_out(table, "a.gpkg")
    assert table.equals(before)
    assert done.table.index.tolist() == [3, 4]
    assert done.table["private"].tolist() == [False, True]
    assert [(note.code, note.value) for note in done.notes] == [
        ("osm.tag", "3 streets, 3.0 km (highway=motorway 2, access=no 1)"),
        ("osm.private_way", "1 streets, 1.0 km"),
        ("osm.trunk_at_grade", "1 streets, 1.0 km"),
    ]


def test_a_column_private_stays_and_is_a_yes_or_no():
    done = sorted_out(streets(private=["yes", "否", None], highway=["path"] * 3), "a.gpkg")
    assert done.table["private"].tolist() == [True, False, False]
    assert "private" not in sorted_out(streets(highway=["path"]), "a.gpkg").table


def test_ferries_of_a_table_take_their_time():
    columns = {"highway": ["path", None], "route": [None, "ferry"], "duration": [None, "00:10"]}
    assert sorted_out(streets(**columns), "a.gpkg").kept.tolist() == [True, False]
    done = sorted_out(streets(**columns), "a.gpkg", walking_profile("cn-default", {"ferries": True}))
    assert done.table["crossing_s"].isna().tolist() == [True, False]
    assert done.table["crossing_s"].iloc[1] == 1200.0


@pytest.mark.parametrize(("no", "yes"), [("F", "T"), (0, 1), (False, True), ("否", "是")])
def test_a_yes_or_no_of_a_table_is_one_of_openstreetmap(no, yes):
    assert states(foot=[no, yes]) == ["closed", "open"]
    assert states(highway=["trunk", "trunk"], motorroad=[no, yes]) == ["open", "closed"]


def test_a_class_of_road_under_a_name_nobody_knows_is_told():
    told = sorted_out(streets(RTEG=["高速", "四级", None], name=["甲路", "乙路", "丙路"]), "a.gpkg")
    assert told.kept.all()
    assert [(note.code, note.value) for note in told.notes] == [("network.class_unread", "RTEG")]
    assert not sorted_out(streets(RTEG=["三级", "四级"], kind=["road", "path"]), "a.gpkg").notes
    assert states(highway=["motorway"], RTEG=["高速"]) == ["closed"]


@pytest.mark.parametrize(
    "cells",
    [['"foot"=>"no","lit"=>"yes"', None], ['{"foot": "no"}', "{}"], [{"foot": "no"}, {}], ["foot=no;lit=yes", None]],
    ids=str,
)
def test_tags_that_stand_together_in_one_cell_are_read(cells):
    told = sorted_out(streets(highway=["residential", "residential"], other_tags=cells), "a.gpkg")
    assert told.kept.tolist() == [False, True]
    bridge = [str(cell).replace("foot", "bridge").replace("no", "yes") for cell in cells]
    table = sorted_out(streets(highway=["residential", "residential"], tags=bridge), "a.gpkg").table
    assert lifted(table).tolist() == [True, False]
    # what has a column of its own is read there
    assert sorted_out(streets(highway=["road", "road"], foot=["yes", "yes"], other_tags=cells), "a.gpkg").kept.all()


def test_a_line_of_openstreetmap_that_is_no_street_is_none_in_a_table():
    told = sorted_out(
        streets(
            highway=[None, None, "tertiary", None], railway=["rail", None, "tram", "no"], waterway=["", "river", "", ""]
        ),
        "a.gpkg",
    )
    assert told.kept.tolist() == [False, False, True, True]
    assert told.reasons[:2] == ["railway=rail", "waterway=river"]
