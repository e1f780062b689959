"""Rows on their way from a file into the study, and the steps they go through: each a table in, a table out.

What cannot be used leaves with its row, field, value and reason; nothing leaves silently. The steps of every role stand
in `zzgeo.intake.roles`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.crs.metric import Datum, points_to_metric
from zzgeo.errors import Problem
from zzgeo.formats.parts.base import RawLayer, Rejected

#: What is wrong with one row: field, value, code, reason.
Fault = tuple[str, str, str, str]

#: A warning names at most so many rows; the number of all of them stands in its value.
MOST_ROWS = 1_000


@dataclass(frozen=True)
class Rows:
    """The rows of a layer that are still in, those set aside, and what was told; a step returns new ones.

    Parameters
    ----------
    table
        The rows still in, on the rows of their file until a step gives them their ids.
    raw
        The layer as its file holds it.
    rejected, notes
        Rows set aside, and problems and warnings, in the order they were found.
    datum
        How the coordinates are read; None until it is known.
    given
        The coordinates as the file has them (of an area, the middle of its bounds), by row of the file.
    origin
        The row of the file by id; None while the table stands on the rows of its file.
    cells_emptied
        How many cells could not be read and were left empty; their rows are still in.
    joined
        How many rows are in use as parts of another.
    """

    table: gpd.GeoDataFrame
    raw: RawLayer
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Problem, ...] = ()
    datum: Datum | None = None
    given: pd.DataFrame | None = None
    origin: Mapping[object, object] | None = None
    cells_emptied: int = 0
    joined: int = 0

    @property
    def file(self) -> str:
        """Return the name of the file, for messages."""
        return self.raw.file

    @property
    def refused(self) -> bool:
        """Tell whether an error was told: then the table is not to be used."""
        return any(note.severity == "error" for note in self.notes)

    def row_of(self, label: object) -> object:
        """Return the row of the file a label of the table stands for."""
        return label if self.origin is None else self.origin.get(label, label)

    def with_table(self, table: pd.DataFrame) -> Rows:
        """Return the rows with another table."""
        return replace(self, table=table)

    def without(self, faults: Mapping[object, Fault]) -> Rows:
        """Return the rows but for those at fault, ``{label: (field, value, code, reason)}``; these are listed."""
        if not faults:
            return self
        rejected = [Rejected(self.file, str(self.row_of(label)), *fault) for label, fault in faults.items()]
        kept = self.table[~self.table.index.isin(list(faults))]
        return replace(self, table=kept, rejected=(*self.rejected, *rejected))

    def telling(self, *problems: Problem) -> Rows:
        """Return the rows with more problems told."""
        return replace(self, notes=(*self.notes, *problems)) if problems else self

    def refusing(self, code: str, value: str, why: str, remedy: str) -> Rows:
        """Return the rows with an error told of their file."""
        return self.telling(Problem(code, self.file, value, why, remedy))

    def warning(self, code: str, mask: np.ndarray | pd.Series, what: str, why: str, remedy: str) -> Rows:
        """Return the rows with a warning of those that are used all the same; without any nothing is said."""
        mask = np.asarray(mask, dtype=bool)
        count = int(mask.sum())
        if count == 0:
            return self
        rows = tuple(str(self.row_of(label)) for label in self.table.index[mask][:MOST_ROWS])
        shown = ", ".join(rows[:5]) + (f" and {count - 5} more" if count > 5 else "")
        value = f"{what}: {count} of {len(mask)} rows ({shown})"
        return self.telling(Problem(code, self.file, value, why, remedy, "warning", rows))


#: A step: rows in, rows out.
Step = Callable[[Rows], Rows]


def rows_of(raw: RawLayer) -> Rows:
    """Return the rows of a layer before the first step."""
    return Rows(raw.table, raw, raw.rejected, raw.notes)


def through(rows: Rows, steps: Iterable[Step]) -> Rows:
    """Return rows after their steps; the first that tells an error is the last."""
    for step in steps:
        if rows.refused:
            return rows
        rows = step(rows)
    return rows


def set_aside_at(rows: Rows) -> dict[tuple[str, str], tuple[float, float]]:
    """Return where rows that were set aside lie, of those that had a place: ``{(file, row): (x, y)}``.

    Metres in the CRS the layer was brought into; {} of a layer that was refused, or has no places.
    """
    if not rows.rejected or rows.refused or rows.given is None or rows.datum is None:
        return {}
    aside = {row.row for row in rows.rejected}
    index, labels = rows.given.index, pd.Index(sorted(aside), dtype=object)
    if pd.api.types.is_integer_dtype(index.dtype):  # a million row numbers are not turned into text for a few
        labels = pd.Index([int(label) for label in aside if label.isdecimal()], dtype=index.dtype)
    given = rows.given[index.isin(labels)]
    if not len(given):
        return {}
    east, north = points_to_metric(given["x"].to_numpy(), given["y"].to_numpy(), rows.datum, rows.table.crs)
    places = zip(np.asarray(east).tolist(), np.asarray(north).tolist(), strict=True)
    return {(rows.file, str(row)): place for row, place in zip(given.index, places, strict=True)}


def together(*steps: Step) -> Step:
    """Return one step of several, all of which are taken though one tells an error: their problems are told at once."""

    def taken(rows: Rows) -> Rows:
        for step in steps:
            rows = step(rows)
        return rows

    return taken
