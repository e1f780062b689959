"""Demand from population rasters: the people of every cell, shared among the districts by exact area."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from zzgeo.crs.metric import Datum, points_to_metric
from zzgeo.crs.steps import moved
from zzgeo.errors import ConservationError, CrsError, InputError, Problem
from zzgeo.formats.parts.base import RawLayer, Rejected, checked_path, file_sha256, refuse
from zzgeo.formats.raster import Grid, Largest, Raster, opened, tiles
from zzgeo.intake.account import Account
from zzgeo.intake.cells import Shares, shares
from zzgeo.intake.claims import layer_datum
from zzgeo.intake.location import locate
from zzgeo.intake.lost_people import lost_cells
from zzgeo.intake.people import OUTSIDE_TOLD
from zzgeo.intake.tables import Built, joined, taken
from zzgeo.intake.totals import totals_problems
from zzgeo.spec.study_file import DemandSpec
from zzgeo.vocabulary.people import HOME_UNITS

#: More cells with people than this are a province, not a study.
_MAX_PIECES = 10_000_000

#: Negative cells are set aside one by one; so many are a "no data" value that the file does not declare.
_MAX_BAD_CELLS = 1000

#: People per square metre that no place on earth has: a density read as a count, or people of many cells in one.
_MOST_PER_M2 = 1.0

#: Of a district's area: below this a raster that ends inside it is told, above it is refused.
_MISSING_TOLD, _MISSING_REFUSED = 1e-6, 0.01


@dataclass(frozen=True)
class _Counted:
    """What is counted in a tile of a raster, or in several: added up tile by tile."""

    area: NDArray[np.float64]
    bad: NDArray[np.float64]
    pieces: tuple[pd.DataFrame, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    cells: int = 0
    blank: int = 0
    window: float = 0.0
    outside: float = 0.0
    densest: float = 0.0
    most: float = 0.0
    largest: Largest = field(default_factory=Largest)

    def __add__(self, other: _Counted) -> _Counted:
        return _Counted(
            self.area + other.area,
            self.bad + other.bad,
            (*self.pieces, *other.pieces),
            (*self.rejected, *other.rejected),
            self.cells + other.cells,
            self.blank + other.blank,
            self.window + other.window,
            self.outside + other.outside,
            max(self.densest, other.densest),
            max(self.most, other.most),
            self.largest + other.largest,
        )


def raster_demand(
    folder: Path, spec: DemandSpec, crs: pyproj.CRS, districts: gpd.GeoDataFrame, units: gpd.GeoDataFrame | None
) -> Built:
    """Build the demand table from the rasters of a study: a point per cell with people and district it lies in.

    A cell wholly in a district is a point at its centre; a cell on a border is shared by area, each share a point in
    its part of the cell. Nobody is lost or counted twice: where districts overlap they share the people of the overlap.

    Returns
    -------
    Built
        Table indexed by ``demand_id`` (row, column and district of the cell): ``district``, ``unit`` where the study
        has units, and people by group; 0 where a raster of another group has no people.

    Raises
    ------
    InputError
        If a raster is refused, or does not reach over the districts.
    """
    groups = {str(spec.group): spec.source, **spec.groups}
    parts = {
        group: taken(_one_raster, folder, spec, (group, source), crs, districts, units)
        for group, source in groups.items()
    }
    whole = joined(parts.values())
    if whole.refused:
        return whole
    frames = [part.table.rename(columns={"people": group}) for group, part in parts.items()]
    table = _table(frames, list(groups), crs)
    return replace(whole, table=table if units is None else table.assign(unit=_units(table, units)))


def _one_raster(
    folder: Path,
    spec: DemandSpec,
    named: tuple[str, str],
    crs: pyproj.CRS,
    districts: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame | None,
) -> Built:
    """Return the people of one raster, a group and its file, cell by cell, by the grid and the district they are in."""
    group, source = named
    path = checked_path(source, folder, "demand")
    with opened(path, spec.layer if source == spec.source else None, spec.unit) as raster:
        datum = _datum(raster, spec)
        raster = replace(raster, crs=datum.crs)
        counted, problems = _read(raster, datum, crs, districts)
    pieces = pd.concat(counted.pieces) if counted.pieces else _no_pieces()
    if len(pieces) and not any(problem.severity == "error" for problem in problems):
        cell_m2 = raster.cell_m2(*(int(pieces[name].median()) - 1 for name in ("row", "column")))
        people = pieces.rename(columns={"people": group})
        problems += totals_problems(people, districts, units, path.name, cell_m2)
    bad, dated = len(counted.rejected), spec.dated.isoformat() if spec.dated else ""
    account = Account(
        "demand", path.name, file_sha256(path), counted.cells + bad, counted.cells, bad, datum.name, dated
    )
    bad_cells = dict(zip(map(str, districts.index), counted.bad, strict=True))
    lost = lost_cells(group, bad_cells, counted.most)
    table = pieces.assign(grid=f"{raster.grid} {datum.name}")
    return Built(table, tuple(problems), counted.rejected, (account,), lost_people=lost)


def _datum(raster: Raster, spec: DemandSpec) -> Datum:
    """Return the datum of the cells: what the file says, checked against what the study declares."""
    raw = RawLayer(pd.DataFrame(), raster.path.name, "", crs=raster.crs, extra={"datum_known": True})
    datum = layer_datum(raw, spec.datum, raster.path.name)
    if datum.shift != "none":
        why, remedy = "the cells of a raster are not shifted", "declare the datum the raster was made in"
        raise CrsError([Problem("crs.mismatch", raster.path.name, datum.name, why, remedy)])
    return datum


def _read(raster: Raster, datum: Datum, crs: pyproj.CRS, districts: gpd.GeoDataFrame) -> tuple[_Counted, list[Problem]]:
    """Read the raster in the rectangle around the districts, tile by tile; return what it counts and what is told."""
    outlines = _outlines(raster.grid, datum, crs, districts)
    counted = _Counted(np.zeros(len(districts)), np.zeros(len(districts)))
    edge = shapely.box(0, 0, raster.grid.columns, raster.grid.rows)
    inside = shapely.area(shapely.intersection(outlines, edge))
    problems = _reach_problems(raster, districts, inside / shapely.area(outlines))
    left, top, right, bottom = shapely.total_bounds(outlines)
    rows = max(0, math.floor(top)), min(raster.grid.rows, math.ceil(bottom))
    columns = max(0, math.floor(left)), min(raster.grid.columns, math.ceil(right))
    for window in tiles(*rows, *columns):
        counted += _tile(raster, datum, crs, outlines, districts, window, len(counted.rejected))
        if sum(map(len, counted.pieces)) > _MAX_PIECES:
            remedy = "audit fewer districts at a time, or take a raster of larger cells"
            value = f"more than {_MAX_PIECES:,} cells with people"
            raise refuse("file.too_large", raster.path.name, value, "too many places for one study", remedy)
    if not np.allclose(counted.area, inside, rtol=1e-9, atol=1e-6):
        raise ConservationError(f"{raster.path.name}: cells cover {counted.area}, the districts {inside} cells")
    return counted, [*problems, *_people_problems(raster, counted)]


def _outlines(grid: Grid, datum: Datum, crs: pyproj.CRS, districts: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the districts in grid units: corner by corner, so that neighbours keep their common border."""
    units = shapely.transform(
        districts.geometry.to_numpy(),
        lambda xy: np.column_stack(grid.units(*moved(xy[:, 0], xy[:, 1], crs, datum.crs))),
    )
    return np.asarray(shapely.make_valid(units, method="structure", keep_collapsed=False))


