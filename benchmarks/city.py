"""Time a whole-city audit: load, network, every rule, pages and maps; print seconds by stage and the peak of memory.

Run from the project's top folder: ``python -m benchmarks.city`` (500,000 crossings, 5,000 facilities, a million places
where people live, 20 rules, 12 districts) or, for a quick look, ``python -m benchmarks.city --scale 0.1``. The study is
generated once per scale and kept in ``--dir``; only what a planner waits for is timed, in a process of its own. With
``--base DIR``, the top folder of an older checkout, that audits the same city first, and the ratios are told; what is
compiled should be so beforehand in both.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.cities import places, streets
from benchmarks.memory import Together

#: Seconds and gigabytes a whole city may take on two cores.
TARGET_S, TARGET_GB = 60.0, 3.0

TOP = Path(__file__).resolve().parents[1]

#: What share of an older checkout's each may be.
SHARES = {"seconds": 1 / 2, "processor seconds": None, "most memory, GB": 1.0}

NODES, FACILITIES, PEOPLE = 500_000, 5_000, 1_000_000
DISTRICTS, COMMUNITIES_KM2, BLOCK_M, PITCH_M = (4, 3), 2.0, 400.0, 600.0

#: Where the city lies: in the zone of EPSG:4547, about Zhengzhou.
CORNER = (475_000.0, 3_820_000.0)

KINDS = (
    "elderly_day_care",
    "elderly_care_facility",
    "community_health_centre",
    "community_health_station",
    "hospital",
    "fitness_ground",
    "sports_venue",
    "culture_venue",
    "market",
    "public_toilet",
)

#: 20 clauses: six radii, ten walking circles, four coverages of communities.
CLAUSES = (
    [("service-radius", kind, "urban-community", metres, "m") for kind in KINDS[:3] for metres in (500, 1000)]
    + [("time-circle", kind, "all", 15, "minutes") for kind in KINDS]
    + [("unit-coverage", kind, "urban-community", 100, "percent of units") for kind in KINDS[3:7]]
)

CLAUSE = """
[[clauses]]
id = "bm-{number:02d}"
title = "{rule} {kind}"
title_en = "{rule} {kind}"
section = "{number}"
clause = "{rule} {kind} {value}"
rule = "{rule}"
facilities = ["{kind}"]
applies_to = "{applies_to}"
population = "{population}"
operator = "{operator}"
value = {value}
unit = "{unit}"
verified_on = 2026-11-22
"""

DOCUMENT = """[document]
id = "benchmark"
number = "benchmark"
title = "基准测试条款"
title_en = "Clauses of a benchmark"
issuer = "zzgeo"
jurisdiction = "benchmark"
"""

STUDY = """name = "基准城市"
name_en = "Benchmark city"
jurisdiction = "benchmark"
as_of = 2018-12-31
crs = "EPSG:4547"
standards = ["rules.toml"]
[districts]
source = "districts.gpkg"
datum = "EPSG:4547"
columns = { code = "code", name = "name" }
[streets]
source = "streets.parquet"
datum = "EPSG:4547"
[[facilities]]
source = "facilities.parquet"
datum = "EPSG:4547"
kind_column = "kind"
columns = { facility_id = "id", name = "name" }
[units]
source = "units.gpkg"
datum = "EPSG:4547"
columns = { code = "code", name = "name", type = "type", district = "district" }
[demand]
source = "people.parquet"
datum = "EPSG:4547"
columns = { demand_id = "id", residents = "residents", aged_60_plus = "aged_60_plus" }
[land]
source = "land.parquet"
datum = "EPSG:4547"
"""


def generate(folder: Path, scale: float) -> None:
    """Write the study of a city of this share of the full size."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = streets(round(NODES * scale))
    lines = lines.set_geometry(gpd.GeoSeries(shapely.transform(lines.geometry.values, _moved), crs=lines.crs))
    lines.to_parquet(folder / "streets.parquet")
    box = shapely.buffer(shapely.box(*lines.total_bounds), 50, join_style="mitre")
    districts = _tiles(box, *DISTRICTS)
    districts["code"] = [f"{410101 + n}" for n in range(len(districts))]
    districts["name"] = [f"第{n + 1}区" for n in range(len(districts))]
    districts.to_file(folder / "districts.gpkg", layer="districts")
    _units(box, districts).to_file(folder / "units.gpkg", layer="units")
    _blocks(box).to_parquet(folder / "land.parquet")
    rng = np.random.default_rng(3)
    sites = places(lines, round(FACILITIES * scale), seed=4).assign(kind=rng.choice(KINDS, round(FACILITIES * scale)))
    sites["id"] = [f"f{n}" for n in range(len(sites))]
    sites["name"] = "设施" + sites["id"]
    sites.to_parquet(folder / "facilities.parquet")
    people = places(lines, round(PEOPLE * scale), seed=5)
    people["id"] = [f"p{n}" for n in range(len(people))]
    people["residents"] = rng.integers(0, 21, len(people))
    people["aged_60_plus"] = rng.binomial(people["residents"], 0.13)
    people.to_parquet(folder / "people.parquet")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "rules.toml").write_text(DOCUMENT + "".join(map(_clause, enumerate(CLAUSES, 1))), encoding="utf-8")


