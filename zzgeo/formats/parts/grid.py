"""What text tables and workbooks share: where the header is, which rows are no records, cells gathered into columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import Rejected, refuse

Cells = Sequence[str | None]

#: A header is looked for in this many rows that are not empty; reports have a title, a unit and a date above it.
LOOKED_AT = 30

_TOTAL = re.compile(
    r"(.{0,12}(合计|总计|小计|共计)|(本页|全市|全区|全县|全省|各区|分区)?(累计|总数|总和|汇总)|平均|均值|(sub|grand)?total|sum|average)"
    r"(数|值|行)?(\(.*\))?[:：]?|共\d+[个处家所座张人户]"
)
#: A total beside the name of what it is the total of.
_TOTAL_OF = re.compile(r"(合计|总计|小计|共计)[:：]?")
#: A title of some rows, alone in its own: 一、金水区, （二）民办.
_GROUP = re.compile(r"(\([一二三四五六七八九十]+\)|[一二三四五六七八九十]+[、.．]).*")
#: Columns whose place is written below their names: 甲, 乙, 1, 2, 3.
_COUNTED = ("甲", "乙", "丙", "丁")
_FOOTNOTE = re.compile(
    r"(注|备注|附注|说明|数据来源|资料来源|来源|填表人|填报人|制表人?|审核人?|填报单位|联系人|note|source)\s*\d*[:：].*",
    re.DOTALL,
)
#: What the first two cells of a row begin or end with that must be looked at: words for totals, titles of groups,
#: blanks that may hide one; numbers, behind which the first word stands.
_ENDS = frozenset("计数和总汇行值均)）lLmMeE \t\n\r\u3000\xa0")
_BEGINS = frozenset("0123456789+-.共一二三四五六七八九十(（\u3000\xa0")
_NUMBER = re.compile(r"[-+]?[\d.,\s]+(e[-+]?\d+)?%?", re.IGNORECASE)


def header_at(rows: Sequence[Cells], wanted: Sequence[str]) -> int:
    """Return which of the first rows names the columns; 0 where nothing tells it.

    The first row with two of the wanted names (with the only one, where one is wanted); without any, the first row
    that is as wide as most, half filled or more, and mostly words.

    Examples
    --------
    >>> header_at([["养老机构一览表", None], ["名称", "床位"], ["甲", "20"]], ["名称", "床位"])
    1
    >>> header_at([["养老机构一览表", None, None], ["名称", "床位", "区"], ["甲", "20", "金水"]], [])
    1
    """
    looked_for = {plain_name(name) for name in wanted}
    if looked_for:
        enough = min(2, len(looked_for))
        for place, cells in enumerate(rows):
            if len(looked_for & {plain_name(cell) for cell in cells if cell}) >= enough:
                return place
    widths = [sum(1 for cell in cells if cell) for cells in rows]
    usual = sorted(widths)[len(widths) // 2] if widths else 0
    for place, cells in enumerate(rows):
        filled = [cell for cell in cells if cell]
        words = sum(1 for cell in filled if not is_number(cell))
        if len(filled) * 2 > usual and words * 2 > len(filled):
            return place
    return 0


def is_number(cell: str) -> bool:
    """Tell whether a cell shows a number, not words."""
    return _NUMBER.fullmatch(cell) is not None


def plain_name(name: str) -> str:
    """Return a column name as it is compared: no space, no line break, full-width letters made plain."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))


def holds(header: Iterable[str | None], wanted: Sequence[str]) -> int:
    """Return how many of the wanted names a header holds."""
    return len({plain_name(name) for name in wanted} & {plain_name(cell) for cell in header if cell})


