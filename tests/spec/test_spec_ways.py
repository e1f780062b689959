"""Ways and gates by their tags under a walking profile: every row of the table of what is a street."""

from __future__ import annotations

import pytest

from zzgeo.spec.walking_profile import SHIPPED, walking_profile
from zzgeo.spec.ways import crossing_seconds, how_passed, how_walked

CN = walking_profile("cn-default")


def tags_of(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())


OPEN = (
    *("highway=residential", "highway=footway", "highway=steps", "highway=elevator", "highway=corridor"),
    *("highway=cycleway", "highway=road", "highway=path", "highway=living_street", "highway=track"),
    *("highway=primary oneway=yes", "highway=residential access=destination", "highway=service access=customers"),
    *("highway=footway indoor=yes", "highway=footway covered=yes", "highway=path bridge=yes layer=1"),
    # the class of road is a trunk road's: walked at grade, elsewhere with permission
    *("highway=trunk", "highway=trunk_link", "highway=trunk sidewalk=no", "highway=trunk bridge=no tunnel=no"),
    *("highway=trunk bridge=yes sidewalk=both", "highway=trunk tunnel=yes sidewalk:left=yes"),
    *("highway=trunk motorroad=yes foot=yes", "highway=trunk bridge=yes access=yes", "highway=trunk layer=-1"),
    # foot opens everything
    *("highway=motorway foot=yes", "highway=motorway sidewalk=both foot=designated", "highway=busway foot=yes"),
    *("highway=footway access=no foot=destination", "highway=service access=private foot=permissive"),
    *("highway=service access=no foot=customers", "highway=path access=no foot=official"),
    *("highway=primary motorroad=yes foot=yes", "highway=primary motorroad=yes sidewalk=right"),
    # sidewalks open what their class closes
    *("highway=motorway sidewalk=both", "highway=motorway_link sidewalk:both=yes", "highway=motorway sidewalk=yes"),
    *("highway=pedestrian area=no", "highway=pedestrian area=yes", "highway=footway area=yes"),
    *("highway=residential;service", "highway=residential;fixme", "highway=Residential", "highway=FOOTWAY foot=Yes"),
    # what is in use, whatever else is said of its life
    *("highway=residential disused=no", "highway=residential construction=minor", "highway=path start_date=1999"),
    *("highway=footway opening_hours=06:00-22:00", "highway=footway impassable=no"),
)
PRIVATE = (
    *("highway=service access=private", "highway=path foot=private", "highway=service access=residents"),
    *("highway=service access=private sidewalk=both", "highway=service access=yes foot=private"),
    *("highway=service service=private", "highway=pedestrian area=yes access=private", "highway=steps access=private"),
)
CLOSED = (
    *(
        "highway=motorway",
        "highway=motorway_link",
        "highway=busway",
        "highway=bus_guideway",
        "highway=motorway access=yes",
    ),
    *(
        "highway=trunk bridge=yes",
        "highway=trunk tunnel=yes",
        "highway=trunk bridge=viaduct",
        "highway=trunk motorroad=yes",
    ),
    *("highway=trunk_link bridge=yes sidewalk=no", "highway=trunk foot=no", "highway=trunk foot=use_sidepath"),
    *("highway=construction", "highway=proposed", "highway=planned", "highway=discontinued", "highway=removed"),
    *("highway=abandoned", "highway=razed", "highway=raceway", "highway=escape", "highway=rest_area", "highway=no"),
    *("highway=construction foot=yes", "highway=nonsense sidewalk=both", "highway=motorway;motorway_link"),
    *("highway=residential foot=no", "highway=residential access=no", "highway=steps foot=no access=yes"),
    *(
        "highway=primary motorroad=yes",
        "highway=primary motorroad=yes access=yes",
        "route=ferry",
        "route=ferry foot=yes",
    ),
    *("highway=residential;motorway", "waterway=river"),
    *("highway=residential;proposed", "highway=construction;residential", "highway=footway;closed foot=yes"),
    # out of use, no more, not yet: nobody walks there, whatever foot says
    *("highway=residential disused=yes", "highway=footway abandoned=yes foot=yes", "highway=path ruins=castle"),
    *("highway=residential demolished=yes", "highway=residential construction=yes", "highway=residential proposed=yes"),
    *("highway=residential razed=1", "highway=footway opening_hours=off", "highway=footway opening_hours=closed"),
    *("highway=residential impassable=yes", "highway=residential access=private;no"),
)


