"""Time the living circles of a whole city, and check them against scipy alone on the same crossings.

Run from the project's top folder: ``python -m benchmarks.circles`` (500,000 crossings, a million places, 15 classes,
3 times, two groups) or ``--scale 0.1``. Network and snapping, which an audit of the city has already, are told apart
from the circles. Everybody and every facility stands at a crossing, so that Dijkstra of scipy on the graph of crossings
is exact: every count has to be the same.

``--beside PYTHON`` asks pandana and cityseer the same in one run, each in a process of that Python (which has them and
not zzgeo): how far the nearest facility of each class is from every place, and how many of each class are within each
limit. Other work on the machine stretches seconds, not seconds of processor: ratios are told of both. Living circles
need the first question alone; zzgeo's figure for it is that of whole circles, tables of all units included.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.circles_elsewhere import PACKAGES
from benchmarks.cities import CRS, streets
from benchmarks.city import CORNER, FACILITIES, NODES, PEOPLE, _tiles, _units
from zzgeo.circles import Basket, LivingCircles, living_circles, read_basket
from zzgeo.intake.study import Study
from zzgeo.served import open_facilities, walks_within, within

#: Seconds, and seconds of processor; of another package also the most memory it had.
Took = dict[str, float]

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


def counted(study: Study, basket: Basket) -> np.ndarray:
    """Return how many facilities of each class every place has within each limit: (classes, limits, places)."""
    network, ledger = study.on_streets.network, study.on_streets.demand_ledger
    assert network is not None
    assert ledger is not None
    limits, many = limits_of(study, basket), len(study.demand)
    counts = np.zeros((len(basket.classes), len(limits), many), dtype=np.uint16)
    for number, asked in enumerate(basket.classes):
        facilities = open_facilities(study, asked.kinds)[0]
        _, place, metres = walks_within(study, network, facilities, study.demand, ledger, limits[-1])
        for column, limit in enumerate(limits):
            counts[number, column] = np.bincount(place[within(metres, limit)], minlength=many)
    return counts


def limits_of(study: Study, basket: Basket) -> list[float]:
    """Return the metres residents walk in the times of a basket."""
    return [minutes * 60 * study.walking.residents for minutes in basket.times]


def save(study: Study, basket: Basket, path: Path) -> None:
    """Save the city as plain arrays, for packages of other environments."""
    node, u, v, metres = crossings_of(study)
    kinds = {asked.id: study.facilities["kind"].isin(asked.kinds).to_numpy() for asked in basket.classes}
    np.savez(
        path,
        node=node,
        u=u,
        v=v,
        metres=metres,
        names=np.array(list(kinds)),
        limits=np.array(limits_of(study, basket)),
        stands=at_crossings(node, study.facilities),
        of_class=np.array(list(kinds.values())),
    )


def beside(python: str, package: str, city_path: Path, most_s: float) -> tuple[dict[str, dict[str, float]], Path]:
    """Ask another package; return what each stage took that ended in time, by its name, and the file of answers."""
    answers = city_path.with_name(f"{package}.npz")
    command = [python, str(Path(__file__).with_name("circles_elsewhere.py")), str(city_path), package, str(answers)]
    try:
        printed = subprocess.run(command, stdout=subprocess.PIPE, timeout=most_s, check=True).stdout
    except subprocess.TimeoutExpired as late:
        printed = late.stdout or b""
    lines = [json.loads(line) for line in printed.decode().splitlines() if line.startswith('{"stage"')]
    return {line.pop("stage"): line for line in lines}, answers


def compared(took: dict[str, Took], other: dict[str, Took], package: str, most_s: float) -> list[str]:
    """Return a line for each question: how many times as long the other took, without and with making its network."""
    lines = []
    for question in ("nearest", "counts"):
        own = took[question]
        stages = [stage for stage in other if question in stage]
        if not stages:
            lines.append(f"{package:9s} {question}: not ended within {most_s:g} s")
            continue
        its = max((other[stage] for stage in stages), key=lambda stage: stage["processor"])
        clocks = ("processor", "seconds")
        alone = [its[clock] / own[clock] for clock in clocks]
        whole = [(its[clock] + other["network"][clock]) / (own[clock] + took["network"][clock]) for clock in clocks]
        lines.append(
            f"{package:9s} {question}: {its['processor']:.1f} s of processor, {alone[0]:.1f} times zzgeo's "
            f"({alone[1]:.1f} by the clock); with network and snapping {whole[0]:.1f} ({whole[1]:.1f}); "
            f"peak {its['gigabytes']:.2f} GB"
        )
    return lines


def told_apart(study: Study, basket: Basket, circles: LivingCircles, counts: np.ndarray, answers: Path) -> str:
    """Tell how far another package's answers are from zzgeo's, over every class and place."""
    home, farthest = at_crossings(crossings_of(study)[0], study.demand), limits_of(study, basket)[-1]
    other, words = np.load(answers), []
    if "nearest" in other:
        minutes = np.array([circles.blocks[f"{asked.id}_min"].to_numpy() for asked in basket.classes])
        own, its = minutes * 60 * study.walking.residents, other["nearest"][:, home]
        reached = within(own, farthest) & np.isfinite(its)
        most = np.abs(own - its)[reached].max(initial=0.0)
        apart = int((within(own, farthest) != np.isfinite(its)).sum())
        words.append(f"nearest: {most:.2g} m apart at most, {apart:,} of {own.size:,} within by one of them alone")
    if "counts" in other:
        differ = sum(int((its[:, home] != own).sum()) for own, its in zip(counts, other["counts"], strict=True))
        words.append(f"counts: {differ:,} of {counts.size:,} differ")
    return "; ".join(words)


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


class Clock:
    """Tells what each stage took, and keeps it."""

    def __init__(self) -> None:
        self.took: dict[str, Took] = {}
        self._since = (time.perf_counter(), time.process_time())

    def stage(self, name: str, told: str) -> None:
        """End a stage, under its name and as it is printed."""
        now = (time.perf_counter(), time.process_time())
        seconds, processor = (end - start for end, start in zip(now, self._since, strict=True))
        before = self.took.get(name, {"seconds": 0.0, "processor": 0.0})
        self.took[name] = {
            "seconds": before["seconds"] + seconds,
            "processor": before["processor"] + processor,
        }
        print(f"{told:42s} {seconds:7.1f} s  {processor:7.1f} s of processor", flush=True)
        self._since = (time.perf_counter(), time.process_time())


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Print seconds by stage, the peak of memory, and whether other programs find the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--no-scipy", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--beside", metavar="PYTHON", help="a Python that has pandana and cityseer")
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds each of them may take")
    args = parser.parse_args()
    living_circles(*city(0.02))  # compiled code is made or read once per process
    study, basket = city(args.scale)
    clock = Clock()
    network = study.on_streets.network
    assert network is not None
    clock.stage("network", f"network of {len(network.u):,} streets")
    assert study.on_streets.demand_ledger is not None
    assert study.on_streets.facilities_ledger is not None
    clock.stage("network", "snapping, as an audit does")
    before = _peak()
    circles = living_circles(study, basket)
    clock.stage("nearest", f"living circles of {len(study.demand):,} places (target {TARGET_S:g} s)")
    print(f"peak {_peak():.2f} GB, {before:.2f} before (target {TARGET_GB:g} GB)")
    if args.out:
        circles.write(args.out)
        clock.stage("written", "page, tables and blocks written")
    if not args.no_scipy:
        other = by_scipy(study, basket)
        clock.stage("scipy", "scipy alone: 15 searches, no snapping")
        print("the same people in every class and group:", agrees(circles, other))
    print(circles)
    if args.beside:
        clock.stage("rest", "")
        counts = counted(study, basket)
        clock.stage("counts", f"counts within {len(basket.times)} limits")
        with tempfile.TemporaryDirectory() as folder:
            save(study, basket, Path(folder, "city.npz"))
            for package in PACKAGES:
                its, answers = beside(args.beside, package, Path(folder, "city.npz"), args.limit)
                took = {name: clock.took[name] for name in ("network", "nearest", "counts")}
                print(*compared(took, its, package, args.limit), sep="\n")
                if answers.exists():
                    print(f"{package:9s} {told_apart(study, basket, circles, counts, answers)}", flush=True)


if __name__ == "__main__":
    main()
