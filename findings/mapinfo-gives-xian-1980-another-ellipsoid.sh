#!/usr/bin/env bash
# A layer in Xi'an 1980 saved for MapInfo comes back on the ellipsoid of WGS 84, and one in CGCS2000 in the datum WGS 84.
#
# The name of the datum stays, 6,378,140 m and 1/298.257 become 6,378,137 m and 1/298.257223563: the same metres are other
# degrees. No CRS of the register is found by what comes back. Beijing 1954 keeps its ellipsoid.
# Seen with pyogrio 0.13.0 (GDAL of its wheel), geopandas 1.2.0, pyproj 3.7.2.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyogrio==0.13.0 geopandas==1.2.0 pyproj==3.7.2
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import geopandas as gpd
import pyogrio
import shapely

seen = {}
for code in (2383, 2435, 4547):
    for ending in ("mif", "tab"):
        table = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(460_000, 3_840_000)], crs=code)
        table.to_file(f"{code}.{ending}", driver="MapInfo File")
        crs = gpd.read_file(f"{code}.{ending}").crs
        size = crs.ellipsoid.semi_major_metre, round(crs.ellipsoid.inverse_flattening, 9)
        seen[code, ending] = crs.datum.name, *size, crs.to_epsg()
written = {code: gpd.GeoSeries(crs=code).crs.ellipsoid.semi_major_metre for code in (2383, 2435, 4547)}
print(*(f"{name} {version(name)}" for name in ("pyogrio", "geopandas")), "GDAL", pyogrio.__gdal_version_string__)
print("written:", written)
print("read:", seen)
for ending in ("mif", "tab"):
    assert written[2383] == 6378140 and seen[2383, ending] == ("Xian 1980", 6378137.0, 298.257223563, None)
    assert seen[2435, ending][:3] == ("Beijing 1954", 6378245.0, 298.3)
    assert seen[4547, ending][0] == "World Geodetic System 1984"
print("as seen: Xi'an 1980 has the ellipsoid of WGS 84, CGCS2000 its datum")
PY
