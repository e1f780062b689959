#!/usr/bin/env bash
# Read twice as coarse by the mean, cells of a raster of people hold fewer people than none.
#
# The raster holds 0 or more, and so does the mean of any four cells. A Cloud Optimized GeoTIFF of GDAL holds coarser copies
# of itself, made by cubic interpolation unless told otherwise, which swings below 0 beside a town; a read with out_shape
# and Resampling.average begins with such a copy, whatever it asks for. The same numbers in a plain GeoTIFF are
# averaged right, and so is this file opened with OVERVIEW_LEVEL=NONE.
# Seen with rasterio 1.4.4 (GDAL of its wheel), numpy 2.4.6.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check rasterio==1.4.4 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import rasterio
from rasterio.enums import Resampling

SIDE, TOWN = 1024, slice(401, 427)
people = np.zeros((SIDE, SIDE), dtype="float32")
people[TOWN, TOWN] = 80
right = people.reshape(SIDE // 2, 2, SIDE // 2, 2).mean(axis=(1, 3))
profile = {
    "width": SIDE,
    "height": SIDE,
    "count": 1,
    "dtype": "float32",
    "crs": "EPSG:4547",
    "transform": rasterio.transform.from_origin(460_000, 3_840_000, 100, 100),
    "nodata": -99_999,
}


def halved(driver, **opened):
    with rasterio.open("people.tif", "w", driver=driver, **profile) as raster:
        raster.write(people, 1)
    with rasterio.open("people.tif", **opened) as raster:
        assert np.array_equal(raster.read(1), people)
        return raster.read(1, out_shape=right.shape, resampling=Resampling.average)


plain, cloud, bare = halved("GTiff"), halved("COG"), halved("COG", OVERVIEW_LEVEL="NONE")
print("rasterio", rasterio.__version__, "GDAL", rasterio.__gdal_version__, "numpy", np.__version__)
for name, found in {"GTiff": plain, "COG": cloud, "COG without its copies": bare}.items():
    below, off = (found < 0).sum(), abs(found - right).max()
    print(f"{name}: from {found.min():.2f} to {found.max():.2f} people, {below} cells below 0, {off:.2f} off at most")
assert np.array_equal(plain, right) and np.array_equal(bare, right) and right.min() == 0 and right.max() == 80
assert cloud.min() < -3 and (cloud < 0).sum() > 40 and cloud.max() > 83
print("as seen: the mean is of a copy that was no mean")
PY
