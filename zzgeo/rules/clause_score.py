"""R28 Score of clauses: other clauses of the same document, each with its weight, added up to a share of 1.

Source: rules.md R28. A kind for standards of one's own. A clause that is not judged somewhere is never counted as
missed: the score there is that of the others, the clause is told, and where it could turn the verdict a person has to
look.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from zzgeo.numbers import share_text
from zzgeo.rules.parts.base import Context, Finding, Judgement, RuleKind
from zzgeo.rules.parts.refusals import (
    no_share,
    weighed_scores,
    weighed_unknown,
    weighed_unverified,
    weights_of_no_clause,
)
from zzgeo.rules.parts.units import could_turn, verdict_of
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flag_code import FlagCode, Form
from zzgeo.vocabulary.flags import Flag, Named
from zzgeo.vocabulary.people import UNIT_SETS
from zzgeo.vocabulary.verdicts import FAIL, LOOKS, NODATA, NOT_APPLICABLE, PASS, REVIEW

_CLAUSES: dict[str, Form] = {"clauses": "texts"}

#: How many clauses of a score its note names.
_SHOWN = 5

FLAGS = {
    "score.clauses_idle": FlagCode(
        "此处不适用、未计入得分的条款：{clauses}", "clauses with nothing to judge here: {clauses}", _CLAUSES
    ),
    "score.clauses_open": FlagCode(
        "由人判断、未计入得分的条款：{clauses}", "clauses left to a person: {clauses}", _CLAUSES
    ),
    "score.clauses_unknown": FlagCode(
        "没有数据、未计入得分的条款：{clauses}", "clauses without data, not counted in the score: {clauses}", _CLAUSES
    ),
}


def judge(context: Context, rule: Rule) -> Judgement:
    """Add up what each clause came to in every unit, district and the city."""
    by_clause = {part.id: {(one.level, one.code): one for one in _judged(context, part)} for part in rule.parts}
    findings = [_scored(rule, place, by_clause) for place in _places(context, rule)]
    for finding in findings:
        own = [one for one in findings if one.level == "unit" and finding.code in (one.district, CITY)]
        known = [one for one in own if not math.isnan(one.value)]
        if finding.level != "unit" and known:
            finding.units_judged = len(known)
            finding.units_passing = sum(one.verdict == PASS for one in known)
    return Judgement(findings)


def _judged(context: Context, part: Rule) -> list[Finding]:
    """Return what a clause comes to, with every doubt told; judged here where it was not yet."""
    from zzgeo.rules import checked
    from zzgeo.rules.parts.losses import judged

    kind = checked(part)
    known = context.judged.get(part.id)
    return (known or judged(context, part, kind)).findings


def _places(context: Context, rule: Rule) -> list[Finding]:
    """Return a finding for each unit the clause is measured in, each district and the city, not judged yet."""
    study = context.study
    places = []
    if study.units is not None and rule.applies_to != "all":
        units = study.units[study.units["type"].isin(UNIT_SETS[rule.applies_to])]
        columns = zip(units.index, units["district"], units["name"], strict=True)
        places += [Finding("unit", str(code), NODATA, str(home), str(name)) for code, home, name in columns]
    named = study.districts["name"].items()
    places += [Finding("district", str(code), NODATA, str(code), str(name)) for code, name in named]
    return [*places, Finding(CITY, CITY, NODATA, "", study.name)]


@dataclass(frozen=True)
class _Part:
    """A clause that has a score."""

    name: Named
    weight: float
    score: float
    verdict: str

    def text(self, lang: str) -> str:
        """Return what it came to, as a share where that is what counts, and what it weighs."""
        look = LOOKS[self.verdict]
        share = share_text(self.score) if 0 < self.score < 1 else ""
        if lang == "zh":
            return f"{self.name.zh}（{share or look.zh}，权重{self.weight:g}）"
        return f"{self.name.en} ({share or look.en}, weight {self.weight:g})"


@dataclass
class _Tally:
    """What the clauses of one place weigh: those with a score, with it; those that are open, unknown, or idle."""

    scored: float = 0.0
    weighed: float = 0.0
    open: float = 0.0
    unknown: float = 0.0
    parts: list[_Part] = field(default_factory=list)

    def in_words(self, lang: str) -> list[str]:
        """Return what each clause with a score came to and weighs, those that weigh most first."""
        parts = sorted(self.parts, key=lambda part: -part.weight)
        more = len(parts) - _SHOWN
        rest = [f"另{more}项" if lang == "zh" else f"{more} more"] if more > 0 else []
        return [*(part.text(lang) for part in parts[:_SHOWN]), *rest]


def _scored(rule: Rule, finding: Finding, by_clause: dict[str, dict[tuple[str, str], Finding]]) -> Finding:
    weights, tally, unscored = weights_of_clauses(rule), _Tally(), dict[str, list[Named]]()
    scores = dict[str, object]()
    for part in rule.parts:
        weight, name = weights[part.id], Named(part.id, part.title, part.title_en)
        own = by_clause[part.id].get((finding.level, finding.code))
        verdict = NOT_APPLICABLE if own is None else own.verdict
        score = math.nan if own is None else score_of(own, by_share=rule.params.get("by") == "share")
        scores[part.id] = {"weight": weight, "verdict": verdict, "score": None if math.isnan(score) else score}
        if not math.isnan(score):
            tally.scored += weight * score
            tally.weighed += weight
            tally.parts.append(_Part(name, weight, score, verdict))
        elif verdict == REVIEW:
            tally.open += weight
            unscored.setdefault("score.clauses_open", []).append(name)
        elif verdict == NODATA:
            tally.unknown += weight
            unscored.setdefault("score.clauses_unknown", []).append(name)
        else:
            unscored.setdefault("score.clauses_idle", []).append(name)
    finding.threshold, finding.params = rule.number, {"by": rule.params.get("by", "verdict"), "clauses": scores}
    finding.flags = [Flag(code, clauses=names) for code, names in unscored.items()]
    _judge(rule, finding, tally)
    return finding


def score_of(finding: Finding, *, by_share: bool) -> float:
    """Return what a clause counts: 1 where it passes, 0 where it fails, its share where shares count; NaN if unknown.

    A share that has to stay below something, and what is no share, count as pass or fail.

    Examples
    --------
    >>> half = Finding("city", "city", FAIL, value=0.5, threshold=0.8)
    >>> score_of(half, by_share=False), score_of(half, by_share=True)
    (0.0, 0.5)
    """
    if finding.verdict not in (PASS, FAIL):
        return math.nan
    shared = by_share and finding.value_unit == "share" and finding.operator == ">=" and not math.isnan(finding.value)
    return min(max(finding.value, 0.0), 1.0) if shared else float(finding.verdict == PASS)


def weights_of_clauses(rule: Rule) -> dict[str, float]:
    """Return what each clause weighs, by its id."""
    given = rule.params["clauses"]
    assert isinstance(given, dict)
    return {name: float(weight) for name, weight in given.items()}


def _judge(rule: Rule, finding: Finding, tally: _Tally) -> None:
    """Give a finding its score and verdict."""
    doubted = tally.open + tally.unknown
    if tally.weighed + doubted <= 0:
        finding.verdict = NOT_APPLICABLE
        finding.note_zh, finding.note_en = "没有可评的条款", "no clause has anything to judge here"
        return
    if tally.weighed <= 0:
        finding.verdict = REVIEW if tally.open > 0 else NODATA
        finding.note_zh, finding.note_en = "各条款均未评出", "no clause was judged here"
        return
    finding.value = tally.scored / tally.weighed
    finding.gap = max(0.0, rule.number - finding.value)
    worst, best = (sure / (tally.weighed + doubted) for sure in (tally.scored, tally.scored + doubted))
    turns = could_turn(worst, best, rule.number)
    finding.verdict = REVIEW if turns else verdict_of(finding.value, rule.number)
    share = share_text(finding.value, rule.number)
    zh, en = "、".join(tally.in_words("zh")), ", ".join(tally.in_words("en"))
    finding.note_zh = f"{len(rule.parts)}项条款加权得分{share}：{zh}"
    finding.note_en = f"weighted score {share} of {len(rule.parts)} clauses: {en}"


RULE = RuleKind(
    "clause-score",
    "R28",
    "条款得分",
    "score of clauses",
    judge,
    ("clauses", "by"),
    shown="units",
    asks_zh="应达到的得分，大于 0、至多 1：达标条款的权重（或其达到的比例）占全部权重之比",
    asks="the score to reach, above 0 and up to 1: the part of all weights whose clauses pass, or their shares",
    refuses=(
        no_share,
        weights_of_no_clause,
        weighed_unknown,
        weighed_scores,
        weighed_unverified,
    ),
    example="""\
[[clauses]]
id = "school-walk"
rule = "walk-distance"
facilities = ["primary_school"]
value = 800
verified_on = 2026-11-29

[[clauses]]
id = "daily-mix"
rule = "mix"
facilities = ["market", "pharmacy", "convenience_store"]
value = 2
params = { minutes = 10 }
verified_on = 2026-11-29

[[clauses]]
id = "score"
title = "生活便利得分"
title_en = "everyday score"
rule = "clause-score"
value = 0.8
params = { clauses = { school-walk = 2, daily-mix = 1 }, by = "share" }
verified_on = 2026-11-29
""",
    operators=(">=",),
)
