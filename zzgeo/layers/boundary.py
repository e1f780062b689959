"""Districts: their outlines, what each rule found in them, and people missed across the city."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from zzgeo.layers.base import Draw, Feature, Layer, Symbology, Table, number, text
from zzgeo.layers.parts.derived import title_of
from zzgeo.layers.parts.findings import (
    MOST_STYLED,
    finding_names,
    findings_in_districts,
    known,
    rules_at,
    verdict_style,
    with_findings,
)
from zzgeo.layers.parts.headline import class_labels, people_classes
from zzgeo.layers.parts.looks import BETWEEN_AREAS, INK, PART, Look, Style
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.parts.pictures import Drawn, Entry, Labels, Marks, Scene
from zzgeo.spec.schema import DISTRICTS
from zzgeo.vocabulary.statuses import COVERED, MISSED_RAMP, OUTSIDE, STATUS_LOOKS
from zzgeo.vocabulary.verdicts import LOOKS, NODATA

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words
    from zzgeo.standards import Rule

#: Districts named on a picture of the city: a province of counties has no room for names.
_MOST_NAMED = 40

#: A place without a number, and those with nobody missed.
_UNKNOWN = Look(STATUS_LOOKS[OUTSIDE].fill, "#FFFFFF", width=1.4, hatch="///")
_NOBODY = Look(STATUS_LOOKS[COVERED].fill, "#FFFFFF", width=1.4)


def _build(report: AuditReport) -> Draw:
    districts = report.study.districts
    areas = Projector(report.study.crs).areas(districts.geometry, 8.0)
    outlines: dict[str, Feature] = {
        str(code): {"shape": "area", "xy": area} for code, area in zip(districts.index, areas, strict=True)
    }
    return lambda district: list(outlines.values()) if district is None else [outlines[district]]


def _rows(report: AuditReport) -> gpd.GeoDataFrame:
    return with_findings(known(report.study.districts, DISTRICTS), report, "district")


def _symbology(report: AuditReport, rows: gpd.GeoDataFrame, words: Words) -> Symbology:
    rules, styles = rules_at(report, "district"), list[Style]()
    for rule in rules[:MOST_STYLED]:
        styles += [_missed_style(rule, rows, words), verdict_style(rule, words, opacity=0.7, fill_until=PART)]
    plain = Style(title_of(LAYER, words), "single", [("", "", Look(None, INK, width=0.4))])
    return Symbology(styles or [plain], finding_names(rules, words))


def _missed_style(rule: Rule, rows: gpd.GeoDataFrame, words: Words) -> Style:
    """Style places by people missed, in round classes; a place without a number keeps its outline and is hatched."""
    ends = people_classes(rows[f"{rule.id}_missed"])
    colours = MISSED_RAMP[-len(ends) :] if ends else ()
    area = Look(None, BETWEEN_AREAS, width=0.4, opacity=0.8, fill_until=PART, growth=3.0)
    classes: list[tuple[str | tuple[float, float], str, Look]] = [
        ((-1.0, -1.0), words.say("nodata"), replace(area, fill=LOOKS[NODATA].mark, hatch="///")),
        ((0.0, 0.5), "0", replace(area, fill=STATUS_LOOKS[COVERED].fill)),
    ]
    low = 0.5
    for end, label, colour in zip(ends, class_labels(ends), colours, strict=True):
        classes.append(((low, end), label, replace(area, fill=colour)))
        low = end
    missed = f'"{rule.id}_missed"'
    return Style(
        f"{words.rule(rule)} · {words.say('missed')}",
        "ranges",
        classes,
        column=f"coalesce({missed}, -1)",
        rule=rule.id,
        label=f"\"name\" || coalesce('\\n' || format_number({missed}, 0), '')",
        stressed=f"{missed} > 0 AND {missed} = maximum({missed})",
    )


def _picture(scene: Scene) -> Drawn:
    """Outline the district among its neighbours, or colour the districts of the city by people missed."""
    districts = scene.report.study.districts
    if scene.district is None:
        yield from _by_missed(scene, districts.sort_index())
        return
    others = districts.drop(index=scene.district)
    if len(others):
        yield Marks(others.geometry.array, Look("#F6F7F8", "#C9CFD4", width=1.0), height=0, thin=True)
    yield Marks([districts.geometry.loc[scene.district]], Look(None, INK, width=2.6), height=6)


def _by_missed(scene: Scene, districts: gpd.GeoDataFrame) -> Drawn:
    """Colour districts by people missed, each with its name, the sign of its verdict and its value."""
    found = findings_in_districts(scene.report, scene.rule)
    rows = [found.get(str(code)) for code in districts.index]
    missed = [None if row is None else number(row["missed"]) for row in rows]
    ends = people_classes([one for one in missed if one is not None])
    ramp = [Look(colour, "#FFFFFF", width=1.4) for colour in MISSED_RAMP[-len(ends) :]] if ends else []
    looks = [_UNKNOWN if one is None else _NOBODY if one < 0.5 else ramp[np.searchsorted(ends, one)] for one in missed]
    for shape, look in zip(districts.geometry, looks, strict=True):
        yield Marks([shape], look, height=2)
    yield Marks([shapely.union_all(districts.geometry.values)], Look(None, INK, width=1.8), height=3)
    if len(districts) <= _MOST_NAMED:
        points = [_middle(shape) for shape in districts.geometry]
        names = [scene.words.plain(text(name), 20) for name in districts["name"]]
        told = [f"{name}\n{scene.words.score(row)}".strip() for name, row in zip(names, rows, strict=True)]
        yield Labels(points, told, height=9)
    if _NOBODY in looks:
        yield Entry("0", Look(_NOBODY.fill, None), "area")
    for look, label in zip(ramp, class_labels(ends), strict=True):
        yield Entry(label, Look(look.fill, None), "area")
    if _UNKNOWN in looks:
        yield Entry(scene.words.say("nodata"), Look(_UNKNOWN.fill, BETWEEN_AREAS, 1.0, hatch=_UNKNOWN.hatch), "area")


def _middle(shape: Any) -> Any:
    """Return the place for a name: the middle of the largest circle inside the largest part."""
    largest = max(shapely.get_parts(shape), key=lambda part: float(part.area))
    return shapely.Point(shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, 50.0))[0])


LAYER = Layer(
    "boundary",
    "区县边界",
    "District boundary",
    "base",
    build=_build,
    picture=_picture,
    table=Table("districts", _rows, "区县", "Districts", order=10, label="name", symbology=_symbology),
    order=40,
    shown=True,
    style=Look(line=INK, width=2.2),
    quiet=True,
    frame=True,
)
