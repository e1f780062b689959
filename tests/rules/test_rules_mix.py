"""R26 mix: the worked example of its definition, kinds without a list, and its laws."""

from __future__ import annotations

import pytest
from own_clauses import KINDS, city_of, clause, judged, one_street

from zzgeo.errors import StandardError

MIX = {"rule": "mix", "facilities": KINDS}


@pytest.mark.parametrize(
    ("needed", "metres", "share"), [(2, 500, 0.5), (1, 500, 1.0), (2, 800, 5 / 6), (3, 800, 1 / 3), (3, 500, 0.0)]
)
def test_r26_example(needed, metres, share):
    found = city_of(judged(one_street(), **MIX, value=needed, params={"metres": metres}))
    assert found["value"] == pytest.approx(share, abs=1e-9)
    assert found["verdict"] == ("pass" if share == 1.0 else "fail")
    assert f"{needed} of 3 kinds within {metres} m on foot" in found["note_en"]


def test_r26_the_walk_told_is_that_to_the_last_kind_needed():
    reach = judged(one_street(), **MIX, value=2, params={"metres": 500}).reach["own"]
    assert reach["streets_m"].tolist() == pytest.approx([300.0, 700.0, 1000.0])
    assert reach["facility_id"].astype(str).tolist() == ["care", "school", "care"]


@pytest.mark.parametrize(("line", "verdict"), [(0.5, "pass"), (0.8, "review"), (0.9, "fail")])
def test_r26_a_kind_without_a_list_never_makes_a_fail(line, verdict):
    study = one_street(listed=frozenset(KINDS[:2]))
    found = city_of(judged(study, **MIX, value=2, params={"metres": 500, "pass_share": line}))
    assert (found["value"], found["verdict"]) == (0.5, verdict)
    assert "no list of: market" in found["flags"]
    assert found["people"] == found["covered"] + found["missed"] + found["excluded"]


def test_r26_fewer_lists_than_kinds_asked_is_no_data():
    study = one_street(listed=frozenset(KINDS[:1]))
    assert city_of(judged(study, **MIX, value=2, params={"metres": 500}))["verdict"] == "nodata"


def test_r26_minutes_are_those_of_the_group():
    # in 25 minutes 60+ walk 1200 m, residents 1650 m: A and C have 1400 m to the last kind, B 800 m
    for group, metres, share in (("aged_60_plus", 1200, 1 / 3), ("residents", 1650, 1.0)):
        found = city_of(judged(one_street(), **MIX, value=3, population=group, params={"minutes": 25}))
        assert found["value"] == pytest.approx(share)
        assert found["params"]["limit_m"] == pytest.approx(metres)
        assert "3 of 3 kinds within 25 min on foot" in found["note_en"]


def test_r26_more_kinds_asked_reach_no_more_and_more_metres_no_fewer():
    study = one_street()
    by_kinds = [city_of(judged(study, **MIX, value=n, params={"metres": 700}))["covered"] for n in (1, 2, 3)]
    assert by_kinds == sorted(by_kinds, reverse=True)
    by_metres = [city_of(judged(study, **MIX, value=2, params={"metres": m}))["covered"] for m in (200, 500, 900, 1500)]
    assert by_metres == sorted(by_metres)


def test_r26_of_one_kind_is_the_walking_distance():
    study = one_street()
    alone = judged(study, rule="mix", facilities=KINDS[:1], value=1, params={"metres": 500, "pass_share": 0.4})
    walk = judged(study, rule="walk-distance", facilities=KINDS[:1], value=500, params={"pass_share": 0.4})
    for name in ("verdict", "value", "covered", "missed", "gap", "farthest_m"):
        assert alone.findings[name].tolist() == walk.findings[name].tolist(), name


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"value": 4}, "whole number from 1 to the number of kinds"),
        ({"value": 1.5}, "whole number from 1 to the number of kinds"),
        ({"params": {}}, "exactly one of"),
        ({"params": {"metres": 500, "minutes": 5}}, "exactly one of"),
        ({"params": {"metre": 500}}, "did you mean 'metres'"),
    ],
)
def test_r26_what_cannot_be_meant_is_refused(change, why):
    with pytest.raises(StandardError, match=why):
        clause(**{**MIX, "value": 2, "params": {"metres": 500}, **change})
