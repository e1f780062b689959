"""Which area each shape lies in: the outermost, through others if need be."""

from __future__ import annotations

import shapely

from zzgeo.formats.parts.nested import outermost


def test_what_lies_in_a_part_lies_in_the_whole_though_it_stands_out_of_it():
    grounds, wing = shapely.box(0, 0, 100, 100), shapely.box(62, 0, 102, 40)
    room = shapely.box(92, 0, 102, 10)  # four fifths of it are on the grounds, all of it is in the wing
    assert outermost([room, wing, grounds]).tolist() == [2, 2, 2]
    assert outermost([room, grounds]).tolist() == [0, 1]


def test_what_lies_in_two_that_only_overlap_is_part_of_the_larger():
    large, small = shapely.box(0, 0, 100, 100), shapely.box(80, 0, 140, 60)
    for shapes in ([large, small, shapely.Point(90, 10)], [large, small, shapely.box(85, 5, 95, 15)]):
        assert outermost(shapes).tolist() == [0, 1, 0]


def test_an_area_that_crosses_itself_is_mended_before_it_is_asked():
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    assert outermost([shapely.Point(10, 50), shapely.Point(50, 10), bow, None]).tolist() == [2, 1, 2, 3]


def test_parts_of_a_multipolygon_hold_what_lies_in_any_of_them():
    campus = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])
    assert outermost([campus, shapely.Point(25, 5), shapely.Point(15, 5)]).tolist() == [0, 0, 2]
