"""Days as people, spreadsheets and databases write them: the day as it stands, told where it was computed, or none."""

from __future__ import annotations

import datetime as dt
import sqlite3

import geopandas as gpd
import pandas as pd
import pytest
from files import X, Y
from shapely import Point

from zzgeo.intake import dates
from zzgeo.intake.check import check_file

DAY = "2018-06-01"


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "2018-06-01",
            "2018/6/1",
            "2018.06.01",
            "2018年6月1日",
            "2018 年 6 月 1 日",
            "２０１８－０６－０１",
            "20180601",
        ),
        *("20180601", "2018-06-01T00:00:00", "2018-06-01 08:30", "2018-06-01T08:30:00.000", "2018/6/1 0:00:00"),
        *("20180601083000", "2018-06-01T08:30:00+08:00", "2018-06-01T23:59:59+0800", "20180601T083000Z"),
        *(
            "2018-06-01T01:00:00-05:00",
            "2018-06-01T00:00:00Z",
            "2018-06-01 23:30:00 UTC+8",
            "2018-06-01T08:30+08:00[Asia/Shanghai]",
        ),
        *("二〇一八年六月一日", "二○一八年六月一日", "2018—06—01", "2018年6月1日（周五）"),
        *("2018年6月1日 8时30分", "2018年6月1日 上午9:00", "2018-06-01 星期五", "2018-06-01T15:59:59Z"),
    ],
)
def test_a_day_stands_as_it_is_written_and_nothing_is_told(cell):
    parsed = dates.dates(pd.Series([cell]))
    assert (str(parsed.values[0].date()), parsed.faults, parsed.reformatted) == (DAY, {}, {})


@pytest.mark.parametrize(
    ("cell", "how"),
    [
        *((cell, dates.PART) for cell in ("2018-06", "2018.6", "2018年6月", "2018/06", "201806")),
        *((cell, dates.PART) for cell in ("2018年6月份", "二〇一八年六月")),
        *((cell, dates.SERIAL) for cell in ("43252", "43252.35", 43252, 43252.35)),
        *((cell, dates.EPOCH) for cell in ("1527811200", "1527811200000", 1527811200000, "1527811200.5")),
        ("1527782400000", dates.EPOCH),  # midnight of that day in China
        ("2018-05-31T16:00:00Z", dates.MIDNIGHT),
        *((pd.Timestamp(f"2018-05-31 {hour}:00", tz="UTC"), dates.MOMENT) for hour in (16, 19, 23)),
        *((cell, dates.EPOCH) for cell in ("1527796800", "1527868799")),  # 04:00 and 23:59:59 of that day in China
    ],
)
def test_a_day_that_was_computed_is_told(cell, how):
    parsed = dates.dates(pd.Series([cell], dtype=object))
    assert (str(parsed.values[0].date()), parsed.reformatted) == (DAY, {0: how})


@pytest.mark.parametrize(
    ("cell", "day"),
    [("2018", "2018-01-01"), (2018.0, "2018-01-01"), ("1949年", "1949-01-01"), ("-315619200000", "1960-01-01")],
)
def test_years_alone_and_stamps_before_1970(cell, day):
    assert str(dates.dates(pd.Series([cell], dtype=object)).values[0].date()) == day


def test_a_moment_in_utc_on_the_same_day_in_china_is_plain_and_no_moment_is_missing():
    parsed = dates.dates(pd.Series(pd.to_datetime(["2018-06-01 15:59", None], utc=True)))
    assert (str(parsed.values[0].date()), parsed.values.isna().tolist()) == (DAY, [False, True])
    assert (parsed.faults, parsed.reformatted) == ({}, {})


def test_a_tenth_month_that_lost_its_zero_is_told_apart():
    parsed = dates.dates(pd.Series([2018.1, 2018.6]))
    assert parsed.values.dt.month.tolist() == [1, 6]
    assert parsed.reformatted == {0: dates.JANUARY, 1: dates.PART}


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "去年",
            "2016-02-30",
            "2018-13",
            "201813",
            "99",
            "0",
            "1234567",
            "01/06/2018",
            "18-6-1",
            "2.01806E+07",
            "inf",
        ),
        *(
            "201806010830",
            "2018060108",
            "2018-6-108:30",
        ),  # a time without its marks, or seconds and milliseconds since 1970
        *("2018-06-01 or 2019-06-01", "2018-06-01至2019-06-01", "0000-01-01", "9999-12-31", "999999999999999999999"),
    ],
)
def test_what_is_no_day_or_may_be_two_is_not_guessed(cell):
    parsed = dates.dates(pd.Series([cell]))
    assert (parsed.values.isna().tolist(), list(parsed.faults), parsed.reformatted) == ([True], [0], {})


