"""Every kind of rule is told with its keys, units, refusals and an example; what is written for a start is accepted."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import pytest
from places import ROOT

from zzgeo.cli.commands import run
from zzgeo.errors import StandardError
from zzgeo.rules import check_standard, rule_kinds
from zzgeo.rules.parts.described import example_of, refusals_of, standard_text
from zzgeo.rules.parts.parameters import PARAMETERS
from zzgeo.rules.parts.refusals import is_of_another_unit
from zzgeo.standards import presets, shipped

KINDS = rule_kinds()

#: Kinds that have tables, registers or streets to judge by where a clause names no facilities.
JUDGED_BY_OTHERS = (
    *("per-head", "register-share", "yearly-increment"),
    *("land-per-person", "layout-nodes", "floor-space", "expressway"),
)

HEAD = """[document]
id = "own"
number = "1"
title = "自定标准"
title_en = "own"
issuer = "区"
jurisdiction = "own"

"""


def test_the_page_of_keys_is_up_to_date():
    made = runpy.run_path(str(ROOT / "docs/make_rule_keys.py"))
    assert (ROOT / "docs/rule-keys.md").read_text("utf-8") == made["page"](), "run docs/make_rule_keys.py"


def test_every_parameter_of_every_kind_is_told_and_none_that_no_kind_has():
    assert {name for kind in KINDS.values() for name in kind.params} == set(PARAMETERS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_kind_says_what_its_value_is_and_its_example_is_accepted(kind, tmp_path):
    assert kind.asks
    assert kind.asks_zh
    assert all(refusals_of(kind))
    path = tmp_path / "own.toml"
    path.write_text(HEAD + example_of(kind), encoding="utf-8")
    standard, problems = check_standard(path)
    assert problems == []
    # what is scored stands before the score
    assert standard.clauses[-1].rule == kind.id
    assert all(rule.verified_on is not None for rule in standard.clauses)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_for_a_start_is_accepted_and_not_verified(kind, tmp_path, capsys):
    path = tmp_path / "own.toml"
    assert run(["standards", "new", str(path), "--rule", kind]) == 0
    assert run(["standards", "check", str(path)]) == 0
    assert f"{kind} (not verified)" in capsys.readouterr().out
    text = path.read_text("utf-8")
    assert all(f"params.{name} " in text for name in KINDS[kind].params)
    assert tomllib.loads(text)["clauses"][-1]["rule"] == kind


def test_a_file_that_is_there_is_left_alone(tmp_path, capsys):
    path = tmp_path / "own.toml"
    path.write_text("mine", encoding="utf-8")
    assert run(["standards", "new", str(path)]) == 5
    assert path.read_text("utf-8") == "mine"
    assert "output.exists" in capsys.readouterr().err


def test_without_a_kind_those_for_own_standards_are_written(tmp_path):
    own = [kind for kind in KINDS.values() if kind.example]
    assert len(own) == 5
    path = tmp_path / "own.toml"
    path.write_text(standard_text(path.name, own), encoding="utf-8")
    assert {rule.rule for rule in check_standard(path)[0].clauses} == {kind.id for kind in own}


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ('populaton = "residents"', "did you mean 'population'?"),
        ('applies_to = "urban-comunity"', "did you mean 'urban-community'?"),
        ('population = "aged_60_pluss"', "did you mean 'aged_60_plus'?"),
        ('scope = "whole-cty"', "did you mean 'whole-city'?"),
        ("params = { pass_shar = 0.9 }", "did you mean 'pass_share'?"),
    ],
)
def test_what_is_misspelt_is_told_with_the_nearest_and_its_line(line, meant, tmp_path: Path, capsys):
    path = tmp_path / "own.toml"
    told = f'[[clauses]]\nrule = "walk-distance"\nfacilities = ["primary_school"]\nvalue = 800\n{line}\n'
    path.write_text(HEAD + told, encoding="utf-8")
    assert run(["standards", "check", str(path)]) != 0
    err = capsys.readouterr().err
    assert meant in err
    assert "own.toml:" in err


@pytest.mark.parametrize(
    ("kind", "value", "unit"),
    [
        ("walk-distance", "0.8", "km"),
        ("service-radius", "1", "li"),
        ("time-circle", "0.25", "hours"),
        ("time-circle", "900", "seconds"),
        ("unit-coverage", "0.9", "share"),
        ("health-coverage", "0.9", "of all residents"),
    ],
)
def test_a_value_in_another_unit_is_refused_and_not_read_as_if_it_were_in_ours(kind, value, unit, tmp_path):
    path = tmp_path / "own.toml"
    said = [f'rule = "{kind}"', 'facilities = ["park"]', f"value = {value}", f'unit = "{unit}"']
    clause = "\n".join(["[[clauses]]", *said, 'applies_to = "village"', "verified_on = 2026-11-29", ""])
    path.write_text(HEAD + clause, encoding="utf-8")
    _, problems = check_standard(path)
    assert [(problem.code, problem.value) for problem in problems] == [("config.invalid", unit)]
    assert KINDS[kind].counted_in[0] in problems[0].why
    right = clause.replace(f'"{unit}"', f'"{KINDS[kind].counted_in[-1]}（近似）"')
    path.write_text(HEAD + right, encoding="utf-8")
    assert check_standard(path)[1] == []


def test_every_shipped_clause_is_in_the_unit_its_kind_reads():
    clauses = [rule for book in (*shipped().values(), *presets().values()) for rule in book.clauses]
    asked = [rule for rule in clauses if rule.rule in KINDS and KINDS[rule.rule].counted_in]
    assert len(asked) > 20
    assert [rule.id for rule in asked if is_of_another_unit(rule.unit, KINDS[rule.rule].counted_in)] == []


def faults_of(tmp_path: Path, kind: str, *said: str, facilities: str = '["park"]') -> list[str]:
    """Return why a clause of a standard of one's own is refused."""
    path = tmp_path / "own.toml"
    clause = ["[[clauses]]", f'rule = "{kind}"', f"facilities = {facilities}", *said, "verified_on = 2026-11-29", ""]
    path.write_text(HEAD + "\n".join(clause), encoding="utf-8")
    return [f"{one.value}: {one.why}" for one in check_standard(path)[1]]


