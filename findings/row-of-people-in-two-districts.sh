#!/usr/bin/env bash
# People of a raster are counted in two districts where a border runs from west to east through the middle of their cells.
#
# A cell is of the polygon its centre lies in; a centre on the border should be of one of two neighbours, as it is where the
# border runs from south to north, or aslant. Along a level border GDAL burns the cells into both: of 20,000 people in the
# city 22,000 are in its two districts. rasterize, mask and zonal_stats of rasterstats and clip of rioxarray all go by it;
# exactextract, which cuts cells, counts everybody once.
# Seen with rasterio 1.4.4 (GDAL of its wheel), rasterstats 0.21.0, rioxarray 0.19.0, exactextract 0.3.0, geopandas 1.2.0.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  rasterio==1.4.4 rasterstats==0.21.0 rioxarray==0.19.0 exactextract==0.3.0 geopandas==1.2.0
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from importlib.metadata import version

import exactextract
import geopandas as gpd
import numpy as np
import rasterio
import rasterstats
import rioxarray
import shapely
from rasterio.features import rasterize
from rasterio.mask import mask

EAST, NORTH, CELL, SIDE = 460_000, 3_840_000, 100, 10
transform = rasterio.transform.from_origin(EAST, NORTH + SIDE * CELL, CELL, CELL)
people = np.full((SIDE, SIDE), 200.0)
profile = {"driver": "GTiff", "count": 1, "dtype": "float64", "crs": "EPSG:4547", "transform": transform, "nodata": -1}
with rasterio.open("people.tif", "w", width=SIDE, height=SIDE, **profile) as raster:
    raster.write(people, 1)


def halves(border):
    city = shapely.box(EAST, NORTH, EAST + SIDE * CELL, NORTH + SIDE * CELL)
    line = shapely.LineString([(EAST + x, NORTH + y) for x, y in border])
    return list(shapely.get_parts(shapely.ops.split(city, line)))


def counted(districts):
    """Return the people of both districts by each way of counting."""
    with rasterio.open("people.tif") as raster:
        masked = sum(float(mask(raster, [one], filled=False)[0].sum()) for one in districts)
    shape = people.shape
    table = gpd.GeoDataFrame(geometry=districts, crs=4547)
    cut = rioxarray.open_rasterio("people.tif", masked=True)
    return {
        "rasterize": sum((people * rasterize([one], shape, transform=transform)).sum() for one in districts),
        "mask": masked,
        "zonal_stats": sum(one["sum"] for one in rasterstats.zonal_stats(districts, "people.tif", stats="sum")),
        "rioxarray": sum(float(cut.rio.clip([one]).sum()) for one in districts),
        "exactextract": sum(one["properties"]["sum"] for one in exactextract.exact_extract("people.tif", table, "sum")),
    }


level, upright, aslant = (counted(halves(border)) for border in (
    [(-1, 450), (1001, 450)], [(450, -1), (450, 1001)], [(-50, 0), (950, 1000)]
))
names = ("rasterio", "rasterstats", "rioxarray", "exactextract", "geopandas")
print(*(f"{name} {version(name)}" for name in names), "GDAL", rasterio.__gdal_version__)
print(f"people {people.sum():g}; level border {level}")
print(f"upright border {upright}; aslant {aslant}")
for way, found in level.items():
    assert np.isclose(found, 20_000 if way == "exactextract" else 22_000)
assert all(np.isclose(found, 20_000) for found in (*upright.values(), *aslant.values()))
print("as seen: a row of cells on a level border is counted twice")
PY
