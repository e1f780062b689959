"""The account of one input file: every row of it is used, or set aside and listed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from zzgeo.errors import ConservationError
from zzgeo.intake.rows import Rows


@dataclass(frozen=True)
class Account:
    """One input file in numbers: rows read = rows used + rows set aside, asserted.

    ``cells_emptied`` counts the cells of rows in use that could not be read and were left empty.
    """

    layer: str
    path: str
    sha256: str
    rows_read: int
    rows_used: int
    rows_rejected: int
    datum: str
    dated: str
    cells_emptied: int = 0

    def __post_init__(self) -> None:
        if self.rows_read != self.rows_used + self.rows_rejected:
            raise ConservationError(
                f"{self.path}: read {self.rows_read} rows, used {self.rows_used}, set aside {self.rows_rejected}"
            )


def account_of(rows: Rows, layer: str, dated: dt.date | None = None) -> Account:
    """Return the account of a layer that still stands on the rows of its file; `dated` is the day it describes."""
    raw, aside = rows.raw, len(rows.rejected)
    # a way of OpenStreetMap is one row of its file, and may be several edges
    used = raw.rows_read - aside if "rows_read" in raw.extra else len(rows.table) + rows.joined
    datum, day = rows.datum.name if rows.datum else "", dated.isoformat() if dated else ""
    return Account(layer, raw.file, raw.sha256, raw.rows_read, used, aside, datum, day, rows.cells_emptied)
