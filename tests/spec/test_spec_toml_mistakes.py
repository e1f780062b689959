"""What planners write that TOML does not take is told with its line, the sign, and the line written right."""

from __future__ import annotations

import tomllib

import pytest

from zzgeo.errors import InputError
from zzgeo.spec.config_file import read_config
from zzgeo.spec.study_file import read_study_file
from zzgeo.spec.toml_mistakes import mistakes
from zzgeo.vocabulary.chinese import problem_line


@pytest.mark.parametrize(
    ("written", "value", "right"),
    [
        ("name = “郑州市”", "column 8: “", 'name = "郑州市"'),
        ("name = ‘郑州市’", "column 8: ‘", 'name = "郑州市"'),
        ('name = "郑州市”', "column 12: ”", 'name = "郑州市"'),
        ('name = “郑州市"', "column 8: “", 'name = "郑州市"'),
        ("name = 「郑州市」", "column 8: 「", 'name = "郑州市"'),
        ('name ＝ "郑州"', "column 6: ＝", 'name = "郑州"'),
        ('name： "郑州"', "column 5: ：", 'name = "郑州"'),
        ('name: "郑州"', "column 5: :", 'name = "郑州"'),
        ("name 郑州", "column 6: 郑", 'name = "郑州"'),
        ("name = 郑州（中）", "column 8: 郑", 'name = "郑州（中）"'),
        ('name = "郑州', "column 11: end of the line", 'name = "郑州"'),
        ("name = '郑州", "column 11: end of the line", "name = '郑州'"),
        ('title = "加快"健康"产业"', 'column 9: "', "title = '加快\"健康\"产业'"),
        (
            'columns = { a = "1，2"， b = "2"、c = 编号 }',
            "column 22: ，",
            'columns = { a = "1，2", b = "2",c = "编号" }',
        ),
        ('columns = { a: "1", 名称: "2" }', "column 14: :", 'columns = { a = "1", "名称" = "2" }'),
        ('codes = ["1"，"2"]', "column 13: ，", 'codes = ["1","2"]'),
        ('codes = ["1" "2"]', "column 13:  ", 'codes = ["1", "2"]'),
        ("codes = （1，2）", "column 9: （", "codes = [1,2]"),
        ("codes = [甲, true, 乙]", "column 10: 甲", 'codes = ["甲", true, "乙"]'),
        ("node = 是", "column 8: 是", "node = true"),
        ("node ＝ 否 ＃ 不打断", "column 6: ＝", "node = false # 不打断"),
        ("node = True", "column 8: T", "node = true"),
        ("node = yes  # cut", "column 8: y", "node = true  # cut"),
        ("as_of = 2024/1/5", "column 13: /", "as_of = 2024-01-05"),
        ("as_of = 2024年12月31日", "column 13: 年", "as_of = 2024-12-31"),
        ("as_of = 2024－12－31", "column 13: －", "as_of = 2024-12-31"),
        ("target_year = 2024年", "column 19: 年", "target_year = 2024"),
        ("value = 1,000", "column 10: ,", "value = 1000"),
        ("value = 500米", "column 12: 米", "value = 500"),
        ("value = １２", "column 9: １", "value = 12"),
        ("code = 0101", "column 8: 0", 'code = "0101"'),
        ("operator = >=", "column 12: >", 'operator = ">="'),
        ("source = data/区.gpkg", "column 10: d", 'source = "data/区.gpkg"'),
        ("source = C:\\data\\区.gpkg", "column 10: C", "source = 'C:\\data\\区.gpkg'"),
        ("【districts】", "column 1: 【", "[districts]"),
        ("[[facilities]", "column 14: end of the line", "[[facilities]]"),
        ("名称 = 1", "column 1: 名", '"名称" = 1'),
        ('name = "a" // 说明', "column 12: /", 'name = "a"  # 说明'),
        ("-- 说明", "-- 说明", "# 说明"),
        ("crs = 无", "crs = 无", "# crs = 无"),
        ("\u3000name = 1", "column 1: \u3000", "name = 1"),
        ('name = "a";', "column 11: ;", 'name = "a"'),
    ],
)
def test_a_line_that_is_not_toml_is_told_as_it_is_written_right(written, value, right):
    text = f'first = 1\n{written}\n[last]\n"键" = "“，”"\n'
    [problem] = mistakes(text, "study.toml")
    assert (problem.code, problem.where, problem.value) == ("config.invalid", "study.toml:2", value)
    assert problem.remedy == f"write: {right}"
    assert tomllib.loads(text.replace(written, right))
    told = problem_line(problem, "zh")
    assert "请写：" in told
    assert problem.why not in told


def test_all_mistakes_of_a_text_are_told_at_once_and_keys_that_stand_twice_with_both_lines():
    text = r"""name = “区”
as_of = 2024年
source = "C:\a\b.csv"
[streets]
node = 是
node = 否
[streets]
source = 'x'
[[units]]
a.b = 1
[[units]]
a.b = 1
[units]
"""
    found = [(one.where, one.value, one.why) for one in mistakes(text, "s")]
    assert [(where, value) for where, value, _ in found] == [
        ("s:1", "column 8: “"),
        ("s:2", "as_of = 2024年"),
        ("s:3", r"C:\a\b.csv"),
        ("s:5", "column 8: 是"),
        ("s:6", "column 8: 否"),
        ("s:6", "node"),
        ("s:7", "[streets]"),
        ("s:13", "[units]"),
    ]
    assert [why for *_, why in found if "already" in why] == [
        "it stands in line 5 already",
        "it stands in line 4 already",
        "it stands in line 9 already",
    ]


def test_what_is_broken_over_lines_is_told_where_it_begins():
    text = 'columns = { a = "1",\n  b = "2",\n  c = 编号 }\nname = "郑\n州"\nx = 1\n'
    found = [(one.where, one.remedy) for one in mistakes(text, "s")]
    assert found == [
        ("s:1", 'write: columns = { a = "1", b = "2", c = "编号" }'),
        ("s:4", 'write: name = "郑州"'),
    ]
    assert [one.where for one in mistakes('a = ["1",\n "2"\nb = 1\n', "s")] == ["s:2"]
    assert [one.where for one in mistakes('a = ["1",\n "2"\n', "s")] == ["s:2"]
    assert [(one.where, one.why) for one in mistakes('b = 1\na = """x\ny = 2\n', "s")] == [
        ("s:2", "what is opened here is closed nowhere")
    ]


def test_a_day_or_a_yes_in_quotes_is_told_as_it_is_written(tmp_path):
    path = tmp_path / "study.toml"
    text = 'name = "a"\njurisdiction = "x"\nas_of = "2024年1月5日"\n[districts]\nsource = "d.gpkg"\n'
    path.write_text(f'{text}[streets]\nsource = "s.gpkg"\nnode = "是"\n[demand]\nsource = "p.csv"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_study_file(path)
    assert {one.remedy for one in caught.value.problems} == {
        "write as_of = 2024-01-05, without quotes",
        "write true or false, without quotes",
    }


def test_a_text_of_many_mistakes_is_told_in_part(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text("".join(f"a{n} = 是\n" for n in range(99)), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_config(path)
    assert 10 < len(caught.value.problems) < 99
