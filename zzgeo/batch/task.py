"""One study of a batch, as a worker gets it and as it gives it back: plain values, which travel to any process."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from zzgeo.errors import ZzgeoError

if TYPE_CHECKING:
    from zzgeo.batch.job import AuditChoices


@dataclass(frozen=True)
class Task:
    """A study to audit: which, into which folder, and what is chosen.

    ``id`` names the study within its batch, and its result; it is the same on every machine. ``study`` and ``out`` are
    paths that the worker can reach. ``shared`` is the folder in which the study is kept, read and checked, where
    several tasks are of its districts (`zzgeo.batch.shared`); "" where there is none.
    """

    id: str
    study: str
    out: str
    choices: AuditChoices
    shared: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a task ended.

    ``exit_code`` is that of ``zzgeo audit``; below 0 it is the signal that ended the worker. ``messages`` are what a
    refusal said, a line each, ``warnings`` what a done audit warned of. ``seconds`` are of the wall,
    ``peak_bytes`` the most memory its worker held while it ran, 0 where that is not known.
    """

    id: str
    exit_code: int
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    peak_bytes: int = 0


def run_task(task: Task) -> Outcome:
    """Audit the study of a task; whatever stands in the way is told, not raised."""
    from zzgeo.batch.job import audit_into

    started = time.monotonic()
    try:
        done = audit_into(Path(task.study), Path(task.out), task.choices, shared=task.shared)
        ended = Outcome(task.id, done.exit_code(task.choices.fail_on), warnings=done.warnings)
    except ZzgeoError as error:
        ended = Outcome(task.id, error.exit_code, tuple(str(error).splitlines()))
    return replace(ended, seconds=round(time.monotonic() - started, 3))
