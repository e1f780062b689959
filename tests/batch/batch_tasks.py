"""Small studies to give to workers, poisoned or not, and what is compared of their results."""

from __future__ import annotations

import sys
from pathlib import Path

from zzgeo.batch.child import Child
from zzgeo.batch.job import AuditChoices
from zzgeo.batch.task import Outcome, Task, run_task
from zzgeo.intake.example import write_example

CHOICES = AuditChoices(files="tables", profile="zz-2020")

#: Instead of ``python -m zzgeo.batch.worker``.
POISONED = (sys.executable, "-P", str(Path(__file__).with_name("poisons.py")))

#: So many seconds go by for a study that hangs while one does for another.
_HURRY = 200


def task(folder: Path, name: str, poison: str = "", people: int | None = None) -> Task:
    """Write a study, and return the task to audit it; no two have the same people, unless it is said how many."""
    study = folder / "studies" / name
    study.mkdir(parents=True)
    path = write_example(study)
    more = len(name) * 100 if people is None else people
    table = study / "people.csv"
    # so that no two results are the same
    table.write_text(table.read_text("utf-8") + f"9,113.62,34.7051,{more},50\n", encoding="utf-8")
    if poison:
        (study / "poison").write_text(poison)
    return Task(name, str(path), str(folder / "out" / name), CHOICES)


def _hurried(child: Child) -> float:
    hangs = child.task is not None and child.task.id.startswith("hang")
    return float(_CLOCK.__get__(child)) * (_HURRY if hangs else 1)


_CLOCK = Child.seconds
#: In place of `Child.seconds`: the clock of a study called by its hanging runs fast, so that its limit of time may be
#: one that no other study comes near, however busy the machine is.
HURRIED = property(_hurried)


def result(folder: Path) -> dict[str, bytes]:
    """Return every file of a result."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def alone(one: Task, folder: Path) -> tuple[Outcome, dict[str, bytes]]:
    """Return what comes of a task in this process."""
    outcome = run_task(Task(one.id, one.study, str(folder / one.id), one.choices))
    return outcome, result(folder / one.id)


def leftovers(folder: Path) -> list[str]:
    """Name work folders of results that were not finished."""
    return [str(path) for path in folder.rglob(".*.zzgeo")]
