"""A place from OpenStreetMap becomes a study, whole or not at all; nothing here is asked of anybody but loopback."""

from __future__ import annotations

import errno
import os
import sys
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from osm_stub import (
    BOX,
    CITY,
    DATA_OF,
    EAST,
    MIDDLE,
    NEIGHBOUR,
    PLACE,
    WEST,
    Stub,
    answer,
    city,
    district_elements,
    facility_elements,
    node,
    outline_elements,
    relation,
    results,
    send,
    serving,
    street_elements,
    way,
)

from zzgeo.cli.commands import run
from zzgeo.errors import EnvironmentFault, InputError
from zzgeo.fetch.online import Budget, Client
from zzgeo.fetch.study_folder import fetch
from zzgeo.formats.osm import read_facilities, read_streets
from zzgeo.intake.study import check_study

#: Two streets that cross without a shared node, one of them a bridge, and a third that joins both.
STREETS = (
    node(1, 121.468, 31.230)
    + node(2, 121.480, 31.230)
    + node(3, 121.474, 31.226)
    + node(4, 121.474, 31.234)
    + way(21, [1, 2], highway="residential")
    + way(22, [3, 4], highway="footway", bridge="yes")
    + way(23, [2, 4], highway="path")
    + way(24, [1, 3], highway="motorway")
)


pytestmark = pytest.mark.usefixtures("only_loopback")


@pytest.fixture
def stub():
    with serving(Stub(city(STREETS))) as one:
        yield one


class At:
    """Where a test fetches to, and how: with waits that take no time."""

    def __init__(self, folder: Path, stub: Stub) -> None:
        self.folder, self.stub, self.lines = folder, stub, []
        self.out, self.cache = folder / "here" / "out", folder / "cache"

    def fetch(self, place="测试市", **more):
        client = Client(self.cache, Budget(tries=3), progress=self.lines.append, sleep=lambda seconds: None)
        options = {
            "endpoint": f"{self.stub.address}/api/interpreter",
            "nominatim": self.stub.address,
            "client": client,
            "margin_m": 300.0,
            "progress": self.lines.append,
        }
        return fetch(place, more.pop("out", self.out), **{**options, **more})

    def command(self, *more, place="测试市"):
        services = ["--endpoint", f"{self.stub.address}/api/interpreter", "--nominatim", self.stub.address]
        where = ["--out", str(self.out), "--cache", str(self.cache), "--margin", "300"]
        return run(["fetch", place, *where, *services, *more])

    def nothing_written(self):
        return not self.out.exists() and not (self.out.parent.exists() and list(self.out.parent.iterdir()))


@pytest.fixture
def at(tmp_path, stub):
    return At(tmp_path, stub)


def usual_but(what, elements, streets=STREETS):
    """Return the healthy services with one answer replaced: search, outline, levels, districts or map."""
    healthy = city(streets)

    def usual(path, form):
        query = form.get("data", "")
        is_now = (
            "search"
            if path.endswith("/search")
            else "levels"
            if "out tags" in query
            else "districts"
            if "relation(id:" in query
            else "map"
            if "highway" in query
            else "outline"
        )
        if is_now != what:
            return healthy(path, form)
        return elements if isinstance(elements, bytes) or callable(elements) else answer(elements)

    return usual


def add_people(study: Path) -> None:
    """Do what the study file asks for: a table of people, and the comment signs away."""
    lon, lat = np.meshgrid(
        np.linspace(BOX[0] + 0.001, BOX[2] - 0.001, 12), np.linspace(BOX[1] + 0.001, BOX[3] - 0.001, 9)
    )
    table = {"编号": range(lon.size), "lon": lon.ravel(), "lat": lat.ravel(), "常住人口": 100, "60岁以上": 20}
    pd.DataFrame(table).rename(columns={"lon": "经度", "lat": "纬度"}).to_csv(study.parent / "people.csv", index=False)
    text = study.read_text("utf-8")
    begin, end = text.index("# [demand]"), text.index("# --- or communities")
    block = "\n".join(line.removeprefix("# ") for line in text[begin:end].splitlines())
    study.write_text(text[:begin] + block + "\n" + text[end:], "utf-8")


