"""Clauses, lists and tables read owners, units, yes and no from the vocabulary: the same word, the same answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import toy
from shapely import LineString

from zzgeo import audit, check_file
from zzgeo.errors import InputError
from zzgeo.network import WalkNetwork
from zzgeo.rules.subsidy import subsidies
from zzgeo.spec.levels import lifted, says_so
from zzgeo.standards import Rule, Standard, shipped

CARE = "elderly_care_facility"
HOME = {"p": toy.people(50, 50, 1000, 200, unit=None)}


def clause(name: str, kind: str, **more: object) -> Rule:
    facts = {
        "id": name,
        "title": "条款",
        "title_en": "clause",
        "section": "一",
        "clause": "原文",
        "rule": kind,
        "verified_on": dt.date(2026, 11, 22),
        "standard": "zz2018-34",
        "operator": ">=",
        "facilities": (CARE,),
    }
    return Rule(**{**facts, **more})


LARGE = clause(
    "large", "existence-capacity", value=1, params={"min_capacity": 200, "ownership": "public", "per": "district"}
)
NODES = clause("nodes", "layout-nodes", params={"nodes": ("1",), "ownership": "public"})
SHARES = {
    side: clause(side, "register-share", value=50, unit="percent of institutions", params={"ownership": side})
    for side in ("public", "private")
}


def judged(study, *rules: Rule) -> pd.DataFrame:
    findings = audit(study, [Standard(document=shipped()["zz2018-34"].document, clauses=rules)]).findings
    return findings[findings["level"] == "city"].set_index("rule")


def owners(word: str) -> pd.DataFrame:
    """Judge four clauses on a home of 300 beds owned as a word says, beside a public one of 100 beds."""
    homes = {
        "a": toy.facility(10, 50, CARE, capacity=300.0, ownership=word),
        "b": toy.facility(20, 50, CARE, capacity=100.0, ownership="公办"),
    }
    return judged(toy.study(facilities=homes, demand=HOME), LARGE, NODES, *SHARES.values())


@pytest.mark.parametrize("word", ["政府", "公立", "国有", "集体", "事业单位", "public", "state-owned", "公辦"])
def test_a_public_owner_is_public_to_every_clause(word):
    found = owners(word)
    assert found["verdict"].to_dict() == {"large": "pass", "nodes": "pass", "public": "pass", "private": "fail"}
    assert found.loc[["public", "private"], "value"].tolist() == [1.0, 0.0]
    assert not found["sensitive"].any()
    assert not found["flags"].str.contains("ownership").any()


@pytest.mark.parametrize("word", ["民办", "民营", "私立", "个体", "社会办", "民办非企业", "non-public"])
def test_a_private_owner_is_private_to_every_clause(word):
    found = owners(word)
    assert found.loc[["large", "public", "private"], "verdict"].tolist() == ["fail", "pass", "pass"]
    assert found.loc[["public", "private"], "value"].tolist() == [0.5, 0.5]
    assert not found["flags"].str.contains("ownership").any()


@pytest.mark.parametrize(
    ("word", "shares", "flag"),
    [
        ("公建民营", [1.0, 0.0], "open to another reading, counted as public: 1 (公建民营)"),
        ("公办民营", [1.0, 0.0], "open to another reading, counted as public: 1 (公办民营)"),
        ("民办公助", [0.5, 0.5], "open to another reading, counted as private: 1 (民办公助)"),
        ("PPP", [0.5, 0.0], "mixed, not counted: 1 (PPP)"),
        ("合伙", [0.5, 0.0], "not understood, not counted: 1 (合伙)"),
    ],
)
def test_a_form_between_is_counted_by_one_policy_flagged_by_every_clause_and_may_turn_it(word, shares, flag):
    found = owners(word)
    assert found.loc[["public", "private"], "value"].tolist() == shares
    assert found["flags"].str.contains(flag, regex=False).all()
    # the large home decides: counted or not, another reading would turn it
    assert found.at["large", "verdict"] == ("pass" if shares[0] == 1.0 else "fail")
    assert found.at["large", "sensitive"]
    # of the shares, one of two is enough for "public", whoever owns the other; "private" may turn
    assert not found.at["public", "sensitive"]
    assert found.at["private", "sensitive"]


@pytest.mark.parametrize(
    ("word", "verdict", "sensitive"),
    [("公办", "pass", False), ("公建民营", "pass", True), ("PPP", "fail", True), ("民办", "fail", False)],
)
def test_a_node_served_by_a_form_between_alone_may_turn(word, verdict, sensitive):
    homes = {"a": toy.facility(10, 50, CARE, ownership=word)}
    found = judged(toy.study(facilities=homes, demand=HOME), NODES).loc["nodes"]
    assert (found["verdict"], found["sensitive"]) == (verdict, sensitive)


def test_an_owner_nobody_names_is_unknown_as_before():
    found = owners(None)
    assert found["flags"].str.contains("unknown, not counted: 1|not told, counted as without: 1").all()
    assert not found["flags"].str.contains("not understood").any()


def with_rows(*rows: tuple[str, float, str | None]):
    table = pd.DataFrame(rows, columns=["indicator", "value", "unit"]).assign(district="", year=math.nan)
    return dataclasses.replace(toy.study(facilities={}, demand=HOME), indicators=table)


@pytest.mark.parametrize(
    ("value", "unit", "verdict", "read"),
    [
        (300, "亿元", "pass", 30.0),
        (300, "100 million yuan", "pass", 30.0),
        (29, "亿元", "fail", 2.9),
        (31, None, "pass", 31.0),
        (31, "billion yuan", "pass", 31.0),
        (3_100_000, "万元", "pass", 31.0),
        (31, "公顷", "nodata", None),
        (31, "贯", "nodata", None),
    ],
)
def test_an_indicator_is_held_against_a_limit_in_the_same_unit(value, unit, verdict, read):
    output = clause(
        "output", "indicator-table", facilities=(), value=30, unit="billion yuan (300亿元左右)", indicator="gdp"
    )
    found = judged(with_rows(("gdp", value, unit)), output).loc["output"]
    assert found["verdict"] == verdict
    assert math.isnan(found["value"]) if read is None else found["value"] == pytest.approx(read)
    assert (f"unit of gdp not understood, not read: {unit}" in found["flags"]) == (read is None)


def test_people_and_beds_of_the_indicator_table_are_counted_in_ones():
    heads = clause(
        "beds",
        "per-head",
        facilities=(),
        value=31,
        unit="beds per 1000 elderly",
        population="aged_60_plus",
        params={"per": 1000, "numerator": "indicator", "numerator_indicator": "elderly-beds"},
    )
    rows = (("elderly-beds", 2.1163, "万张"), ("aged_60_plus", 110.1, "万人"))
    assert judged(with_rows(*rows), heads).at["beds", "value"] == pytest.approx(19.22, abs=0.005)


@pytest.mark.parametrize(
    ("value", "unit", "verdict"), [(24.31, "平方公里", "pass"), (36_465, "亩", "pass"), (2431, "坪", "nodata")]
)
def test_an_area_of_the_indicator_table_in_a_unit_nobody_knows_is_no_area_per_head(value, unit, verdict):
    parks = clause("parks", "area-per-head", facilities=("park",), value=7.0, unit="m2 per person", indicator="green")
    study = with_rows(("green", value, unit), ("population", 342.3944, "万人"))
    study = dataclasses.replace(study, demand=study.demand.assign(residents=3_423_944.0))
    found = judged(study, parks.model_copy(update={"baseline": ("population",)})).loc["parks"]
    assert found["verdict"] == verdict
    assert ("unit of green not understood, not read: 坪" in found["flags"]) == (verdict == "nodata")


@pytest.mark.parametrize(
    ("heading", "cell", "square_metres"),
    [
        ("占地面积", "30亩", 20_000.0),
        ("占地面积", "2公顷", 20_000.0),
        ("占地面积（亩）", "30", 20_000.0),
        ("占地面积(公顷)", "2", 20_000.0),
        ("占地面积（亩）", "2公顷", 20_000.0),
        ("占地面积", "20000", 20_000.0),
    ],
)
def test_a_list_may_give_ground_in_mu_or_hectares_in_cell_or_heading(tmp_path, heading, cell, square_metres):
    lines = [f"名称,类别,经度,纬度,{heading}", f"人民公园,公园,113.665,34.765,{cell}", "紫荆公园,公园,113.675,34.775,"]
    (tmp_path / "parks.csv").write_text("\n".join(lines), encoding="utf-8")
    found = check_file(tmp_path / "parks.csv", datum="EPSG:4326")
    assert found.table["area_m2"].iloc[0] == pytest.approx(square_metres)
    told = [one for one in found.problems if one.code == "value.reformatted"]
    assert bool(told) == (heading != "占地面积" or cell != "20000")


def test_a_list_in_a_unit_nobody_knows_is_told_with_its_cell(tmp_path):
    lines = ["名称,类别,经度,纬度,占地面积", "人民公园,公园,113.665,34.765,30坪", "紫荆公园,公园,113.675,34.775,3亩"]
    (tmp_path / "parks.csv").write_text("\n".join(lines), encoding="utf-8")
    found = check_file(tmp_path / "parks.csv", datum="EPSG:4326")
    assert [one.value for one in found.problems if one.code == "value.unparsed"] == [
        "area_m2: '30坪' left empty: 1 of 2 rows (2)"
    ]
    assert found.table["area_m2"].tolist() == pytest.approx([math.nan, 2000.0], nan_ok=True)


@pytest.mark.parametrize(
    ("area", "cost", "m2", "yuan"), [("30亩", "50万元", 20_000.0, 500_000.0), ("750㎡", "0.01亿元", 750.0, 1e6)]
)
def test_tables_of_rules_read_units_by_the_name_of_their_columns(area, cost, m2, yuan):
    plan = pd.DataFrame(
        {
            "kind": ["elderly_day_care", "elderly_university"],
            "floor_area_m2": [area, None],
            "cost_yuan": [None, cost],
            "meets_standard": ["是", None],
        }
    )
    drawn = subsidies(plan)["city_yuan"]
    assert drawn.tolist() == [min(1_000_000.0, 100_000.0 + 50_000.0 * math.floor((m2 - 200) / 100)), 0.3 * yuan]


@pytest.mark.parametrize(
    ("public", "scheme"), [("是", 1200), ("公办", 1200), ("公建民营", 1200), ("否", 180), ("民营", 180), (None, 180)]
)
def test_a_plan_says_yes_or_no_or_names_the_owner(public, scheme):
    drawn = subsidies(pd.DataFrame({"kind": [CARE], "beds_new": [200], "public": [public]})).iloc[0]
    assert drawn["total_yuan"] == scheme * 10_000
    assert ("open to another reading" in drawn["assumptions"]) == (public == "公建民营")


@pytest.mark.parametrize("word", ["也许", "PPP", "合伙"])
def test_a_plan_that_says_neither_is_refused_with_its_cell(word):
    with pytest.raises(InputError, match=f"public={word}"):
        subsidies(pd.DataFrame({"kind": [CARE], "beds_new": [200], "public": [word]}))


def test_a_street_is_a_bridge_where_its_column_says_so():
    said = ["F", "N", "no", "否", "0", " ", None, float("nan"), "False", "T", "yes", "是", "viaduct", 1, True]
    edges = gpd.GeoDataFrame({"bridge": said}, geometry=[LineString([(0, n), (1, n)]) for n in range(len(said))])
    assert says_so(edges["bridge"]).tolist() == lifted(edges).tolist() == [False] * 9 + [True] * 6
    network = WalkNetwork.from_edges(edges.set_crs(4547).iloc[[0, 9]])
    wall = gpd.GeoDataFrame(geometry=[shapely.LineString([(0.5, -1), (0.5, 20)])], crs=4547)
    assert len(network.with_barriers(wall).edges) == 3  # the first is cut in two, the second is a bridge
