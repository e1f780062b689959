"""R17, second form: every unit has one facility of each of several types, such as "two grounds, three halls"."""

from __future__ import annotations

import re

import geopandas as gpd
import pandas as pd

from zzgeo.rules.parts.base import Context, Finding, Judgement
from zzgeo.rules.parts.membership import lying_in
from zzgeo.rules.parts.units import (
    column,
    facilities_of,
    fill_share,
    from_table,
    held,
    outlined,
    summaries,
    told_list,
    units_of,
)
from zzgeo.served import CITY
from zzgeo.spec.kinds import KINDS
from zzgeo.standards import Rule
from zzgeo.vocabulary.verdicts import FAIL, NODATA, PASS


def judge_types(context: Context, rule: Rule) -> Judgement:
    """Judge how many of the types a clause names every unit has, or every district where it applies to all.

    A facility is of a type if that is its kind, or if its ``attributes`` name it and its kind is one of the clause's.
    """
    types = told_list(rule, "types")
    wanted = rule.model_copy(update={"facilities": (*rule.facilities, *(one for one in types if one in KINDS))})
    missing = context.missing_input(wanted)
    lists = [one for one in types if not _known(context, rule, one)]
    if missing is None and lists:
        zh = "、".join(KINDS[one].zh if one in KINDS else one for one in lists)
        missing = f"缺少设施清单：{zh}", f"needs a [[facilities]] list of: {', '.join(lists)}"
    facilities, flags = facilities_of(context, wanted)
    by_word = any(one not in KINDS for one in types)
    if missing is None and by_word and len(facilities) and column(facilities, "attributes").isna().all():
        missing = (
            "设施清单缺少类别（attributes列）",
            "needs the type of every facility: column attributes of [[facilities]]",
        )
    if missing:
        return from_table(context, rule, missing, number=float(len(types)))
    by_district = rule.applies_to == "all"
    units = context.study.districts if by_district else units_of(context, rule)
    found = lying_in(units, facilities) if by_district else held(context, units, facilities, rule.applies_to)
    has = type_table(units, facilities, found, types)
    known = outlined(units) | has.any(axis=1)
    level = "district" if by_district else "unit"
    district = units.index if by_district else units["district"]
    findings = [
        _finding(rule, level, str(code), str(d), str(name), row, bool(is_known))
        for (code, row), d, name, is_known in zip(has.iterrows(), district, units["name"], known, strict=True)
    ]
    if not by_district:
        return Judgement([*findings, *summaries(context, rule, findings, flags, rule.population)])
    city = Finding("city", CITY, NODATA, "", context.study.name, rule.population, flags=flags)
    fill_share(city, findings)
    city.note_zh = f"{city.units_judged:.0f}个区县中{city.units_passing:.0f}个齐全"
    city.note_en = f"{city.units_passing:.0f} of {city.units_judged:.0f} districts have all"
    anywhere = [one for one in types if len(has) and has[one].any()]
    city.params = {"types": types, "somewhere_in_the_city": anywhere}
    return Judgement([*findings, city])


def _known(context: Context, rule: Rule, one: str) -> bool:
    known = context.study.kinds_known
    return one in known if one in KINDS else bool(set(rule.facilities) & known)


def type_table(
    units: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, pairs: pd.DataFrame, types: list[str]
) -> pd.DataFrame:
    """Return per unit and type whether the unit has one, from (code, facility_id) pairs ``found``."""
    words = column(facilities, "attributes").map(_words)
    has = pd.DataFrame(False, index=units.index, columns=types)
    for one in types:
        is_one = (facilities["kind"] == one) | words.map(lambda told, one=one: one in told).astype(bool)
        mine = pairs.loc[pairs["facility_id"].isin(facilities.index[is_one]), "code"]
        has[one] = units.index.isin(list(mine))
    return has


def _words(text: object) -> frozenset[str]:
    return frozenset(re.split(r"\s*[;；,，、]\s*", text.strip())) if isinstance(text, str) else frozenset()


def _finding(rule: Rule, level: str, code: str, district: str, name: str, row: pd.Series, known: bool) -> Finding:
    finding = Finding(level, code, NODATA, district, name, rule.population)
    finding.value_unit, finding.threshold, finding.gap_unit = "count", float(len(row)), "facilities"
    if not known:
        finding.note_zh, finding.note_en = "没有边界，无法判断设施是否在内", "no outline: cannot tell what lies inside"
        return finding
    lacking = [str(one) for one in row.index[~row.astype(bool)]]
    finding.value, finding.gap = float(row.sum()), float(len(lacking))
    finding.verdict = FAIL if lacking else PASS
    finding.params = {"lacking": lacking}
    zh = "、".join(KINDS[one].zh if one in KINDS else one for one in lacking)
    finding.note_zh = f"{len(row)}类中有{finding.value:.0f}类" + (f"，缺{zh}" if lacking else "")
    finding.note_en = f"{finding.value:.0f} of {len(row)} types" + (f", lacks {', '.join(lacking)}" if lacking else "")
    return finding