def _moved(xy: np.ndarray) -> np.ndarray:
    return xy + np.array(CORNER)


def _tiles(box: shapely.Polygon, columns: int, rows: int) -> gpd.GeoDataFrame:
    west, south, east, north = box.bounds
    x, y = np.linspace(west, east, columns + 1), np.linspace(south, north, rows + 1)
    tiles = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for j in range(rows) for i in range(columns)]
    return gpd.GeoDataFrame(geometry=tiles, crs="EPSG:4547")


def _units(box: shapely.Polygon, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return communities that tile each district."""
    parts = []
    for district in districts.itertuples():
        each = max(1, round(np.sqrt(district.geometry.area / 1e6 / COMMUNITIES_KM2)))
        part = _tiles(district.geometry, each, each)
        part["code"] = [f"{district.code}{n:04d}" for n in range(len(part))]
        part["name"] = [f"社区{code}" for code in part["code"]]
        parts.append(part.assign(type="urban-community", district=district.code))
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs="EPSG:4547")


def _blocks(box: shapely.Polygon) -> gpd.GeoDataFrame:
    """Return blocks of residential land with streets between them."""
    west, south, east, north = box.bounds
    x, y = np.meshgrid(np.arange(west, east - BLOCK_M, PITCH_M), np.arange(south, north - BLOCK_M, PITCH_M))
    x, y = x.ravel(), y.ravel()
    return gpd.GeoDataFrame(geometry=shapely.box(x, y, x + BLOCK_M, y + BLOCK_M), crs="EPSG:4547")


def _clause(numbered: tuple[int, tuple[str, str, str, int, str]]) -> str:
    number, (rule, kind, applies_to, value, unit) = numbered
    population = "aged_60_plus" if kind.startswith("elderly") else "residents"
    operator = ">=" if unit.startswith("percent") else "<="
    return CLAUSE.format(
        number=number,
        rule=rule,
        kind=kind,
        applies_to=applies_to,
        value=value,
        unit=unit,
        population=population,
        operator=operator,
    )


def run(folder: Path, profile: Path | None) -> None:
    """Audit the study and print the stages; what a planner waits for, imports included."""
    profiler = cProfile.Profile() if profile else None
    if profiler:
        profiler.enable()
    clock = _Clock()
    import zzgeo
    from zzgeo.auditing.run import audit
    from zzgeo.rules.parts.base import Context

    clock.stage("imports")
    study = zzgeo.load_study(folder)
    clock.stage("load")
    _first(Context, "network", clock)
    _first(Context, "demand_ledger", clock)
    _first(Context, "tiling", clock)
    report = audit(study, progress=lambda what, done, total: clock.stage(f"rule {what}"))
    clock.stage("findings, ledger, provenance")
    with tempfile.TemporaryDirectory() as out:
        pages = report.write(Path(out) / "report", progress=lambda what, done, total: clock.stage(_written(what)))
        clock.stage("write the folder in place")
        size = sum(page.stat().st_size for page in pages)
    if profiler:
        profiler.disable()
        pstats.Stats(profiler).dump_stats(str(profile))
    clock.report(study, report, size)


def _written(name: str) -> str:
    """Return the stage a file belongs to: what a browser shows, tables, or a file for the desk."""
    stages = {".xlsx": "xlsx", ".gpkg": "gpkg", ".csv": "tables", ".json": "tables"}
    return f"write {stages.get(Path(name).suffix, 'pages and maps')}"


def _first(owner: type, name: str, clock: _Clock) -> None:
    """Time a cached property of a class when it is first asked for."""
    cached = vars(owner)[name]
    inner = cached.func

    def timed(self: object) -> object:
        clock.pause()
        found = inner(self)
        clock.stage(name)
        return found

    cached.func = timed


#: Stages that a browser does not wait for: the workbook, the GeoPackage, the tables.
_DESK = ("write xlsx", "write gpkg", "write tables")


class _Clock:
    """Seconds by stage, those of the processors, and the peak of memory of all processes after each."""

    def __init__(self) -> None:
        self.memory = Together()
        self.begun = self.last = time.perf_counter()
        self.used = time.process_time()
        self.stages: dict[str, float] = {}
        self.processor: dict[str, float] = {}
        self.peaks: dict[str, float] = {}
        self.carried = 0.0

    def pause(self) -> None:
        """Keep what has passed for the stage that goes on afterwards."""
        now = time.perf_counter()
        self.carried += now - self.last
        self.last = now

    def stage(self, name: str) -> None:
        now = time.perf_counter()
        own = now - self.last
        if name.startswith("rule ") or name.startswith(("findings", "write")):
            own, self.carried = own + self.carried, 0.0
        kind = "rules: " + name.split()[1] if name.startswith("rule ") else name
        self.stages[kind] = self.stages.get(kind, 0.0) + own
        used = time.process_time()
        self.processor[kind] = self.processor.get(kind, 0.0) + used - self.used
        self.peaks[kind] = self.memory.peak_gb
        self.last, self.used = now, used

    def report(self, study: object, report: object, size: int) -> None:
        whole = time.perf_counter() - self.begun
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        own, other = (one.ru_utime + one.ru_stime for one in used)
        desk = sum(seconds for name, seconds in self.stages.items() if name in _DESK)
        lines = ["| stage | seconds | processor seconds | most memory until then, GB |", "|---|--:|--:|--:|"]
        lines += [
            f"| {name} | {seconds:.1f} | {self.processor[name]:.1f} | {self.peaks[name]:.2f} |"
            for name, seconds in self.stages.items()
        ]
        most = self.memory.peak_gb
        lines += [
            f"| **all** | **{whole:.1f}** (target {TARGET_S:g}) | {own + other:.1f} |"
            f" **{most:.2f}** (target {TARGET_GB:g}) |",
            f"| of these without the files for the desk (xlsx, gpkg, csv) | {whole - desk:.1f} | | |",
            f"| of these in other processes, which write the gpkg and pack the pages | | {other:.1f} | |",
        ]
        lines += [f"| pages and tables, MB | {size / 1e6:.0f} | | |"]
        sys.stdout.write(f"{study!r}\n{report!r}\n" + "\n".join(lines) + "\n")


def main() -> None:
    """Generate the study if it is not there, and audit it in a fresh process."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.city", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size, 0.1 for a quick look")
    parser.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()) / "zzgeo-benchmark-city")
    parser.add_argument("--profile", type=Path, help="write a cProfile of the audit here")
    parser.add_argument("--base", type=Path, help="top folder of an older checkout to compare with")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        run(options.inside, options.profile)
        return
    folder = options.dir / f"{options.scale:g}"
    if not (folder / "study.toml").is_file():
        sys.stderr.write(f"generating {folder}\n")
        generate(folder, options.scale)
    again = [sys.executable, "-m", "benchmarks.city", "--inside", str(folder)]
    again += ["--profile", str(options.profile)] if options.profile else []
    if options.base is None:
        subprocess.run(again, check=True)
        return
    before = _measured(again[:5], options.base.resolve())
    here = _measured(again, TOP)
    lines = ["| the whole city | before | here | ratio | target |", "|---|--:|--:|--:|--:|"]
    for at, (name, target) in enumerate(SHARES.items()):
        cells = (before[at], here[at], here[at] / before[at], target)
        lines.append(f"| {name} | " + " | ".join("" if cell is None else f"{cell:.2f}" for cell in cells) + " |")
    sys.stdout.write("\n".join(lines) + "\n")


def _measured(command: list[str], top: Path) -> list[float]:
    """Audit with the code of a checkout; print what it tells, and return its seconds, processor seconds and GB."""
    settings = {**os.environ, "PYTHONPATH": str(top)}
    done = subprocess.run(command, cwd=top, env=settings, check=True, stdout=subprocess.PIPE, encoding="utf-8")
    sys.stdout.write(f"{top.name}\n{done.stdout}\n")
    row = next(line for line in done.stdout.splitlines() if line.startswith("| **all**"))
    return [float(re.sub(r"\(.*?\)|\*", "", cell)) for cell in row.strip("| ").split("|")[1:]]


if __name__ == "__main__":
    main()
