"""Warm processes on this machine carry out the tasks of a batch.

A study cannot harm the others: it has a process to itself while it runs, with a limit on memory and on time. A process
that breaks is replaced. The study it had is only suspected, for a process may be ended from outside: it is tried once
more at the end, alone and in a fresh process, before it is blamed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import shutil
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from zzgeo.batch.child import Child
from zzgeo.batch.frames import Answer, Order
from zzgeo.batch.task import Outcome, Task, out_of_memory
from zzgeo.errors import EnvironmentFault, Problem
from zzgeo.processes import can_start, processors
from zzgeo.system import SYSTEM

#: Seconds between two looks at the limits.
_LOOK_S = 0.1
#: A process that does not begin within so many seconds has failed; after so many failures nothing is tried any more.
_BEGIN_S, _MOST_FAILURES = 300.0, 5
#: A process that has grown by so many bytes since its start is replaced between two studies.
GROWN_BYTES = 512 << 20
#: Seconds a study waits for a folder that a run ended a moment ago still holds.
_PATIENCE_S = 10.0
#: How folders for passing files begin.
_SCRATCH = "zzgeo-batch-"


class LocalWorkers:
    """Warm processes on this machine, one study at a time each; they share its processors.

    Parameters
    ----------
    count
        How many processes; fewer where there are fewer tasks.
    limit_seconds
        A study that takes longer is ended, ``resource.time_limit``.
    limit_bytes
        A study that holds more memory is ended, ``resource.memory``.
    threads
        How many threads a study keeps busy; the processors divided by the processes where it is not given.
    grown_bytes
        A process that has grown by so much is replaced between two studies.
    start
        The command that starts a process, where it is not ``python -m zzgeo.batch.worker``.

    Raises
    ------
    InputError
        If memory is to be limited where the system does not say how much a process holds.

    Examples
    --------
    >>> with LocalWorkers(2, limit_seconds=600) as workers:
    ...     list(workers.outcomes([]))
    []
    """

    def __init__(
        self,
        count: int,
        *,
        limit_seconds: float | None = None,
        limit_bytes: int | None = None,
        threads: int | None = None,
        grown_bytes: int = GROWN_BYTES,
        start: Sequence[str] = (),
    ) -> None:
        self._count = count
        self._limit_seconds, self._limit_bytes = limit_seconds, limit_bytes
        self._threads = threads or max(1, processors() // count)
        self._grown, self._start = grown_bytes, tuple(start)
        self._heard: queue.SimpleQueue[tuple[Child, Answer | None]] = queue.SimpleQueue()
        self._children: list[Child] = []
        self._numbers = itertools.count(1)
        self._failures = 0
        self._put_back: deque[Task] = deque()
        self._wanted: Callable[[], bool] = lambda: True
        self._scratch: _Scratch | None = None

    def __enter__(self) -> Self:
        self._scratch = _Scratch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_all()
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None

    def outcomes(self, tasks: Iterable[Task], wanted: Callable[[], bool] = lambda: True) -> Iterator[Outcome]:
        """Give the outcome of each task as it ends.

        Parameters
        ----------
        tasks
            Taken one by one, each when a process is free for it.
        wanted
            Asked again and again; when it says no, whatever runs is ended.

        Yields
        ------
        Outcome
            One per task, in the order in which they end; those that were tried again come last.

        Raises
        ------
        EnvironmentFault
            If no process can be started.
        InterruptedError
            If the outcomes are wanted no more.
        """
        self._wanted = wanted
        self._put_back.clear()
        suspects: deque[Task] = deque()
        todo = iter(tasks)
        try:
            yield from self._carried_out(todo, suspects, self._count)
            while suspects:
                self._end_all()
                yield from self._carried_out(iter((suspects.popleft(),)), None, 1)
        finally:
            for child in [one for one in self._children if one.task is not None]:
                self._end(child)

    def _carried_out(self, todo: Iterator[Task], suspects: deque[Task] | None, count: int) -> Iterator[Outcome]:
        """Give outcomes; a task that is to be tried again goes to the suspects, or is blamed where there are none."""
        while True:
            self._give(todo, count)
            if all(child.task is None for child in self._children):
                return
            if not self._wanted():
                raise InterruptedError
            for child, outcome in self._ended():
                task = child.task
                if task is None:
                    continue
                doubtful = _doubtful(outcome, child.fresh)
                child.free()
                if doubtful and suspects is not None:
                    suspects.append(task)
                else:
                    yield outcome

    def _give(self, todo: Iterator[Task], count: int) -> None:
        """Give every free process a task, and start those that are missing."""
        while sum(child.task is not None for child in self._children) < count:
            task = self._put_back.popleft() if self._put_back else next(todo, None)
            if task is None:
                return
            idle = [child for child in self._children if child.task is None]
            child = idle[0] if idle else self._started()
            child.give(Order(task, self._limit_bytes, _PATIENCE_S))

    def _started(self) -> Child:
        if self._scratch is None:
            raise RuntimeError("workers are a context manager: use them in a `with` block")
        why = "the system starts no process for a worker"
        if not can_start() and not self._start:
            raise EnvironmentFault(Problem("worker.not_started", sys.executable, "", why, "use python").line())
        folder = self._scratch.folder / str(next(self._numbers))
        try:
            child = Child(self._heard, folder, self._threads, self._start)
        except OSError as error:
            value = error.strerror or str(error)
            problem = Problem("worker.not_started", sys.executable, value, why, "see `zzgeo doctor`")
            raise EnvironmentFault(problem.line()) from error
        self._children.append(child)
        return child

    def _ended(self) -> Iterator[tuple[Child, Outcome]]:
        """Give whose task has ended and how, after a moment of waiting."""
        try:
            heard = [self._heard.get(timeout=_LOOK_S)]
        except queue.Empty:
            heard = []
        with contextlib.suppress(queue.Empty):
            while True:
                heard.append(self._heard.get_nowait())
        for child, answer in heard:
            if child in self._children:
                outcome = self._lost(child) if answer is None else self._answered(child, answer)
                if outcome is not None:
                    yield child, outcome
        for child in list(self._children):
            outcome = self._beyond(child)
            if outcome is not None:
                yield child, outcome

    def _answered(self, child: Child, answer: Answer) -> Outcome | None:
        if answer.outcome is None:
            self._failures = 0
            child.begin(answer)
            return None
        outcome = replace(answer.outcome, peak_bytes=max(answer.outcome.peak_bytes, child.peak))
        if answer.resident > child.at_start + self._grown:
            self._end(child, tidy=False)
        return outcome

    def _lost(self, child: Child) -> Outcome | None:
        """Return what is told of the study whose process ended without an answer."""
        task, seconds = child.task, child.seconds
        code = self._end(child)
        if task is not None and not child.ready:  # it has not even begun: the next process takes it
            child.free()
            self._put_back.append(task)
        if not child.ready:
            self._failed_to_begin(child)
        if task is None or not child.ready:
            return None
        return killed(task, code, child.last_line, seconds, child.peak)

    def _failed_to_begin(self, child: Child) -> None:
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            why = f"a worker ended before its first study, {self._failures} times"
            raise EnvironmentFault(
                Problem(
                    "worker.not_started", sys.executable, child.last_line, why, "see `zzgeo doctor`; try `zzgeo demo`"
                ).line()
            )

    def _beyond(self, child: Child) -> Outcome | None:
        """End a process whose study goes beyond a limit, or that has ended unheard."""
        if child.gone or (not child.ready and time.monotonic() - child.begun > _BEGIN_S):
            return self._lost(child)
        task = child.task
        if task is None or not child.ready:
            return None
        held = child.measure()
        if self._limit_seconds is not None and child.seconds > self._limit_seconds:
            why = "the study took longer than it may"
            remedy = "give it more time (`--limit-seconds`), or see what is large in it"
            problem = Problem("resource.time_limit", task.study, f"{self._limit_seconds:g} s", why, remedy)
        elif self._limit_bytes is not None and held > self._limit_bytes:
            problem = out_of_memory(task, f"{held / 1e9:.2f} GB held, {self._limit_bytes / 1e9:.2f} GB allowed")
        else:
            return None
        seconds = round(child.seconds, 3)
        self._end(child)
        return Outcome(task.id, 5, (problem.line(),), seconds=seconds, peak_bytes=child.peak)

    def _end(self, child: Child, *, tidy: bool = True) -> int:
        """End a process; clear what its study left behind."""
        task = child.task
        code = child.end()
        if child in self._children:
            self._children.remove(child)
        if task is not None and tidy:
            clear_leftovers(task)
        return code

    def _end_all(self) -> None:
        for child in list(self._children):
            self._end(child)


def _doubtful(outcome: Outcome, fresh: bool) -> bool:
    """Tell whether a study is to be tried alone: its process was lost, or held what earlier studies had left."""
    return outcome.says("worker.killed") or (outcome.says("resource.memory") and not fresh)


def killed(task: Task, code: int, last_line: str, seconds: float, peak: int) -> Outcome:
    """Return what is told of a study whose process ended without an answer."""
    ended = f"exit {code}"
    if code < 0:
        with contextlib.suppress(ValueError):
            ended = signal.Signals(-code).name
    why = "the process of the study ended without an answer, also when it was tried again alone"
    remedy = "SIGKILL: the system may be out of memory (`--limit-gb`, fewer workers); else report it, with the study"
    problem = Problem("worker.killed", task.study, f"{ended} {last_line}".strip(), why, remedy)
    return Outcome(task.id, code if code < 0 else 1, (problem.line(),), seconds=round(seconds, 3), peak_bytes=peak)


def clear_leftovers(task: Task) -> None:
    """Clear what a run that was ended left beside the result of a task; an old result stands as it did."""
    from zzgeo.reporting.results.folder import ResultFolder

    # another run holds it, or it cannot be written: then nothing of ours is there
    with contextlib.suppress(EnvironmentFault), ResultFolder(task.out):
        pass


class _Scratch:
    """A folder for passing files, held as long as the batch runs; what batches that were killed left is removed."""

    def __init__(self) -> None:
        self.folder, self._lock = _held_folder()
        remove_forgotten()

    def close(self) -> None:
        """Remove the folder and let go of it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            SYSTEM.let_go(self.folder, self._lock)


def _held_folder() -> tuple[Path, int | None]:
    """Return a new folder that we hold, as far as the disk has locks."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_SCRATCH))
        try:
            return folder, SYSTEM.hold(folder)
        except (BlockingIOError, FileNotFoundError):  # before it was held, another batch took it for forgotten
            continue
        except OSError:
            return folder, None


def remove_forgotten() -> None:
    """Remove the folders for passing files that nobody holds: of batches that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"):
        with contextlib.suppress(OSError):
            handle = SYSTEM.hold(folder)
            if SYSTEM.is_own(handle):
                shutil.rmtree(folder, ignore_errors=True)
                SYSTEM.let_go(folder, handle)
            else:
                os.close(handle)
