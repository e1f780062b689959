"""Maps as pictures: who is covered and missed in a district, people missed across the city; drawn with matplotlib.

Drawing keeps to figures of its own: no window, no global state. Names are drawn as they are, never as formulas.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline

from zzgeo.errors import Problem
from zzgeo.layers.base import near, number, text
from zzgeo.reporting.desk.cells import width
from zzgeo.reporting.desk.clause_maps import unit_verdicts
from zzgeo.reporting.told.content import kinds
from zzgeo.reporting.told.headline import class_labels, people_classes
from zzgeo.reporting.told.words import (
    INK,
    kind_word,
    printable,
    rows_at,
    score,
    speaker,
)
from zzgeo.vocabulary.statuses import (
    BETWEEN,
    COVERED,
    EXCLUDED,
    GAP_LINE,
    GAP_NUMBER,
    MISSED,
    MISSED_RAMP,
    OUTSIDE,
    STATUS_LOOKS,
    status_word,
)
from zzgeo.vocabulary.verdicts import FAIL, LOOKS, NODATA, REVIEW

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule

#: Fonts that show Chinese, the one to take first standing first.
FONTS = (
    "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "SimHei", "Hiragino Sans GB", "Noto Sans CJK JP", "Droid Sans Fallback",
)  # fmt: skip

#: Gap patches that carry their number on a picture.
MOST_NUMBERED = 5

_MARKS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "star": "*", "cross": "P", "hexagon": "h"}
_LINE = "#6B7280"


@cache
def chinese_font() -> str | None:
    """Return the first of `FONTS` that is installed, or None."""
    held = {font.name for font in fontManager.ttflist}
    return next((name for name in FONTS if name in held), None)


@cache
def heavy() -> str:
    """Return the weight of headings: bold, where the Chinese font has a bold face."""
    font = chinese_font()
    held = {str(one.weight) for one in fontManager.ttflist if one.name == font}
    return "bold" if font is None or held & {"bold", "600", "700", "800", "900"} else "normal"


@contextmanager
def drawing() -> Iterator[list[str]]:
    """Give the fonts to draw with; warn where Chinese would show as empty boxes."""
    font = chinese_font()
    if font is None:
        why = "no font that shows Chinese is installed: maps show boxes in place of characters"
        problem = Problem("font.missing", "", "", why, "install one, such as Noto Sans CJK SC", "warning")
        warnings.warn(problem.line(), UserWarning, stacklevel=3)
    with warnings.catch_warnings():
        # a rare character that no font has is drawn as a box; that is told once, not for every glyph
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield [*([font] if font else []), "DejaVu Sans"]


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


def wrapped(value: Any, columns: int, lines: int) -> str:
    """Return text broken into at most so many lines of so many columns; the last ends in ``…`` if there is more."""
    # no more than fits is looked at: a name may be as long as a book
    rest, told = plain(text(value)[: columns * lines + 1], columns * lines + 1), list[str]()
    while rest:
        end = _fitting(rest, columns)
        if end == len(rest) or len(told) == lines - 1:
            told.append(plain(rest, columns))
            break
        # western words are not torn, Chinese may break anywhere
        space = rest.rfind(" ", 0, end + 1)
        end = space if space > end // 2 and rest[end - 1].isascii() and rest[end : end + 1].isascii() else end
        told.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return "\n".join(told)


def write_text(place: Figure | Axes, x: float, y: float, value: str, **look: Any) -> None:
    """Write text; a dollar sign stays a dollar sign."""
    place.text(x, y, value, parse_math=False, **look)


def draw_district(
    axes: Axes, report: AuditReport, district: str, rule: Rule, fonts: Sequence[str], scale: float = 1.0
) -> list[Any]:
    """Draw a district for a rule: streets, people by status, facilities it counts, the first gap patches.

    Marks and lines are drawn `scale` times the size they have on a slide.

    Returns
    -------
    list of (handle, key or text)
        What a legend has to explain.
    """
    study = report.study
    shape = study.districts.geometry.loc[district]
    _neighbours(axes, study.districts.drop(index=district))
    if study.streets is not None:
        _streets(axes, near(study.streets, report, district, 300.0), scale)
    entries = _people(axes, report, district, rule, scale)
    entries += _facilities(axes, report, district, rule, scale)
    if _gap_patches(axes, report, district, rule, fonts, scale):
        entries.append((Patch(fill=False, edgecolor=GAP_LINE, linewidth=2 * scale), "first_gaps"))
    _areas(axes, [shape], facecolor="none", edgecolor=INK, linewidth=2.6 * scale, zorder=6)
    _frame(axes, shape.bounds)
    return entries


def draw_units(
    axes: Axes, report: AuditReport, district: str, rule: Rule, fonts: Sequence[str], scale: float = 1.0
) -> list[Any]:
    """Draw the units of a district by their verdict on a rule, and the facilities it counts; as `draw_district`."""
    study = report.study
    shape = study.districts.geometry.loc[district]
    _neighbours(axes, study.districts.drop(index=district))
    if study.streets is not None:
        _streets(axes, near(study.streets, report, district, 300.0), scale)
    verdicts = unit_verdicts(report, district, rule)
    entries: list[Any] = []
    for verdict, colour in ((look.id, look.mark) for look in LOOKS.values()):
        here = verdicts.index[verdicts == verdict]
        if not len(here) or study.units is None:
            continue
        look: dict[str, Any] = {"facecolor": f"{colour}66", "edgecolor": _LINE, "linewidth": 0.8 * scale}
        look["hatch"] = _HATCHES.get(verdict)
        shapes = study.units.geometry.loc[here]
        area = shapes.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
        _areas(axes, shapes[area], zorder=3, **look)
        xy = shapely.get_coordinates(shapes[~area].representative_point().values)
        if len(xy):  # a unit without an outline is a point
            axes.scatter(xy[:, 0], xy[:, 1], s=60 * scale**2, c=colour, edgecolors=_LINE, marker="s", zorder=4)
        entries.append((Patch(**look), verdict))
    entries += _facilities(axes, report, district, rule, scale)
    _areas(axes, [shape], facecolor="none", edgecolor=INK, linewidth=2.6 * scale, zorder=6)
    _frame(axes, shape.bounds)
    return entries


#: Verdicts are told apart in grey, too.
_HATCHES = {FAIL: "////", REVIEW: "....", NODATA: "xxxx"}


def draw_city(axes: Axes, report: AuditReport, rule: Rule, lang: str, fonts: Sequence[str], size: float) -> list[Any]:
    """Draw the districts by people missed, each with name, sign and value; return what a legend explains."""
    found = rows_at(report, "district")
    districts = report.study.districts.sort_index()
    rows = [found.get((str(code), rule.id)) for code in districts.index]
    missed = [None if row is None else number(row["missed"]) for row in rows]
    ends = people_classes([one for one in missed if one is not None])
    colours = list(MISSED_RAMP[-len(ends) :]) if ends else []
    for shape, one in zip(districts.geometry, missed, strict=True):
        look: dict[str, Any] = {"facecolor": STATUS_LOOKS[OUTSIDE].fill, "hatch": "///"}
        if one is not None:
            fill = STATUS_LOOKS[COVERED].fill if one < 0.5 else colours[int(np.searchsorted(ends, one))]
            look = {"facecolor": fill}
        _areas(axes, [shape], edgecolor="#FFFFFF", linewidth=1.4, zorder=2, **look)
    _areas(
        axes, [shapely.union_all(districts.geometry.values)], facecolor="none", edgecolor=INK, linewidth=1.8, zorder=3
    )
    if len(districts) <= 40:  # a province of counties has no room for names: the list beside the map has them
        for code, row in zip(districts.index, rows, strict=True):
            _label(axes, districts.geometry.loc[code], text(districts.at[code, "name"]), score(row, lang), fonts, size)
    _frame(axes, tuple(districts.total_bounds))
    none_missed = any(one is not None and one < 0.5 for one in missed)
    entries: list[Any] = [(Patch(facecolor=STATUS_LOOKS[COVERED].fill), "0")] if none_missed else []
    entries += [(Patch(facecolor=c), label) for c, label in zip(colours, class_labels(ends), strict=True)]
    if any(one is None for one in missed):
        entries.append((Patch(facecolor=STATUS_LOOKS[OUTSIDE].fill, hatch="///", edgecolor=_LINE), NODATA))
    return entries


def _label(axes: Axes, shape: Any, name: str, told: str, fonts: Sequence[str], size: float) -> None:
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    x, y = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, 50.0))[0]
    look: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "fontsize": size,
        "color": INK,
        "fontfamily": list(fonts),
        "zorder": 9,
        "linespacing": 1.25,
        "clip_on": True,
        "bbox": {"boxstyle": "round,pad=0.15", "facecolor": "#FFFFFF", "edgecolor": "none", "alpha": 0.72},
    }
    write_text(axes, float(x), float(y), f"{plain(name, 20)}\n{told}".strip(), **look)


def _neighbours(axes: Axes, others: gpd.GeoDataFrame) -> None:
    if len(others):
        _areas(axes, others.geometry, facecolor="#F6F7F8", edgecolor="#C9CFD4", linewidth=1.0, zorder=0)


def _streets(axes: Axes, streets: gpd.GeoDataFrame, scale: float) -> None:
    lines = [shapely.get_coordinates(part) for part in shapely.get_parts(streets.geometry.values)]
    axes.add_collection(LineCollection(lines, colors="#C3C8CD", linewidths=0.6 * scale, zorder=1))


def _people(axes: Axes, report: AuditReport, district: str, rule: Rule, scale: float) -> list[Any]:
    demand = report.study.demand
    here = demand[demand["district"].astype(str) == district]
    reach = report.reach[rule.id].reindex(here.index)
    xy, people = shapely.get_coordinates(here.geometry.values), reach["people"].to_numpy(dtype=float)
    status = reach["status"].astype(object).to_numpy()
    entries: list[Any] = []

    def cloud(chosen: Any, key: str, **look: Any) -> None:
        if chosen.any():
            look = {"zorder": 3, "s": 16, "linewidths": 0.5, **look}
            look |= {"s": look["s"] * scale**2, "linewidths": look["linewidths"] * scale}
            axes.scatter(xy[chosen, 0], xy[chosen, 1], **look)
            shown = {
                "marker": look.get("marker", "o"),
                "markerfacecolor": look["c"],
                "markeredgecolor": look["edgecolors"],
            }
            entries.append((Line2D([], [], linestyle="none", markersize=9 * scale**0.5, **shown), key))

    cloud(status == COVERED, COVERED, c=STATUS_LOOKS[COVERED].fill, edgecolors=STATUS_LOOKS[COVERED].line)
    missed = status == MISSED
    ends = people_classes(people[missed])
    step = np.searchsorted(ends, people)
    for place, label in enumerate(class_labels(ends)):
        colour = MISSED_RAMP[-len(ends) :][place]
        cloud(
            missed & (step == place),
            f"missed {label}",
            c=colour,
            edgecolors=STATUS_LOOKS[MISSED].line,
            marker="s",
            zorder=4,
        )
    cloud(
        status == BETWEEN,
        BETWEEN,
        c=STATUS_LOOKS[BETWEEN].fill,
        edgecolors=STATUS_LOOKS[BETWEEN].line,
        marker="D",
        linewidths=1.4,
        zorder=4,
    )
    cloud(status == EXCLUDED, EXCLUDED, c=STATUS_LOOKS[EXCLUDED].fill, edgecolors="#FFFFFF", marker="X", s=30)
    return entries


def _facilities(axes: Axes, report: AuditReport, district: str, rule: Rule, scale: float) -> list[Any]:
    facilities = report.study.facilities
    if not len(facilities):
        return []
    here = near(facilities, report, district, 1000.0)
    marks, entries = kinds(report), []
    for kind in rule.facilities:
        own = here[here["kind"].astype(str) == kind]
        if not len(own):
            continue
        shape, colour = marks[kind]["mark"]
        xy = shapely.get_coordinates(own.geometry.representative_point().values)
        axes.scatter(
            xy[:, 0],
            xy[:, 1],
            marker=_MARKS[shape],
            s=110 * scale**2,
            c=colour,
            edgecolors="#FFFFFF",
            linewidths=scale,
            zorder=7,
        )
        handle = Line2D(
            [],
            [],
            linestyle="none",
            marker=_MARKS[shape],
            markersize=12 * scale**0.5,
            markerfacecolor=colour,
            markeredgecolor="#FFFFFF",
        )
        entries.append((handle, f"kind {kind}"))
    return entries


def first_gaps(report: AuditReport, district: str, rule: Rule) -> gpd.GeoDataFrame:
    """Return the gap patches of a rule in a district that a picture numbers, those with most people first."""
    gaps = report.gaps
    if not len(gaps):
        return gaps
    own = gaps[(gaps["rule"] == rule.id) & (gaps["district"].astype(str) == district)]
    return own.sort_values("rank", kind="stable").head(MOST_NUMBERED)


def _gap_patches(
    axes: Axes, report: AuditReport, district: str, rule: Rule, fonts: Sequence[str], scale: float
) -> bool:
    first = first_gaps(report, district, rule)
    if len(first):
        _areas(axes, first.geometry, facecolor="none", edgecolor=GAP_LINE, linewidth=2.0 * scale, zorder=5)
    for shape, rank in zip(first.geometry, first["rank"] if len(first) else [], strict=True):
        point = shape.representative_point()
        look = {"boxstyle": "circle,pad=0.25", "facecolor": "#FFFFFF", "edgecolor": GAP_LINE, "linewidth": 1.6 * scale}
        write_text(
            axes,
            point.x,
            point.y,
            f"{int(rank)}",
            ha="center",
            va="center",
            fontsize=12 * scale**0.6,
            color=GAP_NUMBER,
            fontweight=heavy(),
            fontfamily=list(fonts),
            zorder=8,
            bbox=look,
        )
    return bool(len(first))


def _areas(axes: Axes, shapes: Any, **look: Any) -> None:
    patches = []
    for shape in shapes:
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon" and not part.is_empty:
                rings = [shapely.get_coordinates(ring) for ring in (part.exterior, *part.interiors)]
                patches.append(PathPatch(Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))))
    axes.add_collection(PatchCollection(patches, **look))


def _frame(axes: Axes, bounds: tuple[float, float, float, float]) -> None:
    west, south, east, north = bounds
    # the map fills its frame: the shorter side of the place is given more room around it
    box = axes.get_window_extent()
    ratio = box.width / box.height
    across, up = (east - west) * 1.06, (north - south) * 1.06
    across, up = max(across, up * ratio), max(up, across / ratio)
    x, y = (west + east) / 2, (south + north) / 2
    axes.set_xlim(x - across / 2, x + across / 2)
    axes.set_ylim(y - up / 2, y + up / 2)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color("#C9CFD4")


def draw_scale(axes: Axes, fonts: Sequence[str], size: float) -> None:
    """Draw a scale bar in round metres, and an arrow to the north; the map's unit is the metre."""
    left, right = axes.get_xlim()
    low, high = axes.get_ylim()
    length = _round_down((right - left) * 0.2)
    x, y, tall = left + (right - left) * 0.03, low + (high - low) * 0.035, (high - low) * 0.008
    back = {"facecolor": "#FFFFFF", "edgecolor": "none", "alpha": 0.75, "zorder": 9}
    box = shapely.box(
        x - (right - left) * 0.012, y - tall * 2, x + length + (right - left) * 0.012, y + (high - low) * 0.05
    )
    _areas(axes, [box], **back)
    for half in range(2):
        part = shapely.box(x + half * length / 2, y, x + (half + 1) * length / 2, y + tall)
        _areas(axes, [part], facecolor=INK if half == 0 else "#FFFFFF", edgecolor=INK, linewidth=1.0, zorder=10)
    told = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    write_text(
        axes,
        x + length / 2,
        y + tall * 1.8,
        told,
        ha="center",
        va="bottom",
        fontsize=size,
        color=INK,
        fontfamily=list(fonts),
        zorder=10,
    )
    x, y = right - (right - left) * 0.035, high - (high - low) * 0.035
    axes.annotate(
        "",
        xy=(x, y),
        xytext=(x, y - (high - low) * 0.06),
        zorder=10,
        arrowprops={
            "facecolor": INK,
            "edgecolor": "#FFFFFF",
            "width": 0.4 * size,
            "headwidth": 1.1 * size,
            "headlength": 1.1 * size,
        },
    )
    write_text(
        axes,
        x,
        y - (high - low) * 0.068,
        "N",
        ha="center",
        va="top",
        fontsize=size,
        color=INK,
        fontweight=heavy(),
        fontfamily=list(fonts),
        zorder=10,
    )


