"""Rows as bureaus write them: read where one meaning is possible, set aside where two are, and always listed."""

from __future__ import annotations

import drawn
import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from zzgeo.intake import values
from zzgeo.intake.check import check_file
from zzgeo.intake.headers import HEADINGS, offer_columns, plain_heading
from zzgeo.intake.official_codes import district_code_problems
from zzgeo.intake.topology import gaps, overlaps, topology_problems, unit_problems, zone_problems

COLUMNS = {"facility_id": "编号", "name": "名称", "lon": "经度", "lat": "纬度", "capacity": "床位"}
ROW = "F{n},第{n}站,{x},{y},{beds}"


def write(path, rows, head="编号,名称,经度,纬度,床位"):
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return path


def rows(count, beds="10", x=113.61, y=34.71):
    return [
        ROW.format(n=n, x=f"{x + 0.0101234 * n:.7f}", y=f"{y + 0.0051234 * n:.7f}", beds=beds) for n in range(count)
    ]


def check(path, **options):
    return check_file(path, "facilities", columns=COLUMNS, datum="EPSG:4326", **options)


@pytest.mark.parametrize(
    ("cell", "beds"),
    [("1,200", 1200), ("５０", 50), ("６０张", 60), ("1 500", 1500), ("1.2千", 1200), ("8e1", 80), ("100 张", 100)],
)
def test_a_number_written_in_one_possible_way_is_read_and_told(tmp_path, cell, beds):
    found = check(write(tmp_path / "a.csv", [*rows(3), f'F9,末站,113.65,34.75,"{cell}"']))
    assert found.table.loc["F9", "capacity"] == beds
    [told] = [one for one in found.problems if one.code == "value.reformatted"]
    assert told.rows == ("5",)
    assert repr(cell) in told.value


@pytest.mark.parametrize(
    "cell", ["1,20", "30-50", "约30", "七十", "50+", "10个", "1 2", "1_000", "0x10", "10,000,0", "10①", "10²", "²"]
)
def test_a_number_that_may_be_read_in_two_ways_is_no_number_and_its_row_is_used(tmp_path, cell):
    found = check(write(tmp_path / "a.csv", [*rows(3), f'F9,末站,113.65,34.75,"{cell}"']))
    assert (found.outcome, found.rows_used, found.cells_emptied) == ("quarantine", 4, 1)
    assert np.isnan(found.table.loc["F9", "capacity"])
    [told] = found.problems
    assert (told.code, told.severity, told.rows) == ("value.unparsed", "warning", ("5",))
    assert told.value == f"capacity: {cell!r} left empty: 1 of 4 rows (5)"


def test_an_absent_number_is_unknown_and_listed_never_zero(tmp_path):
    found = check(write(tmp_path / "a.csv", [*rows(2), *rows(1, beds="无", x=113.9), *rows(1, beds="", x=113.8)]))
    assert found.outcome in ("warn", "quarantine")
    assert np.nansum(found.table["capacity"]) == 20
    assert any(one.code == "value.missing" and one.severity == "warning" for one in found.problems)


def test_what_is_beyond_reason_is_no_number(tmp_path):
    cells = ["-5", "1e309", "NaN", "99999999999999999999"]
    odd = [f"G{n},站{n},113.{65 + n}1234,34.751234,{cell}" for n, cell in enumerate(cells)]
    found = check(write(tmp_path / "a.csv", [*rows(8), *odd]))
    told = {one.code: one.rows for one in found.problems}
    assert told == {"value.negative": ("10",), "value.nonfinite": ("11", "12"), "value.implausible": ("13",)}
    assert (found.rows_used, found.cells_emptied) == (12, 4)
    assert np.nansum(found.table["capacity"]) == 80


def test_a_row_that_repeats_another_is_set_aside_and_one_with_its_id_too(tmp_path):
    lines = rows(4)
    found = check(write(tmp_path / "a.csv", [*lines, lines[1], "F2,别处,113.7,34.75,3"]))
    assert found.quarantined[["row", "code"]].to_numpy().tolist() == [["6", "row.duplicate"], ["7", "id.duplicate"]]


def test_two_rows_of_one_id_name_and_place_that_differ_both_stay(tmp_path):
    """Which of the two holds is asked where it counts; of another place or without a name the later row is a repeat."""
    same = ["F1,甲,113.61,34.71,30", "F1,甲,113.61,34.71,90", "F2,乙,113.62,34.72,30", "F2,丙,113.62,34.72,60"]
    found = check(write(tmp_path / "a.csv", same))
    assert found.table["capacity"].to_dict() == {"F1": 30, "F1/3": 90, "F2": 30}
    assert found.quarantined[["row", "code"]].to_numpy().tolist() == [["5", "id.duplicate"]]


