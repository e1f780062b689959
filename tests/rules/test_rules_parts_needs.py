"""What the units of a clause lack, by the very findings of the clause."""

from __future__ import annotations

import numpy as np
import pytest
import toy
from planned_city import BEDS, CENTRES, SEVENTY, UNITS, city, report_of
from shapely import Point, box
from unit_cities import CHC, judged, rule, squares

from zzgeo.rules.parts.base import Context
from zzgeo.rules.parts.needs import UnitNeeds, needs_table

CENTRE = rule("health-centre", facilities=(CHC,), applies_to="subdistrict", value=1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("clause", [UNITS, SEVENTY, CENTRES, BEDS], ids=lambda clause: clause.id)
def test_a_unit_lacks_what_its_finding_says(clause, seed):
    report = report_of(city(seed), clause)
    needs = report.kinds[clause.id].unit_needs(report.context, clause)
    level = "district" if clause is BEDS else "unit"
    found = report.findings[report.findings["level"] == level].set_index("district" if clause is BEDS else "unit")
    short = (needs.table["need"] - needs.table["have"]).where(needs.served < 1, 0.0).clip(lower=0)
    assert short.to_dict() == found["gap"].loc[needs.table.index].astype(float).to_dict()
    assert ((needs.served == 1) == (found["verdict"].loc[needs.table.index] == "pass")).all()


def test_a_new_centre_answers_a_small_neighbour_too():
    outlines = squares(3, "subdistrict")
    people = (28_000, 60_000, 80_000)
    listed = {
        code: {**one, "name": code, "residents": n} for (code, one), n in zip(outlines.items(), people, strict=True)
    }
    home = {"p": toy.people(50, 50, 10, 10, unit=None)}
    study = toy.study(facilities={}, demand=home, units=listed, kinds=frozenset({CHC}))
    report = judged(study, CENTRE)
    needs = report.kinds["r"].unit_needs(report.context, CENTRE)
    places = toy.frame(
        {name: toy.facility(x, 50, CHC) for name, x in (("a", 50), ("b", 150), ("c", 250))}, "facility_id"
    )
    held = needs.held_by(places)
    assert sorted(zip(held["code"], held["facility_id"], strict=True)) == [
        ("s0", "a"),
        ("s0", "b"),
        ("s1", "b"),
        ("s2", "c"),
    ]
    one = judged(study.with_facilities(places.loc[["b"]]), CENTRE).findings
    assert one.loc[["r/unit/s0", "r/unit/s1", "r/unit/s2"], "verdict"].tolist() == ["pass", "pass", "fail"]


def test_a_clause_judged_by_people_alone_leaves_it_to_the_distance():
    study = city(0)
    alone = CENTRES.model_copy(update={"params": {"preset": "population-only"}})
    assert report_of(study, alone).kinds[alone.id].unit_needs(Context(study), alone) is None


def test_shares_of_a_need_lie_between_none_and_all():
    units = toy.frame({code: toy.unit(box(n, 0, n + 1, 1)) for n, code in enumerate("abcd")}, "code")
    have = units["name"].map(lambda _: 0.0).mask(units.index == "b", 2.0).mask(units.index == "c", 9.0)
    people = units["name"].map(lambda _: 100.0).mask(units.index == "a", np.nan)
    needs = UnitNeeds(needs_table(units, people, 4.0, have, units.index == "d"))
    assert needs.served.to_dict() == {"a": 0.0, "b": 0.5, "c": 1.0, "d": 1.0}
    assert np.isnan(needs.table.at["a", "people"])
    outside = toy.frame({"x": {"kind": "market", "geometry": Point(99, 99)}}, "facility_id")
    assert len(needs.held_by(outside)) == 0
