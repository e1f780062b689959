"""The layers of an audit as tables for a GIS, each with its styles: one function per layer, in drawing order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.layers.base import text
from zzgeo.reporting.desk.qgis import Look, Style
from zzgeo.reporting.told.clauses import judged_in
from zzgeo.reporting.told.content import kinds
from zzgeo.reporting.told.headline import class_labels, headline, people_classes
from zzgeo.reporting.told.words import (
    INK,
    kind_word,
    printable,
    printables,
    rule_title,
    speaker,
)
from zzgeo.spec.schema import DEMAND, DISTRICTS, FACILITIES, UNITS, Contract
from zzgeo.vocabulary.statuses import (
    BETWEEN,
    COVERED,
    EXCLUDED,
    GAP_FILL,
    GAP_LINE,
    MISSED,
    MISSED_RAMP,
    REACH,
    STATUS_LOOKS,
    status_word,
)
from zzgeo.vocabulary.verdicts import LOOKS, NODATA, REVIEW, verdict_text

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule

#: Straight sides a quarter of a circle of the service radius is drawn with: for looking at, not for measuring.
_SIDES = 16

#: Rules whose own styles a layer brings along; the columns of all rules are there.
_MOST_STYLED = 20


@dataclass(frozen=True)
class DeskLayer:
    """A layer with its styles, of which the first is the usual one; the table's index is the column of ids."""

    name: str
    title: str
    table: gpd.GeoDataFrame
    geometry_type: str
    styles: Sequence[Style]
    aliases: dict[str, str] = field(default_factory=dict)


def desk_layers(report: AuditReport, lang: str) -> Iterator[DeskLayer]:
    """Give the layers of a report one by one, in drawing order; what a study does not have is not there."""
    for build in _BUILDERS:
        layer = build(report, lang)
        if layer is not None and len(layer.table):
            yield layer
        del layer  # or it would stay while the next one is built


def _districts(report: AuditReport, lang: str) -> DeskLayer:
    rules = _rules_at(report, "district")
    table = _known(report.study.districts, DISTRICTS)
    table, aliases = _with_findings(table, report, rules, "district", "district", lang)
    styles = []
    for rule in rules[:_MOST_STYLED]:
        styles += [_missed_style(report, rule, table, lang), _verdict_style(rule, lang, opacity=0.7)]
    return _layer("districts", table, "MultiPolygon", styles or [_plain_areas(lang)], aliases, lang, label="name")


def _units(report: AuditReport, lang: str) -> DeskLayer | None:
    units = report.study.units
    if units is None:
        return None
    rules = _rules_at(report, "unit")
    table, aliases = _with_findings(_known(units, UNITS), report, rules, "unit", "unit", lang)
    area = ~table.geometry.geom_type.isin(["Point", "MultiPoint"])
    points = not area.all()
    if points:  # one kind of geometry in a layer: where some units have no outline, all are drawn as points
        table = table.set_geometry(table.geometry.representative_point())
    styles = [_verdict_style(rule, lang, opacity=0.55) for rule in rules[:_MOST_STYLED]]
    return _layer("units", table, "Point" if points else "MultiPolygon", styles or [_plain_areas(lang)], aliases, lang)


def _streets(report: AuditReport, lang: str) -> DeskLayer | None:
    streets = report.study.streets
    if streets is None:
        return None
    table = gpd.GeoDataFrame(geometry=streets.geometry).rename_axis("edge_id")
    kinds = table.geometry.geom_type
    table = table[kinds.isin(["LineString", "MultiLineString"])]
    together = "MultiLineString" if (kinds == "MultiLineString").any() else "LineString"
    style = Style(speaker(lang)("streets"), "single", [("", "", Look(line="#B9BEC4", width=0.2))])
    return _layer("streets", table, together, [style], {}, lang)


def _service_radius(report: AuditReport, lang: str) -> DeskLayer | None:
    """Draw the circle of every facility that serves somebody, for rules whose kind declares a circle."""
    parts = []
    facilities = report.study.facilities
    for rule in _headline_first(report, [rule for rule in report.rules if report.kinds[rule.id].circle]):
        reach = report.reach.get(rule.id)
        if reach is None:
            continue
        radius = report.kinds[rule.id].limit(report.context, rule)
        serving = facilities.loc[facilities.index.isin(reach["facility_id"].dropna().unique())]
        circles = serving.geometry.buffer(radius, quad_segs=_SIDES)
        columns = {"rule": rule.id, "facility_id": serving.index.astype(str), "name": printables(serving["name"])}
        parts.append(gpd.GeoDataFrame({**columns, "radius_m": radius}, geometry=circles.array))
    if not parts:
        return None
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=report.study.crs).rename_axis("circle")
    look = Look(fill=REACH, line=REACH, opacity=0.12)
    return _layer("service_radius", table, "MultiPolygon", [_by_rule(report, table, look, lang)], {}, lang)


