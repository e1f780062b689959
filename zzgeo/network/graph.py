"""The streets as data: arrays that are checked once and then only read, and what follows from them.

`zzgeo.network.build` makes a graph, `WalkNetwork` adds the doors to it, searches read it; it knows none of them.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from zzgeo.errors import Problem
from zzgeo.network.arcs import Grid
from zzgeo.network.lines import Floats, Ints, Lines
from zzgeo.network.numbering import Numbered, number
from zzgeo.network.profiles import Profile, delays, rates
from zzgeo.network.refusals import refuse

#: Ends of lines no further apart than this are one node.
COINCIDE_M = 0.01

#: A component with less than this share of the largest one's street length is small: points avoid snapping to it.
SMALL_COMPONENT_SHARE = 0.1

#: Columns every table of edges has; a caller's of the same name is kept as ``u_id`` and so on.
OWN_COLUMNS = ("u", "v", "length_m", "component")

#: Computed once for all profiles.
_SHARED = ("edges", "graph", "edge_ends", "tree", "is_large", "large_tree", "segments")


@dataclass(frozen=True, eq=False, repr=False)
class StreetGraph:
    """Streets that can be walked both ways, checked once.

    Positions count from 0; lengths are planar metres of the geometry in ``crs``. The streets are kept as arrays;
    `edges` gives them as a table.

    Parameters
    ----------
    columns
        The caller's columns, shape (n_edges, ...), with a unique index: the labels a snapping ledger uses.
    lines
        The vertices of each edge.
    u, v
        Node at the start and at the end of each edge's geometry, shape (n_edges,).
    length_m
        Length of each edge in metres, shape (n_edges,).
    node_xy
        Coordinates in ``crs``, shape (n_nodes, 2).
    component
        Component of each node, shape (n_nodes,); 0 is the one with the longest streets.
    crs
        A metric CRS.
    component_table
        ``component``, ``nodes``, ``edges``, ``street_m``, the longest first.
    notes
        What was changed or is odd, as warnings.
    node_z
        Height of each node in metres, shape (n_nodes,), where known.
    profile
        Who walks; metres count alone where nobody is named.
    joins
        Where lines were joined over a gap or end beside another, a row each (`zzgeo.network.loose_ends`).

    Raises
    ------
    NetworkError
        If there is no edge, a length is not positive and finite, or an end is not a node.
    """

    columns: pd.DataFrame
    lines: Lines
    u: Ints
    v: Ints
    length_m: Floats
    node_xy: Floats
    component: Ints
    crs: pyproj.CRS
    component_table: pd.DataFrame
    notes: tuple[Problem, ...] = ()
    node_z: Floats | None = None
    profile: Profile | None = None
    joins: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        sizes = {len(of) for of in (self.columns, self.lines, self.u, self.v, self.length_m)}
        if len(sizes) > 1:
            why = "every edge needs a row, a line, two ends and a length"
            raise refuse("file.inconsistent", f"edges={sorted(sizes)}", why, "use WalkNetwork.from_edges")
        if len(self.u) == 0:
            raise refuse("network.empty", "edges=0", "there is nothing to walk on", "send the streets again")
        if not self.labels.is_unique:
            raise refuse("id.duplicate", "edges", "an edge id must stand on one row only", "reset the index")
        if not (np.isfinite(self.length_m) & (self.length_m > 0)).all():
            raise refuse("edge.nonfinite", "length_m", "a length must be positive and finite", "correct the line")
        nodes = np.concatenate([self.u, self.v])
        if nodes.min() < 0 or nodes.max() >= len(self.node_xy) or len(self.component) != len(self.node_xy):
            raise refuse("network.dangling", "u, v", "an end is not a node", "use WalkNetwork.from_edges")
        chord = np.hypot(*(self.node_xy[self.u] - self.node_xy[self.v]).T)
        if not (self.length_m >= chord - 2 * COINCIDE_M - 1e-9 * chord).all():
            value, why = "length_m", "an edge cannot be shorter than the line between its ends"
            raise refuse("edge.shorter_than_chord", value, why, "use WalkNetwork.from_edges")

    def with_profile(self, profile: Profile | None) -> Self:
        """Return the same streets walked by somebody: distances become metres on the flat (`zzgeo.network.profiles`).

        Raises
        ------
        NetworkError
            If the profile knows slopes and the nodes have no heights.
        """
        if profile is not None:
            rates(profile, self.u, self.v, self.length_m, self.node_z)
        return self._twin(profile=profile)

    def with_heights(self, node_z: Any) -> Self:
        """Return the same streets with the height of each node in metres, shape (n_nodes,), for slopes.

        Raises
        ------
        NetworkError
            If there is not one finite height a node.
        """
        heights = np.asarray(node_z, dtype=float)
        if heights.shape != (len(self.node_xy),) or not np.isfinite(heights).all():
            value = f"shape={heights.shape}, finite={int(np.isfinite(heights).sum())}"
            why = "every node needs one finite height"
            raise refuse("coord.nonfinite", value, why, "fill the gaps", "node heights")
        return self._twin(node_z=read_only(heights.copy()))

    def _twin(self, **changes: Any) -> Self:
        """Return the same streets with something else about them; what does not depend on it is not computed again."""
        other = dataclasses.replace(self, **changes)
        other.__dict__.update({name: self.__dict__[name] for name in _SHARED if name in self.__dict__})
        return other

    @property
    def labels(self) -> pd.Index:
        """The label of each edge, as a snapping ledger uses it."""
        return self.columns.index

    @cached_property
    def edges(self) -> gpd.GeoDataFrame:
        """The streets as LineStrings, shape (n_edges, ...), made when first asked for.

        The caller's columns, the geometry, the nodes ``u`` and ``v`` of the two ends, ``length_m``, ``component``. A
        caller's ``u``, ``v``, ``length_m`` or ``component`` is kept as ``u_id``, ``v_id``, ``length_m_id``,
        ``component_id``.
        """
        table = gpd.GeoDataFrame(self.columns, geometry=self.lines.whole(), crs=self.crs)
        ends_of = {"u": self.u.copy(), "v": self.v.copy(), "length_m": self.length_m.copy()}
        return table.assign(**ends_of, component=self.component[self.u])

    @cached_property
    def graph(self) -> csr_array:
        """Node-to-node lengths, both ways, the shortest of parallel edges, without loops."""
        low, high = np.minimum(self.u, self.v), np.maximum(self.u, self.v)
        order = np.lexsort((self.length_m, high, low))
        low, high, length = low[order], high[order], self.length_m[order]
        keep = low != high
        # A sparse matrix built from coordinates adds parallel edges up; only the shortest may be handed over.
        keep[1:] &= (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        low, high, length = low[keep], high[keep], length[keep]
        n = len(self.node_xy)
        pairs = (np.concatenate([low, high]), np.concatenate([high, low]))
        return csr_array(coo_array((np.tile(length, 2), pairs), shape=(n, n)))

    @cached_property
    def edge_ends(self) -> tuple[Ints, Ints]:
        """Edges at each node in CSR form: ``(start, 2 * edge + side)``; side 1 is the end of the geometry."""
        node = np.column_stack([self.u, self.v]).ravel()
        start = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=len(self.node_xy)))])
        return start.astype(np.int64), np.argsort(node, kind="stable").astype(np.int64)

    @cached_property
    def numbered(self) -> Numbered:
        """The streets as arrays for compiled searches."""
        rate, delay = np.empty((0, 2)), np.empty(0)
        if self.profile is not None:
            rate = rates(self.profile, self.u, self.v, self.length_m, self.node_z)
            delay = delays(self.profile, self.u, self.v, len(self.node_xy))
        return number(self.u, self.v, self.length_m, self.node_xy, rate, delay)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Search tree over all edges, by position."""
        return shapely.STRtree(np.asarray(self.edges.geometry.array))

    @property
    def large(self) -> Ints:
        """Positions of the edges on components that are not small, ascending."""
        return np.flatnonzero(self.is_large)

    @cached_property
    def is_large(self) -> NDArray[np.bool_]:
        """Whether each edge is on a component that is not small, shape (n_edges,)."""
        street_m = self.component_table["street_m"].to_numpy()
        small = street_m < SMALL_COMPONENT_SHARE * street_m[0]
        found: NDArray[np.bool_] = ~small[self.component[self.u]]
        return found

    @cached_property
    def segments(self) -> Grid:
        """Grid over the segments of all edges, by position, for many points."""
        from zzgeo.network.segments import grid_of

        return grid_of(self.lines, float(self.length_m.sum()))

    @cached_property
    def large_tree(self) -> shapely.STRtree:
        """Search tree over the edges in `large`."""
        return shapely.STRtree(np.asarray(self.edges.geometry.array)[self.large])


def read_only(values: Any) -> Any:
    """Return an array that can no longer be written to."""
    values.flags.writeable = False
    return values
