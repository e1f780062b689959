"""Synthetic streets of towns: warped grids of arterials, collectors and lanes; and the noding of all streets."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sample.arithmetic import generator
from sample.places import Settlement
from sample.totals import CRS

#: Coordinates lie on this grid (metres): noding is exact on it, and a power of two packs well.
GRID_M = 0.25
RANK = {"primary": 0, "secondary": 1, "tertiary": 2, "residential": 3, "unclassified": 4, "footway": 5}
RINGS = {"三环示范路": (6_300.0, 5_000.0), "四环示范路": (10_600.0, 7_700.0)}  # half width and half height
Box = tuple[float, float, float, float]  # west, south, east, north
DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Pattern:
    """How a street grid is laid: spacing of arterials, size of blocks, how far it strays from straight lines."""

    arterial_m: tuple[float, float]
    block_m2: float
    warp_m: tuple[float, float, float]


PATTERNS = {
    "central": Pattern((820.0, 1200.0), 98_000.0, (300.0, 48.0, 9.0)),
    "town": Pattern((560.0, 850.0), 72_000.0, (90.0, 32.0, 9.0)),
    "township": Pattern((330.0, 480.0), 48_000.0, (25.0, 12.0, 6.0)),
}


def numeral(number: int) -> str:
    """Write 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else DIGITS[tens] + "十")
    return head + (DIGITS[ones] if ones or not tens else "")


class Frame:
    """Turns the straight (u, v) plane streets are laid in into a slightly irregular city."""

    def __init__(self, settlement: Settlement, pattern: Pattern, rng: np.random.Generator) -> None:
        self.centre = np.array(settlement.centre)
        self.turn = np.radians(settlement.angle)
        self.warp_m = pattern.warp_m
        self.phases = rng.uniform(0, 2 * np.pi, (3, 4))

    def to_xy(self, uv: np.ndarray) -> np.ndarray:
        """Map points, shape (n, 2), from the plane of the pattern to metres."""
        u, v = uv[:, 0].copy(), uv[:, 1].copy()
        for (p, q, r, s), size, wave in zip(self.phases, self.warp_m, (9000.0, 2300.0, 520.0), strict=True):
            k = 2 * np.pi / wave
            u, v = (
                u + size * (np.sin(k * v + p) + 0.5 * np.sin(0.7 * k * u + q)),
                v + size * (np.sin(k * u + r) + 0.5 * np.sin(0.7 * k * v + s)),
            )
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        return self.centre + np.column_stack([u * cos - v * sin, u * sin + v * cos])


def ring_area(frame: Frame, ring: str) -> shapely.Geometry:
    """Return the inside of a ring road of the central city, corners rounded."""
    u, v = RINGS[ring]
    corners = shapely.box(-u, -v, u, v).exterior.segmentize(400)
    outline = shapely.Polygon(frame.to_xy(shapely.get_coordinates(corners)))
    return outline.buffer(-1200).buffer(1200).simplify(15)


def _marks(reach: float, step: tuple[float, float], fixed: list[float], rng: np.random.Generator) -> np.ndarray:
    """Choose where arterials run along one axis: random steps, with the ring roads exactly where they belong."""
    marks = np.concatenate([np.cumsum(rng.uniform(*step, 200)), -np.cumsum(rng.uniform(*step, 200)), [0.0]])
    marks = marks[np.abs(marks) < reach]
    for place in fixed:
        marks = marks[np.abs(marks - place) > 0.75 * step[0]]
    return np.sort(np.concatenate([marks, fixed]))


