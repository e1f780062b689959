"""Maps for slides: pictures of 1920 x 1080 points that explain themselves, of the city and of each district."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from zzgeo.layers.base import number, text
from zzgeo.layers.parts.headline import first_gaps, headline
from zzgeo.layers.parts.looks import INK
from zzgeo.layers.parts.pictures import Scene
from zzgeo.numbers import people_text
from zzgeo.reporting.desk.fonts import drawing_fonts, heavy, measuring, refuse_boxes
from zzgeo.reporting.desk.layer_words import LayerWords
from zzgeo.reporting.desk.pictures import (
    draw_legend,
    draw_map,
    draw_scale,
    narrow,
    number_look,
    write_text,
)
from zzgeo.reporting.desk.short_text import balanced, plain, wrapped
from zzgeo.reporting.told.answer import answers, joined
from zzgeo.reporting.told.estimated import group_words
from zzgeo.reporting.told.plans import plan_rows, plan_sentences
from zzgeo.reporting.told.words import asked, notice, place_name, rows_at, rule_title, shown, speaker
from zzgeo.vocabulary.statuses import MISSED, MISSED_RAMP, STATUS_LOOKS
from zzgeo.vocabulary.verdicts import JUDGED, LOOKS, NODATA, verdict_text

if TYPE_CHECKING:
    import geopandas as gpd

    from zzgeo.auditing.report import AuditReport
    from zzgeo.siting.plan import Plan
    from zzgeo.standards import Rule

_DPI = 100
_SIZE = (19.2, 10.8)
_SOFT = "#595F66"
_MAP = (0.022, 0.07, 0.635, 0.765)
_LEFT, _RIGHT = 0.675, 0.98

#: Columns of a line of the answer below the title, and of the notice at the foot.
_ANSWER_COLUMNS, _NOTICE_COLUMNS = 172, 100

#: Places listed beside the map of the city.
_MOST_LISTED = 14


def png_is_whole(content: bytes) -> bool:
    """Return whether a picture has its first and its last part, and each part's checksum is right."""
    offset, names = 8, []
    while offset + 12 <= len(content):
        (length,) = struct.unpack(">I", content[offset : offset + 4])
        body = content[offset + 4 : offset + 8 + length]
        if zlib.crc32(body).to_bytes(4, "big") != content[offset + 8 + length : offset + 12 + length]:
            return False
        names.append(body[:4])
        offset += 12 + length
    return content[:8] == b"\x89PNG\r\n\x1a\n" and names[:1] == [b"IHDR"] and names[-1:] == [b"IEND"]


@measuring()
def city_slide(report: AuditReport, lang: str = "zh") -> bytes:
    """Return the picture of the city: districts by people missed by the headline rule, and the list of them.

    Raises
    ------
    ValueError
        If no rule was measured at people's homes.
    BoxesRefused
        If no installed font shows its characters.
    """
    rule = headline(report)
    if rule is None:
        raise ValueError("no rule of this audit is measured at people's homes: there is nothing to draw")
    fonts = drawing_fonts()
    figure = _slide(report, place_name(report, lang), rule, lang, fonts)
    axes = figure.add_axes(_MAP)
    say = speaker(lang)
    entries = draw_map(axes, Scene(report, rule, LayerWords(lang)), fonts)
    draw_scale(axes, fonts, 13)
    title = f"{say('missed')} · {group_words(report, rule.population, lang)}"
    draw_legend(axes, entries, lang, fonts, 13, loc="lower right", title=title)
    y = _verdict(figure, report, rows_at(report, "city").get(("", rule.id)), 0.80, lang, fonts)
    _ranking(figure, report, rule, y - 0.035, lang, fonts)
    return _png(figure, fonts)


