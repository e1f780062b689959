"""How pages and files say things in Chinese and in English: words in a language, numbers as shown, clean text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from zzgeo.layers.base import number, text
from zzgeo.numbers import value_text
from zzgeo.reporting.told.chinese import UNITS_ZH
from zzgeo.reporting.told.records import records
from zzgeo.spec.kinds import KINDS
from zzgeo.vocabulary.units import COMPARATORS
from zzgeo.vocabulary.verdicts import SILENT, sign_of
from zzgeo.vocabulary.words import WORDS

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule


Say = Callable[..., str]


@cache
def speaker(lang: str) -> Say:
    """Return a function that gives a word in a language; ``{0}``, ``{1}`` take what follows it.

    Examples
    --------
    >>> speaker("zh")("as_of"), speaker("en")("cut", 2)[:17]
    ('数据日期', '2 cells were long')
    """
    place = 0 if lang == "zh" else 1

    def say(key: str, *values: object) -> str:
        said = WORDS[key][place] if key in WORDS else key
        for number_, value in enumerate(values):
            said = said.replace(f"{{{number_}}}", str(value))
        return said

    return say


def pick(lang: str, zh: Any, en: Any) -> str:
    """Return the text in a language, or the other where it is missing."""
    return (text(zh) or text(en)) if lang == "zh" else (text(en) or text(zh))


def rule_title(rule: Rule, lang: str) -> str:
    """Return a rule's title in a language."""
    return pick(lang, rule.title, rule.title_en)


def unit_word(unit: Any, lang: str) -> str:
    """Return the unit of a value as it is read beside a number; shares and metres carry theirs in the number."""
    plain = text(unit)
    if plain in ("share", "m"):
        return ""
    return UNITS_ZH.get(plain, plain) if lang == "zh" else plain


def flags_text(flags: Sequence[dict[str, str]], lang: str) -> str:
    """Return the flags of a finding, as `records` gives them, as one text."""
    return ("；" if lang == "zh" else "; ").join(flag[lang] for flag in flags)


def shown(value: Any, unit: Any, lang: str, against: Any = None) -> str:
    """Return a number as every page shows it, with its unit; empty where it is missing."""
    said = value_text(number(value), text(unit), number(against))
    if not said:
        return ""
    word = speaker(lang)("inf") if said == "inf" else unit_word(unit, lang)
    if said == "inf":
        return word
    return said + ("" if not word else word if lang == "zh" else f" {word}")


def asked(finding: dict[str, Any], lang: str) -> str:
    """Return the target with its comparator, such as ``≥ 90 %``; empty where a rule names none."""
    target = shown(finding["threshold"], finding["value_unit"], lang)
    sign = COMPARATORS.get(text(finding["operator"]), text(finding["operator"]))
    return f"{sign} {target}".strip() if target else ""


def score(finding: dict[str, Any] | None, lang: str) -> str:
    """Return a cell of the scorecard: sign and value, ``*`` where the verdict is sensitive.

    A finding that judged nothing shows its sign alone.
    """
    if finding is None:
        return ""
    verdict = text(finding["verdict"])
    value = ""
    if verdict not in SILENT:
        value = shown(finding["value"], finding["value_unit"], lang, finding["threshold"])
    return f"{sign_of(verdict)} {value}".strip() + (" *" if finding["sensitive"] else "")


def kind_word(kind: str, lang: str) -> str:
    """Return the label of a facility kind."""
    return kind if kind not in KINDS else pick(lang, KINDS[kind].zh, KINDS[kind].en)


def notice(report: AuditReport, lang: str) -> str:
    """Return the study's notice (that the data are synthetic, say); empty where there is none."""
    told = dict(report.study.notice)
    return pick(lang, told.get("zh"), told.get("en"))


def place_name(report: AuditReport, lang: str) -> str:
    """Return the name of the place; of a scenario, that it is one."""
    return pick(lang, *place_names(report))


def place_names(report: AuditReport) -> tuple[str, str]:
    """Return the name of the place in Chinese and in English; of a scenario, that it is one."""
    study = report.study
    zh, en = study.name, study.name_en or study.name
    return (zh, en) if study.proposal is None else (f"{zh}（方案）", f"{en} (proposal)")


def judged_by(report: AuditReport) -> str:
    """Return the profile the audit was made by, else the ids of its standards."""
    parameters = report.provenance.get("parameters") or {}
    if parameters.get("profile") or "standards" not in parameters:
        return text(parameters.get("profile")) or text(report.study.profile)
    return ", ".join(str(one["id"]) for one in parameters["standards"])


def facts_text(report: AuditReport, lang: str) -> str:
    """Return what stands under the title of a file: date of the data, profile, walking profile."""
    say = speaker(lang)
    facts = [f"{say('as_of')} {report.study.as_of.isoformat()}"]
    if by := judged_by(report):
        facts.append(f"{say('profile')} {by}")
    walking = report.study.walking.profile
    facts.append(f"{say('walking_profile')} {pick(lang, walking.zh, walking.en)} ({walking.id})")
    told = (report.provenance.get("parameters") or {}).get("walking", {}).get("profile_changed")
    return " · ".join([*facts, say("walking_changed", ", ".join(told))] if told else facts)


def rows_at(report: AuditReport, level: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the findings of a level by (code of the place, rule); the city's code is empty."""
    rows = records(report, report.findings[report.findings["level"] == level])
    return {(text(row["district"]) if level != "city" else "", str(row["rule"])): row for row in rows}
