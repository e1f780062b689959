"""Two audits side by side: what fails now, what is met now, who was gained and who was lost."""

from __future__ import annotations

import copy
import csv
import dataclasses
import datetime as dt
import json
from pathlib import Path

import pytest
import toy
from files import write_study
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from zzgeo.auditing.comparison import compare
from zzgeo.auditing.earlier import read_audit
from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.cli.commands import run
from zzgeo.errors import InputError
from zzgeo.served import CITY
from zzgeo.standards import Document, Rule, Standard

RADIUS = Rule(
    id="radius",
    title="服务半径",
    title_en="Radius",
    section="一",
    clause="服务半径不超过500米",
    rule="service-radius",
    facilities=("elderly_day_care",),
    population="aged_60_plus",
    operator="<=",
    value=500,
    unit="m",
    verified_on=dt.date(2026, 11, 22),
)
#: A finding as an earlier audit holds it.
ONE_FINDING = b'{"rule": "r", "level": "city", "district": "", "verdict": "fail"}'

MARKET = RADIUS.model_copy(update={"id": "market", "facilities": ("market",)})


def standard(*rules: Rule) -> list[Standard]:
    document = Document(
        id="t", number="测〔2018〕1号", title="测试", title_en="Test", issuer="测试", jurisdiction="zhengzhou"
    )
    return [Standard(document=document, clauses=rules)]


def report(at: dict[str, tuple[float, float]], *rules: Rule) -> AuditReport:
    """100 people 60+ in the west, 200 in the east; centres stand where they are told."""
    study = toy.study(
        facilities={name: toy.facility(*xy) for name, xy in at.items()},
        demand={"a": toy.people(-1_000, 0, 1_000, 100, "1", None), "b": toy.people(1_000, 0, 2_000, 200, "2", None)},
        districts={"1": box(-10_000, -10_000, 0, 10_000), "2": box(0, -10_000, 10_000, 10_000)},
        kinds=frozenset({"elderly_day_care"}),
    )
    return audit(study, standard(*(rules or (RADIUS,))))


WEST, EAST = {"w": (-1_000.0, 100.0)}, {"e": (1_000.0, 100.0)}


def told(one: AuditReport, folder: Path) -> dict:
    one.write(folder)
    return json.loads((folder / "audit.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def old(tmp_path_factory) -> dict:
    return told(report(WEST), tmp_path_factory.mktemp("old") / "out")


def test_a_centre_that_moves_east_wins_the_east_and_loses_the_west(old):
    found = compare(old, report(EAST))
    assert list(found.of("newly-failing")["district"]) == ["1"]
    assert list(found.of("newly-met")["district"]) == ["2"]
    rows = found.changes.set_index(["level", "district"])
    assert rows.loc[("district", "1"), "people_lost"] == 100
    assert rows.loc[("district", "2"), "people_gained"] == 200
    city = found.changes[found.changes["level"] == CITY].iloc[0]
    assert (city["people_gained"], city["people_lost"]) == (200, 100)
    assert found.notes == ()


def test_the_same_audit_twice_tells_no_change(old):
    found = compare(old, report(WEST))
    assert set(found.changes["change"]) == {"same"}
    assert found.changes["people_gained"].max() == 0
    assert found.inputs.empty
    assert found.parameters.empty
    assert (found.only_old, found.only_new) == ((), ())


def test_rules_and_districts_of_one_audit_only_are_named(old):
    found = compare(old, report(WEST, MARKET))
    assert found.only_new == ("market",)
    before = copy.deepcopy(old)
    before["findings"] = [one for one in before["findings"] if one["district"] != "2"]
    found = compare(before, report(WEST))
    assert list(found.of("only-new")["district"]) == ["2"]


def test_missing_data_that_comes_in_is_newly_judged_and_never_a_new_failure(old):
    before = copy.deepcopy(old)
    for one in before["findings"]:
        one |= {"verdict": "nodata", "threshold": None}
    found = compare(before, report({}))
    assert found.of("newly-failing").empty
    assert not any("limit" in en for _, en in found.notes)
    assert len(found.of("newly-judged")) == 2


def test_another_version_profile_and_limit_are_said_and_not_crashed(old):
    before = copy.deepcopy(old)
    before["zzgeo"] = "0.0.1"
    before["parameters"]["profile"] = "zz-2018"
    found = compare(before, report(WEST, RADIUS.model_copy(update={"value": 400, "population": "residents"})))
    english = " ".join(en for _, en in found.notes)
    assert "0.0.1" in english
    assert "zz-2018" in english
    assert found.changes["people_gained"].isna().all()  # people of another group are not gained or lost
    assert {"zzgeo", "profile"} <= set(found.parameters["name"])


def test_an_audit_of_a_version_that_knew_less_is_compared(old):
    before = {"findings": [{"rule": "radius", "level": "district", "district": "1", "verdict": "fail"}]}
    found = compare(before, report(WEST))
    assert list(found.of("newly-met")["district"]) == ["1"]
    assert found.of("newly-met")["people_gained"].isna().all()


def test_a_changed_limit_is_named(old):
    before = copy.deepcopy(old)
    for one in before["findings"]:
        one["threshold"] = 0.9
    found = compare(before, report(WEST))
    assert found.changes["limit_changed"].all()
    assert any("radius" in en for _, en in found.notes)


def test_changed_inputs_are_known_by_name_wherever_they_stood(old):
    before = copy.deepcopy(old)
    row = {"layer": "demand", "rows_used": 5}
    before["inputs"] = [row | {"path": "a/p.csv", "sha256": "1"}, row | {"path": "gone.csv", "sha256": "2"}]
    after = report(WEST)
    provenance = after.provenance | {
        "inputs": [row | {"path": "b/p.csv", "sha256": "3"}, row | {"path": "new.csv", "sha256": "4"}]
    }
    found = compare(before, dataclasses.replace(after, provenance=provenance))
    assert dict(zip(found.inputs["path"], found.inputs["change"], strict=True)) == {
        "p.csv": "changed",
        "new.csv": "added",
        "gone.csv": "removed",
    }


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-3_000, 3_000), st.integers(-600, 600)), max_size=4),
    st.lists(st.tuples(st.integers(-3_000, 3_000), st.integers(-600, 600)), max_size=4),
)
def test_gained_less_lost_is_the_change_of_the_covered(before, after):
    was = report({f"f{n}": xy for n, xy in enumerate(before)})
    now = report({f"f{n}": xy for n, xy in enumerate(after)})
    rows = was.findings.assign(district=was.findings["district"].astype(str))
    found = compare({"findings": rows.astype(object).where(rows.notna(), None).to_dict("records")}, now)
    city = found.changes[found.changes["level"] == CITY].iloc[0]
    covered = [one.findings.loc["radius/city/city", "covered"] for one in (was, now)]
    assert city["people_gained"] - city["people_lost"] == pytest.approx(covered[1] - covered[0])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"findings": 3}',
        b'{"findings": [3]}',
        b"\xff\xfe\x00",
        b'{"findings": [{"rule": "r", "level": "district", "district": "1", "verdict": "maybe"}]}',
        b'{"findings": [{"rule": 1, "level": "district", "district": "1", "verdict": "fail"}]}',
        b'{"findings": [{"level": "district", "district": "1", "verdict": "fail"}]}',
        b'{"findings": [{"rule": "r", "level": "city", "district": "", "verdict": "fail", "covered": "many"}]}',
        b'{"findings": [%s], "inputs": 3}' % ONE_FINDING,
        b'{"findings": []}',
        b'{"findings": [%s], "parameters": [1]}' % ONE_FINDING,
        b'{"findings": [%s], "rules": [1]}' % ONE_FINDING,
        b'{"findings": [%s], "rules": [{"rule": ["r"]}]}' % ONE_FINDING,
        b'{"findings": [{"rule": "\\ud800", "level": "city", "district": "", "verdict": "fail"}]}',
        b'{"findings": [{"rule": "r", "level": "city", "district": "", "verdict": "fail", "value": 1%s}]}'
        % (b"0" * 400),
        b'{"findings": [{"rule": "r", "level": "city", "district": "", "verdict": "fail"},'
        b' {"rule": "r", "level": "city", "district": "", "verdict": "pass"}]}',
    ],
)
def test_a_broken_earlier_audit_is_refused(content, tmp_path):
    (tmp_path / "audit.json").write_bytes(content)
    with pytest.raises(InputError):
        read_audit(tmp_path)


