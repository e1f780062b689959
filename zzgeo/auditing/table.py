"""Findings as a table, a row per rule and unit, district, city and functional zone; and their flags as another."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from zzgeo.intake.nesting import is_levelled
from zzgeo.intake.study import Study
from zzgeo.rules.parts.base import Finding, Judgement
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag

#: Columns of ``report.findings``, in the order of ``findings.csv``.
FINDING_COLUMNS = (
    "rule",
    "rule_kind",
    "standard",
    "document",
    "section",
    "clause",
    "title_zh",
    "title_en",
    "level",
    "district",
    "district_name",
    "unit",
    "unit_name",
    "group",
    "value",
    "value_unit",
    "operator",
    "threshold",
    "verdict",
    "gap",
    "gap_unit",
    "people",
    "covered",
    "missed",
    "excluded",
    "units_judged",
    "units_passing",
    "streets_value",
    "land_share",
    "farthest_m",
    "sensitive",
    "flags",
    "flag_codes",
    "params",
    "as_of",
    "note_zh",
    "note_en",
    "target_year",
    "conflicts",
)

#: The column after ``unit_name`` that tells the type of a unit, where a study tells them level by level.
UNIT_TYPE = "unit_type"

#: Columns of ``report.flags``.
FLAG_COLUMNS = ("rule", "level", "district", "unit", "code", "details", "zh", "en")


def findings_of(study: Study, judgements: Sequence[tuple[Rule, Judgement]]) -> pd.DataFrame:
    """Return the findings of judgements as a table with `FINDING_COLUMNS`, indexed by ``finding_id``.

    ``flags`` is the English text of a finding's flags and ``flag_codes`` their codes, both joined by ``"; "``;
    ``params`` is a mapping. A study that tells its units level by level has `UNIT_TYPE` beside them.
    """
    names = {str(code): str(name) for code, name in study.districts["name"].items()}
    day = study.as_of.isoformat()
    rows = [_row(names, day, rule, one) for rule, judgement in judgements for one in judgement.findings]
    index = [_finding_id(rule, one) for rule, judgement in judgements for one in judgement.findings]
    table = pd.DataFrame(rows, columns=list(FINDING_COLUMNS), index=pd.Index(index, name="finding_id"))
    if study.units is not None and is_levelled(study.units):
        types = table["unit"].map(study.units["type"].rename(str)).astype(object)
        table.insert(FINDING_COLUMNS.index("unit_name") + 1, UNIT_TYPE, types.where(types.notna(), ""))
    return table


def flags_of(judgements: Sequence[tuple[Rule, Judgement]]) -> pd.DataFrame:
    """Return the flags of the findings of judgements.

    Returns
    -------
    DataFrame indexed by ``finding_id``, shape (n_flags, 8)
        A row per finding and flag, in the order of the findings: rule, level, codes of district and unit; ``code`` of
        the flag, its ``details`` (a mapping that JSON can hold; equal flags share one), its words in ``zh`` and ``en``.
    """
    words: dict[Flag, tuple[str, dict[str, object], str, str]] = {}
    rows, index = [], []
    for rule, judgement in judgements:
        for finding in judgement.findings:
            place = (rule.id, finding.level, finding.district, finding.code if finding.level == "unit" else "")
            for flag in finding.flags:
                if flag not in words:
                    words[flag] = flag.code, dict(flag.values), flag.text("zh"), flag.text("en")
                rows.append((*place, *words[flag]))
                index.append(_finding_id(rule, finding))
    return pd.DataFrame(rows, columns=list(FLAG_COLUMNS), index=pd.Index(index, name="finding_id", dtype=object))


def flags_by_finding(flags: pd.DataFrame, columns: Sequence[str]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the flags of each finding, as ``{column: value}``, by (``finding_id``, code of its district).

    Where lists call units by their names an id may stand on one unit in each of two districts.
    """
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    rows = zip(*(flags[name].to_numpy(dtype=object) for name in columns), strict=True)
    for finding, district, row in zip(flags.index, flags["district"].to_numpy(dtype=object), rows, strict=True):
        found.setdefault((finding, district), []).append(dict(zip(columns, row, strict=True)))
    return found


def params_text(params: Mapping[str, object]) -> str:
    """Return the parameters of a finding as JSON, as a cell of a file holds them.

    Examples
    --------
    >>> params_text({"radius_m": 500.0, "metric": "straight line"})
    '{"metric": "straight line", "radius_m": 500.0}'
    """
    return json.dumps(params, ensure_ascii=False, sort_keys=True)


def _finding_id(rule: Rule, one: Finding) -> str:
    return f"{rule.id}/{one.level}/{(one.code if one.level == 'unit' else '') or one.district or CITY}"


def _row(names: Mapping[str, str], day: str, rule: Rule, finding: Finding) -> dict[str, object]:
    is_unit = finding.level == "unit"
    return {
        "rule": rule.id,
        "rule_kind": rule.rule,
        "standard": rule.standard,
        "document": rule.document,
        "section": rule.section,
        "clause": rule.clause,
        "title_zh": rule.title,
        "title_en": rule.title_en,
        "level": finding.level,
        "district": finding.district,
        "district_name": names.get(finding.district, ""),
        "unit": finding.code if is_unit else "",
        "unit_name": finding.name if is_unit else "",
        **finding_cells(finding),
        "as_of": day,
        "target_year": rule.target_year,
        "conflicts": "; ".join(rule.conflicts),
    }


def finding_cells(finding: Finding) -> dict[str, object]:
    """Return the cells of a row of findings that the finding itself fills (`FROM_FINDING`)."""
    return {
        "group": finding.group,
        "value": finding.value,
        "value_unit": finding.value_unit,
        "operator": finding.operator,
        "threshold": finding.threshold,
        "verdict": finding.verdict,
        "gap": finding.gap,
        "gap_unit": finding.gap_unit,
        "people": finding.people,
        "covered": finding.covered,
        "missed": finding.missed,
        "excluded": finding.excluded,
        "units_judged": finding.units_judged,
        "units_passing": finding.units_passing,
        "streets_value": finding.streets_value,
        "land_share": finding.land_share,
        "farthest_m": finding.farthest_m,
        "sensitive": bool(finding.sensitive),
        "flags": "; ".join(flag.text("en") for flag in finding.flags),
        "flag_codes": "; ".join(flag.code for flag in finding.flags),
        "params": finding.params,
        "note_zh": finding.note_zh,
        "note_en": finding.note_en,
    }


#: The columns that `finding_cells` fills.
FROM_FINDING = tuple(finding_cells(Finding("", "", "")))
