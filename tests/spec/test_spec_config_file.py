"""Configuration is read as it is written; YAML, and whatever could grow, is refused with its lines."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.errors import InputError
from zzgeo.spec.config_file import read_config


def config(folder, text, name="study.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(folder, text, name="study.toml"):
    with pytest.raises(InputError) as caught:
        read_config(config(folder, text, name))
    return [(one.code, one.where, one.value) for one in caught.value.problems]


def test_values_are_what_is_written(tmp_path):
    toml = '\ufeffname = "郑州市"\nas_of = 2018-12-31\ncode = "0500"\n[districts]\nsource = "a.gpkg"\n'
    content = read_config(config(tmp_path, toml + '[[facilities]]\nkind = "park"\nbeds = 2.5\n'))
    assert content == {
        "name": "郑州市",
        "as_of": dt.date(2018, 12, 31),
        "code": "0500",
        "districts": {"source": "a.gpkg"},
        "facilities": [{"kind": "park", "beds": 2.5}],
    }


@pytest.mark.parametrize("name", ["study.yaml", "study.yml", "STUDY.YAML"])
def test_yaml_is_refused_and_what_it_asks_beyond_values_is_told_with_its_line(tmp_path, name):
    canary = tmp_path / "canary"
    text = f'a: 1\nx: !!python/object/apply:pathlib.Path.touch ["{canary}"]\nb: &b [1, 2]\nc: *b\ny: !mine 2\n'
    assert [(code, where) for code, where, _ in told(tmp_path, text, name)] == [
        ("config.invalid", name),
        ("config.unsafe", f"{name}:2"),
        ("config.unsafe", f"{name}:5"),
        ("config.too_large", f"{name}:3"),
    ]
    assert not canary.exists()
    plain = "name: A & B!\nnote: 5 * 3 ! 2\n"
    assert [code for code, _, _ in told(tmp_path, plain, name)] == ["config.invalid"]


@pytest.mark.parametrize("text", ["a = 1\n" * 300_000, "a = " + "[" * 100_000])
def test_what_could_grow_is_too_large(tmp_path, text):
    assert [code for code, _, _ in told(tmp_path, text)] == ["config.too_large"]


def test_every_number_that_is_not_finite_is_told_at_once(tmp_path):
    assert told(tmp_path, "a = nan\n[b]\nc = [1.0, inf]\n") == [
        ("config.invalid", "study.toml", "a"),
        ("config.invalid", "study.toml", "b.c.1"),
    ]


@pytest.mark.parametrize("text", ["a = \n", "a = 1\na = 2\n", "- 1\n", "a = '\n", "a = \x00\n"])
def test_what_is_no_configuration_is_refused(tmp_path, text):
    assert {code for code, _, _ in told(tmp_path, text)} == {"config.invalid"}


def test_other_encodings_and_missing_files_are_told(tmp_path):
    (tmp_path / "a.toml").write_bytes('name = "郑州市"'.encode("gb18030"))
    for path, code in ((tmp_path / "a.toml", "encoding.invalid"), (tmp_path / "b.toml", "file.missing")):
        with pytest.raises(InputError, match=code.replace(".", r"\.")):
            read_config(path)
    assert read_config(config(tmp_path, "")) == {}


def test_a_folder_in_place_of_a_file_is_told_as_one(tmp_path):
    with pytest.raises(InputError) as caught:
        read_config(tmp_path)
    [problem] = caught.value.problems
    assert (problem.code, problem.where) == ("file.missing", str(tmp_path))
    assert "folder" in problem.why


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=80), st.sampled_from(["a.toml", "a.yaml"]))
def test_no_text_ends_in_a_raw_exception(tmp_path_factory, text, name):
    path = tmp_path_factory.mktemp("config") / name
    path.write_bytes(text.encode())
    found = set()
    try:
        read_config(path)
    except InputError as error:
        found = {one.code for one in error.problems}
    assert found <= {"config.invalid", "config.unsafe", "config.too_large"}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (r"C:\data\区.gpkg", "C:/data/区.gpkg"),
        (r"C:\tables\new.gpkg", "C:/tables/new.gpkg"),  # a tab and a new line, for TOML
        (r"C:\users\x.csv", "C:/users/x.csv"),
        (r"\\server\share\区.gpkg", "//server/share/区.gpkg"),
        (r"data\new.csv", "data/new.csv"),
        (r"..\街道.shp", "../街道.shp"),
        ("D:\\data\\", "D:/data/"),
    ],
)
def test_a_path_with_backslashes_is_refused_with_its_right_spelling(tmp_path, written, told):
    path = tmp_path / "study.toml"
    path.write_text(f'a = 1\nsource = "{written}"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_config(path)
    [problem] = caught.value.problems
    assert (problem.code, problem.where, problem.value) == ("config.invalid", "study.toml:2", written)
    assert f"'{written}'" in problem.remedy
    assert f'"{told}"' in problem.remedy
    for right in (f"'{written}'", f'"{told}"'):
        path.write_text(f"source = {right}\n", encoding="utf-8")
        assert read_config(path)["source"] in (written, told)


def test_backslashes_that_are_meant_are_read(tmp_path):
    path = tmp_path / "study.toml"
    text = r'''a = "C:\\data\\new.csv"
b = "one\ttwo\nthree"
c = "a \"word\""
d = "\u533a.csv"
# "C:\tables\new.csv"
e = """
"C:\\x\tb.csv"
"""
f = 'C:\tables\new.csv'
'''
    path.write_text(text, encoding="utf-8")
    read = read_config(path)
    assert read["a"] == "C:\\data\\new.csv"
    assert read["b"] == "one\ttwo\nthree"
    assert read["d"] == "区.csv"
    assert read["f"] == "C:\\tables\\new.csv"


def test_a_file_saved_by_an_editor_of_windows_is_the_same(tmp_path):
    path = tmp_path / "study.toml"
    text = 'name = "郑州"\n[streets]\nsource = "街道.gpkg"\n'
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read_config(path) == {"name": "郑州", "streets": {"source": "街道.gpkg"}}


@pytest.mark.parametrize(
    ("encoding", "name", "where", "value"),
    [
        ("gbk", "郑州一", "study.toml:2", "column 9: 郑"),
        ("utf-16", "郑州一", "study.toml", "UTF-16"),
        ("latin-1", "é", "study.toml:2", "column 9: byte 0xe9"),
    ],
)
def test_another_encoding_is_told_with_its_first_character(tmp_path, encoding, name, where, value):
    path = tmp_path / "study.toml"
    path.write_bytes(f'# a\r\nname = "{name}"\r\n'.encode(encoding))
    with pytest.raises(InputError) as caught:
        read_config(path)
    [problem] = caught.value.problems
    assert (problem.code, problem.where) == ("encoding.invalid", where)
    assert problem.value == value
    assert "UTF-8" in problem.remedy
