"""Small studies to give to workers, poisoned or not, and what is compared of their results."""

from __future__ import annotations

import sys
from pathlib import Path

from zzgeo.batch.job import AuditChoices
from zzgeo.batch.task import Outcome, Task, run_task
from zzgeo.intake.example import write_example

CHOICES = AuditChoices(files="tables", profile="zz-2020")

#: Instead of ``python -m zzgeo.batch.worker``.
POISONED = (sys.executable, "-P", str(Path(__file__).with_name("poisons.py")))


def task(folder: Path, name: str, poison: str = "") -> Task:
    """Write a study, and return the task to audit it."""
    study = folder / "studies" / name
    study.mkdir(parents=True)
    path = write_example(study)
    people = study / "people.csv"
    # so that no two results are the same
    people.write_text(people.read_text("utf-8") + f"9,113.62,34.7051,{len(name) * 100},50\n", encoding="utf-8")
    if poison:
        (study / "poison").write_text(poison)
    return Task(name, str(path), str(folder / "out" / name), CHOICES)


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
