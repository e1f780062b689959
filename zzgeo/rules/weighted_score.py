"""R27 Weighted score: kinds of facility within a walk, each with its weight, added up for everybody to a share of 1.

Source: rules.md R27. A kind for standards of one's own. ``covered`` are the people times the score each has: with
``missed`` and ``excluded`` they add up to the people. Of a kind without a list nobody can say who has it: the score is
that of the kinds with one, and where the others could turn it a person has to look.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zzgeo.errors import ConservationError
from zzgeo.network import Reach
from zzgeo.numbers import share_text
from zzgeo.rules.parts.base import (
    Context,
    Finding,
    Judgement,
    RuleKind,
    everyone,
    facilities_named,
    no_list_of,
    nothing_to_judge,
)
from zzgeo.rules.parts.classes import (
    asked_of_classes,
    kinds_of,
    limit_of_classes,
    reach_of_classes,
    streets_of_classes,
    walk_words,
    walks_to_classes,
)
from zzgeo.rules.parts.on_foot import DETOUR
from zzgeo.rules.parts.refusals import no_facilities, no_one_limit, no_share, weights_of_others
from zzgeo.rules.parts.units import could_turn, unreached_flags, verdict_of
from zzgeo.served import CITY, added, sums_by_key, within
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.people import HOME_UNITS, UNIT_SETS, group_name, unit_name
from zzgeo.vocabulary.verdicts import NODATA, NOT_APPLICABLE, PASS, REVIEW

#: People are parts of people here: sums agree to this share.
_ROUNDING = 1e-9


def weights_of(rule: Rule) -> dict[str, float]:
    """Return what each kind of a clause weighs; one that its `weights` do not name weighs 1."""
    given = rule.params.get("weights", {})
    assert isinstance(given, dict)
    return {kind: float(given.get(kind, 1.0)) for kind in rule.facilities}


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge the mean score of the people of every unit, of every district and of the city."""
    missing = context.missing_input(rule)
    if missing:
        return nothing_to_judge(context, rule, missing)
    known, unknown = kinds_of(context, rule)
    group, flags = context.group(rule)
    weights = weights_of(rule)
    listed = sum(weights[kind] for kind in known) / sum(weights.values())
    if context.network is None:
        flags = [*flags, Flag("streets.none", detour=DETOUR)]
    flags = [*flags, *context.facilities(rule)[1], *no_list_of(unknown)]
    common = _Common(rule, group, reach_of_classes(context, rule), listed, known, flags)
    return Judgement(_findings(context, common, _scores(context, common, weights)))


@dataclass(frozen=True)
class _Common:
    """What every finding of one clause shares; ``listed`` is what the kinds with a list weigh, as a share of all."""

    rule: Rule
    group: str
    reach: Reach
    listed: float
    known: list[str]
    flags: list[Flag]


def _scores(context: Context, common: _Common, weights: dict[str, float]) -> pd.DataFrame:
    """Return what each demand point adds: its people, and those times their score; by kind those who have it."""
    people = context.people_of(common.rule)
    rows, metres = context.rows_of(people), common.reach.metres
    heads = np.nan_to_num(people[common.group].to_numpy(dtype=float), nan=0.0)
    score, best, on_streets = np.zeros(len(heads)), np.zeros(len(heads)), np.ones(len(heads), dtype=bool)
    columns: dict[str, np.ndarray] = {}
    total = sum(weights[kind] for kind in common.known)
    for kind, table in walks_to_classes(context, common.rule, common.known).items():
        walks, near = (table[name].to_numpy(dtype=float)[rows] for name in ("streets_m", "unreached_m"))
        on_streets = table["on_streets"].to_numpy(dtype=bool)[rows]
        has = within(walks, metres)
        score += has * (weights[kind] / total)
        best += (has | within(near, metres)) * (weights[kind] / total)
        columns[kind] = np.where(has, heads, 0.0)
    # who has no street and not everything may have the rest: nobody can say
    off = ~on_streets & (score < 1.0 - _ROUNDING)
    near = ~off & (best > score + _ROUNDING)
    columns |= {
        "people": heads,
        "covered": np.where(off, 0.0, heads * score),
        "missed": np.where(off, 0.0, heads * (1.0 - score)),
        "excluded": np.where(off, heads, 0.0),
        "near": np.where(near, heads, 0.0),
        "near_more": np.where(near, heads * (best - score), 0.0),
    }
    columns_of = {"unit": context.unit_column(common.rule.applies_to), "district": "district"}
    keys = {level: context.key(column, people).to_numpy(dtype=object) for level, column in columns_of.items()}
    return pd.DataFrame(columns, index=people.index).assign(**keys)