def _round_down(value: float) -> float:
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(step * power for step in (1.0, 2.0, 5.0) if step * power <= value))


def draw_legend(
    place: Figure | Axes, entries: Sequence[Any], lang: str, fonts: Sequence[str], size: float, *, columns: int = 44,
    **where: Any,
) -> None:  # fmt: skip
    """Draw what the signs of a map mean, each in at most two lines of so many columns."""
    say = speaker(lang)
    labels = [wrapped(_entry_label(key, lang), columns, 2) for _, key in entries]
    legend = place.legend(
        [handle for handle, _ in entries],
        labels,
        title=where.pop("title", say("legend")),
        frameon=True,
        facecolor="#FFFFFF",
        edgecolor="#C9CFD4",
        framealpha=0.92,
        prop={"family": list(fonts), "size": size},
        alignment="left",
        **where,
    )
    legend.set_zorder(11)
    legend.get_title().set_fontfamily(list(fonts))
    legend.get_title().set_fontsize(size)
    for one in (legend.get_title(), *legend.get_texts()):
        one.set_parse_math(False)


def _entry_label(key: str, lang: str) -> str:
    say = speaker(lang)
    if key.startswith("missed "):
        return f"{status_word(MISSED, lang)} {key.removeprefix('missed ')} {say('people_short')}"
    if key.startswith("kind "):
        return plain(kind_word(key.removeprefix("kind "), lang), 30)
    return status_word(key, lang) if key in STATUS_LOOKS else say(key)
