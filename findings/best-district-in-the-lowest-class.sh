#!/usr/bin/env bash
# One district without a figure, and the districts with the highest figures are in the lowest class of the map.
#
# Nine districts of 10 to 90 per cent in three classes by their quantiles: three in each. With a tenth that told nothing,
# the last limit is no number, so that 80 and 90 are within no limit and get class 0, as the empty one does; counts say
# seven in the lowest class and none in the highest. FisherJenks puts all ten in the lowest; EqualInterval only the empty
# one. No warning is given. GeoDataFrame.plot leaves the empty ones out first, and is right.
# Seen with mapclassify 2.10.0, numpy 2.4.6.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check mapclassify==2.10.0 numpy==2.4.6 pandas==3.1.1
cd "$work"
"$work/venv/bin/python" - <<'PY'
import warnings
from importlib.metadata import version

import mapclassify
import pandas as pd

served = pd.Series([10.0, 20, 30, 40, 50, 60, 70, 80, 90, None])
told = served.dropna()
print("mapclassify", version("mapclassify"), "numpy", version("numpy"))
seen = {}
for way in ("Quantiles", "FisherJenks", "EqualInterval"):
    classify = getattr(mapclassify, way)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        nine, ten = classify(told, k=3), classify(served, k=3)
    assert not [one for one in warned if "Numba" not in str(one.message)]
    seen[way] = (nine.yb.tolist(), ten.yb.tolist(), ten.counts.tolist())
    print(f"{way}: nine {seen[way][0]}, ten {seen[way][1]}, limits {ten.bins.round(2).tolist()}, counts {seen[way][2]}")
assert all(nine == [0, 0, 0, 1, 1, 1, 2, 2, 2] for nine, _, _ in seen.values())
assert seen["Quantiles"][1:] == ([0, 0, 0, 0, 1, 1, 1, 0, 0, 0], [7, 3, 0])
assert seen["FisherJenks"][1:] == ([0] * 10, [10, 0, 0])
assert seen["EqualInterval"][1] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 0]
print("as seen: the best are classed with the worst where one is unknown")
PY
