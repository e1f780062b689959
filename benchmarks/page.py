"""What the network benchmark found, as a page and a plot."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.first_call import FIRST_S, LATER_S


@dataclass
class Result:
    """What was measured in one city: seconds by job and engine in each round, and single figures."""

    name: str
    nodes: int
    edges: int
    seconds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    agreed: list[str] = field(default_factory=list)

    def ratio(self, job: str, other: str) -> float:
        """Return how many times as long another engine takes as zzgeo, the median over the rounds."""
        table = self.seconds.get(job, {})
        if other not in table:
            return float("nan")
        return float(np.median(np.array(table[other]) / np.array(table["zzgeo"])))


_JOBS = {"nearest": "nearest facility of every demand position", "reached": "reached pieces of each facility"}
_OTHERS = ("scipy", "scipy on tiles", "networkx", "pandana")
#: An engine has one colour in both pictures; they can be told apart by the colour-blind.
_COLOURS = {
    "zzgeo": "#0072B2",
    "scipy": "#E69F00",
    "scipy on tiles": "#CC79A7",
    "networkx": "#009E73",
    "pandana": "#D55E00",
}
_PACKAGES = ("numpy", "numba", "scipy", "shapely", "geopandas", "networkx", "pandana")


def text(
    results: list[Result],
    growth: dict[str, Any],
    peak: dict[int, float],
    first: dict[str, tuple[float, float]],
    options: argparse.Namespace,
) -> str:
    """Return the page in Markdown."""
    parts = [
        "# The network engine beside others",
        f"`python -m benchmarks.network`, {dt.date.today():%d %B %Y}. {_machine()}. {options.facilities:,} facilities, "
        f"{options.cutoff:g} m of walk, medians of {options.rounds} rounds in which the engines take turns; other "
        "engines as multiples of zzgeo's time (median of the ratios within a round). zzgeo answers with exact "
        "positions on edges on both sides; scipy gets exact facilities; networkx and pandana nearest nodes. Getting a "
        "graph ready is not timed.",
        _table(results),
        "## Do they agree?",
        "\n".join(f"- {result.name}: {'; '.join(result.agreed)}." for result in results if result.agreed),
        "## Drawing, snapping, opening",
        _drawing(results),
        "## Growth and memory",
        _growth(growth, peak) if growth else "Not measured in this run.",
        "## Targets",
        _targets(results, growth, peak, first),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _machine() -> str:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    load = os.getloadavg()[0]
    system = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, load average {load:.1f} at the end"
    )
    return f"{system}; Python {platform.python_version()}, {', '.join(found)}"


def _table(results: list[Result]) -> str:
    lines = [
        "| city | nodes | job | zzgeo, ms | " + " | ".join(_OTHERS) + " |",
        "|---|---|---|---|" + "---|" * len(_OTHERS),
    ]
    for result in results:
        for job, what in _JOBS.items():
            own = 1000 * float(np.median(result.seconds[job]["zzgeo"]))
            cells = [_times(result.ratio(job, other)) for other in _OTHERS]
            one = result.seconds.get("reached, one thread", {}).get("zzgeo") if job == "reached" else None
            alone = f" ({1000 * float(np.median(one)):,.1f} in one thread)" if one else ""
            lines.append(f"| {result.name} | {result.nodes:,} | {what} | {own:,.1f}{alone} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _times(ratio: float) -> str:
    return "–" if np.isnan(ratio) else f"{ratio:,.1f}×"


def _drawing(results: list[Result]) -> str:
    lines = [
        "| city | area of a facility, ms | ego-graph recipe | IoU with exact buffers, mean (least) | vertices | "
        "all in one area, s | snapping a point a node, ms | search tree | opening a saved network, s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        figures, times = result.figures, result.seconds
        each = 1000 * float(np.median(times["polygons"]["zzgeo"])) / max(len_facilities(result), 1)
        snapping = 1000 * float(np.median(times["snapping"]["zzgeo"]))
        lines.append(
            f"| {result.name} | {each:.1f} | {_times(result.ratio('polygons', 'ego-graph recipe'))} | "
            f"{figures['overlap mean']:.3f} ({figures['overlap least']:.3f}) | {figures['overlap vertices']:,.0f} | "
            f"{figures['dissolved']:.1f} | {snapping:,.0f} | {_times(result.ratio('snapping', 'search tree'))} | "
            f"{figures['open']:.2f} ({figures['file MB']:.0f} MB) |"
        )
    return "\n".join(lines)


def len_facilities(result: Result) -> int:
    return int(result.figures.get("facilities", 0))


def exponent(points: list[tuple[float, float]]) -> float:
    """Return b of seconds = a * size^b, by least squares on logarithms."""
    size, seconds = np.log(np.array(points)).T
    return float(np.polyfit(size, seconds, 1)[0])


def _growth(growth: dict[str, list[tuple[float, float]]], peak: dict[int, float]) -> str:
    lines = ["| time | grows as | measured |", "|---|---|---|"]
    for name, points in growth.items():
        shown = ", ".join(f"{size:,.0f}: {1000 * seconds:,.1f} ms" for size, seconds in points)
        power = f"size^{exponent(points):.2f}" if len(points) > 1 else "–"
        lines.append(f"| {name} | {power} | {shown} |")
    said = "; ".join(f"{size:,} nodes: {gb:.2f} GB" for size, gb in peak.items())
    table = "\n".join(lines)
    if not said:
        return table
    what = "Peak memory of a process that opens a saved city, snaps a million points and answers every question"
    why = "Of 1.5 GB at 2,000,000 nodes (28 November 2026) libraries are 0.2, the open streets 0.3, the grid that "
    why += "finds the streets of a million points, compiled code and the places that ask 0.3, the arrays of the search "
    why += "0.2, the answer for 20,000 facilities, 15 million pieces, 0.4"
    return f"{table}\n\n{what} (one facility per 100 nodes): {said}. {why}."


def _targets(
    results: list[Result], growth: dict[str, Any], peak: dict[int, float], first: dict[str, tuple[float, float]]
) -> str:
    rows = []
    for result in results:
        if not 90_000 <= result.nodes <= 600_000:
            continue
        wanted = [
            ("nearest", "scipy", 3.0), ("reached", "scipy", 10.0), ("reached", "scipy on tiles", 2.0),
            ("nearest", "pandana", 10.0), ("reached", "pandana", 10.0), ("polygons", "ego-graph recipe", 50.0),
        ]  # fmt: skip
        for job, other, least in wanted:
            ratio = result.ratio(job, other)
            if not np.isnan(ratio):
                rows.append(
                    (f"{result.name} nodes: {job}, {other} ÷ zzgeo", f"≥ {least:g}", f"{ratio:.1f}", ratio >= least)
                )
        iou = result.figures["overlap least"]
        rows.append((f"{result.name} nodes: least IoU of drawn areas", "≥ 0.98", f"{iou:.3f}", iou >= 0.98))
        used = result.figures["bytes"]
        rows.append((f"{result.name} nodes: bytes of arrays a directed edge", "≤ 200", f"{used:.0f}", used <= 200))
        if result.nodes > 400_000:
            opened = result.figures["open"]
            rows.append((f"{result.name} nodes: opening a saved network, s", "< 2", f"{opened:.2f}", opened < 2))
    for name, points in growth.items():
        if len(points) > 1:
            power = exponent(points)
            rows.append((f"growth exponent, {name}", "≤ 1.1", f"{power:.2f}", power <= 1.1))
    for size, gb in peak.items():
        if size >= 2_000_000:
            rows.append((f"peak memory at {size:,} nodes, GB", "≤ 1.5", f"{gb:.2f}", gb <= 1.5))
    for job, seconds in first.items():
        for when, limit, took in zip(("ever", "of a later start"), (FIRST_S, LATER_S), seconds, strict=True):
            what = f"compiled code, first call {when}: {job}, s"
            rows.append((what, f"≤ {limit:g}", f"{took:.2f}", took <= limit))
    lines = ["| target | wanted | measured | met |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {a} | {b} | {c} | {'yes' if met else '**no**'} |" for a, b, c, met in rows)])


def write(folder: Path, page: str, results: list[Result], growth: dict[str, Any]) -> None:
    """Write ``network.md`` and ``network.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "network.md").write_text(page + "\n![Seconds by engine and size](network.png)\n", "utf-8")
    _plot(folder / "network.png", results)


def _plot(path: Path, results: list[Result]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for axis, (job, what) in zip(axes, _JOBS.items(), strict=True):
        for label in ("zzgeo", *_OTHERS):
            points = sorted(
                (result.nodes, float(np.median(result.seconds[job][label])))
                for result in results
                if result.name != "Wuhan" and label in result.seconds[job]
            )
            if points:
                wide = {"linewidth": 2.5, "marker": "o"} if label == "zzgeo" else {"linewidth": 1.2, "marker": "."}
                axis.plot(*zip(*points, strict=True), label=label, color=_COLOURS[label], **wide)
        axis.set(xscale="log", yscale="log", xlabel="nodes", ylabel="seconds", title=what)
        axis.grid(alpha=0.3)
    lines, labels = axes[1].get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
