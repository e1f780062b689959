"""Pairs of a place and a candidate, out of whatever matrix the ways between them are given in."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse


def sparse_pairs(metres: Any) -> scipy.sparse.csr_array:
    """Return the pairs within reach, each once, candidates rising: stored ones of a sparse matrix, finite ones else.

    Of several ways between the same two the shortest counts; scipy would add them up.
    """
    if not hasattr(metres, "tocsr"):
        dense = np.asarray(metres, dtype=float)
        row, column = np.nonzero(np.isfinite(dense))
        return scipy.sparse.csr_array((dense[row, column], (row, column)), shape=dense.shape)
    if metres.format == "csr" and metres.has_canonical_format:
        return scipy.sparse.csr_array(metres)
    given = metres.tocoo()
    order = np.lexsort((given.data, given.col, given.row))
    row, column = given.row[order], given.col[order]
    shortest = np.ones(len(order), dtype=bool)
    shortest[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    way = given.data[order[shortest]]
    return scipy.sparse.csr_array((way, (row[shortest], column[shortest])), shape=given.shape)
