"""Fixtures every test may use; what is missing is skipped with a reason, or fails where CI requires it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]


def absent(what: str, reason: str) -> NoReturn:
    """Skip, unless ``ZZGEO_REQUIRE`` (a comma-separated list, set by CI) names what is missing."""
    if what in os.environ.get("ZZGEO_REQUIRE", "").split(","):
        pytest.fail(f"ZZGEO_REQUIRE names {what!r}: {reason}")
    pytest.skip(reason)


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
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    absent("browser", "no Chromium is installed")
