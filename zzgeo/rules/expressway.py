"""R13 Expressway in 15 minutes, motorway in 15 more: drive times counted by people and by ramps.

The user's traffic model decides; a study that brings no times is judged by its streets, and the finding says so.
Source: rules.md R13; resolutions.md A17 (free flow x 0.6 at the peak, junctions in it; entry ramps only).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from zzgeo.numbers import share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.computed_times import computed_trips, drive_network
from zzgeo.rules.parts.drive_times import TABLE, read_trips
from zzgeo.rules.parts.refusals import MINUTES, no_minutes, no_stage
from zzgeo.rules.parts.tabular import finding_at, places
from zzgeo.rules.parts.units import from_table
from zzgeo.rules.unit_coverage import needed
from zzgeo.served import sums_by_key, tally, within
from zzgeo.spec.driving import PEAK
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.people import group_name
from zzgeo.vocabulary.statuses import COVERED, EXCLUDED, MISSED
from zzgeo.vocabulary.verdicts import FAIL, NODATA, NOT_APPLICABLE, PASS, REVIEW


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge stage 1 (people to the expressway) or stage 2 (ramps to the motorway)."""
    line = rule.param("pass_share", 1.0)
    trips = read_trips(context, rule)
    network = drive_network(context, rule) if trips is None else None
    if trips is None and network is None:
        zh = f'缺少行车时间表（[[tables]] id = "{TABLE}"），或带道路等级的路网（[streets]）'
        en = f'needs drive times ([[tables]] id = "{TABLE}"), or [streets] with classes of roads'
        return from_table(context, rule, (zh, en), threshold=line)
    if rule.area is not None and rule.area not in context.study.areas:
        zh, en = f"缺少范围边界 {rule.area}（[[areas]]）", f'needs the boundary: [[areas]] id = "{rule.area}"'
        return from_table(context, rule, (zh, en), threshold=line)
    if network is not None:
        computed = computed_trips(context, rule, network)
        if isinstance(computed, tuple):
            return from_table(context, rule, computed, threshold=line)
        trips = computed
    assert trips is not None
    common = _Common(context, rule, trips)
    if common.trips.empty:
        stage = f"stage = {common.stage}"
        zh, en = f"行车时间表没有{stage}的行", f"{TABLE} has no rows of {stage}"
        return from_table(context, rule, (zh, en), threshold=line)
    if common.stage == 1 and not (common.by_demand or common.trips["people"].notna().any()):
        zh, en = (
            f"{TABLE} 表的 from 不是居住点编号，也没有人口列",
            f"{TABLE} names no demand point and brings no people",
        )
        return from_table(context, rule, (zh, en), threshold=line)
    return Judgement(_people(common) if common.stage == 1 else _ramps(common))


class _Common:
    """What every finding of one clause shares; ``trips`` has the shortest time from each place."""

    def __init__(self, context: Context, rule: Rule, trips: pd.DataFrame) -> None:
        self.context, self.rule = context, rule
        self.stage = int(rule.param("stage", 1))
        self.minutes = rule.param("minutes", rule.number)
        self.line = rule.param("pass_share", 1.0)
        out = trips["exit"] & (trips["stage"] == self.stage)
        self.flags = flag_if_any("drive_times.exit_only", int(out.sum()))
        away = trips["district"].notna() & ~trips["district"].isin(context.study.districts.index)
        away &= (trips["stage"] == self.stage) & ~trips["exit"]
        self.flags += flag_if_any("drive_times.outside_districts", int(away.sum()))
        kept = trips[(trips["stage"] == self.stage) & ~trips["exit"] & ~away]
        kept = kept.sort_values("minutes", kind="stable", na_position="last")
        self.trips = kept.drop_duplicates("from").set_index("from")
        self.by_demand = bool(self.trips.index.isin(context.study.demand.index.astype(str)).any())
        self.params: dict[str, object] = {"stage": self.stage, "minutes": self.minutes, "pass_share": self.line}
        self.computed = bool(trips["computed"].any())
        source = "computed from the streets" if self.computed else "traffic model"
        self.params |= {"rows": len(self.trips), "drive_times": source}
        factor = rule.param("free_flow_factor", PEAK)
        if trips["scaled"].any():
            self.params["free_flow_factor"] = factor
        if self.computed:
            self.flags.append(Flag("drive_times.computed", factor=factor))
            self.flags += flag_if_any("drive_times.off_ways", int(trips["off_ways"].max()))


