"""R13 expressway and motorway in 15 minutes: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import dataclasses
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import toy
from land_cities import DRIVE, RAMPS, city, judged, params
from shapely import LineString, Point, box
from shapely.affinity import translate

from zzgeo.errors import InputError
from zzgeo.intake.study import Study, load_study


def drive_study(table: dict[str, list[str | None]], **more: object) -> Study:
    sizes = {"a": 100_000, "b": 50_000, "c": 30_000, "d": 20_000}
    demand = {name: toy.people(n, 0, people, people / 5) for n, (name, people) in enumerate(sizes.items())}
    study = toy.study(facilities={}, demand=demand, **more)
    return dataclasses.replace(study, tables={"drive_times": pd.DataFrame(table, dtype=object)})


TIMES = {"from": ["a", "b", "c", "d"], "minutes": ["8", "14.9", "15.0", "17"]}


def test_r13_example_people_within_15_minutes():
    one = city(judged(drive_study(TIMES), DRIVE))
    assert one["value"] == pytest.approx(0.900)
    assert (one["verdict"], one["missed"], one["people"]) == ("fail", 20_000, 200_000)


def test_r13_example_ramps_within_15_more():
    table = {"from": ["r1", "r2", "r3"], "minutes": ["10", "15", "18"], "stage": ["2", "2", "2"]}
    report = judged(drive_study(table), RAMPS)
    one = city(report)
    assert one["value"] == pytest.approx(2 / 3)
    assert (one["units_passing"], one["units_judged"], one["gap"], one["verdict"]) == (2, 3, 1, "fail")
    assert list(report.findings["level"]) == ["city"]
    assert city(judged(drive_study(table), DRIVE))["verdict"] == "nodata"


def test_r13_exit_only_ramps_are_left_out_and_the_shortest_time_of_a_place_counts():
    table = {
        "from": ["r1", "r1", "r2", "r3"],
        "minutes": ["20", "12", "3", "14"],
        "stage": ["2"] * 4,
        "ramp": ["entry", None, "exit-only", "entry"],
    }
    one = city(judged(drive_study(table), RAMPS))
    assert (one["value"], one["verdict"], one["units_judged"]) == (1.0, "pass", 2)
    assert "exit-only ramps, not counted: 1" in one["flags"]


def test_r13_people_of_the_table_count_without_demand_points_and_by_district_where_it_says():
    table = {
        "from": ["z1", "z2", "z3", "z4"],
        "minutes": ["8", "14.9", "15", "17"],
        "people": ["100000", "50,000", "30000", "20000"],
    }
    report = judged(drive_study(table), DRIVE)
    assert city(report)["value"] == pytest.approx(0.9)
    assert math.isnan(city(report)["people"])
    placed = judged(drive_study({**table, "district": ["1", "1", "1", "1"]}), DRIVE)
    assert placed.findings.at["the-rule/district/1", "missed"] == 20_000
    nobody = judged(drive_study({name: table[name] for name in ("from", "minutes")}), DRIVE)
    assert set(nobody.findings["verdict"]) == {"nodata"}
    away = judged(drive_study({**table, "district": ["1", "1", "1", "9"]}), DRIVE)
    assert (city(away)["value"], city(away)["people"]) == (1.0, 180_000)
    assert "outside the districts, not counted: 1" in city(away)["flags"]


def test_r13_a_place_without_a_time_is_not_judged_and_a_person_looks_where_it_could_turn_the_verdict():
    missing = {"from": ["a", "b", "c"], "minutes": ["8", "14.9", None]}
    one = city(judged(drive_study(missing), DRIVE))
    assert (one["covered"], one["missed"], one["excluded"]) == (150_000, 0, 50_000)
    assert one["verdict"] == "review"
    assert "without a drive time, not judged: 50,000 people" in one["flags"]


def test_r13_free_flow_times_are_slowed_by_the_peak_factor():
    table = {"from": ["a", "b", "c", "d"], "free_flow_minutes": ["8", "8.9", "9", "10"]}
    one = city(judged(drive_study(table), DRIVE))
    assert one["value"] == pytest.approx(0.9)  # 9 / 0.6 is 15 minutes exactly
    assert params(one)["free_flow_factor"] == 0.6
    faster = DRIVE.model_copy(update={"params": {"stage": 1, "free_flow_factor": 1.0}})
    assert city(judged(drive_study(table), faster))["value"] == 1.0


def test_r13_only_people_inside_the_area_of_the_clause_count():
    rule = DRIVE.model_copy(update={"area": "central-city"})
    study = drive_study(TIMES, areas={"central-city": box(-0.5, -1, 2.5, 1)})
    assert city(judged(study, rule))["verdict"] == "pass"
    last = drive_study(TIMES, areas={"central-city": box(2.5, -1, 3.5, 1)})
    assert (city(judged(last, rule))["verdict"], city(judged(last, rule))["people"]) == ("fail", 20_000)
    without = judged(drive_study(TIMES), rule)
    assert set(without.findings["verdict"]) == {"nodata"}
    assert 'id = "central-city"' in city(without)["note_en"]


def test_r13_without_the_table_there_is_no_verdict_and_a_faulty_table_is_refused_with_every_fault():
    study = dataclasses.replace(drive_study(TIMES), tables={})
    report = judged(study, DRIVE)
    assert set(report.findings["verdict"]) == {"nodata"}
    assert "drive_times" in city(report)["note_en"]
    faulty = {"from": ["a", "b", None], "minutes": ["-3", "soon", "1"]}
    with pytest.raises(InputError) as told_of:
        judged(drive_study(faulty), DRIVE)
    assert {problem.code for problem in told_of.value.problems} == {"value.negative", "value.unparsed"}
    with pytest.raises(InputError, match="stage is 1 or 2"):
        judged(drive_study({**TIMES, "stage": ["1", "2", "3", "1"]}), DRIVE)
    with pytest.raises(InputError, match="minutes"):
        judged(drive_study({"from": ["a"]}), DRIVE)


#: A street of 30 km/h to a ramp at x = 0: at 0.6 of free flow 300 m take a minute.
METRES = {"a": 8 * 300, "b": 14.9 * 300, "c": 15.0 * 300, "d": 17 * 300}

STREET = {"highway": "residential", "geometry": LineString([(6000, 0), (0, 0)])}
ONTO = {"highway": "trunk_link", "oneway": "yes", "geometry": LineString([(0, 0), (-300, 50)])}
FAST = {"highway": "trunk", "oneway": "yes", "geometry": LineString([(-300, 50), (-9000, 50)])}
# 40 km/h x 0.6 = 400 m a minute
FAST_TO_MOTORWAY = {"highway": "motorway_link", "oneway": "yes", "geometry": LineString([(-9000, 50), (-9400, 50)])}
MOTORWAY_ON = {"highway": "motorway", "geometry": LineString([(-9400, 50), (-20000, 50)])}


def street_study(folder, ways, format="gpkg", **more):
    """Return the study of a folder whose homes stand at `METRES` along a street."""
    corner = np.array([500_000.0, 3_800_000.0])
    moved = [dict(way, geometry=translate(way["geometry"], *corner)) for way in ways]
    table = gpd.GeoDataFrame(moved, crs="EPSG:4547")
    if format == "osm":
        write_ways(folder / "streets.osm", table.to_crs(4326))
    else:
        table.to_file(folder / f"streets.{format}")
    outline = gpd.GeoDataFrame({"code": ["1"], "name": ["District"]}, geometry=[box(-21000, -900, 7000, 900)])
    outline.geometry = outline.translate(*corner)
    outline.set_crs("EPSG:4547").to_file(folder / "districts.gpkg")
    people = {"a": 100_000, "b": 50_000, "c": 30_000, "d": 20_000}
    rows = [f"{name},{METRES[name] + corner[0]},{corner[1]},{people[name]}" for name in people]
    (folder / "people.csv").write_text("\n".join(["id,x,y,residents", *rows]), encoding="utf-8")
    datum = "" if format == "osm" else 'datum = "EPSG:4547"'
    (folder / "study.toml").write_text(
        f"""name = "Road town"
