"""The comparison with two other engines: what counts as near, why walks differ, and where the result is written."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from benchmarks.judges.differences import SAME_WAYS, Streets, explained, far, near, walks
from benchmarks.judges.environment import Unavailable, interpreter
from benchmarks.judges.extracts import longest_run, places
from benchmarks.judges.section import BEGIN, END, Agreement, CityResult, decided, into_page, kept, section
from benchmarks.judges.worker import _decoded
from zzgeo.network import WalkNetwork

CRS = "EPSG:32651"
CORNER = np.array([354_000.0, 3_456_000.0])


def points(*xy: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=shapely.points(np.array(xy) + CORNER), crs=CRS)


def degrees(*xy: tuple[float, float]) -> list[list[float]]:
    return shapely.get_coordinates(points(*xy).to_crs(4326).geometry.array).tolist()


@pytest.fixture
def streets() -> Streets:
    """A square of streets that zzgeo walks around, with a diagonal that it does not walk on and a gate in the south."""
    around = {1: [(0, 0), (300, 0)], 2: [(300, 0), (300, 300)], 3: [(300, 300), (0, 300)], 4: [(0, 300), (0, 0)]}
    lines = {way: shapely.LineString(np.array(line) + CORNER) for way, line in around.items()}
    table = gpd.GeoDataFrame({"osm_way": list(lines)}, geometry=list(lines.values()), crs=CRS)
    every = {**lines, 5: shapely.LineString(np.array([(0, 0), (300, 300)]) + CORNER)}
    tags = [{"highway": "footway"}] * 4 + [{"highway": "trunk", "access": "yes"}]
    ways = gpd.GeoDataFrame({"tags": tags}, geometry=list(every.values()), crs=CRS, index=list(every))
    gate = points((150, 0)).assign(tags=[{"barrier": "gate", "access": "private"}])
    return Streets(WalkNetwork.from_edges(table), ways, gate, points((10, 0), (150, 0)), points((290, 300), (300, 290)))


def test_what_is_near_and_what_is_far():
    ours, theirs = np.array([1000.0, 1000, 100, 100, np.inf, np.inf]), np.array([1014.0, 1016, 119, 121, np.inf, 5])
    assert near(ours, theirs).tolist() == [True, False, False, False, True, False]
    assert far(ours, theirs).tolist() == [False, False, False, True, False, True]


def test_each_pair_is_measured_alone(streets):
    assert walks(streets.network, streets.start, streets.end) == pytest.approx([600.0, 440.0])


def test_a_shorter_walk_of_the_other_is_explained_by_the_way_it_takes(streets):
    said = [
        [430.0, degrees((10, 0), (20, 20), (280, 280), (290, 300))],
        [440.0, degrees((150, 0), (300, 0), (300, 290))],
    ]
    told = explained(streets, np.array([580.0, 440.0]), said, np.array([430.0, 440.0]), lambda spots: [])
    assert told.to_dict("records") == [{"side": "zzgeo longer", "class": "highway=trunk, access=yes", "pairs": 1}]


def test_a_place_that_the_other_moves_to_another_street_is_told_by_its_way(streets):
    said = [[430.0, degrees((0, 300), (290, 300))], [440.0, degrees((150, 0), (300, 0), (300, 290))]]
    told = explained(streets, np.array([600.0, 440.0]), said, np.array([290.0, 440.0]), lambda spots: [])
    assert told["class"].tolist() == ["highway=footway"]


def test_a_longer_walk_of_the_other_is_explained_by_the_way_or_the_gate_it_does_not_take(streets):
    ours, theirs = np.array([580.0, 440.0]), np.array([700.0, np.inf])
    everywhere = explained(streets, ours, [[700.0, []], [None, []]], theirs, lambda spots: list(spots))
    assert everywhere.to_dict("records") == [
        {"side": "zzgeo shorter", "class": "barrier=gate, access=private", "pairs": 2}
    ]
    nowhere = explained(streets, ours, [[700.0, []], [None, []]], theirs, lambda spots: [None for _ in spots])
    assert nowhere["class"].tolist() == ["highway=footway"]
    bare = Streets(streets.network, streets.ways, streets.barriers.iloc[:0], streets.start, streets.end)
    joined = explained(bare, ours, [[700.0, []], [None, []]], theirs, lambda spots: list(spots))
    assert joined["class"].tolist() == [SAME_WAYS]


def test_places_are_on_streets_and_the_same_for_a_seed(streets):
    some = places(streets.network, streets.ways, 50, seed=3)
    lines = shapely.union_all(np.asarray(streets.network.edges.geometry.array))
    assert some.distance(lines).max() < 0.02
    assert some.geometry.equals(places(streets.network, streets.ways, 50, seed=3).geometry)
    square = streets.ways.assign(tags=[*[{"highway": "pedestrian", "area": "yes"}] * 3, *streets.ways["tags"][3:]])
    left = places(streets.network, square, 50, seed=3)
    assert shapely.get_coordinates(left.geometry.array)[:, 0] == pytest.approx(CORNER[0], abs=0.02)


def test_of_a_way_that_is_cut_off_the_longest_part_is_kept():
    assert longest_run([9, 1, 2, 3], {1, 2, 3}) == [1, 2, 3]
    assert longest_run([1, 2, 9, 3, 4, 5, 9], {1, 2, 3, 4, 5}) == [3, 4, 5]
    assert longest_run([8, 9], {1}) == []


def test_a_polyline_of_six_digits_is_read():
    # the example of the format's description, with one digit more
    assert _decoded("_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI") == [[-120.2, 38.5], [-120.95, 40.7], [-126.453, 43.252]]


def test_the_section_goes_to_its_place_and_stays_when_the_page_is_written_anew(tmp_path):
    reasons = pd.DataFrame({"side": ["zzgeo longer"] * 2, "class": ["highway=trunk", "highway=odd"], "pairs": [40, 1]})
    result = CityResult("Town", 5000, 100, 0.99, (Agreement("OSRM", 0.98, 0.01, 0.97, reasons),))
    text = section([result], ["osrm-bindings==26.10.0"], 1000.0)
    assert text.startswith(BEGIN)
    assert text.endswith(END + "\n")
    assert "| OSRM | longer | highway=trunk | 40 |" in text
    assert "| OSRM | longer | 1 classes with few pairs | 1 |" in text
    page = tmp_path / "validation.md"
    page.write_text("# Page\n\n## Not yet\n", encoding="utf-8")
    into_page(text, page)
    into_page(text, page)
    assert page.read_text(encoding="utf-8") == f"# Page\n\n{text}\n## Not yet\n"
    assert kept(page.read_text(encoding="utf-8")) == text
    assert decided("highway=odd") == "not decided yet"


def test_where_the_engines_cannot_be_installed_the_reason_is_told(tmp_path):
    with pytest.raises(Unavailable, match="venv"):
        interpreter(tmp_path, "/bin/false")
