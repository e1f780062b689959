"""From lines to edges: what is refused, and which ends are one node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.crs.metric import metric_problems
from zzgeo.errors import CrsError, NetworkError, Problem
from zzgeo.network.graph import COINCIDE_M, OWN_COLUMNS
from zzgeo.network.lines import Floats, Ints, Lines
from zzgeo.network.places import chained
from zzgeo.network.refusals import check_crs, refuse
from zzgeo.spec.schema import rows_named

#: A line may end this far from the node it names: tables round coordinates.
NODE_TOLERANCE_M = 1.0
#: Lengths on a sphere, as OSMnx computes them, are up to this share off.
CHORD_SHARE = 0.006

_WHERE = "streets"


class JoinedEdges(NamedTuple):
    """Usable lines, the nodes they lead from and to, and where these are: what a network is assembled from.

    ``joins`` is the table of `zzgeo.network.loose_ends`; ``heights`` are x, y and z of places, shape (n_places, 3);
    ``lines`` are those of the table, where somebody has unpacked them.
    """

    table: gpd.GeoDataFrame
    u: Ints
    v: Ints
    node_xy: Floats
    notes: list[Problem]
    joins: pd.DataFrame | None = None
    heights: Floats | None = None
    lines: Lines | None = None


def checked_edges(edges: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Return usable LineStrings with a unique index, and warnings; see `usable_lines`."""
    table, notes = usable_lines(edges)
    return table if table.index.is_unique else table.reset_index(drop=True), notes


