"""OpenStreetMap files (``.osm``, ``.osm.pbf``): walkable streets, and facilities by their tags. Needs osmium."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import Format, Options, RawLayer, Rejected, file_sha256
from zzgeo.formats.parts.osm_driving import driving_layer
from zzgeo.formats.parts.osm_file import SUFFIXES, WGS84, opened, osmium_module, readable, refuse_no_element, source_of
from zzgeo.formats.parts.osm_places import facility_rows, read_facilities
from zzgeo.spec.kinds import osm_rules

__all__ = ["FORMAT", "dropped_notes", "osmium_module", "read_facilities", "read_osm", "read_streets", "why_not_walked"]

_DROPPED_COLUMNS = ("reason", "ways", "length_m", "code")

#: Values of ``highway`` nobody walks on, whatever else the way says.
NEVER_WALKED = frozenset(
    (
        *("motorway", "motorway_link", "raceway", "bus_guideway", "escape", "rest_area", "services", "traffic_island"),
        *("construction", "proposed", "planned", "abandoned", "demolished", "disused", "razed", "no"),
    )
)
#: Values of ``highway`` that are walked only where the way says so.
ON_PERMISSION = frozenset(("trunk", "trunk_link", "busway"))

_ALLOWED = frozenset(("yes", "designated", "permissive", "official"))
_SIDEWALK = frozenset(("yes", "both", "left", "right"))
_FORBIDDEN = frozenset(("no", "private"))


def why_not_walked(tags: Mapping[str, str]) -> str | None:
    """Return why nobody walks on a way with a ``highway`` tag, or None where people may.

    Access defaults follow the OpenStreetMap wiki; one-way restrictions do not bind people on foot.

    Examples
    --------
    >>> why_not_walked({"highway": "trunk"}), why_not_walked({"highway": "trunk", "sidewalk": "both"})
    ('highway=trunk without a sidewalk', None)
    >>> why_not_walked({"highway": "service", "access": "private"})
    'access=private'
    """
    highway = tags.get("highway", "")
    if highway in NEVER_WALKED:
        return f"highway={highway}"
    if tags.get("area") == "yes":
        return "area=yes"
    foot = tags.get("foot", "")
    if foot in _FORBIDDEN:
        return f"foot={foot}"
    if foot in _ALLOWED:
        return None
    access = tags.get("access", "")
    if access in _FORBIDDEN:
        return f"access={access}"
    sides = (tags.get(f"sidewalk{side}") for side in ("", ":both", ":left", ":right"))
    if any(side in _SIDEWALK for side in sides):
        return None
    if highway in ON_PERMISSION:
        return f"highway={highway} without a sidewalk"
    return "motorroad=yes" if tags.get("motorroad") == "yes" else None


def read_streets(path: str | Path) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read the walkable streets of an OpenStreetMap file, cut at shared nodes and way ends.

    Streets that cross without a shared node (bridges, tunnels) are not joined.

    Parameters
    ----------
    path
        ``.osm`` (XML) or ``.osm.pbf``.

    Returns
    -------
    streets : GeoDataFrame of LineString in EPSG:4326, shape (n_edges, 6)
        ``osm_way``, ``highway``, ``name``, and ``u``, ``v``: the OpenStreetMap nodes at the two ends.
    dropped : DataFrame, shape (n_reasons, 4)
        ``reason`` (see `why_not_walked`), ``ways``, ``length_m`` (on the ellipsoid), ``code``: ``osm.tag`` for ways
        dropped by tag, ``osm.missing_nodes`` where a clipped extract lacks nodes (the rest of the way is kept),
        ``osm.degenerate_way`` for ways without two different nodes, ``coord.out_of_range`` for nodes nowhere on earth.

    Raises
    ------
    InputError
        ``file.missing``, ``file.wrong_type``, ``file.empty``, ``file.corrupt``, ``xml.entity_refused``,
        ``overpass.runtime_error`` for a saved answer that is only a part, or ``layer.empty`` where the file holds no
        element.
    MissingExtra
        If osmium is not installed.
    """
    ways, places = _read_ways(Path(path))
    return ways.streets(places), ways.dropped(places)


def _read_ways(path: Path) -> tuple[_Ways, _Places]:
    file, ways = opened(path), _Ways()
    osmium = osmium_module()
    with readable(file):
        seen = 0
        for way in osmium.FileProcessor(source_of(file), osmium.osm.WAY).with_filter(
            osmium.filter.KeyFilter("highway")
        ):
            seen += 1
            ways.add(way)
        if seen == 0:
            refuse_no_element(file)
        return ways, _node_places(file, ways.all_nodes())