def _reach_problems(raster: Raster, districts: gpd.GeoDataFrame, share: NDArray[np.float64]) -> list[Problem]:
    """Tell districts the raster ends in: who lives beyond its edge is not known, it is not nobody."""
    problems = []
    for code, part in zip(districts.index, share, strict=True):
        if 1 - part > _MISSING_TOLD:
            value = f"district {code}: {1 - part:.2%} of its area"
            why, remedy = "the raster ends there: its people are not known", "send a raster that reaches farther"
            severity = "error" if 1 - part > _MISSING_REFUSED else "warning"
            problems.append(Problem("demand.not_covered", raster.path.name, value, why, remedy, severity))
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
    return problems


def _tile(
    raster: Raster,
    datum: Datum,
    crs: pyproj.CRS,
    outlines: NDArray[np.object_],
    districts: gpd.GeoDataFrame,
    window: tuple[int, int, int, int],
    listed: int,
) -> _Counted:
    """Return what one tile counts; `listed` cells that cannot be a number of people stand in others already."""
    top, bottom, left, right = window
    values = raster.values(*window)
    read = raster.counted(values, top, left)
    near = np.flatnonzero(shapely.intersects(outlines, shapely.box(left, top, right, bottom)))
    held = {int(place): shares(outlines[place], *window) for place in near}
    covered = sum((one.share for one in held.values()), np.zeros(read.shape))
    bad = (np.isinf(read) | (read < 0)) & (covered > 0)
    rejected = _bad_cells(raster, read, bad, (top, left), listed)
    people = np.where(np.isfinite(read) & (read > 0), read, 0.0)
    area, unread, placed = np.zeros(len(districts)), np.zeros(len(districts)), []
    for place, one in held.items():
        area[place], unread[place] = float(one.share.sum()), float(one.share[bad].sum())
        pieces = _pieces(one, people / np.maximum(covered, 1.0), window)
        if len(pieces):
            x, y = raster.grid.place(pieces["x"].to_numpy(), pieces["y"].to_numpy())
            east, north = points_to_metric(x, y, datum, crs)
            placed.append(pieces.assign(x=east, y=north, district=str(districts.index[place])))
    return _Counted(
        area,
        unread,
        tuple(placed),
        rejected,
        cells=int(((covered > 0) & (read > 0) & ~bad).sum()),
        blank=int((np.isnan(read) & (covered > 0)).sum()),
        window=float(people.sum()),
        outside=float((people * np.maximum(0.0, 1.0 - covered)).sum()),
        densest=_densest(people, window, raster, datum, crs),
        most=float(np.where(covered > 0, people, 0.0).max()),
        largest=Largest.of(values[covered > 0]),
    )


