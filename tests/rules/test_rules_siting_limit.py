"""R12 siting limit: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, box
from unit_cities import ONE, judged, row, rule, with_table

from zzgeo.rules.parts.base import Context
from zzgeo.rules.parts.openings import changes_between
from zzgeo.rules.siting_limit import closed_ring

RING3 = rule(
    "siting-limit",
    facilities=("hospital",),
    operator="no-increase",
    value=0,
    scope="inside-ring-3",
    params={"ring": "ring-3"},
)


RING4 = rule(
    "siting-limit",
    facilities=("hospital",),
    operator="=",
    value=0,
    scope="inside-ring-4",
    params={"ring": "ring-4", "count": "opened", "funder": "district"},
)


RING = box(-1000, -1000, 1000, 1000)


def hospital(x: float, opened: str | None, closed: str | None = None, **more) -> dict:
    return toy.facility(x, 0, "hospital", opened=pd.Timestamp(opened), closed=pd.Timestamp(closed), **more)


def ring_study(*facilities: dict, ring=RING, kinds=frozenset({"hospital"})):
    listed = {f"f{n}": one for n, one in enumerate(facilities)}
    areas = {} if ring is None else {"ring-3": ring, "ring-4": ring}
    return toy.study(facilities=listed, demand=ONE, areas=areas, kinds=kinds)


NEW = [hospital(n * 100, f"201{n + 5}-03-01") for n in range(3)]


GONE = [hospital(-n * 100 - 100, "1990-01-01", f"201{n + 5}-06-01") for n in range(2)]


def test_r12_example_ring_three():
    one = row(ring_study(*NEW, *GONE, hospital(5000, "2016-01-01")), RING3)
    assert (one["verdict"], one["value"], one["gap"]) == ("review", 1, 1)
    even = row(ring_study(*NEW[:2], *GONE), RING3, "city/city")
    assert (even["verdict"], even["value"]) == ("pass", 0)
    assert even["params"]["opened"] == 2


def test_r12_example_ring_four_counts_only_what_the_district_paid_for_inside():
    mine = hospital(0, "2016-05-01", funder="区政府")
    others = [hospital(50, "2016-05-01", funder="city"), hospital(3000, "2016-05-01", funder="district")]
    one = row(ring_study(mine, *others), RING4)
    assert (one["verdict"], one["value"]) == ("review", 1)
    assert row(ring_study(*others), RING4)["verdict"] == "pass"


def test_r12_a_funder_nobody_understands_is_unknown_and_named():
    one = row(
        ring_study(hospital(0, "2016-05-01", funder="区卫健委"), hospital(90, "2016-05-01", funder="企业家")), RING4
    )
    assert (one["value"], one["sensitive"]) == (0, True)
    assert "words not understood, taken as unknown: 2 (区卫健委, 企业家)" in one["flags"]


def test_r12_an_unknown_funder_is_flagged_apart():
    one = row(ring_study(hospital(0, "2016-05-01", funder=None), hospital(90, "2016-05-01", funder="city")), RING4)
    assert (one["verdict"], one["value"], bool(one["sensitive"])) == ("pass", 0, True)
    assert "funder unknown, not counted: 1" in one["flags"]


@pytest.mark.parametrize(("x", "value"), [(970.0, 1), (1000.0, 1), (1030.0, 1), (1030.1, 0)])
def test_r12_on_the_line_is_inside_and_flagged(x, value):
    one = row(ring_study(hospital(x, "2016-01-01"), hospital(8000, "1990-01-01")), RING3)
    assert one["value"] == value
    assert ("on the ring line" in one["flags"]) is bool(value)
    assert bool(one["sensitive"]) is bool(value)


def test_r12_a_missing_or_open_ring_says_which_area_is_needed_and_a_closed_line_serves():
    line = LineString([(-1000, -1000), (1000, -1000), (1000, 1000), (-1000, 1000), (-1000, -1000)])
    for ring in (None, LineString(line.coords[:-1])):
        one = row(ring_study(*NEW, ring=ring), RING3)
        assert one["verdict"] == "nodata"
        assert '[[areas]] id = "ring-3"' in one["note_en"]
    assert row(ring_study(*NEW, ring=line), RING3)["value"] == 3
    assert closed_ring(line).area == RING.area


def test_r12_holds_from_2014_07_22_to_2018_12_31_and_not_elsewhere():
    study = ring_study(*NEW)
    for day, verdict in ((dt.date(2018, 12, 31), "review"), (dt.date(2019, 1, 1), "not-applicable")):
        one = row(dataclasses.replace(study, as_of=day), RING3)
        assert (one["verdict"], one["value"]) == (verdict, 3)
    assert row(dataclasses.replace(study, as_of=dt.date(2014, 7, 21)), RING3)["verdict"] == "not-applicable"
    elsewhere = dataclasses.replace(study, jurisdiction="shaoguan")
    assert row(elsewhere, RING3)["verdict"] == "not-applicable"


def test_r12_what_stood_on_the_first_day_is_no_opening_and_what_opens_later_does_not_count():
    study = ring_study(hospital(0, "2014-07-22"), hospital(90, "2014-07-23"), hospital(180, "2019-01-01"))
    assert row(study, RING3)["value"] == 1


def test_r12_rebuilds_and_moves_are_no_openings():
    rebuilt = [hospital(0, "1990-01-01", "2016-01-01"), hospital(20, "2016-02-01")]
    one = row(ring_study(*rebuilt), RING3)
    assert one["value"] == 0
    assert "rebuilt at the same site, not counted: 2" in one["flags"]
    moved = row(ring_study(hospital(0, "2016-01-01", attributes="三级;迁建"), hospital(500, "1990-01-01")), RING3)
    assert (moved["value"], moved["verdict"]) == (0, "pass")


def test_r12_one_closing_makes_one_rebuild_of_two_openings_beside_it():
    beside = [hospital(0, "1990-01-01", "2016-01-01"), hospital(20, "2016-02-01"), hospital(-20, "2017-02-01")]
    assert row(ring_study(*beside), RING3)["value"] == 1


def test_r12_a_district_outside_the_ring_is_not_judged():
    study = dataclasses.replace(
        ring_study(*NEW),
        districts=toy.frame(
            {
                "1": {"name": "甲", "geometry": box(-5000, -5000, 5000, 5000)},
                "2": {"name": "乙", "geometry": box(5000, -5000, 9000, 5000)},
            },
            "code",
        ),
    )
    findings = judged(study, RING3).findings
    assert list(findings["verdict"]) == ["review", "not-applicable", "review"]
    assert np.isnan(findings.at["r/district/2", "value"])


def test_r12_unknown_dates_are_told_and_none_at_all_is_no_data():
    one = row(ring_study(hospital(0, None), hospital(50, "1990-01-01")), RING3)
    assert (one["value"], one["verdict"], bool(one["sensitive"])) == (0, "pass", True)
    assert "opening date unknown, taken as older: 1" in one["flags"]
    assert "opened" in row(ring_study(hospital(0, None)), RING3)["note_en"]
    assert row(ring_study(hospital(0, None)), RING3)["verdict"] == "nodata"
    assert row(ring_study(), RING3)["verdict"] == "pass"


def test_r12_weak_areas_are_a_figure_without_a_verdict():
    weak = RING3.model_copy(update={"operator": "prefer", "value": None})
    inside_, outside = hospital(0, "2016-01-01", capacity=100), hospital(5000, "2016-01-01", capacity=300)
    one = row(ring_study(inside_, outside, hospital(5100, "2017-01-01", capacity=0)), weak)
    assert (one["verdict"], one["value"]) == ("review", pytest.approx(2 / 3))
    assert one["params"]["share_of_new_beds_outside"] == 0.75
    assert row(ring_study(hospital(0, "1990-01-01")), weak)["verdict"] == "not-applicable"


def test_r12_the_table_answers_where_the_ring_is_missing():
    told = row(with_table(ring_study(*NEW, ring=None), ("r", "", 2018, 2, "所")), RING3, "city/city")
    assert (told["verdict"], told["value"]) == ("review", 2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(2010, 2020), st.integers(0, 5)), min_size=1, max_size=12))
def test_r12_net_is_the_stock_on_the_last_day_less_that_on_the_first(spans):
    rows = {
        f"f{n}": toy.facility(n * 200, 0, "hospital", opened=pd.Timestamp(a, 1, 1), closed=pd.Timestamp(a + b, 6, 1))
        for n, (a, b) in enumerate(spans)
    }
    table = toy.frame(rows, "facility_id")
    first, last = dt.date(2014, 7, 22), dt.date(2018, 12, 31)
    changes = changes_between(table, first, last)

    def stock(day: dt.date) -> int:
        return sum(dt.date(a, 1, 1) <= day < dt.date(a + b, 6, 1) for a, b in spans)

    assert changes.opened.sum() - changes.closed.sum() == stock(last) - stock(first)


def test_a_place_inside_the_ring_is_forbidden_while_the_clause_holds():
    spots = {"in": 0, "on": 1029, "out": 1031}
    new = toy.frame({name: toy.facility(x, 0, "hospital", funder="city") for name, x in spots.items()}, "facility_id")
    study = ring_study(hospital(0, "2010-01-01"))

    def forbidden(clause, study=study, places=new) -> list[str]:
        kind, context = judged(study, clause).kinds["r"], Context(study)
        reasons = kind.forbids(context, clause, places)
        assert reasons.index.equals(places.index)
        return reasons.index[reasons != ""].tolist()

    assert forbidden(RING3) == ["in", "on"]
    assert forbidden(RING3, dataclasses.replace(study, as_of=dt.date(2019, 1, 1))) == []
    assert forbidden(RING3, dataclasses.replace(study, areas={})) == []
    assert forbidden(RING3.model_copy(update={"operator": "prefer"})) == []
    assert forbidden(RING3, places=new.assign(kind="market")) == []
    # what another pays for, or nobody says who, is not what the clause speaks of
    assert forbidden(RING4) == []
    assert forbidden(RING4, places=new.assign(funder=None)) == []
    assert forbidden(RING4, places=new.assign(funder="district")) == ["in", "on"]
