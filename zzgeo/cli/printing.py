"""How the command line prints: tables and lines to stdout, progress to stderr."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from zzgeo.cli.console import is_log
from zzgeo.cli.language import say
from zzgeo.vocabulary.text_width import width
from zzgeo.vocabulary.verdicts import LOOKS

if TYPE_CHECKING:
    from rich.console import Console


class Table:
    """A table of text; in a log, and in a terminal that is wide enough, each row is a line, else cells are folded.

    Parameters
    ----------
    *headers
        The headings.
    whole
        Whether the first column stays in one piece: an id is copied from there into commands and files.

    Examples
    --------
    >>> table = Table("clause", "limit")
    >>> table.add_row("zz18-36-park-500m", "500 m")
    >>> table.print()
    clause              limit
    ─────────────────────────
    zz18-36-park-500m   500 m
    """

    def __init__(self, *headers: str, whole: bool = False) -> None:
        self._rows = [headers]
        self._whole = whole

    def add_row(self, *cells: str) -> None:
        """Add a row; cells that are not given, at its end, are empty."""
        shown = ("".join(one if one.isprintable() else " " for one in cell) for cell in cells)
        self._rows.append((*shown, *[""] * (len(self._rows[0]) - len(cells))))

    def print(self) -> None:
        """Print the table on standard output."""
        widths = [max(map(width, column)) for column in zip(*self._rows, strict=True)]
        between = len(_BETWEEN) * (len(widths) - 1)
        room = columns()
        if room is not None and sum(widths) + between > room:
            least = (max(width(head), min(wide, _FOLDED)) for head, wide in zip(self._rows[0], widths, strict=True))
            folded = sum(least) + between <= room
            self._print_folded() if folded else self._print_below(room)
            return
        widths = [min(wide, _WIDEST) for wide in widths]
        heads, *rows = (
            _BETWEEN.join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)).rstrip()
            for row in self._rows
        )
        print(heads, "─" * (sum(widths) + between), *rows, sep="\n")

    def _print_folded(self) -> None:
        from rich import box
        from rich.table import Table as Folded

        heads, *rows = self._rows
        table = Folded(box=box.SIMPLE, show_edge=False, pad_edge=False)
        for number, head in enumerate(heads):
            table.add_column(head, overflow="fold", no_wrap=self._whole and number == 0)
        for row in rows:
            table.add_row(*row)
        stdout().print(table)

    def _print_below(self, room: int) -> None:
        """Print each row as lines below its first cell, which names it: columns would be a few signs wide."""
        heads, *rows = self._rows
        side = min(max(map(width, heads[1:])), room // 2)
        for first, *cells in rows:
            print(*lines_in(first, room), sep="\n")
            for head, cell in zip(heads[1:], cells, strict=True):
                if cell:
                    named = _STEP + head + " " * (side - width(head)) + _STEP
                    below = lines_in(cell, max(room - side - 2 * len(_STEP), _FEWEST // 2))
                    print(named + ("\n" + " " * width(named)).join(below))


#: So wide a column must be for its cells to be folded, and what stands before the cells of a row that stand below it.
_FOLDED, _STEP = 16, "  "

#: What stands between two columns, and how wide one is at most: a longer cell pushes aside what follows in its row.
_BETWEEN, _WIDEST = "   ", 48


def stdout() -> Console:
    """Return the console data are printed on."""
    from rich.console import Console

    # without a height a dumb terminal is 80 wide, whatever is said
    room = columns() or _PIPE
    return Console(file=sys.stdout, width=room, height=25, highlight=False, markup=False, emoji=False)


#: Columns of a line where there is no width to fit, and the fewest anything is fitted to.
_PIPE, _FEWEST = 200, 20


def columns() -> int | None:
    """Return the width to fit: a pipe has none, and its tables must not be folded, unless it is asked.

    ``COLUMNS`` says it, also to a terminal without control characters; 0, as some containers have it, says nothing.
    """
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked) > 0:
        return max(int(asked), _FEWEST)
    return max(shutil.get_terminal_size().columns, _FEWEST) if sys.stdout.isatty() else None


def in_blocks(heads: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[list[str]]:
    r"""Return a table as lines, in as many blocks of columns as fit a width; the first column stands in each.

    A cell is never cut: a column wider than the width stands in a block of its own.

    Examples
    --------
    >>> for block in in_blocks(["", "1", "2"], [["West", "99.0 %", "0 %"], ["东区", "1 %", "2 %"]], 14):
    ...     print(*block, sep="\n")
          1
    West  99.0 %
    东区  1 %
          2
    West  0 %
    东区  2 %
    """
    from rich.cells import cell_len

    columns = list(zip(heads, *rows, strict=True))
    wide = [max(map(cell_len, column)) for column in columns]
    blocks: list[list[int]] = []
    for place in range(1, len(columns)):
        used = wide[0] + sum(2 + wide[one] for one in blocks[-1]) if blocks else width + 1
        if used + 2 + wide[place] > width:
            blocks.append([])
        blocks[-1].append(place)

    def padded(cell: str, place: int) -> str:
        return cell + " " * (wide[place] - cell_len(cell))

    return [
        ["  ".join(padded(row[place], place) for place in (0, *block)).rstrip() for row in (heads, *rows)]
        for block in blocks
    ]


@cache
def _pieces() -> re.Pattern[str]:
    """Return what stays on one line.

    A number with its unit, a word, a sign of Chinese with the marks that open or close at it; the sign of a verdict
    with what follows it.
    """
    signs = re.escape("".join(look.sign for look in LOOKS.values()) + "*")
    opens, closes = rf"(?:[{signs}] )?[（“《〔(\[]*", r"[，。；：、！？）”》〕%,.;:)]*"
    return re.compile(rf"{opens}(?:\d[\d,.]*(?: [%m]\b|[ ]%)?|[^\W\d\u2e80-\uffef]+|.){closes}")


def lines_in(text: str, width: int) -> list[str]:
    """Return a text in lines of a width; Chinese breaks anywhere but before a closing mark, numbers keep their unit.

    Examples
    --------
    >>> lines_in("缺数据不算不达标。 57.9 % here", 10)
    ['缺数据不算', '不达标。', '57.9 %', 'here']
    >>> lines_in("all (57 of 60)  * near", 10)
    ['all (57 of', '60)', '* near']
    """
    from rich.cells import cell_len

    lines = [""]
    for piece in _pieces().findall(text):
        if cell_len((lines[-1] + piece).rstrip()) > width and lines[-1]:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


def cut(text: str, width: int) -> str:
    """Return a text no wider than a width; what is cut ends in ``…``.

    Examples
    --------
    >>> cut("社区（村）", 6), cut("social", 6)
    ('社区…', 'social')
    """
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


class Stages:
    """What a command is doing, on stderr: a bar in a terminal that leaves nothing behind, a line a stage in a log."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Stages:
        if not is_log(sys.stderr):
            from rich.console import Console
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            spinner = SpinnerColumn("dots" if sys.stderr.encoding.lower().startswith("utf") else "line")
            parts = (spinner, TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            self._bar = Progress(*parts, console=Console(file=sys.stderr, width=columns()), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def stage(self, name: str) -> None:
        """Begin a stage of unknown length."""
        if self._bar is None:
            print(say(f"progress: {name}"), file=sys.stderr)
        else:
            self._bar.update(self._task, total=None, description=say(name))

    def step(self, what: str, done: int, total: int) -> None:
        """Tell how far the stage has come; a log is not told."""
        if self._bar is not None:
            self._bar.update(self._task, total=total, completed=done, description=what)
