"""Configuration is read as it is written; tags, aliases and repeated keys are refused with their lines."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.errors import InputError
from zzgeo.spec.config_file import read_config, yaml_key_lines


def config(folder, text, name="study.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(folder, text, name="study.yaml"):
    with pytest.raises(InputError) as caught:
        read_config(config(folder, text, name))
    return [(one.code, one.where, one.value) for one in caught.value.problems]


YAML = """\
name: 郑州市
as_of: 2018-12-31
country: NO
answer: yes
cutoff: 12:30
code: 0500
hex: 0x10
grouped: 1_000
beds: 20
share: 0.5
tiny: 1e-3
on: true
nothing: null
quoted: "20"
districts:
  source: districts.gpkg
  columns: {code: adcode, name: 名称}
facilities:
  - kind: hospital
  - kind: park
"""


def test_words_that_only_look_like_values_are_text(tmp_path):
    content = read_config(config(tmp_path, YAML))
    words = {name: content[name] for name in ("country", "answer", "cutoff", "code", "hex", "grouped", "quoted")}
    assert words == {
        "country": "NO", "answer": "yes", "cutoff": "12:30", "code": "0500", "hex": "0x10", "grouped": "1_000",
        "quoted": "20",
    }  # fmt: skip
    assert content["beds"] == 20
    assert (content["share"], content["tiny"], content["on"], content["nothing"]) == (0.5, 0.001, True, None)
    assert content["as_of"] == dt.date(2018, 12, 31)
    assert content["districts"]["columns"] == {"code": "adcode", "name": "名称"}
    assert [one["kind"] for one in content["facilities"]] == ["hospital", "park"]


def test_toml_and_yaml_say_the_same(tmp_path):
    toml = 'name = "郑州市"\nas_of = 2018-12-31\n[districts]\nsource = "a.gpkg"\n'
    toml += '[[facilities]]\nkind = "park"\nbeds = 2.5\n'
    yaml = "name: 郑州市\nas_of: 2018-12-31\ndistricts:\n  source: a.gpkg\nfacilities:\n- kind: park\n  beds: 2.5\n"
    assert read_config(config(tmp_path, toml, "a.toml")) == read_config(config(tmp_path, "\ufeff" + yaml, "a.yml"))


def test_a_tag_runs_nothing_and_is_refused(tmp_path):
    canary = tmp_path / "canary"
    text = f'a: 1\nx: !!python/object/apply:pathlib.Path.touch ["{canary}"]\ny: !mine 2\n'
    assert [(code, where) for code, where, _ in told(tmp_path, text)] == [
        ("config.unsafe", "study.yaml:2"), ("config.unsafe", "study.yaml:3"),
    ]  # fmt: skip
    assert not canary.exists()


@pytest.mark.parametrize(
    "text", ["a: &x [1, 2]\nb: *x\n", "a: &x 1\n", "a: 1\n" * 300_000, "a: " + "[" * 100, "[" * 100_000]
)
def test_what_could_grow_is_too_large(tmp_path, text):
    assert [code for code, _, _ in told(tmp_path, text)] == ["config.too_large"]


def test_every_fault_is_told_at_once_with_its_line(tmp_path):
    text = "radius: .nan\nb: 1\nb: 2\nc: {d: 1, d: 2}\ne: -.inf\n? [1]\n: 2\n"
    assert [where for _, where, _ in told(tmp_path, text)] == [f"study.yaml:{n}" for n in (1, 3, 4, 5, 6)]
    assert {code for code, _, _ in told(tmp_path, text)} == {"config.invalid"}
    assert told(tmp_path, "a = nan\n[b]\nc = [1.0, inf]\n", "a.toml") == [
        ("config.invalid", "a.toml", "a"), ("config.invalid", "a.toml", "b.c.1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("- 1\n", "a.yaml"), ("a: b: c\n", "a.yaml"), ("a: 1\n---\nb: 2\n", "a.yaml"), ("<<: {a: 1}\n", "a.yaml"),
        ("a: '\n", "a.yaml"), ("a: \x00\n", "a.yaml"), ("a = \n", "a.toml"),
    ],
)  # fmt: skip
def test_what_is_no_configuration_is_refused(tmp_path, text, name):
    assert {one for one, _, _ in told(tmp_path, text, name)} == {"config.invalid"}


def test_other_encodings_and_missing_files_are_told(tmp_path):
    (tmp_path / "a.yaml").write_bytes("name: 郑州市\n".encode("gb18030"))
    for path, code in ((tmp_path / "a.yaml", "encoding.invalid"), (tmp_path / "b.yaml", "file.missing")):
        with pytest.raises(InputError, match=code.replace(".", r"\.")):
            read_config(path)
    assert read_config(config(tmp_path, "")) == {}


def test_the_line_of_every_key_is_known():
    lines = yaml_key_lines(YAML)
    assert lines[("districts", "columns", "name")] == 17
    assert lines[("facilities", 1, "kind")] == 20


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_no_text_ends_in_a_raw_exception(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("yaml") / "a.yaml"
    path.write_bytes(text.encode())
    found = set()
    try:
        read_config(path)
    except InputError as error:
        found = {one.code for one in error.problems}
    assert found <= {"config.invalid", "config.unsafe", "config.too_large"}
