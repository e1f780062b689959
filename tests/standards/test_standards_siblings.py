"""What is too small for one clause of a document is too small for every clause that counts places of the same kinds."""

from __future__ import annotations

import pytest
import toy
from shapely import box
from unit_cities import judged

from zzgeo.standards import find_rule, shipped

#: Kinds of rules that count the places where facilities stand.
PLACES = ("service-radius", "time-circle", "unit-coverage", "existence-capacity")


@pytest.mark.parametrize("standard", shipped())
def test_clauses_of_a_document_that_count_the_same_kinds_ask_the_same_size(standard):
    sizes: dict[str, set[object]] = {}
    for clause in shipped()[standard].clauses:
        if clause.rule in PLACES:
            for kind in set(clause.facilities) & {"elderly_day_care", "community_health_station", "market"}:
                sizes.setdefault(kind, set()).add(clause.params.get("min_floor_area_m2"))
    assert all(len(asked) == 1 for asked in sizes.values()), sizes


@pytest.mark.parametrize(("m2", "verdict"), [(150.0, "fail"), (200.0, "pass"), (None, "pass")])
def test_radius_and_coverage_agree_on_a_small_facility(m2, verdict):
    study = toy.study(
        facilities={"f": toy.facility(0, 0, floor_area_m2=float("nan") if m2 is None else m2)},
        demand={"a": toy.people(100, 0, 10, 10)},
        units={"1-1": toy.unit(box(-400, -400, 400, 400))},
    )
    rules = [find_rule("zz18e-radius-urban-community"), find_rule("zz18e-coverage-urban-community")]
    table = judged(study, *rules).findings
    places = table[table["level"] == "district"]
    assert places["verdict"].tolist() == [verdict, verdict]
