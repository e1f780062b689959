"""Facilities of an OpenStreetMap file: what is open, the parts of one facility, the ways into an area."""

from __future__ import annotations

import re

import pytest
from osm_map import metres, osm_map
from reading import aside, noted, read

pytest.importorskip("osmium")

HOSPITAL = {"amenity": "hospital"}
PARK = {"leisure": "park"}
PATH = {"highway": "footway"}
GATE = {"barrier": "gate"}


def square(first, x, y, side):
    """Return four corners as nodes, and the ring of their ids."""
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    return {first + k: corner for k, corner in enumerate(corners)}, [*range(first, first + 4), first]


# ------------------------------------------------------------------------------------------------------- what is open

SHUT = {
    "disused": {"disused": "yes"},
    "abandoned": {"abandoned": "yes"},
    "in ruins": {"ruins": "yes"},
    "was one, by a prefix beside the tag": {"disused:amenity": "hospital"},
    "access no": {"access": "no"},
    "access private": {"access": "private"},
    "in capitals": {"access": "No"},
    "residents": {"access": "residents"},
    "employees": {"access": "employees"},
    "foot overrides access": {"access": "yes", "foot": "private"},
    "demolished": {"demolished": "yes"},
    "not yet": {"construction": "yes"},
    "never open": {"opening_hours": "off"},
    "private among others": {"access": "private;customers"},
}
OPEN = {
    "plain": {},
    "disused no": {"disused": "no"},
    "another use before": {"disused:shop": "supermarket"},
    "customers": {"access": "customers"},
    "members": {"access": "members"},
    "permissive": {"access": "permissive"},
    "foot yes": {"access": "no", "foot": "yes"},
    "open now and then": {"opening_hours": "Mo-Fr 08:00-18:00; PH off"},
    "of two kinds": {"amenity": "clinic;hospital"},
    "private owner": {"operator:type": "private", "ownership": "private"},
}


@pytest.mark.parametrize("area", [False, True], ids=["node", "area"])
@pytest.mark.parametrize("tags", SHUT.values(), ids=SHUT)
def test_what_is_out_of_use_or_closed_to_the_public_is_set_aside_and_told(tmp_path, tags, area):
    nodes, ring = square(1, 0, 0, 50)
    if area:
        path = osm_map(tmp_path / "a.osm", nodes, {7: (ring, {**HOSPITAL, **tags})})
    else:
        path = osm_map(tmp_path / "a.osm", {7: (0, 0, {**HOSPITAL, **tags})})
    raw = read(path, kinds=("hospital",))
    assert len(raw.table) == 0
    assert aside(raw) == [("way/7" if area else "node/7", "osm.not_open")]
    assert f"{raw.rejected[0].field}={raw.rejected[0].value}" in {f"{key}={value}" for key, value in tags.items()}
    assert noted(raw) == ["osm.not_open"]
    assert raw.rows_read == 1


@pytest.mark.parametrize("tags", OPEN.values(), ids=OPEN)
def test_what_is_open_to_the_public_is_a_facility(tmp_path, tags):
    raw = read(osm_map(tmp_path / "a.osm", {7: (0, 0, {**HOSPITAL, **tags})}), kinds=("hospital",))
    assert raw.table["osm_id"].tolist() == ["node/7"]
    assert not raw.rejected
    assert not raw.notes


@pytest.mark.parametrize(
    ("include", "counted"),
    [((), [1]), (("disused",), [1, 2, 3]), (("private",), [1, 4]), (("disused", "private"), [1, 2, 3, 4, 5])],
)
def test_a_study_may_ask_for_what_is_out_of_use_or_private_but_never_for_what_is_gone(tmp_path, include, counted):
    said = [
        HOSPITAL,
        {**HOSPITAL, "disused": "yes"},
        {"abandoned:amenity": "hospital"},
        {**HOSPITAL, "access": "private"},
        {**HOSPITAL, "access": "no", "opening_hours": "closed"},
        {**HOSPITAL, "razed": "yes"},
    ]
    path = osm_map(tmp_path / "a.osm", {k: (200 * k, 0, tags) for k, tags in enumerate(said, start=1)})
    raw = read(path, kinds=("hospital",), include=include)
    assert raw.table["osm_id"].tolist() == [f"node/{k}" for k in counted]
    assert len(raw.rejected) == 6 - len(counted)
    assert f"{6 - len(counted)} features" in raw.notes[0].value


