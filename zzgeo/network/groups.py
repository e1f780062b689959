"""Rows by the number they bear: those of a few numbers are found without a look at the others."""

from __future__ import annotations

import numpy as np

from zzgeo.network.lines import Codes, Ints


class Groups:
    """Rows by number.

    Parameters
    ----------
    number
        The number of each row, shape (n_rows,); a row below 0 is in no group.
    count
        How many numbers there are.
    """

    def __init__(self, number: Codes, count: int) -> None:
        order = np.argsort(number, kind="stable")
        self._first = np.searchsorted(number[order], np.arange(count + 1))
        self._order = order.astype(np.int32) if len(order) < np.iinfo(np.int32).max else order

    def of(self, numbers: Codes) -> Ints:
        """Return the rows of some numbers, number by number.

        Examples
        --------
        >>> Groups(np.array([1, 0, -1, 1]), 3).of(np.array([2, 1])).tolist()
        [0, 3]
        """
        first = self._first[numbers]
        count = self._first[numbers + 1] - first
        at = np.arange(int(count.sum())) + np.repeat(first - np.cumsum(count) + count, count)
        rows: Ints = self._order[at].astype(np.int64)
        return rows
