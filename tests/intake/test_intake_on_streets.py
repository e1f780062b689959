"""A check builds the network an audit walks on, and tells who lives and what stands where no street leads."""

from __future__ import annotations

import dataclasses
import json

import pytest
from shapely import LineString, Point
from toy import facility, people, study

from zzgeo import Reach, audit, check_study, coverage
from zzgeo.errors import NetworkError
from zzgeo.intake.example import write_example
from zzgeo.intake.on_streets import PIECES, OnStreets, street_network
from zzgeo.intake.study import Study
from zzgeo.reporting.desk.audit_file import audit_json
from zzgeo.spec.walking_profile import walking_profile

MAIN = [LineString([(0, 0), (1000, 0)]), LineString([(1000, 0), (1000, 1000)])]
SIDE = [LineString([(5000, 0), (5300, 0)]), LineString([(5300, 0), (5300, 300)])]
LONE = [LineString([(0, 6000), (0, 6100)])]


def pieces(**more: object) -> Study:
    """A city on three pieces: 60 people on the largest, 30 on one with a clinic, 8 on one without, 2 on none."""
    return study(
        facilities={"A": facility(500, 5), "B": facility(5200, 5), **more.pop("facilities", {})},  # type: ignore[dict-item]
        demand={
            "a": people(100, 5, 60, 6),
            "b": people(5100, 5, 30, 3),
            "c": people(5, 6050, 8, 1),
            "d": people(-4000, -4000, 2, 0),
        },
        streets=[*MAIN, *SIDE, *LONE],
    )


def told(one: Study) -> dict[str, str]:
    return {problem.code: problem.value for problem in one.on_streets.problems()}


def test_people_are_told_by_the_piece_they_live_on():
    city = pieces()
    assert city.on_streets.people_by_class == dict(zip(PIECES, [60.0, 30.0, 8.0, 2.0], strict=True))
    assert told(city).keys() == {
        "network.components",
        "network.people_unreached",
        "network.people_apart",
        "network.snap_too_far",
    }
    assert told(city)["network.people_unreached"] == "8 (8 %)"
    assert told(city)["network.people_apart"] == "30 (30 %)"
    assert told(city)["network.snap_too_far"] == "2 (2 %)"


def test_people_of_all_classes_are_everybody():
    city = pieces()
    assert sum(city.on_streets.people_by_class.values()) == city.demand["residents"].sum()


def test_facilities_no_street_reaches_are_named():
    far, alone = facility(-3000, -3000), facility(2010, 5)
    streets = [*MAIN, LineString([(2000, 0), (2100, 0)])]
    city = study(
        facilities={"A": facility(500, 5), "far": far, "alone": alone},
        demand={"a": people(100, 5, 60, 6)},
        streets=streets,
    )
    assert told(city)["network.facility_off"] == "1: far"
    assert told(city)["network.facility_apart"] == "1: alone"


def test_a_network_in_one_piece_that_everybody_lives_on_has_nothing_to_tell():
    city = study(facilities={"A": facility(500, 5)}, demand={"a": people(100, 5, 60, 6)}, streets=MAIN)
    assert city.on_streets.problems() == []


def test_a_study_without_streets_has_nothing_to_tell():
    city = study(facilities={"A": facility(500, 5)}, demand={"a": people(100, 5, 60, 6)})
    assert city.on_streets.problems() == []
    assert city.on_streets.people_by_class == {}


def test_a_replaced_study_keeps_what_holds_and_nothing_else():
    city = pieces()
    network, ledger = city.on_streets.network, city.on_streets.demand_ledger
    facilities = city.on_streets.facilities_ledger
    assert dataclasses.replace(city, name="other").on_streets.network is network
    fewer = dataclasses.replace(city, demand=city.demand.iloc[:2])
    assert fewer.on_streets.network is network
    assert fewer.on_streets.facilities_ledger is facilities
    assert len(fewer.on_streets.demand_ledger) == 2
    assert len(ledger) == 4
    other = dataclasses.replace(city, streets=city.streets.iloc[:2])
    assert len(other.on_streets.network.component_table) == 1
    nearer = dataclasses.replace(city, walking=dataclasses.replace(city.walking, snap_max_m=1.0))
    assert nearer.on_streets.network is network
    assert nearer.on_streets.demand_ledger["edge_id"].isna().all()


