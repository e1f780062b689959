"""Arcs: lines that stay close to them, the rows told, what cannot be read set aside."""

from __future__ import annotations

import math
import struct

import numpy as np
import pyogrio
import pytest
import shapely
from reading import aside, noted, read

from zzgeo import check_file

EAST, NORTH = 500_000.0, 3_850_000.0
RING = ((-1000, 0), (0, 1000), (1000, 0), (0, -1000), (-1000, 0))


def circular(*places, kind=8, extra=()):
    numbers = [one for x, y in places for one in (EAST + x, NORTH + y, *extra)]
    return struct.pack(f"<BII{len(numbers)}d", 1, kind, len(places), *numbers)


def holding(kind, *parts):
    return struct.pack("<BII", 1, kind, len(parts)) + b"".join(parts)


def file(path, *shapes):
    fields = [np.array([str(n) for n in range(len(shapes))], dtype=object)]
    blobs = np.array(shapes, dtype=object)
    pyogrio.raw.write(path, blobs, fields, ["name"], geometry_type="Unknown", crs="EPSG:4547")
    return path


CIRCLE = holding(10, circular(*RING))
HALF = holding(9, circular((-1000, 0), (0, 1000), (1000, 0)), circular((1000, 0), (-1000, 0), kind=2))


@pytest.mark.parametrize(
    ("shape", "kind", "area"),
    [
        (CIRCLE, "Polygon", math.pi),
        (holding(10, circular((-1000, 0), (1000, 0), (-1000, 0))), "Polygon", math.pi),
        (holding(10, HALF), "Polygon", math.pi / 2),
        (holding(12, CIRCLE, holding(3)), "MultiPolygon", math.pi),
        (circular((-1000, 0), (0, 1000), (1000, 0)), "LineString", 0),
        (holding(11, HALF), "MultiLineString", 0),
    ],
)
def test_every_kind_of_arc_becomes_lines(tmp_path, shape, kind, area):
    raw = read(file(tmp_path / "a.gpkg", shape))
    [found] = raw.table.geometry
    assert found.geom_type == kind
    assert found.area / 1e6 == pytest.approx(area, rel=1e-3)
    assert noted(raw) == ["geom.linearised"]
    corners = shapely.get_coordinates(found) - [EAST, NORTH]
    assert np.abs(np.hypot(*corners.T) - 1000).max() < 1e-6


def test_a_layer_with_an_arc_keeps_its_other_rows(tmp_path):
    plain = shapely.to_wkb(shapely.box(EAST, NORTH, EAST + 10, NORTH + 10))
    raw = read(file(tmp_path / "a.gpkg", plain, CIRCLE, plain))
    assert raw.table.geometry.area.round().tolist() == pytest.approx([100, math.pi * 1e6, 100], rel=1e-3)
    assert raw.notes[0].rows == ("2",)


def test_heights_of_arcs_are_passed_over(tmp_path):
    shape = circular((-1000, 0), (0, 1000), (1000, 0), kind=1008, extra=(7.0,))
    [found] = read(file(tmp_path / "a.gpkg", shape)).table.geometry
    assert found.length == pytest.approx(1000 * math.pi, rel=1e-3)


def test_a_district_of_arcs_is_checked_like_any_other(tmp_path):
    checked = check_file(file(tmp_path / "a.gpkg", CIRCLE), "districts", columns={"code": "name", "name": "name"})
    assert checked.outcome in ("warn", "reject")
    assert "internal.error" not in checked.codes


def test_an_arc_of_two_places_is_set_aside(tmp_path):
    from zzgeo.formats.parts.curves import without_arcs
    from zzgeo.formats.parts.geometry import decoded_geometry

    blobs, notes = without_arcs([circular((0, 0), (1, 1)), None], [1, 2], "a.gpkg")
    _, readable, rejected = decoded_geometry(blobs, [1, 2], "a.gpkg")
    assert (notes, readable.tolist(), [row.code for row in rejected]) == ([], [False, True], ["geom.unreadable"])
    assert aside(read(file(tmp_path / "a.gpkg", CIRCLE))) == []
