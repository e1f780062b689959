"""Coverage: laws that hold for any city, people conserved, districts adding up to the city."""

from __future__ import annotations

import dataclasses
import importlib

import numpy as np
import pandas as pd
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from zzgeo.auditing.run import _conserved, audit
from zzgeo.crs.ground import Ground
from zzgeo.errors import ConservationError, InputError
from zzgeo.network import Reach
from zzgeo.numbers import share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.served import CITY, access, coverage, tally, walks, within
from zzgeo.standards import Rule, find_rule
from zzgeo.vocabulary.statuses import STATUSES

places = st.tuples(st.integers(-1500, 1500), st.integers(-1500, 1500))
cities = st.fixed_dictionaries(
    {
        "facilities": st.lists(places, min_size=1, max_size=4),
        "people": st.lists(st.tuples(places, st.integers(0, 50)), min_size=1, max_size=12),
    }
)
HALVES = {"1": box(-2000, -2000, 0, 2000), "2": box(0, -2000, 2000, 2000)}


def grid() -> list[LineString]:
    lines = [LineString([(-1500, y), (1500, y)]) for y in range(-1500, 1501, 500)]
    cut = [LineString([(x, y), (x + 500, y)]) for y in range(-1500, 1501, 500) for x in range(-1500, 1500, 500)]
    cut += [LineString([(x, y), (x, y + 500)]) for x in range(-1500, 1501, 500) for y in range(-1500, 1500, 500)]
    assert lines
    return cut