@pytest.mark.parametrize("cell", ["1900-01-01", "1900-01-00", "1899-12-30T00:00:00", "0000-00-00", "0001-01-01"])
def test_a_day_that_databases_write_for_none_is_none_and_told(cell):
    for closing in (False, True):
        parsed = dates.dates(pd.Series([cell]), closing=closing)
        assert (parsed.values.isna().tolist(), parsed.faults, parsed.reformatted) == ([True], {}, {0: dates.NONE})


@pytest.mark.parametrize("cell", ["9999-12-31", "9999-12-31T00:00:00", "2999-12-31"])
def test_a_closing_that_never_comes_is_none_and_an_opening_then_is_not_read(cell):
    parsed = dates.dates(pd.Series([cell]), closing=True)
    assert (parsed.values.isna().tolist(), parsed.faults, parsed.reformatted) == ([True], {}, {0: dates.NEVER})
    assert list(dates.dates(pd.Series([cell])).faults) == [0]


def test_a_year_typed_into_a_cell_that_shows_days_is_none(tmp_path):
    shown = pd.Series(pd.to_datetime(["1905-07-10", "1905-07-12", "1905-12-01"]))  # the years 2018 and 2020, and a day
    parsed = dates.dates(shown)
    assert parsed.values.isna().tolist() == [True, True, False]
    assert [why.split(":")[0] for _, why in parsed.faults.values()] == ["perhaps a year in a cell that shows days"] * 2


def test_a_closing_before_its_opening_leaves_both_days_unread(tmp_path):
    days = [("2015-05-01", "2014-05-01"), ("2015-05-01", "2016-05-01"), ("2015-05-01", ""), ("", "2014-05-01")]
    rows = [f"站{n},{X + 97 * n},{Y + 89 * n},{opened},{closed}" for n, (opened, closed) in enumerate(days)]
    (tmp_path / "a.csv").write_text("\n".join(["名称,x,y,opened,closed", *rows]), encoding="utf-8")
    columns = {"name": "名称", "lon": "x", "lat": "y", "opened": "opened", "closed": "closed"}
    checked = check_file(tmp_path / "a.csv", "facilities", columns=columns, datum="EPSG:4547")
    assert [one.rows for one in checked.problems if one.code == "value.implausible"] == [("2",)]
    assert checked.cells_emptied == 2
    assert checked.table["days_unread"].tolist() == ["opened;closed", "", "", ""]
    assert checked.table[["opened", "closed"]].isna().to_numpy().tolist() == [
        [True] * 2,
        [False] * 2,
        [False, True],
        [True, False],
    ]


def test_cells_of_databases_and_missing_ones():
    zoned = pd.Series(pd.to_datetime(["2018-06-01 00:00", None]).tz_localize("Asia/Shanghai"))
    for column in (zoned, zoned.dt.tz_convert("UTC"), pd.Series([dt.date(2018, 6, 1), None]), pd.Series([DAY, "不详"])):
        parsed = dates.dates(column)
        assert parsed.values.isna().tolist() == [False, True]
        assert str(parsed.values[0].date()) == DAY
        assert not parsed.faults


@pytest.mark.parametrize("hour", ["00:00:00", "03:00:00", "23:00:00"])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", None])
def test_a_geopackage_keeps_the_day_it_holds(tmp_path, hour, zone):
    table = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[Point(X, Y)], crs="EPSG:4547")
    table.assign(opened=pd.to_datetime([f"{DAY} {hour}"]).tz_localize(zone)).to_file(tmp_path / "a.gpkg")
    if zone == "Asia/Shanghai":
        with sqlite3.connect(tmp_path / "a.gpkg") as database:
            assert database.execute("SELECT opened FROM a").fetchall() == [(f"{DAY}T{hour}+08:00",)]
    checked = check_file(tmp_path / "a.gpkg", "facilities", columns={"name": "name", "opened": "opened"})
    assert checked.table["opened"].dt.strftime("%Y-%m-%d").tolist() == [DAY]


def test_a_list_tells_each_way_its_days_were_found_once_and_keeps_every_row(tmp_path):
    cells = ["2018-06-01T08:30:00+08:00", "2018.6", "2018.7", "43252", "明年", ""]
    rows = [f"站{n},{X + 97 * n},{Y + 89 * n},{cell}" for n, cell in enumerate(cells)]
    (tmp_path / "a.csv").write_text("\n".join(["名称,x,y,建成", *rows]), encoding="utf-8")
    columns = {"name": "名称", "lon": "x", "lat": "y", "opened": "建成"}
    checked = check_file(tmp_path / "a.csv", "facilities", columns=columns, datum="EPSG:4547")
    told = {(one.code, one.rows) for one in checked.problems}
    assert told == {
        ("value.date_converted", ("3", "4")),
        ("value.date_converted", ("5",)),
        ("value.unparsed", ("6",)),
    }
    assert (checked.rows_used, checked.cells_emptied) == (6, 1)
    [months] = [one for one in checked.problems if one.rows == ("3", "4")]
    assert months.value == "opened: '2018.6' read as 2018-06-01: 2 of 6 rows (3, 4)"
    assert months.why == dates.PART
