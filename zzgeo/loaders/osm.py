"""OpenStreetMap files (``.osm``, ``.osm.pbf``): walkable streets, and facilities by their tags. Needs osmium."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.errors import InputError, MissingExtra, Problem
from zzgeo.kinds import osm_rules
from zzgeo.loaders.base import Loader, Options, RawLayer, Rejected, file_sha256, refuse

TagRules = Mapping[str, Sequence[Mapping[str, str]]]

_WGS84 = pyproj.CRS.from_epsg(4326)
_SUFFIXES = (".osm", ".osm.pbf", ".pbf")
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
    file, ways = _opened(Path(path)), _Ways()
    osmium = osmium_module()
    with _readable(file):
        seen = 0
        for way in osmium.FileProcessor(_source(file), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway")):
            seen += 1
            ways.add(way)
        if seen == 0:
            _refuse_no_element(file)
        places = _node_places(file, ways.all_nodes())
    return ways.streets(places), ways.dropped(places)


def read_facilities(path: str | Path, tag_rules: TagRules) -> gpd.GeoDataFrame:
    """Read facilities from an OpenStreetMap file by their tags.

    Parameters
    ----------
    path
        ``.osm`` (XML) or ``.osm.pbf``.
    tag_rules
        Tag conditions per facility kind, any of which is enough; all tags of a condition must be there, ``"*"`` is any
        value: ``{"hospital": [{"amenity": "hospital"}]}``. `zzgeo.kinds.osm_rules` gives those of all kinds.

    Returns
    -------
    GeoDataFrame in EPSG:4326, shape (n_facilities, 4)
        ``osm_id`` (``"node/123"``, ``"way/…"``, ``"relation/…"``), ``kind``, ``name`` (``name:zh``, else ``name``), and
        a Point for nodes, a Polygon or MultiPolygon for areas, and the midpoint of a line that is no area. One row for
        each kind a feature matches. A feature whose geometry the file does not hold in full (a clipped extract) has no
        row; `read_osm` lists those among the rejected.

    Raises
    ------
    InputError, MissingExtra
        As `read_streets`.
    """
    return _facilities(_opened(Path(path)), tag_rules)[0]


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

    def add(self, way: Any) -> None:
        tags = dict(way.tags)
        nodes = np.array([node.ref for node in way.nodes], dtype=np.int64)
        reason = why_not_walked(tags)
        if reason is not None:
            self.by_reason[reason].append(nodes)
            return
        self.rows.append((way.id, tags["highway"], tags.get("name:zh") or tags.get("name")))
        self.nodes.append(nodes)

    def all_nodes(self) -> Any:
        every = self.nodes + [nodes for ways in self.by_reason.values() for nodes in ways]
        return np.unique(np.concatenate(every)) if every else np.empty(0, dtype=np.int64)

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
        return gpd.GeoDataFrame(table, geometry=lines if runs else [], crs=_WGS84)

    def dropped(self, places: _Places) -> pd.DataFrame:
        rows: list[tuple[str, int, float, str]] = [
            (reason, len(ways), places.length_m(ways), "osm.tag") for reason, ways in sorted(self.by_reason.items())
        ]
        clipped = [nodes for nodes in self.nodes if not places.has(nodes).all()]
        if clipped:
            rows.append(("nodes that are not in the file were left out", len(clipped), 0.0, "osm.missing_nodes"))
        if places.odd:
            rows.append((f"{places.odd} nodes are nowhere on earth", 0, 0.0, "coord.out_of_range"))
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
    for at in range(1, len(nodes)):
        if not there[at]:
            if at - begin > 1 and there[begin]:
                yield nodes[begin:at]
            begin = at + 1
        elif not there[at - 1]:
            begin = at
        elif shared[at] or at == len(nodes) - 1:
            yield nodes[begin : at + 1]
            begin = at


class _Places:
    """Longitude and latitude of the nodes found, by id, and how many were nowhere on earth."""

    def __init__(self, ids: Any, xy: Any, odd: int) -> None:
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
    odd = 0
    nodes = osmium.FileProcessor(_source(path), osmium.osm.NODE)
    if path.name.lower().endswith(".pbf"):
        nodes = nodes.with_filter(osmium.filter.IdFilter(wanted.tolist()))
    asked = set(wanted.tolist())
    for node in nodes:
        if not node.location.valid():
            odd += 1
        elif node.id in asked:
            ids.append(node.id)
            xy.append((node.location.lon, node.location.lat))
    return _Places(np.array(ids, dtype=np.int64), np.array(xy, dtype=float).reshape(-1, 2), odd)


def _facilities(path: Path, tag_rules: TagRules) -> tuple[gpd.GeoDataFrame, list[Rejected]]:
    """Return facilities, and features that match but have no usable place."""
    osmium = osmium_module()
    keys = sorted({key for rules in tag_rules.values() for rule in rules for key in rule})
    found: dict[str, tuple[Any, dict[str, str]]] = {}
    lost: dict[str, dict[str, str]] = {}
    seen = 0
    with _readable(path):
        wanted = osmium.filter.KeyFilter(*keys) if keys else osmium.filter.EmptyTagFilter()
        reader = osmium.FileProcessor(_source(path)).with_areas(wanted).with_filter(wanted)
        for feature in reader:
            seen += 1
            tags = dict(feature.tags)
            if not _kinds(tags, tag_rules):
                continue
            label = _label(feature)
            shape = _shape(osmium, feature)
            if shape is not None:
                found[label] = (shape, tags)
            else:
                lost[label] = tags
    if seen == 0:
        _refuse_no_element(path)
    rows = [
        (label, kind, tags.get("name:zh") or tags.get("name"), shape)
        for label, (shape, tags) in found.items()
        for kind in _kinds(tags, tag_rules)
    ]
    table = pd.DataFrame([row[:3] for row in rows], columns=["osm_id", "kind", "name"])
    why = "its nodes or members are not in the file, or do not close"
    rejected = [
        Rejected(path.name, label, "geometry", tags.get("name", ""), "geom.invalid", why)
        for label, tags in lost.items()
        if label not in found
    ]
    return gpd.GeoDataFrame(table, geometry=[row[3] for row in rows], crs=_WGS84), rejected


def _kinds(tags: Mapping[str, str], tag_rules: TagRules) -> list[str]:
    def holds(rule: Mapping[str, str]) -> bool:
        return bool(rule) and all(key in tags and wanted in ("*", tags[key]) for key, wanted in rule.items())

    return [kind for kind, rules in tag_rules.items() if any(holds(rule) for rule in rules)]


def _label(feature: Any) -> str:
    if feature.is_area():
        return f"{'way' if feature.from_way() else 'relation'}/{feature.orig_id()}"
    kind = "node" if feature.is_node() else "way" if feature.is_way() else "relation"
    return f"{kind}/{feature.id}"


def _shape(osmium: Any, feature: Any) -> Any:
    """Return the geometry of a feature, or None where it has none of its own."""
    if feature.is_node():
        place = feature.location
        return shapely.Point(place.lon, place.lat) if place.valid() else None
    if feature.is_area():
        try:
            area = shapely.from_wkb(osmium.geom.WKBFactory().create_multipolygon(feature))
        except RuntimeError:
            return None
        return area.geoms[0] if len(area.geoms) == 1 else area
    if feature.is_way():
        places = [(node.lon, node.lat) for node in feature.nodes if node.location.valid()]
        closed = len(feature.nodes) > 3 and feature.nodes[0].ref == feature.nodes[-1].ref
        if closed and dict(feature.tags).get("area") != "no":
            return None  # comes again as an area
        return shapely.LineString(places).interpolate(0.5, normalized=True) if len(places) > 1 else None
    return None  # a relation that is an area comes again as one


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what osmium raises on a broken file into `InputError`."""
    try:
        yield
    except (RuntimeError, UnicodeDecodeError) as error:
        why, remedy = "the file is cut off or damaged", "download it again"
        raise refuse("file.corrupt", path.name, str(error)[:160], why, remedy) from None


