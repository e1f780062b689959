"""Driving, for the one rule that asks (R13): one-way arcs that take minutes, and where expressways are entered."""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zzgeo.network.components import connected_components
from zzgeo.network.lines import Floats, Ints, Lines
from zzgeo.spec import driving as words
from zzgeo.spec.levels import lifted

Bools = NDArray[np.bool_]

#: Vertices no further apart than about this are one junction, in metres.
_JOIN_M = 0.1

#: From home to the street people drive as slowly as on the slowest class.
_YARD_KMH = min(words.FREE_FLOW_KMH.values())

#: A road that is named so is an expressway of the city, whatever its class.
_EXPRESSWAY, _NO_EXPRESSWAY = re.compile("快速|高架"), "高速"

#: What a segment is part of.
STREET, LINK, EXPRESSWAY, MOTORWAY = range(4)


@dataclass(frozen=True, eq=False)
class DriveNetwork:
    """Segments between neighbouring vertices of ways, each with the minutes it takes along and against its line.

    Parameters
    ----------
    a, b
        Node at the start and at the end of each segment, shape (n_segments,).
    xy
        Coordinates of each node in metres, shape (n_nodes, 2).
    forth, back
        Minutes along and against the line, infinite where a segment is closed that way, shape (n_segments,).
    part
        `STREET`, `LINK`, `EXPRESSWAY` or `MOTORWAY`, shape (n_segments,).
    at_grade
        Whether an expressway segment may be driven onto from a street without a link: it is an ordinary trunk road.
    factor
        Share of the free-flow speed that is driven.
    """

    a: Ints
    b: Ints
    xy: Floats
    forth: Floats
    back: Floats
    part: Ints
    at_grade: Bools
    factor: float

    @classmethod
    def of(cls, ways: gpd.GeoDataFrame, factor: float = words.PEAK) -> DriveNetwork | None:
        """Build the network of ways in a metric CRS.

        Parameters
        ----------
        ways
            LineStrings, shape (n_ways, ...); their columns are read as `zzgeo.spec.driving` says. Ways that have a
            vertex at the same place meet there, but those on the ground do not meet a bridge or a tunnel midway.
        factor
            Share of the free-flow speed that is driven, above 0 and at most 1; lights and junctions are in it.

        Returns
        -------
        DriveNetwork or None
            None where no way can be driven.

        Raises
        ------
        ValueError
            If the factor is out of range.

        Examples
        --------
        >>> lines = shapely.linestrings([[(0, 0), (5000, 0)], [(5000, 0), (6000, 0)], [(6000, 0), (9000, 0)]])
        >>> classes = ["residential", "trunk_link", "trunk"]
        >>> ways = gpd.GeoDataFrame({"highway": classes, "maxspeed": [50, None, None]}, geometry=lines, crs="EPSG:4547")
        >>> network = DriveNetwork.of(ways)
        >>> round(float(network.minutes_to(network.entries(EXPRESSWAY))[0]), 6)  # 5 km at 0.6 x 50 km/h
        10.0
        """
        if not 0.0 < factor <= 1.0:
            raise ValueError(f"a peak factor is above 0 and at most 1, not {factor!r}")
        classes = words.driving_classes(ways)
        driven = words.driven(ways, classes)
        if not driven.any():
            return None
        ways, classes = ways[driven], classes[driven]
        lines = Lines.of(np.asarray(ways.geometry.array))
        node, xy = _nodes(lines, lifted(ways))
        last = np.zeros(len(lines.xy), dtype=bool)
        last[lines.start[1:] - 1] = True
        first = np.flatnonzero(~last)
        first = first[node[first] != node[first + 1]]
        way = (np.searchsorted(lines.start, first, side="right") - 1).astype(np.int64)
        metres = np.hypot(*(lines.xy[first + 1] - lines.xy[first]).T)
        minutes = drive_minutes(metres, words.free_flow_kmh(ways, classes)[way], factor)
        forth, back = (np.where(opened[way], minutes, np.inf) for opened in words.directions(ways, classes))
        part, at_grade = _parts(ways, classes)
        return cls(node[first], node[first + 1], xy, forth, back, part[way], at_grade[way], factor)

    @cached_property
    def _arcs(self) -> tuple[Ints, Ints, Floats, Ints]:
        """Segment, by direction: tail, head, minutes, and the segment each arc is of."""
        forth, back = np.flatnonzero(np.isfinite(self.forth)), np.flatnonzero(np.isfinite(self.back))
        tail = np.concatenate([self.a[forth], self.b[back]])
        head = np.concatenate([self.b[forth], self.a[back]])
        minutes = np.concatenate([self.forth[forth], self.back[back]])
        return tail, head, minutes, np.concatenate([forth, back])

    def entries(self, onto: int) -> Ints:
        """Return the nodes at which drivers leave other roads for expressways or motorways, ascending.

        Parameters
        ----------
        onto
            `EXPRESSWAY` or `MOTORWAY`.

        Returns
        -------
        array, shape (n_entries,)
            Where a link begins that leads onto such a road, or such a road itself at its end on a street. A link that
            only leaves the road is an exit and no entry.
        """
        tail, head, _, segment = self._arcs
        part = self.part[segment]
        link, road = part == LINK, part == onto
        before = part < onto if onto == MOTORWAY else part == STREET
        outside = np.zeros(len(self.xy), dtype=bool)
        outside[head[before & ~link]] = True
        # a street may begin at a ramp as well as end there
        outside[tail[before & ~link]] = True
        on_link = np.unique(np.concatenate([tail[link], head[link]]))
        goal = np.intersect1d(on_link, tail[road])
        leads = np.zeros(len(self.xy), dtype=bool)
        if len(goal):
            leads |= np.isfinite(_times(head[link], tail[link], np.ones(int(link.sum())), goal, len(self.xy)))
        ramp = tail[link & leads[head]]
        bare = tail[road & ~self.at_grade[segment]]
        found: Ints = np.unique(np.concatenate([ramp, bare]))
        return found[outside[found]]

    def minutes_to(self, targets: Ints) -> Floats:
        """Return the minutes from each node to the nearest of some nodes, infinite where none can be driven to."""
        tail, head, minutes, _ = self._arcs
        return _times(head, tail, minutes, targets, len(self.xy))

    def from_places(self, xy: Floats, to: Floats, farthest_m: float) -> Floats:
        """Return the minutes from places beside the streets, given those from each node.

        Parameters
        ----------
        xy
            Where people are, shape (n_places, 2), in metres.
        to
            What `minutes_to` returned.
        farthest_m
            A place farther than this from a street with a way out has no time.

        Returns
        -------
        array, shape (n_places,)
            NaN where no street with a way out is near. The way to the street counts, at the speed of a yard.
        """
        minutes = np.full(len(xy), np.nan)
        out = (np.isfinite(self.forth) & np.isfinite(to[self.b])) | (np.isfinite(self.back) & np.isfinite(to[self.a]))
        streets = np.flatnonzero(out & ((self.part == STREET) | self.at_grade))
        place, segment, share, metres = self._nearest(xy, streets, farthest_m)
        along = to[self.b[segment]] + _part_of(self.forth[segment], 1 - share)
        against = to[self.a[segment]] + _part_of(self.back[segment], share)
        minutes[place] = np.minimum(along, against) + drive_minutes(metres, _YARD_KMH, self.factor)
        minutes[np.isinf(minutes)] = np.nan
        return minutes

    def with_places(self, xy: Floats, farthest_m: float) -> tuple[DriveNetwork, Ints]:
        """Return the network with a node for each place at the nearest way, and these nodes, -1 where none is near."""
        place, segment, share, _ = self._nearest(xy, np.arange(len(self.a)), farthest_m)
        node = np.full(len(xy), -1, dtype=np.int64)
        node[place] = len(self.xy) + np.arange(len(place))
        order = np.lexsort((share, segment))
        segment, share, new = segment[order], share[order], node[place][order]
        whole = np.setdiff1d(np.arange(len(self.a)), segment)
        cut, count = np.unique(segment, return_counts=True)
        owner = np.repeat(cut, count + 1)
        first = np.concatenate([[0], np.cumsum(count + 1)[:-1]]).astype(np.int64)
        inner = np.setdiff1d(np.arange(len(owner)), first)
        a, low = self.a[owner], np.zeros(len(owner))
        a[inner], low[inner] = new, share
        b, high = self.b[owner], np.ones(len(owner))
        b[inner - 1], high[inner - 1] = new, share
        ends = self.xy[self.a[segment]] + share[:, None] * (self.xy[self.b[segment]] - self.xy[self.a[segment]])
        every = np.concatenate([whole, owner])
        length = np.concatenate([np.ones(len(whole)), high - low])
        xy_new = np.empty((len(segment), 2))
        xy_new[new - len(self.xy)] = ends
        split = dataclasses.replace(
            self,
            a=np.concatenate([self.a[whole], a]),
            b=np.concatenate([self.b[whole], b]),
            xy=np.concatenate([self.xy, xy_new]),
            forth=_part_of(self.forth[every], length),
            back=_part_of(self.back[every], length),
            part=self.part[every],
            at_grade=self.at_grade[every],
        )
        return split, node

    def _nearest(self, xy: Floats, segments: Ints, farthest_m: float) -> tuple[Ints, Ints, Floats, Floats]:
        """Return the places near a segment, the segment, the share of it that lies before the place, and the metres."""
        if len(segments) == 0 or len(xy) == 0:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0)
        ends = np.stack([self.xy[self.a[segments]], self.xy[self.b[segments]]], axis=1)
        lines = np.asarray(shapely.linestrings(ends), dtype=object)
        points = np.asarray(shapely.points(xy), dtype=object)
        (place, which), metres = shapely.STRtree(lines).query_nearest(
            points, max_distance=farthest_m, return_distance=True, all_matches=False
        )
        share: Floats = np.asarray(shapely.line_locate_point(lines[which], points[place], normalized=True))
        return place, segments[which], share, metres


