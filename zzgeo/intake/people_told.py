"""What is taken on trust of the people of a study: how they were estimated, and rows of them that were set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zzgeo.intake.estimates import Estimate, of_group
from zzgeo.spec.estimated_people import METHOD_NAMES
from zzgeo.vocabulary.flags import Flag, Named
from zzgeo.vocabulary.people import POPULATION_GROUPS, group_name

if TYPE_CHECKING:
    from zzgeo.intake.study import Study


def values_of(estimate: Estimate) -> dict[str, object]:
    """Return the values of the flags that tell of an estimate, with the groups it is of where it is not of all."""
    zh, en = METHOD_NAMES[estimate.method]
    names = [group_name(group) for group in estimate.groups]
    zh, en = "，".join(["、".join(name for name, _ in names), zh]), ", ".join([*(name for _, name in names), en])
    return {"how": Named(estimate.method, zh.lstrip("，"), en), "percent": round(100 * estimate.doubt, 1)}


def people_flags(study: Study, group: str = "") -> list[Flag]:
    """Return what is taken on trust of a study's people: of one group, or of all."""
    estimates = of_group(study.estimates, group) if group else study.estimates
    told = map(values_of, estimates)
    flags = [Flag("people.estimated", how=values["how"], percent=values["percent"]) for values in told]
    if len(study.lost_people):
        groups = [name for name in ((group,) if group else POPULATION_GROUPS) if name in study.lost_people.columns]
        people = float(study.lost_people[groups].max(axis=1).sum()) if groups else 0.0
        flags.append(Flag("people.rows_lost", number=int(study.lost_people["rows"].sum()), people=people))
    return flags
