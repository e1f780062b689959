"""R28 score of clauses: the worked example of its definition, clauses that are not judged, and what is refused."""

from __future__ import annotations

import pytest
from own_clauses import city_of, one_street

from zzgeo.auditing.run import audit
from zzgeo.errors import StandardError
from zzgeo.rules import check_standard
from zzgeo.standards import read_standard

CARE, MARKET = "elderly_day_care", "market"


def document(folder, *clauses: str, **score: str):
    """Return a file of clauses within 500 m, and the score that weighs them."""
    keys = {"value": "0.5", "params": '{ clauses = { school = 2, care = 1, market = 1 }, by = "verdict" }', **score}
    told = "\n".join(f"{key} = {value}" for key, value in keys.items())
    text = '[document]\nid = "own"\ntitle = "自定"\ntitle_en = "own"\nnumber = "1"\nissuer = "我"\njurisdiction = "x"\n'
    score_text = f'[[clauses]]\nid = "own"\nrule = "clause-score"\nverified_on = 2026-11-29\n{told}\n'
    file = folder / "own.toml"
    file.write_text("\n".join([text, score_text, *clauses]), encoding="utf-8")
    return file


def walk(name: str, kind: str, share: float, **more: str) -> str:
    told = "\n".join(f"{key} = {value}" for key, value in {"verified_on": "2026-11-29", **more}.items())
    return (
        f'[[clauses]]\nid = "{name}"\nrule = "walk-distance"\nfacilities = ["{kind}"]\nvalue = 500\n'
        f"params = {{ pass_share = {share} }}\n{told}\n"
    )


#: Of 600 people 300 reach the school, 500 day care, 100 the market.
THREE = (walk("school", "primary_school", 0.5), walk("care", CARE, 0.8), walk("market", MARKET, 0.5))


@pytest.mark.parametrize(
    ("by", "value", "score", "verdict"),
    [
        ("verdict", 0.75, (2 + 1 + 0) / 4, "pass"),
        ("verdict", 0.76, (2 + 1 + 0) / 4, "fail"),
        ("share", 0.5, (2 * 300 + 500 + 100) / 600 / 4, "pass"),
        ("share", 0.6, (2 * 300 + 500 + 100) / 600 / 4, "fail"),
    ],
)
def test_r28_a_score_of_clauses_is_their_weights_added_up(tmp_path, by, value, score, verdict):
    params = f'{{ clauses = {{ school = 2, care = 1, market = 1 }}, by = "{by}" }}'
    found = city_of(audit(one_street(), [document(tmp_path, *THREE, value=str(value), params=params)]))
    assert found["value"] == pytest.approx(score, abs=1e-6)
    assert found["verdict"] == verdict
    assert found["gap"] == pytest.approx(max(0.0, value - score), abs=1e-6)
    assert {name: part["verdict"] for name, part in found["params"]["clauses"].items()} == {
        "school": "pass",
        "care": "pass",
        "market": "fail",
    }


@pytest.mark.parametrize(("value", "verdict"), [(0.75, "pass"), (0.8, "review")])
def test_r28_a_clause_without_data_is_told_and_never_counted_as_missed(tmp_path, value, verdict):
    study = one_street(listed=frozenset(("primary_school", CARE)))
    found = city_of(audit(study, [document(tmp_path, *THREE, value=str(value))]))
    assert found["value"] == 1.0
    assert found["verdict"] == verdict
    assert found["params"]["clauses"]["market"]["score"] is None
    assert "clauses without data, not counted in the score" in found["flags"]


def test_r28_of_no_clause_with_data_there_is_no_score(tmp_path):
    found = city_of(audit(one_street(listed=frozenset()), [document(tmp_path, *THREE)]))
    assert found["verdict"] == "nodata"


def test_r28_districts_are_scored_by_their_own_findings(tmp_path):
    findings = audit(one_street(), [document(tmp_path, *THREE)]).findings
    own = findings[(findings["rule"] == "own") & (findings["level"] == "district")]
    assert own["value"].tolist() == [0.75]


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ("{ clauses = { school = 2, shcool = 1 } }", "its document does not have"),
        ("{ clauses = { own = 1 } }", "weighs clauses itself"),
        ("{ clauses = { second = 1, school = 1 } }", "weighs clauses itself"),
        ("{ clauses = { draft = 1 } }", "nobody verified"),
        ("{ clauses = { school = 0 } }", "not above 0"),
        ("{ }", "names no clause"),
        ('{ clauses = { school = 1 }, by = "points" }', "one of verdict, share"),
    ],
)
def test_r28_what_a_score_cannot_weigh_is_refused(tmp_path, params, why):
    second = '[[clauses]]\nid = "second"\nrule = "clause-score"\nvalue = 0.5\nparams = { clauses = { own = 1 } }\n'
    draft = walk("draft", MARKET, 0.5).replace("verified_on = 2026-11-29", "")
    _, problems = check_standard(document(tmp_path, *THREE, second, draft, params=params))
    assert [one for one in problems if " own" in one.where and why in one.why]


def test_r28_a_profile_changes_what_a_score_weighs(tmp_path):
    clauses = read_standard(document(tmp_path, *THREE)).clauses
    assert [part.id for part in clauses[0].parts] == ["school", "care", "market"]
    softer = [one.model_copy(update={"params": {**one.params, "pass_share": 0.1}}) for one in clauses[1:]]
    assert [part.params["pass_share"] for part in clauses[0].among(softer).parts] == [0.1, 0.1, 0.1]


def test_r28_a_score_of_unverified_clauses_gives_no_verdict(tmp_path):
    draft = walk("draft", MARKET, 0.5).replace("verified_on = 2026-11-29", "")
    with pytest.raises(StandardError, match="verified"):
        audit(one_street(), [document(tmp_path, draft, params="{ clauses = { draft = 1 } }")])


def test_the_note_tells_what_each_clause_came_to_and_weighs(tmp_path):
    params = '{ clauses = { care = 1, school = 2, market = 1 }, by = "%s" }'
    by_verdict = city_of(audit(one_street(), [document(tmp_path, *named(), params=params % "verdict")]))
    assert by_verdict["note_en"].endswith(
        ": A (meets it, weight 2), B (meets it, weight 1), C (does not meet it, weight 1)"
    )
    assert by_verdict["note_zh"].endswith("：甲（达标，权重2）、乙（达标，权重1）、丙（不达标，权重1）")
    by_share = city_of(audit(one_street(), [document(tmp_path, *named(), params=params % "share")]))
    assert by_share["note_en"].endswith(": A (50.0 %, weight 2), B (83.3 %, weight 1), C (16.7 %, weight 1)")


def named() -> list[str]:
    names = zip(THREE, ("甲", "乙", "丙"), ("A", "B", "C"), strict=True)
    return [f'{clause}title = "{zh}"\ntitle_en = "{en}"\n' for clause, zh, en in names]
