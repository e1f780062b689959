"""Compares the walks of zzgeo with those of Valhalla and OSRM and writes the section of docs/validation.md."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from benchmarks.judges import __doc__ as usage
from benchmarks.judges.differences import Streets, course_m, explained, far, near, walks
from benchmarks.judges.environment import PINNED, Unavailable, interpreter
from benchmarks.judges.extracts import CITIES, City, as_pbf, barriers, in_degrees, places, ways
from benchmarks.judges.section import Agreement, CityResult, into_page, section
from zzgeo.network import WalkNetwork, distance_matrix
from zzgeo.spec.walking_profile import DEFAULT, walking_profile

#: Readings of squares, on which the engines differ most, and of private ways and gates, which Valhalla takes.
READINGS: dict[str, dict[str, str]] = {
    "squares not walked on": {"squares": "closed"},
    "squares not walked on, private ways open": {"squares": "closed", "private": "open"},
    "squares walked along": {"squares": "outline"},
    "squares crossed (`cn-default`)": {},
}

#: Who is reached: from so many places, of so many, within so many metres.
ORIGINS, TARGETS, REACH_M = 50, 1000, 1000.0


@dataclass(frozen=True)
class Judges:
    """The two engines in their own interpreter, with the graphs of one extract."""

    python: Path
    pbf: Path
    folder: Path

    def asked(self, **task: Any) -> dict[str, Any]:
        """Return what each engine says to a task, by its name."""
        sent, answers = self.folder / "task.json", self.folder / "answers.json"
        sent.write_text(json.dumps({"pbf": str(self.pbf), "folder": str(self.folder), **task}), encoding="utf-8")
        worker = Path(__file__).with_name("worker.py")
        done = subprocess.run([self.python, worker, sent, answers], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"the engines failed: {done.stderr.strip()[-300:]}")
        said: dict[str, Any] = json.loads(answers.read_text(encoding="utf-8"))
        return said


def judged(city: City, python: Path, folder: Path, pairs: int, seed: int) -> list[CityResult]:
    """Return how the walks of an extract agree, by reading: the places and what the engines say are the same."""
    folder.mkdir(parents=True, exist_ok=True)
    pbf = as_pbf(city.source(), folder)
    judges = Judges(python, pbf, folder)
    networks = {
        reading: WalkNetwork.from_osm_file(pbf, profile=walking_profile(DEFAULT, changes))
        for reading, changes in READINGS.items()
    }
    first = next(iter(networks.values()))
    every = ways(pbf, first)
    start, end, origins, targets = (
        places(first, every, number, seed + part) for part, number in enumerate((pairs, pairs, ORIGINS, TARGETS))
    )
    tasks = [[*a, *b] for a, b in zip(in_degrees(start), in_degrees(end), strict=True)]
    said = judges.asked(pairs=tasks, origins=in_degrees(origins), targets=in_degrees(targets))
    results = []
    for reading, network in networks.items():
        streets = Streets(network, every, barriers(pbf, network), start, end)
        reached = _reached(network, origins, targets)
        results.append(_agreements(f"{city.title}, {reading}", judges, streets, said, reached))
    return results


def _agreements(title: str, judges: Judges, streets: Streets, said: dict[str, Any], reached: np.ndarray) -> CityResult:
    network, pairs = streets.network, len(streets.start)
    ours = walks(network, streets.start, streets.end)
    agreements, close = [], np.zeros(pairs, dtype=bool)
    for name, answer in said.items():
        # measured on the course: Valhalla's own lengths are whole metres for each edge
        theirs = course_m(network, answer["pairs"])

        def ask(spots: list[list[float]], name: str = name) -> list[list[float] | None]:
            found: list[list[float] | None] = judges.asked(spots=spots)[name]["spots"]
            return found

        reasons = explained(streets, ours, answer["pairs"], theirs, ask)
        areas = pd.DataFrame(answer["areas"], dtype=float).fillna(np.inf).to_numpy() <= REACH_M
        overlap = float((areas & reached).sum() / (areas | reached).sum())
        agreements.append(Agreement(name, near(ours, theirs).mean(), far(ours, theirs).mean(), overlap, reasons))
        close |= near(ours, theirs)
    return CityResult(title, pairs, len(network.u), float(close.mean()), tuple(agreements))


def _reached(network: WalkNetwork, origins: gpd.GeoDataFrame, targets: gpd.GeoDataFrame) -> np.ndarray:
    found = distance_matrix(network, origins, targets, REACH_M)
    reached = np.zeros((len(origins), len(targets)), dtype=bool)
    reached[found["facility_id"], found["demand_id"]] = True
    return reached


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print the section, and write it into the page unless told not to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.judges", description=usage)
    parser.add_argument("--pairs", type=int, default=5000, help="random pairs of places in each city")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--city", choices=CITIES, action="append", help="one city alone; the page is not written then")
    parser.add_argument("--python", help="a Python 3.12 or newer to make the environment with")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "zzgeo-judges")
    parser.add_argument("--dry-run", action="store_true", help="print the section, leave the page as it is")
    told = parser.parse_args(arguments)
    told.cache.mkdir(parents=True, exist_ok=True)
    results = []
    try:
        python = interpreter(told.cache, told.python)
        for name in told.city or CITIES:
            if not CITIES[name].source().is_file():
                raise Unavailable(f"{name}: no extract at {CITIES[name].source().name}")
            results.extend(judged(CITIES[name], python, told.cache / f"{name}-whole", told.pairs, told.seed))
    except Unavailable as reason:
        sys.stderr.write(f"skipped, the page stays as it is: {reason}\n")
        return 0
    text = section(results, PINNED, REACH_M)
    sys.stdout.write(text)
    if not (told.dry_run or told.city):
        into_page(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
