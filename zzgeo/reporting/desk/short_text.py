"""Names and sentences cut to the room they have, without invisible characters."""

from __future__ import annotations

import unicodedata
from typing import Any

from zzgeo.layers.base import printable, text
from zzgeo.vocabulary.text_width import width


def plain(value: Any, most: int = 60) -> str:
    r"""Return a name on one line without invisible characters, cut to `most` columns (a Chinese character is two).

    Examples
    --------
    >>> plain("金水区\n东风路", 8)
    '金水区…'
    """
    shown = "".join(" " if one in "\t\n\r\x0b\x0c" else one for one in text(value))
    shown = "".join(one for one in printable(shown) if unicodedata.category(one) not in ("Cf", "Zl", "Zp", "Cc"))
    if width(shown) <= most:
        return shown
    return shown[: _fitting(shown, most - 1)].rstrip() + "…"


def _fitting(value: str, columns: int) -> int:
    """Return how many characters of a text fit into so many columns, at least one."""
    taken = 0
    for place, one in enumerate(value):
        taken += width(one)
        if taken > columns:
            return max(place, 1)
    return len(value)


#: No line begins with what closes a sentence or a bracket.
_CLOSING = "）》」』】〕”’，。；：、？！%)],.;:?!"


def wrapped(value: Any, columns: int, lines: int) -> str:
    """Return text broken into at most so many lines of so many columns; the last ends in ``…`` if there is more."""
    # no more than fits is looked at: a name may be as long as a book
    rest, lines_of_text = plain(text(value)[: columns * lines + 1], columns * lines + 1), list[str]()
    while rest:
        end = _fitting(rest, columns)
        if end == len(rest) or len(lines_of_text) == lines - 1:
            lines_of_text.append(plain(rest, columns))
            break
        end = _break(rest, end)
        lines_of_text.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return "\n".join(lines_of_text)


def _break(value: str, end: int) -> int:
    """Return where to break a line that has to end here at the latest: the last place that tears nothing apart.

    Western words are not torn, a number keeps its unit, Chinese may break anywhere but before what closes.
    """
    places = range(end, max(end // 2, 1) - 1, -1)
    return next((place for place in places if not _torn(value[:place], value[place:])), max(end, 1))


def _torn(before: str, behind: str) -> bool:
    if not behind or behind[0] in _CLOSING:
        return bool(behind)
    last, first = before[-1], behind[0]
    if " " in (last, first):
        return before.rstrip()[-1:].isdigit() and behind.lstrip()[:1].isascii()
    return last.isascii() and first.isascii()


def balanced(value: Any, columns: int, lines: int) -> str:
    r"""Return text wrapped into lines of about one length: no unit or word stands alone in the last.

    Examples
    --------
    >>> balanced("one two three four five", 20, 2)
    'one two three\nfour five'
    """
    widest = wrapped(value, columns, lines)
    many = widest.count("\n") + 1
    if many == 1 or widest.endswith("…"):
        return widest
    narrower = (wrapped(value, fewer, many) for fewer in range(-(-width(widest) // many), columns))
    return next((lined for lined in narrower if not lined.endswith("…")), widest)
