"""Administrative divisions: the districts a study chose, and the types of its units."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import Rejected
from zzgeo.intake.in_use import plain_names
from zzgeo.intake.rows import Rows, Step
from zzgeo.intake.values import texts
from zzgeo.spec.schema import UNITS


def chosen(codes: Sequence[str]) -> Step:
    """Return the step that keeps the districts a study chose, in its order; all of them where it chose none."""

    def step(rows: Rows) -> Rows:
        table = rows.table
        if not codes:
            return rows
        missing = [code for code in codes if code not in table.index]
        if missing:
            why, remedy = "the file has no such district", "correct codes in the study file"
            return rows.refusing("value.missing", ", ".join(missing), why, remedy)
        reason = "not among the codes the study chose"
        others = [
            Rejected(rows.file, str(code), "code", str(code), "row.not_chosen", reason)
            for code in table.index.difference(list(codes))
        ]
        return replace(rows, table=table.loc[list(codes)], rejected=(*rows.rejected, *others))

    return step


def district_codes(cells: pd.Series, districts: gpd.GeoDataFrame) -> pd.Series:
    """Return the codes of districts that are told by code or by name; what is neither stands as it is.

    Examples
    --------
    >>> towns = gpd.GeoDataFrame(index=["410105", "410102"], geometry=[None, None]).assign(name=["金水区", "中原区"])
    >>> district_codes(pd.Series(["410102", " 金水区", "金水", "410105000000", "410102.0"]), towns).tolist()
    ['410102', '410105', '金水', '410105', '410102']
    """
    names = plain_names(districts["name"])
    codes = {name: code for code, name in names[~names.duplicated(keep=False)].items() if name}
    said = texts(cells).map(_county_code, na_action="ignore")
    by_name = plain_names(said).map(codes)
    return said.where(said.isin(districts.index) | by_name.isna(), by_name).astype(object)


def _county_code(cell: str) -> str:
    """Return a code of a county without the nought a spreadsheet or the code of townships and villages adds."""
    code = re.fullmatch(r"(\d{6})(?:\.0+|0{3}|0{6})", cell)
    return code[1] if code else cell


def refuse_unknown(districts: gpd.GeoDataFrame, codes: Sequence[str]) -> None:
    """Refuse codes of districts that a study has not.

    Raises
    ------
    InputError
        ``value.unknown_code`` with the districts there are.
    """
    unknown = [code for code in codes if code not in districts.index]
    if unknown:
        remedy = "the districts are: " + ", ".join(f"{c} {n}" for c, n in districts["name"].items())
        raise InputError([Problem("value.unknown_code", ", ".join(unknown), "", "no such district", remedy)])


def typed(word: str | None) -> Step:
    """Return the step that gives every unit the type a study says of their whole file; none where it says none."""
    return lambda rows: rows if word is None else rows.with_table(rows.table.assign(type=word))


def of_type(words: Mapping[str, str]) -> Step:
    """Return the step that brings the types of units under our words; units of an unknown type are set aside."""

    def step(rows: Rows) -> Rows:
        types = rows.table["type"].map(lambda word: words.get(word, word))
        reason = "map this word in the study file: types = { … }"
        unknown = rows.table.index[~types.isin(list(UNITS.columns["type"].choices))]
        return rows.with_table(rows.table.assign(type=types)).without(
            {row: ("type", str(types[row]), "value.unparsed", reason) for row in unknown}
        )

    return step
