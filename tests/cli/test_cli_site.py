"""`zzgeo site` from a shell: a table, files, JSON, and one line for whatever stands in the way."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

import zzgeo
from zzgeo.cli.commands import run
from zzgeo.intake.example import write_example
from zzgeo.siting.candidates import brought

RULE = "zz14-claim-15min-health-circle"

#: The first stands where 2000 people are missed; the second has no price, the third is in another city.
LOTS = """\
地块编号,名称,经度,纬度,造价（万元）,床位数
p1,甲,113.6281,34.7051,500,40
p2,乙,113.6275,34.7051,,30
p3,丙,114.90,34.7051,10,30
"""


@pytest.fixture
def study(tmp_path: Path) -> str:
    path = write_example(tmp_path)
    (tmp_path / "lots.csv").write_text(LOTS, encoding="utf-8")
    path.write_text('profile = "zz-2020"\n' + path.read_text("utf-8"), encoding="utf-8")
    return str(path)


def asked(study: str, *more: str) -> list[str]:
    return [
        "site",
        study,
        "--rule",
        RULE,
        "--candidates",
        str(Path(study).parent / "lots.csv"),
        *more,
        "--datum",
        "WGS84",
    ]


def test_a_plan_is_printed_and_written(study, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(asked(study, "--sites", "1", "--output", str(out), "--lang", "en")) == 0
    said = capsys.readouterr()
    assert "Proposal" in said.out
    assert "甲 (p1)" in said.out
    assert (
        "1 sites, 2,000 people gained (the clause was judged again with the sites in place), proven the best choice."
        in said.out
    )
    assert "with site 1 it turns from fail to pass: " in said.out
    assert "15-minute walk (claimed as reached in 2012) (East); " in said.out
    assert "refused candidates: siting.outside 1" in said.out
    names = {path.name for path in out.iterdir()}
    assert {"sites.gpkg", "sites.csv", "sites.geojson", "curve.csv", "plan.json"} <= names
    sites = pd.read_csv(out / "sites.csv", encoding="utf-8-sig")
    assert sites[["candidate_id", "rank", "people_gained", "cost_yuan"]].values.tolist() == [["p1", 1, 2000, 5_000_000]]
    layers = {
        name: len(gpd.read_file(out / "sites.gpkg", layer=name)) for name, _ in pyogrio.list_layers(out / "sites.gpkg")
    }
    assert layers == {"sites": 1, "unreachable": 0, "left": 0, "refused": 1}
    point = gpd.read_file(out / "sites.geojson")
    assert point.crs.to_epsg() == 4326
    assert (point.geometry.x[0], point.geometry.y[0]) == pytest.approx((113.6281, 34.7051), abs=1e-6)
    curve = pd.read_csv(out / "curve.csv", encoding="utf-8-sig")
    assert curve[["sites", "people", "bound"]].values.tolist() == [[1, 2000, 2000]]


def test_every_table_of_a_plan_says_that_it_is_a_proposal(study, tmp_path):
    out = tmp_path / "out"
    assert run(asked(study, "--sites", "1", "--output", str(out), "--files", "tables")) == 0
    tables = [*out.glob("*.csv"), *(out / "audit").glob("plan_*.csv")]
    assert len(tables) == 10
    for table in tables:
        rows = pd.read_csv(table, encoding="utf-8-sig")
        assert "proposal" in rows.columns, table.name
        assert rows["proposal"].str.startswith("方案/proposal 选址方案").all(), table.name
    for name, _ in pyogrio.list_layers(out / "sites.gpkg"):
        assert "proposal" in gpd.read_file(out / "sites.gpkg", layer=name).columns
    assert "proposal" in gpd.read_file(out / "sites.geojson").columns
    # what is there is not marked because a plan lies beside it
    assert "proposal" not in pd.read_csv(out / "audit" / "findings.csv", encoding="utf-8-sig").columns


@pytest.mark.parametrize("name", ["sites.gpkg", "sites.csv", "sites.geojson"])
def test_a_plan_that_was_written_can_be_added_and_gains_what_it_gains(study, tmp_path, capsys, name):
    out = tmp_path / "out"
    assert run(asked(study, "--sites", "1", "--output", str(out))) == 0
    report = zzgeo.audit(zzgeo.load_study(study))
    after = report.what_if(add=out / name)
    assert after.study.proposal.added == ("p1",)
    candidates = brought(Path(study).parent / "lots.csv", report.study, datum="WGS84")
    plan = zzgeo.site(report, RULE, sites=1, candidates=candidates)
    columns = ["rule", "level", "value", "missed", "verdict"]
    whole = zzgeo.audit(plan.as_scenario()).findings[columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(after.findings[columns].reset_index(drop=True), whole)
    capsys.readouterr()
    assert run(["what-if", study, "--add", str(out / name), "--lang", "en"]) == 0
    assert "1 facilities added" in capsys.readouterr().out


def test_a_facility_that_stands_already_is_no_proposal(study, tmp_path):
    (tmp_path / "close.txt").write_text("b\n", encoding="utf-8")
    out = tmp_path / "out"
    assert run(asked(study, "--sites", "2", "--close", str(tmp_path / "close.txt"), "--output", str(out))) == 0
    sites = pd.read_csv(out / "sites.csv", encoding="utf-8-sig").set_index("candidate_id")
    assert sites["kind"].to_dict() == {"p1": "community_health_centre", "b": "none"}
    after = zzgeo.load_study(study).with_facilities(out / "sites.gpkg")
    assert after.proposal.added == ("p1",)
    assert after.quarantined["code"].tolist() == ["row.not_chosen"]
    assert not after.lost


def test_a_plan_is_printed_in_chinese(study, capsys):
    assert run(asked(study, "--sites", "1", "--lang", "zh")) == 0
    out = capsys.readouterr().out
    assert "新增覆盖人数" in out
    assert "1处选址，新增覆盖2,000人" in out
    assert "不是现状" in out


def test_two_runs_write_the_same_bytes(study, tmp_path):
    for name in ("a", "b"):
        assert run(asked(study, "--sites", "1", "--output", str(tmp_path / name))) == 0
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_json_tells_the_plan_and_what_is_refused(study, capsys):
    assert run(asked(study, "--budget", "6000000", "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["people_gained"] == told["people_promised"] == 2000
    assert told["gap"] == 0
    assert [new["id"] for new in told["proposal"]["added"]] == ["p1:community_health_centre"]
    assert told["proposal"]["mark"].startswith("方案/proposal 选址方案")
    assert [site["candidate_id"] for site in told["sites"]] == ["p1"]
    refused = {row["candidate_id"]: row["forbidden"] for row in told["refused"]}
    assert refused == {"p2": "siting.cost_unknown", "p3": "siting.outside"}


def test_a_budget_below_the_cheapest_says_so_and_builds_nothing(study, capsys):
    assert run(asked(study, "--budget", "1000", "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sites"] == []
    assert any(line.startswith("siting.budget_small") for line in told["notes"])


def test_a_share_and_all(study, capsys):
    for more in (("--share", "0.9"), ("--all",)):
        assert run(asked(study, *more, "--json")) == 0
        assert len(json.loads(capsys.readouterr().out)["sites"]) == 1


def test_locks_are_read_from_a_file(study, tmp_path, capsys):
    (tmp_path / "lock.csv").write_text("地块编号,名称\np2,乙\n", encoding="utf-8-sig")
    assert run(asked(study, "--sites", "1", "--lock", str(tmp_path / "lock.csv"), "--json")) == 0
    assert [site["candidate_id"] for site in json.loads(capsys.readouterr().out)["sites"]] == ["p2"]
    (tmp_path / "close.txt").write_text("b\n", encoding="utf-8")
    assert run(asked(study, "--sites", "2", "--close", str(tmp_path / "close.txt"), "--json")) == 0
    assert json.loads(capsys.readouterr().out)["people_gained"] >= 2000


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--sites", "1", "--rule", "nonsense"), "siting.unknown_rule"),
        (("--sites", "0"), "siting.limit"),
        (("--sites", "1", "--district", "99"), "value.unknown_code"),
        (("--sites", "1", "--lock", "nowhere.txt"), "file.missing"),
        (("--sites", "1", "--candidates", "nowhere.gpkg"), "file.missing"),
    ],
)
def test_what_stands_in_the_way_is_one_line(study, capsys, more, code):
    assert run(asked(study, *more)) == 4
    said = capsys.readouterr()
    assert said.err.strip().splitlines()[-1].startswith(code)
    assert said.out == ""


def test_a_lock_that_is_no_facility_is_one_line(study, tmp_path, capsys):
    (tmp_path / "lock.txt").write_text("nobody\n", encoding="utf-8")
    assert run(asked(study, "--sites", "1", "--lock", str(tmp_path / "lock.txt"))) == 4
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("siting.no_facility · locked · nobody")


@pytest.mark.parametrize("more", [(), ("--sites", "1", "--share", "0.5"), ("--sites", "1", "--lang", "fr")])
def test_wrong_usage_exits_with_two(study, more):
    assert run(asked(study, *more)) == 2