@measuring()
def district_slide(report: AuditReport, district: str, lang: str = "zh") -> bytes:
    """Return the picture of a district: who is covered and missed by the headline rule, and where to act first."""
    own, first = headline(report, district), headline(report)
    finding = None if first is None else rows_at(report, "district").get((district, first.id))
    # the rule of the city's picture, so that pictures can be compared, unless it does not apply here
    rule = first if finding is not None and finding["verdict"] in JUDGED else own
    if rule is None:
        raise ValueError("no rule of this audit is measured at people's homes: there is nothing to draw")
    finding = rows_at(report, "district").get((district, rule.id))
    fonts = drawing_fonts()
    name = text(report.study.districts.at[district, "name"])
    place = f"{plain(place_name(report, lang), 30)} › {plain(name, 30)}"
    figure = _slide(report, place, rule, lang, fonts, district)
    axes = figure.add_axes(_MAP)
    entries = draw_map(axes, Scene(report, rule, LayerWords(lang), district), fonts)
    draw_scale(axes, fonts, 13)
    y = _verdict(figure, report, finding, 0.80, lang, fonts)
    y = _gap_list(figure, report, district, rule, y - 0.035, lang, fonts)
    draw_legend(figure, entries, lang, fonts, 13, loc="lower left", bbox_to_anchor=(_LEFT - 0.004, 0.068))
    return _png(figure, fonts)


@measuring()
def plan_slide(report: AuditReport, plan: Plan, lang: str = "zh") -> bytes:
    """Return the picture of a plan: its sites on a map of their districts, what they gain, and the list of the first.

    Raises
    ------
    ValueError
        If none of its clauses was measured at people's homes.
    """
    rule = next((one for one in plan.rules if one.id in report.reach), None)
    if rule is None:
        raise ValueError("no clause of this plan is measured at people's homes: there is nothing to draw")
    say = speaker(lang)
    fonts = drawing_fonts()
    figure = _slide(report, f"{place_name(report, lang)} › {say('plan_sheet')}", rule, lang, fonts)
    axes = figure.add_axes(_MAP)
    entries = draw_map(axes, Scene(report, rule, LayerWords(lang)), fonts, frame=_districts_of(report, plan))
    draw_scale(axes, fonts, 13)
    title = f"{say('missed')} · {group_words(report, rule.population, lang)}"
    draw_legend(axes, entries, lang, fonts, 13, loc="lower right", title=title)
    look: dict[str, Any] = {"fontsize": 14, "color": INK, "va": "top", "fontfamily": list(fonts)}
    y = 0.80
    for sentence in plan_sentences(plan, lang):
        lines = wrapped(sentence, 56, 4)
        write_text(figure, _LEFT, y, lines, linespacing=1.4, **look)
        y -= 0.031 * (1 + lines.count("\n")) + 0.012
    rows = plan_rows(plan, lang)
    if len(rows) > _MOST_LISTED:
        more = say("plan_more", len(rows) - _MOST_LISTED)
        write_text(figure, _LEFT, 0.075, more, fontsize=12, color=_SOFT, fontfamily=list(fonts))
    for row in rows.head(_MOST_LISTED).to_dict("records"):
        y -= 0.034
        gained = f"+{people_text(row['people_gained'])}"
        line = look | {"va": "center"}
        ranked = line | {"ha": "center"} | number_look(12, pad=0.2, rim=1.4)
        write_text(figure, _LEFT + 0.008, y, f"{row['rank']}", **ranked)
        write_text(figure, _LEFT + 0.024, y, plain(f"{row['name']} {row['district_name']}", 34), **line)
        write_text(figure, _RIGHT, y, gained, **line | {"ha": "right"})
    return _png(figure, fonts)


def _districts_of(report: AuditReport, plan: Plan) -> gpd.GeoSeries | None:
    """Return the districts in which a plan has sites; on a map of a whole city sites of one district hide each other.

    None where there are no sites, or one of them lies in no district.
    """
    codes, outlines = plan.sites["district"], report.study.districts.geometry
    if not len(codes) or not codes.isin(outlines.index).all():
        return None
    return outlines[outlines.index.isin(codes)]