def drive_minutes(length_m: Floats, free_flow_kmh: Floats | float, factor: float = words.PEAK) -> Floats:
    """Return how long streets take to drive at a share of their free-flow speed, in minutes.

    Examples
    --------
    >>> drive_minutes(np.array([8000.0, 500.0]), np.array([80.0, 30.0])).round(3).tolist()
    [10.0, 1.667]
    """
    minutes: Floats = np.asarray(length_m, dtype=float) / 1000.0 / (free_flow_kmh * factor) * 60.0
    return minutes


def _part_of(minutes: Floats, share: Floats) -> Floats:
    """Return a share of the minutes of a segment: none of a closed one is open, but nothing of it takes no time."""
    part: Floats = np.multiply(minutes, share, out=np.zeros(len(share)), where=share > 0)
    return part


def _nodes(lines: Lines, above: Bools) -> tuple[Ints, Floats]:
    """Return the node of each vertex, and where nodes lie: vertices at one place, on the ground or off it."""
    way = np.repeat(np.arange(len(lines)), np.diff(lines.start))
    end = np.zeros(len(way), dtype=bool)
    end[lines.start[:-1]] = end[lines.start[1:] - 1] = True
    cell = np.round(lines.xy / _JOIN_M).astype(np.int64)
    keys = pd.DataFrame({"x": cell[:, 0], "y": cell[:, 1], "off": above[way] & ~end})
    node = keys.groupby(["x", "y", "off"], sort=False).ngroup().to_numpy()
    # an end of a bridge is both on the ground and on whatever bridge passes there
    keys = keys.assign(node=node)
    tips = keys[end & above[way]].drop_duplicates()
    both = tips.merge(keys[keys["off"]].drop_duplicates(), on=["x", "y"], suffixes=("", "_off"))
    number, label = connected_components(both["node"].to_numpy(), both["node_off"].to_numpy(), int(node.max()) + 1)
    of: Ints = label[node]
    xy: Floats = np.empty((number, 2))
    xy[of] = lines.xy
    return of, xy


