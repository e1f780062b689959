"""Where a facility is entered: a point where it stands, an area at its gates, or from any side."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas.array import GeometryDtype
from numpy.typing import NDArray

from zzgeo.errors import CrsError, Problem, SchemaError
from zzgeo.network.lines import Ints
from zzgeo.network.positions import labels_at, present
from zzgeo.spec.schema import rows_named

Shapes = NDArray[np.object_]

#: Access points on the boundary of a polygon are at most this far apart.
ACCESS_SPACING_M = 25.0


def access_points(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return where each facility can be entered: points stay, areas give points along their boundary.

    Parameters
    ----------
    facilities
        Points or polygons, shape (n_facilities, ...). A park is entered from any side, so its centroid says nothing,
        unless a column ``entrances`` tells its gates: a GeoSeries of points or MultiPoints, or a plain column of
        shapely points, lists of them, or WKT, in the facilities' CRS; missing where they are not known.

    Returns
    -------
    GeoDataFrame of Point, shape (n_access_points, 2)
        ``facility_id`` (label in ``facilities.index``) and the points; those along a boundary, holes included, are its
        vertices and others, at most 25 m apart. A facility without geometry keeps one row without geometry.

    Raises
    ------
    CrsError
        If nobody says in which CRS the entrances are; in another than the facilities they are converted.
    SchemaError
        ``geom.mixed_types`` where the column ``entrances`` holds something else.

    Examples
    --------
    >>> import geopandas, shapely
    >>> park = geopandas.GeoDataFrame(geometry=[shapely.box(0, 0, 100, 100)], crs="EPSG:4547")
    >>> len(access_points(park))
    16
    """
    points, owner = _access(_ways_in(facilities))
    columns = {"facility_id": labels_at(facilities.index, owner)}
    return gpd.GeoDataFrame(columns, geometry=points, crs=facilities.crs)


def _ways_in(facilities: gpd.GeoDataFrame) -> Shapes:
    """Return what each facility is entered by: its entrances where they are known, else its own shape."""
    shapes = np.asarray(facilities.geometry.array)
    if "entrances" not in facilities.columns:
        return shapes
    gates = facilities["entrances"]
    if not isinstance(gates.dtype, GeometryDtype):
        points = entrance_points(gates, facilities.crs)
        if points is None:
            return shapes
        gates = points
    if gates.crs is None and facilities.crs is not None:
        remedy = "say in which CRS the entrances are: entrances.set_crs(…)"
        raise CrsError([Problem("crs.missing", "entrances", "no CRS", "the datum is unknown", remedy)])
    if gates.crs != facilities.crs:
        # table.to_crs() moves one column of shapes and leaves the others where they were
        gates = gates.to_crs(facilities.crs)
    known = ~(gates.isna() | gates.is_empty).to_numpy()
    odd = known & ~gates.geom_type.isin(("Point", "MultiPoint")).to_numpy()
    if odd.any():
        raise _no_entrance(str(gates.geom_type[odd].iloc[0]), rows_named(odd, facilities))
    return np.where(known, np.asarray(gates.array), shapes)


def entrance_points(cells: pd.Series, crs: Any) -> gpd.GeoSeries | None:
    """Return a plain column of entrances as points; None where it holds words or numbers, which say nothing of places.

    Parameters
    ----------
    cells
        Shapely points, lists of them, or WKT, shape (n_facilities,); missing where they are not known.
    crs
        In which the points are.

    Raises
    ------
    SchemaError
        ``geom.mixed_types`` where only some cells are points.

    Examples
    --------
    >>> entrance_points(pd.Series(["POINT (1 2)", "POINT (3 4)"]), "EPSG:4547").to_wkt().tolist()
    ['POINT (1 2)', 'POINT (3 4)']
    """
    shapes = [_entrance(cell, label) for label, cell in cells.items()]
    if not any(isinstance(shape, shapely.Geometry) for shape in shapes):
        return None
    for label, shape in zip(cells.index, shapes, strict=True):
        if not (shape is None or isinstance(shape, shapely.Geometry)):
            raise _no_entrance(repr(shape), str(label))
    return gpd.GeoSeries(shapes, index=cells.index, crs=crs)


def _entrance(cell: Any, label: object) -> Any:
    """Return a cell of a plain column ``entrances`` as a shape, None where it is empty, and words as they are."""
    if isinstance(cell, str) and cell.strip().upper().startswith(("POINT", "MULTIPOINT")):
        try:
            return shapely.from_wkt(cell)
        except shapely.errors.ShapelyError:
            raise _no_entrance(repr(cell), str(label)) from None
    if isinstance(cell, str):
        return cell.strip() or None
    if pd.api.types.is_list_like(cell):
        points = list(cell)
        if not all(isinstance(point, shapely.Point) for point in points):
            raise _no_entrance(repr(cell), str(label))
        return shapely.MultiPoint(points)
    return None if not isinstance(cell, shapely.Geometry) and pd.isna(cell) else cell


def _no_entrance(cell: str, label: str) -> SchemaError:
    why = "entrances are points: shapely Point or MultiPoint, a list of points, or WKT"
    remedy = "correct the column entrances, or give it another name if it holds something else"
    return SchemaError([Problem("geom.mixed_types", "entrances", f"{cell[:40]} at {label}", why, remedy)])


def _access(geometry: Any) -> tuple[Any, Ints]:
    """Return access points and the row each belongs to, in the order of the rows."""
    area = np.isin(shapely.get_type_id(geometry), (3, 6)) & present(geometry)
    several = (shapely.get_type_id(geometry) == 4) & present(geometry)
    rest = np.flatnonzero(~area & ~several)
    parts, part_owner = shapely.get_parts(geometry[area], return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    ring_owner = np.flatnonzero(area)[part_owner[ring_part]]
    xy, ring = shapely.get_coordinates(shapely.segmentize(rings, ACCESS_SPACING_M), return_index=True)
    # The last vertex of a ring is its first.
    inner = np.ones(len(xy), dtype=bool)
    inner[np.flatnonzero(np.diff(ring, append=-1) != 0)] = False
    singles, single_owner = shapely.get_parts(geometry[several], return_index=True)
    points = np.concatenate([geometry[rest], shapely.points(xy[inner]), singles])
    owner = np.concatenate([rest, ring_owner[ring[inner]], np.flatnonzero(several)[single_owner]]).astype(np.int64)
    order = np.argsort(owner, kind="stable")
    return points[order], owner[order]
