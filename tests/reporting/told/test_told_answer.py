"""The answer: made from the findings, in both languages, the same everywhere; missing data is never a failure."""

from __future__ import annotations

import dataclasses
import io

import docx
import pytest
from fake_report import CIRCLE, CODES, COVERAGE, RADIUS, fake_report

from zzgeo.auditing.report import AuditReport
from zzgeo.reporting import scorecard_html
from zzgeo.reporting.desk.document import document_bytes
from zzgeo.reporting.told.answer import answer_text, answers
from zzgeo.reporting.told.standing import missed_by_rule, standings


def turned(report: AuditReport, verdict: str, **where: str) -> AuditReport:
    rows = report.findings["level"].isin(("district", "city"))
    for column, value in where.items():
        rows &= report.findings[column] == value
    return dataclasses.replace(
        report, findings=report.findings.assign(verdict=report.findings["verdict"].mask(rows, verdict))
    )


def test_a_clause_comes_to_the_worst_of_city_and_districts() -> None:
    report = fake_report()
    whole = standings(report)(None).clauses
    assert sum(whole.values()) == len(report.rules)
    assert standings(turned(report, "pass"))(None).clauses == whole | {
        "pass": 3,
        "fail": 0,
        "review": 0,
        "nodata": 0,
        "not-applicable": 0,
    }
    one = turned(turned(report, "pass"), "fail", rule=RADIUS, district=CODES[1])
    assert standings(one)(None).clauses["fail"] == 1
    assert standings(one)(CODES[0]).clauses["fail"] == 0


def test_what_has_no_data_in_one_district_is_not_met_everywhere_and_does_not_fail() -> None:
    report = turned(turned(fake_report(), "pass"), "nodata", rule=COVERAGE, district=CODES[1])
    told = answers(report)(None)
    assert "1条缺数据、不能判断" in told["zh"][0]
    assert "2条全面达标，0条在全市或部分区县不达标" in told["zh"][0]
    assert "not judged for want of data 1" in told["en"][0]


def test_nothing_but_missing_data_says_neither_met_nor_failed_nor_how_certain() -> None:
    assert answers(turned(fake_report(), "nodata"))(None) == {
        "zh": ["共3条条款：3条缺数据、不能判断。"],
        "en": ["Of 3 clauses: not judged for want of data 3."],
    }
    assert answers(turned(fake_report(), "not-applicable"))(CODES[0])["en"] == ["No clause applies here."]


def test_the_clause_that_misses_most_is_named_with_people_share_and_place() -> None:
    report = fake_report()
    missed = missed_by_rule(report)["missed"]
    most = standings(report)(None).most
    assert most is not None
    fails = set(report.findings.loc[report.findings["verdict"] == "fail", "rule"])
    assert most.missed == missed[missed.index.isin(fails)].max()
    here = standings(report)(CODES[0]).most
    assert here is not None
    rows = report.districts[(report.districts["district"] == CODES[0]) & (report.districts["verdict"] == "fail")]
    assert here.missed == rows["missed"].max()


def test_a_clause_that_only_needs_review_is_not_told_as_missing_most() -> None:
    report = turned(fake_report(), "review")
    assert standings(report)(None).most is None
    assert len(answers(report)(None)["zh"]) == 2


def test_what_to_build_first_is_the_plans_first_site_else_the_next_site_else_the_largest_gap() -> None:
    planned, plain = fake_report(planned=True), fake_report()
    only = [turned(turned(one, "pass"), "fail", rule=RADIUS, district=CODES[0]) for one in (planned, plain)]
    firsts = [standings(one)(CODES[0]).first for one in only]
    assert [one.how for one in firsts if one] == ["plan", "site"]
    assert "地块甲" in answer_text(only[0], CODES[0])
    bare = dataclasses.replace(only[1], next_sites=only[1].next_sites.iloc[:0])
    first = standings(bare)(CODES[0]).first
    gaps = bare.gaps[(bare.gaps["rule"] == RADIUS) & (bare.gaps["district"] == CODES[0])]
    assert first is None if not len(gaps) else first is not None and first.people == gaps["missed"].max()


def test_a_value_close_to_its_target_and_a_verdict_that_turns_are_told() -> None:
    report = fake_report()
    rows = report.findings["level"].isin(("district", "city")) & (report.findings["rule"] == CIRCLE)
    value = report.findings["value"].mask(rows, 0.992)
    near = dataclasses.replace(
        report, findings=report.findings.assign(value=value, threshold=report.findings["threshold"].mask(rows, 1.0))
    )
    judged = rows & near.findings["verdict"].isin(("pass", "fail", "review"))
    assert standings(near)(None).close >= judged.sum() > 0
    assert "距目标不超过1%的结论" in answer_text(near)
    calm = dataclasses.replace(report, findings=report.findings.assign(sensitive=False))
    assert "没有结论随步速或量距方式改变" in answer_text(calm)


def test_no_such_district_is_an_error() -> None:
    with pytest.raises(KeyError):
        fake_report().answer("999999")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_document_and_notebook_say_it_word_for_word(lang: str) -> None:
    report = fake_report()
    paragraphs = [one.text for one in docx.Document(io.BytesIO(document_bytes(report, lang))).paragraphs]
    html = scorecard_html(report, lang)
    for sentence in answers(report)(None)[lang]:
        assert sentence in paragraphs
        assert sentence in html
    for sentence in answers(report)(CODES[0])[lang]:
        assert sentence in paragraphs
