"""From the ways of an OpenStreetMap file to streets: cut at shared nodes, squares crossed, gates parted, all told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.formats.parts.base import Rejected
from zzgeo.formats.parts.gates import Parted, counted, parted
from zzgeo.formats.parts.osm_file import WGS84
from zzgeo.formats.parts.osm_nodes import Places
from zzgeo.formats.parts.osm_squares import MOST_ENTRIES, crossings, entries
from zzgeo.formats.parts.osm_ways import STRUCTURE, Way, Ways
from zzgeo.spec.ways import AT_GRADE, BY_FERRY, GATE, Walked, crossing_seconds

#: Columns of the table that says what was decided.
DECIDED = ("reason", "ways", "length_m", "code")


class Decided(NamedTuple):
    """What was decided of some ways or nodes, by one reason."""

    reason: str
    ways: int
    length_m: float
    code: str


@dataclass
class Streets:
    """The streets of a file, and what was decided on the way.

    Parameters
    ----------
    table
        Edges, as `zzgeo.formats.osm.read_streets` returns them.
    decided
        Rows of the table of decisions.
    used
        The ways that gave an edge, by kind and id.
    alone
        Squares no way leads to.
    """

    table: gpd.GeoDataFrame
    decided: list[Decided] = field(default_factory=list)
    used: set[tuple[bool, int]] = field(default_factory=set)
    alone: list[Way] = field(default_factory=list)


def streets_of(ways: Ways, places: Places) -> Streets:
    """Return the streets: every kept way cut at nodes that occur more than once, at its ends, and at gates.

    Parameters
    ----------
    ways
        The ways.
    places
        Where their nodes are; at a node that is missing a way is cut.
    """
    kept = ways.kept()
    stopping = places.stopping(ways.profile, ways.day)
    squares = _Squares(kept, places, stopping, cross=ways.profile.squares == "cross")
    lines = [(way, nodes) for way, nodes in squares.lines]
    rows, runs = _cut(lines, places, stopping)
    table = pd.DataFrame([(way.id, way.highway, way.name) for way in rows], columns=["osm_way", "highway", "name"])
    table["osm_way"] = np.array([-way.id if way.relation else way.id for way in rows], dtype=np.int64)
    u, v = (np.array([run[end] for run in runs], dtype=np.int64) for end in (0, -1))
    xy = places.of(np.concatenate(runs)) if runs else np.empty((0, 2))
    drawn = shapely.linestrings(xy, indices=np.repeat(np.arange(len(runs)), [len(run) for run in runs]))
    gates = parted(u, v, drawn if runs else [], stopping, degrees=True)
    table["u"], table["v"] = gates.u, gates.v
    whole = _with_columns(gpd.GeoDataFrame(table, geometry=list(gates.lines), crs=WGS84), rows, ways)
    whole = _with_stubs(whole, gates)
    streets = Streets(whole, alone=squares.alone, used={(way.relation, way.id) for way in rows})
    streets.decided = _decided(ways, places, squares)
    streets.decided += [Decided(reason, count, 0.0, code) for code, reason, count in counted(gates, stopping)]
    return streets


class _Squares:
    """The lines to be cut: ways, outlines of squares, straight ways across them; and what became of the squares."""

    def __init__(self, kept: list[Way], places: Places, stopping: dict[int, Walked], *, cross: bool) -> None:
        self.lines: list[tuple[Way, Any]] = [(way, way.nodes) for way in kept if way.square is None]
        self.walked: list[Way] = []
        self.across = 0
        self.alone: list[Way] = []
        self.many: list[Way] = []
        areas = [way for way in kept if way.square is not None]
        if not areas:
            return
        streets = {_course(way.nodes) for way in kept if way.square is None}
        uses = _uses([nodes for _, nodes in self.lines], [piece for way in areas for piece in way.pieces])
        for way in areas:
            # a ring that is a street of its own as well leads nowhere but round
            drawn = [piece for piece in way.pieces if _course(piece) in streets]
            assert way.square is not None
            doors = entries(way.square, uses, _uses(drawn, way.pieces))
            if not doors:
                self.alone.append(way)
                continue
            self.walked.append(way)
            self.lines += [(way, piece) for piece in way.pieces if _course(piece) not in streets]
            if cross and len(doors) > MOST_ENTRIES:
                self.many.append(way)
            elif cross:
                pairs = crossings(way.square, [node for node in doors if node not in stopping], places)
                self.across += len(pairs)
                self.lines += [(way, np.array(pair, dtype=np.int64)) for pair in pairs]


def _course(nodes: Any) -> tuple[int, int, int]:
    """Return what two ways along the same nodes, in either direction, have in common: their ends and how many."""
    ends = (int(nodes[0]), int(nodes[-1])) if len(nodes) else (0, 0)
    return min(ends), max(ends), len(nodes)


def _uses(lines: list[Any], outlines: Sequence[Any] = ()) -> Counter[int]:
    """Count in how many lines and outlines each node of the outlines occurs: nobody asks about the others."""
    pieces = [*lines, *outlines]
    nodes = np.concatenate(pieces)
    owner = np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces])
    asked = np.isin(nodes, np.concatenate(list(outlines)))
    _, nodes = np.unique(np.stack([owner[asked], nodes[asked]]), axis=1)
    return Counter(nodes.tolist())


def _cut(lines: list[tuple[Way, Any]], places: Places, stopping: dict[int, Walked]) -> tuple[list[Way], list[Any]]:
    """Cut lines at nodes that occur more than once, at gates, at their ends, and at nodes that are missing."""
    every = np.concatenate([nodes for _, nodes in lines]) if lines else np.empty(0, dtype=np.int64)
    known, place, counts = np.unique(every, return_inverse=True, return_counts=True)
    shut = np.array(list(stopping), dtype=np.int64)
    shut = shut[np.isin(shut, known)]
    counts[np.searchsorted(known, shut)] += 1
    shared, there = counts[place] > 1, places.has(known)[place]
    rows: list[Way] = []
    runs: list[Any] = []
    begin = 0
    for way, nodes in lines:
        end = begin + len(nodes)
        pieces = list(_pieces(nodes, shared[begin:end], there[begin:end]))
        begin = end
        rows += [way] * len(pieces)
        runs += pieces
    return rows, runs


def _pieces(nodes: Any, shared: Any, there: Any) -> Iterator[Any]:
    """Yield the runs of nodes between cuts: each run has two nodes or more, and none that is missing."""
    keep = np.ones(len(nodes), dtype=bool)
    keep[1:] = nodes[1:] != nodes[:-1]
    if not keep.all():
        nodes, shared, there = nodes[keep], shared[keep], there[keep]
    if len(nodes) < 2:
        return
    if there.all():
        cuts = [0, *(np.flatnonzero(shared[1:-1]) + 1).tolist(), len(nodes) - 1]
        for begin, end in pairwise(cuts):
            yield nodes[begin : end + 1]
        return
    begin = 0
    for place in range(1, len(nodes)):
        if not there[place]:
            if place - begin > 1 and there[begin]:
                yield nodes[begin:place]
            begin = place + 1
        elif not there[place - 1]:
            begin = place
        elif shared[place] or place == len(nodes) - 1:
            yield nodes[begin : place + 1]
            begin = place


def _with_columns(table: gpd.GeoDataFrame, rows: list[Way], ways: Ways) -> gpd.GeoDataFrame:
    """Add what only some files have: tags of bridges and tunnels, private ways, seconds of ferries."""
    more: dict[str, Any] = {}
    for tag in STRUCTURE:
        if any(tag in way.more for way in rows):
            more[tag] = np.array([way.more.get(tag) for way in rows], dtype=object)
    if any(way.walked.state == "private" for way in rows):
        more["private"] = np.array([way.walked.state == "private" for way in rows], dtype=bool)
    if any(way.walked.reason == BY_FERRY for way in rows):
        more["crossing_s"] = _crossing_s(table, rows, ways)
    return table.assign(**more)


def _crossing_s(table: gpd.GeoDataFrame, rows: list[Way], ways: Ways) -> Any:
    """Return the seconds of each ferry: the duration is of the whole way, shared by length where it calls midway."""
    metres = np.array([pyproj.Geod(ellps="WGS84").geometry_length(line) for line in table.geometry])
    whole: dict[int, float] = defaultdict(float)
    for way, length in zip(rows, metres, strict=True):
        whole[way.id] += length
    seconds = np.full(len(rows), np.nan)
    for row, way in enumerate(rows):
        if way.walked.reason == BY_FERRY:
            wait = ways.profile.ferry_wait_s
            at_sea = crossing_seconds(way.more.get("duration"), whole[way.id], ways.profile) - wait
            seconds[row] = wait + at_sea * (metres[row] / whole[way.id] if whole[way.id] else 1.0)
    return seconds


def _with_stubs(table: gpd.GeoDataFrame, gates: Parted) -> gpd.GeoDataFrame:
    """Add the short private ways through private gates; each belongs to the way that ends there."""
    if len(gates.stubs) == 0:
        return table
    if "private" not in table:
        table = table.assign(private=np.zeros(len(table), dtype=bool))
    stubs = {
        "osm_way": table["osm_way"].to_numpy()[gates.owner],
        "highway": GATE,
        "u": gates.stub_u,
        "v": gates.stub_v,
    }
    rows = gpd.GeoDataFrame({**stubs, "private": True}, geometry=list(gates.stubs), crs=WGS84)
    empty = [name for name in table if name not in rows]
    rows = rows.assign(**{name: np.nan if name == "crossing_s" else None for name in empty})[list(table.columns)]
    return gpd.GeoDataFrame(pd.concat([table, rows.astype(table.dtypes)], ignore_index=True), crs=WGS84)


def _decided(ways: Ways, places: Places, squares: _Squares) -> list[Decided]:
    """Return what was decided of ways, the reasons in their order."""
    groups: dict[tuple[str, str], list[Way]] = defaultdict(list)
    for way in ways.closed():
        groups["osm.tag", way.walked.reason].append(way)
    rows = [_row(code, reason, found, places) for (code, reason), found in sorted(groups.items())]
    kept = ways.kept()
    by_code = (
        ("osm.private_way", "private", [way for way in kept if way.walked.state == "private"]),
        ("osm.trunk_at_grade", AT_GRADE, [way for way in kept if way.walked.reason == AT_GRADE]),
        ("osm.ferry", BY_FERRY, [way for way in kept if way.walked.reason == BY_FERRY]),
        ("osm.square", f"squares, crossed on {squares.across} straight ways", squares.walked),
        ("osm.square_alone", "no way leads to the square", squares.alone),
        ("osm.square_outline", f"over {MOST_ENTRIES} ways lead to the square: it is walked along only", squares.many),
    )
    rows += [_row(code, reason, found, places) for code, reason, found in by_code if found]
    return rows + _of_nodes(ways, places)


def _row(code: str, reason: str, ways: list[Way], places: Places) -> Decided:
    return Decided(reason, len(ways), places.length_m([piece for way in ways for piece in way.pieces]), code)


def _of_nodes(ways: Ways, places: Places) -> list[Decided]:
    kept = [way.nodes for way in ways.kept()]
    owner = np.repeat(np.arange(len(kept)), [len(nodes) for nodes in kept])
    missing = ~places.has(np.concatenate(kept)) if kept else np.empty(0, dtype=bool)
    clipped = len(np.unique(owner[missing]))
    short = sum(not (nodes != nodes[:1]).any() for nodes in kept)
    rows = (
        Decided("nodes that are not in the file were left out", clipped, 0.0, "osm.missing_nodes"),
        Decided(f"{len(places.odd)} nodes are nowhere on earth", 0, 0.0, "coord.out_of_range"),
        Decided("a way needs two different nodes", short, 0.0, "osm.degenerate_way"),
        Decided("an editor deleted them", ways.deleted, 0.0, "osm.deleted"),
    )
    decided = [row for row in rows if row.ways or (row.code == "coord.out_of_range" and places.odd)]
    if ways.doubled or places.doubled:
        reason = f"their id stands in the file again, and so do those of {places.doubled} nodes"
        decided.append(Decided(reason, ways.doubled, 0.0, "osm.doubled"))
    return decided


def set_aside(ways: Ways, places: Places, streets: Streets, file: str) -> list[Rejected]:
    """Return the ways that gave no street, and the nodes nowhere on earth, each with its reason."""
    alone = {(way.relation, way.id) for way in streets.alone}
    aside = [Rejected(file, way.label, "highway", way.highway, "osm.tag", way.walked.reason) for way in ways.closed()]
    for way in ways.kept():
        if (way.relation, way.id) in streets.used:
            continue
        if (way.relation, way.id) in alone:
            why = ("osm.square_alone", "no way leads to the square")
        elif not (way.nodes != way.nodes[:1]).any():
            why = ("osm.degenerate_way", "a way needs two different nodes")
        else:
            why = ("osm.missing_nodes", "no two nodes in a row are in the file")
        aside.append(Rejected(file, way.label, "highway", way.highway, *why))
    nowhere = "no place on earth has these coordinates"
    for node, place in places.odd.items():
        aside.append(Rejected(file, f"node/{node}", "lat, lon", place, "coord.out_of_range", nowhere))
    return aside