def city(drawn, streets=None, **more):
    facilities = {f"f{n}": toy.facility(x, y) for n, (x, y) in enumerate(drawn["facilities"])} | more
    demand = {
        f"p{n}": toy.people(x, y, people, people // 5, "1" if x < 0 else "2", None)
        for n, ((x, y), people) in enumerate(drawn["people"])
    }
    return toy.study(facilities=facilities, demand=demand, districts=HALVES, streets=streets)


@settings(max_examples=40, deadline=None)
@given(drawn=cities, metres=st.sampled_from([333.0, 777.0, 1550.0]))
def test_people_are_conserved_and_districts_add_up(drawn, metres):
    for reach, streets in ((Reach.radius(metres), None), (Reach.along_streets(metres), grid())):
        table = coverage(city(drawn, streets), reach, "elderly_day_care")
        parts = table[["covered", "missed", "excluded"]].sum(axis=1)
        assert (parts == table["people"]).all()
        for group in ("residents", "aged_60_plus"):
            rows = table.xs(group, level="group")
            assert (rows.loc[["1", "2"]].drop(columns="share").sum() == rows.loc[CITY].drop("share")).all()
        assert table["share"].dropna().between(0, 1).all()


@settings(max_examples=40, deadline=None)
@given(drawn=cities)
def test_a_longer_reach_or_one_more_facility_never_covers_less(drawn):
    streets = grid()
    for make in (Reach.radius, Reach.along_streets):
        near = coverage(city(drawn, streets), make(550), "elderly_day_care")["covered"]
        far = coverage(city(drawn, streets), make(1250), "elderly_day_care")["covered"]
        assert (far >= near).all()
        more = {**drawn, "facilities": [*drawn["facilities"], (0, 0)]}
        assert (coverage(city(more, streets), make(550), "elderly_day_care")["covered"] >= near).all()


@settings(max_examples=40, deadline=None)
@given(drawn=cities)
def test_streets_never_reach_beyond_the_straight_line(drawn):
    straight = coverage(city(drawn), Reach.radius(900), "elderly_day_care")["covered"]
    walked = coverage(city(drawn, grid()), Reach.along_streets(900), "elderly_day_care")["covered"]
    assert (walked <= straight).all()


@settings(max_examples=25, deadline=None)
@given(drawn=cities, seed=st.integers(0, 1000))
def test_the_order_of_rows_and_a_facility_written_twice_change_nothing(drawn, seed):
    study = city(drawn, grid())
    base = coverage(study, Reach.along_streets(900), "elderly_day_care")
    mixed = dataclasses.replace(
        study,
        facilities=study.facilities.sample(frac=1, random_state=seed),
        demand=study.demand.sample(frac=1, random_state=seed),
    )
    pd.testing.assert_frame_equal(coverage(mixed, Reach.along_streets(900), "elderly_day_care"), base)
    again = {**drawn, "facilities": [*drawn["facilities"], drawn["facilities"][0]]}
    pd.testing.assert_frame_equal(coverage(city(again, grid()), Reach.along_streets(900), "elderly_day_care"), base)


def test_power_of_two_weights_tell_exactly_who_is_covered():
    demand = {f"p{n}": toy.people(100 * n, 0, 2**n, 0, unit=None) for n in range(10)}
    study = toy.study(facilities={"f": toy.facility(0, 0)}, demand=demand)
    table = coverage(study, Reach.radius(350), "elderly_day_care")
    assert table.loc[(CITY, "residents"), "covered"] == 0b1111


def test_a_facility_beyond_the_border_serves_people_inside():
    demand = {"p": toy.people(-10, 0, 5, 5, "1", None)}
    study = toy.study(facilities={"f": toy.facility(10, 0)}, demand=demand, districts={"1": HALVES["1"]})
    assert coverage(study, Reach.radius(50), "elderly_day_care").loc[("1", "residents"), "covered"] == 5


def test_a_park_is_reached_at_its_edge():
    park = {"kind": "park", "name": "园", "source": "toy", "geometry": box(0, 0, 400, 400)}
    demand = {"in": toy.people(200, 200, 1, 0, unit=None), "near": toy.people(890, 200, 2, 0, unit=None)}
    study = toy.study(facilities={"f": park}, demand=demand)
    assert coverage(study, Reach.radius(500), "park").loc[(CITY, "residents"), "covered"] == 3
    assert coverage(study, Reach.radius(489), "park").loc[(CITY, "residents"), "covered"] == 1


def test_asking_for_an_unknown_kind_or_for_streets_that_are_not_there_is_refused():
    study = toy.study(facilities={"f": toy.facility(0, 0)}, demand={"p": toy.people(0, 0, 1, 1)})
    with pytest.raises(InputError, match=r"kind\.unknown"):
        coverage(study, Reach.radius(500), "hopsital")
    with pytest.raises(InputError, match="no streets"):
        coverage(study, Reach.walk(15, metres_per_second=1.1), "hospital")


def test_nothing_the_caller_gives_is_written_to():
    drawn = {"facilities": [(0, 0)], "people": [((10, 10), 5)]}
    study = city(drawn, grid())
    before = [study.facilities.copy(), study.demand.copy(), study.streets.copy()]
    audit(study, ["zz2018-34"])
    coverage(study, Reach.along_streets(900), "elderly_day_care")
    for table, copy in zip((study.facilities, study.demand, study.streets), before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(copy))


@settings(deadline=None)
@given(st.data())
def test_people_are_added_up_by_place_and_status_as_pandas_does(data):
    size = data.draw(st.integers(0, 30))
    people = pd.Series(data.draw(st.lists(st.sampled_from([0.0, 1.0, 2.5, np.nan]), min_size=size, max_size=size)))
    people = people.astype(float)
    names = data.draw(st.lists(st.sampled_from(["b", "a", None]), min_size=size, max_size=size))
    category = pd.CategoricalDtype(["b", "never", "a"])
    key = pd.Series(names, dtype=data.draw(st.sampled_from([object, category])), name="district")
    said = data.draw(st.lists(st.sampled_from(STATUSES), min_size=size, max_size=size))
    status = pd.Series(said, dtype=data.draw(st.sampled_from([object, pd.CategoricalDtype(STATUSES[::-1])])))
    sums = tally(people, status, key)
    told = pd.DataFrame({"people": people, "status": status.astype(object), "key": key.astype(object)})
    order = [name for name in (["b", "a"] if key.dtype == category else ["a", "b"]) if name in names]
    assert list(sums.index) == order
    for name in order:
        here = told[told["key"] == name]
        for column, wanted in {
            "covered": ["covered"],
            "missed": ["missed", "between"],
            "excluded": ["excluded"],
        }.items():
            assert sums.at[name, column] == here["people"][here["status"].isin(wanted)].sum()
        assert sums.at[name, "people"] == here["people"].sum()


def test_people_statuses_and_keys_belong_together_by_their_index():
    people = pd.Series([1.0, 2.0, 4.0], index=["x", "y", "z"])
    status = pd.Series(["covered", "missed", "excluded"], index=["z", "y", "x"])
    sums = tally(people, status, pd.Series(["a", "b", "b"], index=["y", "x", "z"]))
    assert sums.loc["a", ["people", "covered", "missed", "excluded"]].tolist() == [2, 0, 2, 0]
    assert sums.loc["b", ["people", "covered", "missed", "excluded"]].tolist() == [5, 4, 0, 1]


def test_lost_people_stop_the_program():
    people, key = pd.Series([1.0, 2.0]), pd.Series(["a", "a"])
    with pytest.raises(ConservationError):
        tally(people, pd.Series(["covered", "vanished"]), key)
    study = toy.study(facilities={"f": toy.facility(0, 0)}, demand={"p": toy.people(0, 0, 1, 1)})
    district = Finding("district", "1", "pass", people=5, covered=5, missed=0, excluded=0)
    whole = Finding("city", CITY, "pass", people=6, covered=6, missed=0, excluded=0)
    with pytest.raises(ConservationError, match="people of the districts"):
        _conserved(Context(study), find_rule("zz18e-radius-urban-community"), Judgement([district, whole]))


def test_an_audit_whose_rule_loses_people_stops(monkeypatch):
    def forgetful(context: Context, rule: Rule) -> Judgement:
        city = Finding("city", CITY, "pass", people=4, covered=4, missed=0, excluded=0)
        return Judgement([dataclasses.replace(city, level="district", code="1", people=5), city])

    kind = RuleKind("service-radius", "R01", "", "", forgetful)
    monkeypatch.setattr(importlib.import_module("zzgeo.auditing.clauses"), "checked", lambda rule: kind)
    study = toy.study(facilities={"f": toy.facility(0, 0)}, demand={"p": toy.people(0, 0, 1, 1)})
    with pytest.raises(ConservationError, match="of the districts"):
        audit(study, ["zz2014-33"])


def test_where_nobody_lives_there_is_no_share():
    study = toy.study(
        facilities={"f": toy.facility(-10, 0)}, demand={"p": toy.people(-10, 0, 5, 0, "1", None)}, districts=HALVES
    )
    table = coverage(study, Reach.radius(50), "elderly_day_care")
    assert table["share"].isna().tolist() == [False, True, True, True, False, True]


def test_a_limit_is_inclusive_to_a_millionth_of_a_metre():
    assert within(np.array([900 * 1.1, 990.0, 990.0000009, 990.000002]), 990.0).tolist() == [True, True, True, False]


@pytest.mark.parametrize(("share", "shown"), [(1.0, "100 %"), (0.99999, ">99.9 %"), (0.00001, "<0.1 %"), (0.0, "0 %")])
def test_a_share_is_never_rounded_into_a_verdict(share, shown):
    assert share_text(share) == shown


def test_a_reach_is_a_positive_number_of_metres():
    for bad in (0, -5, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="positive"):
            Reach.radius(bad)
    assert str(Reach.walk(15, metres_per_second=1.1)) == "15 min on foot at 1.1 m/s (990 m)"
    assert Point(0, 0).distance(Point(3, 4)) == 5


@pytest.mark.parametrize(("gap_m", "metres"), [(150, 150 + 500), (250, np.inf)])
def test_whoever_lives_by_a_street_that_leads_nowhere_walks_from_the_next(gap_m, metres):
    """A courtyard of 30 m joins nothing; the street beyond leads to the facility, if it is within 200 m."""
    study = toy.study(
        facilities={"f": toy.facility(500, 0)},
        demand={"p": toy.people(0, gap_m, 10, 1)},
        streets=[LineString([(-1500, 0), (1500, 0)]), LineString([(-15, gap_m), (15, gap_m)])],
    )
    context = Context(study)
    table = access(study, study.facilities, study.demand, context.network, context.demand_ledger)
    assert context.demand_ledger["status"].tolist() == ["island"]
    assert table["streets_m"].tolist() == [pytest.approx(metres)]


@settings(max_examples=12, deadline=None)
@given(drawn=cities, park=st.none() | places, off=st.booleans())
def test_walks_alone_are_those_of_the_whole_table_to_the_bit(drawn, park, off):
    """Along one straight street a walk is no longer than the straight line, which is measured in another way."""
    drawn = {**drawn, "people": [*drawn["people"], ((700, 0), 3), ((-1500, 700), 2)]}
    more = {"end": toy.facility(-1500, 0)}
    if park is not None:
        more["park"] = toy.facility(0, 0, geometry=box(*park, park[0] + 90, park[1] + 60))
    if off:
        more["off"] = toy.facility(1900, 1900)
    study = city(drawn, grid(), **more)
    context = Context(study)
    whole = access(study, study.facilities, study.demand, context.network, context.demand_ledger, context.xy)
    alone = walks(study, study.facilities, context.network, context.xy)
    assert (alone.metres == whole["streets_m"]).all()
    assert (alone.unreached_m == whole["unreached_m"]).all()
    assert (alone.on_streets == whole["on_streets"]).all()


@pytest.mark.parametrize("on_ground", [False, True])
def test_a_walk_is_no_shorter_than_the_straight_line_where_walks_are_measured_alone(on_ground):
    """Along a diagonal both are metres of one line, measured in two ways; 120 km west a map stretches."""
    west, south = 380_000.0, 3_840_000.0
    outline = box(west - 100, south - 100, west + 4000, south + 4000)
    study = toy.study(
        facilities={"f": toy.facility(west + 10, south + 10), "g": toy.facility(west + 2900, south + 2900)},
        demand={
            f"p{n}": toy.people(west + x, south + x, 1, 1)
            for n, x in enumerate(np.random.default_rng(1).uniform(0, 3000, 200))
        },
        districts={"1": outline},
        units={"1-1": toy.unit(outline)},
        streets=[LineString([(west, south), (west + 3000, south + 3000)])],
    )
    ground = Ground.over(study.crs, outline.bounds) if on_ground else None
    study = dataclasses.replace(study, ground=ground)
    context = Context(study)
    whole = access(study, study.facilities, study.demand, context.network, context.demand_ledger, context.xy)
    alone = walks(study, study.facilities, context.network, context.xy)
    assert (alone.metres == whole["streets_m"]).all()
    assert (alone.metres >= whole["straight_m"]).all()


def test_rows_that_were_lost_are_told_beside_what_is_covered():
    plain = city({"facilities": [(0, 0)], "people": [((10, 10), 5), ((-1400, 0), 7)]})
    study = dataclasses.replace(plain, lost={frozenset(("elderly_day_care", "park")): 2, frozenset(("market",)): 5})
    told = coverage(study, Reach.radius(500), "elderly_day_care")
    assert told["rows_lost"].tolist() == [2] * 6
    assert coverage(study, Reach.radius(500), ["park", "market"])["rows_lost"].eq(7).all()
    # nothing is said of rows of other kinds, and the people are the same
    other = coverage(plain, Reach.radius(500), "elderly_day_care")
    pd.testing.assert_frame_equal(told.drop(columns="rows_lost"), other.drop(columns="rows_lost"))
    assert other["rows_lost"].eq(0).all()
    assert coverage(study, Reach.radius(500), "hospital")["rows_lost"].eq(0).all()
