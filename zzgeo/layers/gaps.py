"""Gap patches: where the people missed by a rule live together, numbered as in the list beside the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzgeo.layers.base import Draw, Feature, Layer, Projector, Rows, Table, as_read, rows_in
from zzgeo.vocabulary.statuses import GAP_FILL, GAP_LINE

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: Patches beyond this rank (within a rule and a district) stand in gaps.csv and are not drawn.
MOST_PER_RULE = 200
#: The same on a map of the whole city.
MOST_IN_A_CITY = 10

#: Gap patches drawn on one page, shared among its rules, so that a page of many rules stays light.
MOST_PATCHES = 300


_COLUMNS = (
    ("rank", "number"), ("missed", "people"), ("residents", "people"), ("aged_60_plus", "people"),
    ("area_ha", "number"), ("nearest_facility", "text"), ("nearest_m", "metres"),
)  # fmt: skip


def _build(report: AuditReport) -> Draw:
    gaps = report.gaps
    # within a page by rule, district and rank
    by_place = gaps.reset_index(drop=True).sort_values(["rule", "district", "rank"], kind="stable")
    order, part = by_place.index.to_numpy(), rows_in(by_place)
    rule, rank = as_read("text", gaps["rule"]), gaps["rank"].to_numpy()
    shapes = np.asarray(gaps.geometry.array)
    projector, told = Projector(report.study.crs), Table(_named(report), "unit_name", _COLUMNS)

    def draw(district: str | None) -> list[Feature]:
        rows = order[part(district)]
        rows = rows[rank[rows] <= (MOST_IN_A_CITY if district is None else MOST_PER_RULE)]
        if not len(rows):
            return []
        rows = _first(rows, rule[rows])
        feature = told.at("mosaic", projector.areas(shapes[rows], 3.0), rows)
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


LAYER = Layer(
    "gaps", "缺口片区", "Gap patches", "gaps", _build,
    order=60, shown=True, style={"color": GAP_LINE, "weight": 1.8, "fill": GAP_FILL, "fill_opacity": 0.08},
)  # fmt: skip
