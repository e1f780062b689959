"""Collections of geometry, as clipping leaves them: the parts that fit are used and told, else a refusal."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from files import X, Y
from reading import read
from shapely import Geometry, GeometryCollection, LineString, MultiLineString, Point, box

from zzgeo import check_file
from zzgeo.intake.columns import only
from zzgeo.intake.rows import rows_of
from zzgeo.spec.schema import BARRIERS

AREA, LINE, SPOT = box(X, Y, X + 900, Y + 900), LineString([(X, Y), (X + 900, Y)]), Point(X, Y)


def layer(folder: Path, *shapes: Geometry) -> Path:
    codes = [str(410102 + row) for row in range(len(shapes))]
    table = gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=list(shapes), crs="EPSG:4547")
    table.to_file(folder / "a.gpkg")
    return folder / "a.gpkg"


@pytest.mark.parametrize(
    ("role", "parts", "taken"),
    [
        ("districts", (AREA, LINE), AREA),
        ("streets", (AREA, SPOT, GeometryCollection([LINE])), LINE),
    ],
)
def test_of_a_collection_the_parts_that_fit_are_taken_and_told(tmp_path, role, parts, taken):
    checked = check_file(layer(tmp_path, GeometryCollection(parts)), role, datum="EPSG:4547")
    assert "geom.mixed_types" in checked.codes
    assert checked.table.geometry.iloc[0].equals(taken)
    assert (checked.rows_read, checked.rows_used) == (1, 1)


@pytest.mark.parametrize(
    ("parts", "taken"),
    [((AREA, LINE, SPOT), MultiLineString([LINE, LineString(AREA.exterior.coords)])), ((AREA, SPOT), AREA)],
)
def test_an_area_beside_lines_is_a_barrier_by_its_outline(tmp_path, parts, taken):
    rows = rows_of(read(layer(tmp_path, GeometryCollection(parts)), role="barriers"))
    left = only(BARRIERS.geometry, "barriers are lines or areas")(rows)
    assert left.table.geometry.iloc[0].equals(taken)
    assert [note.code for note in left.notes] == ["geom.mixed_types"]


def test_a_collection_of_nothing_that_fits_is_set_aside(tmp_path):
    checked = check_file(layer(tmp_path, GeometryCollection([SPOT, LINE]), AREA), "districts", datum="EPSG:4547")
    assert checked.quarantined["code"].tolist() == ["geom.mixed_types"]
    assert len(checked.table) == 1


def test_districts_of_which_no_row_can_be_used_are_refused(tmp_path):
    checked = check_file(layer(tmp_path, SPOT, LINE), "districts", datum="EPSG:4547")
    assert checked.outcome == "reject"
    assert "layer.empty" in checked.codes
