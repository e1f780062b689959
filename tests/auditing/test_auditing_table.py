"""Findings and their flags as tables: what is text, what is a code, what stays a mapping until a file is written."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
from pathlib import Path

import pandas as pd
import pytest
import toy
from shapely import box

from zzgeo.auditing.comparison import compare, side_of
from zzgeo.auditing.earlier import checked_audit
from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.auditing.table import FLAG_COLUMNS, flags_by_finding, flags_of
from zzgeo.errors import InputError
from zzgeo.reporting.desk.audit_file import audit_json
from zzgeo.reporting.outputs.base import Edition
from zzgeo.reporting.outputs.tables import OUTPUT as TABLES
from zzgeo.reporting.told.options import PageOptions
from zzgeo.reporting.told.records import records
from zzgeo.reporting.told.words import flags_text
from zzgeo.rules.parts.base import Finding, Judgement
from zzgeo.standards import Document, Rule, Standard
from zzgeo.vocabulary.flags import Flag

RULE = Rule(
    id="r",
    title="服务半径",
    title_en="Radius",
    section="一",
    clause="服务半径不超过500米",
    rule="service-radius",
    standard="t",
    document="测〔2018〕1号",
    facilities=("elderly_day_care",),
    population="aged_60_plus",
    operator="<=",
    value=500,
    unit="m",
    verified_on=dt.date(2026, 11, 22),
    params={"min_floor_area_m2": 200.0},
)
BOOK = Standard(
    document=Document(
        id="t", number="测〔2018〕1号", title="测试", title_en="Test", issuer="测试", jurisdiction="zhengzhou"
    ),
    clauses=(RULE,),
)


@pytest.fixture(scope="module")
def report() -> AuditReport:
    """Two districts and a zone, one centre that is large enough, one that is not, one that is not told."""
    study = toy.study(
        facilities={
            "f": toy.facility(-1_000, 0, floor_area_m2=300.0),
            "g": toy.facility(1_000, 0, floor_area_m2=150.0),
            "h": toy.facility(1_500, 0, floor_area_m2=None),
        },
        demand={"a": toy.people(-1_100, 0, 9, 5, "1", None), "b": toy.people(1_000, 0, 9, 5, "2", None)},
        districts={"1": box(-9_000, -9_000, 0, 9_000), "2": box(0, -9_000, 9_000, 9_000)},
    )
    zones = toy.frame({"port": {"name": "港区", "geometry": box(-2_000, -500, 2_000, 500)}}, "code")
    return audit(dataclasses.replace(study, zones=zones), [BOOK])


def test_every_flag_of_every_finding_has_a_row(report: AuditReport) -> None:
    flags, findings = report.flags, report.findings
    assert tuple(flags.columns) == FLAG_COLUMNS
    assert flags.index.name == findings.index.name == "finding_id"
    assert type(flags) is pd.DataFrame
    for finding, row in findings.iterrows():
        own = flags.loc[[finding]]
        assert row["flags"] == "; ".join(own["en"])
        assert row["flag_codes"] == "; ".join(own["code"])
        assert {*own["rule"]} | {*own["level"]} | {*own["district"]} == {row["rule"], row["level"], row["district"]}
    assert set(flags["level"]) == {"district", "city", "zone"}
    assert flags.loc["r/city/city", "code"].tolist() == [
        "facilities.opening_unknown_counted",
        "facilities.floor_too_small",
        "facilities.floor_unknown",
    ]
    assert flags.loc["r/city/city", "details"].tolist()[1] == {"least_m2": 200.0, "number": 1}
    assert flags.loc["r/city/city", "zh"].tolist()[1] == "建筑面积不足200平方米、未计入的设施：1处"


def test_codes_are_reached_as_an_attribute(report: AuditReport) -> None:
    """``findings.flags`` is pandas' own attribute of every table: what a finding flags was hidden behind it."""
    assert int(report.findings.flag_codes.str.contains("facilities.floor_too_small").sum()) == 4
    assert list(report.findings).index("flag_codes") == list(report.findings).index("flags") + 1
    assert report.rollup().flag_codes["r"] == report.findings.flag_codes["r/city/city"]


