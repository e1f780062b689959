"""Nodes of an OpenStreetMap file that ways lead over: where they are, and which of them stop people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

from zzgeo.formats.parts.osm_file import Deleted, osmium_module, source_of
from zzgeo.spec.walking_profile import WalkingProfile
from zzgeo.spec.ways import NODE_TAGS, Walked, how_passed


class Places:
    """Longitude and latitude of the nodes found, by id; those that are nowhere on earth; what stands at them.

    Parameters
    ----------
    ids, xy
        Shape (n_nodes,) and (n_nodes, 2).
    odd
        What is written as the place of nodes that are nowhere on earth.
    tags
        Tags of the nodes that may stop people.
    doubled
        How many nodes the file holds again under the same id.
    """

    def __init__(self, ids: Any, xy: Any, odd: dict[int, str], tags: dict[int, dict[str, str]], doubled: int) -> None:
        order = np.argsort(ids)
        self.ids, self.xy, self.odd, self.tags, self.doubled = ids[order], xy[order], odd, tags, doubled

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

    def stopping(self, profile: WalkingProfile) -> dict[int, Walked]:
        """Return the nodes that do not let everybody through, and why, in the order of their ids."""
        passed = {node: how_passed(tags, profile) for node, tags in sorted(self.tags.items())}
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
    osmium = osmium_module()
    ids: list[int] = []
    versions: list[int] = []
    xy: list[tuple[float, float]] = []
    odd: dict[int, str] = {}
    stops: dict[int, dict[str, str]] = {}
    nodes = osmium.FileProcessor(source_of(path), osmium.osm.NODE)
    if path.name.lower().endswith(".pbf"):
        nodes = nodes.with_filter(osmium.filter.IdFilter(wanted.tolist()))
    asked = set(wanted.tolist())
    for node in nodes:
        if node.id not in asked and node.location.valid():
            continue
        if node.deleted or node.id in gone.nodes:
            continue
        if not node.location.valid():
            odd[node.id] = f"{node.location.lat_without_check():g}, {node.location.lon_without_check():g}"
            continue
        if len(node.tags):
            tags = {tag.k: tag.v for tag in node.tags}
            if not NODE_TAGS.isdisjoint(tags):
                stops[len(ids)] = tags
        ids.append(node.id)
        versions.append(node.version)
        xy.append((node.location.lon, node.location.lat))
    latest = _latest(np.array(ids, dtype=np.int64), np.array(versions, dtype=np.int64))
    tags_of = {ids[place]: tags for place, tags in stops.items() if latest[place]}
    places = np.array(xy, dtype=float).reshape(-1, 2)[latest]
    return Places(np.array(ids, dtype=np.int64)[latest], places, odd, tags_of, int((~latest).sum()))


def _latest(ids: Any, versions: Any) -> Any:
    """Tell which rows are the latest version of their id, of equal ones the last in the file."""
    order = np.lexsort((np.arange(len(ids)), versions, ids))
    last = np.ones(len(ids), dtype=bool)
    last[:-1] = ids[order][1:] != ids[order][:-1]
    latest = np.zeros(len(ids), dtype=bool)
    latest[order[last]] = True
    return latest
