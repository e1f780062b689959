"""OpenStreetMap files whose objects stand in any order, as editors and joined extracts have them: put in order first.

osmium makes areas only of objects in the order of their ids, each of which stands there once, and finds no place for a
node whose id is negative, as editors number what is new. A file of another sort is copied: in order, without what an
editor deleted, with other ids for new objects, which `label_of` takes back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from zzgeo.errors import InputError
from zzgeo.formats.parts.osm_file import NEW_IDS, deleted_in, label_of, osmium_module, readable, says, source_of

Found = TypeVar("Found")

_OUT_OF_ORDER = re.compile(r"out of order|twice in input")


def in_order(path: Path, read: Callable[[Path], Found]) -> Found:
    """Return what is read of a file, of a copy in order where the file is in none or an editor gave out its ids.

    Parameters
    ----------
    path
        ``.osm`` (XML) or ``.osm.pbf``.
    read
        Reads such a file, with areas.
    """
    if not (path.name.lower().endswith(".osm") and (says(path, b'id="-') or says(path, b"id='-"))):
        try:
            return read(path)
        except InputError as error:
            if not any(one.code == "file.corrupt" and _OUT_OF_ORDER.search(one.value) for one in error.problems):
                raise
    with TemporaryDirectory() as folder:
        copy = Path(folder) / f"{path.name.split('.')[0]}.osm.pbf"
        with readable(path):
            _copied(path, copy)
        return read(copy)


def _copied(path: Path, copy: Path) -> None:
    """Write the objects of a file in order, of each the latest version."""
    osmium = osmium_module()
    gone = deleted_in(path).labels
    latest: dict[tuple[int, int], Any] = {}
    for element in osmium.FileProcessor(source_of(path)):
        kind = 0 if element.is_node() else 1 if element.is_way() else 2
        key = kind, _above(element.id)
        if element.deleted or label_of(element) in gone or (key in latest and latest[key].version > element.version):
            continue
        latest[key] = _made(osmium, element, kind)
    with osmium.SimpleWriter(str(copy)) as writer:
        for key in sorted(latest):
            (writer.add_node, writer.add_way, writer.add_relation)[key[0]](latest[key])


def _made(osmium: Any, element: Any, kind: int) -> Any:
    """Return an object that outlives the reading of its file."""
    said = {"id": _above(element.id), "version": element.version, "tags": dict(element.tags)}
    if kind == 0:
        place = (element.location.lon, element.location.lat) if element.location.valid() else None
        return osmium.osm.mutable.Node(**said, location=place)
    if kind == 1:
        return osmium.osm.mutable.Way(**said, nodes=[_above(node.ref) for node in element.nodes])
    members = [(member.type, _above(member.ref), member.role) for member in element.members]
    return osmium.osm.mutable.Relation(**said, members=members)


def _above(number: int) -> int:
    return NEW_IDS - number if number < 0 else number
