"""Mutated input: whatever a file has become, a check ends with 0 or 4, in time, within memory, every row accounted for.

``python tests/fuzz.py --count 10000 --seed 7`` runs more of it; failing files are kept in the folder it names. Each
file is checked in a worker process, so that a signal or a hang is found and blamed on the one file.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SECONDS, MEGABYTES = 15.0, 1_000
#: Seconds of processor are counted, for a busy machine is no fault; without an answer for so long a worker hangs.
HANGS = 60.0
TOKENS = [
    b"NaN",
    b"1e309",
    b"-inf",
    b"\x00",
    b'"',
    b"'",
    b"\r",
    b"\n",
    b",",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"<!DOCTYPE x [",
    b"<",
    b">",
    b"]]>",
    b"null",
    b"{",
    b"}",
    b"[[[",
    b"99999999999999999999",
    b"-1",
    b"0",
    b"\xb0\xa1",
    b"%s",
    b"=1+1",
    b"180.0",
    b"1e-320",
    "１２".encode(),
    "张".encode("gb18030"),
    b"\x1a",
    b"/vsicurl/http://127.0.0.1:9/x",
    b"EPSG:3857",
]


@dataclass(frozen=True)
class Base:
    """A sound file to be damaged: its name, its parts by ending, and what it is checked as."""

    name: str
    parts: dict[str, bytes]
    arguments: tuple[str, ...]


# ---------------------------------------------------------------------------------------------------- sound files


def bases(folder: Path) -> list[Base]:
    """Write one small sound file of every format, and read them back as bytes."""
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import shapely

    spots = [(113.6 + 0.01 * n, 34.7 + 0.005 * n) for n in range(8)]
    names = [f"金水区第{n}养老驿站" for n in range(8)]
    rows = {"编号": [f"F{n:03d}" for n in range(8)], "名称": names, "床位数": [10 * n for n in range(8)]}
    table = pd.DataFrame({**rows, "经度": [x for x, _ in spots], "纬度": [y for _, y in spots]})
    points = gpd.GeoDataFrame(rows, geometry=shapely.points(spots), crs="EPSG:4326")
    squares = shapely.box(113.6 + 0.1 * np.arange(4), 34.7, 113.7 + 0.1 * np.arange(4), 34.8)
    areas = {"code": [f"41010{n}" for n in range(2, 6)], "name": ["中原区", "二七区", "管城回族区", "金水区"]}
    districts = gpd.GeoDataFrame({**areas, "population": [1000, 2000, 0, 500]}, geometry=squares, crs="EPSG:4326")
    lines = [shapely.LineString([spots[n], spots[n + 1]]) for n in range(7)]
    streets = gpd.GeoDataFrame({"highway": ["residential"] * 7}, geometry=lines, crs="EPSG:4326")
    text = table.to_csv(index=False)
    (folder / "utf8.csv").write_text(text, encoding="utf-8-sig")
    (folder / "gbk.csv").write_bytes(text.encode("gb18030"))
    (folder / "wide.tsv").write_bytes(text.replace(",", "\t").encode("utf-16"))
    table.to_excel(folder / "list.xlsx", index=False, engine="xlsxwriter")
    points.to_file(folder / "points.gpkg")
    districts.to_file(folder / "districts.gpkg")
    districts.to_file(folder / "districts.geojson")
    points.to_file(folder / "points.geojson")
    points.rename(columns={"编号": "id", "名称": "name", "床位数": "beds"}).to_file(folder / "list.shp")
    points.to_parquet(folder / "points.parquet")
    streets.to_file(folder / "streets.gpkg")
    (folder / "streets.graphml").write_text(_graphml(spots), encoding="utf-8")
    (folder / "streets.osm").write_text(_osm(spots), encoding="utf-8")
    (folder / "list.kml").write_text(_kml(spots, names), encoding="utf-8")
    _pbf(folder, spots)
    with zipfile.ZipFile(folder / "list.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.glob("list.shp")) + [folder / f"list.{end}" for end in ("dbf", "shx", "prj", "cpg")]:
            archive.write(part, part.name)
    datum = ("--datum", "EPSG:4326")
    plain = ("utf8.csv", "gbk.csv", "wide.tsv", "list.xlsx", "points.gpkg", "points.geojson", "points.parquet")
    found = [_base(folder / name, ("--as", "facilities", *datum)) for name in (*plain, "list.kml", "list.zip")]
    found += [_base(folder / name, ("--as", "districts")) for name in ("districts.gpkg", "districts.geojson")]
    streets_files = ("streets.gpkg", "streets.graphml", "streets.osm", "streets.osm.pbf")
    found += [_base(folder / name, ("--as", "streets")) for name in streets_files]
    shape = {end: (folder / f"list{end}").read_bytes() for end in (".shp", ".dbf", ".shx", ".prj", ".cpg")}
    return [*found, Base("list", shape, ("--as", "facilities", *datum))]


def _base(path: Path, arguments: tuple[str, ...]) -> Base:
    stem, _, ending = path.name.partition(".")
    return Base(stem, {f".{ending}": path.read_bytes()}, arguments)


def _graphml(spots: list[tuple[float, float]]) -> str:
    import networkx as nx

    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for n, (x, y) in enumerate(spots):
        graph.add_node(n, x=x, y=y)
    for n in range(len(spots) - 1):
        graph.add_edge(n, n + 1, length=1080.0)
        graph.add_edge(n + 1, n, length=1080.0)
    return "\n".join(nx.generate_graphml(graph))


def _osm(spots: list[tuple[float, float]]) -> str:
    nodes = "".join(f'<node id="{n}" lat="{y}" lon="{x}" version="1"/>' for n, (x, y) in enumerate(spots, start=1))
    refs = "".join(f'<nd ref="{n}"/>' for n in range(1, len(spots) + 1))
    way = f'<way id="10" version="1">{refs}<tag k="highway" v="residential"/></way>'
    return f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{nodes}{way}</osm>'


def _kml(spots: list[tuple[float, float]], names: list[str]) -> str:
    marks = "".join(
        f"<Placemark><name>{name}</name><Point><coordinates>{x},{y},0</coordinates></Point></Placemark>"
        for name, (x, y) in zip(names, spots, strict=True)
    )
    head = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
    return f"{head}<Document>{marks}</Document></kml>"


def _pbf(folder: Path, spots: list[tuple[float, float]]) -> None:
    import osmium

    with osmium.SimpleWriter(str(folder / "streets.osm.pbf")) as writer:
        for n, place in enumerate(spots, start=1):
            writer.add_node(osmium.osm.mutable.Node(id=n, location=place, version=1))
        refs = list(range(1, len(spots) + 1))
        writer.add_way(osmium.osm.mutable.Way(id=10, nodes=refs, tags={"highway": "residential"}, version=1))


# ---------------------------------------------------------------------------------------------------- mutations


def mutated(base: Base, rng: random.Random) -> dict[str, bytes]:
    """Return the parts of a base with one of them damaged in one to four places."""
    ending = rng.choice(sorted(base.parts))
    data = base.parts[ending]
    inner = data[:2] == b"PK" and rng.random() < 0.7
    changed = _inside_zip(data, rng) if inner else _damaged(data, rng)
    return {**base.parts, ending: changed}


def _damaged(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(OPERATORS)(bytearray(data), rng)
    return data


def _inside_zip(data: bytes, rng: random.Random) -> bytes:
    """Damage one member and pack it anew, so that the damage gets past the archive's own checks."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        victim = rng.choice(archive.namelist())
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as again:
            for name in archive.namelist():
                content = archive.read(name)
                again.writestr(name, _damaged(content, rng) if name == victim else content)
    return packed.getvalue()


