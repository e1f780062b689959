"""Gap patches: where the people missed by a rule live together, numbered as in the list beside the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzgeo.layers.base import Draw, Feature, Layer, Rows, Symbology, Table, as_read, rows_in
from zzgeo.layers.parts.findings import headline_first, rule_styles
from zzgeo.layers.parts.headline import first_gaps
from zzgeo.layers.parts.looks import PART, QUARTER, STREET, Look
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.parts.pictures import Drawn, Entry, Labels, Marks, Scene
from zzgeo.layers.parts.popups import Popups
from zzgeo.vocabulary.statuses import GAP_FILL, GAP_LINE

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words

#: Patches beyond this rank (within a rule and a district) stand in gaps.csv and are not drawn.
MOST_PER_RULE = 200
#: The same on a map of the whole city.
MOST_IN_A_CITY = 10

#: Gap patches drawn on one page, shared among its rules, so that a page of many rules stays light.
MOST_PATCHES = 300


_COLUMNS = (
    ("rank", "number"),
    ("missed", "people"),
    ("residents", "people"),
    ("aged_60_plus", "people"),
    ("area_ha", "number"),
    ("nearest_facility", "text"),
    ("nearest_m", "metres"),
)


def _build(report: AuditReport) -> Draw:
    gaps = report.gaps
    # within a page by rule, district and rank
    by_place = gaps.reset_index(drop=True).sort_values(["rule", "district", "rank"], kind="stable")
    order, part = by_place.index.to_numpy(), rows_in(by_place)
    rule, rank = as_read("text", gaps["rule"]), gaps["rank"].to_numpy()
    shapes = np.asarray(gaps.geometry.array)
    projector, popups = Projector(report.study.crs), Popups(_named(report), "unit_name", _COLUMNS)

    def draw(district: str | None) -> list[Feature]:
        rows = order[part(district)]
        rows = rows[rank[rows] <= (MOST_IN_A_CITY if district is None else MOST_PER_RULE)]
        if not len(rows):
            return []
        rows = _first(rows, rule[rows])
        feature = popups.at("mosaic", projector.areas(shapes[rows], 3.0), rows)
        feature["rules"] = rule[rows].tolist()
        feature["numbers"] = rank[rows].astype(int).tolist()
        return [feature]

    return draw


def _named(report: AuditReport) -> pd.DataFrame:
    """Return the gaps with the name of the nearest facility; one without a name is told by its id."""
    facilities = report.study.facilities
    ids = report.gaps["nearest_facility"]
    named = ids.map(facilities["name"]) if len(facilities) else ids
    return pd.DataFrame(report.gaps.drop(columns="geometry")).assign(nearest_facility=named.where(named.notna(), ids))


def _first(rows: Rows, rule: NDArray[np.object_]) -> Rows:
    """Return the first patches of each rule, as many as a page holds; gaps.csv lists all."""
    if len(rows) <= MOST_PATCHES:
        return rows
    code, rules = pd.factorize(rule)
    most = max(1, MOST_PATCHES // len(rules))
    return rows[pd.Series(code).groupby(code).cumcount().to_numpy() < most]


#: Columns of the table, the geometry apart.
_TOLD = (
    "rule",
    "district",
    "unit",
    "unit_name",
    "rank",
    "missed",
    "residents",
    "aged_60_plus",
    "area_ha",
    "nearest_m",
    "nearest_facility",
)


def _rows(report: AuditReport) -> gpd.GeoDataFrame | None:
    """Give the patches, those of the headline's rule first: only their class is on when a GIS opens them."""
    if not len(report.gaps):
        return None
    order = {rule.id: place for place, rule in enumerate(headline_first(report, report.rules))}
    table = report.gaps[[*_TOLD, "geometry"]].sort_values("rule", key=lambda rules: rules.map(order), kind="stable")
    table.index = table.index.astype(str).rename("gap_id")
    return table


def _symbology(report: AuditReport, rows: gpd.GeoDataFrame, words: Words) -> Symbology:
    look = Look(GAP_FILL, GAP_LINE, width=0.3, opacity=0.8, fill_opacity=0.7, fill_until=QUARTER, growth=3.0)
    return Symbology(rule_styles(report, rows, look, words), {"nearest_m": words.say("nearest_in_m")})


def _picture(scene: Scene) -> Drawn:
    """Outline and number the first patches of a rule that is measured at people's homes."""
    if scene.district is None or scene.rule.id not in scene.report.reach:
        return
    first = first_gaps(scene.report, scene.district, scene.rule)
    if len(first):
        look = Look(None, GAP_LINE, width=2.0)
        yield Marks(first.geometry.array, look, height=5)
        ranks = [f"{int(rank)}" for rank in first["rank"]]
        yield Labels(first.geometry.representative_point().array, ranks, height=8, numbers=True)
        yield Entry(scene.words.say("first_gaps"), look, "area")


LAYER = Layer(
    "gaps",
    "缺口片区",
    "Gap patches",
    "gaps",
    build=_build,
    picture=_picture,
    table=Table("gaps", _rows, label="rank", scale=PART, label_scale=STREET, symbology=_symbology),
    order=60,
    shown=True,
    style=Look(GAP_FILL, GAP_LINE, width=1.8, fill_opacity=0.08),
)
