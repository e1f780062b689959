"""What a plan promises a full audit measures; every case at the edge is one clear line, or the right plan."""

from __future__ import annotations

import dataclasses
import itertools

import geopandas as gpd
import numpy as np
import pytest
from planned_city import BEDS, CENTRES, CIRCLE, CULTURE, RADIUS, SEVENTY, UNITS, city, parcels, report_of
from shapely import Point, box

import zzgeo
from zzgeo.errors import InputError
from zzgeo.siting.demand import served_people
from zzgeo.siting.plan import Plan, site
from zzgeo.standards import find_rule

SEEDS = range(3)


def audited(plan: Plan, *rules) -> float:
    """Return how many more people a full audit of the scenario finds covered, rule by rule."""
    return measured_gain(plan.study, plan.as_scenario(), *rules)


def measured_gain(study, scenario, *rules) -> float:
    before, after = report_of(study, *rules), report_of(scenario, *rules)
    total = 0.0
    for rule in rules:
        old, new = (
            served_people(one.context, rule, one.kinds[rule.id], one.reach.get(rule.id)) for one in (before, after)
        )
        total += float((new.reindex(old.index) - old).sum())
    return total


def city_covered(report, rule) -> float:
    found = report.findings
    return float(found.loc[(found["rule"] == rule.id) & (found["level"] == "city"), "covered"].iloc[0])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rule", [RADIUS, CIRCLE], ids=lambda rule: rule.id)
def test_what_is_promised_is_what_a_full_audit_finds_covered(rule, seed):
    study = city(seed)
    report = report_of(study, rule)
    plan = site(report, rule.id, sites=3, candidates=parcels(study, seed))
    after = report_of(plan.as_scenario(), rule)
    assert plan.people > 0
    assert plan.people == plan.promised == city_covered(after, rule) - city_covered(report, rule)
    assert plan.sites["people_gained"].sum() == plan.people
    assert plan.curve["people"].iloc[-1] == plan.people
    assert plan.assignment["people"].sum() == plan.people


def shares(study, *rules) -> dict[str, float]:
    """Return the share of people covered in each district by a full audit."""
    found = report_of(study, *rules).findings
    found = found[found["level"] == "district"].groupby("district")[["covered", "missed"]].sum()
    return (found["covered"] / found.sum(axis=1)).to_dict()


@pytest.mark.parametrize("rules", [[CIRCLE], [RADIUS, CULTURE]], ids=["one", "two"])
def test_the_worst_district_first_and_a_floor_for_each(rules):
    study = city(1)
    lots, report, ids = parcels(study, 1, 6), report_of(study, *rules), [rule.id for rule in rules]
    pairs = []
    for pair in itertools.combinations(lots.index, 2):
        plan = site(report, ids, sites=2, candidates=lots, locked=pair)
        pairs.append((min(shares(plan.as_scenario(), *rules).values()), plan.people))
    fairest = max(share for share, _ in pairs)
    plan = site(report, ids, sites=2, candidates=lots, worst_first=True)
    assert min(shares(plan.as_scenario(), *rules).values()) == pytest.approx(fairest, abs=1e-9)
    assert plan.people == plan.promised == max(people for share, people in pairs if share > fairest - 1e-9)
    kept = site(report, ids, sites=2, candidates=lots, floor=fairest - 1e-9)
    assert kept.people == plan.people
    beyond = site(report, ids, sites=2, candidates=lots, floor=1.0)
    assert "siting.floor_missed" in {note.code for note in beyond.notes}


