"""What an audit would come to: the same as a full audit of the scenario, to the bit, in every table."""

from __future__ import annotations

import dataclasses
import functools
from itertools import chain

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import SAMPLE
from shapely import LineString, Point, box

import zzgeo
from benchmarks.what_if import TABLES, differences
from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.errors import InputError, Problem
from zzgeo.intake.lists import FacilityList
from zzgeo.intake.study import Study
from zzgeo.rules import rule_kinds
from zzgeo.standards import Rule, Standard, shipped

KINDS = ("elderly_day_care", "elderly_care_facility", "market", "community_health_centre", "fitness_ground", "park")

#: Of these kinds a facility more or less is judged from what was found before.
FROM_BEFORE = {"service-radius", "time-circle", "unit-coverage", "walk-distance"}


#: Clauses of kinds that no document has.
OWN = (
    {"rule": "walk-distance", "facilities": ["elderly_day_care"], "value": 400, "params": {"pass_share": 0.4}},
    {"rule": "walk-distance", "facilities": ["market"], "value": 700, "applies_to": "urban-community"},
    {"rule": "service-radius", "facilities": ["market"], "value": 500, "params": {"pass_share": 0.5}},
    {"rule": "mix", "facilities": KINDS[:3], "value": 2, "params": {"metres": 600, "pass_share": 0.4}},
    {"rule": "weighted-score", "facilities": KINDS[:3], "value": 0.5, "params": {"minutes": 10}},
)


def city(seed: int = 1, share: float = 1.0, islands: bool = True) -> Study:
    """A town of streets every 250 m, two districts, eight units, homes and facilities anywhere; an island apart."""
    rng, side = np.random.default_rng(seed), 250
    ends = range(0, 8 * side + 1, side)
    streets = [LineString([(x, y), (x + side, y)]) for y in ends for x in ends[:-1]]
    streets += [LineString([(x, y), (x, y + side)]) for x in ends for y in ends[:-1]]
    streets += [LineString([(5_000, 0), (5_200, 0)])] if islands else []
    spots = rng.uniform(-60, 2_060, (90, 2)).round(1)
    spots = [*spots, (5_050, 20), (5_060, -20)] if islands else spots
    demand = {
        f"p{n}": toy.people(
            x,
            y,
            float(rng.integers(0, 90)) * share,
            float(rng.integers(0, 20)) * share,
            "1" if x < 1_000 else "2",
            f"{int(x >= 1_000) + 1}-{int(min(max(y, 0), 1_999) // 500)}",
        )
        for n, (x, y) in enumerate(spots)
    }
    units = {
        f"{d + 1}-{row}": toy.unit(
            box(d * 1_000, row * 500, d * 1_000 + 1_000, row * 500 + 500),
            "urban-community" if row < 3 else "village",
            str(d + 1),
        )
        for d in range(2)
        for row in range(4)
    }
    facilities = {
        f"f{n}": toy.facility(*rng.uniform(0, 2_000, 2).round(1), KINDS[n % 6], capacity=float(n), floor_area_m2=500.0)
        for n in range(18)
    }
    facilities["t1"] = toy.facility(*shapely.get_coordinates(facilities["f0"]["geometry"])[0], "elderly_day_care")
    districts = {"1": box(-200, -200, 1_000, 2_200), "2": box(1_000, -200, 5_500, 2_200)}
    land = [box(x + 20, y + 20, x + 230, y + 230) for x in ends[:-1] for y in ends[:-1]]
    return toy.study(facilities=facilities, demand=demand, units=units, streets=streets, districts=districts, land=land)


@functools.cache
def clauses() -> list[Standard]:
    """The first clauses of every kind of rule, three of those that are judged from what was found before."""
    found: dict[str, list[Rule]] = {}
    known = [rule for one in shipped().values() for rule in one.clauses if not rule.recorded and rule.area is None]
    for rule in known:
        some = found.setdefault(rule.rule, [])
        if len(some) < (3 if rule.rule in FROM_BEFORE else 1):
            some.append(rule)
    own = [Rule.model_validate({**told, "verified_on": "2026-11-29"}) for told in OWN]
    return [Standard(document=next(iter(shipped().values())).document, clauses=tuple(chain(own, *found.values())))]


@functools.cache
def report(seed: int = 1, share: float = 1.0) -> AuditReport:
    return audit(city(seed, share), clauses())


def radii() -> list[str]:
    """The clauses of a radius around places for the elderly that found somebody."""
    own = [
        rule.id for rule in report().rules if rule.rule == "service-radius" and "elderly_day_care" in rule.facilities
    ]
    return [rule for rule in own if rule in report().reach]


def placed(x: float, y: float, kind: str, name: str = "new", **more: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"kind": [kind], "name": [name], **more}, index=[name], geometry=[Point(x, y)], crs=toy.CRS)


def same(after: AuditReport, base: AuditReport) -> None:
    full = audit(after.study, base.standards)
    assert differences(after, full) == []


