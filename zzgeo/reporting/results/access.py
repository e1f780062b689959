"""The files of a result of accessibility: a page, four tables, and what was asked; and reading an earlier one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from zzgeo.accessibility import AccessChange, AccessChoices, AccessResult
from zzgeo.errors import InputError, Problem
from zzgeo.reporting.desk.tables import csv_bytes
from zzgeo.reporting.files import File
from zzgeo.reporting.pages.access import access_page
from zzgeo.reporting.pages.page import page_is_whole
from zzgeo.reporting.results.folder import ResultFolder

#: The file that says what was asked.
ASKED = "access.json"

_PLACES = "places.csv"


def write_access(result: AccessResult, out: str | Path, change: AccessChange | None, lang: str = "zh") -> list[Path]:
    """Write a result to a folder: all of its files, or none.

    ``index.html``; ``districts.csv``, ``measures.csv``, ``curve.csv``, ``places.csv`` and, with a change,
    ``change.csv``; ``access.json``: what was asked. docs/access.md tells their columns.

    Raises
    ------
    EnvironmentFault
        If the folder cannot be written; an earlier result then stands as it was.
    """
    names = {"index.html", "districts.csv", "measures.csv", "curve.csv", "change.csv", _PLACES, ASKED}

    def made(_: Path) -> Iterator[File]:
        yield "index.html", access_page(result, change, lang=lang).encode("utf-8"), page_is_whole
        tables = {
            "districts.csv": result.districts,
            "measures.csv": result.measured,
            "curve.csv": result.curve,
            _PLACES: result.places,
            **({} if change is None else {"change.csv": change.table}),
        }
        for name, table in tables.items():
            content = csv_bytes(table)
            yield name, content, content.__eq__
        told = json.dumps(asked_json(result), ensure_ascii=False, indent=1).encode("utf-8")
        yield ASKED, told, told.__eq__

    with ResultFolder(out) as folder:
        return folder.put(made, lambda _: names)


def asked_json(result: AccessResult) -> dict[str, Any]:
    """Return what was asked, of which study, and what a reader must know."""
    study = result.study
    return {
        "study": study.name,
        "as_of": study.as_of.isoformat(),
        **asdict(result.choices),
        "metres_per_second": result.metres_per_second,
        "notes": [{"zh": zh, "en": en} for zh, en in result.notes],
    }


def earlier_access(folder: Path) -> tuple[AccessChoices, pd.DataFrame]:
    """Return what an earlier result was asked, and its places.

    Raises
    ------
    InputError
        ``file.missing``, or ``file.inconsistent`` where the folder holds no result of accessibility.
    """
    try:
        told = json.loads((folder / ASKED).read_text("utf-8"))
        places = pd.read_csv(folder / _PLACES, dtype={"demand_id": str, "district": str}, encoding="utf-8-sig")
        wanted = ("kinds", "minutes", "group", "capacity", "measures", "ranked_by")
        asked: dict[str, Any] = {
            name: tuple(value) if isinstance(value := told[name], list) else value for name in wanted
        }
        columns = ["district", "people", "minutes", *asked["measures"]]
        # a cell that a spreadsheet would reckon with was written behind an apostrophe
        places["demand_id"] = places["demand_id"].str.replace(r"^'(?=[=+\-@\t\r])", "", regex=True)
        return AccessChoices(**asked), places.set_index("demand_id")[columns]
    except OSError as error:
        why, remedy = str(error.strerror), "name the folder an earlier `zzgeo access --out` wrote"
        raise InputError([Problem("file.missing", str(folder / ASKED), "", why, remedy)]) from None
    except (ValueError, KeyError, TypeError) as error:
        why, remedy = "it is no result of `zzgeo access`", "name the folder an earlier `zzgeo access --out` wrote"
        raise InputError([Problem("file.inconsistent", str(folder), str(error)[:80], why, remedy)]) from None
