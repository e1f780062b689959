"""Private ways: people leave home by them and come home by them, and nobody walks through."""

from __future__ import annotations

import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from zzgeo.network import WalkNetwork, distance_matrix, engine, nearest, service_areas
from zzgeo.network.reach import Reach

CRS = "EPSG:4547"


def town(*ways: tuple[list[tuple[float, float]], bool]) -> gpd.GeoDataFrame:
    """Return streets, each with whether it is private."""
    shapes = [shapely.LineString(places) for places, _ in ways]
    return gpd.GeoDataFrame({"private": [private for _, private in ways]}, geometry=shapes, crs=CRS)


def places(*xy: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.Point(one) for one in xy], crs=CRS)


@pytest.fixture(params=["plain", "compiled"])
def either(request, monkeypatch):
    """Run a test on scipy, and on compiled code."""
    monkeypatch.setattr(engine, "SMALL_JOB", 10**9 if request.param == "plain" else 0)


#: A ring of public streets, a compound inside with gates in the west and in the east, and a yard within.
RING = [((0, 0), (400, 0)), ((400, 0), (400, 300)), ((400, 300), (0, 300)), ((0, 300), (0, 0))]
COMPOUND = [((0, 100), (200, 100)), ((200, 100), (400, 100)), ((200, 100), (200, 200))]


@pytest.fixture
def compound() -> WalkNetwork:
    west, east = [((0, 0), (0, 100)), ((0, 100), (0, 300))], [((400, 0), (400, 100)), ((400, 100), (400, 300))]
    streets = [(list(ends), False) for ends in (RING[0], RING[2], *west, *east)]
    return WalkNetwork.from_edges(town(*streets, *((list(ends), True) for ends in COMPOUND)))


def test_nobody_walks_through_a_compound(compound, either):
    walk = nearest(compound, places((400, 100)), places((0, 100))).distance_m[0]
    assert walk == 100 + 400 + 100  # round by the south; through the compound it would be 400


def test_residents_leave_by_every_gate_and_come_home(compound, either):
    home, west, east = places((200, 200)), places((0, 50)), places((400, 50))
    assert nearest(compound, west, home).distance_m[0] == 50 + 200 + 100
    assert nearest(compound, east, home).distance_m[0] == 50 + 200 + 100
    # a clinic in the yard: whoever comes walks in, and out again by either gate
    assert nearest(compound, home, west).distance_m[0] == 50 + 200 + 100
    assert nearest(compound, home, east).distance_m[0] == 50 + 200 + 100
    assert nearest(compound, places((200, 150)), places((190, 100))).distance_m[0] == 60


def test_a_private_way_between_two_streets_serves_its_own_people_alone(either):
    streets = town(([(0, 0), (1000, 0)], False), ([(1000, 0), (1000, 200)], False), ([(1000, 200), (0, 200)], False))
    network = WalkNetwork.from_edges(gpd.pd.concat([streets, town(([(0, 0), (0, 200)], True))], ignore_index=True))
    assert nearest(network, places((0, 200)), places((0, 0))).distance_m[0] == 2200
    assert nearest(network, places((0, 200)), places((0, 100))).distance_m[0] == 100
    assert nearest(network, places((0, 100)), places((0, 0), (0, 200))).distance_m.tolist() == [100, 100]


def test_streets_behind_a_private_gate_are_a_compound(either):
    inside = [([(101, 0), (200, 0)], False), ([(200, 0), (200, 50)], False)]
    gate = [([(100, 0), (101, 0)], True)]
    outside = [([(0, 0), (100, 0)], False), ([(0, 0), (0, 4000)], False), ([(100, 0), (100, 300)], False)]
    network = WalkNetwork.from_edges(town(*outside, *gate, *inside))
    assert network.private.tolist() == [False, False, False, True, True, True]
    assert nearest(network, places((0, 0)), places((200, 50))).distance_m[0] == 250


