"""R16 Share of a register: facilities or beds with a certificate, a feature or an ownership, of all there are.

Source: rules.md R16: what is not known is left out of the numerator, kept in the denominator and flagged.
"""

from __future__ import annotations

import math

from zzgeo.numbers import number_text, value_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.refusals import no_share_of_register, no_such_count
from zzgeo.rules.parts.registers import Register, register_of, start_of, what_counts
from zzgeo.rules.parts.tabular import (
    FROM_INDICATORS,
    compare,
    fill_nodata,
    finding_at,
    gap_to,
    indicator_name,
    indicator_rows,
    missing_row,
    newest,
    places,
)
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.units import is_percent
from zzgeo.vocabulary.verdicts import FAIL, NOT_APPLICABLE, PASS, REVIEW


def needed(threshold: float, total: float) -> int:
    """Return how many of a total reach a share (0-1), whole.

    Examples
    --------
    >>> needed(0.4, 21_163), needed(0.6, 3_000), needed(1.0, 164)
    (8466, 1800, 164)
    """
    return math.ceil(threshold * total - 1e-9 * max(1.0, total))


def equal_to_a_part(rule: Rule) -> bool:
    """`operator` is =, and `value` is not all of them (100 percent)."""
    return rule.operator == "=" and is_percent(rule.unit) and rule.value != 100.0


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a share of a register per district and for the city."""
    register = register_of(context, rule)
    ready = newest(indicator_rows(context, indicator_name(rule)))
    if register is None:
        return Judgement([_ready(context, rule, place, ready) for place in places(context, ready)])
    return Judgement([_share(rule, place, register) for place in places(context)])


def _target(rule: Rule) -> tuple[float, str]:
    """Return the share a clause asks for and how it compares; every institution where it asks for one in each."""
    if rule.operator == "exists" and rule.value is None:
        return 0.0, ">"
    percent = is_percent(rule.unit)
    share = rule.number / 100.0 if percent else 1.0
    operator = rule.operator or ">="
    # of a share nobody can have more than all: "= 100 %" is "at least 100 %"
    return share, ">=" if operator in ("=", "exists") or not percent else operator


def _share(rule: Rule, place: tuple[str, str, str], register: Register) -> Finding:
    finding = finding_at(place, rule.population)
    having, total = register.having[finding.code], register.total[finding.code]
    counted = what_counts(rule)
    if rule.operator in ("increase", "decrease", "prefer"):
        finding.value = having / total if total else math.nan
        told = "登记表只有一个时点，需要indicators表中两个年份的数值", "one date only: needs two years in [indicators]"
        return fill_nodata(finding, told)
    finding.threshold, finding.operator = _target(rule)
    finding.gap_unit = counted
    finding.params = {"having": having, "total": total, "count": counted}
    if total <= 0 and register.listed:
        finding.verdict = NOT_APPLICABLE
        finding.note_zh, finding.note_en = "没有此类设施或床位", "no such facility or bed here"
        return finding
    finding.flags = list(register.flags)
    finding.value = having / total if total > 0 else 0.0
    finding.verdict = compare(finding.value, finding.operator, finding.threshold)
    upper = finding.operator.startswith("<")
    least = 1 if finding.operator == ">" else needed(finding.threshold, total)
    finding.params["at_most" if upper else "needed"] = math.floor(finding.threshold * total + 1e-9) if upper else least
    over = having - finding.threshold * total if upper else least - having
    finding.gap = max(0.0, math.ceil(over - 1e-9)) if finding.verdict == FAIL else 0.0
    if upper and total > 0:
        # what nobody knows may be more, what was taken on trust may be less
        ends = ((having + register.unknown[finding.code]) / total, (having - register.chosen[finding.code]) / total)
        finding.sensitive = len({compare(one, finding.operator, finding.threshold) for one in ends}) > 1
        finding.verdict = REVIEW if finding.sensitive and finding.verdict == PASS else finding.verdict
    elif finding.verdict == FAIL and total > 0:
        best = (having + register.unknown[finding.code]) / total
        finding.sensitive = compare(best, finding.operator, finding.threshold) == PASS
        # beds nobody counted may be enough
        unclear = any(flag.code == "facilities.capacity_unknown" for flag in register.flags)
        finding.verdict = REVIEW if unclear else FAIL
    elif finding.verdict == PASS and total > 0:
        worst = (having - register.chosen[finding.code]) / total
        finding.sensitive = compare(worst, finding.operator, finding.threshold) == FAIL
    _tell(finding, number_text(having), number_text(total))
    return finding


def _tell(finding: Finding, having: str, total: str) -> None:
    shown = value_text(finding.value, "share", finding.threshold)
    target = value_text(finding.threshold, "share")
    of = f"（{having}/{total}）" if total else ""
    finding.note_zh = f"现状{shown}{of}，要求{finding.operator} {target}"
    finding.note_en = f"{shown}{of.replace('（', ' (').replace('）', ')')} against {finding.operator} {target}"


def _ready(
    context: Context, rule: Rule, place: tuple[str, str, str], ready: dict[str, tuple[float, float, str]]
) -> Finding:
    """Judge a share of the indicator table, in per cent or as a share; against an earlier year where it must rise."""
    finding = finding_at(place, rule.population)
    if finding.code not in ready:
        zh, en = missing_row(indicator_name(rule))
        what = rule.params.get("attribute") or rule.params.get("ownership") or "attributes"
        return fill_nodata(finding, (f"{zh}，或设施清单中的 {what}", f"{en}, or {what} in the facility list"))
    value, _, unit = ready[finding.code]
    scale = 1.0 if unit == "share" else 100.0
    finding.flags = [FROM_INDICATORS]
    finding.value = value / scale
    if rule.operator in ("increase", "decrease"):
        rows = indicator_rows(context, indicator_name(rule))
        own = rows[(rows["district"] == ("" if finding.code == CITY else finding.code)) & rows["year"].notna()]
        start = float(own["value"].iloc[0]) / scale if len(own) > 1 else math.nan
        amount = math.nan if rule.value is None else rule.number / 100.0
        finding.operator, finding.threshold = rule.operator, amount
        finding.verdict = compare(finding.value, rule.operator, amount, baseline=start)
        finding.params["baseline"] = None if math.isnan(start) else start
        finding.note_zh, finding.note_en = "与较早年份比较", "compared with an earlier year"
        return finding
    finding.threshold, finding.operator = _target(rule)
    finding.verdict = compare(finding.value, finding.operator, finding.threshold)
    finding.gap = gap_to(finding.value, finding.operator, finding.threshold)
    _tell(finding, "", "")
    return finding


RULE = RuleKind(
    "register-share",
    "R16",
    "登记占比",
    "share of a register",
    judge,
    ("attribute", "count", "ownership", "opened_since"),
    asks_zh="占登记的百分比",
    asks="the share of the register, in percent",
    operators=(">=", ">", "<=", "<", "=", "~", "exists", "increase", "decrease", "prefer"),
    reads_clause=(start_of,),
    refuses=(no_share_of_register, no_such_count, equal_to_a_part),
    unread=("applies_to", "area"),
)
