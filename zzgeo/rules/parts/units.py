"""What rules about units share: which facilities lie where, who lives there, words of lists, answers from a table."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Hashable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.intake.nesting import lived_in
from zzgeo.intake.values import MISSING_WORDS
from zzgeo.numbers import share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, no_list_of, nothing_to_judge
from zzgeo.rules.parts.membership import ON_BORDER_M, lying_in, memberships
from zzgeo.rules.parts.tabular import FROM_INDICATORS, compare, indicator_rows, latest, summary_findings
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, Named
from zzgeo.vocabulary.ownership import PRIVATE, PUBLIC, form_of, owned
from zzgeo.vocabulary.people import UNIT_SETS, unit_name
from zzgeo.vocabulary.units import share_size
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, NODATA, NOT_APPLICABLE, PASS, REVIEW

#: How lists write a level or who paid; a word that is not here is compared as it stands, an owner as `owned` reads it.
SPELLINGS: dict[str, tuple[str, ...]] = {
    "city": ("市", "市级", "市本级", "市属", "市直", "市管", "地市级", "市政府", "市财政", "municipal"),
    "county": (
        "县",
        "县级",
        "县属",
        "区",
        "区级",
        "区属",
        "区县",
        "区县级",
        "县（市、区）",
        "县区",
        "县区级",
        "district",
    ),
    "district": ("区", "区级", "区属", "区县", "区政府", "区财政", "县区级", "区县级"),
    "township": ("乡镇", "乡", "镇", "乡级", "镇级", "乡镇级", "街道", "街道级", "乡镇（街道）", "镇街", "subdistrict"),
    "community": ("社区", "村", "村级", "社区级", "行政村", "村（社区）", "社区（村）", "村居", "village"),
}

#: Levels that no clause asks for, and no grade.
_OTHER_LEVELS = ("国家", "国家级", "中央", "省", "省级", "省属", "省本级", "national", "provincial", "未定级", "未评级")

#: Grades of hospitals: 三甲 and 三级甲等医院 are one.
_GRADE = re.compile(r"([一二三])级?(?:([甲乙丙特])等?)?(?:医院)?")

#: What lists write where somebody will still find out; a day that is written so is no day that is missing.
_NOT_YET_KNOWN = frozenset(
    (
        "待定",
        "待核实",
        "待核查",
        "待查",
        "待补充",
        "不明",
        "不清楚",
        "不知道",
        "未填",
        "未填写",
        "暂缺",
        "?",
        "？",
        "??",
        "tbd",
        "unknown",
    )
)

#: What is said of a fail that facilities nobody knows enough of could turn: it is left to a person.
UNKNOWN_COULD_SUFFICE = Flag("facilities.unknown_could_suffice")

#: Outlines widened by `ON_BORDER_M` overlap in a rim of twice this at a mere corner; a border is longer.
_CORNER_M = 10 * ON_BORDER_M


def says(values: pd.Series, word: str) -> pd.Series:
    """Tell which cells of a column say a word in one of its spellings; an empty cell says nothing.

    Examples
    --------
    >>> says(pd.Series(["市级", "city", "县级", None]), "city").tolist()
    [True, True, False, False]
    >>> says(pd.Series(["三甲", "三级 甲等医院", "三级"]), "三级甲等").tolist()
    [True, True, False]
    """
    if word in (PUBLIC, PRIVATE):
        return owned(values, word).sure
    accepted = {_plain(one) for one in (word, *SPELLINGS.get(word, ()))}
    return values.map(lambda cell: isinstance(cell, str) and _plain(cell) in accepted).astype(bool)


def understood(values: pd.Series, *asked: str) -> tuple[pd.Series, list[Flag]]:
    """Return cells of levels or payers, empty where a word is one nobody knows, and a flag that names such words.

    Parameters
    ----------
    values
        The cells.
    asked
        The words a clause asks for: known whatever they are.

    Examples
    --------
    >>> cells, flags = understood(pd.Series(["市属", "三甲", "直属", None]), "city")
    >>> cells.tolist(), flags[0].text("en")
    (['市属', '三甲', None, None], 'words not understood, taken as unknown: 1 (直属)')
    """
    listed = {*SPELLINGS, *(one for words in SPELLINGS.values() for one in words), *_OTHER_LEVELS, *asked}
    known = {_plain(word) for word in listed}

    def is_known(cell: object) -> bool:
        if not isinstance(cell, str):
            return True
        return _plain(cell) in known or bool(_GRADE.fullmatch(_plain(cell))) or form_of(cell) is not None

    odd = ~values.map(is_known).astype(bool)
    words = list(dict.fromkeys(re.sub(r"\s*;\s*", ", ", cell.strip()) for cell in values[odd]))
    shown = [*words[:5], *(["…"] if len(words) > 5 else [])]
    flags = [Flag("facilities.words_not_understood", number=int(odd.sum()), words=shown)] if words else []
    return values.astype(object).where(~odd & values.notna(), None), flags


def _plain(word: str) -> str:
    """Return a word as it is compared: half width, without case and blanks; a grade in its full form, 三级甲等."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", word)).casefold()
    grade = _GRADE.fullmatch(plain)
    return f"{grade[1]}级{grade[2]}等" if grade and grade[2] else plain


