"""Other processes that do pieces of work for a large result; whoever does them, the same bytes come out.

To pack the pages of a city, or to write its layers, holds the interpreter's lock for half a minute, in which another
process leaves this one free to gather what comes next. ``python -m zzgeo.reporting.processes`` is such a process: it
reads a piece of work a line from standard input, does it, and says so on standard output. Where none can be started, or
where one dies, the work is done here.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zzgeo.processes import can_start, command, environment, processors
from zzgeo.reporting.files import File
from zzgeo.system import SYSTEM

#: More processes than this gain nothing: this one cannot gather as fast as they pack.
_MOST = 3


@dataclass(frozen=True)
class Made:
    """What another process made: a file, its length in bytes and their CRC-32 as they were written."""

    path: Path
    length: int
    checksum: int

    def is_whole(self, content: bytes) -> bool:
        """Tell whether the file read back is what was written."""
        return len(content) == self.length and zlib.crc32(content) == self.checksum


class Process:
    """Another process that does work one piece after the other; leaving the block ends it, whatever it is doing.

    A piece is a function of a module and what it is given, all of which pickle can hold.

    Parameters
    ----------
    passing
        Folder for passing files.

    Raises
    ------
    OSError
        On entering: if the system starts no other process. Later: if passing files cannot be written.
    """

    def __init__(self, passing: Path) -> None:
        self._passing = passing
        self._many = 0
        self._told: list[Made] = []

    def __enter__(self) -> Process:
        self._process = subprocess.Popen(
            command(__name__),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with contextlib.suppress(OSError, ValueError):  # what it had not read yet
            self._process.communicate()

    def put(self, work: Callable[..., bytes | None], *given: object) -> int:
        """Hand a piece of work over, kept in a passing file until it is done; return its number."""
        number = self._many
        with self._task(number).open("wb") as file:
            pickle.dump((work.__module__, work.__qualname__, given), file, protocol=5)
        self._many += 1
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it is gone: `made` tells
            self._process.stdin.write(json.dumps(str(self._task(number))) + "\n")
            self._process.stdin.flush()
        return number

    def _task(self, number: int) -> Path:
        return self._passing / f"{self._process.pid}-{number}"

    def made(self, number: int) -> Made | None:
        """Wait for a piece of work; return what was made, None where the process ended without a word of it."""
        assert self._process.stdout is not None
        while len(self._told) <= number:
            line = self._process.stdout.readline()
            if not line.endswith("\n"):
                return None
            path, length, checksum = json.loads(line)
            self._task(len(self._told)).unlink()
            self._told.append(Made(Path(path), length, checksum))
        return self._told[number]

    def result(self, number: int) -> bytes | Made:
        """Wait for a piece of work that makes bytes; where the process ended without a word of it, do it here."""
        made = self.made(number)
        if made is not None:
            return made
        # what it was given stands in the passing file alone: the pages of a city would not fit beside each other
        content: bytes = _done(self._task(number))
        return content

    def finished(self) -> bool:
        """Wait for the end; return whether every piece of work was done."""
        done = all(self.made(number) is not None for number in range(self._many))
        with contextlib.suppress(OSError, ValueError):
            self._process.communicate()
        return done


class Processes:
    """As many other processes as work of many pieces is worth; leaving the block ends them.

    Parameters
    ----------
    scratch
        An existing folder; passing files stand inside it, in a folder of their own.
    many
        How many, from `worth`; with 0 the work is done here, within the block by another thread.
    """

    def __init__(self, scratch: Path, many: int) -> None:
        self._scratch, self._wanted = scratch, many
        self._held = contextlib.ExitStack()
        self._pool: list[Process] = []
        self._here: ThreadPoolExecutor | None = None
        self._next = 0
        self._desk: Process | None = None

    def __enter__(self) -> Processes:
        self._here = ThreadPoolExecutor(1)
        self._held.callback(self._here.shutdown, cancel_futures=True)
        if self._wanted:
            self._passing = Path(self._held.enter_context(tempfile.TemporaryDirectory(dir=self._scratch)))
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    @property
    def ahead(self) -> int:
        """Return how many pieces of work to hand over before the first of them is asked for."""
        return max(1, 2 * self._wanted)

    def own(self, held: contextlib.ExitStack) -> Process | None:
        """Start one more process, for work whose pieces hang together; None where there are to be none, or can be none.

        It ends with `held`.
        """
        if not self._wanted or not can_start():
            return None
        try:
            return held.enter_context(Process(self._passing))
        except OSError:
            return None

    def put(self, work: Callable[..., bytes], *given: object) -> Handed:
        """Hand over a piece of work that makes bytes."""
        process = self._in_turn()
        if process is None:
            return Handed(self._here.submit(work, *given).result if self._here else lambda: work(*given))
        return _handed(process, work, given)

    @property
    def spare(self) -> bool:
        """Tell whether there are processors beyond those that pages and layers keep busy."""
        return self._wanted > 1

    def put_apart(self, work: Callable[..., bytes], *given: object) -> Handed:
        """Hand over work nobody waits for soon, to one process for all such; it is done here where none is spare."""
        if self.spare and self._desk is None:
            self._desk = self.own(self._held)
        return Handed(lambda: work(*given)) if self._desk is None else _handed(self._desk, work, given)

    def _in_turn(self) -> Process | None:
        """Return the process that is next, each started when its first turn comes; None where there is none."""
        if len(self._pool) < self._wanted and (process := self.own(self._held)) is not None:
            self._pool.append(process)
        self._next += 1
        return self._pool[self._next % len(self._pool)] if self._pool else None


@dataclass(frozen=True)
class Handed:
    """A piece of work that was handed over; ``result`` waits for it and returns the bytes, or the file of them."""

    result: Callable[[], bytes | Made]

    def file(self, name: str, whole: Callable[[bytes], bool]) -> File:
        """Return the file of a result that holds what was made, with a check of the bytes read back."""
        made = self.result()
        if isinstance(made, bytes):
            return name, made, whole
        return name, made.path, _read_back(made, whole)


def _handed(process: Process, work: Callable[..., bytes], given: tuple[object, ...]) -> Handed:
    """Hand work to a process; done here where it dies, or where what it needs cannot be handed over."""
    try:
        number = process.put(work, *given)
    except (pickle.PicklingError, AttributeError, TypeError):
        return Handed(lambda: work(*given))
    return Handed(lambda: process.result(number))


def _read_back(made: Made, whole: Callable[[bytes], bool]) -> Callable[[Path], bool]:
    def check(path: Path) -> bool:
        content = path.read_bytes()
        return made.is_whole(content) and whole(content)

    return check


def worth(rows: int) -> int:
    """Return how many other processes a report of so many streets and places is worth on this machine.

    None where there are few, because one takes half a second to start, nor where there is one processor.
    """
    return 0 if rows <= _MANY_ROWS else max(0, min(processors() - 1, _MOST))


#: A study of more streets and places than this is worth other processes.
_MANY_ROWS = 200_000


def flush(path: str) -> None:
    """Flush a file to the disk, while the process that wants it is still busy."""
    handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def main() -> None:
    """Do the work named on standard input piece by piece, and tell each when it is done; a fault ends the process."""
    # Ctrl+C reaches every process of a terminal: the one that started this one ends it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    SYSTEM.end_with_parent()
    gc.disable()  # as `zzgeo.memory.bulk_work`: it is soon over
    # what a library prints is no word of ours
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        path = json.loads(line) + ".made"
        made = _done(Path(json.loads(line)))
        if made is not None:
            with open(path, "xb") as file:
                file.write(made)
            flush(path)
        said.write(json.dumps([path, *((0, 0) if made is None else (len(made), zlib.crc32(made)))]) + "\n")
        said.flush()


def _done(task: Path) -> Any:
    """Return what the piece of work in a passing file makes."""
    with task.open("rb") as file:
        module, name, given = pickle.load(file)
    return getattr(importlib.import_module(module), name)(*given)


if __name__ == "__main__":
    main()
