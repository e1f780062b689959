"""GeoJSON, through GDAL; its old-style CRS is read here: GDAL would look it up on the network."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pyogrio
import pyproj

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import Format, Options, RawLayer, refuse
from zzgeo.formats.parts.contents import JSON
from zzgeo.formats.parts.cut_off import refuse_if_cut
from zzgeo.formats.parts.encodings import encoding_of
from zzgeo.formats.parts.gdal import gdal_faults, gdal_on_a_lead, layer_of

#: The key "crs", letters escaped or not.
_CRS = re.compile(rb'"(?:c|\\u0063)(?:r|\\u0072)(?:s|\\u0073)"\s*:\s*(?=[{n])')
_LONGEST_CRS = 8192


def read_geojson(path: Path, options: Options) -> RawLayer:
    """Read the features of a collection; rows are numbered from 1.

    Raises
    ------
    InputError
        ``file.malformed``, ``file.too_deep``, ``file.driver_refused``, ``encoding.invalid``, ``crs.unknown``;
        ``answer.cut_off`` where a server says that there is more.
    """
    said, crs = declared_crs(path)
    with (
        as_utf8(path) as (plain, notes),
        gdal_on_a_lead(plain, "GEOJSON:") as source,
        gdal_faults(path.name, "file.malformed"),
    ):
        meta, table = pyogrio.read_arrow(source, DATE_AS_STRING="YES")
    refuse_if_cut(path, len(table))
    if said:
        meta["crs"] = crs
    return layer_of(path, meta, table, range(1, len(table) + 1), options, notes)


def declared_crs(path: Path) -> tuple[bool, pyproj.CRS | None]:
    """Return whether the file has a ``crs`` member, and the CRS it names (None for ``null``).

    Raises
    ------
    InputError
        ``file.driver_refused`` for a CRS behind a link, ``crs.unknown`` for one nobody knows.
    """
    said: list[pyproj.CRS | None] = []
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        for found in _CRS.finditer(content):
            text = content[found.end() : found.end() + _LONGEST_CRS].decode("utf-8", "replace")
            try:
                member, _ = json.JSONDecoder().raw_decode(text)
            except (ValueError, RecursionError):
                continue
            if member is None:
                said.append(None)
            elif isinstance(member, dict) and isinstance(member.get("properties"), dict) and "type" in member:
                said.append(_named(member, path.name))
    return bool(said), said[0] if said else None


def _named(member: dict[str, object], name: str) -> pyproj.CRS:
    kind, properties = str(member["type"]).lower(), member["properties"]
    assert isinstance(properties, dict)
    if kind not in ("name", "epsg", "ogc"):
        why = "the CRS stands behind a link, and links are not followed"
        raise refuse("file.driver_refused", name, json.dumps(member)[:120], why, "export the layer again")
    text = str(properties.get("name") or properties.get("urn") or f"EPSG:{properties.get('code')}")
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        raise refuse("crs.unknown", name, text[:120], "no such CRS is known", "correct the crs member") from None


@contextmanager
def as_utf8(path: Path) -> Iterator[tuple[Path, list[Problem]]]:
    """Give the file, or a copy in UTF-8 where it is in another encoding, with a warning that says so.

    Raises
    ------
    InputError
        ``encoding.invalid`` where no encoding fits.
    """
    encoding = encoding_of(path)
    if encoding in ("utf-8", "utf-8-sig"):
        yield path, []
        return
    note = Problem("encoding.detected", path.name, encoding, "GeoJSON is UTF-8", "nothing to do", "warning")
    with tempfile.TemporaryDirectory(prefix="zzgeo-") as folder:
        copy = Path(folder) / "layer.geojson"
        with path.open("r", encoding=encoding, newline="") as source, copy.open("w", encoding="utf-8") as target:
            while piece := source.read(1 << 20):
                target.write(piece)
        yield copy, [note]


FORMAT = Format("geojson", "GeoJSON", "GeoJSON", {".geojson": JSON, ".json": JSON}, read_geojson, driver="GeoJSON")
