"""Who carries out the tasks of a batch: warm processes on this machine, or those of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self

from zzgeo.batch.local import LocalWorkers
from zzgeo.batch.task import Outcome, Task

__all__ = ["LocalWorkers", "Workers", "workers_for"]


class Workers(Protocol):
    """Who carries out tasks; a context manager, at whose end nothing goes on."""

    def __enter__(self) -> Self:
        """Make ready."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End whatever still runs."""

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Give the outcome of each task as it ends."""


def workers_for(count: int, scheduler: str, limit_seconds: float | None, limit_bytes: int | None) -> Workers:
    """Return who carries out the tasks of a batch.

    Parameters
    ----------
    count
        How many studies are audited at the same time on this machine.
    scheduler
        The address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``; empty: this machine does it.
    limit_seconds, limit_bytes
        What a study may take; None: as much as it likes.

    Raises
    ------
    MissingExtra
        If a scheduler is named and `distributed` is not installed.
    InputError
        If memory is to be limited where the system does not say how much a process holds.
    """
    if scheduler:
        from zzgeo.batch.dask_cluster import DaskWorkers

        return DaskWorkers(scheduler, limit_seconds=limit_seconds, limit_bytes=limit_bytes)
    return LocalWorkers(count, limit_seconds=limit_seconds, limit_bytes=limit_bytes)
