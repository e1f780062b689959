"""R23 position: how near, or where; a figure for a person to weigh."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from zzgeo.auditing.run import audit
from zzgeo.rules.position import nearest_other_m
from zzgeo.standards import Rule, Standard, shipped


def position_rule(**change):
    words = {"title": "位置", "title_en": "position", "section": "s", "clause": "周边", "operator": "near"}
    rule = Rule(
        id="where",
        rule="position",
        verified_on="2026-11-22",
        unit="m",
        **{"facilities": ("elderly_care_facility",), **words, **change},
    )
    return [Standard(document=shipped()["zz2018-34"].document, clauses=(rule,))]


def position_study(**change):
    places = {
        "a": toy.facility(100, 100, "elderly_care_facility"),
        "b": toy.facility(700, 100, "elderly_care_facility"),
    }
    places |= {"h": toy.facility(100, 400, "hospital")}
    return toy.study(facilities=places, demand={"p": toy.people(100, 100, 9, 1)}, **change)


def city(report):
    [row] = report.findings[report.findings["level"] == "city"].to_dict("records")
    return row


def test_a_clause_on_nearness_reports_distances_and_leaves_the_verdict_to_a_person():
    found = city(audit(position_study(), position_rule(params={"near": ["hospital"]})))
    assert found["verdict"] == "review"
    # 300 m and the hypotenuse of 600 and 300
    assert found["value"] == pytest.approx((300 + 670.820393) / 2)
    assert found["farthest_m"] == pytest.approx(670.820393)


def test_a_clause_on_a_place_reports_the_share_that_stands_there():
    study = position_study(areas={"zone": box(0, 0, 500, 500)})
    assert city(audit(study, position_rule(params={"inside": "zone"})))["value"] == 0.5
    assert city(audit(study, position_rule(params={"outside": "zone"})))["value"] == 0.5
    assert city(audit(study, position_rule(params={"inside": "elsewhere"})))["verdict"] == "nodata"


def test_a_clause_on_nearness_without_the_other_list_is_no_data():
    found = city(audit(position_study(), position_rule(params={"near": ["library"]})))
    assert found["verdict"] == "nodata"
    assert "library" in found["note_en"]


def test_nothing_is_near_itself():
    """A nursing home that should be near hospitals or nursing homes is as far as the next one, however it is drawn."""
    near = position_rule(
        facilities=("elderly_care_facility", "nursing_home"), params={"near": ["hospital", "nursing_home"]}
    )
    home = toy.facility(100, 100, "nursing_home")
    drawn = {**home, "geometry": box(50, 50, 150, 150)}
    for own in (home, drawn):
        places = {
            "n": own,
            "h": toy.facility(100, 2100, "hospital"),
            "e": toy.facility(100, 1100, "elderly_care_facility"),
        }
        found = city(audit(toy.study(facilities=places, demand={"p": toy.people(100, 100, 9, 1)}), near))
        # the nursing home is 2000 m from the hospital; the old people's home stands between the two
        assert found["farthest_m"] == pytest.approx(2000)
        assert found["value"] == pytest.approx((2000 + (1000 if own is home else 950)) / 2)
    alone = toy.study(facilities={"n": home}, demand={"p": toy.people(100, 100, 9, 1)}, kinds=frozenset({"hospital"}))
    found = city(audit(alone, position_rule(facilities=("nursing_home",), params={"near": ["nursing_home"]})))
    assert np.isnan(found["value"])
    assert "none other" in found["note_en"]
    twin = {"n": home, "m": {**home, "name": "乙"}}
    found = city(audit(toy.study(facilities=twin, demand={"p": toy.people(100, 100, 9, 1)}), near))
    assert found["value"] == 0


@settings(max_examples=60, deadline=None)
@given(xy=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20), shared=st.integers(0, 20))
def test_the_nearest_other_is_the_nearest_of_all_but_itself(xy, shared):
    here = gpd.GeoSeries([Point(at) for at in xy], index=[f"f{n}" for n in range(len(xy))])
    there = here.iloc[:shared]
    expected = [min((a.distance(b) for j, b in there.items() if j != i), default=np.inf) for i, a in here.items()]
    assert nearest_other_m(here, there).tolist() == pytest.approx(expected)
