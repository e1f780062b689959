"""Maps for a page of paper: the picture with legend and scale, without the words that stand beside it in the text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from zzgeo.reporting.pictures import draw_city, draw_district, draw_legend, draw_scale, drawing
from zzgeo.reporting.words import speaker

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport
    from zzgeo.standards import Rule

#: 17 cm wide on paper at 180 dots per inch.
_SIZE, _DPI = (6.7, 4.3), 180
_MAP = (0.003, 0.003, 0.72, 0.994)
_FONT_SIZE = 7.5


def city_image(report: AuditReport, rule: Rule, lang: str) -> bytes:
    """Return a picture of the districts by people missed by a rule."""
    with drawing() as fonts:
        figure = _figure()
        axes = figure.add_axes(_MAP)
        entries = draw_city(axes, report, rule, lang, fonts, 6.5)
        draw_scale(axes, fonts, _FONT_SIZE)
        say = speaker(lang)
        title = f"{say('missed_people')} · {say(rule.population)}"
        _legend(figure, entries, lang, fonts, title=title)
        return _png(figure)


def district_image(report: AuditReport, district: str, rule: Rule, lang: str) -> bytes:
    """Return a picture of a district: who is covered and missed by a rule."""
    with drawing() as fonts:
        figure = _figure()
        axes = figure.add_axes(_MAP)
        entries = draw_district(axes, report, district, rule, fonts, scale=0.42)
        draw_scale(axes, fonts, _FONT_SIZE)
        _legend(figure, entries, lang, fonts)
        return _png(figure)


def _figure() -> Figure:
    figure = Figure(figsize=_SIZE, dpi=_DPI, facecolor="#FFFFFF")
    FigureCanvasAgg(figure)
    return figure


def _legend(figure: Figure, entries: list[Any], lang: str, fonts: list[str], **look: Any) -> None:
    draw_legend(
        figure, entries, lang, fonts, _FONT_SIZE, columns=21, loc="upper left", bbox_to_anchor=(0.727, 1.0), **look
    )


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=figure.dpi, metadata={"Software": None})
    return out.getvalue()