def _span(data: bytearray, rng: random.Random, most: int = 64) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.randint(1, most))


def _flip(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 8)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _cut_off(data: bytearray, rng: random.Random) -> bytes:
    return bytes(data[: rng.randrange(len(data) + 1)])


def _remove(data: bytearray, rng: random.Random) -> bytes:
    start, stop = _span(data, rng)
    return bytes(data[:start] + data[stop:])


def _repeat(data: bytearray, rng: random.Random) -> bytes:
    start, stop = _span(data, rng)
    return bytes(data[:stop] + data[start:stop] * rng.randint(1, 20) + data[stop:])


def _insert(data: bytearray, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return bytes(data[:at]) + rng.choice(TOKENS) + bytes(data[at:])


def _overwrite(data: bytearray, rng: random.Random) -> bytes:
    start, stop = _span(data, rng, 16)
    return bytes(data[:start]) + rng.randbytes(stop - start) + bytes(data[stop:])


def _number(data: bytearray, rng: random.Random) -> bytes:
    """Replace a run of digits, where there is one, by an extreme number."""
    places = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
    if not places:
        return _insert(data, rng)
    start = stop = rng.choice(places)
    while stop < len(data) and (48 <= data[stop] <= 57 or data[stop] == 46):
        stop += 1
    return (
        bytes(data[:start]) + rng.choice([b"0", b"-5", b"1e309", b"NaN", b"99999999999", b"91.5"]) + bytes(data[stop:])
    )


def _swap(data: bytearray, rng: random.Random) -> bytes:
    a, b = _span(data, rng)
    c, d = _span(data, rng)
    first, second = sorted(((a, b), (c, d)))
    if first[1] > second[0]:
        return bytes(data)
    return bytes(
        data[: first[0]]
        + data[second[0] : second[1]]
        + data[first[1] : second[0]]
        + data[first[0] : first[1]]
        + data[second[1] :]
    )


OPERATORS: tuple[Callable[[bytearray, random.Random], bytes], ...] = (
    _flip,
    _cut_off,
    _remove,
    _repeat,
    _insert,
    _overwrite,
    _number,
    _swap,
)


# ---------------------------------------------------------------------------------------------------- worker


def work(seed: int, folder: Path) -> None:
    """Check the mutated files whose numbers come on standard input; say when each begins and how it ended."""
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    (folder / "sound").mkdir()
    sound = bases(folder / "sound")
    print("ready", flush=True)
    for line in sys.stdin:
        number = int(line)
        rng = random.Random(f"{seed}/{number}")
        base = sound[number % len(sound)]
        place = folder / f"case-{number}"
        place.mkdir()
        for ending, data in mutated(base, rng).items():
            (place / f"{base.name}{ending}").write_bytes(data)
        first = next(iter(base.parts))
        print(json.dumps({"begin": number, "file": f"{base.name}{first}"}), flush=True)
        began = time.process_time()
        fault = _fault(place / f"{base.name}{first}", base.arguments)
        took = time.process_time() - began
        if fault is None:
            shutil.rmtree(place)
        print(json.dumps({"end": number, "fault": fault, "seconds": took, "megabytes": _peak()}), flush=True)


def _fault(path: Path, arguments: tuple[str, ...]) -> str | None:
    from zzgeo.cli.commands import run

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["check", str(path), "--json", *arguments])
    if code not in (0, 4):
        return f"exit {code}: {err.getvalue()[:300]}"
    if "Traceback" in err.getvalue() + out.getvalue():
        return "a traceback"
    if not out.getvalue():
        return f"no account: {err.getvalue()[:300]}"
    found = json.loads(out.getvalue())
    parts = found["rows_used"] + found["rows_set_aside"] + found["rows_refused"]
    if found["rows_read"] != parts or len(found["quarantined"]) != found["rows_set_aside"]:
        return f"rows: {found['rows_read']} read, {parts} accounted for"
    if code == 0 and (found["outcome"] == "reject" or found["rows_refused"]):
        return "refused with exit 0"
    if code == 4 and not any(one["severity"] == "error" for one in found["problems"]):
        return "refused without a reason"
    return None


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) // 1024


