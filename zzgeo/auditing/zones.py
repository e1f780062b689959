"""Functional zones: judged apart, for they overlap the districts and are never summed with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from zzgeo.intake.location import locate
from zzgeo.intake.study import Study
from zzgeo.rules.parts.base import Context, Judgement, RuleKind, nothing_to_judge
from zzgeo.rules.parts.wording import judged_as_written
from zzgeo.standards import Rule

_EMPTY = ("没有人口点落在任何功能区内", "no demand point lies in any functional zone")


def zone_judgements(
    context: Context, rules: Sequence[Rule], kinds: Sequence[RuleKind]
) -> tuple[Study, list[tuple[Rule, Judgement]]]:
    """Judge every rule in the functional zones; return the study with zones for districts, and what was found.

    Zones overlap the districts, so these findings have a level of their own and no city's total (resolutions.md A08).
    Where the study has none there is nothing to judge.
    """
    zoned = _zone_study(context.study)
    if zoned is None:
        return context.study, []
    zone_context = Context(zoned)
    judgements = []
    for rule, kind in zip(rules, kinds, strict=True):
        judgement = (
            judged_as_written(zone_context, rule, kind)
            if len(zoned.demand)
            else nothing_to_judge(zone_context, rule, _EMPTY)
        )
        own = [dataclasses.replace(one, level="zone") for one in judgement.findings if one.level == "district"]
        judgements.append((rule, Judgement(own)))
    return zoned, judgements


def _zone_study(study: Study) -> Study | None:
    """Return the study with its functional zones in the place of the districts; people and units go by location."""
    zones = study.zones
    if zones is None or not len(zones):
        return None
    demand = study.demand.assign(district=locate(study.demand.geometry, zones))
    units = study.units
    if units is not None:
        units = units.assign(district=locate(units.geometry.representative_point(), zones))
        units = units[units["district"].notna()]
    return dataclasses.replace(study, districts=zones, demand=demand[demand["district"].notna()], units=units)
