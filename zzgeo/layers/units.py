"""Communities and villages, and other levels of units, outlined in the colour of their verdict for the chosen rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.intake.nesting import LIES_WITHIN, PEOPLE_DOUBTED, PEOPLE_FROM, is_levelled
from zzgeo.layers.base import Draw, Feature, Layer, Rows, Symbology, Table, as_read, rows_in
from zzgeo.layers.parts.derived import title_of
from zzgeo.layers.parts.findings import (
    MOST_STYLED,
    finding_names,
    known,
    rules_at,
    unit_verdicts,
    verdict_style,
    with_findings,
)
from zzgeo.layers.parts.looks import BETWEEN_AREAS, INK, PART, QUARTER, Look, Style
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.parts.pictures import Drawn, Entry, Marks, Scene
from zzgeo.layers.parts.popups import Popups
from zzgeo.numbers import value_text
from zzgeo.spec.schema import UNITS
from zzgeo.vocabulary.people import HOME_UNITS, UNIT_SETS, unit_name
from zzgeo.vocabulary.unit_levels import level_of, levels_of
from zzgeo.vocabulary.verdicts import FAIL, LOOKS, NODATA, REVIEW

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words


#: With more units than this on a page their outlines are written to 1e-5 of a degree (a metre), else to 1e-6.
_MANY, _COARSE = 5_000, 10

_COLUMNS = (("type", "text"), (LIES_WITHIN, "text"), ("residents", "people"), ("aged_60_plus", "people"))


def _units(report: AuditReport, level: str) -> gpd.GeoDataFrame | None:
    """Return the units of a level, of a study that tells no levels all of them; the unit each lies in by its name."""
    units = report.study.units
    if units is None or not level:
        return units
    names = units["name"].astype(str)
    within = units[LIES_WITHIN].map(names).astype(object)
    mine = units["type"].isin(UNIT_SETS[level])
    return units.assign(**{LIES_WITHIN: within.where(within.notna(), None)})[mine]


def _build(report: AuditReport, level: str = "") -> Draw:
    units = _units(report, level)
    if units is None:
        return lambda district: []
    rows_of, shapes = rows_in(units), np.asarray(units.geometry.array)
    dots = np.isin(shapely.get_type_id(shapes), (0, 4))
    plain, codes = pd.DataFrame(units.drop(columns="geometry")), np.array(units.index.map(str))
    table = Popups(plain, "name", _COLUMNS)
    by_rule = _by_rule(report, codes)
    projectors = {grid: Projector(report.study.crs, grid) for grid in (1, _COARSE)}

    def draw(district: str | None) -> list[Feature]:
        rows = rows_of(district)
        grid = _COARSE if len(rows) > _MANY else 1
        features = []
        for shape, part in (("mosaic", rows[~dots[rows]]), ("marks", rows[dots[rows]])):
            if not len(part):
                continue
            some = shapes[part]
            xy: Any = projectors[grid].areas(some, 4.0) if shape == "mosaic" else projectors[grid].points(some)
            feature = table.at(shape, xy, part)
            feature["grid"] = grid
            feature["codes"] = codes[part].tolist()
            feature["by_rule"] = {rule: _at(own, part) for rule, own in by_rule.items() if own[0][part].any()}
            features.append(feature)
        return features

    return draw


#: Whether a rule says something of a unit; its verdict, value and people missed: an array each, in the order of units.
_Told = tuple[NDArray[np.bool_], NDArray[np.object_], NDArray[np.object_], NDArray[np.object_]]


def _by_rule(report: AuditReport, codes: NDArray[np.object_]) -> dict[str, _Told]:
    """Return what each rule says of each unit; ``""`` where it says nothing."""
    findings = report.findings[report.findings["level"] == "unit"]
    index, by_rule = pd.Index(codes), {}
    for rule, found in findings.groupby("rule", sort=False):
        part = found.drop_duplicates("unit")
        place = index.get_indexer(pd.Index(part["unit"].astype(str)))
        own = [np.full(len(index) + 1, empty, dtype=object) for empty in ("", "", None)]
        columns = (as_read(form, part[name]) for name, form in _NUMBERS)
        value = np.empty(len(part), dtype=object)
        value[:] = [value_text(one, unit, target) for one, unit, target in zip(*columns, strict=True)]
        for into, values in zip(
            own, (as_read("text", part["verdict"]), value, as_read("number", part["missed"])), strict=True
        ):
            into[place] = values  # what belongs to no unit falls beyond the end
        said = own[0][:-1] != ""
        by_rule[str(rule)] = said, own[0][:-1], own[1][:-1], own[2][:-1]
    return by_rule


#: What the value of a unit is written from.
_NUMBERS = (("value", "number"), ("value_unit", "text"), ("threshold", "number"))


def _at(told: _Told, rows: Rows) -> dict[str, Any]:
    _, verdicts, value, missed = told
    columns = [["value", "text", value[rows].tolist()], ["missed", "people", missed[rows].tolist()]]
    return {"verdicts": verdicts[rows].tolist(), "columns": columns}


def _rows(report: AuditReport, level: str = "") -> gpd.GeoDataFrame | None:
    units = _units(report, level)
    if units is None:
        return None
    table = known(units, UNITS)
    if not level:
        return with_findings(table, report, "unit")
    told = {name: units[name].to_numpy() for name in (LIES_WITHIN, PEOPLE_FROM, PEOPLE_DOUBTED)}
    table = with_findings(table.assign(**told), report, "unit")
    # what a rule finds of another level is nothing here
    return table[[name for name in table.columns if name in UNITS.columns or table[name].notna().any()]]


#: What is said of where the people of a unit are from.
_SOURCES = {"table": "people_from_table", "demand": "people_from_demand"}


def _symbology(report: AuditReport, rows: gpd.GeoDataFrame, words: Words, level: str = "") -> Symbology:
    rules = [rule for rule in rules_at(report, "unit") if rule.id in rows.columns]
    styles = [verdict_style(rule, words, opacity=0.55, fill_until=QUARTER) for rule in rules[:MOST_STYLED]]
    title = words.pick(*_label(level)) if level else title_of(LAYER, words)
    plain = Style(title, "single", [("", "", Look(None, INK, width=0.4))])
    if not level:
        return Symbology(styles or [plain], finding_names(rules, words))
    types = rows["type"].map(words.say)
    source = rows[PEOPLE_FROM].map({one: words.say(word) for one, word in _SOURCES.items()})
    return Symbology(
        styles or [plain], finding_names(rules, words), rows.assign(**{"type": types, PEOPLE_FROM: source})
    )


#: Verdicts are told apart on a picture in grey, too.
_HATCHES = {FAIL: "////", REVIEW: "....", NODATA: "xxxx"}


def _picture(scene: Scene, level: str = "") -> Drawn:
    """Colour the units by their verdict, for a rule that is not measured at people's homes."""
    units = _units(scene.report, level)
    if scene.district is None or scene.rule.id in scene.report.reach or units is None:
        return
    verdicts = unit_verdicts(scene.report, scene.district, scene.rule)
    verdicts = verdicts[verdicts.index.isin(units.index)]
    for verdict in LOOKS.values():
        here = units.geometry.loc[verdicts.index[verdicts == verdict.id]]
        if not len(here):
            continue
        area = here.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
        look = Look(verdict.mark, BETWEEN_AREAS, width=0.8, fill_opacity=0.4, hatch=_HATCHES.get(verdict.id, ""))
        if area.any():
            yield Marks(here[area].array, look, height=3)
        if not area.all():
            mark = Look(verdict.mark, BETWEEN_AREAS, width=1.5, size=60**0.5, mark="square")
            yield Marks(here[~area].representative_point().array, mark, height=4, thin=True)
        yield Entry(scene.words.pick(verdict.zh, verdict.en), look, "area")