def column(table: pd.DataFrame, name: str) -> pd.Series:
    """Return a column, or one that is empty where the table does not have it; blank text and 不详 count as empty."""
    if name not in table.columns:
        return pd.Series(np.nan, index=table.index, dtype=object)
    found = table[name]
    unknown = MISSING_WORDS | _NOT_YET_KNOWN
    blank = found.map(lambda cell: isinstance(cell, str) and cell.strip().lower() in unknown)
    return found.mask(blank.astype(bool))


def told_list(rule: Rule, name: str) -> list[str]:
    """Return a parameter that lists words; empty where the clause sets none."""
    given = rule.params.get(name, ())
    return [str(one) for one in given] if isinstance(given, tuple) else [str(given)]


def facilities_of(context: Context, rule: Rule) -> tuple[gpd.GeoDataFrame, list[Flag]]:
    """Return the facilities that count for a rule, and flags, kinds included that the study has no list of."""
    facilities, flags = context.facilities(rule)
    return facilities, [*flags, *no_list_of(kind for kind in rule.facilities if kind not in context.study.kinds_known)]


def units_of(context: Context, rule: Rule) -> gpd.GeoDataFrame:
    """Return the units a rule applies to, inside its area where it names one."""
    units = context.study.units
    assert units is not None
    chosen = units[units["type"].isin(UNIT_SETS[rule.applies_to])]
    if rule.area is not None:
        chosen = chosen[chosen.geometry.representative_point().intersects(context.study.areas[rule.area])]
    return chosen


def outlined(units: gpd.GeoDataFrame) -> pd.Series:
    """Tell which units have an outline; of the others nobody can say what lies in them."""
    has: pd.Series = units.geometry.geom_type.isin(("Polygon", "MultiPolygon"))
    return has


def held(context: Context, units: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, applies_to: str) -> pd.DataFrame:
    """Return (code, facility_id) for every facility of a unit: it lies inside, or a unit without outline names it.

    A facility outside that only serves a unit does not stand in it (resolutions.md A20).
    """
    known = outlined(units)
    within = lying_in(units[known], facilities)
    if known.all() or context.study.units is None:
        return within
    said = memberships(context.study, facilities, applies_to)
    said = said[(said["how"] == "serves") & said["unit"].isin(units.index[~known])]
    return pd.concat([within, said.rename(columns={"unit": "code"})[["code", "facility_id"]]], ignore_index=True)


def numbers_of(found: pd.DataFrame, units: pd.DataFrame) -> pd.Series:
    """Return how many facilities each unit holds, on the units' index."""
    number = found.groupby("code").size().reindex(units.index, fill_value=0)
    return pd.Series(number.to_numpy(dtype=float), index=units.index)


def shared_codes(found: pd.DataFrame) -> set[Hashable]:
    """Return the units that hold a facility their neighbour holds too: it stands on the border."""
    return set(found.loc[found["facility_id"].duplicated(keep=False), "code"])


def homes(context: Context, applies_to: str) -> pd.Series:
    """Return the unit of a set each demand point lives in, on the demand's index; None where it is in none."""
    study = context.study
    assert study.units is not None
    return lived_in(study.demand, study.units, UNIT_SETS[applies_to])


