"""GeoParquet."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow
import pyproj
import shapely

from zzgeo.loaders.base import Loader, Options, RawLayer, file_sha256, refuse, starts_with


def read_geoparquet(path: Path, options: Options) -> RawLayer:
    """Read a GeoParquet file; rows are numbered from 1. ``options`` is not needed.

    Raises
    ------
    InputError
        If the file is not Parquet, corrupt, or holds no geometry.
    """
    if not starts_with(path, b"PAR1"):
        raise refuse("file.wrong_type", path.name, path.suffix, "this is not a Parquet file", "export it again")
    try:
        table = gpd.read_parquet(path)
    except (pyarrow.ArrowException, OSError, ValueError, shapely.GEOSException) as error:
        code = "schema.missing_column" if "geo metadata" in str(error).lower() else "file.corrupt"
        raise refuse(
            code, path.name, str(error)[:160], "the file cannot be read as GeoParquet", "export it again"
        ) from None
    crs = pyproj.CRS.from_user_input(table.crs) if table.crs is not None else None
    table = table.reset_index() if table.index.name else table.reset_index(drop=True)
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return RawLayer(table, path.name, file_sha256(path), crs=crs)


LOADER = Loader("geoparquet", (".parquet", ".geoparquet"), read_geoparquet)