def test_a_broken_earlier_audit_is_told_before_any_work(tmp_path, capsys):
    study = write_study(tmp_path / "study")
    (tmp_path / "audit.json").write_text("{")
    out = tmp_path / "out"
    for against in (tmp_path / "audit.json", tmp_path / "nowhere"):
        assert run(["audit", str(study), "--out", str(out), "--against", str(against)]) == 4
        assert "Traceback" not in (shown := capsys.readouterr().err)
        assert shown.startswith(("file.malformed", "file.missing"))
        assert not out.exists()


def test_the_command_line_compares_with_the_folder_it_writes_over(tmp_path, capsys):
    study = write_study(tmp_path / "study")
    out = tmp_path / "out"
    assert run(["audit", str(study), "--out", str(out), "--standard", "zz2018-34"]) == 0
    table = study.parent / "养老.csv"
    lines = table.read_text("gb18030").splitlines()
    table.write_text("\n".join(lines[:2]) + "\n", encoding="gb18030")
    capsys.readouterr()
    assert run(["audit", str(study), "--out", str(out), "--standard", "zz2018-34", "--against", str(out)]) == 0
    told = capsys.readouterr().out
    assert "养老.csv" in told
    rows = list(csv.DictReader((out / "comparison.csv").read_text("utf-8-sig").splitlines()))
    assert {"district", "city"} <= {row["level"] for row in rows}
    assert any(row["people_lost"] not in ("", "0") for row in rows)
    assert '"newly-failing"' in (out / "index.html").read_text("utf-8")
    assert "comparison.csv" in json.loads((out / "audit.json").read_text("utf-8"))["files"]
    assert run(["audit", str(study), "--out", str(out), "--standard", "zz2018-34"]) == 0
    assert not (out / "comparison.csv").exists()  # an old comparison does not stand beside a new audit


def test_writing_takes_the_folder_of_the_earlier_audit(tmp_path):
    report(WEST).write(tmp_path / "old")
    moved = report(EAST)
    paths = moved.write(tmp_path / "new", against=tmp_path / "old")
    assert "comparison.csv" in {path.name for path in paths}
    lines = compare(tmp_path / "old", moved).lines("en")
    assert "newly failing: 1" in lines
    assert any("+200" in line and "-100" in line for line in lines)
