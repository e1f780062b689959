"""A fail along the streets rests on no streets left out for a class that nobody knows."""

from __future__ import annotations

import dataclasses

import toy
from radius_cities import ELDERLY_CIRCLE, only
from shapely import LineString, box

from zzgeo.auditing.run import audit
from zzgeo.spec.unknown_classes import left_out
from zzgeo.standards import find_rule


def audited(unknown_m, clause):
    study = toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={name: toy.people(x, 0, 500, 100) for name, x in {"a": 600, "b": 1300, "c": 1400}.items()},
        units={"1-1": toy.unit(box(-10, -100, 1500, 100), "urban-community")},
        streets=[LineString([(0, 0), (1500, 0)])],
        areas={"central-city": box(-2000, -2000, 2000, 2000)},
    )
    told = left_out({"highway=residental": unknown_m}, 1500.0, "roads.gpkg")
    report = audit(dataclasses.replace(study, warnings=tuple(told)), only(find_rule(clause)))
    return report.findings.at[f"{clause}/city/city", "verdict"], set(report.flags["code"])


def test_a_fail_along_the_streets_is_left_to_a_person_where_many_were_left_out():
    verdict, flags = audited(300.0, ELDERLY_CIRCLE)
    assert verdict == "review"
    assert "streets.class_left_out" in flags


def test_few_left_out_and_a_clause_in_straight_lines_turn_nothing():
    verdict, flags = audited(20.0, ELDERLY_CIRCLE)
    assert (verdict, "streets.class_left_out" in flags) == ("fail", False)
    verdict, flags = audited(300.0, "zz18e-radius-urban-community")
    assert (verdict, "streets.class_left_out" in flags) == ("fail", False)
