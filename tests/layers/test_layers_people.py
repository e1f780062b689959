"""Where people live: everybody once, with the status of every rule, the same on pages, in a GIS and on pictures."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from fake_report import CIRCLE, CODES, COVERAGE, RADIUS
from layer_views import Picture, in_gis, on_page, points

from zzgeo.auditing.report import AuditReport
from zzgeo.vocabulary.statuses import MISSED_RAMP, STATUS_LOOKS

#: Of 36 homes 300 m apart in a district with its facility at (500, 500): straight lines of up to 500 m, ways of 1.4.
REACHED = {"covered": 6, "between": 3, "missed": 27}


def test_every_home_stands_on_the_page_of_its_district_once(report: AuditReport) -> None:
    demand = report.study.demand
    for code in CODES:
        (cloud,) = on_page("people", report, code)
        here = demand[demand["district"] == code]
        assert sum(cloud["people"]["residents"]) == 3_600.0
        assert sum(cloud["people"]["aged_60_plus"]) == here["aged_60_plus"].sum()
        wanted = np.column_stack([here.geometry.x, here.geometry.y])
        drawn = points(cloud)
        # the homes are 300 m apart: whole tens of metres keep them in one order
        drawn, wanted = (xy[np.lexsort(np.rint(xy / 10).T)] for xy in (drawn, wanted))
        assert drawn == pytest.approx(wanted, abs=0.2)
        units = Counter(cloud["unit_codes"][at] for at in cloud["unit"])
        assert units == {f"{code}-{n}": 9 for n in range(4)}


def test_a_letter_tells_whether_a_rule_reaches_a_home(report: AuditReport) -> None:
    (cloud,) = on_page("people", report, CODES[0])
    told = Counter(cloud["status"][RADIUS])
    assert told == {STATUS_LOOKS[status].letter: count for status, count in REACHED.items()}
    # each stands at its home: those covered live within 500 / 1.4 metres of the facility
    xy = points(cloud)
    metres = np.hypot(*(xy - np.asarray(report.study.facilities.geometry.loc["F001"].coords[0])).T)
    covered = np.array(list(cloud["status"][RADIUS])) == "c"
    assert (covered == (metres <= 500 / 1.4)).all()
    assert set(cloud["status"]) == {RADIUS, CIRCLE}  # no rule without homes


def test_a_page_tells_the_distances_the_kind_of_rule_is_judged_by_and_the_city_none(report: AuditReport) -> None:
    (cloud,) = on_page("people", report, CODES[0])
    assert set(cloud["straight_m"]) == {RADIUS}
    assert set(cloud["streets_m"]) == {RADIUS, CIRCLE}
    ratio = np.array(cloud["streets_m"][RADIUS]) / np.array(cloud["straight_m"][RADIUS])
    assert ratio == pytest.approx(1.4)
    (city,) = on_page("people", report, None)
    assert city["straight_m"] == city["streets_m"] == {}
    assert len(city["status"][RADIUS]) == 72


def test_the_table_has_a_column_of_statuses_for_every_rule(report: AuditReport) -> None:
    made = in_gis("demand", report)
    assert made is not None
    assert [name for name in made.table.columns if name != "geometry"] == [
        "district", "unit", "residents", "aged_60_plus", RADIUS, CIRCLE,
    ]  # fmt: skip
    for rule in (RADIUS, CIRCLE):
        assert made.table[rule].astype(object).tolist() == report.reach[rule]["status"].tolist()
    assert [style.column for style in made.styles] == [f'"{RADIUS}"', f'"{CIRCLE}"']
    classes = {key for key, _, _ in made.styles[0].classes}
    assert set(report.reach[RADIUS]["status"]) <= classes


def test_a_status_for_fewer_homes_than_there_are_leaves_the_others_empty(report: AuditReport) -> None:
    short = dataclasses.replace(report, reach={RADIUS: report.reach[RADIUS].iloc[::-2]})
    made = in_gis("demand", short)
    assert made is not None
    wanted = report.reach[RADIUS]["status"].where(report.study.demand.index.isin(short.reach[RADIUS].index), "")
    assert made.table[RADIUS].astype(object).tolist() == wanted.tolist()


def test_a_picture_marks_every_home_of_the_district_by_status_and_number(report: AuditReport) -> None:
    picture = Picture("people", report, RADIUS, CODES[0])
    looks = {one.look.fill: len(one.geometry) for one in picture.marks}
    assert sum(looks.values()) == 36
    assert looks["#CFE3F1"] == REACHED["covered"]
    assert looks["#FFF6E0"] == REACHED["between"]
    assert sum(looks.get(colour, 0) for colour in MISSED_RAMP) == REACHED["missed"]
    assert picture.legend[0] == "已覆盖"
    assert all(told.startswith("未覆盖 ") for told in picture.legend[1:-1])
    # those missed lie above those covered
    heights = {one.look.fill: one.height for one in picture.marks}
    assert heights[MISSED_RAMP[-1]] > heights["#CFE3F1"]
    assert Picture("people", report, COVERAGE, CODES[0]).marks == []
    assert Picture("people", report, RADIUS, None).marks == []


def test_those_missed_are_coloured_by_how_many_they_are(report: AuditReport) -> None:
    reach = report.reach[RADIUS]
    told = reach.assign(people=np.arange(1.0, len(reach) + 1) ** 2)
    counted = dataclasses.replace(report, reach={RADIUS: told})
    picture = Picture("people", counted, RADIUS, CODES[0])
    missed = {one.look.fill: one.geometry for one in picture.marks if one.look.mark == "square"}
    assert list(missed) == list(MISSED_RAMP)
    ends = [int(told.rpartition("–")[2].split(" ")[0].replace(",", "")) for told in picture.legend[1:4]]
    assert ends == sorted(ends)
    here = report.study.demand["district"] == CODES[0]
    low = 0
    for colour, high in zip(MISSED_RAMP, ends, strict=True):
        own = here & (told["status"] == "missed") & (told["people"] > low) & (told["people"] <= high)
        assert len(missed[colour]) == own.sum() > 0
        low = high
