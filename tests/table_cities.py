"""Cities told in tables: registers, projects and indicators whose findings can be reckoned by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import pandas as pd
import toy
from shapely import box

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.standards import Rule, Standard, shipped

CARE, DAY = "elderly_care_facility", "elderly_day_care"


TWO = {"1": box(0, 0, 1000, 1000), "2": box(1000, 0, 2000, 1000)}


def rule(kind: str, **more) -> Rule:
    facts = {
        "id": "r",
        "title": "条款",
        "title_en": "clause",
        "section": "一",
        "clause": "原文",
        "rule": kind,
        "verified_on": dt.date(2026, 11, 22),
        "standard": "zz2018-34",
        "operator": ">=",
    }
    return Rule(**{**facts, **more})


def judged(study, *rules: Rule) -> AuditReport:
    document = shipped()["zz2018-34"].document
    return audit(study, [Standard(document=document, clauses=tuple(rules))])


def city(study, one: Rule) -> pd.Series:
    return judged(study, one).findings.loc[f"{one.id}/city/city"]


def indicators(*rows: tuple) -> pd.DataFrame:
    """Return rows (indicator, value, year, district, unit) as the loader does."""
    full = [(*row, *(math.nan, "", None)[len(row) - 2 :]) for row in rows]
    table = pd.DataFrame(full, columns=["indicator", "value", "year", "district", "unit"])
    return table.astype({"value": float, "year": float})[["indicator", "district", "year", "value", "unit"]]


def study(facilities=None, *, rows=(), tables=None, kinds=(), as_of=dt.date(2018, 12, 31), **more):
    demand = more.pop("demand", {"a": toy.people(500, 500, 1000, 200), "b": toy.people(1500, 500, 2000, 300, "2")})
    made = toy.study(facilities=facilities or {}, demand=demand, districts=TWO, kinds=frozenset(kinds), **more)
    return dataclasses.replace(
        made,
        as_of=as_of,
        indicators=indicators(*rows) if rows else None,
        tables={name: pd.DataFrame(table, dtype=object) for name, table in (tables or {}).items()},
    )


def beds(x: float, number: float | None, kind: str = CARE, **more):
    return toy.facility(x, 500, kind, capacity=math.nan if number is None else float(number), **more)
