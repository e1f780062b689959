"""R03 unit coverage: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import pytest
import toy
from radius_cities import only
from shapely import box

from zzgeo.auditing.run import audit
from zzgeo.rules.unit_coverage import needed
from zzgeo.standards import find_rule


def row_of_units(kind: str, number: int, have: int, district: str = "1", start: int = 0):
    units, facilities, demand = {}, {}, {}
    for n in range(number):
        x = (start + n) * 100
        code = f"{kind}-{n:02d}"
        units[code] = toy.unit(box(x, 0, x + 100, 100), kind, district, residents=20, aged_60_plus=10)
        demand[f"p{code}"] = toy.people(x + 50, 50, 20, 10, district, code)
        if n < have:
            facilities[f"f{code}"] = toy.facility(x + 50, 50)
    return units, facilities, demand


def test_r03_example_communities_townships_villages():
    units, facilities, demand = {}, {}, {}
    for start, (kind, number, have) in {
        0: ("urban-community", 8, 7),
        10: ("township", 5, 5),
        20: ("village", 20, 11),
    }.items():
        u, f, d = row_of_units(kind, number, have, start=start)
        units |= u
        facilities |= f
        demand |= {} if kind == "township" else d
    study = toy.study(facilities=facilities, demand=demand, units=units)
    ids = ("zz18e-coverage-urban-community", "zz18e-coverage-township", "zz18e-coverage-rural-community")
    findings = audit(study, only(*[find_rule(one) for one in ids])).findings
    got = [findings.loc[f"{one}/district/1", ["value", "verdict", "gap"]].tolist() for one in ids]
    assert got[0] == [pytest.approx(0.875), "fail", 1]
    assert got[1] == [1.0, "pass", 0]
    assert got[2] == [pytest.approx(0.55), "fail", 1]
    assert findings.at[f"{ids[2]}/district/1", "params"]["needed_units"] == 12


def test_r03_example_shaoguan():
    units, facilities, demand = row_of_units("urban-community", 10, 9)
    more = row_of_units("township", 9, 6, start=20)
    ground = {name: {**row, "kind": "fitness_ground"} for name, row in (facilities | more[1]).items()}
    study = toy.study(facilities=ground, demand=demand, units=units | more[0])
    findings = audit(study, ["sg2016-9"]).findings
    community = findings.loc["sg16-fitness-communities/district/1"]
    township = findings.loc["sg16-fitness-townships/district/1"]
    assert (community["value"], community["verdict"]) == (pytest.approx(0.9), "pass")
    assert (township["value"], township["verdict"]) == (pytest.approx(6 / 9), "fail")
    assert township["params"]["needed_units"] == 7
    assert needed(0.7, 9) == 7


def test_r03_a_facility_on_a_shared_border_counts_for_both_and_is_flagged():
    units = {"a": toy.unit(box(0, 0, 100, 100)), "b": toy.unit(box(100, 0, 200, 100))}
    demand = {"p": toy.people(50, 50, 1, 1, unit="a"), "q": toy.people(150, 50, 1, 1, unit="b")}
    study = toy.study(facilities={"f": toy.facility(100, 50)}, demand=demand, units=units)
    rule = find_rule("zz18e-coverage-urban-community")
    findings = audit(study, only(rule)).findings
    assert findings.loc[f"{rule.id}/district/1", "verdict"] == "pass"
    assert "shared" in findings.loc[f"{rule.id}/unit/a", "flags"]


def test_r03_a_facility_outside_counts_only_where_it_names_the_unit():
    units = {"a": toy.unit(box(0, 0, 100, 100)), "b": toy.unit(box(100, 0, 200, 100))}
    demand = {"p": toy.people(50, 50, 1, 1, unit="a"), "q": toy.people(150, 50, 1, 1, unit="b")}
    rule = find_rule("zz18e-coverage-urban-community")
    facilities = {"f": toy.facility(50, 50, serves="a;b")}
    findings = audit(toy.study(facilities=facilities, demand=demand, units=units), only(rule)).findings
    assert list(findings.loc[[f"{rule.id}/unit/a", f"{rule.id}/unit/b"], "verdict"]) == ["pass", "pass"]


def test_r03_no_unit_of_the_type_is_not_applicable():
    units, facilities, demand = row_of_units("village", 2, 1)
    rule = find_rule("zz18e-coverage-urban-community")
    findings = audit(toy.study(facilities=facilities, demand=demand, units=units), only(rule)).findings
    assert findings.loc[f"{rule.id}/district/1", "verdict"] == "not-applicable"


@pytest.mark.parametrize(
    ("west", "east", "have"),
    [
        (250, 700, ["a", "b"]),
        (700, 250, ["a", "b"]),
        (500, 500, ["a", "b"]),
        (10, 990, ["b"]),  # 2000 m² of 200,000: the rim of a park drawn over the border
        (60, 900, ["a", "b"]),  # a hectare of it
    ],
)
def test_a_park_in_two_communities_counts_for_each_that_has_a_good_part_of_it(west, east, have):
    outlines = {"a": box(-1000, -1000, 0, 1000), "b": box(0, -1000, 1000, 1000)}
    units = {code: toy.unit(outline) for code, outline in outlines.items()}
    park = {"p": {**toy.facility(0, 0, "park"), "geometry": box(-west, -100, east, 100)}}
    demand = {"x": toy.people(-500, 0, 9, 1, unit="a"), "y": toy.people(500, 0, 9, 1, unit="b")}
    rule = find_rule("zz18e-coverage-urban-community").model_copy(update={"facilities": ("park",)})
    found = audit(toy.study(facilities=park, demand=demand, units=units), only(rule)).findings
    found = found[found["level"] == "unit"].set_index("unit")
    assert list(found.index[found["verdict"] == "pass"]) == have


def test_a_square_whose_parts_are_all_small_counts_where_its_middle_lies():
    strips = {f"s{n:02d}": toy.unit(box(n * 10, -500, n * 10 + 10, 500)) for n in range(20)}
    demand = {code: toy.people(n * 10 + 5, 0, 9, 1, unit=code) for n, code in enumerate(strips)}
    square = {"p": {**toy.facility(0, 0, "park"), "geometry": box(1, -10, 196, 10)}}
    rule = find_rule("zz18e-coverage-urban-community").model_copy(update={"facilities": ("park",)})
    found = audit(toy.study(facilities=square, demand=demand, units=strips), only(rule)).findings
    assert found[found["level"] == "unit"]["verdict"].eq("pass").sum() == 1


def test_a_community_in_which_nobody_lives_is_empty_whatever_its_table_says():
    rule = find_rule("zz18e-coverage-urban-community")
    study = toy.study(
        facilities={"f": toy.facility(50, 50)},
        demand={"p": toy.people(150, 50, 10, 10, unit="v")},
        units={
            "c": toy.unit(box(0, 0, 100, 100), residents=1000.0, aged_60_plus=100.0),
            "v": toy.unit(box(100, 0, 200, 100), "village", residents=10.0, aged_60_plus=10.0),
        },
    )
    found = audit(study, only(rule)).findings
    assert found.loc[f"{rule.id}/city/city", ["people", "verdict"]].tolist() == [0.0, "pass"]