def _label(level: str) -> tuple[str, str]:
    zh, en = unit_name(level)
    return zh, en[:1].upper() + en[1:]


def _split(report: AuditReport) -> Sequence[Layer]:
    """Return a layer for every level of units a study tells apart, the largest units drawn first."""
    units = report.study.units
    if units is None or not is_levelled(units):
        return (LAYER,)
    return [_of_level(level) for level in reversed(levels_of(units["type"].unique()))]


def _of_level(level: str) -> Layer:
    home = level == level_of(HOME_UNITS[0])
    zh, en = _label(level)
    assert LAYER.table is not None
    name = LAYER.table.name if home else f"{LAYER.table.name}_{level.replace('-', '_')}"
    table = replace(
        LAYER.table, name=name, rows=partial(_rows, level=level), symbology=partial(_symbology, level=level)
    )
    return replace(
        LAYER,
        id=LAYER.id if home else f"{LAYER.id}-{level}",
        label_zh=zh,
        label_en=en,
        build=partial(_build, level=level),
        picture=partial(_picture, level=level),
        table=table,
        split=None,
    )


LAYER = Layer(
    "units",
    "社区（村）",
    "Communities and villages",
    "people",
    build=_build,
    picture=_picture,
    table=Table("units", _rows, label="name", scale=PART, label_scale=QUARTER, symbology=_symbology),
    order=20,
    style=Look(LOOKS[NODATA].mark, LOOKS[NODATA].mark, width=1.4, fill_opacity=0.06),
    split=_split,
)
