"""Whether somebody wrote into a table since it was last looked at: what was computed of it then holds no more."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd


class Seen:
    """A table as it was, told from the table without a look at its cells.

    A copy that shares the memory of the table is kept. Whoever writes into the table gets memory of his own for what he
    writes, so that a column of other memory is one that somebody wrote into, or that pandas moved.

    Examples
    --------
    >>> table = pd.DataFrame({"kind": ["park", "market"], "beds": [0.0, 0.0]})
    >>> seen = Seen(table)
    >>> seen.same(table)
    True
    >>> table.loc[0, "kind"] = "clinic"
    >>> seen.same(table)
    False
    """

    def __init__(self, table: pd.DataFrame | None) -> None:
        self._was = None if table is None else pd.DataFrame(table).copy(deep=False)

    @cached_property
    def _places(self) -> list[object]:
        assert self._was is not None
        return [_place_of(column) for _, column in self._was.items()]

    def same(self, table: pd.DataFrame | None) -> bool:
        """Tell whether the table holds what it held."""
        was = self._was
        if was is None or table is None:
            return was is None and table is None
        if len(was) != len(table) or not was.columns.equals(table.columns) or not was.index.equals(table.index):
            return False
        columns = enumerate(zip(self._places, pd.DataFrame(table).items(), strict=True))
        return all(_same(place, column) or _equal(was.iloc[:, at], column) for at, (place, (_, column)) in columns)


def _same(place: object, column: pd.Series) -> bool:
    return place is not None and place == _place_of(column)


def _equal(was: pd.Series, column: pd.Series) -> bool:
    """Tell whether a column that lies elsewhere, or nobody can tell where, holds the same.

    Pandas moves plain columns together now and then; one of texts or shapes lies elsewhere because it was written into.
    """
    plain = isinstance(column.dtype, np.dtype) or _place_of(column) is None
    return plain and was.dtype == column.dtype and bool(was.equals(column))


def _place_of(column: pd.Series) -> object:
    """Return where in memory the cells of a column lie; None where nobody can tell."""
    array: Any = column.array
    if isinstance(column.dtype, pd.StringDtype) and column.dtype.storage == "pyarrow":
        parts = array.__arrow_array__().chunks
        return [(part.offset, len(part), *(one and one.address for one in part.buffers())) for part in parts]
    if isinstance(column.dtype, np.dtype) or column.dtype.name == "geometry":
        cells = np.asarray(array)
        return column.dtype, cells.__array_interface__["data"][0], cells.strides
    return None
