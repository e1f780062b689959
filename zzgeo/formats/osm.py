"""OpenStreetMap files (``.osm``, ``.osm.pbf``): walkable streets, and facilities by their tags. Needs osmium."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import Format, Options, RawLayer, file_sha256
from zzgeo.formats.parts.gates import REMEDIES as GATES
from zzgeo.formats.parts.osm_driving import driving_layer
from zzgeo.formats.parts.osm_file import (
    SUFFIXES,
    WGS84,
    deleted_in,
    opened,
    osmium_module,
    readable,
    refuse_no_element,
)
from zzgeo.formats.parts.osm_nodes import Places, read_places
from zzgeo.formats.parts.osm_places import facility_rows, read_facilities
from zzgeo.formats.parts.osm_roles import read_role
from zzgeo.formats.parts.osm_streets import DECIDED, Streets, set_aside, streets_of
from zzgeo.formats.parts.osm_ways import Ways, read_ways
from zzgeo.spec.kinds import osm_rules
from zzgeo.spec.street_tables import FERRY, PRIVATE, TRUNK
from zzgeo.spec.unknown_classes import left_out, unknown_class
from zzgeo.spec.walking_profile import DEFAULT, WalkingProfile, walking_profile

__all__ = ["FORMAT", "decided_notes", "osmium_module", "read_facilities", "read_osm", "read_streets"]

#: What can be done about what was decided, by code; and why, where the reason itself does not say it.
_REMEDIES = {
    "osm.tag": "nothing to do if nobody walks there",
    "osm.missing_nodes": "take an extract that is cut with whole ways",
    "osm.degenerate_way": "nothing to do",
    "coord.out_of_range": "correct the latitude or longitude of the nodes",
    "osm.deleted": "nothing to do",
    "osm.doubled": "nothing to do: the latest version counts, once",
    **GATES,
    "osm.private_way": PRIVATE[1],
    "osm.trunk_at_grade": TRUNK[1],
    "osm.ferry": FERRY[1],
    "osm.square": 'squares = "outline" or "closed" under [walking]',
    "osm.square_alone": "draw the way that leads to it",
    "osm.square_outline": "nothing to do",
}
_WHY = {"osm.private_way": PRIVATE[0], "osm.trunk_at_grade": TRUNK[0], "osm.ferry": FERRY[0]}


def read_streets(
    path: str | Path, profile: WalkingProfile | None = None, as_of: dt.date | None = None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read the walkable streets of an OpenStreetMap file, cut at shared nodes and way ends.

    Streets that cross without a shared node (bridges, tunnels) are not joined. Ways end at gates and walls nobody
    passes; squares are walked along and across.

    Parameters
    ----------
    path
        ``.osm`` (XML) or ``.osm.pbf``.
    profile
        What people on foot use (`zzgeo.spec.ways`); ``cn-default`` if left out.
    as_of
        The day for which ways with a ``start_date`` or ``end_date`` are there or not; today if left out.

    Returns
    -------
    streets : GeoDataFrame of LineString in EPSG:4326, shape (n_edges, 6 or more)
        ``osm_way`` (of a square that is a relation, its id below 0), ``highway``, ``name``, and ``u``, ``v``: the
        OpenStreetMap nodes at the two ends; at a gate each street ends at a node of its own, with an id below 0. Where
        the file has any: the tags ``bridge``, ``tunnel``, ``layer``, ``covered``, ``indoor``; ``private`` (bool:
        residents leave by it, nobody walks through; a private gate is a row of some centimetres,
        ``highway = "gate"``); ``crossing_s`` (seconds a ferry takes with the wait, NaN elsewhere).
    decided : DataFrame, shape (n_reasons, 4)
        ``reason``, ``ways`` (or nodes), ``length_m`` (on the ellipsoid), ``code``: ``osm.tag`` for ways dropped by tag,
        ``osm.missing_nodes`` where a clipped extract lacks nodes (the rest of the way is kept), ``osm.degenerate_way``
        for ways without two different nodes, ``coord.out_of_range`` for nodes nowhere on earth, ``osm.deleted`` and
        ``osm.doubled`` for objects an editor deleted, or that stand there twice; and what was kept by a rule:
        ``osm.private_way``, ``osm.trunk_at_grade``, ``osm.square``, ``osm.gate_closed``, ``osm.gate_private``,
        ``osm.ferry``.

    Raises
    ------
    InputError
        ``file.missing``, ``file.wrong_type``, ``file.empty``, ``file.corrupt``, ``xml.entity_refused``,
        ``overpass.runtime_error`` for a saved answer that is only a part, or ``layer.empty`` where the file holds no
        element.
    MissingExtra
        If osmium is not installed.
    """
    _, _, streets = _read(Path(path), profile, as_of)
    return streets.table, pd.DataFrame(streets.decided, columns=list(DECIDED))


