"""Maps as pictures: what the layers draw of a district or of the city, with legend and scale; drawn with matplotlib.

Drawing keeps to figures of its own: no window, no global state. Names are drawn as they are, never as formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline
from matplotlib.text import Text

from zzgeo.layers import GROUPS, layers_of
from zzgeo.layers.parts.derived import drawn
from zzgeo.layers.parts.looks import INK, Look
from zzgeo.layers.parts.pictures import Entry, Labels, Marks, Scene
from zzgeo.reporting.desk.fonts import heavy
from zzgeo.reporting.desk.label_places import boxes_apart, circles_apart
from zzgeo.reporting.desk.short_text import wrapped
from zzgeo.reporting.told.words import speaker
from zzgeo.vocabulary.statuses import GAP_LINE, GAP_NUMBER

_MARKS = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "star": "*",
    "cross": "P",
    "hexagon": "h",
    "x": "X",
}

#: The largest mark in a legend, in points.
_LEGEND_MARK = 14.0

#: What a legend explains: a handle of matplotlib's, and a text.
Explained = tuple[Any, str]


def write_text(place: Figure | Axes, x: float, y: float, value: str, **look: Any) -> Text:
    """Write text; a dollar sign stays a dollar sign."""
    return place.text(x, y, value, parse_math=False, **look)


def narrow(written: Text, most: float) -> None:
    """Make a text smaller until it is no wider than a share of its figure."""
    figure = written.get_figure()
    assert figure is not None
    left, _, right, _ = _extent(written)
    wide = most * figure.bbox.width
    if right - left > wide:
        written.set_fontsize(float(written.get_fontsize()) * wide / (right - left))


def draw_map(
    axes: Axes,
    scene: Scene,
    fonts: Sequence[str],
    name_size: float = 13,
    scale: float = 1.0,
    frame: gpd.GeoSeries | None = None,
) -> list[Explained]:
    """Draw what the layers have of a scene, framed by its district or the city, or by some areas.

    Marks and lines are drawn `scale` times the size they have on a slide, names in `name_size`.

    Returns
    -------
    list of (handle, text)
        What a legend has to explain, in the order of the layer list.
    """
    entries: list[tuple[int, Explained]] = []
    labels: list[Labels] = []
    for layer in layers_of(scene.report):
        for part in drawn(layer, scene):
            if isinstance(part, Marks):
                _marks(axes, part, scale)
            elif isinstance(part, Labels):
                labels.append(part)
            else:
                entries.append((list(GROUPS).index(layer.group), (_handle(part, scale), part.text)))
    if frame is None:
        districts = scene.report.study.districts.geometry
        frame = districts if scene.district is None else districts.loc[[scene.district]]
    _frame(axes, tuple(frame.total_bounds))
    _write_labels(axes, labels, fonts, name_size, scale)
    return [entry for _, entry in sorted(entries, key=lambda entry: entry[0])]


def _marks(axes: Axes, marks: Marks, scale: float) -> None:
    """Draw areas, lines and points; areas that have no fill are outlines."""
    shapes, look = np.asarray(marks.geometry, dtype=object), marks.look
    wide = look.width * (1.0 if marks.thin else scale)
    points = shapely.get_type_id(shapes) == 0
    lines = np.isin(shapely.get_type_id(shapes), (1, 2, 5))
    if points.any():
        xy = shapely.get_coordinates(shapes[points])
        axes.scatter(
            xy[:, 0],
            xy[:, 1],
            s=look.size**2 * scale**2,
            c=look.fill,
            edgecolors=look.line or "none",
            linewidths=wide,
            marker=_MARKS[look.mark],
            zorder=marks.height,
        )
    if lines.any():
        parts = [shapely.get_coordinates(part) for part in shapely.get_parts(shapes[lines])]
        axes.add_collection(LineCollection(parts, colors=look.line, linewidths=wide, zorder=marks.height))
    areas = shapes[~points & ~lines]
    if len(areas):
        _areas(axes, areas, zorder=marks.height, **_surface(look, wide))


def _surface(look: Look, wide: float) -> dict[str, Any]:
    """Return how matplotlib draws an area."""
    return {
        "facecolor": "none" if look.fill is None else (look.fill, look.fill_opacity),
        "edgecolor": look.line or "none",
        "linewidth": wide,
        "hatch": look.hatch or None,
    }


def _write_labels(axes: Axes, labels: Sequence[Labels], fonts: Sequence[str], size: float, scale: float) -> None:
    """Write numbers, and then names where the numbers leave room; what had to move has a line to its place."""
    axes.apply_aspect()
    frame = np.asarray(axes.get_window_extent().extents)
    held = np.empty((0, 4))
    for numbers in (True, False):
        parts = [part for part in labels if part.numbers is numbers]
        texts = [text for part in parts for text in _texts(axes, part, fonts, size, scale)]
        if not texts:
            continue
        places = axes.transData.transform([text.get_position() for text in texts])
        boxes = np.array([_extent(text) for text in texts])
        sizes = boxes[:, 2:] - boxes[:, :2] + 2.0
        if numbers:
            radii = sizes.max(axis=1) / 2.0
            middles = circles_apart(places, radii, frame)
            # neither a number nor the mark of its place is covered by a name
            held = np.vstack([np.column_stack([xy - radii[:, None], xy + radii[:, None]]) for xy in (middles, places)])
            _leads(axes, texts, places, middles, radii)
        else:
            middles = boxes_apart(places, sizes, held, frame)
        for text, xy in zip(texts, axes.transData.inverted().transform(middles), strict=True):
            text.set_position(xy)


def _texts(axes: Axes, labels: Labels, fonts: Sequence[str], size: float, scale: float) -> list[Text]:
    look: dict[str, Any] = {"ha": "center", "va": "center", "fontfamily": list(fonts), "zorder": labels.height}
    if labels.numbers:
        look |= number_look(12 * scale**0.6, pad=0.25, rim=1.6 * scale)
    else:
        ground = {"boxstyle": "round,pad=0.15", "facecolor": "#FFFFFF", "edgecolor": "none", "alpha": 0.72}
        look |= {"fontsize": size, "color": INK, "linespacing": 1.25, "clip_on": True, "bbox": ground}
    spots = zip(shapely.get_coordinates(labels.points).tolist(), labels.texts, strict=True)
    return [write_text(axes, x, y, told, **look) for (x, y), told in spots]


def _extent(text: Text) -> list[float]:
    """Return the box of a text with its ground, in pixels."""
    assert text.figure is not None
    renderer: Any = text.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    text.update_bbox_position_size(renderer)
    ground = text.get_bbox_patch()
    return list((text if ground is None else ground).get_window_extent(renderer).extents)


def _leads(axes: Axes, texts: Sequence[Text], places: Any, middles: Any, radii: Any) -> None:
    """Draw a line from each place to the number that had to move away from it."""
    moved = np.hypot(*(middles - places).T) > radii
    ends = axes.transData.inverted().transform(np.vstack([places[moved], middles[moved]]))
    lines = np.stack(np.split(ends, 2), axis=1)
    height = min(text.get_zorder() for text in texts)
    axes.add_collection(LineCollection(list(lines), colors=GAP_LINE, linewidths=1.2, zorder=height - 0.5))


def number_look(size: float, pad: float, rim: float) -> dict[str, Any]:
    """Return the look of a number in a circle, on a map and in the list beside it."""
    circle = {"boxstyle": f"circle,pad={pad}", "facecolor": "#FFFFFF", "edgecolor": GAP_LINE, "linewidth": rim}
    return {"fontsize": size, "color": GAP_NUMBER, "fontweight": heavy(), "bbox": circle}


def _handle(entry: Entry, scale: float) -> Any:
    """Return what stands before a line of the legend."""
    look = entry.look
    if entry.form == "point":
        return Line2D(
            [],
            [],
            linestyle="none",
            marker=_MARKS[look.mark],
            # what is large on the map stands in a line of text here
            markersize=min(look.size * scale**0.5, _LEGEND_MARK),
            markerfacecolor=look.fill,
            markeredgecolor=look.line,
        )
    if entry.form == "line":
        return Line2D([], [], color=look.line, linewidth=look.width * scale)
    return Patch(**_surface(look, look.width * scale))


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
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    write_text(
        axes,
        x + length / 2,
        y + tall * 1.8,
        label,
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
    place: Figure | Axes,
    entries: Sequence[Explained],
    lang: str,
    fonts: Sequence[str],
    size: float,
    *,
    columns: int = 44,
    **where: Any,
) -> None:
    """Draw what the signs of a map mean, each in at most two lines of so many columns."""
    say = speaker(lang)
    labels = [wrapped(told, columns, 2) for _, told in entries]
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
