"""Areas of an Overpass answer with their outlines: assembled by OSMnx, taken only where every ring closes."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import MissingExtra
from zzgeo.formats.osm import osmium_module
from zzgeo.formats.parts.osm_roles import area_code


@dataclass(frozen=True)
class Area:
    """An area of OpenStreetMap: ``"relation/123"``, its tags, its outline in EPSG:4326.

    Where ``closed`` is false a ring does not close, or a part of it did not come: the outline is only the hull of what
    came, and no boundary.
    """

    osm_id: str
    tags: Mapping[str, str]
    outline: BaseGeometry
    closed: bool = True

    @property
    def name(self) -> str:
        """Return the name, in Chinese where it has one, without characters nobody can see."""
        return shown(self.tags.get("name:zh") or self.tags.get("name") or "") or self.osm_id

    @property
    def level(self) -> int | None:
        """Return the ``admin_level``, None where it has none."""
        text = self.tags.get("admin_level", "")
        return int(text) if text.isdecimal() and len(text) <= 2 else None

    @property
    def code(self) -> str:
        """Return the GB/T 2260 code, or ``r123`` / ``w123``: a bare id could be taken for somebody's code."""
        return area_code(self.tags, self.osm_id)


def shown(text: str) -> str:
    """Return a text of the map without control and other invisible characters, on one line."""
    return "".join(letter for letter in text if letter.isprintable()).strip()


def read_areas(body: bytes) -> list[Area]:
    """Assemble every boundary of an Overpass answer: relations of type boundary or multipolygon, and closed ways.

    Parameters
    ----------
    body
        XML that `zzgeo.fetch.overpass.check_overpass` accepts.

    Returns
    -------
    list of Area
        By their ids.

    Raises
    ------
    MissingExtra
        If osmnx or osmium is not installed.
    """
    drawn = _drawn(body)
    shapes = _assembled(body) if drawn else {}
    areas = []
    for label, (tags, places, closed) in sorted(drawn.items()):
        outline = shapes.get(label)
        if closed and outline is not None:
            areas.append(Area(label, tags, outline))
        else:
            areas.append(Area(label, tags, shapely.MultiPoint(places).convex_hull, closed=False))
    return areas


def osmnx_module() -> Any:
    """Return osmnx, which takes seconds to import.

    Raises
    ------
    MissingExtra
        If it is not installed.
    """
    try:
        import osmnx
    except ImportError:
        raise MissingExtra('boundaries from OpenStreetMap need osmnx: pip install "zzgeo[osm]"') from None
    return osmnx


def _assembled(body: bytes) -> dict[str, BaseGeometry]:
    """Return the polygons OSMnx makes of an answer; it leaves out a ring that does not close, and says nothing."""
    osmnx = osmnx_module()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "areas.osm"
        path.write_bytes(body)
        try:
            table = osmnx.features_from_xml(path)
        except ValueError:  # osmnx found no area it could draw
            return {}
    shapes = {f"{kind}/{number}": shape for (kind, number), shape in table.geometry.items()}
    return {label: shape for label, shape in shapes.items() if shape.geom_type in ("Polygon", "MultiPolygon")}


_Drawn = tuple[dict[str, str], list[tuple[float, float]], bool]


def _drawn(body: bytes) -> dict[str, _Drawn]:
    """Return tags, places on the outer rings, and whether all rings close, of every area an answer may hold."""
    osmium = osmium_module()
    places: dict[int, tuple[float, float]] = {}
    ways: dict[int, list[int]] = {}
    tags: dict[str, dict[str, str]] = {}
    members: dict[str, list[tuple[int, str]]] = {}
    for element in osmium.FileProcessor(osmium.io.FileBuffer(body, "osm")):
        said = dict(element.tags)
        if element.is_node() and element.location.valid():
            places[element.id] = (element.location.lon, element.location.lat)
        elif element.is_way():
            ways[element.id] = [node.ref for node in element.nodes]
            if ("boundary" in said or "place" in said) and ways[element.id][0] == ways[element.id][-1]:
                tags[f"way/{element.id}"], members[f"way/{element.id}"] = said, [(element.id, "outer")]
        elif element.is_relation() and said.get("type") in ("boundary", "multipolygon"):
            label = f"relation/{element.id}"
            tags[label] = said
            members[label] = [(member.ref, member.role) for member in element.members if member.type == "w"]
    outlines = {}
    for label, parts in members.items():
        outer = [ways.get(ref, []) for ref, role in parts if role != "inner"]
        on_it = [places[node] for nodes in outer for node in nodes if node in places]
        if on_it:
            outlines[label] = (tags[label], on_it, _closes(parts, ways))
    return outlines


def _closes(parts: list[tuple[int, str]], ways: dict[int, list[int]]) -> bool:
    """Tell whether the outer and the inner ways of an area each form closed rings, none of them missing."""
    if any(ref not in ways or role not in ("outer", "inner") for ref, role in parts):
        return False
    for wanted in ("outer", "inner"):
        ends: Counter[int] = Counter()
        for ref, role in parts:
            if role == wanted and len(ways[ref]) > 1:
                ends.update((ways[ref][0], ways[ref][-1]))
        if any(count % 2 for count in ends.values()):
            return False
    return True
