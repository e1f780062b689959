"""GraphML, as OSMnx writes street graphs: edges as lines; what their lengths and nodes get wrong is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import Format, Options, RawLayer, file_sha256, refuse
from zzgeo.formats.parts.contents import XML
from zzgeo.formats.parts.gates import CLOSED_M, gate_notes, parted
from zzgeo.formats.parts.graph_checks import Edges, Floats, Ints, edge_problems, node_problems, off_nodes
from zzgeo.spec.walking_profile import DEFAULT, WalkingProfile, walking_profile
from zzgeo.spec.ways import GATE, Walked, how_passed

Attributes = dict[str, str]


@dataclass
class _Graph:
    """A graph as its file holds it: every value is text, ids too, for they may be larger than any whole number."""

    attributes: Attributes = field(default_factory=dict)
    nodes: dict[str, Attributes] = field(default_factory=dict)
    ends: list[tuple[str, str]] = field(default_factory=list)
    edges: list[Attributes] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    directed: bool = False


def read_graphml(path: Path, options: Options) -> RawLayer:
    """Read the edges of a graph; rows are edges, numbered from 1 as they stand in the file.

    An edge without a geometry of its own is the straight line between its nodes; a loop without one has no extent and
    is left out with a note. Where the two directions of a street are two edges, both are there. At nodes that are
    closed or private gates, or walls, streets are parted by the walking profile; ways that are driven are not.

    Returns
    -------
    RawLayer
        ``u`` and ``v`` (node ids as text), ``length`` (a number, metres by OSMnx's custom), the other attributes as
        text, LineStrings in the graph's CRS.

    Raises
    ------
    InputError
        ``file.malformed``, ``network.empty``, ``crs.missing``, ``crs.unknown``, and everything `node_problems` and
        `edge_problems` call an error.
    """
    graph = _parsed(path)
    name = path.name
    if not graph.ends:
        raise refuse("network.empty", name, "edges=0", "there is nothing to walk on", "send the streets again")
    crs, problems = _crs(graph, name)
    xy, more = node_problems(graph.nodes, graph.ends, graph.twice, crs, name)
    problems += more
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
    assert crs is not None
    labels = {node: at for at, node in enumerate(graph.nodes)}
    u, v = np.array([(labels[a], labels[b]) for a, b in graph.ends], dtype=np.int64).T
    lines = _lines(graph, xy, u, v, name)
    table = pd.DataFrame(graph.edges, dtype=object).reindex(range(len(u))).drop(columns="geometry", errors="ignore")
    lengths = table["length"] if "length" in table else pd.Series([None] * len(u), dtype=object)
    metres, more = edge_problems(Edges(u, v, xy, lengths, graph.directed, crs), name)
    problems += more + off_nodes(lines, u, v, xy, crs, name)
    if any(problem.severity == "error" for problem in problems):
        raise InputError(problems)
    ends = np.array(graph.ends, dtype=object)
    table = table.drop(columns=[one for one in ("u", "v", "length") if one in table])
    table = table.assign(u=ends[:, 0], v=ends[:, 1], length=metres)
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    whole = gpd.GeoDataFrame(table, geometry=lines, crs=crs)
    flat = shapely.length(lines) == 0
    problems += _flat_notes(whole.index[flat], name)
    extra: dict[str, object] = {"datum_known": True, "rows_read": len(whole)}
    stopping = {} if options.role == "driving" else _stopping(graph, options.profile)
    streets, more = _with_gates(whole[~flat], u[~flat], v[~flat], xy, stopping, len(whole), name)
    return RawLayer(streets, name, file_sha256(path), (), (*problems, *more), crs, extra)


def _stopping(graph: _Graph, profile: WalkingProfile | None) -> dict[int, Walked]:
    """Return the nodes that do not let everybody through, by their place, and why."""
    rule = profile or walking_profile(DEFAULT)
    passed = {place: how_passed(tags, rule) for place, tags in enumerate(graph.nodes.values())}
    return {place: walked for place, walked in passed.items() if walked.state != "open"}


def _with_gates(
    streets: gpd.GeoDataFrame, u: Ints, v: Ints, xy: Floats, stopping: dict[int, Walked], rows: int, name: str
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Part the streets at gates and walls, as in an OpenStreetMap file; what was done is told.

    Ways through private gates stand behind the `rows` of the file. Lines join where their ends are near each other, so
    they are longer than that.
    """
    if not stopping or not len(streets):
        return streets, []
    lines = np.asarray(streets.geometry.array)
    first, last = (shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1))
    turned = np.hypot(*(first - xy[v]).T) + np.hypot(*(last - xy[u]).T) < (
        np.hypot(*(first - xy[u]).T) + np.hypot(*(last - xy[v]).T)
    )
    degrees = bool(streets.crs.is_geographic)
    gates = parted(np.where(turned, v, u), np.where(turned, u, v), lines, stopping, degrees=degrees, stub_m=CLOSED_M)
    whole = streets.set_geometry(gpd.GeoSeries(list(gates.lines), index=streets.index, crs=streets.crs))
    if len(gates.stubs):
        stubs = streets.iloc[gates.owner][["u", "v"]].assign(highway=GATE, private="yes")
        stubs.index = pd.RangeIndex(rows + 1, rows + 1 + len(stubs), name=streets.index.name)
        drawn = gpd.GeoSeries(list(gates.stubs), index=stubs.index, crs=streets.crs)
        whole = gpd.GeoDataFrame(pd.concat([whole, gpd.GeoDataFrame(stubs, geometry=drawn)]), crs=streets.crs)
    return whole, gate_notes(gates, stopping, name)


