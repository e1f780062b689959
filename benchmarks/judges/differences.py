"""Where walks differ, and by which class of way: the ways that one engine walks on and another does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from zzgeo.network import WalkNetwork, distance_matrix, snap

#: Walks that agree: within one per cent and five metres.
NEAR = (0.01, 5.0)
#: Walks that differ so much that a class of way must explain it: by more than five per cent and 20 metres.
FAR = (0.05, 20.0)

#: A way farther than this from what an engine calls the nearest is not walked on by it, in metres.
_ON_M = 2.0
#: A barrier this near a walk is passed by it, in metres.
_PASSED_M = 0.5
#: The class of walks on ways that both engines walk on.
SAME_WAYS = "the same ways, joined otherwise"
#: Pairs measured at once: all walks between their ends are.
_CHUNK = 100
_LONGEST_M = 100_000.0

#: Tags that decide who may walk on a way beside its class, in the order they are told.
_DECIDING = ("foot", "access", "motorroad", "area", "sidewalk", "indoor", "service")

#: Asks an engine for the nearest place to walk on of each spot.
Ask = Callable[[list[list[float]]], list[list[float] | None]]


def course_m(network: WalkNetwork, said: list[Any]) -> np.ndarray:
    """Return the lengths of the courses an engine gave, in metres, infinite where it found none, shape (n_pairs,)."""
    metres = np.full(len(said), np.inf)
    some = [at for at, (length, course) in enumerate(said) if length is not None]
    points = [said[at][1] if len(said[at][1]) > 1 else said[at][1] * 2 for at in some]
    lines = gpd.GeoSeries([shapely.LineString(course) for course in points], crs=4326).to_crs(network.crs)
    metres[some] = lines.length.to_numpy()
    return metres


def walks(network: WalkNetwork, start: gpd.GeoDataFrame, end: gpd.GeoDataFrame) -> np.ndarray:
    """Return the walk of each pair in metres, shape (n_pairs,), infinite where there is none."""
    metres = np.full(len(start), np.inf)
    for first in range(0, len(start), _CHUNK):
        chunk = slice(first, first + _CHUNK)
        table = distance_matrix(network, start.iloc[chunk], end.iloc[chunk], _LONGEST_M)
        own = table[table["facility_id"] == table["demand_id"]]
        metres[own["facility_id"].to_numpy()] = own["distance_m"]
    return metres


def near(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Tell which walks agree to `NEAR`; two that lead nowhere agree."""
    with np.errstate(invalid="ignore"):
        close = np.abs(ours - theirs) <= NEAR[0] * np.minimum(ours, theirs) + NEAR[1]
    return close | (np.isinf(ours) & np.isinf(theirs))


