"""The streets as data: arrays that are checked once and then only read, and what follows from them.

`zzgeo.network.build` makes a graph, `WalkNetwork` adds the doors to it, searches read it; it knows none of them.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from zzgeo.crs.ground import Ground
from zzgeo.errors import Problem
from zzgeo.network.arcs import Grid
from zzgeo.network.lines import Floats, Ints, Lines, stretch_of
from zzgeo.network.numbering import Numbered, number
from zzgeo.network.profiles import Profile, delays, rates
from zzgeo.network.refusals import refuse
from zzgeo.network.waves import KeptWaves
from zzgeo.spec.levels import lifted
from zzgeo.spec.walking import RESIDENTS_M_PER_S
from zzgeo.vocabulary.yes_no import yes_no

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Ends of lines no further apart than this are one node.
COINCIDE_M = 0.01

#: A component with less than this share of the largest one's street length is small: points avoid snapping to it.
SMALL_COMPONENT_SHARE = 0.1

#: Columns every table of edges has; a caller's of the same name is kept as ``u_id`` and so on.
OWN_COLUMNS = ("u", "v", "length_m", "component")

#: Columns of edges that climb: metres on the flat for a metre along and against the geometry; parts of an edge, of
#: which it is cut by barriers, have those of the whole (`zzgeo.network.terrain`).
CLIMB = ("climb_forth", "climb_back")

#: Computed once for all profiles.
_SHARED = ("edges", "edge_ends", "tree", "is_large", "large_tree", "segments", "private", "lifted", "shut", "may_stand")


@dataclass(frozen=True, eq=False, repr=False)
class StreetGraph:
    """Streets that can be walked both ways, checked once.

    Positions count from 0; lengths are planar metres of the geometry in ``crs``. The streets are kept as arrays;
    `edges` gives them as a table.

    Parameters
    ----------
    columns
        The caller's columns, shape (n_edges, ...), with a unique index: the labels a snapping ledger uses. Three mean
        something: ``private`` (people leave by it and come home by it, nobody walks through), ``bridge``, ``tunnel``
        and ``layer`` (`zzgeo.spec.levels`: nobody steps onto it midway), ``crossing_s`` (seconds a ferry takes).
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
    walls
        Lines nobody crosses on the way to a street, shape (n_walls,).
    ground
        What a step in ``crs`` is on the ground: walks are then metres of the ground. Left out, they are metres of
        ``crs``.
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
    walls: NDArray[np.object_] | None = None
    ground: Ground | None = None
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
            If the profile knows slopes and there are no heights.
        """
        if profile is not None:
            rates(profile, self.u, self.v, self.length_m, self.node_z, self.climb)
        other = self._twin(profile=profile)
        other.__dict__["waves"] = self.waves
        return other

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

    def with_walls(self, walls: Any) -> Self:
        """Return the same streets with lines, shape (n_walls,), that no leg to a street crosses."""
        return self._twin(walls=np.asarray(walls, dtype=object)) if len(walls) else self

    def on_ground(self, ground: Ground | None) -> Self:
        """Return the same streets measured in metres on the ground; as they are where nothing is known of it.

        The stretch in the middle of an edge holds for all of it: in a projection that stretches by 0.1 % over 100 km,
        an edge of 1 km is off by a millimetre.
        """
        return self if ground is None else self._twin(ground=ground)

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
    def private(self) -> NDArray[np.bool_]:
        """Whether each edge is private, shape (n_edges,): people leave home by it, nobody walks through."""
        return marked(self.columns, "private")

    @cached_property
    def lifted(self) -> NDArray[np.bool_]:
        """Whether each edge is a bridge or a tunnel, shape (n_edges,): nobody steps onto it midway."""
        return lifted(self.columns)

    @cached_property
    def may_stand(self) -> NDArray[np.bool_]:
        """Whether somebody beside an edge steps onto it, shape (n_edges,): not onto bridges, nor onto a ferry."""
        return ~self.lifted & np.isnan(self.crossing_s)

    @property
    def crossing_s(self) -> Floats:
        """Seconds a ferry takes along each edge, shape (n_edges,); NaN where people walk."""
        if "crossing_s" not in self.columns:
            return np.full(len(self.u), np.nan)
        return pd.to_numeric(self.columns["crossing_s"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)

    @property
    def metres_only(self) -> bool:
        """Whether a walk costs its metres and nothing else."""
        plainly = self.profile is None or self.profile.metres_only
        return plainly and "crossing_s" not in self.columns

    @cached_property
    def shut(self) -> NDArray[np.bool_]:
        """Which edges a search does not pass, shape (n_edges, 2): left from their start, and from their end.

        A search comes from the facility. It enters private ways from a public street, for people live there, and does
        not come out of them again; a facility inside has its exits among its own positions (`zzgeo.network.compounds`).
        """
        public = self.is_public
        return self.private[:, None] & np.column_stack([public[self.v], public[self.u]])

    @cached_property
    def is_public(self) -> NDArray[np.bool_]:
        """Whether each node is on a street that is not private, shape (n_nodes,)."""
        public = np.zeros(len(self.node_xy), dtype=bool)
        public[self.u[~self.private]] = public[self.v[~self.private]] = True
        return public

    @property
    def climb(self) -> Floats | None:
        """Metres on the flat for a metre of each edge along and against it, shape (n_edges, 2); None if not known."""
        if not set(CLIMB) <= set(self.columns.columns):
            return None
        return self.columns[list(CLIMB)].to_numpy(dtype=float)

    @cached_property
    def stretch(self) -> Floats | None:
        """Metres on the ground of a metre of each edge, shape (n_edges,); None where they are metres of the CRS."""
        return None if self.ground is None else stretch_of(self.lines, self.ground)

    @cached_property
    def rate(self) -> Floats:
        """What a metre of each edge costs a search, shape (n_edges, 2), or (0, 2) where every metre costs one."""
        of_profile = np.empty((0, 2))
        if self.profile is not None:
            of_profile = rates(self.profile, self.u, self.v, self.length_m, self.node_z, self.climb)
        if self.stretch is None and "crossing_s" not in self.columns:
            return of_profile
        rate = np.ones((len(self.u), 2)) if len(of_profile) == 0 else of_profile
        rate = rate if self.stretch is None else rate * self.stretch[:, None]
        by_ferry = np.flatnonzero(~np.isnan(self.crossing_s))
        speed = RESIDENTS_M_PER_S if self.profile is None else self.profile.speed_m_per_s
        rate[by_ferry] = (self.crossing_s[by_ferry] * speed / self.length_m[by_ferry])[:, None]
        return rate

    @cached_property
    def delay(self) -> Floats:
        """What passing through each node costs in metres on the flat, shape (n_nodes,), or (0,) where nothing."""
        return np.empty(0) if self.profile is None else delays(self.profile, self.u, self.v, len(self.node_xy))

    @cached_property
    def cost(self) -> Floats:
        """What a search pays for each edge left from its start and from its end, shape (n_edges, 2); inf if shut."""
        if not self.private.any():
            return self.open_cost
        return np.where(self.shut, np.inf, self.open_cost)

    @property
    def open_cost(self) -> Floats:
        """What a walk pays for each edge left from its start and from its end, shape (n_edges, 2)."""
        cost = np.column_stack([self.length_m, self.length_m])
        if len(self.rate):
            cost *= self.rate
        if len(self.delay):
            cost += np.column_stack([self.delay[self.u], self.delay[self.v]])
        return cost

    @cached_property
    def graph(self) -> csr_array:
        """Node-to-node costs, the least of parallel edges, without loops and without edges that are shut."""
        from scipy.sparse import coo_array, csr_array

        tail, head = np.concatenate([self.u, self.v]), np.concatenate([self.v, self.u])
        cost = self.cost.T.ravel()
        order = np.lexsort((cost, head, tail))
        tail, head, cost = tail[order], head[order], cost[order]
        keep = (tail != head) & np.isfinite(cost)
        tail, head, cost = tail[keep], head[keep], cost[keep]
        # A sparse matrix built from coordinates adds parallel edges up; only the least may be handed over.
        first = np.ones(len(tail), dtype=bool)
        first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        n = len(self.node_xy)
        return csr_array(coo_array((cost[first], (tail[first], head[first])), shape=(n, n)))

    @cached_property
    def edge_ends(self) -> tuple[Ints, Ints]:
        """Edges at each node in CSR form: ``(start, 2 * edge + side)``; side 1 is the end of the geometry."""
        node = np.column_stack([self.u, self.v]).ravel()
        start = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=len(self.node_xy)))])
        return start.astype(np.int64), np.argsort(node, kind="stable").astype(np.int64)

    @cached_property
    def numbered(self) -> Numbered:
        """The streets as arrays for compiled searches."""
        return number(self.u, self.v, self.length_m, self.node_xy, self.rate, self.delay, self.cost)

    @cached_property
    def waves(self) -> KeptWaves | None:
        """Where waves over all the streets are kept for others (`zzgeo.network.mapped`); None where they are not."""
        return None

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Search tree over the edges somebody may step onto, in the order of `grounded`."""
        return shapely.STRtree(self.lines.whole(self.grounded))

    @property
    def grounded(self) -> Ints:
        """Positions of the edges somebody may step onto, ascending."""
        return np.flatnonzero(self.may_stand)

    @property
    def large(self) -> Ints:
        """Positions of the edges somebody may step onto, on components that are not small, ascending."""
        return np.flatnonzero(self.is_large & self.may_stand)

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
        return shapely.STRtree(self.lines.whole(self.large))


def marked(columns: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """Return a column of yes and no as booleans, shape (n_rows,); no where it is missing or says nothing."""
    if name not in columns:
        return np.zeros(len(columns), dtype=bool)
    cells = columns[name]
    if not pd.api.types.is_bool_dtype(cells.dtype):
        code, texts = pd.factorize(cells, use_na_sentinel=False)
        return np.array([yes_no(text) is True for text in texts], dtype=bool)[code]
    return cells.fillna(False).to_numpy(dtype=bool)


def read_only(values: Any) -> Any:
    """Return an array that can no longer be written to."""
    values.flags.writeable = False
    return values