def test_a_place_becomes_a_study_that_is_audited_as_soon_as_people_are_given(tmp_path, shared, capsys):
    real = shared / "data" / "shanghai_center.osm"
    with serving(Stub(city(street_elements(real.read_text("utf-8"))))) as stub:
        at = At(tmp_path, stub)
        assert at.command() == 0
        assert [(method, path) for method, path, _ in stub.asked] == [
            ("GET", "/search"),
            *[("POST", "/api/interpreter")] * 4,
        ]
    said = capsys.readouterr()
    assert "2 districts" in said.out
    assert "elderly_day_care 1, hospital 1, park 1" in said.out
    assert "people are not on the map" in said.err
    study = at.out / "study.toml"
    assert run(["check", str(study)]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("config.invalid · study.toml · study · a study needs people: give [demand], or [units]")
    add_people(study)
    assert run(["check", str(study)]) == 0
    loaded, problems = check_study(study)
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert sorted(loaded.districts.index) == ["310191", f"r{EAST}"]
    assert set(loaded.districts["name"]) == {"西区", "东区"}
    assert loaded.as_of.isoformat() == DATA_OF[:10]
    assert sorted(loaded.facilities.index) == ["node/501", "node/502", "way/510"]
    whole, _ = read_streets(real)
    assert sorted(zip(loaded.streets["u"], loaded.streets["v"], strict=True)) == sorted(
        zip(whole["u"], whole["v"], strict=True)
    )
    assert run(["audit", str(study), "--profile", "zz-2020", "--out", str(tmp_path / "audit")]) == 0
    assert "OpenStreetMap 贡献者" in (tmp_path / "audit" / "index.html").read_text("utf-8")


def test_the_files_say_where_everything_comes_from(at):
    found = at.fetch()
    assert sorted(path.name for path in at.out.iterdir()) == [
        "SOURCES.md",
        "districts.gpkg",
        "openstreetmap.osm.pbf",
        "study.toml",
    ]
    told = (at.out / "SOURCES.md").read_text("utf-8")
    for part in ("© OpenStreetMap contributors", "Open Database License", DATA_OF, f"relation/{PLACE}", "300 m"):
        assert part in told
    for _, _, form in at.stub.asked[1:]:
        assert form["data"].split("\n", 1)[1] in told
    assert found.content.facilities == {"elderly_day_care": 1, "hospital": 1, "park": 1}


def test_bridges_are_not_joined_to_what_they_cross(at):
    at.fetch()
    streets, dropped = read_streets(at.out / "openstreetmap.osm.pbf")
    assert sorted(zip(streets["u"], streets["v"], strict=True)) == [(1, 2), (2, 4), (3, 4)]
    assert list(dropped["reason"]) == ["highway=motorway"]


def test_the_same_answers_give_the_same_bytes_and_nothing_is_asked_twice(at):
    at.fetch()
    asked = len(at.stub.asked)
    again = at.folder / "again"
    at.fetch(out=again)
    assert len(at.stub.asked) == asked == 5
    for path in at.out.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_squares_that_share_streets_make_one_map(at):
    """Each square holds two thirds of the ways: merged, every way and node is there once."""
    ways = {21: [1, 2], 22: [3, 4], 23: [2, 4], 24: [1, 3]}
    nodes = STREETS[: STREETS.index("<way")]
    asked = []

    def some(path, form):
        query = form.get("data", "")
        if 'way["highway"]' not in query:
            return city(STREETS)(path, form)
        asked.append(query)
        kept = [way(n, ways[n], highway="residential") for n in ways if (n + len(asked)) % 3]
        return answer(nodes + "".join(kept) + facility_elements())

    at.stub.usual = some
    at.fetch(square_km=1.0)
    assert len(asked) >= 4
    assert len(set(asked)) == len(asked)
    streets, _ = read_streets(at.out / "openstreetmap.osm.pbf")
    assert sorted(streets["osm_way"]) == sorted(ways)
    assert len(read_facilities(at.out / "openstreetmap.osm.pbf", {"hospital": [{"amenity": "hospital"}]})) == 1


def test_a_second_run_goes_on_where_the_first_stopped(at):
    healthy, maps = at.stub.usual, []

    def failing(path, form):
        if 'way["highway"]' in form.get("data", ""):
            maps.append(form["data"])
            if len(maps) > 2:
                return send(b"busy", 504)
        return healthy(path, form)

    at.stub.usual = failing
    assert at.command("--square", "1", "--tries", "1") == 6
    assert at.nothing_written()
    whole = set(maps[:2])
    at.stub.usual, at.stub.asked = healthy, []
    assert at.command("--square", "1") == 0
    later = [form.get("data", "") for _, _, form in at.stub.asked]
    assert all("way" in one for one in later)
    assert not whole & set(later)


@pytest.mark.parametrize("what", ["search", "outline", "levels", "districts", "map"])
@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_cut_answer_never_becomes_a_study(at, what, keep):
    whole = []

    def cut(handler):
        body = whole[-1].rstrip()
        send(body[: min(int(len(body) * keep), len(body) - 1)])(handler)

    healthy, usual = city(STREETS), usual_but(what, cut)

    def answers(path, form):
        whole.append(healthy(path, form))
        return usual(path, form)

    at.stub.usual = answers
    with pytest.raises(OSError, match=r"^service\.unavailable"):
        at.fetch()
    assert at.nothing_written()
    asked_before = ["search", "outline", "levels", "districts", "map"].index(what)
    assert len(at.stub.asked) == asked_before + 3


@pytest.mark.parametrize("what", ["outline", "levels", "districts", "map"])
def test_a_remark_never_becomes_no_facilities(at, what, capsys):
    at.stub.usual = usual_but(
        what, '<remark> runtime error: Query timed out in "query" at line 3 after 162 seconds. </remark>'
    )
    assert at.command() == 6
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .startswith("overpass.runtime_error · overpass · runtime error: Query timed")
    )
    assert at.nothing_written()


