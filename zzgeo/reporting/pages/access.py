"""The page of accessibility: districts on a map and in a table, every measure, people by minutes, who gained."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from zzgeo.accessibility import AccessChange, AccessResult, measures
from zzgeo.installed import zzgeo_version
from zzgeo.numbers import number_text, people_text, share_text
from zzgeo.reporting.pages.outlines import outlines
from zzgeo.reporting.pages.page import asset, files, page
from zzgeo.served import CITY
from zzgeo.spec.kinds import KINDS
from zzgeo.vocabulary.people import group_name

#: Up to so many districts are named on the map.
MOST_NAMED = 40

#: Minutes between rows of the table beside the curve; every minute stands in curve.csv.
TABLE_STEP = 5


def access_page(result: AccessResult, change: AccessChange | None = None, *, lang: str = "zh") -> str:
    """Return the page of a result: one file, which opens with no internet.

    Parameters
    ----------
    result
        From `zzgeo.accessibility.measure_access`.
    change
        Who gained and who lost since an earlier result.
    lang
        Language the page opens in: ``"zh"`` or ``"en"``.
    """
    data = {"page": "access", "lang": lang, "version": zzgeo_version(), **access_data(result, change)}
    scripts = files("words.js", "common.js", "access.js", "boot.js")
    return page(data, asset("city.html"), files("zz.css"), [], scripts)


def access_data(result: AccessResult, change: AccessChange | None = None) -> dict[str, Any]:
    """Return what the page shows, as plain data; numbers are texts already, but for those a colour or line stands for.

    Every row of a district begins with its name; the city's comes last.
    """
    study, choices = result.study, result.choices
    zh, en = group_name(choices.group)
    districts = result.districts.reset_index()
    capacity = choices.capacity if isinstance(choices.capacity, str) or choices.capacity != 1 else ""
    return {
        "place": {"zh": study.name, "en": study.name_en or study.name},
        "as_of": study.as_of.isoformat(),
        "notice": dict(study.notice),
        "rules": [],
        "conflicts": {},
        "kinds": [{"zh": KINDS[one].zh, "en": KINDS[one].en} for one in choices.kinds],
        "group": {"zh": zh, "en": en},
        "minutes": number_text(choices.minutes),
        "speed": number_text(result.metres_per_second),
        "capacity": str(capacity),
        "notes": [{"zh": zh, "en": en} for zh, en in result.notes],
        "districts": [_district(row) for row in districts.to_dict("records")],
        "shapes": outlines(study.districts.geometry, named=len(study.districts) <= MOST_NAMED),
        "measures": [_measure(name, result) for name in choices.measures],
        "evenness": [
            {"id": one.id, "zh": one.label_zh, "en": one.label_en, "source": one.source}
            for one in measures().values()
            if one.id in result.measured.columns
        ],
        "curve": _curve(result),
        "change": None if change is None else _change(result, change),
    }


def _district(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "code": str(row["district"]),
        "name": str(row["name"]),
        "city": row["district"] == CITY,
        "cells": [
            *(people_text(row[name]) for name in ("people", "within", "beyond", "excluded")),
            share_text(row["share"]) or "–",
            _minutes_text(row["median_minutes"]),
        ],
        "share": _plain(row["share"]),
        "median": _plain(row["median_minutes"]),
    }


def _minutes_text(minutes: float) -> str:
    return "inf" if math.isinf(minutes) else number_text(round(minutes, 1)) or "–"


def _plain(value: float) -> float | None:
    """Return a number that JSON has; an infinite way is none, and the table says that it is."""
    return float(value) if math.isfinite(value) else None


def _measure(name: str, result: AccessResult) -> dict[str, Any]:
    measure = measures()[name]
    rows = result.measured[result.measured["measure"] == name].set_index("district")
    evenness = [one for one in measures() if one in rows.columns]
    return {
        "id": name,
        "zh": measure.label_zh,
        "en": measure.label_en,
        "source": measure.source,
        "means": {str(code): _plain(value) for code, value in rows["mean"].items()},
        "rows": {
            str(code): [number_text(row["mean"]) or "–", *(number_text(row[one]) or "–" for one in evenness)]
            for code, row in rows.iterrows()
        },
    }


def _curve(result: AccessResult) -> dict[str, Any]:
    city = result.curve[result.curve["district"] == CITY]
    rows = city[city["minute"] % TABLE_STEP == 0]
    return {
        "shares": [_plain(one) for one in city["share"]],
        "rows": [
            [number_text(row["minute"]), people_text(row["people"]), share_text(row["share"]) or "–"]
            for row in rows.to_dict("records")
        ],
    }


def _change(result: AccessResult, change: AccessChange) -> dict[str, Any]:
    names = result.districts["name"]
    return {
        "gone": people_text(change.gone) if change.gone else "",
        "rows": [_changed(row, names) for row in change.table.to_dict("records")],
    }


def _changed(row: dict[Any, Any], names: pd.Series) -> dict[str, Any]:
    measure = measures().get(row["measure"])
    columns = ("gained", "lost", "better", "worse", "same", "unknown")
    return {
        "measure": None if measure is None else {"zh": measure.label_zh, "en": measure.label_en},
        "name": str(names.get(row["district"], row["district"])),
        "city": row["district"] == CITY,
        "cells": [people_text(row[one]) or "–" for one in columns],
    }
