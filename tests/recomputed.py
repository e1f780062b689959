"""Clauses recomputed from the sample's raw files: pandas, shapely, and formulas that are written out here.

Nothing of zzgeo is imported: files are opened, places projected and clauses judged a second time, from the documents'
own data (TOML). What needs walks along streets is not in the pool.
"""

from __future__ import annotations

import sqlite3
import struct
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "data" / "zhengzhou-sample"
AS_OF = "2018-12-31"
TYPES = {"社区": "urban-community", "行政村": "village", "街道": "subdistrict", "乡镇": "township"}
SETS = {
    "community-or-village": ("urban-community", "village"),
    "subdistrict-township": ("subdistrict", "township"),
}
_A, _F = 6378137.0, 1 / 298.257222101


# ---------------------------------------------------------------------------------------------------- places


def projected(lon: Any, lat: Any) -> np.ndarray:
    """Return Gauss-Kruger metres of the third-degree zone of 114° E (Krüger's series, to a millimetre)."""
    n = _F / (2 - _F)
    radius = _A / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alpha = (n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16, 13 * n**2 / 48 - 3 * n**3 / 5, 61 * n**3 / 240)
    phi, lam = np.radians(np.asarray(lat, float)), np.radians(np.asarray(lon, float) - 114.0)
    e = 2 * np.sqrt(n) / (1 + n)
    t = np.sinh(np.arctanh(np.sin(phi)) - e * np.arctanh(e * np.sin(phi)))
    xi, eta = np.arctan2(t, np.cos(lam)), np.arctanh(np.sin(lam) / np.sqrt(1 + t**2))
    north, east = xi.copy(), eta.copy()
    for j, a in enumerate(alpha, start=1):
        north += a * np.sin(2 * j * xi) * np.cosh(2 * j * eta)
        east += a * np.cos(2 * j * xi) * np.sinh(2 * j * eta)
    return np.column_stack([500_000 + radius * east, radius * north])


