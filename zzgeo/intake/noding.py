"""Streets cut where they cross or touch on one level: only where the study asks for it, for few layers name bridges."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from zzgeo.errors import Problem
from zzgeo.spec.levels import level, reaches

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: What counts as one place: a centimetre, in metres and in degrees.
_TOLERANCE_M, _TOLERANCE_DEGREES = 0.01, 1e-7
#: How often lines are looked at again after they were cut; twice is nearly always enough.
_ROUNDS = 5


def node_lines(table: gpd.GeoDataFrame, where: str = "streets") -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Cut lines where they cross or touch lines of their level or themselves, to a centimetre.

    Parameters
    ----------
    table
        LineStrings in any CRS, shape (n_lines, ...). Rows of other geometry come back as they are. Columns such as
        ``bridge``, ``tunnel`` and ``layer`` say which lines pass over or under others (`zzgeo.spec.levels`): these cut
        each other only where a bridge or tunnel ends on the street it leads to.
    where
        What the lines are called in what is told.

    Returns
    -------
    streets : GeoDataFrame, shape (n_pieces, ...)
        The pieces with the attributes and the index label of their line, so that a label may stand on several rows.
        Vertices stay where they were; a vertex is added at each cut.
    notes : list of Problem
        ``network.noded``: how many lines were cut at how many places. None where nothing was cut.

    Examples
    --------
    >>> cross = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 2 2)", "LINESTRING (0 2, 2 0)"]))
    >>> streets, notes = node_lines(cross.set_crs("EPSG:4547"))
    >>> len(streets), notes[0].code
    (4, 'network.noded')
    """
    tolerance = _TOLERANCE_DEGREES if table.crs is not None and table.crs.is_geographic else _TOLERANCE_M
    whole, met = table.copy(), np.empty((0, 2))
    for _ in range(_ROUNDS):
        # a line bent by a millimetre to meet another may come to cross a third
        whole, found = _node_once(whole, tolerance)
        met = np.concatenate([met, found])
        if not len(found):
            break
    if not len(met):
        return whole, []
    crossings = len(np.unique(np.round(met / tolerance).astype(np.int64), axis=0))
    cut = int((whole.index.value_counts() > 1).sum())
    value = f"{crossings} crossings; {cut} of {len(table)} lines cut into {len(whole) - len(table) + cut}"
    if level(table).any():
        why, remedy = "lines of one level were cut where they cross; bridges and tunnels pass", "nothing to do"
    else:
        why = "lines were cut where they cross, also at bridges: no column says which these are"
        remedy = "add a column bridge, or take node = true out of the study, if bridges matter"
    return whole, [Problem("network.noded", where, value, why, remedy, "warning")]


def _node_once(table: gpd.GeoDataFrame, tolerance: float) -> tuple[gpd.GeoDataFrame, Floats]:
    """Return the lines cut where they meet now, and the places they were cut at."""
    lines = np.asarray(table.geometry.array)
    usable = shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING
    usable &= ~shapely.is_empty(lines) & np.isfinite(shapely.bounds(lines)).all(axis=1)
    places = np.flatnonzero(usable)
    rows, points = np.empty(0, dtype=np.int64), np.empty((0, 2))
    if len(places):
        rows, points = _cuts(lines[places], level(table)[places], tolerance)
    parts: list[Any] = list(lines)
    met = [np.empty((0, 2))]
    order = np.argsort(rows, kind="stable")
    met_lines, begin = np.unique(rows[order], return_index=True)
    for at, own in zip(places[met_lines], np.split(points[order], begin[1:]), strict=False):
        pieces, used = _pieces(lines[at], own, tolerance)
        if len(pieces) > 1:
            parts[at] = pieces
            met.append(used)
    if len(met) == 1:
        return table, met[0]
    repeats = [len(part) if isinstance(part, list) else 1 for part in parts]
    shapes = np.concatenate([np.array(part if isinstance(part, list) else [part], dtype=object) for part in parts])
    whole = table.iloc[np.repeat(np.arange(len(table)), repeats)]
    return whole.set_geometry(gpd.GeoSeries(shapes, index=whole.index, crs=table.crs)), np.concatenate(met)


