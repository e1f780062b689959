"""The acceptance test sees every kind of difference between two results, and counts none that is allowed."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import docx
import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
from openpyxl.formatting.rule import Rule
from openpyxl.styles import PatternFill
from openpyxl.styles.differential import DifferentialStyle
from PIL import Image

from benchmarks.acceptance import __main__ as command
from benchmarks.acceptance import builds, studies
from benchmarks.acceptance.builds import Run, WrongBuild, check_build, digests, read_run, revision_of
from benchmarks.acceptance.differences import aligned, shown
from benchmarks.acceptance.files import KINDS, folder_differences
from benchmarks.acceptance.pages import browser
from benchmarks.acceptance.report import (
    Allowance,
    FileResult,
    StudyResult,
    WrongAllowance,
    compared,
    compared_file,
    read_allowances,
    summary,
    told,
)
from benchmarks.acceptance.studies import Absent, Study

FINDINGS = '\ufeff"finding_id","rule","value","verdict"\r\n"a/1","a","0.5","fail"\r\n"a/2","a","1","pass"\r\n'
#: No column of it is another for every row.
PLAIN = "size,share\n1,0.5\n1,0.5\n2,0.5\n3,0.7\n"
AUDIT = {
    "zzgeo": "1.0",
    "environment": {"python": "3.11"},
    "parameters": {"speed": 1.1},
    "files": ["a", "b"],
    "findings": [{"finding_id": "a/1", "value": 0.5, "verdict": "fail"}, {"finding_id": "a/2", "value": 1}],
}
ISLAND = {"version": "1.0", "rules": [{"id": "a", "title": "养老"}, {"id": "b", "title": "健身"}], "shape": [1, 2, 3]}
SHELL = """<!DOCTYPE html><html><head>
<meta http-equiv="Content-Security-Policy" content="script-src 'sha256-{digest}='">
<style>p {{ color: red }}</style><script>const a = {code};
document.title = "x";</script></head>
<body><p>{words}</p><script type="application/json" id="zz-data">{island}</script></body></html>
"""


def packed(data: object, level: int = 4) -> str:
    content = base64.b64encode(zlib.compress(json.dumps(data, ensure_ascii=False).encode(), level)).decode()
    return json.dumps({"packed": content})


def page(island: str = "", code: int = 1, words: str = "缺口", digest: str = "abc") -> str:
    return SHELL.format(island=island or json.dumps(ISLAND), code=code, words=words, digest=digest)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("result") / "before"
    for name in ("maps", "slides", "assets"):
        (folder / name).mkdir(parents=True)
    for name, text in {
        "findings.csv": FINDINGS,
        "plain.csv": PLAIN,
        "audit.json": json.dumps(AUDIT),
        "index.html": page(),
        "maps/a.html": page(packed(ISLAND)),
        "assets/map.js": "draw();\nlegend();\n",
        "assets/zz.css": "p { color: red }\n",
        "read.txt": "one\ntwo\nthree\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    layer = gpd.GeoDataFrame(
        {"gap_id": ["a/1", "a/2"], "missed": [10, 20]}, geometry=shapely.points([[0, 0], [5, 5]]), crs=4547
    )
    layer.to_file(folder / "layers.gpkg", layer="gaps")
    with closing(sqlite3.connect(folder / "layers.gpkg")) as file, file:
        file.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, f_table_name TEXT, styleName TEXT, style TEXT)"
        )
        file.execute("INSERT INTO layer_styles VALUES (1, 'gaps', '缺口', '<red/>')")
    book = openpyxl.Workbook()
    book.active.title = "总表"
    for row in (["区县", "覆盖率"], ["中原区", 0.5], ["二七区", 0.7]):
        book.active.append(row)
    red = DifferentialStyle(fill=PatternFill(bgColor="FFFF0000"))
    book.active.conditional_formatting.add("B2:B3", Rule("expression", dxf=red, formula=["B2<1"]))
    book.save(folder / "scorecard.xlsx")
    Image.new("RGB", (20, 10), "white").save(folder / "slides" / "city.png")
    document = docx.Document()
    document.add_paragraph("未覆盖 10 人")
    document.add_picture(str(folder / "slides" / "city.png"))
    document.save(folder / "report.docx")
    return folder


@pytest.fixture
def after(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "after"))


def differing(before: Path, after: Path) -> dict[str, FileResult]:
    """Return what differs of two folders, by file."""
    results = [compared_file("toy", *one, []) for one in folder_differences(before, after)]
    return {one.name: one for one in results if one.cells or one.code}


def test_a_folder_and_its_copy_say_the_same(whole, after):
    results = [compared_file("toy", *one, []) for one in folder_differences(whole, after)]
    assert len(results) == 12
    assert {one.state for one in results} == {"same"}


def test_other_bytes_that_say_the_same_are_no_difference(whole, after):
    (after / "findings.csv").write_text(FINDINGS[1:].replace('"', "").replace("\r\n", "\n"), encoding="utf-8")
    shuffled = {name: AUDIT[name] for name in sorted(AUDIT)} | {"zzgeo": "2.0", "environment": {}}
    (after / "audit.json").write_text(json.dumps(shuffled, indent=1), encoding="utf-8")
    (after / "maps" / "a.html").write_text(page(packed(ISLAND | {"version": "2"}, 9), digest="d"), encoding="utf-8")
    nearly = np.array(Image.open(whole / "slides" / "city.png"))
    nearly[3, 4] = (254, 255, 253)
    Image.fromarray(nearly).save(after / "slides" / "city.png", compress_level=1)
    recoded = (after / "slides" / "city.png").read_bytes()
    with zipfile.ZipFile(whole / "report.docx") as old, zipfile.ZipFile(after / "report.docx", "w") as new:
        for name in reversed(old.namelist()):
            new.writestr(name, recoded if name.endswith(".png") else old.read(name))
    with closing(sqlite3.connect(after / "layers.gpkg")) as file:
        file.execute("PRAGMA page_size = 8192")
        file.execute("VACUUM")
    results = {one.name: one for one in (compared_file("toy", *one, []) for one in folder_differences(whole, after))}
    changed = {"findings.csv", "audit.json", "maps/a.html", "slides/city.png", "report.docx", "layers.gpkg"}
    assert {name for name, one in results.items() if one.state == "same (other bytes)"} == changed
    assert differing(whole, after) == {}


def _text(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        text = path.read_bytes().decode("utf-8")
        assert text.count(old) == 1
        path.write_bytes(text.replace(old, new).encode("utf-8"))

    return change


def _sql(statement: str, *values: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as file, file:
            # the triggers of the index of places call functions only SpatiaLite has
            for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                file.execute(f'DROP TRIGGER "{name}"')
            file.execute(statement, values)

    return change


def _cell(value: object = None, fill: str = "") -> Callable[[Path], None]:
    def change(path: Path) -> None:
        book = openpyxl.load_workbook(path)
        cell = book["总表"]["B2"]
        if fill:
            cell.fill = PatternFill("solid", fill)
        else:
            cell.value = value
        book.save(path)

    return change


def _width(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["总表"].column_dimensions["B"].width = 40
    book.save(path)


def _rule_of_looks(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    for rules in book["总表"].conditional_formatting:
        for rule in rules.rules:
            rule.dxf.fill.bgColor.rgb = "FF00FF00"
    book.save(path)


def _part(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with zipfile.ZipFile(path) as file:
            parts = {one: file.read(one) for one in file.namelist()}
        assert parts[name].count(old) == 1
        parts[name] = parts[name].replace(old, new)
        with zipfile.ZipFile(path, "w") as file:
            for one, content in parts.items():
                file.writestr(one, content)

    return change


def _pixel(path: Path) -> None:
    pixels = np.array(Image.open(path))
    pixels[3, 4] = (255, 0, 0)
    Image.fromarray(pixels).save(path)


def _smaller(path: Path) -> None:
    Image.new("RGB", (20, 9), "white").save(path)


MOVED = b"GP\x00\x01" + (4547).to_bytes(4, "little") + shapely.to_wkb(shapely.Point(3, 4), byte_order=1)


@pytest.mark.parametrize(
    ("file", "change", "row", "column", "before", "after_text"),
    [
        ("findings.csv", _text('"0.5"', '"0.6"'), "a/1", "value", "0.5", "0.6"),
        ("findings.csv", _text('"a/2"', '"a/3"'), "a/2", "(row)", "a/2 | a | 1 | pass", "—"),
        ("findings.csv", _text(',"verdict"', ',"judged"'), "(columns)", "verdict", "there", "—"),
        ("plain.csv", _text("2,0.5", "2,0.6"), "row 3", "share", "0.5", "0.6"),
        ("plain.csv", _text("2,0.5\n", ""), "row 3", "(row)", "2 | 0.5", "—"),
        ("audit.json", _text("1.1", "1.10"), "parameters", "speed", "1.1", "1.10"),
        ("audit.json", _text('"value": 1}', '"value": true}'), "findings/a/2", "value", "1", "true"),
        ("audit.json", _text(', "verdict": "fail"', ""), "findings/a/1", "verdict", "fail", "—"),
        ("audit.json", _text(', "b"', ""), "files", "1", "b", "—"),
        ("index.html", _text('"\\u5065\\u8eab"', '""'), "data/rules/b", "title", "健身", '""'),
        ("index.html", _text("2, 3]", "2, 4]"), "data/shape", "2", "3", "4"),
        ("index.html", _text("缺口", "空白"), "line 7", "markup", "<p>缺口</p>", "<p>空白</p>"),
        ("layers.gpkg", _sql("UPDATE gaps SET missed = 11 WHERE missed = 10"), "gaps: a/1", "missed", "10", "11"),
        ("layers.gpkg", _sql("UPDATE gaps SET missed = NULL WHERE fid = 1"), "gaps: a/1", "missed", "10", "NULL"),
        ("layers.gpkg", _sql("DELETE FROM gaps WHERE fid = 2"), "gaps: a/2", "(row)", None, "—"),
        (
            "layers.gpkg",
            _sql("UPDATE layer_styles SET style = '<blue/>'"),
            "layer_styles: gaps",
            "style",
            "<red/>",
            "<blue/>",
        ),
        ("layers.gpkg", _sql("CREATE TABLE more (a TEXT)"), "(tables)", "more", "—", "there"),
        ("scorecard.xlsx", _cell(0.6), "总表: row 2", "B", "0.5", "0.6"),
        ("slides/city.png", _pixel, "picture", "pixels", "rgba [255, 255, 255, 255]", None),
        ("slides/city.png", _smaller, "picture", "size", "20 x 10", "20 x 9"),
        ("read.txt", _text("two", "2"), "line 2", "text", "two", "2"),
        ("read.txt", _text("two\n", ""), "line 2", "text", "two", "—"),
    ],
)
def test_a_difference_is_seen_where_it_is(whole, after, file, change, row, column, before, after_text):
    change(after / file)
    results = differing(whole, after)
    assert set(results) == {file}
    first = results[file].first[0]
    assert (first.row, first.column) == (row, column)
    assert before in (None, first.before)
    assert after_text in (None, first.after)
    assert results[file].code == 0


@pytest.mark.parametrize(
    ("file", "change", "says"),
    [
        ("scorecard.xlsx", _cell(fill="FFD7191C"), "FFD7191C"),
        ("scorecard.xlsx", _width, "width"),
        ("scorecard.xlsx", _rule_of_looks, "FF00FF00"),
        ("report.docx", _part("word/document.xml", "10 人".encode(), "11 人".encode()), "11 人"),
        ("layers.gpkg", _sql("UPDATE gaps SET geom = ? WHERE fid = 1", MOVED), "(5 apart)"),
        ("layers.gpkg", _sql("ALTER TABLE gaps RENAME COLUMN missed TO people"), "missed"),
    ],
)
def test_looks_parts_and_outlines_are_seen(whole, after, file, change, says):
    change(after / file)
    results = differing(whole, after)
    assert set(results) == {file}
    assert any(says in str(one) for one in results[file].first)


def test_a_picture_inside_a_document_is_compared_by_pixels(whole, after, tmp_path):
    Image.new("RGB", (20, 10), "red").save(tmp_path / "red.png")
    white, red = (whole / "slides" / "city.png").read_bytes(), (tmp_path / "red.png").read_bytes()
    _part("word/media/image1.png", white, red)(after / "report.docx")
    first = differing(whole, after)["report.docx"].first[0]
    assert (first.row, first.column) == ("word/media/image1.png", "pixels")
    assert "200 of 200 pixels differ" in first.after


def test_data_that_are_packed_are_unpacked(whole, after):
    other = {**ISLAND, "rules": [{"id": "a", "title": "养老机构"}, ISLAND["rules"][1]]}
    (after / "maps" / "a.html").write_text(page(packed(other)), encoding="utf-8")
    (one,) = differing(whole, after)["maps/a.html"].first
    assert str(one) == "data/rules/a · title: 养老 → 养老机构"


def test_code_is_told_apart_and_once(whole, after):
    (after / "assets" / "map.js").write_text("draw();\nlegend(2);\n", encoding="utf-8")
    for name, island in (("index.html", ""), ("maps/a.html", packed(ISLAND))):
        (after / name).write_text(page(island, code=2), encoding="utf-8")
    results = differing(whole, after)
    assert {name: (one.cells, one.code) for name, one in results.items()} == {
        "assets/map.js": (0, 1), "index.html": (0, 1), "maps/a.html": (0, 1),
    }  # fmt: skip
    lines = told(StudyResult("toy", files=list(results.values())), [])
    assert "| maps/a.html | code differs (1 line) |" in lines
    assert "- code as in index.html" in lines
    assert sum("const a = 2" in line for line in lines) == 1


def test_a_row_that_is_new_does_not_shift_the_others(whole, after):
    path = after / "findings.csv"
    path.write_text(FINDINGS.replace('"a/1"', '"a/0","a","0.5","fail"\r\n"a/1"'), encoding="utf-8", newline="")
    (one,) = differing(whole, after)["findings.csv"].first
    assert (one.row, one.before) == ("a/0", "—")
    book = openpyxl.load_workbook(after / "scorecard.xlsx")
    book["总表"].insert_rows(2)
    book.save(after / "scorecard.xlsx")
    result = differing(whole, after)["scorecard.xlsx"]
    assert [(one.row, one.before) for one in result.first if one.column == "(row)"] == [("总表: row 2", "—")]


def test_another_order_of_rows_is_told_once(whole, after):
    head, first, second, _ = FINDINGS.split("\r\n")
    (after / "findings.csv").write_text("\r\n".join([head, second, first, ""]), encoding="utf-8", newline="")
    (one,) = differing(whole, after)["findings.csv"].first
    assert (one.row, one.column, one.before, one.after) == ("(rows)", "(order)", "a/1", "a/2")


def test_another_order_of_columns_or_sheets_is_told(whole, after):
    (after / "plain.csv").write_text("share,size\n0.5,1\n0.5,1\n0.5,2\n0.7,3\n", encoding="utf-8", newline="")
    (one,) = differing(whole, after)["plain.csv"].first
    assert (one.row, one.column, one.before, one.after) == ("(columns)", "(order)", "size", "share")
    for folder, names in ((whole.parent / "sheets", "ab"), (after.parent / "sheets", "ba")):
        folder.mkdir()
        book = openpyxl.Workbook()
        for name in names:
            book.create_sheet(name)
        book.save(folder / "two.xlsx")
    first = differing(whole.parent / "sheets", after.parent / "sheets")["two.xlsx"].first[0]
    assert (first.row, first.column, first.before, first.after) == ("(sheets)", "(order)", "a", "b")


def test_files_of_one_side_are_listed(whole, after):
    (after / "read.txt").rename(after / "new.txt")
    assert {name: one.state for name, one in differing(whole, after).items()} == {
        "new.txt": "only after",
        "read.txt": "only before",
    }


@pytest.mark.parametrize("name", ["layers.gpkg", "scorecard.xlsx", "audit.json", "slides/city.png", "odd.bin"])
def test_a_file_that_cannot_be_read_is_a_difference(whole, after, name):
    before = whole if name != "odd.bin" else Path(shutil.copytree(after, after.parent / "odd"))
    for folder in (before, after) if name == "odd.bin" else (after,):
        (folder / name).write_bytes(f"spoiled {folder.name}".encode())
    assert differing(before, after)[name].cells == 1


def test_every_kind_of_file_has_its_comparison(whole):
    assert {path.suffix for path in whole.rglob("*") if path.is_file()} <= set(KINDS)


def test_what_is_common_is_cut_from_long_texts():
    before, after = shown("a" * 500 + "b" + "c" * 500, "a" * 500 + "d" + "c" * 500)
    assert len(before) <= 92
    assert ("b" in before, "d" in after) == (True, True)


def test_sequences_are_set_side_by_side():
    assert list(aligned([1, 2, 3, 4], [1, 3, 4])) == [(1, None)]
    assert list(aligned([], [1])) == [(None, 0)]
    assert list(aligned([1, 2], [1, 2])) == []


ALLOW = """\
[[allow]]
file = "*.csv"
column = "value"
after = "0.[67]"
reason = "values are measured again"
[[allow]]
file = "gaps.csv"
reason = "gaps are cut otherwise"
[[allow]]
study = "elsewhere"
reason = "of a study that is not compared"
"""


def run(exit_code: int = 0, last_words: str = "", **other: object) -> Run:
    usual = {"revision": "abc", "unopened": "none here", "study": {}, "environment": {}}
    return Run(exit_code=exit_code, last_words=last_words, seconds=2.0, processor_s=1.0, **(usual | other))


@pytest.fixture
def runs(whole: Path, after: Path, tmp_path: Path) -> tuple[Path, Path]:
    homes = tmp_path / "before-run", tmp_path / "after-run"
    for home, result in zip(homes, (whole, after), strict=True):
        shutil.copytree(result, home / "result")
        for folder in ("printed", "opened"):
            (home / folder).mkdir()
            (home / folder / "said.txt").write_text("same\n", encoding="utf-8")
    return homes


def test_what_a_change_intends_is_told_with_its_reason_and_does_not_count(runs, tmp_path):
    (tmp_path / "allow.toml").write_text(ALLOW, encoding="utf-8")
    allowances = read_allowances(tmp_path / "allow.toml")
    before, after = runs
    _text('"0.5"', '"0.6"')(after / "result" / "findings.csv")
    result = compared("toy", (before, run()), (after, run()), allowances)
    assert not result.differs
    text = "\n".join(told(result, allowances))
    assert "| findings.csv | allowed (1 difference) |" in text
    assert "- allowed, 1 difference: values are measured again\n    - a/1 · value: 0.5 → 0.6" in text
    _text('"fail"', '"pass"')(after / "result" / "findings.csv")
    result = compared("toy", (before, run()), (after, run()), allowances)
    assert result.differs
    assert next(one.state for one in result.files if one.name == "findings.csv") == (
        "differs (1 cell); allowed (1 difference)"
    )


def test_an_entry_that_allows_nothing_is_told(runs, tmp_path):
    (tmp_path / "allow.toml").write_text(ALLOW, encoding="utf-8")
    allowances = read_allowances(tmp_path / "allow.toml")
    before, after = runs
    _text('"0.5"', '"0.6"')(after / "result" / "findings.csv")
    lines = summary([compared("toy", (before, run()), (after, run()), allowances)], allowances)
    assert [line for line in lines if "allows nothing" in line] == [
        "- this entry allows nothing any more: file gaps.csv (gaps are cut otherwise)"
    ]
    assert "All that was compared says the same." in lines


@pytest.mark.parametrize(
    "text", ['[[allow]]\nfile = "a"\n', '[[allow]]\nreason = "b"\nplace = "a"\n', "[[allow]\n", "allow = [1]\n"]
)
def test_an_entry_without_a_reason_or_with_an_unknown_key_is_refused(tmp_path, text, capsys):
    (tmp_path / "allow.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WrongAllowance):
        read_allowances(tmp_path / "allow.toml")


def test_a_failed_audit_is_a_difference_with_its_last_words(runs):
    before, after = runs
    result = compared("toy", (before, run()), (after, run(4, "crs.missing · clinics.shp")), [])
    assert result.differs
    assert "**after: the audit ended with 4: crs.missing · clinics.shp**" in told(result, [])


def test_what_was_printed_and_what_opened_pages_show_are_compared_too(runs):
    before, after = runs
    for folder in ("printed", "opened"):
        (after / folder / "said.txt").write_text("other\n", encoding="utf-8")
    opened = run(unopened="")
    names = [one.name for one in compared("toy", (before, opened), (after, opened), []).files if one.cells]
    assert names == ["printed/said.txt", "opened/said.txt"]
    result = compared("toy", (before, opened), (after, run()), [])
    assert [one.name for one in result.files if one.cells] == ["printed/said.txt"]
    assert "pages were not opened in a browser: none here" in result.notes


def test_runs_that_do_not_share_their_study_or_their_packages_say_so(runs):
    before, after = runs
    old = run(study={"people.csv": "1"}, environment={"numpy": "2.0"})
    notes = compared("toy", (before, old), (after, run(study={"people.csv": "2"})), []).notes
    assert "the study's files are not the same before and after: people.csv" in notes
    assert "the packages installed are not the same before and after: numpy" in notes


def test_a_page_is_compared_as_a_browser_shows_it(chromium, tmp_path):
    shell = """<!DOCTYPE html><title>t</title><h1></h1><details><summary>more</summary>folded</details>
    <select><option>a</option><option>b</option></select><p></p><script>
    const at = (name) => document.querySelector(name);
    const choose = () => { at("p").textContent = "rule " + at("select").value; };
    at("select").addEventListener("change", choose); choose();
    at("h1").textContent = location.hash + " WORD"; </script>"""
    for side, word in (("before", "fails"), ("after", "misses")):
        (tmp_path / side / "result").mkdir(parents=True)
        (tmp_path / side / "result" / "index.html").write_text(shell.replace("WORD", word), encoding="utf-8")

    def open_both() -> None:
        with browser() as open_all:
            for side in ("before", "after"):
                open_all(tmp_path / side / "result", tmp_path / side / "opened")

    # in a thread of its own: a thread has one browser at a time, and other tests keep theirs
    with ThreadPoolExecutor(1) as alone:
        alone.submit(open_both).result()
    results = differing(tmp_path / "before" / "opened", tmp_path / "after" / "opened")
    assert set(results) == {"index.en.png", "index.en.txt", "index.zh.png", "index.zh.txt"}
    assert [(one.before, one.after) for one in results["index.zh.txt"].first] == [("#lang=zh fails", "#lang=zh misses")]
    text = (tmp_path / "after" / "opened" / "index.en.txt").read_text("utf-8")
    assert "folded" in text
    assert text.rstrip().endswith("(chosen: b)\nrule b")


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, whole: Path, tmp_path: Path) -> dict[str, Callable[[Path], None]]:
    """Two studies, one of which is not here; audits only copy a result, changed for this tree as the test says."""
    changes: dict[str, Callable[[Path], None]] = {}

    def write(folder: Path) -> None:
        folder.mkdir()
        (folder / "study.toml").write_text('name = "toy"\n', encoding="utf-8")

    def absent(folder: Path) -> None:
        raise Absent("its streets are not here")

    def audit(tree, revision, study, folder, out, opener, unopened):
        shutil.copytree(whole, out / study.name / "result", dirs_exist_ok=True)
        (out / study.name / "printed").mkdir(exist_ok=True)
        if out.name == "after":
            for name, change in changes.items():
                change(out / study.name / "result" / name)
        account = run(revision=revision, study=digests(folder))
        account.write(out / f"{study.name}.json")
        return account

    monkeypatch.setattr(command, "STUDIES", {"toy": Study("toy", (), write), "far": Study("far", (), absent)})
    monkeypatch.setattr(command, "run", audit)
    return changes


def test_the_command_compares_with_earlier_results_and_tells_by_its_exit_code(toy, whole, tmp_path, capsys):
    earlier = tmp_path / "earlier" / "before"
    shutil.copytree(whole, earlier / "toy" / "result")
    (earlier / "toy" / "printed").mkdir()
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.toml").write_text('name = "toy"\n', encoding="utf-8")
    run(study=digests(tmp_path / "study")).write(earlier / "toy.json")
    words = ["--before", str(tmp_path / "earlier"), "--out", str(tmp_path / "out"), "--no-browser"]
    assert command.main(words) == 0
    report = (tmp_path / "out" / "acceptance.md").read_text("utf-8")
    printed = capsys.readouterr().out
    assert printed.endswith(f"All that was compared says the same.\n\n{tmp_path / 'out' / 'acceptance.md'}\n")
    assert all(line in printed for line in report.splitlines()[2:])
    assert "Left out: its streets are not here" in report
    assert "| toy | 12 | 12 | 0 | 0 | 0 | 0 |" in report
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["acceptance.md"]
    toy["findings.csv"] = _text('"fail"', '"pass"')
    assert command.main([*words, "--keep"]) == 1
    report = (tmp_path / "out" / "acceptance.md").read_text("utf-8")
    assert "Something differs: toy." in report
    assert "- a/1 · verdict: fail → pass" in report
    assert read_run(tmp_path / "out" / "after" / "toy.json").revision == "this tree"
    (tmp_path / "allow.toml").write_text('[[allow]]\ncolumn = "verdict"\nreason = "mended"\n', encoding="utf-8")
    assert command.main([*words, "--allow", str(tmp_path / "allow.toml")]) == 0
    shutil.rmtree(earlier / "toy")
    (earlier / "toy.json").unlink()
    assert command.main(words) == 0
    assert "holds no result of it" in (tmp_path / "out" / "acceptance.md").read_text("utf-8")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--base", "no-such-revision"],
        ["--before", "/no/such/folder"],
        ["--base", "HEAD", "--study", "atlantis"],
        ["--base", "HEAD", "--before", "."],
        ["--base", "HEAD", "--allow", "/no/such/file"],
    ],
)
def test_wrong_usage_is_told(words):
    with pytest.raises(SystemExit) as left:
        command.main(words)
    assert left.value.code == 2


def test_a_build_runs_its_own_zzgeo_or_not_at_all(root, tmp_path):
    check_build(root)
    (tmp_path / "zzgeo").mkdir()
    (tmp_path / "zzgeo" / "__init__.py").write_text("__version__ = '0'\n", encoding="utf-8")
    check_build(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(WrongBuild):
        check_build(tmp_path / "empty")


def test_an_audit_is_run_by_the_build_asked_for_and_its_end_is_kept(tmp_path):
    package = tmp_path / "tree" / "zzgeo"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "__main__.py").write_text(
        "import sys; print(*sys.argv[1:]); print('crs.missing', file=sys.stderr); sys.exit(4)", encoding="utf-8"
    )
    (tmp_path / "studies" / "toy").mkdir(parents=True)
    study = Study("toy", ("--profile", "p"), lambda folder: None)
    done = builds.run(tmp_path / "tree", "abc", study, tmp_path / "studies" / "toy", tmp_path / "after", None, "no")
    assert (done.exit_code, done.last_words) == (4, "crs.missing")
    printed = (tmp_path / "after" / "toy" / "printed" / "stdout.txt").read_text("utf-8")
    assert printed == "audit ../../studies/toy --out result --files all --profile p\n"
    assert read_run(tmp_path / "after" / "toy.json") == done


def test_a_revision_is_known_by_its_commit():
    assert len(revision_of("HEAD")) == 40
    assert revision_of("no-such-revision") == ""


def test_studies_have_the_same_bytes_whenever_they_are_written(tmp_path):
    for name in ("sg-2020", "helsinki", "tenth-city"):
        try:
            for side in ("one", "two"):
                studies.STUDIES[name].write(tmp_path / side / name)
        except Absent as why:
            pytest.skip(str(why))
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    told = (tmp_path / "one" / "sg-2020" / "study.toml").read_text("utf-8")
    assert 'jurisdiction = "shaoguan"' in told
    assert "zz-2020" not in told


def test_a_study_whose_data_are_not_here_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(studies, "ROOT", tmp_path / "clone")
    with pytest.raises(Absent, match="reference data are not here"):
        studies.write_wuhan(tmp_path / "wuhan")
    assert not (tmp_path / "wuhan").exists()


def test_an_allowance_fits_by_all_its_patterns():
    entry = Allowance("why", file="maps/*", column="title")
    assert str(entry) == "file maps/*, column title"
    assert str(Allowance("why")) == "everything"