def _gcj(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return what Chinese web maps make of a place."""
    x, y, pi = lon - 105.0, lat - 35.0, np.pi
    same = (20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + same
    north += (20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * pi) + 320 * np.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + same
    east += (20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi)) * 2 / 3
    a, ee, rad = 6378245.0, 0.00669342162296594323, np.radians(lat)
    magic = 1 - ee * np.sin(rad) ** 2
    return (
        lon + np.degrees(east / (a / np.sqrt(magic) * np.cos(rad))),
        lat + np.degrees(north / (a * (1 - ee) / (magic * np.sqrt(magic)))),
    )


def _bd(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Return what Baidu makes of a GCJ-02 place."""
    turn = np.pi * 3000 / 180
    z, theta = np.hypot(lon, lat) + 2e-5 * np.sin(lat * turn), np.arctan2(lat, lon) + 3e-6 * np.cos(lon * turn)
    return z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006


def plain(lon: Any, lat: Any, datum: str) -> tuple[Any, Any]:
    """Return WGS84 degrees of GCJ-02 or BD-09 degrees: what leads there is undone until nothing is left."""
    for forward in {"BD-09": (_bd, _gcj), "GCJ-02": (_gcj,)}.get(datum, ()):
        east, north = lon, lat
        for _ in range(8):
            moved = forward(east, north)
            east, north = east + lon - moved[0], north + lat - moved[1]
        lon, lat = east, north
    return lon, lat


# ---------------------------------------------------------------------------------------------------- raw files


def layer(file: str, name: str) -> pd.DataFrame:
    """Return a layer of a GeoPackage, its shapes in ``geom``."""
    with sqlite3.connect(SAMPLE / file) as base:
        table = pd.read_sql(f'SELECT * FROM "{name}"', base)
    column = next(one for one in table.columns if one in ("geom", "geometry"))

    def shape(blob: bytes | None) -> Any:
        if blob is None:
            return None
        envelope = (0, 32, 48, 48, 64)[(blob[3] >> 1) & 7]
        assert struct.unpack("<i" if blob[3] & 1 else ">i", blob[4:8])[0] == 4547
        return shapely.from_wkb(blob[8 + envelope :])

    return table.assign(geom=[shape(blob) for blob in table[column]])


@cache
def study() -> dict[str, Any]:
    """Return what the study file says."""
    return tomllib.loads((SAMPLE / "study.toml").read_text("utf-8"))


@cache
def units() -> pd.DataFrame:
    table = layer("units.gpkg", "units").rename(columns={"代码": "code", "所属区县代码": "district"})
    return table.assign(type=table["类型"].map(TYPES)).set_index("code")


@cache
def area(name: str) -> Any:
    return layer("units.gpkg", name.replace("-", "_"))["geom"].iloc[0]


@cache
def people() -> pd.DataFrame:
    table = pd.read_csv(SAMPLE / "人口点.csv", encoding="utf-8-sig", dtype={"社区村代码": str})
    table["xy"] = list(projected(table["经度"], table["纬度"]))
    names = {"社区村代码": "unit", "常住人口": "residents", "60岁以上": "aged_60_plus"}
    table = table.rename(columns=names)
    return table.assign(district=table["unit"].str[:6])


@cache
def facilities() -> pd.DataFrame:
    """Return every facility of every list that has a place, a kind and an id of its own."""
    parts = [_listed(said) for said in study()["facilities"]]
    return pd.concat(parts, ignore_index=True)


def _listed(said: dict[str, Any]) -> pd.DataFrame:
    path, columns = SAMPLE / said["source"], said["columns"]
    if path.suffix == ".gpkg":
        table = layer(path.name, said["layer"]).assign(kind=said["kind"])
        table = table[table["geom"].notna()]
    else:
        if path.suffix == ".xlsx":
            table = pd.read_excel(path, sheet_name=said["sheet"], dtype=str, engine="openpyxl")
        else:
            encoding = "gb18030" if path.read_bytes()[:3] != b"\xef\xbb\xbf" else "utf-8-sig"
            table = pd.read_csv(path, dtype=str, encoding=encoding)
        table["kind"] = table[said["kind_column"]].map(said["kinds"])
        lon, lat = (pd.to_numeric(table[columns[name]], errors="coerce") for name in ("lon", "lat"))
        good = lon.between(110, 116) & lat.between(33, 36)
        table, (east, north) = table[good], plain(lon[good], lat[good], said["datum"])
        table["geom"] = shapely.points(projected(east, north))
    table = table.rename(columns={there: ours for ours, there in columns.items()})
    table = table[table["kind"].notna()].drop_duplicates("facility_id")
    for name in ("capacity", "floor_area_m2"):
        cells = table[name] if name in table else pd.Series(np.nan, index=table.index)
        table[name] = pd.to_numeric(cells, errors="coerce").where(lambda cell: cell >= 0)
    for name in ("ownership", "opened", "serves"):
        table[name] = table.get(name)
    return table[["kind", "geom", "capacity", "floor_area_m2", "ownership", "opened", "serves"]]


@cache
def indicators() -> pd.DataFrame:
    table = pd.read_csv(SAMPLE / "指标.csv", encoding="utf-8-sig")
    return table.sort_values("年份", kind="stable")


def reported(name: str) -> float:
    """Return the newest value of an indicator."""
    rows = indicators().loc[indicators()["指标"] == name, "数值"]
    return float(rows.iloc[-1]) if len(rows) else float("nan")


def year_of(name: str) -> float:
    """Return the year of the newest value of an indicator."""
    return float(indicators().loc[indicators()["指标"] == name, "年份"].max())


# ---------------------------------------------------------------------------------------------------- clauses


def clauses() -> dict[str, dict[str, Any]]:
    """Return the clauses of the shipped documents by id."""
    files = sorted((ROOT / "zzgeo" / "standards").glob("zz20*.toml"))
    return {one["id"]: one for file in files for one in tomllib.loads(file.read_text("utf-8"))["clauses"]}


def _chosen(clause: dict[str, Any]) -> pd.DataFrame:
    """Return the facilities of a clause that are open, and no smaller than it says."""
    table = facilities()
    table = table[table["kind"].isin(clause["facilities"])]
    table = table[table["opened"].isna() | (table["opened"].fillna("") <= AS_OF)]
    least = clause.get("params", {}).get("min_floor_area_m2", 0)
    return table[table["floor_area_m2"].isna() | (table["floor_area_m2"] >= least)]


def _units(clause: dict[str, Any]) -> pd.DataFrame:
    table, wanted = units(), clause["applies_to"]
    table = table[table["type"].isin(SETS.get(wanted, (wanted,)))]
    if clause.get("area"):
        inside = shapely.intersects(shapely.point_on_surface(table["geom"].to_numpy()), area(clause["area"]))
        table = table[inside]
    return table


def _numbers(table: pd.DataFrame, chosen: pd.DataFrame) -> pd.Series:
    """Return how many facilities lie in each unit, or say that they serve it."""
    tree = shapely.STRtree(table["geom"].to_numpy())
    spots = shapely.point_on_surface(chosen["geom"].to_numpy())
    which, where = tree.query(spots, predicate="dwithin", distance=1e-6)
    pairs = set(zip(chosen.index[which], table.index[where], strict=True))
    served = chosen["serves"].dropna().str.split(";").explode()
    pairs |= {(at, code) for at, code in served.items() if code in table.index}
    return pd.Series([code for _, code in pairs], dtype=object).value_counts().reindex(table.index, fill_value=0)


def unit_share(clause: dict[str, Any]) -> dict[str, float]:
    """Return the share of units with a facility, of each district and of the city."""
    table = _units(clause)
    have = _numbers(table, _chosen(clause)) > 0
    return {**have.groupby(table["district"]).mean().to_dict(), "city": float(have.mean())}


def enough_of_size(clause: dict[str, Any]) -> dict[str, float]:
    """Return the share of units, or the number of each county, with facilities that are large enough."""
    params, chosen = clause.get("params", {}), _chosen(clause)
    if "min_capacity" in params:
        chosen = chosen[chosen["capacity"] >= params["min_capacity"]]
    if params.get("ownership") == "public":
        chosen = chosen[chosen["ownership"].isin(["公办", "公建民营"])]  # resolutions.md: publicly built is public
    if params.get("per") == "district":
        homes = units()[units()["type"].isin(SETS["community-or-village"])]
        number = _numbers(homes, chosen).groupby(homes["district"]).sum()
        return {**number.to_dict(), "city": float((number >= 1).mean())}
    table = _units(clause)
    have = _numbers(table, chosen) > 0
    return {**have.groupby(table["district"]).mean().to_dict(), "city": float(have.mean())}


def within_radius(clause: dict[str, Any]) -> dict[str, float]:
    """Return the share of people within a straight distance of a facility, by district and in the city.

    The projection stretches by 1 + d²/2R² at a distance d from its middle meridian: that is taken out again.
    """
    table, chosen, group = people(), _chosen(clause), clause["population"].replace("rural-residents", "residents")
    homes = units()
    villages = homes[homes["type"] == "village"]
    built = villages.index[shapely.intersects(shapely.point_on_surface(villages["geom"].to_numpy()), area("built-up"))]
    codes = homes.index[homes["type"] == clause["applies_to"]]
    if clause["rule"] == "service-radius":
        codes = codes.union(built) if clause["applies_to"] == "urban-community" else codes.difference(built)
    if clause.get("params", {}).get("only_units_with_facility"):
        own = homes.loc[homes["type"] == clause["applies_to"]]
        served = _numbers(own, chosen)
        codes = codes.intersection(served.index[served > 0])
    table = table[table["unit"].isin(codes)]
    xy = np.vstack(table["xy"].to_list())
    tree = shapely.STRtree(shapely.point_on_surface(chosen["geom"].to_numpy()))
    _, metres = tree.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
    ground = metres / (1 + ((xy[:, 0] - 500_000) / 6_371_000) ** 2 / 2)
    reached = table[group].where(ground <= clause["value"] + 1e-6, 0.0)
    share = reached.groupby(table["district"]).sum() / table[group].groupby(table["district"]).sum()
    return {**share.to_dict(), "city": float(reached.sum() / table[group].sum())}


def per_head(clause: dict[str, Any]) -> dict[str, float]:
    """Return a count that the city reports over its people, or the rate it reports where that is newer."""
    params = clause.get("params", {})
    counted = params.get("numerator_indicator", "")
    count = reported(counted)
    if np.isnan(count) or year_of(counted) < year_of(clause["indicator"]):
        return {"city": reported(clause["indicator"])}
    return {"city": count * params.get("per", 1000) / float(people()[clause["population"]].sum())}


def table_value(clause: dict[str, Any]) -> dict[str, float]:
    return {"city": reported(clause["indicator"])}


def per_km2(clause: dict[str, Any]) -> dict[str, float]:
    """Return facilities in an area over its size, in all."""
    ground = area(clause["area"])
    inside = shapely.intersects(_chosen(clause)["geom"].to_numpy(), ground).sum()
    return {"city": float(inside) / (ground.area / 1e6)}


def area_per_head(clause: dict[str, Any]) -> dict[str, float]:
    """Return ground of facilities within an area over the people who live in it; sports ground is only reported."""
    if not clause.get("area"):
        return {"city": reported(clause["indicator"])}
    ground, table = area(clause["area"]), people()
    shared = shapely.intersection(shapely.union_all(_chosen(clause)["geom"].to_numpy()), ground).area
    inside = shapely.intersects_xy(ground, np.vstack(table["xy"].to_list()))
    return {"city": shared / float(table.loc[inside, clause["population"]].sum())}


#: What recomputes a kind of rule, and how far from it the audit may be: rounding; or a few people on the very circle.
WAYS: dict[str, tuple[Callable[[dict[str, Any]], dict[str, float]], float]] = {
    "indicator-table": (table_value, 1e-9),
    "per-head": (per_head, 1e-6),
    "area-per-head": (area_per_head, 1e-6),
    "density": (per_km2, 1e-6),
    "unit-coverage": (unit_share, 1e-9),
    "existence-capacity": (enough_of_size, 1e-9),
    "service-radius": (within_radius, 2e-5),
    "ten-li": (within_radius, 2e-5),
}
