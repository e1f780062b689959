"""A worker whose studies do what is written in a file ``poison`` beside them: ``python poisons.py`` is started instead.

Only tests can poison: the worker of zzgeo looks for no such file.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zzgeo.batch import job, worker


class Unpicklable(Exception):
    """Travels to no other process, and cannot even say what it is."""

    def __init__(self) -> None:
        super().__init__()
        self.held = lambda: None

    def __str__(self) -> str:
        raise RuntimeError("no words")


def raised(error: BaseException) -> None:
    raise error


def hog() -> None:
    held = []
    while True:
        held.append(bytearray(os.urandom(1 << 20) * 8))


def once_killed() -> None:
    """Kill the worker the first time only."""
    mark = Path(os.environ["ZZGEO_TEST_MARKS"]) / "killed"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def forked() -> None:
    """Die, and leave a process that holds the pipes, which nothing is heard from."""
    if os.fork() == 0:
        time.sleep(1e6)
    os._exit(7)


def printed() -> None:
    print("a stray print")
    os.write(1, b"another, past Python\n")


POISONS: dict[str, Callable[[], Any]] = {
    "raise": lambda: raised(ValueError("a bug")),
    "unpicklable": lambda: raised(Unpicklable()),
    "system-exit": lambda: sys.exit(3),
    "exit": lambda: os._exit(0),
    "sigkill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "segv": lambda: ctypes.string_at(0),
    "hog": hog,
    "one-demand": lambda: bytearray(1 << 40),
    "hang": lambda: time.sleep(1e6),
    "disk-full": lambda: raised(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))),
    "once-killed": once_killed,
    "printed": printed,
    "forked": forked,
}


def main() -> None:
    audit_into = job.audit_into

    def poisoned(study: Path, *rest: Any, **more: Any) -> Any:
        # after the work has begun: its folder is held, as it is wherever a study breaks
        from zzgeo.intake import study as intake

        load = intake.load_study

        def load_study(path: Path) -> Any:
            mark = Path(path).parent / "poison"
            if mark.exists():
                POISONS[mark.read_text()]()
            return load(path)

        intake.load_study = load_study
        try:
            return audit_into(study, *rest, **more)
        finally:
            intake.load_study = load

    job.audit_into = poisoned  # type: ignore[assignment]
    worker.main()


if __name__ == "__main__":
    main()
