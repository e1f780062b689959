"""The workbook: nothing in it runs, ids are whole, and every number is that of findings.csv."""

from __future__ import annotations

import csv
import io
import math
import zipfile
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import drawn
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from fake_report import CIRCLE, CODES, RADIUS, fake_report
from hostile import Hostile, shared_names
from hypothesis import example, given
from hypothesis import strategies as st

from zzgeo.codes import CODES as MEANINGS
from zzgeo.numbers import value_text
from zzgeo.reporting.desk.cells import Cells, number_format
from zzgeo.reporting.desk.tables import csv_bytes
from zzgeo.reporting.desk.workbook import workbook_bytes, workbook_is_whole
from zzgeo.vocabulary.verdicts import LOOKS

pytestmark = pytest.mark.filterwarnings("ignore:(Conditional Formatting|Unknown) extension is not supported")


def opened(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def cells(book: Any) -> list[Any]:
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


def table(sheet: Any) -> list[dict[str, Any]]:
    """Return the rows under the headings of a sheet, as its filter says where they are."""
    head, *rows = sheet[sheet.auto_filter.ref]
    names = [cell.value for cell in head]
    return [dict(zip(names, [cell.value for cell in row], strict=True)) for row in rows]


@pytest.fixture(scope="module")
def book() -> Any:
    return opened(workbook_bytes(fake_report(), "zh"))  # type: ignore[arg-type]


def scores(sheet: Any) -> list[dict[str, tuple[Any, str]]]:
    """Return value and format of each cell under the headings of a sheet."""
    head, *rows = sheet[sheet.auto_filter.ref]
    names = [cell.value for cell in head]
    return [dict(zip(names, [(cell.value, cell.number_format) for cell in row], strict=True)) for row in rows]


def rule_sheet(book: Any, title: str) -> Any:
    return next(sheet for sheet in book if sheet.title.endswith(title))


def test_the_scorecard_has_every_district_and_rule_with_sign_and_value(book: Any, report: SimpleNamespace) -> None:
    sheet = book.worksheets[0]
    assert sheet.title == "达标一览"
    rows = table(sheet)
    assert [(row["编号"], row["区县"]) for row in rows] == [("410102", "中原区"), ("410103", "二七区")]
    assert rows[1]["养老设施500米服务半径"] == "–"
    assert rows[1]["社区覆盖率100%"] == "·"
    cells = scores(sheet)
    assert cells[0]["养老设施500米服务半径"] == (pytest.approx(0.7124), '"✗ "0.0 %')
    assert cells[0]["社区覆盖率100%"] == (1, '"✓ "0 %')
    assert cells[1]["15分钟健身圈"] == (pytest.approx(0.99997), '"? >99.9 % *"')
    assert [row["不达标条款"] for row in rows] == [2, 0]
    last = [cell.value for cell in sheet[sheet.max_row]]
    assert last[1] == "全市"
    shown = " ".join(str(cell.value) for row in sheet["A1:A4"] for cell in row)
    assert "合成数据" in shown
    assert "2020-12-31" in shown
    assert "t-2020" in shown


def test_every_number_is_that_of_findings_csv(book: Any, report: SimpleNamespace) -> None:
    written = csv.DictReader(io.StringIO(csv_bytes(report.findings).decode("utf-8-sig"), newline=""))
    findings = {(row["rule"], row["level"], row["unit"] or row["district"]): row for row in written}
    names = {
        "结果": "value",
        "目标": "threshold",
        "距目标": "gap",
        "适用人口": "people",
        "已覆盖人数": "covered",
        "未覆盖人数": "missed",
        "未判断人数": "excluded",
        "达标单元": "units_passing",
        "判断单元": "units_judged",
        "按道路距离": "streets_value",
        "最远居住点（米）": "farthest_m",
    }
    levels = {"区县": "district", "社区（村）": "unit", "全市": "city"}
    seen = 0
    for rule in report.rules:
        for row in table(rule_sheet(book, rule.title)):
            finding = findings.pop((rule.id, levels[row["级别"]], row["编号"] or ""))
            for head, column in names.items():
                if head not in row:
                    continue
                value, told = row[head], finding[column]
                if column == "excluded" and told == "0":
                    assert value == 0
                assert (value is None) == (told == ""), (head, told)
                if value is not None:
                    assert math.isclose(value, float(told), rel_tol=1e-9), (head, told)
                    seen += 1
            assert row["结论"].split(" ")[0] in "✓✗?–·"
    # what is not on a sheet of its rule are the units that do not fail
    assert {finding["level"] for finding in findings.values()} <= {"unit"}
    assert not [finding for finding in findings.values() if finding["verdict"] == "fail"]
    assert seen > 100


def test_a_rule_lists_its_districts_the_city_and_the_units_that_fail(book: Any, report: SimpleNamespace) -> None:
    for rule in report.rules:
        own = report.findings[report.findings["rule"] == rule.id]
        wanted = own[own["level"].isin(["district", "city"]) | ((own["level"] == "unit") & (own["verdict"] == "fail"))]
        rows = table(rule_sheet(book, rule.title))
        assert len(rows) == len(wanted) > 2
        assert sorted(row["编号"] or "" for row in rows) == sorted(
            (wanted["unit"].where(wanted["level"] == "unit", wanted["district"])).tolist()
        )
        shown = " ".join(str(cell.value) for row in rule_sheet(book, rule.title)["A1:A5"] for cell in row)
        assert rule.clause in shown
        assert rule.section in shown


def test_clauses_and_data_quality_have_sheets_of_their_own(book: Any, report: SimpleNamespace) -> None:
    rows = table(book["条款"])
    assert {row["条款原文"] for row in rows} == {rule.clause for rule in report.rules}
    assert {row["判断情况"] for row in rows} == {"已判断"}
    assert {row["工作表"] for row in rows} <= set(book.sheetnames)
    told = [cell.value for row in book["数据质量"].iter_rows() for cell in row if cell.value is not None]
    for wanted in (
        "单元.gpkg",
        10,
        8,
        2,
        "value.negative",
        "不应为负",
        f"{MEANINGS['encoding.detected'].zh} · 设施.csv · gb18030 · 不是 UTF-8 · 无需处理（encoding.detected）",
    ):
        assert wanted in told
    gaps = table(book["缺口片区"])
    assert [row["未覆盖人数"] for row in gaps] == [90, 45]
    assert [row["到最近设施（米）"] for row in gaps] == [1210.6, "步行不可达"]


def test_sheets_are_frozen_filtered_coloured_and_ready_to_print(book: Any) -> None:
    for sheet in book:
        assert sheet.freeze_panes
        assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.auto_filter.ref or sheet.title == "数据质量"
        assert sheet.print_title_rows
        assert sheet.print_area
        assert sheet.column_dimensions["B"].width > 5
    signs = {rule.text for area in book.worksheets[1].conditional_formatting for rule in area.rules}
    assert signs >= {"✓", "✗", "?", "–"}
    looks = {(cell.number_format[1], cell.font.color.rgb, cell.fill.fgColor.rgb) for cell in judged(book.worksheets[0])}
    ours = {(look.sign, "FF" + look.colour[1:].upper(), "FF" + look.ground[1:].upper()) for look in LOOKS.values()}
    assert {sign for sign, *_ in looks} == {"✓", "✗", "?"}
    assert looks <= ours


def judged(sheet: Any) -> list[Any]:
    """Return the cells of the scorecard that hold a value."""
    rows = list(sheet.iter_rows(min_row=7, min_col=4))
    return [cell for row in rows for cell in row if isinstance(cell.value, (int, float))]


def test_a_column_of_the_scorecard_is_sorted_by_its_numbers(report: Any) -> None:
    values = {("410102", RADIUS): 0.095, ("410103", RADIUS): 0.71}
    own = report.findings.copy()
    for (district, rule), value in values.items():
        here = (own["level"] == "district") & (own["district"] == district) & (own["rule"] == rule)
        own.loc[here, ["value", "value_unit", "verdict"]] = [value, "share", "fail"]
    sheet = opened(workbook_bytes(replace(report, findings=own))).worksheets[0]
    column = [row["养老设施500米服务半径"][0] for row in scores(sheet)]
    assert column == [0.095, 0.71]  # as text, 71 would stand before 9.5
    assert sorted(column) == column


@pytest.mark.parametrize(
    ("value", "unit", "form"),
    [(-3.0, "places", '"✗ "#,##0" 座 *";"✗ "-#,##0" 座 *"'), (1234.0, "m", '"✗ "#,##0" m 座 *"')],
)
def test_words_around_a_number_are_its_format(value: float, unit: str, form: str) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    cells_ = Cells(book)
    cells_.measured(cells_.sheet("s"), 0, 0, value, unit, around=("✗ ", " 座 *"))
    book.close()
    cell = opened(out.getvalue())["s"]["A1"]
    assert (cell.value, cell.number_format) == (value, form)


def test_headings_are_english_where_that_is_asked_for() -> None:
    book = opened(workbook_bytes(fake_report(), "en"))  # type: ignore[arg-type]
    assert book.sheetnames[0] == "Scorecard"
    assert {"Clauses", "Data quality", "Gap patches"} <= set(book.sheetnames)
    assert set(table(book["02 Every community has one"])[0]) >= {"Level", "Code", "Verdict", "People missed"}
    shown = "".join(str(cell.value) for sheet in book for row in sheet.iter_rows(max_row=4) for cell in row)
    assert "synthetic data" in shown


def test_the_book_opens_as_it_was_on_the_day_of_the_data(book: Any) -> None:
    assert book.properties.created.date().isoformat() == "2020-12-31"
    content = workbook_bytes(fake_report())  # type: ignore[arg-type]
    assert content == workbook_bytes(fake_report())  # type: ignore[arg-type]
    assert workbook_is_whole(content)
    assert not workbook_is_whole(content[:-100])
    assert not workbook_is_whole(content.replace(b"PK\x05\x06", b"PK\x05\x07"))


def test_hostile_names_are_text_in_every_cell(shared: Path) -> None:
    more = [
        *shared_names(shared),
        "@SUM(A1)",
        "-1+1",
        "\tTAB",
        "http://127.0.0.1/",
        "mailto:a@b",
        "'quoted",
        "_x0041_",
    ]
    say = Hostile(more)
    content = workbook_bytes(fake_report(say))  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            text = archive.read(name)
            assert b"<f>" not in text.replace(b"<cfRule", b""), name
            assert b"<f " not in text, name
            assert b"<hyperlink" not in text, name
            assert b"externalLink" not in text, name
    book = opened(content)
    found = cells(book)
    assert {cell.data_type for cell in found} <= {"s", "n"}
    assert not [cell for cell in found if cell.hyperlink]
    told = "\n".join(str(cell.value) for cell in found)
    for plain in (
        "中原区",
        "二七区",
        "养老设施500米服务半径",
        "服务半径不超过500米",
        "枫林日间照料中心",
        "东苑社区",
        "单元.gpkg",
    ):
        assert say.said[plain] in told, plain
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames)
    for name in book.sheetnames:
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name == name.strip("'")


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "http://127.0.0.1/", "{=1}", "internal:A1"])
def test_text_that_looks_like_a_formula_or_a_link_is_text_wherever_it_stands(start: str) -> None:
    book = opened(workbook_bytes(fake_report(lambda plain: start + plain)))  # type: ignore[arg-type]
    found = [cell for cell in cells(book) if str(cell.value).startswith(start)]
    assert len(found) > 40
    assert {cell.data_type for cell in found} == {"s"}
    assert not [cell for cell in found if cell.hyperlink]


