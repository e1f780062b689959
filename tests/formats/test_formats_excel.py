"""Workbooks as offices make them: titles, totals, merged and hidden cells, several sheets, formulas, errors, bombs."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from functools import partial

import numpy as np
import pytest
import xlsxwriter
import xlwt
from reading import aside, noted, problems, read, refused, write

HEAD = ["编号", "名称", "类别", "床位"]
ROWS = [[f"F{n:03d}", f"第{n}站", "日间照料", 10 * n] for n in range(1, 5)]


def book(path, sheets, change=lambda workbook: None):
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        change(workbook)
    return path


def edited(path, change, part="xl/worksheets/sheet1.xml"):
    """Change the text of one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_titles_and_totals_are_told_apart_from_records(tmp_path):
    rows = [["养老机构一览表"], ["单位：张"], HEAD, *ROWS, ["合计", "", "", 100]]
    raw = read(book(tmp_path / "a.xlsx", {"表": rows}), wanted=("编号", "床位"))
    assert raw.table.index.tolist() == [4, 5, 6, 7]
    assert aside(raw) == [("8", "row.total")]
    assert noted(raw) == ["schema.header_not_first"]


def test_values_are_read_as_a_person_sees_them(tmp_path):
    day = {"num_format": "yyyy-mm-dd"}

    def change(workbook):
        sheet = workbook.worksheets()[0]
        sheet.write_datetime(1, 1, dt.datetime(2016, 5, 1), workbook.add_format(day))
        sheet.write_datetime(
            2, 1, dt.datetime(2016, 5, 1, 12, 30), workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        )
        sheet.write_boolean(3, 1, True)
        sheet.write_number(4, 1, 2.5)
        sheet.write_string(5, 1, "00123")

    rows = [["编号", "值"], *[[f"F{n}", None] for n in range(5)]]
    values = read(book(tmp_path / "a.xlsx", {"表": rows}, change)).table["值"].tolist()
    assert values == ["2016-05-01", "2016-05-01 12:30:00", "TRUE", "2.5", "00123"]


@pytest.mark.parametrize("number", [14, 27, 31, 36, 50, 57, 58])
def test_a_day_in_a_built_in_format_of_chinese_is_a_day(tmp_path, number):
    def change(workbook):
        workbook.worksheets()[0].write_number(1, 1, 43466, workbook.add_format({"num_format": number}))

    path = book(tmp_path / "a.xlsx", {"表": [["编号", "开业"], ["F1", None]]}, change)
    assert read(path).table["开业"].tolist() == ["2019-01-01"]


def test_digits_a_float_would_lose_are_kept_where_the_file_has_them(tmp_path):
    path = book(tmp_path / "a.xlsx", {"表": [["编号", "名称"], [1234567, "甲"], [7654321, "乙"]]})
    edited(
        path, lambda text: text.replace(">1234567<", ">9007199254740993<").replace(">7654321<", ">9007199254740992<")
    )
    assert read(path).table["编号"].tolist() == ["9007199254740993", "9007199254740992"]


def test_error_cells_stay_visible_and_are_no_numbers(tmp_path):
    path = book(tmp_path / "a.xlsx", {"表": [HEAD, *ROWS]})
    edited(path, lambda text: re.sub(r'<c r="D3"><v>20</v></c>', '<c r="D3" t="e"><v>#DIV/0!</v></c>', text))
    assert read(path).table["床位"].tolist() == ["10", "#DIV/0!", "30", "40"]


def formulas(path, cells, value=None):
    def change(workbook):
        for cell in cells:
            workbook.worksheets()[0].write_formula(cell, "=1+1", None, value if value is not None else "")

    book(path, {"表": [HEAD, *ROWS]}, change)
    return path if value is not None else edited(path, lambda text: re.sub(r"(</f>)<v></v>", r"\1", text))


