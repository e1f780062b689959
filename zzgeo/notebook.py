"""What objects look like in a notebook: plain tables of escaped text, and a bar while something takes its time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

_HEAD = "text-align:left;font-weight:600;vertical-align:bottom"
_CELL = "text-align:left;vertical-align:top;max-width:42em;white-space:normal"
_NUMBER = "text-align:right;vertical-align:top;font-variant-numeric:tabular-nums"
_LONGEST = 300

#: Thousands of pages are written faster than a bar need move.
_EVERY_S = 0.1


def table_html(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, notes: Iterable[str] = (), more: str = ""
) -> str:
    """Return a titled table as HTML that runs nothing: every text is escaped, numbers stand to the right.

    Parameters
    ----------
    title
        Set bold above the table.
    heads, rows
        Columns and cells, all text; a column whose cells are all numbers is set to the right.
    notes
        Lines between title and table.
    more
        A line under the table.

    Examples
    --------
    >>> "<b>" in table_html("a & <b>", ["n"], [["1,200"]]).replace("<p><b>", "")
    False
    """
    cells = [[_short(text) for text in row] for row in rows]
    numeric = [bool(cells) and all(_is_number(row[at]) for row in cells) for at in range(len(heads))]
    head = "".join(f'<th style="{_HEAD}">{escape(text)}</th>' for text in heads)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="{_NUMBER if number else _CELL}">{escape(text)}</td>'
            for text, number in zip(row, numeric, strict=True)
        )
        + "</tr>"
        for row in cells
    )
    lines = "".join(f"<p>{escape(_short(note))}</p>" for note in notes if note)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if cells else ""
    return f"<p><b>{escape(_short(title))}</b></p>{lines}{table}{f'<p>{escape(more)}</p>' if more else ''}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _is_number(text: str) -> bool:
    return not text or text.replace(",", "").replace(".", "").replace(" %", "").lstrip("-").isdigit()


def notebook_progress(name: str) -> Callable[[str, int, int], None] | None:
    """Return a callback (what, done, total) that shows a bar under the cell, with a name; None outside a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or getattr(shell, "kernel", None) is None:
        return None
    # IPython has no types here; it is there, because a notebook runs us
    from IPython import display as shown

    page: Any = shown
    handle: Any = None
    last = 0.0

    def show(what: str, done: int, total: int) -> None:
        nonlocal handle, last
        if handle is not None and done < total and time.monotonic() - last < _EVERY_S:
            return
        last = time.monotonic()
        told = f"{name} · {what}" if done < total else name
        bar = f'<progress value="{done}" max="{total}"></progress> {escape(_short(told))}'
        if handle is None:
            handle = page.display(page.HTML(bar), display_id=True)
        else:
            handle.update(page.HTML(bar))

    return show