def test_what_a_cell_cannot_hold_is_mended_and_told() -> None:
    report = fake_report()
    report.study.units["name"] = "x"
    report.findings["note_zh"] = "阳" * 40_000
    report.findings["note_en"] = "bell\x07 and \x1b"
    for lang, told in (("zh", "32,767"), ("en", "control characters")):
        book = opened(workbook_bytes(report, lang))  # type: ignore[arg-type]
        found = cells(book)
        assert max(len(str(cell.value)) for cell in found) <= 32_767
        assert not [cell for cell in found if "\x07" in str(cell.value) or "_x0007_" in str(cell.value)]
        quality = [str(cell.value) for cell in found if cell.parent.title in ("数据质量", "Data quality")]
        assert [line for line in quality if told in line]


def test_many_rules_stand_below_each_other_so_that_a_page_is_wide_enough() -> None:
    report = fake_report()
    copies = [rule.model_copy(update={"id": f"{rule.id}-{n}"}) for n in range(8) for rule in report.rules]
    findings = [report.findings.assign(rule=report.findings["rule"] + f"-{n}") for n in range(8)]
    report = replace(report, rules=tuple(copies), findings=pd.concat(findings))
    book = opened(workbook_bytes(report))  # type: ignore[arg-type]
    rows = table(book.worksheets[0])
    assert len(rows) == 24
    first = scores(book.worksheets[0])[0]
    assert first["中原区"] == (pytest.approx(0.7124), '"✗ "0.0 %')
    assert first["全市"][1].startswith('"✗ ')
    assert len(set(book.sheetnames)) == 24 + 4