def _read(path: Path, profile: WalkingProfile | None, as_of: dt.date | None) -> tuple[Ways, Places, Streets]:
    file = opened(path)
    osmium_module()
    with readable(file):
        gone = deleted_in(file)
        ways, seen = read_ways(file, profile or walking_profile(DEFAULT), gone, as_of)
        if not seen:
            refuse_no_element(file)
        places = read_places(file, ways.nodes(), gone)
    return ways, places, streets_of(ways, places)


def decided_notes(decided: pd.DataFrame, where: str) -> list[Problem]:
    """Say what `read_streets` decided as one warning per reason."""
    notes = []
    for reason, ways, length_m, code in decided[list(DECIDED)].itertuples(index=False):
        value = f"{ways} ways, {length_m / 1000:.1f} km"
        if code in GATES:
            value = f"{ways} nodes"
        why = _WHY.get(str(code), str(reason))
        notes.append(Problem(str(code), where, value, why, _REMEDIES[str(code)], "warning"))
    return notes


def read_osm(path: Path, options: Options) -> RawLayer:
    """Read what a role asks of an OpenStreetMap file: streets, facilities of the kinds ``options`` names or of all.

    Barriers, residential land and boundaries are read by `zzgeo.formats.parts.osm_roles.read_role`, which refuses a
    role the map cannot answer.

    Of streets the rows are the ways with a ``highway`` tag, whether one edge or many: ``rows_read`` counts ways, and
    those that give no street are set aside. The table has the edges, numbered from 1, with their ``osm_way``.

    Raises
    ------
    InputError, MissingExtra
        As `read_streets` and `read_role`; ``network.empty`` where no way can be walked.
    """
    if options.role == "streets":
        return _street_layer(path, options)
    if options.role == "driving":
        return driving_layer(path)
    if options.role != "facilities":
        return read_role(path, options)
    rules = osm_rules(options.kinds or None)
    table, rejected, notes = facility_rows(opened(path), rules, options.include, options.profile)
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    extra: dict[str, object] = {"datum_known": True, "by_tags": True}
    return RawLayer(table, path.name, file_sha256(path), tuple(rejected), tuple(notes), WGS84, extra)


def _street_layer(path: Path, options: Options) -> RawLayer:
    ways, places, streets = _read(path, options.profile, options.as_of)
    table, decided = streets.table, pd.DataFrame(streets.decided, columns=list(DECIDED))
    notes = [*decided_notes(decided, path.name), *_left_out(ways, places, streets, path.name)]
    if len(table) == 0:
        why, remedy = "no way can be walked", "check the extract"
        raise InputError([Problem("network.empty", path.name, "walkable ways=0", why, remedy), *notes])
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    rejected = set_aside(ways, places, streets, path.name)
    read = len(ways.found) + len(places.odd)
    extra: dict[str, object] = {"datum_known": True, "by_tags": True, "rows_read": read}
    return RawLayer(table, path.name, file_sha256(path), tuple(rejected), tuple(notes), WGS84, extra)


def _left_out(ways: Ways, places: Places, streets: Streets, where: str) -> list[Problem]:
    aside = {one.reason: one.length_m for one in streets.decided if one.code == "osm.tag"}
    if not any(map(unknown_class, aside)):
        return []
    return left_out(aside, places.length_m([piece for way in ways.kept() for piece in way.pieces]), where)


FORMAT = Format(
    "osm", "OpenStreetMap 文件", "OpenStreetMap file", SUFFIXES, read_osm, packed=(), role="streets", every_kind=True
)
