"""Time the engine beside others on generated cities and on Wuhan: ``python -m benchmarks.network``.

Every engine answers the same question on the same city, one after the other, round after round; what counts is the
median of the ratios within a round, so that a busy machine slows all alike. Before that the answers are compared.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from benchmarks import cities, engines, first_call, page
from benchmarks.memory import own_peak_gb
from benchmarks.page import Result
from zzgeo.network import WalkNetwork, drawing, engine, snap, snapping
from zzgeo.network.engine import pieces_of_any

ROOT = Path(__file__).resolve().parents[1]
WUHAN = ROOT.parent / "shared" / "data" / "wuhan_8989_original.parquet"
SIZES = (20_000, 100_000, 500_000, 2_000_000)
#: Beyond so many nodes these engines need minutes to get ready, or more memory than most machines have.
MOST_NODES = {"networkx": 600_000, "ego-graph recipe": 600_000, "pandana": 600_000}


def main(arguments: list[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    if options.memory:
        return _memory(options.memory)
    if options.quick:
        options.nodes, options.rounds, options.facilities, options.growth = [20_000], 3, 200, False
    say(f"{platform.platform()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    results = []
    for name, network in _cities(options):
        results.append(_measure(name, network, options))
    growth = _growth(options) if options.growth else {}
    peak = {size: _peak(size) for size in options.nodes if size >= 100_000} if options.growth else {}
    first = first_call.measure() if options.growth else {}
    text = page.text(results, growth, peak, first, options)
    say(text)
    if options.out:
        page.write(Path(options.out), text, results, growth)
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.network", description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="*", default=list(SIZES), help="sizes of the generated cities")
    parser.add_argument("--engines", nargs="+", default=list(engines.ENGINES), choices=list(engines.ENGINES))
    parser.add_argument("--facilities", type=int, default=1_000)
    parser.add_argument("--cutoff", type=float, default=1_250.0, help="metres of walk")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="one small city, few rounds: does everything still run?")
    parser.add_argument("--no-growth", dest="growth", action="store_false", help="skip growth and peak memory")
    parser.add_argument("--no-wuhan", dest="wuhan", action="store_false")
    parser.add_argument("--out", default=None, help="folder for network.md and network.png, e.g. docs/benchmarks")
    parser.add_argument("--memory", type=int, default=0, help=argparse.SUPPRESS)
    return parser


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _cities(options: argparse.Namespace) -> Any:
    if options.wuhan and WUHAN.is_file() and not options.quick:
        streets = gpd.read_parquet(WUHAN)
        yield (
            "Wuhan",
            WalkNetwork.from_edges(streets[~streets.highway.isin(["motorway", "motorway_link", "trunk_link"])]),
        )
    for size in options.nodes:
        yield f"{size:,}", WalkNetwork.from_edges(cities.streets(size))


def _measure(name: str, network: WalkNetwork, options: argparse.Namespace) -> Result:
    result = Result(name, len(network.node_xy), len(network.u))
    say(f"\n{name}: {network}")
    facilities = cities.places(network.edges, options.facilities)
    one = engines.case(name, network, facilities, options.cutoff)
    result.figures["facilities"] = len(facilities)
    arrays = network.numbered.arcs
    result.figures["bytes"] = sum(array.nbytes for array in arrays) / len(arrays.head)
    ready: dict[str, dict[str, engines.Job]] = {}
    for label in options.engines:
        if result.nodes > MOST_NODES.get(label, np.inf):
            continue
        started = time.perf_counter()
        try:
            ready[label] = engines.ENGINES[label](one)
        except ImportError:
            say(f"  {label} is not installed")
            continue
        result.figures[f"ready {label}"] = time.perf_counter() - started
    result.agreed = engines.check(one, ready)
    for line in result.agreed:
        say(f"  agrees with {line}")
    draw, overlap = engines.polygons(one)
    ready["zzgeo"]["polygons"] = draw
    _rounds(result, ready, options.rounds)
    result.figures |= {f"overlap {key}": value for key, value in overlap().items()}
    _snapping(result, network, options.rounds)
    _dissolved(result, one)
    _saved(result, network)
    gc.collect()
    return result


def _rounds(result: Result, ready: dict[str, dict[str, engines.Job]], rounds: int) -> None:
    """Time all engines on one job after the other, in turn."""
    names = {job.split(" *")[0] for jobs in ready.values() for job in jobs}
    for job in sorted(names):
        table: dict[str, list[float]] = {}
        slow = job == "polygons"
        for _ in range(min(rounds, 3) if slow else rounds):
            for label, jobs in ready.items():
                for key, run in jobs.items():
                    if key.split(" *")[0] == job:
                        factor = float(key.split(" *")[1]) if " *" in key else 1.0
                        table.setdefault(label, []).append(factor * seconds(run))
        result.seconds[job] = table
        shown = ", ".join(f"{label} {1000 * np.median(times):,.1f}" for label, times in table.items())
        say(f"  {job}, ms: {shown}")


def seconds(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _snapping(result: Result, network: WalkNetwork, rounds: int) -> None:
    """Snap as many points as there are nodes; the search tree gets a sample, multiplied up."""
    points = cities.places(network.edges, result.nodes, seed=9, beside_m=60.0)
    some = np.asarray(points.geometry.array)[:: max(1, result.nodes // 20_000)]
    every = np.asarray(points.geometry.array)
    assert network.segments
    assert network.tree
    snapping.nearest_edges(network, every[:20_000])
    table: dict[str, list[float]] = {"zzgeo": [], "search tree": []}
    for _ in range(min(rounds, 5)):
        table["zzgeo"].append(seconds(lambda: snapping.nearest_edges(network, every)))
        factor = len(every) / len(some)
        table["search tree"].append(factor * seconds(lambda: snapping._from_tree(network, some, False)))
    result.seconds["snapping"] = table
    result.figures["whole snapping ledger"] = seconds(lambda: snap(network, points))
    say(
        f"  snapping {result.nodes:,} points, ms: "
        + ", ".join(f"{k} {1e3 * np.median(v):,.0f}" for k, v in table.items())
    )


def _dissolved(result: Result, one: engines.Case) -> None:
    span = pieces_of_any(one.network, one.sources, one.cutoff)
    result.figures["dissolved"] = seconds(lambda: drawing.dissolved(one.network.lines, span, 25.0))
    say(f"  the coverage of all facilities as one area: {result.figures['dissolved']:.1f} s")


def _saved(result: Result, network: WalkNetwork) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network"
        result.figures["save"] = seconds(lambda: network.save(path))
        result.figures["open"] = min(seconds(lambda: WalkNetwork.from_saved(path)) for _ in range(3))
        result.figures["file MB"] = path.stat().st_size / 1e6
    say(f"  a saved network opens in {result.figures['open']:.2f} s ({result.figures['file MB']:.0f} MB)")


def _growth(options: argparse.Namespace) -> dict[str, list[tuple[float, float]]]:
    """Return (size, seconds) by job: with nodes at one facility per 100 nodes, and with facilities in one city."""
    found: dict[str, list[tuple[float, float]]] = {}
    sizes = [size for size in options.nodes if size >= 100_000]
    for size in sizes:
        network = WalkNetwork.from_edges(cities.streets(size))
        one = engines.case("", network, cities.places(network.edges, size // 100), options.cutoff)
        _grow(found, "nodes", size, one)
    if 100_000 in sizes:
        network = WalkNetwork.from_edges(cities.streets(100_000))
        for count in (250, 500, 1_000, 2_000, 4_000):
            _grow(
                found,
                "facilities",
                count,
                engines.case("", network, cities.places(network.edges, count), options.cutoff),
            )
    return found


def _grow(found: dict[str, list[tuple[float, float]]], along: str, size: int, one: engines.Case) -> None:
    jobs = engines.zzgeo_jobs(one)
    for job in ("nearest", "reached, one thread"):
        jobs[job]()
        found.setdefault(f"{job.split(',')[0]} by {along}", []).append(
            (size, min(seconds(jobs[job]) for _ in range(5)))
        )
    say(f"  {along} {size:,}: " + ", ".join(f"{k} {v[-1][1] * 1e3:.1f} ms" for k, v in found.items() if along in k))


def _peak(size: int) -> float:
    """Return the peak memory in GB of a process that opens a saved network and answers every question."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.network", "--memory", str(size)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    peak = float(done.stdout.split()[-1])
    say(f"  peak memory at {size:,} nodes: {peak:.2f} GB")
    return peak


def _memory(size: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network"
        build = "from benchmarks import cities; from zzgeo.network import WalkNetwork; "
        build += f"network = WalkNetwork.from_edges(cities.streets({size})); network.save({str(path)!r}); "
        build += f"cities.places(network.edges, {size // 100}).to_parquet({str(path) + '.places'!r})"
        subprocess.run([sys.executable, "-c", build], check=True, cwd=ROOT)
        network = WalkNetwork.from_saved(path)
        facilities = gpd.read_parquet(f"{path}.places")
    engine.SMALL_JOB = 0
    rng = np.random.default_rng(0)
    xy = network.node_xy[rng.integers(0, len(network.node_xy), 1_000_000)] + rng.uniform(-30, 30, (1_000_000, 2))
    snapping.nearest_edges(network, shapely.points(xy))
    one = engines.case("", network, facilities, 1_250.0)
    for run in engines.zzgeo_jobs(one).values():
        run()
    say(str(own_peak_gb()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
