"""Where places are full: the fewest that have room, what each adds, and whoever has none is counted."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pytest
import toy
from planned_city import RADIUS, report_of
from shapely import Point, box

from zzgeo.auditing.report import AuditReport
from zzgeo.errors import InputError
from zzgeo.reporting.told.plans import plan_sentences
from zzgeo.siting import capacitated
from zzgeo.siting.plan import site

#: Everybody of 60 and more within 500 m of a day-care centre.
CARE = RADIUS.model_copy(update={"params": {}, "facilities": ("elderly_day_care",)})


def street(facilities: dict | None = None) -> AuditReport:
    """Return the audit of ten people of age every 100 m from 0 to 400 m."""
    study = toy.study(
        facilities=facilities or {},
        demand={f"p{n}": toy.people(100.0 * n, 0, 10, 10, unit="u") for n in range(5)},
        units={"u": toy.unit(box(-3000, -500, 3000, 500))},
        kinds=frozenset({"elderly_day_care"}),
    )
    return report_of(study, CARE)


def lots(*room: float, ids: str = "abc", step: float = 200.0) -> gpd.GeoDataFrame:
    spots = [Point(step * n, 0) for n in range(len(room))]
    table = {"capacity": list(room), "cost_yuan": [1e5] * len(room)}
    return gpd.GeoDataFrame(table, geometry=spots, crs=toy.CRS, index=list(ids[: len(room)]))


@pytest.mark.parametrize("asked", [{}, {"sites": 3}, {"budget_yuan": 1e6}], ids=["all", "sites", "budget"])
def test_no_more_places_are_built_than_have_somebody_to_take(asked):
    plan = site(street(), CARE.id, candidates=lots(100, 100, 100), capacity=True, **asked)
    assert (len(plan.sites), plan.people) == (1, 50)
    assert plan.curve["people"].tolist() == [50]


def test_the_fewest_that_have_room_are_as_few_as_of_every_choice():
    for seed in range(12):
        random = np.random.default_rng(seed)
        room = random.integers(5, 40, 5).astype(float)
        table = lots(*room, ids="abcde", step=random.choice([60.0, 150.0]))
        plan = site(street(), CARE.id, candidates=table, capacity=True)
        away = abs(np.arange(5)[:, None] * 100.0 - table.geometry.x.to_numpy())
        metres, heads = np.where(away <= 500, away, np.inf), np.full(5, 10.0)

        def most(chosen, metres=metres, heads=heads, room=room):
            return capacitated(metres[:, list(chosen)], heads, room[list(chosen)], sites=len(chosen)).objective

        fewest = min(
            len(chosen)
            for number in range(1, 6)
            for chosen in itertools.combinations(range(5), number)
            if most(chosen) == most(range(5))
        )
        assert (len(plan.sites), plan.people) == (fewest, most(range(5))), seed


def test_two_sites_with_room_for_all_are_found_though_the_one_that_takes_most_is_neither():
    study = toy.study(
        facilities={},
        demand={f"p{x}": toy.people(float(x), 0, 10, 10, unit="u") for x in (-900, -450, -300, 300, 450, 900)},
        units={"u": toy.unit(box(-3000, -500, 3000, 500))},
        kinds=frozenset({"elderly_day_care"}),
    )
    table = lots(90, 90, 90, step=600.0)
    plan = site(report_of(study, CARE), CARE.id, candidates=table.set_geometry(table.translate(-600, 0)), capacity=True)
    assert (sorted(plan.sites.index), plan.people) == (["a", "c"], 60)


def test_a_site_gains_by_how_many_more_have_a_place_with_it():
    random = np.random.default_rng(7)
    for _ in range(30):
        metres = np.where(random.random((8, 4)) < 0.5, 1.0, np.inf)
        heads, room = random.integers(1, 20, 8).astype(float), random.integers(1, 60, 4).astype(float)
        found = capacitated(metres, heads, room, sites=4)
        before = 0.0
        for number, gained in enumerate(found.gained, 1):
            few = found.chosen[:number]
            now = capacitated(metres[:, few], heads, room[few], sites=number).objective
            assert (now - before, gained > 0) == (pytest.approx(gained), True)
            before = now
        assert before == found.objective == found.gained.sum()


def test_who_is_within_reach_of_a_full_place_is_left():
    plan = site(street(), CARE.id, candidates=lots(7, 8, 9), capacity=True, sites=2)
    assert plan.sites["people_gained"].tolist() == [9, 8]
    assert plan.left["people"].sum() == 50 - 17
    assert plan.people + plan.left["people"].sum() + plan.unreachable["people"].sum() == 50
    zh, en = (" ".join(plan_sentences(plan, lang)) for lang in ("zh", "en"))
    assert "33 people within reach of one have no place" in en
    assert "judged again" not in en
    assert "没有床位或名额33人" in zh


def test_a_facility_that_may_close_and_does_not_say_its_beds_is_refused_by_name():
    report = street({"old": toy.facility(0, 0)})
    with pytest.raises(InputError, match=r"siting\.capacity_unknown · closable · old"):
        site(report, CARE.id, sites=1, candidates=lots(9), capacity=True, closable=["old"])


def test_candidates_numbered_as_facilities_are_candidates_all_the_same():
    report = street({"a": toy.facility(-400, 0, capacity=1.0)})
    plan = site(report, CARE.id, sites=1, candidates=lots(20), capacity=True)
    assert (plan.sites.index.tolist(), plan.people) == (["site:a"], 20)
    assert "siting.renamed" in {note.code for note in plan.notes}
    locked = site(report, CARE.id, sites=1, candidates=lots(20, 40), capacity=True, locked=["a"])
    assert locked.sites.index.tolist() == ["site:a"]
    with pytest.raises(InputError, match=r"id\.duplicate"):
        site(report, CARE.id, sites=1, candidates=lots(20), closable=["a"])


@pytest.mark.parametrize("more", [{"capacity": True}, {"closable": ["old"]}], ids=["beds", "may close"])
def test_a_budget_below_the_cheapest_is_told_though_facilities_cost_nothing(more):
    report = street({"old": toy.facility(-400, 0, capacity=1.0)})
    plan = site(report, CARE.id, budget_yuan=5.0, candidates=lots(20), **more)
    assert "siting.budget_small" in {note.code for note in plan.notes}
    nothing = site(report, CARE.id, budget_yuan=5.0, candidates=lots(20).assign(cost_yuan=np.nan), **more)
    assert "siting.all_forbidden" in {note.code for note in nothing.notes}


def test_everybody_is_no_share_that_is_reached_where_some_live_out_of_reach():
    table = lots(9)
    plan = site(street(), CARE.id, share=1.0, candidates=table.set_geometry(table.translate(-300.0, 0)))
    assert plan.unreachable["people"].sum() > 0
    assert "siting.share_missed" in {note.code for note in plan.notes}


@pytest.mark.parametrize("sites", [float("nan"), float("inf"), "3", True, 1.5])
def test_what_is_no_number_of_sites_is_refused(sites):
    with pytest.raises(InputError, match=r"siting\.limit"):
        site(street(), CARE.id, sites=sites, candidates=lots(9))


def test_a_facility_that_closes_is_named_and_what_fails_by_it_is_told():
    districts = {"1": box(-3000, -500, -1000, 500), "2": box(-1000, -500, 3000, 500)}
    study = toy.study(
        facilities={"old": toy.facility(-2000, 0, name="老站")},
        demand={
            "w": toy.people(-2000, 0, 10, 10, unit="u1"),
            "e": toy.people(0, 0, 50, 50, district="2", unit="u2"),
        },
        units={f"u{code}": toy.unit(outline, district=code) for code, outline in districts.items()},
        districts=districts,
    )
    plan = site(report_of(study, CARE), CARE.id, sites=1, candidates=lots(90), closable=["old"])
    assert (plan.closed, plan.people) == (("old",), 40)
    [note] = [one for one in plan.notes if one.code == "siting.newly_failing"]
    assert note.value == f"{CARE.id} district 1"
    assert "1 closed: 老站 (old)" in " ".join(plan_sentences(plan, "en"))
    kept = site(report_of(study, CARE), CARE.id, sites=2, candidates=lots(90), closable=["old"])
    assert not kept.closed
    assert "siting.newly_failing" not in {one.code for one in kept.notes}
