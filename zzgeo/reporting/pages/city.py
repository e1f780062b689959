"""The page of the city: scorecard of districts and rules, map of districts, where to act first, quality, provenance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from zzgeo.layers.base import number, text
from zzgeo.numbers import metres_text, number_text, people_text, share_text
from zzgeo.reporting.pages.outlines import outlines
from zzgeo.reporting.pages.page import asset, files, page
from zzgeo.reporting.told.answer import Answer, answers
from zzgeo.reporting.told.clauses import changed, clause_groups, judged_rules
from zzgeo.reporting.told.content import card
from zzgeo.reporting.told.records import table_rows
from zzgeo.reporting.told.standing import missed_by_rule
from zzgeo.reporting.told.words import rows_at, speaker
from zzgeo.vocabulary.chinese import value_zh
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, NODATA, PASS, REVIEW

if TYPE_CHECKING:
    from zzgeo.auditing.comparison import Comparison
    from zzgeo.auditing.report import AuditReport

#: Gap patches listed per rule; all of them stand in gaps.csv.
MOST_GAPS = 50

#: Up to so many districts are named on the map of the city.
MOST_NAMED = 40

CITY_SCRIPTS = ("words.js", "common.js", "clauses.js", "city.js")


def city_page(
    report: AuditReport,
    base: dict[str, Any],
    pages: dict[str, str],
    downloads: list[str],
    comparison: Comparison | None = None,
    shared: bool = False,
    answer: Answer | None = None,
) -> str:
    """Return the city's page.

    Parameters
    ----------
    report
        An audit.
    base
        What `zzgeo.reporting.told.content.frame` returns.
    pages
        File name of each district's page, by code.
    downloads
        File names offered at the foot.
    comparison
        What changed from an earlier audit.
    shared
        Whether pages share their files under ``assets/``.
    answer
        What `zzgeo.reporting.told.answer.answers` returns, where other pages need it, too.
    """
    told = _in_columns(city_data(report, pages, answer or answers(report)))
    data = {**base, **told, "downloads": downloads, "changed": changed(comparison)}
    late = files(*CITY_SCRIPTS, "boot.js")
    return page(data, asset("city.html"), files("zz.css"), [], late, "assets/" if shared else None)


def _in_columns(shown: dict[str, Any]) -> dict[str, Any]:
    """Return what the page shows with the names of its cells and of its gaps written once, not with each of them."""
    cells = [one["cells"] for one in shown["districts"]]
    heads = {"cells": _heads(cell for own in cells for cell in own.values())}
    heads["gaps"] = _heads(row for listed in shown["gaps"].values() for row in listed["rows"])
    rows = [
        {**one, "cells": {rule: list(cell.values()) for rule, cell in own.items()}}
        for one, own in zip(shown["districts"], cells, strict=True)
    ]
    gaps = {
        rule: {**listed, "rows": [list(row.values()) for row in listed["rows"]]}
        for rule, listed in shown["gaps"].items()
    }
    return {**shown, "heads": heads, "districts": rows, "gaps": gaps}


def _heads(rows: Iterable[dict[str, Any]]) -> list[str]:
    return next((list(row) for row in rows), [])


def city_data(report: AuditReport, pages: dict[str, str], answer: Answer) -> dict[str, Any]:
    """Return what the city's page shows beyond the frame."""
    cards = _cards(report, "district")
    whole = {rule: one for (_, rule), one in _cards(report, "city").items()}
    districts = report.study.districts.sort_index()
    groups = clause_groups(report)
    rows = [
        {
            "code": str(code),
            "name": text(name),
            "page": pages[str(code)],
            "cells": {rule: _brief(cards[str(code), rule]) for rule in groups["score"] if (str(code), rule) in cards},
        }
        for code, name in districts["name"].items()
    ]
    scored = set(groups["score"])
    scored_cards = [one for one in cards.values() if one["rule"] in scored]
    judged = [one for one in scored_cards if one["verdict"] in (PASS, FAIL)]
    return {
        "page": "city",
        "districts": rows,
        "city": {rule: _brief(one) for rule, one in whole.items() if one["verdict"] in JUDGED},
        "groups": groups,
        "zones": _zones(report),
        "tally": {
            PASS: people_text(sum(one["verdict"] == PASS for one in judged)),
            "judged": people_text(len(judged)),
            REVIEW: people_text(sum(one["verdict"] == REVIEW for one in scored_cards)),
            NODATA: people_text(sum(one["verdict"] == NODATA for one in scored_cards)),
        },
        "missed": _missed(report, cards),
        "answer": answer(None),
        "gaps": _first_gaps(report),
        "shapes": outlines(districts.geometry, named=len(districts) <= MOST_NAMED),
        "provenance": _provenance(report),
    }