def _split(box: Box, block_m2: float, depth: int, rng: np.random.Generator) -> list[tuple[np.ndarray, str]]:
    """Cut a superblock into blocks by streets that end at each other (T-junctions)."""
    u0, v0, u1, v1 = box
    width, height = u1 - u0, v1 - v0
    if width * height < block_m2 * rng.uniform(0.8, 1.9) or max(width, height) < 190:
        return _stub(box, rng)
    highway = "tertiary" if depth == 0 and width * height > 5e5 else "residential"
    cut = rng.uniform(0.36, 0.64)
    if width > height:
        u = u0 + cut * width
        line, one, two = [(u, v0), (u, v1)], (u0, v0, u, v1), (u, v0, u1, v1)
    else:
        v = v0 + cut * height
        line, one, two = [(u0, v), (u1, v)], (u0, v0, u1, v), (u0, v, u1, v1)
    parts = [(np.array(line), highway)]
    return parts + _split(one, block_m2, depth + 1, rng) + _split(two, block_m2, depth + 1, rng)


def _stub(box: Box, rng: np.random.Generator) -> list[tuple[np.ndarray, str]]:
    """Give some blocks a dead end."""
    u0, v0, u1, v1 = box
    if rng.random() > 0.14 or min(u1 - u0, v1 - v0) < 170:
        return []
    highway = "footway" if rng.random() < 0.5 else "residential"
    u, v = u0 + rng.uniform(0.35, 0.65) * (u1 - u0), v0 + rng.uniform(0.4, 0.7) * (v1 - v0)
    return [(np.array([(u, v0), (u, v)]) if rng.random() < 0.5 else np.array([(u0, v), (u, v)]), highway)]


def _pattern_lines(kind: str, reach: float, label: str, rng: np.random.Generator) -> list[tuple[np.ndarray, str, str]]:
    """Lay out one settlement in its straight plane: lines with highway class and name."""
    pattern = PATTERNS[kind]
    rings = list(RINGS.items()) if kind == "central" else []
    us = _marks(reach, pattern.arterial_m, [s * half[0] for _, half in rings for s in (-1, 1)], rng)
    vs = _marks(reach, pattern.arterial_m, [s * half[1] for _, half in rings for s in (-1, 1)], rng)
    lines: list[tuple[np.ndarray, str, str]] = []
    main, other = ("primary", "secondary") if kind == "central" else ("secondary", "tertiary")
    for marks, across, suffix in ((us, vs, "街"), (vs, us, "路")):
        vertical = suffix == "街"
        for number, mark in enumerate(marks):
            ends = [(mark, across[0]), (mark, across[-1])] if vertical else [(across[0], mark), (across[-1], mark)]
            highway = main if mark == 0 or (kind == "central" and number % 4 == 0) else other
            name = f"{label}{numeral(number + 1)}{suffix}" if kind != "township" else ""
            lines.append((np.array(ends), highway, name))
    for name, (u, v) in rings:
        corners = np.array([(-u, -v), (u, -v), (u, v), (-u, v), (-u, -v)])
        lines += [(corners[i : i + 2], "primary", name) for i in range(4)]
    for u0, u1 in zip(us[:-1], us[1:], strict=True):
        for v0, v1 in zip(vs[:-1], vs[1:], strict=True):
            lines += [(line, highway, "") for line, highway in _split((u0, v0, u1, v1), pattern.block_m2, 0, rng)]
    return lines


def _noded(lines: list[tuple[np.ndarray, str, str]]) -> gpd.GeoDataFrame:
    """Cut lines at every crossing; a piece keeps the class and name of the highest street it lies on."""
    table = pd.DataFrame(lines, columns=["xy", "highway", "name"])
    source = np.array([shapely.LineString(xy) for xy in table.pop("xy")])
    return attributed(shapely.get_parts(shapely.union_all(source)), source, table, 1e-6)


def attributed(pieces: np.ndarray, source: np.ndarray, table: pd.DataFrame, within_m: float) -> gpd.GeoDataFrame:
    """Give each piece of noded linework the columns of the highest-ranking source line under its middle."""
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    piece, line = shapely.STRtree(source).query(middles, predicate="dwithin", distance=within_m)
    rank = table["highway"].map(RANK).to_numpy()[line] * 2 + (table["name"].to_numpy()[line] == "")
    found = pd.DataFrame({"piece": piece, "line": line, "rank": rank}).sort_values(["piece", "rank", "line"])
    best = found.drop_duplicates("piece").set_index("piece")["line"].reindex(range(len(pieces)))
    if best.isna().any():
        raise RuntimeError("a piece of street lies on no street")
    return gpd.GeoDataFrame(table.iloc[best.to_numpy(dtype=int)].reset_index(drop=True), geometry=pieces)