def _parsed(path: Path) -> _Graph:
    """Return the graph, read piece by piece; the door has seen that there is no document type."""
    graph, keys = _Graph(), {}
    try:
        with path.open("rb") as stream:
            for event, element in ElementTree.iterparse(stream, events=("start", "end")):
                tag = element.tag.rpartition("}")[2]
                if event == "start":
                    if tag == "graph":
                        graph.directed = element.get("edgedefault") == "directed"
                elif tag == "key":
                    keys[element.get("id")] = element.get("attr.name") or element.get("id") or ""
                elif tag == "node":
                    node = element.get("id") or ""
                    if node in graph.nodes:
                        graph.twice.append(node)
                    graph.nodes[node] = dict(_data(element, keys))
                    element.clear()
                elif tag == "edge":
                    graph.ends.append((element.get("source") or "", element.get("target") or ""))
                    graph.edges.append(dict(_data(element, keys)))
                    element.clear()
                elif tag == "graph":
                    graph.attributes |= dict(_data(element, keys))
    except ElementTree.ParseError as error:
        why = "the XML is cut off or broken"
        raise refuse("file.malformed", path.name, str(error)[:120], why, "send the file again") from None
    return graph


def _data(element: ElementTree.Element, keys: dict[str | None, str]) -> Iterator[tuple[str, str]]:
    """Yield (name, text) of the data of an element; blank data say nothing."""
    for child in element:
        if child.tag.rpartition("}")[2] == "data" and child.text and child.text.strip():
            yield keys.get(child.get("key"), child.get("key") or ""), child.text.strip()


def _crs(graph: _Graph, name: str) -> tuple[pyproj.CRS | None, list[Problem]]:
    said = graph.attributes.get("crs")
    if said is None:
        why, remedy = "the graph does not say its CRS", 'set graph.graph["crs"] and save it again'
        return None, [Problem("crs.missing", name, "no crs", why, remedy)]
    try:
        return pyproj.CRS.from_user_input(said), []
    except pyproj.exceptions.CRSError:
        return None, [Problem("crs.unknown", name, said[:120], "no such CRS is known", "correct the graph's crs")]


def _lines(graph: _Graph, xy: Floats, u: Ints, v: Ints, name: str) -> Any:
    """Return the line of every edge: its own, or the straight one.

    Raises
    ------
    InputError
        ``geom.unreadable`` where a geometry is no line.
    """
    lines = np.asarray(shapely.linestrings(np.stack([xy[u], xy[v]], axis=1)), dtype=object)
    texts = np.array([edge.get("geometry") for edge in graph.edges], dtype=object)
    own = np.array([text is not None for text in texts], dtype=bool)
    given = shapely.from_wkt(texts[own], on_invalid="ignore")
    bad = np.flatnonzero(own)[shapely.get_type_id(given) != shapely.GeometryType.LINESTRING]
    if len(bad):
        rows = tuple(str(at + 1) for at in bad)
        why, remedy = "the geometry of an edge is one line, as well-known text", "save the graph again"
        value = f"{len(bad)} edges, e.g. {str(texts[bad[0]])[:60]}"
        raise InputError([Problem("geom.unreadable", f"{name}:{rows[0]}", value, why, remedy, rows=rows)])
    lines[own] = given
    return lines


def _flat_notes(rows: pd.Index, name: str) -> list[Problem]:
    if not len(rows):
        return []
    labels = tuple(map(str, rows))
    why, remedy = "loops that say nothing of their course, and nodes at one place: no extent, left out", "nothing to do"
    value = f"{len(rows)} edges"
    return [Problem("edge.zero_length", f"{name}:{labels[0]}", value, why, remedy, "warning", labels)]


FORMAT = Format("graphml", "GraphML 路网", "GraphML", {".graphml": XML}, read_graphml, packed=(), role="streets")
