"""The page of living circles: what each block lacks on a map, and tables of classes, places and groups of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.circles.living import lacked
from zzgeo.circles.measuring import OWN, Bits, View
from zzgeo.installed import zzgeo_version
from zzgeo.layers.base import number, text
from zzgeo.layers.parts.packing import Projector, pack
from zzgeo.numbers import number_text, people_text, share_text
from zzgeo.reporting.pages.page import asset, files, page
from zzgeo.reporting.pages.wording import chained
from zzgeo.served import CITY
from zzgeo.vocabulary.people import POPULATION_GROUPS

if TYPE_CHECKING:
    from zzgeo.circles import LivingCircles

#: So many places are drawn; more are put together where they lie near each other and lack the same.
MOST_DRAWN = 60_000

#: So many minutes are told on the page; of more places the files tell them.
MOST_MINUTES = 600_000

#: So many places of a level stand in the table; all stand in the file.
MOST_PLACES = 200

#: Metres that outlines are simplified by.
_TOLERANCE_M = 30.0

SCRIPTS = ("words.js", "common.js", "shapes.js", "canvas.js", "circles.js", "boot.js")


def circles_page(circles: LivingCircles, lang: str, downloads: list[str]) -> str:
    """Return the page of living circles.

    Parameters
    ----------
    circles
        What was found.
    lang
        The language it opens in: ``"zh"`` or ``"en"``.
    downloads
        Names of the files that stand beside it.
    """
    data = {**_frame(circles, lang), **_tables(circles), **_map(circles), "downloads": downloads}
    styles, scripts = files("leaflet.css", "zz.css", "circles.css"), files("leaflet.js")
    return page(data, asset("circles.html"), styles, scripts, files(*SCRIPTS))


def _frame(circles: LivingCircles, lang: str) -> dict[str, Any]:
    study, basket = circles.study, circles.basket
    return {
        "lang": lang,
        "page": "circles",
        "place": {"zh": text(study.name), "en": text(study.name_en) or text(study.name)},
        "as_of": study.as_of.isoformat(),
        "profile": "",
        "notice": {key: text(value) for key, value in dict(study.notice).items()},
        "approval": text(study.approval),
        "rules": [],
        "version": zzgeo_version(),
        "basket": {"title": {"zh": basket.zh, "en": basket.en}, "source": basket.source},
        "verified": "" if basket.verified_on is None else basket.verified_on.isoformat(),
        "flags": [{one: flag.text(one) for one in ("zh", "en")} for flag in circles.flags],
    }


def _tables(circles: LivingCircles) -> dict[str, Any]:
    basket, places = circles.basket, circles.places
    notes = circles.classes.drop_duplicates("class").set_index("class")
    numbers = {one.id: place for place, one in enumerate(basket.classes)}
    listed = {str(level): part.head(MOST_PLACES).to_dict("records") for level, part in places.groupby("level")}
    counted = places["level"].value_counts()
    return {
        "times": [f"{minutes:g}" for minutes in basket.times],
        "classes": [
            {
                "label": {"zh": asked.zh, "en": asked.en},
                "limit": asked.limit,
                "minutes": "" if asked.minutes is None else number_text(asked.minutes),
                "notes": {lang: text(notes.at[asked.id, f"notes_{lang}"]) for lang in ("zh", "en")},
            }
            for asked in basket.classes
        ],
        "class_rows": _class_rows(circles, numbers),
        "places": {
            level: {"all": int(counted[level]), "rows": [_place(row, numbers) for row in rows]}
            for level, rows in listed.items()
        },
        "ages": [
            {"group": row["group"], "speed": f"{circles.study.walking.speed(row['group']):g}"} | _place(row, numbers)
            for row in circles.by_group[circles.by_group["level"] == CITY].to_dict("records")
        ],
    }


def _class_rows(circles: LivingCircles, numbers: dict[str, int]) -> dict[str, list[dict[str, Any]]]:
    """Return the classes by group, each group's weakest first."""
    columns = ["share", *(f"share_{minutes:g}" for minutes in circles.basket.times)]
    rows = {}
    for group, part in circles.classes.groupby("group", sort=False):
        ordered = part.sort_values("share", kind="stable", na_position="last")
        rows[str(group)] = [
            {
                "number": numbers[row["class"]],
                "shares": [share_text(number(row[name])) for name in columns],
                "missed": people_text(row["missed"]),
            }
            for row in ordered.to_dict("records")
        ]
    return rows


def _place(row: dict[Any, Any], numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "name": text(row["name"]),
        **{name: people_text(row[name]) for name in ("people", "without", "excluded", "doubted")},
        "complete": share_text(number(row["completeness"])),
        "whole": share_text(number(row["share_whole"])),
        "weakest": numbers.get(row["weakest"], -1),
        "weakest_share": share_text(number(row["weakest_share"])),
        "unknown": [numbers[name] for name in row["unknown"].split(";") if name],
        "verdict": row["verdict"],
    }


