"""One study of a batch, as a worker gets it and as it gives it back: plain values, which travel to any process."""

from __future__ import annotations

import sys
import time
import traceback
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from zzgeo.errors import Problem, ZzgeoError
from zzgeo.refusal import BUG, no_memory, refusal

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

    def says(self, code: str) -> bool:
        """Tell whether a message bears a code.

        Examples
        --------
        >>> Outcome("a", 5, ("output.locked · maps/a · another run writes here",)).says("output.locked")
        True
        """
        return any(line.partition(" · ")[0] == code for line in self.messages)


def run_task(task: Task) -> Outcome:
    """Audit the study of a task; whatever stands in the way is told, not raised."""
    from zzgeo.batch.job import audit_into
    from zzgeo.spec.kinds import forget_declared

    # a study knows the kinds it declares and no others, whichever study this process had before it
    forget_declared()
    started = time.monotonic()
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.filterwarnings("ignore", r"tianditu\.")  # told before any work
            done = audit_into(Path(task.study), Path(task.out), task.choices, shared=task.shared)
        lines = dict.fromkeys((*done.warnings, *(str(one.message) for one in heard)))
        ended = Outcome(task.id, done.exit_code(task.choices.fail_on), warnings=tuple(lines))
    except ZzgeoError as error:
        ended = Outcome(task.id, error.exit_code, tuple(str(error).splitlines()))
    # also a study that asks the interpreter to end: it is not the study that says when a batch is over
    except BaseException as error:
        ended = _refused(task, error)
    return replace(ended, seconds=round(time.monotonic() - started, 3))


def _refused(task: Task, error: BaseException) -> Outcome:
    """Return what is told of an error that nobody raised on purpose; the log shows where it was raised."""
    said = traceback.format_exception_only(error)[-1].strip()
    if no_memory(error):
        return Outcome(task.id, 5, (out_of_memory(task, said).line(),))
    code, problems = refusal(error)
    if code != BUG:
        return Outcome(task.id, code, tuple(problem.line() for problem in problems))
    traceback.print_exception(error, file=sys.stderr)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "zzgeo" in frame.filename]
    place = f" (zzgeo{frames[-1].filename.rpartition('zzgeo')[2]}:{frames[-1].lineno})" if frames else ""
    why = "a bug of zzgeo, please report it"
    return Outcome(task.id, BUG, (Problem("internal.error", task.study, said + place, why, "").line(),))


def out_of_memory(task: Task, value: str) -> Problem:
    """Return the problem of a study for which the memory does not do."""
    remedy = "give it more (`--limit-gb`), or run fewer workers at a time"
    return Problem("resource.memory", task.study, value, "the study needs more memory than it may take", remedy)
