"""From the coordinates of a file to metres: what cannot be a place is set aside or refused, what looks odd is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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
from zzgeo.intake.coordinate_cells import coordinates, looks_packed
from zzgeo.intake.rows import MOST_ROWS, Fault, Rows, Step, through

#: Up to this share of rows with impossible coordinates they are set aside; beyond it the layer is refused.
MOST_SET_ASIDE = 0.5

#: Degrees with no more decimals than this are off by up to 55 m, metres rounded to hundreds by 70 m.
_FEW_DECIMALS, _COARSE_M = 3, 100.0


def in_metres(crs: pyproj.CRS) -> Step:
    """Return the step that brings a layer into the metric CRS: places of its own, or columns ``lon`` and ``lat``."""
    steps = (usable_places, plausible_places, moved_to(crs), repaired, told_if_coarse)
    return lambda rows: through(rows, steps)


def usable_places(rows: Rows) -> Rows:
    """Set aside the rows that have no place at all."""
    table = rows.table
    if isinstance(table, gpd.GeoDataFrame):
        return _some_left(rows.without(_shape_faults(table, rows.file)))
    x, y = coordinates(table["lon"], "lon"), coordinates(table["lat"], "lat")
    assert rows.datum is not None
    if rows.datum.crs.is_geographic and looks_packed(x.values, y.values):
        value = f"{x.values.iloc[0]:.10g}, {y.values.iloc[0]:.10g}"
        why = "all look like degrees, minutes and seconds without their signs (113.394681 for 113°39'46.81\")"
        return rows.refusing("coord.unparsed", value, why, "write decimal degrees, or degrees with their signs")
    kept = _some_left(rows.without(_number_faults(table, x, y)))
    index = kept.table.index
    given = {"x": x.values[index].to_numpy(), "y": y.values[index].to_numpy()}
    return replace(kept, given=pd.DataFrame(given, index=index))


def _number_faults(table: pd.DataFrame, x: values.Parsed, y: values.Parsed) -> dict[object, Fault]:
    faults: dict[object, Fault] = {}
    for parsed in (x, y):
        for row, (code, reason) in parsed.faults.items():
            name = str(parsed.values.name)
            if not code.startswith("coord."):
                code = "coord.nonfinite" if code == "value.nonfinite" else "coord.unparsed"
            faults[row] = (name, str(table.at[row, name]), code, reason)
    missing = x.values.isna() | y.values.isna()
    for row in table.index[missing]:
        faults.setdefault(row, ("lon, lat", "", "coord.missing", "the row has no coordinates"))
    for row in table.index[(x.values == 0) & (y.values == 0)]:
        faults[row] = ("lon, lat", "0, 0", "coord.null_island", "0, 0 stands for 'not known'")
    return faults


def _shape_faults(table: gpd.GeoDataFrame, file: str) -> dict[object, Fault]:
    faults: dict[object, Fault] = {}
    shapes = np.asarray(table.geometry.array)
    for row in table.index[shapely.is_missing(shapes)]:
        faults[row] = ("geometry", "", "geom.null", "the row has no geometry")
    # GEOS knows no difference between an empty point and one at NaN; JSON has no empty points
    odd_point = shapely.is_empty(shapes) & (shapely.get_type_id(shapes) == 0) & file.lower().endswith("json")
    for row in table.index[odd_point]:
        faults[row] = ("geometry", "NaN", "coord.nonfinite", "a coordinate is not a finite number")
    for row in table.index[shapely.is_empty(shapes) & ~odd_point]:
        faults[row] = ("geometry", "EMPTY", "geom.empty", "the geometry is empty")
    for row in table.index[~_finite_rows(shapes)]:
        faults.setdefault(row, ("geometry", "", "coord.nonfinite", "a coordinate is not a finite number"))
    for row in table.index[(table.geometry.bounds.to_numpy() == 0).all(axis=1)]:
        faults.setdefault(row, ("geometry", "0, 0", "coord.null_island", "0, 0 stands for 'not known'"))
    return faults


def _finite_rows(shapes: Any) -> np.ndarray:
    """Tell which geometries have only finite coordinates (heights are not looked at); those that are null have."""
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    fine = np.ones(len(shapes), dtype=bool)
    fine[owner[~np.isfinite(xy).all(axis=1)]] = False
    return fine


def _some_left(rows: Rows) -> Rows:
    """Refuse a layer of which no row has a usable place, with the reasons of its rows."""
    if len(rows.table):
        return rows
    problems = []
    for code in dict.fromkeys(row.code for row in rows.rejected):
        aside = [row for row in rows.rejected if row.code == code]
        value = f"{aside[0].field}={aside[0].value} and so on in {len(aside)} rows"
        problems.append(Problem(code, rows.file, value, aside[0].reason, "no row can be placed: check the columns"))
    return rows.telling(*problems)


def plausible_places(rows: Rows) -> Rows:
    """Set aside the rows whose coordinates cannot be right, or refuse the layer where most of them are such."""
    assert rows.datum is not None
    corners = _corners(rows)
    owner = np.tile(np.arange(len(rows.table)), len(corners) // len(rows.table))
    x, y = corners.T
    faults: dict[object, Fault] = {}
    problems = []
    for doubt in implausible(x, y, rows.datum):
        hit = np.unique(owner[doubt.points])
        if doubt.severity == "error" and len(hit) < MOST_SET_ASIDE * len(rows.table):
            for place in hit:
                where = np.flatnonzero(doubt.points & (owner == place))[0]
                reason = f"{doubt.why}; {doubt.remedy}"
                faults[rows.table.index[place]] = ("lon, lat", _shown(x[where], y[where]), doubt.code, reason)
            continue
        labels = tuple(str(rows.row_of(label)) for label in rows.table.index[hit[:MOST_ROWS]])
        text = shown(x, y, doubt.points)
        problems.append(Problem(doubt.code, rows.file, text, doubt.why, doubt.remedy, doubt.severity, labels))
    for place in np.unique(owner[_in_the_other_column(x, y, rows.datum)]):
        where = np.flatnonzero(owner == place)[0]
        why = "a coordinate looks like those the other rows have in the other column"
        faults.setdefault(rows.table.index[place], ("lon, lat", _shown(x[where], y[where]), "coord.swapped", why))
    kept = rows.telling(*problems).without(faults)
    return kept if kept.refused else replace(kept, given=_given(kept))


def _shown(x: float, y: float) -> str:
    return f"{x:.10g}, {y:.10g}"


def _corners(rows: Rows) -> np.ndarray:
    """Return the places of all rows in their order, shape (n_rows, 2); of what is no point, the two of its bounds."""
    if rows.given is not None:
        return rows.given.to_numpy()
    bounds = rows.table.geometry.bounds.to_numpy()
    return bounds[:, :2] if _all_points(rows.table.geometry) else np.concatenate([bounds[:, :2], bounds[:, 2:]])


def _all_points(shapes: gpd.GeoSeries) -> bool:
    return bool((shapely.get_type_id(np.asarray(shapes.array)) == 0).all())


def _given(rows: Rows) -> pd.DataFrame:
    """Return the coordinates of each row as the file has them, of an area the middle of its bounds."""
    if rows.given is not None:
        kept: pd.DataFrame = rows.given.loc[rows.table.index]
        return kept
    bounds = rows.table.geometry.bounds.to_numpy()
    return pd.DataFrame((bounds[:, :2] + bounds[:, 2:]) / 2, columns=["x", "y"], index=rows.table.index)


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


def moved_to(crs: pyproj.CRS) -> Step:
    """Return the step that moves places into the metric CRS, or refuses those it cannot show: too far from the rest."""

    def step(rows: Rows) -> Rows:
        try:
            return rows.with_table(_moved(rows, crs))
        except CrsError as error:
            return rows.telling(*(replace(problem, where=rows.file) for problem in error.problems))

    return step


def _moved(rows: Rows, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    table = rows.table
    assert rows.datum is not None
    assert rows.given is not None
    if not isinstance(table, gpd.GeoDataFrame):
        east, north = points_to_metric(rows.given["x"].to_numpy(), rows.given["y"].to_numpy(), rows.datum, crs)
        points = gpd.points_from_xy(east, north)
        return gpd.GeoDataFrame(pd.DataFrame(table.drop(columns=["lon", "lat"])), geometry=points, crs=crs)
    shapes = np.asarray(table.geometry.array)
    flat = shapely.force_2d(shapes) if shapely.has_z(shapes).any() else shapes
    given = gpd.GeoSeries(flat, index=table.index, crs=table.crs)
    attributes = pd.DataFrame(table.drop(columns=table._geometry_column_name))
    return gpd.GeoDataFrame(attributes, geometry=to_metric(given, rows.datum, crs), crs=crs)


def repaired(rows: Rows) -> Rows:
    """Repair outlines that cross themselves; what vanishes by it is set aside, what changes is told with its area."""
    geometry = rows.table.geometry
    if _all_points(geometry):
        return rows
    invalid = ~geometry.is_valid
    if not invalid.any():
        return rows
    reasons = sorted({str(text).split("[")[0] for text in shapely.is_valid_reason(geometry[invalid].values)})
    fixed = geometry.copy()
    fixed[invalid] = shapely.make_valid(geometry[invalid].values, method="structure", keep_collapsed=False)
    why = "the outline is not a simple one: " + ", ".join(reasons).lower()
    rows = rows.warning("geom.invalid", invalid, "geometry", why, "draw the outline again")
    before, after = float(geometry[invalid].area.sum()), float(fixed[invalid].area.sum())
    what = f"area {before:,.0f} m² as drawn, {after:,.0f} m² repaired"
    rows = rows.warning(
        "geom.repaired", invalid, what, "the repaired outline is used", "check that it is the one meant"
    )
    lost = rows.table.index[fixed.is_empty]
    faults = dict.fromkeys(lost, ("geometry", "", "geom.invalid", "nothing is left of the outline"))
    return rows.with_table(rows.table.set_geometry(fixed)).without(faults)


def told_if_coarse(rows: Rows) -> Rows:
    """Warn of points rounded so far that a rule of 500 m cannot be judged by them."""
    if rows.given is None or len(rows.given) < 3 or not _all_points(rows.table.geometry):
        return rows
    assert rows.datum is not None
    degrees = rows.datum.crs.is_geographic
    steps = rows.given.to_numpy() / (10.0**-_FEW_DECIMALS if degrees else _COARSE_M)
    rounded = np.asarray((np.abs(steps - np.round(steps)) < 1e-6).all(axis=1))
    if rounded.mean() < 0.8:
        return rows
    off = f"{_FEW_DECIMALS} decimals or fewer" if degrees else f"multiples of {_COARSE_M:g} m"
    why = "a place may be 50 m and more off, too much for a rule of 500 m"
    remedy = "ask for the unrounded coordinates"
    return rows.warning("coord.low_precision", rounded, f"coordinates with {off}", why, remedy)