def _slide(
    report: AuditReport, place: str, rule: Rule, lang: str, fonts: Sequence[str], district: str | None = None
) -> Figure:
    """Make a page with title, the answer for the place, clause, notice and source line."""
    say = speaker(lang)
    figure = Figure(figsize=_SIZE, dpi=_DPI, facecolor="#FFFFFF")
    FigureCanvasAgg(figure)
    look: dict[str, Any] = {"fontfamily": list(fonts), "color": INK, "va": "top"}
    title = f"{plain(place, 64)} · {plain(rule_title(rule, lang), 70)}"
    heading = write_text(figure, 0.022, 0.967, plain(title, 104), fontsize=28, fontweight=heavy(), **look)
    narrow(heading, _RIGHT - 0.022)
    told = _answer(answers(report)(district)[lang], lang)
    narrow(write_text(figure, 0.022, 0.916, told, fontsize=14, linespacing=1.35, **look), _RIGHT - 0.022)
    cited = f"“{rule.clause}” {rule.document} {rule.section}"
    write_text(figure, 0.022, 0.861, plain(cited, 190), **{**look, "fontsize": 13, "color": _SOFT})
    warning = wrapped(notice(report, lang), _NOTICE_COLUMNS, 2)
    if warning:
        box = {"boxstyle": "round,pad=0.35", "facecolor": "#FFF3D6", "edgecolor": "#E0B95A"}
        write_text(
            figure,
            _RIGHT,
            0.03,
            f"⚠ {warning}",
            fontsize=11 if "\n" in warning else 13,
            ha="right",
            va="center",
            color="#5C4300",
            fontfamily=list(fonts),
            bbox=box,
        )
    source = ", ".join(
        dict.fromkeys(plain(one.path.replace("\\", "/").rsplit("/", 1)[-1], 24) for one in report.study.accounts)
    )
    version = text(report.provenance.get("zzgeo")).replace("unknown", "")
    approval = plain(report.study.approval, 40)
    facts = [
        *([f"{say('approval')} {approval}"] if approval else []),
        f"{say('as_of')} {report.study.as_of.isoformat()}",
        " ".join(say("made_by", version).split()),
        f"{say('data_files')} {source}",
    ]
    write_text(
        figure,
        0.022,
        0.03,
        plain(" · ".join(facts), 126 if warning else 190),
        fontsize=12,
        va="center",
        color=_SOFT,
        fontfamily=list(fonts),
    )
    return figure


def _answer(sentences: Sequence[str], lang: str) -> str:
    """Return the first three sentences of an answer on two lines; fewer where they do not fit."""
    for many in (3, 2, 1):
        told = balanced(joined(list(sentences[:many]), lang), _ANSWER_COLUMNS, 2)
        if not told.endswith("…"):
            break
    return told


def _verdict(
    figure: Figure, report: AuditReport, finding: dict[str, Any] | None, y: float, lang: str, fonts: Sequence[str]
) -> float:
    """Write the verdict large, with value, target and people missed; return where to go on."""
    say = speaker(lang)
    look: dict[str, Any] = {"fontfamily": list(fonts), "va": "top"}
    if finding is None:
        write_text(figure, _LEFT, y, verdict_text(NODATA, lang), fontsize=24, color=LOOKS[NODATA].colour, **look)
        return y - 0.06
    verdict = text(finding["verdict"])
    colour = LOOKS[verdict].colour
    write_text(figure, _LEFT, y, verdict_text(verdict, lang), fontsize=26, fontweight=heavy(), color=colour, **look)
    value = shown(finding["value"], finding["value_unit"], lang, finding["threshold"])
    if value:
        write_text(figure, _RIGHT, y, value, fontsize=30, fontweight=heavy(), color=colour, ha="right", **look)
    y -= 0.068
    target = asked(finding, lang)
    if target:
        write_text(figure, _LEFT, y, f"{say('threshold')} {target}", fontsize=16, color=INK, **look)
        y -= 0.036
    missed, people = number(finding["missed"]), number(finding["people"])
    if missed is not None and people is not None:
        group = group_words(report, text(finding["group"]) or "residents", lang)
        of = say("missed_of", people_text(missed), people_text(people), group)
        write_text(figure, _LEFT, y, of, fontsize=16, color=INK, **look)
        y -= 0.036
    if finding["sensitive"]:
        write_text(figure, _LEFT, y, wrapped(f"* {say('sensitive')}", 64, 2), fontsize=13, color=_SOFT, **look)
        y -= 0.036
    return y


