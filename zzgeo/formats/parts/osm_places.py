"""Facilities of an OpenStreetMap file by their tags: points, areas with their gates, the middle of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from zzgeo.formats.parts.base import Rejected
from zzgeo.formats.parts.osm_file import (
    WGS84,
    opened,
    osmium_module,
    readable,
    refuse_no_element,
    source_of,
)

#: Barriers people walk through, and values of ``entrance`` that let nobody in.
_GATES = frozenset(("gate", "entrance", "swing_gate", "wicket_gate", "kissing_gate", "turnstile"))
_NO_ENTRANCE = frozenset(("no", "emergency", "exit"))

TagRules = Mapping[str, Sequence[Mapping[str, str]]]


def read_facilities(path: str | Path, tag_rules: TagRules) -> gpd.GeoDataFrame:
    """Read facilities from an OpenStreetMap file by their tags.

    Parameters
    ----------
    path
        ``.osm`` (XML) or ``.osm.pbf``.
    tag_rules
        Tag conditions per facility kind, any of which is enough; all tags of a condition must be there, ``"*"`` is any
        value: ``{"hospital": [{"amenity": "hospital"}]}``. `zzgeo.spec.kinds.osm_rules` gives those of all kinds.

    Returns
    -------
    GeoDataFrame in EPSG:4326, shape (n_facilities, 5)
        ``osm_id`` (``"node/123"``, ``"way/…"``, ``"relation/…"``), ``kind``, ``name`` (``name:zh``, else ``name``),
        ``entrances`` (MultiPoint of the entrances and gates on the outline of an area, else None), and a Point for
        nodes, a Polygon or MultiPolygon for areas, and the midpoint of a line that is no area. One row for each kind a
        feature matches. A feature whose geometry the file does not hold in full (a clipped extract) has no
        row; `read_osm` lists those among the rejected.

    Raises
    ------
    InputError, MissingExtra
        As `read_streets`.
    """
    return facility_rows(opened(Path(path)), tag_rules)[0]


def facility_rows(path: Path, tag_rules: TagRules) -> tuple[gpd.GeoDataFrame, list[Rejected]]:
    """Return facilities, and features that match but have no usable place."""
    osmium = osmium_module()
    keys = sorted({key for rules in tag_rules.values() for rule in rules for key in rule})
    placed: dict[str, tuple[Any, dict[str, str], Any]] = {}
    lost: dict[str, dict[str, str]] = {}
    seen = 0
    with readable(path):
        gates = _gates(path)
        wanted = osmium.filter.KeyFilter(*keys) if keys else osmium.filter.EmptyTagFilter()
        reader = osmium.FileProcessor(source_of(path)).with_areas(wanted).with_filter(wanted)
        for feature in reader:
            seen += 1
            tags = dict(feature.tags)
            if not _kinds(tags, tag_rules):
                continue
            label = _label(feature)
            shape = _shape(osmium, feature)
            if shape is not None:
                placed[label] = (shape, tags, _entrances(feature, gates))
            else:
                lost[label] = tags
    if seen == 0:
        refuse_no_element(path)
    rows = [
        (label, kind, tags.get("name:zh") or tags.get("name"), shape, entrances)
        for label, (shape, tags, entrances) in placed.items()
        for kind in _kinds(tags, tag_rules)
    ]
    table = pd.DataFrame([row[:3] for row in rows], columns=["osm_id", "kind", "name"])
    why = "its nodes or members are not in the file, or do not close"
    rejected = [
        Rejected(path.name, label, "geometry", tags.get("name", ""), "geom.invalid", why)
        for label, tags in lost.items()
        if label not in placed
    ]
    table["entrances"] = gpd.GeoSeries([row[4] for row in rows], crs=WGS84)
    return gpd.GeoDataFrame(table, geometry=[row[3] for row in rows], crs=WGS84), rejected


def _gates(path: Path) -> dict[int, tuple[float, float]]:
    """Return the places of nodes people may enter by: entrances, and gates in fences and walls."""
    osmium = osmium_module()
    nodes = osmium.FileProcessor(source_of(path), osmium.osm.NODE)
    gates = {}
    for node in nodes.with_filter(osmium.filter.KeyFilter("entrance", "barrier")):
        tags = dict(node.tags)
        gate = tags.get("barrier") in _GATES or tags.get("entrance", "no") not in _NO_ENTRANCE
        closed = {tags.get("access"), tags.get("foot")} & {"no", "private"}
        if gate and not closed and node.location.valid():
            gates[node.id] = (node.location.lon, node.location.lat)
    return gates


def _entrances(feature: Any, gates: Mapping[int, tuple[float, float]]) -> Any:
    """Return the gates on the outline of an area as points, None where the map knows none."""
    if not gates or not feature.is_area():
        return None
    nodes = dict.fromkeys(node.ref for ring in feature.outer_rings() for node in ring)
    places = [gates[node] for node in nodes if node in gates]
    return shapely.MultiPoint(places) if places else None


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