@pytest.mark.parametrize(
    "asked",
    [
        {"floor": 2.0, "sites": 1},
        {"floor": 0.5},
        {"worst_first": True, "share": 0.5},
        {"floor": 0.5, "sites": 1, "capacity": True},
    ],
)
def test_a_floor_that_cannot_be_meant_is_one_line(asked):
    study = city(0)
    with pytest.raises(InputError) as refused:
        site(report_of(study, CIRCLE), CIRCLE.id, candidates=parcels(study, 0), **asked)
    assert [problem.code for problem in refused.value.problems] == ["siting.limit"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rule", [RADIUS, CIRCLE], ids=lambda rule: rule.id)
def test_no_other_choice_of_two_gains_more_in_a_full_audit(rule, seed):
    study = city(seed)
    lots = parcels(study, seed, 6)
    plan = site(report_of(study, rule), rule.id, sites=2, candidates=lots)
    base, best = city_covered(report_of(study, rule), rule), 0.0
    for pair in itertools.combinations(range(len(lots)), 2):
        new = lots.iloc[list(pair)].assign(kind="elderly_day_care")[["name", "kind", "geometry"]]
        new["name"] = [f"新{n}" for n in pair]
        best = max(best, city_covered(report_of(study.with_facilities(new), rule), rule) - base)
    assert plan.people == best
    assert plan.gap == 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_without_streets_the_walk_is_the_straight_line_times_the_detour(seed):
    study = city(seed, streets=False)
    report = report_of(study, CIRCLE)
    plan = site(report, CIRCLE.id, sites=2, candidates=parcels(study, seed))
    assert plan.people == city_covered(report_of(plan.as_scenario(), CIRCLE), CIRCLE) - city_covered(report, CIRCLE)
    assert plan.promised == plan.people


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rule", [UNITS, SEVENTY, CENTRES], ids=lambda rule: rule.id)
def test_where_units_decide_a_place_answers_the_units_it_lies_in(rule, seed):
    study = city(seed)
    report = report_of(study, rule)
    # as many as it takes to give a unit that lacks two of them two
    plan = site(report, rule.id, sites=4, candidates=parcels(study, seed).drop(columns="capacity"))
    assert plan.people == pytest.approx(audited(plan, rule))
    assert plan.promised == pytest.approx(plan.people)
    assert plan.people > 0 or not any(report.findings["verdict"] == "fail")
    # there is room for all that each unit lacks
    full = site(report, rule.id, sites=15, candidates=parcels(study, seed).drop(columns="capacity"))
    assert len(full.left) == 0
    assert full.people == pytest.approx(audited(full, rule))


@pytest.mark.parametrize("seed", SEEDS)
def test_one_building_answers_several_clauses(seed):
    study = city(seed)
    report = report_of(study, CIRCLE, CULTURE, UNITS)
    plan = site(report, [CIRCLE.id, CULTURE.id, UNITS.id], sites=2, candidates=parcels(study, seed))
    kinds = set(plan.as_scenario().facilities.loc[list(plan.as_scenario().proposal.added), "kind"])
    assert kinds == {"elderly_day_care", CULTURE.facilities[0]}
    assert plan.people == pytest.approx(audited(plan, CIRCLE, CULTURE, UNITS))
    single = [site(report, rule, sites=2, candidates=parcels(study, seed)).people for rule in (CIRCLE.id, CULTURE.id)]
    assert plan.people >= max(single)


@pytest.mark.parametrize("rules", [(CIRCLE, CULTURE, UNITS), (SEVENTY,), (BEDS,)])
def test_sites_that_are_written_are_what_a_plan_builds(rules, tmp_path):
    study = city(1)
    # where its CRS is made for
    moved = {name: getattr(study, name) for name in ("districts", "facilities", "demand", "units", "streets")}
    moved = {name: one.set_geometry(one.translate(450_000.0, 3_840_000.0)) for name, one in moved.items()}
    lots = parcels(study, 1).rename(index={f"c{n}": f"f{n}" for n in range(15)})
    lots = lots.set_geometry(lots.translate(450_000.0, 3_840_000.0))
    study = dataclasses.replace(study, **moved)
    report = report_of(study, *rules)
    # ids of facilities there are; beds that are told only where they are what counts
    told = lots if BEDS in rules else lots.drop(columns="capacity")
    plan = site(report, [one.id for one in rules], sites=2, candidates=told)
    plan.as_facilities.reset_index().to_file(tmp_path / "sites.gpkg", layer="sites")
    after = study.with_facilities(tmp_path / "sites.gpkg")
    built, planned = (
        one.facilities.iloc[len(study.facilities) :].sort_values(["name", "kind"])
        for one in (after, plan.as_scenario())
    )
    assert len(built) >= len(plan.sites) > 0
    for name in ("kind", "name", "capacity", "ownership", "level", "opened"):
        cells = [one[name].astype(object) if name in one else one["kind"].map({}) for one in (built, planned)]
        assert cells[0].fillna("-").tolist() == cells[1].fillna("-").tolist(), name
    assert measured_gain(study, after, *rules) == pytest.approx(plan.people)


def test_a_clause_turns_from_fail_to_pass_where_the_curve_says():
    study = city(1)
    report = report_of(study, UNITS)
    plan = site(report, UNITS.id, sites=4)
    at = int(plan.curve.loc[plan.curve["turns"].str.contains("city city"), "sites"].iloc[0])
    for number, verdict in ((at - 1, "fail"), (at, "pass")):
        part = zzgeo.siting.building.with_sites(study, [UNITS], plan.sites.iloc[:number])
        found = report_of(part, UNITS).findings
        assert found.loc[found["level"] == "city", "verdict"].tolist() == [verdict]
    assert len(plan.sites) == at


@pytest.mark.parametrize("seed", SEEDS)
def test_a_budget_counts_what_is_paid_less_what_is_drawn(seed):
    study = city(seed)
    lots = parcels(study, seed, floor_area_m2=750.0)
    report = report_of(study, RADIUS, find_rule("zz18e-subsidy-facility-area"))
    plan = site(report, RADIUS.id, budget_yuan=600_000, candidates=lots)
    # 750 m² draw 35 wan (rules.md R18)
    assert (plan.sites["subsidy_yuan"] == 350_000).all()
    assert (plan.sites["net_yuan"] == (plan.sites["cost_yuan"] - 350_000).clip(lower=0)).all()
    assert plan.sites["net_yuan"].sum() <= 600_000
    without = site(report_of(study, RADIUS), RADIUS.id, budget_yuan=600_000, candidates=lots)
    assert (without.sites["subsidy_yuan"] == 0).all()
    assert without.people <= plan.people


def test_districts_count_their_own_people_and_offer_their_own_ground():
    study = city(2)
    plan = site(report_of(study, CIRCLE), CIRCLE.id, sites=2, districts=["2"], candidates=parcels(study, 2))
    assert set(plan.sites["district"]) == {"2"}
    homes = study.demand["district"]
    assert set(homes.loc[plan.assignment["id"]]) == {"2"}
    assert (plan.refused.loc[plan.refused["district"] == "1", "forbidden"] == "siting.outside").all()


def test_people_whom_no_candidate_reaches_are_named_and_placed():
    study = city(3)
    lots = parcels(study, 3).drop(index="c13")  # the one on the island
    plan = site(report_of(study, CIRCLE), CIRCLE.id, sites=15, candidates=lots)
    assert {"i0", "i1"} <= set(plan.unreachable["id"])
    assert plan.unreachable.crs == study.crs
    assert "siting.unreachable" in [problem.code for problem in plan.notes]
    assert len(plan.left) == 0


# -- at the edge -------------------------------------------------------------------------------------------------------


def refused(**asked) -> str:
    """Return the one line that refuses a plan."""
    study = city(0)
    with pytest.raises(InputError) as caught:
        site(report_of(study, CIRCLE), **{"rule": CIRCLE.id, "sites": 1, "candidates": parcels(study, 0)} | asked)
    (problem,) = caught.value.problems
    assert "\n" not in problem.line()
    return problem.code


def test_what_cannot_be_meant_is_one_line():
    study = city(0)
    nothing = parcels(study, 0).iloc[:0]
    assert refused(candidates=nothing) == "siting.no_candidates"
    assert refused(rule="no-such-clause") == "siting.unknown_rule"
    assert refused(rule=[]) == "siting.unknown_rule"
    assert refused(sites=0) == "siting.limit"
    assert refused(sites=None, budget_yuan=-5.0) == "siting.limit"
    assert refused(sites=None, share=1.5) == "siting.limit"
    assert refused(share=0.5) == "siting.limit"
    assert refused(districts=["99"]) == "value.unknown_code"
    assert refused(locked=["nowhere"]) == "siting.no_facility"
    assert refused(closable=["f1"]) == "siting.no_facility"  # a culture venue does not count for the clause
    assert refused(candidates=["roof"]) == "config.invalid"
    assert refused(candidates=parcels(study, 0, cost_yuan=-5.0)) == "value.negative"
    assert refused(candidates=parcels(study, 0, district="9").to_crs(4326).set_crs(None, allow_override=True)) in (
        "crs.missing",
    )


def test_a_lock_that_is_refused_is_told_by_its_reason():
    study = city(0)
    lots = parcels(study, 0)
    lots.loc["c3", "geometry"] = Point(1e5, 1e5)
    with pytest.raises(InputError, match=r"siting.locked_forbidden · locked · c3 · outside the districts"):
        site(report_of(study, CIRCLE), CIRCLE.id, sites=1, candidates=lots, locked=["c3"])


def test_where_every_candidate_is_forbidden_the_plan_is_empty_and_says_so():
    study = city(0)
    lots = parcels(study, 0).set_geometry([Point(1e5, 1e5)] * 15, crs=study.crs)
    plan = site(report_of(study, CIRCLE), CIRCLE.id, sites=2, candidates=lots)
    assert len(plan.sites) == 0
    assert plan.people == 0
    assert len(plan.refused) == 15
    assert set(plan.refused["forbidden"]) == {"siting.outside"}
    assert [problem.code for problem in plan.notes] == ["siting.all_forbidden"]
    assert plan.as_scenario() is study


def test_a_budget_below_the_cheapest_buys_nothing_and_says_so():
    study = city(0)
    plan = site(report_of(study, CIRCLE), CIRCLE.id, budget_yuan=50_000, candidates=parcels(study, 0))
    assert len(plan.sites) == 0
    assert plan.people == 0
    assert "siting.budget_small" in [problem.code for problem in plan.notes]


def test_a_candidate_without_a_price_is_refused_where_money_counts_and_only_there():
    study = city(0)
    lots = parcels(study, 0)
    lots.loc["c1", "cost_yuan"] = np.nan
    report = report_of(study, CIRCLE)
    plan = site(report, CIRCLE.id, budget_yuan=1e7, candidates=lots)
    assert plan.refused["forbidden"].to_dict() == {"c1": "siting.cost_unknown"}
    assert len(site(report, CIRCLE.id, sites=1, candidates=lots).refused) == 0


def test_where_nobody_is_missed_nothing_is_built():
    study = city(0)
    everywhere = study.demand[["geometry"]].assign(kind="elderly_day_care", name=study.demand.index)
    full = study.with_facilities(everywhere.set_axis([f"x{n}" for n in range(len(everywhere))]))
    for candidates in (parcels(study, 0), None):
        plan = site(report_of(full, RADIUS), RADIUS.id, sites=2, candidates=candidates)
        assert len(plan.sites) == 0
        assert plan.people == 0
        assert plan.gap == 0
        assert [problem.code for problem in plan.notes] == ["siting.nobody_missed"]


def test_of_two_candidates_at_one_place_one_is_built():
    study = city(0)
    lots = parcels(study, 0).loc[["c0", "c14"]]
    assert lots.geometry.iloc[0].equals(lots.geometry.iloc[1])
    lots["cost_yuan"] = [900_000.0, 100_000.0]
    plan = site(report_of(study, RADIUS), RADIUS.id, budget_yuan=5e6, candidates=lots)
    assert list(plan.sites.index) == ["c14"]
    two = site(report_of(study, RADIUS), RADIUS.id, sites=2, candidates=lots)
    assert len(two.sites) == 1


def test_a_locked_candidate_comes_first_and_counts():
    study = city(4)
    report = report_of(study, CIRCLE)
    plan = site(report, CIRCLE.id, sites=2, candidates=parcels(study, 4), locked=["c5"])
    assert plan.sites.index[0] == "c5"
    assert len(plan.sites) == 2
    assert plan.people == audited(plan, CIRCLE)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_facility_may_close_if_others_serve_more(seed):
    study = city(seed)
    report = report_of(study, CIRCLE)
    plan = site(report, CIRCLE.id, sites=2, candidates=parcels(study, seed), closable=["f0"])
    assert plan.people == plan.promised == audited(plan, CIRCLE)
    assert plan.closed == (() if "f0" in plan.sites.index else ("f0",))
    assert len(plan.sites) <= 2
    kept = site(report, CIRCLE.id, sites=2, candidates=parcels(study, seed), closable=["f0"], locked=["f0"])
    assert kept.closed == ()
    assert "f0" in kept.sites.index
    assert kept.people <= plan.people


# -- what forbids ------------------------------------------------------------------------------------------------------


def test_a_clause_on_where_facilities_stand_forbids_with_its_id():
    ring = box(0, 0, 1000, 1000)
    study = city(5, rings={"ring-3": ring})
    centre = find_rule("zz14-ring3-limit-medical-institutions")
    health = find_rule("zz14-claim-15min-health-circle").model_copy(update={"area": None})
    lots = parcels(study, 5)
    report = report_of(study, health, centre)
    plan = site(report, health.id, sites=3, candidates=lots)
    inside = lots.index[lots.intersects(ring.buffer(30))]
    assert len(inside) > 0
    assert set(plan.refused.index) == set(inside)
    assert set(plan.refused["forbidden"]) == {centre.id}
    assert not set(plan.sites.index) & set(inside)
    # the clause is not on day care, nor in force in 2019
    assert len(site(report_of(study, CIRCLE, centre), CIRCLE.id, sites=3, candidates=lots).refused) == 0


def test_what_a_clause_asks_of_each_facility_forbids_with_its_id():
    study = city(0)
    lots = parcels(study, 0).drop(columns="capacity")
    small = lots.assign(floor_area_m2=[150.0, 200.0, np.nan, *[300.0] * 12])
    plan = site(report_of(study, RADIUS), RADIUS.id, sites=1, candidates=small)
    assert plan.refused["forbidden"].to_dict() == {"c0": RADIUS.id}
    beds = lots.assign(capacity=[40.0, 70.0, np.nan, *[90.0] * 12])
    plan = site(report_of(study, SEVENTY), SEVENTY.id, sites=1, candidates=beds)
    assert plan.refused["forbidden"].to_dict() == {"c0": SEVENTY.id}
    other = lots.assign(kind=["market", "养老服务设施", *[None] * 13])
    plan = site(report_of(study, RADIUS), RADIUS.id, sites=1, candidates=other.iloc[:1])
    assert plan.refused["forbidden"].tolist() == ["siting.kind"]


def test_a_park_too_small_to_count_is_refused_and_a_large_one_counts_from_its_edge():
    study = city(3)
    park = find_rule("zz18h-park-500m").model_copy(update={"area": None, "applies_to": "all"})
    lots = parcels(study, 3).drop(columns="capacity")
    sides = [60.0, 80.0, *[100.0] * 13]
    lots = lots.set_geometry(
        [spot.buffer(side / 2, cap_style="square") for spot, side in zip(lots.geometry, sides, strict=True)]
    )
    study = study.with_facilities(
        gpd.GeoDataFrame(
            {"kind": "park", "name": "园", "area_m2": 9e3}, index=["old"], geometry=[Point(50, 50)], crs=study.crs
        )
    )
    report = report_of(study, park)
    plan = site(report, park.id, sites=3, candidates=lots)
    assert plan.refused["forbidden"].to_dict() == {"c0": park.id}
    assert plan.people == plan.promised == audited(plan, park) > 0


def test_a_place_without_a_street_is_refused_where_people_walk():
    study = city(0)
    lots = parcels(study, 0)
    lots.loc["c2", "geometry"] = Point(2450.0, 2450.0)
    plan = site(report_of(study, CIRCLE), CIRCLE.id, sites=1, candidates=lots)
    assert plan.refused["forbidden"].to_dict() == {"c2": "siting.off_streets"}


def test_a_clause_no_place_answers_is_refused():
    study = city(0)
    ring = find_rule("zz14-ring3-limit-medical-institutions")
    with pytest.raises(InputError, match=r"siting\.no_site"):
        site(report_of(study, ring), ring.id, sites=1)


def test_a_clause_without_data_is_refused_with_what_would_answer_it():
    study = city(0)
    markets = find_rule("zz18h-15min-convenience-circle").model_copy(update={"facilities": ("market",)})
    with pytest.raises(InputError, match=r"siting\.not_judged .* needs a .*list"):
        site(report_of(study, markets), markets.id, sites=1)


# -- beds --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_beds_per_head_are_counted_by_beds(seed):
    study = city(seed)
    plan = site(report_of(study, BEDS), BEDS.id, sites=2, candidates=parcels(study, seed))
    assert plan.people == pytest.approx(audited(plan, BEDS))
    assert plan.promised == pytest.approx(plan.people)
    lots = parcels(study, seed, capacity=np.nan)
    none = site(report_of(study, BEDS), BEDS.id, sites=2, candidates=lots)
    assert set(none.refused["forbidden"]) == {"siting.capacity_unknown"}


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_served_by_a_place_that_is_full(seed):
    study = city(seed)
    lots = parcels(study, seed)
    plan = site(report_of(study, CIRCLE), CIRCLE.id, sites=2, candidates=lots, capacity=True)
    free = site(report_of(study, CIRCLE), CIRCLE.id, sites=2, candidates=lots)
    beds = gpd.pd.concat([study.facilities["capacity"], lots["capacity"]])
    taken = plan.assignment.groupby("site")["people"].sum()
    assert (taken <= beds.loc[taken.index] + 1e-6).all()
    people = study.demand["aged_60_plus"]
    given = plan.assignment.groupby("id")["people"].sum()
    assert (given <= people.loc[given.index] + 1e-6).all()
    assert 0 <= plan.people <= free.people + 1e-6
    # what all would bring to the nearest place, beyond what it can take, of facilities too
    assert (plan.overload > 0).all()
    [note] = [one for one in plan.notes if one.code == "siting.overload"]
    assert (note.why, note.remedy) == ("if everyone went to the nearest", "see overload")
    assert set(plan.overload.index) <= {*plan.sites.index, "f0", "f3"}
    assert plan.bound >= plan.people - 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_fewest_sites_for_a_share_of_the_people_and_for_all_whom_a_candidate_reaches(seed):
    study = city(seed)
    report, lots = report_of(study, CIRCLE), parcels(study, seed)
    covered, people = city_covered(report, CIRCLE), report.reach[CIRCLE.id]["people"].sum()
    plan = site(report, CIRCLE.id, share=0.6, candidates=lots)
    assert (covered + plan.people) / people >= 0.6 - 1e-9
    if len(plan.sites) > 1:
        fewer = site(report, CIRCLE.id, sites=len(plan.sites) - 1, candidates=lots)
        assert (covered + fewer.people) / people < 0.6
    every = site(report, CIRCLE.id, candidates=lots)
    assert len(every.left) == 0
    assert every.people == audited(every, CIRCLE)


def test_a_plan_shows_itself_in_a_notebook_and_marks_its_scenario():
    study = city(1)
    plan = site(report_of(study, CIRCLE), CIRCLE.id, sites=2, candidates=parcels(study, 1))
    page = plan._repr_html_()
    assert all(name in page for name in plan.sites["name"])
    assert "proven best" in repr(plan)
    scenario = plan.as_scenario()
    assert scenario is plan.as_scenario()
    assert len(scenario.proposal.added) == len(plan.sites)
    assert "not what is there" in scenario.notice["en"]
    assert scenario.facilities["opened"].max().date() == study.as_of
