"""Small cities everybody can reckon, built straight into the study's tables."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
from shapely import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from zzgeo.intake.study import Study, Walking

CRS = pyproj.CRS.from_epsg(4547)


def frame(rows: Mapping[str, Mapping[str, object]], index: str) -> gpd.GeoDataFrame:
    """Return {id: {column: value}} as a GeoDataFrame."""
    table = pd.DataFrame.from_dict(dict(rows), orient="index").rename_axis(index)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=CRS)


def facility(x: float, y: float, kind: str = "elderly_day_care", **more: object) -> dict[str, object]:
    return {"kind": kind, "name": "站", "source": "toy", "geometry": Point(x, y), **more}


def people(
    x: float, y: float, residents: float, aged: float, district: str = "1", unit: str | None = "1-1"
) -> dict[str, object]:
    return {"district": district, "unit": unit, "residents": residents, "aged_60_plus": aged, "geometry": Point(x, y)}


def detour(start: tuple[float, float], end: tuple[float, float], length: float) -> LineString:
    """Return a bent street of exactly this length between two places."""
    half = math.dist(start, end) / 2
    height = math.sqrt((length / 2) ** 2 - half**2)
    along = ((end[0] - start[0]) / (2 * half), (end[1] - start[1]) / (2 * half))
    middle = ((start[0] + end[0]) / 2 - along[1] * height, (start[1] + end[1]) / 2 + along[0] * height)
    return LineString([start, middle, end])


def study(
    *,
    facilities: Mapping[str, Mapping[str, object]],
    demand: Mapping[str, Mapping[str, object]],
    units: Mapping[str, Mapping[str, object]] | None = None,
    streets: Sequence[LineString] | None = None,
    districts: Mapping[str, BaseGeometry] | None = None,
    land: Sequence[Polygon] | None = None,
    kinds: frozenset[str] = frozenset(),
    walking: Walking | None = None,
    areas: dict[str, BaseGeometry] | None = None,
) -> Study:
    """Return a study of a toy city; one district around everything unless districts are given."""
    outlines = districts or {"1": box(-10_000, -10_000, 10_000, 10_000)}
    district_rows = {code: {"name": f"区{code}", "geometry": outline} for code, outline in outlines.items()}
    table = frame(facilities, "facility_id") if facilities else _none()
    return Study(
        path=Path("toy.toml"),
        name="玩具城",
        name_en="Toy city",
        jurisdiction="zhengzhou",
        as_of=dt.date(2018, 12, 31),
        crs=CRS,
        districts=frame(district_rows, "code"),
        facilities=table,
        demand=frame(demand, "demand_id"),
        units=None if units is None else frame(units, "code"),
        streets=None if streets is None else gpd.GeoDataFrame(geometry=list(streets), crs=CRS).rename_axis("edge_id"),
        land=None if land is None else gpd.GeoDataFrame(geometry=list(land), crs=CRS),
        walking=walking or Walking(),
        areas=areas or {},
        kinds_known=kinds | frozenset(table["kind"].unique()),
    )


def _none() -> gpd.GeoDataFrame:
    index = pd.Index([], name="facility_id", dtype=object)
    return gpd.GeoDataFrame({"kind": [], "name": [], "source": []}, geometry=[], crs=CRS, index=index)


def unit(
    outline: BaseGeometry, kind: str = "urban-community", district: str = "1", **more: object
) -> dict[str, object]:
    return {"name": "社区", "type": kind, "district": district, "geometry": outline, **more}