def _opened(path: Path) -> Path:
    """Refuse what is not a plain OpenStreetMap file before osmium sees it: osmium would open addresses, too."""
    name = path.name
    if not path.is_file():
        raise refuse("file.missing", name, "", "no such file", "check the path")
    if not name.lower().endswith(_SUFFIXES):
        raise refuse("file.wrong_type", name, path.suffix, "this is not an OpenStreetMap file", "send .osm or .osm.pbf")
    if path.stat().st_size == 0:
        raise refuse("file.empty", name, "0 bytes", "there is nothing in the file", "send the file again")
    with path.open("rb") as stream:
        head = stream.read(512)
    if name.lower().endswith(".pbf"):
        if head.lstrip().startswith(b"<"):
            raise refuse("file.wrong_type", name, "XML or HTML", "the content is of another type", "download it again")
    else:
        _check_xml(path, head)
    return path


def _check_xml(path: Path, head: bytes) -> None:
    """Refuse entities, encodings that could hide them, and answers of Overpass that are only a part."""
    if b"\x00" in head or head.startswith((b"\xfe\xff", b"\xff\xfe")):
        raise refuse("file.malformed", path.name, "", "OpenStreetMap XML is UTF-8", "download it again")
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise refuse("file.wrong_type", path.name, path.suffix, "this is not XML", "send .osm or .osm.pbf")
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            if b"<!DOCTYPE" in tail + block or b"<!ENTITY" in tail + block:
                why = "a document type can name other files and grow without end"
                raise refuse("xml.entity_refused", path.name, "<!DOCTYPE", why, "remove it: OpenStreetMap has none")
            if b"<remark" in tail + block:
                why = "Overpass gave up on the way: the file is only a part of what was asked for"
                raise refuse(
                    "overpass.runtime_error", path.name, "<remark>", why, "download it again, in smaller parts"
                )
            tail = block[-16:]


