"""Standards and profiles: every file is checked, clauses stand in their document, faults are told with their line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import toy
from places import ROOT
from shapely import box

from zzgeo.auditing.run import audit
from zzgeo.cli.commands import run
from zzgeo.errors import StandardError
from zzgeo.rules import checked, rule_kinds
from zzgeo.standards import (
    Profile,
    Rule,
    choose,
    find_profile,
    find_rule,
    presets,
    profiles,
    read_standard,
    rules_for,
    rules_of,
    search,
    shipped,
)

FOLDER = ROOT / "zzgeo" / "standards"


def every_rule():
    return [pytest.param(rule, id=rule.id) for standard in shipped().values() for rule in standard.clauses]


def folded(text: str) -> str:
    """Fold what printing and scanning change: white space, full-width and half-width marks, quotation marks."""
    marks = str.maketrans({",": "，", ";": "；", ":": "：", "(": "（", ")": "）", '"': "“", "”": "“"})
    return re.sub(r"\s+", "", text).translate(marks)


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_words_of_every_clause_stand_in_its_document(name, shared):
    text = folded((shared / "policy" / f"{name}.txt").read_text(encoding="utf-8"))
    strange = [
        f"{rule.id}: {piece}"
        for rule in shipped()[name].clauses
        for piece in rule.clause.split("…")
        if folded(piece) not in text
    ]
    assert strange == []


@pytest.mark.parametrize("rule", every_rule())
def test_every_clause_is_verified_and_can_be_judged_or_says_why_not(rule):
    assert rule.verified_on is not None
    if rule.rule == "recorded":
        assert rule.reason
    else:
        assert checked(rule).id == rule.rule
        assert rule.reason == ""


def test_clause_ids_are_unique_over_all_documents_and_presets():
    ids = [rule.id for book in (*shipped().values(), *presets().values()) for rule in book.clauses]
    assert len(ids) == len(set(ids))


def test_a_standard_that_comes_with_zzgeo_is_called_as_its_document():
    books = {**shipped(), **presets()}
    assert {name: book.document.id for name, book in books.items()} == {name: name for name in books}


def test_every_profile_names_standards_that_exist():
    for profile in profiles().values():
        assert set(profile.documents) <= set(shipped())
        assert all(shipped()[one].document.jurisdiction == profile.jurisdiction for one in profile.documents)


@pytest.mark.parametrize("name", sorted(profiles()))
def test_every_profile_applies_to_its_documents(name):
    profile = profiles()[name]
    assert profile.id == name
    rules = rules_for(choose(None, name, profile.jurisdiction), profile)
    assert rules
    judged = {rule.id for rule in rules}
    assert not judged & set(profile.leave_out)
    for series, chosen in profile.choose.items():
        assert {rule.id for rule in rules if rule.series == series} == {chosen}


def test_the_default_profile_judges_ten_clauses_in_their_order():
    profile = find_profile("zz-2020")
    rules = rules_for(choose(None, "zz-2020", "zhengzhou"), profile)
    assert [rule.id for rule in rules] == list(profile.only)
    assert len(rules) == 10


def test_competing_clauses_are_chosen_between_by_profile():
    def elderly_beds(name: str) -> list[float]:
        rules = rules_for(choose(None, name, "zhengzhou"), find_profile(name))
        return [rule.number for rule in rules if rule.series == "elderly-beds-per-1000"]

    assert elderly_beds("zz-2020-34") == [40]
    assert elderly_beds("zz-2020-36") == [50]
    assert elderly_beds("zz-2020-strict") == [50]
    assert elderly_beds("zz-2018") == [31]
    assert sorted(elderly_beds("zz-2020-all")) == [31, 40, 40, 50]


def test_a_profile_sets_parameters_and_refuses_clauses_its_documents_do_not_judge():
    words = {"title": "t", "title_en": "t", "jurisdiction": "zhengzhou", "documents": ("zz2018-34",)}
    rule = "zz18e-radius-urban-community"
    profile = Profile(id="p", only=(rule,), params={rule: {"min_floor_area_m2": 750}}, **words)
    [judged] = rules_for([shipped()["zz2018-34"]], profile)
    assert judged.params["min_floor_area_m2"] == 750
    assert find_rule(rule).params["min_floor_area_m2"] == 200
    wrong = Profile(id="p", leave_out=("sg16-120-link", "zz18e-conversion-five-years"), **words)
    with pytest.raises(StandardError) as caught:
        rules_for([shipped()["zz2018-34"]], wrong)
    assert [problem.value for problem in caught.value.problems] == list(wrong.leave_out)
    with pytest.raises(StandardError, match="the profiles are: sg-2020, zz-2018"):
        find_profile("zz-2030")


def test_presets_are_taken_only_when_named_and_no_verdict_rests_on_them():
    assert "national" not in {one.document.id for one in choose(None, None, "zhengzhou")}
    [national] = choose(["national"], None, "zhengzhou")
    assert all(rule.verified_on is None for rule in national.clauses)
    study = toy.study(facilities={"f": toy.facility(0, 0)}, demand={"p": toy.people(0, 0, 1, 1)})
    with pytest.raises(StandardError, match=r"standard\.unverified"):
        audit(study, ["national"])


def test_a_place_is_judged_by_its_own_standards_only():
    assert {s.document.jurisdiction for s in choose(None, None, "shaoguan")} == {"shaoguan"}
    with pytest.raises(StandardError, match=r"standard\.none"):
        choose(None, None, "atlantis")


def own_standard(folder: Path, **change: str) -> Path:
    text = (FOLDER / "sg2016-9.toml").read_text("utf-8").split("[[clauses]]")
    [clause] = [part for part in text if 'id = "sg16-fitness-communities"' in part]
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
        ({"applies_to": 'applies_to = "hamlet"'}, "applies_to is one of all"),
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
    with pytest.raises(StandardError, match=r"standard.none .* nothing of it is judged"):
        rules_for([standard], None)


@pytest.mark.parametrize(
    ("text", "code"),
    [("x = " + "[" * 100_000, "config.too_large"), ("x = nan", "config.invalid"), ("# \xb0\xa1", "encoding.invalid")],
)
def test_a_standard_is_read_as_safely_as_a_study(tmp_path, text, code):
    path = tmp_path / "own.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(StandardError) as refused:
        read_standard(path)
    assert [problem.code for problem in refused.value.problems] == [code]


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


def test_clauses_are_searched_by_id_title_words_and_document(capsys):
    assert {rule.id for rule in search("服务半径,应分别")} == {
        "zz18e-radius-urban-community",
        "zz18e-radius-admin-village",
    }
    assert {rule.standard for rule in search("韶府〔2016〕9号")} == {"sg2016-9"}
    assert [rule.id for rule in search("TOILET-DENSITY")] == ["zz18h-public-toilet-density"]
    assert run(["standards", "search", "公共厕所设置密度"]) == 0
    assert "zz18h-public-toilet-density" in capsys.readouterr().out
    assert run(["standards", "search", "飞碟"]) == 1
    assert "no clause says" in capsys.readouterr().err


def test_a_standard_of_ones_own_is_checked_by_the_command_line(tmp_path, capsys):
    assert run(["standards", "check", str(own_standard(tmp_path))]) == 0
    told = capsys.readouterr().out
    assert "sg16-fitness-communities: unit-coverage" in told
    assert "1 clauses" in told
    assert run(["standards", "check", str(own_standard(tmp_path, verified_on=""))]) == 0
    assert "(not verified)" in capsys.readouterr().out


def test_every_fault_of_a_standard_of_ones_own_is_told_with_line_and_remedy(tmp_path, capsys):
    about, must, radius = 'operator = "about"', 'strengt = "must"', 'rule = "radius"'
    path = own_standard(tmp_path, operator=about, strength=must)
    assert run(["standards", "check", str(path)]) == 4
    told = capsys.readouterr().err
    lines = path.read_text("utf-8").splitlines()
    assert f"own.toml:{lines.index(about) + 1}" in told
    assert f"own.toml:{lines.index(must) + 1}" in told
    path = own_standard(tmp_path, rule=radius)
    assert run(["standards", "check", str(path)]) == 4
    told = capsys.readouterr().err
    assert f"own.toml:{path.read_text('utf-8').splitlines().index(radius) + 1}" in told
    assert "the kinds are" in told
    assert run(["standards", "check", str(tmp_path / "none.toml")]) == 4
    assert "file.missing" in capsys.readouterr().err


def test_every_rule_kind_says_what_it_is():
    for name, kind in rule_kinds().items():
        assert name == kind.id
        assert re.fullmatch(r"R\d\d", kind.number)
        assert kind.zh
        assert kind.en


@pytest.mark.parametrize("more", [{"params": {"year": 0.5}}, {"params": {"year": 99_999}}, {"target_year": 0}])
def test_a_year_that_is_none_is_refused(more):
    rule = find_rule("zz18h-toilet-revolution")
    with pytest.raises(ValueError, match="1900 to 2999"):
        Rule(**(rule.model_dump() | more))
    assert Rule(**(rule.model_dump() | {"params": {"year": 2018}})).params["year"] == 2018


@pytest.mark.parametrize("line", ["facilities = 5", "params = 3", "value = [1, [2]]", 'facilities = [1, "park"]'])
def test_a_clause_without_names_and_with_nonsense_is_refused_with_its_line(line, tmp_path):
    path = tmp_path / "own.toml"
    head = '[document]\nid = "own"\nnumber = "1"\ntitle = "甲"\ntitle_en = "a"\nissuer = "乙"\njurisdiction = "own"\n\n'
    path.write_text(f'{head}[[clauses]]\nrule = "walk-distance"\n{line}\n', encoding="utf-8")
    with pytest.raises(StandardError) as caught:
        read_standard(path)
    assert all(problem.where == "own.toml:11" for problem in caught.value.problems)


@pytest.mark.parametrize("written", ["Own.TOML", ".\\own.toml"])
def test_a_standard_only_windows_would_find_is_told_as_it_is_called(tmp_path, written):
    own_standard(tmp_path)
    with pytest.raises(StandardError) as caught:
        read_standard(tmp_path / written)
    assert caught.value.problems[0].remedy == "write own.toml: the file is called so on every system"
    with pytest.raises(StandardError) as caught:
        read_standard(tmp_path / "none.toml")
    assert caught.value.problems[0].remedy == "check the path"
