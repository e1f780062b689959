"""A study as it would be: checked like any other, and marked as a proposal wherever it shows."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import sqlite3
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import toy
from shapely import LineString, Point, box

import zzgeo
from zzgeo.cli.commands import run
from zzgeo.errors import InputError
from zzgeo.intake.example import write_example
from zzgeo.intake.lost import lost_of
from zzgeo.intake.on_streets import OnStreets
from zzgeo.intake.scenario import checked_walking
from zzgeo.intake.study import Study

SCENARIO = """
[[scenario]]
id = "two"
name = "新增一处"
name_en = "One more"
remove = ["GONE"]
[scenario.add]
source = "new.gpkg"
kind = "community_health_centre"
columns = { facility_id = "id" }
[[scenario]]
id = "slow"
name = "老人走得慢"
walking = { aged_60_plus = 0.5 }
"""


def placed(*xy: tuple[float, float], kind: str = "market", **more: object) -> gpd.GeoDataFrame:
    ids = [f"n{number}" for number in range(len(xy))]
    return gpd.GeoDataFrame(
        {"kind": kind, "name": ids, **more}, index=ids, geometry=[Point(one) for one in xy], crs=toy.CRS
    )


@pytest.fixture
def town() -> Study:
    return toy.study(
        facilities={
            "a": toy.facility(0, 10),
            "b": toy.facility(500, 10, "market"),
            "c": toy.facility(900, 10, "market"),
        },
        demand={"p": toy.people(100, 0, 10, 5), "q": toy.people(880, 0, 10, 5)},
        units={"1-1": toy.unit(box(-100, -100, 1_000, 100))},
        streets=[LineString([(0, 0), (1_000, 0)])],
    )


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "study").mkdir()
    path = Path(write_example(tmp_path / "study"))
    folder = path if path.is_dir() else path.parent
    study = zzgeo.load_study(folder)
    spot = study.demand.geometry.iloc[[-1]].to_crs(4547)
    gpd.GeoDataFrame({"id": ["h9"], "name": ["新中心"]}, geometry=spot.values, crs=4547).to_file(folder / "new.gpkg")
    file = folder / "study.toml"
    file.write_text(file.read_text("utf-8") + SCENARIO.replace("GONE", str(study.facilities.index[0])), "utf-8")
    return folder


def test_facilities_stand_behind_those_there_are_and_leave_the_study_alone(town):
    before = town.facilities.copy()
    after = town.with_facilities(placed((300, 5), (600, 5), capacity=[4.0, None]))
    assert list(after.facilities.index) == ["a", "b", "c", "n0", "n1"]
    assert after.facilities["capacity"].tolist()[3] == 4.0
    assert after.proposal.added == ("n0", "n1")
    pd.testing.assert_frame_equal(town.facilities, before)
    assert town.proposal is None
    assert after.kinds_known == town.kinds_known


def test_where_facilities_stand_is_kept_and_equals_what_is_found_anew(town):
    _ = town.on_streets.facilities_ledger, town.on_streets.people_of_pieces
    after = town.with_facilities(placed((300, 5))).without_facilities(["b"])
    anew = OnStreets(*(getattr(after.on_streets, field.name) for field in dataclasses.fields(OnStreets)))
    assert "facilities_ledger" in vars(after.on_streets)
    pd.testing.assert_frame_equal(after.on_streets.facilities_ledger, anew.facilities_ledger, check_exact=True)
    pd.testing.assert_series_equal(after.on_streets.people_of_pieces, anew.people_of_pieces)


def test_the_hash_is_of_the_content_and_not_of_the_way_there(town):
    new, other = placed((300, 5)), placed((300, 6))
    one = town.with_facilities(new).without_facilities(["b"])
    two = town.without_facilities(["b"]).with_facilities(new)
    assert one.proposal.sha256 == two.proposal.sha256
    assert one.proposal.sha256 != town.with_facilities(other).without_facilities(["b"]).proposal.sha256
    assert one.proposal.sha256 != town.with_facilities(new).proposal.sha256
    back = town.with_facilities(new).without_facilities(["n0"])
    assert (back.proposal.added, back.proposal.removed) == ((), ())


def test_degrees_are_brought_into_the_metres_of_the_study(town):
    after = town.with_facilities(placed((300, 5)).to_crs(4326))
    # ways in that stand in a plain column are moved with their facility
    gate = placed((300, 8)).to_crs(4326).geometry.iloc[0]
    for cell in (gate, [gate], gate.wkt):
        new = placed((300, 5)).to_crs(4326).assign(entrances=pd.Series([cell], index=["n0"], dtype=object))
        assert town.with_facilities(new).facilities["entrances"]["n0"].distance(Point(300, 8)) < 0.01
    assert after.facilities.geometry["n0"].distance(Point(300, 5)) < 1e-3


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (placed((0, 0)).rename(index={"n0": "a"}), "id.duplicate"),
        (pd.concat([placed((0, 0)), placed((9, 9))]), "id.duplicate"),
        (placed((0, 0), kind="palace"), "kind.unknown"),
        (placed((0, 0)).drop(columns="kind"), "schema.missing_column"),
        (placed((0, 0)).set_geometry([None], crs=toy.CRS), "geom.null"),
        (pd.DataFrame({"kind": ["market"]}), "schema.missing_column"),
        (placed((0, 0)).iloc[:0], "layer.empty"),
    ],
)
def test_what_cannot_be_added_is_refused(town, table, code):
    with pytest.raises(InputError) as refused:
        town.with_facilities(table)
    assert code in {problem.code for problem in refused.value.problems}


def test_what_cannot_be_removed_or_walked_is_refused(town):
    for ask in (lambda: town.without_facilities(["z"]), lambda: town.with_walking(), lambda: town.scenario("none")):
        with pytest.raises(InputError):
            ask()


def test_a_place_outside_and_a_kind_without_a_list_are_told(town):
    told = town.with_facilities(placed((90_000, 5), kind="hospital")).warnings
    assert {problem.code for problem in told} == {"coord.outside_study_area", "kind.unlisted"}


def test_older_people_walk_alike_where_they_did(town):
    after = town.with_walking(aged_60_plus=0.5, name="慢", name_en="slow")
    assert after.walking.speed("aged_60_plus") == after.walking.speed("aged_65_plus") == 0.5
    assert after.walking.residents == town.walking.residents
    assert "aged_60_plus 0.5" in after.notice["en"]
    assert after.notice["zh"].startswith("方案“慢”，不是现状")


def test_scenarios_of_a_study_file_are_checked_with_it(folder):
    study = zzgeo.load_study(folder)
    assert [one.id for one in study.scenarios] == ["two", "slow"]
    after = study.scenario("two")
    assert after.proposal.added == ("h9",)
    assert len(after.proposal.removed) == 1
    assert [account.path for account in after.accounts[len(study.accounts) :]] == ["new.gpkg"]
    file = folder / "study.toml"
    file.write_text(file.read_text("utf-8").replace('remove = ["', 'remove = ["no-such-'), "utf-8")
    with pytest.raises(InputError) as refused:
        zzgeo.load_study(folder)
    assert refused.value.problems[0].where.startswith("scenario two: ")


@pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
def test_every_file_of_a_scenario_says_that_it_is_a_proposal(folder, tmp_path):
    out = tmp_path / "out"
    assert run(["what-if", str(folder), "--scenario", "two", "--out", str(out), "--files", "all", "--json"]) == 0
    own = out / "two"
    told = json.loads((own / "audit.json").read_text("utf-8"))
    assert told["proposal"]["added"][0]["id"] == "h9"
    assert len(told["proposal"]["sha256"]) == 64
    for table in own.glob("*.csv"):
        lines = table.read_text("utf-8-sig").splitlines()
        assert '"proposal"' in lines[0]
        assert all("方案/proposal" in line for line in lines[1:])
    for name, geometry in pyogrio.list_layers(own / "layers.gpkg"):
        if geometry is not None:
            rows = pyogrio.read_dataframe(own / "layers.gpkg", layer=name)
            assert rows["proposal"].str.startswith("方案/proposal").all(), name
    with contextlib.closing(sqlite3.connect(own / "layers.gpkg")) as base:
        titles = base.execute("SELECT identifier FROM gpkg_contents WHERE data_type = 'features'").fetchall()
    assert len(titles) > 2
    assert all(title.endswith("（方案）") for (title,) in titles)
    pages = list(own.rglob("*.html"))
    assert len(pages) > 1
    assert all("不是现状" in page.read_text("utf-8") for page in pages)
    import docx
    import openpyxl

    sheets = openpyxl.load_workbook(next(own.glob("*.xlsx")))
    for sheet in sheets:
        assert any("方案" in str(cell) for row in sheet.iter_rows(max_row=8, values_only=True) for cell in row if cell)
    words = "\n".join(part.text for part in docx.Document(str(next(own.glob("*.docx")))).paragraphs)
    assert "不是现状" in words
    assert re.search(r'"proposal":"[0-9a-f]{12}"', (out / "trend.html").read_text("utf-8"))


def test_a_list_that_does_not_say_its_datum_is_added_with_it(folder, tmp_path, capsys):
    new = tmp_path / "new.csv"
    new.write_text("facility_id,name,kind,lon,lat\nn1,新站,market,113.6281,34.7051\n", "utf-8")
    assert run(["what-if", str(folder), "--add", str(new)]) == 4
    assert capsys.readouterr().err.splitlines()[-1].startswith("crs.missing · new.csv")
    out = tmp_path / "out"
    asked = ["what-if", str(folder), "--add", str(new), "--datum", "WGS84", "--out", str(out), "--files", "tables"]
    assert run(asked) == 0
    said = capsys.readouterr().out
    assert "1 facilities added" in said
    assert not {"fail", "pass"} & set(said.split())
    editions = pd.read_csv(out / "trend.csv", encoding="utf-8-sig")["edition"]
    assert set(editions) == {"现状", "方案"}


def test_a_list_under_its_own_headings_is_added_and_what_is_set_aside_of_it_is_told(folder, tmp_path, capsys):
    new = tmp_path / "拟建.csv"
    lines = ["编号,机构名称,机构类别,经度,纬度,床位数（张）", "n1,新站,农贸市场,113.6281,34.7051,12"]
    lines += ["n2,无坐标,农贸市场,,,5", "n3,未知,飞机场,113.6282,34.7052,5", "n1,重复,农贸市场,113.6283,34.7053,5"]
    new.write_text("\n".join(lines) + "\n", "utf-8-sig")
    study = zzgeo.load_study(folder)
    after = study.with_facilities(new, datum="WGS84")
    assert after.proposal.added == ("n1",)
    assert after.facilities.loc["n1", ["kind", "name", "capacity"]].tolist() == ["market", "新站", 12]
    aside = after.quarantined.iloc[len(study.quarantined) :]
    assert aside[["row", "code"]].values.tolist() == [
        ["3", "coord.missing"],
        ["5", "id.duplicate"],
        ["4", "value.unparsed"],
    ]
    market = frozenset(("market",))
    assert lost_of(after.lost, ["market"]) == lost_of(study.lost, ["market"]) + 3  # n1 is another's id
    assert after.lost[market] >= 1
    told = {problem.code for problem in after.warnings[len(study.warnings) :]}
    assert {"schema.usual_headings", "kind.not_taken", "kind.lost"} <= told
    # more rows are lost than there are markets: nothing can be said of them
    assert "market" in study.kinds_known or not (study.facilities["kind"] == "market").any()
    assert "market" not in after.kinds_known
    out = tmp_path / "out"
    assert run(["what-if", str(folder), "--add", str(new), "--datum", "WGS84", "--out", str(out), "--json"]) == 0
    said = capsys.readouterr()
    assert "what-if: set aside: id.duplicate · 拟建.csv:5" in said.err
    assert [row["row"] for row in json.loads(said.out)["proposals"][0]["quarantined"]] == ["3", "5", "4"]
    assert {"3", "4", "5"} <= set(
        pd.read_csv(out / "what-if" / "quarantined.csv", encoding="utf-8-sig", dtype=str)["row"]
    )


def test_what_was_lost_of_an_added_list_is_judged_as_in_a_full_audit(folder, tmp_path):
    new = tmp_path / "new.csv"
    lines = [f"n{n},market,,\nm{n},community_health_centre,," for n in range(5)]
    kept = "k1,market,113.6281,34.7051\nk2,community_health_centre,113.6281,34.7051"
    new.write_text("id,kind,wgs84_lon,wgs84_lat\n" + kept + "\n" + "\n".join(lines) + "\n", "utf-8")
    study = zzgeo.load_study(folder)
    report = zzgeo.audit(study, profile="zz-2020")
    quick, whole = report.what_if(add=new), zzgeo.audit(study.with_facilities(new), profile="zz-2020")
    pd.testing.assert_frame_equal(quick.findings, whole.findings)
    assert (quick.findings["verdict"] != report.findings["verdict"]).any()


def test_of_a_file_with_several_layers_the_sites_are_added(folder, tmp_path):
    path = tmp_path / "plan.gpkg"
    spots = placed((300, 5), (600, 5)).to_crs(4547)
    study = zzgeo.load_study(folder)
    spots = spots.set_geometry(study.demand.geometry.iloc[:2].to_crs(4547).values).assign(id=["s1", "s2"])
    spots.to_file(path, layer="left")
    spots.iloc[:1].to_file(path, layer="sites")
    assert study.with_facilities(path).proposal.added == ("s1",)
    pyogrio.write_dataframe(spots, tmp_path / "two.gpkg", layer="one")
    pyogrio.write_dataframe(spots, tmp_path / "two.gpkg", layer="two")
    with pytest.raises(InputError, match=r"layer\.ambiguous"):
        study.with_facilities(tmp_path / "two.gpkg")


@pytest.mark.parametrize("speed", [0.0, -1.0, 99.0, float("nan")])
def test_a_speed_nobody_walks_at_is_refused_in_words(speed):
    with pytest.raises(InputError) as caught:
        checked_walking({"residents": speed})
    assert "Input should be" in caught.value.problems[0].why
    assert "[type=" not in caught.value.problems[0].why
