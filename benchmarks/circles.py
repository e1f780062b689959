"""Time the living circles of a whole city, and check them against scipy alone on the same crossings.

Run from the project's top folder: ``python -m benchmarks.circles`` (500,000 crossings, a million places, 15 classes,
3 times, two groups) or ``--scale 0.1``. Network and snapping, which an audit of the city has already, are told apart
from the circles. Everybody and every facility stands at a crossing, so that Dijkstra of scipy on the graph of crossings
is exact: every count has to be the same.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import resource
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.cities import CRS, streets
from benchmarks.city import CORNER, FACILITIES, NODES, PEOPLE, _tiles, _units
from zzgeo.circles import Basket, LivingCircles, living_circles, read_basket
from zzgeo.intake.study import Study

#: Seconds and gigabytes the circles of a whole city may take beside its audit, on two cores.
TARGET_S, TARGET_GB = 30.0, 3.0

#: How many classes are asked for.
CLASSES = 15


def city(scale: float) -> tuple[Study, Basket]:
    """Return a city of this share of the full size, everybody at a crossing, and a basket of 15 classes."""
    rng = np.random.default_rng(7)
    lines = streets(round(NODES * scale))
    lines = lines.set_geometry(gpd.GeoSeries(shapely.transform(lines.geometry.values, _shifted), crs=CRS))
    ends = shapely.get_coordinates(shapely.get_point(lines.geometry.values, 0))
    crossings = np.unique(ends, axis=0)
    box = shapely.buffer(shapely.box(*lines.total_bounds), 50, join_style="mitre")
    districts = _tiles(box, 4, 3)
    districts["code"] = [f"{410101 + n}" for n in range(len(districts))]
    districts["name"] = "区" + districts["code"]
    units = _units(box, districts)
    where = crossings[rng.integers(0, len(crossings), round(PEOPLE * scale))]
    people = gpd.GeoDataFrame(geometry=shapely.points(where), crs=CRS).rename_axis("demand_id")
    people.index = people.index.astype(str)
    row, unit = units.sindex.query(people.geometry.values, predicate="intersects")
    home = np.zeros(len(people), dtype=np.int64)
    home[row] = unit
    people["unit"], people["district"] = units["code"].to_numpy()[home], units["district"].to_numpy()[home]
    people["residents"] = rng.integers(0, 21, len(people)).astype(float)
    people["aged_60_plus"] = np.floor(people["residents"] * 0.2)
    full = read_basket("gb50180-15")
    basket = dataclasses.replace(full, classes=full.classes[:CLASSES])
    kinds = sorted({kind for one in basket.classes for kind in one.kinds})
    stands = crossings[rng.integers(0, len(crossings), round(FACILITIES * scale))]
    columns = {
        "kind": rng.choice(kinds, len(stands)),
        "name": [f"设施{n}" for n in range(len(stands))],
        "source": "made",
    }
    facilities = gpd.GeoDataFrame(columns, geometry=shapely.points(stands), crs=CRS).rename_axis("facility_id")
    facilities.index = "f" + facilities.index.astype(str)
    study = Study(
        path=Path("circles.toml"),
        name="基准城市",
        name_en="Benchmark city",
        jurisdiction="benchmark",
        as_of=dt.date(2018, 12, 31),
        crs=pyproj.CRS(CRS),
        districts=districts.set_index("code"),
        facilities=facilities,
        demand=people,
        units=units.set_index("code"),
        streets=lines.rename_axis("edge_id"),
        land=None,
        kinds_known=frozenset(kinds),
    )
    return study, basket


def _shifted(xy: np.ndarray) -> np.ndarray:
    return xy + np.array(CORNER)


def by_scipy(study: Study, basket: Basket) -> pd.DataFrame:
    """Return the people who reach each class within its limit, by class and group, computed by scipy alone."""
    node, u, v, metres = crossings_of(study)
    graph = coo_array((metres, (u, v)), shape=(len(node), len(node))).tocsr()
    home, stands = at_crossings(node, study.demand), at_crossings(node, study.facilities)
    rows = []
    for asked in basket.classes:
        of_class = study.facilities["kind"].isin(asked.kinds).to_numpy()
        walks = dijkstra(graph, directed=False, indices=np.unique(stands[of_class]), min_only=True)[home]
        for group in ("residents", "aged_60_plus"):
            limit = (asked.minutes or 0.0) * 60 * study.walking.speed(group)
            covered = float(study.demand[group].to_numpy()[walks <= limit + 1e-6].sum())
            rows.append({"class": asked.id, "group": group, "covered": covered})
    return pd.DataFrame(rows).set_index(["class", "group"])


def saved(study: Study, basket: Basket, circles: LivingCircles, path: Path) -> None:
    """Save the city as plain arrays, with what the circles count, for packages of other environments."""
    node, u, v, metres = crossings_of(study)
    own = circles.classes.set_index(["class", "group"])["covered"]
    kinds = {one.id: study.facilities["kind"].isin(one.kinds).to_numpy() for one in basket.classes}
    np.savez(
        path,
        node=node,
        u=u,
        v=v,
        metres=metres,
        home=at_crossings(node, study.demand),
        residents=study.demand["residents"].to_numpy(),
        names=np.array(list(kinds)),
        limits=np.array([(one.minutes or 0.0) * 60 * study.walking.residents for one in basket.classes]),
        stands=at_crossings(node, study.facilities),
        of_class=np.array(list(kinds.values())),
        covered=np.array([own[one.id, "residents"] for one in basket.classes]),
    )


def crossings_of(study: Study) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the crossings, and the two ends and the metres of every street, the shortest of parallel ones."""
    assert study.streets is not None
    lines = study.streets.geometry.values
    ends = np.stack([shapely.get_coordinates(shapely.get_point(lines, place)) for place in (0, -1)])
    node, number = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    u, v = number.reshape(2, -1)
    metres = shapely.length(lines)
    order = np.lexsort((metres, np.maximum(u, v), np.minimum(u, v)))
    pairs = np.stack([np.minimum(u, v), np.maximum(u, v)])[:, order]
    first = np.append(True, (np.diff(pairs) != 0).any(axis=0))
    return node, *pairs[:, first], metres[order][first]