def test_a_formula_without_a_value_costs_its_row(tmp_path):
    path = formulas(tmp_path / "a.xlsx", ["D3"])
    raw = read(path, wanted=("编号", "床位"))
    assert aside(raw) == [("3", "xlsx.formula_without_value")]
    assert raw.rejected[0].field == "床位"
    assert raw.table["编号"].tolist() == ["F001", "F003", "F004"]


def test_a_formula_nobody_reads_costs_nothing_but_a_word(tmp_path):
    raw = read(formulas(tmp_path / "a.xlsx", ["C3"]), wanted=("编号", "床位"))
    assert len(raw.table) == 4
    assert noted(raw) == ["xlsx.formula_without_value"]


def test_a_column_of_formulas_without_values_is_refused(tmp_path):
    [problem] = problems(formulas(tmp_path / "a.xlsx", ["D2", "D3", "D4", "D5"]))
    assert (problem.code, problem.rows) == ("xlsx.formula_without_value", ("2", "3", "4", "5"))


def test_a_formula_with_its_value_is_a_value(tmp_path):
    raw = read(formulas(tmp_path / "a.xlsx", ["D2", "D3"], value=7))
    assert raw.table["床位"].tolist() == ["7", "7", "30", "40"]
    assert noted(raw) == []


def merged(workbook):
    sheet = workbook.worksheets()[0]
    sheet.merge_range("C2:C4", "日间照料")
    sheet.merge_range("D3:D4", 25)


def test_text_of_a_merged_cell_is_taken_for_its_rows_and_numbers_are_not(tmp_path):
    raw = read(book(tmp_path / "a.xlsx", {"表": [HEAD, *[row[:2] for row in ROWS]]}, merged))
    assert raw.table["类别"].tolist()[:3] == ["日间照料"] * 3
    assert raw.table["床位"].tolist()[1] == "25"
    assert raw.table["类别"].isna().tolist() == [False, False, False, True]
    assert raw.table["床位"].isna().tolist() == [True, False, True, True]
    [note] = raw.notes
    assert (note.code, note.rows) == ("xlsx.merged_cells", ("2", "3", "4"))
    assert "C2:C4" in note.value


def test_a_merged_title_is_a_title(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        {"表": [[], HEAD, *ROWS]},
        lambda workbook: workbook.worksheets()[0].merge_range("A1:D1", "一览表"),
    )
    assert noted(read(path)) == ["schema.header_not_first"]


def test_the_sheet_with_the_wanted_columns_is_taken_and_said(tmp_path):
    def hide(workbook):
        workbook.worksheets()[2].hide()

    path = book(tmp_path / "a.xlsx", {"说明": [["本表说明"]], "表": [HEAD, *ROWS], "旧": [HEAD, *ROWS]}, hide)
    raw = read(path, wanted=("编号", "床位"))
    assert len(raw.table) == 4
    assert noted(raw) == ["xlsx.several_sheets"]
    assert "read: 表" in raw.notes[0].value
    assert "旧 (hidden)" in raw.notes[0].value
    assert refused(path, wanted=("没有", "也没有")) == "layer.ambiguous"
    assert noted(read(path, sheet="旧")) == ["xlsx.hidden"]


def test_two_sheets_that_fit_are_asked_about(tmp_path):
    path = book(tmp_path / "a.xlsx", {"一": [HEAD, *ROWS], "二": [HEAD, *ROWS]})
    assert refused(path, wanted=("编号", "床位")) == "layer.ambiguous"
    empty = book(tmp_path / "b.xlsx", {"一": [HEAD, *ROWS], "二": [HEAD]})
    assert len(read(empty, wanted=("编号", "床位")).table) == 4


def test_hidden_rows_and_columns_are_read_and_named(tmp_path):
    def hide(workbook):
        workbook.worksheets()[0].set_row(2, None, None, {"hidden": True})
        workbook.worksheets()[0].set_column("C:C", None, None, {"hidden": True})

    raw = read(book(tmp_path / "a.xlsx", {"表": [HEAD, *ROWS]}, hide))
    assert len(raw.table) == 4
    assert [(note.code, note.value) for note in raw.notes] == [("xlsx.hidden", "rows 3"), ("xlsx.hidden", "类别")]