@pytest.mark.parametrize(
    ("kind", "operator", "said"),
    [
        ("service-radius", ">=", ("value = 300", 'unit = "m"')),
        ("walk-distance", ">", ("value = 300",)),
        ("time-circle", "~", ("value = 15",)),
        ("unit-coverage", "<=", ("value = 10", 'applies_to = "village"')),
        ("existence-capacity", "<=", ("value = 1",)),
        ("existence-capacity", "=", ("value = 1",)),
        ("per-head", "<", ("value = 5",)),
        ("density", "<=", ("value = 5",)),
        ("area-per-head", "<=", ("value = 5",)),
        ("health-coverage", "increase", ("value = 95",)),
        ("floor-space", "<=", ("value = 200", 'unit = "m2"')),
    ],
)
def test_an_operator_the_kind_does_not_judge_by_is_refused_and_not_read_for_another(kind, operator, said, tmp_path):
    faults = faults_of(tmp_path, kind, *said, f'operator = "{operator}"')
    assert len(faults) == 1
    assert "operator" in faults[0]
    assert faults_of(tmp_path, kind, *said) == []


def test_every_shipped_clause_has_an_operator_its_kind_judges_by():
    clauses = [rule for book in (*shipped().values(), *presets().values()) for rule in book.clauses]
    asked = [rule for rule in clauses if rule.rule in KINDS and KINDS[rule.rule].operators]
    assert len(asked) > 100
    assert [one.id for one in asked if one.operator not in (None, *KINDS[one.rule].operators)] == []


