"""A site of pages that share their files, and the choices about pages."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_report import RADIUS, fake_report
from files import write_study
from hostile import Hostile

from zzgeo.auditing.report import AuditReport
from zzgeo.cli.commands import run
from zzgeo.errors import InputError
from zzgeo.reporting import coverage_map, write
from zzgeo.reporting.told.options import SITE_FROM, PageOptions

Opened = Callable[..., Any]
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "out"
    write(fake_report(), folder, pages="site")
    return folder


def test_pages_of_a_site_say_the_same_as_single_pages(site: Path, written: Path, opened: Opened) -> None:
    for name in ("index.html", "maps/中原区-410102.html"):
        alone, shared = opened(written / name), opened(site / name)
        shown = "document.body.innerText"
        assert shared.evaluate(shown) == alone.evaluate(shown)
        assert (site / name).stat().st_size < (written / name).stat().st_size
    page = opened(site / "index.html")
    page.locator(".score tbody tr").nth(0).locator("td a").nth(0).click()
    page.wait_for_selector("#zz-findings")
    page.locator("#zz-gaps button").first.click()
    assert page.locator(".leaflet-popup-content").is_visible()


def test_a_page_of_a_site_is_small_and_asks_only_for_files_beside_it(site: Path) -> None:
    text = (site / "maps/中原区-410102.html").read_text("utf-8")
    assert len(text.encode()) < 90_000
    named = re.findall(r'(?:src|href)="([^"]+)"', text.split("<body")[0])
    assert named
    for one in named:
        assert one == "data:," or (site / "maps" / one).resolve().is_file()
    for one in re.findall(r'<script src="([^"]+)"', text):
        assert one.startswith("../assets/")


def test_a_policy_of_a_site_adds_its_own_files_and_no_unsafe_script(site: Path) -> None:
    text = (site / "maps/中原区-410102.html").read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    script = policy.group(1).split("script-src")[1].split(";")[0]
    assert script.split()[:2] == ["'self'", "file:"]
    assert "unsafe" not in script
    assert "http" not in policy.group(1)


def test_a_site_lists_its_files_and_single_pages_take_them_away(tmp_path: Path, report: AuditReport) -> None:
    write(report, tmp_path, pages="site")
    listed = json.loads((tmp_path / "audit.json").read_bytes())["files"]
    assert {"assets/leaflet.js", "assets/zz.css", "assets/map.js"} <= set(listed)
    assert all((tmp_path / name).is_file() for name in listed)
    write(report, tmp_path, pages="single")
    assert not list(tmp_path.glob("assets/*"))


def test_hostile_names_run_nothing_in_a_site(tmp_path: Path, opened: Opened) -> None:
    say = Hostile()
    write(fake_report(say), tmp_path, pages="site")
    page = opened(next((tmp_path / "maps").glob("*410102*")), f"#rule={RADIUS}")
    assert say.said["中原区"] in page.evaluate("document.body.textContent")
    assert page.evaluate("document.querySelectorAll('img').length") == 0


def test_many_districts_make_a_site_unless_it_is_said_otherwise() -> None:
    assert not PageOptions().shared(SITE_FROM - 1)
    assert PageOptions().shared(SITE_FROM)
    assert PageOptions(pages="site").shared(1)
    assert not PageOptions(pages="single").shared(3_000)


def test_wrong_choices_are_told_all_at_once(report: AuditReport, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write(report, tmp_path, lang="fr", pages="many", tianditu="x' onload=alert(1)")
    assert [problem.code for problem in caught.value.problems] == ["lang.unknown", "pages.unknown", "tianditu.key"]
    assert "onload" not in str(caught.value)


def test_no_page_knows_of_tianditu_without_a_key(written: Path) -> None:
    text = (written / "maps/中原区-410102.html").read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert "tianditu" not in policy.group(1)


def test_tianditu_is_off_until_it_is_ticked_and_then_asks_with_the_key(
    tmp_path: Path, browser: Any, report: AuditReport
) -> None:
    with pytest.warns(UserWarning, match="key can be read in every page") as heard:
        drawn = coverage_map(report, tianditu=KEY)
    assert heard[0].filename == __file__
    drawn.save(str(tmp_path / "map.html"))
    context = browser.new_context()
    asked: list[str] = []
    context.route("https://**/*", lambda route: (asked.append(route.request.url), route.abort()))
    page = context.new_page()
    page.goto(f"file://{tmp_path}/map.html")
    page.wait_for_selector("#zz-layers")
    page.locator("#zz-layers summary").click()
    assert asked == []
    assert not page.locator("#zz-layer-tianditu").is_checked()
    with page.expect_event("requestfailed"):  # what was asked for was aborted, and is listed
        page.locator("#zz-layer-tianditu").check()
    assert asked
    assert all(re.fullmatch(r"https://t[0-7]\.tianditu\.gov\.cn/(vec|cva)_w/wmts\?.*&tk=" + KEY, url) for url in asked)
    context.close()


def test_the_command_line_warns_that_the_key_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = write_study(tmp_path / "study")
    arguments = ["audit", str(study), "--out", str(tmp_path / "out"), "--standard", "zz2018-34"]
    assert run([*arguments, "--tianditu", KEY, "--pages", "site", "--approval", "GS1"]) == 0
    assert capsys.readouterr().err.count("key can be read") == 1
    assert (tmp_path / "out" / "assets" / "leaflet.js").is_file()
    assert KEY in (tmp_path / "out" / "index.html").read_text("utf-8")
    assert run([*arguments, "--pages", "tiny"]) == 4
    assert "pages.unknown" in capsys.readouterr().err


def test_the_hostile_names_of_the_reference_cases_run_nothing(shared: Path, tmp_path: Path, opened: Opened) -> None:
    folder = shared / "cases" / "hostile"
    names = [one["name"] for one in json.loads((folder / "county_names.json").read_text("utf-8"))]
    for file in ("html_names.csv", "template_names.csv", "formula_names.csv", "hostile_column.csv"):
        with (folder / file).open(encoding="utf-8", newline="") as rows:
            read = list(csv.reader(rows))
        names += [*read[0], *(row[1] for row in read[1:] if len(row) > 1)]
    say = Hostile()
    say.names = tuple(dict.fromkeys(names))
    assert len(say.names) > 40
    out = tmp_path / "deep" / "out"
    for path in write(fake_report(say), out):
        assert path.resolve().is_relative_to(out)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {p for p in out.rglob("*") if p.is_file()}
    for path in (out / "index.html", next((out / "maps").glob("*410102*"))):
        page = opened(path)
        assert say.said["中原区"] in page.evaluate("document.body.textContent")
        assert page.evaluate("document.querySelectorAll('img, iframe, object').length") == 0