def test_a_map_keeps_the_days_its_facilities_opened_and_closed(tmp_path):
    said = [{}, {"start_date": "1998"}, {"end_date": "2019-06"}, {"start_date": "C19"}]
    raw = read(
        osm_map(tmp_path / "a.osm", {k: (200 * k, 0, {**HOSPITAL, **tags}) for k, tags in enumerate(said, start=1)}),
        kinds=("hospital",),
    )
    assert raw.table["opened"].tolist() == [None, "1998-01-01", None, None]
    assert raw.table["closed"].tolist() == [None, None, "2019-06-01", None]
    plain = read(osm_map(tmp_path / "b.osm", {1: (0, 0, HOSPITAL)}), kinds=("hospital",))
    assert {"opened", "closed"}.isdisjoint(plain.table)


def test_what_an_editor_deleted_is_no_facility_no_gate_and_no_way_in(tmp_path):
    path = osm_map(
        tmp_path / "a.osm", {**OUTLINE, 3: (200, 0, GATE), 21: (100, -50)}, {1: ([21, 2], PATH), 9: (RING, PARK)}
    )
    whole = path.read_text("utf-8")
    path.write_text(
        whole.replace('<node id="3"', '<node action="delete" id="3"').replace(
            '<way id="1"', '<way action="delete" id="1"'
        )
    )
    [found] = read(path, kinds=("park",)).table["entrances"]
    assert [metres(point.x, point.y) for point in found.geoms] == [NORTH]
    path.write_text(whole.replace('<way id="9"', '<way action="delete" id="9"'))
    assert len(read(path, kinds=("park",)).table) == 0


# ------------------------------------------------------------------------------------------------ parts of a facility


def parts_of_a_hospital(path, names=("示例医院", "门诊楼", "住院楼", "急诊"), **more):
    """Write the grounds of a hospital with two buildings, one on the outline, and a node."""
    nodes, grounds = square(1, 0, 0, 300)
    east, first = square(11, 100, 100, 50)
    west, second = square(21, 0, 200, 40)
    tags = [{**HOSPITAL, **({"name": name} if name else {})} for name in names]
    spots = {**nodes, **east, **west, 31: (200, 100, tags[3])}
    ways = {1: (grounds, tags[0]), 2: (first, tags[1]), 3: (second, tags[2]), **more}
    return osm_map(path, spots, ways)


def test_grounds_buildings_and_node_are_one_facility(tmp_path):
    raw = read(parts_of_a_hospital(tmp_path / "a.osm"), kinds=("hospital",))
    assert raw.table[["osm_id", "name"]].to_numpy().tolist() == [["way/1", "示例医院"]]
    assert sorted(aside(raw)) == [("node/31", "osm.nested"), ("way/2", "osm.nested"), ("way/3", "osm.nested")]
    assert {row.value for row in raw.rejected} == {"门诊楼", "住院楼", "急诊"}
    assert all("way/1 示例医院" in row.reason for row in raw.rejected)
    assert noted(raw) == ["osm.nested"]
    assert "3 features" in raw.notes[0].value


@pytest.mark.parametrize(
    ("names", "called"),
    [((None, None, None, "示例医院"), "示例医院"), ((None, "大楼", "小楼", "急诊"), "大楼"), ((None,) * 4, None)],
)
def test_grounds_without_a_name_have_that_of_their_largest_part_with_one(tmp_path, names, called):
    raw = read(parts_of_a_hospital(tmp_path / "a.osm", names), kinds=("hospital",))
    assert raw.table["osm_id"].tolist() == ["way/1"]
    assert raw.table["name"].tolist() == [called]


def test_two_side_by_side_and_two_kinds_in_one_another_are_two(tmp_path):
    one, first = square(1, 0, 0, 100)
    two, second = square(11, 100, 0, 100)  # they share an edge, though not its nodes
    inside, third = square(21, 20, 20, 30)
    path = osm_map(
        tmp_path / "a.osm",
        {**one, **two, **inside, 31: (50, 80, {"amenity": "toilets"})},
        {1: (first, HOSPITAL), 2: (second, HOSPITAL), 3: (third, PARK)},
    )
    raw = read(path)
    assert sorted(raw.table["osm_id"]) == ["node/31", "way/1", "way/2", "way/3"]
    assert not raw.rejected
    assert not raw.notes


@pytest.mark.parametrize(("over", "one"), [(2, True), (20, False)])
def test_a_building_that_stands_a_little_over_the_grounds_is_a_part_and_one_half_outside_is_not(tmp_path, over, one):
    nodes, grounds = square(1, 0, 0, 100)
    more, building = square(11, 60, 60, 40)
    more = {node: (x + over, y) for node, (x, y) in more.items()}
    path = osm_map(tmp_path / "a.osm", {**nodes, **more}, {1: (grounds, HOSPITAL), 2: (building, HOSPITAL)})
    assert read(path, kinds=("hospital",)).table["osm_id"].tolist() == (["way/1"] if one else ["way/1", "way/2"])


