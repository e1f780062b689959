"""The graph is data: it knows neither who makes it nor who reads it, and no two modules of the room need each other."""

from __future__ import annotations

import ast
from itertools import chain

import geopandas as gpd
import numpy as np
import pytest
import shapely
from places import ROOT

from zzgeo.errors import NetworkError
from zzgeo.network import WalkNetwork
from zzgeo.network.graph import StreetGraph

FOLDER = ROOT / "zzgeo" / "network"

#: Arithmetic over arrays, and how it is refused: all the graph may need, also when asked for later.
ARITHMETIC = {
    "arcs",
    "compiled",
    "curve",
    "groups",
    "lines",
    "numbering",
    "positions",
    "profiles",
    "reach",
    "refusals",
    "segments",
    "waves",  # which it keeps, where a batch says so, as arrays on the disk
}

#: What reads the data of a graph, and may not know how one is made.
READERS = ("arcs", "drawing", "engine", "field", "kernels", "plain", "positions", "ranked", "search", "straight")
MAKERS = {"barriers", "build", "doors", "ends", "saved", "walk_network"}


def imports() -> dict[str, set[str]]:
    """Return which modules of the room each one imports: at the top, in functions, and for types alone."""
    names = {path.stem for path in FOLDER.glob("*.py")}
    arrows = {}
    for path in FOLDER.glob("*.py"):
        wanted = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "zzgeo.network":
                wanted |= {alias.name if alias.name in names else "__init__" for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zzgeo.network."):
                wanted.add(node.module.split(".")[2])
        arrows[path.stem] = wanted
    return arrows


def everything_behind(module: str, arrows: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = {module}
    while waiting:
        waiting = set(chain.from_iterable(arrows[name] for name in waiting)) - reached
        reached |= waiting
    return reached


def test_the_graph_needs_nothing_but_arithmetic():
    arrows = imports()
    assert everything_behind("graph", arrows) <= ARITHMETIC
    assert {"lines", "numbering", "segments"} <= everything_behind("graph", arrows)  # the reading of imports works


@pytest.mark.parametrize("module", READERS)
def test_a_search_reads_the_data_and_does_not_know_how_it_is_made(module):
    assert not everything_behind(module, imports()) & MAKERS


@pytest.mark.parametrize("module", sorted(path.stem for path in FOLDER.glob("*.py")))
def test_no_two_modules_need_each_other_not_even_later(module):
    assert module not in everything_behind(module, imports())


def street(*points: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.LineString(points)], crs="EPSG:4547")


def test_what_is_changed_about_a_network_stays_a_network_and_the_other_stays_as_it_was():
    network = WalkNetwork.from_edges(street((0, 0), (100, 0)))
    assert network.edges is network.edges
    higher = network.with_heights([1.0, 2.0])
    assert type(higher) is WalkNetwork
    assert higher.edges is network.edges  # does not depend on heights
    assert network.node_z is None
    with pytest.raises(ValueError, match="read-only"):
        higher.node_z[0] = 5.0


def test_a_graph_whose_arrays_do_not_fit_is_refused():
    network = WalkNetwork.from_edges(street((0, 0), (100, 0)))
    fields = {name: getattr(network, name) for name in StreetGraph.__dataclass_fields__}
    assert len(StreetGraph(**fields).u) == 1
    for name, value, code in [
        ("length_m", np.array([99.0]), "edge.shorter_than_chord"),
        ("length_m", np.array([np.nan]), "edge.nonfinite"),
        ("length_m", np.array([100.0, 1.0]), "file.inconsistent"),
        ("v", np.array([2]), "network.dangling"),
        ("component", np.array([0]), "network.dangling"),
    ]:
        with pytest.raises(NetworkError) as caught:
            StreetGraph(**{**fields, name: value})
        assert [problem.code for problem in caught.value.problems] == [code]
