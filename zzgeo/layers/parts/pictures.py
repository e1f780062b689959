"""What a layer draws on a picture of a district or of the city, whatever program draws it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zzgeo.layers.parts.looks import Look

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words
    from zzgeo.standards import Rule


@dataclass(frozen=True)
class Scene:
    """What a picture shows: a district by its code, or the city (None), for a rule."""

    report: AuditReport
    rule: Rule
    words: Words
    district: str | None = None


@dataclass(frozen=True)
class Marks:
    """Areas, lines or points drawn alike, in the CRS of the study; what has more ``height`` is drawn above.

    A picture on paper is drawn smaller than a slide: ``thin`` lines stay as wide as they are.
    """

    geometry: Any
    look: Look
    height: float
    thin: bool = False


@dataclass(frozen=True)
class Labels:
    """Text written at places, points of shape (n,); as ``numbers`` in a circle, else as names in the size of names."""

    points: Any
    texts: Sequence[str]
    height: float
    numbers: bool = False


@dataclass(frozen=True)
class Entry:
    """A line of the legend: a text, and the look of a ``"point"``, a ``"line"`` or an ``"area"``."""

    text: str
    look: Look
    form: str


Drawn = Iterable[Marks | Labels | Entry]


def not_drawn(scene: Scene) -> Drawn:
    """Draw nothing: the picture of a layer that shows on pages and in a GIS only."""
    return ()
