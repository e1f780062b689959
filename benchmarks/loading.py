"""Time the loading and checking of large files; print seconds, the peak of memory, and the targets.

Run from the project's top folder: ``python -m benchmarks.loading``, or with ``--rows 100000`` for a quick look. Files
are made in a temporary folder; each is checked in a process of its own, so that the peak of memory is its own. The
streets of Wuhan are read where the reference data lie beside the project.
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

#: What a million rows, and the streets of Wuhan, may take.
TARGET_S, TARGET_GB, TARGET_STREETS_S = 60.0, 1.5, 5.0

WUHAN = Path(__file__).resolve().parents[2] / "shared" / "data" / "wuhan_8989_original.parquet"

_WORK = """
import sys, time
from pathlib import Path
from benchmarks.memory import own_peak_gb
from zzgeo.intake.check import check_file
began = time.monotonic()
checked = check_file(sys.argv[1], sys.argv[2], datum=sys.argv[3] or None)
seconds = time.monotonic() - began
counts = (checked.rows_read, checked.rows_used, len(checked.quarantined))
print(checked.outcome, *counts, seconds, time.process_time(), own_peak_gb())
"""


def facilities(rows: int) -> pd.DataFrame:
    """Return a list of facilities as a bureau writes it, a row in a thousand with something wrong."""
    rng = np.random.default_rng(1)
    number = np.arange(rows)
    beds = pd.Series(rng.integers(5, 500, rows)).astype(str).to_numpy(dtype=object)
    beds[::1000] = "约200"
    beds[1::1000] = "1,200"
    lon = pd.Series(113.0 + rng.random(rows)).map("{:.6f}".format).to_numpy(dtype=object)
    lon[2::1000] = ""
    lat = pd.Series(34.3 + rng.random(rows)).map("{:.6f}".format)
    names = pd.Series(number).map("金水区第{}社区居家养老服务中心".format)
    ids = pd.Series(number).map("YL{:07d}".format)
    return pd.DataFrame({"编号": ids, "名称": names, "经度": lon, "纬度": lat, "床位数": beds})


def people(rows: int) -> pd.DataFrame:
    """Return places where people live."""
    rng = np.random.default_rng(2)
    lon, lat = 113.0 + rng.random(rows), 34.3 + rng.random(rows)
    table = {"编号": np.arange(rows).astype(str), "经度": lon.round(6), "纬度": lat.round(6)}
    return pd.DataFrame({**table, "常住人口": rng.integers(1, 400, rows), "60岁以上": rng.integers(0, 80, rows)})


def write_files(folder: Path, rows: int) -> list[tuple[str, Path, str, str]]:
    """Write the files and return (what it is, path, role, datum)."""
    lists, homes = facilities(rows), people(rows)
    lists.to_csv(folder / "facilities-utf8.csv", index=False)
    lists.to_csv(folder / "facilities-gb18030.csv", index=False, encoding="gb18030")
    homes.to_csv(folder / "people.csv", index=False)
    points = gpd.GeoDataFrame(
        homes.drop(columns=["经度", "纬度"]), geometry=gpd.points_from_xy(homes["经度"], homes["纬度"]), crs=4326
    )
    points.to_file(folder / "people.gpkg")
    points.to_parquet(folder / "people.parquet")
    lists.head(min(rows, 200_000)).to_excel(folder / "facilities.xlsx", index=False, engine="xlsxwriter")
    return [
        ("facilities, CSV, UTF-8", folder / "facilities-utf8.csv", "facilities", "EPSG:4326"),
        ("facilities, CSV, GB18030", folder / "facilities-gb18030.csv", "facilities", "GCJ-02"),
        ("facilities, XLSX", folder / "facilities.xlsx", "facilities", "EPSG:4326"),
        ("people, CSV", folder / "people.csv", "demand", "EPSG:4326"),
        ("people, GeoPackage", folder / "people.gpkg", "demand", "EPSG:4326"),
        ("people, GeoParquet", folder / "people.parquet", "demand", "EPSG:4326"),
    ]


def measured(path: Path, role: str, datum: str) -> list[str]:
    """Check a file in a process of its own and return what it printed."""
    command = [sys.executable, "-W", "ignore", "-c", _WORK, str(path), role, datum]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def main() -> None:
    """Print one line a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    print(
        f"targets for a million rows: {TARGET_S:g} s and {TARGET_GB:g} GB; for Wuhan's streets {TARGET_STREETS_S:g} s"
    )
    print(f"{'file':28} {'rows':>9} {'used':>9} {'set aside':>9} {'seconds':>8} {'of CPU':>8} {'peak GB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        files = write_files(Path(folder), rows)
        if WUHAN.is_file():
            files.append(("streets of Wuhan, GeoParquet", WUHAN, "streets", ""))
        for name, path, role, datum in files:
            outcome, read, used, aside, seconds, cpu, peak = measured(path, role, datum)
            assert outcome in ("accept", "warn", "quarantine"), (name, outcome)
            assert int(read) == int(used) + int(aside)
            counts = f"{int(read):9,} {int(used):9,} {int(aside):9,}"
            print(f"{name:28} {counts} {float(seconds):8.1f} {float(cpu):8.1f} {float(peak):8.2f}")


if __name__ == "__main__":
    main()
