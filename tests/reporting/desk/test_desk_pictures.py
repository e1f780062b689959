"""Document and slides: the words and numbers of the audit, a map for every district, whatever the names are."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx
import numpy as np
import pandas as pd
import pytest
from docx.oxml.ns import qn
from fake_report import CIRCLE, CODES, COVERAGE, RADIUS, fake_report
from hostile import Hostile, shared_names
from matplotlib.image import imread

from zzgeo.codes import CODES as MEANINGS
from zzgeo.layers.parts.headline import headline, people_classes
from zzgeo.reporting.desk import document
from zzgeo.reporting.desk.clause_maps import clause_maps
from zzgeo.reporting.desk.document import document_bytes, document_is_whole
from zzgeo.reporting.desk.short_text import balanced, plain, wrapped
from zzgeo.reporting.desk.slides import city_slide, png_is_whole
from zzgeo.reporting.outputs import Edition, png
from zzgeo.reporting.outputs import docx as word
from zzgeo.reporting.told.chinese import problem_zh
from zzgeo.reporting.told.options import PageOptions
from zzgeo.vocabulary.verdicts import LOOKS

# where no Chinese font is installed pictures are left out, and hostile names hold characters no font has
pytestmark = pytest.mark.filterwarnings("ignore:font\\.")


def image(content: bytes) -> Any:
    return imread(io.BytesIO(content))


def edition(report: Any) -> Edition:
    return Edition(report, PageOptions(), Path())


@pytest.fixture(scope="module")
def slides() -> dict[str, bytes]:
    files = {}
    for name, content, whole in png.files(edition(fake_report())):  # type: ignore[arg-type]
        assert whole(content)
        files[name] = content
    return files


def test_a_slide_of_the_city_and_of_each_district(slides: dict[str, bytes]) -> None:
    assert list(slides) == ["slides/city.png", "slides/中原区-410102.png", "slides/二七区-410103.png"]
    for name, content in slides.items():
        shown = image(content)
        assert shown.shape[:2] == (1080, 1920), name
        assert shown[..., :3].std() > 0.03, name  # not a blank page
        drawn = shown[120:1000, 60:1260, :3]  # the map itself holds more than white
        assert (drawn.min(axis=2) < 0.95).mean() > 0.02, name
    assert len(set(slides.values())) == 3


def test_slides_show_people_in_the_colours_of_the_pages(slides: dict[str, bytes]) -> None:
    def share(name: str, colour: str) -> float:
        rgb = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
        return float((np.abs(image(slides[name])[..., :3] - rgb).max(axis=2) < 0.01).mean())

    for colour in ("#CFE3F1", "#E34A33", "#1A1A1A"):  # covered, most missed, the boundary
        assert share("slides/中原区-410102.png", colour) > 3e-5, colour
    assert share("slides/city.png", "#E34A33") > 0.05
    assert share("slides/city.png", "#E3E5E7") > 0.05  # the district without data, hatched


def test_the_same_report_gives_the_same_pictures(slides: dict[str, bytes]) -> None:
    assert city_slide(fake_report()) == slides["slides/city.png"]  # type: ignore[arg-type]
    assert not png_is_whole(slides["slides/city.png"][:-8])
    broken = bytearray(slides["slides/city.png"])
    broken[len(broken) // 2] ^= 1
    assert not png_is_whole(bytes(broken))


def test_the_headline_is_the_first_rule_that_fails_where_people_live(report: SimpleNamespace) -> None:
    assert headline(report).id == RADIUS  # type: ignore[arg-type, union-attr]
    assert headline(report, CODES[1]).id == CIRCLE  # type: ignore[arg-type, union-attr]
    nobody = replace(report, reach={})  # type: ignore[type-var]
    assert headline(nobody) is None
    assert list(png.files(edition(nobody))) == []
    with pytest.raises(ValueError, match="nothing to draw"):
        city_slide(nobody)


@pytest.mark.parametrize("people", [[0.2, 0.7], [3.0], [1, 2, 3, 5, 8, 1e6], [7] * 5])
def test_classes_of_people_hold_everybody(people: list[float]) -> None:
    ends = people_classes(people)
    assert ends == sorted(set(ends))
    assert len(ends) <= 3
    assert ends[-1] >= max(people)


def test_text_on_pictures_is_cut_between_characters_and_words() -> None:
    assert plain("金水区", 6) == "金水区"
    assert plain("金水区东风路", 7) == "金水区…"
    assert plain("a\u202eb\u2066c\x07d\ne") == "abcd e"
    assert wrapped("one two three four", 9, 3) == "one two\nthree\nfour"
    assert wrapped("郑州市金水区", 6, 2) == "郑州市\n金水区"
    assert wrapped("郑州市金水区东风路", 6, 2) == "郑州市\n金水…"
    assert wrapped("郑州（金水）区", 10, 2) == "郑州（金\n水）区"
    assert wrapped("占常住人口的50.0 %。", 17, 2) == "占常住人口的\n50.0 %。"
    assert wrapped("最近的相距1,475 m。", 16, 2) == "最近的相距\n1,475 m。"
    told = "先补这里一带，两千人未覆盖。最近的相距1,475 m。"
    assert wrapped(told, 46, 2) == "先补这里一带，两千人未覆盖。最近的相距\n1,475 m。"
    assert balanced(told, 46, 2) == "先补这里一带，两千人未覆\n盖。最近的相距1,475 m。"
    assert balanced(told, 80, 2) == told


def opened(content: bytes) -> Any:
    return docx.Document(io.BytesIO(content))


def words(paper: Any) -> str:
    tables = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in paper.paragraphs] + tables).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def paper() -> Any:
    ((name, content, whole),) = word.files(edition(fake_report()))  # type: ignore[arg-type]
    assert name == "report.docx"
    assert whole(content)
    return opened(content)


def test_the_document_goes_district_by_district_and_clause_by_clause(paper: Any, report: SimpleNamespace) -> None:
    heads = [paragraph for paragraph in paper.paragraphs if paragraph.style.name.startswith("Heading")]
    first = [paragraph.text for paragraph in heads if paragraph.style.name == "Heading 1"]
    assert first == ["核查了什么", "达标一览", "中原区", "二七区", "数据质量"]
    second = [paragraph.text for paragraph in heads if paragraph.style.name == "Heading 2"]
    assert second == [
        "✗ 不达标  养老设施500米服务半径",
        "✓ 达标  社区覆盖率100%",
        "✗ 不达标  15分钟健身圈",
        "? 需核定  15分钟健身圈",
    ]
    told = words(paper)
    for wanted in (
        "样例市 核查报告",
        "合成数据",
        "2020-12-31",
        "结果 71.2 %",
        "目标 ≥ 100 %",
        "距目标 28.8 %",
        "未覆盖 144 人，共 500 人（60岁及以上老年人）",
        "1/4 个单元达标",
        "“服务半径不超过500米”  郑政〔2018〕34号 三（一）",
        "先补哪里  西苑社区 (未覆盖 90 人)、南苑社区 (未覆盖 45 人)",
        "开办日期不明、已计入的设施：3处",
        "– 缺数据  养老设施500米服务半径",
        "结果 >99.9 %",
    ):
        assert wanted in told, wanted
    for rule in report.rules:
        assert rule.clause in told


def test_contents_lead_to_each_chapter_and_tell_its_page(paper: Any) -> None:
    marks = {one.get(qn("w:name")) for one in paper.element.body.iter(qn("w:bookmarkStart"))}
    numbers = [one.get(qn("w:id")) for one in paper.element.body.iter(qn("w:bookmarkStart"))]
    assert len(set(numbers)) == len(numbers) == len(marks)
    listed = [line for line in paper.paragraphs if "PAGEREF" in line._p.xml]
    chapters = [line.text for line in paper.paragraphs if line.style.name == "Heading 1"]
    assert [line.text.split("\t")[0] for line in listed] == chapters
    for line in listed:
        [code] = [one.text.split() for one in line._p.iter(qn("w:instrText")) if "PAGEREF" in one.text]
        [link] = line._p.iter(qn("w:hyperlink"))
        assert code[1] == link.get(qn("w:anchor")) in marks
        begun, *_ = [one for one in reversed(list(line._p.iter(qn("w:fldChar")))) if one.get(qn("w:dirty"))]
        assert begun.get(qn("w:fldCharType")) == "begin"
    kinds = [one.get(qn("w:fldCharType")) for one in paper.element.body.iter(qn("w:fldChar"))]
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end") == len(chapters)


def test_no_chapter_leaves_the_page_before_it_half_empty(paper: Any) -> None:
    assert not [line.text for line in paper.paragraphs if line.paragraph_format.page_break_before]
    assert 'w:type="page"' not in paper.element.xml


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_document_says_what_it_rests_on_and_where_to_build(report: Any, lang: str) -> None:
    sites = pd.DataFrame(
        [{"rule": RADIUS, "district": CODES[0], "unit": "U1", "unit_name": "西苑社区", "gained_people": 90.0}]
    )
    told = words(opened(document_bytes(replace(report, next_sites=sites), lang)))
    chinese = lang == "zh"
    assert ("下一处设施放在哪里  西苑社区 (新增覆盖 90)" if chinese else "西苑社区 (Newly covered 90)") in told
    for account in report.study.accounts:
        assert Path(account.path).name in told
    for code in report.study.quarantined["code"].unique():
        assert code in told
        assert (MEANINGS[code].zh if chinese else MEANINGS[code].en) in told
    for problem in report.study.warnings:
        assert (problem_zh(problem) if chinese else problem.line()) in told


def test_the_scorecard_of_the_document_repeats_its_heading(paper: Any) -> None:
    table = paper.tables[0]
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows[0][0] == "区县"
    assert [row[0] for row in rows[1:]] == ["中原区", "二七区", "全市"]
    assert rows[1][1:] == ["✗ 71.2 %", "✓ 100 %", "✗ 71.2 % *"]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_each_clause_of_a_district_has_its_map_with_words_for_those_who_cannot_see_it(paper: Any) -> None:
    about = [one.get("descr") for one in paper.element.body.iter(qn("wp:docPr"))]
    captions = [paragraph.text for paragraph in paper.paragraphs if paragraph.style.name == "Caption"]
    assert about == captions
    assert captions[1:] == [
        "图：中原区，养老设施500米服务半径。✗ 不达标，结果 71.2 %，目标 ≥ 100 %，未覆盖 144 人",
        "图：中原区，社区覆盖率100%。✓ 达标，结果 100 %，目标 ≥ 100 %，未覆盖 0 人",
        "图：中原区，15分钟健身圈。✗ 不达标，结果 71.2 %，目标 ≥ 100 %，未覆盖 144 人",
        "图：二七区，15分钟健身圈。? 需核定，结果 >99.9 %，目标 ≥ 100 %，未覆盖 144 人",
    ]
    assert len(paper.inline_shapes) == 5
    assert "为便于传阅" not in words(paper)


def test_words_and_map_of_a_clause_stay_on_one_page(paper: Any) -> None:
    lines = paper.paragraphs
    heads = [at for at, line in enumerate(lines) if line.style.name == "Heading 2"]
    assert len(heads) == 4
    for at in heads:
        end = next(n for n in range(at, len(lines)) if lines[n].style.name == "Caption")
        assert all(line.paragraph_format.keep_with_next for line in lines[at:end])


def test_a_rule_without_homes_shows_its_units_by_verdict(report: SimpleNamespace) -> None:
    from zzgeo.reporting.desk.map_images import district_image

    rules = {rule.id: rule for rule in report.rules}
    shown = replace(report, reach={})  # type: ignore[type-var]
    assert {pair[1] for pair in clause_maps(shown).shown} == {RADIUS, COVERAGE, CIRCLE} - unit_less(report)
    drawn = image(district_image(shown, CODES[0], rules[RADIUS], "zh"))[..., :3]
    red = [int(LOOKS["fail"].mark[at : at + 2], 16) for at in (1, 3, 5)]
    fail = 1 + (np.array(red) / 255 - 1) * 0x66 / 255
    assert (np.abs(drawn - fail).max(axis=2) < 0.03).mean() > 0.01
    report.study.units["geometry"] = report.study.units.geometry.representative_point()
    assert png_is_whole(district_image(shown, CODES[0], rules[RADIUS], "zh"))
    report.study.units["geometry"] = None
    assert clause_maps(shown).drawable == 0


def unit_less(report: Any) -> set[str]:
    units = report.findings[report.findings["level"] == "unit"]
    return {rule.id for rule in report.rules} - set(units["rule"])


def test_more_maps_than_a_document_holds_are_left_out_and_that_is_said(
    report: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = clause_maps(report)
    assert every.drawable == len(every.shown) == 4
    # a district each comes before the second map of any
    assert {district for district, _ in clause_maps(report, 2).shown} == set(CODES)
    assert (CODES[0], RADIUS) in clause_maps(report, 1).shown
    monkeypatch.setattr(document, "clause_maps", lambda report: clause_maps(report, 2))
    steps: list[str] = []
    told = opened(document_bytes(report, "zh", steps.append))
    assert "可画的地图共 4 幅，为便于传阅只放 2 幅" in words(told)
    assert len(told.inline_shapes) == len(steps) == document.pictures(report) == 3


def test_the_approval_number_stands_on_the_maps_of_document_and_slides(report: Any) -> None:
    from zzgeo.reporting.desk.map_images import city_image

    numbered = replace(report, study=replace(report.study, approval="GS京(2024)0650号 $x$"))
    for draw in (city_slide, lambda one: city_image(one, headline(one), "zh")):
        plain_map, told = image(draw(report)), image(draw(numbered))
        assert (plain_map != told).any()
        assert png_is_whole(draw(numbered))


def test_fonts_pages_and_contents_are_set(paper: Any) -> None:
    for name in ("Normal", "Heading 1", "Heading 2", "Title"):
        fonts = paper.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == "Microsoft YaHei"
        assert fonts.get(qn("w:eastAsiaTheme")) is None
    foot = paper.sections[0].footer._element.xml
    assert "PAGE" in foot
    assert "NUMPAGES" in foot
    body = paper.element.body
    marks = {one.get(qn("w:name")) for one in body.iter(qn("w:bookmarkStart"))}
    links = [one.get(qn("w:anchor")) for one in body.iter(qn("w:hyperlink"))]
    assert len(links) == 5
    assert set(links) == marks
    assert round(paper.sections[0].page_width.cm, 1) == 21.0


def test_the_document_is_english_where_that_is_asked_for() -> None:
    told = words(opened(document_bytes(fake_report(), "en")))  # type: ignore[arg-type]
    for wanted in ("Sample city Audit report", "synthetic data", "Elderly care within 500 m", "144 missed of 500"):
        assert wanted in told, wanted


def test_the_same_report_gives_the_same_document() -> None:
    content = document_bytes(fake_report())  # type: ignore[arg-type]
    assert content == document_bytes(fake_report())  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {one.date_time[0] for one in archive.infolist()} == {1980}
    assert not document_is_whole(content[:-50])
    assert opened(content).core_properties.created.date().isoformat() == "2020-12-31"


def test_hostile_names_are_drawn_and_written_as_they_are(shared: Path) -> None:
    say = Hostile([*shared_names(shared), "$\\frac{$", "$x$ ^_", "_underscore", "bell\x07"])
    report = fake_report(say)
    paper = opened(document_bytes(report))  # type: ignore[arg-type]
    told = words(paper)
    for plain_name in ("中原区", "二七区", "服务半径不超过500米", "养老设施500米服务半径", "四个社区中一个达标"):
        assert say.said[plain_name].replace("\x07", "") in told.replace("\r", "\n"), plain_name
    assert len(paper.inline_shapes) == 5
    names = []
    for name, content, whole in png.files(edition(report)):  # type: ignore[arg-type]
        assert whole(content)
        assert image(content).shape[:2] == (1080, 1920)
        names.append(name)
    assert all(name.startswith("slides/") and ".." not in name for name in names)
    for odd in ("$\\frac{$", "$x$", "{{7*7}}", "_x", "阳" * 3_000):
        report.study.districts["name"] = odd
        assert png_is_whole(city_slide(report))  # type: ignore[arg-type]
