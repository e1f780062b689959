"""A province of six counties from a seed: every layer that counties may share, with rows that cannot be used."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString, box

CRS = "EPSG:4547"
CORNER = np.array([450_000.0, 3_840_000.0])
#: Side of a county, and metres between its streets.
SIDE, STEP = 2_000.0, 250.0
CODES = ["410101", "410102", "410103", "410104", "410105", "410106"]
KINDS = ("elderly_day_care", "community_health_centre", "park", "culture_venue", "sports_venue", "market")

STUDY = """\
name = "甲省"
jurisdiction = "zhengzhou"
as_of = 2018-12-31
crs = "EPSG:4547"
profile = "zz-2020-all"
districts = { source = "districts.gpkg" }
streets = { source = "streets.gpkg" }
barriers = { source = "barriers.gpkg" }
units = { source = "units.gpkg" }
land = { source = "land.gpkg" }
demand = { source = "people.csv", datum = "EPSG:4547", columns = { demand_id = "id", lon = "x", lat = "y" } }

[[facilities]]
source = "facilities.csv"
datum = "EPSG:4547"
kind_column = "kind"
columns = { facility_id = "id", lon = "x", lat = "y" }
kinds = { "菜场" = "market" }

[[areas]]
id = "central-city"
source = "central.gpkg"
"""


def write_province(folder: Path, seed: int) -> Path:
    """Write the files of a province into a folder and return its study file; of an even seed some rows are damaged."""
    random = np.random.default_rng(seed)
    cells = {code: np.array([n % 3, n // 3]) * SIDE + CORNER for n, code in enumerate(CODES)}
    shapes = [box(*low, *(low + SIDE)) for low in cells.values()]
    _write(folder, "districts", {"code": CODES, "name": [f"县{code}" for code in CODES]}, shapes)
    half = np.array([SIDE / 2, SIDE])
    halves = [(code, n, low + half * (n, 0)) for code, low in cells.items() for n in (0, 1)]
    types = random.choice(["urban-community", "village"], len(halves))
    names = {"code": [f"{code}00100{n}" for code, n, _ in halves], "name": [f"社区{code}{n}" for code, n, _ in halves]}
    _write(folder, "units", names | {"type": types}, [box(*low, *(low + half)) for *_, low in halves])
    _write(folder, "land", {"n": range(80)}, [spot.buffer(random.uniform(50, 400)) for spot in _spots(random, 80)])
    _write(folder, "central", {"n": [1]}, [box(*(CORNER + 500), *(CORNER + np.array([4_500, 3_000])))])
    middle = CORNER[0] + SIDE / 2 + 60.0
    _write(folder, "barriers", {"n": [1]}, [LineString([(middle, CORNER[1] + 300), (middle, CORNER[1] + 3 * SIDE)])])
    _write(folder, "streets", {"name": None}, _streets(random))
    _people(random, seed % 2 == 0).to_csv(folder / "people.csv", index=False)
    _facilities(random, seed % 2 == 0).to_csv(folder / "facilities.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder / "study.toml"


def _write(folder: Path, name: str, columns: dict, shapes: list) -> None:
    gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS, index=range(len(shapes))).to_file(folder / f"{name}.gpkg")


def _spots(random: np.random.Generator, number: int) -> np.ndarray:
    return shapely.points(CORNER + random.uniform([-300, -300], [3 * SIDE + 300, 2 * SIDE + 300], (number, 2)))


def _streets(random: np.random.Generator) -> list[LineString]:
    """Return a grid over all counties with streets missing, and small pieces from which no way leads to it."""
    wide, high = int(3 * SIDE / STEP), int(2 * SIDE / STEP)
    lines, east = [], np.array([STEP, 0.0])
    for i in range(wide + 1):
        for j in range(high + 1):
            here = CORNER + np.array([i, j]) * STEP
            ways = [here + east] * (i < wide) + [here + east[::-1]] * (j < high)
            lines += [LineString([here, there]) for there in ways if random.random() < 0.75]
    for spot in random.uniform([300, 300], [3 * SIDE - 300, 2 * SIDE - 300], (8, 2)).round(1):
        start = CORNER + spot
        lines.append(LineString([start, start + np.array([90.0, 35.0])]))
    return lines


def _people(random: np.random.Generator, damaged: bool) -> pd.DataFrame:
    xy = shapely.get_coordinates(_spots(random, 600)).round(1)
    table = pd.DataFrame({"id": [f"p{n}" for n in range(600)], "x": xy[:, 0], "y": xy[:, 1]})
    table["residents"], table["aged_60_plus"] = random.integers(1, 400, 600), random.integers(0, 80, 600)
    texts = table.astype(str)
    if damaged:
        texts.loc[::97, "residents"] = "不详"
        texts.loc[5::111, "x"] = ""
    return texts


def _facilities(random: np.random.Generator, damaged: bool) -> pd.DataFrame:
    xy = shapely.get_coordinates(_spots(random, 90)).round(1)
    table = pd.DataFrame({"id": [f"f{n}" for n in range(90)], "x": xy[:, 0], "y": xy[:, 1]})
    table["kind"] = random.choice([*KINDS, "菜场"], 90)
    table["name"] = [f"第{n}处" for n in range(90)]
    table["capacity"] = random.integers(5, 300, 90)
    table["closed"] = np.where(random.random(90) < 0.1, "2015-01-01", "")
    texts = table.astype(str)
    if damaged:
        texts.loc[::31, "y"] = "0"
        texts.loc[7::41, "kind"] = "其他"
    return texts
