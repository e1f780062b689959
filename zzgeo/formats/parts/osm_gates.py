"""Where people enter areas of an OpenStreetMap file: gates on the outline, and ways that cross it or end on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from zzgeo.formats.parts.osm_file import osmium_module, source_of
from zzgeo.spec.levels import lifted
from zzgeo.spec.lifecycle import not_there
from zzgeo.spec.walking_profile import WalkingProfile
from zzgeo.spec.ways import how_passed, how_walked, road_classes

#: Barriers that are a way in by themselves, and values of ``entrance`` that let nobody in.
_GATES = frozenset(("gate", "entrance", "swing_gate", "wicket_gate", "kissing_gate", "turnstile"))
_NO_ENTRANCE = frozenset(("no", "emergency", "exit"))

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


def read_gates(path: Path, profile: WalkingProfile, gone: frozenset[int] = frozenset()) -> Gates:
    """Return the entrances of a file, gates in walls, and what is closed, but for nodes an editor deleted."""
    osmium = osmium_module()
    nodes = osmium.FileProcessor(source_of(path), osmium.osm.NODE)
    gates = Gates()
    for node in nodes.with_filter(osmium.filter.KeyFilter("entrance", "barrier")):
        let_in = lets_in(dict(node.tags), profile)
        if let_in is None or node.id in gone or not node.location.valid():
            continue
        place = (node.location.lon, node.location.lat)
        if let_in:
            gates.open[node.id] = place
        else:
            gates.shut.add(_rounded(place))
    return gates


def lets_in(tags: Mapping[str, str], profile: WalkingProfile) -> bool | None:
    """Tell whether the public comes in by a node: by its tags it is a way in, it is closed, or (None) it is neither.

    Examples
    --------
    >>> from zzgeo.spec.walking_profile import walking_profile
    >>> profile = walking_profile("cn-default")
    >>> [lets_in({"barrier": kind}, profile) for kind in ("gate", "wall", "bollard")]
    [True, False, None]
    >>> lets_in({"barrier": "gate", "locked": "yes"}, profile), lets_in({"entrance": "exit"}, profile)
    (False, False)
    """
    entrance = tags.get("entrance")
    if not_there(tags):
        return None
    if not _NO_ENTRANCE.isdisjoint(road_classes(entrance or "")) or how_passed(tags, profile).state != "open":
        return False
    return True if entrance is not None or not _GATES.isdisjoint(road_classes(tags.get("barrier", ""))) else None


class Paths:
    """Ways the public walks on the ground, as lines."""

    def __init__(self, profile: WalkingProfile) -> None:
        self._profile = profile
        self._factory = osmium_module().geom.WKBFactory()
        self._wkb: list[str] = []
        self._over: list[tuple[str | None, str | None]] = []

    def add(self, way: Any, tags: Mapping[str, str]) -> None:
        """Take a way that may lead through an outline; what the file does not hold in full has no line."""
        if how_walked(tags, self._profile).state != "open":
            return
        try:
            line = self._factory.create_linestring(way)
        except (RuntimeError, osmium_module().InvalidLocationError):  # one place only, or nodes that are not there
            return
        self._wkb.append(line)
        self._over.append((tags.get("bridge"), tags.get("tunnel")))

    def lines(self) -> Any:
        """Return the lines, in EPSG:4326; bridges and tunnels pass an outline by."""
        lines = shapely.from_wkb(np.array(self._wkb, dtype=object))
        return lines[~lifted(pd.DataFrame(self._over, columns=["bridge", "tunnel"]))]


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
