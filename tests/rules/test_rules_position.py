"""R23 position: how near, or where; a figure for a person to weigh."""

from __future__ import annotations

import pytest
import toy
from shapely import box

from zzgeo.auditing.run import audit
from zzgeo.standards import Rule, Standard, shipped


def position_rule(**change):
    words = {"title": "位置", "title_en": "position", "section": "s", "clause": "周边", "operator": "near"}
    rule = Rule(
        id="where",
        rule="position",
        facilities=("elderly_care_facility",),
        verified_on="2026-11-22",
        unit="m",
        **{**words, **change},
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
