"""Clauses of standards of one's own, in a city of three homes on one street."""

from __future__ import annotations

from typing import Any

import toy
from radius_cities import only
from shapely import LineString, box

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.intake.study import Study
from zzgeo.rules import checked
from zzgeo.standards import Rule

KINDS = ("primary_school", "elderly_day_care", "market")


def clause(**told: Any) -> Rule:
    """Return a clause somebody verified, checked by its kind."""
    rule = Rule.model_validate({"id": "own", "verified_on": "2026-11-29", **told})
    checked(rule)
    return rule


def judged(study: Study, **told: Any) -> AuditReport:
    return audit(study, only(clause(**told)))


def city_of(report: AuditReport) -> Any:
    return report.findings.loc["own/city/city"]


def one_street(*, listed: frozenset[str] = frozenset(KINDS), streets: bool = True, **more: Any) -> Study:
    """A school at 0 m, day care at 400 m, a market at 1500 m; 300 people at 100 m, 200 at 700 m, 100 at 1400 m."""
    places = {"school": (0, KINDS[0]), "care": (400, KINDS[1]), "market": (1500, KINDS[2])}
    homes = {"A": (100, 300, "1-1"), "B": (700, 200, "1-1"), "C": (1400, 100, "1-2")}
    return toy.study(
        facilities={name: toy.facility(x, 0, kind) for name, (x, kind) in places.items() if kind in listed},
        demand={name: toy.people(x, 0, people, people / 4, unit=unit) for name, (x, people, unit) in homes.items()},
        units={"1-1": toy.unit(box(-10, -100, 1000, 100)), "1-2": toy.unit(box(1000, -100, 2100, 100), "village")},
        streets=[LineString([(0, 0), (2000, 0)])] if streets else None,
        **more,
    )
