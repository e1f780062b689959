#!/usr/bin/env bash
# A map of Zhengzhou in Beijing 1954 is brought to WGS 84 by parameters made for the South China Sea.
#
# allow_ballpark=False asks for a step that is no guess. Of the steps the register has, PROJ keeps those whose area meets
# the area of use of the CRS, a strip from the north of China to the sea: one is left, good to 15 m in the basin of the
# Pearl River, and it is applied 1,300 km north of it. The default applies no shift there, 55 m away.
# Seen with pyproj 3.7.2 (PROJ 9.5.1 of its wheel).
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyproj==3.7.2
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import pyproj

ZHENGZHOU = (467_985, 3_847_000)
wary = pyproj.Transformer.from_crs(2435, 4326, always_xy=True, allow_ballpark=False)
plain = pyproj.Transformer.from_crs(2435, 4326, always_xy=True)
lon, lat = wary.transform(*ZHENGZHOU)
apart = pyproj.Geod(ellps="WGS84").inv(lon, lat, *plain.transform(*ZHENGZHOU))[2]
print("pyproj", pyproj.__version__, "PROJ", pyproj.proj_version_str)
print(f"{wary.description}; accuracy {wary.accuracy} m; made for {wary.area_of_use.name}")
print(f"applied at {lat:.2f} N; the default is {apart:.1f} m away")
assert "Beijing 1954 to WGS 84 (3)" in wary.description
assert "Pearl River basin" in wary.area_of_use.name and wary.area_of_use.north < 23 < 34 < lat
assert 50 < apart < 60
print("as seen: a step for the sea is taken on land")
PY
