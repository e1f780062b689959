"""The steps every layer goes through: columns named, values parsed, coordinates placed in the study's metric CRS.

Whatever cannot be used leaves with its row, field, value and reason; nothing leaves silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.crs.metric import Datum, parse_datum
from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import RawLayer, Rejected
from zzgeo.intake import values
from zzgeo.spec.schema import (
    FACILITIES,
    Column,
    Contract,
    rows_named,
)
from zzgeo.vocabulary.units import size_in_heading

#: What is wrong with one row: field, value, code, reason.
Fault = tuple[str, str, str, str]

#: A warning names at most so many rows; the number of all of them stands in its value.
MOST_ROWS = 1_000


@dataclass
class Placed:
    """A layer on its way into the study: the rows still in, the rows set aside, what was found.

    ``given`` holds the coordinates as the file has them (of an area, the middle of its bounds), by row of the file.
    """

    table: gpd.GeoDataFrame
    file: str
    rows_read: int
    datum: str
    rejected: list[Rejected] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: dict[object, object] | None = None
    given: pd.DataFrame | None = None
    read_as: Datum | None = None

    def row_of(self, label: object) -> str:
        """Return the row of the file a label of the table stands for."""
        return str(label if self.rows is None else self.rows.get(label, label))

    def set_aside(self, faults: Mapping[object, Fault]) -> None:
        """Take rows out; ``faults`` is {label: (field, value, code, reason)}; the list names the row in the file."""
        if not faults:
            return
        for label, (name, value, code, reason) in faults.items():
            self.rejected.append(Rejected(self.file, self.row_of(label), name, value, code, reason))
        self.table = self.table[~self.table.index.isin(list(faults))]

    def warn(self, code: str, mask: np.ndarray | pd.Series, what: str, why: str, remedy: str) -> None:
        """Tell of rows that are used all the same; nothing is said where the mask holds none."""
        mask = np.asarray(mask, dtype=bool)
        count = int(mask.sum())
        if count == 0:
            return
        labels = self.table.index[mask][:MOST_ROWS]
        rows = tuple(self.row_of(label) for label in labels)
        shown = ", ".join(rows[:5]) + (f" and {count - 5} more" if count > 5 else "")
        value = f"{what}: {count} of {len(mask)} rows ({shown})"
        self.problems.append(Problem(code, self.file, value, why, remedy, "warning", rows))


def layer_datum(raw: RawLayer, declared: str | None, where: str) -> Datum:
    """Return the datum of a layer: what the study declares, checked against what the file says of itself.

    Raises
    ------
    CrsError, InputError
        ``crs.missing`` where nobody says it, ``crs.mismatch`` where file and study disagree.
    """
    if declared is None and raw.crs is not None and (raw.crs.is_projected or raw.extra.get("datum_known")):
        return parse_datum(raw.crs.to_string(), where)
    if declared is None:
        remedy = 'say datum = "EPSG:4547", "GCJ-02", "BD-09" or "EPSG:4326" for this layer in study.toml'
        why = "the datum is unknown" if raw.crs is None else "degrees may be WGS84 or GCJ-02: only you know"
        raise InputError([Problem("crs.missing", where, "no datum", why, remedy)])
    datum = parse_datum(declared, where)
    if raw.crs is not None and raw.crs.is_projected and not raw.crs.equals(datum.crs, ignore_axis_order=True):
        remedy = "correct the datum in study.toml, or the file's CRS"
        why = f"the file says {raw.crs.name}"
        raise InputError([Problem("crs.mismatch", where, f"datum = {declared}", why, remedy)])
    return datum


def renamed(raw: RawLayer, columns: Mapping[str, str], where: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the table under our column names, and a problem for each column the file does not have."""
    problems = []
    for name, theirs in columns.items():
        if theirs not in raw.table.columns:
            remedy = "the columns are: " + ", ".join(map(str, raw.table.columns[:30]))
            problems.append(Problem("schema.missing_column", where, theirs, f"the study reads {name} from it", remedy))
    present = {theirs: name for name, theirs in columns.items() if theirs in raw.table.columns}
    geometry = raw.table._geometry_column_name if isinstance(raw.table, gpd.GeoDataFrame) else None
    # a column of theirs that happens to bear one of our names must not be mistaken for a mapped one
    clash = [c for c in raw.table.columns if c in present.values() and c not in present and c != geometry]
    return raw.table.drop(columns=clash).rename(columns=present), problems


