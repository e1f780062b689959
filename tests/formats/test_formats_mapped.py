"""Tables kept on disk: what is read back is what was written, or it is not kept."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from zzgeo.formats.parts.mapped import NotKept, keep_array, keep_table, kept_array, kept_bounds, kept_table

CRS = pyproj.CRS.from_epsg(4547)

COLUMNS = {
    "numbers": np.array([1.5, np.nan, -0.0, np.inf]),
    "whole": np.array([2**62, -1, 0, 3]),
    "short": np.array([1, 2, 3, 4], dtype=np.int8),
    "yes": np.array([True, False, True, True]),
    "texts": pd.array(["甲", None, "", "丁"], dtype="str"),
    "objects": np.array(["甲", None, "", "丁"], dtype=object),
    "missing": np.array([None, np.nan, pd.NaT, "丁"], dtype=object),
    "counts": pd.array([1, None, 2**60 + 1, 4], dtype="Int64"),
    "flags": pd.array([True, None, False, True], dtype="boolean"),
    "days": np.array(["2018-12-31", "NaT", "1990-01-01", "2000-02-29"], dtype="datetime64[s]"),
    "dates": np.array([dt.date(2018, 12, 31), None, dt.date(1990, 1, 1), None], dtype=object),
    "kinds": pd.Categorical(["b", "a", None, "b"], categories=["b", "a", "c"], ordered=True),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_comes_back_as_it_was(tmp_path, name):
    table = pd.DataFrame({name: pd.Series(COLUMNS[name], dtype=COLUMNS[name].dtype)})
    keep_table(table, tmp_path / "t")
    again = kept_table(tmp_path / "t")
    assert again[name].dtype == table[name].dtype
    pd.testing.assert_frame_equal(again, table, check_exact=True)
    some = kept_table(tmp_path / "t", np.array([1, 3]))
    pd.testing.assert_frame_equal(some, table.iloc[[1, 3]], check_exact=True, check_index_type=False)
    for cell, own in zip(again[name], table[name], strict=True):
        assert (cell is None) == (own is None)


INDEXES = [
    pd.RangeIndex(3, 11, 2),
    pd.Index(["p1", "p2", "p3", "p4"], dtype=object, name="demand_id"),
    pd.Index(["p1", "p2", "p3", "p4"], dtype="str"),
    pd.Index([9, 4, 7, 5], name="line"),
]


@pytest.mark.parametrize("index", INDEXES, ids=str)
def test_an_index_comes_back_as_it_was(tmp_path, index):
    table = pd.DataFrame({"n": [1.0, 2.0, 3.0, 4.0]}, index=index)
    keep_table(table, tmp_path / "t")
    pd.testing.assert_index_equal(kept_table(tmp_path / "t").index, index, exact=True)
    pd.testing.assert_index_equal(kept_table(tmp_path / "t", np.array([0, 2])).index, index[[0, 2]], exact="equiv")


def test_geometries_come_back_bit_by_bit(tmp_path):
    shapes = [Point(0.1, 1 / 3), None, Polygon(), shapely.union(box(0, 0, 1, 1), box(5, 5, 6, 6))]
    gates = np.array([None, Point(1, 2), None, LineString([(0, 0), (1, 1e-9)])], dtype=object)
    table = gpd.GeoDataFrame({"gates": gates}, geometry=shapes, crs=CRS)
    keep_table(table, tmp_path / "t")
    again = kept_table(tmp_path / "t", crs=CRS)
    assert isinstance(again, gpd.GeoDataFrame)
    assert again.crs == CRS
    assert list(shapely.to_wkb(again.geometry.array)) == list(shapely.to_wkb(table.geometry.array))
    assert list(shapely.to_wkb(again["gates"].to_numpy())) == list(shapely.to_wkb(gates))
    np.testing.assert_array_equal(kept_bounds(tmp_path / "t"), table.geometry.bounds.to_numpy())
    assert len(kept_table(tmp_path / "t", np.array([], dtype=int), CRS)) == 0


@pytest.mark.parametrize("cells", [["甲", 1.5, 2], [{"a": 1}, {1, 2}, "x"], [1, True, None]])
def test_what_would_come_back_otherwise_is_not_kept(tmp_path, cells):
    with pytest.raises(NotKept):
        keep_table(pd.DataFrame({"mixed": pd.Series(cells, dtype=object)}), tmp_path / "t")


def test_arrays_are_mapped_and_never_written_to(tmp_path):
    values = np.arange(10_000, dtype=float)
    keep_array(values, tmp_path / "a.npy")
    mine, its = kept_array(tmp_path / "a.npy", writeable=True), kept_array(tmp_path / "a.npy")
    assert isinstance(its.base, np.memmap)
    assert not its.flags.writeable
    mine[0] = 7.0
    assert its[0] == kept_array(tmp_path / "a.npy")[0] == 0.0
    keep_array(np.empty((0, 2)), tmp_path / "none.npy")
    assert kept_array(tmp_path / "none.npy").shape == (0, 2)
