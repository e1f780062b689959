"""Concentration: the published sample, and Gini as the case of ranking by the access itself."""

from __future__ import annotations

import pandas as pd
import pytest
from access_worlds import JOBS_30
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.accessibility import concentration, gini

rows = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 9), st.integers(0, 4)), min_size=1, max_size=8)


def test_the_sample_of_ipeagit_accessibility(hexagon_people):
    # the order of incomes is recovered from the printed results as well: the only one that gives both
    jobs, income = pd.Series(JOBS_30, dtype=float), pd.Series({"C": 1, "B": 2, "D": 3, "A": 4, "E": 5})
    rank = income.reindex(jobs.index)
    assert round(concentration(jobs, hexagon_people, ranked_by=rank)["city"], 4) == -0.0248
    rest = jobs.drop("D")
    without = concentration(rest, hexagon_people.drop("D"), ranked_by=rank.drop("D"))["city"]
    assert round(without, 4) == -0.1148


@settings(max_examples=60, deadline=None)
@given(drawn=rows)
def test_ranked_by_the_access_it_is_gini_turned_round_it_changes_its_sign(drawn):
    access, people, rank = (pd.Series(column, dtype=float) for column in zip(*drawn, strict=True))
    own = concentration(access, people, ranked_by=access)["city"]
    assert own == pytest.approx(gini(access, people)["city"], abs=1e-12)
    forward = concentration(access, people, ranked_by=rank)["city"]
    assert forward == pytest.approx(-concentration(access, people, ranked_by=-rank)["city"], abs=1e-12)
    assert abs(forward) <= own + 1e-12


def test_where_all_have_one_rank_access_does_not_go_with_it():
    found = concentration(pd.Series([1.0, 9.0]), pd.Series([5, 5]), ranked_by=pd.Series([3, 3]))
    assert found["city"] == pytest.approx(0)
