"""CSV and TSV, in UTF-8 with or without BOM, GB18030 or UTF-16, every cell read as text."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import Format, Options, RawLayer, file_sha256, refuse
from zzgeo.formats.parts.contents import TEXT
from zzgeo.formats.parts.encodings import encoding_of
from zzgeo.formats.parts.grid import LOOKED_AT, Gathered, header_at, header_note, named

_DELIMITERS = (",", "\t", ";", "|")

#: A record may run over this many lines; what is longer is a quote that somebody forgot.
_LONGEST_RECORD = 200


#: Lines without any quote are split this many at once: a million rows must not take a minute.
_BLOCK = 5_000
_NEVER_CLOSED = "unexpected end of data"
#: A formula that only says a text, as programs write ids for a spreadsheet.
_TEXT_TRICK = re.compile(r'="((?:[^"]|"")*)"')


class _Lines:
    """The lines of a file, which can be taken back: a quote that was never closed must not swallow the next rows."""

    def __init__(self, stream: io.TextIOBase) -> None:
        self._stream = iter(stream)
        self._back: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0
        self.width: int | None = None
        self.zeros = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) > _LONGEST_RECORD:
            raise csv.Error(_NEVER_CLOSED)
        line = self._back.popleft() if self._back else next(self._stream)
        self.taken.append(line)
        self.number += 1
        self.zeros = self.zeros or "\x00" in line
        return line

    def plain(self) -> list[str]:
        """Take the next lines at once if no quote and no zero byte is among them; else none, and they wait."""
        if self._back:
            return []
        block = list(islice(self._stream, _BLOCK))
        text = "".join(block)
        if '"' in text or "\x00" in text:
            self._back.extend(block)
            return []
        self.number += len(block)
        return block

    def peek(self, count: int) -> list[str]:
        """Return the next lines without taking them."""
        while len(self._back) < count:
            line = next(self._stream, None)
            if line is None:
                break
            self._back.append(line)
        return list(islice(self._back, count))

    def give_back(self, keep: int) -> None:
        """Give back all the lines of this record but the first ones."""
        back = self.taken[keep:]
        self._back.extendleft(reversed(back))
        self.number -= len(back)
        del self.taken[keep:]


#: A record: the line it begins on, its cells, and what is wrong with it.
Record = tuple[int, list[str], str]


def _records(lines: _Lines, delimiter: str, name: str) -> Iterator[Record]:
    """Yield every record; of one that cannot be read only the first line is lost, the others are read again.

    Raises
    ------
    InputError
        ``file.malformed`` where a quote is still open at the end of the file.
    """
    # the limit is a cell of any length: a long one is odd, not malformed; the module knows no other way to say it
    csv.field_size_limit(sys.maxsize if sys.maxsize < 2**31 else 2**31 - 1)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        while block := lines.plain():
            for number, line in enumerate(block, start=lines.number - len(block) + 1):
                yield number, line.rstrip("\r\n").split(delimiter), ""
        lines.taken.clear()
        lines.zeros = False
        begin = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if _NEVER_CLOSED in str(error):
                why, remedy = "a quote is opened here and never closed: it would swallow the rest", "close the quote"
                raise refuse("file.malformed", f"{name}:{begin}", _shown(lines.taken), why, remedy) from None
            wrong = f"the quotes of this line cannot be read ({error})"
        else:
            if len(lines.taken) == 1 or lines.width is None or not _swallows(lines, cells, delimiter):
                reason = "there are zero bytes in the row" if lines.zeros else ""
                yield begin, _without_text_trick(cells), reason
                continue
            wrong = "a quote of this line runs into the next lines"
        lines.give_back(1)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        yield begin, [lines.taken[0].strip()], wrong


def _without_text_trick(cells: list[str]) -> list[str]:
    """Return cells as a spreadsheet shows them: the formula ``="0471"`` keeps it from reading a text as a number.

    Examples
    --------
    >>> _without_text_trick(['="0471"', '="a ""b"" c"', '=A1&"x"', "12"])
    ['0471', 'a "b" c', '=A1&"x"', '12']
    """
    if not any('="' in cell for cell in cells):
        return cells
    tricks = [_TEXT_TRICK.fullmatch(cell.strip()) for cell in cells]
    return [trick[1].replace('""', '"') if trick else cell for trick, cell in zip(tricks, cells, strict=True)]


def _swallows(lines: _Lines, cells: list[str], delimiter: str) -> bool:
    """Tell whether a record of several lines is a forgotten quote: its cells do not fit, or it holds whole rows."""
    if len(cells) != lines.width or lines.zeros:
        return True
    whole = len(cells) - 1
    return whole > 1 and any(line.count(delimiter) == whole and '"' not in line for line in lines.taken[1:])


def _delimiter(lines: _Lines) -> str:
    """Return the delimiter most of the first lines agree on, counted outside quotes."""
    first = [line for line in lines.peek(LOOKED_AT) if line.strip()]
    best, most = ",", (0, 0)
    for mark in _DELIMITERS:
        counts = Counter(_outside_quotes(line).count(mark) for line in first)
        counts.pop(0, None)
        if counts:
            times, lines_agreed = max(counts.items(), key=lambda pair: (pair[1], pair[0]))
            if (lines_agreed, times) > most:
                best, most = mark, (lines_agreed, times)
    return best


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2]) if '"' in line else line


def read_delimited(path: Path, options: Options) -> RawLayer:
    """Read a CSV or TSV; rows that cannot be read, and rows that are no records, are set aside.

    Raises
    ------
    InputError
        If the text cannot be decoded, the header repeats a name or holds zeros, a quote stays open, or the file ends
        within a row.
    """
    encoding = encoding_of(path, options.encoding)
    notes = []
    if encoding not in ("utf-8", "utf-8-sig"):
        notes.append(Problem("encoding.detected", path.name, encoding, "not UTF-8", "nothing to do", "warning"))
    with path.open("r", encoding=encoding, errors="surrogateescape", newline="") as stream:
        header, delimiter, notes_of_header = _header(_Lines(stream), path.name, options)
        gathered = Gathered(path.name, header[1])
        stream.seek(0)
        lines = _Lines(stream)
        lines.width = len(gathered.header)
        record: Record = (0, [], "")
        for record in _records(lines, delimiter, path.name):
            if record[0] > header[0]:
                _take(gathered, record)
    _refuse_cut_off(path, record, len(gathered.header))
    return RawLayer(
        gathered.table(), path.name, file_sha256(path), tuple(gathered.rejected), (*notes, *notes_of_header)
    )


def _refuse_cut_off(path: Path, last: Record, width: int) -> None:
    """Refuse a file whose last line has too few cells and no end: nobody can say how many rows came after it."""
    line, cells, wrong = last
    if wrong or len(cells) >= width or not any(cell.strip() for cell in cells):
        return
    with path.open("rb") as stream:
        stream.seek(-min(2, path.stat().st_size), io.SEEK_END)
        ending = stream.read().strip(b"\x00")  # of UTF-16 a line ends in two bytes
    if not ending.endswith((b"\n", b"\r")):
        why = f"the file ends within this row, after {len(cells)} of {width} cells: it was cut off"
        raise refuse("file.corrupt", f"{path.name}:{line}", _shown(cells), why, "send the file again, whole")


def _said_delimiter(lines: _Lines) -> str:
    """Return the delimiter a first line ``sep=;`` names, and skip that line; Excel writes and reads it."""
    first = "".join(lines.peek(1)).strip().strip('"').lower()
    if len(first) == 5 and first.startswith("sep="):
        next(lines)
        return first[4]
    return ""


def _header(lines: _Lines, name: str, options: Options) -> tuple[tuple[int, list[str]], str, list[Problem]]:
    """Return the line and the names of the header, the delimiter, and a note where rows above it were skipped."""
    delimiter = _said_delimiter(lines) or _delimiter(lines)
    records = _records(lines, delimiter, name)
    first = list(islice((record for record in records if any(cell.strip() for cell in record[1])), LOOKED_AT))
    if not first:
        raise refuse("file.empty", name, "", "there is no header line", "send the file again")
    place = header_at([_clean(cells) for _, cells, _ in first], options.wanted)
    line, cells, wrong = first[place]
    if wrong:
        raise refuse("file.malformed", f"{name}:{line}", _shown(cells), wrong, "export it again as CSV")
    where = f"{name}:{line}"
    notes = [header_note(where, [number for number, _, _ in first[:place]], first[0][1][0])] if place else []
    names = named(_clean(cells), where)
    if not all(map(_is_text, names)):
        why, remedy = "the header holds characters that are no text", "save the file as UTF-8 again"
        raise refuse("encoding.invalid", where, _shown(cells), why, remedy)
    return (line, names), delimiter, notes


def _is_text(value: str) -> bool:
    """Tell whether a text can be written: halves of characters, as damaged bytes are read, cannot."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(cells: list[str]) -> str:
    """Return the beginning of a damaged row as text that can be printed."""
    return cells[0][:80].encode("utf-8", "replace").decode("utf-8")


def _clean(cells: list[str]) -> list[str | None]:
    return [cell.strip() or None for cell in cells]


def _take(gathered: Gathered, record: Record) -> None:
    """Keep a record, or set it aside with its reason."""
    line, cells, wrong = record
    width = len(gathered.header)
    if wrong:
        gathered.set_aside(line, "", cells, "row.malformed", wrong)
    elif len(cells) == width:
        gathered.keep(line, cells)
    elif not any(cell.strip() for cell in cells[width:]) and (len(cells) > width or not any(map(str.strip, cells))):
        gathered.keep(line, cells[:width] + [""] * (width - len(cells)))
    else:
        reason = f"{len(cells)} cells where the header has {width}"
        gathered.set_aside(line, "", cells, "row.ragged", reason)


# text files beside a layer in an archive are its description
FORMAT = Format(
    "delimited",
    "文本表格",
    "text table",
    {".csv": TEXT, ".tsv": TEXT, ".txt": TEXT},
    read_delimited,
    packed=(".csv", ".tsv"),
)
