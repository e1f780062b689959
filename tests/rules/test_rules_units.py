"""R04, R06, R12, R15, R17, R19: worked examples of the rule definitions with printed numbers, and edge cases."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.errors import StandardError
from zzgeo.rules.existence_capacity import required as facilities_required
from zzgeo.rules.health_centre import may_share, required
from zzgeo.rules.multi_level import weakest
from zzgeo.rules.parts.openings import changes_between
from zzgeo.rules.parts.qualified import Conditions, qualified
from zzgeo.rules.parts.units import SPELLINGS, neighbours, says
from zzgeo.rules.siting_limit import closed_ring
from zzgeo.standards import Rule, Standard, shipped

CARE = "elderly_care_facility"
CHC = "community_health_centre"


def rule(kind: str, **more) -> Rule:
    facts = {
        "id": "r", "title": "条款", "title_en": "clause", "section": "一", "clause": "原文", "rule": kind,
        "verified_on": dt.date(2026, 11, 22), "facilities": (CARE,), "standard": "zz2018-34",
    }  # fmt: skip
    return Rule(**{**facts, **more})


def judged(study, *rules: Rule) -> AuditReport:
    document = shipped()["zz2018-34"].document
    return audit(study, [Standard(document=document, clauses=rules)])


def row(study, one: Rule, finding: str = "district/1") -> pd.Series:
    return judged(study, one).findings.loc[f"r/{finding}"]


def with_table(study, *rows: tuple):
    table = pd.DataFrame(rows, columns=["indicator", "district", "year", "value", "unit"])
    return dataclasses.replace(study, indicators=table)


def squares(number: int, kind: str, prefix: str = "s", y: float = 0.0, **more) -> dict:
    return {f"{prefix}{n}": toy.unit(box(n * 100, y, n * 100 + 100, y + 100), kind, **more) for n in range(number)}


ONE = {"p": toy.people(50, 50, 10, 10, unit=None)}

# ---- R04 ------------------------------------------------------------------------------------------------------------

SEVENTY = rule("existence-capacity", applies_to="subdistrict-township", value=1, params={"min_capacity": 70})
COUNTY = rule("existence-capacity", value=1, params={"min_capacity": 200, "ownership": "public", "per": "district"})


def care(x: float, beds: float, y: float = 50.0, **more) -> dict:
    return toy.facility(x, y, CARE, capacity=beds, **more)


def seventy_study(*facilities: dict, units: int = 3):
    listed = {f"f{n}": one for n, one in enumerate(facilities)}
    return toy.study(
        facilities=listed, demand=ONE, units=squares(units, "subdistrict"), kinds=frozenset({CARE})
    )  # fmt: skip


def test_r04_example_beds_are_never_summed():
    study = seventy_study(care(20, 40), care(60, 45), care(150, 70), care(250, 120))
    findings = judged(study, SEVENTY).findings
    assert list(findings.loc[[f"r/unit/s{n}" for n in range(3)], "verdict"]) == ["fail", "pass", "pass"]
    one = findings.loc["r/district/1"]
    assert (one["value"], one["verdict"], one["gap"], one["gap_unit"]) == (pytest.approx(2 / 3), "fail", 1, "units")
    assert findings.at["r/city/city", "value"] == pytest.approx(0.667, abs=5e-4)
    assert findings.at["r/unit/s0", "params"]["largest_capacity"] == 45
    assert findings.at["r/unit/s0", "gap"] == 1


def test_r04_example_a_county_needs_a_public_one():
    short = {"a": care(10, 180, ownership="public"), "b": care(20, 260, ownership="民办")}
    one = row(toy.study(facilities=short, demand=ONE), COUNTY)
    assert (one["verdict"], one["value"], one["gap"]) == ("fail", 0, 1)
    met = {"a": care(10, 200, ownership="公办"), "b": care(20, 260, ownership="private")}
    report = judged(toy.study(facilities=met, demand=ONE), COUNTY)
    assert report.findings.at["r/district/1", "verdict"] == "pass"
    assert (report.findings.at["r/city/city", "value"], report.findings.at["r/city/city", "verdict"]) == (1.0, "pass")


def test_r04_unknown_capacity_does_not_qualify_is_flagged_and_makes_the_verdict_sensitive():
    one = judged(seventy_study(care(50, np.nan), care(150, 70), care(250, 70)), SEVENTY).findings
    unit = one.loc["r/unit/s0"]
    assert (unit["verdict"], unit["value"], bool(unit["sensitive"])) == ("fail", 0, True)
    assert "capacity unknown, not counted: 1" in one.at["r/district/1", "flags"]
    assert bool(one.at["r/district/1", "sensitive"])


def test_r04_a_unit_that_surely_fails_makes_the_verdict_of_the_whole_sure():
    one = row(seventy_study(care(50, np.nan), care(150, 10), units=2), SEVENTY)
    assert (one["verdict"], bool(one["sensitive"])) == ("fail", False)


def test_r04_a_range_passes_at_its_lower_end_and_more_is_no_failure():
    study = seventy_study(care(50, 10), care(150, 10), care(160, 10), care(170, 10), units=2)
    one = rule("existence-capacity", applies_to="subdistrict-township", operator="range", value=(1, 2))
    assert row(study, one)["verdict"] == "pass"
    assert facilities_required(one) == 1
    three = one.model_copy(update={"params": {"min_count": 3}})
    assert (row(study, three)["value"], facilities_required(three)) == (0.5, 3)


def test_r04_no_facility_fails_an_unknown_list_is_no_data_and_the_table_answers():
    empty = seventy_study()
    assert list(row(empty, SEVENTY)[["verdict", "value", "gap"]]) == ["fail", 0.0, 3.0]
    unlisted = dataclasses.replace(empty, kinds_known=frozenset())
    assert row(unlisted, SEVENTY)["verdict"] == "nodata"
    assert "[[facilities]]" in row(unlisted, SEVENTY)["note_en"]
    told = row(with_table(unlisted, ("r", "1", 2018, 2, None)), COUNTY)
    assert (told["verdict"], told["value"]) == ("pass", 2)
    assert "indicator table" in told["flags"]
    share = row(with_table(unlisted, ("r", "1", 2018, 90, "%")), SEVENTY)
    assert (share["verdict"], share["value"]) == ("fail", pytest.approx(0.9))
    # a count cannot say in how many units the facilities stand
    assert row(with_table(unlisted, ("r", "1", 2018, 90, "处")), SEVENTY)["verdict"] == "nodata"


def test_r04_a_unit_known_as_a_point_is_no_data_unless_a_facility_names_it():
    units = {**squares(1, "subdistrict"), "dot": toy.unit(Point(900, 50), "township")}
    study = toy.study(facilities={"f": care(50, 70)}, demand=ONE, units=units)
    findings = judged(study, SEVENTY).findings
    assert findings.at["r/unit/dot", "verdict"] == "nodata"
    assert findings.at["r/district/1", "verdict"] == "nodata"
    named = toy.study(facilities={"f": care(50, 70), "g": care(5000, 80, serves="dot")}, demand=ONE, units=units)
    assert row(named, SEVENTY)["verdict"] == "pass"


def test_r04_a_facility_outside_counts_for_no_unit_with_an_outline_and_one_on_the_border_for_both():
    outside = seventy_study(care(50, 70, y=500, serves="s0"), units=1)
    assert row(outside, SEVENTY, "unit/s0")["verdict"] == "fail"
    border = judged(seventy_study(care(100, 70), units=2), SEVENTY).findings
    assert list(border.loc[["r/unit/s0", "r/unit/s1"], "verdict"]) == ["pass", "pass"]
    assert "shared" in border.at["r/unit/s0", "flags"]


def test_r04_a_zone_counts_for_its_county_and_stands_apart():
    study = toy.study(facilities={"f": care(50, 300, ownership="public")}, demand=ONE)
    zones = toy.frame({"z": {"name": "航空港", "geometry": box(0, 0, 100, 100)}}, "code")
    findings = judged(dataclasses.replace(study, zones=zones), COUNTY).findings
    assert findings.at["r/district/1", "verdict"] == "pass"
    assert findings.at["r/zone/z", "verdict"] == "pass"
    assert list(findings["level"]).count("district") == 1


def test_r04_no_unit_of_the_type_is_not_applicable_and_a_wrong_clause_is_refused():
    study = toy.study(facilities={"f": care(50, 70)}, demand=ONE, units=squares(1, "village"))
    assert row(study, SEVENTY)["verdict"] == "not-applicable"
    with pytest.raises(StandardError, match="per = unit"):
        row(study, rule("existence-capacity", params={"per": "unit"}))
    with pytest.raises(StandardError, match="whole number"):
        row(study, SEVENTY.model_copy(update={"value": 0.5}))


@given(st.lists(st.one_of(st.none(), st.floats(0, 500)), max_size=20), st.floats(1, 300))
def test_r04_what_surely_qualifies_may_qualify_and_nothing_small_does(beds, least):
    fits = qualified(pd.DataFrame({"capacity": pd.Series(beds, dtype=float)}), Conditions(least))
    assert not (fits.sure & ~fits.possible).any()
    assert fits.sure.sum() == sum(one is not None and one >= least - 1e-6 for one in beds)


@pytest.mark.parametrize("word", SPELLINGS)
def test_every_spelling_says_its_word(word):
    assert says(pd.Series([word, word.upper(), f" {word} ", *SPELLINGS[word]]), word).all()
    assert not says(pd.Series([None, np.nan, "", "其他"]), word).any()


# ---- R06 ------------------------------------------------------------------------------------------------------------

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


# ---- R12 ------------------------------------------------------------------------------------------------------------

RING3 = rule("siting-limit", facilities=("hospital",), operator="no-increase", value=0, scope="inside-ring-3",
             params={"ring": "ring-3"})  # fmt: skip
RING4 = rule("siting-limit", facilities=("hospital",), operator="=", value=0, scope="inside-ring-4",
             params={"ring": "ring-4", "count": "opened", "funder": "district"})  # fmt: skip
RING = box(-1000, -1000, 1000, 1000)


def hospital(x: float, opened: str | None, closed: str | None = None, **more) -> dict:
    return toy.facility(x, 0, "hospital", opened=pd.Timestamp(opened), closed=pd.Timestamp(closed), **more)


def ring_study(*facilities: dict, ring=RING, kinds=frozenset({"hospital"})):
    listed = {f"f{n}": one for n, one in enumerate(facilities)}
    areas = {} if ring is None else {"ring-3": ring, "ring-4": ring}
    return toy.study(facilities=listed, demand=ONE, areas=areas, kinds=kinds)


NEW = [hospital(n * 100, f"201{n + 5}-03-01") for n in range(3)]
GONE = [hospital(-n * 100 - 100, "1990-01-01", f"201{n + 5}-06-01") for n in range(2)]


def test_r12_example_ring_three():
    one = row(ring_study(*NEW, *GONE, hospital(5000, "2016-01-01")), RING3)
    assert (one["verdict"], one["value"], one["gap"]) == ("review", 1, 1)
    even = row(ring_study(*NEW[:2], *GONE), RING3, "city/city")
    assert (even["verdict"], even["value"]) == ("pass", 0)
    assert even["params"]["opened"] == 2


def test_r12_example_ring_four_counts_only_what_the_district_paid_for_inside():
    mine = hospital(0, "2016-05-01", funder="区政府")
    others = [hospital(50, "2016-05-01", funder="city"), hospital(3000, "2016-05-01", funder="district")]
    one = row(ring_study(mine, *others), RING4)
    assert (one["verdict"], one["value"]) == ("review", 1)
    assert row(ring_study(*others), RING4)["verdict"] == "pass"


def test_r12_an_unknown_funder_is_flagged_apart():
    one = row(ring_study(hospital(0, "2016-05-01", funder=None), hospital(90, "2016-05-01", funder="city")), RING4)
    assert (one["verdict"], one["value"], bool(one["sensitive"])) == ("pass", 0, True)
    assert "funder unknown, not counted: 1" in one["flags"]


@pytest.mark.parametrize(("x", "value"), [(970.0, 1), (1000.0, 1), (1030.0, 1), (1030.1, 0)])
def test_r12_on_the_line_is_inside_and_flagged(x, value):
    one = row(ring_study(hospital(x, "2016-01-01"), hospital(8000, "1990-01-01")), RING3)
    assert one["value"] == value
    assert ("on the ring line" in one["flags"]) is bool(value)
    assert bool(one["sensitive"]) is bool(value)


def test_r12_a_missing_or_open_ring_says_which_area_is_needed_and_a_closed_line_serves():
    line = LineString([(-1000, -1000), (1000, -1000), (1000, 1000), (-1000, 1000), (-1000, -1000)])
    for ring in (None, LineString(line.coords[:-1])):
        one = row(ring_study(*NEW, ring=ring), RING3)
        assert one["verdict"] == "nodata"
        assert '[[areas]] id = "ring-3"' in one["note_en"]
    assert row(ring_study(*NEW, ring=line), RING3)["value"] == 3
    assert closed_ring(line).area == RING.area


def test_r12_holds_from_2014_07_22_to_2018_12_31_and_not_elsewhere():
    study = ring_study(*NEW)
    for day, verdict in ((dt.date(2018, 12, 31), "review"), (dt.date(2019, 1, 1), "not-applicable")):
        one = row(dataclasses.replace(study, as_of=day), RING3)
        assert (one["verdict"], one["value"]) == (verdict, 3)
    assert row(dataclasses.replace(study, as_of=dt.date(2014, 7, 21)), RING3)["verdict"] == "not-applicable"
    elsewhere = dataclasses.replace(study, jurisdiction="shaoguan")
    assert row(elsewhere, RING3)["verdict"] == "not-applicable"


def test_r12_what_stood_on_the_first_day_is_no_opening_and_what_opens_later_does_not_count():
    study = ring_study(hospital(0, "2014-07-22"), hospital(90, "2014-07-23"), hospital(180, "2019-01-01"))
    assert row(study, RING3)["value"] == 1


def test_r12_rebuilds_and_moves_are_no_openings():
    rebuilt = [hospital(0, "1990-01-01", "2016-01-01"), hospital(20, "2016-02-01")]
    one = row(ring_study(*rebuilt), RING3)
    assert one["value"] == 0
    assert "rebuilt at the same site, not counted: 2" in one["flags"]
    moved = row(ring_study(hospital(0, "2016-01-01", attributes="三级;迁建"), hospital(500, "1990-01-01")), RING3)
    assert (moved["value"], moved["verdict"]) == (0, "pass")


def test_r12_one_closing_makes_one_rebuild_of_two_openings_beside_it():
    beside = [hospital(0, "1990-01-01", "2016-01-01"), hospital(20, "2016-02-01"), hospital(-20, "2017-02-01")]
    assert row(ring_study(*beside), RING3)["value"] == 1


def test_r12_a_district_outside_the_ring_is_not_judged():
    study = dataclasses.replace(
        ring_study(*NEW), districts=toy.frame({
            "1": {"name": "甲", "geometry": box(-5000, -5000, 5000, 5000)},
            "2": {"name": "乙", "geometry": box(5000, -5000, 9000, 5000)},
        }, "code"),
    )  # fmt: skip
    findings = judged(study, RING3).findings
    assert list(findings["verdict"]) == ["review", "not-applicable", "review"]
    assert np.isnan(findings.at["r/district/2", "value"])


def test_r12_unknown_dates_are_told_and_none_at_all_is_no_data():
    one = row(ring_study(hospital(0, None), hospital(50, "1990-01-01")), RING3)
    assert (one["value"], one["verdict"], bool(one["sensitive"])) == (0, "pass", True)
    assert "opening date unknown, taken as older: 1" in one["flags"]
    assert "opened" in row(ring_study(hospital(0, None)), RING3)["note_en"]
    assert row(ring_study(hospital(0, None)), RING3)["verdict"] == "nodata"
    assert row(ring_study(), RING3)["verdict"] == "pass"


def test_r12_weak_areas_are_a_figure_without_a_verdict():
    weak = RING3.model_copy(update={"operator": "prefer", "value": None})
    inside_, outside = hospital(0, "2016-01-01", capacity=100), hospital(5000, "2016-01-01", capacity=300)
    one = row(ring_study(inside_, outside, hospital(5100, "2017-01-01", capacity=0)), weak)
    assert (one["verdict"], one["value"]) == ("review", pytest.approx(2 / 3))
    assert one["params"]["share_of_new_beds_outside"] == 0.75
    assert row(ring_study(hospital(0, "1990-01-01")), weak)["verdict"] == "not-applicable"


def test_r12_the_table_answers_where_the_ring_is_missing():
    told = row(with_table(ring_study(*NEW, ring=None), ("r", "", 2018, 2, "所")), RING3, "city/city")
    assert (told["verdict"], told["value"]) == ("review", 2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(2010, 2020), st.integers(0, 5)), min_size=1, max_size=12))
def test_r12_net_is_the_stock_on_the_last_day_less_that_on_the_first(spans):
    rows = {
        f"f{n}": toy.facility(n * 200, 0, "hospital", opened=pd.Timestamp(a, 1, 1), closed=pd.Timestamp(a + b, 6, 1))
        for n, (a, b) in enumerate(spans)
    }
    table = toy.frame(rows, "facility_id")
    first, last = dt.date(2014, 7, 22), dt.date(2018, 12, 31)
    changes = changes_between(table, first, last)

    def stock(day: dt.date) -> int:
        return sum(dt.date(a, 1, 1) <= day < dt.date(a + b, 6, 1) for a, b in spans)

    assert changes.opened.sum() - changes.closed.sum() == stock(last) - stock(first)


# ---- R15 ------------------------------------------------------------------------------------------------------------

HEALTH = rule(
    "health-coverage", facilities=(CHC, "village_clinic"), operator=">=", value=95, unit="percent of residents"
)


def health_study(serves: str | None = "a;b;c", units: dict | None = None, demand: dict | None = None, **more):
    places = {
        "a1": (0, 9_000, "a"), "a2": (1500, 1_000, "a"), "b1": (900, 4_800, "b"), "b2": (2000, 3_200, "b"),
        "c1": (2500, 2_000, "c"),
    }  # fmt: skip
    outlines = {"a": box(-10, 0, 500, 50), "b": box(500, 0, 2200, 50), "c": box(2200, 0, 2600, 50)}
    return toy.study(
        facilities={"f": toy.facility(0, 20, CHC, serves=serves)},
        demand=demand or {k: toy.people(x, 20, n, n / 10, unit=u) for k, (x, n, u) in places.items()},
        units=units or {code: toy.unit(outline) for code, outline in outlines.items()},
        streets=[LineString([(0, 20), (3000, 20)])],
        kinds=frozenset({"village_clinic"}),
        **more,
    )


def test_r15_example_the_administrative_share_decides_and_the_walk_stands_beside_it():
    report = judged(health_study(), HEALTH)
    one = report.findings.loc["r/district/1"]
    assert (one["value"], one["verdict"], one["missed"]) == (1.0, "pass", 0)
    assert one["streets_value"] == pytest.approx(0.69)
    told = one["params"]
    assert (told["reach_covered"], told["reach_meets_line"]) == (13_800, False)
    assert set(report.reach["r"]["status"]) == {"covered"}
    assert report.gaps.empty


def test_r15_without_assignment_a_unit_counts_only_if_the_facility_lies_in_it():
    report = judged(health_study(serves=None), HEALTH)
    one = report.findings.loc["r/district/1"]
    assert (one["value"], one["verdict"], one["covered"], one["missed"]) == (0.5, "fail", 10_000, 10_000)
    assert one["gap"] == pytest.approx(0.45)
    assert list(report.reach["r"]["status"]) == ["covered"] * 2 + ["missed"] * 3
    assert report.findings.at["r/unit/b", "verdict"] == "fail"


def test_r15_the_centre_of_the_subdistrict_covers_where_the_clause_says_so():
    units = {code: toy.unit(box(x, 0, x + 900, 50)) for code, x in (("a", -100), ("b", 800), ("c", 1700))}
    units["s"] = toy.unit(box(-100, 0, 2600, 50), "subdistrict")
    study = health_study(serves=None, units=units)
    option = HEALTH.model_copy(update={"params": {"by_subdistrict": True}})
    assert row(study, HEALTH)["verdict"] == "fail"
    assert row(study, option)["value"] == 1.0
    assert "centre of its subdistrict" in row(study, option, "unit/b")["flags"]


def test_r15_people_in_no_unit_are_excluded_and_may_leave_the_verdict_to_a_person():
    homes = {"a1": toy.people(0, 20, 96, 1, unit="a"), "b1": toy.people(2000, 20, 4, 1, unit="b")}
    few = health_study(None, demand={**homes, "x": toy.people(50, 20, 1, 1, unit=None)})
    one = row(few, HEALTH)
    assert (one["people"], one["covered"], one["missed"], one["excluded"]) == (101, 96, 4, 1)
    assert (one["value"], one["verdict"]) == (pytest.approx(0.96), "pass")
    many = health_study(None, demand={**homes, "x": toy.people(50, 20, 50, 1, unit=None)})
    assert row(many, HEALTH)["verdict"] == "review"


def test_r15_exactly_the_line_passes_and_a_list_that_is_missing_makes_a_fail_sensitive():
    homes = {"a1": toy.people(0, 20, 95, 1, unit="a"), "b1": toy.people(2000, 20, 5, 1, unit="b")}
    study = health_study(None, demand=homes)
    assert row(study, HEALTH)["verdict"] == "pass"
    strict = HEALTH.model_copy(update={"params": {"pass_share": 0.99}})
    assert (row(study, strict)["verdict"], bool(row(study, strict)["sensitive"])) == ("fail", False)
    known = dataclasses.replace(study, kinds_known=frozenset({CHC}))
    assert bool(row(known, strict)["sensitive"])
    assert "no list of: village clinic" in row(known, strict)["flags"]


def test_r15_without_units_there_is_no_verdict_unless_the_table_has_the_share():
    study = dataclasses.replace(health_study(), units=None)
    assert row(study, HEALTH)["verdict"] == "nodata"
    told = row(with_table(study, ("r", "", 2018, 93.5, "%")), HEALTH, "city/city")
    assert (told["verdict"], told["value"], told["threshold"]) == ("fail", pytest.approx(0.935), 0.95)
    assert np.isnan(told["people"])


# ---- R17 ------------------------------------------------------------------------------------------------------------

NETWORK = rule("multi-level", facilities=("fitness_ground",),
               params={"levels": ("city", "county", "township", "community")})  # fmt: skip


def network_study(counties=12, townships=160, communities=1000, have=(1, 11, 150, 900), level=True, **more):
    outlines = {f"{n:02d}": box(n * 10_000, 0, (n + 1) * 10_000, 10_000) for n in range(counties)}
    units, facilities = {}, {}

    def spread(number: int, kind: str, word: str, served: int, y: float) -> None:
        each = -(-number // counties)
        for n in range(number):
            home, place = divmod(n, each)
            x = home * 10_000 + place * 100
            units[f"{word}{n}"] = toy.unit(box(x, y, x + 90, y + 90), kind, f"{home:02d}")
            if n < served:
                facilities[f"{word}{n}"] = toy.facility(x + 5, y + 5, "fitness_ground", level=word)

    spread(townships, "township", "township", have[2], 0)
    spread(communities, "village", "community", have[3], 5000)
    for n in range(have[1]):
        facilities[f"county{n}"] = toy.facility(n * 10_000 + 9000, 9000, "fitness_ground", level="县级")
    for n in range(have[0]):
        facilities[f"city{n}"] = toy.facility(9500, 9500 + n, "fitness_ground", level="市级")
    demand = {code: toy.people(n * 10_000 + 1, 1, 1, 1, code, None) for n, code in enumerate(outlines)}
    if not level:
        facilities = {key: {k: v for k, v in one.items() if k != "level"} for key, one in facilities.items()}
    return toy.study(facilities=facilities, demand=demand, units=units, districts=outlines, **more)


def test_r17_example_the_weakest_level_decides():
    assert weakest({"city": 1.0, "county": 11 / 12, "township": 150 / 160, "community": 0.9}) == "community"
    one = row(network_study(), NETWORK, "city/city")
    told = one["params"]
    assert {level: round(share * 100, 1) for level, share in told["levels"].items()} == {
        "city": 100, "county": 91.7, "township": 93.8, "community": 90.0,
    }  # fmt: skip
    assert (one["verdict"], told["weakest"], one["value"]) == ("fail", "community", pytest.approx(0.9))
    assert one["gap"] == 1 + 10 + 100


def test_r17_every_level_whole_passes_and_districts_answer_for_their_own():
    findings = judged(network_study(2, 4, 6, (1, 2, 4, 6)), NETWORK).findings
    assert set(findings["verdict"]) == {"pass"}
    short = judged(network_study(2, 4, 6, (0, 2, 4, 6)), NETWORK).findings
    assert short.at["r/city/city", "verdict"] == "fail"
    assert short.at["r/district/00", "verdict"] == "pass"


def test_r17_a_higher_level_stands_in_only_where_the_clause_says_so():
    study = network_study(1, 1, 1, (1, 1, 1, 0))
    above = toy.frame({**study.facilities.T.to_dict(), "x": toy.facility(5, 5005, "fitness_ground", level="县级")}, "f")
    study = dataclasses.replace(study, facilities=above)
    assert row(study, NETWORK, "unit/community0")["verdict"] == "fail"
    option = NETWORK.model_copy(update={"params": {**NETWORK.params, "higher_counts": True}})
    assert row(study, option, "unit/community0")["verdict"] == "pass"


def test_r17_unknown_levels_and_missing_units_are_no_data():
    unknown = row(network_study(1, 1, 1, (1, 1, 1, 1), level=False), NETWORK, "city/city")
    assert unknown["verdict"] == "nodata"
    assert "column level" in unknown["note_en"]
    whole = network_study(1, 1, 1, (1, 1, 1, 1))
    part = dataclasses.replace(whole, units=whole.units[whole.units["type"] == "township"])
    one = row(part, NETWORK, "city/city")
    assert one["verdict"] == "nodata"
    assert "community" in one["note_en"]
    failing = dataclasses.replace(part, facilities=part.facilities.drop("county0"))
    assert row(failing, NETWORK, "city/city")["verdict"] == "fail"


def test_r17_some_unknown_levels_are_flagged_and_make_the_verdict_sensitive():
    study = network_study(1, 1, 1, (1, 1, 1, 1))
    blank = study.facilities.assign(level=study.facilities["level"].mask(study.facilities.index == "community0"))
    one = row(dataclasses.replace(study, facilities=blank), NETWORK, "city/city")
    assert (one["verdict"], bool(one["sensitive"])) == ("fail", True)
    assert "level unknown, not counted: 1" in one["flags"]


HALLS = ("stadium", "plaza", "gymnasium", "pool", "fitness-hall")


def test_r17_example_two_grounds_three_halls():
    halls = rule("multi-level", facilities=("sports_venue",), params={"types": HALLS})
    found = {
        f"f{n}": toy.facility(n * 10, 0, "sports_venue", attributes=f"{one};大型") for n, one in enumerate(HALLS[:4])
    }
    one = row(toy.study(facilities=found, demand=ONE), halls)
    assert (one["value"], one["threshold"], one["verdict"], one["gap"]) == (4, 5, "fail", 1)
    assert "fitness-hall" in one["note_en"]
    found["f5"] = toy.facility(90, 0, "sports_venue", attributes="fitness-hall")
    assert judged(toy.study(facilities=found, demand=ONE), halls).passed


def test_r17_types_nobody_wrote_down_are_no_data():
    halls = rule("multi-level", facilities=("sports_venue",), params={"types": HALLS})
    one = row(toy.study(facilities={"f": toy.facility(0, 0, "sports_venue")}, demand=ONE), halls)
    assert one["verdict"] == "nodata"
    assert "column attributes" in one["note_en"]
    none = toy.study(facilities={}, demand=ONE, kinds=frozenset({"sports_venue"}))
    assert list(row(none, halls)[["verdict", "value"]]) == ["fail", 0]


def test_r17_types_may_be_kinds_and_a_kind_without_a_list_is_no_data():
    kinds = rule("multi-level", facilities=(), params={"types": ("park", "market")})
    found = {"p": toy.facility(0, 0, "park"), "m": toy.facility(9, 0, "market")}
    assert row(toy.study(facilities=found, demand=ONE), kinds)["verdict"] == "pass"
    one = row(toy.study(facilities={"p": found["p"]}, demand=ONE), kinds)
    assert one["verdict"] == "nodata"
    assert "market" in one["note_en"]
    units = kinds.model_copy(update={"applies_to": "township"})
    study = toy.study(facilities={k: toy.facility(9, 9, v["kind"]) for k, v in found.items()}, demand=ONE,
                      units=squares(2, "township"))  # fmt: skip
    assert row(study, units)["value"] == 0.5


# ---- R19 ------------------------------------------------------------------------------------------------------------

EIGHT = rule(
    "layout-nodes", operator="=", value=8,
    params={"nodes": tuple(f"n{n}" for n in range(8)), "node_names": tuple(f"中心{n}" for n in range(8)),
            "min_capacity": 200, "ownership": "public"},
)  # fmt: skip


def node_study(served: int = 7, drawn: int = 8, beds: float = 200):
    areas = {f"n{n}": box(n * 100, 0, n * 100 + 50, 50) for n in range(drawn)}
    found = {f"f{n}": care(n * 100 + 10, beds, y=10, ownership="公办") for n in range(served)}
    return toy.study(facilities=found, demand=ONE, areas=areas, kinds=frozenset({CARE}))


def test_r19_example_seven_of_eight_centres():
    one = row(node_study(), EIGHT, "city/city")
    assert (one["value"], one["verdict"], one["gap"]) == (0.875, "fail", 1)
    assert one["params"]["lacking"] == ["中心7"]
    assert "中心7" in one["note_zh"]
    assert row(node_study(8), EIGHT)["verdict"] == "pass"
    assert row(node_study(8, beds=199), EIGHT)["value"] == 0


def test_r19_nodes_without_a_boundary_are_named_and_no_data():
    one = row(node_study(8, drawn=7), EIGHT, "city/city")
    assert one["verdict"] == "nodata"
    assert '[[areas]] id = "n7"' in one["note_en"]
    assert "中心7" in one["note_zh"]
    # a node that surely lacks one fails, whatever the others are
    assert row(node_study(5, drawn=7), EIGHT, "city/city")["verdict"] == "fail"
    none = row(node_study(8, drawn=0), EIGHT, "city/city")
    assert none["verdict"] == "nodata"
    told = row(with_table(node_study(8, drawn=0), ("r", "", 2018, 8, "个")), EIGHT, "city/city")
    assert (told["verdict"], told["threshold"]) == ("pass", 8)


def test_r19_a_clause_that_asks_for_more_than_it_lists_cannot_pass():
    eleven = EIGHT.model_copy(update={"value": 11.0, "operator": ">="})
    one = row(node_study(8), eleven, "city/city")
    assert (one["verdict"], one["value"]) == ("nodata", 1.0)
    assert "3 of the 11" in one["note_en"]
    assert row(node_study(7), eleven, "city/city")["verdict"] == "fail"


def test_r19_many_points_without_a_list_are_not_applicable():
    points = rule("layout-nodes")
    assert row(node_study(), points, "city/city")["verdict"] == "not-applicable"
    odd = EIGHT.model_copy(update={"params": {"nodes": ("a", "b"), "node_names": ("甲",)}})
    with pytest.raises(StandardError, match="one name for every node"):
        row(node_study(), odd)


def test_r19_a_node_counts_in_the_district_it_lies_in_and_a_zone_may_be_a_node():
    areas = {"n0": box(0, 0, 50, 50), "n1": box(2000, 0, 2050, 50)}
    study = toy.study(
        facilities={"f": care(10, 200, y=10)}, areas=areas,
        demand={"p": toy.people(1, 1, 1, 1, "1", None), "q": toy.people(1501, 1, 1, 1, "2", None)},
        districts={"1": box(-100, -100, 1000, 1000), "2": box(1000, -100, 3000, 1000), "3": box(3000, 0, 3100, 10)},
    )  # fmt: skip
    two = rule("layout-nodes", params={"nodes": ("n0", "n1")})
    findings = judged(study, two).findings
    assert list(findings["verdict"]) == ["pass", "fail", "not-applicable", "fail"]
    zones = toy.frame({"z": {"name": "航空港", "geometry": areas["n0"]}}, "code")
    zone = rule("layout-nodes", params={"nodes": ("z",)})
    assert row(dataclasses.replace(study, zones=zones), zone, "city/city")["verdict"] == "pass"
