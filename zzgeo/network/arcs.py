"""Streets and positions as arrays a kernel can read: nodes and edges numbered along a curve, arcs in CSR form."""

from __future__ import annotations

from typing import NamedTuple

from zzgeo.network.lines import Floats, Ints

#: Twice as many arcs as edges, and two sides of each, must fit 32 bits.
MOST_EDGES = 2**30


class Arcs(NamedTuple):
    """The streets as a search sees them, by the numbers of the curve.

    ``start[i]:start[i + 1]`` are the arcs leaving node ``i``; ``head``, ``cost`` and ``end`` tell where an arc leads,
    what it costs, and which edge it is (2 * edge + side; side 0 leaves the start of the edge's geometry). Parallel
    edges and loops are arcs like others. ``u``, ``v``, ``length``, ``rate``, ``name`` describe edges: ends, metres,
    what a metre costs when the edge is left from its start and from its end, and the position of the edge in the
    caller's table. ``delay`` is what passing through a node costs. ``rate`` and ``delay`` are empty where nothing but
    metres count.
    """

    start: Ints
    head: Ints
    cost: Floats
    end: Ints
    u: Ints
    v: Ints
    length: Floats
    rate: Floats
    delay: Floats
    name: Ints


class Seeds(NamedTuple):
    """Where searches begin: ``first[i]:first[i + 1]`` are nodes and costs of facility ``i``; ``owner`` is ``i``."""

    first: Ints
    node: Ints
    cost: Floats
    owner: Ints


class Own(NamedTuple):
    """Positions on edges, sorted and sliced by ``first``: by facility or by edge."""

    first: Ints
    edge: Ints
    offset: Floats
    leg: Floats
    owner: Ints


class Work(NamedTuple):
    """Arrays a search writes to and leaves as it found them: buckets empty, distances and bests infinite, marks 0."""

    after: Ints
    before: Ints
    bucket: Ints
    distance: Floats
    touched: Ints
    mark: Ints
    best: Floats


class Pieces(NamedTuple):
    """Room for results: an edge (or target) each, two numbers, and where each facility's end."""

    edge: Ints
    low: Floats
    high: Floats
    last: Ints
