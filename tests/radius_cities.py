"""Cities of circles and walks, as the rule definitions reckon them."""

from __future__ import annotations

import toy
from shapely import LineString, box

from zzgeo.standards import Rule, Standard, shipped

RADIUS = "zz18e-radius-urban-community"


ELDERLY_CIRCLE = "zz18e-core-15min-elderly-circle"


def only(*rules: Rule) -> list[Standard]:
    document = shipped()["zz2018-34"].document
    named = [rule.model_copy(update={"standard": document.id, "document": document.number}) for rule in rules]
    return [Standard(document=document, clauses=tuple(named))]


def r01_study(**more: object):
    f, b, c = (300.0, 400.0), (800.0, 400.0), (1100.0, 400.0)
    streets = [LineString([f, (200.0, 400.0)]), toy.detour(f, b, 620.0), toy.detour(b, c, 310.0)]
    return toy.study(
        facilities=more.pop("facilities", {"f": toy.facility(*f)}),
        demand={"A": toy.people(200, 400, 300, 120), "B": toy.people(*b, 200, 80), "C": toy.people(*c, 100, 50)},
        units={"1-1": toy.unit(box(0, 0, 1200, 800))},
        streets=streets,
        land=[box(0, 0, 1200, 800)],
        **more,
    )