def _refuse_no_element(path: Path) -> None:
    """Raise if the file holds no node, way or relation at all."""
    osmium = osmium_module()
    if next(iter(osmium.FileProcessor(_source(path))), None) is None:
        raise refuse("layer.empty", path.name, "elements=0", "there is nothing in the file", "download it again")


def _source(path: Path) -> Any:
    """Return the file with its format said, so that osmium does not guess one from the name."""
    return osmium_module().io.File(str(path.resolve()), "pbf" if path.name.lower().endswith(".pbf") else "osm")


def osmium_module() -> Any:
    """Return osmium, which takes a moment to import.

    Raises
    ------
    MissingExtra
        If it is not installed.
    """
    try:
        import osmium
    except ImportError:
        raise MissingExtra('OpenStreetMap files need osmium: pip install "zzgeo[osm]"') from None
    return osmium


def read_osm(path: Path, options: Options) -> RawLayer:
    """Read streets (role ``streets``) or facilities, of the kinds ``options`` names or of all; rows count from 1.

    Raises
    ------
    InputError, MissingExtra
        As `read_streets`.
    """
    notes: list[Problem] = []
    rejected: list[Rejected] = []
    extra: dict[str, object] = {}
    if options.role == "streets":
        table, dropped = read_streets(path)
        notes = dropped_notes(dropped, path.name)
        extra["dropped"] = dropped
        if len(table) == 0:
            why, remedy = "no way can be walked", "check the extract"
            empty = Problem("network.empty", path.name, "walkable ways=0", why, remedy)
            raise InputError([empty, *notes])
    else:
        table, rejected = _facilities(_opened(path), osm_rules(options.kinds or None))
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return RawLayer(
        table, path.name, file_sha256(path), tuple(rejected), tuple(notes), _WGS84, extra | {"datum_known": True}
    )


LOADER = Loader("osm", _SUFFIXES, read_osm)