def place_layer(
    raw: RawLayer, contract: Contract, columns: Mapping[str, str], declared: str | None, crs: pyproj.CRS
) -> Placed:
    """Bring a raw layer under our names and into the metric CRS; rows that cannot be used are set aside.

    Returns
    -------
    Placed
        ``table`` on the file's rows with ``geometry`` in `crs`; ``problems`` may hold errors, then ``table`` is not
        to be used.
    """
    from zzgeo.intake.coordinates import place_geometries, place_points

    where = raw.file
    table, problems = renamed(raw, columns, where)
    placed = Placed(table, where, raw.rows_read, "", list(raw.rejected), [*raw.notes, *problems])
    if not len(table):
        why = "the layer has no rows" if not raw.rejected else "no row of the layer can be used"
        placed.problems.append(Problem("layer.empty", where, "rows=0", why, "send the layer again"))
    try:
        placed.read_as = datum = layer_datum(raw, declared, where)
    except InputError as error:
        placed.problems += error.problems
        return placed
    placed.datum = datum.name
    spatial = isinstance(table, gpd.GeoDataFrame)
    if not spatial and not {"lon", "lat"} <= set(table.columns):
        if not problems:
            remedy = 'name them in the study file: columns = { lon = "经度", lat = "纬度" }'
            placed.problems.append(Problem("schema.missing_column", where, "lon, lat", "places are needed", remedy))
        return placed
    if errors_of(placed.problems):
        return placed
    if contract is FACILITIES:
        _set_repeated_rows_aside(placed)
    if spatial:
        place_geometries(placed, datum, crs)
    else:
        place_points(placed, datum, crs)
    if not errors_of(placed.problems):
        parse_columns(placed, contract, columns)
    return placed


def _set_repeated_rows_aside(placed: Placed) -> None:
    """Set aside rows that repeat an earlier one in every column: their beds would be counted twice."""
    table = placed.table
    plain = pd.DataFrame(table)
    if isinstance(table, gpd.GeoDataFrame):
        plain = plain.assign(**{table._geometry_column_name: shapely.to_wkb(np.asarray(table.geometry.array))})
    try:
        again = plain.duplicated(keep="first")
    except TypeError:  # cells that hold lists
        again = plain.map(str).duplicated(keep="first")
    shown = str(table.columns[0])
    reason = "the row repeats an earlier one in every column"
    placed.set_aside({row: (shown, str(table.at[row, shown]), "row.duplicate", reason) for row in table.index[again]})


def parse_columns(placed: Placed, contract: Contract, headings: Mapping[str, str] = MappingProxyType({})) -> None:
    """Parse the columns of a contract that the layer has; rows with a bad value are set aside, odd ones are told.

    ``headings`` are the file's own: the unit one names holds for cells that name none.
    """
    faults: dict[object, Fault] = {}
    table = placed.table.copy()
    parsed_columns = {}
    for name, column in contract.columns.items():
        if name not in table.columns:
            continue
        heading = headings.get(name, "")
        size = size_in_heading(heading, column.quantity) if column.quantity else 1.0
        parsed = _parsed(table[name], column, size)
        for row, (code, reason) in parsed.faults.items():
            faults.setdefault(row, (name, str(table.at[row, name]), code, reason))
        parsed_columns[name] = parsed
        if size != 1.0:
            what = f"{name}: numbers of {heading!r} taken times {size:.10g}"
            why, remedy = "the heading names a unit", "nothing to do if the unit is right"
            placed.warn("value.reformatted", parsed.values.notna(), what, why, remedy)
    original = table
    placed.table = table.assign(**{name: parsed.values for name, parsed in parsed_columns.items()})
    placed.set_aside(faults)
    for name, parsed in parsed_columns.items():
        _tell(placed, name, parsed, contract.columns[name], original[name])