def test_where_no_facility_is_drawn_the_study_says_so_and_still_loads(at):
    at.stub.usual = usual_but("map", STREETS)
    found = at.fetch()
    assert found.content.facilities == {}
    assert "no facility of any kind is on the map here" in found.study.read_text("utf-8")
    add_people(found.study)
    study, problems = check_study(found.study)
    assert [problem.line() for problem in problems if problem.severity == "error"] == []
    assert len(study.facilities) == 0
    assert "hospital" not in study.kinds_known


def test_where_nobody_can_walk_there_is_no_study(at, capsys):
    at.stub.usual = usual_but(
        "map",
        facility_elements() + node(1, 121.47, 31.23) + node(2, 121.48, 31.23) + way(9, [1, 2], highway="motorway"),
    )
    assert at.command() == 4
    assert "network.empty" in capsys.readouterr().err
    assert at.nothing_written()


def test_a_facility_of_two_kinds_is_kept_twice(at):
    both = node(501, 121.470, 31.230, amenity="hospital", healthcare="hospice")
    at.stub.usual = usual_but("map", STREETS + both)
    found = at.fetch()
    add_people(found.study)
    study, _ = check_study(found.study)
    assert sorted(study.facilities["kind"]) == ["hospice_unit", "hospital"]
    assert study.quarantined["row"].tolist() == ["way/24"]  # the motorway, on which nobody walks


def test_a_feature_the_map_draws_badly_is_told(at):
    badly = "".join(node(n, 121.47 + n / 1e5, 31.23) for n in (601, 602)) + way(603, [601, 602], highway="path")
    badly += relation(604, [603], {"type": "multipolygon", "leisure": "park", "name": "破公园"})
    at.stub.usual = usual_but("map", STREETS + facility_elements() + badly)
    found = at.fetch()
    assert any(note.code == "geom.invalid" and "relation/604" in note.where for note in found.notes)


