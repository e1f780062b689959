"""What a worksheet says beyond its values: formulas never computed, errors, hidden rows, long numbers, its extent."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from zzgeo.formats.parts.base import refuse
from zzgeo.formats.parts.xml_prolog import refuse_entities

_PIECE = 8 << 20
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?row>)", re.DOTALL)
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)</(?:\w+:)?v>")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_LONG = re.compile(rb"<(?:\w+:)?v>-?\d{16,}<")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b([^>]*)/?>")
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_PLACE = re.compile(rb'\br="([A-Z]*)(\d+)"')
_TYPE = re.compile(rb'\bt="(\w+)"')
_USED_COLUMN = re.compile(rb'\br="([A-Z]+)\d+"(?:[^>]*[^/])?>')
#: Readers of values lay a sheet out as a full rectangle; one value in its last corner would fill the memory.
MAX_CELLS = 30_000_000
#: How many texts the part of the texts says it holds; the shortest, ``<si/>``, has five bytes.
_TEXTS, _SHORTEST_TEXT = re.compile(rb'<(?:\w+:)?sst\b[^>]*\buniqueCount=["\'](\d{1,30})["\']'), 5
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class SheetFacts:
    """Facts about cells by (row, column), counted from 1: ``shown`` is text to use in place of the value read."""

    no_value: dict[int, set[int]] = field(default_factory=dict)
    shown: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)


def sheet_facts(path: Path, sheet: str) -> SheetFacts:
    """Return the facts of one sheet of an XLSX workbook that passed the door.

    Raises
    ------
    InputError
        ``file.corrupt`` where the workbook does not say which part the sheet is, ``file.too_large`` where the sheet
        has values further apart than `MAX_CELLS`.
    """
    with zipfile.ZipFile(path) as archive:
        facts = SheetFacts()
        part = _part(archive, sheet)
        if part is None:
            why = "the workbook does not say where this sheet is"
            raise refuse("file.corrupt", path.name, sheet, why, "save it again")
        row, last_row = 0, 0
        columns: set[bytes] = set()
        for piece in _pieces(archive, part, facts):
            begin = row
            row = _last_row(piece, row)
            if used := set(_USED_COLUMN.findall(piece)):
                columns |= used
                last_row = max(last_row, row)
            if b't="e"' in piece or b'hidden="' in piece or _FORMULA.search(piece) or _LONG.search(piece):
                row = _odd_rows(piece, begin, facts)
    cells = last_row * max(map(_number, columns), default=0)
    if cells > MAX_CELLS:
        why, remedy = "its values stand too far apart", "send the list alone in a sheet"
        raise refuse("file.too_large", path.name, f"{sheet}: {cells:.1e} cells", why, remedy)
    return facts


def refuse_entities_in_parts(path: Path) -> None:
    """Refuse a workbook with a document type in any of its parts.

    Raises
    ------
    InputError
        ``xml.entity_refused``, ``file.malformed``.
    """
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.filename.lower().endswith((".xml", ".rels")):
                with archive.open(member) as stream:
                    refuse_entities(stream, path.name)


def refuse_false_counts(path: Path) -> None:
    """Refuse a workbook that declares more texts than its bytes can hold.

    A reader that believes the count asks for memory that no machine has, which ends the process.

    Raises
    ------
    InputError
        ``file.corrupt``.
    """
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                declared = _TEXTS.search(stream.read(1 << 16))
            most = member.file_size // _SHORTEST_TEXT
            if declared and int(declared[1]) > most:
                why = f"it says that it holds {declared[1].decode()} texts, and has room for {most}"
                raise refuse("file.corrupt", path.name, member.filename, why, "save it again")


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the archive's member that holds a sheet."""
    book = next((one for one in archive.namelist() if one.lower() == "xl/workbook.xml"), None)
    try:
        if book is None:
            book = _target(archive, "_rels/.rels", "officeDocument")
        wanted = next(
            one.get(_RELATION)
            for one in ElementTree.fromstring(archive.read(book)).iter()
            if one.tag.endswith("}sheet") and one.get("name") == sheet
        )
        folder, name = posixpath.split(book)
        for one in ElementTree.fromstring(archive.read(f"{folder}/_rels/{name}.rels")):
            if one.get("Id") == wanted:
                part = posixpath.normpath(posixpath.join("/", folder, one.get("Target", "")))[1:]
                return part if part in archive.namelist() else None
    except (ElementTree.ParseError, KeyError, StopIteration):
        return None
    return None


def _target(archive: zipfile.ZipFile, relations: str, kind: str) -> str:
    parts = ElementTree.fromstring(archive.read(relations))
    return next(one.get("Target", "").lstrip("/") for one in parts if one.get("Type", "").endswith(f"/{kind}"))


def _pieces(archive: zipfile.ZipFile, part: str, facts: SheetFacts) -> Iterator[bytes]:
    """Yield the part in pieces of whole rows."""
    rest = b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            if not rest:
                _hidden_columns(piece, facts)
            text = rest + piece
            end = text.rfind(b"row>") + 4
            rest = text[end:] if end > 3 else text
            if end > 3:
                yield text[:end]


def _last_row(piece: bytes, before: int) -> int:
    """Return the number of the last row with a value in a piece; rows that do not say theirs are counted."""
    place = _PLACE.search(piece, max(piece.rfind(b' r="', 0, piece.rfind(b"c>")), 0))
    return int(place[2]) if place and place[1] else before + len(_ROW.findall(piece))


def _odd_rows(piece: bytes, row: int, facts: SheetFacts) -> int:
    """Note what is odd in the rows of a piece; return the number of the last."""
    for found in _ROW.finditer(piece):
        attributes, body = found[1], found[2] or b""
        place = _PLACE.search(attributes)
        row = int(place[2]) if place else row + 1
        if _HIDDEN.search(attributes):
            facts.hidden_rows.append(row)
        if b't="e"' in body or _FORMULA.search(body) or _LONG.search(body):
            _odd_cells(body, row, facts)
    return row


def _hidden_columns(piece: bytes, facts: SheetFacts) -> None:
    for found in _COLUMN.finditer(piece.partition(b"sheetData")[0]):
        first, last = re.search(rb'\bmin="(\d+)"', found[1]), re.search(rb'\bmax="(\d+)"', found[1])
        if _HIDDEN.search(found[1]) and first and last:
            facts.hidden_columns += range(int(first[1]), min(int(last[1]), 16_384) + 1)


def _odd_cells(body: bytes, row: int, facts: SheetFacts) -> None:
    column = 0
    for found in _CELL.finditer(body):
        attributes, inside = found[1], found[2] or b""
        place = _PLACE.search(attributes)
        column = _number(place[1]) if place and place[1] else column + 1
        kind, value = _TYPE.search(attributes), _VALUE.search(inside)
        cell_type = kind[1] if kind else b"n"
        if cell_type == b"e":
            facts.shown[row, column] = value[1].decode("utf-8", "replace") if value else "#ERROR"
        elif value is None and cell_type != b"str" and _FORMULA.search(inside):
            facts.no_value.setdefault(row, set()).add(column)
        elif value is not None and cell_type == b"n" and _LONG.search(inside):
            facts.shown[row, column] = value[1].decode("ascii", "replace")


def _number(letters: bytes) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
