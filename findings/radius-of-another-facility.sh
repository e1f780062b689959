#!/usr/bin/env bash
# Facilities are joined with homes by a radius each, and the radius of one is taken for another.
#
# sjoin with predicate="dwithin" takes a distance for each row. Of a Series in another order than the table (sorted, say) it
# takes them by their place, and not by the index as pandas does elsewhere: the hospital's 1,000 m are the kiosk's, so that
# the home by the hospital is out of reach and one 800 m from the kiosk is served. GeoSeries.dwithin does the same; buffer
# refuses such a Series.
# Seen with geopandas 1.2.0, shapely 2.2.0, pandas 3.1.1.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check geopandas==1.2.0 shapely==2.2.0 pandas==3.1.1
cd "$work"
"$work/venv/bin/python" -W error - <<'PY'
import geopandas as gpd
import pandas as pd
import shapely

facilities = gpd.GeoDataFrame(
    geometry=[shapely.Point(0, 0), shapely.Point(10_000, 0)], index=["hospital", "kiosk"], crs=4547
)
homes = gpd.GeoDataFrame({"home": ["A", "B"]}, geometry=[shapely.Point(800, 0), shapely.Point(10_800, 0)], crs=4547)
radius_m = pd.Series({"hospital": 1_000.0, "kiosk": 100.0})


def served(radius):
    joined = gpd.sjoin(facilities, homes, predicate="dwithin", distance=radius)
    return list(zip(joined.index, joined["home"]))


sorted_m = radius_m.sort_values()
assert sorted_m.to_dict() == radius_m.to_dict()
one, other = served(radius_m), served(sorted_m)
home = homes.geometry.iloc[0]
print("geopandas", gpd.__version__, "shapely", shapely.__version__, "pandas", pd.__version__)
print("in the order of the table:", one, "· the same radii, sorted:", other)
assert one == [("hospital", "A")] and other == [("kiosk", "B")]
assert facilities.dwithin(home, radius_m).tolist() == [True, False]
assert facilities.dwithin(home, sorted_m).tolist() == [False, False]
try:
    facilities.buffer(sorted_m)
except ValueError as error:
    print("buffer:", str(error).split(".")[0])
else:
    raise SystemExit("buffer takes the Series too now")
print("as seen: the radius goes by its place, not by the facility")
PY
