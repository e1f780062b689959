"""R17 Multi-level network: every city, county, township and community has a facility of its own level.

Source: rules.md R17. The verdict is that of the weakest level; a facility of a higher level stands in for a lower
one only where the clause says so. With ``types`` the clause asks for several kinds in each unit ("two grounds, three
halls") and the value is how many of them it has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from zzgeo.numbers import share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind, facilities_named
from zzgeo.rules.parts.membership import lying_in
from zzgeo.rules.parts.refusals import no_facilities_or_types
from zzgeo.rules.parts.types_per_unit import judge_types
from zzgeo.rules.parts.units import (
    UNKNOWN_COULD_SUFFICE,
    column,
    facilities_of,
    from_table,
    held,
    numbers_of,
    outlined,
    says,
    told_list,
    understood,
)
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.people import UNIT_SETS
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS, REVIEW

#: What the units of a level are; every level above comes first.
LEVELS = ("city", "county", "township", "community")
UNITS_OF = {"township": "subdistrict-township", "community": "community-or-village"}
LEVEL_NAMES = {"city": "市", "county": "县（市、区）", "township": "乡镇（街道）", "community": "社区（村）"}


def weakest(shares: Mapping[str, float]) -> str | None:
    """Return the level with the smallest share, the lowest one of several; None where no share is known.

    Examples
    --------
    >>> weakest({"city": 1.0, "county": 11 / 12, "township": 150 / 160, "community": 900 / 1000})
    'community'
    """
    known = [(share, -number, level) for number, (level, share) in enumerate(shares.items()) if not math.isnan(share)]
    return min(known)[2] if known else None


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge every level of a network, or every unit's types of facility."""
    if "types" in rule.params:
        return judge_types(context, rule)
    missing = context.missing_input(rule.model_copy(update={"applies_to": "all"}))
    facilities, flags = facilities_of(context, rule)
    level = column(facilities, "level")
    if missing is None and len(facilities) and level.isna().all():
        missing = "设施清单缺少级别（level列）", "needs the level of every facility: column level of [[facilities]]"
    if missing:
        return from_table(context, rule, missing)
    levels = told_list(rule, "levels") or list(LEVELS)
    level, odd = understood(level, *levels)
    flags = [*flags, *flag_if_any("facilities.level_unknown", int(level.isna().sum())), *odd]
    higher = bool(rule.params.get("higher_counts"))
    parts = {
        one: _holding(context, rule, facilities, level, levels[: number + 1] if higher else [one])
        for number, one in enumerate(levels)
    }
    units = [
        _unit(str(code), row, one, rule)
        for one, table in parts.items()
        if one in UNITS_OF and table is not None
        for code, row in table.iterrows()
    ]
    findings = [
        _summary(rule, _within(parts, str(code)), "district", str(code), str(name), flags)
        for code, name in context.study.districts["name"].items()
    ]
    city = _summary(rule, parts, "city", CITY, context.study.name, flags)
    return Judgement([*units, *findings, city])


_Parts = dict[str, pd.DataFrame | None]


def _units_at(context: Context, rule: Rule, level: str) -> tuple[gpd.GeoDataFrame, str] | None:
    """Return the units of a level and what they are called in `UNIT_SETS`; None where the study has no units.

    A level that is no kind of unit, such as a grade, is looked for in the units the clause applies to.
    """
    study = context.study
    applies_to = "all" if level == "county" else UNITS_OF.get(level, rule.applies_to)
    if applies_to == "all":
        return study.districts.assign(district=study.districts.index), applies_to
    if study.units is None:
        return None
    return study.units[study.units["type"].isin(UNIT_SETS[applies_to])], applies_to


def _holding(
    context: Context, rule: Rule, facilities: gpd.GeoDataFrame, level: pd.Series, words: list[str]
) -> pd.DataFrame | None:
    """Return per unit of the last level of ``words`` whether it has a facility that says one of them, or may have."""
    study, last = context.study, words[-1]
    accepted = pd.Series(False, index=facilities.index)
    for word in words:
        accepted |= says(level, word)
    if last == "city":
        pairs = lying_in(study.districts, facilities).drop_duplicates("facility_id").assign(code=CITY)
        units, known = pd.DataFrame({"name": [study.name], "district": [""]}, index=[CITY]), pd.Series([True], [CITY])
    else:
        at = _units_at(context, rule, last)
        if at is None:
            return None
        units, applies_to = at
        known = outlined(units)
        pairs = lying_in(units, facilities) if applies_to == "all" else held(context, units, facilities, applies_to)
    ids = pairs["facility_id"]
    has = numbers_of(pairs[ids.isin(facilities.index[accepted])], units) > 0
    may = numbers_of(pairs[ids.isin(facilities.index[accepted | level.isna()])], units) > 0
    return pd.DataFrame(
        {"name": units["name"], "district": units["district"], "has": has, "may": may, "known": known | has}
    )


