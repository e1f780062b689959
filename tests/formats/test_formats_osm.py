"""OpenStreetMap files: ways are rows, every one used or listed; gates of areas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from reading import aside, read, refused, write

from zzgeo.intake.tables import facility_layer
from zzgeo.network import access_points
from zzgeo.spec.study_file import FacilitiesSpec

pytest.importorskip("osmium")


def osm(path, nodes, *rest):
    spots = "".join(
        f'<node id="{one}" lat="{lat}" lon="{lon}" version="1">{"".join(tags)}</node>'
        for one, (lon, lat, *tags) in nodes.items()
    )
    return write(path, f'<?xml version="1.0"?><osm version="0.6">{spots}{"".join(rest)}</osm>')


def tag(key, value):
    return f'<tag k="{key}" v="{value}"/>'


def way(number, nodes, *tags):
    refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
    return f'<way id="{number}" version="1">{refs}{"".join(tags)}</way>'


ROW = {n: (113.6 + n * 0.001, 34.7) for n in range(1, 9)}


def test_every_way_with_a_highway_tag_is_used_or_listed(tmp_path):
    path = osm(
        tmp_path / "a.osm", {**ROW, 99: (200, 91.5)}, way(1, [1, 2, 3, 4], tag("highway", "residential")),
        way(2, [2, 6], tag("highway", "path")), way(3, [4, 5], tag("highway", "motorway")),
        way(4, [7], tag("highway", "path")), way(5, [8, 8], tag("highway", "path")),
        way(6, [70, 71], tag("highway", "path")), way(7, [5, 6], tag("waterway", "river")),
    )  # fmt: skip
    raw = read(path, role="streets")
    assert raw.table["osm_way"].tolist() == [1, 1, 2]
    assert aside(raw) == [
        ("way/3", "osm.tag"), ("way/4", "osm.degenerate_way"), ("way/5", "osm.degenerate_way"),
        ("way/6", "osm.missing_nodes"), ("node/99", "coord.out_of_range"),
    ]  # fmt: skip
    assert raw.rejected[0].value == "motorway"
    # six ways with a highway tag and a node nowhere on earth; two ways are used, however many edges they give
    assert raw.rows_read == 7 == raw.table["osm_way"].nunique() + len(raw.rejected)


def test_gates_and_entrances_on_the_outline_are_the_ways_into_an_area(tmp_path):
    gate, door = tag("barrier", "gate"), tag("entrance", "main")
    nodes = {
        1: (113.6, 34.7, gate), 2: (113.61, 34.7), 3: (113.61, 34.71, door), 4: (113.6, 34.71, tag("entrance", "no")),
        5: (113.605, 34.7, gate, tag("access", "private")), 6: (113.62, 34.7, door), 7: (113.63, 34.7),
        8: (113.63, 34.71),
    }  # fmt: skip
    park = tag("leisure", "park")
    path = osm(tmp_path / "a.osm", nodes, way(1, [1, 5, 2, 3, 4, 1], park), way(2, [2, 7, 8, 2], park))
    table = read(path, kinds=("park",)).table.set_index("osm_id")
    found = table["entrances"]["way/1"]
    assert sorted(point.coords[0] for point in found.geoms) == [(113.6, 34.7), (113.61, 34.71)]
    assert table["entrances"]["way/2"] is None
    assert table.geometry["way/1"].geom_type == "Polygon"

    # through the study's own intake, beside a list that knows no gates
    (tmp_path / "b.csv").write_text("name,lon,lat\n绿园,113.65,34.7\n", encoding="utf-8")
    lists = [
        FacilitiesSpec(source="a.osm", columns={"facility_id": "osm_id", "name": "name"}, kind_column="kind"),
        FacilitiesSpec(source="b.csv", kind="park", datum="EPSG:4326"),
    ]
    districts = gpd.GeoDataFrame(
        {"name": ["区"]}, index=["1"], geometry=[shapely.box(113.5, 34.6, 113.7, 34.8)], crs="EPSG:4326"
    )
    metric = pyproj.CRS("EPSG:4547")
    built = facility_layer(tmp_path, lists, metric, districts.to_crs(metric))
    assert built.table.crs == built.table["entrances"].crs == metric
    gates = access_points(built.table).to_crs("EPSG:4326").groupby("facility_id").geometry.apply(list)
    assert sorted(np.round(point.coords[0], 9).tolist() for point in gates["way/1"]) == [[113.6, 34.7], [113.61, 34.71]]
    assert len(gates["way/2"]) > 20


@pytest.mark.parametrize("lat", ["NaN", "34.7.7", "north"])
def test_a_coordinate_that_is_no_number_is_refused_by_name(tmp_path, lat):
    path = osm(tmp_path / "a.osm", {1: (113.6, lat), 2: (113.7, 34.7)}, way(1, [1, 2], tag("highway", "path")))
    assert refused(path, role="streets") == "file.malformed"
