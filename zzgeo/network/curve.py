"""Compiled numbering: neighbours in space get neighbouring numbers, so that a search finds its arrays in the cache."""

from __future__ import annotations

import numpy as np

from zzgeo.network.compiled import kernel
from zzgeo.network.lines import Codes, Floats


@kernel
def hilbert(x: Floats, y: Floats, low_x: float, low_y: float, size: float) -> Codes:
    """Return the place of each point on a Hilbert curve through a square of 2^16 by 2^16 cells."""
    out = np.empty(len(x), np.int64)
    side = 1 << 16
    for i in range(len(x)):
        a = min(max(int((x[i] - low_x) / size * side), 0), side - 1)
        b = min(max(int((y[i] - low_y) / size * side), 0), side - 1)
        place = 0
        s = side >> 1
        while s > 0:
            right, up = (a & s) > 0, (b & s) > 0
            place += s * s * ((3 * right) ^ up)
            if not up:
                if right:
                    a, b = side - 1 - a, side - 1 - b
                a, b = b, a
            s >>= 1
        out[i] = place
    return out


@kernel
def join_arcs(u: Codes, v: Codes, cost: Floats, n: int) -> tuple[Codes, Codes, Floats, Codes]:
    """Return ``(start, head, cost, end)``, the arcs leaving each node; ``cost`` of an edge has one number a side."""
    m = len(u)
    start = np.zeros(n + 1, np.int64)
    for e in range(m):
        start[u[e] + 1] += 1
        start[v[e] + 1] += 1
    for node in range(n):
        start[node + 1] += start[node]
    free = start[:-1].copy()
    head = np.empty(2 * m, np.int32)
    out = np.empty(2 * m, np.float64)
    end = np.empty(2 * m, np.int32)
    for e in range(m):
        for side in range(2):
            tail = v[e] if side else u[e]
            slot = free[tail]
            free[tail] = slot + 1
            head[slot] = u[e] if side else v[e]
            out[slot] = cost[e, side]
            end[slot] = 2 * e + side
    return start, head, out, end
