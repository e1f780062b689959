"""FlatGeobuf: as it was written, or refused."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from reading import read, refused, write

NAMES = ["第一养老驿站", "第二养老驿站"]


def layer(path):
    shapes = [shapely.Point(469148.3, 3848584.8), shapely.Point(469747.6, 3849004.9)]
    table = gpd.GeoDataFrame({"name": NAMES, "beds": [10, None]}, geometry=shapes, crs=4547)
    table.to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO")
    return path


def test_rows_columns_and_crs_come_as_written(tmp_path):
    raw = read(layer(tmp_path / "a.fgb"))
    assert raw.table["name"].tolist() == NAMES
    assert raw.table.index.tolist() == [1, 2]
    assert raw.crs.to_epsg() == 4547
    assert raw.table.geometry.x.round(1).tolist() == [469148.3, 469747.6]


@pytest.mark.parametrize("kept", [12, 60, -20])
def test_a_file_cut_off_is_refused(tmp_path, kept):
    path = layer(tmp_path / "a.fgb")
    assert refused(write(path, path.read_bytes()[:kept])) == "file.corrupt"


def test_other_bytes_under_its_ending_are_refused(tmp_path):
    assert refused(write(tmp_path / "a.fgb", b"{}")) == "file.wrong_type"
