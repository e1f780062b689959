"""From the coordinates of a file to metres: what cannot be a place is set aside or refused, what looks odd is told."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.crs.datums import shown
from zzgeo.crs.metric import Datum, points_to_metric, to_metric
from zzgeo.crs.plausibility import implausible
from zzgeo.errors import CrsError, Problem
from zzgeo.intake import values
from zzgeo.intake.place import Fault, Placed, errors_of

#: Up to this share of rows with impossible coordinates they are set aside; beyond it the layer is refused.
MOST_SET_ASIDE = 0.5

#: Degrees with no more decimals than this are off by up to 55 m, metres rounded to hundreds by 70 m.
_FEW_DECIMALS, _COARSE_M = 3, 100.0


def place_points(placed: Placed, datum: Datum, crs: pyproj.CRS) -> None:
    """Turn the columns ``lon`` and ``lat`` into points in the metric CRS."""
    table = placed.table
    x, y = values.numbers(table["lon"]), values.numbers(table["lat"])
    placed.set_aside(_coordinate_faults(table, x, y))
    if not len(placed.table):
        _all_lost(placed)
        return
    kept = placed.table.index
    given = pd.DataFrame({"x": x.values[kept].to_numpy(), "y": y.values[kept].to_numpy()}, index=kept)
    _plausible(placed, datum, given, np.arange(len(given)))
    if errors_of(placed.problems):
        return
    placed.given = given.loc[placed.table.index]
    try:
        east, north = points_to_metric(placed.given["x"].to_numpy(), placed.given["y"].to_numpy(), datum, crs)
    except CrsError as error:
        _nowhere(placed, error)
        return
    rest = pd.DataFrame(placed.table.drop(columns=["lon", "lat"]))
    placed.table = gpd.GeoDataFrame(rest, geometry=gpd.points_from_xy(east, north), crs=crs)
    _coarse(placed, datum)


def _coordinate_faults(table: pd.DataFrame, x: values.Parsed, y: values.Parsed) -> dict[object, Fault]:
    faults: dict[object, Fault] = {}
    for parsed in (x, y):
        for row, (code, reason) in parsed.faults.items():
            name = str(parsed.values.name)
            code = "coord.nonfinite" if code == "value.nonfinite" else "coord.unparsed"
            faults[row] = (name, str(table.at[row, name]), code, reason)
    missing = x.values.isna() | y.values.isna()
    for row in table.index[missing]:
        faults.setdefault(row, ("lon, lat", "", "coord.missing", "the row has no coordinates"))
    for row in table.index[(x.values == 0) & (y.values == 0)]:
        faults[row] = ("lon, lat", "0, 0", "coord.null_island", "0, 0 stands for 'not known'")
    return faults


def _nowhere(placed: Placed, error: CrsError) -> None:
    """Refuse a layer with places the metric CRS cannot show: too far from where the others lie."""
    placed.problems += [replace(one, where=placed.file) for one in error.problems]


def _all_lost(placed: Placed) -> None:
    """Refuse a layer of which no row has a usable place, with the reasons of its rows."""
    for code in dict.fromkeys(row.code for row in placed.rejected):
        rows = [row for row in placed.rejected if row.code == code]
        value = f"{rows[0].field}={rows[0].value} and so on in {len(rows)} rows"
        placed.problems.append(
            Problem(code, placed.file, value, rows[0].reason, "no row can be placed: check the columns")
        )


def _plausible(placed: Placed, datum: Datum, given: pd.DataFrame, owner: np.ndarray) -> None:
    """Set aside the rows whose coordinates cannot be right, or refuse the layer where most of them are such.

    ``owner`` is the place in the table of the row each point belongs to: what is no point has two, its corners.
    """
    x, y = given["x"].to_numpy(), given["y"].to_numpy()
    faults: dict[object, Fault] = {}
    for one in implausible(x, y, datum):
        hit = np.unique(owner[one.points])
        if one.severity == "error" and len(hit) < MOST_SET_ASIDE * len(placed.table):
            for at in hit:
                where = np.flatnonzero(one.points & (owner == at))[0]
                value = f"{x[where]:.10g}, {y[where]:.10g}"
                faults[placed.table.index[at]] = ("lon, lat", value, one.code, f"{one.why}; {one.remedy}")
            continue
        rows = tuple(placed.row_of(label) for label in placed.table.index[hit[:1000]])
        text = shown(x, y, one.points)
        placed.problems.append(Problem(one.code, placed.file, text, one.why, one.remedy, one.severity, rows))
    for at in np.unique(owner[_in_the_other_column(x, y, datum)]):
        where = np.flatnonzero(owner == at)[0]
        why = "a coordinate looks like those the other rows have in the other column"
        faults.setdefault(
            placed.table.index[at], ("lon, lat", f"{x[where]:.10g}, {y[where]:.10g}", "coord.swapped", why)
        )
    placed.set_aside(faults)


def _in_the_other_column(x: np.ndarray, y: np.ndarray, datum: Datum) -> np.ndarray:
    """Mark points, far from the rest, with an x that is one of the rest's ys, or a y that is one of their xs."""
    none = np.zeros(len(x), dtype=bool)
    far, close = (5.0, 2.0) if datum.crs.is_geographic else (500_000.0, 200_000.0)
    mid_x, mid_y = float(np.median(x)), float(np.median(y))
    if len(x) < 4 or abs(mid_x - mid_y) < 2 * far:
        return none
    odd: np.ndarray = ((np.abs(x - mid_x) > far) & (np.abs(x - mid_y) < close)) | (
        (np.abs(y - mid_y) > far) & (np.abs(y - mid_x) < close)
    )
    return odd if odd.mean() < MOST_SET_ASIDE else none