def test_every_kind_of_rule_stands_in_the_toy_audit():
    judged = {rule.rule for rule in report().rules}
    assert judged == set(rule_kinds()) - {"recorded"} or judged <= set(rule_kinds())
    assert judged >= FROM_BEFORE
    assert {kind.id for kind in rule_kinds().values() if kind.again is not None} == FROM_BEFORE


@pytest.mark.parametrize("kind", KINDS)
def test_a_facility_that_comes(kind):
    same(report().what_if(add=placed(1_310.0, 740.0, kind)), report())


@pytest.mark.parametrize("gone", ["f0", "t1", "f2", "f5"])
def test_a_facility_that_goes(gone):
    same(report().what_if(remove=[gone]), report())


def test_to_write_into_the_findings_of_a_proposal_is_not_to_write_into_those_of_its_base():
    before = report().findings.copy(deep=True)
    after = report().what_if(remove=["f0"])
    for name in after.findings.columns:
        cell = after.findings[name].iloc[0]
        after.findings.iloc[:, after.findings.columns.get_loc(name)] = [cell] * len(before)
    assert report().findings.equals(before)
    again = report().what_if(remove=["f0"])
    assert not again.findings.equals(after.findings)
    same(again, report())


def test_the_first_of_one_facility_written_down_twice_goes_and_the_second_counts():
    after = report().what_if(remove=["f0"])
    served = [set(one.reach[rule]["facility_id"].dropna()) for one in (report(), after) for rule in radii()]
    assert any("t1" in some for some in served[len(served) // 2 :])
    assert not any("t1" in some for some in served[: len(served) // 2])


def test_a_facility_at_the_place_of_another_serves_nobody_more():
    place = report().study.facilities.geometry["f1"]
    after = report().what_if(add=placed(place.x, place.y, "elderly_care_facility"))
    same(after, report())
    rows = [f"{rule}/city/city" for rule in radii()]
    assert list(after.findings.loc[rows, "covered"]) == list(report().findings.loc[rows, "covered"])


def test_a_facility_that_moves_keeps_its_id():
    after = report().what_if(add=placed(1_900.0, 90.0, "elderly_day_care", "f6"), remove=["f6"])
    same(after, report())
    assert after.study.proposal.added == after.study.proposal.removed == ("f6",)


@pytest.mark.parametrize("place", [(5_100.0, 5.0), (4_000.0, 1_000.0), (600.0, 600.0)])
def test_a_facility_on_an_island_far_from_every_street_or_in_a_block(place):
    same(report().what_if(add=placed(*place, "market")), report())


def test_an_area_and_a_day_it_opens():
    park = placed(0, 0, "park").set_geometry([box(300, 300, 480, 480)], crs=toy.CRS)
    same(report().what_if(add=park), report())
    same(report().what_if(add=placed(700.0, 700.0, "market", opened=["2030-01-01"])), report())


def test_everything_of_a_kind_goes():
    own = report().study.facilities
    after = report().what_if(remove=list(own.index[own["kind"] == "market"]))
    same(after, report())
    assert "market" in after.study.kinds_known


@pytest.mark.parametrize("walking", [{"aged_60_plus": 0.6}, {"residents": 1.6, "aged_60_plus": 1.4}])
def test_people_who_walk_otherwise(walking):
    same(report().what_if(walking=walking), report())


def test_facilities_and_walking_at_once_and_one_change_after_another():
    new = placed(400.0, 1_510.0, "market")
    same(report().what_if(add=new, remove=["f2"], walking={"residents": 0.9}), report())
    first = report().what_if(add=new)
    second = first.what_if(remove=["new", "f3"])
    same(second, report())
    assert second.study.proposal.added == ()
    assert second.study.proposal.removed == ("f3",)


def test_people_in_parts_are_added_up_to_the_same_bits():
    base = report(2, 1 / 3)
    same(base.what_if(add=placed(810.0, 1_230.0, "elderly_day_care"), remove=["f6"]), base)


@pytest.mark.parametrize("share", [1 / 3, 0.004])
def test_people_in_parts_who_count_only_once_a_facility_comes(share):
    town = city(2, share)
    [radius] = [one for one in clauses()[0].clauses if one.id == "zz18e-radius-admin-village"]
    in_towns = town.facilities[town.facilities.geometry.y < 1_500.0]
    town = dataclasses.replace(town, facilities=in_towns)
    base = audit(town, [clauses()[0].model_copy(update={"clauses": (radius,)})])
    assert base.findings["people"].isna().all()
    after = base.what_if(add=placed(890.0, 1_930.0, "elderly_day_care"))
    lived = town.demand.loc[town.demand["unit"] == "1-3", "aged_60_plus"].sum()
    assert after.findings.loc[f"{radius.id}/city/city", "people"] == pytest.approx(lived)
    assert differences(after, audit(after.study, base.standards)) in ([], ["flags"])  # of no flags texts are objects


@pytest.mark.parametrize("left_out", [("units",), ("streets",), ("land", "streets"), ("land",)])
def test_a_town_without_some_of_its_layers(left_out):
    town = dataclasses.replace(city(4), **dict.fromkeys(left_out))
    rules = [
        rule.model_copy(update={"id": f"{rule.id}-{applies}", "applies_to": applies})
        for rule in clauses()[0].clauses
        if rule.rule in FROM_BEFORE and {"elderly_day_care", "market"} & set(rule.facilities)
        for applies in ("urban-community", *(("all",) if rule.rule != "unit-coverage" else ()))
        # a clause that asks which units have a facility needs units
        if not ("units" in left_out and applies == "all" and rule.params.get("only_units_with_facility"))
    ]
    base = audit(town, [Standard(document=clauses()[0].document, clauses=tuple(rules))])
    same(base.what_if(add=placed(810.0, 1_230.0, "elderly_day_care"), remove=["f6"]), base)
    same(base.what_if(add=placed(20.0, 30.0, "market")), base)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(-300, 2_300), st.integers(-300, 2_300), st.sampled_from(KINDS)), max_size=3, unique=True
    ),
    st.sets(st.sampled_from([f"f{n}" for n in range(18)]), max_size=3),
)
def test_any_facilities_come_and_go(places, gone):
    if not places and not gone:
        return
    tables = [placed(x, y, kind, f"n{n}") for n, (x, y, kind) in enumerate(places)]
    new = gpd.GeoDataFrame(gpd.pd.concat(tables)) if tables else None
    same(report(3).what_if(add=new, remove=sorted(gone)), report(3))


@pytest.mark.parametrize("kind", ["market", "community_health_centre", "park"])
def test_the_last_of_a_kind_goes_where_no_list_covers_the_ground(kind):
    west = FacilityList("west.csv", frozenset([kind]), complete=frozenset([kind]), districts=frozenset(["1"]))
    base = audit(dataclasses.replace(city(), lists=(west,)), clauses())
    own = base.study.facilities
    east = own.index[(own["kind"] == kind) & (own.representative_point().x > 1_000)]
    same(base.what_if(remove=list(east)), base)


def test_what_comes_from_a_file_in_a_doubtful_datum():
    doubt = Problem("crs.gcj02_suspected", "new.csv", "", "moved", "say the datum", "warning")
    base = audit(dataclasses.replace(city(), warnings=(doubt,)), clauses())
    after = base.what_if(add=placed(1_310.0, 740.0, "elderly_day_care", source="new.csv"))
    assert after.findings["flag_codes"].str.contains("places.datum_doubted").any()
    same(after, base)


def test_the_first_of_a_kind():
    town = city()
    base = audit(dataclasses.replace(town, facilities=town.facilities[town.facilities["kind"] != "market"]), clauses())
    same(base.what_if(add=placed(1_310.0, 740.0, "market")), base)


def test_what_is_not_touched_is_kept_and_tables_are_made_when_asked_for():
    after = report().what_if(add=placed(1_310.0, 740.0, "market"))
    assert not set(vars(after)) & set(TABLES)
    assert all(after.reach[kept] is report().reach[kept] for kept in radii())


def test_readings_of_the_base_mark_nothing_of_the_scenario():
    base = audit(city(), clauses())
    marked = base.with_sensitivity(base.sensitivity(profiles=[], speeds=[0.5], draws=1))
    same(marked.what_if(add=placed(1_310.0, 740.0, "market")), base)


def test_zones_are_judged_again():
    zones = toy.frame({"z": {"name": "功能区", "geometry": box(0, 0, 1_500, 900)}}, "code")
    base = audit(dataclasses.replace(city(), zones=zones), clauses())
    same(base.what_if(add=placed(700.0, 700.0, "market")), base)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "config.invalid"),
        ({"remove": ["nobody"]}, "value.unknown_code"),
        ({"walking": {"residents": -1}}, "config.invalid"),
        ({"walking": {"pace": 1}}, "config.invalid"),
        ({"add": placed(0, 0, "market", "f0")}, "id.duplicate"),
        ({"add": placed(0, 0, "palace")}, "kind.unknown"),
        ({"add": placed(0, 0, "market").set_crs(None, allow_override=True)}, "crs.missing"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_one_line(asked, code):
    with pytest.raises(InputError) as refused:
        report().what_if(**asked)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_the_sample():
    base = zzgeo.audit(zzgeo.load_study(SAMPLE))
    spot = base.study.demand.geometry.iloc[[1234]].translate(3.0, 4.0).set_axis(["new"])
    new = gpd.GeoDataFrame({"kind": ["elderly_day_care"], "name": ["新站"]}, index=["new"], geometry=spot)
    own = base.study.facilities["kind"]
    after = base.what_if(add=new, remove=[own.index[own == "elderly_day_care"][3]])
    assert differences(after, zzgeo.audit(after.study)) == []