@pytest.mark.parametrize(
    ("text", "state"),
    [(text, state) for state, texts in (("open", OPEN), ("private", PRIVATE), ("closed", CLOSED)) for text in texts],
)
def test_ways_in_chinese_cities(text, state):
    walked = how_walked(tags_of(text), CN)
    assert walked.state == state
    assert state == "open" or walked.reason


@pytest.mark.parametrize(
    ("profile", "text", "state"),
    [
        ("osmnx", "highway=trunk bridge=yes", "open"),
        ("osmnx", "highway=primary motorroad=yes", "open"),
        ("osmnx", "highway=motorway foot=yes sidewalk=both", "closed"),
        ("osmnx", "highway=cycleway foot=yes", "closed"),
        ("osmnx", "highway=platform", "closed"),
        ("osmnx", "highway=busway", "open"),
        ("osmnx", "highway=service access=private foot=yes", "closed"),
        ("osmnx", "highway=service access=no", "open"),
        ("osmnx", "highway=path foot=no", "closed"),
        ("osmnx", "highway=service service=private", "closed"),
        ("osmnx", "highway=pedestrian area=yes", "closed"),
        ("osmnx", "highway=primary sidewalk=separate", "closed"),
        ("osmnx", "highway=primary sidewalk:both=separate", "closed"),
        ("r5", "highway=trunk bridge=yes", "open"),
        ("r5", "highway=trunk motorroad=yes", "open"),
        ("r5", "highway=cycleway", "closed"),
        ("r5", "highway=cycleway foot=yes", "open"),
        ("r5", "highway=cycleway sidewalk=right", "open"),
        ("r5", "highway=bridleway", "closed"),
        ("r5", "highway=service access=private", "private"),
        ("r5", "highway=motorway", "closed"),
        ("r5", "highway=elevator", "closed"),
        ("accessible", "highway=steps", "closed"),
        ("accessible", "highway=steps foot=yes", "closed"),
        ("accessible", "highway=steps ramp:wheelchair=yes", "open"),
        ("accessible", "highway=footway wheelchair=no", "closed"),
        ("accessible", "highway=footway wheelchair=limited", "open"),
    ],
)
def test_ways_under_other_shipped_profiles(profile, text, state):
    assert how_walked(tags_of(text), walking_profile(profile)).state == state


@pytest.mark.parametrize(
    ("changed", "text", "state"),
    [
        ({"trunk": "sidewalk"}, "highway=trunk", "closed"),
        ({"trunk": "sidewalk"}, "highway=trunk access=yes", "open"),
        ({"trunk": "sidewalk"}, "highway=trunk sidewalk=left", "open"),
        ({"trunk": "closed"}, "highway=trunk foot=yes", "closed"),
        ({"trunk": "open"}, "highway=trunk bridge=yes", "open"),
        ({"cycleways": "closed"}, "highway=cycleway foot=yes", "closed"),
        ({"private": "open"}, "highway=service access=private", "open"),
        ({"private": "closed"}, "highway=service access=private", "closed"),
        ({"squares": "closed"}, "highway=pedestrian area=yes", "closed"),
        ({"indoor": "closed"}, "highway=corridor", "closed"),
        ({"indoor": "closed"}, "highway=footway indoor=yes", "closed"),
        ({"indoor": "closed"}, "highway=footway indoor=no", "open"),
        ({"covered": "closed"}, "highway=footway covered=yes", "closed"),
        ({"ferries": True}, "route=ferry", "open"),
        ({"ferries": True}, "route=ferry foot=no", "closed"),
        ({"streets": ["residential"]}, "highway=footway", "closed"),
        ({"access_private": []}, "highway=service access=private", "open"),
    ],
)
def test_each_key_of_a_profile_decides(changed, text, state):
    assert how_walked(tags_of(text), walking_profile("cn-default", changed)).state == state


