#!/usr/bin/env bash
# Column names in Chinese are cut inside a letter, and two of them into nearly one.
#
# A name in a .dbf has ten bytes: three Chinese letters of UTF-8 and a third of the fourth. GDAL cuts by bytes and numbers
# what is the same after it, so that 养老服务机构名称 and 养老服务机构床位 become bytes that are no text, and 养老 with a piece of
# 服. In GBK five letters have room, and the two names differ only by a number.
# Seen with pyogrio 0.13.0 (GDAL of its wheel), geopandas 1.2.0.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyogrio==0.13.0 geopandas==1.2.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import struct
from importlib.metadata import version

import geopandas as gpd
import pyogrio
import shapely

table = gpd.GeoDataFrame({"养老服务机构名称": ["甲"], "养老服务机构床位": [20]}, geometry=[shapely.Point(113.6, 34.7)], crs=4326)


def names(encoding):
    table.to_file("homes.shp", encoding=encoding)
    content = open("homes.dbf", "rb").read()
    fields = (struct.unpack("<H", content[8:10])[0] - 33) // 32
    return [content[32 + 32 * field :][:11].split(b"\0")[0] for field in range(fields)]


utf8, gbk = names("UTF-8"), names("GBK")
print(*(f"{name} {version(name)}" for name in ("pyogrio", "geopandas")), "GDAL", pyogrio.__gdal_version_string__)
print("UTF-8:", [name.decode("utf-8", "backslashreplace") for name in utf8], "GBK:", [name.decode("gbk") for name in gbk])
assert utf8 == ["养老服务".encode()[:10], "养老服".encode()[:8] + b"_1"]
assert [name.decode("gbk") for name in gbk] == ["养老服务机", "养老服务_1"]
for name in utf8:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        continue
    raise SystemExit("the name is cut between letters now")
print("as seen: names are cut inside a letter")
PY
