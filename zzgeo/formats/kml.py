"""KML and KMZ: placemarks with their extended data. Links in them are never followed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import Format, Options, RawLayer, Rejected, file_sha256, refuse
from zzgeo.formats.parts.contents import XML, ZIP
from zzgeo.formats.parts.xml_prolog import refuse_entities

#: By its standard KML is WGS84; maps made in China often carry GCJ-02 in it, so the datum is not taken as known.
_WGS84 = pyproj.CRS.from_epsg(4326)
_GEOMETRIES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")
_MULTI: dict[str, Callable[..., Any]] = {
    "Point": shapely.multipoints, "LineString": shapely.multilinestrings, "Polygon": shapely.multipolygons,
}  # fmt: skip
_LINKS = ("NetworkLink", "GroundOverlay", "PhotoOverlay", "ScreenOverlay")

Cells = dict[str, str | None]


class _Unclosed(ValueError):
    """A ring whose last point is not its first."""


def read_kml(path: Path, options: Options) -> RawLayer:
    """Read the placemarks of a KML or KMZ file; rows are placemarks, numbered from 1.

    Returns
    -------
    RawLayer
        ``name``, ``description``, ``folder`` and one column for each field of the extended data, all as text.

    Raises
    ------
    InputError
        ``file.malformed``, ``xml.entity_refused``, ``layer.ambiguous`` where a KMZ holds several documents,
        ``file.driver_refused`` where there is nothing but links.
    """
    with _document(path) as stream:
        refuse_entities(stream, path.name)
    rows: list[Cells] = []
    shapes: list[BaseGeometry | None] = []
    labels: list[int] = []
    rejected: list[Rejected] = []
    links = placemarks = 0
    with _document(path) as stream:
        for element, folder in _elements(stream, path.name):
            if _tag(element) in _LINKS:
                links += 1
                continue
            placemarks += 1
            cells = _cells(element, folder)
            try:
                shapes.append(_geometry(element))
            except (ValueError, shapely.GEOSException) as error:
                code = "geom.invalid" if isinstance(error, _Unclosed) else "geom.unreadable"
                shown = str(cells.get("name") or "")[:80]
                rejected.append(Rejected(path.name, str(placemarks), "geometry", shown, code, str(error)[:120]))
                continue
            rows.append(cells)
            labels.append(placemarks)
    notes = _link_notes(links, placemarks, path.name)
    index = pd.Index(labels, name="row", dtype="int64")
    names = list(dict.fromkeys(name for cells in rows for name in cells))
    frame = pd.DataFrame([[cells.get(name) for name in names] for cells in rows], index, names, dtype=object)
    table = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(shapes, index, crs=_WGS84))
    return RawLayer(table, path.name, file_sha256(path), tuple(rejected), tuple(notes), _WGS84)


@contextmanager
def _document(path: Path) -> Iterator[IO[bytes]]:
    """Open the KML text, inside a KMZ if it is one."""
    if path.suffix.lower() != ".kmz":
        with path.open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith(".kml")]
        fits = [name for name in names if name.lower() == "doc.kml"] or names
        if len(fits) != 1:
            code = "layer.ambiguous" if fits else "layer.empty"
            why, remedy = "a KMZ holds one document", "send the KML that is meant"
            raise refuse(code, path.name, ", ".join(fits) or "no .kml", why, remedy)
        with archive.open(fits[0]) as stream:
            yield stream


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _elements(stream: IO[bytes], name: str) -> Iterator[tuple[ElementTree.Element, str]]:
    """Yield every placemark and link with the folders it lies in; what was read is let go."""
    path: list[ElementTree.Element] = []
    try:
        for event, element in ElementTree.iterparse(stream, events=("start", "end")):
            if event == "start":
                path.append(element)
                if len(path) > 1000:
                    raise refuse("file.too_deep", name, "1000 levels", "no map is nested this deep", "export it again")
                continue
            path.pop()
            if _tag(element) == "Placemark" or _tag(element) in _LINKS:
                yield element, "/".join(filter(None, (_text(one, "name") for one in path if _tag(one) == "Folder")))
                element.clear()
    except ElementTree.ParseError as error:
        why = "the XML is cut off or broken"
        raise refuse("file.malformed", name, str(error)[:120], why, "export it again") from None


def _text(element: ElementTree.Element, tag: str) -> str | None:
    found = next((child for child in element if _tag(child) == tag), None)
    return (found.text or "").strip() or None if found is not None else None


def _cells(placemark: ElementTree.Element, folder: str) -> Cells:
    cells: Cells = {"name": _text(placemark, "name"), "description": _text(placemark, "description")}
    cells["folder"] = folder or None
    for element in placemark.iter():
        if _tag(element) == "Data":
            key, value = element.get("name"), _text(element, "value")
        elif _tag(element) == "SimpleData":
            key, value = element.get("name"), (element.text or "").strip() or None
        else:
            continue
        if key:
            # a field of the data may bear the name of a tag: both are kept
            cells[key if not cells.get(key) else f"{key} (data)"] = value
    return cells


def _geometry(placemark: ElementTree.Element) -> BaseGeometry | None:
    """Return the geometry of a placemark, None where it has none.

    Raises
    ------
    ValueError
        If coordinates are not numbers, or a ring is not closed.
    """
    waiting = [child for child in placemark if _tag(child) in _GEOMETRIES]
    parts: list[BaseGeometry] = []
    while waiting:
        element = waiting.pop(0)
        if _tag(element) == "MultiGeometry":
            waiting = [child for child in element if _tag(child) in _GEOMETRIES] + waiting
        elif _tag(element) == "Polygon":
            parts.append(shapely.Polygon(_ring(element, "outerBoundaryIs")[0], _ring(element, "innerBoundaryIs")))
        else:
            places = _coordinates(element)
            parts.append(shapely.Point(places[0]) if _tag(element) == "Point" else shapely.LineString(places))
    if len(parts) < 2:
        return parts[0] if parts else None
    make = _MULTI.get(parts[0].geom_type) if len({part.geom_type for part in parts}) == 1 else None
    return make(np.array(parts)) if make is not None else shapely.GeometryCollection(parts)


def _ring(polygon: ElementTree.Element, boundary: str) -> list[list[tuple[float, float]]]:
    rings = []
    for side in polygon:
        if _tag(side) == boundary:
            rings += [_coordinates(ring) for ring in side if _tag(ring) == "LinearRing"]
    if boundary == "outerBoundaryIs" and len(rings) != 1:
        raise ValueError("a polygon has one outer ring")
    if any(ring[0] != ring[-1] for ring in rings):
        raise _Unclosed("a ring of this polygon is not closed")
    return rings


def _coordinates(element: ElementTree.Element) -> list[tuple[float, float]]:
    """Return longitude and latitude of each place; heights are left out."""
    text = re.sub(r"\s*,\s*", ",", _text(element, "coordinates") or "")
    places = []
    for place in text.split():
        numbers = place.split(",")
        if len(numbers) < 2:
            raise ValueError(f"no longitude and latitude: {place[:40]}")
        places.append((float(numbers[0]), float(numbers[1])))
    if not places:
        raise ValueError("no coordinates")
    return places


def _link_notes(links: int, placemarks: int, name: str) -> list[Problem]:
    if not links:
        return []
    if not placemarks:
        why = "the file holds links only, and links are not followed"
        raise refuse("file.driver_refused", name, f"{links} links", why, "send the data itself")
    why, remedy = "links and pictures are not followed", "send what they lead to, if it matters"
    return [Problem("file.driver_refused", name, f"{links} links", why, remedy, "warning")]


FORMAT = Format("kml", "KML、KMZ", "KML, KMZ", {".kml": XML, ".kmz": ZIP}, read_kml, packed=(".kml",))