def _ranking(figure: Figure, report: AuditReport, rule: Rule, y: float, lang: str, fonts: Sequence[str]) -> None:
    """List the districts by people missed, with bars."""
    say = speaker(lang)
    found = rows_at(report, "district")
    names = report.study.districts["name"]
    rows = [(code, row, number(row["missed"]) or 0.0) for (code, one), row in found.items() if one == rule.id]
    rows = [row for row in rows if row[1]["missed"] == row[1]["missed"]]
    rows.sort(key=lambda row: (-row[2], row[0]))
    write_text(
        figure,
        _LEFT,
        y,
        say("by_district"),
        fontsize=16,
        fontweight=heavy(),
        color=INK,
        va="top",
        fontfamily=list(fonts),
    )
    if not rows:
        return
    step = 0.0345
    axes = figure.add_axes(
        (_LEFT, y - 0.03 - step * min(len(rows), _MOST_LISTED), _RIGHT - _LEFT, step * min(len(rows), _MOST_LISTED))
    )
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(min(len(rows), _MOST_LISTED), 0)
    most = max(rows[0][2], 1.0)
    for place, (code, row, missed) in enumerate(rows[:_MOST_LISTED]):
        own = LOOKS[text(row["verdict"])]
        look: dict[str, Any] = {"va": "center", "fontsize": 14, "fontfamily": list(fonts)}
        write_text(axes, 0.0, place + 0.5, own.sign, **{**look, "color": own.colour})
        write_text(axes, 0.04, place + 0.5, plain(names.get(code, code), 20), **{**look, "color": INK})
        axes.barh(
            place + 0.5,
            0.42 * missed / most,
            left=0.36,
            height=0.56,
            color=MISSED_RAMP[1],
            edgecolor=STATUS_LOOKS[MISSED].line,
            linewidth=0.6,
        )
        write_text(axes, 1.0, place + 0.5, people_text(missed), **{**look, "color": INK, "ha": "right"})
    if len(rows) > _MOST_LISTED:
        write_text(
            figure,
            _LEFT,
            0.075,
            say("more_places", len(rows) - _MOST_LISTED),
            fontsize=12,
            color=_SOFT,
            fontfamily=list(fonts),
        )


def _gap_list(
    figure: Figure, report: AuditReport, district: str, rule: Rule, y: float, lang: str, fonts: Sequence[str]
) -> float:
    """List the gap patches that carry a number on the map; return where to go on."""
    say = speaker(lang)
    first = first_gaps(report, district, rule)
    if not len(first):
        return y
    write_text(
        figure, _LEFT, y, say("act_first"), fontsize=16, fontweight=heavy(), color=INK, va="top", fontfamily=list(fonts)
    )
    y -= 0.045
    for row in first.to_dict("records"):
        look: dict[str, Any] = {"fontsize": 14, "color": INK, "va": "center", "fontfamily": list(fonts)}
        write_text(
            figure,
            _LEFT + 0.008,
            y,
            f"{int(row['rank'])}",
            **{**look, "ha": "center", **number_look(12, pad=0.2, rim=1.4)},
        )
        write_text(figure, _LEFT + 0.024, y, plain(row["unit_name"] or "–", 34), **look)
        write_text(
            figure, _RIGHT, y, say("missed_count", people_text(number(row["missed"]))), **{**look, "ha": "right"}
        )
        y -= 0.034
    return y


def _png(figure: Figure, fonts: Sequence[str]) -> bytes:
    refuse_boxes(figure, fonts)
    out = io.BytesIO()
    # without the name of the program, whose version would change the bytes
    figure.savefig(out, format="png", dpi=figure.dpi, metadata={"Software": None})
    return out.getvalue()
