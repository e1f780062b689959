"""R06 community health centre per subdistrict: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses

import pytest
import toy
from shapely import LineString, Polygon, box
from unit_cities import CHC, ONE, judged, row, rule, squares

from zzgeo.errors import StandardError
from zzgeo.rules.health_centre import may_share, required
from zzgeo.rules.parts.units import neighbours

CENTRE = rule("health-centre", facilities=(CHC,), applies_to="subdistrict", value=1)


def centre_study(people: list[float], centres: list[int], units: dict | None = None, **more):
    outlines = units or squares(len(people), "subdistrict")
    listed = {
        code: {**one, "name": code, "residents": n} for (code, one), n in zip(outlines.items(), people, strict=True)
    }
    found = {f"f{n}": toy.facility(place * 100 + 30 + n, 50, CHC) for n, place in enumerate(centres)}
    return toy.study(facilities=found, demand=ONE, units=listed, kinds=frozenset({CHC}), **more)


def test_r06_example_how_many_centres_residents_need():
    assert [required(n) for n in (28_000, 95_000, 100_000, 100_001, 230_000)] == [1, 1, 1, 2, 3]
    assert may_share(28_000, 72_000)
    assert not may_share(28_000, 72_001)


@pytest.mark.parametrize(("neighbour", "verdict"), [(60_000, "pass"), (72_000, "pass"), (80_000, "fail")])
def test_r06_example_a_small_subdistrict_shares_up_to_100_000(neighbour, verdict):
    findings = judged(centre_study([28_000, neighbour], [1]), CENTRE).findings
    unit = findings.loc["r/unit/s0"]
    assert unit["verdict"] == findings.at["r/district/1", "verdict"] == verdict
    assert ("shared with s1" in unit["flags"]) is (verdict == "pass")
    assert unit["gap"] == (0 if verdict == "pass" else 1)


def test_r06_thirty_thousand_may_not_share_and_one_more_than_100_000_needs_two():
    assert row(centre_study([30_000, 20_000], [1]), CENTRE, "unit/s0")["verdict"] == "fail"
    one = row(centre_study([100_001], [0]), CENTRE, "unit/s0")
    assert (one["verdict"], one["value"], one["threshold"], one["gap"]) == ("fail", 1, 2, 1)
    assert row(centre_study([230_000], [0, 0, 0]), CENTRE, "unit/s0")["verdict"] == "pass"


def test_r06_units_that_meet_in_a_corner_are_no_neighbours_and_rounding_does_not_part_them():
    corner = {"a": toy.unit(box(0, 0, 100, 100), "subdistrict"), "b": toy.unit(box(100, 100, 200, 200), "subdistrict")}
    study = centre_study([28_000, 60_000], [], corner)
    centre = toy.frame({"f": toy.facility(150, 150, CHC)}, "facility_id")
    study = dataclasses.replace(study, facilities=centre)
    assert row(study, CENTRE, "unit/a")["verdict"] == "fail"
    off = 100 + 3e-8
    tee = {
        "a": toy.unit(box(0, 0, 100, 100), "subdistrict"),
        "b": toy.unit(Polygon([(off, -50), (200, -50), (200, 60), (off, 60)]), "subdistrict"),
    }
    assert neighbours(toy.frame(tee, "code")) == {"a": ["b"], "b": ["a"]}


def test_r06_several_that_share_one_centre_are_told_when_together_they_are_too_many():
    findings = judged(centre_study([28_000, 70_000, 29_000], [1]), CENTRE).findings
    assert list(findings.loc[["r/unit/s0", "r/unit/s2"], "verdict"]) == ["pass", "pass"]
    assert "127,000 people" in findings.at["r/unit/s0", "flags"]
    assert bool(findings.at["r/district/1", "sensitive"])


def test_r06_a_station_is_no_centre_and_nobody_known_is_no_data():
    study = centre_study([28_000], [])
    station = toy.frame({"f": toy.facility(50, 50, "community_health_station")}, "facility_id")
    assert row(dataclasses.replace(study, facilities=station), CENTRE, "unit/s0")["verdict"] == "fail"
    nobody = centre_study([0, 50_000], [1])
    findings = judged(nobody, CENTRE).findings
    assert findings.at["r/unit/s0", "verdict"] == "nodata"
    assert findings.at["r/district/1", "verdict"] == "nodata"


def test_r06_without_a_column_of_people_the_demand_points_are_counted():
    units = squares(1, "subdistrict")
    demand = {"p": toy.people(50, 50, 100_001, 1, unit=None)}
    study = toy.study(facilities={"f": toy.facility(10, 10, CHC)}, demand=demand, units=units)
    assert row(study, CENTRE, "unit/s0")["threshold"] == 2


def test_r06_presets():
    each = CENTRE.model_copy(update={"params": {"preset": "one-per-subdistrict"}})
    assert row(centre_study([28_000, 60_000], [1]), each)["verdict"] == "fail"
    assert row(centre_study([230_000], [0]), each)["verdict"] == "pass"
    whole = CENTRE.model_copy(update={"params": {"preset": "population-only"}})
    demand = {"a": toy.people(0, 0, 60_000, 1), "b": toy.people(800, 0, 50_000, 1)}
    streets = [LineString([(0, 0), (3000, 0)])]
    two = {"f": toy.facility(0, 0, CHC), "g": toy.facility(10, 0, CHC)}
    met = row(toy.study(facilities=two, demand=demand, streets=streets), whole)
    assert (met["verdict"], met["threshold"], met["covered"]) == ("pass", 2, 110_000)
    few = row(toy.study(facilities={"f": two["f"]}, demand=demand, streets=streets), whole)
    assert (few["verdict"], few["gap"]) == ("fail", 1)
    far = {**demand, "c": toy.people(2000, 0, 10, 1)}
    assert row(toy.study(facilities=two, demand=far, streets=streets), whole)["missed"] == 10
    with pytest.raises(StandardError, match="preset is one of"):
        row(centre_study([1], []), CENTRE.model_copy(update={"params": {"preset": "x"}}))
