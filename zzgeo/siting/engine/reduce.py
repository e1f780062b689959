"""Make a problem smaller without changing its answer: equal places in one row, beaten candidates left out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zzgeo.network.compiled import kernel
from zzgeo.siting.solution import Codes, Flags, Floats, Ints


class Cover(NamedTuple):
    """Who is reached from where, both ways, and how many people each row stands for.

    ``start`` and ``site`` are the candidates of each row, ``column_start`` and ``row`` the rows of each candidate;
    ``column`` is the position of each kept candidate in the matrix given, ``weight`` the people of a row, ``group``
    the group they belong to.
    """

    start: Ints
    site: Codes
    column_start: Ints
    row: Codes
    weight: Floats
    group: Ints
    column: Ints
    cost: Floats

    def reached(self, chosen: Ints) -> float:
        """Return how many people chosen columns reach."""
        covered = np.zeros(len(self.weight), dtype=bool)
        for site in chosen:
            covered[self.row[self.column_start[site] : self.column_start[site + 1]]] = True
        return float(self.weight[covered].sum())


@kernel
def _transposed(start: Ints, site: Codes, count: int) -> tuple[Ints, Codes]:
    """Return where the rows of each column start, and the rows, rising."""
    begin = np.zeros(count + 1, dtype=np.int64)
    for j in site:
        begin[j + 1] += 1
    for j in range(count):
        begin[j + 1] += begin[j]
    fill = begin[:-1].copy()
    row = np.empty(len(site), dtype=np.int32)
    for i in range(len(start) - 1):
        for e in range(start[i], start[i + 1]):
            row[fill[site[e]]] = i
            fill[site[e]] += 1
    return begin, row


@kernel
def _fingerprints(start: Ints, site: Codes, token: Ints) -> Ints:
    """Return a number per row that equal rows share, and others almost never."""
    mark = np.zeros(len(start) - 1, dtype=np.int64)
    for i in range(len(start) - 1):
        for e in range(start[i], start[i + 1]):
            mark[i] += token[site[e]]
    return mark


@kernel
def _same(start: Ints, site: Codes, group: Ints, first: Ints, second: Ints) -> Flags:
    """Return whether pairs of rows hold the same candidates and belong to the same group."""
    equal = np.ones(len(first), dtype=np.bool_)
    for t in range(len(first)):
        a, b = first[t], second[t]
        size = start[a + 1] - start[a]
        if size != start[b + 1] - start[b] or group[a] != group[b]:
            equal[t] = False
            continue
        for e in range(size):
            if site[start[a] + e] != site[start[b] + e]:
                equal[t] = False
                break
    return equal


@kernel
def _beaten(start: Ints, site: Codes, column_start: Ints, row: Codes, cost: Floats, locked: Flags) -> Flags:
    """Return the columns whose rows all lie in another, no dearer column; of equal ones all but the first."""
    count = len(column_start) - 1
    beaten = np.zeros(count, dtype=np.bool_)
    shared = np.zeros(count, dtype=np.int64)
    touched = np.empty(count, dtype=np.int64)
    for j in range(count):
        size = column_start[j + 1] - column_start[j]
        if locked[j]:
            continue
        if size == 0:
            beaten[j] = True
            continue
        # whoever beats this column stands in its shortest row
        best = row[column_start[j]]
        for e in range(column_start[j], column_start[j + 1]):
            if start[row[e] + 1] - start[row[e]] < start[best + 1] - start[best]:
                best = row[e]
        number = 0
        for f in range(start[best], start[best + 1]):
            k = site[f]
            if k != j and not beaten[k] and cost[k] <= cost[j] and column_start[k + 1] - column_start[k] >= size:
                shared[k] = 1
                touched[number] = k
                number += 1
        for e in range(column_start[j], column_start[j + 1]):
            if number == 0:
                break
            for f in range(start[row[e]], start[row[e] + 1]):
                if shared[site[f]] > 0:
                    shared[site[f]] += 1
        for t in range(number):
            k = touched[t]
            equal = column_start[k + 1] - column_start[k] == size and cost[k] == cost[j]
            if shared[k] == size + 1 and (not equal or k < j or locked[k]):
                beaten[j] = True
            shared[k] = 0
    return beaten


def reduced(start: Ints, site: Codes, weight: Floats, group: Ints, cost: Floats, locked: Ints) -> tuple[Cover, Ints]:
    """Collapse equal rows and leave out beaten candidates, until nothing changes.

    Parameters
    ----------
    start, site
        Candidates of each row, rising.
    weight, group
        People and group of each row; rows without people go.
    cost
        Of each candidate.
    locked
        Candidates that stay whatever they reach.

    Returns
    -------
    Cover, array of shape (n_rows,)
        The rest, and which of its rows each row went into, -1 if it has no people or no candidate.
    """
    home = np.where((weight > 0) & (np.diff(start) > 0), 0, -1).astype(np.int64)
    column = np.arange(len(cost), dtype=np.int64)
    stays = np.zeros(len(cost), dtype=bool)
    stays[locked] = True
    kept = np.flatnonzero(home >= 0)
    home[kept] = np.arange(len(kept))
    start, site = _rows(start, site.astype(np.int32), kept)
    weight, group = weight[kept], group[kept]
    while True:
        new = _collapsed(start, site, group, len(column))
        kept = np.flatnonzero(new == np.arange(len(new)))
        number = np.full(len(new), -1, dtype=np.int64)
        number[kept] = np.arange(len(kept))
        into = number[new]
        home = np.where(home >= 0, into[home], -1) if len(into) else home
        weight = np.bincount(into, weight, minlength=len(kept)).astype(float)
        start, site = _rows(start, site, kept)
        group = group[kept]
        begin, row = _transposed(start, site, len(column))
        beaten = _beaten(start, site, begin, row, cost[column], stays[column])
        if not beaten.any():
            return Cover(start, site, begin, row, weight, group, column, cost[column]), home
        start, site = of_columns(start, site, ~beaten)
        column = column[~beaten]


def _collapsed(start: Ints, site: Codes, group: Ints, columns: int) -> Ints:
    """Return the first row equal to each row."""
    token = np.random.default_rng(1).integers(-(2**62), 2**62, columns)
    mark = _fingerprints(start, site, token) + group * 1_000_003
    _, first, into = np.unique(mark, return_index=True, return_inverse=True)
    home = first[into].astype(np.int64)
    own = np.arange(len(home))
    # equal fingerprints of unequal rows: they stay apart
    return np.where(_same(start, site, group, own, home), home, own)


def _rows(start: Ints, site: Codes, kept: Ints) -> tuple[Ints, Codes]:
    sizes = np.diff(start)[kept]
    begin = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    pairs = np.repeat(start[kept] - begin[:-1], sizes) + np.arange(begin[-1])
    return begin, site[pairs]


def of_columns(start: Ints, site: Codes, kept: Flags) -> tuple[Ints, Codes]:
    """Return the rows with some of their columns, which are numbered anew."""
    number = np.cumsum(kept) - 1
    pairs = kept[site]
    row = np.repeat(np.arange(len(start) - 1), np.diff(start))[pairs]
    begin = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(start) - 1)))).astype(np.int64)
    return begin, number[site[pairs]].astype(np.int32)


def restricted(cover: Cover, rows: Flags, columns: Flags) -> tuple[Cover, Ints]:
    """Return some rows and columns of a cover, without rows that nobody reaches then, and the rows that are left."""
    start, site = of_columns(cover.start, cover.site, columns)
    left = np.flatnonzero(rows & (np.diff(start) > 0))
    start, site = _rows(start, site, left)
    begin, row = _transposed(start, site, int(columns.sum()))
    kept = Cover(
        start, site, begin, row, cover.weight[left], cover.group[left], cover.column[columns], cover.cost[columns]
    )
    return kept, left
