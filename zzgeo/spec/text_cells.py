"""Columns of tables as text: the texts that occur, each looked at once, and names of columns as they are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

_BLANK = frozenset(("", "nan", "none", "<na>", "nat", "null"))


class Cells(NamedTuple):
    """A column as text: the texts that occur, and which of them stands in each row."""

    code: npt.NDArray[np.int64]
    texts: list[str]

    def read_as(self, read: Callable[[str], str]) -> Cells:
        """Return what each text says; texts that say the same become one.

        Examples
        --------
        >>> text_cells(pd.Series(["a", "A", "b"])).read_as(str.upper)
        Cells(code=array([0, 0, 1]), texts=['A', 'B'])
        """
        said, texts = pd.factorize(np.array([read(text) for text in self.texts], dtype=object))
        return Cells(said.astype(np.int64)[self.code] if len(said) else self.code, list(texts))


def plain_name(name: object) -> str:
    """Return the name of a column as it is compared: without case, spaces, underscores and other signs.

    Examples
    --------
    >>> plain_name("Road_Class "), plain_name("道路 等级")
    ('roadclass', '道路等级')
    """
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", str(name)).casefold())


def text_cells(column: pd.Series) -> Cells:
    """Return the cells of a column as text, empty where there is nothing; each text that occurs is looked at once.

    Examples
    --------
    >>> text_cells(pd.Series(["a", None, "a"]))
    Cells(code=array([0, 1, 0]), texts=['a', ''])
    """
    try:
        code, values = pd.factorize(column, use_na_sentinel=False)
    except TypeError:  # lists, which an OSMnx graph has
        code, values = pd.factorize(column.astype(object).map(str), use_na_sentinel=False)
    texts = [unicodedata.normalize("NFKC", str(value)).strip() for value in values]
    return Cells(code.astype(np.int64), ["" if text.casefold() in _BLANK else text for text in texts])
