"""Sites a plan proposes, numbered in their order; while they are shown, people are drawn as with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.layers.base import Draw, Feature, Layer, Table, near
from zzgeo.layers.parts.looks import Look
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.parts.pictures import Drawn, Entry, Labels, Marks, Scene
from zzgeo.layers.parts.popups import Popups
from zzgeo.vocabulary.statuses import SITE_FILL, SITE_LINE

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: What the popup says of a site, where it is known.
_COLUMNS = (
    ("rank", "number"),
    ("people_gained", "people"),
    ("cost_yuan", "number"),
    ("subsidy_yuan", "number"),
    ("capacity", "number"),
    ("floor_area_m2", "number"),
)


def _rows(report: AuditReport) -> gpd.GeoDataFrame | None:
    """Give a row for each clause a site is for: a map shows those of one clause."""
    parts = [
        plan.sites.assign(rule=rule.id, site=plan.sites.index.astype(str))
        for plan in report.plans
        for rule in plan.rules
    ]
    if not sum(map(len, parts)):
        return None
    table = gpd.GeoDataFrame(pd.concat(parts), geometry="geometry", crs=report.study.crs)
    table = table.set_geometry(table.geometry.representative_point())
    told = ["name", "site", "rule", "district", *(name for name, _ in _COLUMNS), "geometry"]
    named = table["name"].where(table["name"].notna(), table["site"])
    table = table.assign(name=named.astype(str))[told]
    numbers = np.arange(1, len(table) + 1).astype(str)
    return table.set_axis(pd.Index(numbers, name="proposed_id"))


def _build(report: AuditReport) -> Draw:
    table = _rows(report)
    if table is None:
        return lambda district: []
    projector, shapes = Projector(report.study.crs), np.asarray(table.geometry.array)
    popups = Popups(pd.DataFrame(table.drop(columns="geometry")), "name", _COLUMNS)
    rule, district_of, rank = (table[name].to_numpy() for name in ("rule", "district", "rank"))

    def draw(district: str | None) -> list[Feature]:
        features = []
        for one in dict.fromkeys(rule):
            rows = np.flatnonzero((rule == one) & ((district_of == district) | (district is None)))
            if len(rows):
                feature = popups.at("marks", projector.points(shapes[rows]), rows)
                features.append(feature | {"rule": one, "numbers": rank[rows].astype(int).tolist(), "after": True})
        return features

    return draw


def _picture(scene: Scene) -> Drawn:
    """Mark the sites for a rule; number them on maps of the city, as the numbers of a district's map are its gaps'."""
    table = _rows(scene.report)
    if table is None:
        return
    here = near(table[table["rule"] == scene.rule.id], scene.report, scene.district, 0.0)
    if len(here):
        whole = scene.district is None
        look = Look(SITE_FILL, "#FFFFFF", width=1.2, size=24.0 if whole else 15.0, mark="diamond")
        yield Marks(here.geometry.array, look, height=9 if whole else 7.5)
        if whole:
            yield Labels(here.geometry.array, [f"{int(rank)}" for rank in here["rank"]], height=10, numbers=True)
        yield Entry(scene.words.say("plan_sheet"), look, "point")


LAYER = Layer(
    "proposed",
    "方案选址（显示：实施后；隐藏：现状）",
    "Proposed sites (shown: with them; hidden: as it is)",
    "plan",
    build=_build,
    picture=_picture,
    table=Table("proposed_sites", _rows, "方案选址", "Proposed sites", label="rank"),
    order=80,
    shown=True,
    style=Look(SITE_FILL, SITE_LINE, width=2.0, fill_opacity=0.9),
)
