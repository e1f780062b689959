"""What several kinds of rule share, on cities that can be reckoned by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import toy
from radius_cities import RADIUS, only
from shapely import box

from zzgeo.auditing.run import audit
from zzgeo.standards import find_rule


def test_a_facility_that_has_closed_does_not_count():
    facilities = {
        "gone": toy.facility(0, 0, closed=pd.Timestamp("2017-01-01")),
        "open": toy.facility(300, 0, closed=pd.NaT),
    }
    units = {"1-1": toy.unit(box(-50, -50, 50, 50))}
    study = toy.study(facilities=facilities, demand={"p": toy.people(0, 0, 1, 1)}, units=units)
    one = audit(study, only(find_rule(RADIUS))).findings.loc[f"{RADIUS}/unit/1-1"]
    assert one["farthest_m"] == 300
    assert "closed, not counted: 1" in one["flags"]


def test_a_clause_judged_by_unit_draws_no_gap_patches_and_suggests_no_site():
    units = {"u": toy.unit(box(0, 0, 500, 500)), "v": toy.unit(box(500, 0, 1000, 500))}
    demand = {"p": toy.people(100, 100, 9, 1, unit="u"), "q": toy.people(900, 100, 9, 1, unit="v")}
    clinic = {"f": toy.facility(100, 100, "community_health_centre")}
    rule = find_rule("zz17-community-health-coverage")
    kinds = frozenset(rule.facilities)
    report = audit(toy.study(facilities=clinic, demand=demand, units=units, kinds=kinds), only(rule))
    assert report.findings.loc[f"{rule.id}/district/1", "missed"] == 9
    assert report.gaps.empty
    assert report.next_site(rule.id, "1") is None


def test_facilities_that_open_later_or_are_too_small_or_stand_twice_do_not_count():
    facilities = {
        "later": toy.facility(0, 0, opened=pd.Timestamp("2019-05-01"), floor_area_m2=500.0),
        "small": toy.facility(10, 0, opened=pd.Timestamp("2015-05-01"), floor_area_m2=150.0),
        "unknown": toy.facility(300, 0, opened=pd.NaT, floor_area_m2=np.nan),
        "again": toy.facility(300, 0, opened=pd.NaT, floor_area_m2=np.nan),
    }
    demand = {"p": toy.people(0, 0, 1, 1)}
    study = toy.study(facilities=facilities, demand=demand, units={"1-1": toy.unit(box(-50, -50, 50, 50))})
    one = audit(study, only(find_rule(RADIUS))).findings.loc[f"{RADIUS}/unit/1-1"]
    assert one["farthest_m"] == 300
    for told in (
        "opened later, not counted: 1",
        "below 200 m², not counted: 1",
        "same record twice",
        "unknown, counted",
    ):
        assert told in one["flags"]
