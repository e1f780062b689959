"""What grows, grows by one file: a rule kind and a standard dropped in are found and judged."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import toy

from zzgeo.auditing.run import audit
from zzgeo.rules import checked, rule_kinds
from zzgeo.standards import read_standard

KIND = '''"""A rule kind of a planning institute: at least so many facilities, counted over the whole place."""

from zzgeo.rules.parts.base import FAIL, PASS, Finding, Judgement, RuleKind


def judge(context, rule):
    facilities, flags = context.facilities(rule)
    findings = []
    for level, code, name in [("district", "1", "one"), ("city", "city", "city")]:
        verdict = PASS if len(facilities) >= rule.number else FAIL
        finding = Finding(level, code, verdict, "1" if level == "district" else "")
        finding.value, finding.value_unit, finding.name = float(len(facilities)), "count", name
        findings.append(finding)
    return Judgement(findings)


RULE = RuleKind("headcount-of-places", "R99", "数量", "number of places", judge)
'''

STANDARD = """
[document]
id = "plan-2026"
number = "规〔2026〕1号"
title = "二〇二六年规划"
title_en = "Plan of 2026"
issuer = "市"
jurisdiction = "zhengzhou"

[[clauses]]
id = "p26-two-markets"
title = "至少两处农贸市场"
title_en = "at least two markets"
section = "1"
clause = "至少两处"
rule = "headcount-of-places"
facilities = ["market"]
operator = ">="
value = 2
unit = "places"
target_year = 2030
verified_on = 2026-11-22
"""


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rules = importlib.import_module("zzgeo.rules")
    (tmp_path / "headcount.py").write_text(KIND, encoding="utf-8")
    (tmp_path / "plan-2026.toml").write_text(STANDARD, encoding="utf-8")
    monkeypatch.setattr(rules, "__path__", [*rules.__path__, str(tmp_path)])
    rule_kinds.cache_clear()
    yield tmp_path / "plan-2026.toml"
    rule_kinds.cache_clear()


@pytest.mark.parametrize(("markets", "verdict"), [(1, "fail"), (2, "pass")])
def test_a_new_rule_kind_and_a_new_standard_are_one_file_each(dropped_in, markets, verdict):
    facilities = {f"m{n}": toy.facility(n * 100, 0, "market", name=f"市场{n}") for n in range(markets)}
    study = toy.study(facilities=facilities, demand={"p": toy.people(0, 0, 1, 1)})
    report = audit(study, [dropped_in])
    assert report.findings.loc["p26-two-markets/district/1", "verdict"] == verdict
    assert report.findings.loc["p26-two-markets/district/1", "document"] == "规〔2026〕1号"


def test_what_is_not_dropped_in_is_not_there(dropped_in):
    assert checked(read_standard(dropped_in).clauses[0]).number == "R99"
    assert "headcount-of-places" in rule_kinds()
