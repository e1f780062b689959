"""A real Dask scheduler and real workers, on this machine, for as long as a test needs them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from need import absent

_SECONDS = 120.0

_QUIET = ("--no-dashboard", "--host", "127.0.0.1")

#: Loaded by a worker of the cluster: its studies have the poisons that are written beside them.
_POISONED = """
from zzgeo.batch import child
from batch_tasks import HURRIED, POISONED
child.command = lambda module: list(POISONED)
child.Child.seconds = HURRIED
"""


def needed() -> None:
    """Skip where distributed is not installed."""
    if find_spec("distributed") is None:
        absent("dask", 'distributed is not installed (pip install "zzgeo[cluster]")')


class Cluster:
    """A scheduler and workers of one thread each; their processes, and where they write what they log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        folder.mkdir()
        self._told = folder / "scheduler.json"
        told = ("--port", "0", "--scheduler-file", str(self._told), "--no-jupyter")
        self.scheduler = self._started("scheduler", told)
        self.address = ""
        until = time.monotonic() + _SECONDS
        while not self.address and time.monotonic() < until:
            time.sleep(0.05)
            with contextlib.suppress(OSError, ValueError):  # not there, or not whole
                self.address = json.loads(self._told.read_text())["address"]

    def add(self, threads: int = 1, preload: str = _POISONED, code: Path | None = None) -> subprocess.Popen[bytes]:
        """Start one more worker, without a nanny that would start it anew; wait until it is there.

        `code` is the folder of another zzgeo.
        """
        from distributed import Client

        name = f"worker-{len(self.workers)}"
        script = self.folder / f"{name}_preload.py"
        script.write_text(preload, encoding="utf-8")
        options = (
            "--name",
            name,
            "--nthreads",
            str(threads),
            "--no-nanny",
            "--local-directory",
            str(self.folder / name),
        )
        told = (*options, "--preload", str(script), "--scheduler-file", str(self._told))
        self.workers.append(self._started("worker", told, name, code))
        until = time.monotonic() + _SECONDS
        with Client(self.address, set_as_default=False, timeout=_SECONDS) as client:
            while name not in {its["name"] for its in client.scheduler_info(n_workers=-1)["workers"].values()}:
                assert time.monotonic() < until, f"{name} does not arrive"
                time.sleep(0.1)
        return self.workers[-1]

    def _started(
        self, command: str, options: Sequence[str], name: str = "scheduler", code: Path | None = None
    ) -> subprocess.Popen[bytes]:
        first = [] if code is None else [str(code)]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([*first, *sys.path])}
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{command}", *_QUIET, *options],
                # Python looks first where it stands
                cwd=self.folder,
                env=env,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    def end(self) -> None:
        """End everything."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Start a cluster, and end it."""
    needed()
    made = Cluster(folder)
    try:
        for _ in range(workers):
            made.add()
        yield made
    finally:
        made.end()
