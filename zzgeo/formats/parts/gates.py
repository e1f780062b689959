"""Gates and walls on streets: the streets that meet at one end there, each at a node of its own.

Nobody gets through a closed one. Through a private one leads a way of some centimetres that is private: residents of
what lies behind it pass, nobody else does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import shapely

from zzgeo.errors import Problem
from zzgeo.spec.street_tables import PRIVATE
from zzgeo.spec.ways import Walked

#: Streets end so many metres before a closed gate: as a layer of lines, too, they stay apart.
CLOSED_M = 0.3
#: Length of the way between a private gate and each street that ends there, in metres: more than what is one node.
STUB_M = 0.015
#: Metres in a degree of latitude.
_DEGREE_M = 111_320.0

#: What can be done about gates that are told, by code.
REMEDIES = {"osm.gate_closed": "correct the map where people do pass", "osm.gate_private": PRIVATE[1]}


class Parted(NamedTuple):
    """Streets parted at gates, and the short private ways through those that are private.

    Parameters
    ----------
    u, v, lines
        Ends and lines of the streets, shape (n_streets,).
    stub_u, stub_v, stubs
        Of the ways through private gates, shape (n_stubs,); ``stub_u`` is the gate.
    owner
        The street each of them leads to, shape (n_stubs,).
    closed, private
        Nodes at which two or more ends were parted.
    """

    u: Any
    v: Any
    lines: Any
    stub_u: Any
    stub_v: Any
    stubs: Any
    owner: Any
    closed: tuple[int, ...]
    private: tuple[int, ...]


def parted(
    u: Any, v: Any, lines: Any, stopping: Mapping[int, Walked], *, degrees: bool, stub_m: float = STUB_M
) -> Parted:
    """Part the streets that meet at nodes which do not let everybody through.

    Parameters
    ----------
    u, v
        Node at the start and the end of each street, whole numbers, shape (n_streets,).
    lines
        LineStrings from ``u`` to ``v``, shape (n_streets,).
    stopping
        The nodes, closed or private; one at which a single street ends stops nobody.
    degrees
        Whether the lines are in degrees; else they are in metres.
    stub_m
        Length of the ways through private gates, in metres.

    Returns
    -------
    Parted
        Numbers of new nodes lie below all others, and below 0.

    Examples
    --------
    >>> lines = shapely.linestrings([[(0, 0), (10, 0)], [(10, 0), (20, 0)]])
    >>> gate = parted(np.array([1, 2]), np.array([2, 3]), lines, {2: Walked("private")}, degrees=False)
    >>> gate.u.tolist(), gate.v.tolist(), gate.stub_u.tolist(), gate.stub_v.tolist()
    ([1, -2], [-1, 3], [2, 2], [-1, -2])
    >>> [round(stub.length, 3) for stub in gate.stubs]
    [0.015, 0.015]
    """
    ends, lines = np.stack([u, v], axis=1), np.array(lines, dtype=object)
    nodes, meeting = np.unique(ends, return_counts=True)
    busy = {node for node in nodes[meeting > 1].tolist() if node in stopping}
    place = np.flatnonzero(np.isin(ends.ravel(), np.array(sorted(busy), dtype=ends.dtype)))
    fresh = min(0, int(nodes[0]) if len(nodes) else 0) - 1 - np.arange(len(place))
    gate = ends.ravel()[place]
    ends.ravel()[place] = fresh
    stubs, kept = [], []
    for number, (row, side) in enumerate(zip((place // 2).tolist(), (place % 2).tolist(), strict=True)):
        private = stopping[int(gate[number])].state == "private"
        metres = stub_m if private else CLOSED_M
        lines[row], stub = _shortened(lines[row], metres, at_end=bool(side), degrees=degrees)
        if private:
            stubs.append(stub)
            kept.append(number)
    return Parted(
        *(ends[:, 0], ends[:, 1], lines, gate[kept], fresh[kept], np.array(stubs, dtype=object), place[kept] // 2),
        tuple(sorted(node for node in busy if stopping[node].state == "closed")),
        tuple(sorted(node for node in busy if stopping[node].state == "private")),
    )


def counted(gates: Parted, stopping: Mapping[int, Walked]) -> list[tuple[str, str, int]]:
    """Return how many nodes were parted by which reason: code, reason, nodes."""
    reasons = Counter(
        (code, stopping[node].reason)
        for code, nodes in (("osm.gate_closed", gates.closed), ("osm.gate_private", gates.private))
        for node in nodes
    )
    return [(code, reason, count) for (code, reason), count in sorted(reasons.items())]


def gate_notes(gates: Parted, stopping: Mapping[int, Walked], where: str) -> list[Problem]:
    """Return what is told of the gates of a graph."""
    return [
        Problem(code, where, f"{count} nodes", reason, REMEDIES[code], "warning")
        for code, reason, count in counted(gates, stopping)
    ]


def _shortened(line: Any, metres: float, *, at_end: bool, degrees: bool) -> tuple[Any, Any]:
    """Take a stub off one end of a line; return the rest, and the stub from the end that was to where it is now."""
    xy = shapely.get_coordinates(line)
    if at_end:
        xy = xy[::-1]
    step = metres / _DEGREE_M if degrees else metres
    first = float(np.hypot(*(xy[1] - xy[0])))
    share = min(step / first, 1 / 3) if first > 0 else 0.0
    moved = xy[0] + (xy[1] - xy[0]) * share
    rest = np.vstack([moved, xy[1:]])
    return shapely.linestrings(rest[::-1] if at_end else rest), shapely.linestrings([xy[0], moved])
