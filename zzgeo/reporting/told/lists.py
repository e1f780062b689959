"""How certain the lists are that a clause rests on, in a line each: what stands on cards, in workbook and document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zzgeo.layers.base import text
from zzgeo.numbers import people_text
from zzgeo.reporting.told.words import kind_word, speaker

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: The word for how complete a list is known to be.
_COMPLETE = {"declared": "list_declared", "taken": "list_taken", "unknown": "list_unknown"}

#: A line names at most so many districts that a list covers; of more it tells the number.
_MOST_NAMED = 3


def rests_on(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the parameters of a finding say of its lists; none where it rests on none."""
    lists = params.get("lists")
    return list(lists) if isinstance(lists, list) else []


def lists_of_rules(report: AuditReport) -> dict[str, list[dict[str, str]]]:
    """Return the lines of every rule that rests on lists, ``{id: [{"zh": …, "en": …}]}``."""
    places = report.findings[report.findings["level"] != "unit"]
    names = {str(code): text(name) for code, name in report.study.districts["name"].items()}
    lines: dict[str, list[dict[str, str]]] = {}
    for rule, params in zip(places["rule"], places["params"], strict=True):
        if rule not in lines and (lists := rests_on(params)):
            lines[rule] = [{lang: list_line(one, names, lang) for lang in ("zh", "en")} for one in lists]
    return lines


def list_line(known: Mapping[str, Any], names: Mapping[str, str], lang: str) -> str:
    """Return what is known of a list (`zzgeo.intake.lists.FacilityList.certainty`) in a line.

    Parameters
    ----------
    names
        Names of the districts by code.

    Examples
    --------
    >>> known = {"file": "a.csv", "kinds": ["park"], "complete": "taken", "districts": None, "dated": None,
    ...          "newest_opening": "2010-01-01", "stale": True, "rows_lost": 2}
    >>> list_line(known, {}, "zh")
    'a.csv（公园绿地）：按齐全计 · 覆盖全部区县 · 最新开办2010-01-01，陈旧 · 未能使用2条'
    >>> list_line(known, {}, "en")
    'a.csv (park or green space): taken as complete · all districts · newest opening 2010-01-01, old · rows lost: 2'
    """
    say = speaker(lang)
    kinds = ("、" if lang == "zh" else ", ").join(kind_word(kind, lang) for kind in known["kinds"])
    parts = [say(_COMPLETE[known["complete"]]), _districts(known["districts"], names, lang), _day(known, lang)]
    parts.append(say("list_rows_lost", people_text(known["rows_lost"])))
    before = f"{known['file']}（{kinds}）：" if lang == "zh" else f"{known['file']} ({kinds}): "
    return before + " · ".join(parts)


def _districts(codes: list[str] | None, names: Mapping[str, str], lang: str) -> str:
    say = speaker(lang)
    if codes is None:
        return say("list_all_districts")
    if len(codes) > _MOST_NAMED:
        return say("list_districts", len(codes))
    return say("list_only", ("、" if lang == "zh" else ", ").join(names.get(code) or code for code in codes))


def _day(known: Mapping[str, Any], lang: str) -> str:
    say = speaker(lang)
    if known["dated"]:
        day = say("list_dated", known["dated"])
    else:
        day = say("list_newest", known["newest_opening"]) if known["newest_opening"] else say("list_undated")
    return day + (say("list_stale") if known["stale"] else "")
