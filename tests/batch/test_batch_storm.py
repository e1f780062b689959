"""Short storms; ``python tests/kill_storm.py`` and ``python tests/poison_batch.py`` blow longer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kill_storm import storm
from poison_batch import poisoned_batch

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are found in /proc")


@pytest.mark.parametrize(("dask", "kills"), [(False, 4), (True, 2)], ids=["local", "dask"])
def test_kills_at_random_moments_tear_nothing_and_leave_nothing(tmp_path: Path, dask: bool, kills: int):
    made = storm(tmp_path, kills, seed=20261129, studies=1, kinds=1, dask=dask)
    assert made.faults == []
    assert made.kills == kills


def test_the_healthy_are_whole_and_of_each_poisoned_one_a_line_says_why(tmp_path: Path):
    assert poisoned_batch(tmp_path, healthy=3, each=1) == []