def test_a_relation_and_its_outer_way_are_one_and_what_lies_in_the_hole_is_outside(tmp_path):
    outer, ring = square(1, 0, 0, 300)
    hole, inner = square(11, 50, 50, 200)
    pond, island = square(21, 100, 100, 20)
    path = osm_map(
        tmp_path / "a.osm",
        {**outer, **hole, **pond},
        {1: (ring, PARK), 2: (inner, {}), 3: (island, PARK)},
        {9: ([(1, "outer"), (2, "inner")], {"type": "multipolygon", "name": "环园", **PARK})},
    )
    raw = read(path, kinds=("park",))
    table = raw.table.set_index("osm_id")
    assert sorted(table.index) == ["relation/9", "way/3"]
    assert len(table.geometry["relation/9"].interiors) == 1
    assert aside(raw) == [("way/1", "osm.nested")]


def test_parts_within_parts_belong_to_the_outermost(tmp_path):
    nodes, ways = {}, {}
    for k, side in enumerate((400, 200, 50)):
        corners, ring = square(10 * k + 1, 10 * k, 10 * k, side)
        nodes |= corners
        ways[k + 1] = (ring, {**HOSPITAL, "name": f"第{k + 1}"})
    raw = read(osm_map(tmp_path / "a.osm", nodes, ways), kinds=("hospital",))
    assert raw.table["osm_id"].tolist() == ["way/1"]
    assert all("way/1" in row.reason for row in raw.rejected)


def test_a_facility_that_is_not_open_swallows_nobody(tmp_path):
    nodes, ring = square(1, 0, 0, 100)
    path = osm_map(tmp_path / "a.osm", {**nodes, 9: (50, 50, HOSPITAL)}, {1: (ring, {**HOSPITAL, "disused": "yes"})})
    raw = read(path, kinds=("hospital",))
    assert raw.table["osm_id"].tolist() == ["node/9"]
    assert aside(raw) == [("way/1", "osm.not_open")]


# -------------------------------------------------------------------------------------------------- ways into an area

#: A park of 400 m with a gate in the middle of its northern side; more nodes on its southern side.
OUTLINE = {
    1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (300, 0), 5: (400, 0), 6: (400, 400), 7: (200, 400, GATE), 8: (0, 400),
}  # fmt: skip
RING = [*range(1, 9), 1]
NORTH = (200, 400)


def ways_in(folder, nodes, ways, park=PARK):
    path = osm_map(folder / "a.osm", {**OUTLINE, **nodes}, {99: (RING, park), **ways})
    [found] = read(path, kinds=("park",)).table["entrances"]
    return None if found is None else sorted(metres(point.x, point.y) for point in found.geoms)


@pytest.mark.parametrize(
    ("spots", "course"),
    [
        ([(200, -50)], [21, 3]),  # ends on a node of the outline, from outside
        ([(200, 50)], [21, 3]),  # from inside
        ([(200, -50), (200, 50)], [21, 3, 22]),  # crosses by a shared node
        ([(200, -50), (200, 50)], [21, 22]),  # crosses without one
        ([(100, -50), (200, 50)], [21, 2, 3, 22]),  # runs along the outline, then turns in
    ],
    ids=["ends from outside", "ends from inside", "crosses by a node", "crosses", "turns in"],
)
def test_a_path_that_crosses_the_outline_or_ends_on_it_is_a_way_in_beside_the_gate(tmp_path, spots, course):
    nodes = dict(enumerate(spots, start=21))
    assert ways_in(tmp_path, nodes, {1: (course, PATH)}) == [NORTH, (200, 0)][::-1]


@pytest.mark.parametrize(
    ("tags", "course"),
    [
        (PATH, [2, 3, 4]),  # along the outline
        (PATH, [21, 2, 3, 4, 23]),  # comes to it, runs along it, goes away
        ({**PATH, "bridge": "yes"}, [21, 22]),
        ({**PATH, "tunnel": "yes"}, [21, 22]),
        ({**PATH, "access": "private"}, [21, 22]),
        ({**PATH, "foot": "no"}, [21, 3, 22]),
        ({"highway": "motorway"}, [21, 22]),
        ({"waterway": "river"}, [21, 22]),
    ],
    ids=["along", "along and away", "bridge", "tunnel", "private", "foot no", "motorway", "river"],
)
def test_a_way_along_over_or_under_the_outline_or_not_for_the_public_is_no_way_in(tmp_path, tags, course):
    nodes = {21: (200, -50), 22: (200, 50), 23: (300, -50)}
    assert ways_in(tmp_path, nodes, {1: (course, tags)}) == [NORTH]


