"""Runs in the interpreter that has the two engines: reads a task as JSON, writes their answers as JSON; no zzgeo here.

``python worker.py TASK ANSWERS``. The task names a file (``pbf``), a folder for the graphs (``folder``) and what is
asked: ``pairs`` (lon, lat, lon, lat: the shortest walk and where it goes), ``origins`` and ``targets`` (lon, lat: all
walks between them), ``spots`` (lon, lat: how far the nearest way is that may be walked on).
"""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

Place = list[float]

#: Spots asked about at once.
_CHUNK = 50


class Valhalla:
    """Valhalla, pedestrians, the shortest walk."""

    def __init__(self, pbf: Path, folder: Path) -> None:
        valhalla = importlib.import_module("valhalla")
        tiles, config = folder / "tiles", folder / "valhalla.json"
        if not config.is_file():
            tiles.mkdir(parents=True, exist_ok=True)
            settings = valhalla.get_config(tile_extract="", tile_dir=str(tiles))
            limits = settings["service_limits"]["pedestrian"]
            limits |= {"max_matrix_distance": 1e6, "max_matrix_location_pairs": 10_000_000}
            made = folder / "valhalla.half"
            made.write_text(json.dumps(settings), encoding="utf-8")
            _run([str(Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"), "-c", str(made), str(pbf)])
            made.rename(config)
        self._actor = valhalla.Actor(str(config))
        self._how = {"costing": "pedestrian", "costing_options": {"pedestrian": {"shortest": True}}}

    def walk(self, pair: Place) -> tuple[float | None, list[Place]]:
        """Return the metres of a walk and its course, None where there is none."""
        asked = {"locations": [_named(pair[:2]), _named(pair[2:])], "directions_type": "none", **self._how}
        try:
            trip = self._actor.route(asked)["trip"]
        except RuntimeError:
            return None, []
        course = [place for leg in trip["legs"] for place in _decoded(leg["shape"])]
        return trip["summary"]["length"] * 1000.0, course

    def walks(self, origin: Place, targets: list[Place]) -> list[float | None]:
        """Return the metres of the walks from a place to others."""
        asked = {"sources": [_named(origin)], "targets": [_named(target) for target in targets], **self._how}
        row = self._actor.matrix(asked)["sources_to_targets"][0]
        return [None if cell["distance"] is None else cell["distance"] * 1000.0 for cell in row]

    def aside(self, spots: list[Place]) -> list[Place | None]:
        """Return the place on the nearest way for each spot."""
        told = self._actor.locate({"locations": [_named(spot) for spot in spots], "costing": "pedestrian"})
        return [
            [row["edges"][0]["correlated_lon"], row["edges"][0]["correlated_lat"]] if row.get("edges") else None
            for row in told
        ]


class Osrm:
    """OSRM, its profile for people on foot, by distance."""

    def __init__(self, pbf: Path, folder: Path) -> None:
        self._osrm = importlib.import_module("osrm")
        graph = folder / "osrm" / "graph.osrm"
        if not (done := folder / "osrm" / "done").is_file():
            profiles = folder / "osrm" / "profiles"
            shutil.copytree(Path(self._osrm.__file__).parent / "share" / "profiles", profiles, dirs_exist_ok=True)
            text = (profiles / "foot.lua").read_text(encoding="utf-8")
            by_distance = text.replace("= 'duration'", "= 'distance'", 1)
            if by_distance == text:
                raise RuntimeError("foot.lua of OSRM does not say its weight any more")
            (profiles / "foot_by_distance.lua").write_text(by_distance, encoding="utf-8")
            _osrm("extract", "-p", str(profiles / "foot_by_distance.lua"), "-o", str(graph), str(pbf))
            _osrm("partition", str(graph))
            _osrm("customize", str(graph))
            done.touch()
        self._engine = self._osrm.OSRM(algorithm="MLD", storage_config=str(graph), use_shared_memory=False)

    def walk(self, pair: Place) -> tuple[float | None, list[Place]]:
        """Return the metres of a walk and its course, None where there is none."""
        places = [tuple(pair[:2]), tuple(pair[2:])]
        asked = self._osrm.RouteParameters(coordinates=places, overview="full", geometries="geojson")
        try:
            route = self._engine.Route(asked)["routes"][0]
        except RuntimeError:
            return None, []
        return float(route["distance"]), [list(place) for place in route["geometry"]["coordinates"]]

    def walks(self, origin: Place, targets: list[Place]) -> list[float | None]:
        """Return the metres of the walks from a place to others."""
        asked = self._osrm.TableParameters(
            coordinates=[tuple(place) for place in (origin, *targets)],
            sources=[0],
            destinations=list(range(1, len(targets) + 1)),
            annotations=["distance"],
        )
        row = next(iter(self._engine.Table(asked)["distances"]))
        return [cell if isinstance(cell, float) else None for cell in row]

    def aside(self, spots: list[Place]) -> list[Place | None]:
        """Return the place on the nearest way for each spot."""
        found: list[Place | None] = []
        for spot in spots:
            try:
                told = self._engine.Nearest(self._osrm.NearestParameters(coordinates=[tuple(spot)]))
                found.append(list(told["waypoints"][0]["location"]))
            except RuntimeError:
                found.append(None)
        return found


def answers(task: dict[str, Any]) -> dict[str, Any]:
    """Return what each engine says to a task, by its name."""
    found = {}
    for name, engine in (("Valhalla", Valhalla), ("OSRM", Osrm)):
        asked = engine(Path(task["pbf"]), Path(task["folder"]))
        spots = task.get("spots", [])
        chunks = [spots[first : first + _CHUNK] for first in range(0, len(spots), _CHUNK)]
        found[name] = {
            "pairs": [asked.walk(pair) for pair in task.get("pairs", [])],
            "areas": [asked.walks(origin, task["targets"]) for origin in task.get("origins", [])],
            "spots": [place for chunk in chunks for place in asked.aside(chunk)],
        }
    return found


def _named(place: Place) -> dict[str, float]:
    """Return a place for Valhalla, to be taken at the nearest way, not at a node nearby or on a larger piece."""
    return {"lon": place[0], "lat": place[1], "node_snap_tolerance": 0, "minimum_reachability": 0, "radius": 0}


def _decoded(shape: str) -> list[Place]:
    """Return the places of a polyline with six digits."""
    places: list[Place] = []
    numbers, value, shift = [0, 0], 0, 0
    which = 0
    for letter in shape:
        bits = ord(letter) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            numbers[which] += ~(value >> 1) if value & 1 else value >> 1
            value = shift = 0
            which = 1 - which
            if which == 0:
                places.append([numbers[1] / 1e6, numbers[0] / 1e6])
    return places


def _osrm(*command: str) -> None:
    _run([sys.executable, "-m", "osrm", *command])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout)[-500:]}")


if __name__ == "__main__":
    said = answers(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    Path(sys.argv[2]).write_text(json.dumps(said), encoding="utf-8")
