"""Gaps after a change: only the units are drawn again in which somebody is missed otherwise, or the ground is.

Patches of a unit follow from its own demand points and land, so that those of the other units stay to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.land import Tiling, Zone, homes_of
from zzgeo.rules.parts.base import Context, Judgement, RuleKind
from zzgeo.siting.gaps import Ground, gap_patches, ranked_patches
from zzgeo.standards import Rule
from zzgeo.vocabulary.statuses import MISSED

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_AROUND_M = 1.0

Clause = tuple[Rule, RuleKind, Judgement]


def gaps_again(
    context: Context, before: Context, clauses: Sequence[Clause], old: gpd.GeoDataFrame
) -> list[gpd.GeoDataFrame]:
    """Return the gaps of some clauses, each in a table, after a change of facilities or of how people walk.

    Parameters
    ----------
    context, before
        The study as it would be, and as it is, with the same people, units and land.
    clauses
        Rules with what they come to now; what they came to is known to ``before``.
    old
        The gaps there were (`zzgeo.siting.gaps.GAP_COLUMNS`), of these rules and others.
    """
    drawn = [clause for clause in clauses if clause[1].patches]
    if not drawn:
        return []
    homes = _homes(before)
    touched = np.zeros(len(homes.codes), dtype=bool)
    for rule, kind, judgement in drawn:
        touched |= _touched(context, homes, before.judged[rule.id], judgement, kind)
    if (touched & ~homes.outlined).any():
        touched |= ~homes.outlined  # they share the ground of their district
    rows = np.flatnonzero(touched[homes.number])
    study = context.study
    tiling = Tiling(study.demand.iloc[rows], context.xy[rows], study.districts, study.units, study.land)
    codes = {code for code, again in zip(homes.codes, touched, strict=True) if again}
    lone = bool((touched & ~homes.outlined).any())
    again = old["unit"].isin(codes).to_numpy() | ((old["unit"] == "").to_numpy() & lone)
    rule_of, tables = old["rule"].to_numpy(dtype=object), []
    for rule, kind, judgement in drawn:
        new = gap_patches(context, rule, kind, judgement, Ground(rows, tiling))
        parts = [part for part in (old[(rule_of == rule.id) & ~again], new) if len(part)]
        tables += [ranked_patches(gpd.GeoDataFrame(pd.concat(parts)))] if parts else []
    return tables


@dataclass(frozen=True)
class _Homes:
    """The unit of each demand point, as a number; of each unit its code, and its outline where it has one."""

    number: Ints
    codes: list[str]
    outlined: Flags
    tree: shapely.STRtree


def _homes(context: Context) -> _Homes:
    if "homes" not in context.kept:
        number, codes, outlines = homes_of(context.study.demand, context.study.units)
        shapes = np.empty(len(outlines), dtype=object)
        shapes[:] = outlines
        outlined = np.array([one is not None for one in outlines], dtype=bool)
        context.kept["homes"] = _Homes(number, codes, outlined, shapely.STRtree(shapes))
    homes = context.kept["homes"]
    assert isinstance(homes, _Homes)
    return homes


def _touched(context: Context, homes: _Homes, was: Judgement, now: Judgement, kind: RuleKind) -> Flags:
    """Return the units whose gaps may be others: by who is missed there, how far, or by the ground that is covered."""
    touched = np.zeros(len(homes.codes), dtype=bool)
    one, other = (_missed(context, judgement, f"{kind.along}_m") for judgement in (was, now))
    differ = one[0] != other[0]
    for before, after in zip(one[1:], other[1:], strict=True):
        differ |= other[0] & (before != after) & ~((before != before) & (after != after))
    touched[homes.number[differ]] = True
    if (was.zone is None) != (now.zone is None):
        touched[:] = True
    elif was.zone is not None and now.zone is not None:
        moved = _moved(was.zone, now.zone)
        touched[homes.tree.query(moved, predicate="dwithin", distance=_AROUND_M)[1]] = True
        touched |= ~homes.outlined & bool(len(moved))
    return touched


def _missed(context: Context, judgement: Judgement, metres: str) -> tuple[np.ndarray, ...]:
    """Return who is missed, how far everybody is from the nearest facility, which it is, and how many they are."""
    many, reach = len(context.study.demand), judgement.reach
    missed, far, people = np.zeros(many, dtype=bool), np.full(many, np.nan), np.full(many, np.nan)
    nearest = np.full(many, None, dtype=object)
    if reach is not None:
        rows = context.rows_of(reach)
        people[rows] = reach["people"].to_numpy(dtype=float)
        missed[rows] = (reach["status"] == MISSED).to_numpy()
        missed &= people > 0
        far[rows] = reach[metres].to_numpy(dtype=float)
        nearest[rows] = reach["facility_id"].astype("category").astype(object).to_numpy()
    return missed, far, nearest, people


def _moved(one: Zone, other: Zone) -> np.ndarray:
    """Return the areas that only one of two zones has."""
    mine, theirs = (shapely.to_wkb(zone.areas) for zone in (one, other))
    parts = [one.areas[~np.isin(mine, theirs)], other.areas[~np.isin(theirs, mine)]]
    moved: np.ndarray = np.concatenate(parts)
    return moved