#: What a cell of the scorecard and its tip show of a card.
_CELL = (
    "verdict",
    "value",
    "target",
    "operator",
    "unit",
    "gap",
    "gap_unit",
    "group",
    "missed",
    "missed_number",
    "part",
    "share",
    "people",
    "sensitive",
    "on_lists",
    "holding",
    "note",
)


def _brief(told: dict[str, Any]) -> dict[str, Any]:
    brief = {name: told[name] for name in _CELL}
    # the note is told where there is no value; ``bar`` is what districts are ordered by
    return {**brief, "note": None if told["value"] else told["note"], "bar": told["bar"][0]}


def _zones(report: AuditReport) -> dict[str, Any] | None:
    """Return the functional zones: a table of their own, never summed with the districts."""
    findings = report.findings[report.findings["level"] == "zone"]
    if not len(findings):
        return None
    cards = _cards(report, "zone")
    names = findings.drop_duplicates("district").set_index("district")["district_name"]
    rules = [
        rule.id for rule in report.rules if any(cards[key]["verdict"] in JUDGED for key in cards if key[1] == rule.id)
    ]
    rows = [
        {
            "name": text(name),
            "cells": {rule: _brief(cards[str(code), rule]) for rule in rules if (str(code), rule) in cards},
        }
        for code, name in names.sort_index().items()
    ]
    return {"rules": rules, "rows": rows}


def _cards(report: AuditReport, level: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {key: card(row) for key, row in rows_at(report, level).items()}


def _missed(report: AuditReport, cards: dict[tuple[str, str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the people missed per rule in the whole city, their share, and how many districts fail."""
    totals = missed_by_rule(report)
    rows: dict[str, dict[str, Any]] = {}
    for rule in judged_rules(report):
        people, missed = (number(totals.at[rule.id, name]) for name in ("people", "missed"))
        failing = sum(1 for (_, one), card_ in cards.items() if one == rule.id and card_["verdict"] == FAIL)
        rows[rule.id] = {
            "missed": people_text(missed),
            "people": people_text(people),
            "share": share_text(missed / people) if people and missed is not None else "",
            "failing": people_text(failing),
        }
    return rows


def _first_gaps(report: AuditReport) -> dict[str, dict[str, Any]]:
    listed = {}
    names = report.study.districts["name"]
    facilities = report.study.facilities["name"] if len(report.study.facilities) else {}
    plain = pd.DataFrame(report.gaps.drop(columns="geometry", errors="ignore"))
    for rule, part in plain.groupby("rule", sort=True):
        first = part.sort_values(["missed", "district", "rank"], ascending=[False, True, True], kind="stable")
        rows = []
        for row in table_rows(first.head(MOST_GAPS)):
            code, nearest = text(row["district"]), row.get("nearest_facility")
            rows.append(
                {
                    "district": code,
                    "district_name": text(names.get(code)),
                    "unit": text(row.get("unit_name")),
                    "number": number_text(number(row["rank"])),
                    "missed": people_text(number(row["missed"])),
                    "residents": people_text(number(row.get("residents"))),
                    "nearest": text(facilities.get(nearest)) or text(nearest),
                    "nearest_m": metres_text(number(row.get("nearest_m"))),
                }
            )
        listed[str(rule)] = {"rows": rows, "all": people_text(len(part))}
    return listed


#: What of the provenance has words; versions go by the names of their packages.
_PROVENANCE = ("crs", "profile", "straight_distances")
_SAID: dict[str, Callable[[str], str]] = {"zh": value_zh, "en": str}


def _provenance(report: AuditReport) -> list[dict[str, str]]:
    """Return what the audit rests on, a line each: versions and parameters that are plain values."""
    environment = report.provenance.get("environment")
    parameters = report.provenance.get("parameters")
    pairs = {"zzgeo": report.provenance.get("zzgeo"), "crs": report.study.crs.to_string()}
    for group in (environment, parameters):
        if isinstance(group, dict):
            pairs |= {str(key): value for key, value in group.items() if isinstance(value, str | int | float | bool)}
    told = {key: text(value) for key, value in pairs.items() if text(value)}
    return [
        {lang: f"{speaker(lang)(key) if key in _PROVENANCE else key} {said(value)}" for lang, said in _SAID.items()}
        for key, value in told.items()
    ]
