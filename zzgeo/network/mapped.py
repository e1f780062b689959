"""A network kept on disk, with what its searches need, so that many processes walk it without a copy each.

`zzgeo.network.saved` writes a network to one file to be sent; this is a folder of arrays that are mapped as they are. A
process reads from it what it walks over, and the system holds that once for all of them.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyproj

from zzgeo.crs.ground import Ground
from zzgeo.errors import Problem
from zzgeo.formats.parts.mapped import keep_array, keep_table, kept_array, kept_table
from zzgeo.network.arcs import Arcs, Grid
from zzgeo.network.gaps import JOINS
from zzgeo.network.lines import Lines
from zzgeo.network.numbering import Numbered
from zzgeo.network.snapping import GRID_FROM_EDGES
from zzgeo.network.walk_network import WalkNetwork
from zzgeo.network.waves import KeptWaves

#: What a network computes once and is kept with it, where it was computed or compiled searches need it.
_COMPUTED = ("private", "lifted", "may_stand", "shut", "is_public", "is_large", "stretch", "rate", "delay", "cost")
_ARCS = ("start", "head", "cost", "end", "rate", "delay", "name")
_ABOUT = "network.json"


def keep_network(network: WalkNetwork, folder: Path) -> None:
    """Write a network of a study, walked by nobody in particular, into a folder that is there.

    Raises
    ------
    NotKept
        If the streets have a column that no file gives back as it was.
    """
    kept = _Arrays(folder)
    lines, numbered = network.lines, network.numbered
    for name in ("u", "v", "length_m", "node_xy", "component", "node_z"):
        kept.put(name, getattr(network, name))
    for name, values in (("xy", lines.xy), ("start", lines.start), ("along", lines.along), ("bounds", lines.bounds)):
        kept.put(f"lines_{name}", values)
    for name in _COMPUTED:
        if name in vars(network):
            kept.put(name, vars(network)[name])
    for name in (*_ARCS, "ends"):
        kept.put(f"arcs_{name}", getattr(numbered.arcs, name))
    kept.put("numbered_node", numbered.node)
    kept.put("numbered_edge", numbered.edge)
    grid = network.segments if len(network.u) >= GRID_FROM_EDGES else vars(network).get("segments")
    if grid is not None:
        for name in ("first", "segment", "edge"):
            kept.put(f"grid_{name}", getattr(grid, name))
    if network.walls is not None:
        walls = Lines.of(network.walls)
        kept.put("walls_xy", walls.xy)
        kept.put("walls_start", walls.start)
    keep_table(network.columns, folder / "columns")
    keep_table(network.component_table, folder / "components")
    about = {
        "crs": network.crs.srs,
        "notes": [dataclasses.asdict(note) for note in network.notes],
        "joins": None if network.joins is None else network.joins.to_dict("list"),
        "costs": [numbered.mean_cost, numbered.most_cost],
        "grid": None if grid is None else [grid.x, grid.y, grid.size, grid.columns, grid.rows],
        "arrays": kept.written,
    }
    (folder / _ABOUT).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")


def kept_network(folder: Path, ground: Ground | None) -> WalkNetwork:
    """Return the network that `keep_network` wrote, mapped, on its ground."""
    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    kept = _Arrays(folder, about["arrays"])
    crs = pyproj.CRS.from_user_input(about["crs"])
    lines = Lines(kept.get("lines_xy"), kept.get("lines_start"))
    vars(lines).update(along=kept.get("lines_along"), bounds=kept.get("lines_bounds"))
    network = WalkNetwork(
        pd.DataFrame(kept_table(folder / "columns")),
        lines,
        kept.get("u"),
        kept.get("v"),
        kept.get("length_m"),
        kept.get("node_xy"),
        kept.get("component"),
        crs=crs,
        component_table=kept_table(folder / "components"),
        notes=tuple(Problem(**{**note, "rows": tuple(note["rows"])}) for note in about["notes"]),
        node_z=kept.get("node_z"),
        walls=Lines(kept.get("walls_xy"), kept.get("walls_start")).whole() if "walls_xy" in kept else None,
        ground=ground,
        joins=None if about["joins"] is None else pd.DataFrame(about["joins"]).astype(JOINS),
    )
    known = {name: kept.get(name) for name in _COMPUTED if name in kept}
    vars(network).update(known, numbered=_numbered(kept, about["costs"]), waves=KeptWaves(folder))
    if about["grid"] is not None:
        first, segment, edge = (kept.get(f"grid_{name}") for name in ("first", "segment", "edge"))
        x, y, size, columns, rows = about["grid"]
        vars(network)["segments"] = Grid(x, y, size, columns, rows, first, segment, edge, lines.xy)
    return network


def _numbered(kept: _Arrays, costs: list[float]) -> Numbered:
    sides = kept.get("arcs_ends")
    start, head, cost, end, rate, delay, name = (kept.get(f"arcs_{one}") for one in _ARCS)
    # as `zzgeo.network.numbering.number` makes them: the columns lie in the rows of the ends
    columns = sides["u"], sides["v"], sides["length"]
    arcs = Arcs(start, head, cost, end, *columns, rate, delay, name, sides)
    return Numbered(arcs, kept.get("numbered_node"), kept.get("numbered_edge"), *costs)


class _Arrays:
    """The arrays of a folder by name; compiled code tells those that may be written to from others, so both stay so."""

    def __init__(self, folder: Path, written: dict[str, bool | None] | None = None) -> None:
        self.folder, self.written = folder, written if written is not None else {}

    def put(self, name: str, values: Any) -> None:
        """Write an array, or remember that there is none."""
        self.written[name] = None if values is None else bool(values.flags.writeable)
        if values is not None:
            keep_array(values, self.folder / f"{name}.npy")

    def get(self, name: str) -> Any:
        """Return an array, mapped; None where there is none."""
        writeable = self.written[name]
        return None if writeable is None else kept_array(self.folder / f"{name}.npy", writeable=writeable)

    def __contains__(self, name: str) -> bool:
        return name in self.written
