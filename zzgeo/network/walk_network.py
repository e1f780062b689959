"""The walking network as a user has it: the data of a street graph, with the doors to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import geopandas as gpd

from zzgeo.network import barriers as cutting
from zzgeo.network import build, doors
from zzgeo.network.graph import StreetGraph
from zzgeo.notebook import table_html
from zzgeo.spec.walking import JOIN_M

if TYPE_CHECKING:
    import networkx as nx

    from zzgeo.spec.walking_profile import WalkingProfile


class WalkNetwork(StreetGraph):
    """Streets that can be walked both ways, checked once.

    Build it with `from_edges`, `from_osmnx` or `from_osm_file`. Positions count from 0; lengths are planar metres of
    the geometry in ``crs``; bridges and tunnels are never cut where they cross other streets. The streets are kept as
    arrays; `edges` gives them as a table.

    Parameters
    ----------
    columns, lines, u, v, length_m, node_xy, component, crs
        The streets, as `zzgeo.network.graph.StreetGraph` describes and checks them; the doors fill them.
    component_table, notes, node_z, profile, walls, ground, joins
        What is known beside them.
    """

    @classmethod
    def from_edges(
        cls,
        edges: gpd.GeoDataFrame,
        nodes: gpd.GeoDataFrame | None = None,
        profile: WalkingProfile | None = None,
        *,
        join_m: float = JOIN_M,
    ) -> Self:
        """Build the network from lines in a metric CRS, joined at common ends and common vertices (to 1 cm).

        Parameters
        ----------
        edges
            LineStrings, shape (n_edges, ...). Lines that cross without a common end or vertex are not joined: a bridge
            stays a bridge. Nor are lines of different level (columns ``bridge``, ``tunnel``, ``layer`` in any spelling,
            `zzgeo.spec.levels`) that share a vertex; an end of a bridge joins the street below. Parallel edges and
            loops are kept, a line drawn twice, in either direction, is one (noted); each part of a MultiLineString is a
            line (noted). A column ``length`` is never used. Lines with heights (z) give the nodes heights; lengths stay
            planar.
        nodes
            Points indexed by the ids in the columns ``u`` and ``v`` of `edges`; if given, every line must end within
            1 m of its two nodes, in either direction.
        profile
            Which streets people on foot use, where columns say their class (``highway``, ``fclass``, ``道路等级``) or
            tags (``foot``, ``access``, ``sidewalk``): ``zzgeo.spec.walking_profile``; ``cn-default`` if left out. What
            is dropped, private or a trunk road is in ``notes``.
        join_m
            Ends no further apart than this are joined, in metres; each join of over 1 cm is noted and listed by
            `zzgeo.network.loose_ends`, as are ends that stop short of a street.

        Returns
        -------
        WalkNetwork
            In the CRS of `edges`. Where lines were cut at common vertices, edges are numbered anew, with the label of
            the line as ``cut_from``.

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
        return build.from_edges(cls, edges, nodes, profile, join_m)

    @classmethod
    def from_streets(cls, streets: gpd.GeoDataFrame, *, join_m: float = JOIN_M) -> Self:
        """Build the network from the streets of a study, to which its walking profile was applied when they were read.

        Parameters
        ----------
        streets
            LineStrings in a metric CRS, shape (n_streets, ...); with columns ``osm_way``, ``u`` and ``v`` as
            `from_osm_edges` takes them, else as `from_edges`.
        join_m
            As in `from_edges`; not used for streets with ``osm_way``, ``u`` and ``v``.

        Returns
        -------
        WalkNetwork
            In the CRS of `streets`.

        Raises
        ------
        CrsError, NetworkError
            As `from_edges`.
        """
        return build.from_streets(cls, streets, join_m)

    @classmethod
    def from_osm_edges(cls, streets: gpd.GeoDataFrame) -> Self:
        """Build the network from streets of `zzgeo.formats.osm.read_streets`, brought into a metric CRS.

        Parameters
        ----------
        streets
            LineStrings, shape (n_streets, ...). Nodes are told apart by OpenStreetMap id (columns ``u``, ``v``), so
            that two at the same place stay two.

        Returns
        -------
        WalkNetwork
            In the CRS of `streets`.

        Raises
        ------
        CrsError, NetworkError
            As `from_edges`.
        """
        return build.assembled(cls, doors.from_osm_edges(streets))

    @classmethod
    def from_osmnx(cls, graph: Any, profile: WalkingProfile | None = None) -> Self:
        """Build the network from an OSMnx (networkx) graph; one-way streets are walked both ways.

        Parameters
        ----------
        graph
            A graph whose nodes have ``x`` and ``y``, whose edges may have ``geometry`` (a straight line is taken
            otherwise), with ``graph.graph["crs"]``. Projected if geographic. Lengths are measured; an attribute
            ``length`` is only checked: what contradicts the geometry is noted, what is no length is refused. In a
            directed graph the two directions of one street become one edge.
        profile
            Which edges people on foot use, as in `from_edges`; nodes with ``barrier``, ``access`` or ``foot`` are
            gates.

        Returns
        -------
        WalkNetwork
            In the CRS of `graph`, or in the metric CRS of its place.

        Raises
        ------
        CrsError
            If the CRS is missing or not metric after projection.
        NetworkError
            If the graph has no edge, nodes without usable coordinates, or lengths that are negative or not finite.
        """
        return build.assembled(cls, doors.from_osmnx(graph, profile))

    @classmethod
    def from_osm_file(cls, path: str | Path, crs: Any = None, profile: WalkingProfile | None = None) -> Self:
        """Build the network from the walkable streets of an OpenStreetMap file (``.osm`` or ``.osm.pbf``).

        Parameters
        ----------
        path
            The file: `zzgeo.formats.osm.read_streets`; what was decided by tags is in ``notes``.
        crs
            A metric CRS; the one of the place if left out.
        profile
            Which ways and gates people on foot use (``zzgeo.spec.walking_profile``); ``cn-default`` if left out.

        Returns
        -------
        WalkNetwork
            In `crs`.

        Raises
        ------
        InputError
            If the file is corrupt, empty, or of another type.
        NetworkError
            ``network.empty`` where no way can be walked.
        MissingExtra
            If osmium is not installed.
        """
        return build.assembled(cls, doors.from_osm_file(Path(path), crs, profile))

    @classmethod
    def from_parquet(cls, path: str | Path) -> Self:
        """Build the network from a GeoParquet file of lines in a metric CRS, as `from_edges` does.

        Parameters
        ----------
        path
            The file.

        Returns
        -------
        WalkNetwork
            In the CRS of the file.

        Raises
        ------
        InputError
            If the file is not GeoParquet, or as `from_edges`.
        """
        return cls.from_edges(doors.from_parquet(Path(path)))

    @classmethod
    def from_saved(cls, path: str | Path) -> Self:
        """Open a network that `save` wrote: half a million nodes in about a second.

        Parameters
        ----------
        path
            The file.

        Returns
        -------
        WalkNetwork
            The same as was saved.

        Raises
        ------
        InputError
            ``file.missing``, ``file.wrong_type``, or ``file.corrupt`` where a byte is not as it was written.
        """
        from zzgeo.network import saved

        return saved.open_saved(cls, Path(path))

    def save(self, path: str | Path) -> Path:
        """Write the network to one file: GeoParquet and arrays under a checksum, no pickles.

        Parameters
        ----------
        path
            The file. An earlier one is replaced when the new one is complete.

        Returns
        -------
        Path
            `path`. The same network gives the same bytes.

        Raises
        ------
        EnvironmentFault
            If the disk is full or the folder cannot be written.
        InputError
            If a column of the streets holds values of several kinds.
        """
        from zzgeo.network import saved

        return saved.save(self, Path(path))

    def with_terrain(self, path: str | Path, layer: str | None = None) -> Self:
        """Return the streets with what they climb, from a raster of heights (GeoTIFF), for profiles that know slopes.

        Parameters
        ----------
        path
            Heights in metres, in a CRS of their own; the place of a cell is its middle, between them it is bilinear.
        layer
            Number or description of the band, where there are several.

        Returns
        -------
        WalkNetwork
            With the columns ``climb_forth`` and ``climb_back`` of ``edges``: metres on the flat that take as long as a
            metre of the street, along its geometry and against it, heights taken at its vertices and every 25 m. They
            count before heights of nodes, and barriers keep them. Bridges and tunnels (`zzgeo.spec.levels`) are
            straight from end to end. Where the raster has no heights a street is flat; the ``notes`` say how much is.

        Raises
        ------
        InputError
            If the file is no GeoTIFF, damaged, or does not say its CRS.
        NetworkError
            ``terrain.elsewhere`` where it has no height for any street.
        MissingExtra
            If rasterio is not installed.
        """
        from zzgeo.network.terrain import on_terrain

        return on_terrain(self, Path(path), layer)

    def with_barriers(self, barriers: gpd.GeoDataFrame, *, over: Sequence[str] | None = None) -> Self:
        """Return the streets cut where they cross lines that nobody can cross.

        Parameters
        ----------
        barriers
            Lines or polygons (whose boundary counts), shape (n_barriers, ...), in the network's CRS.
        over
            Columns of ``edges``: a street with a value other than empty, "no" or False in one of them passes over or
            under barriers and is not cut. Left out, bridges, tunnels and ferries pass, by whatever column tells them.

        Returns
        -------
        WalkNetwork
            An edge that crosses a barrier becomes one edge on each side, each ending there; a street along a barrier is
            lost where it runs on it; of streets that meet on a barrier each ends alone. ``edges`` is numbered anew
            where an edge was cut, with the old label as ``cut_from``. The ``notes`` tell how many edges were cut, how
            many were left as bridges, and the metres lost. From then on no leg from a place to its street crosses one
            of the barriers, either.

        Raises
        ------
        CrsError
            If `barriers` are not in the network's CRS.
        NetworkError
            If nothing is left to walk on.
        """
        return cutting.cut(self, barriers, over)

    def to_networkx(self) -> nx.MultiGraph[int]:
        """Return the streets as a networkx graph, which `from_osmnx` reads back.

        Returns
        -------
        networkx.MultiGraph
            Nodes with ``x``, ``y`` (and ``z``) and edges with ``length``, in metres of the CRS, which is
            ``graph.graph["crs"]``. Edge keys are the labels of `edges`, whose columns are the edges' attributes.
        """
        return doors.to_networkx(self)

    def __repr__(self) -> str:
        count = len(self.component_table)
        share = self.component_table["street_m"].iloc[0] / self.length_m.sum()
        parts = f"{count} components, the largest {share:.1%}" if count > 1 else "1 component"
        size = f"{len(self.node_xy):,} nodes, {len(self.u):,} edges, {self.length_m.sum() / 1000:,.1f} km"
        authority = self.crs.to_authority()
        crs = ":".join(authority) if authority else self.crs.name
        return f"<WalkNetwork: {size} of streets, {parts}, {crs}>"

    def _repr_html_(self) -> str:
        table = self.component_table
        rows = [
            [*(f"{int(row[name]):,}" for name in ("component", "nodes", "edges")), f"{row['street_m'] / 1000:,.1f}"]
            for row in table.head(5).to_dict("records")
        ]
        notes = [problem.line() for problem in self.notes]
        more = f"{len(table) - 5:,} smaller components" if len(table) > 5 else ""
        return table_html(repr(self)[1:-1], ["component", "nodes", "edges", "km"], rows, notes=notes, more=more)
