"""The walking network: checked once, then only read."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from zzgeo.errors import Problem
from zzgeo.memory import bulk_work
from zzgeo.network import ends
from zzgeo.network.lines import Floats, Ints, Lines
from zzgeo.network.profiles import Profile, rates

if TYPE_CHECKING:
    import networkx as nx

    from zzgeo.network.engine import Numbered
    from zzgeo.network.segments import Grid
from zzgeo.notebook import table_html

#: A component with less than this share of the largest one's street length is small: points avoid snapping to it.
SMALL_COMPONENT_SHARE = 0.1

#: Computed once for all profiles.
_SHARED = ("edges", "graph", "edge_ends", "tree", "is_large", "large_tree", "segments")

#: A table of so many streets of which no two have a common end is broken; fewer may be a hamlet.
FEW_EDGES = 10


@dataclass(frozen=True, eq=False, repr=False)
class WalkNetwork:
    """Streets that can be walked both ways, checked once.

    Build it with `from_edges`, `from_osmnx` or `from_osm_file`. Positions count from 0; lengths are planar metres of
    the geometry in ``crs``; bridges and tunnels are never cut where they cross other streets. The streets are kept as
    arrays; `edges` gives them as a table.

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

    def __post_init__(self) -> None:
        sizes = {len(of) for of in (self.columns, self.lines, self.u, self.v, self.length_m)}
        if len(sizes) > 1:
            why = "every edge needs a row, a line, two ends and a length"
            raise ends.refuse("file.inconsistent", f"edges={sorted(sizes)}", why, "use WalkNetwork.from_edges")
        if len(self.u) == 0:
            raise ends.refuse("network.empty", "edges=0", "there is nothing to walk on", "send the streets again")
        if not self.labels.is_unique:
            raise ends.refuse("id.duplicate", "edges", "an edge id must stand on one row only", "reset the index")
        if not (np.isfinite(self.length_m) & (self.length_m > 0)).all():
            raise ends.refuse("edge.nonfinite", "length_m", "a length must be positive and finite", "correct the line")
        at = np.concatenate([self.u, self.v])
        if at.min() < 0 or at.max() >= len(self.node_xy) or len(self.component) != len(self.node_xy):
            raise ends.refuse("network.dangling", "u, v", "an end is not a node", "use WalkNetwork.from_edges")
        chord = np.hypot(*(self.node_xy[self.u] - self.node_xy[self.v]).T)
        if not (self.length_m >= chord - 2 * ends.COINCIDE_M - 1e-9 * chord).all():
            value, why = "length_m", "an edge cannot be shorter than the line between its ends"
            raise ends.refuse("edge.shorter_than_chord", value, why, "use WalkNetwork.from_edges")

    @classmethod
    @bulk_work()
    def from_edges(cls, edges: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame | None = None) -> WalkNetwork:
        """Build the network from lines in a metric CRS; ends that coincide (to 1 cm) are one node.

        Parameters
        ----------
        edges
            LineStrings, shape (n_edges, ...). Lines that cross without a common end are not joined: a bridge stays a
            bridge. Parallel edges and loops are kept; a MultiLineString becomes one line where its parts join up, else
            several (noted). A column ``length`` is never used. Lines with heights (z) at all their ends give the nodes
            heights; lengths stay planar.
        nodes
            Points indexed by the ids in the columns ``u`` and ``v`` of `edges`; if given, every line must end within
            1 m of its two nodes, in either direction.

        Returns
        -------
        WalkNetwork
            In the CRS of `edges`.

        Raises
        ------
        CrsError
            If the CRS is missing, in degrees, or Web Mercator.
        NetworkError
            If there is no edge, or rows have no geometry, no finite coordinates, or ends elsewhere than their nodes.

        Examples
        --------
        >>> import geopandas, shapely
        >>> lines = shapely.linestrings([[(0, 0), (0, 100)], [(0, 100), (300, 500)]])
        >>> network = WalkNetwork.from_edges(geopandas.GeoDataFrame(geometry=lines, crs="EPSG:4547"))
        >>> network
        <WalkNetwork: 3 nodes, 2 edges, 0.6 km of streets, 1 component, EPSG:4547>
        """
        table, notes = ends.checked_edges(edges)
        if nodes is not None:
            ends.check_against_nodes(table, nodes)
        u, v, node_xy = ends.join_ends(table.geometry.array)
        network = cls._assembled(table, u, v, node_xy, notes)
        heights = ends.heights(edges.geometry.array, network.node_xy)
        return network if heights is None else network.with_heights(heights)

    @classmethod
    def from_osm_edges(cls, streets: gpd.GeoDataFrame) -> WalkNetwork:
        """Build the network from streets of `zzgeo.formats.osm.read_streets`, brought into a metric CRS.

        Nodes are told apart by OpenStreetMap id (columns ``u``, ``v``), so that two at the same place stay two.

        Raises
        ------
        CrsError, NetworkError
            As `from_edges`.
        """
        from zzgeo.network import doors

        return cls._assembled(*doors.from_osm_edges(streets))

    @classmethod
    def from_osmnx(cls, graph: Any) -> WalkNetwork:
        """Build the network from an OSMnx (networkx) graph; one-way streets are walked both ways.

        Parameters
        ----------
        graph
            A graph whose nodes have ``x`` and ``y``, whose edges may have ``geometry`` (a straight line is taken
            otherwise), with ``graph.graph["crs"]``. Projected if geographic. Lengths are measured; an attribute
            ``length`` is only checked: what contradicts the geometry is noted, what is no length is refused. In a
            directed graph the two directions of one street become one edge.

        Raises
        ------
        CrsError
            If the CRS is missing or not metric after projection.
        NetworkError
            If the graph has no edge, nodes without usable coordinates, or lengths that are negative or not finite.
        """
        from zzgeo.network import doors

        return cls._assembled(*doors.from_osmnx(graph))

    @classmethod
    def from_osm_file(cls, path: str | Path, crs: Any = None) -> WalkNetwork:
        """Build the network from the walkable streets of an OpenStreetMap file (``.osm`` or ``.osm.pbf``).

        Parameters
        ----------
        path
            The file. Which tags can be walked: `zzgeo.formats.osm.read_streets`; what was dropped is in ``notes``.
        crs
            A metric CRS; the one of the place if left out.

        Raises
        ------
        InputError
            If the file is corrupt, empty, or of another type.
        NetworkError
            ``network.empty`` where no way can be walked.
        MissingExtra
            If osmium is not installed.
        """
        from zzgeo.network import doors

        return cls._assembled(*doors.from_osm_file(Path(path), crs))

    def with_barriers(self, barriers: gpd.GeoDataFrame, *, over: Sequence[str] = ("bridge", "tunnel")) -> WalkNetwork:
        """Return the streets cut where they cross lines that nobody can cross.

        Parameters
        ----------
        barriers
            Lines or polygons (whose boundary counts), shape (n_barriers, ...), in the network's CRS.
        over
            Columns of ``edges``: a street with a value other than empty, "no" or False in one of them passes over or
            under barriers and is not cut.

        Returns
        -------
        WalkNetwork
            An edge that crosses a barrier becomes one edge on each side, each ending there; a street along a barrier is
            lost where it runs on it; of streets that meet on a barrier each ends alone. ``edges`` is numbered anew
            where an edge was cut, with the old label as ``cut_from``. The ``notes`` tell how many edges were cut, how
            many were left as bridges, and the metres lost.

        Raises
        ------
        CrsError
            If `barriers` are not in the network's CRS.
        NetworkError
            If nothing is left to walk on.
        """
        from zzgeo.network import barriers as cutting

        parts, heights = cutting.cut(self, barriers, over)
        network = type(self)._assembled(*parts)
        network = network if heights is None else network.with_heights(cutting.heights_at(network, heights))
        return network._twin(profile=self.profile)

    @classmethod
    def from_parquet(cls, path: str | Path) -> WalkNetwork:
        """Build the network from a GeoParquet file of lines in a metric CRS, as `from_edges` does.

        Raises
        ------
        InputError
            If the file is not GeoParquet, or as `from_edges`.
        """
        from zzgeo.formats.geoparquet import read_geoparquet
        from zzgeo.formats.parts.base import Options

        return cls.from_edges(gpd.GeoDataFrame(read_geoparquet(Path(path), Options(role="streets")).table))

    @classmethod
    def from_saved(cls, path: str | Path) -> WalkNetwork:
        """Open a network that `save` wrote: half a million nodes in about a second.

        Raises
        ------
        InputError
            ``file.missing``, ``file.wrong_type``, or ``file.corrupt`` where a byte is not as it was written.
        """
        from zzgeo.network.saved import open_saved

        return open_saved(path)

    def save(self, path: str | Path) -> Path:
        """Write the network to one file: GeoParquet and arrays under a checksum, no pickles.

        An earlier file is replaced when the new one is complete. The same network gives the same bytes.

        Raises
        ------
        EnvironmentFault
            If the disk is full or the folder cannot be written.
        InputError
            If a column of the streets holds values of several kinds.
        """
        from zzgeo.network.saved import save

        return save(self, path)

    def to_networkx(self) -> nx.MultiGraph[int]:
        """Return the streets as a networkx graph: nodes with ``x``, ``y`` (and ``z``), edges with ``length`` and more.

        Edge keys are the labels of `edges`, whose columns are the edges' attributes; ``graph.graph["crs"]`` is the CRS.
        `from_osmnx` reads it back.
        """
        from zzgeo.network import doors

        return doors.to_networkx(self)

    @classmethod
    def _assembled(
        cls, table: gpd.GeoDataFrame, u: Ints, v: Ints, node_xy: Floats, notes: Sequence[Problem]
    ) -> WalkNetwork:
        """Contract, number the components, and freeze."""
        length = shapely.length(table.geometry.array)
        u, v, node_xy, kept, contracted = ends.contract(u, v, node_xy, length, table)
        table, length = table[kept], length[kept]
        if len(table) == 0:
            raise ends.refuse("network.empty", "edges=0", "there is nothing to walk on", "send the streets again")
        component, rows = _components(u, v, length, len(node_xy))
        if len(rows) == len(table) >= FEW_EDGES:
            why = "no two streets have a common end, so nobody gets from one to another"
            remedy = "join the ends, or cut the lines where they cross, if they are no bridges"
            raise ends.refuse("network.unjoined", f"edges={len(table)}, components={len(rows)}", why, remedy)
        pieces = _component_notes(rows)
        crs = pyproj.CRS.from_user_input(table.crs)
        columns, lines = pd.DataFrame(table.drop(columns=table.geometry.name)), Lines.of(table.geometry.array)
        arrays = (_fixed(u), _fixed(v), _fixed(length), _fixed(node_xy), _fixed(component))
        return cls(columns, lines, *arrays, crs, rows, (*notes, *contracted, *pieces))

    def with_profile(self, profile: Profile | None) -> WalkNetwork:
        """Return the same streets walked by somebody: distances become metres on the flat (`zzgeo.network.profiles`).

        Raises
        ------
        NetworkError
            If the profile knows slopes and the nodes have no heights.
        """
        if profile is not None:
            rates(self, profile)
        return self._twin(profile=profile)

    def with_heights(self, node_z: Any) -> WalkNetwork:
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
            raise ends.refuse("coord.nonfinite", value, why, "fill the gaps", "node heights")
        return self._twin(node_z=_fixed(heights))

    def _twin(self, **changes: Any) -> WalkNetwork:
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
        both = (np.concatenate([low, high]), np.concatenate([high, low]))
        return csr_array(coo_array((np.tile(length, 2), both), shape=(n, n)))

    @cached_property
    def edge_ends(self) -> tuple[Ints, Ints]:
        """Edges at each node in CSR form: ``(start, 2 * edge + side)``; side 1 is the end of the geometry."""
        node = np.column_stack([self.u, self.v]).ravel()
        start = np.concatenate([[0], np.cumsum(np.bincount(node, minlength=len(self.node_xy)))])
        return start.astype(np.int64), np.argsort(node, kind="stable").astype(np.int64)

    @cached_property
    def numbered(self) -> Numbered:
        """The streets as arrays for compiled searches."""
        from zzgeo.network.engine import number

        return number(self)

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

    def __repr__(self) -> str:
        count = len(self.component_table)
        share = self.component_table["street_m"].iloc[0] / self.length_m.sum()
        parts = f"{count} components, the largest {share:.1%}" if count > 1 else "1 component"
        size = f"{len(self.node_xy):,} nodes, {len(self.u):,} edges, {self.length_m.sum() / 1000:,.1f} km"
        return f"<WalkNetwork: {size} of streets, {parts}, {_crs_name(self.crs)}>"

    def _repr_html_(self) -> str:
        table = self.component_table
        rows = [
            [*(f"{int(row[name]):,}" for name in ("component", "nodes", "edges")), f"{row['street_m'] / 1000:,.1f}"]
            for row in table.head(5).to_dict("records")
        ]
        notes = [problem.line() for problem in self.notes]
        more = f"{len(table) - 5:,} smaller components" if len(table) > 5 else ""
        return table_html(repr(self)[1:-1], ["component", "nodes", "edges", "km"], rows, notes=notes, more=more)


