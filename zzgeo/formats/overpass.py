"""A saved answer of Overpass (JSON), read as the OpenStreetMap file it stands for; refused where it is not whole."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from zzgeo.errors import Problem
from zzgeo.formats.osm import osmium_module, read_osm
from zzgeo.formats.parts.base import Format, Options, RawLayer, file_sha256, read_as, refuse
from zzgeo.formats.parts.contents import JSON

#: Ids given to nodes the answer has no id for; OpenStreetMap is far from them.
_OWN_IDS = 1 << 50
_BROKEN = re.compile(r"error|timed? ?out|out of memory", re.IGNORECASE)

Element = dict[str, Any]


def is_overpass(name: str, head: bytes) -> bool:
    """Tell a saved answer of Overpass from GeoJSON by the keys it begins with."""
    if not name.endswith(".json"):
        return False
    return re.search(rb'"(osm3s|elements)"\s*:', head) is not None and b'"FeatureCollection"' not in head


def read_overpass(path: Path, options: Options) -> RawLayer:
    """Read streets or facilities of a saved answer, by the same tags as of an OpenStreetMap file.

    Ways without nodes but with a centre are points there.

    Raises
    ------
    InputError
        ``overpass.runtime_error`` where the answer says that it is not whole, ``file.malformed``, ``file.too_deep``,
        ``layer.empty`` where there is no element, and what `zzgeo.formats.osm.read_osm` raises.
    """
    answer = _answer(path)
    remark = str(answer.get("remark") or "")
    notes = []
    if remark:
        remedy = "ask again, for a smaller area or with more time"
        problem = Problem("overpass.runtime_error", path.name, remark[:200], "the answer is not whole", remedy)
        if _BROKEN.search(remark):
            raise refuse(problem.code, path.name, remark[:200], problem.why, remedy)
        notes.append(replace(problem, why="Overpass says", remedy="check that the answer is whole", severity="warning"))
    elements = [one for one in answer["elements"] if isinstance(one, dict)]
    if not elements:
        why, remedy = "there is nothing in the answer", "check the query and ask again"
        raise refuse("layer.empty", path.name, "elements=0", why, remedy)
    with tempfile.TemporaryDirectory(prefix="zzgeo-") as folder:
        file = Path(folder) / "answer.osm.pbf"
        try:
            labels = _write(elements, file)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError, RuntimeError) as error:
            why, remedy = "an element is not as Overpass writes it", "ask again"
            raise refuse("file.malformed", path.name, str(error)[:120], why, remedy) from None
        raw = read_as(path.name, file, read_osm, options)
    table = raw.table
    if labels and "osm_id" in table:
        table = table.assign(osm_id=table["osm_id"].replace(labels))
    rejected = tuple(replace(row, row=labels.get(row.row, row.row)) for row in raw.rejected)
    return replace(raw, table=table, rejected=rejected, sha256=file_sha256(path), notes=(*notes, *raw.notes))


def _answer(path: Path) -> Element:
    try:
        answer = json.loads(path.read_bytes())
    except RecursionError:
        raise refuse("file.too_deep", path.name, "", "no answer is nested this deep", "ask again") from None
    except ValueError as error:
        why = "the answer is cut off or no JSON"
        raise refuse("file.malformed", path.name, str(error)[:120], why, "ask again") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("elements", []), list):
        raise refuse("file.malformed", path.name, "elements", "this is no answer of Overpass", "ask again")
    return {"elements": [], **answer}


class _Places:
    """Nodes to be written: those of the answer, and those only their coordinates are known of."""

    def __init__(self) -> None:
        self.at: dict[int, tuple[float, float]] = {}
        self.tags: dict[int, dict[str, str]] = {}
        self._own: dict[tuple[float, float], int] = {}

    def add(self, node: int, place: Element, tags: dict[str, str] | None = None) -> None:
        self.at[node] = (float(place["lon"]), float(place["lat"]))
        if tags:
            self.tags[node] = tags

    def own(self, place: Element, *, shared: bool = True) -> int:
        """Return an id of ours for a place; the same place has the same id, unless it stands for something."""
        key = (float(place["lon"]), float(place["lat"]))
        if not shared or key not in self._own:
            node = _OWN_IDS + len(self.at)
            self.at[node] = key
            if not shared:
                return node
            self._own[key] = node
        return self._own[key]


def _write(elements: list[Element], file: Path) -> dict[str, str]:
    """Write the elements as an OpenStreetMap file; return what points that stand for ways and relations are called."""
    places, labels = _Places(), {}
    ways: dict[int, tuple[list[int], dict[str, str]]] = {}
    relations: dict[int, tuple[list[tuple[str, int, str]], dict[str, str]]] = {}
    for element in elements:
        kind, tags = element.get("type"), {str(key): str(value) for key, value in (element.get("tags") or {}).items()}
        if kind == "node":
            places.add(int(element["id"]), element, tags)
        elif kind == "way":
            nodes = _nodes(element, places)
            if nodes or "center" not in element:
                known = ways.get(int(element["id"]), ([], {}))
                ways[int(element["id"])] = (nodes or known[0], tags or known[1])
            else:
                labels[_centre(element, places, tags)] = f"way/{element['id']}"
        elif kind == "relation":
            members = _members(element, places, ways)
            if members or "center" not in element:
                relations[int(element["id"])] = (members, tags)
            else:
                labels[_centre(element, places, tags)] = f"relation/{element['id']}"
    _write_file(file, places, ways, relations)
    return labels


def _centre(one: Element, places: _Places, tags: dict[str, str]) -> str:
    node = places.own(one["center"], shared=False)
    places.tags[node] = tags
    return f"node/{node}"


def _nodes(way: Element, places: _Places) -> list[int]:
    """Return the nodes of a way; where the answer has its course, the places of the nodes come from there."""
    course = way.get("geometry") or []
    nodes = [int(node) for node in way.get("nodes") or []]
    if not nodes:
        return [places.own(place) for place in course if place]
    for node, place in zip(nodes, course, strict=False):
        if place and node not in places.at:
            places.add(node, place)
    return nodes


def _members(
    relation: Element, places: _Places, ways: dict[int, tuple[list[int], dict[str, str]]]
) -> list[tuple[str, int, str]]:
    """Return the members of a relation; ways that are only drawn inside it become ways."""
    members = []
    for member in relation.get("members") or []:
        kind, ref = str(member["type"]), int(member["ref"])
        if kind == "way" and member.get("geometry") and ref not in ways:
            ways[ref] = ([places.own(place) for place in member["geometry"] if place], {})
        members.append((kind[0], ref, str(member.get("role") or "")))
    return members


def _write_file(file: Path, places: _Places, ways: dict[int, Any], relations: dict[int, Any]) -> None:
    osmium = osmium_module()
    mutable = osmium.osm.mutable
    with osmium.SimpleWriter(str(file)) as writer:
        for node in sorted(places.at):
            writer.add_node(mutable.Node(id=node, location=places.at[node], tags=places.tags.get(node, {}), version=1))
        for way in sorted(ways):
            nodes, tags = ways[way]
            writer.add_way(mutable.Way(id=way, nodes=nodes, tags=tags, version=1))
        for relation in sorted(relations):
            members, tags = relations[relation]
            writer.add_relation(mutable.Relation(id=relation, members=members, tags=tags, version=1))


FORMAT = Format(
    "overpass",
    "Overpass 应答",
    "answer of Overpass",
    {".overpass.json": JSON},
    read_overpass,
    claims=is_overpass,
)
