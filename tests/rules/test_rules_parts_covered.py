"""Lists that cover some districts: the others are no data, and the city is judged by those that are covered."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import pytest
import toy
from radius_cities import RADIUS, only
from shapely import box
from unit_cities import judged, rule

from zzgeo.auditing.run import audit
from zzgeo.intake.example import write_example
from zzgeo.intake.lists import FacilityList
from zzgeo.intake.study import load_study
from zzgeo.standards import find_rule

KIND = "elderly_day_care"
UNCOVERED, DECIDES = "list.districts_uncovered", "list.districts_uncovered_decide"


def city(*lists, facilities=None, aged=(10, 10)):
    """Two districts of one unit each; f serves everybody in the first, nothing stands in the second."""
    west, east = box(-4000, -4000, 4000, 4000), box(4000, -4000, 13000, 4000)
    study = toy.study(
        facilities=facilities or {"f": toy.facility(0, 0)},
        demand={
            "a": toy.people(100, 0, aged[0], aged[0]),
            "d": toy.people(9100, 0, aged[1], aged[1], "2", "2-1"),
        },
        units={"1-1": toy.unit(west), "2-1": toy.unit(east, district="2")},
        districts={"1": west, "2": east},
        kinds=frozenset((KIND,)),
    )
    return dataclasses.replace(study, lists=lists)


def of(*districts, **more):
    covered = frozenset(districts) if districts else None
    return FacilityList("a.csv", frozenset((KIND,)), frozenset((KIND,)), districts=covered, **more)


def findings(study):
    return audit(study, only(find_rule(RADIUS))).findings


def test_a_list_that_covers_all_or_says_nothing_of_it_is_judged_everywhere():
    for lists in ((), (of(),), (of("1", "2"),), (of("1"), of())):
        table = findings(city(*lists))
        assert table.at[f"{RADIUS}/district/2", "verdict"] == "fail"
        assert table.at[f"{RADIUS}/district/2", "value"] == 0
        assert not table["flag_codes"].str.contains(UNCOVERED).any()


def test_none_of_a_kind_in_a_district_that_no_list_covers_is_no_data_not_0():
    table = findings(city(of("1")))
    first, second, whole = (table.loc[f"{RADIUS}/{place}"] for place in ("district/1", "district/2", "city/city"))
    assert (first["verdict"], first["value"]) == ("pass", 1.0)
    assert second["verdict"] == "nodata"
    assert math.isnan(second["value"])
    assert "no list covers this district" in second["note_en"]
    assert "不覆盖" in second["note_zh"]
    # half of the people of the city live where nothing is known
    assert (whole["verdict"], whole["people"]) == ("review", 10)
    assert DECIDES in whole["flag_codes"]
    assert "2 区2" in whole["flags"]


def test_what_others_cannot_turn_stands_and_tells_them():
    people = {"f": toy.facility(3000, 0)}
    table = findings(city(of("1"), facilities=people))
    whole = table.loc[f"{RADIUS}/city/city"]
    # whoever is served in the second district, nobody is in the first
    assert whole["verdict"] == "fail"
    assert UNCOVERED in whole["flag_codes"].split("; ")


def test_a_fail_of_a_district_that_no_list_covers_is_left_to_a_person_though_some_stand_there():
    two = {"f": toy.facility(0, 0), "g": toy.facility(12_000, 0)}
    table = findings(city(of("1"), facilities=two))
    assert table.at[f"{RADIUS}/district/2", "verdict"] == table.at[f"{RADIUS}/unit/2-1", "verdict"] == "review"
    assert "list.districts_strays_decide" in table.at[f"{RADIUS}/district/2", "flag_codes"]
    # were all of the second served, all of the city would be
    assert table.at[f"{RADIUS}/city/city", "verdict"] == "review"
    assert table.at[f"{RADIUS}/district/1", "verdict"] == "pass"


def test_strays_leave_a_pass_and_a_fail_that_rests_on_covered_districts_as_they_are():
    served = findings(city(of("1"), facilities={"f": toy.facility(0, 0), "g": toy.facility(9_000, 0)}))
    assert served.at[f"{RADIUS}/district/2", "verdict"] == served.at[f"{RADIUS}/city/city", "verdict"] == "pass"
    assert "list.districts_strays" in served.at[f"{RADIUS}/district/2", "flag_codes"].split("; ")
    far = findings(city(of("1"), facilities={"f": toy.facility(3_000, 0), "g": toy.facility(12_000, 0)}))
    assert far.at[f"{RADIUS}/district/1", "verdict"] == far.at[f"{RADIUS}/city/city", "verdict"] == "fail"


def test_nothing_is_judged_where_no_district_is_covered():
    table = findings(city(of("9"), facilities={"p": toy.facility(0, 0, "park")}))
    assert table["verdict"].eq("nodata").all()


def test_units_of_a_district_that_no_list_covers_are_not_counted_as_without():
    every = rule(
        "unit-coverage", applies_to="urban-community", facilities=(KIND,), value=100.0, unit="percent of units"
    )
    table = judged(city(of("1")), every).findings
    assert table.at["r/district/2", "verdict"] == "nodata"
    assert table.at["r/city/city", "verdict"] == "review"
    assert table.at["r/city/city", "units_judged"] == 1


def test_what_is_known_of_the_lists_stands_on_every_finding_of_a_place():
    old = of(lost={frozenset((KIND, "park")): 2}, newest=dt.date(2010, 1, 1), dated=dt.date(2018, 6, 1))
    doubtful = dataclasses.replace(of("1", "2"), file="b.osm.pbf", complete=frozenset())
    table = findings(city(old, doubtful))
    row = table.loc[f"{RADIUS}/district/1"]
    first, second = row["params"]["lists"]
    assert first == {
        "file": "a.csv",
        "kinds": [KIND],
        "complete": "taken",
        "districts": None,
        "dated": "2018-06-01",
        "newest_opening": "2010-01-01",
        "stale": True,
        "rows_lost": 2,
    }
    assert (second["complete"], second["districts"]) == ("unknown", ["1", "2"])
    assert "years older than the study: a.csv" in row["flags"]
    assert "not known to be complete: b.osm.pbf" in row["flags"]
    assert "lists" not in table.at[f"{RADIUS}/unit/1-1", "params"]


@pytest.mark.parametrize(("complete", "state"), [("", "taken"), ("complete = true", "declared")])
def test_a_study_file_says_what_a_list_covers(tmp_path, complete, state):
    study = write_example(tmp_path)
    facilities = tmp_path / "facilities.csv"
    lines = facilities.read_text("utf-8").splitlines()
    facilities.write_text("\n".join(line for line in lines if "East" not in line) + "\n", "utf-8")
    toml = tmp_path / "study.toml"
    said = f'kind_column = "kind"\ndistricts = ["W", "N"]\n{complete}'
    toml.write_text(toml.read_text("utf-8").replace('kind_column = "kind"', said), "utf-8")
    loaded = load_study(study)
    [known] = loaded.lists
    assert (known.file, known.districts, known.used) == ("facilities.csv", {"W", "N"}, 1)
    assert known.completeness(["community_health_centre"]) == state
    assert any(one.code == "value.unknown_code" and "N" in one.value for one in loaded.warnings)
    table = audit(loaded, profile="zz-2020").findings
    walks = table[(table["rule_kind"] == "time-circle") & (table["level"] == "district")]
    by_district = walks.groupby("district")["verdict"].agg(set)
    assert by_district["E"] == {"nodata"}
    assert by_district["W"] & {"pass", "fail", "review"}
