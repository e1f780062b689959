"""Every kind of rule in cities of random outlines: no error, nobody lost, every overlay areal."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from random_cities import GRID_M, cities, outlines

from zzgeo.auditing.run import audit
from zzgeo.rules import rule_kinds
from zzgeo.standards import Rule, Standard, shipped

# other cities every time, by the seed of the run; none is made smaller, which would take longer than to look at it
lawful = settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
OVERLAYS = ("intersection", "difference", "union", "union_all", "symmetric_difference", "coverage_union_all")


def of_every_kind() -> list[Standard]:
    """Return the first shipped clause of every kind of rule, those of one document together."""
    clauses: dict[str, list[Rule]] = {}
    for standard in shipped().values():
        for rule in standard.clauses:
            if rule.rule in rule_kinds():
                clauses.setdefault(rule.rule, []).append(rule)
    chosen = {rule.id: rule for rules in clauses.values() for rule in rules[:1]}
    # a kind for standards of a user's own, which no shipped clause is of
    assert set(rule_kinds()) - set(clauses) == {
        "reachable-capacity",
        "walk-distance",
        "mix",
        "weighted-score",
        "clause-score",
    }
    return [
        Standard(document=one.document, clauses=tuple(rule for rule in chosen.values() if rule.standard == name))
        for name, one in shipped().items()
    ]


STANDARDS = of_every_kind()


@pytest.fixture
def areal_overlays(monkeypatch):
    """Refuse every overlay that is given a mixture of polygons and lines: the next one would not take what it gives."""

    def watched(overlay, *shapes, **more):
        for one in shapes[: 1 if overlay.__name__.endswith("all") else 2]:
            mixed = shapely.get_type_id(one) == shapely.GeometryType.GEOMETRYCOLLECTION
            assert not np.any(mixed & ~shapely.is_empty(one)), f"{overlay.__name__} of a mixture"
        return overlay(*shapes, **more)

    for name in OVERLAYS:
        monkeypatch.setattr(
            shapely, name, functools.wraps(whole := getattr(shapely, name))(functools.partial(watched, whole))
        )


def lawful_audit(study) -> None:
    """Audit a city, and hold the result to what is true of every city."""
    report = audit(study, STANDARDS)
    people = float(study.demand["residents"].sum())
    findings = report.findings
    city = findings[(findings["level"] == "city") & findings["people"].notna()]
    # the audit stops where the districts do not add up to the city; here the city is held to the people there are
    assert (city["people"] <= people + 1e-6).all()
    known = findings[findings["people"].notna() & (findings["covered"] + findings["missed"]).notna()]
    parts = known["covered"] + known["missed"] + known["excluded"]
    np.testing.assert_allclose(parts.to_numpy(float), known["people"].to_numpy(float), atol=1e-6)
    assert set(report.gaps.geom_type) <= {"Polygon", "MultiPolygon"}
    assert report.gaps.is_valid.all()
    assert not (findings["verdict"] == "error").any()
    shares = findings.loc[findings["value_unit"] == "share", "value"].dropna()
    assert shares.between(0, 1 + 1e-9).all()


@lawful
@given(study=cities(with_units=True))
def test_every_kind_of_rule_in_districts_and_units_of_any_outline(study, areal_overlays):
    lawful_audit(study)


@lawful
@given(study=cities(with_units=False))
def test_every_kind_of_rule_without_units(study, areal_overlays):
    lawful_audit(study)


@settings(lawful, max_examples=25)
@given(areas=outlines(4))
def test_the_outlines_drawn_are_areas_that_share_no_ground(areas):
    assert all(area.is_valid for area in areas)
    whole = sum(area.area for area in areas)
    # each corner was moved to the grid by itself: along an edge of kilometres that is a square metre
    moved = GRID_M * sum(area.length for area in areas)
    assert whole == pytest.approx(shapely.union_all(areas).area, abs=moved)
