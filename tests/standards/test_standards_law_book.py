"""The law book as data: complete, typed, in agreement with the catalogue, with its facts and its conflicts."""

from __future__ import annotations

import ast
import re
import runpy
from collections import Counter
from pathlib import Path

import pytest
from places import ROOT
from test_standards import folded

import zzgeo.rules
from zzgeo.reporting.told.chinese import UNITS_ZH
from zzgeo.reporting.told.words import speaker
from zzgeo.rules import rule_kinds
from zzgeo.spec.kinds import KINDS
from zzgeo.standards import SCOPES, shipped
from zzgeo.standards.conflicts import clauses_affected, resolutions, resolutions_of
from zzgeo.standards.facts import facts
from zzgeo.vocabulary.people import OTHER_GROUPS, POPULATION_GROUPS, UNIT_SETS
from zzgeo.vocabulary.verdicts import VERDICTS

CLAUSES = {"zz2014-33": 59, "zz2017-21": 69, "zz2018-34": 92, "zz2018-36": 105, "sg2016-9": 30}

#: The kind of rule of every number; R23 has no kind of its own but `position`.
KIND_OF = {
    "R01": "service-radius",
    "R02": "time-circle",
    "R03": "unit-coverage",
    "R04": "existence-capacity",
    "R05": "per-head",
    "R06": "health-centre",
    "R07": "floor-space",
    "R08": "land-per-person",
    "R09": "density",
    "R10": "green-within",
    "R11": "area-per-head",
    "R12": "siting-limit",
    "R13": "expressway",
    "R14": "ten-li",
    "R15": "health-coverage",
    "R16": "register-share",
    "R17": "multi-level",
    "R18": "subsidy",
    "R19": "layout-nodes",
    "R20": "named-projects",
    "R21": "yearly-increment",
    "R22": "indicator-table",
    "R23": "position",
    "R24": "reachable-capacity",
    "R25": "walk-distance",
    "R26": "mix",
    "R27": "weighted-score",
    "R28": "clause-score",
}

#: Clauses that another kind judges better than the one the catalogue suggests, and why.
OTHERWISE = {
    # R03 asks for a percentage; these ask for one facility in every unit, or count certificates of a table
    "zz14-new-residential-sports": "existence-capacity",
    "zz14-new-community-sports-ground": "existence-capacity",
    "zz17-new-rural-community-health": "existence-capacity",
    "zz18h-new-rural-community-health": "existence-capacity",
    "zz18e-eight-centres-community": "existence-capacity",
    "sg16-township-elderly-centre": "existence-capacity",
    "sg16-new-quarter-facilities": "multi-level",
    "zz18h-healthy-community": "indicator-table",
    "zz18h-healthy-school": "indicator-table",
    "zz18h-healthy-cells": "indicator-table",
    "zz18h-village-standard": "indicator-table",
    # one of each, not one of either
    "zz18h-county-library": "multi-level",
    # named nodes, one of which is a functional zone and no county
    "zz18e-eight-centres-200-beds": "layout-nodes",
    # no facility to find on a map
    "zz18h-self-management-groups": "indicator-table",
    "sg16-village-health-boards": "indicator-table",
    # a stock told by a table, neither a density nor an increment of one year
    "zz18h-base-toilets": "indicator-table",
    "zz14-claim-home-care-centres-2013": "indicator-table",
    "zz18e-chain-firms-2018": "indicator-table",
    "zz18e-chain-firms-2020": "indicator-table",
    "zz18h-beautiful-village-projects": "indicator-table",
    # a number of types in the whole city
    "zz14-specialist-hospital-types": "indicator-table",
    # a share of visits, not of a register of facilities
    "sg16-private-visit-share": "indicator-table",
    # siting without a ring
    "zz18e-approved-plan-no-review": "position",
    "zz18e-collective-land": "position",
    "zz18e-industry-to-bases": "position",
    "zz18h-care-centre-siting": "position",
    "sg16-land-use-control": "indicator-table",
    # agreements stand in a register
    "zz18e-hospital-link": "register-share",
}

