"""Where people enter areas of an OpenStreetMap file: gates on the outline, and ways that cross it or end on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from zzgeo.formats.parts.osm_file import osmium_module, source_of

#: Barriers people walk through, and those nobody does; values of ``entrance`` that let nobody in.
_GATES = frozenset(("gate", "entrance", "swing_gate", "wicket_gate", "kissing_gate", "turnstile"))
_WALLS = frozenset(("wall", "city_wall", "retaining_wall", "fence", "hedge", "guard_rail"))
_NO_ENTRANCE = frozenset(("no", "emergency", "exit"))
_CLOSED = frozenset(("no", "private"))

#: Two places closer than this, in degrees (a millimetre), are one; nodes have seven decimals.
_SAME = 1e-8
_DECIMALS = 7

Place = tuple[float, float]


@dataclass
class Gates:
    """Nodes that let people in, by id, and the places of those that let nobody through."""

    open: dict[int, Place] = field(default_factory=dict)
    shut: set[Place] = field(default_factory=set)

    def on(self, area: Any) -> list[Place]:
        """Return the gates that are nodes of the outer outline of an area."""
        nodes = dict.fromkeys(node.ref for ring in area.outer_rings() for node in ring)
        return [self.open[node] for node in nodes if node in self.open]


def read_gates(path: Path) -> Gates:
    """Return the entrances of a file, gates in fences and walls, and what is closed."""
    osmium = osmium_module()
    nodes = osmium.FileProcessor(source_of(path), osmium.osm.NODE)
    gates = Gates()
    for node in nodes.with_filter(osmium.filter.KeyFilter("entrance", "barrier")):
        let_in = lets_in(dict(node.tags))
        if let_in is None or not node.location.valid():
            continue
        place = (node.location.lon, node.location.lat)
        if let_in:
            gates.open[node.id] = place
        else:
            gates.shut.add(_rounded(place))
    return gates


def lets_in(tags: Mapping[str, str]) -> bool | None:
    """Tell whether a node is an entrance: by its tags it is one, it is closed, or (None) it is neither.

    What is said of people on foot overrides what is said of everybody.

    Examples
    --------
    >>> lets_in({"barrier": "gate"}), lets_in({"barrier": "gate", "locked": "yes"}), lets_in({"barrier": "bollard"})
    (True, False, None)
    >>> lets_in({"barrier": "gate", "access": "no"}), lets_in({"barrier": "gate", "access": "no", "foot": "yes"})
    (False, True)
    """
    entrance, barrier = tags.get("entrance"), tags.get("barrier")
    closed = tags.get("foot", tags.get("access")) in _CLOSED or tags.get("locked") == "yes"
    if closed or entrance in _NO_ENTRANCE or (barrier in _WALLS and entrance is None):
        return False
    return True if entrance is not None or barrier in _GATES else None


class Paths:
    """Ways people walk on the ground, as lines."""

    def __init__(self) -> None:
        self._wkb: list[str] = []
        self._factory = osmium_module().geom.WKBFactory()

    def add(self, way: Any, tags: Mapping[str, str]) -> None:
        """Take a way that may lead through an outline; what the file does not hold in full has no line."""
        if not _leads_in(tags) or len(way.nodes) < 2 or not all(node.location.valid() for node in way.nodes):
            return
        try:
            self._wkb.append(self._factory.create_linestring(way))
        except RuntimeError:  # all its nodes are at one place
            return

    def lines(self) -> Any:
        """Return the lines, in EPSG:4326."""
        return shapely.from_wkb(np.array(self._wkb, dtype=object))


def _leads_in(tags: Mapping[str, str]) -> bool:
    """Tell whether the public walks on a way, and on the ground: a bridge or tunnel passes an outline by."""
    from zzgeo.formats.osm import why_not_walked

    lifted = any(tags.get(key, "no") != "no" for key in ("bridge", "tunnel"))
    return not lifted and why_not_walked(tags) is None


def entrances(areas: Any, gates: list[list[Place]], lines: Any, shut: set[Place]) -> list[Any]:
    """Return where each area is entered: by its gates, and where a line crosses its outline or ends on it.

    Parameters
    ----------
    areas
        Shape (n_areas,), in EPSG:4326.
    gates
        The gates of each area. An area without one is entered from any side: nothing says that it is closed.
    lines
        Ways people walk on. One that runs along an outline leads in only where it leaves the outline for the inside.
    shut
        Places (seven decimals) nobody goes through: locked gates, walls.

    Returns
    -------
    list of MultiPoint or None, shape (n_areas,)
    """
    outlines = shapely.boundary(np.array([area if of else None for area, of in zip(areas, gates, strict=True)]))
    line_of: list[list[int]] = [[] for _ in gates]
    for area, line in shapely.STRtree(lines).query(outlines, predicate="intersects").T:
        line_of[area].append(line)
    entered: list[Any] = []
    for area, own, met, outline in zip(areas, gates, line_of, outlines, strict=True):
        crossed = _crossings(area, outline, lines[met]) if met else []
        places = {_rounded(place): place for place in [*own, *crossed]}
        open_places = [place for key, place in places.items() if key not in shut]
        entered.append(shapely.MultiPoint(open_places) if open_places else None)
    return entered


def _crossings(area: Any, outline: Any, lines: Any) -> list[Place]:
    """Return where lines meet an outline, without the stretches on which they run along it."""
    parts = shapely.get_parts(shapely.get_parts(shapely.intersection(lines, outline)))
    along = shapely.union_all(parts[shapely.get_dimensions(parts) == 1])
    points = parts[shapely.get_dimensions(parts) == 0]
    if along.is_empty:
        return _places(points)
    pieces = shapely.get_parts(shapely.difference(lines, outline))
    pieces = pieces[shapely.contains(area, shapely.line_interpolate_point(pieces, 0.5, normalized=True))]
    ends = np.concatenate([shapely.get_point(pieces, 0), shapely.get_point(pieces, -1)])
    turned_in = ends[shapely.distance(ends, along) <= _SAME]
    return _places(np.concatenate([points[shapely.distance(points, along) > _SAME], turned_in]))


def _places(points: Any) -> list[Place]:
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(points)]


def _rounded(place: Place) -> Place:
    return round(place[0], _DECIMALS), round(place[1], _DECIMALS)
