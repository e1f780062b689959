"""Noding: lines are cut where they meet, to a centimetre; nothing moves, nothing is lost, and it is told."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zzgeo.intake.noding import node_lines
from zzgeo.network import WalkNetwork


def lines(*texts, crs=4547):
    return gpd.GeoDataFrame(
        {"name": [f"街{n}" for n in range(len(texts))]}, geometry=gpd.GeoSeries.from_wkt(texts), crs=crs
    )


@pytest.mark.parametrize(
    ("texts", "pieces"),
    [
        (["LINESTRING (0 0, 20 20)", "LINESTRING (0 20, 20 0)"], 4),  # a crossing
        (["LINESTRING (0 0, 20 0)", "LINESTRING (10 0, 10 9)"], 3),  # a junction
        (["LINESTRING (0 0, 20 0)", "LINESTRING (10 0.004, 10 9)"], 3),  # a junction but for rounding
        (["LINESTRING (0 0, 20 0)", "LINESTRING (10 0.5, 10 9)"], 2),  # no junction
        (["LINESTRING (0 0, 10 0)", "LINESTRING (10 0, 20 0)"], 2),  # ends that meet
        (["LINESTRING (0 0, 100 0)", "LINESTRING (20 0, 50 0)"], 4),  # a stretch in common
        (["LINESTRING (0 0, 40 0, 40 40, 20 40, 20 -30)"], 3),  # a line that crosses itself
        (["LINESTRING (0 0, 40 0, 40 40, 20 40, 20 0)"], 2),  # a line that ends on itself
        (["LINESTRING (0 0, 40 0, 40 40, 0 40, 0 0)", "LINESTRING (-10 20, 50 20)"], 6),  # a ring
    ],
)
def test_lines_are_cut_where_they_meet(texts, pieces):
    table = lines(*texts)
    streets, notes = node_lines(table)
    assert len(streets) == pieces
    assert [note.code for note in notes] == (["network.noded"] if pieces > len(texts) else [])
    assert streets.length.sum() == pytest.approx(table.length.sum(), abs=0.001)
    assert [f"街{row}" for row in streets.index] == streets["name"].tolist()
    assert len(table) == len(texts)  # the caller's table is as it was


def test_the_number_of_crossings_is_told():
    rows = [f"LINESTRING (0 {n}0, 90 {n}0)" for n in range(1, 5)]
    columns = [f"LINESTRING ({n}0 0, {n}0 90)" for n in range(1, 4)]
    _, [note] = node_lines(lines(*rows, *columns))
    assert note.value == "12 crossings; 7 of 7 lines cut into 31"


def test_a_walk_turns_where_streets_were_cut_and_not_before():
    table = lines("LINESTRING (0 0, 200 0)", "LINESTRING (100 -100, 100 100)")
    assert len(WalkNetwork.from_edges(table).component_table) == 2
    assert len(WalkNetwork.from_edges(node_lines(table)[0].reset_index(drop=True)).component_table) == 1


def test_degrees_are_cut_as_finely_as_metres():
    table = lines("LINESTRING (113.60 34.7, 113.62 34.7)", "LINESTRING (113.61 34.69, 113.61 34.71)", crs=4326)
    assert len(node_lines(table)[0]) == 4


def test_rows_that_are_no_lines_come_back_as_they_are():
    table = lines("LINESTRING (0 0, 20 20)", "LINESTRING (0 20, 20 0)", "POINT (1 1)", "LINESTRING EMPTY")
    streets, _ = node_lines(table)
    assert streets.geometry.geom_type.tolist().count("Point") == 1
    assert len(streets) == 6
    assert len(node_lines(lines("POINT (1 1)"))[0]) == 1


@settings(max_examples=40, deadline=None)
@example(4811826, 17)  # a line bent by half a centimetre crosses a third
@given(st.integers(0, 2**32 - 1), st.integers(2, 25))
def test_after_noding_lines_meet_only_at_their_ends(seed, count):
    rng = np.random.default_rng(seed)
    ends = rng.uniform(0, 1000, (count, 3, 2))
    table = gpd.GeoDataFrame(geometry=shapely.linestrings(ends), crs=4547)
    streets, _ = node_lines(table)
    assert streets.length.sum() == pytest.approx(table.length.sum(), abs=0.02 * count)
    again, notes = node_lines(streets.reset_index(drop=True))
    assert len(again) == len(streets)
    assert not notes


_OVER = [
    {"bridge": ["F", "T"]},
    {"桥梁": ["否", "是"]},
    {"layer": [0, 1]},
    {"tunnel": ["0", "1"]},
    {"LAYER": ["", "-1"]},
]


@pytest.mark.parametrize("columns", _OVER, ids=str)
def test_a_bridge_that_a_column_names_is_not_cut(columns):
    table = lines("LINESTRING (0 0, 20 20)", "LINESTRING (0 20, 20 0)").assign(**columns)
    streets, notes = node_lines(table)
    assert len(streets) == 2
    assert not notes


@pytest.mark.parametrize("columns", [{"bridge": ["F", "F"]}, {"bridge": ["T", "T"]}, {"layer": [1, 1]}, {}], ids=str)
def test_lines_of_one_level_are(columns):
    table = lines("LINESTRING (0 0, 20 20)", "LINESTRING (0 20, 20 0)").assign(**columns)
    assert len(node_lines(table)[0]) == 4


def test_a_bridge_ends_on_the_street_it_leads_to_and_no_street_ends_on_a_bridge():
    texts = ["LINESTRING (0 0, 20 0)", "LINESTRING (10 0, 10 9)"]
    assert len(node_lines(lines(*texts).assign(bridge=["F", "T"]))[0]) == 3
    assert len(node_lines(lines(*texts).assign(bridge=["T", "F"]))[0]) == 2


def test_the_note_speaks_of_bridges_only_where_nobody_knows_them():
    crossing = ["LINESTRING (0 0, 20 20)", "LINESTRING (0 20, 20 0)", "LINESTRING (0 5, 20 5)"]
    _, [note] = node_lines(lines(*crossing))
    assert "also at bridges" in note.why
    _, [note] = node_lines(lines(*crossing).assign(bridge=["F", "F", "T"]))
    assert "also at bridges" not in note.why
    assert note.value.startswith("1 crossings")
