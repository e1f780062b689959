"""Reading a file in a test: what came of it, or the codes it was refused with."""

from __future__ import annotations

from pathlib import Path

import pytest

from zzgeo.codes import CODES
from zzgeo.errors import InputError, Problem
from zzgeo.formats import read_layer
from zzgeo.formats.parts.base import Options, RawLayer


def read(path: Path, **options: object) -> RawLayer:
    """Read a file through the one entrance; every row is in the table or listed, every code is registered."""
    raw = read_layer(path, Options(**options))
    assert {row.code for row in raw.rejected} | {note.code for note in raw.notes} <= set(CODES)
    assert raw.table.index.is_unique
    assert {note.severity for note in raw.notes} <= {"warning"}
    return raw


def problems(path: Path, **options: object) -> tuple[Problem, ...]:
    """Return what a file is refused for."""
    with pytest.raises(InputError) as caught:
        read_layer(path, Options(**options))
    assert all(one.code in CODES and one.why and one.remedy for one in caught.value.problems)
    return caught.value.problems


def refused(path: Path, **options: object) -> str:
    """Return the one code a file is refused with."""
    [problem] = problems(path, **options)
    return problem.code


def noted(raw: RawLayer) -> list[str]:
    """Return the codes of the notes."""
    return [note.code for note in raw.notes]


def aside(raw: RawLayer) -> list[tuple[str, str]]:
    """Return (row, code) of the rows set aside."""
    return [(row.row, row.code) for row in raw.rejected]


def write(path: Path, content: str | bytes) -> Path:
    """Write a file."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
