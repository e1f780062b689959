"""Do the districts tile the city? Overlaps count people twice, gaps leave them out: measured in m² and in people."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.errors import Problem
from zzgeo.land import areal, without
from zzgeo.vocabulary.people import HOME_UNITS

#: Overlaps and gaps below this are the rounding of coordinates.
SLIVER_M2 = 1.0
#: … as are those below this share of the smaller of two districts.
SLIVER_SHARE = 1e-9
#: … and those narrower than this on average: borders drawn apart by a rounding step.
SLIVER_WIDTH_M = 0.05

# A district touches a strip if more than this share of the strip's outline is its border.
_CONTACT = 0.1

#: A strip open to the outside is a gap if it is no wider than this; wider ones are taken as land beyond the city.
WIDEST_GAP_M = 250.0

#: Units of which more than this share of the land lies outside their district do not fit the districts.
UNITS_APART = 0.02


def topology_problems(districts: gpd.GeoDataFrame, demand: gpd.GeoDataFrame | None, where: str) -> list[Problem]:
    """Warn of districts that overlap, and of gaps between them.

    Parameters
    ----------
    districts
        Polygons in a metric CRS, indexed by code, shape (n_districts, ...).
    demand
        People on points in the same CRS, to count those concerned; None where there are none yet. Where the districts
        themselves carry ``residents``, those of an overlap are estimated by area.
    where
        The file, for the messages.
    """
    return [*_overlap_problems(districts, demand, where), *_gap_problems(districts, demand, where)]


def zone_problems(
    zones: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, demand: gpd.GeoDataFrame | None
) -> list[Problem]:
    """Say how much of each district a functional zone takes up: its people are counted there and here, never summed."""
    problems = []
    for code, zone in zones.geometry.items():
        shared = areal(shapely.intersection(districts.geometry.to_numpy(), zone))
        parts = [
            f"{district} {area / 1e6:,.1f} km²{_people(part, demand)}"
            for district, part, area in zip(districts.index, shared, shapely.area(shared), strict=True)
            if area > SLIVER_M2
        ]
        why = "the zone lies across these districts: it is judged apart and never added to them"
        value = f"{code} in " + ("; ".join(parts) or "no district")
        problems.append(Problem("topology.zone", "zones", value, why, "nothing to do", "warning", (str(code),)))
    return problems


def unit_problems(units: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> list[Problem]:
    """Warn where units, which make up the districts, lie outside them: one of the two layers is out of place.

    Of each unit the land outside its district counts; units drawn from other borders lie outside by less than
    `UNITS_APART` of their land.
    """
    homes = units[units["type"].isin(HOME_UNITS) & units["district"].isin(districts.index)]
    shapes = homes.geometry.to_numpy()
    own = districts.geometry.reindex(homes["district"]).to_numpy()
    inside = np.zeros(len(homes), dtype=bool)
    for code in homes["district"].unique():
        here = (homes["district"] == code).to_numpy()
        outline = districts.geometry[code]
        shapely.prepare(outline)
        inside[here] = shapely.covered_by(shapes[here], outline)
    outside = np.zeros(len(homes))
    outside[~inside] = [without(*both).area for both in zip(shapes[~inside], own[~inside], strict=True)]
    share = outside.sum() / max(float(shapely.area(shapes).sum()), SLIVER_M2)
    if share <= UNITS_APART:
        return []
    value = f"{outside.sum() / 1e6:,.2f} km², {share:.1%} of the land of {len(homes):,} units"
    why = "that land lies outside the district its unit belongs to: the two layers do not fit"
    return [
        Problem("topology.units_apart", "units, districts", value, why, "check the datum of both layers", "warning")
    ]


def overlaps(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return what pairs of districts share: ``first``, ``second``, ``area_m2`` and the shared polygon."""
    shapes = districts.geometry.values
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    shared = areal(np.asarray(shapely.intersection(shapes[first], shapes[second]), dtype=object))
    area = shapely.area(shared)
    smaller = np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second]))
    real = (area > np.maximum(SLIVER_M2, SLIVER_SHARE * smaller)) & (_width(shared) > SLIVER_WIDTH_M)
    codes = districts.index.to_numpy(dtype=object)
    table = {"first": codes[first[real]], "second": codes[second[real]], "area_m2": area[real]}
    return gpd.GeoDataFrame(table, geometry=shared[real], crs=districts.crs)


