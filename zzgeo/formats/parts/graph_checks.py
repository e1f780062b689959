"""What is wrong with the nodes and the lengths of a street graph, each kind once, with the rows it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from zzgeo.errors import Problem

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: A length may be this much below the straight line: haversine against the ellipsoid, and rounding to a metre.
_SHARE, _METRES = 0.005, 1.0
#: Streets are this many times as long as the straight line between their ends, in the middle; else the unit is wrong.
_USUAL = (0.6, 2.5)
#: A chord is measured against the line's own length only where it is longer than this.
_SHORTEST = 1.0
_SHOWN = 5


@dataclass(frozen=True)
class Edges:
    """Edges of a graph: their ends as places in ``xy``, their lengths as text."""

    u: Ints
    v: Ints
    xy: Floats
    lengths: pd.Series
    directed: bool
    crs: pyproj.CRS


def straight_m(a: Floats, b: Floats, crs: pyproj.CRS) -> Floats:
    """Return the straight distance between places, in metres, on the ellipsoid where the CRS is in degrees."""
    if crs.is_geographic:
        geod = crs.get_geod() or pyproj.Geod(ellps="WGS84")
        return np.asarray(geod.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2], dtype=np.float64)
    factor = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
    return np.asarray(np.hypot(*(a - b).T) * factor, dtype=np.float64)


def off_nodes(lines: Any, u: Ints, v: Ints, xy: Floats, crs: pyproj.CRS, name: str) -> list[Problem]:
    """Return the error of lines that end over a metre from their nodes, in whichever direction they are drawn."""
    first, last = (shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1))
    direct = np.maximum(straight_m(first, xy[u], crs), straight_m(last, xy[v], crs))
    turned = np.maximum(straight_m(first, xy[v], crs), straight_m(last, xy[u], crs))
    far = ~(np.minimum(direct, turned) <= 1.0)
    why, remedy = "the line ends over 1 m from its nodes", "correct the geometry"
    return _rows("network.dangling", _at(far), [], name, why, remedy, "error")


def node_problems(
    nodes: Mapping[str, Mapping[str, str]],
    ends: Sequence[tuple[str, str]],
    twice: Sequence[str],
    crs: pyproj.CRS | None,
    name: str,
) -> tuple[Floats, list[Problem]]:
    """Return the coordinates of the nodes (NaN where unusable) and what is wrong with them; all are errors."""
    rows = {
        node: (_number(data.get("x", data.get("lon"))), _number(data.get("y", data.get("lat"))))
        for node, data in nodes.items()
    }
    labels = list(rows)
    absent = [node for node, (x, y) in rows.items() if x is None or y is None]
    xy = np.array([(np.nan if x is None else x, np.nan if y is None else y) for x, y in rows.values()])
    xy = xy.reshape(-1, 2).astype(np.float64)
    gone = np.isin(labels, absent) if absent else np.zeros(len(labels), dtype=bool)
    infinite = ~np.isfinite(xy).all(axis=1) & ~gone
    beyond = np.zeros(len(xy), dtype=bool)
    if crs is not None and crs.is_geographic:
        with np.errstate(invalid="ignore"):
            beyond = ~infinite & ((np.abs(xy[:, 0]) > 180) | (np.abs(xy[:, 1]) > 90))
    dangling = [at for at, (a, b) in enumerate(ends) if a not in nodes or b not in nodes]
    return xy, [
        *_nodes("network.no_coordinates", absent, name, "x and y are needed as numbers", "send the nodes, too"),
        *_nodes("coord.nonfinite", _those(labels, infinite), name, "coordinates must be finite", "correct the nodes"),
        *_nodes("coord.out_of_range", _those(labels, beyond), name, "no longitude and latitude", "correct the nodes"),
        *_nodes("id.duplicate", list(dict.fromkeys(twice)), name, "a node stands twice", "save the graph again"),
        *_rows(
            "network.dangling",
            dangling,
            [],
            name,
            "an end of the edge is no node of the graph",
            "send all nodes",
            "error",
        ),
    ]


def edge_problems(edges: Edges, name: str) -> tuple[Floats, list[Problem]]:
    """Return the lengths in metres as they are said, and what is wrong with them.

    Missing, infinite and negative lengths, and lengths in another unit, are errors; the others are warnings.
    """
    said = edges.lengths.to_numpy(dtype=object)
    absent = np.array([not isinstance(text, str) for text in said], dtype=bool)
    numbers = [np.nan if gone else _number(text) for text, gone in zip(said, absent, strict=True)]
    length = np.array([np.nan if one is None else one for one in numbers], dtype=np.float64)
    chord = straight_m(edges.xy[edges.u], edges.xy[edges.v], edges.crs)
    known = np.isfinite(length)
    with np.errstate(invalid="ignore"):
        infinite, negative = ~absent & ~known, length < 0
        zero = (length == 0) & (edges.u != edges.v)
        short = known & ~zero & ~negative & (length < chord * (1 - _SHARE) - _METRES)
    problems = [
        *_missing(absent, name),
        *_rows(
            "edge.nonfinite",
            _at(infinite),
            said,
            name,
            "a length must be a finite number",
            "correct the edges",
            "error",
        ),
        *_rows("edge.negative", _at(negative), said, name, "a length cannot be negative", "correct the edges", "error"),
        *_rows(
            "edge.zero_length", _at(zero), said, name, "two nodes with no street between; measured from its line", ""
        ),
    ]
    unit = _unit_problem(length, chord, name)
    problems += unit or _rows(
        "edge.shorter_than_chord", _at(short), said, name, "shorter than the straight line; measured from its line", ""
    )
    return length, [*problems, *_directions(edges, length, known & ~zero & ~negative, name)]


def _number(text: str | None) -> float | None:
    """Return the number a text is, None where it is none; NaN and infinity are numbers here, and refused as such."""
    if text is None or "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _missing(absent: Mask, name: str) -> list[Problem]:
    if absent.all():
        why, remedy = "no edge has a length; lengths are measured from the lines", "nothing to do"
        return [Problem("edge.missing_length", name, f"{len(absent)} edges", why, remedy, "warning")]
    why, remedy = "some edges have a length and these have none", "correct the edges, or leave all lengths out"
    return _rows("edge.missing_length", _at(absent), [], name, why, remedy, "error")


def _unit_problem(length: Floats, chord: Floats, name: str) -> list[Problem]:
    """Tell lengths that are, in the middle, far from the straight line: kilometres, feet, minutes."""
    asked = np.isfinite(length) & (length > 0) & (chord > _SHORTEST)
    if asked.sum() < 3:
        return []
    ratio = float(np.median(length[asked] / chord[asked]))
    if _USUAL[0] <= ratio <= _USUAL[1]:
        return []
    why, remedy = "lengths are far from the straight lines: another unit than metres?", "save the graph in metres"
    return [Problem("edge.unit_suspected", name, f"length / straight line = {ratio:.4g}", why, remedy)]


def _directions(edges: Edges, length: Floats, known: Mask, name: str) -> list[Problem]:
    """Tell streets whose two directions differ in length, and one-way streets among streets of two ways."""
    if not edges.directed:
        return []
    table = pd.DataFrame(
        {"low": np.minimum(edges.u, edges.v), "high": np.maximum(edges.u, edges.v), "forth": edges.u < edges.v}
    )
    table["length"] = np.where(known, length, np.nan)
    table = table[table["low"] != table["high"]]
    shortest = table.groupby(["low", "high", "forth"])["length"].min().unstack("forth")
    shortest = shortest.reindex(columns=[False, True])
    there = table.groupby(["low", "high", "forth"]).size().unstack("forth").reindex(columns=[False, True]).notna()
    paired = there.all(axis=1)
    problems = []
    if paired.any():
        back, forth = shortest[False].to_numpy(dtype=float), shortest[True].to_numpy(dtype=float)
        with np.errstate(invalid="ignore"):
            apart = np.abs(back - forth) > np.fmax(back, forth) * _SHARE + _METRES
        pairs = shortest.index[apart & paired.to_numpy()]
        where = pd.MultiIndex.from_frame(table[["low", "high"]]).isin(pairs)
        rows = list(table.index[where])
        problems += _rows(
            "edge.asymmetric", rows, length, name, "the two directions differ in length", "measured from its line"
        )
    one_way = ~paired
    if 0 < one_way.sum() < paired.sum():
        rows = list(table.index[pd.MultiIndex.from_frame(table[["low", "high"]]).isin(shortest.index[one_way])])
        why, remedy = "most streets are there in both directions, these in one; people walk both ways", "nothing to do"
        problems += _rows("network.directed", rows, [], name, why, remedy)
    return problems


def _at(mask: Mask) -> list[int]:
    return [int(at) for at in np.flatnonzero(mask)]


def _those(labels: Sequence[str], mask: Mask) -> list[str]:
    return [labels[at] for at in _at(mask)]


def _nodes(code: str, nodes: Sequence[str], name: str, why: str, remedy: str) -> list[Problem]:
    if not nodes:
        return []
    shown = ", ".join(nodes[:_SHOWN]) + (" …" if len(nodes) > _SHOWN else "")
    return [
        Problem(code, name, f"{len(nodes)} nodes: {shown}", why, remedy, rows=tuple(f"node {one}" for one in nodes))
    ]


def _rows(
    code: str,
    places: Sequence[int],
    values: Sequence[object] | Floats,
    name: str,
    why: str,
    remedy: str,
    severity: str = "warning",
) -> list[Problem]:
    """Return one problem for the edges at these places, none where there are none."""
    if not len(places):
        return []
    rows = tuple(str(place + 1) for place in places)
    shown = ", ".join(rows[:_SHOWN]) + (" …" if len(rows) > _SHOWN else "")
    example = f"; length={values[places[0]]}" if len(values) else ""
    value = f"{len(rows)} edges: {shown}{example}"
    return [Problem(code, f"{name}:{rows[0]}", value, why, remedy or "correct the edges", severity, rows)]
