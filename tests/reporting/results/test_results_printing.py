"""A page as a PDF: printed by the browser that is installed, which reaches nobody; what stands in the way is told."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest
from fake_report import CODES

from zzgeo.cli.commands import run
from zzgeo.errors import EnvironmentFault, InputError
from zzgeo.reporting.results import printing
from zzgeo.reporting.results.printing import page_of, print_pdf
from zzgeo.system import SYSTEM


def sheets(content: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", content))


def test_one_command_prints_a_district(chromium, written, tmp_path, capsys):
    out = tmp_path / "中原区.pdf"
    out.write_bytes(b"earlier")
    assert run(["print", str(written), "--district", CODES[0], "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    content = out.read_bytes()
    assert content.startswith(b"%PDF-")
    assert 1 <= sheets(content) <= 4
    assert rb"/MediaBox [0 0 594" in content or rb"/MediaBox [0 0 595" in content
    assert [one.name for one in tmp_path.iterdir()] == [out.name]
    # what the scripts of a page draw is on it: a page without them says one sentence
    assert len(content) > 20_000


def test_a_district_is_named_by_code_or_name_and_the_city_by_nothing(written):
    page = page_of(written, CODES[0])
    assert page == page_of(written, "中原区")
    assert page.stem.endswith(CODES[0])
    assert page_of(written).name == "index.html"
    with pytest.raises(InputError, match=r"district\.unknown .* 二七区-410103"):
        page_of(written, "410199")
    with pytest.raises(InputError, match=r"file\.missing"):
        page_of(written / "maps")


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """Return the port of a server on this machine, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_a_page_asks_for_reaches_nobody(chromium, listener, tmp_path):
    port, asked = listener
    page = tmp_path / "page.html"
    hosts = [f"http://{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]")]
    shown = "".join(f'<img src="{host}/image"><iframe src="{host}/frame"></iframe>' for host in hosts)
    sent = "".join(
        f"fetch('{host}/fetch', {{mode: 'no-cors'}}); navigator.sendBeacon('{host}/sent');" for host in hosts
    )
    page.write_text(f"<!DOCTYPE html><p>paper</p>{shown}<script>{sent}</script>", "utf-8")
    print_pdf(page, tmp_path / "page.pdf")
    assert sheets((tmp_path / "page.pdf").read_bytes()) == 1
    assert asked == []


def test_no_browser_is_said_in_one_line(written, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(type(SYSTEM), "browsers", lambda self: ("no-such-browser",))
    out = tmp_path / "x.pdf"
    assert run(["print", str(written), "--district", CODES[0], "--out", str(out)]) == EnvironmentFault.exit_code
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("browser.missing · ")
    assert "--browser" in line
    assert run(["print", str(written), "--out", str(out), "--browser", str(tmp_path / "none")]) == 5
    assert "browser.missing" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="the browser that prints nothing is a shell script")
def test_a_browser_that_prints_nothing_is_told_and_leaves_what_was_there(written, tmp_path):
    mute = tmp_path / "mute"
    mute.write_text("#!/bin/sh\necho 'cannot draw' >&2\nexit 1\n")
    mute.chmod(0o755)
    out = tmp_path / "x.pdf"
    out.write_bytes(b"earlier")
    with pytest.raises(EnvironmentFault, match=r"browser\.failed .*cannot draw"):
        print_pdf(page_of(written), out, str(mute))
    assert out.read_bytes() == b"earlier"


@pytest.mark.skipif(os.name == "nt", reason="the browser that hangs is a shell script")
def test_a_browser_that_hangs_ends_with_what_it_started(written, tmp_path, monkeypatch):
    monkeypatch.setattr(printing, "_LONGEST_S", 0.5)
    hanging = tmp_path / "hanging"
    hanging.write_text(f"#!/bin/sh\nsleep 100 &\necho $! >'{tmp_path}/started'\nsleep 100\n")
    hanging.chmod(0o755)
    with pytest.raises(EnvironmentFault, match=r"browser\.failed .*did not end within 0.5 s"):
        print_pdf(page_of(written), tmp_path / "x.pdf", str(hanging))
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int((tmp_path / "started").read_text())).wait(60)


def test_a_place_that_cannot_be_written_is_told(chromium, written, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match=r"output\.not_writable"):
        print_pdf(page_of(written), tmp_path / "file" / "x.pdf")