def named(cells: Cells, where: str) -> list[str]:
    """Return the column names of a header row: blank ones are called by their place, blank ones at the end left out.

    Raises
    ------
    InputError
        ``schema.duplicate_column`` where two columns share a name.
    """
    texts = [re.sub(r"\s*[\r\n]+\s*", "", cell).strip() if cell else "" for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    twice = sorted({text for text in texts if text and texts.count(text) > 1})
    if twice:
        why = "two columns have the same name"
        raise refuse("schema.duplicate_column", where, ", ".join(twice), why, "rename one of them")
    return [text or f"column {place}" for place, text in enumerate(texts, start=1)]


def header_note(where: str, skipped: Sequence[object], shown: str) -> Problem:
    """Return the warning that rows above the header were skipped."""
    value = f"{len(skipped)} rows above the header: {shown}"[:200]
    rows = tuple(str(row) for row in skipped)
    why = "titles stand above the column names; they were skipped"
    return Problem("schema.header_not_first", where, value, why, "nothing to do if these are titles", "warning", rows)


def no_record(cells: Cells, header: Sequence[str]) -> tuple[str, str] | None:
    """Return (code, why) of a row that is no record: totals, the header once more, a footnote; None for records.

    Examples
    --------
    >>> no_record([None, "合 计", "360"], ["序号", "名称", "床位"])
    ('row.total', 'a row of totals, not a record')
    >>> no_record(["1", "总计划招待所", "20"], ["序号", "名称", "床位"])
    """
    filled = [(at, cell.strip()) for at, cell in enumerate(cells) if cell and not cell.isspace()]
    if not filled:
        return None
    words = [cell for _, cell in filled if not is_number(cell)]
    if words and (_is_total(words[0]) or (len(words) > 1 and _TOTAL_OF.fullmatch(plain_name(words[1])))):
        return "row.total", "a row of totals, not a record"
    if len(header) > 1 and len(filled) > 1 and all(cell == header[at] for at, cell in filled):
        return "row.no_record", "the header again, not a record"
    if len(header) > 2 and all(_FOOTNOTE.fullmatch(cell.lower()) for _, cell in filled):
        return "row.no_record", "a footnote, not a record"
    if len(header) > 2 and len(filled) == 1 and _GROUP.fullmatch(plain_name(filled[0][1])):
        return "row.no_record", "a title of the rows below it, not a record"
    return None


def _is_total(text: str) -> bool:
    return len(text) <= 24 and _TOTAL.fullmatch(plain_name(text).lower()) is not None


def _numbers_columns(cells: Cells) -> bool:
    """Tell the row below a header that numbers its columns: 甲, 乙, 1, 2, 3.

    Examples
    --------
    >>> _numbers_columns(["甲", "1", "2", "3", "4"]), _numbers_columns(["1", "2", "3", "34.7"])
    (True, False)
    """
    plain = [plain_name(cell).strip("()") for cell in cells if cell and not cell.isspace()]
    while plain and plain[0] in _COUNTED:
        plain = plain[1:]
    return len(plain) > 3 and plain == [str(number) for number in range(1, len(plain) + 1)]


class Gathered:
    """Rows on their way into columns of text; every row given is kept or set aside, and the two add up.

    Cells are trimmed and packed into Arrow arrays piece by piece: a million rows of Python strings would not fit the
    memory a county is given.
    """

    _PIECE = 50_000

    def __init__(self, file: str, header: Sequence[str]) -> None:
        self.file, self.header = file, list(header)
        self.rejected: list[Rejected] = []
        self.labels: list[int] = []
        self._rows: list[Cells] = []
        self._pieces: list[list[pa.Array]] = [[] for _ in self.header]

    def keep(self, label: int, cells: Cells) -> None:
        """Take a row with as many cells as the header; what is no record is set aside, a blank row is nothing."""
        first = cells[0]
        if not self.labels and _numbers_columns(cells):
            self.set_aside(label, "", cells, "row.no_record", "numbers of the columns, not a record")
            return
        # nearly every row ends here: this is asked a million times
        if (
            not first
            or first[-1] in _ENDS
            or first[0] in _BEGINS
            or ":" in first
            or "：" in first
            or first == self.header[0]
            or (len(cells) > 1 and (second := cells[1]) and second[-1] in _ENDS)
        ):
            if not any(cell and not cell.isspace() for cell in cells):
                return
            told = no_record(cells, self.header)
            if told is not None:
                self.set_aside(label, "", cells, *told)
                return
        self.labels.append(label)
        self._rows.append(cells)
        if len(self._rows) >= self._PIECE:
            self._pack()

    def set_aside(self, label: int, field: str, cells: Cells, code: str, why: str) -> None:
        """List a row with its reason."""
        shown = (
            ", ".join(cell.strip() for cell in cells if cell and not cell.isspace())[:120]
            .encode("utf-8", "replace")
            .decode("utf-8")
        )
        self.rejected.append(Rejected(self.file, str(label), field, shown, code, why))

    def _pack(self) -> None:
        for column, cells in zip(self._pieces, zip(*self._rows, strict=True), strict=True):
            text = pc.utf8_trim_whitespace(pa.array(cells, pa.large_string()))
            column.append(pc.if_else(pc.equal(text, ""), None, text))
        self._rows = []

    def table(self) -> pd.DataFrame:
        """Return the rows kept, text in every column, missing where a cell is blank."""
        if self._rows:
            self._pack()
        index = pd.Index(self.labels, name="row", dtype="int64")
        if not self.labels:
            return pd.DataFrame({name: pd.Series([], dtype="str") for name in self.header}, index=index)
        text = pd.StringDtype("pyarrow", na_value=float("nan"))
        columns = {
            name: pd.Series(pd.array(pa.chunked_array(column), dtype=text), index=index)
            for name, column in zip(self.header, self._pieces, strict=True)
        }
        return pd.DataFrame(columns, index=index)
