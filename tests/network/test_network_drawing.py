"""Areas drawn from a field of distances, against exact buffers; rings in rings; a city in tiles."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from zzgeo.network import (
    Reach,
    WalkNetwork,
    dissolved_areas,
    drawing,
    reached_pieces,
    reached_street_m,
    service_areas,
)

CRS = "EPSG:4547"
FAR = (470_000.0, 3_850_000.0)


def overlap(a, b):
    return shapely.area(shapely.intersection(a, b)) / shapely.area(shapely.union(a, b))


@pytest.fixture(scope="module", params=[0, 1])
def town(request):
    rng = np.random.default_rng(request.param)
    xy = np.stack(np.meshgrid(np.arange(22), np.arange(22)), axis=-1) * 75.0 + rng.uniform(-15, 15, (22, 22, 2)) + FAR
    pairs = [*zip(xy[:-1].reshape(-1, 2), xy[1:].reshape(-1, 2), strict=True)]
    pairs += [*zip(xy[:, :-1].reshape(-1, 2), xy[:, 1:].reshape(-1, 2), strict=True)]
    streets = [[u, (u + v) / 2 + rng.uniform(-6, 6, 2), v] for u, v in pairs if rng.random() < 0.72]
    network = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=shapely.linestrings(streets), crs=CRS))
    clinics = gpd.GeoDataFrame(geometry=shapely.points(rng.uniform(0, 1575, (8, 2)) + FAR), crs=CRS)
    return network, clinics.set_axis(list("ABCDEFGH"))


@pytest.mark.parametrize("metres", [130.5, 550.0, 1250.0])
def test_the_drawing_overlaps_the_exact_area_and_needs_fewer_vertices(town, metres):
    network, clinics = town
    reach = Reach.along_streets(metres)
    drawn = service_areas(network, clinics, reach, draw="field")
    exact = service_areas(network, clinics, reach, draw="exact")
    assert drawn.street_m.equals(exact.street_m)
    some = ~exact.geometry.is_empty
    assert (drawn.geometry.is_empty == ~some).all()
    assert overlap(drawn.geometry[some].array, exact.geometry[some].array).min() >= 0.98
    assert drawn.geometry.is_valid.all()
    assert shapely.get_num_coordinates(drawn.geometry).sum() < shapely.get_num_coordinates(exact.geometry).sum()


def test_few_pieces_are_drawn_exactly_and_many_are_not_unless_asked_for(town):
    network, clinics = town
    near, far = Reach.along_streets(130.5), Reach.along_streets(1250.0)
    assert service_areas(network, clinics, near).equals(service_areas(network, clinics, near, draw="exact"))
    assert service_areas(network, clinics, far).equals(service_areas(network, clinics, far, draw="field"))


def test_every_reached_street_lies_in_the_drawing_and_nothing_beyond_the_reach(town):
    network, clinics = town
    for name in clinics.index[:4]:
        one = clinics.loc[[name]]
        area = service_areas(network, one, Reach.along_streets(700.5), draw="field").geometry.iloc[0]
        assert shapely.covers(area, reached_pieces(network, one, 700.5).geometry.array).all()
        circle = one.geometry.iloc[0].buffer(700.5 + 25 + 0.5, quad_segs=64)
        assert shapely.area(shapely.difference(area, circle)) <= 1e-6


@pytest.mark.parametrize("draw", ["field", "exact"])
def test_longer_walks_cover_shorter_ones(town, draw):
    network, clinics = town
    walks = [Reach.walk(minutes, metres_per_second=1.1) for minutes in (15, 5, 10)]
    rings = service_areas(network, clinics, walks, draw=draw)
    assert rings.index.names == [None, "reach_m"]
    assert rings.index.tolist()[:4] == [("A", 330.0), ("A", 660.0), ("A", pytest.approx(990.0)), ("B", 330.0)]
    for _, ring in rings.groupby(level=0):
        assert ring.street_m.is_monotonic_increasing
        short, middle, long = ring.geometry
        assert shapely.difference(short, middle).area <= 1e-9 * short.area
        assert shapely.difference(middle, long).area <= 1e-9 * middle.area
        assert short.area < middle.area < long.area
    assert rings.geometry.is_valid.all()
    alone = service_areas(network, clinics, walks[1], draw=draw)
    assert rings.xs(330.0, level="reach_m").equals(alone)


def test_all_together_is_the_union_of_each(town):
    network, clinics = town
    whole = dissolved_areas(network, clinics, Reach.along_streets(550.0))
    each = service_areas(network, clinics, Reach.along_streets(550.0), draw="field")
    assert whole.index.tolist() == [550.0]
    assert whole.street_m.tolist() == [pytest.approx(reached_street_m(network, clinics, 550.0))]
    assert overlap(whole.geometry.iloc[0], shapely.union_all(each.geometry.array)) > 0.998
    assert whole.geometry.is_valid.all()


@pytest.mark.parametrize("verge", [25.0, 7.3])
def test_a_city_in_tiles_is_the_city_in_one_piece(town, monkeypatch, verge):
    network, clinics = town
    reaches = [Reach.along_streets(metres) for metres in (300.0, 550.0)]
    # Sides of tiles keep vertices that one piece may leave out: here none is left out.
    monkeypatch.setattr(drawing, "SIMPLER", 0.0)
    whole = dissolved_areas(network, clinics, reaches, verge=verge)
    for side in (16, 61):
        monkeypatch.setattr(drawing, "TILE", side)
        tiles = dissolved_areas(network, clinics, reaches, verge=verge)
        assert tiles.geometry.is_valid.all()
        assert overlap(tiles.geometry.array, whole.geometry.array).min() > 1 - 1e-6
        holes = [sum(len(part.interiors) for part in shapely.get_parts(table.geometry)) for table in (tiles, whole)]
        assert holes[0] == holes[1]
        parts = [shapely.get_num_geometries(table.geometry).tolist() for table in (tiles, whole)]
        assert parts[0] == parts[1]
        assert shapely.difference(*tiles.geometry).area <= 1e-9 * tiles.area.iloc[0]


def test_tiles_are_joined_even_where_their_sides_do_not_fit(town, monkeypatch):
    network, clinics = town
    monkeypatch.setattr(drawing, "SIMPLER", 0.0)
    whole = dissolved_areas(network, clinics, Reach.along_streets(300.0))
    monkeypatch.setattr(drawing, "TILE", 40)

    def refuse(_):
        raise shapely.GEOSException("TopologyException")

    monkeypatch.setattr(shapely, "coverage_union_all", refuse)
    tiles = dissolved_areas(network, clinics, Reach.along_streets(300.0))
    assert overlap(tiles.geometry.iloc[0], whole.geometry.iloc[0]) > 1 - 1e-6


def test_the_area_of_a_straight_street_is_known(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (3, 1000)]))
    area = service_areas(network, points((0, 500)), Reach.along_streets(200), draw="field").geometry.iloc[0]
    walked = 2 * 200 - 2 * 1.5
    assert area.area == pytest.approx(walked * 50 + np.pi * 25**2, rel=0.01)
    assert len(area.exterior.coords) < 60


def test_blocks_are_holes(grid, points):
    network = WalkNetwork.from_edges(grid(2, 200))
    area = service_areas(network, points((0, 0)), Reach.along_streets(900), draw="field").geometry.iloc[0]
    assert len(area.interiors) == 16
    whole = dissolved_areas(network, points((0, 0)), Reach.along_streets(900)).geometry.iloc[0]
    assert len(whole.interiors) == 16


def test_any_number_of_threads_draws_the_same_bytes(town):
    network, clinics = town
    runs = [service_areas(network, clinics, Reach.along_streets(700), draw="field", threads=n) for n in (1, 2, 4)]
    assert len({table.to_wkb(hex=True).to_csv() for table in runs}) == 1


def test_lines_stay_within_the_tolerance_when_vertices_are_left_out():
    from zzgeo.network.field import needed

    rng = np.random.default_rng(1)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 400))
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * (30 + rng.uniform(-0.4, 0.4, 400))[:, None]
    ring = np.concatenate([ring, ring[:1]])
    tiny = np.array([[0, 0], [0.01, 0], [0.01, 0.01], [0, 0]])
    pair, first = np.concatenate([ring, tiny]), np.array([0, len(ring), len(ring) + 4])
    keep = needed(pair, first, 0.5, 1e9, 1e9)
    thin = shapely.LinearRing(pair[: len(ring)][keep[: len(ring)]])
    assert keep[: len(ring)].sum() < 150
    assert shapely.distance(thin, shapely.points(ring)).max() <= 0.5
    assert keep[len(ring) :].all()
    side = needed(pair, first, 0.5, pair[7, 0], 1e9)
    assert side[7]


@pytest.mark.parametrize("seed", range(40))
def test_rings_that_cross_are_found_as_shapely_finds_them(seed):
    rng = np.random.default_rng(seed)
    rings = []
    for _ in range(rng.integers(1, 4)):
        angle = np.linspace(0, 2 * np.pi, rng.integers(4, 12))[:-1]
        away = rng.uniform(2, 9, len(angle)) if seed % 2 else np.full(len(angle), rng.uniform(2, 9))
        ring = rng.uniform(10, 50, 2) + np.column_stack([np.cos(angle), np.sin(angle)]) * away[:, None]
        if seed % 5 == 4:
            ring = rng.permutation(ring)
        rings.append(np.concatenate([ring, ring[:1]]))
    lines = [shapely.LinearRing(ring) for ring in rings]
    wanted = not all(line.is_simple for line in lines) or any(
        a.intersects(b) for at, a in enumerate(lines) for b in lines[:at]
    )
    first = np.concatenate([[0], np.cumsum([len(ring) for ring in rings])])
    assert drawing._crosses(np.concatenate(rings), first, (60, 61)) == wanted


def test_where_cut_corners_would_cross_none_is_cut(town, monkeypatch):
    network, clinics = town
    whole = service_areas(network, clinics, Reach.along_streets(700.0), draw="field")
    monkeypatch.setattr(drawing, "_crosses", lambda *_: True)
    full = service_areas(network, clinics, Reach.along_streets(700.0), draw="field")
    assert shapely.get_num_coordinates(full.geometry).sum() > 1.2 * shapely.get_num_coordinates(whole.geometry).sum()
    assert overlap(full.geometry.array, whole.geometry.array).min() > 0.99
    # Corners cut by three cells cross somewhere, and that is noticed.
    monkeypatch.undo()
    monkeypatch.setattr("zzgeo.network.engine.SMALL_JOB", 0)
    monkeypatch.setattr(drawing, "SIMPLER", 3.0)
    rough = service_areas(network, clinics, Reach.along_streets(700.0), draw="field")
    assert rough.geometry.is_valid.all()


def test_no_facility_on_the_network_draws_nothing(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    nowhere = points((500, 9000))
    assert dissolved_areas(network, nowhere, Reach.along_streets(100)).geometry.is_empty.all()
    assert service_areas(network, nowhere, Reach.along_streets(100), draw="field").geometry.is_empty.all()


def test_reaches_that_do_not_go_together_are_refused(lines, points):
    network = WalkNetwork.from_edges(lines([(0, 0), (1000, 0)]))
    with pytest.raises(ValueError, match="different"):
        service_areas(network, points((0, 0)), [Reach.along_streets(5), Reach.along_streets(5)])
    with pytest.raises(ValueError, match="at least one"):
        service_areas(network, points((0, 0)), [])
    with pytest.raises(ValueError, match="along streets"):
        service_areas(network, points((0, 0)), [Reach.along_streets(5), Reach.radius(6)])
    with pytest.raises(ValueError, match="along streets"):
        dissolved_areas(network, points((0, 0)), Reach.radius(6))
    with pytest.raises(ValueError, match="verge"):
        dissolved_areas(network, points((0, 0)), Reach.along_streets(6), verge=-1)
    circles = service_areas(network, points((0, 0)), [Reach.radius(6), Reach.radius(3)])
    assert circles.index.tolist() == [(0, 3.0), (0, 6.0)]
