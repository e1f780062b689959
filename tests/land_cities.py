"""Cities of ground: greens, parks, toilets and drives whose findings can be reckoned by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import pandas as pd
import toy
from shapely import MultiPolygon, Point, Polygon

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.intake.study import Study
from zzgeo.standards import Document, Rule, Standard

DOCUMENT = Document(
    id="toy-rules", number="玩具〔2018〕1号", title="规则", title_en="Rules", issuer="市政府", jurisdiction="zhengzhou"
)


TINY = {"p": toy.people(0, 0, 100, 10)}


def clause(kind: str, **more: object) -> Rule:
    given = {"id": "the-rule", "title": "条款", "title_en": "clause", "section": "一", "clause": "条文"}
    fields = {**given, "rule": kind, "operator": ">=", "verified_on": dt.date(2026, 11, 22), **more}
    return Rule.model_validate(fields)


def judged(study: Study, rule: Rule) -> AuditReport:
    named = rule.model_copy(update={"standard": DOCUMENT.id, "document": DOCUMENT.number})
    return audit(study, [Standard(document=DOCUMENT, clauses=(named,))])


def city(report: AuditReport) -> pd.Series:
    return report.findings.loc["the-rule/city/city"]


def params(finding: pd.Series) -> dict[str, object]:
    return finding["params"]


def told(study: Study, *rows: tuple[str, str, float, str]) -> Study:
    """Return a study whose indicator table has rows of (indicator, district, value, unit)."""
    table = pd.DataFrame(rows, columns=["indicator", "district", "value", "unit"]).assign(year=math.nan)
    return dataclasses.replace(study, indicators=table)


DRIVE = clause("expressway", facilities=("park",), value=15.0, operator="<=", params={"stage": 1})


RAMPS = DRIVE.model_copy(update={"params": {"stage": 2}})


TEN_LI = clause(
    "ten-li",
    facilities=("culture_venue", "sports_venue"),
    value=5000.0,
    operator="<=",
    unit="m",
    applies_to="village",
    population="rural-residents",
)


PARK = clause("green-within", facilities=("park",), value=500.0, operator="<=", unit="m", params={"kind_of": "park"})


def park(outline: Polygon | MultiPolygon | Point, **more: object) -> dict[str, object]:
    return toy.facility(0, 0, "park", geometry=outline, **more)
