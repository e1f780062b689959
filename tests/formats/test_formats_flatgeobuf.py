"""FlatGeobuf: as it was written, or refused."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from reading import read, refused, write

from zzgeo.intake.dates import dates

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


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC"])
def test_a_day_stays_the_day_in_china_whatever_zone_its_time_is_written_in(tmp_path, zone):
    opened = pd.to_datetime(["2019-01-01", "2018-06-01"]).tz_localize("Asia/Shanghai").tz_convert(zone)
    path = tmp_path / "a.fgb"
    shapes = [shapely.Point(469148.3, 3848584.8), shapely.Point(469747.6, 3849004.9)]
    gpd.GeoDataFrame({"opened": opened}, geometry=shapes, crs=4547).to_file(path, SPATIAL_INDEX="NO")
    days = dates(read(path).table["opened"]).values
    assert [day.date() if hasattr(day, "date") else day for day in days] == [dt.date(2019, 1, 1), dt.date(2018, 6, 1)]


@pytest.mark.parametrize("kept", [12, 60, -20])
def test_a_file_cut_off_is_refused(tmp_path, kept):
    path = layer(tmp_path / "a.fgb")
    assert refused(write(path, path.read_bytes()[:kept])) == "file.corrupt"


def test_other_bytes_under_its_ending_are_refused(tmp_path):
    assert refused(write(tmp_path / "a.fgb", b"{}")) == "file.wrong_type"