def test_findings_without_flags_give_an_empty_table() -> None:
    empty = flags_of([(RULE, Judgement([Finding("city", "city", "pass")]))])
    assert empty.empty
    assert tuple(empty.columns) == FLAG_COLUMNS


def test_two_units_of_one_name_keep_their_flags_apart() -> None:
    """Lists of townships call them by their names; an id then stands on two findings."""
    shared = [Flag("facilities.shared_with", unit=name) for name in ("甲", "乙")]
    units = [
        Finding("unit", "柳林镇", "pass", district, flags=[flag]) for district, flag in zip("12", shared, strict=True)
    ]
    told = flags_by_finding(flags_of([(RULE, Judgement(units))]), ("zh",))
    assert told == {
        ("r/unit/柳林镇", "1"): [{"zh": "与甲共用"}],
        ("r/unit/柳林镇", "2"): [{"zh": "与乙共用"}],
    }


def test_parameters_are_mappings_until_a_file_is_written(report: AuditReport, tmp_path: Path) -> None:
    params = report.findings["params"]
    assert params["r/city/city"]["radius_m"] == 500.0
    written = {name: content for name, content, _ in TABLES.files(Edition(report, PageOptions(), tmp_path))}
    text = written["findings.csv"].decode("utf-8-sig")
    rows = {row["finding_id"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    for finding, known in params.items():
        assert rows[finding]["params"] == json.dumps(known, ensure_ascii=False, sort_keys=True)
    assert isinstance(report.findings["params"]["r/city/city"], dict)


def test_the_audit_file_holds_text_codes_and_values(report: AuditReport) -> None:
    content = json.loads(audit_json(report, []))
    [city] = [one for one in checked_audit(content)["findings"] if one["level"] == "city"]
    assert city["flags"] == report.findings.at["r/city/city", "flags"]
    assert city["flag_codes"][1] == {"code": "facilities.floor_too_small", "details": {"least_m2": 200.0, "number": 1}}
    assert list(city["params"]) == sorted(report.findings.at["r/city/city", "params"])


def test_what_most_findings_say_alike_stands_once_and_is_read_back_whole(report: AuditReport) -> None:
    content = json.loads(audit_json(report, []))
    [rule] = content["rules"]
    whole = checked_audit(content)["findings"]
    assert set(report.findings) - set(rule) <= set(whole[0])
    assert [one["flags"] for one in whole] == report.findings["flags"].tolist()
    assert [one["params"] for one in whole] == report.findings["params"].tolist()
    assert "radius_m" in rule["usual"]["params"]
    assert not any("as_of" in one for one in content["findings"])
    assert all({"value", "verdict", "people", "unit"} <= set(one) for one in content["findings"])
    # an earlier version repeated all in every line
    plain = {**content, "rules": [{name: rule[name] for name in rule if name != "usual"}], "findings": whole}
    for one, of_earlier in zip(whole, checked_audit(plain)["findings"], strict=True):
        assert one == of_earlier
    pd.testing.assert_frame_equal(side_of(content).findings, side_of(plain).findings)
    rule["usual"] = {**rule["usual"], "threshold": "much"}
    with pytest.raises(InputError, match="threshold='much'"):
        checked_audit(content)


def test_an_earlier_audit_without_codes_is_compared(report: AuditReport) -> None:
    earlier = json.loads(audit_json(report, []))
    for one in earlier["findings"]:
        one.pop("flag_codes", None)
    changes = compare(earlier, report).changes
    assert set(changes["change"]) == {"same"}
    assert compare(json.loads(audit_json(report, [])), report).changes.equals(changes)


def test_records_bring_flags_in_both_languages(report: AuditReport) -> None:
    rows = records(report, report.findings[report.findings["level"] == "zone"])
    assert [row["rule"] for row in rows] == ["r"]
    assert flags_text(rows[0]["flags"], "en") == report.findings.at["r/zone/port", "flags"]
    assert flags_text(rows[0]["flags"], "zh").split("；")[2] == "建筑面积不明、已计入的设施：1处"