def far(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Tell which walks differ by more than `FAR`, one that leads nowhere from one that leads somewhere among them."""
    with np.errstate(invalid="ignore"):
        off = np.abs(ours - theirs)
        apart = (off > FAR[0] * np.minimum(ours, theirs)) & (off > FAR[1])
    return apart & ~(np.isinf(ours) & np.isinf(theirs))


@dataclass(frozen=True)
class Streets:
    """What differences are explained with: the network, ways and barriers of the file, places of the pairs."""

    network: WalkNetwork
    ways: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    start: gpd.GeoDataFrame
    end: gpd.GeoDataFrame

    def class_of(self, way: Any) -> str:
        """Return how a way is classed: its highway, and the tag that decides beside it."""
        if way not in self.ways.index:
            return "a square drawn as a relation"
        tags = self.ways.at[way, "tags"]
        beside = next((f", {key}={tags[key]}" for key in _DECIDING if key in tags), "")
        return f"highway={tags['highway']}{beside}"

    def joint(self, course: Any) -> str:
        """Return why walks on the same ways may differ: the barrier the shorter one passes, where it passes one."""
        if len(self.barriers) and not shapely.is_empty(course):
            shapely.prepare(course)
            passed = np.flatnonzero(shapely.dwithin(np.asarray(self.barriers.geometry.array), course, _PASSED_M))
            closed = sorted(_said(self.barriers["tags"].iloc[row]) for row in passed)
            if closed:
                return max(closed, key=lambda said: ("=no" in said or "private" in said, said))
        return SAME_WAYS

    def in_metres(self, course: Sequence[Sequence[float]]) -> Any:
        """Return a course in degrees as a line in the network's CRS."""
        if len(course) < 2:
            return shapely.LineString()
        degrees = gpd.GeoSeries([shapely.LineString(course)], crs=4326)
        return degrees.to_crs(self.network.crs).array[0]

    def of_course(self, course: Any) -> Counter[str]:
        """Return the metres of a course on ways that zzgeo does not walk on, by class."""
        if shapely.is_empty(course):
            return Counter()
        steps = np.array(list(pairwise(shapely.get_coordinates(course))))
        middle = np.asarray(shapely.points(steps.mean(axis=1)))
        metres = np.hypot(*(steps[:, 1] - steps[:, 0]).T)
        on = self.network.tree.query_nearest(middle, max_distance=0.5, all_matches=False)[0]
        left = np.setdiff1d(np.arange(len(middle)), on)
        lines = np.asarray(self.ways.geometry.array)
        at, way = shapely.STRtree(lines).query_nearest(middle[left], max_distance=_ON_M, all_matches=False)
        lost: Counter[str] = Counter()
        for step, row in zip(left[at], way, strict=True):
            lost[self.class_of(self.ways.index[row])] += metres[step]
        return lost

    def beside(self, pair: int, course: Any) -> str | None:
        """Return the class of the way under a place that a course does not begin or end at, None where it does."""
        if shapely.is_empty(course):
            return None
        for table, tip in ((self.start, 0), (self.end, -1)):
            place = table.geometry.iloc[pair]
            if shapely.distance(shapely.get_point(course, tip), place) > _ON_M:
                return self.class_of(self.network.edges["osm_way"].iloc[int(self.network.tree.nearest(place))])
        return None

    def own_course(self, pairs: np.ndarray) -> pd.DataFrame:
        """Return the ways of zzgeo's walks: a row for each edge of each pair, with a spot in its middle."""
        network, walked = self.network, _Walked.of(self.network)
        at = pd.Series(np.arange(len(network.u)), index=network.labels)
        ledgers = [snap(network, table.iloc[pairs]) for table in (self.start, self.end)]
        rows = []
        for pair in pairs:
            tips = [ledger.loc[pair] for ledger in ledgers]
            if any(pd.isna(tip["edge_id"]) for tip in tips):
                continue
            own = [int(at[tip["edge_id"]]) for tip in tips]
            ends = [
                [
                    (int(network.u[edge]), tip["offset_m"]),
                    (int(network.v[edge]), network.length_m[edge] - tip["offset_m"]),
                ]
                for edge, tip in zip(own, tips, strict=True)
            ]
            rows += [(pair, edge) for edge in {*own, *walked.between(*ends)}]
        table = pd.DataFrame(rows, columns=["pair", "edge"])
        lines = np.asarray(network.edges.geometry.array)[table["edge"]]
        spots = gpd.GeoSeries(shapely.line_interpolate_point(lines, 0.5, normalized=True), crs=self.network.crs)
        degrees = shapely.get_coordinates(spots.to_crs(4326).array)
        way = network.edges["osm_way"].to_numpy()[table["edge"]]
        return table.assign(line=lines, way=way, metres=shapely.length(lines), lon=degrees[:, 0], lat=degrees[:, 1])


def _said(tags: dict[str, str]) -> str:
    """Return a barrier with the tag that may close it."""
    beside = next((f", {key}={tags[key]}" for key in ("foot", "access", "locked") if key in tags), "")
    return f"barrier={tags['barrier']}{beside}"


@dataclass(frozen=True)
class _Walked:
    """The shortest edge between each two nodes, as a graph, and where it stands in the network."""

    graph: csr_array
    edge: dict[tuple[int, int], int]

    @classmethod
    def of(cls, network: WalkNetwork) -> _Walked:
        low, high = np.minimum(network.u, network.v), np.maximum(network.u, network.v)
        order = np.lexsort((network.length_m, high, low))
        ends = np.column_stack([low, high])[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
        kept = order[first & (ends[:, 0] != ends[:, 1])]
        n = len(network.node_xy)
        graph = csr_array((network.length_m[kept], (low[kept], high[kept])), shape=(n, n))
        return cls(
            graph, dict(zip(zip(low[kept].tolist(), high[kept].tolist(), strict=True), kept.tolist(), strict=True))
        )

    def between(self, starts: list[tuple[int, float]], ends: list[tuple[int, float]]) -> list[int]:
        """Return the edges of the shortest walk between two positions, given by their nodes and the metres to them."""
        nodes = [node for node, _ in starts]
        metres, before = dijkstra(self.graph, directed=False, indices=nodes, return_predecessors=True)
        whole = {
            (row, node): metres[row, node] + to_start + to_end
            for (row, (_, to_start)), (node, to_end) in product(enumerate(starts), ends)
        }
        row, node = min(whole, key=lambda key: whole[key])
        found = []
        while before[row, node] >= 0:
            last = int(before[row, node])
            found.append(self.edge[min(last, node), max(last, node)])
            node = last
        return found


def explained(streets: Streets, ours: np.ndarray, said: list[Any], theirs: np.ndarray, ask: Ask) -> pd.DataFrame:
    """Return why walks differ by more than `FAR`: a row for each side and class of way, with the number of pairs.

    A pair counts for the class that most metres of the shorter walk lie on which the other engine does not walk on; of
    walks that keep to ways of both, for the way under a place that the other engine moves to another street, for a
    barrier that it passes, else for the joints.
    """
    pairs = np.flatnonzero(far(ours, theirs))
    reasons: dict[int, str] = {}
    shorter = pairs[theirs[pairs] < ours[pairs]]
    for pair in shorter:
        course = streets.in_metres(said[pair][1])
        lost = streets.of_course(course)
        own = streets.beside(pair, course) or streets.joint(course)
        reasons[int(pair)] = lost.most_common(1)[0][0] if lost else own
    longer = pairs[theirs[pairs] > ours[pairs]]
    if len(longer):
        steps = streets.own_course(longer)
        nearest = ask(steps[["lon", "lat"]].to_numpy().round(7).tolist())
        refused = _apart_m(steps, nearest) > _ON_M
        for pair, own in steps.assign(refused=refused).groupby("pair"):
            metres = own[own["refused"]].groupby("way")["metres"].sum()
            whole = shapely.multilinestrings(own["line"].to_numpy())
            reasons[int(pair)] = streets.class_of(metres.idxmax()) if len(metres) else streets.joint(whole)
    table = pd.DataFrame({"pair": list(reasons), "class": list(reasons.values())})
    side = np.where(table["pair"].isin(shorter), "zzgeo longer", "zzgeo shorter")
    counted = table.assign(side=side).groupby(["side", "class"]).size().rename("pairs").reset_index()
    return counted.sort_values(["side", "pairs", "class"], ascending=[True, False, True], ignore_index=True)


def _apart_m(course: pd.DataFrame, nearest: list[list[float] | None]) -> np.ndarray:
    """Return the metres between spots and what an engine calls the nearest way, infinite where it knows none."""
    there = np.array([place or (np.nan, np.nan) for place in nearest], dtype=float).reshape(-1, 2)
    north = (there[:, 1] - course["lat"].to_numpy()) * 111_195
    east = (there[:, 0] - course["lon"].to_numpy()) * 111_195 * np.cos(np.radians(course["lat"].to_numpy()))
    return np.nan_to_num(np.hypot(east, north), nan=np.inf)
