"""R19 layout nodes: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses

import pytest
import toy
from shapely import box
from unit_cities import CARE, ONE, care, judged, row, rule, with_table

from zzgeo.errors import StandardError

EIGHT = rule(
    "layout-nodes",
    operator="=",
    value=8,
    params={
        "nodes": tuple(f"n{n}" for n in range(8)),
        "node_names": tuple(f"中心{n}" for n in range(8)),
        "min_capacity": 200,
        "ownership": "public",
    },
)


def node_study(served: int = 7, drawn: int = 8, beds: float = 200):
    areas = {f"n{n}": box(n * 100, 0, n * 100 + 50, 50) for n in range(drawn)}
    found = {f"f{n}": care(n * 100 + 10, beds, y=10, ownership="公办") for n in range(served)}
    return toy.study(facilities=found, demand=ONE, areas=areas, kinds=frozenset({CARE}))


def test_r19_example_seven_of_eight_centres():
    one = row(node_study(), EIGHT, "city/city")
    assert (one["value"], one["verdict"], one["gap"]) == (0.875, "fail", 1)
    assert one["params"]["lacking"] == ["中心7"]
    assert "中心7" in one["note_zh"]
    assert row(node_study(8), EIGHT)["verdict"] == "pass"
    assert row(node_study(8, beds=199), EIGHT)["value"] == 0


def test_r19_unknown_beds_that_could_serve_every_node_leave_the_fail_to_a_person():
    study = node_study(8)
    beds = study.facilities["capacity"].mask(study.facilities.index == "f3")
    unknown = dataclasses.replace(study, facilities=study.facilities.assign(capacity=beds))
    one = row(unknown, EIGHT, "city/city")
    assert (one["value"], one["verdict"], one["params"]["lacking"]) == (0.875, "review", ["中心3"])
    assert "enough if what is unknown of its facilities sufficed" in one["flags"]
    small = study.facilities.assign(capacity=beds.mask(beds.index == "f5", 10.0))
    assert row(dataclasses.replace(study, facilities=small), EIGHT, "city/city")["verdict"] == "fail"


def test_r19_nodes_without_a_boundary_are_named_and_no_data():
    one = row(node_study(8, drawn=7), EIGHT, "city/city")
    assert one["verdict"] == "nodata"
    assert '[[areas]] id = "n7"' in one["note_en"]
    assert "中心7" in one["note_zh"]
    # a node that surely lacks one fails, whatever the others are
    assert row(node_study(5, drawn=7), EIGHT, "city/city")["verdict"] == "fail"
    none = row(node_study(8, drawn=0), EIGHT, "city/city")
    assert none["verdict"] == "nodata"
    told = row(with_table(node_study(8, drawn=0), ("r", "", 2018, 8, "个")), EIGHT, "city/city")
    assert (told["verdict"], told["threshold"]) == ("pass", 8)


def test_r19_a_clause_that_asks_for_more_than_it_lists_cannot_pass():
    eleven = EIGHT.model_copy(update={"value": 11.0, "operator": ">="})
    one = row(node_study(8), eleven, "city/city")
    assert (one["verdict"], one["value"]) == ("nodata", 1.0)
    assert "3 of the 11" in one["note_en"]
    assert row(node_study(7), eleven, "city/city")["verdict"] == "fail"


def test_r19_many_points_without_a_list_are_not_applicable():
    points = rule("layout-nodes")
    assert row(node_study(), points, "city/city")["verdict"] == "not-applicable"
    odd = EIGHT.model_copy(update={"params": {"nodes": ("a", "b"), "node_names": ("甲",)}})
    with pytest.raises(StandardError, match="one name for every node"):
        row(node_study(), odd)


def test_r19_a_node_counts_in_the_district_it_lies_in_and_a_zone_may_be_a_node():
    areas = {"n0": box(0, 0, 50, 50), "n1": box(2000, 0, 2050, 50)}
    study = toy.study(
        facilities={"f": care(10, 200, y=10)},
        areas=areas,
        demand={"p": toy.people(1, 1, 1, 1, "1", None), "q": toy.people(1501, 1, 1, 1, "2", None)},
        districts={"1": box(-100, -100, 1000, 1000), "2": box(1000, -100, 3000, 1000), "3": box(3000, 0, 3100, 10)},
    )
    two = rule("layout-nodes", params={"nodes": ("n0", "n1")})
    findings = judged(study, two).findings
    assert list(findings["verdict"]) == ["pass", "fail", "not-applicable", "fail"]
    zones = toy.frame({"z": {"name": "航空港", "geometry": areas["n0"]}}, "code")
    zone = rule("layout-nodes", params={"nodes": ("z",)})
    assert row(dataclasses.replace(study, zones=zones), zone, "city/city")["verdict"] == "pass"
