"""Asking a service: every way an answer can go wrong ends in one code, after the tries allowed and no more."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from osm_stub import (
    Stub,
    answer,
    cut_in_chunks,
    district_elements,
    drip,
    hang,
    hang_up,
    node,
    send,
    serving,
    way,
)

from zzgeo.errors import EnvironmentFault, InputError, ServiceUnavailable
from zzgeo.fetch.online import Budget, Client, NotWhole, checked_address
from zzgeo.fetch.overpass import ask_overpass, check_overpass

GOOD = answer(node(1, 2.0, 1.0) + node(2, 2.1, 1.0) + way(3, [1, 2], highway="residential"))
QUERY = "way(3);\n(._;>;);\nout body;"
NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


pytestmark = pytest.mark.usefixtures("only_loopback")


@pytest.fixture
def stub():
    with serving(Stub()) as one:
        yield one


class Waits:
    """A clock that moves only when somebody sleeps."""

    def __init__(self):
        self.slept, self.lines, self.now = [], [], NOW

    def sleep(self, seconds):
        self.slept.append(seconds)

    def client(self, cache, budget=None):
        return Client(
            cache,
            budget or Budget(),
            progress=self.lines.append,
            clock=lambda: sum(self.slept),
            sleep=self.sleep,
            now=lambda: self.now,
        )


@pytest.fixture
def waits():
    return Waits()


def ask(client, stub, timeout=180.0):
    return ask_overpass(client, f"{stub.address}/api/interpreter", QUERY, timeout)


FAULTS = {
    "too many requests": send(b"<html>rate limited</html>", 429),
    "gateway time-out": send(b"<html>busy</html>", 504),
    "bad gateway": send(b"", 502),
    "internal error": send(b"", 500),
    "a web page with 200": send(b"<!DOCTYPE html>\n<html><body>Error: too busy</body></html>"),
    "json with 200": send(b'{"elements": []}'),
    "nothing with 200": send(b""),
    "no content": send(b"", 204),
    "fewer bytes than promised": send(GOOD[:200], length=len(GOOD)),
    "cut off, with the length of what came": send(GOOD[:-10]),
    "cut in a chunk": cut_in_chunks(GOOD[:200]),
    "packed and cut": send(gzip.compress(GOOD)[:-12], Content_Encoding="gzip"),
    "packed, but not": send(GOOD, Content_Encoding="gzip"),
    "broken xml": send(GOOD.replace(b"</way>", b"</wy>")),
    "a document type": send(GOOD.replace(b"<osm ", b'<!DOCTYPE osm [<!ENTITY a "b">]><osm ', 1)),
    "no time of the data": send(GOOD.replace(b"osm_base", b"base")),
    "nodes that did not come": send(answer(node(1, 2.0, 1.0) + way(3, [1, 2], highway="residential"))),
    "the line goes dead": hang_up,
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_fault_is_tried_five_times_and_ends_as_service_unavailable(stub, waits, tmp_path, fault):
    stub.script = [fault] * 9
    with pytest.raises(ServiceUnavailable) as caught:
        ask(waits.client(tmp_path), stub)
    assert caught.value.problem.code == "service.unavailable"
    assert caught.value.exit_code == 6
    assert len(stub.asked) == 5
    assert waits.slept == [5, 10, 20, 40]
    assert "5 tries" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_fault_that_passes_does_no_harm(stub, waits, tmp_path, fault):
    stub.script = [fault, GOOD]
    got = ask(waits.client(tmp_path), stub)
    assert (got.body, got.kept, len(stub.asked)) == (GOOD, False, 2)
    assert "waiting 5 s, then try 2 of 5" in waits.lines[0]


def test_a_packed_answer_is_unpacked(stub, waits, tmp_path):
    stub.script = [send(gzip.compress(GOOD), Content_Encoding="gzip")]
    assert ask(waits.client(tmp_path), stub).body == GOOD


def test_silence_is_given_up_at_the_time_out(stub, waits, tmp_path):
    stub.script = [hang(stub)] * 3
    began = time.monotonic()
    with pytest.raises(ServiceUnavailable, match=r"silent for 0\.1 s"):
        ask(waits.client(tmp_path, Budget(tries=2, timeout=0.1)), stub)
    assert len(stub.asked) == 2
    assert time.monotonic() - began < 2


def test_an_answer_that_drips_for_ever_meets_the_budget(stub, tmp_path):
    stub.script = [drip(stub)] * 3
    began = time.monotonic()
    with pytest.raises(ServiceUnavailable, match="still sending when the time was up"):
        ask(Client(tmp_path, Budget(tries=3, seconds=0.2, timeout=5)), stub)
    assert len(stub.asked) == 1
    assert time.monotonic() - began < 2


def test_a_service_that_is_not_there_is_unavailable(stub, waits, tmp_path):
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    stub.address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(ServiceUnavailable, match="the connection failed"):
        ask(waits.client(tmp_path), stub)
    closed.close()


@pytest.mark.parametrize("status", [429, 503, 504])
@pytest.mark.parametrize(
    ("said", "wait"), [("30", 30), ("Wed, 25 Nov 2026 12:00:07 GMT", 7), ("0", 0), ("Wed, 25 Nov 2020 12:00:00 GMT", 0)]
)
def test_retry_after_is_waited_for_exactly(stub, waits, tmp_path, status, said, wait):
    stub.script = [send(b"", status, Retry_After=said), GOOD]
    assert ask(waits.client(tmp_path), stub).body == GOOD
    assert waits.slept == [wait]


def test_an_unreadable_retry_after_is_as_good_as_none(stub, waits, tmp_path):
    stub.script = [send(b"", 429, Retry_After="soon"), GOOD]
    ask(waits.client(tmp_path), stub)
    assert waits.slept == [5]


def test_a_wait_beyond_the_budget_is_not_begun(stub, waits, tmp_path):
    stub.script = [send(b"", 429, Retry_After="3600")]
    with pytest.raises(ServiceUnavailable, match="Retry-After 3600 s · no whole answer in 1 tries"):
        ask(waits.client(tmp_path), stub)
    assert (waits.slept, len(stub.asked)) == ([], 1)


def test_the_budget_of_seconds_ends_before_the_tries_do(stub, waits, tmp_path):
    stub.script = [send(b"", 429, Retry_After="250")] * 9
    with pytest.raises(ServiceUnavailable, match="3 tries and 500 s"):
        ask(waits.client(tmp_path), stub)
    assert (waits.slept, len(stub.asked)) == ([250, 250], 3)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 414])
def test_a_refusal_for_good_is_not_asked_again(stub, waits, tmp_path, status):
    stub.script = [send(b"<html>no</html>", status)]
    with pytest.raises(ServiceUnavailable, match=f"HTTP {status} · the request is refused"):
        ask(waits.client(tmp_path), stub)
    assert (waits.slept, len(stub.asked)) == ([], 1)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(stub, waits, tmp_path, status):
    stub.script = [send(b"", status, Location="http://elsewhere.example/api")]
    with pytest.raises(ServiceUnavailable, match=r"elsewhere\.example"):
        ask(waits.client(tmp_path), stub)
    assert len(stub.asked) == 1


@pytest.mark.parametrize("elements", ["", node(1, 2.0, 1.0)], ids=["nothing", "a part"])
@pytest.mark.parametrize("end", ["</remark>", "</remark>\n<!--"], ids=["whole", "cut"])
def test_a_remark_is_an_error_whatever_came_with_it(stub, waits, tmp_path, elements, end):
    said = ' runtime error: Query run out of memory in "query" at line 4 using about 2048 MB of RAM. '
    body = answer(f"{elements}<remark>{said}{end}")
    stub.script = [body if end == "</remark>" else body[: body.index(b"<!--")]]
    with pytest.raises(ServiceUnavailable, match="run out of memory") as caught:
        ask(waits.client(tmp_path), stub)
    assert caught.value.problem.code == "overpass.runtime_error"
    assert caught.value.exit_code == 6
    assert len(stub.asked) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_says_remark_is_no_remark():
    check_overpass(answer(node(1, 2.0, 1.0, name="&lt;remark> runtime error")))


@given(st.data())
def test_a_cut_answer_is_never_whole(data):
    body = answer(district_elements())
    end = data.draw(st.integers(0, len(body.rstrip()) - 1))
    with pytest.raises(NotWhole):
        check_overpass(body[:end])


@given(st.integers(11, 18))
def test_an_answer_without_one_of_its_nodes_is_never_whole(number):
    body = answer(district_elements())
    begin = body.index(f'<node id="{number}"'.encode())
    with pytest.raises(NotWhole, match="1 nodes of ways are not in the answer"):
        check_overpass(body[:begin] + body[body.index(b"</node>", begin) + 7 :])


def test_a_second_run_asks_nothing_and_gets_the_same(stub, waits, tmp_path):
    stub.script = [GOOD]
    first = ask(waits.client(tmp_path), stub)
    again = ask(waits.client(tmp_path), stub, timeout=900.0)
    assert (again.body, again.fetched, again.kept) == (first.body, first.fetched, True)
    assert len(stub.asked) == 1


def test_another_address_or_query_is_another_answer(stub, waits, tmp_path):
    stub.script = [GOOD, GOOD, GOOD]
    client = waits.client(tmp_path)
    for address, query in (("/a", "x"), ("/a", "y"), ("/b", "x"), ("/a", "x")):
        client.ask(stub.address + address, {"data": query}, check_overpass)
    assert [path for _, path, _ in stub.asked] == ["/a", "/a", "/b"]


def test_a_kept_answer_goes_stale_after_a_week(stub, waits, tmp_path):
    stub.script = [GOOD, GOOD]
    ask(waits.client(tmp_path), stub)
    waits.now = NOW + dt.timedelta(days=7)
    assert ask(waits.client(tmp_path), stub).kept
    waits.now += dt.timedelta(seconds=1)
    assert not ask(waits.client(tmp_path), stub).kept


def damages():
    yield "cut", lambda content: content[:-20]
    yield "empty", lambda content: b""
    yield "half of the first line", lambda content: content[:30]
    yield "a letter changed", lambda content: content.replace(b'lat="1.0"', b'lat="1.1"', 1)
    yield "another body", lambda content: content.partition(b"\n")[0] + b"\n" + GOOD.replace(b"1.0", b"7.0")
    yield "no json", lambda content: b"x" + content
    yield "json of another kind", lambda content: b"[]\n" + content
    yield "another query's", lambda content: content.replace(b"way(3)", b"way(4)", 1)


@pytest.mark.parametrize("damage", [one for _, one in damages()], ids=[name for name, _ in damages()])
def test_a_damaged_kept_answer_is_asked_for_again_and_that_is_said(stub, waits, tmp_path, damage):
    stub.script = [GOOD, GOOD]
    ask(waits.client(tmp_path), stub)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(damage(kept.read_bytes()))
    waits.lines.clear()
    assert ask(waits.client(tmp_path), stub).body == GOOD
    assert len(stub.asked) == 2
    assert waits.lines[0].startswith("cache.damaged · ")
    assert ask(waits.client(tmp_path), stub).kept


def test_what_is_kept_with_a_true_hash_still_has_to_be_whole(stub, waits, tmp_path):
    """Somebody's tool may have written the file: the hash is no reason to believe what is inside."""
    stub.script = [GOOD, GOOD]
    got = ask(waits.client(tmp_path), stub)
    (kept,) = tmp_path.iterdir()
    head = json.loads(kept.read_bytes().partition(b"\n")[0])
    body = b"<html>logged out</html>"
    head |= {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    kept.write_bytes(json.dumps(head).encode() + b"\n" + body)
    assert ask(waits.client(tmp_path), stub).body == got.body
    assert len(stub.asked) == 2


def test_a_cache_that_cannot_be_written_is_told_with_its_remedy(stub, waits, tmp_path):
    stub.script = [GOOD]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EnvironmentFault, match="--cache DIR"):
        ask(waits.client(tmp_path / "file"), stub)


def test_no_password_is_sent(stub, waits, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    seen = {}

    def note(handler):
        seen.update(handler.headers)
        send(GOOD)(handler)

    stub.script = [note]
    ask(waits.client(tmp_path / "cache"), stub)
    assert "Authorization" not in seen
    assert seen["User-Agent"].startswith("zzgeo/")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "overpass-api.de",
        "ftp://host/x",
        "file:///etc/passwd",
        "http://",
        "https://:80",
        "http://host:x/",
        "http://[::1",
    ],
)
def test_an_address_that_is_none_is_refused_before_anything_is_asked(address):
    with pytest.raises(InputError, match=r"config\.invalid · --endpoint"):
        checked_address(address, "--endpoint")


def test_an_address_with_a_password_is_refused_without_saying_it():
    with pytest.raises(InputError) as caught:
        checked_address("https://me:secret@host/api", "--endpoint")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"tries": 0}, {"seconds": -1}, {"timeout": 0}, {"timeout": float("nan")}])
def test_a_budget_of_nothing_is_refused(wrong):
    with pytest.raises(InputError, match="must be above 0"):
        Budget(**wrong)
