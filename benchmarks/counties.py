"""Generated counties: whole study folders as a county's offices send them, of any size, the same for the same seed.

Streets, units and land are a GeoPackage in CGCS2000, places where people live and facilities are CSV files in the datum
of Chinese web maps, and the study file declares what it does not leave to be guessed. Nothing in them is real.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.cities import CRS, SPACING_M, places, streets
from zzgeo.crs.offsets import wgs84_to_gcj02

#: Metres between crossings: a county's villages lie further apart than a city's blocks.
WIDE_M = 220.0
#: Where counties lie, one beside the other: in the zone of the metric CRS, about Zhengzhou.
CORNER, PITCH_M, A_ROW = (410_000.0, 3_750_000.0), 12_000.0, 14
#: Units in a township, and of a hundred how many are villages.
A_TOWNSHIP, VILLAGES = 25, 40

KINDS = {
    "居家养老服务中心": "elderly_day_care",
    "养老院": "elderly_care_facility",
    "社区卫生服务中心": "community_health_centre",
    "社区卫生服务站": "community_health_station",
    "村卫生室": "village_clinic",
    "综合医院": "hospital",
    "健身场地": "fitness_ground",
    "体育场馆": "sports_venue",
    "文化活动中心": "culture_venue",
    "农贸市场": "market",
    "公厕": "public_toilet",
}

STUDY = """name = "第{seed}县"
name_en = "County {seed}"
jurisdiction = "zhengzhou"
as_of = 2018-12-31
crs = "EPSG:4547"
profile = "zz-2020"
[districts]
source = "county.gpkg"
layer = "districts"
datum = "EPSG:4490"
columns = {{ code = "code", name = "name" }}
[streets]
source = "county.gpkg"
layer = "streets"
datum = "EPSG:4490"
[[facilities]]
source = "设施.csv"
datum = "GCJ-02"
kind_column = "类别"
kinds = {{ {kinds} }}
columns = {{ facility_id = "编号", name = "名称", lon = "经度", lat = "纬度" }}
[units]
source = "county.gpkg"
layer = "units"
datum = "EPSG:4490"
columns = {{ code = "code", name = "name", type = "type", district = "district" }}
types = {{ "社区" = "urban-community", "行政村" = "village", "乡镇" = "township" }}
[demand]
source = "人口点.csv"
datum = "GCJ-02"
columns = {{ demand_id = "编号", lon = "经度", lat = "纬度", residents = "常住人口", aged_60_plus = "60岁以上" }}
[land]
source = "county.gpkg"
layer = "land"
datum = "EPSG:4490"
columns = {{ unit = "code" }}
[[areas]]
id = "central-city"
source = "county.gpkg"
layer = "centre"
datum = "EPSG:4490"
"""


def small_county(folder: Path, seed: int, *, units: int = 150, places: int = 3000, streets: int = 3000) -> Path:
    """Write the study of a county and return its study file.

    Parameters
    ----------
    folder
        Where it is written; made where it is missing.
    seed
        Another seed is another county: other streets, people and facilities, in another place, with another code, that
        of a functional zone, which no statutory county has.
    units
        Communities, villages and townships: every 25th is a township, and the others tile it.
    places
        Places where people live; every twentieth has a facility near.
    streets
        Streets, give or take a hundredth.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = _streets(streets, seed)
    box = shapely.buffer(shapely.box(*lines.total_bounds), 50, join_style="mitre")
    code = f"{4101 + seed // 10}7{seed % 10}"
    district = gpd.GeoDataFrame({"code": [code], "name": [f"第{seed}县"]}, geometry=[box], crs=CRS)
    tiles = _units(box, units, code)
    lived_in = tiles.loc[tiles["type"] != "乡镇", ["code", "geometry"]]
    land = lived_in.set_geometry(lived_in.buffer(-60.0, join_style="mitre"))
    centre = tiles.loc[tiles["type"] == "乡镇", ["geometry"]].iloc[:2]
    layers = {"districts": district, "streets": lines, "units": tiles, "land": land, "centre": centre}
    for layer, table in layers.items():
        table.to_crs("EPSG:4490").to_file(folder / "county.gpkg", layer=layer)
    _people(lines, places, seed).to_csv(folder / "人口点.csv", index=False, encoding="utf-8-sig")
    _facilities(lines, places // 20, seed).to_csv(folder / "设施.csv", index=False, encoding="utf-8-sig")
    kinds = ", ".join(f'"{word}" = "{kind}"' for word, kind in KINDS.items())
    path = folder / "study.toml"
    path.write_text(STUDY.format(seed=seed, kinds=kinds), encoding="utf-8")
    return path


def _streets(count: int, seed: int) -> gpd.GeoDataFrame:
    """Return streets of a county in its own place."""
    lines = streets(round(count * 0.7), seed)
    place = np.array(CORNER) + PITCH_M * np.array([seed % A_ROW, seed // A_ROW % A_ROW])
    moved = shapely.transform(lines.geometry.values, lambda xy: xy * (WIDE_M / SPACING_M) + place)
    return lines.set_geometry(gpd.GeoSeries(moved, crs=CRS))


def _tiles(box: shapely.Polygon, count: int) -> list[shapely.Polygon]:
    """Divide a rectangle into so many, about as wide as high."""
    west, south, east, north = box.bounds
    rows = np.array_split(np.arange(count), min(count, max(1, round(np.sqrt(count * (north - south) / (east - west))))))
    y = np.linspace(south, north, len(rows) + 1)
    tiles = []
    for row, numbers in enumerate(rows):
        x = np.linspace(west, east, len(numbers) + 1)
        tiles += [shapely.box(x[i], y[row], x[i + 1], y[row + 1]) for i in range(len(numbers))]
    return tiles


def _units(box: shapely.Polygon, count: int, county: str) -> gpd.GeoDataFrame:
    """Return townships, and communities and villages that tile them."""
    towns = _tiles(box, max(1, count // A_TOWNSHIP))
    rows = []
    for number, share in enumerate(np.array_split(np.arange(count - len(towns)), len(towns))):
        code = f"{county}{number + 100:03d}"
        rows.append((f"{code}000", f"第{number + 1}镇", "乡镇", towns[number]))
        for unit, tile in zip(share, _tiles(towns[number], len(share)), strict=True):
            kind = "行政村" if unit * VILLAGES // 100 < (unit + 1) * VILLAGES // 100 else "社区"
            last = unit - share[0] + (201 if kind == "行政村" else 1)
            rows.append((f"{code}{last:03d}", f"{unit + 1}号{kind}", kind, tile))
    table = gpd.GeoDataFrame(rows, columns=["code", "name", "type", "geometry"], crs=CRS)
    return table.assign(district=county)


def _in_gcj02(points: gpd.GeoDataFrame) -> pd.DataFrame:
    degrees = points.to_crs("EPSG:4326").geometry
    lon, lat = wgs84_to_gcj02(degrees.x.to_numpy(), degrees.y.to_numpy())
    return pd.DataFrame({"经度": np.round(lon, 6), "纬度": np.round(lat, 6)})


def _people(lines: gpd.GeoDataFrame, count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng([seed, 1])
    table = _in_gcj02(places(lines, count, seed=seed + 1))
    table.insert(0, "编号", [f"RK{n:05d}" for n in range(count)])
    residents = rng.integers(5, 300, count)
    return table.assign(**{"常住人口": residents, "60岁以上": rng.binomial(residents, 0.17)})


def _facilities(lines: gpd.GeoDataFrame, count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng([seed, 2])
    table = _in_gcj02(places(lines, count, seed=seed + 2))
    table.insert(0, "编号", [f"SS{n:04d}" for n in range(count)])
    kinds = rng.permutation(np.resize(list(KINDS), count))
    table.insert(1, "名称", [f"{n}号{kind}" for n, kind in enumerate(kinds)])
    return table.assign(**{"类别": kinds})