def test_a_list_may_begin_anywhere_in_its_sheet(tmp_path):
    def change(workbook):
        sheet = workbook.add_worksheet("表")
        for number, row in enumerate([HEAD, *ROWS]):
            sheet.write_row(4 + number, 2, row)

    raw = read(book(tmp_path / "a.xlsx", {}, change))
    assert raw.table.index.tolist() == [6, 7, 8, 9]
    assert raw.table["编号"].tolist() == ["F001", "F002", "F003", "F004"]


def test_cells_beyond_the_header_are_no_part_of_a_record(tmp_path):
    raw = read(book(tmp_path / "a.xlsx", {"表": [HEAD, *ROWS, ["F9", "站", "x", 1, "多"]]}))
    assert aside(raw) == [("6", "row.ragged")]


def test_one_value_in_the_last_corner_does_not_fill_the_memory(tmp_path):
    path = book(tmp_path / "a.xlsx", {"表": [["a"]]}, lambda book: book.worksheets()[0].write(1_048_575, 16_383, 1))
    assert refused(path) == "file.too_large"


def test_a_document_type_in_any_part_is_refused(tmp_path):
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"):
        path = book(tmp_path / "a.xlsx", {"表": [HEAD, *ROWS]})
        edited(
            path, lambda text: text.replace("?>", '?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', 1), part
        )
        assert refused(path) == "xml.entity_refused"


