"""A grid of streets with people, a few facilities and clauses of every kind that sites answer, from a seed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
import toy
from shapely import LineString, Point, box

from zzgeo.auditing.report import AuditReport
from zzgeo.auditing.run import audit
from zzgeo.intake.study import Study
from zzgeo.standards import Rule, Standard, find_rule, shipped

RADIUS = find_rule("zz18e-radius-urban-community")
CIRCLE = find_rule("zz18e-core-15min-elderly-circle").model_copy(update={"area": None})
UNITS = find_rule("zz18e-coverage-urban-community")
CULTURE = find_rule("zz18e-15min-culture-sport-circle").model_copy(update={"area": None})
BEDS = find_rule("zz18e-elderly-beds-per-1000")
CENTRES = find_rule("zz17-chc-per-subdistrict").model_copy(update={"params": {"people_per_centre": 2000.0}})
SEVENTY = find_rule("zz18e-70-bed-centre")

#: Half the blocks of the grid, and their side in metres.
BLOCKS, SIDE = 5, 400.0


def city(seed: int, *, streets: bool = True, rings: dict | None = None) -> Study:
    """Return a city of 2 x 2 km: two districts, four communities, a subdistrict each, an island of streets."""
    random = np.random.default_rng(seed)
    edge = BLOCKS * SIDE
    demand = {
        f"p{n}": toy.people(
            *(spot := random.uniform(0, edge, 2).round(1)),
            float(random.integers(10, 300)),
            float(random.integers(1, 60)),
            district="1" if spot[0] < edge / 2 else "2",
            unit=f"u{int(spot[0] >= edge / 2)}{int(spot[1] >= edge / 2)}",
        )
        for n in range(60)
    }
    # they live on streets of their own, from which no way leads to the others
    for n, x in enumerate((3 * edge, 3 * edge + 150.0)):
        demand[f"i{n}"] = toy.people(x, 50.0, 40.0, 9.0, district="2", unit="u10")
    facilities = {
        f"f{n}": toy.facility(*random.uniform(0, edge, 2), kind, name=f"所{n}", **more)
        for n, (kind, more) in enumerate(
            [
                ("elderly_day_care", {"capacity": 20.0}),
                ("culture_venue", {}),
                ("community_health_centre", {}),
                ("elderly_care_facility", {"capacity": 45.0}),
            ]
        )
    }
    half = edge / 2
    shapes = {f"u{i}{j}": box(i * half, j * half, (i + 1) * half, (j + 1) * half) for i in (0, 1) for j in (0, 1)}
    shapes["u10"] = shapes["u10"].union(box(half, 0, 4 * edge, 100.0))
    units = {code: toy.unit(shape, district="1" if code[1] == "0" else "2") for code, shape in shapes.items()}
    units |= {f"s{i}": toy.unit(shapes[f"u{i}0"].union(shapes[f"u{i}1"]), "subdistrict", str(i + 1)) for i in (0, 1)}
    lines = [LineString([(0, n * SIDE), (edge, n * SIDE)]) for n in range(BLOCKS + 1)]
    lines += [LineString([(n * SIDE, 0), (n * SIDE, edge)]) for n in range(BLOCKS + 1)]
    grid = [*_noded(lines), LineString([(3 * edge - 50, 50), (3 * edge + 300, 50)])]
    return toy.study(
        facilities=facilities,
        demand=demand,
        units=units,
        streets=grid if streets else None,
        districts={"1": box(-500, -500, half, edge + 500), "2": box(half, -500, 4 * edge, edge + 500)},
        kinds=frozenset(
            {"elderly_day_care", "culture_venue", "sports_venue", "community_health_centre", "nursing_home", "park"}
        ),
        areas=rings or {},
    )


def _noded(lines: list[LineString]) -> list[LineString]:
    return list(shapely.get_parts(shapely.node(shapely.union_all(lines))))


def parcels(study: Study, seed: int, number: int = 15, **columns: object) -> gpd.GeoDataFrame:
    """Return parcels at random, one of them on the island, two at one place."""
    random = np.random.default_rng(seed)
    spots = [Point(*random.uniform(0, BLOCKS * SIDE, 2).round(1)) for _ in range(number - 2)]
    spots += [Point(3 * BLOCKS * SIDE + 20.0, 50.0), spots[0]]
    cost = random.integers(10, 100, number) * 10_000.0
    table = {
        "name": [f"地块{n}" for n in range(number)],
        "cost_yuan": cost,
        "capacity": random.integers(5, 90, number) * 1.0,
    }
    index = [f"c{n}" for n in range(number)]
    return gpd.GeoDataFrame(table | columns, geometry=spots, crs=study.crs, index=index)


def report_of(study: Study, *rules: Rule) -> AuditReport:
    """Return the audit of a city by some clauses."""
    return audit(study, [Standard(document=shipped()["zz2018-34"].document, clauses=rules)])