def _bad_cells(
    raster: Raster, people: NDArray[np.float64], bad: NDArray[np.bool_], corner: tuple[int, int], listed: int
) -> tuple[Rejected, ...]:
    """Return the cells of a tile that cannot be a number of people, listed one by one up to a limit."""
    rejected = []
    for row, column in np.argwhere(bad):
        number = float(people[row, column])
        code = "value.nonfinite" if math.isinf(number) else "value.negative"
        place = f"row {row + corner[0] + 1} column {column + corner[1] + 1}"
        reason = "a number of people is needed"
        rejected.append(Rejected(raster.path.name, place, "people", f"{number:g}", code, reason))
        if listed + len(rejected) > _MAX_BAD_CELLS:
            why = f"more than {_MAX_BAD_CELLS} cells cannot be a number of people"
            remedy = f"declare it as no data: gdal_edit.py -a_nodata {number:g} {raster.path.name}"
            raise refuse(code, raster.path.name, f"{place}: {number:g}", why, remedy)
    return tuple(rejected)


def _pieces(held: Shares, people: NDArray[np.float64], window: tuple[int, int, int, int]) -> pd.DataFrame:
    """Return the people of a district in a tile, cell by cell, with the place they stand at in grid units."""
    top, _, left, _ = window
    count = people * held.share
    row, column = np.nonzero(count > 0)
    x, y = np.full(count.shape, np.nan), np.full(count.shape, np.nan)
    x[held.row - top, held.column - left], y[held.row - top, held.column - left] = held.x, held.y
    x, y = x[row, column], y[row, column]
    table = {
        "row": row + top + 1,
        "column": column + left + 1,
        "people": count[row, column],
        "x": np.where(np.isnan(x), column + left + 0.5, x),
        "y": np.where(np.isnan(y), row + top + 0.5, y),
    }
    return pd.DataFrame(table)


