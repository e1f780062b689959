"""The sample study, end to end, as ``zzgeo demo`` runs it."""

from __future__ import annotations

import base64
import csv
import json
import re
import zlib
from pathlib import Path

import pytest
from places import SAMPLE

import zzgeo
from zzgeo.served import CITY


@pytest.fixture(scope="session")
def findings(demo) -> list[dict[str, str]]:
    return list(csv.DictReader((demo / "findings.csv").read_text("utf-8-sig").splitlines()))


def test_the_demo_judges_at_least_six_rules_in_twelve_districts(demo, findings):
    districts = {row["district"] for row in findings if row["level"] == "district"}
    rules = {row["rule"] for row in findings}
    assert len(districts) == 12
    assert len(rules) >= 6
    assert {row["rule_kind"] for row in findings} == {"service-radius", "time-circle", "unit-coverage"}
    assert len(list((demo / "maps").glob("*.html"))) == 12
    assert (demo / "index.html").stat().st_size < 2_000_000


def test_everybody_of_the_real_total_is_accounted_for(demo):
    told = json.loads((demo / "audit.json").read_text("utf-8"))
    assert told["conservation"]["people_in_demand"]["residents"] == 10_135_900
    circle = told["conservation"]["rules"]["zz14-claim-15min-health-circle"]
    assert circle["covered"] + circle["missed"] + circle["excluded"] == 10_135_900


def test_every_verdict_can_be_defended(findings):
    for row in findings:
        assert row["clause"]
        assert row["document"]
        assert row["verdict"] in ("pass", "fail", "review", "nodata", "not-applicable")
        if row["verdict"] in ("pass", "fail"):
            assert row["value"] != ""
            assert row["threshold"] != ""
        if row["verdict"] == "fail" and row["gap_unit"] == "share":
            assert float(row["gap"]) > 0


def test_some_verdicts_pass_some_fail_and_some_are_sensitive(findings):
    verdicts = {row["verdict"] for row in findings if row["level"] == "district"}
    assert {"pass", "fail", "not-applicable"} <= verdicts
    assert any(row["sensitive"].lower() == "true" for row in findings)


def page_text(page: Path) -> str:
    """Return a page with its data unpacked, where they are packed."""
    text = page.read_text("utf-8")
    packed = re.search(r'"packed":"([^"]+)"', text)
    return text if packed is None else text + zlib.decompress(base64.b64decode(packed[1])).decode("utf-8")


def test_what_is_made_from_the_sample_says_that_it_is_synthetic(demo):
    for page in [demo / "index.html", *(demo / "maps").glob("*.html")]:
        text = page_text(page)
        assert "合成" in text
        assert "synthetic" in text
    assert "合成" in (demo / "audit.json").read_text("utf-8")


def test_set_aside_rows_and_snapping_are_listed(demo):
    aside = list(csv.DictReader((demo / "quarantined.csv").read_text("utf-8-sig").splitlines()))
    assert len(aside) == 11
    ledger = list(csv.DictReader((demo / "snapping.csv").read_text("utf-8-sig").splitlines()))
    assert sum(row["layer"] == "demand" for row in ledger) == 25_941
    assert {"ok", "too-far"} <= {row["status"] for row in ledger}


def test_cells_that_cannot_be_read_are_told_and_their_facilities_are_there(demo):
    warnings = json.loads((demo / "audit.json").read_text("utf-8"))["warnings"]
    told = [one for one in warnings if "left empty" in one]
    assert [one.split(" · ")[0] for one in told] == ["value.negative", "value.unparsed"]
    assert "'约200张' left empty: 1 of 2738 rows (2739)" in told[1]
    ledger = list(csv.DictReader((demo / "snapping.csv").read_text("utf-8-sig").splitlines()))
    assert {"YL9003", "YY90002"} <= {row["id"] for row in ledger if row["layer"] == "facility"}


def test_gaps_never_hold_more_people_than_are_missed(demo, findings):
    missed = {row["rule"]: float(row["missed"]) for row in findings if row["level"] == CITY and row["missed"]}
    by_rule: dict[str, float] = {}
    for row in csv.DictReader((demo / "gaps.csv").read_text("utf-8-sig").splitlines()):
        by_rule[row["rule"]] = by_rule.get(row["rule"], 0.0) + float(row["missed"])
        assert float(row["area_ha"]) >= 1
    for rule, people in by_rule.items():
        assert 0.9 * missed[rule] <= people <= missed[rule] + 1e-6


def test_coverage_of_the_sample_agrees_with_its_audit(findings):
    study = zzgeo.load_study(SAMPLE)
    kinds = ["community_health_centre", "community_health_station", "township_health_centre", "village_clinic"]
    table = zzgeo.coverage(study, zzgeo.Reach.walk(15, metres_per_second=1.1), kinds)
    for row in findings:
        if row["rule"] == "zz14-claim-15min-health-circle" and row["level"] == "district":
            assert float(row["covered"]) == pytest.approx(table.loc[(row["district"], "residents"), "covered"])