def people_in(context: Context, units: gpd.GeoDataFrame, group: str, applies_to: str) -> pd.Series:
    """Return the people of each unit: what the unit table says, else its demand points; NaN where neither tells."""
    said = pd.to_numeric(column(units, group), errors="coerce").astype(float)
    if said.notna().all() or group not in context.study.demand.columns:
        return said
    counted = context.study.demand[group].groupby(homes(context, applies_to)).sum()
    return pd.Series(said.fillna(counted.reindex(units.index)))


def neighbours(units: gpd.GeoDataFrame) -> dict[object, list[object]]:
    """Return the units each unit has a border with; meeting in a corner is no border.

    Outlines that miss each other by rounding, less than 1e-6 m, still have a border.
    """
    codes, outlines = units.index.to_numpy(), shapely.buffer(units.geometry.values, ON_BORDER_M)
    this, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    pairs = this != other
    this, other = this[pairs], other[pairs]
    border = shapely.length(shapely.intersection(outlines[this], units.geometry.values[other]))
    found: dict[object, list[object]] = {code: [] for code in codes}
    for first, second in zip(this[border > _CORNER_M], other[border > _CORNER_M], strict=True):
        found[codes[first]].append(codes[second])
    return found


def share_scale(unit: object, rule_unit: str) -> float:
    """Return what turns a value of the indicator table into a share (0-1); NaN where its unit is no share.

    Examples
    --------
    >>> share_scale("%", ""), share_scale("share", ""), share_scale(None, "percent of residents")
    (0.01, 1.0, 0.01)
    """
    text = unit.strip().casefold() if isinstance(unit, str) else rule_unit.casefold()
    size = share_size(text)
    if size is not None:
        return size
    if "%" in text or "percent" in text or "百分" in text:
        return 0.01
    return 1.0 if text.startswith("share") else math.nan


def from_table(
    context: Context,
    rule: Rule,
    missing: tuple[str, str],
    *,
    threshold: float = 1.0,
    number: float = math.nan,
    operator: str = ">=",
) -> Judgement:
    """Judge by the indicator table where the places are missing; without a row, say which file would answer.

    ``threshold`` judges rows that are shares or per cent, ``number`` rows that are counts (NaN: counts cannot answer).
    """
    rows = indicator_rows(context, rule.indicator or rule.id)
    if not len(rows):
        return nothing_to_judge(context, rule, missing)
    scale = np.array([share_scale(unit, rule.unit) for unit in rows["unit"]])
    is_share = ~np.isnan(scale)
    counts = not is_share.any()
    usable = rows if counts else rows[is_share].assign(value=rows.loc[is_share, "value"] * scale[is_share])
    if counts and math.isnan(number):
        return nothing_to_judge(context, rule, missing)
    limit, unit = (number, "count") if counts else (threshold, "share")
    findings = summary_findings(context, rule, latest(usable), operator=operator, threshold=limit, unit=unit)
    for finding in findings:
        told(finding, missing)
    return Judgement(findings)


def told(finding: Finding, missing: tuple[str, str]) -> None:
    """Flag a finding as taken from the indicator table, or say in it which file would have answered."""
    if finding.verdict == NODATA:
        finding.note_zh, finding.note_en = missing
    else:
        finding.flags.append(FROM_INDICATORS)


def verdict_of(value: float, threshold: float) -> str:
    """Return pass or fail of a value that must reach a limit; NaN is no data, never fail."""
    return compare(value, ">=", threshold)


def could_turn(worst: float, best: float, threshold: float) -> bool:
    """Tell whether what is unknown could turn a verdict: the worst case fails and the best case passes."""
    return verdict_of(worst, threshold) != verdict_of(best, threshold)