@pytest.mark.parametrize(
    ("kind", "said", "why"),
    [
        ("existence-capacity", ("value = 1.5",), "whole number"),
        ("existence-capacity", ('params = { per = "unit" }',), "per is"),
        ("per-head", ("value = [1, 2]",), "no number of at least 0"),
        ("per-head", ("value = 3", "params = { per = 0 }"), "no number of people"),
        ("per-head", ("value = 3", 'unit = "beds per 10,000 residents"', "params = { per = 1000 }"), "another number"),
        ("per-head", ("value = 3", 'params = { numerator = "sheep" }'), "neither capacity nor indicator"),
        ("health-coverage", ("value = -5",), "per cent"),
        ("health-coverage", ("value = 0.95",), "90 for 90 %"),
        ("unit-coverage", ("value = 150", 'unit = "%"', 'applies_to = "village"'), "per cent"),
        ("unit-coverage", ("value = 90",), "names no type of unit"),
        ("register-share", ("value = 0.5", 'unit = "share"', 'params = { attribute = "a" }'), "no share in per cent"),
        ("register-share", ("value = 50", 'unit = "%"', 'params = { count = "sheep" }'), "neither facilities nor beds"),
        ("register-share", ("value = 5", 'unit = "%"', 'params = { opened_since = "lately" }'), "a day or a year"),
        ("floor-space", ("value = 200", 'params = { since = "soon" }'), "date such as"),
        ("floor-space", ('value = "large"',), "no number of at least 0"),
        ("layout-nodes", ('params = { nodes = ["a", "a"] }',), "no node stands twice"),
        ("named-projects", ('params = { project_ids = ["a"], required_status = "maybe" }',), "no such status"),
        ("siting-limit", ('params = { since = "2020-01-01", until = "2019-01-01" }',), "would never hold"),
        ("indicator-table", ("value = [9, 2]", 'operator = "range"'), "the lower first"),
        ("indicator-table", ('value = "abc"',), "one letter"),
        ("indicator-table", ("value = []",), "empty"),
        ("yearly-increment", ('value = ["a"]', 'operator = "range"'), "the lower first"),
        ("position", ('params = { near = ["castle"] }',), "position needs"),
        ("position", ('params = { inside = "a", outside = "b" }',), "inside one area"),
        ("subsidy", ('params = { scheme = "x" }',), "no such scheme"),
        ("expressway", ("value = 15", "params = { stage = 3 }"), "neither 1 nor 2"),
        ("green-within", ('value = "near"',), "no number above 0"),
        ("density", ("value = -1",), "no number of at least 0"),
        ("per-head", ("value = 3", 'applies_to = "village"'), "does not read applies_to"),
        ("per-head", ("value = 3", 'area = "centre"'), "does not read area"),
        ("register-share", ("value = 50", 'unit = "%"', 'area = "centre"'), "does not read area"),
        ("density", ("value = 5", 'applies_to = "village"'), "does not read applies_to"),
        ("land-per-person", ("value = 0.1", 'applies_to = "village"'), "does not read applies_to"),
        ("area-per-head", ("value = 5", 'population = "children"'), "share the ground"),
    ],
)
def test_a_clause_no_audit_could_judge_is_refused_by_the_check_of_its_standard(kind, said, why, tmp_path):
    faults = faults_of(tmp_path, kind, *said)
    assert len(faults) == 1
    assert why in faults[0]


@pytest.mark.parametrize(
    "kind", [one for one in KINDS.values() if "facilities = " in example_of(one)], ids=lambda one: one.id
)
def test_a_kind_that_measures_facilities_refuses_a_clause_that_names_none(kind, tmp_path):
    path = tmp_path / "own.toml"
    clause = re.sub(r"(?m)^facilities = .*\n", "", example_of(kind))
    path.write_text(HEAD + clause, encoding="utf-8")
    faults = check_standard(path)[1]
    if kind.id in JUDGED_BY_OTHERS:
        assert faults == []
    else:
        assert any("`facilities`" in one.why for one in faults)


def test_yes_or_no_is_no_number(tmp_path):
    with pytest.raises(StandardError, match="not yes or no"):
        faults_of(tmp_path, "service-radius", "value = true")