def gaps(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return land between districts that belongs to none: ``beside`` (codes, the longest border first), ``area_m2``.

    Holes of the city count, and strips between two districts that are open to the outside, up to `WIDEST_GAP_M` wide.
    A bay in the border of a single district is not between districts.
    """
    shapes = districts.geometry.values
    # borders a rounding step apart are closed first, or each would be a strip of its own
    whole = _widened(shapely.union_all(_widened(shapes, SLIVER_WIDTH_M)), -SLIVER_WIDTH_M)
    outlines: Any = shapely.get_exterior_ring(shapely.get_parts(whole))
    rings: Any = shapely.polygons(outlines)
    bridged = _widened(_widened(whole, WIDEST_GAP_M / 2), -WIDEST_GAP_M / 2)
    filled = shapely.union_all(np.append(rings, bridged))
    parts = shapely.get_parts(shapely.difference(filled, shapely.union_all(shapes)))
    parts = parts[(shapely.area(parts) > SLIVER_M2) & (_width(parts) > SLIVER_WIDTH_M)]
    rows = [(part, *_beside(part, districts)) for part in parts]
    real = [(part, beside) for part, beside, between in rows if between]
    table = {"beside": [beside for _, beside in real], "area_m2": [float(part.area) for part, _ in real]}
    return gpd.GeoDataFrame(table, geometry=[part for part, _ in real], crs=districts.crs)


def _widened(shapes: Any, metres: float) -> Any:
    return shapely.buffer(shapes, metres, quad_segs=1, join_style="mitre")


def _width(shapes: Any) -> Any:
    """Return how wide areas are on average: twice the area over the length of the outline."""
    length = shapely.length(shapes)
    return 2 * shapely.area(shapes) / np.where(length > 0, length, np.inf)


def _beside(part: BaseGeometry, districts: gpd.GeoDataFrame) -> tuple[str, bool]:
    """Return the codes at the border of a strip, and whether it lies between districts or is enclosed."""
    shapes = districts.geometry.values
    near = np.flatnonzero(shapely.dwithin(shapes, part, 4 * SLIVER_WIDTH_M))
    edge = _widened(shapes[near], 4 * SLIVER_WIDTH_M)
    contact = shapely.length(shapely.intersection(part.boundary, edge)) / part.length
    order = np.argsort(-contact, kind="stable")
    codes = [str(districts.index[near[at]]) for at in order if contact[at] > _CONTACT]
    enclosed = bool(shapely.length(shapely.difference(part.boundary, shapely.union_all(edge))) < 1e-3 * part.length)
    return ", ".join(codes), len(codes) > 1 or enclosed


def _overlap_problems(districts: gpd.GeoDataFrame, demand: gpd.GeoDataFrame | None, where: str) -> list[Problem]:
    problems = []
    for row in overlaps(districts).itertuples():
        people = _people(row.geometry, demand)
        if people == "" and "residents" in districts.columns:
            shared = districts.loc[[row.first, row.second]]
            by_area = float((shared["residents"] * row.area_m2 / shared.geometry.area).sum())
            people = "" if np.isnan(by_area) else f", about {by_area:,.0f} people by area"
        value = f"{row.first} and {row.second} share {row.area_m2:,.0f} m²{people}"
        why = "two districts hold the same land: a place there belongs to the one with the smaller code"
        remedy = "correct the borders, or name a functional zone under [zones]"
        rows = (str(row.first), str(row.second))
        problems.append(Problem("topology.overlap", where, value, why, remedy, "warning", rows))
    return problems


def _gap_problems(districts: gpd.GeoDataFrame, demand: gpd.GeoDataFrame | None, where: str) -> list[Problem]:
    problems = []
    for row in gaps(districts).itertuples():
        value = f"{row.area_m2:,.0f} m² beside {row.beside}{_people(row.geometry, demand)}"
        why = "land between districts belongs to none: people there are in no district"
        rows = tuple(str(row.beside).split(", "))
        problems.append(Problem("topology.gap", where, value, why, "correct the borders", "warning", rows))
    return problems


def _people(area: BaseGeometry, demand: gpd.GeoDataFrame | None) -> str:
    if demand is None or "residents" not in demand.columns:
        return ""
    inside = demand.geometry.within(area)
    return f", {demand.loc[inside, 'residents'].sum():,.0f} people"
