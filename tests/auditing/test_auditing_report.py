"""The report of an audit: functional zones apart, the city's roll-up, clauses and their coverage, conflicts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pandas as pd
import pytest
import toy
from shapely import box

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.reporting.told.clauses import clause_groups, judged_rules
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
    conflicts=("C03", "C10"),
    verified_on=dt.date(2026, 11, 22),
)
MARKET = RADIUS.model_copy(update={"id": "market", "facilities": ("market",), "conflicts": ()})
KEPT = RADIUS.model_copy(update={"id": "kept", "rule": "recorded", "reason": "no limit is printed"})


def standard(*rules: Rule) -> Standard:
    document = Document(
        id="t", number="测〔2018〕1号", title="测试", title_en="Test", issuer="测试", jurisdiction="zhengzhou"
    )
    named = {"standard": "t", "document": document.number}
    return Standard(document=document, clauses=tuple(rule.model_copy(update=named) for rule in rules))


def two_districts(**more: object) -> AuditReport:
    """Two districts of 100 and 300 people 60+; the one centre reaches only the first; zones lie across both."""
    study = toy.study(
        facilities={"f": toy.facility(-1_000, 0)},
        demand={
            "a": toy.people(-1_100, 0, 1_000, 100, "1", None),
            "b": toy.people(1_000, 0, 2_000, 200, "2", None),
            "c": toy.people(9_000, 0, 1_000, 100, "2", None),
        },
        districts={"1": box(-10_000, -10_000, 0, 10_000), "2": box(0, -10_000, 10_000, 10_000)},
    )
    study = dataclasses.replace(study, **more)
    return audit(study, [standard(RADIUS, MARKET, KEPT)])


def zones(**outlines: object) -> object:
    rows = {code: {"name": f"功能区{code}", "geometry": outline} for code, outline in outlines.items()}
    return toy.frame(rows, "code")


@pytest.fixture(scope="module")
def zoned() -> AuditReport:
    return two_districts(zones=zones(port=box(-2_000, -500, 2_000, 500), empty=box(3_000, 3_000, 4_000, 4_000)))


def test_a_report_passes_where_something_passes_and_nothing_fails_or_needs_review():
    whole, nowhere = (
        two_districts(),
        two_districts(
            kinds_known=frozenset(),
            facilities=toy.study(facilities={}, demand={"a": toy.people(0, 0, 1, 1)}).facilities,
        ),
    )
    assert {"pass", "fail"} <= whole.verdicts
    assert not whole.passed
    fails = (whole.findings["verdict"] == "fail") & whole.findings["level"].isin(["district", "city"])
    mended = whole.findings.assign(verdict=whole.findings["verdict"].mask(fails, "nodata"))
    assert dataclasses.replace(whole, findings=mended).passed
    # the whole city fails a clause that no district is judged by, or it needs review
    city = (mended["level"] == CITY) & (mended["rule"] == "radius")
    for verdict in ("fail", "review"):
        turned = mended.assign(verdict=mended["verdict"].mask(city, verdict))
        assert not dataclasses.replace(whole, findings=turned).passed
    assert nowhere.verdicts <= {"nodata", "not-applicable"}
    assert not nowhere.passed


@pytest.mark.parametrize("verdict", ["nodata", "review", "not-applicable"])
def test_an_audit_that_judged_nothing_has_not_passed(verdict):
    report = two_districts()
    assert not dataclasses.replace(report, findings=report.findings.assign(verdict=verdict)).passed


def test_zones_are_judged_with_their_own_people(zoned):
    rows = zoned.findings[zoned.findings["level"] == "zone"].set_index(["rule", "district"])
    port = rows.loc[("radius", "port")]
    assert (port["people"], port["covered"], port["missed"]) == (300, 100, 200)
    assert port["verdict"] == "fail"
    assert port["district_name"] == "功能区port"
    assert rows.loc[("radius", "empty"), "verdict"] in ("nodata", "not-applicable")


def test_zones_change_nothing_of_the_districts_and_the_city(zoned):
    plain = two_districts()
    own = zoned.findings[zoned.findings["level"] != "zone"]
    pd.testing.assert_frame_equal(own, plain.findings)
    pd.testing.assert_frame_equal(zoned.scorecard(), plain.scorecard())
    pd.testing.assert_frame_equal(zoned.ranking, plain.ranking)
    assert zoned.provenance["conservation"] == plain.provenance["conservation"]
    assert (zoned.findings["level"] == CITY).sum() == 2


def test_finding_ids_stay_unique_with_zones(zoned):
    assert zoned.findings.index.is_unique
    assert "radius/zone/port" in zoned.findings.index


def test_the_table_of_zones_has_a_row_per_zone(zoned):
    table = zoned.zone_table()
    assert list(table.index) == ["port", "empty"]
    assert list(table.columns) == ["name", "radius", "market"]
    assert table.loc["port", "radius"] == "fail"
    assert two_districts().zone_table().empty


def test_zones_without_anybody_are_no_data_and_no_crash():
    report = two_districts(zones=zones(far=box(50_000, 0, 51_000, 1_000)))
    rows = report.findings[report.findings["level"] == "zone"]
    assert set(rows["verdict"]) == {"nodata"}
    assert rows["note_en"].str.contains("no demand point").all()


def test_units_of_a_zone_lie_in_it_and_are_not_listed_twice():
    outline = {"x": toy.unit(box(-1_500, -400, -500, 400)), "y": toy.unit(box(500, -400, 1_500, 400), district="2")}
    rule = RADIUS.model_copy(update={"applies_to": "urban-community"})
    study = toy.study(
        facilities={"f": toy.facility(-1_000, 0)},
        demand={"a": toy.people(-1_100, 0, 1_000, 100, "1", "x"), "b": toy.people(1_000, 0, 2_000, 200, "2", "y")},
        units=outline,
        districts={"1": box(-10_000, -10_000, 0, 10_000), "2": box(0, -10_000, 10_000, 10_000)},
    )
    report = audit(dataclasses.replace(study, zones=zones(west=box(-2_000, -500, 0, 500))), [standard(rule)])
    assert (report.findings["level"] == "unit").sum() == 2
    west = report.findings.loc["radius/zone/west"]
    assert (west["people"], west["units_judged"], west["verdict"]) == (100, 1, "pass")


def test_an_audit_of_some_districts_leaves_zones_out(zoned):
    part = audit(zoned.study, list(zoned.standards), districts=["1"])
    assert part.zone_table().empty


def test_the_roll_up_tells_the_city_once_per_rule(zoned):
    table = zoned.rollup()
    assert list(table.index) == ["radius", "market"]
    row = table.loc["radius"]
    assert (row["verdict"], row["people"], row["missed"]) == ("fail", 400, 300)
    assert (row["districts_passing"], row["districts_judged"]) == (1, 2)
    assert table.loc["market", "verdict"] == "nodata"
    assert table.loc["market", "districts_judged"] == 0


def test_every_clause_says_how_far_it_was_judged_and_what_would_answer_it(zoned):
    table = zoned.clauses()
    assert table["coverage"].to_dict() == {"radius": "judged", "market": "nodata", "kept": "recorded"}
    assert "[[facilities]]" in table.loc["market", "answer_en"]
    assert table.loc["kept", "reason"] == "no limit is printed"
    assert table.loc["radius", "reason"] == ""


def test_a_clause_the_audit_left_out_is_not_called_recorded(zoned):
    less = dataclasses.replace(
        zoned, rules=zoned.rules[:1], findings=zoned.findings[zoned.findings["rule"] == "radius"]
    )
    assert less.clauses()["coverage"].to_dict() == {"radius": "judged", "market": "left-out", "kept": "recorded"}


def test_the_scorecard_keeps_a_column_per_rule(zoned):
    table = zoned.scorecard()
    assert list(table.columns) == ["name", "radius", "market"]
    assert list(table.index) == ["1", "2"]


def test_findings_carry_the_conflicts_of_their_clause(zoned, tmp_path):
    assert set(zoned.findings.loc[zoned.findings["rule"] == "radius", "conflicts"]) == {"C03; C10"}
    assert set(zoned.findings.loc[zoned.findings["rule"] == "market", "conflicts"]) == {""}
    zoned.write(tmp_path / "out")
    told = json.loads((tmp_path / "out" / "audit.json").read_text("utf-8"))
    assert {one["rule"]: one["conflicts"] for one in told["rules"]} == {"radius": "C03; C10", "market": ""}


def test_a_page_shows_judged_rules_only_and_lists_the_rest(zoned, tmp_path):
    assert [rule.id for rule in judged_rules(zoned)] == ["radius"]
    groups = clause_groups(zoned)
    assert groups["score"] == ["radius"]
    assert groups["coverage"] == {"judged": "1", "nodata": "1", "recorded": "1"}
    [silent] = groups["silent"]
    assert silent["document"] == "测〔2018〕1号"
    assert silent["answers"][0]["clauses"][0]["clause"] == MARKET.clause
    zoned.write(tmp_path / "out")
    page = next((tmp_path / "out" / "maps").glob("*.html")).read_text("utf-8")
    island = json.loads(page[page.index('id="zz-data">') + 13 : page.index("</script>", page.index('id="zz-data">'))])
    assert [rule["id"] for rule in island["rules"]] == ["radius"]
    assert list(island["findings"]) == ["radius"]
    assert island["rules"][0]["conflicts"] == ["C03", "C10"]
