"""Tables without geometry: indicators, whose cells are read here, and tables whose cells the rules read."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from zzgeo.intake.rows import Fault, Rows, Step


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


def with_values(rows: Rows) -> Rows:
    """Set aside indicators without a value."""
    table = rows.table
    fault: Fault = ("value", "", "value.missing", "an indicator needs a value")
    return rows.without(dict.fromkeys(table.index[table["value"].isna()], fault))


def with_years(rows: Rows) -> Rows:
    """Set aside values of one indicator and place that differ while none says its year: which holds nobody can say."""
    table = rows.table
    same = table.assign(unit=table["unit"].astype(object).fillna("")).groupby(["indicator", "district", "unit"])
    open_choice = (same["year"].transform("count") == 0) & (same["value"].transform("nunique") > 1)
    fault: Fault = ("year", "", "value.missing", "several values of this indicator and place, and none says its year")
    return rows.without(dict.fromkeys(table.index[open_choice], fault))


def of_districts(districts: gpd.GeoDataFrame) -> Step:
    """Return the step that sets aside indicators of a district the study does not have."""

    def step(rows: Rows) -> Rows:
        code = rows.table["district"]
        unknown = rows.table.index[(code != "") & ~code.isin(districts.index)]
        reason = "no district has this code"
        return rows.without({row: ("district", str(code[row]), "value.unknown_code", reason) for row in unknown})

    return step


def numbered(rows: Rows) -> Rows:
    """Give the rows numbers of their own."""
    return rows.with_table(rows.table.reset_index(drop=True))