def _sums(table: pd.DataFrame, key: pd.Series) -> dict[Hashable, dict[str, float]]:
    names = [name for name in table.columns if name not in ("unit", "district")]
    sums = sums_by_key(added({name: table[name].to_numpy() for name in names}, key))
    for code, row in sums.items():
        parts = row["covered"] + row["missed"] + row["excluded"]
        if abs(row["people"] - parts) > _ROUNDING * max(row["people"], 1.0):
            raise ConservationError(f"people were lost or invented in {code}")
    return sums


def _findings(context: Context, common: _Common, table: pd.DataFrame) -> list[Finding]:
    study, rule = context.study, common.rule
    findings: list[Finding] = []
    if study.units is not None:
        sums = _sums(table, table["unit"])
        types = HOME_UNITS if rule.applies_to == "all" else UNIT_SETS[rule.applies_to]
        units = study.units[study.units["type"].isin(types)]
        for code, name, district in zip(units.index, units["name"], units["district"], strict=True):
            finding = Finding("unit", str(code), NODATA, str(district), str(name), common.group)
            findings.append(_filled(common, finding, sums.get(code), []))
    units_judged = list(findings)
    sums = _sums(table, table["district"])
    for code, name in study.districts["name"].items():
        finding = Finding("district", str(code), NOT_APPLICABLE, str(code), str(name), common.group)
        own = [unit for unit in units_judged if unit.district == code]
        findings.append(_filled(common, finding, sums.get(code), own))
    city = Finding("city", CITY, NOT_APPLICABLE, "", study.name, common.group)
    return [*findings, _filled(common, city, _sums(table, everyone(table)).get(CITY), units_judged)]


def _filled(common: _Common, finding: Finding, sums: dict[str, float] | None, units: list[Finding]) -> Finding:
    rule = common.rule
    if sums is None or sums["people"] <= 0:
        zh, en = unit_name(rule.applies_to)
        finding.note_zh, finding.note_en = f"没有适用的{zh}", f"no {en} to judge"
        return finding
    finding.people, finding.covered = sums["people"], sums["covered"]
    finding.missed, finding.excluded = sums["missed"], sums["excluded"]
    finding.threshold, finding.flags = rule.number, list(common.flags)
    counted = finding.covered + finding.missed
    finding.params = {**asked_of_classes(rule, common.reach), "weights": weights_of(rule)}
    finding.params["share_of_kind"] = {kind: round(sums[kind] / finding.people, 6) for kind in common.known}
    judged = [unit for unit in units if not math.isnan(unit.value)]
    if judged:
        finding.units_judged = len(judged)
        finding.units_passing = sum(unit.verdict == PASS for unit in judged)
    if counted <= 0:
        finding.verdict = NODATA
        finding.note_zh, finding.note_en = "居民离所有道路都太远，无法判断", "all live too far from every street"
        return finding
    finding.value = finding.streets_value = finding.covered / counted
    finding.gap = max(0.0, rule.number - finding.value)
    _judge(common, finding, sums)
    zh, en = group_name(finding.group)
    walk_zh, walk_en = walk_words(common.reach)
    share, kinds = share_text(finding.value, rule.number), len(set(rule.facilities))
    finding.note_zh = f"{walk_zh}{kinds}类设施加权得分{share}（{zh}平均）"
    finding.note_en = f"weighted score {share} for {kinds} kinds {walk_en}, mean of {en}"
    return finding


def _judge(common: _Common, finding: Finding, sums: dict[str, float]) -> None:
    """Give a finding its verdict, and the flags of what could turn it: streets, or kinds without a list."""
    counted, listed = finding.covered + finding.missed, common.listed
    worst = listed * finding.covered / finding.people
    best = listed * (finding.covered + sums["near_more"]) + (1.0 - listed) * counted + finding.excluded
    turns = could_turn(worst, best / finding.people, finding.threshold)
    finding.verdict = REVIEW if turns else verdict_of(finding.value, finding.threshold)
    if finding.excluded > 0:
        finding.flags.append(Flag("people.too_far", people=finding.excluded))
    finding.flags += unreached_flags(sums["near"])


RULE = RuleKind(
    "weighted-score",
    "R27",
    "加权得分",
    "weighted score",
    judge,
    ("metres", "minutes", "weights", "min_floor_area_m2"),
    along="streets",
    limit=limit_of_classes,
    distances=(),
    shown="units",
    reads=facilities_named,
    streets=streets_of_classes,
    asks_zh="应达到的得分，大于 0、至多 1：步行可及的权重占全部权重之比，按人平均",
    asks="the score to reach, above 0 and up to 1: the part of all weights within the walk, mean of the people",
    refuses=(no_facilities, no_one_limit, no_share, weights_of_others),
    example="""\
[[clauses]]
rule = "weighted-score"
facilities = ["primary_school", "community_health_station", "pharmacy", "market"]
value = 0.75
params = { minutes = 15, weights = { primary_school = 3, community_health_station = 2 } }
verified_on = 2026-11-29
""",
    operators=(">=",),
)
