"""Streets and positions as arrays a kernel can read: nodes and edges numbered along a curve, arcs in CSR form."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from zzgeo.network.lines import Codes, Floats, Ints

#: Twice as many arcs as edges, and two sides of each, must fit 32 bits.
MOST_EDGES = 2**30


#: The ends and the length of an edge in one place.
ENDS = np.dtype([("u", np.int32), ("v", np.int32), ("length", np.float64)])

#: A position that asks for its nearest facility, with the row it came from.
ASKS = np.dtype([("edge", np.int32), ("row", np.int32), ("offset", np.float64), ("leg", np.float64)])


class Arcs(NamedTuple):
    """The streets as a search sees them, by the numbers of the curve.

    ``start[i]:start[i + 1]`` are the arcs leaving node ``i``; ``head``, ``cost`` and ``end`` tell where an arc leads,
    what it costs, and which edge it is (2 * edge + side; side 0 leaves the start of the edge's geometry). Parallel
    edges and loops are arcs like others. ``u``, ``v``, ``length``, ``rate``, ``name`` describe edges: ends, metres,
    what a metre costs when the edge is left from its start and from its end, and the position of the edge in the
    caller's table; ``ends`` has ``u``, ``v`` and ``length`` of an edge side by side, for whoever asks for edges in no
    order. ``delay`` is what passing through a node costs. ``rate`` and ``delay`` are empty where nothing but
    metres count.
    """

    start: Codes
    head: Codes
    cost: Floats
    end: Codes
    u: Codes
    v: Codes
    length: Floats
    rate: Floats
    delay: Floats
    name: Codes
    ends: Codes


class Seeds(NamedTuple):
    """Where searches begin: ``first[i]:first[i + 1]`` are nodes and costs of facility ``i``; ``owner`` is ``i``."""

    first: Codes
    node: Codes
    cost: Floats
    owner: Codes


class Own(NamedTuple):
    """Positions on edges, sorted and sliced by ``first``: by facility or by edge."""

    first: Codes
    edge: Codes
    offset: Floats
    leg: Floats
    owner: Codes


class Grid(NamedTuple):
    """Segments by cell: ``first[i]:first[i + 1]`` of ``segment`` run through cell ``i``, row by row.

    A segment is told by the vertex it begins at: ``xy[s]`` and ``xy[s + 1]`` are its ends, ``edge[s]`` is its edge.
    """

    x: float
    y: float
    size: float
    columns: int
    rows: int
    first: Ints
    segment: Codes
    edge: Codes
    xy: Floats


class Work(NamedTuple):
    """Arrays a search writes to and leaves as it found them: buckets empty, distances and bests infinite, marks 0."""

    after: Codes
    before: Codes
    bucket: Codes
    distance: Floats
    touched: Codes
    mark: Codes
    best: Floats


class Pieces(NamedTuple):
    """Room for results: an edge (or target) each, two numbers, and where each facility's end."""

    edge: Codes
    low: Floats
    high: Floats
    last: Codes
