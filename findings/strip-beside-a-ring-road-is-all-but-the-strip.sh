#!/usr/bin/env bash
# The strip of 10 m on one side of a closed street is everything inside it but that strip.
#
# buffer(10, single_sided=True) of a line gives the land beside it on one side: along a street around a block of 1 km, 10 m
# wide, 3.96 ha inside and 4.02 ha outside. Of the closed line it is 96.04 ha inside, the block without the strip, and
# outside the block itself, 100 ha, of which none is outside. A line with a gap of 1 m is treated so on its inner side. Both
# answers are valid polygons. What is within 10 m of the street, less the other side, is right.
# Seen with shapely 2.2.0 (GEOS 3.14.1) and 2.1.2 (3.13.1).
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/strip.py" <<'PY'
import shapely
from shapely import LineString, Polygon

CORNERS = [(0, 0), (1000, 0), (1000, 1000), (0, 1000)]
block = Polygon(CORNERS)
street = {"closed": LineString([*CORNERS, CORNERS[0]]), "gap of 1 m": LineString([*CORNERS, (0, 1)])}
print("shapely", shapely.__version__, "GEOS", shapely.geos_version_string)
for name, line in street.items():
    near = line.buffer(10)
    right = {"inside": near.intersection(block).area, "outside": near.difference(block).area}
    strips = {"inside": line.buffer(10, single_sided=True), "outside": line.buffer(-10, single_sided=True)}
    areas = {side: round(strip.area) for side, strip in strips.items()}
    print(f"{name}: {areas} m²; by the land within 10 m { {side: round(area) for side, area in right.items()} }")
    assert all(strip.is_valid for strip in strips.values())
    assert 39_000 < right["inside"] < 40_000 < right["outside"] < 41_000
    # the whole block but the strip
    assert abs(areas["inside"] - 980**2) < 20 and strips["inside"].intersection(near).area < 20
    if name == "closed":
        assert strips["outside"].equals(block)
    else:
        assert abs(areas["outside"] - right["outside"]) < 500
print("as seen: the strip is left out, and the rest given")
PY
for release in 2.2.0 2.1.2; do
  python3 -m venv "$work/$release"
  "$work/$release/bin/pip" install --quiet --disable-pip-version-check "shapely==$release" numpy==2.4.6
  "$work/$release/bin/python" "$work/strip.py"
done
