"""How things are drawn: the look of a layer, colours that several layers share, styles of a table for a GIS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

#: Outlines and text.
INK = "#1A1A1A"
#: Outlines of areas that lie in colour side by side.
BETWEEN_AREAS = "#6B7280"

#: Scales of a map in a GIS, by their denominators: from these on it shows a part of a city, a quarter of it, a street.
PART, QUARTER, STREET = 100_000, 25_000, 10_000

#: A pixel of a page in millimetres (CSS, 4.3.2: 96 of them are an inch).
_MM_OF_PIXEL = 25.4 / 96
#: Marks of a layer that says nothing of theirs: in millimetres in a GIS, in points on a picture.
_MARK_MM, _MARK_POINTS = 2.2, 8.0


@dataclass(frozen=True)
class Look:
    """How something is drawn.

    Widths of lines and sizes of marks are pixels on a page, millimetres in a GIS and points on a picture.

    ``fill`` and ``line`` are colours (None: not drawn), ``opacity`` is that of the whole, ``fill_opacity`` of the fill
    alone; ``mark`` is the shape of a point: circle, square, triangle, diamond, star, cross, hexagon or x. ``hatch`` are
    lines over the fill, as matplotlib writes them; a GIS draws them all aslant.

    A GIS fills an area until the scale of ``fill_until`` (its denominator; 0: at any), beyond which it would hide what
    lies in it; and from the scale of `QUARTER` on it draws marks and lines larger as the ground grows, ``growth`` times
    at most.
    """

    fill: str | None = None
    line: str | None = "#FFFFFF"
    width: float = 0.2
    size: float = 2.0
    opacity: float = 1.0
    fill_opacity: float = 1.0
    mark: str = "circle"
    hatch: str = ""
    fill_until: int = 0
    growth: float = 1.0


@dataclass(frozen=True)
class Style:
    """A style of a table for a GIS.

    ``kind`` is ``single``, ``categories`` (key: value of `column`), ``ranges`` (key: ``(low, high)`` of `column`) or
    ``filters`` (key: an expression; all but the first are off). ``classes`` are (key, label, look).

    ``rule`` is the clause it shows, empty where it shows none. ``label`` is an expression for what is written on the
    map; what the table says if left out. Where the expression ``stressed`` holds, it is written larger and bold.
    """

    name: str
    kind: str
    classes: Sequence[tuple[str | tuple[float, float], str, Look]]
    column: str = ""
    rule: str = ""
    label: str = ""
    stressed: str = ""


def in_gis(look: Look, form: str) -> Look:
    """Return the look of a layer on a page as a GIS draws ``"point"``, ``"line"`` or ``"area"`` in it.

    Examples
    --------
    >>> in_gis(Look(line=INK, width=2), "line").width
    0.53
    """
    if form == "point":
        return _mark(look, 0.2, _MARK_MM)
    return replace(look, width=round(look.width * _MM_OF_PIXEL, 2))


def in_picture(look: Look, form: str) -> Look:
    """Return the look of a layer on a page as a picture draws it; a pixel of a page is a point of a picture."""
    return _mark(look, 0.5, _MARK_POINTS) if form == "point" else look


def _mark(look: Look, width: float, size: float) -> Look:
    """Return a mark in the colour of a layer, with a white rim."""
    return replace(look, fill=look.fill or look.line, line="#FFFFFF", fill_opacity=1.0, width=width, size=size)
