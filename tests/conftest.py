"""Fixtures every test may use; what is missing is skipped with a reason, or fails where CI requires it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from need import absent

from zzgeo.cli import run

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real reference data, which a user's clone does not have."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        absent("shared", "the reference data folder ../shared is not here")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium to open pages with."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        absent("browser", "no Chromium is installed")
    return found


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what ``zzgeo demo`` writes."""
    out = tmp_path_factory.mktemp("demo") / "zhengzhou-sample"
    assert run(["demo", "--out", str(out)]) == 0
    return out
