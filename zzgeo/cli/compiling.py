"""Compiling what the land of a study needs, in a process beside the one that reads the study.

Most of what a first audit compiles is for land, and asked for last: while layers are read and people put on streets,
``python -m zzgeo.cli.compiling`` compiles it, and the audit finds it kept. Where no other process can be started, or it
is not done in time, the audit compiles for itself.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Iterator

from zzgeo.land import compile_all, is_to_be_compiled
from zzgeo.processes import can_start, command, environment, processors
from zzgeo.system import SYSTEM


@contextlib.contextmanager
def compiling_beside() -> Iterator[None]:
    """Compile beside what is done in the block, where nothing is kept yet and a processor is free for it."""
    beside = None
    if processors() > 1 and can_start() and is_to_be_compiled():
        with contextlib.suppress(OSError):
            nowhere = subprocess.DEVNULL
            beside = subprocess.Popen(
                command(__name__), env=environment(1), stdin=nowhere, stdout=nowhere, stderr=nowhere
            )
    try:
        yield
    finally:
        if beside is not None:
            beside.kill()
            beside.wait()


def main() -> None:
    """Compile, unless the process that started this one is gone."""
    # Ctrl+C reaches every process of a terminal: the one that started this one ends it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    SYSTEM.end_with_parent()
    compile_all()


if __name__ == "__main__":
    main()
