"""The ways of an OpenStreetMap file as a driver has them: motorways and links too, with direction and limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.formats.parts.base import RawLayer, file_sha256
from zzgeo.formats.parts.osm_file import WGS84, opened, osmium_module, readable, source_of
from zzgeo.spec.driving import DRIVING_TAGS, FREE_FLOW_KMH


def driving_layer(path: Path) -> RawLayer:
    """Read the ways of classes that are driven: one line a way, or one a part where nodes are not in the file.

    Returns
    -------
    RawLayer
        LineStrings in EPSG:4326, shape (n_lines, ...), with ``osm_way``, ``highway``, ``name`` and the tags of
        `zzgeo.spec.driving`; ways that share a node share a vertex. No line where there is no such way.

    Raises
    ------
    InputError, MissingExtra
        As `zzgeo.formats.osm.read_streets`.
    """
    file = opened(path)
    with readable(file):
        rows, nodes = _ways(file)
        places = _places(file, nodes)
    runs, of = _runs(nodes, places)
    xy = np.concatenate(runs) if runs else np.empty((0, 2))
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(runs)), [len(run) for run in runs]))
    columns = ["osm_way", "highway", "name", *DRIVING_TAGS]
    table = pd.DataFrame([rows[row] for row in of], columns=columns, index=pd.RangeIndex(1, len(of) + 1, name="row"))
    whole = gpd.GeoDataFrame(table, geometry=lines if runs else [], crs=WGS84)
    return RawLayer(whole, path.name, file_sha256(path), (), (), WGS84, {"datum_known": True})


def _ways(file: Path) -> tuple[list[tuple[Any, ...]], list[Any]]:
    """Return what each driven way says, and its nodes."""
    osmium = osmium_module()
    rows: list[tuple[Any, ...]] = []
    nodes: list[Any] = []
    with_tag = osmium.filter.KeyFilter("highway")
    for way in osmium.FileProcessor(source_of(file), osmium.osm.WAY).with_filter(with_tag):
        tags = dict(way.tags)
        if tags["highway"] in FREE_FLOW_KMH:
            name = tags.get("name:zh") or tags.get("name")
            rows.append((way.id, tags["highway"], name, *(tags.get(tag) for tag in DRIVING_TAGS)))
            nodes.append(np.array([node.ref for node in way.nodes], dtype=np.int64))
    return rows, nodes


def _places(file: Path, nodes: list[Any]) -> dict[int, tuple[float, float]]:
    """Return where nodes are, by id; read apart from the ways, so that the order of the file does not matter."""
    osmium = osmium_module()
    wanted = np.unique(np.concatenate(nodes)).tolist() if nodes else []
    every = osmium.FileProcessor(source_of(file), osmium.osm.NODE)
    if file.name.lower().endswith(".pbf"):
        every = every.with_filter(osmium.filter.IdFilter(wanted))
    asked = set(wanted)
    return {
        node.id: (node.location.lon, node.location.lat) for node in every if node.id in asked and node.location.valid()
    }


def _runs(nodes: list[Any], places: dict[int, tuple[float, float]]) -> tuple[list[Any], list[int]]:
    """Return the places of each run of two known nodes or more, and the way it is of."""
    runs: list[Any] = []
    of: list[int] = []
    for row, way in enumerate(nodes):
        run: list[tuple[float, float]] = []
        for place in [*(places.get(int(node)) for node in way), None]:
            if place is not None:
                run.append(place)
                continue
            if len(set(run)) > 1:
                runs.append(np.array(run))
                of.append(row)
            run = []
    return runs, of