def _people(common: _Common) -> list[Finding]:
    """Count people by their drive time: those of the study's demand points, or those the table itself brings."""
    context, trips = common.context, common.trips
    group, flags = context.group(common.rule)
    demand = context.people_of(common.rule)
    if common.by_demand:
        minutes = trips["minutes"].reindex(demand.index.astype(str)).to_numpy(dtype=float)
        people, district = demand[group].to_numpy(dtype=float), demand["district"].to_numpy(dtype=object)
    else:
        minutes, people = trips["minutes"].to_numpy(dtype=float), trips["people"].to_numpy(dtype=float)
        district = trips["district"].to_numpy(dtype=object)
        flags = [Flag("drive_times.people_of_table"), *flags]
    reached = np.where(within(minutes, common.minutes), COVERED, MISSED)
    status = pd.Series(np.where(np.isnan(minutes), EXCLUDED, reached))
    heads, key = pd.Series(np.nan_to_num(people)), pd.Series(district)
    known = bool(key.isin(context.study.districts.index).all())
    whole = sums_by_key(tally(heads, status, pd.Series("city", index=heads.index)))
    sums = (sums_by_key(tally(heads, status, key)) if known else {}) | whole
    findings = []
    for place in places(context, None if known else ()):
        finding = finding_at(place, group)
        _fill_people(finding, sums.get(place[1], {}), common, [*flags, *common.flags], known)
        findings.append(finding)
    return findings


def _fill_people(
    finding: Finding, sums: dict[str, float], common: _Common, flags: list[Flag], by_district: bool
) -> None:
    if not sums or sums["people"] <= 0:
        finding.verdict = NOT_APPLICABLE
        finding.note_zh, finding.note_en = "范围内没有居住点", "nobody lives in the area of the clause"
        return
    finding.flags, finding.params = list(flags), dict(common.params)
    finding.threshold = common.line
    if by_district:
        finding.people, finding.covered = sums["people"], sums["covered"]
        finding.missed, finding.excluded = sums["missed"], sums["excluded"]
    else:
        # districts unknown: the sums cannot be shown to add up, so they stand as parameters
        finding.params |= {name: sums[name] for name in ("people", "covered", "missed", "excluded")}
    if sums["excluded"] > 0:
        finding.flags.append(Flag("drive_times.people_without", people=sums["excluded"]))
    if math.isnan(sums["share"]):
        finding.note_zh, finding.note_en = f"{TABLE} 表中没有这里的时间", f"{TABLE} has no time for anybody here"
        if common.computed:
            finding.note_zh, finding.note_en = "按路网没有可达快速路的道路", "no street leads anybody here to an entry"
        return
    finding.value = sums["share"]
    finding.gap = max(0.0, common.line - finding.value)
    met = [
        share >= common.line - 1e-9
        for share in (
            sums["covered"] / sums["people"],
            finding.value,
            (sums["covered"] + sums["excluded"]) / sums["people"],
        )
    ]
    finding.verdict = REVIEW if len(set(met)) > 1 else PASS if met[1] else FAIL
    shown, target = share_text(finding.value, common.line), share_text(common.line)
    zh, en = group_name(finding.group)
    finding.note_zh = f"{shown}的{zh}行车{common.minutes:g}分钟可上快速路，要求{target}"
    finding.note_en = f"{shown} of {en} reach an expressway entry within {common.minutes:g} min, against {target}"


def _ramps(common: _Common) -> list[Finding]:
    """Count ramps by the time to the nearest motorway entry."""
    trips = common.trips
    known = bool(trips["district"].isin(common.context.study.districts.index).all())
    findings = []
    for place in places(common.context, None if known else ()):
        own = trips if place[0] == "city" else trips[trips["district"] == place[1]]
        finding = finding_at(place, "none")
        _fill_ramps(finding, own["minutes"], common)
        findings.append(finding)
    return findings


def _fill_ramps(finding: Finding, minutes: pd.Series, common: _Common) -> None:
    timed = minutes.dropna()
    if timed.empty:
        finding.verdict = NODATA if len(minutes) or finding.level == "city" else NOT_APPLICABLE
        finding.note_zh, finding.note_en = "没有匝道行车时间", "no ramp with a drive time"
        return
    number, passing = len(timed), int(within(timed, common.minutes).sum())
    finding.value, finding.threshold = passing / number, common.line
    finding.units_judged, finding.units_passing = number, passing
    finding.gap, finding.gap_unit = float(max(0, needed(common.line, number) - passing)), "units"
    untimed = len(minutes) - number
    met = [share >= common.line - 1e-9 for share in (passing / len(minutes), (passing + untimed) / len(minutes))]
    finding.verdict = REVIEW if met[0] != met[1] else PASS if met[0] else FAIL
    finding.flags = [*common.flags, *flag_if_any("drive_times.ramps_without", untimed)]
    finding.params = dict(common.params)
    finding.note_zh = f"{number}个匝道中{passing}个行车{common.minutes:g}分钟可上高速"
    finding.note_en = f"{passing} of {number} ramps within {common.minutes:g} min of a motorway entry"


RULE = RuleKind(
    "expressway",
    "R13",
    "快速路与高速公路15分钟",
    "expressway and motorway in 15 minutes",
    judge,
    ("minutes", "free_flow_factor", "stage", "pass_share"),
    asks_zh="行车时间，分钟",
    asks="how long the drive may take, in minutes",
    counted_in=MINUTES,
    operators=("<=",),
    reads_table=read_trips,
    refuses=(no_minutes, no_stage),
)
