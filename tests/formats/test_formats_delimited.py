"""CSV and TSV: any encoding, titles and totals, damaged rows; every line is a row of the table or listed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import aside, noted, problems, read, refused, write

from zzgeo.errors import InputError
from zzgeo.formats.parts.encodings import encoding_of
from zzgeo.formats.parts.grid import header_at, no_record

HEAD = "编号,名称,类别,床位"
ROWS = [f"F{n:03d},金水区第{n}养老驿站,日间照料,{10 * n}" for n in range(1, 9)]
TEXT = "\n".join([HEAD, *ROWS]) + "\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
    ],
)
def test_every_encoding_gives_the_same_table_and_is_told(tmp_path, encoding, found):
    raw = read(write(tmp_path / "a.csv", TEXT.encode(encoding)))
    assert raw.table.columns.tolist() == HEAD.split(",")
    assert raw.table["名称"].tolist() == [row.split(",")[1] for row in ROWS]
    assert raw.table.index.tolist() == list(range(2, 10))
    assert [note.value for note in raw.notes] == ([found] if found else [])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="gb18030", exclude_characters='",\r\n\x00'), min_size=1), min_size=1, max_size=9
    ),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_text_comes_through_whatever_it_is(tmp_path_factory, words, encoding):
    words = [word.strip() for word in words if word.strip()] or ["x"]
    text = "编号,名称\n" + "".join(f"F{n},卫生院{word}\n" for n, word in enumerate(words))
    path = write(tmp_path_factory.mktemp("csv") / "a.csv", text.encode(encoding))
    assert read(path).table["名称"].tolist() == [f"卫生院{word}" for word in words]


def test_lines_in_another_encoding_are_named_never_guessed(tmp_path):
    lines = [HEAD, *ROWS]
    for few, most in (("gb18030", "utf-8"), ("utf-8", "gb18030")):
        data = b"\n".join(line.encode(few if n in (3, 6) else most) for n, line in enumerate(lines, start=1))
        [problem] = problems(write(tmp_path / "a.csv", data))
        assert (problem.code, problem.rows) == ("encoding.invalid", ("3", "6"))
    [problem] = problems(write(tmp_path / "a.csv", TEXT.encode() + b"\xff\xff\xff,\xff,1,2\n"))
    assert (problem.code, problem.rows) == ("encoding.invalid", ("10",))


def test_a_long_gbk_file_is_not_mistaken_for_mixed(tmp_path):
    """Some short words of GBK are UTF-8 by chance; common characters are believed to be what they are."""
    rng = random.Random(7)
    letters = [bytes([lead, trail]).decode("gb2312") for lead in range(0xB0, 0xD7) for trail in range(0xA1, 0xFA)]
    words = ["".join(rng.choices(letters, k=rng.randint(1, 4))) for _ in range(20_000)]
    text = "名称\n" + "\n".join(words)
    assert encoding_of(write(tmp_path / "a.csv", text.encode("gb18030"))) == "gb18030"


def test_a_text_written_as_a_formula_is_the_text(tmp_path):
    """Programs write ="0471" so that no spreadsheet reads an id as a number."""
    text = '="编号",名称,床位\n="0471","=""甲, """"乙""""""",="12"\n"=""0472""",丙,12\n=A1&"x",丁,=12\n="合计",,24\n'
    raw = read(write(tmp_path / "a.csv", text))
    assert raw.table.to_dict("list") == {
        "编号": ["0471", "0472", '=A1&"x"'],
        "名称": ['甲, "乙"', "丙", "丁"],
        "床位": ["12", "12", "=12"],
    }
    assert aside(raw) == [("5", "row.total")]


def test_a_declared_encoding_is_held_to(tmp_path):
    path = write(tmp_path / "a.csv", TEXT.encode("gb18030"))
    assert read(path, encoding="GBK").table["名称"].tolist()[0] == "金水区第1养老驿站"
    assert refused(path, encoding="utf-8") == "encoding.invalid"
    assert refused(path, encoding="klingon") == "config.invalid"


def test_zero_bytes_cost_their_row_and_no_other(tmp_path):
    data = TEXT.encode().replace("第3".encode(), "第".encode()[:2] + b"\x00\x003")
    raw = read(write(tmp_path / "a.csv", data))
    assert aside(raw) == [("4", "row.malformed")]
    assert raw.table["编号"].tolist() == ["F001", "F002", *(f"F{n:03d}" for n in range(4, 9))]
    assert refused(write(tmp_path / "b.csv", b"a\x00,b\n1,2\n")) == "file.malformed"


def test_an_open_quote_is_refused_at_its_line(tmp_path):
    text = TEXT.replace("F005,金", 'F005,"金')
    [problem] = problems(write(tmp_path / "a.csv", text))
    assert (problem.code, problem.where) == ("file.malformed", "a.csv:6")


def test_a_forgotten_quote_swallows_no_other_row(tmp_path):
    text = TEXT.replace("F003,金", 'F003,"金').replace("F006,金水区第6养老驿站", 'F006,"金水区第6""东""驿站"')
    raw = read(write(tmp_path / "a.csv", text))
    assert aside(raw) == [("4", "row.malformed")]
    assert raw.table["名称"].tolist()[4] == '金水区第6"东"驿站'
    assert len(raw.table) == 7


