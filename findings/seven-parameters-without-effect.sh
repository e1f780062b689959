#!/usr/bin/env bash
# A layer's own seven parameters to WGS 84 have no effect where it goes to CGCS2000.
#
# +towgs84 is used on the way to WGS 84. On the way to a zone of CGCS2000 PROJ leaves it out and takes the degrees over as
# they are: 84 m here, without a word.
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

CITY = "+proj=tmerc +lon_0=114 +x_0=500000 +ellps=krass +units=m +towgs84={} +type=crs"
PLACE = (463_000, 3_848_000)


def placed(parameters, target):
    return pyproj.Transformer.from_crs(CITY.format(parameters), target, always_xy=True).transform(*PLACE)


own, none = "12.3,-113.4,-41.5,0.5,-0.3,1.2,2.5", "0,0,0,0,0,0,0"
direct = placed(own, 4547)
by_wgs84 = pyproj.Transformer.from_crs(4490, 4547, always_xy=True).transform(*placed(own, 4326))
off = math.hypot(direct[0] - by_wgs84[0], direct[1] - by_wgs84[1])
print("pyproj", pyproj.__version__, "PROJ", pyproj.proj_version_str)
print(f"own parameters: {direct}; all zero: {placed(none, 4547)}; by way of WGS 84: {by_wgs84}, {off:.1f} m away")
assert direct == placed(none, 4547)
assert placed(own, 4326) != placed(none, 4326)
assert 80 < off < 90
print("as seen: the parameters are left out")
PY
