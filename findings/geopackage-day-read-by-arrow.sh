#!/usr/bin/env bash
# The same GeoPackage holds two different opening days, by how it is read.
#
# A time with a zone is written as text with its offset, and warned of as non-conformant when it is read again.
# read_dataframe gives the day that was written; read_arrow turns the time into UTC, so that midnight in China is the day
# before. datetime_as_string keeps the text.
# Seen with pyogrio 0.13.0 (GDAL of its wheel), geopandas 1.2.0, pandas 3.1.1, pyarrow 26.0.1.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyogrio==0.13.0 geopandas==1.2.0 pandas==3.1.1 pyarrow==26.0.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

opened = pd.to_datetime(["2019-01-01T00:00:00+08:00"])
gpd.GeoDataFrame({"opened": opened}, geometry=[shapely.Point(113.6, 34.7)], crs=4326).to_file("clinics.gpkg")
by_table = str(pyogrio.read_dataframe("clinics.gpkg")["opened"].iloc[0].date())
by_arrow = str(pyogrio.read_arrow("clinics.gpkg")[1].column("opened")[0].as_py().date())
as_text = pyogrio.read_arrow("clinics.gpkg", datetime_as_string=True)[1].column("opened")[0].as_py()
print(*(f"{name} {version(name)}" for name in ("pyogrio", "geopandas", "pandas", "pyarrow")))
print("written 2019-01-01 +08:00; read_dataframe:", by_table, "· read_arrow:", by_arrow, "· as text:", as_text)
assert (by_table, by_arrow) == ("2019-01-01", "2018-12-31")
assert as_text.startswith("2019-01-01")
print("as seen: the day depends on the reader")
PY
