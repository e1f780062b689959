"""Cities of random outlines on a grid of millimetres: parts, holes, slivers, borders that touch in a point."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
import toy
from hypothesis import strategies as st
from shapely import LineString, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from zzgeo.intake.location import locate
from zzgeo.intake.study import Study

SIDE_M, GRID_M = 3_000, 0.001
KINDS = (
    *("elderly_day_care", "elderly_care_facility", "community_health_centre", "hospital", "village_clinic", "market"),
    *("culture_venue", "sports_venue", "fitness_ground", "public_toilet", "park", "township_health_centre"),
)
TYPES = ("urban-community", "village", "subdistrict", "township")

millimetres = st.integers(0, SIDE_M * 1000)
spots = st.tuples(millimetres, millimetres)


def on_grid(place: tuple[int, int]) -> tuple[float, float]:
    """Return a place in metres."""
    return place[0] / 1000, place[1] / 1000


@st.composite
def outlines(draw: st.DrawFn, most: int) -> list[BaseGeometry]:
    """Draw areas that tile a square but for holes: cut by lines, dealt out, with enclaves and strips of millimetres."""
    pieces: list[BaseGeometry] = [box(0, 0, SIDE_M, SIDE_M)]
    for ends in draw(st.lists(st.tuples(spots, spots).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=4)):
        (ax, ay), (bx, by) = map(on_grid, ends)
        far = LineString([(ax - 9 * (bx - ax), ay - 9 * (by - ay)), (bx + 9 * (bx - ax), by + 9 * (by - ay))])
        pieces = [part for piece in pieces for part in split(piece, far).geoms]
    for corner, size in draw(st.lists(st.tuples(spots, st.integers(1, 900_000)), max_size=2)):
        x, y = on_grid(corner)
        hole = box(x, y, x + size / 1000, y + max(size // 7, 1) / 1000)
        pieces = [part for piece in pieces for part in shapely.get_parts(piece.difference(hole))]
        if draw(st.booleans()):
            pieces.append(hole.intersection(box(0, 0, SIDE_M, SIDE_M)))
    pieces = [one for one in shapely.set_precision(pieces, GRID_M) if one.area > 0]
    number = draw(st.integers(1, min(most, len(pieces))))
    dealt = [draw(st.integers(0, number - 1)) for _ in pieces]
    areas = [shapely.union_all([one for one, to in zip(pieces, dealt, strict=True) if to == n]) for n in range(number)]
    return [area for area in areas if area.geom_type in ("Polygon", "MultiPolygon") and area.area > 0]


@st.composite
def cities(draw: st.DrawFn, *, with_units: bool) -> Study:
    """Draw a study: districts, people, facilities, land, areas, streets or none, and units if they are asked for."""
    districts = {f"4101{n:02d}": area for n, area in enumerate(draw(outlines(3)), start=1)}
    frame = toy.frame({code: {"name": code, "geometry": area} for code, area in districts.items()}, "code")
    homes = draw(outlines(6)) if with_units else []
    codes = locate(gpd.GeoSeries([shapely.point_on_surface(one) for one in homes], crs=toy.CRS), frame) if homes else []
    units = {
        f"u{n}": toy.unit(home, TYPES[n % 4], str(code), residents=1000.0, aged_60_plus=100.0)
        for n, (home, code) in enumerate(zip(homes, codes, strict=True))
        if isinstance(code, str)
    }
    # one more home stands in every district: a study is refused where nobody lives
    living = [on_grid(one) for one in draw(st.lists(spots, min_size=1, max_size=12))]
    living += [(one.x, one.y) for one in map(shapely.point_on_surface, districts.values())]
    points = gpd.GeoSeries(shapely.points(living), crs=toy.CRS)
    of_district, of_unit = locate(points, frame), pd.Series(None, index=points.index, dtype=object)
    if units:
        of_unit = locate(points, toy.frame(units, "code"))
    demand = {
        f"p{n}": toy.people(x, y, 10.0 * n + 1, n, str(of_district[n]), of_unit[n])
        for n, (x, y) in enumerate(living)
        if isinstance(of_district[n], str)
    }
    places = draw(st.lists(st.tuples(spots, st.sampled_from(KINDS)), max_size=12))
    facilities = {f"f{n}": _facility(n, *on_grid(spot), kind) for n, (spot, kind) in enumerate(places)}
    study = toy.study(
        facilities=facilities,
        demand=demand,
        districts=districts,
        units=units or None,
        streets=_grid_of_streets() if draw(st.booleans()) else None,
        land=draw(outlines(3)) if draw(st.booleans()) else None,
        kinds=frozenset(KINDS),
        areas={"central-city": draw(outlines(1))[0], "built-up": draw(outlines(1))[0]},
    )
    # a study without units knows no unit of its people
    told = study.demand.astype({"unit": object}) if units else study.demand.drop(columns="unit")
    study = dataclasses.replace(study, demand=told)
    zones = {f"z{n}": {"name": f"z{n}", "geometry": area} for n, area in enumerate(draw(outlines(1)))}
    return dataclasses.replace(study, zones=toy.frame(zones, "code") if draw(st.booleans()) else None)


def _facility(number: int, x: float, y: float, kind: str) -> dict[str, Any]:
    """Return a facility; a park is a square of its own size."""
    more = {"capacity": 50.0 * number if number % 3 else float("nan"), "ownership": "公办", "level": None}
    made = {**toy.facility(x, y, kind, **more), "name": f"站{number}"}
    return {**made, "geometry": box(x, y, x + 10 * number + 1, y + 40)} if kind == "park" else made


def _grid_of_streets() -> list[LineString]:
    steps = range(0, SIDE_M, 500)
    across = [LineString([(a, b), (a + 500, b)]) for a in steps for b in (*steps, SIDE_M)]
    return across + [LineString([(b, a), (b, a + 500)]) for a in steps for b in (*steps, SIDE_M)]
