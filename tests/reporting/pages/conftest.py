"""What asks axe-core of a page, for the tests of every sort of page."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest
from need import absent

GRAVE = ("serious", "critical")


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[str]]:
    """Return what asks axe-core of a page; it gives a line for each element with a serious or critical fault."""
    if find_spec("axe_playwright_python") is None:
        absent("axe", "the package axe-playwright-python is not installed")
    run = importlib.import_module("axe_playwright_python.sync_playwright").Axe().run

    def faults(page: Any) -> list[str]:
        found = run(page).response["violations"]
        return [
            f"{one['id']}: {node['html'][:160]}" for one in found if one["impact"] in GRAVE for node in one["nodes"]
        ]

    return faults
