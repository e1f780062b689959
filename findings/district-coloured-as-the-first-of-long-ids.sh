#!/usr/bin/env bash
# On the map every district has the colour of the first, though each was given its own.
#
# folium.GeoJson asks Python how a feature looks, and writes a table of the answers into the page, by the first property
# that no two features share: the code of the district, whole numbers of 19 digits as registers hand out. They are different
# in Python and the same number in JavaScript, which keeps 53 bits: the page looks up the code of any district and finds the
# first. Choropleth does the same. With the codes as text each district has its colour.
# Seen with folium 0.20.0; the page's script run by quickjs 1.19.4.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check folium==0.20.0 quickjs==1.19.4 pandas==3.1.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import json
import re

import folium
import pandas as pd
import quickjs

CODES, SERVED = [1734567890123456701, 1734567890123456702, 1734567890123456703], [10, 50, 95]


def districts(codes):
    def square(east):
        return [[[east, 34], [east + 1, 34], [east + 1, 35], [east, 35], [east, 34]]]

    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code, "served": served},
                "geometry": {"type": "Polygon", "coordinates": square(113 + number)},
            }
            for number, (code, served) in enumerate(zip(codes, SERVED))
        ],
    }


def colour(feature):
    served = feature["properties"]["served"]
    return {"fillColor": "red" if served < 30 else "orange" if served < 80 else "green"}


def drawn(layer, features):
    """Return the colours that the script of the page gives the features."""
    page = folium.Map()
    layer.add_to(page)
    html = page.get_root().render()
    [(script, name)] = re.findall(r"(function (geo_json_\w+_styler)\(feature\) \{.*?\n        \}\n)", html, re.DOTALL)
    browser = quickjs.Context()
    browser.eval(script)
    return [browser.eval(f"{name}({json.dumps(feature)}).fillColor") for feature in features["features"]]


numbers, texts = districts(CODES), districts([str(code) for code in CODES])
table = pd.DataFrame({"code": CODES, "served": SERVED})
shades = folium.Choropleth(
    numbers, data=table, columns=["code", "served"], key_on="feature.properties.code", bins=[0, 30, 80, 100]
)
as_numbers = drawn(folium.GeoJson(numbers, style_function=colour), numbers)
as_texts = drawn(folium.GeoJson(texts, style_function=colour), texts)
shaded = drawn(shades, numbers)
print("folium", folium.__version__)
print("given:", [colour(feature)["fillColor"] for feature in numbers["features"]])
print("drawn, codes as numbers:", as_numbers, "· as text:", as_texts, "· Choropleth:", shaded)
assert len(set(CODES)) == 3 and len({float(code) for code in CODES}) == 1
assert as_texts == ["red", "orange", "green"]
assert as_numbers == ["red"] * 3 and len(set(shaded)) == 1
print("as seen: the page cannot tell long codes apart")
PY
