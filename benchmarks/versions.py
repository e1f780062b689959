"""Tell whether results are the same whatever versions of Python and of the libraries made them.

Run from the project's top folder:

- ``python -m benchmarks.versions lowest`` prints the lowest versions ``setup.cfg`` promises, as constraints for
  ``pip install -c``;
- ``python -m benchmarks.versions compare FIRST OTHER …`` compares folders of results: CSV files, pages and
  ``audit.json`` byte by byte, once the versions that a result lists are taken out; of Parquet files, workbooks and
  GeoPackages, in which the library that wrote them leaves its name, every schema, cell, style and shape (coordinates
  to the millimetre); of documents the words, and of pictures their size, as each version of the library that draws
  has edges of its own. What differs is printed, and the exit code is 1;
- ``python -m benchmarks.versions deprecations OUT`` runs the demo into a folder and ends at the first warning that a
  call of ours is deprecated, or will mean something else.
"""

from __future__ import annotations

import argparse
import base64
import configparser
import contextlib
import json
import re
import sqlite3
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import shapely

TOP = Path(__file__).resolve().parents[1]

#: A requirement with the lowest version it takes, as every line of ``install_requires`` has one.
_BOUND = re.compile(r"([A-Za-z0-9_.\[\]-]+)>=([0-9.]+)")

#: How a result lists a version: as JSON, in words, and in a workbook.
_LISTED = ('"{}": "{}"', '"{}":"{}"', "{} {}", "<t>{}</t></si><si><t>{}</t>")

_PACKED = re.compile(rb'\{"packed":"([A-Za-z0-9+/=]*)"\}')

#: What a workbook says of the hour and of the program that wrote it; heights of rows, which some versions of that
#: program round to whole pixels; and the rows of a sheet, outside of which it has an order of its own.
_OF_THE_WRITER = ("docProps/",)
_ROWS = re.compile(rb"<sheetData>.*</sheetData>", re.DOTALL)
_HEIGHT = re.compile(rb' ht="[0-9.]+"')


def lowest(setup: Path = TOP / "setup.cfg") -> list[str]:
    """Return the lowest versions the package promises, as constraints.

    Raises
    ------
    ValueError
        If a requirement has no lowest version.
    """
    config = configparser.ConfigParser()
    config.read(setup, encoding="utf-8")
    constraints = []
    for line in filter(None, config["options"]["install_requires"].splitlines()):
        bound = _BOUND.match(line)
        if bound is None:
            raise ValueError(f"{line}: no lowest version")
        where = line.partition(";")[2]
        constraints.append(f"{bound[1]}=={bound[2]}" + (f" ;{where}" if where else ""))
    return constraints


def differences(first: Path, other: Path) -> Iterator[str]:
    """Give what differs between two folders of results, a line each; nothing where they say the same."""
    files, others = _files(first), _files(other)
    for name in sorted(files ^ others):
        yield f"{name}: only in {first if name in files else other}"
    listed = [_versions(folder) for folder in (first, other)]
    for name in sorted(files & others):
        kind = _KINDS.get(Path(name).suffix, _text)
        said = [kind(folder / name, versions) for folder, versions in zip((first, other), listed, strict=True)]
        yield from (f"{name}: {one}" for one in _unlike(*said))


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def _versions(folder: Path) -> list[tuple[bytes, bytes]]:
    """Return what a result says of the versions that made it, and what stands there for any of them."""
    environment: dict[str, str] = json.loads((folder / "audit.json").read_bytes())["environment"]
    written = []
    for name, version in environment.items():
        instead = f"{name} (its version)".encode()
        written += [(form.format(name, version).encode(), instead) for form in _LISTED]
    return written


