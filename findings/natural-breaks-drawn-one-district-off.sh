#!/usr/bin/env bash
# Classes by natural breaks are drawn with the best district of each among those of the next.
#
# Of 1, 2, 3, 10, 11, 12, 50, 51, 52 per cent the natural classes are the three runs. jenkspy names their limits by the last
# value of each, 3 and 12, which belong to the class below. folium.Choropleth with use_jenks=True takes the limits from it,
# and puts what equals one into the class above: 3 has the colour of 10 and 11, 12 that of 50. As limits are values that
# occur, this is so on every such map. GeoDataFrame.explore draws the three runs.
# Seen with folium 0.20.0, jenkspy 0.4.1, geopandas 1.2.0, mapclassify 2.10.0; the script of the page run by quickjs 1.19.4.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  folium==0.20.0 jenkspy==0.4.1 geopandas==1.2.0 mapclassify==2.10.0 matplotlib==3.11.2 pandas==3.1.1 quickjs==1.19.4
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import json
import re
from importlib.metadata import version

import folium
import geopandas as gpd
import quickjs
import shapely

SERVED = [1, 2, 3, 10, 11, 12, 50, 51, 52]
districts = gpd.GeoDataFrame(
    {"code": [f"d{number}" for number in range(9)], "served": SERVED},
    geometry=[shapely.box(113 + number, 34, 114 + number, 35) for number in range(9)],
    crs=4326,
)


def classes(page, features):
    """Return the runs of districts that the script of the page draws in one colour."""
    html = page.get_root().render()
    [(script, name)] = re.findall(r"(function (geo_json_\w+_styler)\(feature\) \{.*?\n        \}\n)", html, re.DOTALL)
    browser = quickjs.Context()
    browser.eval(script)
    runs = {}
    for feature in features:
        colour = browser.eval(f"{name}({json.dumps(feature)}).fillColor")
        runs.setdefault(colour, []).append(feature["properties"]["served"])
    return list(runs.values())


features = json.loads(districts.to_json())["features"]
page = folium.Map()
columns, key = ["code", "served"], "feature.properties.code"
folium.Choropleth(districts, data=districts, columns=columns, key_on=key, use_jenks=True, bins=3).add_to(page)
drawn = classes(page, features)
explored = classes(districts.explore("served", scheme="FisherJenks", k=3), features)
names = ("folium", "jenkspy", "geopandas", "mapclassify")
print(*(f"{name} {version(name)}" for name in names))
print("Choropleth:", drawn, "· explore:", explored)
assert explored == [[1, 2, 3], [10, 11, 12], [50, 51, 52]]
assert drawn == [[1, 2], [3, 10, 11], [12, 50, 51, 52]]
print("as seen: the last of each class is drawn in the next")
PY