def test_a_quote_that_would_swallow_whole_rows_is_told_even_where_the_cells_fit(tmp_path):
    text = f'{HEAD}\nF001,"站,日间照料,1\nF002,站,日间照料,2\nF003",日间照料,3\nF004,站,日间照料,4\n'
    raw = read(write(tmp_path / "a.csv", text))
    assert raw.table["编号"].tolist() == ["F002", "F004"]
    assert [row for row, _ in aside(raw)] == ["2", "4"]


def test_a_forgotten_quote_far_from_the_next_is_refused_not_read_on(tmp_path):
    rows = [f"F{n},站,日间照料,1" for n in range(500)]
    rows[10] = 'F10,"站,日间照料,1'
    assert refused(write(tmp_path / "a.csv", "\n".join([HEAD, *rows]))) == "file.malformed"


def test_a_cell_may_hold_lines_quotes_and_delimiters(tmp_path):
    raw = read(write(tmp_path / "a.csv", '编号,名称\nF1,"上\n下, ""左"""\nF2,右\n'))
    assert raw.table.to_dict("list") == {"编号": ["F1", "F2"], "名称": ['上\n下, "左"', "右"]}
    assert raw.table.index.tolist() == [2, 4]


def test_rows_with_cells_too_many_or_too_few_are_set_aside(tmp_path):
    text = f"{HEAD}\n{ROWS[0]},x\n{ROWS[1]}\nF003,站\n\n{ROWS[3]},,\n"
    raw = read(write(tmp_path / "a.csv", text))
    assert aside(raw) == [("2", "row.ragged"), ("4", "row.ragged")]
    assert raw.table.index.tolist() == [3, 6]
    assert raw.rows_read == 4


def test_titles_above_the_header_are_skipped_and_told(tmp_path):
    text = f"郑州市养老机构一览表,,,\n单位：张,,2018年12月,\n{TEXT}"
    path = write(tmp_path / "a.csv", text)
    for wanted in ((), ("名称", "床位"), ("床位",)):
        raw = read(path, wanted=wanted)
        assert len(raw.table) == 8
        assert raw.table.columns.tolist() == HEAD.split(",")
        assert noted(raw) == ["schema.header_not_first"]
        assert raw.notes[0].rows == ("1", "2")


def test_a_header_on_the_first_line_is_no_news(tmp_path):
    assert noted(read(write(tmp_path / "a.csv", TEXT), wanted=("名称", "没有"))) == []
    years = read(write(tmp_path / "b.csv", "指标,2016,2017,2018\n床位,1,2,3\n"))
    assert years.table.columns.tolist() == ["指标", "2016", "2017", "2018"]


def test_totals_repeated_headers_and_footnotes_are_no_records(tmp_path):
    text = f"{TEXT}小　计,,,360\n{HEAD}\nF009,合计路卫生院,日间照料,5\n9,总 计,,365\n注：数据截至2018年底,,,\n"
    raw = read(write(tmp_path / "a.csv", text))
    told = [("10", "row.total"), ("11", "row.no_record"), ("13", "row.total"), ("14", "row.no_record")]
    assert aside(raw) == told
    assert raw.table["编号"].tolist()[-1] == "F009"


@pytest.mark.parametrize(
    "first",
    [
        *("合计", "总  计", "合计：", "Total", "Grand total", "小计", "本页小计", "全市合计", "累计"),
        *("郑州市合计", "金水区小计", "民办 小计", "合计（12家）", "共12家", "平均值"),
    ],
)
def test_a_total_is_told_by_its_first_word(first):
    assert no_record([None, first, "3"], ["a", "b", "c"]) == ("row.total", "a row of totals, not a record")


@pytest.mark.parametrize(
    "first", ["合计路医院", "总工会医院", "小计庄卫生室", "统计局", "计", "Totalcare", "注册医院", "共计数中心站"]
)
def test_a_name_with_the_letters_of_a_total_is_a_name(first):
    assert no_record([first, "x", "3"], ["a", "b", "c"]) is None


@pytest.mark.parametrize("row", ["113.6,34.7,金水区合计,9", "金水区,小计,,360", "S13,合计,,360"])
def test_a_total_is_told_behind_numbers_and_behind_what_it_is_the_total_of(tmp_path, row):
    raw = read(write(tmp_path / "a.csv", f"{TEXT}{row}\n"))
    assert aside(raw) == [("10", "row.total")]
    assert len(raw.table) == len(ROWS)


