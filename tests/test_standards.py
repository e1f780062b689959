"""Standards and profiles: every file is checked, clauses stand in their document, faults are told with their line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import toy
from shapely import box

from zzgeo.audit import audit
from zzgeo.cli import run
from zzgeo.errors import StandardError
from zzgeo.rules import checked, rule_kinds
from zzgeo.standards import choose, find_rule, profiles, read_standard, rules_of, shipped

FOLDER = Path(__file__).resolve().parents[1] / "zzgeo" / "standards"


def every_rule():
    return [pytest.param(rule, id=rule.id) for standard in shipped().values() for rule in standard.clauses]


def folded(text: str) -> str:
    """Fold what printing and scanning change: white space, full-width and half-width marks, quotation marks."""
    marks = str.maketrans({",": "，", ";": "；", ":": "：", "(": "（", ")": "）", '"': "“", "”": "“"})
    return re.sub(r"\s+", "", text).translate(marks)


@pytest.mark.parametrize("rule", every_rule())
def test_the_words_of_a_clause_stand_in_its_document(rule, shared):
    text = folded((shared / "policy" / f"{rule.standard}.txt").read_text(encoding="utf-8"))
    for piece in rule.clause.split("…"):
        assert folded(piece) in text


@pytest.mark.parametrize("rule", every_rule())
def test_a_clause_agrees_with_the_catalogue(rule, shared):
    yaml = pytest.importorskip("yaml")
    catalogue = yaml.load((shared / "standards/catalogue.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    entry = next(entry for entry in catalogue["entries"] if entry["id"] == rule.id)
    assert entry["value"] == rule.value
    assert entry["target_year"] in (rule.target_year, None)
    assert entry["source"]["doc"] == rule.standard
    assert entry["strength"] == rule.strength
    # "=" 100 % and ">=" 100 % are the same; the rule says >=
    assert entry["operator"].replace("=", "") in (rule.operator.replace("=", ""), "")


@pytest.mark.parametrize("rule", every_rule())
def test_every_clause_can_be_judged_and_is_verified(rule):
    assert checked(rule).id == rule.rule
    assert rule.verified_on is not None


def test_clause_ids_are_unique_over_all_documents():
    ids = [rule.id for standard in shipped().values() for rule in standard.clauses]
    assert len(ids) == len(set(ids))
    assert len(ids) == 12


def test_every_profile_names_standards_that_exist():
    for profile in profiles().values():
        assert set(profile.documents) <= set(shipped())
        assert all(shipped()[one].document.jurisdiction == profile.jurisdiction for one in profile.documents)


def test_a_place_is_judged_by_its_own_standards_only():
    assert {s.document.jurisdiction for s in choose(None, None, "shaoguan")} == {"shaoguan"}
    with pytest.raises(StandardError, match=r"standard\.none"):
        choose(None, None, "atlantis")


def own_standard(folder: Path, **change: str) -> Path:
    text = (FOLDER / "sg2016-9.toml").read_text("utf-8").split("[[clauses]]")
    clause = text[1]
    for old, new in change.items():
        assert old in clause
        clause = re.sub(rf"(?m)^{old} = .*$", new, clause)
    path = folder / "own.toml"
    path.write_text(text[0].replace("sg2016-9", "own-plan") + "[[clauses]]" + clause, encoding="utf-8")
    return path


def test_a_new_standard_is_one_file(tmp_path):
    units = {"u": toy.unit(box(0, 0, 10, 10))}
    ground = {"f": toy.facility(5, 5, "fitness_ground")}
    study = toy.study(facilities=ground, demand={"p": toy.people(5, 5, 9, 1, unit="u")}, units=units)
    report = audit(study, [own_standard(tmp_path)])
    assert report.passed
    assert set(report.findings["standard"]) == {"own-plan"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"facilities": 'facilities = ["gym"]'}, "no facility kind is called 'gym'"),
        ({"operator": 'operator = "about"'}, "operator"),
        ({"applies_to": 'applies_to = "hamlet"'}, "applies_to is 'all' or one of"),
        ({"population": 'population = "cats"'}, "population is one of"),
        ({"strength": 'strengt = "must"'}, "no such key"),
    ],
)
def test_a_fault_in_a_standard_is_told_with_its_line(tmp_path, change, told):
    path = own_standard(tmp_path, **change)
    new = next(iter(change.values()))
    line = path.read_text("utf-8").splitlines().index(new) + 1
    with pytest.raises(StandardError) as caught:
        read_standard(path)
    [problem] = caught.value.problems
    assert problem.where == f"own.toml:{line}"
    assert told in problem.line()


def test_no_verdict_rests_on_an_unverified_clause(tmp_path):
    path = own_standard(tmp_path, verified_on="")
    study = toy.study(facilities={"f": toy.facility(0, 0)}, demand={"p": toy.people(0, 0, 1, 1)})
    with pytest.raises(StandardError, match=r"standard\.unverified"):
        audit(study, [path])


def test_an_unknown_rule_kind_or_parameter_is_refused():
    rule = find_rule("zz18e-radius-urban-community")
    with pytest.raises(StandardError, match="no kind of rule"):
        checked(rule.model_copy(update={"rule": "radius"}))
    with pytest.raises(StandardError, match="no such parameter"):
        checked(rule.model_copy(update={"params": {"min_area": 200}}))


def test_a_misspelt_clause_or_standard_is_answered_with_the_nearest():
    with pytest.raises(StandardError, match="zz18e-radius-urban-community"):
        find_rule("zz18e-radius-urban-comunity")
    with pytest.raises(StandardError, match="zz2018-34"):
        choose(["zz2018-340"], None, "zhengzhou")


def test_only_recorded_clauses_are_kept_but_not_judged(tmp_path):
    path = own_standard(tmp_path, rule='rule = "recorded"')
    standard = read_standard(path)
    assert len(standard.clauses) == 1
    assert rules_of([standard]) == []


def test_the_command_line_lists_and_shows_clauses(capsys):
    assert run(["standards", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(rule.values[0].id in listed for rule in every_rule())
    assert run(["standards", "show", "zz18e-radius-urban-community"]) == 0
    shown = capsys.readouterr().out
    assert "应分别不超过500米和1000米" in shown
    assert "郑政〔2018〕34号" in shown
    assert run(["standards", "show", "zz18e-radius-urban-comunity"]) == 4
    assert "did you mean 'zz18e-radius-urban-community'" in capsys.readouterr().err


def test_every_rule_kind_says_what_it_is():
    for name, kind in rule_kinds().items():
        assert name == kind.id
        assert re.fullmatch(r"R\d\d", kind.number)
        assert kind.zh
        assert kind.en
