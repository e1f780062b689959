#!/usr/bin/env bash
# The difference of two areas is ground outside both: the hole of the second comes back as a part of the first.
#
# The land reached in 800 m lies in the land reached in 1,000 m, which has a hole; both are valid, and share the hole's
# edge to the last digits but one. What the first holds beyond the second is nothing; Polygon.difference answers with
# the hole, 60 m² of which none lie in the first. On a grid of a micrometre (grid_size) the answer is nothing.
# Seen with shapely 2.0.7 (GEOS 3.11.4), 2.1.2 (3.13.1) and 2.2.0 (3.14.1).
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check shapely==2.1.2
cd "$work"
"$work/venv/bin/python" - <<'PY'
import shapely
from shapely import Polygon

edge = [(10.649946060163147, 153.9007475016574), (3.668077549258902, 153.52994239144073)]
nearer = Polygon([(-47.26072838613625, 324.2973324975332), *edge, (4.545808603647792, 146.5935476124883)])
hole = [edge[0], (3.6680775492589013, 153.52994239144073), (5.829704495106997, 136.4473773092893)]
farther = Polygon(
    [
        (-47.62551324249233, 323.77295902318497),
        (-36.617759860055244, 345.9607047401067),
        (147.14864655771157, 411.2969708415892),
        (43.814536965584644, 3.768397797962699),
        (-24.28398646294065, 83.20896419608232),
    ],
    [hole],
)
beyond = nearer.difference(farther)
print("shapely", shapely.__version__, "GEOS", shapely.geos_version_string)
print(f"both valid: {nearer.is_valid and farther.is_valid}")
print(f"the first: {nearer.area:.2f} m², in the second {nearer.intersection(farther).area:.2f} m²")
print(f"the first without the second: {beyond.area:.2f} m², of it in the first {beyond.intersection(nearer).area:.2f} m²")
print(f"the hole: {Polygon(hole).area:.2f} m²")
print(f"on a grid of 1e-6 m: {nearer.difference(farther, grid_size=1e-6).area:.2f} m²")
assert nearer.is_valid and farther.is_valid
assert abs(nearer.area - nearer.intersection(farther).area) < 1e-6
assert abs(beyond.area - Polygon(hole).area) < 0.1
assert beyond.intersection(nearer).area < 1e-6
assert nearer.difference(farther, grid_size=1e-6).area < 1e-3
print("as seen: 60 m² outside both are given as the difference")
PY
