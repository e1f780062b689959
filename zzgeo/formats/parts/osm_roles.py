"""An OpenStreetMap file as barriers, residential land, boundaries: what a role takes is data, by tags.

Barriers stop people on foot: rivers, canals, lakes, the coast, cliffs, railways at grade, walls and fences. Bridges,
tunnels and culverts are none; level crossings, fords and gates are gaps. Ponds and basins are none. Nor are motorways:
no street joins one, so nobody walks across but where a street passes over or under, and many an elevated road lacks the
tag that says so.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import Options, RawLayer, Rejected, file_sha256, refuse
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
from zzgeo.formats.parts.osm_gates import lets_in
from zzgeo.formats.parts.osm_order import in_order
from zzgeo.spec.lifecycle import not_there, outside_life
from zzgeo.spec.walking_profile import DEFAULT, WalkingProfile, walking_profile

Tags = Mapping[str, str]

#: Any value of a key.
_ANY = frozenset(("*",))


@dataclass(frozen=True)
class RoleTags:
    """What a role takes of the map: lines and areas by key and values, but for areas with a tag of ``without``."""

    called: str
    lines: Mapping[str, frozenset[str]] = field(default_factory=dict)
    areas: Mapping[str, frozenset[str]] = field(default_factory=dict)
    without: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Only what has a name: the ways of which a boundary is made bear its tags without it.
    named: bool = False
    #: Tags that columns of their own hold, by the column.
    columns: Mapping[str, str] = field(default_factory=dict)
    #: What several of must not be mixed: the levels of boundaries, or any two areas.
    alone: str = ""


#: Buildings that are homes by their tag. Most buildings bear ``building = yes``, which says nothing of their use.
HOME_BUILDINGS = frozenset(
    ("apartments", "bungalow", "detached", "dormitory", "house", "residential", "semidetached_house", "terrace")
)

ROLES: dict[str, RoleTags] = {
    "barriers": RoleTags(
        "rivers, canals, lakes, railways, walls and fences",
        lines={
            "waterway": frozenset(("river", "canal", "tidal_channel")),
            "railway": frozenset(("rail", "light_rail", "subway", "narrow_gauge", "funicular", "monorail")),
            "barrier": frozenset(("wall", "city_wall", "retaining_wall", "fence", "hedge", "guard_rail")),
            "natural": frozenset(("coastline", "cliff")),
        },
        areas={
            "natural": frozenset(("water",)),
            "waterway": frozenset(("riverbank", "dock")),
            "landuse": frozenset(("reservoir",)),
        },
        without={
            "water": frozenset(
                ("pond", "fountain", "pool", "reflecting_pool", "basin", "wastewater", "stream", "ditch")
            )
        },
    ),
    "land": RoleTags("residential land", areas={"landuse": frozenset(("residential",))}),
    "homes": RoleTags(
        "residential land and buildings",
        areas={"landuse": frozenset(("residential",)), "building": HOME_BUILDINGS},
    ),
    "buildings": RoleTags(
        "buildings",
        areas={"building": _ANY},
        without={"building": frozenset(("no",))},
        columns={"use": "building", "floors": "building:levels"},
    ),
    "areas": RoleTags("boundaries and places", areas={"boundary": _ANY, "place": _ANY}, named=True, alone="osm_id"),
    "zones": RoleTags("boundaries", areas={"boundary": _ANY}, named=True, alone="admin_level"),
    "districts": RoleTags(
        "administrative boundaries", areas={"boundary": frozenset(("administrative",))}, named=True, alone="admin_level"
    ),
}

#: What the map cannot answer: why, and what to do.
_NOT_THERE = {
    "units": ("it does not know which communities and villages there are, and of which type", "send a layer of them"),
    "demand": (
        "it does not know how many people live where",
        'send a table, a layer or a raster of people, or estimate them from its buildings: method = "floor-area"',
    ),
}
_NO_TABLE = ("it holds a map, no table", "send a table (.csv, .xlsx)")

#: Tags that hold the code of an area in China; the first that fits is taken (OpenStreetMap wiki, Key:ref:admin:CN).
CODE_TAGS = ("ref:admin:CN", "ref:admin:CN:mca", "ref:admin:CN:nbs", "ref:GB", "gb", "admin_code", "admin code")

#: Nodes of a barrier by which people cross it; so much of a line is left open to both sides of one.
_CROSSINGS = frozenset(("level_crossing", "crossing", "tram_level_crossing", "tram_crossing"))
_GAP_M = 2.0
_M_PER_DEGREE = 111_320.0


class _Element(NamedTuple):
    """An element of the map: its id, the tag it was taken for, its tags and its shape."""

    osm_id: str
    what: str
    tags: Tags
    shape: Any


def area_code(tags: Tags, osm_id: str) -> str:
    """Return the GB/T 2260 code of an area, or ``r123`` / ``w123``: a bare id could be taken for somebody's code.

    Examples
    --------
    >>> area_code({"ref:admin:CN": "410102"}, "relation/1"), area_code({}, "relation/1")
    ('410102', 'r1')
    """
    for tag in CODE_TAGS:
        digits = tags.get(tag, "").strip()
        # 156 is China in ISO 3166, as Tianditu writes it before the code
        digits = digits.removeprefix("156") if len(digits) == 9 and digits.startswith("156") else digits
        if digits.isascii() and digits.isdecimal() and len(digits) in (6, 9, 12):
            return digits
    return osm_id[0] + osm_id.partition("/")[2]


def read_role(path: Path, options: Options) -> RawLayer:
    """Read what a role takes of an OpenStreetMap file, never anything else.

    Parameters
    ----------
    path
        ``.osm`` (XML) or ``.osm.pbf``.
    options
        ``role`` is one of `ROLES`; ``layer`` chooses among what it takes: a tag (``"admin_level=6"``,
        ``"waterway=river"``), a name, or an id (``"relation/123"``).

    Returns
    -------
    RawLayer
        In EPSG:4326, with ``osm_id``, ``code`` (`area_code`), ``name``, ``admin_level`` and ``taken_for`` (the tag it
        was taken for). What was taken is told by count (``osm.role``).

    Raises
    ------
    InputError
        ``osm.no_role`` for a role the map cannot answer; ``layer.empty`` where the file holds nothing of it,
        ``layer.missing`` where it holds nothing that ``layer`` names, ``layer.ambiguous`` where boundaries of several
        levels, or several areas, are left to be chosen from.
    MissingExtra
        If osmium is not installed.
    """
    role = ROLES.get(options.role)
    if role is None:
        why, remedy = _NOT_THERE.get(options.role, _NO_TABLE)
        raise refuse("osm.no_role", path.name, f"role={options.role}", f"OpenStreetMap: {why}", remedy)
    rule = options.profile or walking_profile(DEFAULT)
    taken, lost = in_order(opened(path), lambda file: _elements(file, role, rule, options.as_of))
    if not taken:
        why = f"the file holds no {role.called}" + (" in full" if lost else "")
        remedy = f"take a file that does, or send another layer for [{options.role}]"
        raise refuse("layer.empty", path.name, f"{options.role}=0", why, remedy)
    taken = _chosen(path.name, taken, role, options.layer)
    why, remedy = f"taken as {options.role} by tags: {role.called}", "nothing to do if nothing is missing"
    counts = Counter(one.what for one in taken)
    value = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    note = Problem("osm.role", path.name, value, why, remedy, "warning")
    reason = "its nodes or members are not in the file, or do not close"
    rejected = tuple(
        Rejected(path.name, label, "geometry", name, "geom.invalid", reason) for label, name in lost.items()
    )
    table = _table(taken, role.columns)
    return RawLayer(table, path.name, file_sha256(path), rejected, (note,), WGS84, {"datum_known": True})


def _elements(
    path: Path, role: RoleTags, profile: WalkingProfile, day: dt.date | None
) -> tuple[list[_Element], dict[str, str]]:
    """Return what a role takes, and the names of areas that do not close, by id."""
    osmium = osmium_module()
    taken: list[_Element] = []
    lost: dict[str, str] = {}
    seen = 0
    with readable(path):
        gone = deleted_in(path).labels
        gaps = _gaps(path, profile) if role.lines else {}
        wanted = osmium.filter.KeyFilter(*sorted({*role.lines, *role.areas}))
        for feature in osmium.FileProcessor(source_of(path)).with_areas(wanted).with_filter(wanted):
            seen += 1
            tags = dict(feature.tags)
            if gone and label_of(feature) in gone:
                continue
            if not_there(tags) or outside_life(tags, day):
                continue
            if feature.is_node() or _off_the_ground(tags) or (role.named and name_of(tags) is None):
                continue
            line, area = _what(tags, role.lines), "" if _what(tags, role.without) else _what(tags, role.areas)
            if line and feature.is_way():
                taken += [_Element(label_of(feature), line, tags, shape) for shape in _lines(feature, gaps)]
            elif area and not line and feature.is_area():
                shape = area_of(feature)
                taken += [] if shape is None else [_Element(label_of(feature), area, tags, shape)]
            elif area and not line and _should_close(feature, tags):
                lost[label_of(feature)] = name_of(tags) or ""
    if seen == 0:
        refuse_no_element(path)
    closed = {one.osm_id for one in taken}
    return taken, {label: name for label, name in lost.items() if label not in closed}


def _what(tags: Tags, wanted: Mapping[str, frozenset[str]]) -> str:
    """Return the tag that is wanted, empty where none is there."""
    fits = (
        f"{key}={tags[key]}"
        for key, values in wanted.items()
        if key in tags and values & {"*", *map(str.strip, tags[key].split(";"))}
    )
    return next(fits, "")


def _off_the_ground(tags: Tags) -> bool:
    """Tell whether something passes over or under the ground; rivers are often put on a layer below for no reason."""
    if any(tags.get(key, "no") != "no" for key in ("bridge", "tunnel")) or tags.get("location") == "underground":
        return True
    return "railway" in tags and tags.get("layer", "0") != "0"


def _should_close(feature: Any, tags: Tags) -> bool:
    if feature.is_way():
        return len(feature.nodes) > 3 and feature.nodes[0].ref == feature.nodes[-1].ref and tags.get("area") != "no"
    return bool(feature.is_relation() and tags.get("type") in ("boundary", "multipolygon"))


def _gaps(path: Path, profile: WalkingProfile) -> dict[int, Any]:
    """Return the surroundings of nodes by which people cross a line: level crossings, fords, gates, by id."""
    osmium = osmium_module()
    gaps = {}
    nodes = osmium.FileProcessor(source_of(path), osmium.osm.NODE)
    for node in nodes.with_filter(osmium.filter.KeyFilter("railway", "ford", "barrier", "entrance", "highway")):
        tags = dict(node.tags)
        crossing = tags.get("railway") in _CROSSINGS or tags.get("highway") == "crossing"
        crossing |= tags.get("ford", "no") != "no"
        let_in = lets_in(tags, profile)
        if let_in is False or not (crossing or let_in or "barrier" in tags) or not node.location.valid():
            continue
        north = _GAP_M / _M_PER_DEGREE
        east = north / max(np.cos(np.radians(node.location.lat)), 0.01)
        lon, lat = node.location.lon, node.location.lat
        gaps[node.id] = shapely.box(lon - east, lat - north, lon + east, lat + north)
    return gaps


def _lines(way: Any, gaps: Mapping[int, Any]) -> Iterator[Any]:
    """Yield a way as lines between nodes the file lacks, open where people cross."""
    runs: list[list[tuple[float, float]]] = [[]]
    for node in way.nodes:
        if node.location.valid():
            runs[-1].append((node.lon, node.lat))
        else:
            runs.append([])
    lines = shapely.MultiLineString([run for run in runs if len(run) > 1])
    left_open = [gaps[node.ref] for node in way.nodes if node.ref in gaps]
    left = lines.difference(shapely.union_all(left_open)) if left_open else lines
    yield from (part for part in shapely.get_parts(left) if part.length > 0)


def _chosen(file: str, taken: list[_Element], role: RoleTags, layer: str | None) -> list[_Element]:
    """Return what the study chooses, refusing where it does not choose between what cannot stand side by side."""
    if layer:
        key, equal, value = layer.partition("=")

        def fits(one: _Element) -> bool:
            return (equal and one.tags.get(key) == value) or layer in (one.osm_id, name_of(one.tags))

        chosen = [one for one in taken if fits(one)]
        if not chosen:
            raise _not_told("layer.missing", file, taken, f"layer = {layer}", "none of them is called so", role)
        return chosen
    kinds = {one.osm_id if role.alone == "osm_id" else one.tags.get(role.alone) for one in taken}
    if role.alone and len(kinds) > 1:
        why = "the file holds several areas" if role.alone == "osm_id" else "boundaries of several levels overlap"
        raise _not_told("layer.ambiguous", file, taken, f"{len(taken)} {role.called}", why, role)
    return taken


def _not_told(code: str, file: str, taken: list[_Element], value: str, why: str, role: RoleTags) -> InputError:
    """Return the refusal of a choice, with what there is to choose from."""
    if role.alone == "admin_level":
        names = [
            f"admin_level={level}" for level in sorted({one.tags.get("admin_level", "") for one in taken}) if level
        ]
    else:
        names = [name_of(one.tags) or one.osm_id for one in taken]
    names = list(dict.fromkeys(names))
    listed = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return refuse(code, file, value, why, f'say which: layer = "…", a tag, a name or an id: {listed}')


def _table(taken: list[_Element], columns: Mapping[str, str]) -> gpd.GeoDataFrame:
    rows = [
        (one.osm_id, area_code(one.tags, one.osm_id), name_of(one.tags), one.tags.get("admin_level"), one.what)
        for one in taken
    ]
    names = ["osm_id", "code", "name", "admin_level", "taken_for"]
    table = pd.DataFrame(rows, columns=names, index=pd.RangeIndex(1, len(rows) + 1, name="row"), dtype=object)
    for name, tag in columns.items():
        table[name] = pd.Series([one.tags.get(tag) for one in taken], index=table.index, dtype=object)
    return gpd.GeoDataFrame(table, geometry=[one.shape for one in taken], crs=WGS84)