def _densest(
    people: NDArray[np.float64], window: tuple[int, int, int, int], raster: Raster, datum: Datum, crs: pyproj.CRS
) -> float:
    """Return the people per square metre of the study's CRS in the cell of a tile with the most people."""
    row, column = np.unravel_index(int(people.argmax()), people.shape)
    if not people[row, column] > 0:
        return 0.0
    x = np.array([column, column + 1, column]) + float(window[2])
    y = np.array([row, row, row + 1]) + float(window[0])
    east, north = points_to_metric(*raster.grid.place(x, y), datum, crs)
    across, along = np.hypot(np.diff(east[:2]), np.diff(north[:2])), np.hypot(np.diff(east[::2]), np.diff(north[::2]))
    return float(people[row, column] / (across * along)[0])


def _people_problems(raster: Raster, counted: _Counted) -> list[Problem]:
    """Tell how many people a raster counts, those in no district, and a density nobody lives at."""
    name = raster.path.name
    total = math.fsum(frame["people"].sum() for frame in counted.pieces)
    if not math.isclose(total + counted.outside, counted.window, rel_tol=1e-9, abs_tol=1e-9):
        raise ConservationError(f"{name}: {counted.window} people, {total} in districts, {counted.outside} outside")
    value = f"{total:,.1f} people in {counted.cells:,} cells; {counted.blank:,} cells without data"
    share = counted.outside / counted.window if counted.window > 0 else 0.0
    outside = f"{counted.outside:,.1f} people, {share:.2%} of those in the rectangle around the districts"
    if 0 < share <= OUTSIDE_TOLD:
        value += f"; in no district {outside}"
    why, remedy = "the people of a cell stand at its centre; cells on a border are shared by area", "nothing to do"
    problems = [Problem("demand.from_raster", name, value, why, remedy, "warning")]
    if share > OUTSIDE_TOLD:
        why = "they live in the rectangle around the districts, but in no district: nobody counts them"
        remedy = "nothing to do where they live in a neighbouring place; else take their districts into the study"
        problems.append(Problem("coord.outside_study_area", name, outside, why, remedy, "warning"))
    fill = raster.fill_problem(counted.largest)
    problems += [] if fill is None else [fill]
    if counted.densest > _MOST_PER_M2 and (fill is None or fill.severity != "error"):
        value = f"{counted.densest * 1e6:,.0f} people per km²"
        why, remedy = "nobody lives that close", 'if the raster is a density, say unit = "people per km2" in [demand]'
        problems.append(Problem("value.implausible", name, value, why, remedy))
    return problems


def _no_pieces() -> pd.DataFrame:
    columns = {"row": int, "column": int, "people": float, "x": float, "y": float, "district": object}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


def _table(frames: list[pd.DataFrame], groups: list[str], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Put the rasters of several groups of people together; cells of the same grid become one point."""
    grids = list(dict.fromkeys(str(frame["grid"].iloc[0]) for frame in frames if len(frame)))
    whole = pd.concat(frames).assign(grid=lambda table: table["grid"].map(grids.index))
    cell = ["grid", "row", "column", "district"]
    what = {"x": "first", "y": "first", **dict.fromkeys(groups, "sum")}
    whole = whole.groupby(cell, as_index=False).agg(what).sort_values(cell, ignore_index=True)
    first = ["" if number == 0 else f"g{number + 1}" for number in whole["grid"]]
    parts = zip(first, whole["row"], whole["column"], whole["district"], strict=True)
    index = pd.Index(
        [f"{grid}r{row}c{column}/{code}" for grid, row, column, code in parts], name="demand_id", dtype=object
    )
    table = whole[["district", *groups]].astype({"district": object}).set_axis(index, axis=0)
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(whole["x"], whole["y"]), crs=crs)


def _units(table: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """Return the community or village each point lies in, if that is of the same district as its share of the cell."""
    homes = units[units["type"].isin(HOME_UNITS) & units.geometry.geom_type.isin(("Polygon", "MultiPolygon"))]
    unit = locate(table.geometry, homes) if len(homes) else pd.Series(None, index=table.index, dtype=object)
    same = unit.map(homes["district"]).eq(table["district"])
    return unit.where(same, None)
