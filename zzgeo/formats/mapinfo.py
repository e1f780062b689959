"""MapInfo tables (TAB with its parts) and interchange files (MIF, MID), through GDAL; none that points elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pyogrio

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, refuse
from zzgeo.formats.parts.gdal import gdal_faults, gdal_on_a_lead, layer_of

#: The files of a table, and that of the attributes of an interchange file.
_TABLE, _ATTRIBUTES = (".dat", ".map", ".id", ".ind"), (".mid",)
#: The encodings a head may name for Chinese; others (Neutral, Windows Latin) are what it says where nobody chose.
_CHARSETS = {"windowssimpchinese": "gb18030", "windowstradchinese": "big5", "utf-8": "utf-8"}
_SAID = re.compile(rb'(charset\s+"?)([\w-]+)', re.IGNORECASE)


def read_mapinfo(path: Path, options: Options) -> RawLayer:
    """Read the layer; rows are numbered from 1.

    Raises
    ------
    InputError
        ``file.part_missing``, ``file.driver_refused`` for a table made of other files, ``file.corrupt``, and what
        `zzgeo.formats.parts.gdal.layer_of` raises.
    """
    table = path.suffix.lower() == ".tab"
    if table:
        _of_its_own(path)
    beside = {part.suffix.lower() for part in path.resolve().parent.iterdir() if part.stem == path.stem}
    lost = [end for end in ((".dat", ".map", ".id") if table else _ATTRIBUTES) if end not in beside]
    if lost:
        why, remedy = "a part of the layer is missing", "send all the parts of one export"
        raise refuse("file.part_missing", path.name, ", ".join(lost), why, remedy)
    charset = _charset(path)
    with (
        gdal_on_a_lead(path, parts=_TABLE if table else _ATTRIBUTES, copy=True) as source,
        gdal_faults(path.name, "file.corrupt"),
    ):
        # every byte is a letter of Latin-1: the text comes through GDAL as it stands and is decoded here, strictly
        plain = Path(source)
        plain.write_bytes(_with_charset(plain.read_bytes(), b"!charset" if table else b"Charset"))
        meta, columns = pyogrio.read_arrow(source)
    columns, notes = _decoded(columns, options.encoding or _CHARSETS.get(charset.lower()), path.name, charset)
    return layer_of(path, meta, columns, range(1, len(columns) + 1), options, notes)


def _charset(path: Path) -> str:
    """Return what the head of a layer calls its encoding; empty where it says nothing."""
    with path.open("rb") as stream:
        said = _SAID.search(stream.read(1 << 16))
    return said.group(2).decode("latin-1") if said else ""


def _with_charset(content: bytes, key: bytes) -> bytes:
    """Return the head of a layer (a whole table definition, or an interchange file) that says Latin-1."""
    changed, count = _SAID.subn(rb"\g<1>ISO8859_1", content[: 1 << 16])
    if not count:  # the first line says the version
        first, end, rest = changed.partition(b"\n")
        changed = first + end + key + (b" ISO8859_1\n" if key.startswith(b"!") else b' "ISO8859_1"\n') + rest
    return changed + content[1 << 16 :]


def _decoded(table: pa.Table, said: str | None, file: str, charset: str) -> tuple[pa.Table, list[Problem]]:
    """Return a table with names and text in UTF-8 if all of it is, else in what its head names, else in GB18030.

    Raises
    ------
    InputError
        ``encoding.invalid`` where none fits, ``config.invalid`` for an encoding nobody knows.
    """
    text = [at for at, field in enumerate(table.schema) if pa.types.is_string(field.type)]
    cells = {at: table.column(at).to_pylist() for at in text}
    joined = "\n".join([*table.column_names, *(cell for column in cells.values() for cell in column if cell)])
    if joined.isascii():
        return table, []
    encoding = next((one for one in dict.fromkeys(("utf-8", said, "gb18030")) if one and _fits(joined, one)), None)
    if encoding is None:
        why, remedy = "the text fits no encoding", "export the layer again as GeoPackage"
        raise refuse("encoding.invalid", file, charset or "no charset", why, remedy)
    for at, column in cells.items():
        table = table.set_column(at, table.column_names[at], pa.array([_in(cell, encoding) for cell in column]))
    table = table.rename_columns([_in(name, encoding) for name in table.column_names])
    if encoding == said:
        return table, []
    why = f"the layer says {charset}" if charset else "the layer does not say its encoding"
    return table, [Problem("encoding.detected", file, encoding, why, "check some names", "warning")]


def _in(text: str | None, encoding: str) -> str | None:
    return None if text is None else text.encode("latin-1").decode(encoding)


def _fits(text: str, encoding: str) -> bool:
    try:
        _in(text, encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def _of_its_own(path: Path) -> None:
    """Refuse a table whose definition names other files: views, links, rasters, seamless tables."""
    text = path.read_bytes()[: 1 << 16].decode("latin-1")
    kind = re.search(r'^\s*type\s+"?(\w+)', text, re.IGNORECASE | re.MULTILINE)
    said = kind.group(1).upper() if kind else ""
    elsewhere = re.search(r"^\s*(open\s+table|file|create\s+view|relation)\b.*", text, re.IGNORECASE | re.MULTILINE)
    if said != "NATIVE" or elsewhere:
        why = "only a table that holds its own rows is read, none that names other files"
        shown = elsewhere.group(0).strip() if elsewhere else f"Type {said or 'unknown'}"
        raise refuse("file.driver_refused", path.name, shown[:80], why, "save a copy of the table and send that")


def _definition(name: str, head: bytes) -> None:
    if not re.match(rb"\s*!table\b", head.removeprefix(b"\xef\xbb\xbf"), re.IGNORECASE):
        raise refuse(
            "file.wrong_type", name, ".tab", "this is no table of MapInfo", "send a text table as .txt or .csv"
        )


def _interchange(name: str, head: bytes) -> None:
    if not re.match(rb"\s*version\s+\d+", head.removeprefix(b"\xef\xbb\xbf"), re.IGNORECASE):
        raise refuse("file.wrong_type", name, ".mif", "this is no interchange file of MapInfo", "export it again")


FORMAT = Format(
    "mapinfo",
    "MapInfo 表",
    "MapInfo table",
    {".tab": Content(first=_definition), ".mif": Content(first=_interchange)},
    read_mapinfo,
    sidecars=(*_TABLE, *_ATTRIBUTES),
    driver="MapInfo File",
)
