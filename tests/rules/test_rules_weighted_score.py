"""R27 weighted score: the worked example of its definition, kinds without a list, and its laws."""

from __future__ import annotations

import dataclasses

import pytest
import toy
from own_clauses import KINDS, city_of, clause, judged, one_street
from shapely import LineString, box

from zzgeo.errors import StandardError

SCORE = {"rule": "weighted-score", "facilities": KINDS}
WEIGHED = {"metres": 500, "weights": {"primary_school": 2}}


@pytest.mark.parametrize(("value", "verdict", "gap"), [(0.5, "pass", 0.0), (0.6, "fail", 0.1)])
def test_r27_example(value, verdict, gap):
    report = judged(one_street(), **SCORE, value=value, params=WEIGHED)
    found = city_of(report)
    assert found["value"] == pytest.approx(0.5, abs=1e-12)
    assert (found["verdict"], found["gap"]) == (verdict, pytest.approx(gap))
    shares = found["params"]["share_of_kind"]
    assert [shares[kind] for kind in KINDS] == pytest.approx([300 / 600, 500 / 600, 100 / 600], abs=1e-6)
    # A and B live in one unit, C in the other
    units = report.findings[report.findings["level"] == "unit"]["value"].tolist()
    assert units == pytest.approx([(225 + 50) / 500, 0.25])


@pytest.mark.parametrize(("value", "verdict"), [(0.45, "pass"), (0.6, "review"), (0.75, "fail")])
def test_r27_a_kind_without_a_list_never_makes_a_fail(value, verdict):
    study = one_street(listed=frozenset(KINDS[:2]))
    found = city_of(judged(study, **SCORE, value=value, params=WEIGHED))
    assert found["value"] == pytest.approx((300 + 200 / 3) / 600)
    assert found["verdict"] == verdict
    assert "no list of: market" in found["flags"]


def test_r27_no_list_is_no_data():
    study = one_street(listed=frozenset())
    assert city_of(judged(study, **SCORE, value=0.5, params=WEIGHED))["verdict"] == "nodata"


def test_r27_people_are_conserved_and_those_without_a_street_left_to_a_person():
    study = toy.study(
        facilities={"s": toy.facility(0, 0, KINDS[0]), "m": toy.facility(400, 0, KINDS[2])},
        demand={"a": toy.people(100, 0, 10, 0), "b": toy.people(300, 3000, 10, 0)},
        units={"1-1": toy.unit(box(-10, -100, 1000, 4000))},
        streets=[LineString([(0, 0), (500, 0)])],
    )
    for value, verdict in ((0.4, "pass"), (0.9, "review")):
        own = {"rule": "weighted-score", "facilities": [KINDS[0], KINDS[2]]}
        found = city_of(judged(study, **own, value=value, params={"metres": 500}))
        assert (found["people"], found["covered"], found["missed"], found["excluded"]) == (20, 10, 0, 10)
        assert found["verdict"] == verdict


def test_r27_equal_weights_are_the_mean_of_the_shares_of_each_kind():
    study = one_street()
    shares = [city_of(judged(study, rule="walk-distance", facilities=[kind], value=500))["value"] for kind in KINDS]
    found = city_of(judged(study, **SCORE, value=0.5, params={"metres": 500}))
    assert found["value"] == pytest.approx(sum(shares) / 3)


def test_r27_without_streets_the_straight_line_is_flagged():
    study = dataclasses.replace(one_street(), streets=None)
    assert "approximate" in city_of(judged(study, **SCORE, value=0.5, params=WEIGHED))["flags"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"value": 80}, "share above 0 and up to 1"),
        ({"params": {"metres": 500, "weights": {"park": 1}}}, "names a kind that"),
        ({"params": {"metres": 500, "weights": {"market": 0}}}, "not above 0"),
        ({"params": {"weights": {"market": 1}}}, "exactly one of"),
        ({"params": {"metres": 500, "weight": {"market": 1}}}, "did you mean 'weights'"),
    ],
)
def test_r27_what_cannot_be_meant_is_refused(change, why):
    with pytest.raises(StandardError, match=why):
        clause(**{**SCORE, "value": 0.5, "params": {"metres": 500}, **change})
