"""A thousand mutated files of every format, with a new seed each time, which the head of the test report prints."""

from __future__ import annotations

import os

import fuzz
import pytest

COUNT = int(os.environ.get("ZZGEO_FUZZ", "500"))


def test_mutated_files_end_in_an_answer(tmp_path):
    pytest.importorskip("osmium", reason="OpenStreetMap files need osmium")
    seed = int(os.environ["ZZGEO_FUZZ_SEED"])
    faults = fuzz.storm(COUNT, seed, tmp_path)
    assert not faults, f"ZZGEO_FUZZ_SEED={seed}\n" + "\n".join(faults)
