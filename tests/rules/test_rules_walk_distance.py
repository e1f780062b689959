"""R25 walking distance: the worked example of its definition, its laws, and five lines of TOML from file to page."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import toy
from own_clauses import city_of, clause, judged, one_street
from radius_cities import only
from shapely import LineString, box

import zzgeo
from zzgeo.auditing.run import audit
from zzgeo.errors import StandardError
from zzgeo.intake.example import write_example
from zzgeo.intake.walking import Walking
from zzgeo.reporting import write
from zzgeo.spec.walking_profile import walking_profile

CARE = {"rule": "walk-distance", "facilities": ["elderly_day_care"]}

STANDARD = """
[document]
id = "own"
number = "自定1号"
title = "自定标准"
title_en = "Own standard"
issuer = "区"
jurisdiction = "littleton"

[[clauses]]
rule = "walk-distance"
facilities = ["community_health_centre"]
value = 800
params = { pass_share = 0.9 }
verified_on = 2026-11-29
"""


def r25_study(**speeds: float) -> Any:
    places = {"a": (600, 1000, 200), "b": (900, 800, 150), "c": (1000, 700, 120), "d": (1300, 500, 80)}
    overrides = {"speeds_m_per_s": speeds} if speeds else {}
    return toy.study(
        facilities={"f": toy.facility(0, 0)},
        demand={name: toy.people(x, 0, residents, aged) for name, (x, residents, aged) in places.items()},
        units={"1-1": toy.unit(box(-10, -100, 1500, 100))},
        streets=[LineString([(0, 0), (1500, 0)])],
        walking=Walking(walking_profile("cn-default", overrides)),
    )


@pytest.mark.parametrize("speeds", [{}, {"residents": 0.5, "aged_60_plus": 0.3}])
@pytest.mark.parametrize(("group", "value"), [("residents", 1800 / 3000), ("aged_60_plus", 350 / 550)])
def test_r25_example_at_any_speed(speeds, group, value):
    report = judged(r25_study(**speeds), **CARE, value=900, population=group, params={"pass_share": 0.6})
    for code in ("own/unit/1-1", "own/district/1", "own/city/city"):
        found = report.findings.loc[code]
        assert found["value"] == pytest.approx(value, abs=1e-9)
        assert found["verdict"] == "pass"
        assert (found["params"]["limit_m"], found["sensitive"]) == (900.0, False)
        assert "900 m on foot" in found["note_en"]
        assert "步行900米" in found["note_zh"]


def test_r25_a_metre_less_fails_and_tells_the_gap():
    found = city_of(judged(r25_study(), **CARE, value=899, params={"pass_share": 0.6}))
    assert (found["verdict"], found["covered"], found["missed"]) == ("fail", 1000, 2000)
    assert found["gap"] == pytest.approx(0.6 - 1 / 3)


def waiting(seconds: float) -> Any:
    """Return the city with a crossing at 300 m where so many seconds are lost."""
    study = r25_study()
    crossing = [LineString([(0, 0), (300, 0)]), LineString([(300, 0), (1500, 0)]), LineString([(300, 0), (300, 90)])]
    streets = gpd.GeoDataFrame(geometry=crossing, crs=study.crs).rename_axis("edge_id")
    walking = Walking(walking_profile("cn-default", {"crossing_delay_s": seconds}))
    return dataclasses.replace(study, streets=streets, walking=walking)


@pytest.mark.parametrize("seconds", [0, 30, 400])
def test_r25_waits_change_no_metre(seconds):
    report = judged(waiting(seconds), **CARE, value=900)
    assert report.reach["own"]["streets_m"].tolist() == pytest.approx([600, 900, 1000, 1300])
    assert city_of(report)["covered"] == 1800


def test_r25_what_is_drawn_and_sited_is_measured_in_metres_where_a_walk_loses_seconds():
    report = judged(waiting(300), **CARE, value=900)
    assert city_of(report)["covered"] == 1800
    kind = report.kinds["own"]
    assert kind.streets(report.context, report.rules[0]) is report.context.network
    # a home at 1000 m reaches all from 100 m to 1900 m, wait or no wait
    assert report.next_site("own", "1")["gained_people"] == 1200


def test_r25_without_streets_the_straight_line_times_1_3_is_flagged():
    found = city_of(judged(dataclasses.replace(r25_study(), streets=None), **CARE, value=780))
    assert (found["covered"], found["missed"]) == (1000, 2000)
    assert "approximate" in found["flags"]
    assert city_of(judged(dataclasses.replace(r25_study(), streets=None), **CARE, value=779))["covered"] == 0


def test_r25_more_metres_reach_no_fewer():
    reached = [city_of(judged(r25_study(), **CARE, value=metres))["covered"] for metres in range(500, 1500, 100)]
    assert reached == sorted(reached)
    assert (reached[0], reached[-1]) == (0, 3000)


@pytest.mark.parametrize("minutes", [10, 15, 20])
def test_r25_is_the_time_circle_where_the_limits_are_the_same(minutes):
    metres = minutes * 60 * 0.8
    old = {"population": "aged_60_plus", "params": {"pass_share": 0.5}, "facilities": ["elderly_day_care"]}
    rules = [
        clause(**old, id="walk", rule="walk-distance", value=metres, applies_to="urban-community"),
        clause(**old, id="time", rule="time-circle", value=minutes, applies_to="urban-community"),
    ]
    table = audit(r25_study(), only(*rules)).findings
    walk, time = (table[table["rule"] == name].reset_index(drop=True) for name in ("walk", "time"))
    for name in (
        "level",
        "district",
        "verdict",
        "value",
        "people",
        "covered",
        "missed",
        "excluded",
        "gap",
        "farthest_m",
    ):
        assert walk[name].tolist() == time[name].tolist(), name
    assert len(walk) == 3


def test_r25_every_unit_people_live_in_is_judged_where_none_is_named():
    table = judged(one_street(), **CARE, value=500).findings
    assert table[table["level"] == "unit"]["verdict"].tolist() == ["pass", "fail"]


def test_r25_no_list_is_no_data_and_lost_rows_leave_a_fail_to_a_person():
    study = dataclasses.replace(r25_study(), kinds_known=frozenset())
    assert city_of(judged(study, **CARE, value=500))["verdict"] == "nodata"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"params": {"pass_share": 90}}, "0.9 for 90 %"),
        ({"params": {"pass_shere": 0.9}}, "did you mean 'pass_share'"),
        ({"value": None}, "no number above 0"),
        ({"value": -5}, "no number above 0"),
        ({"facilities": []}, "names no kind"),
        ({"rule": "walk-distence"}, "did you mean 'walk-distance'"),
    ],
)
def test_r25_what_cannot_be_meant_is_refused_with_the_nearest(change, why):
    with pytest.raises(StandardError, match=why):
        clause(**{**CARE, "value": 800, **change})


def own_report(folder: Path) -> Any:
    (folder / "own.toml").write_text(STANDARD, encoding="utf-8")
    (folder / "study").mkdir()
    return zzgeo.audit(zzgeo.load_study(write_example(folder / "study")), [folder / "own.toml"])


def test_five_lines_are_judged_told_mapped_sited_and_changed(tmp_path):
    assert len(STANDARD.split("[[clauses]]")[1].strip().splitlines()) == 5
    report = own_report(tmp_path)
    [rule] = report.rules
    assert (rule.id, rule.title_en) == (
        "walk-distance-community-health-centre-800",
        "community health centre 800 · 90 %",
    )
    table = report.findings
    assert set(table["level"]) == {"district", "city"}  # the example has no units
    assert (table["people"] == table["covered"] + table["missed"] + table["excluded"]).all()
    out = tmp_path / "out"
    write(report, out, files="pages,gpkg", lang="en")
    pages = "".join(path.read_text("utf-8") for path in out.rglob("*.html"))
    assert "800 m on foot" in pages
    assert not re.search(r"\d min on foot", pages)
    assert '"metres":"800"' in pages.replace(" ", "")
    site = report.next_site(rule.id, "E")
    assert (site["gained_people"], site["gained_60_plus"]) == (2000, 500)
    assert len(gpd.read_file(out / "layers.gpkg", layer="gaps")) == len(report.gaps)
    assert "service_radius" not in gpd.list_layers(out / "layers.gpkg")["name"].tolist()


def test_a_facility_more_is_judged_as_by_a_whole_audit(tmp_path):
    report = own_report(tmp_path)
    place = report.study.demand.geometry.iloc[-1]
    new = gpd.GeoDataFrame(
        {"kind": ["community_health_centre"], "name": ["新"]}, index=["new"], geometry=[place], crs=report.study.crs
    )
    after = report.what_if(add=new)
    full = audit(after.study, report.standards)
    assert after.findings["covered"].tolist() == full.findings["covered"].tolist()
    assert after.findings["verdict"].tolist() == full.findings["verdict"].tolist()
    assert after.findings["covered"].sum() > report.findings["covered"].sum()
