"""A short storm; ``python tests/storm.py`` blows longer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from kill_storm import storm

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are found in /proc")


@pytest.mark.parametrize(("dask", "kills"), [(False, 4), (True, 2)], ids=["local", "dask"])
def test_kills_at_random_moments_tear_nothing_and_leave_nothing(tmp_path: Path, dask: bool, kills: int):
    made = storm(tmp_path, kills, seed=20261129, studies=3, dask=dask)
    assert made.faults == []
    assert made.kills == kills
