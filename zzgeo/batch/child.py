"""A worker's process, seen from the batch: it is given a task, watched, and ended with all that it started."""

from __future__ import annotations

import contextlib
import logging
import pickle
import queue
import shutil
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, cast

from zzgeo.batch.frames import Answer, Order, read_frame, write_frame
from zzgeo.batch.task import Task
from zzgeo.processes import command, environment
from zzgeo.system import SYSTEM

_log = logging.getLogger(__name__)

#: Lines of what a process printed last, kept for the case that it breaks.
_LAST_LINES = 40
#: Seconds after which the end of a process has been heard, if nothing holds its pipe.
_HEARD_S = 5.0


class Child:
    """A process that audits one study at a time; what it answers, or None at its end, is put into `heard`.

    Parameters
    ----------
    heard
        Where ``(child, answer)`` is put.
    scratch
        A folder of its own for passing files, removed with it.
    threads
        How many threads a study keeps busy.
    start
        The command that starts it, where it is not ``python -m zzgeo.batch.worker``.

    Raises
    ------
    OSError
        If the system starts no process.
    """

    def __init__(
        self,
        heard: queue.SimpleQueue[tuple[Child, Answer | None]],
        scratch: Path,
        threads: int,
        start: Sequence[str] = (),
    ) -> None:
        self.task: Task | None = None
        self.since: float | None = None
        self.begun = time.monotonic()
        self.fresh = True
        self.at_start = 0
        self.peak = 0
        self._seen_gone = 0.0
        self._scratch = scratch
        self._said: deque[str] = deque(maxlen=_LAST_LINES)
        scratch.mkdir(mode=0o700)
        own = environment(threads) | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            list(start) or command("zzgeo.batch.worker"),
            env=own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # in a group of its own, so that what it started is ended with it
            **SYSTEM.own_group(),
        )
        self._readers = [
            threading.Thread(target=self._hear, args=(heard,), daemon=True),
            threading.Thread(target=self._log_prints, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def ready(self) -> bool:
        """Whether the process has begun to take orders."""
        return self.at_start > 0

    def give(self, order: Order) -> None:
        """Hand a task over; the clock runs from now, or from when the process has begun."""
        self.task = order.task
        self.since = time.monotonic() if self.ready else None
        self.peak = 0
        with contextlib.suppress(OSError):  # it is gone: its end is heard
            write_frame(cast(BinaryIO, self._process.stdin), order)

    def begin(self, answer: Answer) -> None:
        """Note that the process has begun, and what it holds before any study."""
        self.at_start = max(answer.resident, 1)
        if self.task is not None:
            self.since = time.monotonic()

    def free(self) -> None:
        """Note that the task is done."""
        self.task, self.since, self.fresh = None, None, False

    def measure(self) -> int:
        """Return the bytes held by the process and what it started."""
        held = SYSTEM.resident_bytes(self.pid)
        self.peak = max(self.peak, held)
        return held

    @property
    def seconds(self) -> float:
        """How long the task has taken so far."""
        return 0.0 if self.since is None else time.monotonic() - self.since

    @property
    def last_line(self) -> str:
        """What the process printed before it ended, in a line."""
        lines = [line for line in self._said if line.strip()]
        broken = [line for line in lines if line.startswith("Fatal Python error")]
        return (broken or lines or [""])[-1].strip()

    @property
    def gone(self) -> bool:
        """Whether the process has ended some seconds ago, and its end was not heard: what it started holds its pipe."""
        if not SYSTEM.has_ended(self._process):
            return False
        self._seen_gone = self._seen_gone or time.monotonic()
        return time.monotonic() - self._seen_gone > _HEARD_S

    def end(self) -> int:
        """End the process and all that it started; return its exit code, below 0 the signal that ended it."""
        SYSTEM.end_all(self._process)
        code = self._process.wait()
        for reader in self._readers:
            reader.join(timeout=5)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        shutil.rmtree(self._scratch, ignore_errors=True)
        return code

    def _hear(self, heard: queue.SimpleQueue[tuple[Child, Answer | None]]) -> None:
        stream = cast(BinaryIO, self._process.stdout)
        try:
            while True:
                heard.put((self, read_frame(stream)))
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            heard.put((self, None))

    def _log_prints(self) -> None:
        stream = cast(BinaryIO, self._process.stderr)
        with contextlib.suppress(OSError, ValueError):
            while line := stream.readline(1 << 16):
                text = line.decode("utf-8", "replace").rstrip()
                self._said.append(text)
                task = self.task
                _log.info("%s: %s", task.id if task else "worker", text)
