"""Workers of a batch: processes that stay warm, one study at a time each."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Protocol, Self

from zzgeo.batch.task import Outcome, Task, run_task
from zzgeo.errors import MissingExtra


class Workers(Protocol):
    """Who does the tasks of a batch."""

    def __enter__(self) -> Self:
        """Be ready."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End whatever still works."""

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Give outcomes as they end; tasks are taken one by one, when somebody is free to do them."""


def workers_for(count: int, scheduler: str, limit_seconds: float | None, limit_bytes: int | None) -> Workers:
    """Return who carries out the tasks of a batch.

    Raises
    ------
    MissingExtra
        If a scheduler is named.
    """
    if scheduler:
        raise MissingExtra('distributed is not installed, which --scheduler needs: pip install "zzgeo[cluster]"')
    return LocalWorkers(count, limit_seconds=limit_seconds, limit_bytes=limit_bytes)


class LocalWorkers:
    """Processes on this machine.

    Parameters
    ----------
    count
        How many studies are audited at the same time.
    limit_seconds, limit_bytes
        What a study may take: seconds of the wall, bytes of memory.
    """

    def __init__(self, count: int, *, limit_seconds: float | None = None, limit_bytes: int | None = None) -> None:
        self._count = count
        self._limit_seconds = limit_seconds
        self._limit_bytes = limit_bytes
        self._made: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._made:
            worker.end()
        self._made = []

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Give outcomes as they end; tasks are taken one by one, when a process is free."""
        waiting = iter(tasks)
        more = True
        while True:
            while more and (idle := self._idle()) is not None:
                task = next(waiting, None)
                more = task is not None
                if task is not None:
                    idle.begin(task)
            busy = [worker for worker in self._made if worker.task is not None]
            if not busy:
                return
            wait([worker.pipe for worker in busy], timeout=0.2)
            for worker in busy:
                outcome = worker.outcome(self._limit_seconds)
                if outcome is None:
                    continue
                if not worker.lives:
                    self._made.remove(worker)
                yield outcome

    def _idle(self) -> _Worker | None:
        for worker in self._made:
            if worker.task is None:
                return worker
        if len(self._made) < self._count:
            self._made.append(_Worker(self._limit_bytes))
            return self._made[-1]
        return None


class _Worker:
    """A process, the pipe to it, and what it does."""

    def __init__(self, limit_bytes: int | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other, os.getpid(), limit_bytes))
        self.process.start()
        other.close()
        self.task: Task | None = None
        self.lives = True
        self._began = 0.0

    def begin(self, task: Task) -> None:
        self.task, self._began = task, time.monotonic()
        # of a process that is gone, its end is told where its outcome is asked for
        with contextlib.suppress(OSError):
            self.pipe.send(task)

    def outcome(self, limit_seconds: float | None) -> Outcome | None:
        """Return what came of the task, if it has ended; of a process that is gone, that it was killed."""
        assert self.task is not None
        id, seconds = self.task.id, round(time.monotonic() - self._began, 3)
        try:
            if self.pipe.poll():
                ended: Outcome = self.pipe.recv()
                self.task = None
                return ended
        except (EOFError, OSError):
            self.process.join()
            return self._gone(Outcome(id, self.process.exitcode or -signal.SIGKILL, seconds=seconds))
        if limit_seconds is not None and seconds > limit_seconds:
            self.end()
            message = f"resource.time_limit · {id} · {seconds:.0f} s · the study took longer than it may · give it more"
            return self._gone(Outcome(id, -signal.SIGTERM, (message,), seconds=seconds))
        return None

    def _gone(self, outcome: Outcome) -> Outcome:
        self.task, self.lives = None, False
        return outcome

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(pipe: Connection[Any, Any], parent: int, limit_bytes: int | None) -> None:
    """Do one task after the other until nobody gives any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: the coordinator's end is this one's
        if os.getppid() != parent:
            return
    if limit_bytes is not None and sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send(run_task(pipe.recv()))