def dropped_notes(dropped: pd.DataFrame, where: str) -> list[Problem]:
    """Say what `read_streets` dropped as one warning per reason."""
    remedies = {
        "osm.tag": "nothing to do if nobody walks there",
        "osm.missing_nodes": "take an extract that is cut with whole ways",
        "osm.degenerate_way": "nothing to do",
        "coord.out_of_range": "correct the latitude or longitude of the nodes",
    }
    notes = []
    for reason, ways, length_m, code in dropped[list(_DROPPED_COLUMNS)].itertuples(index=False):
        value = f"{ways} ways, {length_m / 1000:.1f} km"
        notes.append(Problem(str(code), where, value, str(reason), remedies[str(code)], "warning"))
    return notes


class _Ways:
    """Ways with a ``highway`` tag, as they are read: nodes of those kept, nodes of those dropped by reason."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, str, str | None]] = []
        self.nodes: list[Any] = []
        self.by_reason: dict[str, list[Any]] = defaultdict(list)
        self.dropped_ways: list[tuple[int, str, str]] = []

    def add(self, way: Any) -> None:
        tags = dict(way.tags)
        nodes = np.array([node.ref for node in way.nodes], dtype=np.int64)
        reason = why_not_walked(tags)
        if reason is not None:
            self.by_reason[reason].append(nodes)
            self.dropped_ways.append((way.id, tags["highway"], reason))
            return
        self.rows.append((way.id, tags["highway"], tags.get("name:zh") or tags.get("name")))
        self.nodes.append(nodes)

    def all_nodes(self) -> Any:
        every = self.nodes + [nodes for ways in self.by_reason.values() for nodes in ways]
        return np.unique(np.concatenate(every)) if every else np.empty(0, dtype=np.int64)

    def count(self) -> int:
        """Return how many ways with a ``highway`` tag the file has."""
        return len(self.rows) + len(self.dropped_ways)

    def set_aside(self, places: _Places, used: Any, file: str) -> list[Rejected]:
        """Return the ways that gave no street, and the nodes nowhere on earth, each with its reason."""
        aside = [
            Rejected(file, f"way/{way}", "highway", highway, "osm.tag", reason)
            for way, highway, reason in self.dropped_ways
        ]
        for (way, highway, _), nodes in zip(self.rows, self.nodes, strict=True):
            if way in used:
                continue
            if len(np.unique(nodes)) < 2:
                told = ("osm.degenerate_way", "a way needs two different nodes")
            else:
                told = ("osm.missing_nodes", "no two nodes in a row are in the file")
            aside.append(Rejected(file, f"way/{way}", "highway", highway, *told))
        why = "no place on earth has these coordinates"
        for node, place in places.odd.items():
            aside.append(Rejected(file, f"node/{node}", "lat, lon", place, "coord.out_of_range", why))
        return aside

    def streets(self, places: _Places) -> gpd.GeoDataFrame:
        """Cut the kept ways at nodes that occur more than once, at their ends, and at nodes that are missing."""
        every = np.concatenate(self.nodes) if self.nodes else np.empty(0, dtype=np.int64)
        known, counts = np.unique(every, return_counts=True)
        rows: list[int] = []
        runs = []
        for row, nodes in enumerate(self.nodes):
            shared = counts[np.searchsorted(known, nodes)] > 1
            for piece in _pieces(nodes, shared, places.has(nodes)):
                rows.append(row)
                runs.append(piece)
        table = pd.DataFrame([self.rows[row] for row in rows], columns=["osm_way", "highway", "name"])
        table["u"] = np.array([run[0] for run in runs], dtype=np.int64)
        table["v"] = np.array([run[-1] for run in runs], dtype=np.int64)
        xy = places.of(np.concatenate(runs)) if runs else np.empty((0, 2))
        lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(runs)), [len(run) for run in runs]))
        return gpd.GeoDataFrame(table, geometry=lines if runs else [], crs=WGS84)

    def dropped(self, places: _Places) -> pd.DataFrame:
        rows: list[tuple[str, int, float, str]] = [
            (reason, len(ways), places.length_m(ways), "osm.tag") for reason, ways in sorted(self.by_reason.items())
        ]
        clipped = [nodes for nodes in self.nodes if not places.has(nodes).all()]
        if clipped:
            rows.append(("nodes that are not in the file were left out", len(clipped), 0.0, "osm.missing_nodes"))
        if places.odd:
            rows.append((f"{len(places.odd)} nodes are nowhere on earth", 0, 0.0, "coord.out_of_range"))
        short = [nodes for nodes in self.nodes if len(np.unique(nodes)) < 2]
        if short:
            rows.append(("a way needs two different nodes", len(short), 0.0, "osm.degenerate_way"))
        return pd.DataFrame(rows, columns=list(_DROPPED_COLUMNS))


def _pieces(nodes: Any, shared: Any, there: Any) -> Iterator[Any]:
    """Yield the runs of nodes between cuts: each run has two nodes or more, and none that is missing."""
    keep = np.ones(len(nodes), dtype=bool)
    keep[1:] = nodes[1:] != nodes[:-1]
    nodes, shared, there = nodes[keep], shared[keep], there[keep]
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


class _Places:
    """Longitude and latitude of the nodes found, by id, and those that are nowhere on earth."""

    def __init__(self, ids: Any, xy: Any, odd: dict[int, str]) -> None:
        order = np.argsort(ids)
        self.ids, self.xy, self.odd = ids[order], xy[order], odd

    def has(self, nodes: Any) -> Any:
        if len(self.ids) == 0:
            return np.zeros(len(nodes), dtype=bool)
        return self.ids[np.minimum(np.searchsorted(self.ids, nodes), len(self.ids) - 1)] == nodes

    def of(self, nodes: Any) -> Any:
        return self.xy[np.searchsorted(self.ids, nodes)]

    def length_m(self, ways: Sequence[Any]) -> float:
        """Return the length of ways on the ellipsoid, without the stretches whose nodes are missing."""
        first = np.concatenate([nodes[:-1] for nodes in ways])
        last = np.concatenate([nodes[1:] for nodes in ways])
        known = self.has(first) & self.has(last)
        a, b = self.of(first[known]), self.of(last[known])
        return float(pyproj.Geod(ellps="WGS84").inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2].sum()) if len(a) else 0.0


def _node_places(path: Path, wanted: Any) -> _Places:
    """Read the places of nodes; read apart from the ways, so that the order of the file does not matter."""
    osmium = osmium_module()
    ids: list[int] = []
    xy: list[tuple[float, float]] = []
    odd: dict[int, str] = {}
    nodes = osmium.FileProcessor(source_of(path), osmium.osm.NODE)
    if path.name.lower().endswith(".pbf"):
        nodes = nodes.with_filter(osmium.filter.IdFilter(wanted.tolist()))
    asked = set(wanted.tolist())
    for node in nodes:
        if not node.location.valid():
            odd[node.id] = f"{node.location.lat_without_check():g}, {node.location.lon_without_check():g}"
        elif node.id in asked:
            ids.append(node.id)
            xy.append((node.location.lon, node.location.lat))
    return _Places(np.array(ids, dtype=np.int64), np.array(xy, dtype=float).reshape(-1, 2), odd)


def read_osm(path: Path, options: Options) -> RawLayer:
    """Read streets (role ``streets``) or facilities, of the kinds ``options`` names or of all.

    Of streets the rows are the ways with a ``highway`` tag, whether one edge or many: ``rows_read`` counts ways, and
    those that give no street are set aside. The table has the edges, numbered from 1, with their ``osm_way``.

    Raises
    ------
    InputError, MissingExtra
        As `read_streets`; ``network.empty`` where no way can be walked.
    """
    if options.role == "streets":
        return _street_layer(path)
    if options.role == "driving":
        return driving_layer(path)
    table, rejected = facility_rows(opened(path), osm_rules(options.kinds or None))
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return RawLayer(table, path.name, file_sha256(path), tuple(rejected), (), WGS84, {"datum_known": True})


def _street_layer(path: Path) -> RawLayer:
    ways, places = _read_ways(path)
    table, dropped = ways.streets(places), ways.dropped(places)
    notes = dropped_notes(dropped, path.name)
    if len(table) == 0:
        why, remedy = "no way can be walked", "check the extract"
        raise InputError([Problem("network.empty", path.name, "walkable ways=0", why, remedy), *notes])
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    rejected = ways.set_aside(places, set(table["osm_way"]), path.name)
    extra: dict[str, object] = {"dropped": dropped, "datum_known": True, "rows_read": ways.count() + len(places.odd)}
    return RawLayer(table, path.name, file_sha256(path), tuple(rejected), tuple(notes), WGS84, extra)


FORMAT = Format(
    "osm", "OpenStreetMap 文件", "OpenStreetMap file", SUFFIXES, read_osm, packed=(), role="streets", every_kind=True
)
