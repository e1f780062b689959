"""CSV and TSV, in UTF-8 with or without BOM, GB18030 or UTF-16, every cell read as text."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from zzgeo.errors import Problem
from zzgeo.loaders.base import Loader, Options, RawLayer, Rejected, file_sha256, refuse

#: Strictly in this order; right on every file of the reference collection (ecosystem.md, Chinese data).
_ENCODINGS = ("utf-8", "gb18030")


def decode(data: bytes, name: str, declared: str | None = None) -> tuple[str, str]:
    """Return the text of a file and the encoding it was in: BOM first, then UTF-8, then GB18030.

    Raises
    ------
    InputError
        ``encoding.invalid`` where no encoding, or not the declared one, fits every byte.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        declared = declared or "utf-8-sig"
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        declared = declared or "utf-16"
    tried = (declared,) if declared else _ENCODINGS
    for encoding in tried:
        try:
            return data.decode(encoding), encoding
        except (UnicodeDecodeError, LookupError) as error:
            reason = str(error)
    place = "the bytes fit no encoding" if not declared else reason
    remedy = "save the file as UTF-8, or take the line encoding out of the study"
    raise refuse("encoding.invalid", name, "/".join(tried), place, remedy)


def _rows(text: str, name: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return (line, cells) of every record; an open quote is refused, it would swallow the rest of the file."""
    # the limit is the whole file: a long cell is odd, not malformed; the module knows no other way to say it
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise refuse(
            "row.malformed", f"{name}:{line}", str(error), "the line cannot be read", "mend the quotes"
        ) from None
    return rows


def _header(rows: list[tuple[int, list[str]]], name: str) -> list[str]:
    if not rows:
        raise refuse("file.empty", name, "", "there is no header line", "send the file again")
    header = [cell.strip() for cell in rows[0][1]]
    twice = sorted({cell for cell in header if header.count(cell) > 1})
    if twice:
        why = "two columns have the same name"
        raise refuse("schema.duplicate_column", f"{name}:1", ", ".join(twice), why, "rename one of them")
    return header


def read_delimited(path: Path, options: Options) -> RawLayer:
    """Read a CSV or TSV; rows with too many or too few cells are set aside.

    Raises
    ------
    InputError
        If the text cannot be decoded, the header repeats a name, or a quote stays open.
    """
    data = path.read_bytes()
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse("file.malformed", path.name, "NUL bytes", "this is not a text table", "export it again as CSV")
    text, encoding = decode(data, path.name, options.encoding)
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = "\t" if "\t" in first else ";" if ";" in first and "," not in first else ","
    rows = _rows(text, path.name, delimiter)
    header = _header(rows, path.name)
    kept: list[list[str | None]] = []
    lines: list[int] = []
    rejected: list[Rejected] = []
    for line, cells in rows[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            reason = f"{len(cells)} cells where the header has {len(header)}"
            shown = delimiter.join(cells)[:120]
            rejected.append(Rejected(path.name, str(line), "", shown, "row.ragged", reason))
            continue
        kept.append([cell.strip() or None for cell in cells])
        lines.append(line)
    table = pd.DataFrame(kept, columns=header, index=pd.Index(lines, name="row"), dtype=object)
    notes = []
    if encoding not in ("utf-8", "utf-8-sig"):
        notes.append(Problem("encoding.detected", path.name, encoding, "not UTF-8", "nothing to do", "warning"))
    return RawLayer(table, path.name, file_sha256(path), tuple(rejected), tuple(notes))


LOADER = Loader("delimited", (".csv", ".tsv", ".txt"), read_delimited)
