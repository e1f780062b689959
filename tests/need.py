"""What a test needs and may not find: skipped with a reason on a user's machine, a failure where CI requires it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def absent(what: str, reason: str) -> NoReturn:
    """Skip, unless ``ZZGEO_REQUIRE`` (a comma-separated list, set by CI) names what is missing."""
    if what in os.environ.get("ZZGEO_REQUIRE", "").split(","):
        pytest.fail(f"ZZGEO_REQUIRE names {what!r}: {reason}")
    pytest.skip(reason)
