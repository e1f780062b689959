"""The streets of one OpenStreetMap file, sent in every form: the same walks, the same verdicts."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from zzgeo.auditing.run import audit
from zzgeo.intake.study import load_study
from zzgeo.network import WalkNetwork, nearest

osmium = pytest.importorskip("osmium")
networkx = pytest.importorskip("networkx")

X, Y = 458_000.0, 3_847_000.0
TO_DEGREES = pyproj.Transformer.from_crs(4547, 4326, always_xy=True)

#: Metres of the corner. A lower and an upper street 600 m apart, joined in the west, over a bridge in the middle, by a
#: path with a closed gate, by one with a private gate, through a compound, over a square, by a motorway.
NODES = {
    1: (0, 0), 2: (400, 0), 3: (800, 0), 4: (1200, 0), 5: (1600, 0), 6: (2000, 0),
    11: (0, 600), 12: (400, 600), 13: (800, 600), 14: (1200, 600), 15: (1600, 600), 16: (2000, 600),
    22: (400, 300), 23: (800, 300), 24: (1200, 200), 25: (1200, 400), 26: (1180, 300),
    31: (1600, 250), 32: (1650, 250), 33: (1650, 350), 34: (1600, 350),
}  # fmt: skip
WAYS = {
    1: ([1, 2, 3, 4, 5, 6], "highway=residential name=南街"),
    2: ([11, 12, 13, 14, 15, 16], "highway=trunk name=北街"),
    3: ([1, 11], "highway=tertiary name=西街"),
    4: ([2, 22, 12], "highway=footway name=甲"),
    5: ([3, 23, 13], "highway=footway name=乙"),
    6: ([4, 24], "highway=service name=丙"),
    7: ([24, 26, 25], "highway=service access=private name=大院"),
    8: ([25, 14], "highway=service name=丁"),
    9: ([5, 31], "highway=path name=戊"),
    10: ([34, 15], "highway=path name=己"),
    11: ([31, 32, 33, 34, 31], "highway=pedestrian area=yes name=广场"),
    12: ([6, 16], "highway=motorway name=高速"),
}
GATES = {22: "barrier=gate foot=no", 23: "barrier=gate access=private"}
#: Homes and what they walk to a clinic beside node 16, by hand: see `test_walks_are_what_the_map_says`.
HOMES = {
    "甲南": (400, 290),
    "乙南": (800, 100),
    "乙北": (800, 500),
    "大院": (1180, 300),
    "广场": (1600, 300),
    "东南": (2000, 5),
}


def write_osm(path: Path) -> Path:
    """Write the streets as OpenStreetMap XML."""
    lines = ['<osm version="0.6">']
    for node, (x, y) in NODES.items():
        lon, lat = TO_DEGREES.transform(X + x, Y + y)
        lines.append(f'<node id="{node}" lat="{lat:.9f}" lon="{lon:.9f}">{_tags(GATES.get(node, ""))}</node>')
    for way, (nodes, tags) in WAYS.items():
        refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
        lines.append(f'<way id="{way}">{refs}{_tags(tags)}</way>')
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def _tags(text: str) -> str:
    pairs = (pair.split("=") for pair in text.split())
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in pairs)


def as_xml(folder: Path) -> Path:
    return write_osm(folder / "streets.osm")


def as_pbf(folder: Path) -> Path:
    path = folder / "streets.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(str(write_osm(folder / "whole.osm"))):
            writer.add(thing)
    (folder / "whole.osm").unlink()
    return path


def exported(folder: Path) -> WalkNetwork:
    """Return the network as somebody has it who sends it on."""
    network = WalkNetwork.from_osm_file(write_osm(folder / "whole.osm"), "EPSG:4547")
    (folder / "whole.osm").unlink()
    return network


def lines_of(folder: Path) -> gpd.GeoDataFrame:
    return exported(folder).edges.drop(columns=["u", "v", "component", "length_m"])


def as_graphml(folder: Path) -> Path:
    graph = exported(folder).to_networkx()
    graph.graph["crs"] = "EPSG:4547"
    for _, _, data in graph.edges(data=True):
        data["geometry"] = data["geometry"].wkt
        for key in [key for key, value in data.items() if value is None or value is pd.NA or value != value]:
            del data[key]
    networkx.write_graphml(graph, folder / "streets.graphml")
    return folder / "streets.graphml"


def as_lines(folder: Path) -> Path:
    lines_of(folder).to_file(folder / "streets.gpkg", layer="streets")
    return folder / "streets.gpkg"


def as_dissolved(folder: Path) -> Path:
    """As a bureau sends it: one row a name and class, no cuts at the junctions."""
    table = lines_of(folder)
    by = [name for name in ("name", "highway", "private") if name in table]
    whole = table[[*by, "geometry"]].dissolve(by=by, dropna=False).reset_index()
    whole["geometry"] = whole.geometry.apply(
        lambda shape: shapely.line_merge(shape) if shape.geom_type[:5] == "Multi" else shape
    )
    whole.to_file(folder / "streets.gpkg", layer="streets")
    return folder / "streets.gpkg"


FORMS = {"xml": as_xml, "pbf": as_pbf, "graphml": as_graphml, "lines": as_lines, "dissolved": as_dissolved}

STUDY = """\
name = "同街"
jurisdiction = "zhengzhou"
as_of = 2018-12-31
crs = "EPSG:4547"
profile = "zz-2020"
[districts]
source = "districts.gpkg"
datum = "EPSG:4547"
[demand]
source = "people.csv"
datum = "EPSG:4547"
columns = { demand_id = "id", lon = "x", lat = "y", residents = "n" }
[[facilities]]
source = "clinic.csv"
datum = "EPSG:4547"
kind = "market"
columns = { facility_id = "id", name = "id", lon = "x", lat = "y" }
[streets]
source = "STREETS"
"""


def write_study(folder: Path, form: str) -> Path:
    """Write a study of one district, five homes and a market, with the streets in one form."""
    folder.mkdir()
    streets = FORMS[form](folder)
    outline = shapely.box(X - 200, Y - 200, X + 2200, Y + 800)
    district = gpd.GeoDataFrame({"code": ["410105"], "name": ["金水区"]}, geometry=[outline], crs=4547)
    district.to_file(folder / "districts.gpkg")
    rows = [f"{name},{X + x:.3f},{Y + y:.3f},100" for name, (x, y) in HOMES.items()]
    (folder / "people.csv").write_text("\n".join(["id,x,y,n", *rows]), encoding="utf-8")
    (folder / "clinic.csv").write_text(f"id,x,y\n市场,{X + 2000:.3f},{Y + 605:.3f}\n", encoding="utf-8")
    text = STUDY.replace("STREETS", streets.name)
    text += "" if form in ("xml", "pbf", "graphml") else 'datum = "EPSG:4547"\n'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder


def walks(study: Path) -> tuple[pd.Series, pd.Series]:
    """Return the walks to the market by home, and the verdicts by finding."""
    loaded = load_study(study)
    report = audit(loaded)
    network = report.context.network
    assert network is not None
    metres = nearest(network, loaded.facilities, loaded.demand)["distance_m"]
    return metres, report.findings["verdict"]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.Series, pd.Series]:
    return walks(write_study(tmp_path_factory.mktemp("same") / "xml", "xml"))


def test_walks_are_what_the_map_says(truth):
    """By hand, to the 5 m from the northern street to the market and what a square saves.

    Who lives south of a closed or a private gate walks round by the square; north of the private one there is no gate
    between. Residents leave the compound to the north. The motorway is nobody's way: from the south-east one walks by
    the square as well.
    """
    metres = truth[0]
    across = np.hypot(0, 100)  # from the square's south-western corner to its north-western one
    by_square = 250 + across + 250 + 400 + 5
    assert metres["甲南"] == pytest.approx(290 + 1200 + by_square, abs=1.0)
    assert metres["乙南"] == pytest.approx(100 + 800 + by_square, abs=1.0)
    assert metres["乙北"] == pytest.approx(100 + 1200 + 5, abs=1.0)
    assert metres["大院"] == pytest.approx(np.hypot(20, 100) + 200 + 800 + 5, abs=1.0)
    assert metres["广场"] == pytest.approx(50 + 250 + 400 + 5, abs=1.0)
    assert metres["东南"] == pytest.approx(5 + 400 + by_square, abs=6.0)


@pytest.mark.parametrize("form", [form for form in FORMS if form != "xml"])
def test_streets_in_another_form_are_the_same_streets(tmp_path, truth, form):
    metres, verdicts = walks(write_study(tmp_path / form, form))
    np.testing.assert_allclose(metres, truth[0], atol=0.7)
    assert verdicts.equals(truth[1])


def test_a_saved_network_is_the_same_network(tmp_path):
    network = exported(tmp_path)
    back = WalkNetwork.from_saved(network.save(tmp_path / "streets.network"))
    homes = gpd.GeoDataFrame(geometry=[shapely.Point(X + x, Y + y) for x, y in HOMES.values()], crs=4547)
    assert nearest(back, homes, homes, k=3).equals(nearest(network, homes, homes, k=3))


def test_a_column_called_as_ours_does_not_open_a_motorway(tmp_path):
    folder = write_study(tmp_path / "study", "lines")
    table = gpd.read_file(folder / "streets.gpkg")
    extra = gpd.GeoDataFrame({"osm_way": [99], "highway": ["motorway"]}, geometry=[_line(5, 16)], crs=4547)
    pd.concat([table, extra], ignore_index=True).to_file(folder / "streets.gpkg", layer="streets")
    assert not load_study(folder).streets["highway"].eq("motorway").any()


def _line(first: int, last: int) -> shapely.LineString:
    return shapely.LineString([np.add((X, Y), NODES[node]) for node in (first, last)])