def _plain(content: bytes, versions: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return a text with what is packed in it unpacked, and no versions."""
    content = _PACKED.sub(lambda found: zlib.decompress(base64.b64decode(found[1])), content)
    for said, instead in versions:
        content = content.replace(said, instead)
    return content


def _text(path: Path, versions: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {f"line {number}": line for number, line in enumerate(_plain(path.read_bytes(), versions).split(b"\n"), 1)}


def _parquet(path: Path, versions: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
    table = pyarrow.parquet.read_table(path)
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    return {"schema": table.schema.to_string(show_schema_metadata=True, truncate_metadata=False), **columns}


def _workbook(path: Path, versions: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.startswith(_OF_THE_WRITER)]
        parts = {name: _HEIGHT.sub(b"", _plain(archive.read(name), versions)) for name in names}
    return {name: b"".join(_ROWS.findall(part)) if "/worksheets/" in name else part for name, part in parts.items()}


def _geopackage(path: Path, versions: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
        shaped = dict(base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
        names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            # the registry's words on a CRS, and how a tree of boxes stands on its pages, are the driver's
            if name == "gpkg_spatial_ref_sys" or name.startswith("rtree_"):
                continue
            cursor = base.execute(f'SELECT * FROM "{name}"')
            columns = [column[0] for column in cursor.description]
            for column, cells in zip(columns, zip(*cursor, strict=True), strict=False):
                said[f"{name}.{column}"] = _shapes(cells) if column == shaped.get(name) else list(cells)
    return said


#: Bytes of the head of a shape in a GeoPackage: flags say whether a box stands in it.
_HEAD, _BOX = 8, {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}


def _shapes(blobs: Sequence[bytes]) -> list[Any]:
    """Return shapes as what they are made of: types, and coordinates in whole millimetres."""
    shapes = shapely.from_wkb([blob[_HEAD + _BOX[blob[3] >> 1 & 7] :] for blob in blobs])
    xy, of = shapely.get_coordinates(shapes, return_index=True)
    return [shapely.get_type_id(shapes).tolist(), of.tolist(), Millimetres(xy)]


class Millimetres:
    """Coordinates that are equal to others within half a millimetre: no grid, whose edges a last digit may cross."""

    def __init__(self, xy: np.ndarray) -> None:
        self.xy = xy

    def __eq__(self, other: object) -> bool:
        """Tell whether all are where the others are."""
        return (
            isinstance(other, Millimetres)
            and self.xy.shape == other.xy.shape
            and bool(np.allclose(self.xy, other.xy, rtol=0.0, atol=5e-4))
        )

    __hash__ = None  # type: ignore[assignment]


_WORDS = re.compile(rb"<w:t(?: [^>]*)?>([^<]*)</w:t>")


def _document(path: Path, versions: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        return {"words": _WORDS.findall(_plain(archive.read("word/document.xml"), versions))}


def _picture(path: Path, versions: Sequence[tuple[bytes, bytes]]) -> dict[str, Any]:
    head = path.read_bytes()[16:24]  # of a PNG: width and height
    return {"pixels": [int.from_bytes(part) for part in (head[:4], head[4:])]}


_KINDS = {".docx": _document, ".png": _picture, ".parquet": _parquet, ".xlsx": _workbook, ".gpkg": _geopackage}


def _unlike(first: dict[str, Any], other: dict[str, Any]) -> Iterator[str]:
    for name in [*first, *(name for name in other if name not in first)]:
        if name not in first or name not in other:
            yield f"{name} is in one of them only"
        elif first[name] != other[name]:
            yield f"{name}: {_shown(first[name], other[name])}"


def _shown(first: Any, other: Any) -> str:
    """Return the first place where two differ, with a little around it."""
    if isinstance(first, list) and isinstance(other, list) and len(first) == len(other):
        place = next(place for place, pair in enumerate(zip(first, other, strict=True)) if pair[0] != pair[1])
        return f"row {place}: {str(first[place])[:60]} / {str(other[place])[:60]}"
    if isinstance(first, bytes | str) and isinstance(other, bytes | str):
        ends = zip(first, other, strict=False)
        place = next((place for place, (one, two) in enumerate(ends) if one != two), min(len(first), len(other)))
        around = slice(max(0, place - 40), place + 40)
        return f"{first[around]!r} / {other[around]!r}"
    return "not the same length"


def deprecations(out: Path) -> int:
    """Run the demo, a warning of a deprecated call of ours an error; return its exit code."""
    for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
        warnings.filterwarnings("error", category=category, module=r"zzgeo(\.|$)")
    from zzgeo.cli.commands import run

    return run(["--debug", "demo", "--out", str(out)])


def main(arguments: Sequence[str]) -> int:
    """Do what the module says; 1 where something differs or is deprecated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("lowest")
    comparing = commands.add_parser("compare")
    comparing.add_argument("first", type=Path)
    comparing.add_argument("others", type=Path, nargs="+")
    commands.add_parser("deprecations").add_argument("out", type=Path)
    told = parser.parse_args(arguments)
    if told.command == "lowest":
        print("\n".join(lowest()))
        return 0
    if told.command == "deprecations":
        return deprecations(told.out)
    wrong = [line for other in told.others for line in differences(told.first, other)]
    print("\n".join(wrong) or f"the same results: {1 + len(told.others)} folders")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