def judge_walks(finding: Finding, line: float, unreached: float, unlisted: float = 0.0) -> None:
    """Give a finding that counts people by their walk its verdict, and the flags of what could turn it.

    People without a street, ``unreached`` ones of those missed (`zzgeo.served.unreached`), and others whom a facility
    of a kind without a list may serve (``unlisted``) may be covered: where they could turn the verdict a person has to
    look, and a fail never rests on them.
    """
    best = (finding.covered + finding.excluded + unreached + unlisted) / finding.people
    if could_turn(finding.covered / finding.people, best, line):
        finding.verdict = REVIEW
    else:
        finding.verdict = verdict_of(finding.value, line)
    if finding.excluded > 0:
        finding.flags.append(Flag("people.too_far", people=finding.excluded))
    finding.flags += unreached_flags(unreached)


def unreached_flags(people: float) -> list[Flag]:
    """Return the flag of people who are near a facility to which no street leads, in a list; an empty one for none."""
    return [Flag("people.facility_unreached", people=people)] if people > 0 else []


def summaries(context: Context, rule: Rule, units: list[Finding], flags: list[Flag], group: str) -> list[Finding]:
    """Return a finding per district and for the city: the share of units that pass; every unit has to.

    ``units`` are findings of level "unit"; those without data are told, not judged. The gap is the number of units
    short; the verdict is sensitive where a unit's is, and that could turn it.
    """
    names = context.study.districts["name"]
    findings = [
        _summary("district", str(code), str(name), [one for one in units if one.district == code], rule, flags, group)
        for code, name in names.items()
    ]
    mine = [one for one in units if one.district in set(names.index)]
    return [*findings, _summary("city", CITY, context.study.name, mine, rule, flags, group)]


def _summary(
    level: str, code: str, name: str, units: list[Finding], rule: Rule, flags: list[Flag], group: str
) -> Finding:
    finding = Finding(level, code, NOT_APPLICABLE, code if level == "district" else "", name, group)
    zh, en = unit_name(rule.applies_to)
    if not units:
        finding.note_zh, finding.note_en = f"没有{zh}", f"no {en}"
        return finding
    finding.flags = list(flags)
    fill_share(finding, units)
    unknown = sum(one.verdict == NODATA for one in units)
    if unknown:
        finding.flags.append(Flag("units.without_data", units=Named(rule.applies_to, zh, en), number=unknown))
    if math.isnan(finding.value):
        finding.note_zh, finding.note_en = f"{zh}没有数据", f"no data on the {en}"
        return finding
    have, total, short = int(finding.units_passing), int(finding.units_judged), int(finding.gap)
    finding.note_zh = f"{total}个{zh}中{have}个达标（{share_text(finding.value, 1.0)}）"
    finding.note_en = f"{have} of {total} {en} meet it ({share_text(finding.value, 1.0)})"
    if short:
        lacking = [one.name for one in units if one.verdict in (FAIL, REVIEW)]
        finding.note_zh += f"，还差{short}个：{'、'.join(lacking[:5])}{'等' if short > 5 else ''}"
        finding.note_en += f", {short} short"
    if finding.verdict == NODATA:
        finding.note_zh += "，其余缺少边界或人口"
        finding.note_en += ", the others need outlines or people in [units]"
    return finding


def fill_share(finding: Finding, parts: list[Finding]) -> None:
    """Write into a finding the share of its parts that pass, how many are short, and whether the verdict may turn.

    Parts that are ``not-applicable`` do not count. Unknown parts leave a fail a fail, but all others passing is not
    yet a pass. Where none fails, and some are left to a person, so is the whole.
    """
    judged = [one for one in parts if one.verdict in JUDGED]
    unknown = any(one.verdict == NODATA for one in parts)
    finding.value_unit, finding.threshold, finding.gap_unit = "share", 1.0, "units"
    if not judged:
        finding.verdict = NODATA if unknown else NOT_APPLICABLE
        return
    failing = [one for one in judged if one.verdict != PASS]
    finding.units_judged, finding.units_passing = len(judged), len(judged) - len(failing)
    finding.value = finding.units_passing / finding.units_judged
    finding.gap = float(len(failing))
    surely = any(one.verdict == FAIL for one in failing)
    finding.verdict = FAIL if surely else REVIEW if failing else NODATA if unknown else PASS
    if finding.verdict == REVIEW:
        finding.flags = [*finding.flags, UNKNOWN_COULD_SUFFICE]
    doubtful = [one for one in judged if one.sensitive]
    finding.sensitive = bool(doubtful) and all(one.sensitive for one in failing)