# ---------------------------------------------------------------------------------------------------- coordinator


def storm(count: int, seed: int, keep: Path, workers: int = 2) -> list[str]:
    """Check `count` mutated files and return one line for each that did not end as it must."""
    faults: list[str] = []
    todo = iter(range(count))
    crews = [_Crew(seed, keep / f"worker-{n}") for n in range(workers)]
    # a sum, for every crew gets its turn
    while sum(crew.busy(todo, faults) for crew in crews):
        pass
    return faults


class _Crew:
    """One worker process at a time, begun anew where a file has ended it."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.seed, self.folder, self.lives = seed, folder, 0
        self.process: subprocess.Popen[bytes] | None = None
        self.current: dict[str, object] = {}
        self.since = 0.0
        self.unread = b""

    def busy(self, todo: Iterator[int], faults: list[str]) -> bool:
        """Wait a moment for the worker and give it its next file; False when there is nothing left to do."""
        if self.process is None and not self._begin(todo):
            return False
        assert self.process is not None
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 0.05)
        if ready:
            # past the buffer of a text stream: a second line that waits in there would not wake `select`
            said = os.read(self.process.stdout.fileno(), 1 << 16)
            *lines, self.unread = (self.unread + said).split(b"\n")
            for line in lines:
                self._heard(json.loads(line) if line.startswith(b"{") else {}, todo, faults)
            if not said:
                self._died(faults, f"signal or exit {self.process.wait()}")
        elif self.current and time.monotonic() - self.since > HANGS:
            self.process.kill()
            self._died(faults, f"no answer in {HANGS:g} s")
        return True

    def _begin(self, todo: Iterator[int]) -> bool:
        self.next = next(todo, None)
        if self.next is None:
            return False
        self.lives += 1
        home = self.folder / str(self.lives)
        home.mkdir(parents=True)
        command = [sys.executable, "-W", "ignore", __file__, "--worker", str(self.seed), str(home)]
        self.unread = b""
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        return True

    def _give(self, number: int | None) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        if number is None:
            self._end()
            return
        self.process.stdin.write(b"%d\n" % number)
        self.process.stdin.flush()

    def _heard(self, said: dict[str, object], todo: Iterator[int], faults: list[str]) -> None:
        if "begin" in said:
            self.current, self.since = said, time.monotonic()
            return
        if "end" in said:
            told = said["fault"]
            if told is None and float(str(said["seconds"])) > SECONDS:
                told = f"{said['seconds']} s"
            if told is None and int(str(said["megabytes"])) > MEGABYTES:
                told = f"{said['megabytes']} MB"
            if told is not None:
                faults.append(f"{said['end']} {self.current.get('file')}: {told}")
            self.current = {}
            self.next = next(todo, None)
        self._give(self.next)

    def _died(self, faults: list[str], how: str) -> None:
        faults.append(f"{self.current.get('begin')} {self.current.get('file')}: {how}")
        self._end()
        self.current = {}

    def _end(self) -> None:
        """Let the worker finish, close its pipes, and be without one."""
        if self.process is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.communicate()
        self.process = None


def main() -> int:
    if sys.argv[1:2] == ["--worker"]:
        work(int(sys.argv[2]), Path(sys.argv[3]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", type=Path, default=None, help="folder for failing files")
    chosen = parser.parse_args()
    seed = chosen.seed if chosen.seed is not None else int.from_bytes(random.randbytes(4))
    keep = chosen.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    began = time.monotonic()
    faults = storm(chosen.count, seed, keep)
    print(*faults, sep="\n")
    print(f"{chosen.count} files, seed {seed}, {len(faults)} faults, {time.monotonic() - began:.0f} s; kept in {keep}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
