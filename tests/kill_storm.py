"""Kills at random moments: whatever dies, every result is the old one or the new one, and the next start does the rest.

``python tests/kill_storm.py --kills 500`` does it with local workers, ``--dask --kills 100`` on a Dask cluster. Of 100
kills 60 end the batch, 30 a worker and 10 everything at once, by SIGKILL, SIGTERM or SIGINT. After each, the results
that are there are compared, byte for byte, with those of an undisturbed run; nothing of the batch may be left running.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "batch")]

from batch_tasks import CHOICES, alone, leftovers, result, task  # noqa: E402
from cluster import Cluster, cluster  # noqa: E402

from zzgeo.batch.task import Task  # noqa: E402
from zzgeo.batch.workers import workers_for  # noqa: E402

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)

#: Seconds from the start of a batch to a kill: from before its first study to after some.
MOMENTS = (0.0, 12.0)
#: Seconds in which what was killed is gone, on a busy machine.
GONE_S = 60.0

#: Set in every process of the storm, which knows them by it; the cluster's are not among them.
MARK = "ZZGEO_STORM"


def batch(folder: Path, scheduler: str) -> None:
    """Do what is missing: the plainest batch there is, whose ledger is the results themselves."""
    missing = [one for one in tasks(folder) if not Path(one.out).exists()]
    with workers_for(2, scheduler, 300.0, None) as workers:
        for outcome in workers.outcomes(missing):
            if outcome.exit_code:
                raise SystemExit(f"{outcome}")


def tasks(folder: Path) -> list[Task]:
    """Return the tasks of the studies in a folder."""
    studies = sorted((folder / "studies").iterdir())
    return [Task(path.name, str(path / "study.toml"), str(folder / "out" / path.name), CHOICES) for path in studies]


@dataclass
class Storm:
    """A folder of studies, what is to come of them, and what went wrong."""

    folder: Path
    rng: random.Random
    dask: Cluster | None = None
    expected: dict[str, dict[str, bytes]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    kills: int = 0
    rounds: int = 0

    def prepare(self, studies: int) -> None:
        """Write studies, and audit each in this process, undisturbed."""
        for number in range(studies):
            one = task(self.folder, "s" * (number + 1))
            outcome, self.expected[one.id] = alone(one, self.folder / "alone")
            assert outcome.exit_code == 0, outcome

    def blow(self, kills: int) -> None:
        """Kill until it was done so often; a batch that ends is begun anew, its results taken away."""
        while self.kills < kills:
            self._round()
        self._check(whole=self._done())

    def _round(self) -> None:
        self.rounds += 1
        batch_process = self._begin()
        try:
            batch_process.wait(self.rng.uniform(*MOMENTS))
        except subprocess.TimeoutExpired:
            self._kill(batch_process)
        code = batch_process.wait()
        self._gone()
        self._check(whole=code == 0)
        if code == 0:
            self._take_away()

    def _begin(self) -> subprocess.Popen[bytes]:
        address = self.dask.address if self.dask else ""
        with (self.folder / "last.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, __file__, "--batch", str(self.folder), address],
                env={**os.environ, MARK: str(self.folder)},
                stdout=subprocess.DEVNULL,
                stderr=log,
                process_group=0,
            )

    def _kill(self, batch_process: subprocess.Popen[bytes]) -> None:
        """Kill the batch, one of its workers, or all of it; after a worker's death the batch goes on for a while."""
        whom = self.rng.choices(("batch", "worker", "all"), (60, 30, 10))[0]
        how = self.rng.choice(SIGNALS)
        workers = self._workers(batch_process.pid)
        self.kills += 1
        if whom == "worker" and workers:
            _send(self.rng.choice(workers), how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                batch_process.wait(self.rng.uniform(*MOMENTS))
            _send(batch_process.pid, signal.SIGKILL)
        elif whom == "all":
            for pid in (batch_process.pid, *workers):
                _send(pid, how)
            time.sleep(self.rng.uniform(0, 1))
            _send(batch_process.pid, signal.SIGKILL)
        else:
            _send(batch_process.pid, how)
        if self.dask:
            self._mend_cluster()

    def _workers(self, batch_pid: int) -> list[int]:
        """Return the processes that audit: those of this storm, or those of the cluster and the cluster's own."""
        if self.dask:
            own = [worker.pid for worker in self.dask.workers if worker.poll() is None]
            return [*own, *(pid for parent in own for pid in _children(parent))]
        return _children(batch_pid)

    def _mend_cluster(self) -> None:
        assert self.dask
        time.sleep(0.5)
        while sum(worker.poll() is None for worker in self.dask.workers) < 2:
            self.dask.add(preload="")

    def _gone(self) -> None:
        """See that nothing of the batch runs on: its processes, or what the cluster did for it."""
        until = time.monotonic() + GONE_S
        while (left := self._left()) and time.monotonic() < until:
            time.sleep(0.1)
        if left:
            self.faults.append(f"kill {self.kills}: {left} still there")

    def _left(self) -> list[str]:
        running = [f"process {pid}" for pid in _marked(str(self.folder))]
        # on a cluster a study that nobody waits for is ended, and its work folder cleared
        return running + (leftovers(self.folder) if self.dask else [])

    def _check(self, *, whole: bool) -> None:
        """Compare what is there with what is to come."""
        out = self.folder / "out"
        there = {path.name for path in out.iterdir() if not path.name.startswith(".")} if out.exists() else set()
        for name in there:
            if result(out / name) != self.expected[name]:
                self.faults.append(f"kill {self.kills}: {name} is torn")
        if whole and there != self.expected.keys():
            self.faults.append(f"kill {self.kills}: ended without {self.expected.keys() - there}")
        if whole and leftovers(self.folder):
            self.faults.append(f"kill {self.kills}: ended with {leftovers(self.folder)}")

    def _done(self) -> bool:
        """Let a last batch end undisturbed."""
        process = self._begin()
        code = process.wait()
        if code:
            self.faults.append(f"the last batch ended with {code}: {(self.folder / 'last.log').read_text()[-500:]}")
        return code == 0

    def _take_away(self) -> None:
        shutil.rmtree(self.folder / "out")


def _send(pid: int, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)


def _children(pid: int) -> list[int]:
    try:
        found = [Path(f"/proc/{pid}/task/{one}/children").read_text() for one in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []
    return [int(word) for text in found for word in text.split()]


def _marked(mark: str) -> Iterator[int]:
    """Give the processes that bear the mark in their environment."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}\0".encode() in path.read_bytes():
                yield int(path.parts[2])


def storm(folder: Path, kills: int, seed: int, *, studies: int = 6, dask: bool = False) -> Storm:
    """Blow; return what went wrong, if anything did."""
    with contextlib.ExitStack() as held:
        made = Storm(folder, random.Random(seed))
        if dask:
            made.dask = held.enter_context(cluster(folder / "cluster", workers=0))
            made.dask.add(preload="")
            made.dask.add(preload="")
        made.prepare(studies)
        made.blow(kills)
    return made


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--batch"]:
        # as the command line does: a batch that is told to end closes its workers first
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            batch(Path(arguments[1]), arguments[2])
            return 0
        return 130
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--studies", type=int, default=6)
    parser.add_argument("--dask", action="store_true", help="on a Dask cluster that is started here")
    chosen = parser.parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(2**32)
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        began = time.monotonic()
        made = storm(Path(folder), chosen.kills, seed, studies=chosen.studies, dask=chosen.dask)
    print(*made.faults, sep="\n")
    took = time.monotonic() - began
    print(f"{made.kills} kills in {made.rounds} batches, seed {seed}: {len(made.faults)} faults, {took:.0f} s")
    return 1 if made.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
