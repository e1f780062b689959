"""R16 share of a register: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import pandas as pd
import toy
from table_cities import CARE, beds, city, judged, rule, study

from zzgeo.rules.register_share import needed

NURSING = rule(
    "register-share",
    id="nursing",
    value=40,
    unit="percent of elderly-care beds",
    facilities=(CARE,),
    params={"attribute": "nursing", "count": "beds"},
)


PRIVATE = rule(
    "register-share",
    id="private",
    value=60,
    unit="percent of new beds",
    facilities=(CARE,),
    params={"ownership": "private", "count": "beds"},
)


STARS = rule(
    "register-share",
    id="stars",
    operator="=",
    value=100,
    unit="percent of institutions",
    facilities=(CARE,),
    params={"attribute": "star-rated", "count": "facilities"},
)


def test_r16_examples_of_nursing_private_and_star_rated():
    care = {
        "n": beds(500, 8000, attributes="nursing;star-rated"),
        "o": beds(1500, 13_163, attributes="medical-licence"),
    }
    nursing = city(study(care), NURSING)
    assert (round(nursing["value"], 3), nursing["verdict"]) == (0.378, "fail")
    assert (nursing["params"]["needed"], nursing["gap"]) == (8466, 466)
    day = pd.Timestamp("2018-05-01")
    new = {
        "p": beds(500, 1750, ownership="民办", opened=day),
        "q": beds(600, 1250, ownership="公办", opened=day),
        "old": beds(700, 9999, ownership="公办", opened=pd.Timestamp("2010-01-01")),
    }
    private = city(study(new), PRIVATE)
    assert (round(private["value"], 3), private["verdict"]) == (0.583, "fail")
    assert (private["params"]["needed"], private["gap"]) == (1800, 50)
    rated = {f"f{n}": toy.facility(n, 500, CARE, attributes="star-rated" if n else "plain") for n in range(164)}
    stars = city(study(rated), STARS)
    assert (round(stars["value"], 3), stars["verdict"], stars["gap"]) == (0.994, "fail", 1)
    assert [needed(0.4, 21_163), needed(0.6, 3000), needed(1.0, 164)] == [8466, 1800, 164]


def test_r16_what_is_not_told_stays_in_the_denominator_and_may_make_a_verdict_sensitive():
    silent = toy.facility(600, 500, CARE, attributes=None)
    care = {"a": toy.facility(500, 500, CARE, attributes="star-rated"), "b": silent}
    one = city(study(care), STARS)
    assert (one["value"], one["verdict"], one["sensitive"]) == (0.5, "fail", True)
    assert "not told, counted as without: 1" in one["flags"]
    assert city(study({"b": silent}), STARS)["verdict"] == "nodata"
    assert city(study({"b": silent}, rows=[("stars", 100, 2018)]), STARS)["verdict"] == "pass"
    unknown_beds = {
        "a": beds(500, 10, attributes="nursing"),
        "b": beds(600, 90, attributes="x"),
        "c": beds(700, None, attributes="nursing"),
    }
    assert city(study(unknown_beds), NURSING)["verdict"] == "review"


def test_r16_per_district_none_there_and_an_empty_list():
    findings = judged(study({"a": toy.facility(500, 500, CARE, attributes="star-rated")}), STARS).findings
    assert list(findings["verdict"]) == ["pass", "not-applicable", "pass"]
    empty = judged(study(kinds=(CARE,)), STARS).findings
    assert list(empty["verdict"]) == ["fail"] * 3
    assert list(empty["value"]) == [0.0] * 3


def test_r16_from_the_indicator_table_by_share_or_per_cent_and_against_an_earlier_year():
    visits = rule("register-share", id="visits", operator="~", value=20, unit="percent of visits")
    for value, unit, verdict in ((21.9, "%", "pass"), (0.219, "share", "pass"), (25.0, None, "review")):
        assert city(study(rows=[("visits", value, 2018, "", unit)]), visits)["verdict"] == verdict
    rising = rule("register-share", id="ward", operator="increase", unit="percent of level-two hospitals")
    assert city(study(rows=[("ward", 20, 2015), ("ward", 30, 2018)]), rising)["verdict"] == "pass"
    assert city(study(rows=[("ward", 30, 2018)]), rising)["verdict"] == "nodata"


def test_r16_a_share_is_read_in_per_cent_however_its_unit_spells_it():
    care = {"a": beds(500, 5, ownership="公办"), "b": beds(700, 95, ownership="民办")}
    for unit in ("percent of institutions", "%", "％（机构）", "百分比"):
        own = rule("register-share", value=50, unit=unit, facilities=(CARE,), params={"ownership": "public"})
        found = city(study(care), own)
        assert (found["threshold"], found["verdict"]) == (0.5, "pass")
    of_beds = rule("register-share", value=50, unit="% of beds", facilities=(CARE,), params={"ownership": "public"})
    assert (city(study(care), of_beds)["value"], city(study(care), of_beds)["verdict"]) == (0.05, "fail")


def test_r16_since_when_facilities_count_is_never_left_out():
    care = {
        "a": beds(500, 5, ownership="公办", opened=pd.Timestamp("2010-05-01")),
        "b": beds(700, 5, ownership="民办", opened=pd.Timestamp("2018-05-01")),
    }
    for since in ("2015-01-01", 2015):
        params = {"ownership": "public", "opened_since": since}
        found = city(study(care), rule("register-share", value=50, unit="%", facilities=(CARE,), params=params))
        assert (found["value"], found["verdict"], found["params"]["total"]) == (0.0, "fail", 1.0)


def test_r16_a_share_that_must_stay_low_tells_how_many_are_too_many():
    care = {f"f{n}": beds(500 + n, 5, ownership="民办" if n < 6 else "公办") for n in range(10)}
    most = rule(
        "register-share", operator="<=", value=40, unit="%", facilities=(CARE,), params={"ownership": "private"}
    )
    found = city(study(care), most)
    assert (found["verdict"], found["gap"], found["params"]["at_most"]) == ("fail", 2.0, 4)
    known = {name: care[name] for name in ("f0", "f1", "f6", "f7", "f8", "f9")}
    assert city(study(known), most)["verdict"] == "pass"
    # two whose owner nobody tells may be private: 4 of 8 would be too many
    doubted = city(study(known | {"x": beds(900, 5), "y": beds(910, 5)}), most)
    assert (doubted["verdict"], doubted["sensitive"]) == ("review", True)
