"""Whether a verdict holds under other assumptions, in a sentence per finding: other walkers, speeds, places moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zzgeo.layers.base import text
from zzgeo.numbers import people_text
from zzgeo.spec.walking_profile import SHIPPED, walking_profile
from zzgeo.vocabulary.verdicts import LOOKS

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: What stands before the readings of a kind.
_BEFORE = {"zh": {"profile": "换用", "speed": "步速"}, "en": {"profile": "under ", "speed": "at "}}


def holding_sentences(report: AuditReport) -> dict[tuple[str, str, str], dict[str, str]]:
    """Return by (rule, level, code of the district) whether a verdict holds, in ``zh`` and ``en``; {} if not computed.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
    >>> report = report.with_sensitivity(report.sensitivity(profiles=["accessible"], speeds=[0.8, 2.0], draws=5))
    >>> told = holding_sentences(report)["zz14-claim-15min-health-circle", "district", "E"]
    >>> for sentence in told["zh"].split("；"):
    ...     print(sentence)
    换用无障碍步行规则，结论不变
    步速0.8米/秒，结论不变
    步速2米/秒，结论变为达标
    位置误差10米，5次抽样中5次结论不变，0人时而覆盖时而未覆盖
    >>> for sentence in told["en"].split("; "):
    ...     print(sentence)
    the verdict holds under Step-free
    it holds at 0.8 m/s
    at 2 m/s it turns to “meets it”
    with places off by 10 m it holds in 5 of 5 draws, 0 people being covered in some and missed in others
    """
    if report.readings is None:
        return {}
    draws = int(report.readings.attrs.get("draws", 0))
    groups = report.readings.groupby(["rule", "level", report.readings["district"].fillna("").map(text)], sort=False)
    return {
        (str(rule), str(level), str(district)): {lang: _sentence(rows, draws, lang) for lang in ("zh", "en")}
        for (rule, level, district), rows in groups
    }


def _sentence(rows: pd.DataFrame, draws: int, lang: str) -> str:
    parts = [part for kind in _BEFORE[lang] for part in _others(rows[rows["kind"] == kind], kind, lang)]
    parts += [_error(row, draws, lang) for _, row in rows[rows["kind"] == "error"].iterrows()]
    if lang == "zh":
        return "；".join(parts)
    return "; ".join(parts).replace("it holds", "the verdict holds", 1)


def _others(rows: pd.DataFrame, kind: str, lang: str) -> list[str]:
    """Say which readings of a kind keep the verdict, and what the others come to."""
    before = _BEFORE[lang][kind]
    held = rows["holds"].astype(bool)
    groups = [("", rows[held])] if held.any() else []
    groups += [(str(verdict), part) for verdict, part in rows[~held].groupby("verdict", sort=False)]
    parts = []
    for verdict, part in groups:
        names = [_named(kind, str(reading), lang) for reading in part["reading"]]
        if lang == "zh":
            parts.append(f"{before}{'、'.join(names)}，结论" + (f"变为{LOOKS[verdict].zh}" if verdict else "不变"))
        elif verdict:
            parts.append(f"{before}{', '.join(names)} it turns to “{LOOKS[verdict].en}”")
        else:
            parts.append(f"it holds {before}{', '.join(names)}")
    return parts


def _named(kind: str, reading: str, lang: str) -> str:
    if kind != "profile":
        return reading.replace(" m/s", "米/秒") if lang == "zh" else reading
    if reading not in SHIPPED:
        return reading
    profile = walking_profile(reading)
    return profile.zh if lang == "zh" else profile.en


def _error(row: pd.Series, draws: int, lang: str) -> str:
    held, people = round(float(row["draws_holding"]) * draws), people_text(float(row["people_turning"]))
    reading = str(row["reading"])
    if lang == "zh":
        metres = reading.replace(" m", "米")
        return f"位置误差{metres}，{draws}次抽样中{held}次结论不变，{people}人时而覆盖时而未覆盖"
    many = f"{people} people being covered in some and missed in others"
    return f"with places off by {reading} it holds in {held} of {draws} draws, {many}"
