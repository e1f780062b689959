"""People added up, and the farthest of them, after some move: the same numbers as of everybody anew."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.network.groups import Groups
from zzgeo.rules.parts.totals import Farthest, Totals, total_of, whole


def laid(rng: np.random.Generator, count: int) -> tuple[Totals, dict[str, Groups], dict[str, pd.Series]]:
    """Rows in units and districts, some in none."""
    codes = {"unit": rng.integers(-1, 5, count), "district": rng.integers(-1, 2, count)}
    keys = {
        level: pd.Series(pd.Categorical.from_codes(own, list("abcde")[: 5 if level == "unit" else 2]))
        for level, own in codes.items()
    }
    people = {"people": rng.integers(0, 9, count).astype(float)}
    groups = {level: Groups(own, 5 if level == "unit" else 2) for level, own in codes.items()}
    return Totals.of(keys, np.arange(count), people, whole(people["people"])), groups, keys


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30))
def test_the_farthest_after_some_moved_are_those_of_everybody(seed, count):
    rng = np.random.default_rng(seed)
    totals, groups, _ = laid(rng, count)
    metres = np.where(rng.random(count) < 0.2, np.nan, rng.choice([10.0, 20.0, 30.0, np.inf], count))
    rows = np.flatnonzero(rng.random(count) < 0.4)
    now = np.where(rng.random(len(rows)) < 0.2, np.nan, rng.choice([5.0, 20.0, 40.0], len(rows)))
    after, differ = Farthest(totals, metres, groups).moved(rows, now)
    whole = metres.copy()
    whole[rows] = now
    anew = Farthest(totals, whole, groups).most
    before = Farthest(totals, metres, groups).most
    for level, most in anew.items():
        np.testing.assert_array_equal(after[level], most)
        other = ~((before[level] == most) | (np.isnan(before[level]) & np.isnan(most)))
        assert differ[level].tolist() == np.flatnonzero(other).tolist()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30), st.sampled_from([1.0, 0.1]))
def test_sums_after_some_moved_are_those_of_everybody(seed, count, share):
    rng = np.random.default_rng(seed)
    _, _, keys = laid(rng, count)
    before = {"people": rng.integers(0, 9, count) * share}
    rows = np.flatnonzero(rng.random(count) < 0.4)
    now = {"people": before["people"].copy()}
    now["people"][rows] = rng.integers(0, 9, len(rows)) * share
    every = np.arange(count)
    whole_people = whole(before["people"]) and whole(now["people"])
    assert whole_people == (share == 1.0 or not (before["people"].any() or now["people"].any()))
    totals = Totals.of(keys, every, before, whole_people)
    was = {"people": before["people"][rows]}
    moved, _ = totals.moved(rows, was, {"people": now["people"][rows]}, lambda: (every, now))
    anew = Totals.of(keys, every, now, whole_people)
    for level in anew.sums:
        np.testing.assert_array_equal(moved.sums[level]["people"], anew.sums[level]["people"])


def test_a_sum_is_taken_in_the_order_of_its_numbers():
    assert total_of(np.array([1e16, 1.0, 1.0])) == 1e16
    assert total_of(np.array([1.0, 1.0, 1e16])) == 1e16 + 2.0
    assert total_of(np.empty(0)) == 0.0