def at_crossings(node: np.ndarray, table: gpd.GeoDataFrame) -> np.ndarray:
    """Return the number of the crossing each row stands at."""
    number = pd.Series(np.arange(len(node)), index=pd.MultiIndex.from_arrays(node.T))
    places = pd.MultiIndex.from_arrays(shapely.get_coordinates(table.geometry.values).T)
    return number.loc[places].to_numpy()


def agrees(circles: LivingCircles, other: pd.DataFrame) -> bool:
    """Tell whether both count the same people for every class and group."""
    own = circles.classes.set_index(["class", "group"])["covered"].reindex(other.index)
    return bool((own == other["covered"]).all())


def main() -> None:
    """Print seconds by stage, the peak of memory, and whether scipy alone counts the same people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--no-scipy", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--save", type=Path, help="the city as arrays, for benchmarks/circles_elsewhere.py")
    args = parser.parse_args()
    study, basket = city(args.scale)
    clock = [time.perf_counter(), time.process_time()]

    def stage(name: str) -> None:
        now = [time.perf_counter(), time.process_time()]
        print(f"{name:42s} {now[0] - clock[0]:7.1f} s  {now[1] - clock[1]:7.1f} s of processor", flush=True)
        clock[:] = now

    network = study.on_streets.network
    assert network is not None
    stage(f"network of {len(network.u):,} streets")
    assert study.on_streets.demand_ledger is not None
    assert study.on_streets.facilities_ledger is not None
    stage("snapping, as an audit does")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    circles = living_circles(study, basket)
    stage(f"living circles of {len(study.demand):,} places (target {TARGET_S:g} s)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak {peak:.2f} GB, {before:.2f} before (target {TARGET_GB:g} GB)")
    if args.out:
        circles.write(args.out)
        stage("page, tables and blocks written")
    if not args.no_scipy:
        other = by_scipy(study, basket)
        stage("scipy alone: 15 searches, no snapping")
        print("the same people in every class and group:", agrees(circles, other))
    print(circles)
    if args.save:
        saved(study, basket, circles, args.save)


if __name__ == "__main__":
    main()
