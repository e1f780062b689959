"""All pairs within a limit: the nearest of them is the nearest there is, along streets and in a straight line."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from zzgeo.crs.ground import Ground
from zzgeo.network import WalkNetwork, distance_matrix, nearest, radius_distance, snap_facilities
from zzgeo.network.matrix import walked_pairs
from zzgeo.network.neighbours import SAME_PLACE_M, living_there, straight_pairs

CRS = "EPSG:4547"
#: Where the projection stretches: 120 km west of its middle.
WEST, SOUTH = 380_000.0, 3_840_000.0


def points(seed: int, number: int, *, side: float = 0.0) -> gpd.GeoDataFrame:
    xy = np.random.default_rng(seed).uniform(0, 2000, (number, 2)) + np.array((WEST, SOUTH))
    shapes = shapely.points(xy) if side == 0 else shapely.box(*xy.T, *(xy + side).T)
    return gpd.GeoDataFrame(geometry=shapes, crs=CRS, index=[f"{seed}-{n}" for n in range(number)])


def grid() -> WalkNetwork:
    steps = np.arange(0, 2001, 250.0)
    lines = [shapely.LineString([(WEST, SOUTH + y), (WEST + 2000, SOUTH + y)]) for y in steps]
    lines += [shapely.LineString([(WEST + x, SOUTH), (WEST + x, SOUTH + 2000)]) for x in steps]
    noded = shapely.get_parts(shapely.node(shapely.union_all(lines)))
    return WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=noded, crs=CRS))


def least(row: np.ndarray, metres: np.ndarray, number: int) -> np.ndarray:
    found = np.full(number, np.inf)
    np.minimum.at(found, row, metres)
    return found


@pytest.mark.parametrize("side", [0.0, 80.0])
@pytest.mark.parametrize("on_ground", [True, False])
def test_the_least_straight_pair_is_the_straight_distance(side, on_ground):
    places, homes = points(1, 12, side=side), points(2, 200)
    bounds = (WEST, SOUTH, WEST + 2000, SOUTH + 2000)
    ground = Ground.over(homes.crs, bounds) if on_ground else None
    place, row, metres = straight_pairs(places, homes, 400.0, ground)
    known = radius_distance(places, homes, ground)["distance_m"].to_numpy()
    assert np.allclose(least(row, metres, 200), np.where(known <= 400.0 + 1e-6, known, np.inf), rtol=0, atol=1e-9)
    assert (np.lexsort((row, place)) == np.arange(len(row))).all()
    alone = radius_distance(places.iloc[[3]], homes, ground)["distance_m"].to_numpy()
    assert set(row[place == 3]) == set(np.flatnonzero(alone <= 400.0 + 1e-6))


def test_the_least_walk_is_the_walk_and_rows_are_those_of_the_table():
    network, places, homes = grid(), points(1, 12), points(2, 200)
    place, row, metres = walked_pairs(network, places, homes, 700.0)
    walked = nearest(network, places, homes, cutoff_m=700.0)["distance_m"].to_numpy()
    assert (least(row, metres, 200) == walked).all()
    table = distance_matrix(network, places, homes, 700.0)
    assert (places.index[place] == table["facility_id"]).all()
    assert (homes.index[row] == table["demand_id"]).all()
    assert (metres == table["distance_m"]).all()


def test_whoever_lives_at_a_facility_is_a_pair_of_0_m_wherever_the_streets_are():
    network, places = grid(), points(1, 12)
    far = gpd.GeoDataFrame(geometry=[shapely.Point(WEST - 900, SOUTH)], crs=CRS, index=["far"])
    for shapes in (places, gpd.GeoDataFrame(geometry=[*places.geometry, *far.geometry], crs=CRS)):
        place, row, metres = walked_pairs(network, shapes, shapes, 1.0)
        assert (place == row).all()
        assert place.tolist() == list(range(len(shapes)))
        assert (metres == 0).all()


def test_no_place_and_nobody_are_no_pair():
    none, homes = points(1, 0), points(2, 5)
    for pair in (straight_pairs(none, homes, 400.0), straight_pairs(homes, none, 400.0)):
        assert [len(part) for part in pair] == [0, 0, 0]


def at_the_clinic() -> tuple[WalkNetwork, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return two streets, a clinic at one whose gate is at the far end of it, and a home at the clinic."""
    lines = [shapely.LineString([(0, 0), (1000, 0)]), shapely.LineString([(0, 150), (1000, 150)])]
    streets = gpd.GeoDataFrame(geometry=[*lines, shapely.LineString([(1000, 0), (1000, 150)])], crs=CRS)
    clinic = gpd.GeoDataFrame(geometry=[shapely.Point(60, 3)], crs=CRS)
    home = gpd.GeoDataFrame(geometry=[shapely.Point(60, 3), shapely.Point(500, 3)], crs=CRS, index=["there", "else"])
    return WalkNetwork.from_edges(streets), clinic, home


def test_whoever_lives_at_a_facility_has_no_walk_though_its_gate_is_elsewhere():
    network, clinic, home = at_the_clinic()
    gated = clinic.assign(entrances=gpd.GeoSeries([shapely.Point(1000, 0)], crs=CRS))
    assert nearest(network, gated, home)["distance_m"].tolist() == [0.0, 503.0]
    assert distance_matrix(network, gated, home, 2000.0)["distance_m"].tolist() == [0.0, 503.0]
    # nobody reaches the gate within this, and there is nobody to reach it
    assert nearest(network, gated, home, cutoff_m=10.0)["distance_m"].tolist() == [0.0, np.inf]
    assert distance_matrix(network, gated, home, 10.0)["demand_id"].tolist() == ["there"]


def test_whoever_lives_at_a_facility_has_no_walk_though_its_street_is_another():
    network, clinic, home = at_the_clinic()
    behind = snap_facilities(network, gpd.GeoDataFrame(geometry=[shapely.Point(60, 147)], crs=CRS))
    found = nearest(network, clinic, home, facility_ledger=behind)["distance_m"]
    assert found["there"] == 0.0
    assert found["else"] > 1000
    pairs = distance_matrix(network, clinic, home, 5000.0, facility_ledger=behind)
    assert pairs["distance_m"].tolist() == found.tolist()


def test_who_lives_there_is_found_among_any_shapes_near_and_far():
    rng = np.random.default_rng(5)
    homes = shapely.points(np.round(rng.uniform(0, 40, (400, 2))) + rng.choice([0, 0.009, 0.011], (400, 2)))
    homes[:3] = None, shapely.Point(), shapely.Point(9e7, 0)
    points = shapely.points(np.round(rng.uniform(0, 40, (60, 2))))
    for places in (points, [*points, shapely.box(3, 3, 9, 30), None, shapely.Point()], [shapely.Point(9e7, 0)], [None]):
        near = shapely.dwithin(homes[:, None], np.asarray(places, dtype=object), SAME_PLACE_M)
        found = living_there(np.asarray(places, dtype=object), homes)
        assert [part.tolist() for part in found] == [part.tolist() for part in np.nonzero(near)]