def _cuts(lines: Any, levels: Floats, tolerance: float) -> tuple[Ints, Floats]:
    """Return (line, place) of every point where a line meets one of its level, or itself; both get the same place."""
    tree = shapely.STRtree(lines)
    first, second = tree.query(lines, predicate="intersects")
    once = (first < second) & (levels[first] == levels[second])
    first, second = first[once], second[once]
    rows: list[int] = []
    points: list[Floats] = []
    meets = shapely.intersection(lines[first], lines[second])
    for pair, meet in _points_of(meets):
        rows += [int(first[pair]), int(second[pair])]
        points += [meet, meet]
    # an end that lies on a line but for rounding meets it as well: the line is cut at the end's own place
    tips = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    tip, line = tree.query(tips, predicate="dwithin", distance=tolerance)
    joins = (tip % len(lines) != line) & reaches(levels[tip % len(lines)], levels[line])
    coordinates = shapely.get_coordinates(tips)
    rows += list(line[joins])
    points += list(coordinates[tip[joins]])
    for at in map(int, np.flatnonzero(~shapely.is_simple(lines))):
        places = _own_crossings(lines[at])
        rows += [at] * len(places)
        points += list(places)
    return np.array(rows, dtype=np.int64), np.array(points, dtype=np.float64).reshape(-1, 2)


def _points_of(meets: Any) -> list[tuple[int, Floats]]:
    """Return (place in the array, coordinates) of the points two lines share; of a shared stretch, both ends."""
    parts, owner = shapely.get_parts(meets, return_index=True)
    while (shapely.get_type_id(parts) == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    points = []
    for place, part in zip(owner, parts, strict=True):
        ends = shapely.get_coordinates(part)
        if len(ends):
            points += [(int(place), end) for end in (ends[[0, -1]] if len(ends) > 1 else ends)]
    return points


def _own_crossings(line: Any) -> Floats:
    """Return the places where a line meets itself: the ends of its noded parts that are no end of its own."""
    parts = shapely.get_parts(shapely.node(line))
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(parts, at)) for at in (0, -1)])
    return np.asarray(np.unique(ends, axis=0), dtype=np.float64)


def _pieces(line: Any, points: Floats, tolerance: float) -> tuple[list[Any], Floats]:
    """Return the pieces of a line cut at places on it, and the places used; places at its ends cut nothing."""
    xy = shapely.get_coordinates(line)
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    offsets, places = _along(xy, steps, points, tolerance)
    inside = (offsets > tolerance) & (offsets < steps[-1] - tolerance)
    offsets, places = offsets[inside], places[inside]
    if len(offsets) == 0:
        return [line], np.empty((0, 2))
    order = np.argsort(offsets, kind="stable")
    offsets, places = offsets[order], places[order]
    apart = np.concatenate([[True], np.diff(offsets) > tolerance])
    offsets, places = offsets[apart], places[apart]
    bounds = [0.0, *offsets, float(steps[-1])]
    ends = [xy[0], *places, xy[-1]]
    pieces = []
    for number in range(len(bounds) - 1):
        between = (steps > bounds[number] + tolerance / 2) & (steps < bounds[number + 1] - tolerance / 2)
        pieces.append(shapely.LineString([ends[number], *xy[between], ends[number + 1]]))
    return pieces, places


def _along(xy: Floats, steps: Floats, points: Floats, tolerance: float) -> tuple[Floats, Floats]:
    """Return (offset along the line, place) for every time the line passes a place: it may pass one twice."""
    begin, leg = xy[:-1], np.diff(xy, axis=0)
    length = np.hypot(*leg.T)
    legs = length > 0
    share = np.einsum("psk,sk->ps", points[:, None, :] - begin[None], leg)
    share = np.clip(share / np.where(legs, length**2, 1.0), 0, 1)
    foot = begin[None] + share[:, :, None] * leg[None]
    near = (np.hypot(*np.moveaxis(points[:, None, :] - foot, 2, 0)) <= tolerance) & legs
    which, segment = np.nonzero(near)
    return steps[segment] + share[which, segment] * length[segment], points[which]
