"""The first screen in a terminal: the answer, the signs, a table that is never shredded."""

from __future__ import annotations

import dataclasses
import os
import stat
import sys

import pytest
from fake_report import CODES, fake_report
from rich.cells import cell_len

from zzgeo.cli.commands import run
from zzgeo.cli.opening import open_page
from zzgeo.cli.printing import in_blocks, lines_in
from zzgeo.cli.scorecard import print_scorecard
from zzgeo.intake.example import write_example
from zzgeo.reporting.told.answer import answers
from zzgeo.reporting.told.words import rule_title


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_screen_fits_its_width_and_begins_with_the_answer_and_the_signs(width, lang, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    report = fake_report()
    print_scorecard(report, lang)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, lines)) <= width
    told = "".join(lines).replace(" ", "")
    assert "".join(answers(report)(None)[lang]).replace(" ", "") in told
    assert told.index("✗") < told.index("71.2%"), "the signs are explained before they are used"
    assert all(rule_title(rule, lang).replace(" ", "") in told for rule in report.rules), "a clause is told whole"


def test_a_share_of_99_and_one_of_0_do_not_look_the_same(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    report = fake_report()
    rows = report.findings["level"] == "district"
    values = report.findings["district"].map({CODES[0]: 0.99, CODES[1]: 0.0})
    findings = report.findings.assign(
        value=values.where(rows, report.findings["value"]), verdict=report.findings["verdict"].mask(rows, "fail")
    )
    print_scorecard(dataclasses.replace(report, findings=findings), "zh")
    told = capsys.readouterr().out
    assert "✗ 99.0 %" in told
    assert "✗ 0 %" in told


def test_blocks_hold_every_cell_whole_and_each_begins_with_the_names():
    rows = [[f"区{i}", *(f"✗ {i}{j}.0 %" for j in range(12))] for i in range(3)]
    blocks = in_blocks(["", *map(str, range(12))], rows, 50)
    assert len(blocks) == 3
    for block in blocks:
        assert [line.split()[0] for line in block[1:]] == ["区0", "区1", "区2"]
        assert max(map(cell_len, block)) <= 50
    text = "\n".join("\n".join(block) for block in blocks)
    assert all(cell in text for row in rows for cell in row)


def test_a_number_keeps_its_unit_and_no_line_begins_with_a_closing_mark():
    lines = lines_in("未覆盖4,201,864人（常住人口的57.9 %），其中金水区最多；相距1,475 m。", 20)
    assert max(map(cell_len, lines)) <= 20
    assert not [line for line in lines if line[0] in "，。；：）%"]
    assert "57.9 %" in " ".join(lines)
    assert "1,475 m" in " ".join(lines)


def test_open_opens_the_front_page_in_the_browser(tmp_path, capsys, monkeypatch):
    if sys.platform == "win32":
        pytest.skip("a script is no browser there")
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    study = write_example(tmp_path)
    assert run(["audit", str(study), "--out", str(tmp_path / "out"), "--files", "pages", "--open"]) == 0
    assert seen.read_text().strip() == (tmp_path / "out" / "index.html").resolve().as_uri()
    assert "no browser" not in capsys.readouterr().err


def test_where_there_is_no_browser_the_path_is_told(tmp_path, capsys, monkeypatch):
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    page = tmp_path / "index.html"
    open_page(page)
    assert str(page.resolve()) in capsys.readouterr().err
    assert os.environ.get("BROWSER") is None
