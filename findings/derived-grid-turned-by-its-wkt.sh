#!/usr/bin/env bash
# A city grid derived from a zone of China swaps east and north once it was written as WKT.
#
# WKT gives the base of a derived projected CRS without its axes. A base whose axes are east and north comes back as one of
# northing and easting, as the register's zones are; the parameters are taken in that order, and the place is 4,800 km off.
# PROJJSON keeps the axes. The two CRS are not equal, which nobody asks.
# Seen with pyproj 3.7.2 (PROJ 9.5.1 of its wheel).
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyproj==3.7.2
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import math

import pyproj

axes = [
    {"name": name, "abbreviation": name[0], "direction": direction, "unit": "metre"}
    for name, direction in (("Easting", "east"), ("Northing", "north"))
]
plane = {"subtype": "Cartesian", "axis": axes}
base = {**pyproj.CRS(4547).to_json_dict(), "coordinate_system": plane}
del base["id"]
# the grid's east and north are those of the zone less 440 km and 3,800 km
terms = [
    ("A0", 8623, -440_000.0, "metre"), ("A1", 8624, 1.0, "unity"), ("A2", 8625, 0.0, "unity"),
    ("B0", 8639, -3_800_000.0, "metre"), ("B1", 8640, 0.0, "unity"), ("B2", 8641, 1.0, "unity"),
]
parameters = [
    {"name": name, "value": value, "unit": unit, "id": {"authority": "EPSG", "code": code}}
    for name, code, value, unit in terms
]
method = {"name": "Affine parametric transformation", "id": {"authority": "EPSG", "code": 9624}}
grid = pyproj.CRS.from_json_dict(
    {
        "type": "DerivedProjectedCRS",
        "name": "city",
        "base_crs": base,
        "conversion": {"name": "city", "method": method, "parameters": parameters},
        "coordinate_system": plane,
    }
)


def placed(crs):
    return pyproj.Transformer.from_crs(crs, 4547, always_xy=True).transform(20_000, 40_000)


json, wkt = placed(pyproj.CRS(grid.to_json())), placed(pyproj.CRS(grid.to_wkt()))
print("pyproj", pyproj.__version__, "PROJ", pyproj.proj_version_str)
print("by PROJJSON", json, "by WKT", wkt)
assert math.dist(json, (460_000, 3_840_000)) < 0.001
assert math.dist(wkt, (3_840_000, 460_000)) < 0.001
print("as seen: WKT swaps east and north")
PY
