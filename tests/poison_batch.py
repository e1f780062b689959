"""Healthy studies among poisoned ones in `zzgeo batch`: the healthy are whole, of each other one a line says why.

``python tests/poison_batch.py`` audits 200 studies of which 40 are poisoned in ten ways: their data cannot be used, or
their process hangs, breaks or takes all memory. The healthy are compared, byte for byte, with those of a batch of their
own.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "batch")]

from batch_folder import CHOICES, Whole, faults_in, hidden, parts_of, unended_in, whole_of  # noqa: E402
from batch_tasks import HURRIED, POISONED, task  # noqa: E402

from zzgeo.__main__ import main as zzgeo_main  # noqa: E402
from zzgeo.batch import child  # noqa: E402
from zzgeo.batch.ledger import Entry, Ledger  # noqa: E402
from zzgeo.batch.results import read_results  # noqa: E402

LIMITS = ("--limit-seconds", "600", "--limit-gb", "1")


def _edited(name: str, old: str, new: str) -> Callable[[Path, Path], None]:
    def edit(study: Path, out: Path) -> None:
        path = study / name
        assert old in path.read_text("utf-8")
        path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")

    return edit


def _marked(poison: str) -> Callable[[Path, Path], None]:
    return lambda study, out: (study / "poison").write_text(poison) and None


def _barred(study: Path, out: Path) -> None:
    out.mkdir(exist_ok=True)
    (out / study.name).write_text("a file stands where the result belongs")


_PEOPLE = 'source = "people.csv"'
#: By way: what is done to a study, how its audit ends, and the code of the line that says why.
WAYS: dict[str, tuple[Callable[[Path, Path], None], str, str]] = {
    "killed": (_marked("sigkill"), "killed", "worker.killed"),
    "broken": (_marked("segv"), "killed", "worker.killed"),
    "hog": (_marked("hog"), "over-memory", "resource.memory"),
    "hang": (_marked("hang"), "over-time", "resource.time_limit"),
    "full": (_marked("disk-full"), "environment", "output.disk_full"),
    "barred": (_barred, "environment", "output.not_writable"),
    "garbled": (lambda study, out: _garble(study / "districts.geojson"), "refused", "file.malformed"),
    "gone": (lambda study, out: (study / "roads.geojson").unlink(), "refused", "file.missing"),
    "nowhere": (_edited("study.toml", f'{_PEOPLE}\ndatum = "EPSG:4326"', _PEOPLE), "refused", "crs.missing"),
    "mistyped": (_edited("study.toml", "[streets]", "[stretes]"), "refused", "config.invalid"),
}


def _garble(path: Path) -> None:
    path.write_bytes(random.Random(path.parent.name).randbytes(3000))


def poisoned_batch(folder: Path, healthy: int, each: int) -> list[str]:
    """Audit healthy studies among `each` poisoned in every way; return what went wrong, if anything did."""
    names = [f"healthy-{number}" for number in range(healthy)]
    out = folder / "out"
    for number, name in enumerate(names):
        task(folder, name, people=number + 1)
    code = _command(folder, folder / "undisturbed", [f"studies/{name}" for name in names])
    assert code == 0, code
    wholes = {name: whole_of(folder / "undisturbed", name) for name in names}
    ways = {f"{way}-{number}": way for way in WAYS for number in range(each)}
    for name, way in ways.items():
        task(folder, name)
        WAYS[way][0](folder / "studies" / name, out)
    given = random.Random(healthy).sample([*names, *ways], len(names) + len(ways))
    code = _command(folder, out, [f"studies/{name}" for name in given])
    faults = [] if code == 3 else [f"exit {code}"]
    return [*faults, *_faults(folder, wholes, ways)]


def _faults(folder: Path, wholes: dict[str, Whole], ways: dict[str, str]) -> list[str]:
    out = folder / "out"
    entries, _ = Ledger(out).read()
    faults = [*unended_in(out, wholes), *map(str, hidden(folder / "passing"))]
    faults += [
        fault
        for fault in faults_in(out, {name: [whole] for name, whole in wholes.items()})
        if "no batch" not in fault and "status" not in fault
    ]
    for name, way in ways.items():
        _, state, code = WAYS[way]
        entry = entries[name]
        if (entry.state, _codes(entry)) != (state, [code]):
            faults.append(f"{name}: {entry.state} {entry.messages}")
        if way == "broken" and "Segmentation fault" not in entry.message:
            faults.append(f"{name}: {entry.message}")
        if (out / name).is_dir() or parts_of(out, name).keys() != {"studies"}:
            faults.append(f"{name}: something of a result is there")
    studies = read_results(out).studies.set_index("study")
    if studies["state"].to_dict() != {name: entry.state for name, entry in entries.items()}:
        faults.append("the data set tells of other studies than the ledger")
    if sum(1 for name in wholes if entries[name].attempts == 1) != len(wholes):
        faults.append("a healthy study was begun twice")
    return faults


def _codes(entry: Entry) -> list[str]:
    return [line.partition(" · ")[0] for line in entry.messages]


def _command(folder: Path, out: Path, studies: Sequence[str]) -> int:
    """Run the command, whose workers can be poisoned, and which waits less for a study that hangs."""
    (folder / "passing").mkdir(exist_ok=True)
    own = {"TMPDIR": str(folder / "passing"), "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [*studies, "--out", str(out), *CHOICES, *LIMITS, "--workers", "2"]
    command = [sys.executable, __file__, "--batch", "batch", *words]
    return subprocess.run(command, cwd=folder, env={**os.environ, **own}, check=False, capture_output=True).returncode


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--batch"]:
        child.command = lambda module: list(POISONED)
        child.Child.seconds = HURRIED  # type: ignore[method-assign, assignment]
        sys.argv = ["zzgeo", *arguments[1:]]
        zzgeo_main()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--each", type=int, default=4, help="studies poisoned in each of the ten ways")
    chosen = parser.parse_args(arguments)
    poisoned = chosen.each * len(WAYS)
    with tempfile.TemporaryDirectory(prefix="poison-") as folder:
        began = time.monotonic()
        faults = poisoned_batch(Path(folder), chosen.studies - poisoned, chosen.each)
    print(*faults, sep="\n")
    took = time.monotonic() - began
    print(f"{chosen.studies - poisoned} healthy, {poisoned} poisoned: {len(faults)} faults, {took:.0f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