def place_geometries(placed: Placed, datum: Datum, crs: pyproj.CRS) -> None:
    """Bring geometries into the metric CRS, flat and valid."""
    table = placed.table
    geometry = table.geometry
    faults: dict[object, Fault] = {}
    shapes = np.asarray(geometry.array)
    for row in table.index[shapely.is_missing(shapes)]:
        faults[row] = ("geometry", "", "geom.null", "the row has no geometry")
    # GEOS knows no difference between an empty point and one at NaN; JSON has no empty points
    odd_point = shapely.is_empty(shapes) & (shapely.get_type_id(shapes) == 0) & placed.file.lower().endswith("json")
    for row in table.index[odd_point]:
        faults[row] = ("geometry", "NaN", "coord.nonfinite", "a coordinate is not a finite number")
    for row in table.index[shapely.is_empty(shapes) & ~odd_point]:
        faults[row] = ("geometry", "EMPTY", "geom.empty", "the geometry is empty")
    corners = geometry.bounds.to_numpy()
    for row in table.index[~_finite_rows(geometry)]:
        faults.setdefault(row, ("geometry", "", "coord.nonfinite", "a coordinate is not a finite number"))
    _null_island(table, corners, faults)
    placed.set_aside(faults)
    if not len(placed.table):
        _all_lost(placed)
        return
    corners = placed.table.geometry.bounds.to_numpy()
    points = bool((shapely.get_type_id(np.asarray(placed.table.geometry.array)) == 0).all())
    owner = np.tile(np.arange(len(corners)), 1 if points else 2)
    both = corners[:, :2] if points else np.concatenate([corners[:, :2], corners[:, 2:]])
    _plausible(placed, datum, pd.DataFrame(both, columns=["x", "y"]), owner)
    if errors_of(placed.problems):
        return
    corners = placed.table.geometry.bounds.to_numpy()
    middle = (corners[:, :2] + corners[:, 2:]) / 2
    placed.given = pd.DataFrame(middle, columns=["x", "y"], index=placed.table.index)
    flat = np.asarray(placed.table.geometry.array)
    flat = shapely.force_2d(flat) if shapely.has_z(flat).any() else flat
    given = gpd.GeoSeries(flat, index=placed.table.index, crs=table.crs)
    attributes = pd.DataFrame(placed.table.drop(columns=table._geometry_column_name))
    try:
        placed.table = gpd.GeoDataFrame(attributes, geometry=to_metric(given, datum, crs), crs=crs)
    except CrsError as error:
        _nowhere(placed, error)
        return
    _repair(placed)
    if (placed.table.geometry.geom_type == "Point").all():
        _coarse(placed, datum)


def _finite_rows(geometry: gpd.GeoSeries) -> np.ndarray:
    """Tell which geometries have only finite coordinates (heights are not looked at); those that are null have."""
    xy, owner = shapely.get_coordinates(geometry.to_numpy(), return_index=True)
    fine = np.ones(len(geometry), dtype=bool)
    fine[owner[~np.isfinite(xy).all(axis=1)]] = False
    return fine


def _null_island(table: gpd.GeoDataFrame, corners: np.ndarray, faults: dict[object, Fault]) -> None:
    for row in table.index[(corners == 0).all(axis=1)]:
        faults.setdefault(row, ("geometry", "0, 0", "coord.null_island", "0, 0 stands for 'not known'"))


def _repair(placed: Placed) -> None:
    """Repair outlines that cross themselves; what vanishes by it is set aside, what changes is told with its area."""
    geometry = placed.table.geometry
    invalid = ~geometry.is_valid
    if not invalid.any():
        return
    reasons = sorted({str(text).split("[")[0] for text in shapely.is_valid_reason(geometry[invalid].values)})
    fixed = geometry.copy()
    fixed[invalid] = shapely.make_valid(geometry[invalid].values, method="structure", keep_collapsed=False)
    why = "the outline is not a simple one: " + ", ".join(reasons).lower()
    placed.warn("geom.invalid", invalid, "geometry", why, "draw the outline again")
    before, after = float(geometry[invalid].area.sum()), float(fixed[invalid].area.sum())
    what = f"area {before:,.0f} m² as drawn, {after:,.0f} m² repaired"
    placed.warn("geom.repaired", invalid, what, "the repaired outline is used", "check that it is the one meant")
    placed.table = placed.table.set_geometry(fixed)
    lost = fixed.is_empty
    placed.set_aside(
        dict.fromkeys(placed.table.index[lost], ("geometry", "", "geom.invalid", "nothing is left of the outline"))
    )


def _coarse(placed: Placed, datum: Datum) -> None:
    """Warn of coordinates rounded so far that a rule of 500 m cannot be judged by them."""
    if placed.given is None or len(placed.given) < 3:
        return
    xy = placed.given.to_numpy()
    unit = 10.0**-_FEW_DECIMALS if datum.crs.is_geographic else _COARSE_M
    steps = xy / unit
    rounded = np.asarray((np.abs(steps - np.round(steps)) < 1e-6).all(axis=1))
    if rounded.mean() < 0.8:
        return
    off = f"{_FEW_DECIMALS} decimals or fewer" if datum.crs.is_geographic else f"multiples of {_COARSE_M:g} m"
    why = "a place may be 50 m and more off, too much for a rule of 500 m"
    placed.warn("coord.low_precision", rounded, f"coordinates with {off}", why, "ask for the unrounded coordinates")
