"""What is known of the lists a clause rests on: on every card, on the city's tips, in workbook and document."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import docx
import pytest

from zzgeo.auditing.run import audit
from zzgeo.intake.example import write_example
from zzgeo.intake.study import load_study
from zzgeo.reporting.desk.document import document_bytes
from zzgeo.reporting.desk.workbook import workbook_bytes

ZH = "facilities.csv（社区卫生服务中心）：已声明齐全 · 只覆盖West · 2018-06-01的清单 · 未能使用1条"
EN = "facilities.csv (community health centre): complete as declared · West only · of 2018-06-01 · rows lost: 1"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    toml = write_example(folder)
    path = folder / "facilities.csv"
    path.write_text(path.read_text("utf-8") + "c,Lost clinic,community_health_centre,,\n", "utf-8")
    said = 'kind_column = "kind"\ncomplete = true\ndistricts = ["W"]\ndated = 2018-06-01\n'
    (folder / "study.toml").write_text(Path(toml).read_text("utf-8").replace('kind_column = "kind"\n', said), "utf-8")
    return audit(load_study(toml), profile="zz-2020")


@pytest.fixture(scope="module")
def pages(report, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "out"
    report.write(folder, files="pages")
    return folder


@pytest.mark.parametrize(("lang", "line"), [("zh", ZH), ("en", EN)])
def test_every_card_of_a_district_says_it_without_being_opened(pages, opened, lang, line):
    page = opened(next((pages / "maps").glob("West*.html")), f"#lang={lang}")
    cards = page.evaluate(
        "[...document.querySelectorAll('.card')].map(c => [c.querySelector('.lists')?.innerText ?? '', c.className])"
    )
    judged = [told for told, look in cards if "e-nodata" not in look]
    assert judged
    assert all(line in told for told in judged)
    # nothing is cut off, and the word before the lines keeps to one line
    cut = "l.scrollWidth > l.clientWidth || l.firstChild.offsetHeight > 24"
    assert not page.evaluate(f"[...document.querySelectorAll('.lists')].some(l => {cut})")


def test_the_tips_of_the_city_say_it(pages, opened):
    page = opened(pages / "index.html", "#lang=en")
    page.evaluate("document.querySelector('.score td a').focus()")
    assert EN in page.evaluate("document.getElementById('zz-tip').innerText")


@pytest.mark.filterwarnings("ignore:font.missing")
@pytest.mark.parametrize(("lang", "line"), [("zh", ZH), ("en", EN)])
def test_workbook_and_document_say_it_and_name_the_profiles_that_were_used(report, lang, line):
    assert report.study.profile is None
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(report, lang))) as book:
        cells = re.findall(r"<t[^>]*>(.*?)</t>", book.read("xl/sharedStrings.xml").decode())
    paper = [one.text for one in docx.Document(io.BytesIO(document_bytes(report, lang))).paragraphs]
    for texts in (cells, paper):
        assert any(line in one for one in texts)
        assert any("zz-2020" in one and "(cn-default)" in one for one in texts)
