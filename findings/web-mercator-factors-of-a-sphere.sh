#!/usr/bin/env bash
# PROJ's own scale factors of Web Mercator are those of a sphere: conformal, and wrong in both directions.
#
# Along the meridian a metre on the ground is 1.2213 m in EPSG:3857 at Zhengzhou, along the parallel 1.2157 m. get_factors
# says 1.2171 for both and an angular distortion of 0.
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

LON, LAT = 113.65, 34.75
factors = pyproj.Proj(3857).get_factors(LON, LAT)
geod, to_map = pyproj.Geod(ellps="WGS84"), pyproj.Transformer.from_crs(4326, 3857, always_xy=True)


def measured(azimuth):
    ends = [to_map.transform(*geod.fwd(LON, LAT, turn, 50)[:2]) for turn in (azimuth, azimuth + 180)]
    return math.dist(*ends) / 100


north, east = measured(0), measured(90)
print("pyproj", pyproj.__version__, "PROJ", pyproj.proj_version_str)
print(f"said: {factors.meridional_scale:.4f} {factors.parallel_scale:.4f}, distortion {factors.angular_distortion}")
print(f"measured: north {north:.4f}, east {east:.4f}")
assert abs(factors.meridional_scale - factors.parallel_scale) < 1e-6 and factors.angular_distortion == 0
assert 0.004 < north - factors.meridional_scale < 0.005
assert 0.001 < factors.parallel_scale - east < 0.002
print("as seen: the factors are of a sphere")
PY
