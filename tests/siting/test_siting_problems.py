"""Every problem of siting: as good as trying every choice, as published elsewhere, and one line where it cannot be."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import maximum_flow
from small_cities import Small

from zzgeo.codes import CODES
from zzgeo.errors import InputError
from zzgeo.siting import (
    Terms,
    capacitated,
    location_set_covering,
    maximal_coverage,
    p_center,
    p_median,
    stacked,
)
from zzgeo.siting.problems import problems

SEEDS = range(300)
#: A test of several cases shares them.
SHARES = {"sites": SEEDS[0::3], "budget": SEEDS[1::3], "both": SEEDS[2::3]}


def holds_together(solution, small):
    """Check what every solution promises, by its sites alone."""
    chosen = solution.chosen.tolist()
    assert len(set(chosen)) == len(chosen)
    assert chosen[: len(small.terms.locked)] == list(small.terms.locked)
    assert not set(chosen) & set(small.terms.forbidden)
    walk = small.walk(chosen)
    assert (solution.covered == (np.isfinite(walk) | small.served)).all()
    if solution.problem != "capacitated":
        nearest = solution.assignment >= 0
        assert (nearest == np.isfinite(walk)).all()
        assert (small.open[nearest, solution.assignment[nearest]] == walk[nearest]).all()
        gained = small.people[np.isfinite(walk) & ~small.served].sum()
        assert solution.gained.sum() == pytest.approx(gained)
    out = ~np.isfinite(small.open).any(axis=1) & (small.people > 0) & ~small.served
    assert solution.unreachable.tolist() == np.flatnonzero(out).tolist()
    assert ("siting.unreachable" in solution.why) == out.any()


@pytest.mark.parametrize("limited", ["sites", "budget", "both"])
def test_most_people_are_as_many_as_of_every_choice(limited):
    for seed in SHARES[limited]:
        small = Small(seed)
        limits = {"sites": small.sites, "budget": small.budget}
        limits = limits if limited == "both" else {limited: limits[limited]}
        solution = maximal_coverage(small.metres, small.people, terms=small.terms, **limits)

        def gained(chosen, small=small):
            return small.people[np.isfinite(small.walk(chosen)) & ~small.served].sum()

        best = small.best(gained, small.choices(**limits))
        assert solution.feasible == (best is not None), seed
        if best is not None:
            assert solution.objective == pytest.approx(best), seed
            assert solution.gap < 1e-9, seed
        holds_together(solution, small)


@pytest.mark.parametrize("worst_first", [False, True])
def test_floors_and_the_worst_group_are_kept_as_by_every_choice(worst_first):
    kept = 0
    for seed in SEEDS[worst_first::2]:
        small = Small(seed)
        group, floor = np.asarray(small.terms.group), 0.3 if seed % 3 else 0.0
        terms = Terms(**(vars(small.terms) | {"floor": floor, "worst_first": worst_first}))
        solution = maximal_coverage(small.metres, small.people, sites=small.sites, terms=terms)

        def fair(chosen, small=small, group=group, floor=floor):
            covered = np.isfinite(small.walk(chosen))
            people = [small.people[group == g].sum() for g in range(3)]
            shares = [
                small.people[(group == g) & (covered | small.served)].sum() / people[g] for g in range(3) if people[g]
            ]
            if any(share < floor - 1e-12 for share in shares):
                return None
            worst = round(min(shares), 9) if shares and worst_first else 0.0
            return worst, small.people[covered & ~small.served].sum()

        best = small.best(fair, small.choices(small.sites))
        assert solution.feasible == (best is not None), seed
        if best is None:
            assert "siting." in solution.why
        else:
            kept += 1
            assert fair(solution.chosen.tolist())[0] == pytest.approx(best[0], abs=1e-8), seed
            assert solution.objective == pytest.approx(best[1]), seed
            assert solution.gap < 1e-9
    assert kept > 50


@pytest.mark.parametrize(("share", "first"), [(1.0, 0), (0.8, 1), (0.35, 2)])
def test_fewest_sites_are_as_few_as_of_every_choice(share, first):
    for seed in SEEDS[first::3]:
        small = Small(seed)
        solution = location_set_covering(small.metres, small.people, share=share, terms=small.terms)
        reachable = np.isfinite(small.open).any(axis=1)

        def spared(chosen, small=small, reachable=reachable):
            covered = np.isfinite(small.walk(chosen)) | small.served
            if share == 1.0:
                enough = (covered | ~reachable | (small.people == 0)).all()
            else:
                enough = small.people[covered].sum() >= share * small.people.sum() * (1 - 1e-12)
            return -small.yuan[chosen].sum() if enough else None

        best = small.best(spared, small.choices())
        everyone = (reachable | small.served | (small.people == 0)).all()
        assert solution.feasible == (best is not None and (share < 1 or everyone)), seed
        if best is not None:
            assert solution.objective == pytest.approx(-best), seed
            assert solution.gap < 1e-9
        holds_together(solution, small)


def test_least_walking_is_as_little_as_of_every_choice():
    for seed in SEEDS:
        small = Small(seed)
        solution = p_median(small.metres, small.people, sites=small.sites, terms=small.terms)
        longest = small.open[np.isfinite(small.open)].max(initial=0.0)
        farthest = small.terms.reach_m if small.terms.reach_m is not None else longest
        heads = np.where(small.served, 0.0, small.people)

        def spared(chosen, small=small, farthest=farthest, heads=heads):
            return -(heads * np.minimum(small.walk(chosen), farthest)).sum()

        best = small.best(spared, small.choices(small.sites))
        assert solution.feasible == (best is not None), seed
        if best is not None:
            assert solution.objective == pytest.approx(-best, abs=1e-6), seed
            assert solution.gap < 1e-7
        holds_together(solution, small)
        beyond = heads[~np.isfinite(small.walk(solution.chosen.tolist()))].sum()
        assert ("siting.priced_at_reach" in solution.why) == (beyond > 0)


def test_the_longest_walk_is_as_short_as_of_every_choice():
    for seed in SEEDS:
        small = Small(seed)
        solution = p_center(small.metres, small.people, sites=small.sites, terms=small.terms)
        counted = np.isfinite(small.open).any(axis=1) & (small.people > 0) & ~small.served

        def shorter(chosen, small=small, counted=counted):
            return -small.walk(chosen)[counted].max(initial=0.0)

        best = small.best(shorter, small.choices(small.sites))
        assert solution.feasible == (best is not None and math.isfinite(best)), seed
        if solution.feasible:
            assert solution.objective == -best, seed
            assert solution.gap == 0.0
        holds_together(solution, small)


def most_taken(small, heads, chosen):
    """Return how many people have a place, by maximum flow."""
    rows, sites = len(heads), len(chosen)
    flow = np.zeros((rows + sites + 2, rows + sites + 2), dtype=np.int32)
    flow[0, 1 : rows + 1] = heads
    flow[1 : rows + 1, rows + 1 : rows + 1 + sites] = np.where(np.isfinite(small.open[:, chosen]), 1_000_000, 0)
    flow[rows + 1 : rows + 1 + sites, -1] = small.capacity[chosen]
    return float(maximum_flow(csr_array(flow), 0, rows + sites + 1).flow_value)


@pytest.mark.parametrize("limited", ["sites", "budget"])
def test_most_people_with_a_place_are_as_many_as_of_every_choice(limited):
    for seed in SEEDS[limited == "sites" :: 2]:
        small = Small(seed)
        small.people = np.floor(small.people)
        limits = {"sites": min(small.sites, 4)} if limited == "sites" else {"budget": small.budget / 2}
        solution = capacitated(small.metres, small.people, small.capacity, terms=small.terms, **limits)
        heads = np.where(small.served, 0.0, small.people)
        best = small.best(
            lambda chosen, small=small, heads=heads: most_taken(small, heads, chosen), small.choices(**limits)
        )
        assert solution.feasible == (best is not None), seed
        if best is not None:
            assert solution.objective == pytest.approx(best), seed
            assert solution.gap < 1e-9, seed
        rows, sites, people = solution.flows
        assert (np.bincount(rows, people, minlength=len(heads)) <= heads + 1e-9).all()
        assert (np.bincount(sites, people, minlength=len(small.cost)) <= small.capacity + 1e-9).all()
        assert np.isfinite(small.open[rows, sites]).all()
        holds_together(solution, small)


def test_overload_is_who_is_too_many_if_everyone_goes_to_the_nearest():
    metres = np.array([[100.0, 400.0], [200.0, 300.0], [np.inf, 50.0]])
    solution = capacitated(metres, [30, 30, 5], [40, 30], sites=2)
    assert solution.overload.tolist() == [20.0, 0.0]
    assert solution.objective == 65.0
    # the one who walks least further gives way: 20 of the second place
    streams = sorted(zip(*(part.tolist() for part in solution.flows), strict=True))
    assert streams == [(0, 0, 30.0), (1, 0, 10.0), (1, 1, 20.0), (2, 1, 5.0)]
    assert solution.assignment.tolist() == [0, 1, 1]
    assert "siting.overload" in solution.why


def test_several_clauses_at_once_count_a_person_once_for_each():
    care = np.array([[100.0, np.inf, 100.0], [np.inf, 90.0, np.inf]])
    culture = csr_array(np.array([[0.0, 700.0, 400.0]]))
    metres, people, clause = stacked([care, culture], [[10, 25], [12]], worth=[1.0, 2.0])
    solution = maximal_coverage(metres, people, sites=1)
    # 10 of care and twice 12 of culture, against 25 and 24
    assert solution.chosen.tolist() == [1]
    assert solution.objective == 49.0
    assert clause.tolist() == [0, 0, 1]
    with pytest.raises(InputError, match=r"siting\.shape"):
        stacked([care, np.ones((1, 2))], [[10, 25], [12]])


@pytest.fixture(scope="module")
def san_francisco(shared):
    """Return distances of 205 tracts to 16 stores, people, and store numbers as spopt's tests print them."""
    folder = shared / "validation"
    pairs = pd.read_csv(folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv")
    tracts = pd.read_csv(folder / "SF_demand_205_centroid_uniform_weight.csv")
    table = pairs.pivot_table(values="distance", index="DestinationName", columns="name")
    people = tracts.set_index(tracts["NAME"].astype(float))["POP2000"].reindex(table.index)
    assert people.sum() == 955_113
    return table.to_numpy(), people.to_numpy()


def test_san_francisco_is_as_published(san_francisco):
    metres, people = san_francisco
    near = Terms(reach_m=5_000.0)
    covering = maximal_coverage(metres, people, sites=4, terms=near)
    assert sorted(covering.chosen.tolist()) == [1, 2, 5, 10]
    assert covering.objective == covering.bound == 875_247.0
    assert (~covering.covered).sum() == 21
    median = p_median(metres, people, sites=4)
    assert sorted(median.chosen.tolist()) == [1, 2, 5, 10]
    assert f"{median.objective:.4f}" == "2848268129.7145"
    # the mean's last printed digits are those of a sum in another order
    assert median.objective / people.sum() == pytest.approx(2982.1268579890657, rel=1e-15)
    assert median.gap == 0.0
    center = p_center(metres, sites=4)
    assert sorted(center.chosen.tolist()) == [1, 3, 5, 15]
    assert f"{center.objective:.4f}" == "7403.0638"
    assert location_set_covering(metres, terms=near).objective == 8.0


@pytest.mark.parametrize(
    ("terms", "people", "code"),
    [
        (Terms(cost=[1.0, -1.0]), [1, 1], "value.negative"),
        (Terms(cost=[1.0, np.nan]), [1, 1], "value.missing"),
        (Terms(cost=[1.0, np.inf]), [1, 1], "value.nonfinite"),
        (Terms(cost=[1.0]), [1, 1], "siting.shape"),
        (Terms(locked=[2]), [1, 1], "siting.unknown_candidate"),
        (Terms(locked=[0], forbidden=[0]), [1, 1], "siting.locked_forbidden"),
        (Terms(floor=1.5), [1, 1], "siting.share"),
        (Terms(group=["a", "b"], floor={"c": 0.5}), [1, 1], "siting.unknown_group"),
        (Terms(group=["a"]), [1, 1], "siting.shape"),
        (Terms(served=[True]), [1, 1], "siting.shape"),
        (Terms(), [1, np.nan], "value.missing"),
        (Terms(), [1, -1], "value.negative"),
        (Terms(), [1], "siting.shape"),
    ],
)
def test_wrong_input_is_one_line(terms, people, code):
    with pytest.raises(InputError) as caught:
        maximal_coverage(np.ones((2, 2)), people, sites=1, terms=terms)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert code in CODES


def test_every_fault_is_told_in_one_pass():
    terms = Terms(cost=[1.0, -1.0], locked=[7])
    with pytest.raises(InputError) as caught:
        maximal_coverage(-np.ones((2, 2)), [1, np.nan], sites=1, terms=terms)
    codes = ["value.negative", "value.missing", "value.negative", "siting.unknown_candidate"]
    assert [problem.code for problem in caught.value.problems] == codes


@pytest.mark.parametrize("limit", [{"sites": -1}, {"sites": 1.5}, {"budget": np.nan}, {"budget": -1.0}])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(InputError, match=r"siting\.limit"):
        maximal_coverage(np.ones((2, 2)), [1, 1], **limit)


def test_a_term_that_a_problem_does_not_keep_is_refused():
    for solve, more in ((p_median, {"sites": 1}), (p_center, {"sites": 1}), (location_set_covering, {})):
        with pytest.raises(InputError, match=r"siting\.term_unused"):
            solve(np.ones((2, 2)), [1, 1], terms=Terms(floor=0.5), **more)
    with pytest.raises(InputError, match=r"capacity"):
        capacitated(np.ones((2, 2)), [1, 1], [1, np.nan], sites=1)
    with pytest.raises(InputError, match=r"siting\.share"):
        location_set_covering(np.ones((2, 2)), [1, 1], share=1.2)


@pytest.mark.parametrize("solve", [maximal_coverage, p_median, p_center, location_set_covering])
@pytest.mark.parametrize("forbidden", [False, True])
def test_no_candidate_is_no_site_and_said(solve, forbidden):
    metres = np.ones((2, 2)) if forbidden else np.empty((2, 0))
    more = {} if solve is location_set_covering else {"sites": 1}
    solution = solve(metres, [3, 4], terms=Terms(forbidden=[0, 1] if forbidden else ()), **more)
    assert solution.chosen.tolist() == []
    assert solution.unreachable.tolist() == [0, 1]
    assert "siting.no_candidate" in solution.why
    assert "7 people at 2 places" in solution.why
    assert "\n" not in solution.why


def test_a_budget_below_the_cheapest_buys_nothing_and_says_so():
    terms = Terms(cost=[5.0, 7.0])
    solution = maximal_coverage(np.ones((2, 2)), [1, 1], budget=4.0, terms=terms)
    assert (solution.chosen.tolist(), solution.objective, solution.bound) == ([], 0.0, 0.0)
    assert "siting.budget_small" in solution.why
    placed = capacitated(np.ones((2, 2)), [1, 1], [9, 9], budget=4.0, terms=terms)
    assert placed.objective == 0.0
    assert "siting.budget_small" in placed.why


def test_what_is_locked_may_exceed_the_limits_and_is_then_infeasible():
    for solution in (
        maximal_coverage(np.ones((1, 2)), [1], sites=1, terms=Terms(locked=[0, 1])),
        maximal_coverage(np.ones((1, 2)), [1], budget=5.0, terms=Terms(cost=[9.0, 1.0], locked=[0])),
        p_median(np.ones((1, 2)), [1], sites=1, terms=Terms(locked=[0, 1])),
        p_center(np.ones((1, 2)), [1], sites=1, terms=Terms(locked=[0, 1])),
        capacitated(np.ones((1, 2)), [1], [1, 1], sites=1, terms=Terms(locked=[0, 1])),
    ):
        assert not solution.feasible
        assert "siting.limits_exceeded" in solution.why


def test_nobody_anywhere_is_no_site():
    solution = maximal_coverage(np.ones((2, 2)), [0, 0], sites=1)
    assert (solution.chosen.tolist(), solution.gap, solution.why) == ([], 0.0, "")
    assert location_set_covering(np.ones((2, 2)), [0, 0]).objective == 0.0
    assert p_center(np.ones((2, 2)), [0, 0], sites=1).objective == 0.0


def test_two_candidates_at_one_place_are_built_once():
    metres = np.array([[10.0, 10.0, np.inf], [20.0, 20.0, np.inf], [np.inf, np.inf, 5.0]])
    solution = maximal_coverage(metres, [5, 5, 1], sites=2)
    assert solution.chosen.tolist() == [0, 2]
    cheaper = maximal_coverage(metres, [5, 5, 1], budget=4.0, terms=Terms(cost=[3.0, 2.0, 2.0]))
    assert cheaper.chosen.tolist() == [1, 2]


def test_an_explicit_zero_of_a_sparse_matrix_is_a_pair_and_what_is_not_stored_is_none():
    metres = coo_array(([0.0, 700.0], ([0, 1], [0, 1])), shape=(2, 2))
    assert maximal_coverage(metres, [3, 4], sites=2).objective == 7.0
    near = maximal_coverage(metres, [3, 4], sites=2, terms=Terms(reach_m=500.0))
    assert near.objective == 3.0
    assert near.unreachable.tolist() == [1]


@pytest.mark.parametrize("form", ["coo", "csr", "csc"])
def test_of_two_ways_between_the_same_two_the_shorter_counts(form):
    ways = csr_array(([400.0, 500.0, 300.0], [0, 0, 1], [0, 2, 3]), shape=(2, 2))
    metres = ways.asformat(form) if form != "coo" else coo_array(([500.0, 400.0, 300.0], ([0, 0, 1], [0, 0, 1])))
    assert p_center(metres, [1, 1], sites=2).objective == 400.0
    assert maximal_coverage(metres, [3, 4], sites=2, terms=Terms(reach_m=500.0)).objective == 7.0
    below, _, _ = stacked([metres, metres], [[3, 4], [3, 4]])
    assert below.toarray().tolist() == [[400.0, 0.0], [0.0, 300.0]] * 2
    assert metres.nnz == 3


def test_the_curve_tells_what_each_further_site_gains():
    for seed in range(40):
        small = Small(seed)
        small.terms = Terms(**(vars(small.terms) | {"locked": ()}))
        solution = maximal_coverage(small.metres, small.people, sites=len(small.cost), terms=small.terms)
        curve = solution.curve
        assert curve["site"].tolist() == solution.chosen.tolist()
        assert curve["people"].to_numpy() == pytest.approx(np.cumsum(solution.gained))
        assert (np.diff(solution.gained) <= 1e-9).all() or small.terms.cost is not None
        for row in curve.itertuples():
            most = small.best(
                lambda chosen, small=small: small.people[np.isfinite(small.walk(chosen)) & ~small.served].sum(),
                small.choices(sites=row.sites),
            )
            assert row.people - 1e-9 <= row.best <= most + 1e-9 <= row.bound + 2e-9
        assert curve["knee"].sum() <= 1


def test_a_group_whose_floor_no_candidate_can_keep_is_named():
    metres = np.array([[1.0], [np.inf]])
    terms = Terms(group=["a", "b"], floor=0.5)
    solution = maximal_coverage(metres, [1, 1], sites=1, terms=terms)
    assert not solution.feasible
    assert "siting.floor_missed · floor · b" in solution.why


def test_every_problem_is_found_by_its_place():
    solved = {name: problem.solve for name, problem in problems().items()}
    assert solved == {
        "capacitated": capacitated,
        "location-set-covering": location_set_covering,
        "maximal-coverage": maximal_coverage,
        "p-center": p_center,
        "p-median": p_median,
    }
    assert all(problem.label_zh and problem.label_en and problem.objective for problem in problems().values())
