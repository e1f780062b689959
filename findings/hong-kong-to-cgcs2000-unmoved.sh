#!/usr/bin/env bash
# A layer of Hong Kong laid into a zone of CGCS2000 is 304 m off, though its step to WGS 84 is good to 1 m.
#
# No step from WGS 84 to CGCS2000 is registered (they are the same to centimetres at the epoch), so that PROJ finds no way
# by WGS 84 and takes the degrees of Hong Kong 1980 over as they are.
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

GRID = (836_000, 818_000)
direct = pyproj.Transformer.from_crs(2326, 4547, always_xy=True)
to_wgs84 = pyproj.Transformer.from_crs(2326, 4326, always_xy=True, allow_ballpark=False)
x, y = direct.transform(*GRID)
# the same degrees in CGCS2000
right = pyproj.Transformer.from_crs(4490, 4547, always_xy=True).transform(*to_wgs84.transform(*GRID))
off = math.hypot(x - right[0], y - right[1])
print("pyproj", pyproj.__version__, "PROJ", pyproj.proj_version_str)
print(direct.description)
print(f"to WGS 84 good to {to_wgs84.accuracy} m; direct to EPSG:4547 {off:.1f} m off")
assert "Ballpark" in direct.description and to_wgs84.accuracy == 1
assert 300 < off < 310
try:
    pyproj.Transformer.from_crs(4490, 4326, allow_ballpark=False)
except pyproj.exceptions.ProjError:
    print("as seen: CGCS2000 and WGS 84 are joined by a guess only, and Hong Kong does not move")
else:
    raise SystemExit("a step from CGCS2000 to WGS 84 is registered now")
PY
