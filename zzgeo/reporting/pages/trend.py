"""The page of audits side by side: the city in every edition, then the districts where people gained or lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zzgeo.auditing.trend import change_word
from zzgeo.installed import zzgeo_version
from zzgeo.numbers import people_text, value_text
from zzgeo.reporting.pages.page import asset, files, page
from zzgeo.served import CITY
from zzgeo.vocabulary.verdicts import SILENT

if TYPE_CHECKING:
    from zzgeo.auditing.trend import Trend

#: So many districts that gained or lost are listed; all of them stand in trend.csv.
MOST_MOVED = 500


def trend_page(trend: Trend, lang: str = "zh") -> str:
    """Return the page of a `Trend`: one file, which opens with no internet.

    Parameters
    ----------
    trend
        From `zzgeo.auditing.trend.trend`.
    lang
        Language the page opens in: ``"zh"`` or ``"en"``.
    """
    data = {"page": "trend", "lang": lang, "version": zzgeo_version(), **trend_data(trend)}
    return page(data, asset("city.html"), files("zz.css"), [], files("words.js", "common.js", "trend.js", "boot.js"))


def trend_data(trend: Trend) -> dict[str, Any]:
    """Return what the page shows, as plain data: verdicts and people of the city, then who gained and who lost."""
    marks = trend.table.drop_duplicates("edition").set_index("edition")["proposal"]
    moved = trend.moved()
    return {
        "as_of": "",
        "notice": {},
        "rules": [],
        "conflicts": {},
        "since": trend.editions[0] if trend.since == "first" else "",
        "editions": [{"name": one, "proposal": str(marks[one])[:12]} for one in trend.editions],
        "notes": [{"zh": zh, "en": en} for zh, en in trend.notes],
        "cities": _cities(trend),
        "moved": [_mover(row) for row in moved.head(MOST_MOVED).to_dict("records")],
        "more": len(moved) > MOST_MOVED,
    }


def _cities(trend: Trend) -> list[dict[str, Any]]:
    """Return a row a rule, with a cell for each edition; None where an edition did not judge it."""
    rows = trend.table[trend.table["level"] == CITY]
    cells = {(row["rule"], row["edition"]): _cell(row) for row in rows.to_dict("records")}
    return [
        {"title": _title(row), "cells": [cells.get((row["rule"], one)) for one in trend.editions]}
        for row in rows.drop_duplicates("rule").to_dict("records")
    ]


def _cell(row: Mapping[Any, Any]) -> dict[str, Any]:
    value = "" if row["verdict"] in SILENT else value_text(float(row["value"]), str(row["value_unit"]), float("nan"))
    return {"verdict": str(row["verdict"]), "value": value, "change": _change(row), **_people(row)}


def _mover(row: Mapping[Any, Any]) -> dict[str, Any]:
    place = str(row["district_name"] or row["district"])
    return {
        "edition": str(row["edition"]),
        "title": _title(row),
        "place": place,
        "change": _change(row),
        **_people(row),
    }


def _title(row: Mapping[Any, Any]) -> dict[str, str]:
    return {"zh": str(row["title_zh"]), "en": str(row["title_en"])}


def _change(row: Mapping[Any, Any]) -> dict[str, str]:
    change = row["change"] if isinstance(row["change"], str) else ""
    return {lang: change_word(change, lang) for lang in ("zh", "en")}


def _people(row: Mapping[Any, Any]) -> dict[str, str]:
    """Return how many gained and lost; nothing where it is nobody, or not known."""
    return {
        name: people_text(row[column]) if row[column] > 0 else ""
        for name, column in (("gained", "people_gained"), ("lost", "people_lost"))
    }
