"""Where the next facility helps most, clause by clause: a spot the audit found, not a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from zzgeo.layers.base import Draw, Feature, Layer, rows_in
from zzgeo.layers.parts.looks import Look
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.parts.popups import Popups
from zzgeo.vocabulary.statuses import SITE_FILL, SITE_LINE

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

_COLUMNS = (("gained_people", "people"), ("gained_60_plus", "people"))


def _build(report: AuditReport) -> Draw:
    table = report.next_sites
    if not len(table):
        return lambda district: []
    unnamed = table["unit_name"].isna() | (table["unit_name"].astype(str) == "")
    named = pd.DataFrame(table.assign(name=table["unit_name"].mask(unnamed, table["demand_id"].astype(str))))
    popups, rows_of = Popups(named, "name", _COLUMNS), rows_in(named)
    rules, projector = named["rule"].astype(str).to_numpy(), Projector(report.study.crs)
    points = shapely.points(named["x"].to_numpy(dtype=float), named["y"].to_numpy(dtype=float))

    def draw(district: str | None) -> list[Feature]:
        rows, features = rows_of(district), []
        for rule in dict.fromkeys(rules[rows]):
            own = rows[rules[rows] == rule]
            feature = popups.at("marks", projector.points(np.asarray(points)[own]), own)
            features.append(feature | {"rule": rule, "numbers": ["+"] * len(own), "next": True})
        return features

    return draw


LAYER = Layer(
    "suggested",
    "下一处设施的建议位置",
    "Spot for the next facility",
    "plan",
    build=_build,
    order=78,
    shown=True,
    style=Look(SITE_FILL, SITE_LINE, width=2.0, fill_opacity=0.9),
)
