"""Synthetic places of real numbers of people: points along streets whose sums are the county totals exactly."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.spatial import cKDTree

from sample.arithmetic import apportion, generator, random_points
from sample.totals import AGED_60_PLUS, COUNTIES, CRS, MODEL_COUNTY, RURAL_ELDERLY_TILT

#: No home in the county that is to meet the 500 m clause lies farther from the middle of its community's homes.
MODEL_REACH_M = 400.0
TO_DEGREES = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
TO_METRES = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)


def settle(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give every community and village its residents and people 60+; counties and the city add up exactly."""
    units = units.assign(residents=0, aged_60_plus=0)
    urban = (units["type"] == "社区").to_numpy()
    for number, county in enumerate(COUNTIES):
        rng = generator(9, number)
        mine = (units["district"] == county.code).to_numpy()
        in_towns = round(county.residents * county.urban_share)
        for mask, total, least in ((mine & urban, in_towns, 900), (mine & ~urban, county.residents - in_towns, 150)):
            area = np.clip(units.geometry[mask].area.to_numpy(), 2e5, 6e6)
            town = np.where(units.loc[mask, "kind"] == "镇区", 0.55, 1.0)
            weights = area**0.3 * rng.lognormal(0, 0.42, int(mask.sum())) * town
            units.loc[mask, "residents"] = apportion(total, weights, least)
    rng = generator(10)
    rate = np.where(urban, 1.0, RURAL_ELDERLY_TILT) * np.clip(rng.normal(1.0, 0.16, len(units)), 0.55, 1.5)
    units["aged_60_plus"] = apportion(AGED_60_PLUS, units["residents"].to_numpy() * rate)
    return units


def homes(units: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, parks: list[shapely.Geometry]) -> pd.DataFrame:
    """Place the people: one row per point with x, y, unit and both groups, ordered by unit."""
    where = _beside_streets(streets, parks)
    tree = shapely.STRtree(shapely.points(where))
    inner = units.geometry.buffer(-6).to_numpy()
    tile, point = tree.query(inner, predicate="contains")
    members = pd.Series(point).groupby(tile).agg(lambda rows: np.sort(rows.to_numpy())).to_dict()
    rng = generator(12)
    rows = []
    for number, unit in enumerate(units.itertuples()):
        near = where[members.get(number, np.empty(0, dtype=int))]
        seed = np.array([unit.seed_x, unit.seed_y])
        place = _community if unit.type == "社区" else _village
        xy, weights = place(unit, near, seed, inner[number], rng)
        rows.append(_share_out(unit, xy, weights, rng))
    table = pd.concat(rows, ignore_index=True)
    table["lon"], table["lat"] = (np.round(c, 6) for c in TO_DEGREES.transform(table["x"], table["y"]))
    table["x"], table["y"] = TO_METRES.transform(table["lon"], table["lat"])
    points, lines = shapely.points(table[["x", "y"]].to_numpy()), streets.geometry.to_numpy()
    table["off_street_m"] = shapely.distance(points, lines[shapely.STRtree(lines).nearest(points)])
    return table


def _beside_streets(streets: gpd.GeoDataFrame, parks: list[shapely.Geometry]) -> np.ndarray:
    """Walk along all streets and step aside: places where a house could stand, shape (n, 2)."""
    rng = generator(11)
    lines = streets.geometry.to_numpy()
    length = shapely.length(lines)
    steps = np.where(streets["highway"] == "unclassified", 160.0, 62.0)
    count = np.maximum(1, (length / steps).astype(int))
    line = np.repeat(np.arange(len(lines)), count)
    along = rng.uniform(0.06, 0.94, len(line)) * length[line]
    here = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines[line], np.minimum(along + 1, length[line])))
    way = ahead - here
    distance = rng.choice([-1, 1], len(line)) * rng.uniform(14, 46, len(line))
    aside = np.column_stack([-way[:, 1], way[:, 0]]) * distance[:, None]
    xy = here + aside
    green = shapely.union_all(parks)
    shapely.prepare(green)
    return xy[~shapely.contains_xy(green, xy[:, 0], xy[:, 1])]


def _community(
    unit: tuple, near: np.ndarray, seed: np.ndarray, tile: shapely.Geometry, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    if unit.district == MODEL_COUNTY:
        near = near[np.hypot(*(near - near.mean(axis=0)).T) < MODEL_REACH_M]
    if len(near) < 4:
        near = np.concatenate([near, random_points(tile, 4, rng)])
    count = min(len(near), int(np.clip(unit.residents / 385, 14, 36)))
    chosen = near[rng.choice(len(near), count, replace=False)]
    return chosen, rng.lognormal(0, 0.5, count)


def _village(
    unit: tuple, near: np.ndarray, seed: np.ndarray, tile: shapely.Geometry, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Place two to six hamlets: the main one at the village street, others along roads, a few off any road."""
    count = int(np.clip(1 + rng.poisson(3.3), 2, 6))
    near = near if len(near) else random_points(tile, 3, rng)
    distance = np.hypot(*(near - seed).T)
    main = near[int(distance.argmin())]
    weights = np.exp(-distance / 700.0)
    order = rng.choice(len(near), min(len(near), 40), replace=False, p=weights / weights.sum())
    chosen = [main]
    for candidate in near[order]:
        if len(chosen) < count and np.hypot(*(np.array(chosen) - candidate).T).min() > 170:
            chosen.append(candidate)
    sizes = np.sort(rng.lognormal(0, 0.4, len(chosen)) * np.array([1.6] + [1.0] * (len(chosen) - 1)))[::-1]
    if rng.random() < 0.06:
        off = random_points(tile, 12, rng)
        far = cKDTree(near).query(off)[0]
        if 230 < far.max() < 900:
            chosen.append(off[int(far.argmax())])
            sizes = np.append(sizes, 0.3)
    return np.array(chosen), sizes


def _share_out(unit: tuple, xy: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Split a unit's people over its points; nobody is 60+ who does not live there."""
    residents = apportion(int(unit.residents), weights, min(8, int(unit.residents) // len(weights)))
    aged = apportion(int(unit.aged_60_plus), residents * np.clip(rng.normal(1, 0.12, len(weights)), 0.6, 1.4))
    if (aged > residents).any():
        raise RuntimeError(f"more people 60+ than residents in {unit.Index}")
    x, y = xy.T
    return pd.DataFrame({"x": x, "y": y, "unit": unit.Index, "residents": residents, "aged_60_plus": aged})


def residential_land(units: gpd.GeoDataFrame, people: pd.DataFrame, parks: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    """Draw settlement patches around people: one row per unit, never beyond the unit or into a park."""
    green = shapely.union_all(parks)
    shapely.prepare(green)
    patches = []
    for code, group in people.groupby("unit", sort=True):
        urban = units.at[code, "type"] == "社区"
        around = shapely.points(group[["x", "y"]].to_numpy())
        radius = 95.0 if urban else np.clip(6.0 * np.sqrt(group["residents"].to_numpy()), 50, 120)
        patch = shapely.union_all(shapely.buffer(around, radius, cap_style="square"))
        patch = shapely.simplify(patch, 22).buffer(0).intersection(units.at[code, "geometry"])
        if green.intersects(patch):
            patch = patch.difference(green)
        parts = [part for part in shapely.get_parts(patch) if part.geom_type == "Polygon" and part.area > 2500]
        if not parts:
            raise RuntimeError(f"{code} has people but no room for their homes")
        patches.append((code, shapely.MultiPolygon(parts)))
    return gpd.GeoDataFrame({"代码": [p[0] for p in patches]}, geometry=[p[1] for p in patches], crs=CRS)