def _fixed(values: Any) -> Any:
    values = values.copy()
    values.flags.writeable = False
    return values


def _crs_name(crs: pyproj.CRS) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name


def _components(u: Ints, v: Ints, length: Floats, n: int) -> tuple[Ints, pd.DataFrame]:
    """Return the component of each node and the table of components, the longest streets first."""
    count, label = connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(n, n)), directed=False)
    street_m = np.bincount(label[u], length, minlength=count)
    # Street metres added in another order differ in the last digit; equal lengths are ranked by node.
    first = np.full(count, n)
    np.minimum.at(first, label, np.arange(n))
    order = np.lexsort((first, -street_m.round(6)))
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    rows = pd.DataFrame(
        {
            "component": np.arange(count),
            "nodes": np.bincount(label, minlength=count)[order],
            "edges": np.bincount(label[u], minlength=count)[order],
            "street_m": street_m[order],
        }
    )
    return rank[label], rows


def _component_notes(rows: pd.DataFrame) -> list[Problem]:
    if len(rows) < 2:
        return []
    total = rows["street_m"].sum()
    value = f"components={len(rows)}, the largest {rows['street_m'].iloc[0] / total:.1%} of {total / 1000:,.1f} km"
    why = "one cannot walk from one component to another"
    remedy = "check the gaps between streets; points are snapped to small components only where nothing else is near"
    return [Problem("network.components", "streets", value, why, remedy, "warning")]


def check_same_crs(network: WalkNetwork, table: gpd.GeoDataFrame, where: str) -> None:
    """Raise `CrsError` unless a table is in the network's CRS."""
    ends.check_crs(network.crs, table, where)