def test_numbers_of_columns_and_titles_of_groups_are_no_records(tmp_path):
    groups = (["一、金水区,,,", *ROWS[:4]], ["（二）中原区,,,", *ROWS[4:]])
    lines = [HEAD, "1,2,3,4", *groups[0], *groups[1], "填表人：甲,,,审核人：乙"]
    raw = read(write(tmp_path / "a.csv", "\n".join(lines) + "\n"))
    assert {(row.row, row.code) for row in raw.rejected} == {(row, "row.no_record") for row in ("2", "3", "8", "13")}
    assert raw.table["编号"].tolist() == [row.split(",")[0] for row in ROWS]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_outside_quotes(tmp_path, mark):
    lines = [["编号", "名称", "说明"], ["F1", "甲", '"一,二;三|四"'], ["F2", "乙", "五"]]
    text = "\n".join(mark.join(line) for line in lines)
    raw = read(write(tmp_path / "a.csv", text))
    assert raw.table["说明"].tolist() == ["一,二;三|四", "五"]


def test_a_first_line_that_names_the_delimiter_is_no_row(tmp_path):
    raw = read(write(tmp_path / "a.csv", "sep=;\n编号;面积\nF1;1,5\n"))
    assert raw.table.to_dict("list") == {"编号": ["F1"], "面积": ["1,5"]}
    assert raw.table.index.tolist() == [3]


def test_columns_without_a_name_are_called_by_their_place(tmp_path):
    raw = read(write(tmp_path / "a.csv", "编号,,名称,,\nF1,x,甲,,\n"))
    assert raw.table.columns.tolist() == ["编号", "column 2", "名称"]
    assert refused(write(tmp_path / "b.csv", "编号,名称,名称\n1,2,3\n")) == "schema.duplicate_column"


def test_a_header_alone_is_an_empty_table_and_blank_lines_are_none(tmp_path):
    raw = read(write(tmp_path / "a.csv", HEAD + "\n"))
    assert (raw.rows_read, raw.table.columns.tolist()) == (0, HEAD.split(","))
    assert refused(write(tmp_path / "b.csv", "\n \n\n")) == "file.empty"


def test_a_cell_of_any_length_is_a_cell(tmp_path):
    raw = read(write(tmp_path / "a.csv", f"编号,名称\nF1,{'长' * 200_000}\n"))
    assert len(raw.table["名称"].iloc[0]) == 200_000


def test_where_nothing_tells_the_header_the_first_row_is_it():
    assert header_at([["1", "2"], ["3", "4"]], []) == 0
    assert header_at([["a", "b"], ["c", "d"]], ["x", "y"]) == 0


def outcome(path):
    try:
        return read(path)
    except InputError as error:
        return error


DAMAGE = ['"', '""', ",", "\n", "\r", '",', ',"', "\x00", "合计", "\t", ";", "x"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(DAMAGE)), max_size=8), st.booleans())
def test_every_token_is_in_the_table_or_in_the_list(tmp_path_factory, damage, gbk):
    """Each row carries a word of its own; whatever is put between, no word leaves silently."""
    text = HEAD + "\n" + "".join(f"T{n}T,名{n},日间照料,{n}\n" for n in range(40))
    begin = len(HEAD) + 1
    for place, mark in damage:
        at = begin + place
        while text[at - 1] not in ",\n":
            at += 1
        text = text[:at] + mark + text[at:]
    path = write(tmp_path_factory.mktemp("rows") / "a.csv", text.encode("gb18030" if gbk else "utf-8"))
    told = outcome(path)
    if isinstance(told, InputError):
        assert [one.code for one in told.problems] == ["file.malformed"]
        return
    raw = told
    kept = " ".join(str(cell) for row in raw.table.to_numpy() for cell in row)
    listed = " ".join(row.value for row in raw.rejected)
    for n in range(40):
        assert f"T{n}T" in kept or f"T{n}T" in listed
    assert raw.rows_read == len(raw.table) + len(raw.rejected)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("utf-16", "utf-16"), ("ANSI 936", "gb18030"), ("latin-1", "iso8859-1"), ("rot13", None), ("utf\x008", None)],
)
def test_an_encoding_is_one_of_text_or_unknown(name, encoding, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("名称\n一\n".encode(encoding or "utf-8", "replace"))
    if encoding is None:
        with pytest.raises(InputError, match=r"config\.invalid.*no such encoding"):
            encoding_of(path, name)
    else:
        assert encoding_of(path, name) in (encoding, "utf-16")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_file_that_ends_within_a_row_was_cut_off_and_is_refused(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEAD}\n{ROWS[0]}\n{ROWS[1]}\nF003,站".encode(encoding))
    [problem] = problems(path)
    assert (problem.code, problem.where) == ("file.corrupt", "a.csv:4")
    path.write_bytes(f"{HEAD}\n{ROWS[0]}\n{ROWS[1]}\nF003,站\n".encode(encoding))
    assert aside(read(path)) == [("4", "row.ragged")]
    path.write_bytes(f"{HEAD}\n{ROWS[0]}\n{ROWS[1]}".encode(encoding))
    assert len(read(path).table) == 2


def test_a_header_of_damaged_bytes_is_refused(tmp_path):
    # the zero takes the line out of the judgement of encodings, and a line that ends in a return alone begins with it
    damaged = "编号,名称".encode("gb18030") + b"\rF1,\x00"
    assert refused(write(tmp_path / "a.csv", damaged)) == "encoding.invalid"