def usable_lines(edges: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Return usable LineStrings, and warnings. Heights are not looked at; a label may stand on several rows.

    Raises
    ------
    CrsError
        If the CRS is missing or not in metres.
    NetworkError
        If the table is empty, or any row cannot be used; all of them are listed.
    """
    if len(edges) == 0:
        raise refuse("network.empty", "edges=0", "there is nothing to walk on", "send the streets again")
    problems = _row_problems(edges)
    if problems:
        raise NetworkError(problems)
    doubts = metric_problems(edges.geometry, _WHERE)
    if any(problem.severity == "error" for problem in doubts):
        raise CrsError(doubts)
    renamed = edges.rename(columns=_other_names(edges.columns))
    attributes = renamed.drop(columns=edges.geometry.name)
    table = gpd.GeoDataFrame(attributes, geometry=np.asarray(edges.geometry.array), crs=edges.crs)
    several = shapely.get_type_id(table.geometry.array) == shapely.GeometryType.MULTILINESTRING
    if not several.any():
        return table, doubts
    value = f"{int(several.sum())} MultiLineString"
    why = "an edge is one line; each part became an edge, for a street may begin where two parts meet"
    note = Problem("geom.repaired", _WHERE, value, why, "nothing to do", "warning")
    return line_parts(table), [*doubts, note]


def line_parts(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a table with a row for every part of a line, of the label and the columns of its line."""
    parts, row = shapely.get_parts(table.geometry.array, return_index=True)
    some = ~shapely.is_empty(parts)
    return table.iloc[row[some]].set_geometry(parts[some], crs=table.crs)


def _other_names(columns: pd.Index) -> dict[str, str]:
    """Return what columns are called that have the names of our own: `u` is `u_id`, and an earlier `u_id` `u_id_id`."""
    names: dict[str, str] = {}
    for own in OWN_COLUMNS:
        name = own
        while name in columns:
            names[name] = f"{name}_id"
            name = names[name]
    return names


def _row_problems(edges: gpd.GeoDataFrame) -> list[Problem]:
    geometry = np.asarray(edges.geometry.array)
    null = shapely.is_missing(geometry)
    empty = ~null & shapely.is_empty(geometry)
    wrong = ~null & ~empty & ~np.isin(shapely.get_type_id(geometry), (1, 5))
    xy, owner = shapely.get_coordinates(geometry, return_index=True)
    odd = np.zeros(len(edges), dtype=bool)
    odd[owner[~np.isfinite(xy).all(axis=1)]] = True
    kinds = sorted(set(edges.geometry[wrong].geom_type))
    checks: list[tuple[str, Any, str, str]] = [
        ("geom.null", null, "no geometry", "a street needs a line"),
        ("geom.empty", empty, "empty geometry", "a street needs a line"),
        ("geom.mixed_types", wrong, ", ".join(kinds), "a street is a LineString"),
        ("edge.nonfinite", odd & ~wrong, "coordinates that are not finite", "a length cannot be measured"),
    ]
    return [
        Problem(code, _WHERE, f"{value} at {rows_named(mask, edges)}", why, "correct or remove the row")
        for code, mask, value, why in checks
        if mask.any()
    ]


def check_against_nodes(table: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame) -> None:
    """Refuse lines that do not end at the nodes they name, in either direction.

    Raises
    ------
    CrsError
        If the nodes are in another CRS.
    NetworkError
        Listing lines whose ``u`` or ``v`` is no node or lies elsewhere.
    """
    check_crs(pyproj.CRS.from_user_input(table.crs), nodes, "nodes")
    absent = [name for name in ("u", "v") if f"{name}_id" not in table.columns]
    if absent:
        why = "nodes were given, so edges must name their two ends"
        raise refuse("schema.missing_column", ", ".join(absent), why, "leave `nodes` out, or add the columns")
    if not nodes.index.is_unique:
        raise refuse("id.duplicate", "nodes", "a node id must stand on one row only", "give every node its own id")
    at_u, at_v = (nodes.index.get_indexer(pd.Index(table[name])) for name in ("u_id", "v_id"))
    unknown = (at_u < 0) | (at_v < 0)
    geometry = np.asarray(table.geometry.array)
    points = np.asarray(nodes.geometry.array)
    first, last = shapely.get_point(geometry, 0), shapely.get_point(geometry, -1)
    direct = np.maximum(shapely.distance(first, points[at_u]), shapely.distance(last, points[at_v]))
    turned = np.maximum(shapely.distance(first, points[at_v]), shapely.distance(last, points[at_u]))
    far = ~unknown & ~(np.minimum(direct, turned) <= NODE_TOLERANCE_M)
    remedy = "correct the ids, or leave `nodes` out: ends that coincide are joined"
    checks = (("names a node that is not there", unknown), (f"ends over {NODE_TOLERANCE_M:g} m from its nodes", far))
    problems = [
        Problem("network.dangling", _WHERE, f"{value}: {rows_named(mask, table)}", "the ends are in doubt", remedy)
        for value, mask in checks
        if mask.any()
    ]
    if problems:
        raise NetworkError(problems)


def length_problems(lengths: Sequence[Any], chord: Floats, where: str = "graph") -> list[Problem]:
    """Return warnings about the lengths a graph carries, which are never used: lengths are measured.

    Parameters
    ----------
    lengths
        What each edge says, shape (n_edges,); None where it says nothing, which is no fault if all do.
    chord
        Metres between the two ends of each edge, shape (n_edges,).
    where
        What to call the graph.

    Raises
    ------
    NetworkError
        Listing edges whose length is negative, not finite, or not a number: such a graph is broken.
    """
    missing = np.array([one is None for one in lengths])
    if missing.all():
        return []
    metres = pd.to_numeric(
        pd.Series([None if gone else one for one, gone in zip(lengths, missing, strict=True)]), "coerce"
    )
    value = metres.to_numpy(dtype=float)
    checks = (
        ("edge.nonfinite", ~missing & ~np.isfinite(value), "error", "a length must be a finite number"),
        ("edge.negative", value < 0, "error", "a length cannot be negative"),
        ("edge.missing_length", missing, "warning", "other edges have one; it was measured along the line"),
        ("edge.zero_length", (value == 0) & (chord > COINCIDE_M), "warning", "its ends are apart; it was measured"),
        (
            "edge.shorter_than_chord",
            (value > 0) & (value < chord * (1 - CHORD_SHARE) - NODE_TOLERANCE_M),
            "warning",
            "shorter than the line between its ends; it was measured along the line",
        ),
    )
    problems = [
        Problem(
            code, where, f"{int(bad.sum())} edges, e.g. in row {int(bad.argmax())}", why, "correct the graph", grave
        )
        for code, bad, grave, why in checks
        if bad.any()
    ]
    if any(problem.severity == "error" for problem in problems):
        raise NetworkError(problems)
    return problems


def heights(places: Floats, node_xy: Floats) -> Floats | None:
    """Return the height of each node from x, y and z of places, the lowest of several; None unless all have one."""
    from scipy.spatial import KDTree

    metres, at = (np.asarray(found) for found in KDTree(node_xy).query(places[:, :2]))
    lowest = np.full(len(node_xy), np.inf)
    near = metres <= COINCIDE_M
    np.minimum.at(lowest, at[near], places[near, 2])
    return lowest if np.isfinite(lowest).all() else None


def contract(
    u: Ints, v: Ints, node_xy: Floats, length: Floats, table: gpd.GeoDataFrame
) -> tuple[Ints, Ints, Floats, Any, Sequence[Problem]]:
    """Make the two ends of each zero-length edge one node and drop the edge.

    Returns the nodes of the kept edges, the coordinates of the nodes, a mask of the kept edges, and warnings.
    """
    kept = length > 0
    if kept.all():
        return u, v, node_xy, kept, ()
    label = chained(np.column_stack([u[~kept], v[~kept]]), node_xy)
    u, v = label[u[kept]], label[v[kept]]
    used = np.unique(np.concatenate([u, v]))
    value = f"{int((~kept).sum())} edges: {rows_named(~kept, table)}"
    why = "an edge without length joins its ends"
    note = Problem("edge.zero_length", _WHERE, value, why, "nothing to do: the ends are one node", "warning")
    return np.searchsorted(used, u), np.searchsorted(used, v), node_xy[used], kept, (note,)
