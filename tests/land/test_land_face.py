"""Whoever asks for land asks the room, not what is in it; and the room knows tables and arrays, no study."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from places import ROOT

import zzgeo.land

OUTSIDE = [path for path in sorted((ROOT / "zzgeo").rglob("*.py")) if path.parent.name != "land"]
INSIDE = sorted((ROOT / "zzgeo" / "land").glob("*.py"))


def modules_in(path: Path) -> list[str]:
    """Return every module a file imports, at the top, in a function, or for types alone, and the names it takes."""
    taken = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            taken += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            taken += [alias.name for alias in node.names]
    return taken


def test_nothing_outside_imports_what_is_inside():
    inner = {f"zzgeo.land.{path.stem}" for path in INSIDE}
    deeper = {path.name: inner & set(modules_in(path)) for path in OUTSIDE if inner & set(modules_in(path))}
    assert deeper == {}
    assert sum("zzgeo.land" in modules_in(path) for path in OUTSIDE) >= 5  # the reading of imports works


@pytest.mark.parametrize("path", INSIDE, ids=[path.stem for path in INSIDE])
def test_the_room_stands_on_arrays_and_knows_no_study_and_no_rule(path):
    rooms = {name.split(".")[1] for name in modules_in(path) if name.startswith("zzgeo.")}
    assert rooms <= {"land", "network"}


def test_the_face_is_what_it_says():
    assert set(zzgeo.land.__all__) == {
        "Circles",
        "Tiling",
        "UnitLand",
        "Zone",
        "areal",
        "compile_all",
        "homes_of",
        "is_to_be_compiled",
        "nearest_of_each",
        "nearest_patches",
        "without",
    }
    assert all(getattr(zzgeo.land, name).__doc__ for name in zzgeo.land.__all__)
