"""Cities everybody can reckon, and a reference that shares no code with the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

CRS = "EPSG:4547"

Lines = Callable[..., gpd.GeoDataFrame]
Points = Callable[..., gpd.GeoDataFrame]


@pytest.fixture(scope="session")
def lines() -> Lines:
    """Return a maker of street tables from lists of coordinates."""

    def make(*streets: Sequence[tuple[float, float]], **columns: object) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(street) for street in streets], crs=CRS)

    return make


@pytest.fixture(scope="session")
def points() -> Points:
    """Return a maker of point tables from coordinates."""

    def make(*places: tuple[float, float], index: Sequence[object] | None = None) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(geometry=[shapely.Point(place) for place in places], index=index, crs=CRS)

    return make


@pytest.fixture(scope="session")
def grid() -> Callable[..., gpd.GeoDataFrame]:
    """Return a maker of square street grids: ``blocks`` blocks of ``size`` metres each way from (0, 0)."""

    def make(blocks: int, size: float = 1.0) -> gpd.GeoDataFrame:
        at = np.arange(-blocks, blocks + 1) * size
        streets = [[(a, b), (a + size, b)] for a in at[:-1] for b in at]
        streets += [[(b, a), (b, a + size)] for a in at[:-1] for b in at]
        return gpd.GeoDataFrame(geometry=shapely.linestrings(streets), crs=CRS)

    return make


class Reference:
    """Brute force: every street cut at every position and about every few metres, then networkx.

    Streets are given as coordinates with the names of their ends, so nothing of the engine decides what is joined.
    """

    def __init__(self, streets: list[tuple[object, object, list[tuple[float, float]]]], piece: float = 7.0) -> None:
        self.streets, self.piece = streets, piece
        self.lengths = [sum(float(np.hypot(b[0] - a[0], b[1] - a[1])) for a, b in pairwise(xy)) for _, _, xy in streets]

    def cut(self, places: list[tuple[int, float]]) -> nx.MultiGraph:
        """Return the graph of all pieces; a place (street, metres along it) is the node ``(street, metres)``."""
        graph: nx.MultiGraph = nx.MultiGraph()
        for street, (u, v, _) in enumerate(self.streets):
            length = self.lengths[street]
            stops = {metres for at, metres in places if at == street}
            stops |= set(np.arange(self.piece, length, self.piece).tolist())
            inner = sorted(stop for stop in stops if 0 < stop < length)
            names = [("node", u), *[(street, stop) for stop in inner], ("node", v)]
            marks = [0.0, *inner, length]
            for a, b, low, high in zip(names, names[1:], marks, marks[1:], strict=False):
                graph.add_edge(a, b, length=high - low)
        return graph

    def name(self, street: int, metres: float) -> tuple[object, object]:
        """Return the node at a place."""
        u, v, _ = self.streets[street]
        if metres <= 0:
            return ("node", u)
        return ("node", v) if metres >= self.lengths[street] else (street, metres)

    def from_place(
        self, graph: nx.MultiGraph, place: tuple[int, float], leg: float
    ) -> dict[tuple[object, object], float]:
        """Return the walk from a facility, the leg to its street included, to every node."""
        walks = nx.single_source_dijkstra_path_length(graph, self.name(*place), weight="length")
        return {node: leg + metres for node, metres in walks.items()}

    @staticmethod
    def reached_m(graph: nx.MultiGraph, walks: dict[tuple[object, object], float], metres: float) -> float:
        """Return the street length within a walk: each small piece is reached from its ends or not at all."""
        total = 0.0
        for a, b, length in graph.edges(data="length"):
            left = max(metres - walks.get(a, np.inf), 0.0) + max(metres - walks.get(b, np.inf), 0.0)
            total += min(length, left)
        return total


@pytest.fixture(scope="session")
def reference() -> type[Reference]:
    """Return the brute-force reference."""
    return Reference


@pytest.fixture(autouse=True)
def compiled_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run small jobs compiled, too; other tests of the project run on scipy, and here both are held together."""
    monkeypatch.setattr("zzgeo.network.engine.SMALL_JOB", 0)
    monkeypatch.setattr("zzgeo.network.snapping.GRID_FROM", 1)