@pytest.mark.parametrize(
    ("text", "state"),
    [
        *(
            (f"barrier={kind}", "open")
            for kind in ("gate", "bollard", "lift_gate", "kissing_gate", "stile", "entrance")
        ),
        *((f"barrier={kind}", "open") for kind in ("cycle_barrier", "turnstile", "kerb", "block", "yes")),
        *((f"barrier={kind}", "closed") for kind in ("wall", "fence", "hedge", "retaining_wall", "city_wall")),
        ("barrier=wall foot=yes", "open"),
        ("barrier=fence entrance=main", "open"),
        ("barrier=wall entrance=no", "closed"),
        ("barrier=wall foot=yes access=no", "open"),
        ("barrier=gate foot=no", "closed"),
        ("barrier=bollard foot=no", "closed"),
        ("barrier=gate access=no", "closed"),
        ("barrier=gate access=no foot=yes", "open"),
        ("barrier=lift_gate access=private foot=yes", "open"),
        ("barrier=gate locked=yes", "closed"),
        ("barrier=gate locked=yes foot=yes", "open"),
        ("barrier=gate locked=no", "open"),
        *((f"barrier=gate locked={said}", "closed") for said in ("Yes", "true", "1", "yes;no", "no;yes")),
        *((f"barrier={said}", "closed") for said in ("wall;gate", "gate;wall", "retaining_wall;fence", "Wall")),
        ("barrier=gate;bollard", "open"),
        ("barrier=wall;gate foot=yes", "open"),
        ("barrier=wall;gate foot=yes;no", "closed"),
        ("barrier=gate access=private;customers", "private"),
        ("barrier=gate opening_hours=off", "closed"),
        ("barrier=gate opening_hours=closed foot=yes", "open"),
        ("barrier=gate opening_hours=06:00-22:00", "open"),
        ("barrier=wall demolished=yes", "open"),
        ("barrier=gate access=no removed=yes", "open"),
        ("barrier=gate access=private", "private"),
        ("barrier=gate foot=private", "private"),
        ("barrier=gate access=private locked=yes", "private"),
        ("barrier=gate access=customers", "open"),
        ("foot=no", "closed"),
        ("access=no", "closed"),
        ("highway=crossing foot=no", "open"),
        ("amenity=parking access=private", "open"),
        ("highway=crossing kerb=raised", "open"),
        ("highway=traffic_signals", "open"),
    ],
)
def test_nodes_on_ways(text, state):
    assert how_passed(tags_of(text), CN).state == state


@pytest.mark.parametrize(
    ("profile", "text", "state"),
    [
        ("accessible", "barrier=kissing_gate", "closed"),
        ("accessible", "barrier=kissing_gate foot=yes", "closed"),
        ("accessible", "barrier=kissing_gate wheelchair=yes", "open"),
        ("accessible", "barrier=stile", "closed"),
        ("accessible", "barrier=turnstile", "closed"),
        ("accessible", "barrier=kerb kerb=raised", "closed"),
        ("accessible", "highway=crossing kerb=raised", "closed"),
        ("accessible", "highway=crossing kerb=lowered;raised", "closed"),
        ("accessible", "barrier=kerb kerb=lowered", "open"),
        ("accessible", "barrier=gate", "open"),
        ("accessible", "barrier=gate wheelchair=no", "closed"),
        ("accessible", "amenity=toilets wheelchair=no", "open"),
        ("osmnx", "barrier=wall", "open"),
        ("osmnx", "barrier=gate foot=no", "open"),
        ("r5", "barrier=gate access=no", "closed"),
    ],
)
def test_nodes_under_other_shipped_profiles(profile, text, state):
    assert how_passed(tags_of(text), walking_profile(profile)).state == state


def test_private_gates_follow_the_profile():
    gate = {"barrier": "gate", "access": "private"}
    states = [how_passed(gate, walking_profile("cn-default", {"private": key})).state for key in ("open", "closed")]
    assert states == ["open", "closed"]


@pytest.mark.parametrize("profile", SHIPPED)
def test_no_shipped_profile_walks_what_is_no_street(profile):
    for word in ("discontinued", "removed", "proposed", "construction", "platform_edge", ""):
        assert how_walked({"highway": word, "foot": "yes"}, walking_profile(profile)).state == "closed"


def test_a_ferry_takes_its_duration_or_its_length_and_the_wait():
    seconds = [crossing_seconds(said, 400.0, CN) for said in ("00:15", "1:00:00", "20", "PT1H30M", "soon", None)]
    assert seconds == [600 + 900, 600 + 3600, 600 + 1200, 600 + 5400, 700, 700]


@pytest.mark.parametrize(
    ("tags", "state"),
    [
        ({"access": "['private', 'yes']"}, "private"),
        ({"access": "private;no"}, "closed"),
        ({"foot": "['yes', 'no']"}, "closed"),
        ({"foot": "No"}, "closed"),
        ({"access": "private", "foot": "yes;designated"}, "open"),
        ({"service": "['driveway', 'private']"}, "private"),
        ({"highway": "trunk", "motorroad": "['yes', 'no']"}, "closed"),
        ({"highway": "trunk", "bridge": "yes", "access": "yes;public"}, "open"),
        ({"highway": "motorway", "sidewalk": "['both', 'right']"}, "open"),
        ({"highway": "motorway", "sidewalk": "['both', 'no']"}, "closed"),
    ],
)
def test_a_way_made_of_several_is_walked_where_all_of_them_are(tags, state):
    assert how_walked({"highway": "service", **tags}, walking_profile("cn-default")).state == state
