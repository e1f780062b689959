"""Audits side by side: who gained and who lost is named, and nothing is called the same where people moved."""

from __future__ import annotations

import json

import pytest
import toy
from auditing.test_auditing_comparison import EAST, WEST, report

import zzgeo
from zzgeo.auditing.comparison import compare
from zzgeo.cli.commands import run
from zzgeo.errors import InputError
from zzgeo.served import CITY

BOTH = WEST | EAST


def test_scenarios_stand_beside_what_is_there():
    base = report(WEST)
    new = base.study.facilities.set_geometry(base.study.facilities.translate(2_000, 0)).set_axis(["e"])
    more, moved = base.what_if(add=new), base.what_if(add=new, remove=["w"])
    found = zzgeo.trend({"now": base, "more": more, "moved": moved})
    assert found.since == "first"
    city = found.table[found.table["level"] == CITY].set_index("edition")
    assert city.loc["more", ["people_gained", "people_lost"]].tolist() == [200, 0]
    assert city.loc["moved", ["people_gained", "people_lost", "change"]].tolist() == [200, 100, "moving"]
    assert city["proposal"].map(bool).tolist() == [False, True, True]
    assert set(found.moved()["edition"]) == {"more", "moved"}
    assert found.wide("covered").iloc[0].tolist() == [100, 300, 200]


def test_who_moved_is_told_though_the_sum_and_the_verdict_stay():
    """Two homes of one district, as many people each: one gains what the other loses."""

    def town(x: float) -> zzgeo.AuditReport:
        from auditing.test_auditing_comparison import RADIUS, standard

        homes = {"a": toy.people(-1_000, 0, 9, 5, "1", None), "b": toy.people(1_000, 0, 9, 5, "1", None)}
        return zzgeo.audit(toy.study(facilities={"f": toy.facility(x, 0)}, demand=homes), standard(RADIUS))

    rows = compare(town(-1_000), town(1_000)).changes
    assert set(rows["change"]) == {"moving"}
    assert rows["people_gained"].tolist() == rows["people_lost"].tolist() == [5, 5]


def test_years_stand_one_after_the_other_from_their_files(tmp_path, capsys):
    for name, at in (("2018", WEST), ("2019", BOTH), ("2020", EAST)):
        report(at).write(tmp_path / name)
    found = zzgeo.trend({name: tmp_path / name for name in ("2018", "2019", "2020")}, since="before")
    city = found.table[found.table["level"] == CITY].set_index("edition")
    assert city["people_gained"].tolist()[1:] == [200, 0]
    assert city["people_lost"].tolist()[1:] == [0, 100]
    folders = [str(tmp_path / name) for name in ("2018", "2019", "2020")]
    assert run(["trend", *folders, "--since", "before", "--out", str(tmp_path / "trend"), "--lang", "en"]) == 0
    page = (tmp_path / "trend" / "trend.html").read_text("utf-8")
    assert "newly met" in page
    assert "新增达标" in page
    assert len((tmp_path / "trend" / "trend.csv").read_text("utf-8-sig").splitlines()) == 1 + 9


def test_a_name_on_the_page_is_text():
    page = zzgeo.trend({"<b>": report(WEST), "x": report(EAST)})
    from zzgeo.reporting.pages.trend import trend_page

    assert "<b>" not in trend_page(page)
    assert r"\u003cb\u003e" in trend_page(page, "en")


@pytest.mark.parametrize("audits", [{}, {"a": 1}])
def test_one_audit_has_nothing_beside_it(audits):
    with pytest.raises(InputError, match="nothing to compare"):
        zzgeo.trend(audits)


def test_what_if_prints_its_changes(tmp_path, capsys):
    from zzgeo.intake.example import write_example

    write_example(tmp_path)
    study = zzgeo.load_study(tmp_path)
    gone = str(study.facilities.index[0])
    assert run(["what-if", str(tmp_path), "--remove", gone, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["proposals"][0]
    assert told["proposal"]["removed"] == [gone]
    assert {row["change"] for row in told["changes"]} - {"same"}
    assert run(["what-if", str(tmp_path), "--aged-60-plus", "0.3", "--lang", "en"]) == 0
    assert "Proposal, not what is there" in capsys.readouterr().out
    assert run(["what-if", str(tmp_path), "--remove", "nobody"]) == 4
    assert run(["what-if", str(tmp_path)]) == 2