#: Clauses whose value is a table or nested in the catalogue and a plain list here.
FLATTENED = {
    "zz18e-subsidy-star": (5, 7, 10, 20, 30), "zz18e-subsidy-platform": (30, 15), "zz18e-subsidy-smart": (50, 30),
    "zz17-tcm-key-specialties": (1, 2, 10),
}  # fmt: skip

ALL = [rule for book in shipped().values() for rule in book.clauses]
BY_ID = {rule.id: rule for rule in ALL}


@pytest.fixture(scope="module")
def catalogue(shared):
    yaml = pytest.importorskip("yaml")
    found = yaml.load((shared / "standards/catalogue.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    return {entry["id"]: entry for entry in found["entries"]}


@pytest.mark.parametrize(("name", "number"), CLAUSES.items())
def test_every_document_has_all_its_clauses(name, number):
    assert len(shipped()[name].clauses) == number
    assert sum(CLAUSES.values()) == 355


def test_every_entry_of_the_catalogue_is_a_clause_in_its_document(catalogue):
    assert {name: entry["source"]["doc"] for name, entry in catalogue.items()} == {
        rule.id: rule.standard for rule in ALL
    }


def test_138_spatial_and_201_tabular_entries_are_judged_and_16_recorded_with_a_reason(catalogue):
    judged = Counter(entry["computable"] for name, entry in catalogue.items() if BY_ID[name].rule != "recorded")
    assert judged == {"spatial": 138, "tabular": 201}
    recorded = [rule for rule in ALL if rule.rule == "recorded"]
    assert len(recorded) == 16
    for rule in recorded:
        assert catalogue[rule.id]["computable"] == "none"
        assert len(rule.reason) > 10
        assert len(rule.reason_en) > 10
        assert re.search("[一-鿿]", rule.reason_en) is None


def test_what_a_clause_is_judged_from_agrees_with_the_catalogue(catalogue):
    words = {"spatial": "geodata", "tabular": "table", "none": "nothing"}
    assert all(rule.judged_from == words[catalogue[rule.id]["computable"]] for rule in ALL)


@pytest.mark.parametrize("rule", ALL, ids=[rule.id for rule in ALL])
def test_a_clause_agrees_with_the_catalogue(rule, catalogue):
    entry = catalogue[rule.id]
    value = entry["value"]
    value = FLATTENED.get(rule.id, tuple(value) if isinstance(value, list) else value)
    assert rule.value == value
    assert entry["target_year"] in (rule.target_year, None)
    assert rule.strength == entry["strength"]
    assert rule.scope == entry["area"]["scope"]
    assert rule.series == entry.get("series", "")
    assert rule.clause.replace(" ", "") == entry["source"]["clause"].replace(" ", "") or rule.id in TWELVE
    assert set(entry.get("conflict", ())) <= set(rule.conflicts)
    expected = "recorded" if "rule" not in entry else OTHERWISE.get(rule.id, KIND_OF[entry["rule"]])
    assert rule.rule == expected
    # "=" 100 % and ">=" 100 % are the same, and more than a planned number is no failure: the rule says >=
    ranges_from_below = rule.id == "zz17-tcm-key-specialties"
    stands_for_equal = entry["operator"] in ("=", "exists") and rule.operator == ">="
    assert rule.operator == entry["operator"] or stands_for_equal or ranges_from_below
    binding = {"binding (约束性)": "binding", "expected (预期性)": "expected"}
    assert rule.binding == binding.get(entry["binding"], "not-stated")


#: Clauses whose wording was taken over by hand before the others, shorter or longer than the catalogue's.
TWELVE = {
    "zz14-claim-15min-health-circle",
    "zz18e-radius-urban-community",
    "zz18e-radius-admin-village",
    "zz18e-coverage-urban-community",
    "zz18e-coverage-township",
    "zz18e-coverage-rural-community",
    "zz18e-core-15min-elderly-circle",
    "zz18e-15min-culture-sport-circle",
    "zz18h-15min-fitness-circle",
    "zz18h-15min-convenience-circle",
    "sg16-fitness-communities",
    "sg16-fitness-townships",
}


@pytest.mark.parametrize("rule", ALL, ids=[rule.id for rule in ALL])
def test_a_clause_uses_known_words_only(rule):
    assert set(rule.facilities) <= set(KINDS)
    assert rule.applies_to in UNIT_SETS
    assert rule.scope in SCOPES
    assert rule.population in {*POPULATION_GROUPS, *OTHER_GROUPS}
    assert rule.rule in {*KIND_OF.values(), "recorded"}
    assert rule.unit
    assert rule.operator
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", rule.indicator or rule.id)
    assert set(rule.conflicts) <= set(resolutions())
    assert set(rule.baseline) <= set(facts())
    assert set(rule.supersedes) <= set(BY_ID)
    assert rule.title
    assert len(rule.title) <= 30
    assert re.search(r"[\u4e00-\u9fff]", rule.title)


def test_titles_tell_the_clauses_of_a_document_apart():
    for book in shipped().values():
        titles = [rule.title for rule in book.clauses]
        assert len(titles) == len(set(titles))


def test_clauses_on_the_same_indicator_count_the_same_people():
    for indicator in {rule.indicator for rule in ALL if rule.indicator}:
        mine = [rule for rule in ALL if rule.indicator == indicator and rule.rule == "per-head"]
        counted = {(rule.population, rule.params.get("per"), rule.params.get("numerator_indicator")) for rule in mine}
        assert len(counted) <= 1
    beds = [rule.id for rule in ALL if rule.indicator == "elderly-beds-per-1000"]
    assert len(beds) == 4


def test_only_binding_clauses_of_the_health_plan_are_marked_binding():
    binding = [rule for rule in ALL if rule.binding == "binding"]
    assert len(binding) == 8
    assert {rule.standard for rule in binding} == {"zz2017-21"}


def test_every_baseline_stands_in_its_document(shared):
    assert len(facts()) == 153
    for name in {fact.document for fact in facts().values()}:
        text = folded((shared / "policy" / f"{name}.txt").read_text(encoding="utf-8"))
        mine = [fact for fact in facts().values() if fact.document == name]
        assert [fact.id for fact in mine if not all(folded(p) in text for p in fact.clause.split("…"))] == []


def test_baselines_agree_with_what_was_gathered(shared):
    yaml = pytest.importorskip("yaml")
    found = yaml.load((shared / "standards/baselines.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    for row in found["baselines"]:
        fact = facts()[row["id"]]
        value = tuple(row["value"]) if isinstance(row["value"], list) else row["value"]
        assert (fact.value, fact.unit, fact.document) == (value, row["unit"], row["source"]["doc"])


def test_a_baseline_of_a_clause_measures_its_indicator():
    for rule in ALL:
        for name in rule.baseline:
            assert facts()[name].indicator == rule.indicator


def test_every_conflict_is_resolved_with_a_reason_and_touches_clauses():
    assert set(resolutions()) == {f"C{n:02d}" for n in range(1, 25)} | {f"A{n:02d}" for n in range(1, 27)}
    numbers = set(KIND_OF)
    for one in resolutions().values():
        assert one.subject
        assert one.documents_say
        assert one.resolution
        assert one.reason
        assert one.affects
        assert set(one.affects) <= numbers | set(BY_ID)
        assert "[S" not in one.resolution + one.reason + one.documents_say


def test_every_resolution_reads_in_chinese_on_chinese_pages():
    for one in resolutions().values():
        for word in ("subject", "documents_say", "resolution", "reason"):
            zh, en = getattr(one, f"{word}_zh"), getattr(one, word)
            # English words in it are names of profiles, of files, and of measures
            left = re.sub(r"zz-2020-\w+|GB/?T? ?[\d]*|max|C\d\d", "", zh)
            assert not re.search("[A-Za-z]{2}", left), (one.id, word, zh)
            assert re.search("[\u4e00-\u9fff]", zh) or word == "documents_say", (one.id, word)
            # figures are the same in both: those written with a point or a per cent sign can be compared as text
            every, exact = (
                [set(re.findall(pattern, text.replace(",", ""))) for text in (zh, en)]
                for pattern in (r"\d+(?:\.\d+)?", r"\d+\.\d+|\d+(?= ?%)")
            )
            spoken = {"10.5", "3.42", "8.77", "9.88"}  # millions of people, in Chinese ten thousands
            assert exact[0] <= every[1], (one.id, word)
            assert word == "subject" or exact[1] <= every[0] | spoken, (one.id, word)


def _units_in(source):
    """Return the texts a source file sets as the unit of a value or of a gap."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg in ("unit", "value_unit", "gap_unit"):
            found.append(node.value)
        for target in node.targets if isinstance(node, ast.Assign) else ():
            several = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            pairs = zip(target.elts, node.value.elts, strict=True) if several else [(target, node.value)]
            found += [one for left, one in pairs if getattr(left, "attr", "") in ("value_unit", "gap_unit")]
    named = {one.value for node in found for one in ast.walk(node) if isinstance(one, ast.Constant)}
    return {unit for unit in named if isinstance(unit, str)}


def test_every_unit_and_verdict_of_the_law_book_reads_in_both_languages():
    units = {rule.unit for rule in ALL}
    units |= {rule.params["count"] for rule in ALL if rule.rule == "yearly-increment" and "count" in rule.params}
    for path in Path(zzgeo.rules.__file__).parent.glob("*.py"):
        units |= _units_in(path.read_text("utf-8"))
    assert {"facilities", "days", "elements", "per km²"} <= units
    missing = units - set(UNITS_ZH) - {"m", "share", "", "unit"}  # the last is the name of a column
    assert not missing
    for unit, zh in UNITS_ZH.items():
        assert re.search("[\u4e00-\u9fff%‰—]|/10万", zh), unit
        assert not re.search("[A-Za-z]{2}", zh.replace("GDP", "")), unit
    zh, en = speaker("zh"), speaker("en")
    for verdict in (*VERDICTS, "judged", "recorded", "left-out"):
        assert re.search("[\u4e00-\u9fff]", zh(verdict)), verdict
        assert zh(verdict) != en(verdict)


def test_a_clause_leads_to_the_resolutions_it_rests_on():
    beds = BY_ID["zz17-beds-per-1000"]
    assert "C04" in [one.id for one in resolutions_of(beds)]
    assert beds in clauses_affected("C04")
    assert "8.5" in resolutions()["C04"].resolution


def test_the_page_of_the_law_book_is_up_to_date():
    made = runpy.run_path(str(ROOT / "docs/make_law_book.py"))
    written = (ROOT / "docs/law-book.md").read_text(encoding="utf-8")
    assert written == made["page"](), "run docs/make_law_book.py"
    assert all(f"`{rule.id}`" in written for rule in ALL)


def test_the_page_of_the_resolutions_is_up_to_date():
    made = runpy.run_path(str(ROOT / "docs/make_resolutions.py"))
    assert (ROOT / "docs/resolutions.md").read_text(encoding="utf-8") == made["page"](), "run docs/make_resolutions.py"


def test_every_kind_of_rule_is_defined_in_the_documents_of_the_project():
    defined = re.findall(r"(?m)^## (R\d\d) ", (ROOT / "docs/rules.md").read_text(encoding="utf-8"))
    assert sorted(kind.number for kind in rule_kinds().values()) == defined


def test_every_kind_of_rule_the_clauses_need_is_there():
    assert {rule.rule for rule in ALL} - {"recorded"} <= set(rule_kinds())
    assert set(KIND_OF.values()) <= set(rule_kinds())