@pytest.mark.parametrize("before", [0, (1 << 20) - 300, (1 << 20) - 3], ids=["at once", "late", "across two blocks"])
def test_an_answer_saved_by_hand_that_is_only_a_part_is_refused_too(tmp_path, before):
    remark = "<remark> runtime error: Query timed out </remark>"
    head = answer(STREETS + "{}").index(b"{}")
    path = tmp_path / "saved.osm"
    path.write_bytes(answer(STREETS + " " * max(0, before - head) + remark))
    for read in (read_streets, lambda file: read_facilities(file, {"hospital": [{"amenity": "hospital"}]})):
        with pytest.raises(InputError, match=r"^overpass\.runtime_error"):
            read(path)


def test_an_area_given_by_its_number_is_not_looked_up(at):
    at.fetch(f"relation/{PLACE}")
    assert [path for _, path, _ in at.stub.asked] == ["/api/interpreter"] * 4


A_TOWN_NODE = b'[{"osm_type": "node", "osm_id": 5, "category": "place", "type": "city"}]'
TWICE = results(("朝阳区", 1, "朝阳区, 北京"), ("朝阳区", 2, "朝阳区, 长春"))


@pytest.mark.parametrize(
    ("found", "code", "says"),
    [
        (results(), "place.unknown", "nothing found"),
        (A_TOWN_NODE, "place.unknown", "1 places found"),
        (TWICE, "place.ambiguous", "relation/2 朝阳区, 长春"),
    ],
)
def test_a_name_that_is_no_one_place_is_refused_with_what_to_do(at, capsys, found, code, says):
    at.stub.usual = usual_but("search", found)
    assert at.command(place="朝阳区") == 4
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith(f"{code} · 朝阳区")
    assert says in line
    assert "relation/123" in line
    assert len(at.stub.asked) == 1


def test_other_places_found_beside_the_one_meant_do_no_harm(at):
    other = results(("测试市", PLACE, "测试市"), ("测试市北路街道", 7, "x"), ("测试市", PLACE, "测试市"))
    at.stub.usual = usual_but("search", other)
    assert at.fetch().content.osm_id == f"relation/{PLACE}"


def test_a_place_without_areas_inside_is_its_own_district(at):
    at.stub.usual = usual_but("levels", "")
    assert at.fetch().content.districts == 1
    table = gpd.read_file(at.out / "districts.gpkg")
    assert list(table["code"]) == [f"r{PLACE}"]
    assert any("it is the one district" in line for line in at.lines)


def test_areas_that_fill_little_of_the_place_do_not_stand_for_it(at):
    """Level 6 has only the neighbour, level 7 a corner: judged by it, nearly everybody would be forgotten."""
    corner = node(31, *BOX[:2]) + node(32, BOX[0] + 0.004, BOX[1]) + node(33, BOX[0] + 0.004, BOX[1] + 0.004)
    drawn = corner + way(930, [31, 32, 33, 31]) + relation(7, [930], {"name": "一角", "admin_level": "7"})
    levels = relation(NEIGHBOUR, [], {"admin_level": "6"}) + relation(7, [], {"admin_level": "7"})

    def usual(path, form):
        query = form.get("data", "")
        if "relation(id:7)" in query:
            return answer(drawn)
        return usual_but("levels", levels)(path, form)

    at.stub.usual = usual
    found = at.fetch()
    assert found.content.districts == 1
    (note,) = [note for note in found.notes if note.code == "topology.gap"]
    assert "1 areas of level 7" in note.value
    assert "not taken" in note.why


def test_districts_that_leave_a_part_out_are_taken_and_told(at):
    """The western half reaches over the middle: 75 % of the place is in a district."""
    moved = district_elements().replace(f'lon="{MIDDLE}"', f'lon="{MIDDLE + 0.004}"')
    only_west = moved[: moved.index(f'<relation id="{EAST}"')]
    at.stub.usual = usual_but("districts", only_west)
    found = at.fetch()
    assert found.content.districts == 1
    (note,) = [note for note in found.notes if note.code == "topology.gap"]
    assert "75." in note.value or "74." in note.value


@pytest.mark.parametrize("what", ["outline", "districts"])
def test_a_boundary_that_does_not_close_is_refused(at, capsys, what):
    elements = outline_elements() if what == "outline" else district_elements()
    gone = elements.replace('<member type="way" ref="912" role="outer"/>', "")
    assert gone != elements
    at.stub.usual = usual_but(what, gone)
    assert at.command() == 4
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("geom.invalid · boundary · relation/")
    assert ("测试市" if what == "outline" else "西区") in said
    assert at.nothing_written()


