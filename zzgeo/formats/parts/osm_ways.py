"""Ways of an OpenStreetMap file as a walking profile sees them: read once, kept, private or set aside by their tags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zzgeo.formats.parts.osm_file import Deleted, osmium_module, source_of
from zzgeo.formats.parts.osm_squares import Square
from zzgeo.spec.lifecycle import outside_life
from zzgeo.spec.walking_profile import WalkingProfile
from zzgeo.spec.ways import BY_FERRY, WAY_TAGS, Walked, how_walked

#: Tags of a way that become columns where any way has them: by them bridges are told from streets.
STRUCTURE = ("bridge", "tunnel", "layer", "covered", "indoor")


class Way(NamedTuple):
    """One way, or the relation of a square: what it is called, whether it is walked, its nodes."""

    relation: bool
    id: int
    version: int
    highway: str
    name: str | None
    walked: Walked
    nodes: Any
    more: Mapping[str, str]
    square: Square | None = None

    @property
    def label(self) -> str:
        """Return what OpenStreetMap calls it."""
        return f"{'relation' if self.relation else 'way'}/{self.id}"

    @property
    def pieces(self) -> tuple[Any, ...]:
        """Return its nodes; of a square those of each piece of its rings."""
        return (self.nodes,) if self.square is None else self.square.outline


@dataclass
class Ways:
    """The ways of a file with a ``highway`` tag, and the squares among them, in the order of the file."""

    profile: WalkingProfile
    gone: Deleted = field(default_factory=Deleted)
    day: dt.date | None = None
    found: dict[tuple[bool, int], Way] = field(default_factory=dict)
    deleted: int = 0
    doubled: int = 0
    _verdicts: dict[tuple[str | None, ...], Walked] = field(default_factory=dict)

    def kept(self) -> list[Way]:
        """Return what is walked, by everybody or by residents."""
        return [way for way in self.found.values() if way.walked.state != "closed"]

    def closed(self) -> list[Way]:
        """Return what is not walked."""
        return [way for way in self.found.values() if way.walked.state == "closed"]

    def nodes(self) -> Any:
        """Return the ids of all nodes, each once, shape (n,)."""
        pieces = [piece for way in self.found.values() for piece in way.pieces]
        return np.unique(np.concatenate(pieces)) if pieces else np.empty(0, dtype=np.int64)

    def add_way(self, way: Any) -> None:
        """Take a way as osmium reads it."""
        if way.deleted or way.id in self.gone.ways:
            self.deleted += 1
            return
        tags = dict(way.tags)
        if "highway" not in tags and tags.get("route") != "ferry":
            return
        nodes = np.array([node.ref for node in way.nodes], dtype=np.int64)
        area = tags.get("area") == "yes" and len(nodes) > 3 and nodes[0] == nodes[-1]
        square = Square((nodes,)) if area else None
        self._add(self._way(False, way.id, way.version, tags, nodes, square))

    def add_square(self, relation: Any, members: Mapping[int, Any]) -> None:
        """Take a multipolygon people walk on, with the nodes of its member ways by id."""
        rings: dict[bool, list[Any]] = {False: [], True: []}
        for kind, number, role in relation.members:
            if kind == "w" and number in members:
                rings[role == "inner"].append(members[number])
        if not rings[False]:
            rings[False] = [np.empty(0, dtype=np.int64)]
        square = Square(tuple(rings[False]), tuple(rings[True]))
        nodes = np.concatenate(square.outline)
        self._add(self._way(True, relation.id, relation.version, relation.tags, nodes, square))

    def _way(
        self, relation: bool, number: int, version: int, tags: Mapping[str, str], nodes: Any, square: Square | None
    ) -> Way:
        key = tuple(map(tags.get, WAY_TAGS))
        walked = self._verdicts.get(key)
        if walked is None:
            walked = how_walked({**tags, "area": "yes"} if relation else tags, self.profile)
            if walked.state != "closed" and (gone := outside_life(tags, self.day)):
                walked = Walked("closed", f"{gone}={tags[gone]}")
            self._verdicts[key] = walked
        wanted = STRUCTURE if walked.reason != BY_FERRY else ("duration",)
        more = {tag: tags[tag] for tag in wanted if tag in tags}
        name = tags.get("name:zh") or tags.get("name")
        return Way(relation, number, version, tags.get("highway", "ferry"), name, walked, nodes, more, square)

    def _add(self, way: Way) -> None:
        """Keep the latest version of what stands in the file several times, in the place of the first."""
        key = (way.relation, way.id)
        earlier = self.found.get(key)
        if earlier is not None:
            self.doubled += 1
            if earlier.version > way.version:
                return
        self.found[key] = way


class _Relation(NamedTuple):
    id: int
    version: int
    tags: dict[str, str]
    members: list[tuple[str, int, str]]


def read_ways(path: Path, profile: WalkingProfile, gone: Deleted, day: dt.date | None = None) -> tuple[Ways, bool]:
    """Read the ways with a ``highway`` tag and, where a profile takes them, squares that are relations, and ferries.

    What was no more on a day, or not yet, is closed.

    Returns
    -------
    (Ways, bool)
        The flag tells whether there was any way with such a tag.
    """
    osmium = osmium_module()
    ways, relations, seen = Ways(profile, gone, day), list[_Relation](), False
    keys = ("highway", "route") if profile.ferries else ("highway",)
    kinds = osmium.osm.WAY if profile.squares == "closed" else osmium.osm.WAY | osmium.osm.RELATION
    for element in osmium.FileProcessor(source_of(path), kinds).with_filter(osmium.filter.KeyFilter(*keys)):
        if element.is_way():
            seen = True
            ways.add_way(element)
        elif element.tags.get("type") == "multipolygon" and element.tags.get("highway"):
            if element.deleted or element.id in gone.relations:
                ways.deleted += 1
            else:
                members = [(member.type, member.ref, member.role) for member in element.members]
                relations.append(_Relation(element.id, element.version, dict(element.tags), members))
    if relations:
        members_of = _members(path, {ref for one in relations for kind, ref, _ in one.members if kind == "w"}, gone)
        for relation in relations:
            ways.add_square(relation, members_of)
    return ways, seen


def _members(path: Path, wanted: Iterable[int], gone: Deleted) -> dict[int, Any]:
    """Return the nodes of ways by id: rings of squares, which seldom have tags of their own."""
    osmium = osmium_module()
    asked, nodes = set(wanted), {}
    for way in osmium.FileProcessor(source_of(path), osmium.osm.WAY):
        if way.id in asked and not way.deleted and way.id not in gone.ways:
            nodes[way.id] = np.array([node.ref for node in way.nodes], dtype=np.int64)
    return nodes
