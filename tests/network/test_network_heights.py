"""Streets that share a place far above one another: told, joined all the same."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from zzgeo.intake.check import check_file
from zzgeo.network import WalkNetwork

HOME = 500_000.0, 3_850_000.0


def crossing(top, **columns):
    """Return a street and one that passes its middle so many metres up."""
    ways = [[(-500, 0, 40), (0, 0, 40), (500, 0, 40)], [(0, -500, 40), (0, 0, 40 + top), (0, 500, 40)]]
    lines = [shapely.LineString([(HOME[0] + x, HOME[1] + y, z) for x, y, z in way]) for way in ways]
    return gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:4547")


def told(network):
    return [note.value for note in network.notes if note.code == "network.heights"]


@pytest.mark.parametrize(("top", "value"), [(0, []), (2, []), (8, ["1 places, e.g. 8.0 m at 500000.0, 3850000.0"])])
def test_streets_that_meet_far_above_one_another_are_told(top, value):
    assert told(WalkNetwork.from_edges(crossing(top))) == value
    assert told(WalkNetwork.from_edges(crossing(-top))) == value


def test_a_bridge_that_says_so_and_lines_without_heights_are_not_told():
    assert told(WalkNetwork.from_edges(crossing(8, bridge=["no", "yes"]))) == []
    flat = crossing(8)
    assert told(WalkNetwork.from_edges(flat.set_geometry(flat.geometry.force_2d()))) == []
    alone = crossing(8).iloc[[1]]
    assert told(WalkNetwork.from_edges(alone)) == []


@pytest.mark.parametrize("crs", [4547, 4490])
def test_a_file_is_told_of_before_its_heights_are_left_out(tmp_path, crs):
    crossing(8).to_crs(crs).to_file(tmp_path / "roads.gpkg")
    checked = check_file(tmp_path / "roads.gpkg", "streets")
    assert [one.code for one in checked.problems].count("network.heights") == 1
    assert checked.rows_used == 2
