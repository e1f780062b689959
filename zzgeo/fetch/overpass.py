"""OpenStreetMap's services: what is asked of Nominatim and Overpass, and what counts as a whole answer.

A place is looked up by name (Nominatim); outlines are asked for by id, streets and facilities square by square
(Overpass). A ``remark`` is an error, whatever came with it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import InputError, Problem, ServiceUnavailable
from zzgeo.fetch.online import Answer, Client, NotWhole
from zzgeo.formats.osm import osmium_module
from zzgeo.formats.parts.base import refuse
from zzgeo.spec.kinds import osm_rules

OVERPASS = "https://overpass-api.de/api/interpreter"
NOMINATIM = "https://nominatim.openstreetmap.org"

_REFERENCE = re.compile(r"(relation|way)/([1-9][0-9]{0,17})")
_SQUARE_DEGREES_PER_KM = 1 / 111.32
_MOST_SQUARES = 500


def find_place(client: Client, nominatim: str, place: str) -> str:
    """Return the OpenStreetMap area a place name stands for, such as ``"relation/123"``; that form is taken as it is.

    Administrative boundaries come before other areas.

    Raises
    ------
    InputError
        ``place.unknown`` where no boundary bears the name, ``place.ambiguous`` where several administrative
        boundaries bear it.
    ServiceUnavailable
        If Nominatim gives no whole answer.
    """
    if _REFERENCE.fullmatch(place.strip()):
        return place.strip()
    form = {"q": place, "format": "jsonv2", "limit": "20", "accept-language": "zh"}
    results = json.loads(client.ask(f"{nominatim}/search", form, _check_results, method="GET").body)
    areas = [one for one in results if one.get("osm_type") in ("relation", "way") and one.get("category") != "highway"]
    administrative = [one for one in areas if (one.get("category"), one.get("type")) == ("boundary", "administrative")]
    drawn = administrative or [one for one in areas if one.get("category") in ("boundary", "place")]
    if not drawn:
        value = f"{len(results)} places found, none with a boundary" if results else "nothing found"
        remedy = "write the name as on the map, or give the area itself: relation/123"
        raise refuse("place.unknown", place, value, "no boundary is known by this name", remedy)
    first = drawn[0]
    alike = {f"{one['osm_type']}/{one['osm_id']}": one for one in administrative if _title(one) == _title(first)}
    if len(alike) > 1:
        shown = "; ".join(f"{label} {one.get('display_name', '')}" for label, one in list(alike.items())[:5])
        raise refuse("place.ambiguous", place, shown, f"{len(alike)} places bear this name", "say which: relation/123")
    return f"{first['osm_type']}/{first['osm_id']}"


def _title(result: Mapping[str, Any]) -> str:
    return str(result.get("name") or str(result.get("display_name", "")).split(",")[0])


def _check_results(body: bytes) -> None:
    """Take only a list of places: an empty one is an answer, anything else is not."""
    try:
        found = json.loads(body)
    except ValueError:
        raise NotWhole(_looks_like(body)) from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise NotWhole("an answer that is no list of places")


def check_overpass(body: bytes) -> None:
    """Accept the bytes of a whole Overpass answer in XML.

    Raises
    ------
    NotWhole
        If they are a web page, cut off, without the time of the data, or name nodes that did not come.
    ServiceUnavailable
        ``overpass.runtime_error`` for a ``remark``: the server gave up on the way, what came is a part.
    """
    # in XML a "<" inside text is written "&lt;": these bytes are the element, never somebody's name
    if (at := body.find(b"<remark")) >= 0 and b"<osm" in body[:4096]:
        said = re.sub(rb"<[^>]*>?", b"", body[at : at + 600].split(b"</remark")[0]).strip().decode("utf-8", "replace")
        why = "the server gave up on the way: what came is only a part"
        remedy = "run it again later, with smaller squares (--square 5) or more time (--timeout 600)"
        raise ServiceUnavailable(Problem("overpass.runtime_error", "overpass", said, why, remedy))
    if not re.match(rb"\s*(<\?xml[^>]*>)?\s*<osm[\s>]", body):
        raise NotWhole(_looks_like(body))
    if not data_time(body):
        raise NotWhole("an answer that does not say of when its data are")
    missing = _missing_nodes(body)
    if missing:
        raise NotWhole(f"{missing} nodes of ways are not in the answer")


def _looks_like(body: bytes) -> str:
    head = body[:400].lstrip().lower()
    if not head:
        return "an empty answer"
    return (
        "a web page instead of data" if head.startswith((b"<!doctype html", b"<html")) else "an answer in no known form"
    )


def data_time(body: bytes) -> str:
    """Return the time of the data in an Overpass answer (``osm_base``, UTC), empty where it does not say."""
    found = re.search(rb'<meta [^>]*osm_base="(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"', body[:4096])
    return found[1].decode() if found else ""


def _missing_nodes(body: bytes) -> int:
    """Return how many nodes of ways are not in an answer that holds each way with its nodes."""
    osmium = osmium_module()
    nodes: list[int] = []
    refs: list[Any] = []
    try:
        for one in osmium.FileProcessor(osmium.io.FileBuffer(body, "osm")):
            if one.is_node():
                nodes.append(one.id)
            elif one.is_way():
                refs.append(np.array([node.ref for node in one.nodes], dtype=np.int64))
    except (RuntimeError, UnicodeDecodeError):
        raise NotWhole("the answer is cut off or damaged") from None
    if not refs:
        return 0
    return len(np.setdiff1d(np.concatenate(refs), np.array(nodes, dtype=np.int64)))


def ask_overpass(client: Client, endpoint: str, query: str, timeout: float) -> Answer:
    """Ask Overpass for XML; `query` without its settings, so that another time limit finds the same kept answer.

    Raises
    ------
    ServiceUnavailable
        ``overpass.runtime_error`` or ``service.unavailable``.
    """
    # the server gives up before we do, and says why
    settings = f"[out:xml][timeout:{max(1, int(timeout * 0.9))}];\n"
    return client.ask(endpoint, {"data": settings + query}, check_overpass, query=query)


def place_query(osm_id: str) -> str:
    """Return the query for one area with all that its outline is made of."""
    kind, number = osm_id.split("/")
    return f"{kind}({number});\n(._;>;);\nout body;"


def levels_query(osm_id: str, above: int) -> str:
    """Return the query for the administrative areas inside one, tags only, of levels below the one given."""
    kind, number = osm_id.split("/")
    levels = f'["boundary"="administrative"]["admin_level"~"^({"|".join(map(str, range(above + 1, 12)))})$"]'
    # an area OpenStreetMap's server has not built yet is helped out by the relation's own list of members
    members = f'relation(r.place:"subarea"){levels};' if kind == "relation" else ""
    return (
        f"{kind}({number})->.place;\n.place map_to_area->.inside;\n"
        f"(relation(area.inside){levels};{members});\nout tags;"
    )


def relations_query(numbers: Iterable[int]) -> str:
    """Return the query for relations with all that their outlines are made of."""
    return f"relation(id:{','.join(map(str, sorted(numbers)))});\n(._;>;);\nout body;"


def square_query(square: tuple[float, float, float, float]) -> str:
    """Return the query for streets, squares, ferries and facilities in a rectangle (W, S, E, N degrees)."""
    west, south, east, north = square
    box = f"({south:.6f},{west:.6f},{north:.6f},{east:.6f})"
    rules = {tuple(sorted(rule.items())) for rules in osm_rules().values() for rule in rules}
    wanted = [f'way["highway"]{box};', f'way["route"="ferry"]{box};']
    wanted.append(f'relation["type"="multipolygon"]["highway"]{box};')
    wanted += ["nwr" + "".join(_condition(key, value) for key, value in rule) + f"{box};" for rule in sorted(rules)]
    return "(\n" + "\n".join(wanted) + "\n);\n(._;>;);\nout body;"


def _condition(key: str, value: str) -> str:
    if value.startswith("~"):
        return f"[{json.dumps(key)}~{json.dumps(value[1:], ensure_ascii=False)}]"
    return f"[{json.dumps(key)}]" if value == "*" else f"[{json.dumps(key)}={json.dumps(value)}]"


def _at_most(degrees: float) -> float:
    """Round down to millionths of a degree; never up, which the product alone may do in the last bit."""
    millionths = math.floor(degrees * 1e6)
    return (millionths if millionths / 1e6 <= degrees else millionths - 1) / 1e6


def squares(outline: BaseGeometry, side_km: float, place: str) -> list[tuple[float, float, float, float]]:
    """Cut what encloses an outline (EPSG:4326) into rectangles of at most `side_km`, those beside it left out.

    Returns
    -------
    list of (west, south, east, north) in degrees
        Together they cover the outline, rounded outwards to 1e-6 degrees.

    Raises
    ------
    InputError
        ``place.too_large`` beyond 500 rectangles, or across the 180th meridian.
    """
    west, south, east, north = outline.bounds
    broad = _SQUARE_DEGREES_PER_KM / max(0.05, math.cos(math.radians((south + north) / 2)))
    columns = max(1, math.ceil((east - west) / (side_km * broad)))
    lines = max(1, math.ceil((north - south) / (side_km * _SQUARE_DEGREES_PER_KM)))
    if columns * lines > 20 * _MOST_SQUARES or east - west > 180:
        raise _too_large(place, columns * lines, side_km)
    xs, ys = np.linspace(west, east, columns + 1), np.linspace(south, north, lines + 1)
    boxes = []
    for line in range(lines):
        for column in range(columns):
            part = outline.intersection(shapely.box(xs[column], ys[line], xs[column + 1], ys[line + 1]))
            if not part.is_empty:
                a, b, c, d = part.bounds
                boxes.append((_at_most(a), _at_most(b), -_at_most(-c), -_at_most(-d)))
    if len(boxes) > _MOST_SQUARES:
        raise _too_large(place, len(boxes), side_km)
    return boxes


def _too_large(place: str, count: int, side_km: float) -> InputError:
    value = f"{count} squares of {side_km:g} km"
    why = f"public services are not for more than {_MOST_SQUARES}"
    remedy = "take a smaller place, or an extract (.osm.pbf) of the region as [streets] and [[facilities]]"
    return refuse("place.too_large", place, value, why, remedy)