jurisdiction = "zhengzhou"
as_of = 2018-12-31
crs = "EPSG:4547"
[districts]
source = "districts.gpkg"
datum = "EPSG:4547"
[streets]
source = "streets.{format}"
{datum}
[demand]
source = "people.csv"
datum = "EPSG:4547"
columns = {{ demand_id = "id", lon = "x", lat = "y", residents = "residents" }}
""",
        encoding="utf-8",
    )
    return dataclasses.replace(load_study(folder), **more)


def write_ways(path, table):
    """Write lines in degrees as an OpenStreetMap file; a place is one node."""
    nodes, lines = {}, []
    for number, row in enumerate(table.to_dict("records"), start=1):
        line = row.pop("geometry")
        refs = [nodes.setdefault((round(x, 9), round(y, 9)), len(nodes) + 1) for x, y in line.coords]
        tags = "".join(f'<tag k="{name}" v="{text}"/>' for name, text in row.items() if isinstance(text, str))
        lines.append(f'<way id="{number}">' + "".join(f'<nd ref="{ref}"/>' for ref in refs) + tags + "</way>")
    places = [f'<node id="{ref}" lat="{y}" lon="{x}"/>' for (x, y), ref in nodes.items()]
    path.write_text('<osm version="0.6">' + "".join(places + lines) + "</osm>", encoding="utf-8")


@pytest.mark.parametrize("format", ["gpkg", "geojson", "osm"])
def test_r13_example_computed_from_the_streets_of_any_file_and_marked(tmp_path, format):
    study = street_study(tmp_path, [STREET, ONTO, FAST], format)
    # degrees do not hold a limit to the last digit
    clause = DRIVE.model_copy(update={"params": {"stage": 1, "minutes": 15.001}}) if format == "osm" else DRIVE
    found = city(judged(study, clause))
    assert (found["value"], found["verdict"], found["missed"]) == (pytest.approx(0.9), "fail", 20_000)
    assert "computed from the streets: 0.6 of free-flow speed" in found["flags"]
    assert params(found)["drive_times"] == "computed from the streets"
    faster = DRIVE.model_copy(update={"params": {"stage": 1, "free_flow_factor": 0.8}})
    assert city(judged(study, faster))["verdict"] == "pass"


def test_r13_a_brought_table_wins_over_the_streets(tmp_path):
    table = pd.DataFrame({"from": ["a", "b", "c", "d"], "minutes": ["1", "2", "3", "4"]}, dtype=object)
    found = city(judged(street_study(tmp_path, [STREET, ONTO, FAST], tables={"drive_times": table}), DRIVE))
    assert (found["value"], params(found)["drive_times"]) == (1.0, "traffic model")
    assert "computed" not in found["flags"]


def test_r13_lines_drawn_without_crossings_are_cut_as_the_study_asks_and_keep_their_direction(tmp_path):
    through = {"highway": "residential", "geometry": LineString([(100, -800), (100, 800)])}
    lanes = [{**STREET, "geometry": LineString([(6000, 0), (50, 0)])}, {**through, "oneway": "yes"}]
    over = {"highway": "residential", "geometry": LineString([(200, 700), (0, 700), (0, 0)])}
    study = street_study(tmp_path, [*lanes, over, ONTO, FAST])
    assert set(judged(study, DRIVE).findings["verdict"]) == {"nodata"}
    file = tmp_path / "study.toml"
    text = file.read_text(encoding="utf-8").replace('source = "streets.gpkg"', 'source = "streets.gpkg"\nnode = true')
    file.write_text(text, encoding="utf-8")
    found = city(judged(load_study(tmp_path), DRIVE))
    # north on the lane, west and south: 700 + 100 + 700 m instead of 100 m, 1,400 m or 4.67 minutes more for everybody
    assert (found["value"], found["missed"]) == (pytest.approx(0.5), 100_000)


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("an exit only", [STREET, {**ONTO, "oneway": "-1"}, FAST]),
        ("no link", [STREET, {**FAST, "geometry": LineString([(0, 0), (-9000, 50)])}]),
        ("no class", [{"geometry": STREET["geometry"]}]),
        ("a street that leads away", [{**STREET, "oneway": "-1"}, ONTO, FAST]),
        ("cars kept out", [{**STREET, "access": "no"}, ONTO, FAST]),
    ],
)
def test_r13_streets_that_do_not_tell_are_no_data_and_never_a_fail(tmp_path, name, ways):
    report = judged(street_study(tmp_path, ways), DRIVE)
    assert set(report.findings["verdict"]) == {"nodata"}


def test_r13_stage_2_goes_from_the_ramps_of_the_streets_to_the_motorway(tmp_path):
    ways = [STREET, ONTO, FAST, FAST_TO_MOTORWAY, MOTORWAY_ON]
    study = street_study(tmp_path, ways)
    found = city(judged(study, RAMPS))
    # the ramp: 304.1 m at 24 km/h and 8,700 m at 48 km/h: 11.6 minutes to where the link to the motorway begins
    assert (found["value"], found["units_judged"], found["verdict"]) == (1.0, 1, "pass")
    hurried = RAMPS.model_copy(update={"params": {"stage": 2, "minutes": 11.6}})
    assert city(judged(study, hurried))["verdict"] == "fail"
    assert city(judged(street_study(tmp_path, [STREET, ONTO, FAST]), RAMPS))["verdict"] == "nodata"


def test_r13_ramps_that_the_study_lists_are_taken_before_those_of_the_streets(tmp_path):
    study = street_study(tmp_path, [STREET, ONTO, FAST])
    spot = translate(Point(3000, 20), 500_000, 3_800_000)
    ramp = gpd.GeoDataFrame({"kind": ["expressway_ramp"], "name": ["r"], "source": ["s"]}, geometry=[spot])
    listed = dataclasses.replace(study, facilities=ramp.set_crs(study.crs).rename_axis("facility_id"))
    found = city(judged(listed, DRIVE))
    assert found["verdict"] == "pass"
    slow = DRIVE.model_copy(update={"params": {"stage": 1, "minutes": 5.1}})
    # a: 600 m against the line, 2 minutes; b: 1,470 m, 4.9; c: 1,500 m, 5.0; d: 2,100 m, 7
    assert city(judged(listed, slow))["missed"] == 20_000


def test_r13_listed_ramps_far_from_every_way_are_told_and_never_passed_over_in_silence(tmp_path):
    study = street_study(tmp_path, [STREET, ONTO, FAST])
    spots = [translate(Point(3000, y), 500_000, 3_800_000) for y in (20, 5000, 6000)]
    ramps = gpd.GeoDataFrame({"kind": "expressway_ramp", "name": list("rst"), "source": "s"}, geometry=spots)
    table = ramps.set_crs(study.crs).rename_axis("facility_id")
    for listed, off in ((table.iloc[:1], 0), (table, 2), (table.iloc[1:], 2)):
        found = city(judged(dataclasses.replace(study, facilities=listed), DRIVE))
        assert found["verdict"] in ("pass", "fail")
        told = [code for code in found["flag_codes"].split(";") if "off_ways" in code]
        assert bool(told) == bool(off)
        assert (f"not used: {off}" in found["flags"]) == bool(off)