def test_many_facilities_at_one_coordinate_and_coarse_coordinates_are_told(tmp_path):
    stack = [f"F{n},站{n},113.6543210,34.7654321,1" for n in range(5)]
    assert "coord.stacked" in check(write(tmp_path / "a.csv", [*stack, *rows(3, x=113.7)][0:5])).codes
    coarse = [f"F{n},站{n},113.{60 + n},34.7{n},1" for n in range(5)]
    assert "coord.low_precision" in check(write(tmp_path / "b.csv", coarse)).codes
    assert not check(write(tmp_path / "c.csv", rows(5))).codes


def test_coordinates_that_are_none_are_set_aside_by_cause(tmp_path):
    odd = ["A,a,,34.7,1", "B,b,0,0,1", "C,c,113°66',34.7,1", "D,d,inf,34.7,1", "E,e,34.7,113.6,1", "G,g,NULL,34,1"]
    found = check(write(tmp_path / "a.csv", [*rows(9), *odd]))
    named = dict(zip(found.quarantined["row"], found.quarantined["code"], strict=True))
    assert named == {
        "11": "coord.missing",
        "12": "coord.null_island",
        "13": "coord.unparsed",
        "14": "coord.nonfinite",
        "15": "coord.swapped",
        "16": "coord.missing",
    }


def test_a_layer_of_which_nothing_can_be_placed_is_refused_with_its_reasons(tmp_path):
    found = check(write(tmp_path / "a.csv", [f"F{n},a,东经约113度,北纬约34度,1" for n in range(3)]))
    assert (found.outcome, found.codes) == ("reject", {"coord.unparsed"})
    assert found.rows_read == len(found.quarantined) + found.rows_refused


BOUNDARY = gpd.GeoDataFrame({"code": ["650102"]}, geometry=[shapely.box(87.4, 43.7, 87.8, 44.0)], crs=4326)


def urumqi(swapped):
    spots = [(87.5 + 0.0212345 * n, 43.75 + 0.0112345 * n) for n in range(10)]
    spots = [(y, x) if n in swapped else (x, y) for n, (x, y) in enumerate(spots)]
    return [f"F{n},站{n},{x:.7f},{y:.7f},1" for n, (x, y) in enumerate(spots)]


def test_swapped_axes_that_are_legal_by_themselves_are_found_by_the_boundary(tmp_path):
    whole = check(write(tmp_path / "a.csv", urumqi(range(10))), boundary=BOUNDARY)
    assert (whole.outcome, whole.codes) == ("reject", {"coord.swapped"})
    some = check(write(tmp_path / "b.csv", urumqi({2, 7})), boundary=BOUNDARY)
    assert set(some.quarantined["row"]) == {"4", "9"}
    assert set(some.quarantined["code"]) == {"coord.swapped"}
    assert not check(write(tmp_path / "c.csv", urumqi(())), boundary=BOUNDARY).codes


def test_odd_characters_are_told_and_kept(tmp_path):
    lines = [
        "A,甲\u202e乙,113.61234,34.71234,1",
        "B,丙\u200b丁,113.62234,34.72234,1",
        "C,Cafe\u0301,113.63234,34.73234,1",
    ]
    lines += [
        "D,戊\x07己,113.64234,34.74234,1",
        f"E,{'长' * 40000},113.65234,34.75234,1",
        "F,雅\U0001f468\u200d\U0001f469,113.66234,34.76234,1",
    ]
    found = check(write(tmp_path / "a.csv", lines))
    rows_of = {one.code: one.rows for one in found.problems}
    assert rows_of["value.unicode_suspicious"] == ("2", "3", "4")
    assert (rows_of["value.control_char"], rows_of["value.too_long"]) == (("5",), ("6",))
    assert found.table.loc["A", "name"] == "甲\u202e乙"


def test_headings_are_offered_and_said_never_assumed_in_silence(tmp_path):
    head = "机构名称,经度坐标,北纬,床位数(张),建筑面积/㎡,备注"
    path = write(
        tmp_path / "a.csv", ["甲站,113.61234,34.71234,10,600㎡,无", "乙站,113.62234,34.72234,20,0.2公顷,"], head
    )
    found = check_file(path, "facilities", datum="GCJ-02")
    assert found.offered
    assert found.columns == {
        "name": "机构名称",
        "capacity": "床位数(张)",
        "floor_area_m2": "建筑面积/㎡",
        "lon": "经度坐标",
        "lat": "北纬",
    }
    assert found.table["floor_area_m2"].tolist() == [600, 2000]
    assert 'name = "机构名称"' in found.study_lines
    assert any("confirm" in line for line in found.lines())


