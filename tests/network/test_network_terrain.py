"""Slopes from a raster of heights: closed forms on ramps and hills, reversal, bridges, places without heights."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasters
import shapely
from scipy.integrate import quad

from zzgeo.errors import InputError, NetworkError
from zzgeo.intake.example import write_example
from zzgeo.intake.study import load_study
from zzgeo.network import WalkNetwork, nearest
from zzgeo.network.profiles import Profile, flat_metres

CRS = "EPSG:4547"
EAST, NORTH = 500_000.0, 3_800_000.0
CORNER = np.array([EAST, NORTH])
WALKER = Profile("walker", 1.0, slope="tobler")


def terrain(path: Path, height, cell: float = 10.0, crs: object = CRS, **more: object) -> Path:
    """Write the heights of a function of east and north over 2 km by 1 km, taken at the middles of cells."""
    x = np.arange(cell / 2, 2000, cell)
    y = 1000 - np.arange(cell / 2, 1000, cell)
    cells = np.broadcast_to(height(x[None, :], y[:, None]), (len(y), len(x))).astype("float64")
    return rasters.write(path, cells.copy(), rasters.from_origin(EAST, NORTH + 1000, cell, cell), crs, **more)


def streets(*lines: list[tuple[float, float]], **columns: object) -> WalkNetwork:
    shapes = [shapely.LineString(np.array(line) + CORNER) for line in lines]
    return WalkNetwork.from_edges(gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS))


def at(*xy: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=shapely.points(np.array(xy) + CORNER), crs=CRS)


@pytest.mark.parametrize("slope", [0.0, 0.1, -0.05, -0.2])
def test_a_ramp_costs_what_its_slope_costs(tmp_path, slope):
    heights = terrain(tmp_path / "dem.tif", lambda x, y: 100 + slope * x)
    network = streets([(100, 500), (700, 500), (1100, 500)]).with_terrain(heights)
    assert network.climb[0] == pytest.approx([flat_metres(np.array(slope)), flat_metres(np.array(-slope))], rel=1e-9)
    walked = network.with_profile(WALKER)
    # people at the start walk up the slope to the facility at the end
    assert nearest(walked, at((1100, 500)), at((100, 500)))["distance_m"].iloc[0] == pytest.approx(
        1000 * float(flat_metres(np.array(slope)))
    )


def test_a_hill_between_two_level_ends_costs_more_than_flat_and_the_same_both_ways(tmp_path):
    hill = terrain(tmp_path / "dem.tif", lambda x, y: 30 * np.sin(np.pi * np.clip((x - 500) / 1000, 0, 1)), cell=5)
    network = streets([(500, 500), (1500, 500)]).with_terrain(hill)
    forth, back = network.climb[0]
    assert forth == pytest.approx(back, rel=1e-3)

    def rate(x: float) -> float:
        return float(flat_metres(np.array(30 * math.pi / 1000 * math.cos(math.pi * x / 1000))))

    assert forth == pytest.approx(quad(rate, 0, 1000)[0] / 1000, rel=2e-3)
    assert forth > 1.05
    # heights of the two ends alone would call it flat
    by_ends = network.with_heights(np.zeros(2)).with_profile(WALKER)
    assert nearest(by_ends, at((1500, 500)), at((500, 500)))["distance_m"].iloc[0] == pytest.approx(1000 * back)


@pytest.mark.parametrize("seed", range(3))
def test_a_street_drawn_backwards_climbs_backwards_and_equals_steps_taken_one_by_one(tmp_path, seed):
    rng = np.random.default_rng(seed)
    a, b, c = rng.uniform(-1, 1, 3)

    def height(x, y):
        return 20 * a * np.sin(x / 150) + 15 * b * np.cos(y / 90) + 0.03 * c * x

    heights = terrain(tmp_path / "dem.tif", height)
    line = np.cumsum(rng.uniform(5, 90, (8, 2)), axis=0) + 50
    forth = streets(line.tolist()).with_terrain(heights).climb
    back = streets(line[::-1].tolist()).with_terrain(heights).climb
    assert back == pytest.approx(forth[:, ::-1], rel=1e-9)
    whole, cost = 0.0, 0.0
    for (x0, y0), (x1, y1) in pairwise(line):
        length = math.hypot(x1 - x0, y1 - y0)
        steps = max(1, math.ceil(length / 25))
        for step in range(steps):
            ends = [(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share) for share in (step / steps, (step + 1) / steps)]
            rise = height(*ends[1]) - height(*ends[0])
            whole += length / steps
            cost += length / steps * math.exp(3.5 * (abs(rise / (length / steps) + 0.05) - 0.05))
    # the raster is bilinear between cells of 10 m
    assert forth[0, 0] == pytest.approx(cost / whole, rel=0.01)


def test_bridges_are_straight_over_the_valley_even_in_several_parts(tmp_path):
    valley = terrain(tmp_path / "dem.tif", lambda x, y: 100 - 40 * ((x > 600) & (x < 1400)))
    parts = [
        [(100, 500), (500, 500)],
        [(500, 500), (1000, 500)],
        [(1000, 500), (1500, 500)],
        [(1500, 500), (1900, 500)],
    ]
    over = streets(*parts, bridge=["no", "yes", "yes", "no"]).with_terrain(valley)
    assert over.climb == pytest.approx(np.ones((4, 2)))
    through = streets(*parts, bridge=["no"] * 4).with_terrain(valley)
    assert (through.climb[1:3] > 1.05).all()
    ramp = terrain(tmp_path / "ramp.tif", lambda x, y: np.where(x < 1000, 0.0, 50.0))
    tunnel = streets(*parts, tunnel=["no", "yes", "yes", "no"]).with_terrain(ramp)
    # 50 m in the 1,000 m between the ground at both ends
    assert tunnel.climb[1:3, 0] == pytest.approx(float(flat_metres(np.array(0.05))))


def test_the_raster_may_be_in_another_crs_and_in_whole_numbers(tmp_path):
    step = 1 / 3600
    west, north = 114.0 - 0.002, 34.34
    column = (np.arange(72) + 0.5) * step + west
    cells = np.broadcast_to(np.round((column - west) * 10_000), (72, 72)).astype("int16")
    heights = rasters.write(tmp_path / "dem.tif", cells.copy(), rasters.from_origin(west, north, step, step), 4326)
    ends = gpd.GeoSeries.from_xy([114.0, 114.01], [34.33, 34.33], crs=4326).to_crs(CRS)
    line = shapely.LineString(shapely.get_coordinates(ends.array))
    network = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=[line], crs=CRS)).with_terrain(heights)
    assert network.climb[0, 0] == pytest.approx(float(flat_metres(np.array(100 / line.length))), rel=0.01)


def test_streets_without_heights_are_flat_and_told(tmp_path):
    heights = terrain(tmp_path / "dem.tif", lambda x, y: np.where(x < 1000, 0.1 * x, -9999.0), nodata=-9999.0)
    network = streets([(0, 500), (500, 500)], [(1200, 500), (1700, 500)], [(-900, 500), (-100, 500)]).with_terrain(
        heights
    )
    assert network.climb[0, 0] == pytest.approx(float(flat_metres(np.array(0.1))), rel=0.02)
    assert network.climb[1:] == pytest.approx(np.ones((2, 2)))
    note = next(note for note in network.notes if note.code == "terrain.nodata")
    assert note.value == "1.30 of 1.80 km of streets"
    undeclared = terrain(tmp_path / "raw.tif", lambda x, y: np.where(x < 1000, 0.1 * x, -32768.0))
    assert streets([(0, 500), (500, 500)], [(1200, 500), (1700, 500)]).with_terrain(undeclared).climb[
        1
    ] == pytest.approx(1)
    with pytest.raises(NetworkError, match=r"terrain\.elsewhere"):
        streets([(-900, 500), (-100, 500)]).with_terrain(heights)
    with pytest.raises(InputError, match=r"crs\.missing"):
        streets([(0, 500), (500, 500)]).with_terrain(terrain(tmp_path / "bare.tif", lambda x, y: x, crs=None))


def test_barriers_and_files_keep_what_streets_climb(tmp_path):
    heights = terrain(tmp_path / "dem.tif", lambda x, y: 0.1 * x)
    network = streets([(100, 500), (900, 500)], [(900, 500), (900, 900)]).with_terrain(heights)
    river = gpd.GeoDataFrame(geometry=[shapely.LineString([(EAST + 500, NORTH), (EAST + 500, NORTH + 999)])], crs=CRS)
    cut = network.with_barriers(river)
    assert len(cut.u) == 3
    assert cut.climb[:2] == pytest.approx(np.repeat(network.climb[:1], 2, axis=0))
    opened = WalkNetwork.from_saved(network.with_profile(WALKER).save(tmp_path / "network.zzgeo"))
    assert np.array_equal(opened.climb, network.climb)
    assert opened.profile == WALKER
    assert streets([(100, 500), (900, 500)]).climb is None


def test_a_profile_of_slopes_needs_heights_and_one_without_does_not_mind_them(tmp_path):
    network = streets([(100, 500), (900, 500)])
    with pytest.raises(NetworkError, match="with_terrain"):
        network.with_profile(WALKER)
    steep = network.with_terrain(terrain(tmp_path / "dem.tif", lambda x, y: 0.2 * x))
    flat = dataclasses.replace(WALKER, slope="none")
    assert nearest(steep.with_profile(flat), at((900, 500)), at((100, 500)))["distance_m"].iloc[0] == pytest.approx(800)
    home = dataclasses.replace(WALKER, toward="home")
    up, down = (
        nearest(steep.with_profile(who), at((900, 500)), at((100, 500)))["distance_m"].iloc[0] for who in (WALKER, home)
    )
    assert (up, down) == (pytest.approx(800 * steep.climb[0, 0]), pytest.approx(800 * steep.climb[0, 1]))


def test_a_study_names_its_heights(tmp_path):
    study = write_example(tmp_path)
    cells = np.tile(np.arange(40.0) * 10, (20, 1))
    rasters.write(tmp_path / "dem.tif", cells, rasters.from_origin(113.595, 34.715, 0.001, 0.001), 4326)
    text = study.read_text(encoding="utf-8")
    study.write_text(text + '\n[walking]\nslope = "tobler"\ndem = "dem.tif"\n', encoding="utf-8")
    network = load_study(study).on_streets.network
    # 10 m of height on 0.001 degrees of longitude, 91.5 m on the ground
    assert network.climb[0, 0] == pytest.approx(float(flat_metres(np.array(10 / 91.5))), rel=0.01)
    study.write_text(text + '\n[walking]\ndem = "dem.tif"\n', encoding="utf-8")
    with pytest.raises(InputError, match='slope = "tobler"'):
        load_study(study)
    study.write_text(text + '\n[walking]\nslope = "tobler"\ndem = "none.tif"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"file\.missing"):
        load_study(study)
