"""The tasks of a batch on a Dask cluster that is there already: the same studies, the same limits, the same bytes.

A worker of the cluster gets a task of plain values and paths, and audits it in a process of its own, as a batch on one
machine does: a study that hangs, breaks or takes all memory ends that process, not the cluster's. Results are put in
place by renaming; a task that the cluster gives out twice waits for its folder, and writes the same bytes again.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from zzgeo.batch.code import code_parts
from zzgeo.batch.local import LocalWorkers, clear_leftovers, killed
from zzgeo.batch.task import Outcome, Task
from zzgeo.errors import EnvironmentFault, MissingExtra, Problem, ServiceUnavailable, ZzgeoError

#: Seconds in which a scheduler answers, or is not there.
_ANSWER_S = 10.0
#: Tasks given to the cluster beyond those its workers have, so that none waits for the next.
_AHEAD = 2
#: Seconds between two looks for ended tasks, for new workers, and for a folder that a doubled task holds.
_LOOK_S = 1.0
#: Seconds a doubled task waits for the first where no study has a limit of time.
_LONGEST_WAIT_S = 6 * 3600.0


class DaskWorkers:
    """The workers of a Dask cluster, one study at a time each.

    Parameters
    ----------
    address
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.
    limit_seconds, limit_bytes
        What a study may take, as for `LocalWorkers`.

    Raises
    ------
    MissingExtra
        If `distributed` is not installed.
    ServiceUnavailable
        On entering: if no scheduler answers there. Later: if it is lost.
    EnvironmentFault
        If a worker of the cluster has other code than the batch: of zzgeo, Python or a package; or no zzgeo.

    Examples
    --------
    >>> with DaskWorkers("tcp://10.0.0.1:8786", limit_seconds=600) as workers:  # doctest: +SKIP
    ...     outcomes = list(workers.outcomes(tasks))
    """

    def __init__(self, address: str, *, limit_seconds: float | None = None, limit_bytes: int | None = None) -> None:
        try:
            import distributed
        except ImportError as error:
            raise MissingExtra(f'a Dask cluster needs distributed: pip install "zzgeo[cluster]" ({error})') from None
        self._distributed: Any = distributed
        self._address = address
        self._limits = (limit_seconds, limit_bytes)
        self._client: Any = None
        self._seen: set[str] = set()
        self._ended: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        # what happens is told once, in our words
        for name in ("distributed", "distributed.client", "distributed.core"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            self._client = self._distributed.Client(self._address, timeout=_ANSWER_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise self._unavailable("no Dask scheduler answers there", str(error)) from error
        with contextlib.ExitStack() as held:
            held.push(self.__exit__)
            self._look_at_workers()
            held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            with contextlib.suppress(OSError, ValueError):
                self._client.close(timeout=_ANSWER_S)
            self._client = None

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Give the outcome of each task as it ends.

        Parameters
        ----------
        tasks
            Taken one by one, not many more than the cluster has workers.

        Yields
        ------
        Outcome
            One per task, in the order in which they end; those that were tried again come last.

        Raises
        ------
        ServiceUnavailable
            If the scheduler is lost; what the cluster was doing may still end there.
        """
        suspects: list[Task] = []
        yield from self._carried_out(iter(tasks), suspects)
        for task in suspects:  # one at a time: nothing else of ours runs beside it
            yield from self._carried_out(iter((task,)), None)

    def _carried_out(self, todo: Iterator[Task], suspects: list[Task] | None) -> Iterator[Outcome]:
        """Give outcomes; a task whose worker was lost goes to the suspects, or is blamed where there are none."""
        given: dict[str, tuple[Task, Any]] = {}
        try:
            while True:
                for task in itertools.islice(todo, max(0, self._room() - len(given))):
                    future = self._submitted(task)
                    given[future.key] = task, future
                    future.add_done_callback(self._ended.put)
                if not given:
                    return
                for future in self._done():
                    if future.key not in given:
                        continue
                    task, _ = given.pop(future.key)
                    outcome = self._outcome(future, task)
                    if suspects is not None and outcome.says("worker.killed"):
                        suspects.append(task)
                    else:
                        yield outcome
        finally:
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                self._client.cancel([future for _, future in given.values()], force=True)

    def _submitted(self, task: Task) -> Any:
        key = f"zzgeo-{task.id}-{uuid4().hex[:8]}"
        return self._client.submit(audited, task, code_parts(), *self._limits, key=key, pure=False, retries=0)

    def _room(self) -> int:
        return len(self._look_at_workers()) + _AHEAD

    def _done(self) -> list[Any]:
        """Return the futures that have ended, after a moment of waiting."""
        ended = []
        with contextlib.suppress(queue.Empty):
            ended.append(self._ended.get(timeout=_LOOK_S))
            while True:
                ended.append(self._ended.get_nowait())
        return ended

    def _outcome(self, future: Any, task: Task) -> Outcome:
        if future.cancelled() or future.status == "lost":
            raise self._unavailable("the scheduler was lost", "start the batch again: it does what is missing")
        error = future.exception(timeout=_ANSWER_S)
        if error is None:
            outcome: Outcome = future.result(timeout=_ANSWER_S)
            return outcome
        if isinstance(error, ZzgeoError):
            return Outcome(task.id, error.exit_code, tuple(str(error).splitlines()))
        clear_leftovers(task)
        # also what the cluster raises for a task of its own accord: a suspicion, not yet a verdict
        return killed(task, 1, f"{type(error).__name__} {error}", 0.0, 0)

    def _look_at_workers(self) -> dict[str, Any]:
        """Return the workers; those not seen before are checked.

        Raises
        ------
        ServiceUnavailable
            If the scheduler is lost.
        EnvironmentFault
            If one has other code than the batch.
        """
        try:
            workers: dict[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
            new = [address for address in workers if address not in self._seen]
            codes = self._client.run(code_parts, workers=new, on_error="return") if new else {}
        except (OSError, ValueError, RuntimeError) as error:
            raise self._unavailable("the scheduler was lost", str(error)) from error
        if not workers and "" not in self._seen:
            self._seen.add("")
            why = "the cluster has no worker yet: the batch waits for one"
            _warn(Problem("cluster.no_worker", self._address, "", why, "start `dask worker`", "warning"))
        for address in new:
            self._check(address, codes.get(address), int(workers[address]["nthreads"]))
        return workers

    def _check(self, address: str, parts: object, threads: int) -> None:
        if parts is None or isinstance(parts, OSError):
            return  # it, or the scheduler, was lost before it could answer; a task asks again where it is carried out
        self._seen.add(address)
        check_code(address, parts)
        if threads > 1:
            why = f"{threads} threads: so many studies at a time share its processors and its memory"
            remedy = "start it with `--nthreads 1`"
            _warn(Problem("cluster.threads", address, "", why, remedy, "warning"))

    def _unavailable(self, why: str, more: str) -> ServiceUnavailable:
        remedy = "see that `dask scheduler` runs, and that this machine reaches it"
        return ServiceUnavailable(Problem("service.unavailable", self._address, more, why, remedy))


def _warn(problem: Problem) -> None:
    warnings.warn(problem.line(), stacklevel=2)


def check_code(where: str, parts: object) -> None:
    """Refuse a worker whose zzgeo, Python or packages are not those of the batch, or that has no zzgeo.

    Parameters
    ----------
    where
        Who is told of.
    parts
        Its `zzgeo.batch.code.code_parts`, or what came instead.

    Raises
    ------
    EnvironmentFault
        ``cluster.version``: the line names what is other.
    """
    own = code_parts()
    if parts == own:
        return
    if isinstance(parts, dict):
        other = [name for name in sorted({*own, *parts}) if own.get(name) != parts.get(name)]
        value, ours = (", ".join(_named(name, its.get(name)) for name in other) for its in (parts, own))
    else:
        value, ours = f"{type(parts).__name__} {parts}", _named("zzgeo", own["zzgeo"])
    why = f"the batch has {ours}: results would not be the same from everywhere"
    remedy = "install the same zzgeo and packages in the same Python on every machine, and start the workers again"
    raise EnvironmentFault(Problem("cluster.version", where, value, why, remedy).line())


def _named(name: str, version: str | None) -> str:
    return f"{name} {version[:12] if version else 'none'}"


#: The warm process of each thread of a cluster's worker.
_mine = threading.local()


def audited(task: Task, parts: dict[str, str], limit_seconds: float | None, limit_bytes: int | None) -> Outcome:
    """Audit a study in a process of its own; called in a thread of a cluster's worker.

    Raises
    ------
    EnvironmentFault
        If this worker has other code than the batch, or cannot start a process.
    """
    check_code("the batch", parts)
    limits = {"limit_seconds": limit_seconds, "limit_bytes": limit_bytes}
    if getattr(_mine, "limits", None) != limits:
        _mine.limits = limits
        _mine.workers = LocalWorkers(1, **limits, threads=1).__enter__()  # type: ignore[arg-type]
    until = time.monotonic() + (limit_seconds or _LONGEST_WAIT_S)
    while True:
        outcome: Outcome = next(_mine.workers.outcomes([task], _wanted()))
        # the same task, given out twice, or one of a batch that was interrupted: it ends, then it is our turn
        if not outcome.says("output.locked") or time.monotonic() > until:
            return outcome
        time.sleep(_LOOK_S)


def _wanted() -> Callable[[], bool]:
    """Return what tells whether somebody still waits for the task of this thread: a batch that is gone does not."""
    from distributed import get_worker

    worker: Any = get_worker()
    key = worker.get_current_task()
    # the cluster cannot stop a task that runs; it notes that it is cancelled
    return lambda: getattr(worker.state.tasks.get(key), "state", "") != "cancelled"
