"""Positions on edges, and who is not on the network."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from zzgeo.errors import CrsError, SchemaError
from zzgeo.network import (
    STATUSES,
    WalkNetwork,
    access_points,
    best_access,
    nearest,
    snap,
    snap_facilities,
)
from zzgeo.network.snapping import entered, positions


def test_a_point_is_snapped_to_its_edge_not_to_a_node(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]).set_axis(["high street"]))
    row = snap(network, points((470, 30))).iloc[0]
    assert row.to_dict() == {
        "edge_id": "high street",
        "offset_m": 470.0,
        "snap_m": 30.0,
        "component": 0,
        "status": "ok",
    }


def test_a_point_too_far_away_is_not_snapped_and_its_distance_is_told(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    ledger = snap(network, points((0, 100), (0, 100.1), (0, 200), (0, 200.1), index=list("abcd")))
    assert ledger.status.tolist() == ["ok", "warn", "warn", "too-far"]
    assert ledger.snap_m.tolist() == [100, 100.1, 200, 200.1]
    assert ledger.edge_id.tolist()[:3] == [0, 0, 0]
    assert ledger.edge_id.isna().tolist() == [False, False, False, True]
    assert ledger.offset_m.isna().tolist() == [False, False, False, True]
    assert ledger.component.isna().tolist() == [False, False, False, True]
    assert ledger.index.tolist() == list("abcd")


def test_rows_without_a_place_stand_in_the_ledger(lines):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    places = gpd.GeoDataFrame(
        geometry=[None, shapely.Point(), shapely.Point(np.nan, 1), shapely.Point(1, 1)], crs="EPSG:4547"
    )
    assert snap(network, places).status.tolist() == ["no-geometry"] * 3 + ["ok"]


def test_an_empty_table_gives_an_empty_ledger(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    ledger = snap(network, points((0, 0)).iloc[:0])
    assert list(ledger.columns) == ["edge_id", "offset_m", "snap_m", "component", "status"]
    assert len(ledger) == 0


def test_of_equally_near_edges_the_first_is_taken(lines, points):
    streets = lines([(0, 10), (100, 10)], [(0, -10), (100, -10)])
    assert snap(WalkNetwork.from_edges(streets), points((50, 0))).edge_id[0] == 0
    assert snap(WalkNetwork.from_edges(streets.iloc[::-1]), points((50, 0))).edge_id[0] == 1


@pytest.mark.parametrize(
    ("y", "island_y", "status", "snap_m"),
    [
        (10, 15, "moved", 10),  # the island is 5 m away, the town 10 m
        (40, 44.5, "moved", 40),  # 40 m is nearer than 50 m, although 9 times as far
        (60, 70, "island", 10),  # 60 m is beyond 3 x 10 m and 50 m
        (60, 81, "moved", 60),  # 60 m is within 3 x 21 m
        (10, 10.9, "island", 0.9),  # the point stands on the island's street
        (10, 11.1, "moved", 10),
        (190, 120, "island", 70),  # the town is beyond the limit of 185 m
    ],
)
def test_a_small_component_is_taken_only_where_the_large_one_is_much_farther(
    lines, points, y, island_y, status, snap_m
):
    network = WalkNetwork.from_edges(lines([(-1000, 0), (1000, 0)], [(-50, island_y), (50, island_y)]))
    row = snap(network, points((3, y)), max_m=185).iloc[0]
    assert row.status == status
    assert row.snap_m == pytest.approx(snap_m)
    assert row.component == (0 if status == "moved" else 1)


def test_a_component_of_a_tenth_of_the_largest_is_not_small(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)], [(0, 15), (100, 15)]))
    assert snap(network, points((50, 10))).status[0] == "ok"


def test_a_point_near_an_island_alone_is_on_the_island_or_too_far(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (5000, 0)], [(0, 3000), (100, 3000)]))
    assert snap(network, points((50, 2900), (50, 2700))).status.tolist() == ["island", "too-far"]


def test_another_crs_and_other_geometry_are_refused(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    with pytest.raises(CrsError, match=r"crs\.mismatch"):
        snap(network, points((0, 0)).set_crs("EPSG:4549", allow_override=True))
    with pytest.raises(CrsError, match=r"crs\.missing"):
        snap(network, points((0, 0)).set_crs(None, allow_override=True))
    with pytest.raises(SchemaError, match="access_points"):
        snap(network, points((0, 0)).buffer(5).to_frame("geometry"))


def test_every_status_is_explained():
    assert set(STATUSES) == {"ok", "warn", "island", "moved", "too-far", "walled", "no-geometry"}


def test_a_park_is_entered_along_its_boundary_at_most_25_m_apart():
    hole = shapely.box(400, 400, 500, 500)
    park = shapely.box(0, 0, 1000, 1010).difference(hole)
    table = gpd.GeoDataFrame(
        index=["clinic", "park", "nowhere"], geometry=[shapely.Point(5, 5), park, None], crs="EPSG:4547"
    )
    entries = access_points(table)
    assert entries.facility_id.tolist()[0] == "clinic"
    assert entries.facility_id.tolist()[-1] == "nowhere"
    edge = entries[entries.facility_id == "park"]
    assert shapely.distance(edge.geometry.array, park.boundary).max() < 1e-9
    every = np.linspace(0, 1, 5001)
    for ring in (park.exterior, *park.interiors):
        along = shapely.line_interpolate_point(ring, every, normalized=True)
        gaps = shapely.STRtree(edge.geometry.array).query_nearest(along, return_distance=True, all_matches=False)[1]
        assert gaps.max() <= 12.5 + 1e-6
    assert not edge.geometry.duplicated().any()


def test_several_entrances_may_be_given_as_one_multipoint(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    campus = gpd.GeoDataFrame(index=["c"], geometry=[shapely.MultiPoint([(0, 0), (900, 0)])], crs="EPSG:4547")
    assert nearest(network, campus, points((800, 0), (300, 0))).distance_m.tolist() == [100, 300]


def test_known_entrances_stand_for_the_side_of_an_area_and_others_are_entered_anywhere(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    parks = gpd.GeoDataFrame(
        index=["gates", "open"],
        geometry=[shapely.box(100, 5, 500, 300), shapely.box(600, 5, 700, 300)],
        crs="EPSG:4547",
    )
    gates = gpd.GeoSeries([shapely.MultiPoint([(400, 5), (990, 5)]), None], index=parks.index, crs="EPSG:4547")
    parks = parks.assign(entrances=gates)
    entries = access_points(parks)
    assert (entries.facility_id == "gates").sum() == 2
    assert nearest(network, parks.iloc[:1], points((100, 0), (950, 0))).distance_m.tolist() == [305, 45]
    assert nearest(network, parks.iloc[1:], points((100, 0))).distance_m.tolist() == [505]
    # a column of that name that holds words says nothing of places
    words = parks.assign(entrances=["north gate", None])
    assert nearest(network, words.iloc[:1], points((100, 0))).distance_m.tolist() == [5]
    # a table that was converted keeps its other shapes in the CRS they came in
    abroad = parks.assign(entrances=gates.to_crs("EPSG:4326"))
    assert shapely.distance(access_points(abroad).geometry.array, entries.geometry.array).max() < 1e-6
    with pytest.raises(CrsError, match="entrances"):
        access_points(parks.assign(entrances=gpd.GeoSeries(np.asarray(gates.array), index=parks.index)))


NORTH = shapely.Point(500, 550)


@pytest.mark.parametrize(
    "cell",
    [
        NORTH,
        shapely.MultiPoint([NORTH]),
        [NORTH],
        (NORTH,),
        np.array([NORTH]),
        "POINT (500 550)",
        "multipoint(500 550)",
    ],
    ids=lambda cell: type(cell).__name__,
)
def test_a_plain_column_of_entrances_is_read_as_a_geoseries_of_the_facilities_crs(lines, points, cell):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)], [(1000, 0), (1000, 600)], [(1000, 600), (0, 600)]))
    park = gpd.GeoDataFrame(geometry=[shapely.box(100, 50, 900, 550)] * 3, index=list("abc"), crs="EPSG:4547")
    park["entrances"] = pd.Series([None, cell, np.nan], index=park.index, dtype=object)
    before = park.copy()
    home = points((500, 5))
    assert nearest(network, park.loc[["b"]], home).distance_m.tolist() == [1655.0]
    assert (access_points(park).facility_id == "b").sum() == 1
    assert nearest(network, park.loc[["a", "c"]], home).distance_m.tolist() == [55.0]
    assert park.equals(before)


@pytest.mark.parametrize(
    "cells",
    [
        [shapely.box(0, 0, 9, 9), None],
        [[(500, 550)], None],
        [shapely.LineString([(0, 0), (9, 9)]), None],
        ["POINT (500, 550", None],
        [NORTH, "south gate"],
        [NORTH, 3],
    ],
    ids=["area", "pairs", "line", "broken WKT", "word beside a point", "number beside a point"],
)
def test_entrances_that_are_no_points_are_refused_by_the_name_of_the_column(cells):
    park = gpd.GeoDataFrame(geometry=[shapely.box(100, 50, 900, 550)] * 2, crs="EPSG:4547")
    with pytest.raises(SchemaError, match=r"geom\.mixed_types · entrances"):
        access_points(park.assign(entrances=pd.Series(cells, dtype=object)))


def test_the_best_access_of_a_facility_is_its_row_in_the_report(lines):
    network = WalkNetwork.from_edges(lines([(0, -10), (1000, -10)]))
    table = gpd.GeoDataFrame(
        index=["park", "far"], geometry=[shapely.box(0, 0, 500, 500), shapely.Point(0, 900)], crs="EPSG:4547"
    )
    best = best_access(snap_facilities(network, table), table)
    assert best.index.tolist() == ["park", "far"]
    assert best.snap_m.tolist() == [10, 910]
    assert best.status.tolist() == ["ok", "too-far"]


def test_ledgers_that_belong_to_another_table_are_refused(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    facilities, demand = points((0, 0), (10, 0)), points((20, 0))
    with pytest.raises(SchemaError, match="facility_ledger"):
        nearest(network, facilities, demand, facility_ledger=snap(network, demand))
    with pytest.raises(SchemaError, match="demand_ledger"):
        nearest(network, facilities, demand, demand_ledger=snap(network, facilities))
    with pytest.raises(SchemaError, match="facilities"):
        nearest(network, pd.concat([facilities, facilities]), demand)
    other = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]).set_axis(["x"]))
    with pytest.raises(SchemaError, match="another network"):
        nearest(other, facilities, demand, facility_ledger=snap(network, facilities))


def test_a_limit_below_the_length_that_is_warned_of_holds(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    ledger = snap(network, points((500, 50), (500, 51), (500, 99), (500, 101)), max_m=50)
    assert ledger["status"].tolist() == ["ok", "too-far", "too-far", "too-far"]
    assert snap(network, points((500, 99), (500, 101)), max_m=200)["status"].tolist() == ["ok", "warn"]


@pytest.mark.parametrize("apart", [False, True])
def test_where_facilities_are_entered_is_what_their_ledger_says(lines, points, apart):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)], [(0, 3000), (50, 3000)]))
    places = points((470, 30), (20, 3010), (0, 900), index=["a", "b", "c"])
    if apart:
        places["geometry"] = places.buffer(5.0)
    ledger = snap_facilities(network, places)
    row = places.index.get_indexer(ledger["facility_id"])
    stand, of, piece = entered(network, places)
    wanted = positions(network, ledger, row)
    for name in ("edge", "offset", "leg", "owner"):
        np.testing.assert_array_equal(getattr(stand, name), getattr(wanted, name))
    np.testing.assert_array_equal(of, row)
    np.testing.assert_array_equal(piece, ledger["component"].to_numpy(dtype=np.int64, na_value=-1))
