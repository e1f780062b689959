"""Shapefiles, through GDAL, after their parts were asked: do they agree, are they whole, how is the text encoded."""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyogrio

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, Rejected, refuse
from zzgeo.formats.parts.encodings import text_encoding_named
from zzgeo.formats.parts.gdal import SHAPE, gdal_faults, gdal_on_a_lead, layer_of, without_rows

Bytes = npt.NDArray[np.uint8]

#: Language bytes of a .dbf that mean a Chinese code page.
_CHINESE = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}
_CODE_PAGES = {"936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "950": "big5", "65001": "utf-8"}


@dataclass(frozen=True)
class Field:
    """A column of a .dbf: its name as bytes, its type, where it stands in a record."""

    name: bytes
    kind: str
    begin: int
    width: int


@dataclass(frozen=True)
class Attributes:
    """The header of a .dbf and what is told by its records."""

    fields: tuple[Field, ...]
    records: int
    header: int
    length: int
    language: int


def read_shapefile(path: Path, options: Options) -> RawLayer:
    """Read a shapefile; rows are numbered from 1, those marked as deleted are listed.

    Raises
    ------
    InputError
        ``file.part_missing``, ``file.corrupt``, ``file.inconsistent``, ``encoding.invalid``, ``config.invalid`` for an
        encoding nobody knows, ``schema.duplicate_column``, ``crs.unknown``.
    """
    attributes, notes = check_shapefile(path)
    dbf = sibling(path, ".dbf")
    assert dbf is not None
    encoding, notes_of_text = text_encoding(path.name, dbf, attributes, options.encoding)
    names, cut = decoded_names(path.name, attributes, encoding)
    deleted = set(deleted_rows(dbf, attributes))
    whole = sibling(path, ".shx") is not None
    # every byte is a letter of Latin-1: the text comes through GDAL as it stands and is decoded here, strictly
    with (
        gdal_on_a_lead(path, parts=(".dbf", ".shx", ".prj"), copy=not whole) as source,
        gdal_faults(path.name, "file.corrupt"),
    ):
        try:
            meta, table = pyogrio.read_arrow(source, encoding="ISO-8859-1", return_fids=True)
        except UnboundLocalError:  # pyogrio's own slip where GDAL makes nothing of the text in the .prj
            remedy = "send the .prj again, or say the datum in the study and leave it out"
            raise refuse("crs.unknown", path.name, ".prj", "no CRS can be read from it", remedy) from None
    labels = [fid + 1 for fid in table.column("OGC_FID").to_pylist()]
    table = _decoded(table.drop_columns(["OGC_FID"]), names, encoding, path.name)
    if len(table) + len(deleted) != attributes.records:
        value = f"{len(table)} of {attributes.records} rows"
        raise refuse("file.corrupt", path.name, value, "rows cannot be read", "send the file again")
    raw = layer_of(path, meta, table, labels, options, [*notes, *notes_of_text, *cut])
    why = "its owner marked the row as deleted"
    gone = [Rejected(path.name, str(row + 1), "", "", "row.deleted", why) for row in sorted(deleted)]
    return without_rows(raw, [], gone)


def _decoded(table: pa.Table, names: Sequence[str], encoding: str, file: str) -> pa.Table:
    """Return the table with its names and text decoded from the bytes that Latin-1 stands for."""
    columns, plain = {}, iter(names)
    for said, column in zip(table.column_names, table.columns, strict=True):
        name = said if said == SHAPE else next(plain, said)
        if name in columns:
            why, remedy = "two columns have the same name", "export the layer again as GeoPackage"
            raise refuse("schema.duplicate_column", file, name, why, remedy)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = pa.chunked_array([_decoded_text(piece, encoding) for piece in column.chunks], pa.large_string())
        columns[name] = column
    return pa.table(columns)


def _decoded_text(piece: pa.Array, encoding: str) -> pa.Array:
    cells = piece.to_pylist()
    joined = "\x00".join(cell or "" for cell in cells)
    if joined.isascii():
        return piece.cast(pa.large_string())
    texts = joined.encode("latin-1").decode(encoding, "ignore").split("\x00")
    if len(texts) != len(cells):  # a zero byte inside a value
        texts = [(cell or "").encode("latin-1").decode(encoding, "ignore") for cell in cells]
    return pa.array([text or None for text in texts], pa.large_string())


def sibling(path: Path, suffix: str) -> Path | None:
    """Return a part of a shapefile, whatever the case of its ending."""
    for end in (suffix, suffix.upper(), suffix.capitalize()):
        if (part := path.with_suffix(end)).is_file():
            return part
    return None


def check_shapefile(path: Path) -> tuple[Attributes, list[Problem]]:
    """Return what the .dbf says; refuse parts that are missing, cut off, or contradict each other.

    Raises
    ------
    InputError
        ``file.part_missing`` without .dbf, ``file.corrupt``, ``file.inconsistent``.
    """
    dbf, shx = sibling(path, ".dbf"), sibling(path, ".shx")
    if dbf is None:
        why, remedy = "a part of the shapefile is missing", "send all the parts of the shapefile, or a GeoPackage"
        raise refuse("file.part_missing", path.name, ".dbf", why, remedy)
    attributes = read_attributes(dbf)
    notes = []
    if shx is None:
        shapes = _walk(path)
        why, remedy = "the index was made again from the shapes", "send all the parts of the shapefile"
        notes.append(Problem("file.part_missing", path.name, ".shx", why, remedy, "warning"))
    else:
        shapes = _indexed(path, shx)
    if attributes.records != shapes:
        _disagree(path.name, f".shp {shapes} shapes, .dbf {attributes.records} rows")
    return attributes, notes


def _disagree(name: str, value: str) -> None:
    why, remedy = "shapes and rows cannot be matched", "send all the parts of one export"
    raise refuse("file.inconsistent", name, value, why, remedy)


def _damaged(name: str, value: str) -> InputError:
    return refuse("file.corrupt", name, value, "the file is damaged or cut off", "send the file again")


def _declared(path: Path) -> int:
    """Return the length a .shp or .shx says it has."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(100)
    declared = int.from_bytes(head[24:28], "big", signed=True) * 2 if len(head) == 100 else 0
    if not 100 <= declared <= size:
        raise _damaged(path.name, f"{size} of {declared} bytes")
    return declared


def _walk(path: Path) -> int:
    """Return the number of shapes, walking from one to the next; each must lie in the file."""
    declared = _declared(path)
    view, offset, shapes = np.memmap(path, dtype=np.uint8, mode="r"), 100, 0
    while offset < declared:
        words = int.from_bytes(view[offset + 4 : offset + 8].tobytes(), "big") if offset + 12 <= declared else 0
        offset += 8 + 2 * words
        shapes += 1
        if words < 2 or offset > declared:
            raise _damaged(path.name, f"shape {shapes}")
    return shapes


def _indexed(path: Path, shx: Path) -> int:
    """Return the number of shapes the index lists; each must lie in the file and be as long as both say."""
    declared, length = _declared(path), _declared(shx)
    if (length - 100) % 8:
        raise _damaged(shx.name, f"{length} bytes")
    if length == 100:
        return 0
    entries = np.fromfile(shx, dtype=">i4", offset=100, count=(length - 100) // 4).reshape(-1, 2).astype(np.int64) * 2
    begin, size = entries.T
    if bad := _first((begin < 100) | (size < 4) | (begin + 8 + size > declared)):
        raise _damaged(path.name, f"shape {bad}")
    content = np.memmap(path, dtype=np.uint8, mode="r")
    said = np.zeros(len(begin), dtype=np.int64)
    for byte in range(4, 8):
        said = said * 256 + content[begin + byte]
    if bad := _first(said * 2 != size):
        _disagree(path.name, f"shape {bad}: .shp and .shx give it different lengths")
    return len(entries)


def _first(mask: npt.NDArray[np.bool_]) -> int:
    """Return the number of the first that is true, from 1; 0 where none is."""
    return int(mask.argmax()) + 1 if mask.any() else 0


def read_attributes(path: Path) -> Attributes:
    """Return the header of a .dbf.

    Raises
    ------
    InputError
        ``file.corrupt`` where it is cut off or nonsense.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(32)
        if len(head) < 32:
            raise _damaged(path.name, f"{size} bytes")
        records, header, length = struct.unpack("<IHH", head[4:12])
        body = stream.read(max(0, header - 32))
    fields, begin = [], 1
    for at in range(0, len(body) - 31, 32):
        entry = body[at : at + 32]
        if entry[0] == 0x0D:
            break
        kind, width = chr(entry[11]), entry[16] + (256 * entry[17] if entry[11] == 0x43 else 0)
        fields.append(Field(entry[:11].partition(b"\x00")[0], kind, begin, width))
        begin += width
    if not fields or begin > length or header + records * length > size:
        raise _damaged(path.name, f"{size} bytes for {records} rows of {length}")
    return Attributes(tuple(fields), records, header, length, head[29])


def deleted_rows(path: Path, attributes: Attributes) -> list[int]:
    """Return the places, from 0, of rows their owner marked as deleted; GDAL leaves them out without a word."""
    flags = _records(path, attributes)[:, 0]
    return [int(row) for row in np.flatnonzero(flags == 0x2A)]


def _records(path: Path, attributes: Attributes) -> Bytes:
    shape = (attributes.records, attributes.length)
    if not attributes.records:
        return np.empty(shape, dtype=np.uint8)
    return np.memmap(path, dtype=np.uint8, mode="r", offset=attributes.header, shape=shape)


def text_encoding(name: str, path: Path, attributes: Attributes, declared: str | None) -> tuple[str, list[Problem]]:
    """Return the encoding of a .dbf's names and text, and what is to be told of it.

    What the study declares, else the .cpg, else the language byte, is believed where it fits; else UTF-8, else GB18030.

    Raises
    ------
    InputError
        ``encoding.invalid`` where nothing fits, with the rows that do not; ``config.invalid`` for an unknown name.
    """
    said = _known(declared) if declared else _cpg(path) or _CHINESE.get(attributes.language)
    if declared and said is None:
        raise refuse("config.invalid", name, declared, "no such encoding", "write utf-8 or gb18030")
    texts = [_column(path, attributes, one) for one in attributes.fields if one.kind == "C"]
    if all(text.isascii() for text in texts) and all(one.name.isascii() for one in attributes.fields):
        return said or "utf-8", []
    if not declared and said is not None and _is_latin(said) and _looks_chinese(texts):
        said = None
    if declared and said:
        rows = _misfits(texts, said)
        if rows:
            raise _invalid(name, said, rows)
        return said, []
    for encoding in dict.fromkeys((*([said] if said else []), "utf-8", "gb18030")):
        if not _misfits(texts, encoding) and _names_fit(attributes, encoding):
            if encoding == said or (encoding == "utf-8" and said is None):
                return encoding, []
            claim = f"{encoding}, not {said}" if said else encoding
            why = "the text is in another encoding than the .cpg says" if said else "the shapefile has no .cpg"
            return encoding, [Problem("encoding.detected", name, claim, why, "nothing to do", "warning")]
    guess = min(("utf-8", "gb18030"), key=lambda encoding: len(_misfits(texts, encoding)))
    raise _invalid(name, said or guess, _misfits(texts, said or guess))


def _is_latin(encoding: str) -> bool:
    """Tell the encodings in which every byte is a letter, so that any text fits: what names them proves nothing."""
    return codecs.lookup(encoding).name.startswith(("iso8859", "cp125", "latin"))


def _looks_chinese(texts: list[bytes]) -> bool:
    """Tell Chinese text from accented letters: its bytes above ASCII stand in pairs and runs."""
    high = re.compile(rb"[\x80-\xff]+")
    runs = [len(run) for text in texts for run in high.findall(text)]
    return bool(runs) and sum(run for run in runs if run > 1) > 0.8 * sum(runs)


def _invalid(name: str, encoding: str, rows: list[int]) -> InputError:
    labels = tuple(str(row + 1) for row in rows)
    value = f"{encoding}; rows {', '.join(labels[:10])}" + (" …" if len(labels) > 10 else "")
    why, remedy = "the text of these rows is in another encoding", "export the layer again as GeoPackage"
    return InputError([Problem("encoding.invalid", name, value, why, remedy, rows=labels)])


def _known(name: str) -> str | None:
    plain = name.strip().lower().removeprefix("cp").removeprefix("ansi ").removeprefix("ldid/")
    return _CODE_PAGES.get(plain) or text_encoding_named(name.strip())


def _cpg(path: Path) -> str | None:
    part = sibling(path, ".cpg")
    if part is None:
        return None
    name = part.read_bytes()[:64].decode("ascii", "ignore").strip("\x00 \r\n\ufeff")
    return _known(name) if name else None


def _column(path: Path, attributes: Attributes, field: Field) -> bytes:
    """Return the text of a column, one row a line, blanks at the end kept."""
    records = _records(path, attributes)[:, field.begin : field.begin + field.width]
    lines = np.empty((records.shape[0], field.width + 1), dtype=np.uint8)
    lines[:, :-1] = records
    lines[:, :-1][lines[:, :-1] == 0x0A] = 0x20
    lines[:, -1] = 0x0A
    return lines.tobytes()


def _decodes(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _misfits(texts: list[bytes], encoding: str) -> list[int]:
    """Return the rows whose text is not in an encoding; a value cut inside its last letter does not count."""
    rows: set[int] = set()
    for text in texts:
        if _decodes(text, encoding):
            continue
        for row, line in enumerate(text.split(b"\n")):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                if error.start < len(line) - 3 or not _decodes(line[: error.start], encoding):
                    rows.add(row)
    return sorted(rows)


def _cut_name(name: bytes, encoding: str) -> bytes:
    """Return a column name without the piece of a letter at its end: names have ten bytes, and letters two or three."""
    for length in range(len(name), max(len(name) - 3, 0), -1):
        if _decodes(name[:length], encoding):
            return name[:length]
    return name


def _names_fit(attributes: Attributes, encoding: str) -> bool:
    return all(_decodes(_cut_name(field.name, encoding), encoding) for field in attributes.fields)


def decoded_names(name: str, attributes: Attributes, encoding: str) -> tuple[list[str], list[Problem]]:
    """Return the column names as text; a name that was cut inside a letter is told and loses that piece."""
    texts, cut = [], []
    for field in attributes.fields:
        whole = _cut_name(field.name, encoding)
        texts.append(whole.decode(encoding, "replace").strip())
        if whole != field.name:
            cut.append(texts[-1])
    if not cut:
        return texts, []
    why = "a shapefile keeps ten bytes of a name; these were cut inside a letter"
    remedy = "use these names in the study file, or send a GeoPackage"
    return texts, [Problem("encoding.field_name_truncated", name, ", ".join(cut), why, remedy, "warning")]


FORMAT = Format(
    "shapefile",
    "Shapefile",
    "Shapefile",
    {".shp": Content((b"\x00\x00\x27\x0a",))},
    read_shapefile,
    sidecars=(".shx", ".dbf", ".prj", ".cpg"),
    driver="ESRI Shapefile",
)