def test_a_neighbours_broken_boundary_does_no_harm(at):
    begin = district_elements().index(f'<relation id="{NEIGHBOUR}"')
    head, tail = district_elements()[:begin], district_elements()[begin:]
    at.stub.usual = usual_but("districts", head + tail.replace('ref="915"', 'ref="99"'))
    assert at.fetch().content.districts == 2


def test_two_districts_with_one_code_keep_their_own_numbers(at):
    twice = district_elements().replace('<tag k="name" v="东区"/>', '<tag k="name" v="东区"/><tag k="gb" v="310191"/>')
    at.stub.usual = usual_but("districts", twice)
    at.fetch()
    assert sorted(gpd.read_file(at.out / "districts.gpkg")["code"]) == [f"relation-{WEST}", f"relation-{EAST}"]


@pytest.mark.parametrize(
    "name", ['a"b', "a\\b", "'''", '"""', "市&#10;x = 1", "&#x202e;市&#x7f;", "{name}", "{{ 7*7 }}", "[demand]"]
)
def test_no_name_breaks_the_study_file(at, name):
    said = name.replace('"', "&quot;")
    at.stub.usual = usual_but("outline", outline_elements().replace(CITY["name"], said).replace("Test City", said))
    found = at.fetch()
    content = tomllib.loads(found.study.read_text("utf-8"))
    assert content["name"] == found.content.name
    assert content["name"].isprintable()
    assert "demand" not in content
    assert content["jurisdiction"]


def test_a_folder_with_files_is_refused_before_anything_is_asked(at, capsys):
    at.out.mkdir(parents=True)
    (at.out / "mine.txt").write_text("mine")
    assert at.command() == 5
    assert "output.exists" in capsys.readouterr().err
    assert (at.stub.asked, (at.out / "mine.txt").read_text()) == ([], "mine")


def test_an_empty_folder_is_filled(at):
    at.out.mkdir(parents=True)
    at.fetch()
    assert (at.out / "study.toml").is_file()


def test_files_put_there_meanwhile_are_not_overwritten(at, monkeypatch):
    real = os.rename

    def late(source, target):
        at.out.mkdir()
        (at.out / "mine.txt").write_text("mine")
        return real(source, target)

    monkeypatch.setattr(os, "rename", late)
    with pytest.raises(EnvironmentFault, match=r"output\.exists"):
        at.fetch()
    assert [path.name for path in at.out.parent.iterdir()] == ["out"]
    assert [path.name for path in at.out.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "output.disk_full"), (errno.EACCES, "output.not_writable")]
)
@pytest.mark.parametrize("call", ["rename", "fsync"])
def test_a_disk_that_fails_leaves_nothing_behind(at, monkeypatch, number, code, call):
    at.fetch(out=at.folder / "first")  # every answer is kept now: only the folder is written

    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(EnvironmentFault, match=f"^{code.replace('.', '[.]')}"):
        at.fetch()
    assert at.nothing_written()


def test_an_interrupt_leaves_nothing_behind(at, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("zzgeo.fetch.study_folder.write_districts", stop)
    assert at.command() == 130
    assert at.nothing_written()


@pytest.mark.parametrize("package", ["osmium", "osmnx", "requests"])
def test_a_missing_extra_is_told_before_anything_is_asked(at, monkeypatch, capsys, package):
    monkeypatch.setitem(sys.modules, package, None)
    assert at.command() == 2
    assert 'pip install "zzgeo[osm]"' in capsys.readouterr().err
    assert at.stub.asked == []


@pytest.mark.parametrize(
    ("more", "code"),
    [(["--margin", "-1"], 2), (["--tries", "0"], 2), (["--square", "1000"], 4), (["--endpoint", "overpass"], 4)],
)
def test_wrong_options_are_refused_before_anything_is_asked(at, more, code):
    assert at.command(*more) == code
    assert at.stub.asked == []
