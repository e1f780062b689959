"""Time siting beside spopt and plain HiGHS on generated cities: ``python -m benchmarks.siting``.

A city has streets every 200 m, people around several centres, and walks along the grid (the sum of both coordinates).
Every solver gets the same distances and people and is asked for the most people within reach of so many sites, in a
process of its own, one after the other; what each proposes is counted here, and its gap is its own bound against that
count. Compiling is left out, building a model is not. spopt is asked through PuLP with HiGHS; without it (``pip install
spopt pulp highspy``) that column says so.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
from scipy.spatial import cKDTree

from benchmarks.memory import own_peak_gb
from zzgeo.siting import Effort, maximal_coverage

#: Candidates and places of each size.
SIZES = {"S": (500, 20_000), "M": (2_000, 100_000), "L": (10_000, 300_000)}
#: Reach in metres and number of sites of each size.
ASKED = {
    "S": ((500, 10), (500, 50), (1000, 10), (1000, 50)),
    "M": ((500, 20), (500, 200), (1000, 20), (1000, 100)),
    "L": ((500, 50), (500, 500), (1000, 50), (1000, 200)),
}
#: Gap in per cent and seconds that zzgeo shall keep to, by size and reach; and memory at most.
TARGETS = {("S", 500): (0.5, 5), ("S", 1000): (0.5, 5), ("M", 500): (1.0, 30), ("M", 1000): (1.0, 30)}
TARGETS |= {("L", 500): (2.0, 60), ("L", 1000): (3.0, 60)}
MOST_GB = 1.5
#: spopt writes down every cell of the matrix as an object: beyond this size it is not asked.
SPOPT_SIZES = ("S", "M")


def city(size: str, reach: float, seed: int = 1) -> tuple[Any, np.ndarray]:
    """Return the sparse matrix of walks within reach, and the people of each place."""
    sites, places = SIZES[size]
    random = np.random.default_rng(seed)
    side = np.sqrt(sites / 6.5) * 1_000
    centres = random.uniform(0.15, 0.85, (max(3, int(np.sqrt(sites) / 6)), 2)) * side
    share = random.dirichlet(np.full(len(centres), 2.0))

    def points(number: int, spread: float) -> np.ndarray:
        xy = centres[random.choice(len(centres), number, p=share)] + random.normal(0, side * spread, (number, 2))
        anywhere = random.random(number) < 0.35
        xy[anywhere] = random.uniform(0, side, (anywhere.sum(), 2))
        xy = np.abs(xy)
        xy = np.where(xy > side, 2 * side - xy, xy)
        # on a street: one of the coordinates is a multiple of its blocks
        along = random.random(number) < 0.5
        street = np.round(xy / 200) * 200
        xy[along, 0], xy[~along, 1] = street[along, 0], street[~along, 1]
        return xy

    homes, candidates = points(places, 0.12), points(sites, 0.16)
    people = np.round(random.lognormal(3.5, 0.8, places))
    pairs = cKDTree(homes).sparse_distance_matrix(cKDTree(candidates), reach, p=1, output_type="ndarray")
    metres = scipy.sparse.csr_array((pairs["v"], (pairs["i"], pairs["j"])), shape=(places, sites))
    metres.sort_indices()
    return metres, people


def by_zzgeo(metres: Any, people: np.ndarray, sites: int, limit: float) -> tuple[np.ndarray, float]:
    """Return the chosen sites and the bound of zzgeo, which knows no limit of time."""
    found = maximal_coverage(metres, people, sites=sites)
    return found.chosen, found.bound


def by_highs(metres: Any, people: np.ndarray, sites: int, limit: float) -> tuple[np.ndarray, float]:
    """Return the chosen sites and the bound of HiGHS on the program as the books write it."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows, columns = metres.shape
    reach = scipy.sparse.csr_array((np.ones(metres.nnz), metres.indices, metres.indptr), shape=metres.shape)
    number = scipy.sparse.csr_array(np.concatenate([np.ones(columns), np.zeros(rows)])[None, :])
    table = scipy.sparse.vstack([scipy.sparse.hstack([reach, -scipy.sparse.eye_array(rows)]), number], format="csr")
    low, high = np.append(np.zeros(rows), -np.inf), np.append(np.full(rows, np.inf), sites)
    answer = milp(
        np.concatenate([np.zeros(columns), -people]),
        integrality=np.concatenate([np.ones(columns), np.zeros(rows)]),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(table, low, high),
        options={"time_limit": limit, "mip_rel_gap": 0.0},
    )
    chosen = np.empty(0, dtype=np.int64) if answer.x is None else np.flatnonzero(answer.x[:columns] > 0.5)
    bound = answer.mip_dual_bound
    return chosen, float(people.sum()) if bound is None or not np.isfinite(bound) else -bound


def by_spopt(metres: Any, people: np.ndarray, sites: int, limit: float) -> tuple[np.ndarray, float]:
    """Return the chosen sites of spopt by PuLP with HiGHS; it hands over no bound but that of a proven optimum."""
    import pulp
    from spopt.locate import MCLP

    table = metres.toarray()
    stored = np.zeros(metres.shape, dtype=bool)
    stored[np.repeat(np.arange(len(people)), np.diff(metres.indptr)), metres.indices] = True
    table[~stored] = 1e9
    problem = MCLP.from_cost_matrix(table, people, service_radius=1e8, p_facilities=sites)
    problem = problem.solve(pulp.HiGHS(msg=False, timeLimit=limit, threads=1))
    chosen = np.flatnonzero([bool(served) for served in problem.fac2cli])
    proven = problem.problem.sol_status == pulp.LpSolutionOptimal
    return chosen, float(problem.problem.objective.value()) if proven else float(people.sum())


