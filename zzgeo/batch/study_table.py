"""A table of studies: one a row, with its study file or its part of a shared one, and options of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field, ValidationError, create_model

from zzgeo.batch.ids import safe_id
from zzgeo.batch.keys import RowKeys, keys_of, nearest, said_of, with_paths
from zzgeo.errors import InputError, Problem
from zzgeo.formats import read_layer
from zzgeo.formats.parts.base import Options

#: What a row may say: the keys of all rows, and which study it is about.
_ROW: dict[str, Any] = {name: (str | None, Field(None, min_length=1)) for name in ("study", "id", "name")}
_Row: Any = create_model("_Row", __base__=RowKeys, **_ROW)


@dataclass(frozen=True)
class StudyRow:
    """A row of a table of studies: the study, what it says of `AuditChoices`, its id and name where it gives them."""

    study: Path
    said: Mapping[str, Any]
    id: str
    name: str
    where: str


def read_study_table(path: Path, shared: Path | None = None) -> tuple[list[StudyRow], list[Problem]]:
    """Read a table of studies.

    Parameters
    ----------
    path
        A CSV or Excel file with a heading: ``study``, ``district``, ``id``, ``name``, and any option of an audit by its
        name on the command line. An empty cell says nothing. Paths are relative to its folder.
    shared
        The study of rows that name none.

    Returns
    -------
    (list of StudyRow, list of Problem)
        The rows, and what is told of how the file was read.

    Raises
    ------
    InputError
        With every problem of the table: ``config.invalid`` with the row, ``batch.empty``, and what reading it raises.
    """
    if not path.is_file():
        raise InputError(
            [Problem("file.missing", str(path), "", "there is no such table of studies", "check the path")]
        )
    raw = read_layer(path, Options(role="tables", wanted=tuple(keys_of(_Row))))
    headings = {column: str(column).strip().casefold().replace("_", "-") for column in raw.table.columns}
    problems = [Problem(row.code, f"{row.file}:{row.row}", row.value, row.reason, "correct it") for row in raw.rejected]
    problems += _strange(path.name, list(headings.values()))
    if not len(raw.table) and not problems:
        why, remedy = "the table has no rows", "give it a row for each study"
        problems.append(Problem("batch.empty", path.name, "rows=0", why, remedy))
    if problems:
        raise InputError(problems)
    rows: list[StudyRow] = []
    for number, cells in raw.table.rename(columns=headings).iterrows():
        said = {str(key): text for key, cell in cells.items() if (text := _text(cell))}
        try:
            rows.append(_row(said, path, f"{path.name}:{number}", shared))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return rows, list(raw.notes)


def _strange(name: str, headings: list[str]) -> list[Problem]:
    """Return what is wrong with the headings: unknown ones, with the nearest, and those that stand there twice."""
    known = keys_of(_Row)
    problems = [
        Problem("config.invalid", f"{name}:1", heading, "no such column", nearest(heading, known))
        for heading in headings
        if heading not in known
    ]
    twice = sorted({heading for heading in headings if headings.count(heading) > 1})
    why, remedy = "two columns have the same name", "take one out"
    return problems + [Problem("schema.duplicate_column", f"{name}:1", heading, why, remedy) for heading in twice]


def _row(said: Mapping[str, str], path: Path, where: str, shared: Path | None) -> StudyRow:
    try:
        row = _Row.model_validate(said)
    except ValidationError as error:
        raise InputError([_fault(where, dict(fault)) for fault in error.errors()]) from None
    study = shared if row.study is None else path.parent / row.study
    if study is None:
        remedy = "name its study file, or its folder"
        raise InputError([Problem("config.invalid", where, "study", "the row names no study", remedy)])
    if row.id is not None and row.id != safe_id(row.id):
        why = "an id is letters, digits, - and _, at most 60, and no word of the system's"
        raise InputError([Problem("config.invalid", where, row.id, why, f"say {safe_id(row.id)!r}")])
    return StudyRow(study, with_paths(said_of(row), path.parent), row.id or "", row.name or "", where)


def _fault(where: str, fault: Mapping[str, Any]) -> Problem:
    key = ".".join(map(str, fault["loc"]))
    return Problem("config.invalid", where, key, str(fault["msg"]).removeprefix("Value error, "), "correct the value")


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else str(cell).strip()  # type: ignore[call-overload]