def test_a_side_street_that_meets_the_street_along_the_outline_is_no_way_in(tmp_path):
    ways = {1: ([2, 3, 4], {"highway": "residential"}), 2: ([21, 3], {"highway": "residential"})}
    assert ways_in(tmp_path, {21: (200, -50)}, ways) == [NORTH]
    # but a path into the park from there is
    ways[3] = ([3, 22], PATH)
    assert ways_in(tmp_path, {21: (200, -50), 22: (200, 50)}, ways) == [(200, 0), NORTH]


SHUT_GATES = {
    "private": {**GATE, "access": "private"},
    "access no": {**GATE, "access": "no"},
    "foot no": {**GATE, "foot": "no"},
    "locked": {**GATE, "locked": "yes"},
    "wall": {"barrier": "wall"},
    "exit": {"entrance": "exit"},
}


@pytest.mark.parametrize("tags", SHUT_GATES.values(), ids=SHUT_GATES)
def test_a_closed_gate_is_no_way_in_though_a_path_leads_through_it(tmp_path, tags):
    nodes = {3: (200, 0, tags), 21: (200, -50), 22: (200, 50)}
    assert ways_in(tmp_path, nodes, {1: ([21, 3, 22], PATH)}) == [NORTH]


def test_a_gate_open_to_people_on_foot_is_a_way_in_and_a_bollard_stops_nobody_on_a_path(tmp_path):
    open_to_feet = {3: (200, 0, {**GATE, "access": "no", "foot": "yes"})}
    assert ways_in(tmp_path, open_to_feet, {}) == [(200, 0), NORTH]
    bollard = {3: (200, 0, {"barrier": "bollard"}), 21: (200, -50)}
    assert ways_in(tmp_path, bollard, {}) == [NORTH]
    assert ways_in(tmp_path, bollard, {1: ([21, 3], PATH)}) == [(200, 0), NORTH]


@pytest.mark.parametrize("north", [{}, {**GATE, "locked": "yes"}], ids=["no gate", "a locked gate only"])
def test_an_area_without_an_open_gate_is_entered_from_any_side(tmp_path, north):
    nodes = {7: (200, 400, north), 21: (200, -50)}
    assert ways_in(tmp_path, nodes, {1: ([21, 3], PATH)}) is None


# ------------------------------------------------------------------------------------------------- files of an editor


def shuffled(path):
    """Put the ways of a file before its nodes, the last first, and a deleted one and a later version behind."""
    text = path.read_text(encoding="utf-8")
    parts = re.findall(r"<(?:node|way|relation) .*?</(?:node|way|relation)>", text)
    later = parts[-1].replace('version="1"', 'version="2"').replace("旧", "新")
    gone = parts[-2].replace("<way", '<way action="delete"')
    kept = [part for part in parts[::-1] if part != parts[-2]]
    head = '<?xml version="1.0"?><osm version="0.6">'
    path.write_text(f"{head}{later}{''.join(kept)}{gone}</osm>", encoding="utf-8")
    return path


@pytest.mark.parametrize("sign", [1, -1], ids=["uploaded", "new"])
def test_a_file_of_an_editor_is_read_whatever_the_order_and_the_ids(tmp_path, sign):
    first, ring = square(1, 0, 0, 50)
    second, other = square(11, 500, 0, 50)
    third, last = square(21, 900, 0, 50)
    nodes = {sign * node: place for node, place in (first | second | third).items()}
    ways = {
        sign * way: ([sign * node for node in nodes], {**HOSPITAL, "name": name})
        for way, nodes, name in ((7, ring, "甲"), (8, other, "乙"), (9, last, "旧"))
    }
    path = shuffled(osm_map(tmp_path / "a.osm", nodes, ways))
    gone = max(ways, key=lambda way: sorted(ways).index(way) == 1)
    raw = read(path, kinds=("hospital",))
    assert set(raw.table["osm_id"]) == {f"way/{way}" for way in ways if way != gone}
    assert "新" in set(raw.table["name"]) or sign < 0
    assert not raw.rejected
    assert (raw.table.geometry.geom_type == "Polygon").all()
    # the same file as barriers
    path = osm_map(tmp_path / "b.osm", nodes, {way: (refs, {"natural": "water"}) for way, (refs, _) in ways.items()})
    assert set(read(path, role="barriers").table["osm_id"]) == {f"way/{way}" for way in ways}
