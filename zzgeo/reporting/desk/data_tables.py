"""Tables as Parquet for analysts: text codes stay text, a day is a date, missing is null, shapes are GeoParquet.

One writer, one thread, one set of options: the same report gives the same bytes.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely
from numpy.typing import NDArray

from zzgeo.auditing.noticed import noticed
from zzgeo.auditing.table import params_text
from zzgeo.codes import CODES
from zzgeo.errors import Problem
from zzgeo.numbers import settled_table
from zzgeo.reporting.desk.data_columns import COLUMNS, Column
from zzgeo.rules.parts.base import everyone
from zzgeo.served import CITY, tallies
from zzgeo.vocabulary.people import POPULATION_GROUPS

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: The CRS of every shape in the data set: CGCS2000, the national one.
CRS = "EPSG:4490"

#: Decimals of a degree that coordinates are rounded to: a centimetre, less than any layer is true to.
_DECIMALS = 7

#: The level that takes a few milliseconds more than the usual one (1), for a fifteenth fewer bytes.
_ZSTD_LEVEL = 9

#: Metres that borders of districts are simplified by.
BORDER_M = 50.0

_TYPES = {
    "text": pa.string(),
    "number": pa.float64(),
    "whole": pa.int64(),
    "yes": pa.bool_(),
    "day": pa.date32(),
    "shape": pa.binary(),
}


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Return the schema of a table: its types, and what GeoParquet says of its shapes."""
    fields = [pa.field(column.name, _TYPES[column.kind]) for column in columns]
    shaped = any(column.kind == "shape" for column in columns)
    return pa.schema(fields, {"geo": _geo()} if shaped else None)


@cache
def _geo() -> str:
    # neither bounds nor types of shapes: they would differ from part to part of a data set
    # no remarks of the registry either: some versions of PROJ give them, others do not
    crs = {name: said for name, said in pyproj.CRS(CRS).to_json_dict().items() if name != "remarks"}
    told = {"encoding": "WKB", "geometry_types": [], "crs": crs}
    return json.dumps({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": told}})


def parquet_bytes(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file."""
    content = io.BytesIO()
    options = {"compression": "zstd", "compression_level": _ZSTD_LEVEL, "version": "2.6"}
    # Arrow's own schema would say again what Parquet's says, in more bytes than a small table has
    with pq.ParquetWriter(content, table.schema, store_schema=False, **options) as writer:
        if table.schema.metadata:
            writer.add_key_value_metadata(table.schema.metadata)
        writer.write_table(table, row_group_size=100_000)
    return content.getvalue()


def parquet_is_whole(rows: int) -> Callable[[bytes], bool]:
    """Return a check that a Parquet file reads back with so many rows."""

    def whole(content: bytes) -> bool:
        try:
            return len(pq.read_table(io.BytesIO(content))) == rows
        except (pa.ArrowException, OSError):
            return False

    return whole


def data_table(name: str, report: AuditReport) -> pa.Table:
    """Return a table of the data set (`zzgeo.reporting.desk.data_columns.COLUMNS`) of a report."""
    frame = _MADE[name](report)
    proposal = report.study.proposal
    if "proposal" in (column.name for column in COLUMNS[name]):
        frame = frame.assign(proposal=None if proposal is None else proposal.mark)
    return arrow_table(frame, COLUMNS[name])


def arrow_table(frame: pd.DataFrame, columns: Sequence[Column]) -> pa.Table:
    """Return a frame as a table of these columns; what the frame has not is null."""
    frame, nothing = settled_table(frame), np.full(len(frame), None, dtype=object)
    cells = [_cells(frame[one.name].to_numpy() if one.name in frame else nothing, one) for one in columns]
    return pa.Table.from_arrays(cells, schema=schema_of(columns))


def _cells(values: Any, column: Column) -> pa.Array:
    if column.kind == "shape":
        return pa.array(list(values), pa.binary())
    if column.kind == "text":
        return pa.array([_text(value) for value in np.asarray(values, dtype=object)], pa.string())
    if column.kind == "day":
        return pa.array([None if pd.isna(value) else pd.Timestamp(value).date() for value in values], pa.date32())
    known = ~pd.isna(values)
    if column.kind == "yes":
        return pa.array(
            [bool(value) if there else None for value, there in zip(values, known, strict=True)], pa.bool_()
        )
    numbers = np.where(known, values, 0.0).astype(float)
    array = pa.array(numbers, pa.float64(), mask=~known)
    return array if column.kind == "number" else array.cast(pa.int64())


def _text(value: Any) -> str | None:
    """Return a text as UTF-8 can hold it; an empty one is a missing one."""
    if type(value) is str and value.isascii():  # nearly every cell
        return value or None
    if value is None or value is pd.NA or value != value:
        return None
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8") or None


def _findings(report: AuditReport) -> pd.DataFrame:
    findings = report.findings.reset_index()
    return findings.assign(params=[params_text(params) for params in findings["params"]])


def _gaps(report: AuditReport) -> pd.DataFrame:
    gaps = report.gaps.rename_axis("gap_id").reset_index()
    return _shaped(gaps, gaps.geometry.representative_point() if len(gaps) else gaps.geometry)


def _sites(report: AuditReport) -> pd.DataFrame:
    sites = report.next_sites
    x, y = (sites[name].to_numpy(dtype=float) for name in ("x", "y"))
    points = gpd.GeoDataFrame(sites, geometry=gpd.points_from_xy(x, y), crs=report.study.crs)
    return _shaped(points, points.geometry)


def _districts(report: AuditReport) -> pd.DataFrame:
    study = report.study
    districts = study.districts.rename_axis("code").reset_index()
    shapes = districts.geometry
    simpler = shapely.coverage_simplify(shapes.to_numpy(), BORDER_M)
    lost = shapely.is_empty(simpler) | ~shapely.is_valid(simpler)
    drawn = districts.set_geometry(gpd.GeoSeries(np.where(lost, shapes, simpler), districts.index, study.crs))
    people = {
        group: study.demand.groupby("district", observed=False)[group].sum(min_count=1).reindex(study.districts.index)
        for group in POPULATION_GROUPS
        if group in study.demand
    }
    told = _shaped(drawn, shapes.representative_point())
    return told.assign(area_km2=shapes.area / 1e6, **{name: sums.to_numpy() for name, sums in people.items()})


def _shaped(table: gpd.GeoDataFrame, inside: gpd.GeoSeries) -> pd.DataFrame:
    """Return a table with its shapes as WKB in `CRS`, and the longitude and latitude of a point inside each."""
    shapes = np.asarray(table.geometry.to_crs(CRS).to_numpy(), dtype=object)
    points = np.asarray(inside.to_crs(CRS).to_numpy(), dtype=object)
    lon, lat = (np.round(get(points), _DECIMALS) for get in (shapely.get_x, shapely.get_y))
    plain = pd.DataFrame(table).drop(columns="geometry")
    return plain.assign(geometry=shapely.to_wkb(rounded_shapes(shapes), byte_order=1), lon=lon, lat=lat)


def rounded_shapes(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return shapes with coordinates in whole centimetres, each still valid and of its kind; as it is if none is."""
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, _DECIMALS))
    # few are torn by it, and to mend all takes many times as long
    torn = np.flatnonzero(~shapely.is_valid(rounded))
    mended = shapely.set_precision(shapes[torn], 10.0**-_DECIMALS)
    rounded[torn] = np.where(shapely.is_empty(mended), shapes[torn], mended)
    return rounded


def _warnings(report: AuditReport) -> pd.DataFrame:
    rows = [_warning(problem, len(problem.rows)) for problem in noticed(report)]
    away = report.study.quarantined
    counts = Counter(zip(*(away[name].astype(str) for name in ("file", "field", "code")), strict=True))
    for (file, field, code), number in sorted(counts.items()):
        why = CODES[code].en if code in CODES else ""
        rows.append(_warning(Problem(code, file, field, why, "see quarantined.csv, or zzgeo check"), number))
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS["warnings"]])


