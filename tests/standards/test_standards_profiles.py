"""The sample study under every profile of its place, and Shaoguan's under its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from places import SAMPLE

import zzgeo
from zzgeo.errors import StandardError
from zzgeo.standards import profiles, rules_for, shipped

ZHENGZHOU = sorted(one.id for one in profiles().values() if one.jurisdiction == "zhengzhou")


@pytest.fixture(scope="module")
def study() -> zzgeo.Study:
    return zzgeo.load_study(SAMPLE)


@pytest.fixture(scope="module")
def reports(study: zzgeo.Study) -> Callable[[str], zzgeo.AuditReport]:
    made: dict[str, zzgeo.AuditReport] = {}

    def get(profile: str) -> zzgeo.AuditReport:
        if profile not in made:
            made[profile] = zzgeo.audit(study, profile=profile)
        return made[profile]

    return get


@pytest.mark.parametrize("profile", ZHENGZHOU)
def test_the_sample_is_audited_under_every_profile(reports, profile):
    report = reports(profile)
    standards = [shipped()[one] for one in profiles()[profile].documents]
    assert [rule.id for rule in report.rules] == [rule.id for rule in rules_for(standards, profiles()[profile])]
    cities = report.findings[report.findings["level"] == "city"]
    assert cities["rule"].tolist() == [rule.id for rule in report.rules]
    assert set(report.findings["verdict"]) <= {"pass", "fail", "review", "nodata", "not-applicable"}
    silent = report.findings[(report.findings["verdict"] == "nodata") & (report.findings["note_en"] == "")]
    assert silent.empty, silent.index[:5].tolist()


def test_the_land_is_let_go_after_an_audit_and_sites_are_found_all_the_same(reports):
    report = reports("zz-2020")
    assert "tiling" not in vars(report.context)
    assert len(report.gaps)
    site = report.next_site("zz18e-radius-urban-community", "410105")
    assert site["district"] == "410105"
    assert site["gained_60_plus"] > 0


def test_missing_data_never_becomes_a_verdict(reports):
    findings = reports("zz-2020-all").findings
    judged = findings[findings["verdict"].isin(["pass", "fail"])]
    assert judged["value"].notna().all()
    assert findings.loc[findings["verdict"] == "nodata", "missed"].isna().all()


def test_the_stricter_profile_chooses_50_beds_and_the_scheme_40(reports):
    strict, scheme = reports("zz-2020-strict").findings, reports("zz-2020-34").findings
    beds = strict[(strict["rule"].str.contains("elderly-beds-per-1000")) & (strict["level"] == "city")]
    assert beds["threshold"].tolist() == [50.0]
    beds = scheme[(scheme["rule"] == "zz18e-elderly-beds-per-1000") & (scheme["level"] == "city")]
    assert beds["threshold"].tolist() == [40.0]


def test_each_place_is_judged_by_its_own_law_and_none_of_the_others(study):
    there = dataclasses.replace(study, jurisdiction="shaoguan", profile=None)
    report = zzgeo.audit(there)
    assert set(report.findings["standard"]) == {"sg2016-9"}
    assert len(report.rules) == 29
    with pytest.raises(StandardError):
        zzgeo.audit(dataclasses.replace(study, jurisdiction="elsewhere", profile=None))


def test_the_pages_of_the_whole_book_stay_light_and_say_what_is_missing(reports, tmp_path: Path) -> None:
    reports("zz-2020-all").write(tmp_path)
    sizes = {path.name: path.stat().st_size for path in tmp_path.rglob("*.html")}
    assert len(sizes) == 13
    assert max(sizes.values()) < 2_100_000, sizes
    text = (tmp_path / "index.html").read_text("utf-8")
    assert "needs" in text


def test_clauses_tell_for_each_what_became_of_it(reports):
    table: Any = reports("zz-2020-all").clauses()
    assert len(table) >= 310
    assert {"judged", "nodata", "recorded"} <= set(table["coverage"])
