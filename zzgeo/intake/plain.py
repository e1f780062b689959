"""Tables without geometry: indicators, whose cells are read here, and tables whose cells the rules read."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from zzgeo.intake.columns import told_of_heading
from zzgeo.intake.dates import date
from zzgeo.intake.divisions import district_codes
from zzgeo.intake.in_use import plain_names
from zzgeo.intake.rows import Fault, Rows, Step
from zzgeo.intake.values import numbers, texts
from zzgeo.vocabulary.units import (
    in_one_unit,
    quantity_of_column,
    same_unit,
    size_in_heading,
    unit_in_heading,
    value_and_unit,
)

#: How a table calls the whole city where others name a district.
_WHOLE_CITY = ("全市", "全市合计", "全市总计", "全域", "city", "wholecity")


def indicator_columns(rows: Rows) -> Rows:
    """Bring an indicator table to its five columns: no district means the whole city."""
    table = rows.table
    columns = {
        "indicator": table["indicator"],
        "district": table["district"].fillna("") if "district" in table.columns else "",
        "year": table["year"] if "year" in table.columns else float("nan"),
        "value": table["value"],
        "unit": table["unit"] if "unit" in table.columns else None,
    }
    return rows.with_table(pd.DataFrame(columns, index=table.index))


def with_units(columns: Mapping[str, str]) -> Step:
    """Return the step that takes the unit of a value from behind its number, or else from its heading.

    Where the row names a unit of its own, that holds, and another unit behind the number cannot be read.
    """
    headed = unit_in_heading(columns.get("value", ""))

    def step(rows: Rows) -> Rows:
        table = rows.table
        value = table["value"].astype(object)
        unit = texts(table["unit"]) if "unit" in table.columns else pd.Series(None, table.index, dtype=object)
        open_to_one = unit.isna()
        for row, cell in value.items():
            both = value_and_unit(cell) if isinstance(cell, str) else None
            if both and (open_to_one[row] or same_unit(both[1], unit[row])):
                value.at[row], unit.at[row] = both
        unit = unit.where(unit.notna() | value.isna(), headed or None)
        return rows.with_table(table.assign(value=value, unit=unit))

    return step


def with_values(rows: Rows) -> Rows:
    """Set aside indicators without a value."""
    table = rows.table
    fault: Fault = ("value", "", "value.missing", "an indicator needs a value")
    return rows.without(dict.fromkeys(table.index[table["value"].isna()], fault))


def with_years(rows: Rows) -> Rows:
    """Set aside values of one indicator and place that differ in one year, or while none says its year.

    Which of them holds nobody can say. 95 % and 0.95 of a share are one value; of another sort, as an area beside a
    rate, each stands for itself, but for one that names no unit: it may be of any.
    """
    table = rows.table
    units = table["unit"].astype(object).fillna("").map(str)
    amounts = [in_one_unit(value, unit) for value, unit in zip(table["value"], units, strict=True)]
    table = table.assign(
        sort=pd.Series([sort for _, sort in amounts], table.index, dtype=object),
        amount=pd.Series([amount for amount, _ in amounts], table.index, dtype=float).round(9),
    )
    sorts = table.groupby(["indicator", "district", "year"], dropna=False)["sort"]
    open_to_any = (sorts.transform("nunique") > 1) & sorts.transform(lambda one: (one == "").any()).astype(bool)
    table = table.assign(
        sort=table["sort"].mask(open_to_any, "any"), amount=table["amount"].mask(open_to_any, table["value"])
    )
    same = table.groupby(["indicator", "district", "sort"])
    undated = (same["year"].transform("count") == 0) & (same["amount"].transform("nunique") > 1)
    of_year = table.groupby(["indicator", "district", "sort", "year"])["amount"].transform("nunique") > 1
    why = "several values of this indicator and place, and none says its year"
    faults: dict[object, Fault] = dict.fromkeys(table.index[undated], ("year", "", "value.missing", why))
    why = "this indicator, place and year have another value too: which holds nobody can say"
    shown = table.index[of_year & table["year"].notna()]
    faults |= {row: ("value", f"{table.at[row, 'value']:g}", "id.duplicate", why) for row in shown}
    return rows.without(faults)


def year_cells(rows: Rows) -> Rows:
    """Read years that are written as a day, or with the word for year, as the number they are."""
    table = rows.table
    if "year" not in table.columns:
        return rows
    years = [_year_of(cell) for cell in table["year"]]
    return rows.with_table(table.assign(year=pd.Series(years, index=table.index, dtype=object)))


def _year_of(cell: object) -> object:
    if isinstance(cell, dt.date):
        return None if pd.isna(cell) else cell.year
    text = unicodedata.normalize("NFKC", cell).strip() if isinstance(cell, str) else ""
    if said := re.fullmatch(r"(\d{4})\s*年?[度末底]?", text):
        return said[1]
    if not re.search(r"[-/年]", text):
        return cell
    try:
        return date(text).year
    except ValueError:
        return cell


def of_districts(districts: gpd.GeoDataFrame) -> Step:
    """Return the step that gives indicators the code of their district, and sets aside those of another place."""

    def step(rows: Rows) -> Rows:
        code = district_codes(rows.table["district"], districts).fillna("")
        code = code.mask(plain_names(code).isin(_WHOLE_CITY), "")
        unknown = rows.table.index[(code != "") & ~code.isin(districts.index)]
        reason = "no district has this code or name"
        kept = rows.with_table(rows.table.assign(district=code))
        return kept.without({row: ("district", str(code[row]), "value.unknown_code", reason) for row in unknown})

    return step


def in_known_districts(districts: gpd.GeoDataFrame) -> Step:
    """Return the step that gives rows of a table the code of the district they name, and tells of those of another."""

    def step(rows: Rows) -> Rows:
        if "district" not in rows.table.columns:
            return rows
        code = district_codes(rows.table["district"], districts)
        unknown = code.notna() & ~code.isin(districts.index)
        shown = ", ".join(dict.fromkeys(code[unknown].head(5)))
        why = "no district of the study has this code or name: these rows count for the city alone"
        told = rows.with_table(rows.table.assign(district=code.where(code.notna(), None)))
        return told.warning("value.unknown_code", unknown, f"district: {shown}", why, "write the code of the district")

    return step


def in_units_of_headings(columns: Mapping[str, str]) -> Step:
    """Return the step that takes numbers times the unit their heading names, ``{ours: the file's}``: 面积（亩）.

    Cells that are no numbers stand as they are: the rule that reads them tells them.
    """

    def step(rows: Rows) -> Rows:
        for name, heading in columns.items():
            quantity = quantity_of_column(name)
            size = size_in_heading(heading, quantity) if quantity else 1.0
            if size == 1.0 or name not in rows.table.columns:
                continue
            cells = rows.table[name].astype(object)
            read = numbers(cells, quantity=quantity, size=size)
            known = read.values.notna() & ~cells.index.isin(list(read.faults))
            rows = told_of_heading(
                rows.with_table(rows.table.assign(**{name: cells.mask(known, read.values)})), name, heading, size
            )
        return rows

    return step


def numbered(rows: Rows) -> Rows:
    """Give the rows numbers of their own."""
    return rows.with_table(rows.table.reset_index(drop=True))