def test_each_heading_stands_for_one_column_of_a_layer():
    for layer, columns in HEADINGS.items():
        words = [plain_heading(word) for usual in columns.values() for word in dict.fromkeys(map(plain_heading, usual))]
        assert len(words) == len(set(words)), (layer, sorted({one for one in words if words.count(one) > 1}))
    assert offer_columns(["x", "y"], "facilities", places=False) == {}


# ----------------------------------------------------------------------------------------------- the one law


cells = st.one_of(
    st.integers(-5, 500).map(str),
    drawn.degrees(113, 114).map(lambda value: f"{value:.6f}"),
    st.sampled_from(["", "NaN", "inf", "1,200", "约3", "0", "NULL", "６０张", "\u200b", "2e2", "91", "-", "34.75"]),
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters='\x00\r\n",'), max_size=6),
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.tuples(cells, cells, cells, st.integers(0, 1)), min_size=1, max_size=12))
def test_every_row_carries_a_token_that_is_found_again_in_the_output_or_the_list(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("tokens") / "a.csv"
    lines = []
    for n, (x, y, beds, sound) in enumerate(table):
        place = (f"113.6{n:02d}123", f"34.7{n:02d}123") if sound else (x, y)
        lines.append(f'T{n:03d},"token-{n:03d}","{place[0]}","{place[1]}","{beds}"')
    found = check(write(path, lines))
    assert found.rows_read == len(lines)
    if found.outcome == "reject":
        assert found.rows_used == 0
        assert any(one.severity == "error" for one in found.problems)
        return
    used = set(found.table["name"])
    listed = {f"token-{int(row) - 2:03d}" for row in found.quarantined["row"]}
    assert used | listed == {f"token-{n:03d}" for n in range(len(lines))}
    assert not used & listed


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=8), st.floats(), st.integers(), st.booleans()), max_size=8))
def test_a_column_of_anything_is_read_told_or_missing(cells):
    column = pd.Series(cells, dtype=object, index=[f"r{n}" for n in range(len(cells))])
    parsed = values.numbers(column)
    assert parsed.values.index.equals(column.index)
    assert not np.isinf(parsed.values).any()
    assert all(np.isnan(parsed.values[row]) for row in parsed.faults)
    for row, cell in column.items():
        if isinstance(cell, str) and cell.strip().lower() not in values.MISSING_WORDS:
            assert row in parsed.faults or np.isfinite(parsed.values[row])


# ----------------------------------------------------------------------------------------------- districts


def tiles(*boxes, **columns):
    shapes = [shapely.box(*corners) for corners in boxes]
    index = pd.Index([f"41010{n}" for n in range(2, 2 + len(boxes))], name="code")
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4547", index=index)


def test_an_overlap_is_measured_in_square_metres_and_in_people():
    districts = tiles((0, 0, 1000, 1000), (940, 0, 2000, 1000))
    people = gpd.GeoDataFrame({"residents": [7, 11]}, geometry=shapely.points([(970, 500), (500, 500)]), crs=4547)
    assert overlaps(districts)["area_m2"].tolist() == pytest.approx([60_000])
    [told] = topology_problems(districts, people, "d.gpkg")
    assert told.code == "topology.overlap"
    assert "60,000 m², 7 people" in told.value


def test_a_gap_between_districts_is_measured_open_or_enclosed():
    apart = tiles((0, 0, 1000, 1000), (1040, 0, 2000, 1000))
    assert gaps(apart)["area_m2"].sum() == pytest.approx(40_000, rel=0.01)
    ring = shapely.box(0, 0, 1000, 1000) - shapely.box(400, 400, 500, 500)
    holed = gpd.GeoDataFrame(geometry=[ring], crs=4547, index=["410102"])
    assert gaps(holed)["area_m2"].tolist() == pytest.approx([10_000])


@pytest.mark.parametrize("sliver", [0.0, 0.0001, 0.01])
def test_slivers_of_rounding_and_bays_of_one_district_are_no_gaps(sliver):
    close = tiles((0, 0, 1000, 1000), (1000 + sliver, 0, 2000, 1000))
    over = tiles((0, 0, 1000, 1000), (1000 - sliver, 0, 2000, 1000))
    bay = gpd.GeoDataFrame(
        geometry=[shapely.box(0, 0, 999, 999) - shapely.box(400, 500, 450, 999)], crs=4547, index=["1"]
    )
    assert not topology_problems(close, None, "d")
    assert not topology_problems(over, None, "d")
    assert not topology_problems(bay, None, "d")


def test_districts_far_apart_are_not_said_to_have_a_gap():
    assert gaps(tiles((0, 0, 1000, 1000), (1400, 0, 2000, 1000))).empty