def town_streets(
    settlement: Settlement, parks: list[shapely.Geometry], barrier: shapely.Geometry, number: int
) -> tuple[gpd.GeoDataFrame, Frame]:
    """Lay the streets of one settlement: edges with highway and name, and the frame they were bent by."""
    rng = generator(4, number)
    pattern = PATTERNS[settlement.kind]
    frame = Frame(settlement, pattern, rng)
    west, south, east, north = settlement.area.bounds
    x, y = settlement.centre
    reach = 1.12 * max(abs(west - x), abs(east - x), abs(south - y), abs(north - y)) + 400
    label = {"central": "示范", "town": "样例", "township": ""}[settlement.kind]
    edges = _noded(_pattern_lines(settlement.kind, reach, label, rng))
    uv = [shapely.get_coordinates(line)[[0, -1]] for line in edges.geometry]
    steps = [1 + max(1, round(float(np.hypot(*(stop - start))) / 210)) for start, stop in uv]
    parts = [np.linspace(start, stop, count) for (start, stop), count in zip(uv, steps, strict=True)]
    counts = np.array([len(part) for part in parts])
    xy = frame.to_xy(np.concatenate(parts))
    edges = edges.set_geometry(shapely.linestrings(xy, indices=np.repeat(np.arange(len(parts)), counts)))
    return _thinned(edges, settlement.area, parks, barrier, rng), frame


def _thinned(
    edges: gpd.GeoDataFrame,
    area: shapely.Geometry,
    parks: list[shapely.Geometry],
    barrier: shapely.Geometry,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """Drop what lies outside the town, in parks, or would cross river and railway without a bridge; and a few lanes."""
    shapely.prepare(area)
    geometry = edges.geometry.to_numpy()
    middle = shapely.line_interpolate_point(geometry, 0.5, normalized=True)
    ends = [shapely.get_point(geometry, i) for i in (0, -1)]
    keep = shapely.contains(area, ends[0]) & shapely.contains(area, ends[1])
    rank = edges["highway"].map(RANK).to_numpy()
    if parks:
        keep &= ~(shapely.intersects(shapely.union_all(parks).buffer(-8), middle) & (rank > 0))
    bridge = (rank == 0) | ((rank == 1) & (rng.random(len(edges)) < 0.6))
    keep &= ~shapely.intersects(barrier, geometry) | bridge
    keep &= (rank < 3) | (rng.random(len(edges)) > 0.035)
    return edges[keep].reset_index(drop=True)


def finished(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Node all streets on one grid; drop crumbs that are joined to nothing."""
    source = shapely.set_precision(lines.geometry.to_numpy(), GRID_M, mode="pointwise")
    pieces = shapely.get_parts(shapely.union_all(source, grid_size=GRID_M))
    edges = attributed(pieces, source, pd.DataFrame(lines.drop(columns="geometry")).reset_index(drop=True), 1.0)
    component, size = components(edges.geometry.to_numpy())
    edges = edges[size[component] >= 4]
    order = np.lexsort(shapely.bounds(edges.geometry.to_numpy()).T)
    return edges.iloc[order].reset_index(drop=True).set_crs(CRS)


def components(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the connected component of each line (by its exact ends) and the number of lines in each component."""
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, i)) for i in (0, -1)])
    _, node = np.unique(ends, axis=0, return_inverse=True)
    start, stop = node.reshape(2, -1)
    size = int(node.max()) + 1
    _, label = connected_components(coo_array((np.ones(len(start)), (start, stop)), shape=(size, size)), directed=False)
    return label[start], np.bincount(label[start])