def _within(parts: _Parts, district: str) -> _Parts:
    """Return the parts of one district; the city's own level is the city's matter."""
    return {
        one: None if table is None else table[table["district"] == district]
        for one, table in parts.items()
        if one != "city"
    }


def _unit(code: str, row: pd.Series, level: str, rule: Rule) -> Finding:
    finding = Finding("unit", code, NODATA, str(row["district"]), str(row["name"]), rule.population)
    finding.value_unit, finding.threshold, finding.gap_unit = "count", 1.0, "facilities"
    finding.params = {"level": level}
    if not row["known"]:
        finding.note_zh, finding.note_en = "没有边界，无法判断设施是否在内", "no outline: cannot tell what lies inside"
        return finding
    finding.value, finding.gap = float(row["has"]), 1.0 - float(row["has"])
    finding.verdict = PASS if row["has"] else FAIL
    finding.sensitive = bool(row["may"]) and not row["has"]
    _left_open(finding)
    finding.note_zh = f"{'有' if row['has'] else '没有'}{LEVEL_NAMES.get(level, level)}级设施"
    finding.note_en = f"{'has' if row['has'] else 'lacks'} a facility of {level} level"
    return finding


def _left_open(finding: Finding) -> None:
    """Leave a fail to a person that facilities of unknown level could turn."""
    if finding.verdict == FAIL and finding.sensitive:
        finding.verdict = REVIEW
        finding.flags.append(UNKNOWN_COULD_SUFFICE)


def _summary(rule: Rule, parts: _Parts, level: str, code: str, name: str, flags: list[Flag]) -> Finding:
    finding = Finding(level, code, NODATA, code if level == "district" else "", name, rule.population)
    finding.threshold, finding.gap_unit, finding.flags = 1.0, "units", list(flags)
    # every place has units of every level: where none is listed the list is missing, not the unit
    unknown = [one for one, part in parts.items() if part is None or not len(part) or not part["known"].all()]
    judged = {one: part[part["known"]] for one, part in parts.items() if part is not None and part["known"].any()}
    shares = {one: float(part["has"].mean()) for one, part in judged.items()}
    least = weakest(shares)
    if least is None:
        finding.verdict = NODATA if parts else NOT_APPLICABLE
        finding.note_zh, finding.note_en = "缺少各级单元边界（[units]）", "needs the units of these levels: [units]"
        return finding
    lacking = {one: int((~part["has"]).sum()) for one, part in judged.items()}
    finding.value, finding.gap = shares[least], float(sum(lacking.values()))
    finding.units_judged = float(sum(len(part) for part in judged.values()))
    finding.units_passing = finding.units_judged - finding.gap
    # a level nobody could judge may fail too: what fails fails, what passes so far is not yet a pass
    finding.verdict = FAIL if finding.gap else NODATA if unknown else PASS
    finding.sensitive = finding.gap > 0 and all(part["may"].all() for part in judged.values())
    _left_open(finding)
    rounded = {one: round(share, 6) for one, share in shares.items()}
    finding.params = {"levels": rounded, "weakest": least, "lacking": lacking}
    shown_zh = "、".join(f"{LEVEL_NAMES.get(one, one)}{share_text(share, 1.0)}" for one, share in shares.items())
    shown_en = ", ".join(f"{one} {share_text(share, 1.0)}" for one, share in shares.items())
    finding.note_zh = f"{shown_zh}；最弱：{LEVEL_NAMES.get(least, least)}"
    finding.note_en = f"{shown_en}, weakest: {least}"
    if unknown:
        finding.note_zh += f"；缺少单元边界：{'、'.join(LEVEL_NAMES.get(one, one) for one in unknown)}"
        finding.note_en += f", needs outlines in [units] of: {', '.join(unknown)}"
    return finding


RULE = RuleKind(
    "multi-level",
    "R17",
    "多级网络",
    "multi-level network",
    judge,
    ("levels", "types", "higher_counts"),
    reads=facilities_named,
    paced=False,
    asks_zh="不读；级别和类型写在 `params`",
    asks="not read: levels and types stand in `params`",
    operators=(">=", "exists"),
    refuses=(no_facilities_or_types,),
)
