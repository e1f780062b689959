"""A hundred generated street layers: walks are those of a graph of what the generator meant, not of its lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from zzgeo.network import WalkNetwork, nearest

CRS = "EPSG:4547"
X0, Y0 = 460_000.0, 3_840_000.0
STEP_M = 100.0
YES_NO = [("T", "F"), ("Y", "N"), ("yes", ""), (1, 0), ("1.0", "0.0"), ("是", "否"), ("viaduct", None), (True, False)]


@dataclass
class Street:
    """A street between two nodes; ``stop`` is the share of its length at which a barrier crosses it."""

    u: object
    v: object
    way: list
    name: str
    bridge: bool = False
    stop: float | None = None
    marks: list = field(default_factory=list)

    @property
    def length(self):
        return sum(float(np.hypot(b[0] - a[0], b[1] - a[1])) for a, b in pairwise(self.way))


@dataclass
class Town:
    """Streets, which of them follow each other as one line, and barriers."""

    streets: list
    lines: list
    barriers: list = field(default_factory=list)


def grid(rng):
    """Return a chequered town; rivers between its rows, crossed by bridges here and there."""
    n, m = (int(size) for size in rng.integers(3, 6, 2))
    shift = rng.uniform(-8, 8, (n, m, 2))
    spot = {(i, j): (i * STEP_M + shift[i, j, 0], j * STEP_M + shift[i, j, 1]) for i in range(n) for j in range(m)}
    streets, lines = [], []
    for i in range(n):
        lines.append([])
        for j in range(m - 1):
            lines[-1].append(len(streets))
            streets.append(Street((i, j), (i, j + 1), [spot[i, j], spot[i, j + 1]], f"南北{i}路"))
    for j in range(m):
        lines.append([])
        for i in range(n - 1):
            lines[-1].append(len(streets))
            streets.append(Street((i, j), (i + 1, j), [spot[i, j], spot[i + 1, j]], f"东西{j}路"))
    town = Town(streets, lines)
    if rng.random() < 0.6:
        row = int(rng.integers(0, m - 1))
        middles = []
        for i in range(n):
            street = streets[i * (m - 1) + row]
            street.bridge = bool(rng.random() < 0.4)
            street.stop = None if street.bridge else 0.5
            middles.append(tuple(np.mean(street.way, axis=0)))
        ends = [(middles[0][0] - 50, middles[0][1]), *middles, (middles[-1][0] + 50, middles[-1][1])]
        town.barriers.append(ends)
        # a bridge is a line of its own
        for i in range(n):
            at = i * (m - 1) + row
            if streets[at].bridge:
                line = next(line for line in town.lines if at in line)
                where = line.index(at)
                town.lines.remove(line)
                town.lines += [part for part in (line[:where], [at], line[where + 1 :]) if part]
    return town


def rings(rng):
    """Return rings round a square with radial streets: each ring is one closed line that starts anywhere."""
    count, spokes = int(rng.integers(1, 4)), int(rng.integers(3, 8))
    streets, lines = [], []
    angle = np.sort(rng.uniform(0, 2 * np.pi, spokes)) + np.arange(spokes) * 0.3
    angle = angle / angle.max() * 5.5

    def spot(ring, spoke):
        radius = (ring + 1) * STEP_M
        return (radius * np.cos(angle[spoke]), radius * np.sin(angle[spoke]))

    for ring in range(count):
        own = []
        for spoke in range(spokes):
            after = (spoke + 1) % spokes
            turn = (angle[after] - angle[spoke]) % (2 * np.pi)
            middle = angle[spoke] + turn / 2
            bend = ((ring + 1) * STEP_M * np.cos(middle), (ring + 1) * STEP_M * np.sin(middle))
            own.append(len(streets))
            way = [spot(ring, spoke), bend, spot(ring, after)]
            streets.append(Street((ring, spoke), (ring, after), way, f"环{ring}路"))
        start = int(rng.integers(0, spokes))
        lines.append(own[start:] + own[:start])
    for spoke in range(spokes):
        inner = [len(streets) + ring for ring in range(count)]
        places = [("centre", (0.0, 0.0)), *(((ring, spoke), spot(ring, spoke)) for ring in range(count))]
        for (u, a), (v, b) in pairwise(places):
            streets.append(Street(u, v, [a, b], f"放射{spoke}路"))
        lines.append(inner)
    return Town(streets, lines)


def tree(rng):
    """Return a tree, and bridges from one node to another, straight over the nodes between as they come."""
    count = int(rng.integers(6, 16))
    spot = {0: (0.0, 0.0)}
    streets = []
    for node in range(1, count):
        parent = int(rng.integers(0, node))
        spot[node] = tuple(rng.uniform(-400, 400, 2))
        bend = tuple(np.mean([spot[parent], spot[node]], axis=0) + rng.uniform(-20, 20, 2))
        streets.append(Street(parent, node, [spot[parent], bend, spot[node]], f"路{node}"))
    lines = [[at] for at in range(len(streets))]
    # bridges of one level that meet would be a crossing up there
    for u, over, v in rng.permutation(count)[: count // 3 * 3].reshape(-1, 3)[:3].tolist():
        lines.append([len(streets)])
        # dissolving lines of one name cuts them where they cross: each has a name of its own
        streets.append(Street(u, v, [spot[u], spot[over], spot[v]], f"高架{u}", bridge=True))
    return Town(streets, lines)


def marked(town, rng, count):
    """Return places on streets of the ground, as points and as (street, share of its length)."""
    ground = [at for at, street in enumerate(town.streets) if not street.bridge]
    chosen = rng.choice(ground, count)
    shares = np.where(rng.random(count) < 0.5, rng.uniform(0.2, 0.4, count), rng.uniform(0.6, 0.8, count))
    ways = [shapely.LineString(town.streets[at].way) for at in chosen]
    points = shapely.line_interpolate_point(ways, shares, normalized=True)
    table = gpd.GeoDataFrame(geometry=shapely.points(np.add(shapely.get_coordinates(points), (X0, Y0))), crs=CRS)
    return table, list(zip(chosen.tolist(), shares.tolist(), strict=True))


def brute_force(town, homes, clinics):
    """Return the walk from each home to the nearest clinic, on a graph of what was meant."""
    graph = nx.Graph()
    for at, street in enumerate(town.streets):
        marks = sorted({share for place, share in [*homes, *clinics] if place == at})
        stops = [(0.0, ("node", street.u)), *((share, (at, share)) for share in marks), (1.0, ("node", street.v))]
        for (low, a), (high, b) in pairwise(stops):
            crossed = street.stop is not None and low < street.stop < high
            length = (high - low) * street.length
            if not crossed and not (graph.has_edge(a, b) and graph.edges[a, b]["length"] <= length):
                graph.add_edge(a, b, length=length)
    graph.add_nodes_from([*homes, *clinics])
    walks = nx.multi_source_dijkstra_path_length(graph, set(clinics), weight="length")
    return np.array([walks.get(home, np.inf) for home in homes])


def layer_of(town, rng, how, gap_m=0.0, doubles=0):
    """Return a layer of the town: cut at crossings, in long lines with shared vertices, or dissolved by name."""
    ways = {at: list(street.way) for at, street in enumerate(town.streets)}
    if gap_m:
        _pull_back(town, ways, rng, gap_m)
    lines = town.lines if how == "long" else [[at] for at in range(len(town.streets))]
    rows = []
    for line in lines:
        way = ways[line[0]] + [xy for at in line[1:] for xy in ways[at][1:]]
        way = way[::-1] if rng.random() < 0.5 else way
        rows.append((town.streets[line[0]].name, town.streets[line[0]].bridge, np.add(way, (X0, Y0))))
    for at in rng.integers(0, len(rows), doubles):
        name, bridge, way = rows[at]
        rows.append((f"{name}（复）", bridge, way[::-1] if rng.random() < 0.5 else way))
    order = rng.permutation(len(rows))
    yes, no = YES_NO[int(rng.integers(len(YES_NO)))]
    column = str(rng.choice(["bridge", "BRIDGE", "is_bridge", "桥梁", "是否桥梁"]))
    table = gpd.GeoDataFrame(
        {"name": [rows[at][0] for at in order], column: [yes if rows[at][1] else no for at in order]},
        geometry=[shapely.LineString(rows[at][2]) for at in order],
        crs=CRS,
    )
    if how == "dissolved":
        table["over"] = [rows[at][1] for at in order]
        table = table.dissolve(["name", "over"], dropna=False).reset_index().drop(columns="over")
    return table


def _pull_back(town, ways, rng, gap_m):
    """End one street at every other crossing of several short of it, by up to a gap."""
    ends = {}
    for at, street in enumerate(town.streets):
        ends.setdefault(street.u, []).append((at, 0))
        ends.setdefault(street.v, []).append((at, -1))
    for own in ends.values():
        if len(own) > 1 and rng.random() < 0.5:
            at, end = own[int(rng.integers(len(own)))]
            way = ways[at] if end == 0 else ways[at][::-1]
            (x, y), (to_x, to_y) = way[:2]
            # ends within 1 cm are one place: what lies between is not walked
            share = float(rng.uniform(0.011, gap_m)) / float(np.hypot(to_x - x, to_y - y))
            way = [(x + share * (to_x - x), y + share * (to_y - y)), *way[1:]]
            ways[at] = way if end == 0 else way[::-1]


def walked(town, streets, homes, clinics, join_m=0.1):
    network = WalkNetwork.from_edges(streets, join_m=join_m)
    if town.barriers:
        walls = [shapely.LineString(np.add(way, (X0, Y0))) for way in town.barriers]
        over = [name for name in streets.columns if "ridge" in name.lower() or "桥" in name]
        network = network.with_barriers(gpd.GeoDataFrame(geometry=walls, crs=CRS), over=over)
    return network, nearest(network, clinics, homes).distance_m.to_numpy()


@pytest.mark.parametrize("block", range(10))
def test_walks_of_a_hundred_generated_layers_are_those_that_were_meant(block):
    for seed in range(10 * block, 10 * block + 10):
        rng = np.random.default_rng(seed)
        town = (grid, rings, tree)[seed % 3](rng)
        homes, home_at = marked(town, rng, 12)
        clinics, clinic_at = marked(town, rng, 2)
        meant = brute_force(town, home_at, clinic_at)
        how = ("cut", "long", "dissolved")[seed // 3 % 3]
        # ends are pulled back in layers that are cut: in the middle of a line is no end
        gap_m = 0.0 if how == "long" else float(rng.choice([0.0, 0.05, 0.5]))
        streets = layer_of(town, rng, how, gap_m, doubles=int(rng.integers(0, 4)))
        _, found = walked(town, streets, homes, clinics, join_m=0.1 if gap_m <= 0.05 else 0.51)
        np.testing.assert_allclose(found, meant, atol=1e-6, err_msg=f"{seed} {how} {gap_m}")


@pytest.mark.parametrize("seed", range(200, 209))
def test_the_same_streets_cut_long_dissolved_and_opened_again_give_the_same_walks(seed, tmp_path):
    rng = np.random.default_rng(seed)
    town = (grid, rings, tree)[seed % 3](rng)
    homes, home_at = marked(town, rng, 20)
    clinics, clinic_at = marked(town, rng, 2)
    meant = brute_force(town, home_at, clinic_at)
    for how in ("cut", "long", "dissolved"):
        network, found = walked(town, layer_of(town, rng, how, doubles=2), homes, clinics)
        np.testing.assert_allclose(found, meant, atol=1e-6, err_msg=how)
        opened = WalkNetwork.from_saved(network.save(tmp_path / f"{how}.zzn"))
        assert nearest(opened, clinics, homes).distance_m.tolist() == found.tolist()


def test_without_the_column_of_bridges_the_walks_would_be_others():
    """The generator puts bridges where they matter, or the tests above would not see them."""
    differ = 0
    for seed in range(2, 60, 3):
        rng = np.random.default_rng(seed)
        town = tree(rng)
        homes, home_at = marked(town, rng, 12)
        clinics, clinic_at = marked(town, rng, 2)
        streets = layer_of(town, rng, "long")
        _, found = walked(town, streets[["name", "geometry"]], homes, clinics)
        differ += not np.allclose(found, brute_force(town, home_at, clinic_at), atol=1e-6)
    assert differ > 10
