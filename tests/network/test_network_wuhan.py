"""A real city: streets and tertiary hospitals of Wuhan, against figures computed by others."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from zzgeo.network import (
    Reach,
    WalkNetwork,
    nearest,
    radius_distance,
    reached_street_m,
    service_areas,
    snap,
)


@pytest.fixture(scope="module")
def wuhan(shared):
    edges = gpd.read_parquet(shared / "data" / "wuhan_8989_original.parquet")
    return WalkNetwork.from_edges(edges[~edges.highway.isin(["motorway", "motorway_link", "trunk_link"])])


@pytest.fixture(scope="module")
def hospitals(shared, wuhan):
    table = pd.read_csv(shared / "data" / "china_3a_hospitals_wgs84.csv")
    table = table[table.longitude_wgs84.between(113.6, 115.1) & table.latitude_wgs84.between(29.9, 31.4)]
    table = table.drop_duplicates(["longitude_wgs84", "latitude_wgs84"])
    where = gpd.points_from_xy(table.longitude_wgs84, table.latitude_wgs84, crs="EPSG:4326")
    return gpd.GeoDataFrame(table, geometry=where).to_crs(wuhan.crs)


def test_the_network_has_the_nodes_and_the_length_others_found(shared, wuhan):
    every = WalkNetwork.from_edges(gpd.read_parquet(shared / "data" / "wuhan_8989_original.parquet"))
    assert len(every.node_xy) == 82_891
    # 25 streets of 1 km together stand in the layer twice
    assert every.length_m.sum() / 1000 == pytest.approx(7185 - 1.02, abs=0.5)
    assert sum(note.code == "network.doubled" for note in every.notes) == 1
    assert len(every.component_table) == 1
    assert len(wuhan.node_xy) == 72_277
    assert wuhan.component_table.nodes[0] / len(wuhan.node_xy) == pytest.approx(0.995, abs=5e-4)


def test_a_quarter_of_an_hour_on_foot_reaches_about_a_ninth_of_the_crossings(wuhan, hospitals):
    crossings = gpd.GeoDataFrame(geometry=shapely.points(wuhan.node_xy), crs=wuhan.crs)
    ledger = snap(wuhan, hospitals)
    on = ledger.edge_id.notna()
    # Most hospitals outside the mapped area are too far from any street, and say so.
    assert set(ledger.status[~on]) == {"too-far"}
    assert ledger.snap_m[on].median() == pytest.approx(38, abs=8)
    walks = nearest(wuhan, hospitals, crossings, facility_ledger=ledger)
    free = nearest(wuhan, hospitals, crossings, facility_ledger=ledger.assign(snap_m=0.0))
    assert (free.distance_m <= 1200).mean() == pytest.approx(0.117, abs=0.01)
    assert (walks.distance_m <= 1200).mean() < (free.distance_m <= 1200).mean()
    straight = radius_distance(hospitals[on], crossings)
    assert (walks.distance_m >= straight.distance_m - 1e-6).all()
    assert (radius_distance(hospitals, crossings).distance_m <= 1000).mean() == pytest.approx(0.162, abs=0.01)


def test_no_service_area_is_larger_than_all_together(wuhan, hospitals):
    areas = service_areas(wuhan, hospitals, Reach.along_streets(1200), draw=False)
    together = reached_street_m(wuhan, hospitals, 1200)
    assert areas.street_m.max() <= together <= areas.street_m.sum()
    assert np.isfinite(areas.street_m).all()
