"""Maps for a page of paper: the picture with legend and scale, without the words that stand beside it in the text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from zzgeo.layers.parts.looks import INK
from zzgeo.layers.parts.pictures import Scene
from zzgeo.reporting.desk.fonts import drawing_fonts, measuring, refuse_boxes
from zzgeo.reporting.desk.layer_words import LayerWords
from zzgeo.reporting.desk.pictures import draw_legend, draw_map, draw_scale, write_text
from zzgeo.reporting.desk.short_text import plain
from zzgeo.reporting.told.estimated import group_words
from zzgeo.reporting.told.words import speaker

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule

#: 17 cm wide on paper, in dots per inch; two clauses of a district with their maps stand on a page of A4.
_WIDE, _CITY_TALL, _TALL, _DPI = 6.7, 4.3, 3.0, 170
_MAP = (0.003, 0.003, 0.72, 0.994)
_FONT_SIZE = 7.5

#: Flat colours need no more; a picture takes a third of the room.
_COLOURS = 128


@measuring()
def city_image(report: AuditReport, rule: Rule, lang: str) -> bytes:
    """Return a picture of the districts by people missed by a rule."""
    fonts = drawing_fonts()
    figure = _figure(_CITY_TALL)
    axes = figure.add_axes(_MAP)
    entries = draw_map(axes, Scene(report, rule, LayerWords(lang)), fonts, name_size=6.5)
    draw_scale(axes, fonts, _FONT_SIZE)
    say = speaker(lang)
    title = f"{say('missed')} · {group_words(report, rule.population, lang)}"
    _legend(figure, entries, lang, fonts, title=title)
    return _png(report, figure, lang, fonts)


@measuring()
def district_image(report: AuditReport, district: str, rule: Rule, lang: str) -> bytes:
    """Return a picture of a district: who is covered and missed by a rule, or which units meet it.

    A rule that was not measured at people's homes shows its units by their verdict.
    """
    fonts = drawing_fonts()
    figure = _figure(_TALL)
    axes = figure.add_axes(_MAP)
    entries = draw_map(axes, Scene(report, rule, LayerWords(lang), district), fonts, scale=0.42)
    draw_scale(axes, fonts, _FONT_SIZE)
    _legend(figure, entries, lang, fonts)
    return _png(report, figure, lang, fonts)


def _figure(tall: float) -> Figure:
    figure = Figure(figsize=(_WIDE, tall), dpi=_DPI, facecolor="#FFFFFF")
    FigureCanvasAgg(figure)
    return figure


def _legend(figure: Figure, entries: list[Any], lang: str, fonts: list[str], **look: Any) -> None:
    draw_legend(
        figure, entries, lang, fonts, _FONT_SIZE, columns=21, loc="upper left", bbox_to_anchor=(0.727, 1.0), **look
    )


def _png(report: AuditReport, figure: Figure, lang: str, fonts: list[str]) -> bytes:
    approval = plain(report.study.approval, 40)
    if approval:
        told = f"{speaker(lang)('approval')}\n{approval}"
        write_text(figure, 0.735, 0.02, told, fontsize=_FONT_SIZE, color=INK, va="bottom", fontfamily=fonts)
    refuse_boxes(figure, fonts)
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=figure.dpi)
    out = io.BytesIO()
    Image.open(raw).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(
        out, format="png", dpi=(_DPI, _DPI), optimize=True
    )
    return out.getvalue()
