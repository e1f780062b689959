"""Facilities of an OpenStreetMap file by their tags: points, areas with their entrances, the middle of lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import Rejected
from zzgeo.formats.parts.nested import outermost
from zzgeo.formats.parts.osm_file import (
    WGS84,
    area_of,
    deleted_in,
    label_of,
    name_of,
    opened,
    osmium_module,
    readable,
    refuse_no_element,
    source_of,
)
from zzgeo.formats.parts.osm_gates import Paths, Place, entrances, read_gates
from zzgeo.formats.parts.osm_order import in_order
from zzgeo.spec.kinds import KINDS, tag_holds
from zzgeo.spec.lifecycle import WAS, days, not_there, out_of_use
from zzgeo.spec.walking_profile import DEFAULT, WalkingProfile, walking_profile
from zzgeo.spec.ways import road_classes

TagRules = Mapping[str, Sequence[Mapping[str, str]]]

#: Values of ``foot``, else of ``access``, one of which shuts the public out. Customers and members are the public:
#: patients of a hospital, and whoever takes out a membership.
_SHUT_OUT = frozenset(("no", "private", "permit", "residents", "employees", "military"))

#: What a table of facilities leaves out by a rule: why, and what to do.
_TOLD = {
    "osm.not_open": (
        "out of use, or closed to the public: no facilities",
        'listed in quarantined.csv; to count them: include = ["disused", "private"]',
    ),
    "osm.nested": (
        "each lies in an area of its own kind: the parts of one facility, which counts once",
        "listed in quarantined.csv",
    ),
}


class FacilityRows(NamedTuple):
    """Facilities, the features that match but are none, and what is told of these."""

    table: gpd.GeoDataFrame
    rejected: list[Rejected]
    notes: list[Problem]


class _Feature(NamedTuple):
    """What matches: its shape, its tags, the gates on its outline."""

    shape: Any
    tags: Mapping[str, str]
    gates: list[Place]


class _Row(NamedTuple):
    """A feature as one kind of facility; ``why_not`` is the tag that says that it is none, empty where it is one."""

    label: str
    kind: str
    name: str | None
    why_not: str
    opened: str = ""
    closed: str = ""


def read_facilities(path: str | Path, tag_rules: TagRules, include: Collection[str] = ()) -> gpd.GeoDataFrame:
    """Read facilities from an OpenStreetMap file by their tags.

    Parameters
    ----------
    path
        ``.osm`` (XML) or ``.osm.pbf``.
    tag_rules
        Tag conditions per facility kind, any of which is enough; all tags of a condition must be there, ``"*"`` is any
        value: ``{"hospital": [{"amenity": "hospital"}]}``. `zzgeo.spec.kinds.osm_rules` gives those of all kinds.
    include
        ``"disused"``: what is out of use counts, too (``disused = yes``, ``abandoned = yes``, ``disused:amenity = …``,
        ``opening_hours = off``).
        ``"private"``: so does what is closed to the public (``access`` or ``foot`` = no, private, permit, residents,
        employees, military); ``foot`` overrides ``access``, customers and members are the public.

    Returns
    -------
    GeoDataFrame in EPSG:4326, shape (n_facilities, 5 or more)
        ``osm_id`` (``"node/123"``, ``"way/…"``, ``"relation/…"``), ``kind``, ``name`` (``name:zh``, else ``name``),
        ``entrances`` (MultiPoint of the gates on the outline of an area, and of the places where a way people walk on
        crosses the outline or ends on it; None for areas without a gate, which are entered from any side), and a Point
        for nodes, a Polygon or MultiPolygon for areas, and the midpoint of a line that is no area; where the file says
        any, ``opened`` and ``closed`` (days as ISO, of ``start_date`` and ``end_date``). One row for each
        kind a feature matches. A feature that lies in an area of the same kind is a part of it and has no row; an area
        without a name has that of its largest part with one. A feature whose geometry the file does not hold in full
        (a clipped extract) has no row; `read_osm` lists all of these among the rejected.

    Raises
    ------
    InputError, MissingExtra
        As `read_streets`.
    """
    return facility_rows(opened(Path(path)), tag_rules, include).table


def facility_rows(
    path: Path, tag_rules: TagRules, include: Collection[str] = (), profile: WalkingProfile | None = None
) -> FacilityRows:
    """Return facilities, and features that match but have no usable place, are not open, or are parts of others."""
    rule = profile or walking_profile(DEFAULT)
    placed, lost, entered = in_order(path, lambda file: _features(file, tag_rules, rule))
    rejected = _incomplete(path.name, {label: tags for label, tags in lost.items() if label not in placed}, tag_rules)
    rows = [row for label, one in placed.items() for row in _rows(label, one.tags, tag_rules, include)]
    rejected += [_not_open(path.name, row) for row in rows if row.why_not]
    rows = [row for row in rows if not row.why_not]
    shapes = np.array([None, *(placed[row.label].shape for row in rows)], dtype=object)[1:]
    outer = _outer(rows, shapes)
    part = outer != np.arange(len(rows))
    rejected += [_part_of(path.name, rows[at], rows[outer[at]]) for at in np.flatnonzero(part)]
    table = pd.DataFrame([row[:3] for row in rows], columns=["osm_id", "kind", "name"], dtype=object)
    table["name"] = _names(table["name"], outer, shapes)
    for day in ("opened", "closed"):
        said = [getattr(row, day) or None for row in rows]
        if any(said):
            table[day] = pd.Series(said, dtype=object)
    table["entrances"] = gpd.GeoSeries([entered.get(row.label) for row in rows], crs=WGS84)
    facilities = gpd.GeoDataFrame(table, geometry=shapes, crs=WGS84)[~part].reset_index(drop=True)
    return FacilityRows(facilities, rejected, _notes(path.name, rejected))


def _features(
    path: Path, tag_rules: TagRules, profile: WalkingProfile
) -> tuple[dict[str, _Feature], dict[str, Mapping[str, str]], dict[str, Any]]:
    """Return what matches, the tags of what has no shape of its own, and the entrances of areas with gates, by id."""
    osmium = osmium_module()
    # what is found in a name only narrows what another tag says
    conditions = [rule.items() for rules in tag_rules.values() for rule in rules]
    keys = sorted({key for rule in conditions for key, wanted in rule if not wanted.startswith("~")})
    keys += [was + key for was in WAS for key in keys]
    placed: dict[str, _Feature] = {}
    lost: dict[str, Mapping[str, str]] = {}
    seen = 0
    with readable(path):
        deleted = deleted_in(path)
        gone = deleted.labels
        gates, paths = read_gates(path, profile, deleted.nodes), Paths(profile)
        areas = osmium.filter.KeyFilter(*keys) if keys else osmium.filter.EmptyTagFilter()
        wanted = osmium.filter.KeyFilter(*keys, "highway") if keys and gates.open else areas
        for feature in osmium.FileProcessor(source_of(path)).with_areas(areas).with_filter(wanted):
            seen += 1
            if gone and label_of(feature) in gone:
                continue
            tags = dict(feature.tags)
            if gates.open and "highway" in tags and feature.is_way():
                paths.add(feature, tags)
            if tags.keys().isdisjoint(keys):
                continue
            if not _kinds(tags, tag_rules) and not _former_kinds(tags, tag_rules):
                continue
            shape = _shape(feature)
            if shape is None:
                lost[label_of(feature)] = tags
            else:
                placed[label_of(feature)] = _Feature(shape, tags, gates.on(feature) if feature.is_area() else [])
    if seen == 0:
        refuse_no_element(path)
    gated = {label: one for label, one in placed.items() if one.gates}
    shapes, own = [one.shape for one in gated.values()], [one.gates for one in gated.values()]
    entered = dict(zip(gated, entrances(shapes, own, paths.lines(), gates.shut), strict=True))
    return placed, lost, entered


def _rows(label: str, tags: Mapping[str, str], tag_rules: TagRules, include: Collection[str]) -> Iterator[_Row]:
    """Yield a feature as each of its kinds, with the tag that says that it is no facility."""
    now, former = _kinds(tags, tag_rules), _former_kinds(tags, tag_rules)
    name = name_of(tags)
    for kind in [kind for kind in tag_rules if kind in now or kind in former]:
        gone = [not_there(tags)]
        if "disused" not in include:
            gone += [out_of_use(tags), *(key for key in tags if kind in former and key.startswith(WAS))]
        private = "private" in include or (kind in KINDS and KINDS[kind].private)
        shut = [] if private else [key for key in ("foot", "access") if key in tags][:1]
        gone += [key for key in shut if not _SHUT_OUT.isdisjoint(road_classes(tags[key].casefold()))]
        gone = [key for key in gone if key]
        yield _Row(label, kind, name, f"{gone[0]}={tags[gone[0]]}" if gone else "", *days(tags))


def _kinds(tags: Mapping[str, str], tag_rules: TagRules, of: Collection[str] | None = None) -> list[str]:
    """Return the kinds whose tags are there; with `of` only by a condition on one of these keys."""

    def holds(rule: Mapping[str, str]) -> bool:
        asked = bool(rule) if of is None else not rule.keys().isdisjoint(of)
        return asked and all(tag_holds(tags, key, wanted) for key, wanted in rule.items())

    return [kind for kind, rules in tag_rules.items() if any(holds(rule) for rule in rules)]


def _former_kinds(tags: Mapping[str, str], tag_rules: TagRules) -> list[str]:
    """Return the kinds a feature was of before it fell out of use: ``disused:amenity = hospital``."""
    was = {key.partition(":")[2]: value for key, value in tags.items() if key.startswith(WAS)}
    return _kinds({**tags, **was}, tag_rules, was) if was else []


def _outer(rows: Sequence[_Row], shapes: Any) -> Any:
    """Return the position of the facility each row is, or is a part of."""
    outer = np.arange(len(rows))
    for kind in dict.fromkeys(row.kind for row in rows):
        mine = np.array([at for at, row in enumerate(rows) if row.kind == kind])
        # drawn twice, as a way and as a relation, the relation knows its holes
        later = [not rows[at].label.startswith("relation/") for at in mine]
        outer[mine] = mine[outermost(shapes[mine], later)]
    return outer


def _names(names: pd.Series, outer: Any, shapes: Any) -> pd.Series:
    """Return names, an area without one called as its largest part that has one."""
    by_size = names[np.argsort(-shapely.area(shapes), kind="stable")].dropna()
    lent = by_size.groupby(outer[by_size.index]).first()
    whole = names.where(names.notna(), names.index.to_series().map(lent)).astype(object)
    return whole.where(whole.notna(), None)


def _incomplete(file: str, lost: Mapping[str, Mapping[str, str]], tag_rules: TagRules) -> list[Rejected]:
    why = "its nodes or members are not in the file, or do not close"
    return [
        Rejected(
            file,
            label,
            "geometry",
            tags.get("name", ""),
            "geom.invalid",
            why,
            tuple(_kinds(tags, tag_rules) or _former_kinds(tags, tag_rules)),
        )
        for label, tags in lost.items()
    ]


def _not_open(file: str, row: _Row) -> Rejected:
    key, _, value = row.why_not.partition("=")
    return Rejected(file, row.label, key, value, "osm.not_open", f"{row.kind}: {_TOLD['osm.not_open'][0]}")


def _part_of(file: str, part: _Row, whole: _Row) -> Rejected:
    why = f"{part.kind}: it lies in {whole.label}{f' {whole.name}' if whole.name else ''}, of which it is a part"
    return Rejected(file, part.label, "name", part.name or "", "osm.nested", why)


def _notes(file: str, rejected: Sequence[Rejected]) -> list[Problem]:
    """Tell by count what is left out by a rule."""
    count = Counter(row.code for row in rejected)
    first = {row.code: f"{row.row} {row.field}={row.value}" for row in reversed(rejected)}
    return [
        Problem(code, file, f"{count[code]} features, first {first[code]}", why, remedy, "warning")
        for code, (why, remedy) in _TOLD.items()
        if count[code]
    ]


def _shape(feature: Any) -> Any:
    """Return the geometry of a feature, or None where it has none of its own."""
    if feature.is_node():
        place = feature.location
        return shapely.Point(place.lon, place.lat) if place.valid() else None
    if feature.is_area():
        return area_of(feature)
    if feature.is_way():
        places = [(node.lon, node.lat) for node in feature.nodes if node.location.valid()]
        closed = len(feature.nodes) > 3 and feature.nodes[0].ref == feature.nodes[-1].ref
        if closed and dict(feature.tags).get("area") != "no":
            return None  # comes again as an area
        return shapely.LineString(places).interpolate(0.5, normalized=True) if len(places) > 1 else None
    return None  # a relation that is an area comes again as one
