"""The page over all studies of a batch: clause by clause, ranked, mapped, what changed, who failed and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.layers.base import number, text
from zzgeo.numbers import people_text, share_text, value_text
from zzgeo.reporting.pages.outlines import outlines
from zzgeo.reporting.pages.page import asset, files, page
from zzgeo.reporting.told.counties import (
    BatchTables,
    Changes,
    cells,
    changes,
    names_of,
    over_time,
    rules_of,
    unfinished,
)
from zzgeo.vocabulary.chinese import line_zh
from zzgeo.vocabulary.states import STATES
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, LOOKS, NODATA, PASS

OVERVIEW_SCRIPTS = ("words.js", "common.js", "overview.js")

#: Up to so many counties are named on the map.
MOST_NAMED = 40

#: Counties whose verdict changed that are listed; all of them are in the data set.
MOST_MOVED = 300


def overview_page(
    batch: BatchTables, earlier: Sequence[BatchTables] = (), *, lang: str = "zh", version: str = ""
) -> str:
    """Return the page over all studies of a batch: one file, which opens with no internet.

    Parameters
    ----------
    batch
        What the batch found.
    earlier
        What earlier batches found, oldest first: the last is compared with, and from two on there is a trend.
    lang
        Language the page opens in: ``"zh"`` or ``"en"``.
    version
        The version of zzgeo, printed at the foot.

    Returns
    -------
    str
        The page.
    """
    data = {"page": "overview", "lang": lang, "version": version, **overview_data(batch, earlier)}
    return page(data, asset("city.html"), files("zz.css"), [], files(*OVERVIEW_SCRIPTS, "boot.js"))


def overview_data(batch: BatchTables, earlier: Sequence[BatchTables] = ()) -> dict[str, Any]:
    """Return what the page shows, as plain data."""
    table = cells(batch.findings)
    rules = rules_of(batch.findings)
    before = [cells(one.findings) for one in earlier]
    editions = dict(zip(_names([*earlier, batch]), [*before, table], strict=True))
    return {
        "place": {"zh": batch.name, "en": batch.name},
        "as_of": _days(batch.studies),
        "notice": {},
        "rules": [_rule(str(rule), row) for rule, row in zip(rules.index, rules.to_dict("records"), strict=True)],
        "conflicts": {},
        "verdicts": list(LOOKS),
        "tallied": [*JUDGED, NODATA],
        "counties": _counties(batch.studies, table, list(rules.index)),
        "unfinished": _unfinished(batch.studies),
        "shapes": _shapes(batch.districts),
        "changes": _changes(changes(before[-1], table), list(rules.index), batch, earlier[-1]) if earlier else None,
        "trend": _trend(editions, list(rules.index)) if len(editions) > 2 else [],
    }


def _names(batches: Sequence[BatchTables]) -> list[str]:
    """Return a name for each batch, none twice."""
    names = [one.name for one in batches]
    return [name if names.count(name) == 1 else f"{name} ({at})" for at, name in enumerate(names, start=1)]


def _days(studies: pd.DataFrame) -> str:
    """Return the day the data of all studies are of, or the first and the last."""
    days = sorted({text(day) for day in studies["as_of"] if text(day)})
    return " – ".join(dict.fromkeys([days[0], days[-1]])) if days else "–"


def _rule(rule: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": rule,
        "title": {"zh": text(row["title_zh"]), "en": text(row["title_en"])},
        "document": text(row["document"]),
        "section": text(row["section"]),
        "clause": text(row["clause"]),
        "group": text(row["group"]),
        "conflicts": [],
    }


def _counties(studies: pd.DataFrame, table: pd.DataFrame, rules: list[str]) -> list[dict[str, Any]]:
    """Return a row a study with a result: its name, its page, and a short list for each clause it judged."""
    places = {rule: at for at, rule in enumerate(rules)}
    marks = {verdict: at for at, verdict in enumerate(LOOKS)}
    by_study: dict[str, dict[int, list[Any]]] = {}
    for (study, rule), row in zip(table.index, table.to_dict("records"), strict=True):
        if rule in places:
            by_study.setdefault(study, {})[places[rule]] = _cell(row, marks)
    return [
        {
            "id": str(study),
            "name": text(row["name"]) or str(study),
            "page": text(row["front"]),
            "day": text(row["as_of"]),
            "aside": int(number(row["set_aside"]) or 0),
            "warned": int(number(row["warnings"]) or 0),
            "cells": by_study[str(study)],
        }
        for study, row in zip(studies.index, studies.to_dict("records"), strict=True)
        if str(study) in by_study
    ]


def _cell(row: dict[Any, Any], marks: Mapping[str, int]) -> list[Any]:
    """Return a cell, in the order overview.js names its parts."""
    value = value_text(number(row["value"]), text(row["value_unit"]), number(row["threshold"]))
    target = value_text(number(row["threshold"]), text(row["value_unit"]))
    missed, people = number(row["missed"]), number(row["people"])
    return [
        marks[text(row["verdict"])],
        value,
        f"{text(row['operator'])} {target}".strip() if target else "",
        None if missed is None else round(missed),
        None if people is None else round(people),
        int(bool(row["sensitive"])),
        row["failing"],
        row["districts"],
        int(row["partial"]),
    ]


def _unfinished(studies: pd.DataFrame) -> list[dict[str, Any]]:
    rows = unfinished(studies)
    return [
        {"name": text(row["name"]) or str(study), "state": _pair(text(row["state"])), "why": _why(text(row["message"]))}
        for study, row in zip(rows.index, rows.to_dict("records"), strict=True)
    ]


def _why(message: str) -> dict[str, str]:
    return {"zh": line_zh(message), "en": message}


def _pair(state: str) -> dict[str, str]:
    return dict(zip(("zh", "en"), STATES.get(state, (state, state)), strict=True))


def _shapes(districts: gpd.GeoDataFrame) -> dict[str, Any] | None:
    """Return an outline for each study, of all its districts together."""
    drawn = districts[~(districts.geometry.is_empty | districts.geometry.isna())]
    if not len(drawn):
        return None
    # each outline is simpler than the next: together they need not be valid
    whole = drawn.geometry.make_valid().groupby(drawn["study"]).agg(lambda parts: shapely.union_all(parts.to_numpy()))
    areas = whole.map(_area)
    middle = float(np.deg2rad(shapely.total_bounds(areas.to_numpy())[[1, 3]].mean()))
    return outlines(areas, named=len(areas) <= MOST_NAMED, ratio=float(np.cos(middle)), near=0.0005)


def _area(shape: Any) -> Any:
    """Return what of a shape has an area."""
    return shapely.multipolygons([one for one in shapely.get_parts(shape) if shapely.get_type_id(one) == 3])


def _changes(changed: Changes, order: list[str], batch: BatchTables, earlier: BatchTables) -> dict[str, Any]:
    moved = changed.moved.assign(size=changed.moved["more"].abs()).sort_values("size", ascending=False, kind="stable")
    names = {str(study): text(name) or str(study) for study, name in batch.studies["name"].items()}
    return {
        "since": earlier.name,
        "rules": [
            {
                "rule": str(rule),
                "met": int(row["newly_met"]),
                "failing": int(row["newly_failing"]),
                "before": people_text(number(row["before"])),
                "after": people_text(number(row["after"])),
            }
            for rule, row in changed.rules.reindex([one for one in order if one in changed.rules.index])
            .to_dict("index")
            .items()
        ],
        "moved": [
            {
                "rule": str(rule),
                "name": names[str(study)],
                "verdicts": [text(row["verdict_before"]), text(row["verdict_after"])],
                "missed": [people_text(number(row[f"missed_{side}"])) for side in ("before", "after")],
            }
            for (study, rule), row in zip(moved.index[:MOST_MOVED], moved[:MOST_MOVED].to_dict("records"), strict=True)
        ],
        "all": len(moved),
        "new": names_of(batch.studies, changed.new),
        "gone": names_of(earlier.studies, changed.gone),
    }


def _trend(editions: dict[str, pd.DataFrame], order: list[str]) -> list[dict[str, Any]]:
    table = over_time(editions)
    return [
        {
            "rule": str(rule),
            "counties": int(part["counties"].iloc[0]),
            "editions": [
                {
                    "name": str(row["edition"]),
                    PASS: int(row[PASS]),
                    FAIL: int(row[FAIL]),
                    "share": share_text(row[PASS] / row["counties"]),
                    "missed": people_text(number(row["missed"])),
                }
                for row in part.to_dict("records")
            ],
        }
        for rule, part in sorted(
            table.groupby("rule"), key=lambda one: order.index(str(one[0])) if one[0] in order else -1
        )
    ]
