"""Synthetic communities, villages, subdistricts, townships: tiles that cover each real county exactly."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree

from sample import names
from sample.arithmetic import generator, random_points, spread
from sample.places import CENTRE, Settlement
from sample.totals import BY_CODE, COUNTIES, CRS, County

TILE_GRID_M = 0.001
#: Numbers that the register of real units does not use, inside the ranges the code standard keeps for each type.
FIRST_SUBDISTRICT, FIRST_TOWNSHIP = 71, 171


def county_units(
    counties: gpd.GeoDataFrame, main: list[Settlement], towns: list[Settlement], parks: list[shapely.Geometry]
) -> gpd.GeoDataFrame:
    """Tile every county; one row per community or village with its seed, members ordered by code."""
    tables = []
    green = shapely.union_all(parks).buffer(60)
    for number, county in enumerate(COUNTIES):
        rng = generator(7, number)
        own = [town for town in towns if town.county == county.code]
        tables.append(_one_county(county, counties.geometry[county.code], main, own, green, rng))
    return pd.concat(tables, ignore_index=True).set_crs(CRS).set_index("code")


def _one_county(
    county: County,
    polygon: shapely.Geometry,
    main: list[Settlement],
    towns: list[Settlement],
    green: shapely.Geometry,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    town_area = shapely.union_all([town.area for town in towns]) if towns else shapely.Polygon()
    mine = [s.area.intersection(polygon) for s in main if s.county in ("", county.code)]
    built_up = shapely.union_all([p for area in mine for p in shapely.get_parts(area) if p.area > 3e5])
    rural = polygon.difference(shapely.union_all([built_up, town_area]))
    community_seeds = _community_seeds(built_up.difference(green), county, rng)
    village_seeds = spread(random_points(rural.buffer(-120), 45 * county.villages, rng), county.villages, rng)
    seats = np.array([town.centre for town in towns]).reshape(-1, 2)
    seeds = np.concatenate([community_seeds, seats, village_seeds])
    kinds = np.repeat(["社区", "镇区", "行政村"], [len(community_seeds), len(seats), len(village_seeds)])
    tiles = _tiles(polygon, built_up, [town.area for town in towns], rural, seeds, kinds)
    parent = _parents(seeds, kinds, seats, county, rng)
    columns = {"seed_x": seeds[:, 0], "seed_y": seeds[:, 1], "kind": kinds, "parent": parent}
    table = gpd.GeoDataFrame(columns, geometry=tiles)
    return _coded(table, county, rng)


def _community_seeds(homes: shapely.Geometry, county: County, rng: np.random.Generator) -> np.ndarray:
    """Spread community seeds over the built-up area outside parks, closer together near the centre of the city."""
    count = county.communities - county.townships
    xy = random_points(homes, 200 * count, rng)
    chance = 0.25 + 0.75 * np.exp(-np.hypot(*(xy - CENTRE).T) / 6000.0) if county.town is None else np.ones(len(xy))
    return spread(xy[rng.random(len(xy)) < chance], count, rng)


def _voronoi(seeds: np.ndarray, area: shapely.Geometry) -> shapely.Geometry:
    if len(seeds) < 2:
        return shapely.MultiLineString()
    edges = shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=area.envelope, only_edges=True)
    return shapely.intersection(edges, area)


def _tiles(
    polygon: shapely.Geometry,
    built_up: shapely.Geometry,
    town_areas: list[shapely.Geometry],
    rural: shapely.Geometry,
    seeds: np.ndarray,
    kinds: np.ndarray,
) -> np.ndarray:
    """Cut the county along all borders at once, then give every face to its seed: no gap and no overlap can arise."""
    borders = [polygon.boundary, built_up.boundary, *[area.boundary for area in town_areas]]
    borders += [_voronoi(seeds[kinds == "社区"], built_up), _voronoi(seeds[kinds == "行政村"], rural)]
    linework = shapely.get_parts(shapely.union_all(borders, grid_size=TILE_GRID_M))
    faces = np.array(shapely.get_parts(shapely.polygonize(linework)))
    inner = shapely.point_on_surface(faces)
    faces, inner = faces[shapely.dwithin(polygon, inner, 1e-3)], inner[shapely.dwithin(polygon, inner, 1e-3)]
    urban = shapely.intersects(built_up, inner)
    xy = shapely.get_coordinates(inner)
    number = np.empty(len(faces), dtype=int)
    for mask, kind in ((urban, "社区"), (~urban, "行政村")):
        members = np.flatnonzero(kinds == kind)
        number[mask] = members[cKDTree(seeds[members]).query(xy[mask])[1]]
    first_town = int(np.flatnonzero(kinds == "镇区")[0]) if town_areas else 0
    for k, area in enumerate(town_areas):
        number[shapely.intersects(area, inner)] = first_town + k
    return np.array([shapely.coverage_union_all(faces[number == i]) for i in range(len(seeds))])


def _parents(
    seeds: np.ndarray, kinds: np.ndarray, seats: np.ndarray, county: County, rng: np.random.Generator
) -> np.ndarray:
    """Group tiles into subdistricts (first numbers) and townships (numbers after these)."""
    communities = np.flatnonzero(kinds == "社区")
    start = spread(seeds[communities], county.subdistricts, rng)
    centres, group = kmeans2(seeds[communities], start, iter=20, minit="matrix", missing="raise")
    parent = np.full(len(seeds), -1)
    parent[communities] = group
    parent[kinds == "镇区"] = county.subdistricts + np.arange(county.townships)
    villages = np.flatnonzero(kinds == "行政村")
    to_subdistrict = np.hypot(*(seeds[villages][:, None] - centres[None]).transpose(2, 0, 1))
    distance = to_subdistrict
    if len(seats):
        to_seat = np.hypot(*(seeds[villages][:, None] - seats[None]).transpose(2, 0, 1))
        distance = np.concatenate([to_subdistrict * 1.7, to_seat], axis=1)
    parent[villages] = distance.argmin(axis=1)
    return parent


def _coded(table: gpd.GeoDataFrame, county: County, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Give codes (6 county + 3 township level + 3) and made-up names."""
    township = table["parent"] >= county.subdistricts
    first = np.where(township, FIRST_TOWNSHIP - county.subdistricts, FIRST_SUBDISTRICT)
    number = first + table["parent"].to_numpy()
    table["type"] = np.where(table["kind"] == "行政村", "行政村", "社区")
    table = table.assign(parent=[f"{county.code}{n:03d}000" for n in number])
    table = table.sort_values(["parent", "type", "seed_y", "seed_x"], ascending=[True, False, False, True])
    rank = table.groupby(["parent", "type"]).cumcount() + np.where(table["type"] == "社区", 1, 200)
    table["code"] = table["parent"].str[:9] + rank.map("{:03d}".format)
    table["district"] = county.code
    table["name"] = names.unit_names(table["type"].to_numpy(), rng)
    return table.sort_values("code").reset_index(drop=True)


def parents(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Unite members into subdistricts and townships; people are the sums of the members'."""
    people = units.groupby("parent")[["residents", "aged_60_plus"]].sum()
    shapes = {code: shapely.coverage_union_all(part.geometry.to_numpy()) for code, part in units.groupby("parent")}
    table = gpd.GeoDataFrame(people, geometry=[shapes[code] for code in people.index], crs=CRS)
    subdistrict = table.index.str[6:9].astype(int) < FIRST_TOWNSHIP
    table["type"] = np.where(subdistrict, "街道", "乡镇")
    table["district"] = table.index.str[:6]
    table["name"] = ""
    for number, code in enumerate(BY_CODE):
        mask = (table["district"] == code).to_numpy()
        table.loc[mask, "name"] = names.parent_names(table.loc[mask, "type"].to_numpy(), generator(8, number))
    return table.rename_axis("code")
