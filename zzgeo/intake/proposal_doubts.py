"""What is told of facilities that are proposed: where they stand, whether a clause counts them, and their days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from zzgeo.errors import Problem
from zzgeo.intake.in_use import in_use_on
from zzgeo.intake.location import locate
from zzgeo.spec.schema import rows_named

if TYPE_CHECKING:
    from zzgeo.intake.study import Study


def doubts_of(study: Study, table: gpd.GeoDataFrame, where: str) -> tuple[Problem, ...]:
    """Return what is told of added places: outside the districts, of kinds without a list, or not open then."""
    doubts = []
    outside = locate(table.geometry.representative_point(), study.districts).isna().to_numpy()
    if outside.any():
        why, remedy = "outside every district", "check where they stand; they serve nobody far away"
        doubts.append(Problem("coord.outside_study_area", where, rows_named(outside, table), why, remedy, "warning"))
    unlisted = sorted(set(table["kind"]) - study.kinds_known)
    if unlisted:
        why = "the study has no list of this kind: clauses on it stay without data"
        remedy = "send the list of what is there"
        doubts.append(Problem("kind.unlisted", where, ", ".join(unlisted), why, remedy, "warning"))
    idle = ~in_use_on(table, study.as_of)
    if idle.any():
        why = f"they open after {study.as_of.isoformat()}, or are closed by then: they serve nobody"
        remedy = "leave out opened and closed to see what they would change"
        doubts.append(Problem("facility.not_in_use", where, rows_named(idle, table), why, remedy, "warning"))
    return tuple(doubts)
