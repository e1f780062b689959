"""Findings as a table: a row per rule and unit, district, city and functional zone."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd

from zzgeo.intake.study import Study
from zzgeo.rules.parts.base import Finding, Judgement
from zzgeo.served import CITY
from zzgeo.standards import Rule

#: Columns of ``report.findings``, in the order of ``findings.csv``.
FINDING_COLUMNS = (
    "rule", "rule_kind", "standard", "document", "section", "clause", "title_zh", "title_en", "level", "district",
    "district_name", "unit", "unit_name", "group", "value", "value_unit", "operator", "threshold", "verdict", "gap",
    "gap_unit", "people", "covered", "missed", "excluded", "units_judged", "units_passing", "streets_value",
    "land_share", "farthest_m", "sensitive", "flags", "params", "as_of", "note_zh", "note_en", "target_year",
    "conflicts",
)  # fmt: skip


def findings_of(study: Study, judgements: Sequence[tuple[Rule, Judgement]]) -> pd.DataFrame:
    """Return the findings of judgements as a table with `FINDING_COLUMNS`, indexed by ``finding_id``."""
    rows = [_row(study, rule, one) for rule, judgement in judgements for one in judgement.findings]
    index = [f"{row['rule']}/{row['level']}/{row['unit'] or row['district'] or CITY}" for row in rows]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS), index=pd.Index(index, name="finding_id"))


def _row(study: Study, rule: Rule, one: Finding) -> dict[str, object]:
    is_unit = one.level == "unit"
    names = study.districts["name"]
    return {
        "rule": rule.id, "rule_kind": rule.rule, "standard": rule.standard, "document": rule.document,
        "section": rule.section, "clause": rule.clause, "title_zh": rule.title, "title_en": rule.title_en,
        "level": one.level, "district": one.district, "district_name": str(names.get(one.district, "")),
        "unit": one.code if is_unit else "", "unit_name": one.name if is_unit else "", "group": one.group,
        "value": one.value, "value_unit": one.value_unit, "operator": one.operator, "threshold": one.threshold,
        "verdict": one.verdict, "gap": one.gap, "gap_unit": one.gap_unit, "people": one.people,
        "covered": one.covered, "missed": one.missed, "excluded": one.excluded, "units_judged": one.units_judged,
        "units_passing": one.units_passing, "streets_value": one.streets_value, "land_share": one.land_share,
        "farthest_m": one.farthest_m, "sensitive": bool(one.sensitive), "flags": "; ".join(one.flags),
        "params": json.dumps(one.params, ensure_ascii=False, sort_keys=True), "as_of": study.as_of.isoformat(),
        "note_zh": one.note_zh, "note_en": one.note_en, "target_year": rule.target_year,
        "conflicts": "; ".join(rule.conflicts),
    }  # fmt: skip
