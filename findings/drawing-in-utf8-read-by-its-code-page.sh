#!/usr/bin/env bash
# Chinese layer names of a drawing of AutoCAD 2010 come out as other Chinese letters.
#
# From AutoCAD 2007 on (AC1021) the text of a DXF is UTF-8, and the head still names the code page of the machine. GDAL
# goes by the code page: under ANSI_936 the bytes happen to be letters too, so that nothing fails, and no layer of the
# name that was drawn is there. DXF_ENCODING mends it.
# Seen with pyogrio 0.13.0 (GDAL of its wheel), geopandas 1.2.0.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pyogrio==0.13.0 geopandas==1.2.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import geopandas as gpd
import pyogrio

LINES = """0 SECTION 2 HEADER 9 $ACADVER 1 AC1024 9 $DWGCODEPAGE 3 ANSI_936 0 ENDSEC
0 SECTION 2 ENTITIES 0 POINT 8 养老设施 10 469148.3 20 3848584.8 30 0 0 ENDSEC 0 EOF"""
with open("drawing.dxf", "w", encoding="utf-8") as drawing:
    drawing.write("\n".join(LINES.split()) + "\n")
[layer] = gpd.read_file("drawing.dxf")["Layer"]
pyogrio.set_gdal_config_options({"DXF_ENCODING": "UTF-8"})
[told] = gpd.read_file("drawing.dxf")["Layer"]
print(*(f"{name} {version(name)}" for name in ("pyogrio", "geopandas")), "GDAL", pyogrio.__gdal_version_string__)
print("drawn on 养老设施; read:", layer, "· with DXF_ENCODING = UTF-8:", told)
assert layer != "养老设施" and all("\u4e00" <= letter <= "\u9fff" for letter in layer[:2])
assert told == "养老设施"
print("as seen: the code page decides, and other Chinese comes out")
PY
