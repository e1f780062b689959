"""Rows of a table as a feature: their titles, and the columns a popup tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from zzgeo.layers.base import Feature, Rows, as_read


class Popups:
    """The columns of a table as its popups tell them, read once: `at` gives rows of it as a feature.

    Parameters
    ----------
    rows
        The whole table.
    titles
        The column that names a row.
    columns
        Columns and the form they are told in; those the table does not have are left out.
    """

    def __init__(self, rows: pd.DataFrame, titles: str, columns: Iterable[tuple[str, str]]) -> None:
        self._titles = as_read("text", rows[titles])
        told = [(key, form, as_read(form, rows[key])) for key, form in columns if key in rows.columns]
        self._columns = [(key, form, values, (values != "") & ~pd.isna(values)) for key, form, values in told]

    def at(self, shape: str, xy: Any, rows: Rows) -> Feature:
        """Return rows as a feature: a title per row, and the columns in which one of them holds something."""
        told = [[key, form, values[rows].tolist()] for key, form, values, held in self._columns if held[rows].any()]
        return {"shape": shape, "xy": xy, "titles": self._titles[rows].tolist(), "columns": told}
