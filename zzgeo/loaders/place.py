"""The steps every layer goes through: columns named, values parsed, coordinates placed in the study's metric CRS.

Whatever cannot be used leaves with its row, field, value and reason; nothing leaves silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.crs import Datum, area_of_use_problems, out_of_range, parse_datum, points_to_metric, to_metric
from zzgeo.errors import InputError, Problem
from zzgeo.loaders import values
from zzgeo.loaders.base import RawLayer, Rejected
from zzgeo.schema import Contract


@dataclass
class Placed:
    """A layer on its way into the study: the rows still in, the rows set aside, what was found."""

    table: gpd.GeoDataFrame
    file: str
    rows_read: int
    datum: str
    rejected: list[Rejected] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: dict[object, object] = field(default_factory=dict)

    def set_aside(self, faults: Mapping[object, tuple[str, str, str, str]]) -> None:
        """Take rows out; ``faults`` is {label: (field, value, code, reason)}; the list names the row in the file."""
        for label, (name, value, code, reason) in faults.items():
            row = self.rows.get(label, label)
            self.rejected.append(Rejected(self.file, str(row), name, value, code, reason))
        self.table = self.table[~self.table.index.isin(list(faults))]


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


def _coordinate_faults(
    table: pd.DataFrame, x: values.Parsed, y: values.Parsed
) -> dict[object, tuple[str, str, str, str]]:
    faults: dict[object, tuple[str, str, str, str]] = {}
    for parsed in (x, y):
        for row, (code, reason) in parsed.faults.items():
            name = str(parsed.values.name)
            code = "coord.nonfinite" if code == "value.nonfinite" else "coord.unparsed"
            faults[row] = (name, str(table.at[row, name]), code, reason)
    missing = x.values.isna() | y.values.isna()
    for row in table.index[missing]:
        faults.setdefault(row, ("lon, lat", "", "coord.missing", "the row has no coordinates"))
    null_island = (x.values == 0) & (y.values == 0)
    for row in table.index[null_island]:
        faults[row] = ("lon, lat", "0, 0", "coord.null_island", "0, 0 stands for 'not known'")
    return faults


def _points(placed: Placed, datum: Datum, crs: pyproj.CRS) -> None:
    table = placed.table
    x, y = values.numbers(table["lon"]), values.numbers(table["lat"])
    faults = _coordinate_faults(table, x, y)
    good = ~table.index.isin(list(faults))
    easting, northing = x.values[good].to_numpy(), y.values[good].to_numpy()
    placed.problems += area_of_use_problems(easting, northing, datum, placed.file)
    if any(problem.severity == "error" for problem in placed.problems):
        wrong = out_of_range(easting, northing, datum)
        if 0 < wrong.sum() < 0.2 * max(1, len(wrong)):
            # a few bad rows do not condemn the layer: they are set aside and the rest is asked again
            rows = table.index[good][wrong]
            reason = "no place on earth has these coordinates"
            for row in rows:
                shown = f"{table.at[row, 'lon']}, {table.at[row, 'lat']}"
                faults[row] = ("lon, lat", shown, "coord.out_of_range", reason)
            good = ~table.index.isin(list(faults))
            easting, northing = x.values[good].to_numpy(), y.values[good].to_numpy()
            placed.problems = area_of_use_problems(easting, northing, datum, placed.file)
    placed.set_aside(faults)
    if any(problem.severity == "error" for problem in placed.problems):
        return
    east, north = points_to_metric(easting, northing, datum, crs)
    kept = pd.DataFrame(placed.table.drop(columns=["lon", "lat"]))
    placed.table = gpd.GeoDataFrame(kept, geometry=gpd.points_from_xy(east, north), crs=crs)


def _geometries(placed: Placed, datum: Datum, crs: pyproj.CRS) -> None:
    table = placed.table
    geometry = table.geometry
    faults: dict[object, tuple[str, str, str, str]] = {}
    for row in table.index[geometry.isna() | geometry.is_empty]:
        faults[row] = ("geometry", "", "geom.null", "the row has no geometry")
    corners = geometry.bounds.to_numpy()
    for row in table.index[~np.isfinite(corners).all(axis=1)]:
        faults.setdefault(row, ("geometry", "", "coord.nonfinite", "a coordinate is not a finite number"))
    placed.set_aside(faults)
    corners = placed.table.geometry.bounds.to_numpy()
    if len(corners):
        xs, ys = corners[:, [0, 2]].ravel(), corners[:, [1, 3]].ravel()
        placed.problems += area_of_use_problems(xs, ys, datum, placed.file)
    if any(problem.severity == "error" for problem in placed.problems):
        return
    flat = gpd.GeoSeries(shapely.force_2d(placed.table.geometry.values), index=placed.table.index, crs=table.crs)
    attributes = pd.DataFrame(placed.table.drop(columns=table._geometry_column_name))
    placed.table = gpd.GeoDataFrame(attributes, geometry=to_metric(flat, datum, crs), crs=crs)
    _repair(placed)


def _repair(placed: Placed) -> None:
    geometry = placed.table.geometry
    invalid = ~geometry.is_valid
    if not invalid.any():
        return
    fixed = geometry.copy()
    fixed[invalid] = shapely.make_valid(geometry[invalid].values, method="structure", keep_collapsed=False)
    placed.table = placed.table.set_geometry(fixed)
    lost = float((geometry.area - fixed.area)[invalid].abs().sum())
    rows = ", ".join(str(row) for row in placed.table.index[invalid][:5])
    value = f"{int(invalid.sum())} rows ({rows}); area changed by {lost:.0f} m²"
    why = "the outline crosses itself"
    placed.problems.append(Problem("geom.repaired", placed.file, value, why, "check the outline", "warning"))


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
    where = raw.file
    table, problems = renamed(raw, columns, where)
    placed = Placed(table, where, raw.rows_read, "", list(raw.rejected), [*raw.notes, *problems])
    if not len(table):
        why = "the layer has no rows"
        placed.problems.append(Problem("layer.empty", where, "rows=0", why, "send the layer again"))
    try:
        datum = layer_datum(raw, declared, where)
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
    if any(problem.severity == "error" for problem in placed.problems):
        return placed
    if spatial:
        _geometries(placed, datum, crs)
    else:
        _points(placed, datum, crs)
    if not any(problem.severity == "error" for problem in placed.problems):
        parse_columns(placed, contract)
    return placed


def parse_columns(placed: Placed, contract: Contract) -> None:
    """Parse the columns of a contract that the layer has; rows with a bad value are set aside."""
    faults: dict[object, tuple[str, str, str, str]] = {}
    table = placed.table.copy()
    for name, column in contract.columns.items():
        if name not in table.columns:
            continue
        if column.kind == "number":
            parsed = values.numbers(table[name], minimum=column.minimum)
        elif column.kind == "date":
            parsed = values.dates(table[name])
        else:
            parsed = values.Parsed(values.texts(table[name]), {})
        for row, (code, reason) in parsed.faults.items():
            faults.setdefault(row, (name, str(table.at[row, name]), code, reason))
        table[name] = parsed.values
    placed.table = table
    placed.set_aside(faults)


def index_by(placed: Placed, name: str, prefix: str = "") -> None:
    """Make a column the index; rows without an id get one from their place, a repeated id is set aside."""
    table = placed.table
    if name in table.columns:
        ids = values.texts(table[name])
        blank = ids.isna()
        ids[blank] = [f"{prefix}{row}" for row in table.index[blank]]
    else:
        ids = pd.Series([f"{prefix}{row}" for row in table.index], index=table.index, dtype=object)
    first = dict(zip(ids[::-1], ids.index[::-1], strict=True))
    again = ids.duplicated(keep="first")
    reason = "this id stands on row {} already"
    faults: dict[object, tuple[str, str, str, str]] = {
        row: (name, str(ids[row]), "id.duplicate", reason.format(first[ids[row]])) for row in table.index[again]
    }
    placed.set_aside(faults)
    kept = ids[~again]
    placed.rows = dict(zip(kept, kept.index, strict=True))
    placed.table = placed.table.drop(columns=[name], errors="ignore").set_axis(pd.Index(kept, name=name), axis=0)


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Return only the problems that stop the work."""
    return [problem for problem in problems if problem.severity == "error"]