@given(
    drawn.shares() | drawn.grid(0, 1e7, drawn.CENTIMETRE) | st.integers(0, 2000).map(lambda eighth: eighth / 8),
    st.sampled_from(["share", "m", "beds", ""]),
    st.none() | drawn.shares(),
)
@example(0.0625, "share", None)
@example(0.125, "", None)
@example(0.99997, "share", 1.0)
@example(1e-9, "", None)
def test_a_number_in_a_cell_reads_as_on_the_pages(value: float, unit: str, against: float | None) -> None:
    form = number_format(value, unit, against)
    if form.startswith('"'):
        shown = form.strip('"')
    else:  # as a spreadsheet does it: halves are rounded up
        digits = form.split("0.")[1].count("0") if "0." in form else 0
        scaled = Decimal(repr(value)) * (100 if unit == "share" else 1)
        shown = f"{scaled.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,}" + {"share": " %", "m": " m"}.get(
            unit, ""
        )
        assert form.endswith({"share": " %", "m": '" m"'}.get(unit, "0"))
    assert shown == value_text(value, unit, against)


def test_a_list_that_is_cut_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zzgeo.reporting.desk.workbook.MOST_UNITS", 2)
    monkeypatch.setattr("zzgeo.reporting.desk.workbook.MOST_GAPS", 1)
    book = opened(workbook_bytes(fake_report()))  # type: ignore[arg-type]
    sheet = rule_sheet(book, "15分钟健身圈")
    assert len([row for row in table(sheet) if row["级别"] == "社区（村）"]) == 2
    assert "findings.csv" in str(sheet["A5"].value)
    assert "gaps.csv" in str(book["缺口片区"]["A4"].value)


def test_zones_stand_on_a_sheet_of_their_own() -> None:
    report = fake_report()
    zone = report.findings[(report.findings["level"] == "district") & (report.findings["district"] == CODES[0])]
    zone = zone.assign(level="zone", district="410171", district_name="经开区")
    report = replace(report, findings=pd.concat([report.findings, zone]))
    book = opened(workbook_bytes(report))  # type: ignore[arg-type]
    assert [row["区县"] for row in table(book["功能区"])][:1] == ["经开区"]
    assert "经开区" not in [row["区县"] for row in table(book.worksheets[0])]
    assert [row["名称"] for row in table(rule_sheet(book, "15分钟健身圈")) if row["级别"] == "功能区"] == ["经开区"]


def test_figures_of_the_whole_city_have_a_sheet() -> None:
    report = fake_report()
    of_city = (report.findings["rule"] != CIRCLE) | (report.findings["level"] == "city")
    report = replace(report, findings=report.findings[of_city])
    book = opened(workbook_bytes(report))  # type: ignore[arg-type]
    rows = table(book["全市指标"])
    assert [(row["条款"], row["结论"]) for row in rows] == [("15分钟健身圈", "✗ 不达标")]
    assert RADIUS in report.reach
