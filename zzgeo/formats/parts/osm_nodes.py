"""Nodes of an OpenStreetMap file that ways lead over: where they are, and which of them stop people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

from zzgeo.formats.parts.osm_file import Deleted, osmium_module, source_of
from zzgeo.spec.lifecycle import outside_life
from zzgeo.spec.walking_profile import WalkingProfile
from zzgeo.spec.ways import NODE_TAGS, Walked, how_passed


class Places:
    """Longitude and latitude of the nodes found, by id; those that are nowhere on earth; what stands at them.

    Parameters
    ----------
    ids, xy
        Shape (n_nodes,), ascending, and (n_nodes, 2).
    odd
        What is written as the place of nodes that are nowhere on earth.
    tags
        Tags of the nodes that may stop people.
    doubled
        How many nodes the file holds again under the same id.
    """

    def __init__(self, ids: Any, xy: Any, odd: dict[int, str], tags: dict[int, dict[str, str]], doubled: int) -> None:
        self.ids, self.xy, self.odd, self.tags, self.doubled = ids, xy, odd, tags, doubled

    def has(self, nodes: Any) -> Any:
        """Tell which nodes have a place."""
        if len(self.ids) == 0:
            return np.zeros(len(nodes), dtype=bool)
        return self.ids[np.minimum(np.searchsorted(self.ids, nodes), len(self.ids) - 1)] == nodes

    def of(self, nodes: Any) -> Any:
        """Return the places of nodes that have one, shape (n, 2)."""
        return self.xy[np.searchsorted(self.ids, nodes)]

    def length_m(self, ways: Sequence[Any]) -> float:
        """Return the length of ways on the ellipsoid, without the stretches whose nodes are missing."""
        if not ways:
            return 0.0
        first = np.concatenate([nodes[:-1] for nodes in ways])
        last = np.concatenate([nodes[1:] for nodes in ways])
        known = self.has(first) & self.has(last)
        a, b = self.of(first[known]), self.of(last[known])
        return float(pyproj.Geod(ellps="WGS84").inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2].sum()) if len(a) else 0.0

    def stopping(self, profile: WalkingProfile, day: dt.date | None = None) -> dict[int, Walked]:
        """Return the nodes that do not let everybody through on a day, and why, in the order of their ids."""
        there = {node: tags for node, tags in sorted(self.tags.items()) if not outside_life(tags, day)}
        passed = {node: how_passed(tags, profile) for node, tags in there.items()}
        return {node: walked for node, walked in passed.items() if walked.state != "open"}


def read_places(path: Path, wanted: Any, gone: Deleted) -> Places:
    """Read the nodes ways lead over; read apart from the ways, so that the order of the file does not matter.

    Parameters
    ----------
    path
        The file.
    wanted
        Ids of the nodes, shape (n,), each once.
    gone
        What an editor deleted.

    Returns
    -------
    Places
        Of a node that stands in the file several times the latest version.
    """
    ids, xy, odd = _positions(path, wanted, gone)
    known, place, counts = np.unique(ids, return_index=True, return_counts=True)
    places, again = xy[place], known[counts > 1]
    tags = _tags(path, set(known.tolist()), gone)
    if len(again):
        for node, (lon, lat), said in _latest(path, again, gone):
            places[np.searchsorted(known, node)] = lon, lat
            tags[node] = said
    return Places(known, places, odd, tags, int((counts - 1).sum()))


def _positions(path: Path, wanted: Any, gone: Deleted) -> tuple[Any, Any, dict[int, str]]:
    """Return ids, longitudes and latitudes in the order of the file, and nodes that are nowhere on earth.

    Half a million nodes pass here, so each is asked for as little as can be.
    """
    osmium = osmium_module()
    ids: list[int] = []
    xy: list[tuple[float, float]] = []
    odd: dict[int, str] = {}
    nodes = osmium.FileProcessor(source_of(path), osmium.osm.NODE)
    packed = path.name.lower().endswith(".pbf")
    if packed:
        nodes = nodes.with_filter(osmium.filter.IdFilter(wanted.tolist()))
    asked = set(wanted.tolist()) - gone.nodes
    for node in nodes:
        number, location = node.id, node.location
        if not location.valid():
            if not node.deleted and number not in gone.nodes:
                odd[number] = f"{location.lat_without_check():g}, {location.lon_without_check():g}"
        elif number in asked and (packed or not node.deleted):
            ids.append(number)
            xy.append((location.lon, location.lat))
    return np.array(ids, dtype=np.int64), np.array(xy, dtype=float).reshape(-1, 2), odd


def _tags(path: Path, nodes: set[int], gone: Deleted) -> dict[int, dict[str, str]]:
    """Return the tags of those nodes that may stop people."""
    osmium = osmium_module()
    stops = osmium.FileProcessor(source_of(path), osmium.osm.NODE).with_filter(osmium.filter.KeyFilter(*NODE_TAGS))
    return {
        node.id: dict(node.tags)
        for node in stops
        if node.id in nodes and not node.deleted and node.id not in gone.nodes
    }


def _latest(path: Path, doubled: Any, gone: Deleted) -> list[tuple[int, tuple[float, float], dict[str, str]]]:
    """Return place and tags of nodes that stand in the file several times: of the latest version, else of the last."""
    osmium = osmium_module()
    asked = set(doubled.tolist()) - gone.nodes
    latest: dict[int, tuple[int, tuple[float, float], dict[str, str]]] = {}
    for node in osmium.FileProcessor(source_of(path), osmium.osm.NODE):
        if node.id not in asked or node.deleted or not node.location.valid():
            continue
        if node.id not in latest or node.version >= latest[node.id][0]:
            latest[node.id] = (node.version, (node.location.lon, node.location.lat), dict(node.tags))
    return [(node, place, tags) for node, (_, place, tags) in latest.items()]
