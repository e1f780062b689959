#!/usr/bin/env bash
# A home that told no number of beds has 0 beds once the list was saved for MapInfo.
#
# Of an empty number a table of MapInfo makes 0, of an empty yes or no a no, in both its forms (.tab, .mif), and GDAL says
# nothing. The mean over the homes that told goes from 90 beds to 45, and a home of which nobody knows whether it is open
# at night is one that is not. Days stay empty.
# Seen with pyogrio 0.13.0 (GDAL of its wheel), geopandas 1.2.0, pandas 3.1.1.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyogrio==0.13.0 geopandas==1.2.0 pandas==3.1.1
cd "$work"
"$work/venv/bin/python" -W error - <<'PY'
from importlib.metadata import version

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

homes = gpd.GeoDataFrame(
    {
        "beds": [60.0, None, 120.0, None],
        "staff": pd.array([10, None, 20, None], dtype="Int64"),
        "night": pd.array([True, None, False, None], dtype="boolean"),
        "opened": pd.to_datetime(["2019-01-01", None, "2020-01-01", None]),
    },
    geometry=[shapely.Point(460_000 + 100 * number, 3_840_000) for number in range(4)],
    crs=4547,
)
read = {}
for ending in ("tab", "mif", "gpkg"):
    homes.to_file(f"homes.{ending}")
    read[ending] = gpd.read_file(f"homes.{ending}")
print(*(f"{name} {version(name)}" for name in ("pyogrio", "geopandas", "pandas")), "GDAL", pyogrio.__gdal_version_string__)
for ending, table in read.items():
    empty = table.drop(columns="geometry").isna().sum().to_dict()
    print(f".{ending}: mean of beds {table['beds'].mean():g}, beds {table['beds'].tolist()}; empty {empty}")
assert homes["beds"].mean() == read["gpkg"]["beds"].mean() == 90
for table in (read["tab"], read["mif"]):
    assert table["beds"].tolist() == [60, 0, 120, 0] and table["beds"].mean() == 45
    assert table["staff"].tolist() == [10, 0, 20, 0] and table["night"].tolist() == [True, False, False, False]
    assert table["opened"].isna().sum() == 2
print("as seen: unknown became none")
PY
