"""The method page: what each method does on a street everybody can reckon, and that the page holds every city."""

from __future__ import annotations

import runpy

import geopandas as gpd
import pytest
from places import ROOT
from shapely import LineString, Point

from zzgeo.network import WalkNetwork

CRS = "EPSG:4547"


@pytest.fixture(scope="module")
def made():
    return runpy.run_path(str(ROOT / "benchmarks" / "method.py"), run_name="method")


@pytest.fixture
def street(made):
    # one street to the east, crossings every 200 m, and a side street to the north at 400
    lines = [LineString([(x, 0), (x + 200, 0)]) for x in range(0, 1000, 200)]
    lines += [LineString([(400, y), (400, y + 200)]) for y in range(0, 400, 200)]
    network = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=lines, crs=CRS))
    homes = {
        "behind": Point(180, 60),  # 180 m in a straight line; 60 + 180 m walked
        "on the way": Point(450, 0),  # 450 m by every way of measuring, beyond the last whole street
        "too far": Point(560, 0),
        "off to the side": Point(400, 290),  # 494 m in a straight line, 690 m walked
    }
    facility = gpd.GeoDataFrame(index=["f"], geometry=[Point(0, 0)], crs=CRS)
    demand = gpd.GeoDataFrame(
        {"people": [1.0] * 4, "district": "1"}, index=list(homes), geometry=list(homes.values()), crs=CRS
    )
    return made["City"]("Street", "", network, facility, demand, "people")


def test_each_method_covers_whom_it_says(made, street):
    found = {
        name: dict(zip(street.demand.index, by.tolist(), strict=True))
        for name, by in made["covered_by"](street, 500).items()
    }
    assert list(found["exact"].values()) == [True, True, False, False]
    assert list(found["straight line"].values()) == [True, True, False, True]
    # 450 m stands nearest to the crossing at 400, and so does nobody else; 560 m goes to 600
    assert list(found["node snapping"].values()) == [True, True, False, False]
    # crossings at 0, 200 and 400: strips of 25 m leave out the home 60 m back, buffers of 50 m take in the one at 450
    assert list(found["ego-graph recipe"].values()) == [False, True, False, False]
    # three crossings in a row make no area
    assert not any(found["concave hull"].values())


def test_people_on_the_wrong_side_are_counted_by_direction_and_verdicts_by_community(made, street):
    street = made["City"](*list(vars(street).values())[:4], street.demand.assign(unit=["a", "a", "b", "c"]), "people")
    table = made["compared"](street).set_index(["limit", "method"]).loc["500 m"]
    assert table.loc["straight line", ["wrongly covered", "wrongly missed", "units turned"]].tolist() == [1, 0, 1]
    assert table.loc["ego-graph recipe", ["wrongly covered", "wrongly missed", "units turned"]].tolist() == [0, 1, 1]
    assert table.loc["exact (zzgeo)", ["covered", "units passing", "units turned"]].tolist() == [0.5, 1, 0]
    assert table.loc["straight line", "largest change"] == 0.25


def test_the_page_has_every_city_every_method_and_its_chart(made):
    page = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    for title in (
        "Zhengzhou (sample): day care",
        "Zhengzhou (sample): community health",
        "Wuhan: tertiary-A hospitals",
    ):
        assert f"## {title}" in page
    for method in made["METHODS"]:
        assert page.count(f"| {method} |") == 1 + 2 * 3
    assert made["OUTRO"] in page
    assert (ROOT / "docs" / "images" / "method.png").stat().st_size < 150_000
    assert made["_kept"]("Wuhan: tertiary-A hospitals") in page


def test_the_sections_of_the_sample_are_up_to_date(made):
    page = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    for city in made["sample"]():
        assert made["section"](city, made["compared"](city)) in page, "run python -m benchmarks.method"