def _map(circles: LivingCircles) -> dict[str, Any]:
    """Return the points of the map, what each lacks in every view, and the outlines of the districts."""
    study = circles.study
    xy = shapely.get_coordinates(study.demand.geometry.to_numpy())
    every = len(xy) <= MOST_DRAWN
    shown: list[View] = [*circles.measured.reached] if every else [(OWN, circles.groups[0])]
    held = [name for name in POPULATION_GROUPS if name in study.demand.columns]
    ordered = [*circles.groups, *(name for name in held if name not in circles.groups)]
    rows, of, cell_m = _drawn(circles, xy)
    sets, views = _views(circles, shown, rows)
    people = {name: _people(study.demand[name], of, len(rows)) for name in held}
    unknown = ~circles.measured.known[rows] & np.uint64((1 << len(circles.basket.classes)) - 1)
    which, unknown_sets = pd.factorize(unknown)
    projector = Projector(study.crs)
    outlines = projector.areas(study.districts.geometry.to_numpy(), _TOLERANCE_M)
    return {
        "xy": pack([projector.quantised(xy[rows])])[0],
        "grid": 1,
        "merged_m": "" if every else f"{cell_m:g}",
        "groups": [_group(one) for one in ordered],
        "sets": sets,
        "views": views,
        "unknown_sets": [_numbers(one) for one in unknown_sets],
        "unknown": which.tolist(),
        "people": people,
        "minutes": _minutes(circles, rows),
        **_names(circles, rows),
        "outlines": chained(outlines),
        "bounds": study.districts.to_crs("EPSG:4326").total_bounds.round(6).tolist(),
    }


def _group(group: str) -> dict[str, Any]:
    return {"id": group, "label": dict(zip(("zh", "en"), POPULATION_GROUPS[group], strict=True))}


def _drawn(circles: LivingCircles, xy: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp], float]:
    """Return the row that stands for each point drawn, the point drawn of each row, and how wide a cell is, in metres.

    Up to `MOST_DRAWN` places are drawn one by one; of more, those in a cell of the map that lack the same are one.
    """
    if len(xy) <= MOST_DRAWN:
        return np.arange(len(xy)), np.arange(len(xy)), 0.0
    bits = _missing(circles, (OWN, circles.groups[0]))
    alike = pd.factorize(bits ^ (circles.measured.known << np.uint64(1)))[0]
    cell_m = 25.0
    while True:
        column, row = np.floor((xy - xy.min(axis=0)) / cell_m).astype(np.int64).T
        of, keys = pd.factorize((row * (column.max() + 1) + column) * (alike.max() + 1) + alike)
        if len(keys) <= MOST_DRAWN or cell_m > 5000:
            first = np.full(len(keys), -1)
            first[of[::-1]] = np.arange(len(of))[::-1]
            return first, of, cell_m
        cell_m *= 2


#: What stands for a place off every street.
_OFF = np.uint64(1 << 63)


def _missing(circles: LivingCircles, view: View) -> Bits:
    """Return the classes each place lacks in a view; `_OFF` where it stands off every street."""
    found = circles.measured
    missing = lacked(found, view[1]) if view[0] == OWN else found.known & ~found.reached[view]
    return np.where(found.on_streets, missing, _OFF)


def _views(
    circles: LivingCircles, shown: list[View], rows: NDArray[np.intp]
) -> tuple[list[list[int]], list[dict[str, Any]]]:
    """Return the sets of classes that are lacked somewhere, and by view the number of the set of every point."""
    limits = [OWN, *circles.basket.times]
    bits = np.concatenate([_missing(circles, view)[rows] for view in shown])
    code, sets = pd.factorize(bits)
    numbered = np.array([-1 if one == _OFF else place for place, one in enumerate(sets)])
    parts = np.split(numbered[code], len(shown))
    views = [
        {"limit": limits.index(limit), "group": group, "of": part.tolist()}
        for (limit, group), part in zip(shown, parts, strict=True)
    ]
    return [[] if one == _OFF else _numbers(one) for one in sets], views


def _numbers(bits: Any) -> list[int]:
    value = int(bits)
    return [place for place in range(value.bit_length()) if value >> place & 1]


def _people(column: pd.Series, of: NDArray[np.intp], drawn: int) -> list[str]:
    heads = np.nan_to_num(column.to_numpy(dtype=float), nan=0.0)
    return [people_text(value) for value in np.bincount(of, heads, drawn).tolist()]


def _minutes(circles: LivingCircles, rows: NDArray[np.intp]) -> list[list[int | None]] | None:
    """Return the minutes to each class, rounded up; None unknown, -1 where no walk leads; none of too many places."""
    if len(rows) < len(circles.blocks) or len(rows) * len(circles.basket.classes) > MOST_MINUTES:
        return None
    columns: list[list[int | None]] = []
    for one in circles.basket.classes:
        walk = circles.measured.minutes[one.id]
        whole = np.ceil(np.where(np.isinf(walk), -1.0, walk) - 1e-6)
        columns.append([None if value != value else int(value) for value in whole.tolist()])
    return columns


def _names(circles: LivingCircles, rows: NDArray[np.intp]) -> dict[str, Any]:
    """Return the names of the units, or districts, that the points stand in."""
    study = circles.study
    home = study.demand["district"].astype(str).map(study.districts["name"].astype(str))
    if study.units is not None and "unit" in study.demand.columns:
        unit = study.demand["unit"].map(study.units["name"].astype(str))
        home = unit.where(unit.notna(), home)
    code, names = pd.factorize(home.iloc[rows])
    return {"names": [*(text(one) for one in names), ""], "place_of": np.where(code < 0, len(names), code).tolist()}
