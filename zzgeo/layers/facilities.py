"""Facilities by kind, with those just beyond the district: they serve people inside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.layers.base import Draw, Feature, Layer, Symbology, Table, as_read, near, printable, rows_near
from zzgeo.layers.parts.derived import title_of
from zzgeo.layers.parts.findings import MOST_STYLED, known, rules_at
from zzgeo.layers.parts.kind_marks import kind_marks
from zzgeo.layers.parts.looks import QUARTER, STREET, Look, Style
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.parts.pictures import Drawn, Entry, Marks, Scene
from zzgeo.layers.parts.popups import Popups
from zzgeo.spec.schema import FACILITIES

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words

#: Facilities this far beyond the border are drawn: the longest reach of the rules, in round metres.
_BEYOND_M = 1000.0


#: What the popup says of a facility, where the data have it.
_COLUMNS = (
    ("facility_id", "text"),
    ("capacity", "number"),
    ("floor_area_m2", "number"),
    ("level", "text"),
    ("ownership", "text"),
    ("source", "text"),
)


def _build(report: AuditReport) -> Draw:
    facilities = report.study.facilities
    rows_of = rows_near(facilities, report, _BEYOND_M)
    projector = Projector(report.study.crs)
    shapes = np.asarray(facilities.geometry.array)
    plain = pd.DataFrame(facilities.drop(columns="geometry")).assign(facility_id=facilities.index)
    table, kinds = Popups(plain, "name", _COLUMNS), as_read("text", plain["kind"])
    capacity = as_read("number", plain["capacity"]) if "capacity" in plain.columns else None

    def draw(district: str | None) -> list[Feature]:
        rows = rows_of(district)
        if not len(rows):
            return []
        feature = table.at("marks", projector.points(shapes[rows]), rows)
        feature["kinds"] = kinds[rows].tolist()
        if capacity is not None:
            feature["capacity"] = capacity[rows].tolist()
        return [feature]

    return draw


def _rows(report: AuditReport) -> gpd.GeoDataFrame | None:
    if not len(report.study.facilities):
        return None
    table = known(report.study.facilities, FACILITIES)
    return table.set_geometry(table.geometry.representative_point())


def _symbology(report: AuditReport, rows: gpd.GeoDataFrame, words: Words) -> Symbology:
    named = rows.copy(deep=False)
    named.insert(1, "kind_name", [words.kind(str(kind)) for kind in rows["kind"]])
    marks = kind_marks(report)
    held = sorted({str(kind) for kind in report.study.facilities["kind"]}, key=list(marks).index)
    classes = {
        kind: (kind, printable(words.kind(kind)), Look(colour, "#FFFFFF", size=2.0, mark=shape, growth=2.0))
        for kind, (shape, colour) in ((kind, marks[kind]["mark"]) for kind in held)
    }
    styles = [Style(title_of(LAYER, words), "categories", list(classes.values()), column="kind")]
    for rule in rules_at(report, "district")[:MOST_STYLED]:
        own = [classes[kind] for kind in held if kind in rule.facilities]
        if own:
            styles.append(Style(words.rule(rule), "categories", own, column="kind", rule=rule.id))
    return Symbology(styles, {"kind_name": words.say("kind_name")}, named)


def _picture(scene: Scene) -> Drawn:
    """Mark the facilities a rule counts, in the district or near it."""
    facilities = scene.report.study.facilities
    if scene.district is None or not len(facilities):
        return
    here, marks = near(facilities, scene.report, scene.district, _BEYOND_M), kind_marks(scene.report)
    for kind in scene.rule.facilities:
        own = here[here["kind"].astype(str) == kind]
        if len(own):
            shape, colour = marks[kind]["mark"]
            look = Look(colour, "#FFFFFF", width=1.0, size=_MARK_POINTS, mark=shape)
            yield Marks(own.geometry.representative_point().array, look, height=7)
            yield Entry(scene.words.plain(scene.words.kind(kind), 30), replace(look, size=12.0), "point")


#: Diameter of a mark on a picture: a square of 110 square points.
_MARK_POINTS = 110**0.5

LAYER = Layer(
    "facilities",
    "服务设施",
    "Facilities",
    "facilities",
    build=_build,
    picture=_picture,
    table=Table(
        "facilities", _rows, "设施", "Facilities", label="name", scale=QUARTER, label_scale=STREET, symbology=_symbology
    ),
    order=70,
    shown=True,
)
