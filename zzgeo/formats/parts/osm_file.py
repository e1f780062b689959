"""An OpenStreetMap file opened by its format, after the door; what osmium raises on a broken one becomes one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from xml.parsers import expat

import pyproj
import shapely

from zzgeo.errors import MissingExtra
from zzgeo.formats.parts.base import refuse
from zzgeo.formats.parts.contents import NO_MARKUP, XML
from zzgeo.formats.parts.door import admit

WGS84 = pyproj.CRS.from_epsg(4326)
SUFFIXES = {".osm": XML, ".osm.pbf": NO_MARKUP, ".pbf": NO_MARKUP}
_TAIL_BYTES = 4096
#: No id is above, of OpenStreetMap's or of nodes that answers of Overpass lack: a copy in order has there what an
#: editor numbers below 0.
NEW_IDS = 1 << 56


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what osmium raises on a broken file into `InputError`."""
    wrong = (osmium_module().InvalidLocationError, ValueError)
    try:
        yield
    except (RuntimeError, UnicodeDecodeError) as error:
        why, remedy = "the file is cut off or damaged", "download it again"
        raise refuse("file.corrupt", path.name, str(error)[:160], why, remedy) from None
    except wrong as error:
        if hasattr(error, "problems"):
            raise
        why, remedy = "an id or a coordinate is no number", "download it again"
        raise refuse("file.malformed", path.name, str(error)[:160], why, remedy) from None


def opened(path: Path) -> Path:
    """Refuse what is not a plain OpenStreetMap file before osmium sees it: osmium would open addresses, too."""
    suffix = next((end for end in SUFFIXES if path.name.lower().endswith(end)), None)
    if path.is_file() and suffix is None:
        why = "this is not an OpenStreetMap file"
        raise refuse("file.wrong_type", path.name, path.suffix, why, "send .osm or .osm.pbf")
    admit(path, SUFFIXES[suffix] if suffix else NO_MARKUP)
    if path.name.lower().endswith(".osm"):
        _refuse_remark(path)
    return path


def _refuse_remark(path: Path) -> None:
    """Refuse an answer of Overpass that says of itself that it is only a part: it stands at the end of the file."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        if b"<remark" in stream.read():
            why = "Overpass gave up on the way: the file is only a part of what was asked for"
            remedy = "download it again, in smaller parts"
            raise refuse("overpass.runtime_error", path.name, "<remark>", why, remedy)


def refuse_no_element(path: Path) -> None:
    """Raise if the file holds no node, way or relation at all."""
    osmium = osmium_module()
    if next(iter(osmium.FileProcessor(source_of(path))), None) is None:
        raise refuse("layer.empty", path.name, "elements=0", "there is nothing in the file", "download it again")


def source_of(path: Path) -> Any:
    """Return the file with its format said, so that osmium does not guess one from the name."""
    return osmium_module().io.File(str(path.resolve()), "pbf" if path.name.lower().endswith(".pbf") else "osm")


def label_of(feature: Any) -> str:
    """Return the id of a node, way, relation or area: ``"way/123"``."""
    if feature.is_area():
        return f"{'way' if feature.from_way() else 'relation'}/{_own_id(feature.orig_id())}"
    kind = "node" if feature.is_node() else "way" if feature.is_way() else "relation"
    return f"{kind}/{_own_id(feature.id)}"


def _own_id(number: int) -> int:
    return NEW_IDS - number if number > NEW_IDS else number


def name_of(tags: Mapping[str, str]) -> str | None:
    """Return the name of a feature, in Chinese where it has one; None where it has none."""
    return tags.get("name:zh") or tags.get("name") or None


def area_of(area: Any) -> Any:
    """Return an area as a Polygon or MultiPolygon in EPSG:4326, None where its nodes are not all there."""
    try:
        shape = shapely.from_wkb(osmium_module().geom.WKBFactory().create_multipolygon(area))
    except RuntimeError:
        return None
    return shape.geoms[0] if len(shape.geoms) == 1 else shape


class Deleted(NamedTuple):
    """Ids of the objects an editor deleted: it keeps them in its file, marked, until they are uploaded."""

    nodes: frozenset[int] = frozenset()
    ways: frozenset[int] = frozenset()
    relations: frozenset[int] = frozenset()

    @property
    def labels(self) -> frozenset[str]:
        """Return the same ids as `label_of` writes them."""
        ids = {"node": self.nodes, "way": self.ways, "relation": self.relations}
        return frozenset(f"{kind}/{number}" for kind, numbers in ids.items() for number in numbers)


def deleted_in(path: Path) -> Deleted:
    """Return the objects an XML file marks with ``action="delete"``, which osmium does not look at.

    Raises
    ------
    InputError
        ``file.corrupt`` where the XML is broken.
    """
    if not path.name.lower().endswith(".osm") or not says(path, b"delete"):
        return Deleted()
    ids: dict[str, set[int]] = {"node": set(), "way": set(), "relation": set()}

    def begun(name: str, attributes: dict[str, str]) -> None:
        if name in ids and attributes.get("action") == "delete":
            ids[name].add(int(attributes["id"]))

    parser = expat.ParserCreate()
    parser.StartElementHandler = begun
    try:
        with path.open("rb") as stream:
            parser.ParseFile(stream)
    except (expat.ExpatError, KeyError) as error:
        why, remedy = "the file is cut off or damaged", "download it again"
        raise refuse("file.corrupt", path.name, str(error)[:160], why, remedy) from None
    return Deleted(*(frozenset(ids[name]) for name in ("node", "way", "relation")))


def says(path: Path, word: bytes) -> bool:
    """Tell whether some bytes stand in a file, read in pieces that overlap."""
    with path.open("rb") as stream:
        end = b""
        while piece := stream.read(1 << 20):
            if word in end + piece:
                return True
            end = piece[-len(word) :]
    return False


def osmium_module() -> Any:
    """Return the package osmium.

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
