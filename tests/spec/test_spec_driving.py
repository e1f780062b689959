"""What ways say of driving: classes, who is kept out, directions and limits in the spellings of several sources."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from zzgeo.spec.driving import directions, driven, driving_classes, free_flow_kmh, speed_limit


@pytest.mark.parametrize(
    ("cell", "kmh"),
    [
        ("50", 50.0),
        (50, 50.0),
        ("50.0", 50.0),
        ("60 km/h", 60.0),
        ("30 mph", 48.28032),
        ("25mph", 40.2336),
        ("walk", 7.0),
        ("５０", 50.0),
        ("80;60", 60.0),
        ("['40', '60']", 40.0),
        ("none", math.nan),
        ("signals", math.nan),
        ("CN:urban", math.nan),
        ("", math.nan),
        (0, math.nan),
        (None, math.nan),
        (pd.NA, math.nan),
        ("-5", math.nan),
    ],
)
def test_a_limit_is_read_in_km_h_or_not_at_all(cell, kmh):
    assert speed_limit(cell) == pytest.approx(kmh, nan_ok=True)


def test_a_limit_counts_before_the_class():
    ways = pd.DataFrame({"highway": ["trunk", "trunk", "motorway"], "maxspeed": ["60", None, "none"]})
    assert free_flow_kmh(ways, driving_classes(ways)).tolist() == [60.0, 80.0, 110.0]
    ways = pd.DataFrame({"道路等级": ["快速路", "主干路"], "限速": ["70", None]})
    assert free_flow_kmh(ways, driving_classes(ways)).tolist() == [70.0, 60.0]


@pytest.mark.parametrize(
    ("columns", "open_ways"),
    [
        ({"oneway": ["yes", "no", "-1", None]}, "> = < ="),
        ({"oneway": [True, False, -1, np.nan]}, "> = < ="),
        ({"oneway": ["1", "0", "reverse", ""]}, "> = < ="),
        ({"oneway": ["T", "F", None, "T"]}, "> = = >"),
        # Geofabrik: F along the line, T against it, B both
        ({"oneway": ["F", "T", "B", "B"]}, "> < = ="),
        ({"oneway": ["F", "T", "F", "T"], "fclass": ["primary"] * 4}, "> < > <"),
        ({"oneway": ["FT", "TF", "N", "是"]}, "> < = >"),
        ({"是否单行": ["是", "否", None, "1"]}, "> = = >"),
        ({"ONE_WAY": ["Y", "N", "", "Y"]}, "> = = >"),
        ({"junction": ["roundabout", "circular", "jughandle", None]}, "> > = ="),
        ({"junction": ["roundabout"] * 4, "oneway": ["no", None, "yes", "-1"]}, "= > > <"),
    ],
)
def test_which_way_a_street_is_open(columns, open_ways):
    ways = pd.DataFrame(columns)
    forth, back = directions(ways, pd.Series("primary", index=ways.index))
    shown = {(True, True): "=", (True, False): ">", (False, True): "<"}
    assert " ".join(shown[bool(a), bool(b)] for a, b in zip(forth, back, strict=True)) == open_ways


def test_cars_are_kept_out_by_the_narrowest_word():
    ways = pd.DataFrame(
        {
            "highway": ["service", "service", "residential", "footway", "primary", "service"],
            "access": ["private", "no", None, None, "yes", None],
            "motor_vehicle": [None, "yes", "no", None, None, None],
            "area": [None, None, None, None, None, "yes"],
        }
    )
    assert driven(ways, driving_classes(ways)).tolist() == [False, True, False, False, True, False]


def test_classes_are_known_in_several_columns_and_in_lists():
    assert driving_classes(pd.DataFrame({"fclass": ["motorway", "TRUNK_LINK"]})).tolist() == ["motorway", "trunk_link"]
    assert driving_classes(pd.DataFrame({"highway": ["['motorway', 'motorway_link']"]})).tolist() == ["motorway"]
    assert driving_classes(pd.DataFrame({"道路类型": ["高速公路", "主干路"]})).tolist() == ["motorway", "primary"]
    assert driving_classes(pd.DataFrame({"道路等级": ["高架路", "快速路"]})).tolist() == ["trunk", "trunk"]
    assert driving_classes(pd.DataFrame({"width": [3.0]})).tolist() == [""]
