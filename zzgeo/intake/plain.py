"""Tables without geometry (indicators, registers, projects), and functional zones, which are judged apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import RawLayer, Rejected
from zzgeo.intake import values
from zzgeo.intake.place import errors_of, index_by, place_layer, renamed
from zzgeo.intake.tables import Built, Entry, read_input
from zzgeo.spec.schema import DISTRICTS
from zzgeo.spec.study_file import (
    DistrictsSpec,
    InputSpec,
    TableSpec,
)

#: What an indicator table holds: an indicator's id, the district's code (empty: the whole city), year, value, unit.
INDICATOR_COLUMNS = ("indicator", "district", "year", "value", "unit")


def zone_layer(folder: Path, spec: DistrictsSpec, crs: pyproj.CRS) -> Built:
    """Build the functional zones: like districts, judged in a table of their own and never summed with them."""
    raw = _raw(spec, folder, "zones")
    placed = place_layer(raw, DISTRICTS, spec.columns, spec.datum, crs)
    for name in ("code", "name"):
        if not errors_of(placed.problems) and name not in placed.table.columns:
            remedy = f'name it in the study file: columns = {{ {name} = "…" }}'
            why = "zones need this column"
            placed.problems.append(Problem("schema.missing_column", placed.file, name, why, remedy))
    if not errors_of(placed.problems):
        index_by(placed, "code")
    entry = (
        "zones", raw.file, raw.sha256, raw.rows_read, len(placed.table), len(placed.rejected), placed.datum, "",
    )  # fmt: skip
    return Built(placed.table, placed.problems, placed.rejected, [] if errors_of(placed.problems) else [entry])


def plain_tables(
    folder: Path, indicators: InputSpec | None, tables: Sequence[TableSpec], districts: gpd.GeoDataFrame
) -> Built:
    """Read ``[indicators]`` and every ``[[tables]]``; ``plain`` holds them by id, indicators under "indicators"."""
    whole = Built(gpd.GeoDataFrame())
    if indicators is not None:
        _take(whole, "indicators", lambda: _indicators(folder, indicators, districts))
    for spec in tables:
        _take(whole, spec.id, lambda spec=spec: _table(folder, spec))
    return whole


def _take(whole: Built, name: str, read: object) -> None:
    assert callable(read)
    try:
        raw, table, rejected, problems = read()
    except InputError as error:
        whole.problems += error.problems
        return
    whole.problems += problems
    whole.rejected += rejected
    if not errors_of(problems):
        entry: Entry = (name, raw.file, raw.sha256, raw.rows_read, len(table), len(rejected), "", "")
        whole.inputs.append(entry)
        whole.plain[name] = table


_Read = tuple[RawLayer, pd.DataFrame, list[Rejected], list[Problem]]


def _raw(spec: InputSpec, folder: Path, role: str) -> RawLayer:
    raw = read_input(spec, folder, role).raw
    assert raw is not None
    return raw


def _table(folder: Path, spec: TableSpec) -> _Read:
    """Read a table as text cells; the rule that uses it parses the columns it knows."""
    raw = _raw(spec, folder, "tables")
    table, problems = renamed(raw, spec.columns, raw.file)
    plain = pd.DataFrame(table.drop(columns=["geometry"], errors="ignore"))
    return raw, plain, list(raw.rejected), [*raw.notes, *problems]


def _indicators(folder: Path, spec: InputSpec, districts: gpd.GeoDataFrame) -> _Read:
    raw = _raw(spec, folder, "indicators")
    table, problems = renamed(raw, spec.columns, raw.file)
    for name in ("indicator", "value"):
        if name not in table.columns and not problems:
            remedy = f'name it in the study file: columns = {{ {name} = "…" }}'
            problems.append(Problem("schema.missing_column", raw.file, name, "indicators need this column", remedy))
    if errors_of(problems):
        return raw, pd.DataFrame(), list(raw.rejected), [*raw.notes, *problems]
    parsed = values.numbers(table["value"])
    year = values.numbers(table["year"]) if "year" in table.columns else None
    columns = {
        "indicator": values.texts(table["indicator"]),
        "district": values.texts(table["district"]).fillna("") if "district" in table.columns else "",
        "year": year.values if year is not None else float("nan"),
        "value": parsed.values,
        "unit": values.texts(table["unit"]) if "unit" in table.columns else None,
    }
    plain = pd.DataFrame(columns, index=table.index)
    faults = {row: ("value", str(table.at[row, "value"]), *told) for row, told in parsed.faults.items()}
    for row in plain.index[plain["value"].isna()]:
        faults.setdefault(row, ("value", "", "value.missing", "an indicator needs a value"))
    unknown = (plain["district"] != "") & ~plain["district"].isin(districts.index)
    for row in plain.index[unknown]:
        faults[row] = ("district", str(plain.at[row, "district"]), "value.unknown_code", "no district has this code")
    rejected = [Rejected(raw.file, str(row), *told) for row, told in faults.items()]
    kept = plain[~plain.index.isin(list(faults))].reset_index(drop=True)
    return raw, kept, [*raw.rejected, *rejected], [*raw.notes, *problems]
