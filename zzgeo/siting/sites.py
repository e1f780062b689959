"""Where one more facility helps most: the candidate that reaches most people aged 60+ (rules.md R23)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from zzgeo.land import Circles
from zzgeo.network import WalkNetwork, nearest
from zzgeo.rules.parts.base import Context, Judgement, RuleKind
from zzgeo.rules.parts.on_foot import DETOUR
from zzgeo.served import within
from zzgeo.standards import Rule
from zzgeo.vocabulary.statuses import MISSED

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: What is told of a next site.
SITE_COLUMNS = ("rule", "district", "demand_id", "unit", "unit_name", "gained_60_plus", "gained_people", "x", "y")


def next_site(
    context: Context, rule: Rule, kind: RuleKind, judgement: Judgement, district: str
) -> dict[str, object] | None:
    """Return the demand point where one more facility would reach most people aged 60+ who are missed now.

    Candidates are the demand points of the district the rule applies to. Along streets the candidates are tried in
    the order of how many people their circle holds, an upper bound, until no better one can follow: the result is
    exact. Ties go to the smallest id.

    Returns
    -------
    dict or None
        ``rule, district, demand_id, unit, unit_name, gained_60_plus, gained_people, x, y``; None if nobody is missed.
    """
    return next(iter(next_sites(context, rule, kind, judgement, [district])), None)


def next_sites(
    context: Context, rule: Rule, kind: RuleKind, judgement: Judgement, districts: Iterable[str]
) -> list[dict[str, object]]:
    """Return the `next_site` of each of some districts where people are missed."""
    if judgement.reach is None or kind.sites is None:
        return []
    applies = np.zeros(len(context.study.demand), dtype=bool)
    applies[context.rows_of(judgement.reach)] = True
    missed = applies.copy()
    missed[applies] = (judgement.reach["status"] == MISSED).to_numpy()
    sites = []
    for district in districts:
        rows = context.by_id(district)
        candidates, people = rows[applies[rows]], np.sort(rows[missed[rows]])
        if len(people) and len(candidates):
            sites.append({"rule": rule.id, "district": district, **_site(context, rule, kind, candidates, people)})
    return sites


def _site(context: Context, rule: Rule, kind: RuleKind, candidates: Ints, missed: Ints) -> dict[str, object]:
    """Return the best of some candidates for the people missed, both rows of the demand."""
    study, demand, metres = context.study, context.study.demand, kind.limit(context, rule)
    if kind.along == "streets" and context.network is None:
        metres /= DETOUR
    group = context.group(rule)[0]
    older = "aged_60_plus" in demand.columns
    weights = demand["aged_60_plus" if older else group].to_numpy()[missed].astype(float)
    network = _walked(context, rule, kind)
    # where a metre of a street costs less than one, people come from beyond the circle
    least = 1.0 if network is None or not len(network.rate) else min(1.0, float(network.rate.min()))
    circles = Circles(context.xy[candidates], context.xy[missed], weights, metres / least)
    if network is not None:
        best, reached = _best_on_streets(network, context, candidates, missed, weights, metres, circles)
    else:
        best, _ = next(circles.best_first())
        reached = circles.within(best)
    chosen = demand.iloc[candidates[best]]
    unit = chosen["unit"] if "unit" in demand.columns else None
    known = study.units is not None and unit in study.units.index
    gained = missed[reached]
    return {
        "demand_id": demand.index[candidates[best]],
        "unit": unit if known else "",
        "unit_name": study.units.at[unit, "name"] if known and study.units is not None else "",
        "gained_60_plus": float(demand["aged_60_plus"].iloc[gained].sum()) if older else np.nan,
        "gained_people": float(demand[group].iloc[gained].sum()),
        "x": float(chosen.geometry.x),
        "y": float(chosen.geometry.y),
    }


def _walked(context: Context, rule: Rule, kind: RuleKind) -> WalkNetwork | None:
    """Return the network people walk whom a rule counts; None where straight lines decide."""
    if kind.along != "streets":
        return None
    return kind.streets(context, rule)


def _best_on_streets(
    network: WalkNetwork,
    context: Context,
    candidates: Ints,
    missed: Ints,
    weights: Floats,
    metres: float,
    circles: Circles,
) -> tuple[int, Ints]:
    assert context.demand_ledger is not None
    demand, ledger = context.study.demand, context.demand_ledger
    best, most, reached = -1, -1.0, np.empty(0, dtype=np.int64)
    people, stand = demand.iloc[missed], ledger.iloc[missed]
    for place, bound in circles.best_first():
        if bound < most or (bound <= most and best < place):
            break
        site = candidates[[place]]
        walked = nearest(
            network,
            demand.iloc[site],
            people,
            cutoff_m=metres,
            max_snap_m=context.study.walking.snap_max_m,
            facility_ledger=ledger.iloc[site],
            demand_ledger=stand,
        )
        inside = np.flatnonzero(within(walked["distance_m"], metres))
        gain = float(weights[inside].sum())
        if gain > most or (gain == most and place < best):
            best, most, reached = int(place), gain, inside
    return best, reached