def test_a_functional_zone_tells_which_districts_it_lies_across():
    zones = gpd.GeoDataFrame(geometry=[shapely.box(900, 0, 1200, 500)], crs=4547, index=["410171"])
    people = gpd.GeoDataFrame({"residents": [5]}, geometry=[shapely.Point(950, 100)], crs=4547)
    [told] = zone_problems(zones, tiles((0, 0, 1000, 1000), (1000, 0, 2000, 1000)), people)
    assert told.value == "410171 in 410102 0.1 km², 5 people; 410103 0.1 km², 0 people"


def counties(shared, name):
    table = gpd.read_file(shared / "data" / name)
    return table[table["code"].str.startswith("4101")].set_index("code").to_crs(4547)


def test_county_outlines_in_an_offset_datum_are_noticed_and_true_ones_are_not(shared):
    shifted = counties(shared, "counties_amap_GCJ02_labelled4326.geojson")
    [told] = district_code_problems(shifted, "EPSG:4326", "amap")
    assert told.code == "crs.gcj02_suspected"
    assert not district_code_problems(counties(shared, "counties_tianditu_wgs84.geojson"), "EPSG:4326", "tianditu")
    osm = gpd.read_file(shared / "data" / "counties_osm_mapchina_pop.gpkg")
    osm = osm[osm["Code_County"].str.startswith(("4101", "4201", "4402"))].set_index("Code_County").to_crs(4547)
    assert not district_code_problems(osm.rename(columns={"Name_County": "name"}), "EPSG:4326", "osm")


def test_county_codes_that_are_unknown_or_of_another_name_are_told(shared):
    true = counties(shared, "counties_tianditu_wgs84.geojson")
    wrong = true.rename(index={"410102": "410105", "410105": "410102", "410103": "410199"})
    told = district_code_problems(wrong, "EPSG:4490", "d")
    assert {one.code for one in told} >= {"value.unknown_code"}
    assert any("410199" in one.rows for one in told)
    assert any("410105 is 金水区, the file says 中原区" in one.value for one in told)


def test_crs_of_a_layer_on_both_sides_of_the_date_line_is_that_of_its_place(tmp_path):
    path = write(tmp_path / "a.csv", ["W,w,179.9991234,-16.5001234,1", "E,e,-179.9991234,-16.5001234,1"])
    table = check(path).table
    assert pyproj.CRS(table.crs).to_epsg() in (32760, 32701)
    one, two = table.geometry
    assert one.distance(two) == pytest.approx(187.1, abs=0.5)


def test_a_place_the_metric_crs_cannot_show_is_refused_in_a_line(tmp_path):
    found = check(write(tmp_path / "a.csv", [*rows(3), "Z,z,15.0001234,0.0001234,1"]), boundary=BOUNDARY)
    assert found.outcome in ("reject", "quarantine", "warn")
    assert found.rows_read == found.rows_used + len(found.quarantined) + found.rows_refused


@pytest.mark.parametrize(("east", "told"), [(0, []), (15, []), (25, ["topology.units_apart"])])
def test_units_that_lie_outside_their_district_are_told_from_two_percent_of_their_land_on(east, told):
    districts = gpd.GeoDataFrame({"name": ["W"]}, geometry=[shapely.box(0, 0, 1000, 1000)], crs=4547, index=["1"])
    shapes = [shapely.box(east, 0, 500 + east, 1000), shapely.box(500 + east, 0, 1000 + east, 1000)]
    facts = {"type": ["village", "village"], "district": ["1", "1"]}
    units = gpd.GeoDataFrame(facts, geometry=shapes, crs=4547, index=["a", "b"])
    assert [problem.code for problem in unit_problems(units, districts)] == told
    assert not unit_problems(units.assign(type="township"), districts)


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        ("每千老人床位", True),
        ("床位/千人", True),
        ("床位占比（%）", True),
        ("床位（户）", True),
        ("床位数（张）", False),
    ],
)
def test_a_heading_that_says_another_unit_than_its_column_is_counted_in_is_told(tmp_path, heading, told):
    path = write(tmp_path / "a.csv", rows(3), f"编号,名称,经度,纬度,{heading}")
    found = check_file(path, "facilities", columns={**COLUMNS, "capacity": heading}, datum="EPSG:4326")
    assert ("value.unit_unknown" in found.codes) == told
    assert found.table["capacity"].tolist() == [10, 10, 10]


def test_shares_where_people_of_an_age_are_counted_are_told(tmp_path):
    head, named = (
        "经度,纬度,常住人口,老人",
        {"lon": "经度", "lat": "纬度", "residents": "常住人口", "aged_60_plus": "老人"},
    )
    for first, second, codes in (("0.2", "0.18", {"value.implausible"}), ("1", "0", set()), ("0.2", "18", set())):
        path = write(tmp_path / "p.csv", [f"113.61,34.71,1000,{first}", f"113.62,34.72,900,{second}"], head)
        assert check_file(path, "demand", columns=named, datum="EPSG:4326").codes == codes
