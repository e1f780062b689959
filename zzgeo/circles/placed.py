"""The tables of living circles: a row for every place, and for every class in the city."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zzgeo.circles.basket import Basket
from zzgeo.circles.certainty import ClassLists
from zzgeo.circles.measuring import OWN
from zzgeo.circles.sums import Cells, Sums
from zzgeo.intake.study import Study
from zzgeo.served import CITY
from zzgeo.vocabulary.verdicts import FAIL, NODATA, PASS, REVIEW

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Placed:
    """What the rows of places are made of, for one group of people.

    Parameters
    ----------
    study, basket, cells
        Where, and what is asked for.
    sums
        People of every cell by limit.
    by_cell
        People ``doubted`` and ``surely_without``, shape (n_cells,) each.
    lists
        What is known of the lists of each class.
    """

    study: Study
    basket: Basket
    cells: Cells
    sums: Mapping[float | str, Sums]
    by_cell: Mapping[str, Floats]
    lists: Mapping[str, ClassLists]


def places_of(placed: Placed, group: str, *, judged: bool) -> pd.DataFrame:
    """Return the rows of every place for a group of people, the least complete first on each level.

    Parameters
    ----------
    placed
        Sums of the group.
    group
        Its id.
    judged
        Whether verdicts are given.

    Returns
    -------
    DataFrame, shape (n_places, ...)
    """
    tables = [_level(placed, level, judged=judged) for level, codes in placed.cells.codes.items() if codes]
    ordered = [table.sort_values("completeness", kind="stable", na_position="last") for table in tables]
    whole = pd.concat(ordered, ignore_index=True)
    whole.insert(5, "group", group)
    return whole


def _level(placed: Placed, level: str, *, judged: bool) -> pd.DataFrame:
    own = placed.sums[OWN]
    names = ("people", "whole", "without", "excluded", "unjudged")
    sums = {name: placed.cells.total(level, getattr(own, name)) for name in names}
    sums |= {name: placed.cells.total(level, values) for name, values in placed.by_cell.items()}
    shares = _class_shares(placed, level)
    table = pd.DataFrame(_named(placed, level) | {name: sums[name] for name in (*names, "doubted")})
    table["share_whole"], table["completeness"] = _two_shares(placed, level, own)
    weakest = shares.fillna(np.inf).to_numpy()
    place, least = weakest.argmin(axis=1), weakest.min(axis=1)
    short = least < 1.0
    table["weakest"] = np.where(short, shares.columns.to_numpy(dtype=object)[place], "")
    table["weakest_share"] = np.where(np.isfinite(least), least, np.nan)
    table["unknown"] = _unknown(placed, level, table)
    table["verdict"] = _verdicts(placed, sums, table["unknown"]) if judged else ""
    for minutes in placed.basket.times:
        whole, complete = _two_shares(placed, level, placed.sums[minutes])
        table[f"share_whole_{minutes:g}"], table[f"completeness_{minutes:g}"] = whole, complete
    missed = {f"{one}_missed": placed.cells.total(level, values) for one, values in _by_class(placed, own.missed)}
    told = {f"{name}_share": shares[name] for name in shares}
    pairs = {name: column for one in shares for name, column in _pair(one, told, missed)}
    return pd.concat([table, pd.DataFrame(pairs)], axis=1)


def _pair(one: object, shares: Mapping[str, pd.Series], missed: Mapping[str, Floats]) -> list[tuple[str, object]]:
    return [(f"{one}_share", shares[f"{one}_share"]), (f"{one}_missed", missed[f"{one}_missed"])]


def _by_class(placed: Placed, values: Floats) -> list[tuple[str, Floats]]:
    return [(one.id, row) for one, row in zip(placed.basket.classes, values, strict=True)]


def _named(placed: Placed, level: str) -> dict[str, object]:
    """Return what the places of a level are called: level, code, name, district, type."""
    study, codes = placed.study, placed.cells.codes[level]
    if level == CITY:
        return {"level": [CITY], "code": [CITY], "name": [study.name], "district": [""], "type": [""]}
    if level == "district":
        names = study.districts["name"].astype(str).tolist()
        return {"level": level, "code": codes, "name": names, "district": codes, "type": ""}
    assert study.units is not None
    units = study.units.loc[study.units.index.isin(codes)] if level != "unit" else study.units
    columns = {name: units[name].astype(str).tolist() for name in ("name", "district", "type")}
    return {"level": "unit", "code": codes, **columns}


def _two_shares(placed: Placed, level: str, sums: Sums) -> tuple[Floats, Floats]:
    """Return the share of people with the whole basket, and the share of classes within reach, of the places."""
    whole, without, reached = (placed.cells.total(level, one) for one in (sums.whole, sums.without, sums.reached))
    judged = whole + without
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(judged > 0, whole / judged, np.nan), np.where(judged > 0, reached / judged, np.nan)


def _class_shares(placed: Placed, level: str, limit: float | str = OWN) -> pd.DataFrame:
    """Return the share of people who reach each class, NaN where it is unknown or there is nobody."""
    sums, columns = placed.sums[limit], {}
    for number, one in enumerate(placed.basket.classes):
        covered, missed = (placed.cells.total(level, part[number]) for part in (sums.covered, sums.missed))
        with np.errstate(divide="ignore", invalid="ignore"):
            columns[one.id] = np.where(covered + missed > 0, covered / (covered + missed), np.nan)
    return pd.DataFrame(columns)


def _unknown(placed: Placed, level: str, table: pd.DataFrame) -> list[str]:
    """Return the classes that are unknown in each place, or in a part of it."""
    by_class = {name: lists.unknown_in for name, lists in placed.lists.items()}
    if level == CITY:
        return [";".join(name for name, codes in by_class.items() if codes)]
    in_district = {
        code: ";".join(name for name, codes in by_class.items() if code in codes)
        for code in table["district"].astype(str).unique()
    }
    return [in_district[code] for code in table["district"].astype(str)]


def _verdicts(placed: Placed, sums: Mapping[str, Floats], unknown: pd.Series) -> NDArray[np.object_]:
    """Return the verdict of each place: whether everybody asked has every class within its limit.

    It is a fail where somebody surely lacks a class, no data where a class is unknown or nobody lives, and left to a
    person where all who lack one may have it after all, where people live off every street, or rows of people were
    lost.
    """
    lost = len(placed.study.lost_people) > 0
    open_ = (sums["without"] > 0) | (sums["excluded"] > 0) | lost
    chosen = [sums["people"] <= 0, sums["surely_without"] > 0, (unknown != "").to_numpy() | (sums["unjudged"] > 0)]
    verdicts: NDArray[np.object_] = np.select(
        [*chosen, open_], np.array([NODATA, FAIL, NODATA, REVIEW], dtype=object).tolist(), PASS
    ).astype(object)
    return verdicts


def city_classes(placed: Placed, group: str) -> pd.DataFrame:
    """Return a row for every class in the whole city for a group of people.

    Returns
    -------
    DataFrame, shape (n_classes, ...)
        ``class``, ``zh``, ``en``, ``limit``, ``kinds``, ``group``, ``known``, ``covered``, ``missed``, ``not_judged``
        (off the streets, or where the class is unknown), ``share``, ``share_5`` …, ``notes_zh``, ``notes_en``.
    """
    own, people = placed.sums[OWN], float(placed.sums[OWN].people.sum())
    shares = {limit: _class_shares(placed, CITY, limit).iloc[0] for limit in placed.sums}
    rows = []
    for number, asked in enumerate(placed.basket.classes):
        covered, missed = float(own.covered[number].sum()), float(own.missed[number].sum())
        lists = placed.lists[asked.id]
        row: dict[str, object] = {"class": asked.id, "zh": asked.zh, "en": asked.en, "limit": asked.limit}
        row |= {"kinds": ";".join(asked.kinds), "group": group, "known": lists.known, "covered": covered}
        row |= {"missed": missed, "not_judged": people - covered - missed, "share": shares[OWN][asked.id]}
        row |= {f"share_{minutes:g}": shares[minutes][asked.id] for minutes in placed.basket.times}
        row |= {f"notes_{lang}": "; ".join(flag.text(lang) for flag in lists.flags) for lang in ("zh", "en")}
        rows.append(row)
    return pd.DataFrame(rows)
