"""What a difference between two results is, and how sequences are set side by side to find it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

#: Stands for what one side has and the other has not.
MISSING = "—"

#: Longest text of a cell in the report.
_WIDTH = 90


@dataclass(frozen=True)
class Difference:
    """One thing two results say differently.

    Attributes
    ----------
    row
        Where in its file: the key of a row, the path of a value, the line.
    column
        Column, key, or kind of thing.
    before, after
        What either result says.
    code
        Whether it is a page's script or style, which says nothing itself.
    """

    row: str
    column: str
    before: str
    after: str
    code: bool = False

    def __str__(self) -> str:
        before, after = shown(self.before, self.after)
        return f"{self.row} · {self.column}: {before} → {after}"


def shown(before: str, after: str) -> tuple[str, str]:
    """Return two texts short enough to read, cut about the place where they begin to differ.

    Examples
    --------
    >>> shown("12", "13")
    ('12', '13')
    """
    if max(len(before), len(after)) <= _WIDTH:
        return before, after
    common = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), _WIDTH // 3)
    start = max(0, common - _WIDTH // 3)
    return _cut(before, start), _cut(after, start)


def _cut(text: str, start: int) -> str:
    part = text[start : start + _WIDTH]
    return ("…" if start and text != MISSING else "") + part + ("…" if start + _WIDTH < len(text) else "")


def aligned(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[tuple[int | None, int | None]]:
    """Set two sequences side by side and give the places that differ; None where one side has nothing there.

    Examples
    --------
    >>> list(aligned("abcd", "abxcd")), list(aligned("abcd", "axcd"))
    ([(None, 2)], [(1, 1)])
    """
    head = 0
    shorter = min(len(before), len(after))
    while head < shorter and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    for same, i, i_end, j, j_end in SequenceMatcher(None, old, new).get_opcodes():
        if same != "equal":
            yield from zip_longest(range(head + i, head + i_end), range(head + j, head + j_end))


def line_differences(
    before: Sequence[str], after: Sequence[str], column: str, row: str = "line", *, code: bool = False
) -> Iterator[Difference]:
    """Give the lines that differ; a line is called by its number in the result that has it, the later one first."""
    for i, j in aligned(before, after):
        number = f"{row} {(j if j is not None else i or 0) + 1}"
        old, new = MISSING if i is None else before[i], MISSING if j is None else after[j]
        yield Difference(number, column, old.strip(), new.strip(), code)


def only_one_side(names_before: Sequence[str], names_after: Sequence[str], row: str) -> Iterator[Difference]:
    """Give the names that only one side has, and tell if those of both stand in another order."""
    held_before, held_after = set(names_before), set(names_after)
    yield from (Difference(row, name, "there", MISSING) for name in names_before if name not in held_after)
    yield from (Difference(row, name, MISSING, "there") for name in names_after if name not in held_before)
    common_before = [name for name in names_before if name in held_after]
    common_after = [name for name in names_after if name in held_before]
    if common_before != common_after:
        moved = next(n for n, pair in enumerate(zip_longest(common_before, common_after)) if pair[0] != pair[1])
        old, new = ("".join(names[moved : moved + 1]) or MISSING for names in (common_before, common_after))
        yield Difference(row, "(order)", old, new)