def test_what_is_written_into_a_table_is_seen_by_the_next_answer():
    city = pieces()

    def covered() -> list[float]:
        # one that was made of it after somebody wrote is asked before it
        own = []
        for one in (dataclasses.replace(city, name="other"), city):
            reaches = (Reach.radius(700), Reach.along_streets(700))
            own.append(
                [coverage(one, reach, "elderly_day_care").loc[("city", "residents"), "covered"] for reach in reaches]
            )
        assert own[0] == own[1]
        return own[0]

    assert covered() == [90.0, 90.0]
    city.facilities.loc["B", "kind"] = "market"
    assert covered() == [60.0, 60.0]
    city.demand.loc["b", "geometry"] = Point(900, 5)
    assert covered() == [90.0, 90.0]
    city.streets.loc[0, "geometry"] = LineString([(5000, 900), (6000, 900)])
    assert covered() == [90.0, 0.0]


def test_what_nobody_wrote_into_is_not_computed_anew():
    city = pieces()
    coverage(city, Reach.along_streets(700), "elderly_day_care")
    known = dict(vars(city.on_streets))
    assert {"network", "of_facilities", "demand_ledger", "facilities_ledger"} <= set(known)
    for table in (city.facilities, city.demand, city.streets):
        table._consolidate_inplace()
    coverage(city, Reach.along_streets(700), "elderly_day_care")
    assert all(vars(city.on_streets)[name] is one for name, one in known.items())


def test_entries_of_some_facilities_are_those_of_the_study():
    city = pieces()
    some = city.facilities.iloc[[1]]
    assert list(city.on_streets.entries(some)["facility_id"]) == ["B"]
    moved = some.set_geometry(some.geometry.translate(0, 40))
    assert city.on_streets.entries(moved)["snap_m"].tolist() == [45.0]


def test_a_check_builds_the_network_once_and_the_audit_finds_it_built(tmp_path, monkeypatch):
    built = []
    monkeypatch.setattr("zzgeo.intake.on_streets.street_network", lambda *of: built.append(of) or street_network(*of))
    loaded, _ = check_study(write_example(tmp_path))
    report = audit(loaded, profile="zz-2020")
    assert len(built) == 1
    assert report.context.network is loaded.on_streets.network


def test_a_check_refuses_streets_that_carry_no_walk(tmp_path, monkeypatch):
    def refused(*_: object) -> None:
        raise NetworkError([dataclasses.replace(problem, severity="error")])

    problem = pieces().on_streets.problems()[0]
    monkeypatch.setattr("zzgeo.intake.on_streets.street_network", refused)
    loaded, problems = check_study(write_example(tmp_path))
    assert loaded is None
    assert [one.severity for one in problems if one.code == problem.code] == ["error"]


def test_the_audit_file_tells_people_by_piece_and_every_note_once():
    report = audit(pieces(), profile="zz-2020")
    facts = json.loads(audit_json(report, []))
    assert facts["network"]["people"] == dict(zip(PIECES, [60.0, 30.0, 8.0, 2.0], strict=True))
    assert sum("network.components" in line for line in facts["warnings"]) == 1
    assert "notes" not in facts["network"]


@pytest.mark.parametrize("name", ["network", "demand_ledger", "facilities_ledger"])
def test_nothing_is_computed_before_it_is_asked_for(name):
    city = pieces()
    assert isinstance(city.on_streets, OnStreets)
    assert name not in vars(city.on_streets)


def test_the_audit_file_names_the_walking_profile_and_what_the_study_changes():
    city = pieces()
    plain = audit(city, profile="zz-2020").provenance["parameters"]["walking"]
    assert (plain["profile"], plain["profile_changed"]) == ("cn-default", [])
    slower = walking_profile("cn-default", {"speeds_m_per_s": {"residents": 1.0}, "trunk": "closed"})
    changed = dataclasses.replace(city, walking=dataclasses.replace(city.walking, profile=slower))
    told = audit(changed, profile="zz-2020").provenance["parameters"]["walking"]
    assert told["profile_changed"] == ["trunk", "speeds_m_per_s"]