def _demand(report: AuditReport, lang: str) -> DeskLayer:
    """Give where people live, and whether each rule reaches them."""
    say = speaker(lang)
    ids, aliases, styles = report.study.demand.index, {}, []
    added: dict[str, pd.Categorical] = {}
    rules = _headline_first(report, [rule for rule in report.rules if rule.id in report.reach])
    for rule in rules:
        status = report.reach[rule.id]["status"]
        added[rule.id] = _words(status if status.index.equals(ids) else status.reindex(ids))
        aliases[rule.id] = rule_title(rule, lang)
    table = _known(report.study.demand, DEMAND)
    table = gpd.GeoDataFrame(pd.concat([table, pd.DataFrame(added, index=table.index)], axis=1), crs=table.crs)
    looks = {
        MISSED: _dot(MISSED, size=1.6),
        BETWEEN: _dot(BETWEEN, size=1.6, width=0.4),
        COVERED: _dot(COVERED, size=1.2),
        EXCLUDED: Look(fill=STATUS_LOOKS[EXCLUDED].fill, line=INK, size=1.4, mark="cross"),
    }
    for rule in rules[:_MOST_STYLED]:
        classes = [(status, status_word(status, lang), look) for status, look in looks.items()]
        styles.append(Style(rule_title(rule, lang), "categories", classes, column=f'"{rule.id}"'))
    if not styles:
        styles = [Style(say("demand"), "single", [("", "", looks[COVERED])])]
    return _layer("demand", table, "Point", styles, aliases, lang)


def _dot(status: str, size: float, width: float = 0.2) -> Look:
    look = STATUS_LOOKS[status]
    return Look(fill=look.fill, line=look.line, width=width, size=size)


def _words(values: pd.Series) -> pd.Categorical:
    """Return texts as `printables` does; a column of a million, four of which differ, is kept as numbers."""
    code, known = pd.factorize(values)
    words, of_word = np.unique(printables(pd.Index([*known, None], dtype=object)).astype(str), return_inverse=True)
    held: pd.Categorical = pd.Categorical.from_codes(of_word[code], categories=pd.Index(words.astype(object)))
    return held


def _gaps(report: AuditReport, lang: str) -> DeskLayer | None:
    gaps = report.gaps
    if not len(gaps):
        return None
    # the headline rule's patches come first, because only their class is on when the layer opens
    order = {rule.id: place for place, rule in enumerate(_headline_first(report, report.rules))}
    table = gaps[["rule", "district", "unit", "unit_name", "rank", "missed", "residents", "aged_60_plus", "area_ha",
                  "nearest_m", "nearest_facility", "geometry"]].copy()  # fmt: skip
    table = table.sort_values("rule", key=lambda rules: rules.map(order), kind="stable")
    table.index = table.index.astype(str).rename("gap_id")
    aliases = {"nearest_m": speaker(lang)("nearest_in_m")}
    look = Look(fill=GAP_FILL, line=GAP_LINE, width=0.5, opacity=0.6)
    return _layer("gaps", table, "MultiPolygon", [_by_rule(report, table, look, lang)], aliases, lang, label="rank")


def _facilities(report: AuditReport, lang: str) -> DeskLayer | None:
    facilities = report.study.facilities
    if not len(facilities):
        return None
    table = _known(facilities, FACILITIES)
    table.insert(1, "kind_name", [kind_word(str(kind), lang) for kind in table["kind"]])
    table = table.set_geometry(table.geometry.representative_point())
    marks = kinds(report)
    held = sorted({str(kind) for kind in facilities["kind"]}, key=list(marks).index)
    classes = [
        (kind, printable(kind_word(kind, lang)), Look(colour, "#FFFFFF", size=2.6, mark=shape))
        for kind, (shape, colour) in ((kind, marks[kind]["mark"]) for kind in held)
    ]  # fmt: skip
    style = Style(speaker(lang)("facilities"), "categories", classes, column="kind")
    return _layer("facilities", table, "Point", [style], {"kind_name": speaker(lang)("kind_name")}, lang)


_BUILDERS: tuple[Callable[[AuditReport, str], DeskLayer | None], ...] = (
    _districts, _units, _service_radius, _streets, _demand, _gaps, _facilities,
)  # fmt: skip