def random_town(rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return a grid some of whose streets are private or missing."""
    ends = list(itertools.product(range(5), range(4)))
    ways = []
    for x, y in ends:
        for other in ((x + 1, y), (x, y + 1)):
            if other in ends and rng.random() > 0.1:
                there = [(100.0 * x, 90.0 * y), (100.0 * other[0], 90.0 * other[1])]
                ways.append((there, bool(rng.random() < 0.4)))
    return town(*ways)


def _node(storey: str, name: object, public: set[object], end: str) -> tuple[str, object]:
    """Return a node in its storey: at a public place private ways begin, if they lead in, and end."""
    if name not in public or storey == "along":
        return storey, name
    if storey == "in":
        return ("along", name) if end == "tail" else ("home", name)
    return ("nowhere", name) if end == "tail" else ("along", name)


def _add(graph: nx.DiGraph, tail: object, head: object, metres: float) -> None:
    old = graph.get_edge_data(tail, head, {"weight": np.inf})["weight"]
    graph.add_edge(tail, head, weight=min(old, metres))


def three_storeys(streets: gpd.GeoDataFrame, stops: list[tuple[int, float]]) -> nx.DiGraph:
    """Return a graph of walks in three storeys: out of private ways, along public ones, into private ones.

    ``stops`` (street, metres along it) become nodes ``("stop", i)``.
    """
    graph = nx.DiGraph()
    public = set()
    for line, private in zip(streets.geometry, streets["private"], strict=True):
        if not private:
            public |= {line.coords[0], line.coords[-1]}
    for edge, (line, private) in enumerate(zip(streets.geometry, streets["private"], strict=True)):
        chain = [(0.0, line.coords[0]), (line.length, line.coords[-1])]
        chain += [(metres, ("stop", i)) for i, (on, metres) in enumerate(stops) if on == edge]
        chain.sort(key=lambda link: link[0])
        for (a, here), (b, there) in itertools.pairwise(chain):
            for storey in ("out", "in") if private else ("along",):
                for tail, head in ((here, there), (there, here)):
                    _add(graph, _node(storey, tail, public, "tail"), _node(storey, head, public, "head"), b - a)
    for storey, name in list(graph.nodes):
        if storey == "out" and name not in public:
            _add(graph, ("out", name), ("in", name), 0.0)
    return graph


@pytest.mark.parametrize("seed", range(12))
def test_walks_agree_with_a_graph_of_three_storeys(seed, either):
    rng = np.random.default_rng(seed)
    streets = random_town(rng)
    network = WalkNetwork.from_edges(streets)
    streets = streets.assign(private=network.private)  # with what lies behind private ways alone
    stops = [(int(rng.integers(len(streets))), float(rng.uniform(5, 85))) for _ in range(14)]
    spots = places(*[streets.geometry[edge].interpolate(metres).coords[0] for edge, metres in stops])
    clinics, homes = spots.iloc[:4], spots.iloc[4:]
    graph = three_storeys(streets, stops)
    walks = {(clinic, home): walk_of(graph, clinic, home) for clinic in range(4) for home in range(4, 14)}
    wanted = [min(walks[clinic, home] for clinic in range(4)) for home in range(4, 14)]
    np.testing.assert_allclose(nearest(network, clinics, homes).distance_m, wanted, atol=1e-6)
    second = [sorted(walks[clinic, home] for clinic in range(4))[1] for home in range(4, 14)]
    by_rank = nearest(network, clinics, homes, k=2).distance_m.unstack("rank")
    np.testing.assert_allclose(by_rank[2], second, atol=1e-6)
    near = distance_matrix(network, clinics, homes, 250)
    assert {(a, b) for a, b in zip(near.facility_id, near.demand_id, strict=True)} == {
        pair for pair, metres in walks.items() if metres <= 250
    }
    np.testing.assert_allclose(
        near.distance_m, [walks[pair] for pair in zip(near.facility_id, near.demand_id, strict=True)]
    )


def walk_of(graph: nx.DiGraph, clinic: int, home: int) -> float:
    """Return the shortest walk from a stop to another, in whichever storeys they are."""
    metres = [np.inf]
    for begin in ("out", "along"):
        if (begin, ("stop", clinic)) in graph:
            lengths = nx.single_source_dijkstra_path_length(graph, (begin, ("stop", clinic)))
            metres += [lengths.get((end, ("stop", home)), np.inf) for end in ("out", "along", "in")]
    return min(metres)


@pytest.mark.parametrize("seed", range(4))
def test_who_is_covered_stands_on_the_streets_that_are_served(seed, either):
    """The two are computed by different searches."""
    rng = np.random.default_rng(seed)
    network = WalkNetwork.from_edges(random_town(rng))
    clinics = places((110, 90), (300, 45))
    spots = places(*[(float(x), float(y)) for x in range(0, 401, 100) for y in range(3, 270, 10)])
    on_street = shapely.distance(spots.geometry.values, network.edges.union_all()) < 1e-9
    homes = spots[on_street]
    served = service_areas(network, clinics, Reach.along_streets(180), draw="exact", verge=0.01).union_all()
    covered = nearest(network, clinics, homes).distance_m <= 180
    inside = shapely.distance(homes.geometry.values, served) < 0.02
    clear = ~nearest(network, clinics, homes).distance_m.between(179, 181)
    assert (covered == inside)[clear].all()


def test_a_facility_behind_a_private_way_alone_is_no_second_nearest(either):
    west, east = [([(0, 0), (400, 0)], False)], [([(500, 0), (900, 0)], False)]
    network = WalkNetwork.from_edges(town(*west, ([(400, 0), (500, 0)], True), *east))
    found = nearest(network, places((10, 0), (890, 0)), places((300, 0)), k=2)
    assert found.distance_m.tolist() == [290, np.inf]
    assert found.facility_id.tolist()[0] == 0
    assert found.facility_id.isna().tolist() == [False, True]
