"""Time the audits of a province's counties, each from the province's files, and from where a batch keeps them.

Run from the project's top folder: ``python -m benchmarks.province``; ``--counties 3`` audits so many of the sixty from
the files. Each way runs in a process of its own, county after county, and tells processor seconds and the peak of
memory.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks import cities

ROWS, COLUMNS = 6, 10
CORNER = (400_000.0, 3_820_000.0)
KINDS = ("elderly_day_care", "community_health_centre", "park", "culture_venue", "sports_venue", "market")

STUDY = """\
name = "甲省"
jurisdiction = "zhengzhou"
as_of = 2018-12-31
crs = "EPSG:4547"
profile = "zz-2020"
districts = { source = "districts.gpkg" }
streets = { source = "streets.parquet" }
units = { source = "units.gpkg" }
demand = { source = "people.csv", datum = "EPSG:4547", columns = { lon = "x", lat = "y" } }

[[facilities]]
source = "facilities.csv"
datum = "EPSG:4547"
kind_column = "kind"
columns = { lon = "x", lat = "y" }
"""

_WORK = """
import sys, time
from pathlib import Path
from benchmarks.memory import own_peak_gb
from zzgeo.batch.job import AuditChoices, audit_into
from zzgeo.batch.shared import prepare_shared
way, study, out, codes = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4].split(",")
if way == "prepare":
    prepare_shared([study, study], out / "shared")
shared = prepare_shared([study, study], out / "shared") if way == "shared" else None
for code in codes if way != "prepare" else []:
    began = time.process_time()
    choices = AuditChoices(files="tables", districts=(code,))
    audit_into(study, out / f"{way}-{code}", choices, shared="" if shared is None else shared.of(study, (code,)))
    print(f"{way} {code}: {time.process_time() - began:.2f} s", flush=True)
print(f"{way}: {time.process_time():.1f} processor seconds in all, peak {own_peak_gb():.2f} GB")
"""


def write_province(folder: Path, *, places: int = 300_000, crossings: int = 69_000, facilities: int = 20_000) -> Path:
    """Write the files of a province of sixty counties into a folder and return its study file."""
    rng = np.random.default_rng(1)
    lines = cities.streets(crossings)
    lines = lines.set_geometry(lines.translate(*CORNER))
    low, high = (np.array(lines.total_bounds[part]) for part in (slice(0, 2), slice(2, 4)))
    lines.to_parquet(folder / "streets.parquet")
    x, y = np.linspace(low[0], high[0] + 1, COLUMNS + 1), np.linspace(low[1], high[1] + 1, ROWS + 1)
    cells = [(f"41{i:02d}{j:02d}", x[j], y[i], x[j + 1], y[i + 1]) for i in range(ROWS) for j in range(COLUMNS)]
    districts = {"code": [code for code, *_ in cells], "name": [f"县{code}" for code, *_ in cells]}
    shapes = [shapely.box(*box) for _, *box in cells]
    gpd.GeoDataFrame(districts, geometry=shapes, crs=cities.CRS).to_file(folder / "districts.gpkg")
    _write_units(folder / "units.gpkg", cells)
    people = _xy(cities.places(lines, places))
    people["residents"], people["aged_60_plus"] = rng.integers(1, 400, places), rng.integers(0, 80, places)
    people.to_csv(folder / "people.csv", index=False)
    table = _xy(cities.places(lines, facilities, seed=3))
    table["name"] = [f"第{n}处" for n in range(facilities)]
    table["kind"] = rng.choice(KINDS, facilities)
    table.loc[::1000, "x"] = np.nan
    table.to_csv(folder / "facilities.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder / "study.toml"


def _write_units(path: Path, cells: list[tuple[str, float, float, float, float]]) -> None:
    """Write nine communities a county."""
    rows = []
    for code, west, south, east, north in cells:
        for n in range(9):
            step_x, step_y = (east - west) / 3, (north - south) / 3
            left, low = west + (n % 3) * step_x, south + (n // 3) * step_y
            rows.append((f"{code}{n:06d}", f"社区{code}{n}", shapely.box(left, low, left + step_x, low + step_y)))
    codes, names, shapes = zip(*rows, strict=True)
    table = {"code": codes, "name": names, "type": "urban-community"}
    gpd.GeoDataFrame(table, geometry=list(shapes), crs=cities.CRS).to_file(path)


def _xy(points: gpd.GeoDataFrame) -> pd.DataFrame:
    x, y = shapely.get_coordinates(points.geometry.to_numpy()).T
    return pd.DataFrame({"x": x.round(2), "y": y.round(2)})


def main() -> None:
    """Run both ways and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=3)
    parser.add_argument("--shared-counties", type=int, default=ROWS * COLUMNS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = write_province(Path(folder))
        codes = [f"41{i:02d}{j:02d}" for i in range(ROWS) for j in range(COLUMNS)]
        for way, number in (("files", asked.counties), ("prepare", 1), ("shared", asked.shared_counties)):
            if number:
                words = [sys.executable, "-c", _WORK, way, str(study), folder, ",".join(codes[:number])]
                subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
