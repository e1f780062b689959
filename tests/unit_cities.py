"""Cities of units: communities and towns whose findings can be reckoned by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd
import toy
from shapely import box

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.standards import Rule, Standard, shipped

CARE = "elderly_care_facility"


CHC = "community_health_centre"


def rule(kind: str, **more) -> Rule:
    facts = {
        "id": "r",
        "title": "条款",
        "title_en": "clause",
        "section": "一",
        "clause": "原文",
        "rule": kind,
        "verified_on": dt.date(2026, 11, 22),
        "facilities": (CARE,),
        "standard": "zz2018-34",
    }
    return Rule(**{**facts, **more})


def judged(study, *rules: Rule) -> AuditReport:
    document = shipped()["zz2018-34"].document
    return audit(study, [Standard(document=document, clauses=rules)])


def row(study, one: Rule, finding: str = "district/1") -> pd.Series:
    return judged(study, one).findings.loc[f"r/{finding}"]


def with_table(study, *rows: tuple):
    table = pd.DataFrame(rows, columns=["indicator", "district", "year", "value", "unit"])
    return dataclasses.replace(study, indicators=table)


def squares(number: int, kind: str, prefix: str = "s", y: float = 0.0, **more) -> dict:
    return {f"{prefix}{n}": toy.unit(box(n * 100, y, n * 100 + 100, y + 100), kind, **more) for n in range(number)}


ONE = {"p": toy.people(50, 50, 10, 10, unit=None)}


def care(x: float, beds: float, y: float = 50.0, **more) -> dict:
    return toy.facility(x, y, CARE, capacity=beds, **more)
