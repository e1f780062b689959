"""A batch beside an earlier one: each study compared with its own result there, and what cannot be compared told."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from zzgeo.batch.ledger import Ledger
from zzgeo.batch.plan import PlannedStudy
from zzgeo.errors import InputError, Problem

#: So many ids are named in one line; of more, their number is told.
_NAMED = 8


def compared(studies: Sequence[PlannedStudy], earlier: Path, out: Path) -> tuple[list[PlannedStudy], list[Problem]]:
    """Return the studies, each compared with its result in an earlier batch; and which have none there, or went.

    Raises
    ------
    InputError
        ``file.missing`` if the earlier batch is not there, ``config.invalid`` if it is this one.
    """
    if not earlier.is_dir():
        remedy = "name the folder of an earlier batch"
        raise InputError([Problem("file.missing", str(earlier), "", "there is no such batch", remedy)])
    if os.path.realpath(earlier) == os.path.realpath(out):
        why, remedy = "results would be compared with themselves", "write this batch to another folder"
        raise InputError([Problem("config.invalid", "--against", str(earlier), why, remedy)])
    known, notes = Ledger(earlier).read()
    there = {path.parent.name for path in earlier.glob("*/audit.json")}
    compared = [
        dataclasses.replace(study, choices=dataclasses.replace(study.choices, against=str(earlier / study.id)))
        if study.id in there and not study.choices.against
        else study
        for study in studies
    ]
    others = {entry.audited: entry.id for entry in known.values() if entry.id in there}
    lost = [study for study in studies if study.id not in there and not study.choices.against]
    renamed = {study.id: others[audited] for study in lost if (audited := audited_of(earlier, study)) in others}
    notes += _lost_comparisons(
        renamed,
        sorted(study.id for study in lost if study.id not in renamed),
        sorted(there - {study.id for study in studies} - set(renamed.values())),
    )
    return compared, notes


def _lost_comparisons(renamed: dict[str, str], new: list[str], gone: list[str]) -> list[Problem]:
    why, remedy = "the study has another id in the earlier batch", "compare it by `zzgeo audit --against`"
    notes = [Problem("batch.renamed", id, old, why, remedy, "warning") for id, old in sorted(renamed.items())]
    if new:
        why, remedy = "no result in the earlier batch: nothing to compare with", "see that ids are the same"
        notes.append(Problem("batch.not_compared", named(new), str(len(new)), why, remedy, "warning"))
    if gone:
        why, remedy = "in the earlier batch and not in this one", "see that none is missing"
        notes.append(Problem("batch.vanished", named(gone), str(len(gone)), why, remedy, "warning"))
    return notes


def audited_of(out: Path, study: PlannedStudy) -> tuple[str, tuple[str, ...]]:
    """Return what is audited, whatever its id, as a ledger in a folder says it: the study file and the districts."""
    return seen_from(out, study.study), study.county


def named(ids: Sequence[str]) -> str:
    """Return some ids in a line, of many the first."""
    return ", ".join(ids[:_NAMED]) + (" …" if len(ids) > _NAMED else "")


def seen_from(out: Path, study: Path) -> str:
    """Return the path of a study from the folder of the batch: the same wherever the tree lies that holds both."""
    try:
        return plain(Path(os.path.relpath(study, out)).as_posix())
    except ValueError:  # another drive
        return plain(study.as_posix())


def plain(text: str) -> str:
    """Return a text that can be written: bytes of a name that are no letters made visible."""
    return text.encode("utf-8", "backslashreplace").decode()
