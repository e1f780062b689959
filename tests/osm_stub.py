"""Nominatim and Overpass on loopback: a made-up place on real streets, and every way an answer can go wrong."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

#: When the made-up data are of.
DATA_OF = "2026-11-20T01:02:03Z"

#: West, south, east, north of the made-up place, inside the real streets of central Shanghai, and where it is halved.
BOX = (121.466, 31.223, 121.482, 31.238)
MIDDLE = 121.474

Respond = Callable[[BaseHTTPRequestHandler], None]


class Stub:
    """What was asked of the server, and what it answers: the next of `script`, else what `usual` says."""

    def __init__(self, usual: Callable[[str, dict[str, str]], bytes] | None = None) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.script: list[Respond | bytes] = []
        self.usual = usual
        self.closing = threading.Event()
        self.address = ""

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        text = parts.query
        if handler.command == "POST":
            text = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        form = {key: values[0] for key, values in parse_qs(text).items()}
        self.asked.append((handler.command, parts.path, form))
        answer = self.script.pop(0) if self.script else self.usual(parts.path, form) if self.usual else b""
        if callable(answer):
            answer(handler)
        else:
            send(answer)(handler)


def send(body: bytes, status: int = 200, *, length: int | None = None, **headers: str) -> Respond:
    """Answer with a body; `length` promises another number of bytes than come."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return respond


def cut_in_chunks(body: bytes) -> Respond:
    """Send one chunk of a chunked answer and hang up."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
        handler.close_connection = True

    return respond


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def hang(stub: Stub) -> Respond:
    """Say nothing until the test is over."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        stub.closing.wait(5)
        handler.close_connection = True

    return respond


def drip(stub: Stub) -> Respond:
    """Send a byte now and then, for ever."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not stub.closing.wait(0.02):
            try:
                handler.wfile.write(b"<")
            except OSError:
                break
        handler.close_connection = True

    return respond


@contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            stub.respond(self)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stub
    finally:
        stub.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answer(elements: str, data_of: str = DATA_OF) -> bytes:
    """Return elements as Overpass would send them."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="Overpass API 0.7.62.8">\n'
        "<note>The data included in this document is from www.openstreetmap.org.</note>\n"
        f'<meta osm_base="{data_of}"/>\n{elements}\n</osm>\n'
    ).encode()


def _tags(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def node(number: int, lon: float, lat: float, **tags: str) -> str:
    return f'<node id="{number}" lat="{lat}" lon="{lon}">{_tags(tags)}</node>'


def way(number: int, nodes: list[int], **tags: str) -> str:
    refs = "".join(f'<nd ref="{one}"/>' for one in nodes)
    return f'<way id="{number}">{refs}{_tags(tags)}</way>'


def relation(number: int, ways: list[int], tags: dict[str, str], role: str = "outer") -> str:
    members = "".join(f'<member type="way" ref="{one}" role="{role}"/>' for one in ways)
    said = _tags({"type": "boundary", "boundary": "administrative", **tags})
    return f'<relation id="{number}">{members}{said}</relation>'


#: The place, its two halves, a neighbour to the east, and the ways their borders are made of.
PLACE, WEST, EAST, NEIGHBOUR = 900001, 900002, 900003, 900004
CITY = {"name": "测试市", "name:en": "Test City", "admin_level": "5"}
BORDERS = {910: [11, 16, 15], 911: [15, 14, 13, 12], 912: [12, 11], 913: [12, 15], 914: [13, 18, 17, 14], 915: [13, 14]}


def border_nodes() -> str:
    west, south, east, north = BOX
    places = {
        11: (MIDDLE - 0.008, north), 12: (MIDDLE, north), 13: (east, north), 14: (east, south), 15: (MIDDLE, south),
        16: (west, south), 17: (east + 0.01, south), 18: (east + 0.01, north),
    }  # fmt: skip
    return "".join(node(number, *place) for number, place in places.items())


def outline_elements() -> str:
    return (
        border_nodes() + "".join(way(n, nodes) for n, nodes in BORDERS.items()) + relation(PLACE, [910, 911, 912], CITY)
    )


DISTRICT_TAGS = {
    WEST: {"name": "西区", "admin_level": "6", "ref:admin:CN": "310191"},
    EAST: {"name": "东区", "admin_level": "6"},
    NEIGHBOUR: {"name": "邻区", "admin_level": "6"},
}


def district_elements() -> str:
    ways = {910: BORDERS[910], 912: BORDERS[912], 913: BORDERS[913], 914: BORDERS[914], 915: BORDERS[915]}
    ways |= {916: [12, 13], 917: [14, 15]}
    drawn = "".join(way(number, nodes) for number, nodes in ways.items())
    members = {WEST: [910, 912, 913], EAST: [913, 916, 915, 917], NEIGHBOUR: [914, 915]}
    return border_nodes() + drawn + "".join(relation(n, members[n], DISTRICT_TAGS[n]) for n in members)


def facility_elements() -> str:
    """Return a hospital, a day-care centre, a park drawn as a way, and a kind of thing no rule asks for."""
    return (
        node(501, 121.470, 31.230, amenity="hospital", name="测试医院")
        + node(502, 121.478, 31.231, amenity="social_facility", social_facility="day_care", name="测试日间照料中心")
        + node(503, 121.475, 31.229, amenity="bench")
        + node(511, 121.471, 31.225)
        + node(512, 121.472, 31.225)
        + node(513, 121.472, 31.226)
        + way(510, [511, 512, 513, 511], leisure="park", name="测试公园")
    )


def results(*found: tuple[str, int, str]) -> bytes:
    """Return places as Nominatim would: (name, relation, display name) each, administrative boundaries."""
    return json.dumps(
        [
            {
                "osm_type": "relation",
                "osm_id": number,
                "category": "boundary",
                "type": "administrative",
                "name": name,
                "display_name": shown,
                "importance": 0.6,
            }
            for name, number, shown in found
        ]
    ).encode()


def street_elements(text: str) -> str:
    """Return the elements of an OpenStreetMap file."""
    return re.sub(r"^.*?<bounds[^>]*/>|</osm>\s*$", "", text, flags=re.DOTALL)


def city(streets: str) -> Callable[[str, dict[str, str]], bytes]:
    """Return what a whole and healthy pair of services says of the made-up place."""

    def usual(path: str, form: dict[str, str]) -> bytes:
        query = form.get("data", "")
        if path.endswith("/search"):
            return results(("测试市", PLACE, "测试市, 中国"))
        if "out tags" in query:
            tags = "".join(relation(number, [], DISTRICT_TAGS[number]) for number in DISTRICT_TAGS)
            return answer(tags + f'<area id="{3_600_000_000 + PLACE}"/>')
        if "relation(id:" in query:
            return answer(district_elements())
        if 'way["highway"]' in query:
            return answer(streets + facility_elements())
        return answer(outline_elements())

    return usual
