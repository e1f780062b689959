"""Driving: closed forms on a few ways, an independent computation on a random town, and where motorways are entered."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from zzgeo.network.driving import EXPRESSWAY, MOTORWAY, DriveNetwork, drive_minutes

CRS = "EPSG:4547"


def ways(*rows: tuple[str, list[tuple[float, float]], dict[str, object]]) -> gpd.GeoDataFrame:
    table = [{"highway": kind, **more} for kind, _, more in rows]
    return gpd.GeoDataFrame(table, geometry=[shapely.LineString(line) for _, line, _ in rows], crs=CRS)


def network(*rows: tuple[str, list[tuple[float, float]], dict[str, object]], factor: float = 0.6) -> DriveNetwork:
    made = DriveNetwork.of(ways(*rows), factor)
    assert made is not None
    return made


def at(drive: DriveNetwork, *places: tuple[float, float]) -> np.ndarray:
    return np.array([int(np.hypot(*(drive.xy - place).T).argmin()) for place in places])


def test_minutes_are_length_over_the_speed_that_is_driven():
    assert drive_minutes(np.array([16_000.0]), 80.0)[0] == pytest.approx(20.0)
    drive = network(
        ("primary", [(0, 0), (3000, 0), (6000, 0)], {}), ("primary", [(6000, 0), (9000, 0)], {"maxspeed": "30 mph"})
    )
    to = drive.minutes_to(at(drive, (9000, 0)))
    assert to[at(drive, (0, 0))][0] == pytest.approx(6 / 36 * 60 + 3 / (0.6 * 48.28032) * 60)
    with pytest.raises(ValueError, match="peak factor"):
        DriveNetwork.of(ways(("primary", [(0, 0), (1, 0)], {})), 0.0)


def test_one_way_streets_are_driven_one_way():
    there, back = [(0, 0), (1000, 0)], [(1000, 0), (1000, 800), (0, 800), (0, 0)]
    drive = network(("tertiary", there, {"oneway": "yes"}), ("tertiary", back, {"oneway": "yes"}))
    east = drive.minutes_to(at(drive, (1000, 0)))[at(drive, (0, 0))][0]
    west = drive.minutes_to(at(drive, (0, 0)))[at(drive, (1000, 0))][0]
    assert (east, west) == (pytest.approx(1 / 24 * 60), pytest.approx(2.6 / 24 * 60))
    only = network(("tertiary", there, {"oneway": "yes"}))
    assert np.isinf(only.minutes_to(at(only, (0, 0)))[at(only, (1000, 0))][0])


def test_a_motorway_is_reached_by_its_links_alone():
    street = ("primary", [(-1000, 0), (0, 0), (1000, 0)], {})
    motorway = ("motorway", [(-1000, 5), (-500, 5), (500, 5), (1000, 5)], {})
    crossing = ("secondary", [(0, -500), (0, 0), (0, 500)], {})
    on = ("motorway_link", [(0, 0), (250, 2), (500, 5)], {"oneway": "yes"})
    off = ("motorway_link", [(-500, 5), (-600, 0)], {"oneway": "yes"})
    lone = network(street, motorway, crossing)
    assert len(lone.entries(MOTORWAY)) == 0
    both = network(street, motorway, crossing, on, off)
    assert both.xy[both.entries(MOTORWAY)].tolist() == [[0.0, 0.0]]
    assert len(both.entries(EXPRESSWAY)) == 0
    only_off = network(street, motorway, crossing, off)
    assert len(only_off.entries(MOTORWAY)) == 0


def test_a_motorway_named_an_expressway_is_one_and_a_trunk_that_becomes_a_motorway_enters_it():
    link = ("motorway_link", [(0, 0), (100, 0)], {"oneway": "yes", "name": None})
    ring = ("motorway", [(100, 0), (900, 0)], {"name": "三环快速路"})
    street = ("primary", [(0, -900), (0, 0)], {"name": None})
    out = ("motorway", [(900, 0), (2000, 0)], {"name": "京港澳高速"})
    drive = network(street, link, ring, out)
    assert drive.xy[drive.entries(EXPRESSWAY)].tolist() == [[0.0, 0.0]]
    assert drive.xy[drive.entries(MOTORWAY)].tolist() == [[900.0, 0.0]]


def test_a_trunk_at_grade_is_entered_without_a_link_only_where_it_is_marked():
    street = ("primary", [(0, -900), (0, 0)], {})
    plain = network(street, ("trunk", [(0, 0), (900, 0)], {"motorroad": None}))
    marked = network(street, ("trunk", [(0, 0), (900, 0)], {"motorroad": "yes"}))
    assert len(plain.entries(EXPRESSWAY)) == 0
    assert marked.xy[marked.entries(EXPRESSWAY)].tolist() == [[0.0, 0.0]]


def test_ways_meet_at_shared_vertices_but_not_under_a_bridge():
    below = ("primary", [(0, -500), (0, 0), (0, 500)], {"bridge": None})
    over = ("primary", [(-500, 0), (0, 0), (500, 0)], {"bridge": "yes"})
    ramp = ("primary", [(0, 0), (300, 300)], {"bridge": "yes"})
    flat = network(below, ("primary", over[1], {"bridge": "no"}))
    assert np.isfinite(flat.minutes_to(at(flat, (500, 0)))[at(flat, (0, 500))][0])
    lifted = network(below, over)
    assert np.isinf(lifted.minutes_to(at(lifted, (500, 0)))[at(lifted, (0, 500))][0])
    ramped = network(over, ramp)
    assert np.isfinite(ramped.minutes_to(at(ramped, (500, 0)))[at(ramped, (300, 300))][0])


def test_places_leave_by_the_open_direction_and_by_a_street_with_a_way_out():
    drive = network(
        ("residential", [(0, 0), (3000, 0)], {"oneway": "yes"}),
        ("residential", [(3000, 0), (3000, 3000)], {"oneway": "no"}),
        ("residential", [(0, 60), (2000, 60)], {"oneway": "no"}),
    )
    to = drive.minutes_to(at(drive, (3000, 0)))
    # 300 m a minute on the street, 200 m a minute from the yard
    minutes = drive.from_places(np.array([[600.0, 20.0], [600.0, 50.0], [3000.0, 900.0], [9000.0, 0.0]]), to, 200.0)
    assert minutes[:3] == pytest.approx([8.1, 8.25, 3.0])
    assert np.isnan(minutes[3])


def test_a_place_made_a_node_changes_no_way_through():
    drive = network(
        ("residential", [(0, 0), (3000, 0)], {"oneway": "yes"}), ("residential", [(3000, 0), (3000, 900)], {})
    )
    split, node = drive.with_places(np.array([[1000.0, 5.0], [2000.0, -5.0], [3000.0, 0.0], [0.0, 5000.0]]), 100.0)
    assert node[3] == -1
    assert (node[:3] >= len(drive.xy)).all()
    goal = at(drive, (3000, 900))
    assert split.minutes_to(goal)[: len(drive.xy)] == pytest.approx(drive.minutes_to(goal))
    assert split.minutes_to(node[[1]])[node[0]] == pytest.approx(1000 / 300)
    assert np.isinf(split.minutes_to(node[[0]])[node[1]])
    assert split.xy[node[:3]].tolist() == [[1000.0, 0.0], [2000.0, 0.0], [3000.0, 0.0]]


@pytest.mark.parametrize("seed", range(4))
def test_times_equal_a_computation_on_a_graph_made_from_the_same_ways_by_hand(seed):
    rng = np.random.default_rng(seed)
    side, rows, graph = 7, [], nx.DiGraph()
    kinds = {"primary": 60.0, "residential": 30.0, "service": 20.0}
    for x in range(side):
        for y in range(side):
            for step in ((1, 0), (0, 1)):
                if rng.random() < 0.25 or x + step[0] == side or y + step[1] == side:
                    continue
                a, b = (x * 700.0, y * 900.0), ((x + step[0]) * 700.0, (y + step[1]) * 900.0)
                kind = str(rng.choice(list(kinds)))
                oneway = str(rng.choice(["yes", "no", "-1"]))
                limit = [None, "40", "20 mph"][rng.integers(3)]
                kmh = {None: kinds[kind], "40": 40.0, "20 mph": 32.18688}[limit]
                minutes = float(np.hypot(b[0] - a[0], b[1] - a[1])) / 1000 / (kmh * 0.6) * 60
                rows.append(
                    (kind, [a, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), b], {"oneway": oneway, "maxspeed": limit})
                )
                graph.add_edges_from([(a, b)] if oneway != "-1" else [], minutes=minutes)
                graph.add_edges_from([(b, a)] if oneway != "yes" else [], minutes=minutes)
    drive = network(*rows)
    goals = list(graph.nodes)[:2]
    to = drive.minutes_to(at(drive, *goals))
    by_hand = nx.multi_source_dijkstra_path_length(graph.reverse(), set(goals), weight="minutes")
    for node in graph.nodes:
        assert to[at(drive, node)][0] == pytest.approx(by_hand.get(node, np.inf), rel=1e-9)