def _warning(problem: Problem, rows: int) -> tuple[object, ...]:
    return problem.code, problem.severity, problem.where, problem.value, problem.why, problem.remedy, rows


def _served(report: AuditReport) -> pd.DataFrame:
    """Return who is covered by each clause that is measured at people's homes: by district, and of the city."""
    demand = report.study.demand
    groups = [group for group in POPULATION_GROUPS if group in demand]
    # names are compared once, not for every clause and group
    homes = demand["district"].astype("category")
    parts: list[tuple[str, str, str, pd.DataFrame]] = []
    for rule, reach in report.reach.items():
        homes_at = slice(None) if reach.index is demand.index else demand.index.get_indexer(reach.index)
        people = [demand[group].iloc[homes_at] for group in groups]
        of_districts = tallies(people, reach["status"], homes.iloc[homes_at])
        of_city = tallies(people, reach["status"], everyone(reach))
        for group, districts, city in zip(groups, of_districts, of_city, strict=True):
            parts += [(rule, group, "district", districts), (rule, group, CITY, city)]
    if not parts:
        return pd.DataFrame()
    rows = [len(sums) for *_, sums in parts]
    named = zip(("rule", "group", "level"), zip(*(part[:3] for part in parts), strict=True), strict=True)
    codes = [np.asarray(own.index if level != CITY else [None] * len(own), dtype=object) for _, _, level, own in parts]
    columns: dict[str, Any] = {name: np.repeat(np.array(values, dtype=object), rows) for name, values in named}
    columns["district"] = np.concatenate(codes)
    columns |= {name: np.concatenate([own[name].to_numpy() for *_, own in parts]) for name in parts[0][3].columns}
    return pd.DataFrame(columns)


_MADE: dict[str, Callable[[AuditReport], pd.DataFrame]] = {
    "findings": _findings,
    "gaps": _gaps,
    "sites": _sites,
    "warnings": _warnings,
    "districts": _districts,
    "served": _served,
}


def data_files(report: AuditReport, names: Iterable[str]) -> Iterable[tuple[str, bytes, Callable[[bytes], bool]]]:
    """Give tables of the data set by name, each with its bytes and a check that they are whole."""
    for name in names:
        table = data_table(name, report)
        yield name, parquet_bytes(table), parquet_is_whole(len(table))