def _layer(
    name: str, table: gpd.GeoDataFrame, geometry_type: str, styles: Sequence[Style], aliases: dict[str, str], lang: str,
    label: str = "",
) -> DeskLayer:  # fmt: skip
    """Name the columns, and give every style those names and the label."""
    say = speaker(lang)
    called = {str(name): say(str(name)) for name in (table.index.name, *table.columns) if name != "geometry"}
    called = {column: printable(aliases.get(column, word)) for column, word in called.items()}
    told, taken = [], set[str]()
    for style in styles:
        unique, count = style.name, 1
        while unique in taken:
            count += 1
            unique = f"{style.name} {count}"
        taken.add(unique)
        told.append(Style(unique, style.kind, style.classes, style.column, label, called))
    return DeskLayer(name, say(name), table, geometry_type, told, called)


def _known(table: gpd.GeoDataFrame, contract: Contract) -> gpd.GeoDataFrame:
    """Return a table with the columns of its contract only, text without control characters, ids as text."""
    kept = [name for name in contract.columns if name in table.columns]
    copy = gpd.GeoDataFrame(table[kept], geometry=table.geometry.array, crs=table.crs)
    for name in kept:
        if contract.columns[name].kind in ("text", "choice"):
            copy[name] = printables(copy[name])
    copy.index = pd.Index(printables(copy.index), name=contract.index)
    return copy


def _rules_at(report: AuditReport, level: str) -> list[Rule]:
    judged = judged_in(report, level)
    return _headline_first(report, [rule for rule in report.rules if rule.id in judged])


def _headline_first(report: AuditReport, rules: Sequence[Rule]) -> list[Rule]:
    first = headline(report)
    return sorted(rules, key=lambda rule: first is None or rule.id != first.id)


def _with_findings(
    table: gpd.GeoDataFrame, report: AuditReport, rules: Sequence[Rule], level: str, column: str, lang: str
) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Add verdict, value and people missed of each rule; return the table and what the columns are called."""
    say = speaker(lang)
    findings = report.findings[report.findings["level"] == level]
    added: dict[str, pd.Series] = {}
    aliases = {}
    for rule in rules:
        own = findings[findings["rule"] == rule.id]
        own = own.set_index(own[column].map(printable)).reindex(table.index)
        title = rule_title(rule, lang)
        for ending, name in (("", "verdict"), ("_value", "value"), ("_missed", "missed")):
            added[f"{rule.id}{ending}"] = own[name]
            aliases[f"{rule.id}{ending}"] = f"{title} · {say(name)}"
    wide = gpd.GeoDataFrame(pd.concat([table, pd.DataFrame(added, index=table.index)], axis=1), crs=table.crs)
    return wide, aliases


def _verdict_style(rule: Rule, lang: str, opacity: float) -> Style:
    say = speaker(lang)
    classes = [
        (verdict, verdict_text(verdict, lang),
         Look(look.mark, "#6B7280", opacity=opacity, hatch=verdict in (REVIEW, NODATA)))
        for verdict, look in LOOKS.items()
    ]  # fmt: skip
    return Style(f"{rule_title(rule, lang)} · {say('verdict')}", "categories", classes, column=f'"{rule.id}"')


def _missed_style(report: AuditReport, rule: Rule, table: gpd.GeoDataFrame, lang: str) -> Style:
    """Style places by people missed, in round classes; a place without a number keeps its outline and is hatched."""
    say = speaker(lang)
    ends = people_classes(table[f"{rule.id}_missed"])
    colours = MISSED_RAMP[-len(ends) :] if ends else ()
    classes: list[tuple[str | tuple[float, float], str, Look]] = [
        ((-1.0, -1.0), say("nodata"), Look(LOOKS[NODATA].mark, "#6B7280", opacity=0.8, hatch=True)),
        ((0.0, 0.5), "0", Look(STATUS_LOOKS[COVERED].fill, "#6B7280", opacity=0.8)),
    ]
    low = 0.5
    for end, label, colour in zip(ends, class_labels(ends), colours, strict=True):
        classes.append(((low, end), label, Look(colour, "#6B7280", opacity=0.8)))
        low = end
    name = f"{rule_title(rule, lang)} · {say('missed')}"
    return Style(name, "ranges", classes, column=f'coalesce("{rule.id}_missed", -1)')


def _by_rule(report: AuditReport, table: gpd.GeoDataFrame, look: Look, lang: str) -> Style:
    """Style features of many rules: one class a rule, of which only the first is on."""
    titles = {rule.id: rule_title(rule, lang) for rule in report.rules}
    held = [text(rule) for rule in table["rule"].drop_duplicates()]
    classes = [(f"\"rule\" = '{rule}'", printable(titles.get(rule, rule)), look) for rule in held]
    return Style(speaker(lang)("rule"), "filters", classes)


def _plain_areas(lang: str) -> Style:
    return Style(speaker(lang)("districts"), "single", [("", "", Look(None, INK, width=0.4))])