def _parts(ways: gpd.GeoDataFrame, classes: pd.Series) -> tuple[Ints, Bools]:
    """Return what each way is part of, and which expressways are ordinary trunk roads too."""
    base = classes.str.removesuffix("_link")
    fast = base.isin(("trunk", "motorway"))
    link = (fast & (base != classes)).to_numpy()
    name = ways["name"].fillna("").astype(str) if "name" in ways.columns else pd.Series("", index=ways.index)
    named = (name.str.contains(_EXPRESSWAY) & ~name.str.contains(_NO_EXPRESSWAY)).to_numpy()
    marked = np.zeros(len(ways), dtype=bool)
    for column in ("motorroad", "expressway"):
        if column in ways.columns:
            marked |= (ways[column].astype(str) == "yes").to_numpy()
    trunk, motorway = ((base == kind).to_numpy() & ~link for kind in ("trunk", "motorway"))
    part = np.select([link, trunk | (motorway & named), motorway], [LINK, EXPRESSWAY, MOTORWAY], STREET)
    return part.astype(np.int64), trunk & ~marked & ~named


def _times(tail: Ints, head: Ints, minutes: Floats, start: Ints, n: int) -> Floats:
    """Return the minutes from the nearest of some nodes to each node, along arcs."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    if len(start) == 0:
        return np.full(n, math.inf)
    order = np.lexsort((minutes, head, tail))
    tail, head, minutes = tail[order], head[order], minutes[order]
    # a sparse matrix adds parallel arcs up; only the quickest counts
    quickest = np.ones(len(tail), dtype=bool)
    quickest[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    graph = csr_array((minutes[quickest], (tail[quickest], head[quickest])), shape=(n, n))
    times: Floats = dijkstra(graph, directed=True, indices=np.unique(start), min_only=True)
    return times