SOLVERS: dict[str, Callable[[Any, np.ndarray, int, float], tuple[np.ndarray, float]]] = {
    "zzgeo": by_zzgeo,
    "HiGHS": by_highs,
    "spopt": by_spopt,
}


def measured(solver: str, size: str, reach: float, sites: int, limit: float) -> dict[str, float]:
    """Return seconds, people, gap in per cent and memory of one solver on one question, in this process."""
    metres, people = city(size, reach)
    if solver == "zzgeo":
        # compiled before it is timed, the parts for money and capacity are not used
        maximal_coverage(*city("S", 500), sites=3, effort=Effort(rounds=5, steps=5, nodes=1))
    before, started, worked = own_peak_gb(), time.perf_counter(), time.process_time()
    chosen, bound = SOLVERS[solver](metres, people, sites, limit)
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    reached = np.zeros(len(people), dtype=bool)
    columns = metres.tocsc()
    for j in chosen:
        reached[columns.indices[columns.indptr[j] : columns.indptr[j + 1]]] = True
    count = float(people[reached].sum())
    gap = 100.0 * (bound - count) / count if count else float("inf")
    return {"seconds": seconds, "cpu": work, "people": count, "gap": gap, "gb": own_peak_gb(), "before_gb": before}


def apart(solver: str, size: str, reach: float, sites: int, limit: float) -> dict[str, float] | str:
    """Return what is measured in a process of its own, or why there is nothing."""
    if solver == "spopt" and importlib.util.find_spec("spopt") is None:
        return "not installed"
    if solver == "spopt" and size not in SPOPT_SIZES:
        return "not asked"
    command = [sys.executable, "-m", "benchmarks.siting", "--one", solver, size, str(reach), str(sites)]
    command += ["--limit", str(limit)]
    # a model is built before a limit counts
    longest = 3 * limit + 60 if solver != "zzgeo" else None
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=longest, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer in {longest:.0f} s"
    if run.returncode:
        return f"failed: {run.stderr.strip().splitlines()[-1][:60] if run.stderr.strip() else run.returncode}"
    result: dict[str, float] = json.loads(run.stdout.strip().splitlines()[-1])
    return result


def shown(result: dict[str, float] | str) -> str:
    """Return a cell: seconds (of the processor), gap, people."""
    if isinstance(result, str):
        return result
    gap = f"{result['gap']:.2f} %" if np.isfinite(result["gap"]) else "no answer"
    return f"{result['seconds']:.1f} s ({result['cpu']:.1f}), {gap}, {result['people']:,.0f}"


def verdict(size: str, reach: int, result: dict[str, float] | str) -> str:
    """Return whether a target is kept: gap, seconds of the clock, and of the processor where the clock is late."""
    if isinstance(result, str):
        return result
    gap, seconds = TARGETS[size, reach]
    missed = [] if result["gap"] <= gap else [f"gap over {gap} %"]
    if result["seconds"] > seconds:
        missed.append(f"over {seconds} s" if result["cpu"] > seconds else f"over {seconds} s by the clock alone")
    if result["gb"] > MOST_GB and size == "L":
        missed.append(f"over {MOST_GB} GB")
    return ", ".join(missed) or "kept"


def times_faster(ours: dict[str, float] | str, other: dict[str, float] | str, limit: float) -> str:
    """Return how many times longer another took, by processor time; no less than its limit if it did not end."""
    if isinstance(ours, str) or (isinstance(other, str) and not other.startswith("no answer")):
        return ""
    if isinstance(other, str):
        return f"> {(3 * limit + 60) / ours['seconds']:.0f} ×"
    return f"{other['cpu'] / ours['cpu']:.1f} ×"


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and print a table."""
    options = _options().parse_args(arguments)
    if options.one:
        solver, size, reach, sites = options.one
        result = measured(solver, size, float(reach), int(sites), options.limit)
        sys.stdout.write(json.dumps(result) + "\n")
        return 0
    lines = [
        f"{platform.platform()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; others stop after "
        f"{options.limit:.0f} s. Each cell: seconds (of the processor), proven gap, people reached.",
        "",
        "| city | sites | zzgeo | GB | target | HiGHS | its time | spopt | its time |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    for size in options.sizes:
        for reach, sites in ASKED[size]:
            results = {name: apart(name, size, reach, sites, options.limit) for name in options.solvers}
            lines.append(_line(size, reach, sites, results, options.limit))
            sys.stdout.write(lines[-1] + "\n")
            sys.stdout.flush()
    if options.out:
        Path(options.out).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _line(size: str, reach: int, sites: int, results: dict[str, dict[str, float] | str], limit: float) -> str:
    ours = results.get("zzgeo", "not asked")
    gb = "" if isinstance(ours, str) else f"{ours['gb']:.2f}"
    cells = [f"{size} {reach} m", str(sites), shown(ours), gb, verdict(size, reach, ours)]
    for name in ("HiGHS", "spopt"):
        other = results.get(name, "not asked")
        cells += [shown(other), times_faster(ours, other, limit)]
    return "| " + " | ".join(cells) + " |"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.siting", description=__doc__)
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--solvers", nargs="+", default=list(SOLVERS), choices=list(SOLVERS))
    parser.add_argument("--limit", type=float, default=60.0, help="seconds that the other solvers may take")
    parser.add_argument("--out", default=None, help="file for the table")
    parser.add_argument("--one", nargs=4, default=None, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