def _parsed(cells: pd.Series, column: Column, size: float) -> values.Parsed:
    if column.kind == "number":
        return values.numbers(
            cells, minimum=column.minimum, maximum=column.maximum, quantity=column.quantity, size=size
        )
    return values.dates(cells) if column.kind == "date" else values.Parsed(values.texts(cells), {})


def _tell(placed: Placed, name: str, parsed: values.Parsed, column: Column, original: pd.Series) -> None:
    """Warn of cells that were read although they are no plain numbers, are empty, or hold odd characters."""
    index = placed.table.index
    if parsed.reformatted:
        odd = index.isin(list(parsed.reformatted))
        if odd.any():
            first = index[odd][0]
            what = f"{name}: {parsed.reformatted[first]!r} read as {parsed.values[first]:.10g}"
            why = "separators, full-width digits, 万 or units were taken into account"
            placed.warn("value.reformatted", odd, what, why, "nothing to do if the numbers are right")
    if column.told:
        why = "counted as unknown, never as 0"
        placed.warn("value.missing", placed.table[name].isna(), f"{name} empty", why, "fill it in if you know it")
    if column.kind == "text":
        for code, mask in values.text_flags(placed.table[name]).items():
            placed.warn(code, mask, name, _TEXT_WHY[code], "check the text; it is kept as it is")


_TEXT_WHY = {
    "value.control_char": "the text holds control characters",
    "value.unicode_suspicious": "the text holds characters one cannot see, or letters put together from parts",
    "value.too_long": f"a spreadsheet cell shows no more than {values.LONGEST_TEXT:,} characters",
}


def index_by(placed: Placed, name: str, prefix: str = "", *, refuse_repeated: bool = False) -> None:
    """Make a column the index; rows without an id get one from their place, a repeated id is set aside, or refused."""
    table = placed.table
    if name in table.columns:
        ids = values.texts(table[name])
        blank = ids.isna()
        if blank.any():
            ids[blank] = [f"{prefix}{row}" for row in table.index[blank]]
    else:
        ids = pd.Series([f"{prefix}{row}" for row in table.index], index=table.index, dtype=object)
    again = ids.duplicated(keep="first")
    if again.any() and refuse_repeated:
        value = f"{name}={ids[again].iloc[0]} at {rows_named(ids.isin(ids[again]), ids)}"
        why, remedy = "an id must stand on one row only", "give every row its own id"
        rows = tuple(str(row) for row in ids.index[ids.isin(ids[again])])
        placed.problems.append(Problem("id.duplicate", placed.file, value, why, remedy, rows=rows))
        return
    if again.any():
        first = dict(zip(ids[~again], ids.index[~again], strict=True))
        placed.set_aside(
            {
                row: (name, str(ids[row]), "id.duplicate", f"this id stands on row {first[ids[row]]} already")
                for row in table.index[again]
            }
        )
    kept = ids[~again]
    placed.rows = dict(zip(kept.to_numpy(dtype=object).tolist(), kept.index.tolist(), strict=True))
    placed.table = placed.table.drop(columns=[name], errors="ignore").set_axis(pd.Index(kept, name=name), axis=0)


def needs(placed: Placed, columns: Sequence[str], layer: str) -> None:
    """Add a problem for each column a layer cannot do without."""
    for name in columns:
        if name not in placed.table.columns:
            remedy = f'name it in the study file: columns = {{ {name} = "…" }}'
            placed.problems.append(
                Problem("schema.missing_column", placed.file, name, f"{layer} need this column", remedy)
            )


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Return only the problems that stop the work."""
    return [problem for problem in problems if problem.severity == "error"]
