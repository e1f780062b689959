"""A day that is written and cannot be read: told where the facility counts, and no verdict rests on it."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
import toy
from radius_cities import RADIUS, only

from zzgeo.auditing.run import audit
from zzgeo.intake.example import write_example
from zzgeo.intake.study import load_study
from zzgeo.spec.schema import DAYS_UNREAD
from zzgeo.standards import find_rule

TOLD, DECIDES = "facilities.day_unread", "facilities.day_unread_decide"


def city(*unread, **more):
    """All ten old people are served by f and by g beside it; h serves nobody."""
    places = {name: toy.facility(x, 0, **more) for name, x in (("f", 0), ("g", 10), ("h", 9000))}
    study = toy.study(
        facilities=places,
        demand={"a": toy.people(100, 0, 10, 10)},
        units={"1-1": toy.unit(toy.box(-500, -500, 500, 500))},
    )
    table = study.facilities.assign(opened=pd.NaT, closed=pd.NaT)
    table[DAYS_UNREAD] = ["closed" if name in unread else "" for name in table.index]
    return dataclasses.replace(study, facilities=table)


def row(study):
    return audit(study, only(find_rule(RADIUS))).findings.loc[f"{RADIUS}/district/1"]


@pytest.mark.parametrize(
    ("unread", "verdict", "flag"),
    [((), "pass", ""), (("g",), "pass", TOLD), (("f", "g"), "review", DECIDES), (("h",), "pass", TOLD)],
)
def test_a_verdict_that_unread_days_could_turn_is_left_to_a_person(unread, verdict, flag):
    found = row(city(*unread))
    assert (found["verdict"], found["value"]) == (verdict, 1.0)
    assert (flag in found["flag_codes"].split("; ")) or not flag
    assert (TOLD in found["flag_codes"]) == bool(unread)
    if unread:
        assert f"cannot be read{', counted as unknown' if verdict == 'pass' else ''}: {len(unread)}" in found["flags"]


def test_facilities_of_another_kind_say_nothing():
    study = city("h")
    table = study.facilities.assign(kind=["elderly_day_care", "elderly_day_care", "park"])
    assert TOLD not in row(dataclasses.replace(study, facilities=table))["flag_codes"]


@pytest.mark.parametrize("heading", ["opened", "closed"])
def test_a_list_with_a_spoilt_day_turns_its_pass_to_review_and_a_blank_does_not(tmp_path, heading):
    study = write_example(tmp_path)
    facilities, toml = tmp_path / "facilities.csv", tmp_path / "study.toml"
    lines = facilities.read_text("utf-8").splitlines()
    toml.write_text(toml.read_text("utf-8").replace('lat = "lat" }', f'lat = "lat", {heading} = "day" }}', 1), "utf-8")

    def verdicts(*days):
        rows = [f"{line},{day}" for line, day in zip(lines, ("day", *days), strict=True)]
        facilities.write_text("\n".join(rows) + "\n", "utf-8")
        return audit(load_study(study), profile="zz-2020").findings

    blank, spoilt = verdicts("", ""), verdicts("即将", "")
    assert not blank["flag_codes"].str.contains(TOLD).any()
    judged = blank["verdict"].isin(["pass", "fail", "review"])
    told = spoilt["flag_codes"].str.contains(TOLD)
    assert told[judged & blank["rule_kind"].eq("time-circle")].all()
    turned = spoilt["verdict"] != blank["verdict"]
    assert turned.any()
    assert spoilt.loc[turned, "verdict"].eq("review").all()
    assert spoilt.loc[turned, "flag_codes"].str.contains(DECIDES).all()