def test_a_damaged_workbook_is_refused_by_name(tmp_path):
    path = book(tmp_path / "a.xlsx", {"表": [HEAD, *ROWS]})
    assert refused(write(tmp_path / "b.xlsx", path.read_bytes()[:-200])) == "file.corrupt"
    edited(path, lambda text: text[: len(text) // 2])
    assert refused(path) == "file.corrupt"
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert refused(write(tmp_path / "c.xls", ole)) == "file.corrupt"
    assert refused(book(tmp_path / "d.xlsx", {"表": []})) == "layer.empty"


@pytest.mark.parametrize("seed", range(6))
def test_every_token_of_a_workbook_is_in_the_table_or_in_the_list(tmp_path, seed):
    rng = np.random.default_rng(seed)
    rows = [["标题"], [], HEAD]
    for n in range(60):
        row = [f"T{n}T", f"第{n}站", "日间照料", int(rng.integers(1, 99))]
        if rng.random() < 0.2:
            row = [["合计", "", "", f"T{n}T"], [*row, "x"], ["注：" + row[0]], [None, None, None, row[0]]][
                rng.integers(4)
            ]
        rows.append(row)
    raw = read(book(tmp_path / "a.xlsx", {"表": rows}), wanted=("编号", "名称"))
    kept = " ".join(str(cell) for row in raw.table.to_numpy() for cell in row)
    listed = " ".join(row.value for row in raw.rejected)
    assert all((f"T{n}T" in kept) != (f"T{n}T" in listed) for n in range(60))
    assert raw.rows_read == 60


def test_a_workbook_of_the_old_format_is_read_alike(tmp_path):
    workbook = xlwt.Workbook(encoding="utf-8")
    sheet, hidden = workbook.add_sheet("表", cell_overwrite_ok=True), workbook.add_sheet("旧")
    hidden.visibility = 1
    for number, row in enumerate([["一览表"], HEAD, *ROWS, ["合计", "", "", 100]]):
        for column, value in enumerate(row):
            sheet.write(number, column, value)
    sheet.merge(2, 4, 2, 2)
    workbook.save(str(tmp_path / "a.xls"))
    raw = read(tmp_path / "a.xls", wanted=("编号", "床位"))
    assert raw.table["编号"].tolist() == ["F001", "F002", "F003", "F004"]
    assert raw.table["床位"].tolist() == ["10", "20", "30", "40"]
    assert aside(raw) == [("7", "row.total")]
    assert {"xlsx.several_sheets", "schema.header_not_first"} <= set(noted(raw))


def test_a_workbook_keeps_ids_as_text_and_counts_its_own_rows(tmp_path):
    rows = [["编号", "名称", "床位"], ["00123", "甲", 20], [], ["9007199254740993", "乙", 2.5]]
    raw = read(book(tmp_path / "a.xlsx", {"表": rows}))
    assert raw.table.index.tolist() == [2, 4]
    assert raw.table["编号"].tolist() == ["00123", "9007199254740993"]
    assert raw.table["床位"].tolist() == ["20", "2.5"]


def test_a_workbook_with_several_sheets_asks_which(tmp_path):
    path = book(tmp_path / "a.xlsx", {"一": [["a"], [1]], "二": [["b"], [2], [3]]})
    assert refused(path) == "layer.ambiguous"
    assert refused(path, sheet="三") == "layer.missing"
    assert read(path, sheet="二").rows_read == 2


def with_merged(path, rows, *areas):
    """Write rows, with areas such as (first row, first column, last row, last column) merged."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for top, left, bottom, right in areas:
        sheet.merge_range(top, left, bottom, right, rows[top][left])
    for number, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None and not any(a == number and b == column for a, b, _, _ in areas):
                sheet.write(number, column, cell)
    book.close()
    return path


@pytest.mark.parametrize("merged", [True, False])
@pytest.mark.parametrize("wanted", [(), ("名称", "经度", "纬度")])
@pytest.mark.parametrize("title", [0, 1])
def test_a_header_of_two_rows_is_one_header(tmp_path, merged, wanted, title):
    rows = [["养老设施一览表"]] * title
    rows += [["编号", "名称", "坐标", None, "床位", None], [None, None, "经度", "纬度", "核定", "实有"]]
    rows += [[f"S{n}", f"第{n}站", 113.6 + n, 34.7, 10, 9] for n in range(3)]
    areas = [(title, 2, title, 3), (title, 4, title, 5)]
    areas += [(title, 0, title + 1, 0), (title, 1, title + 1, 1)] if merged else []
    raw = read(with_merged(tmp_path / "a.xlsx", rows, *areas), wanted=wanted)
    assert list(raw.table.columns) == ["编号", "名称", "经度", "纬度", "核定", "实有"]
    assert raw.table["名称"].tolist() == ["第0站", "第1站", "第2站"]
    assert raw.table.index.tolist() == [3 + title, 4 + title, 5 + title]
    assert not raw.rejected


def test_columns_of_one_name_under_two_headings_bear_both(tmp_path):
    rows = [["名称", "男", None, "女", None], [None, "人数", "比例", "人数", "比例"], ["甲", 1, 0.5, 1, 0.5]]
    path = with_merged(tmp_path / "a.xlsx", rows, (0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4))
    assert list(read(path).table.columns) == ["名称", "男 人数", "男 比例", "女 人数", "女 比例"]


def test_a_title_merged_over_all_columns_is_no_part_of_the_header(tmp_path):
    rows = [["一览表", None, None], ["名称", "经度", "纬度"], ["甲", 113.6, 34.7]]
    raw = read(with_merged(tmp_path / "a.xlsx", rows, (0, 0, 0, 2)), wanted=("名称", "经度"))
    assert list(raw.table.columns) == ["名称", "经度", "纬度"]
    assert noted(raw) == ["schema.header_not_first"]


@pytest.mark.parametrize(("count", "told"), [("4", ""), ("40", ""), ("4000", "file.corrupt")])
def test_a_count_of_texts_that_cannot_be_is_refused_before_it_is_believed(tmp_path, count, told):
    path = book(tmp_path / "a.xlsx", {"表": [HEAD, *ROWS]})
    change = partial(re.sub, r'uniqueCount="\d+"', f'uniqueCount="{count}"')
    edited(path, change, "xl/sharedStrings.xml")
    if told:
        assert refused(path) == told
    else:
        assert len(read(path).table) == 4
