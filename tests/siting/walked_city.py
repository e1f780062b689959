"""A street of four places with a health centre at its end, and one across the river nobody can walk to."""

from __future__ import annotations

import toy
from shapely import LineString, box

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.standards import Rule, Standard, find_rule, shipped

#: Every resident within fifteen minutes' walk of a centre: 990 m.
CENTRE = find_rule("zz17-chc-per-subdistrict").model_copy(update={"params": {"preset": "population-only"}})
COVERED_UNITS = find_rule("zz18e-coverage-urban-community").model_copy(
    update={"facilities": ("community_health_centre",)}
)


def report(rule: Rule) -> AuditReport:
    """Return the audit of the city by one clause."""
    centre = "community_health_centre"
    study = toy.study(
        facilities={"f": toy.facility(0, 0, centre), "g": toy.facility(1400, 300, centre, name="对岸")},
        demand={
            "p": toy.people(100, 0, 40, 10, unit="1-1"), "q": toy.people(1400, 0, 30, 6, unit="1-2"),
            "r": toy.people(2000, 0, 20, 5, unit="1-2"), "s": toy.people(1400, -250, 20, 5, unit="1-2"),
        },
        units={"1-1": toy.unit(box(-300, -300, 700, 200)), "1-2": toy.unit(box(700, -300, 3000, 200))},
        streets=[
            LineString([(0, 0), (1400, 0)]), LineString([(1400, 0), (1400, -250)]),
            toy.detour((1400, 0), (2000, 0), 1200), LineString([(1400, 300), (1500, 300)]),
        ],
        land=[box(-300, -300, 3000, 200)],
    )  # fmt: skip
    document = shipped()["zz2018-34"].document
    return audit(study, [Standard(document=document, clauses=(rule,))])
