"""What a batch is to do: studies with their ids and choices, from folders, tables of studies, or a batch file."""

from __future__ import annotations

import dataclasses
import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zzgeo.batch.ids import Place, study_ids
from zzgeo.batch.job import AuditChoices
from zzgeo.batch.keys import BatchSpec, read_batch_file, with_paths
from zzgeo.batch.study_table import StudyRow, read_study_table
from zzgeo.batch.task import Task
from zzgeo.errors import InputError, Problem
from zzgeo.formats import format_named
from zzgeo.system.names import same_name


@dataclass(frozen=True)
class PlannedStudy:
    """A study of a batch: its id, which is the name of its result, its study file, and what is chosen for it.

    ``name`` is what people call it: the name in a table of studies, or its folder's.
    """

    id: str
    study: Path
    name: str
    choices: AuditChoices

    @property
    def county(self) -> tuple[str, ...]:
        """Return the codes of the districts that are judged; empty for all of the study."""
        return self.choices.districts

    def task(self, out: Path) -> Task:
        """Return the study as a worker gets it, its result to stand in the folder of the batch."""
        return Task(self.id, str(self.study), str(out / self.id), self.choices)


@dataclass(frozen=True)
class BatchPlan:
    """The studies of a batch by id, and what its batch file says: where results go, what they are compared with.

    ``run`` holds what it says of the run (``workers``, ``retry``, ``limit_seconds``, ``limit_gb``, ``scheduler``),
    ``notes`` what is to be told.
    """

    studies: tuple[PlannedStudy, ...]
    out: Path | None = None
    against: Path | None = None
    run: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Wanted:
    """A study as it was found: its file, and what a row of a table says of it."""

    study: Path
    said: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    id: str = ""
    name: str = ""
    where: str = ""

    @property
    def part(self) -> str:
        codes = "-".join(self.said.get("districts", ()))
        return codes if self.study.name == "study.toml" else "-".join(filter(None, [self.study.stem, codes]))


def read_plan(paths: Sequence[Path], given: Mapping[str, Any] | None = None) -> BatchPlan:
    """Return the plan of a batch.

    Parameters
    ----------
    paths
        Folders that hold studies, study files, tables of studies (CSV, Excel), or one batch file: a TOML file with
        ``batch`` in its name (docs/batch.md).
    given
        Fields of `AuditChoices` that are said for all: they go before those of a batch file, and what a row of a table
        says of its study goes before them.

    Returns
    -------
    BatchPlan
        Studies in the order of their ids.

    Raises
    ------
    InputError
        With every problem of the batch file and of the tables: ``batch.empty`` where there is no study,
        ``config.invalid``, ``id.duplicate``, and what reading raises.

    Examples
    --------
    >>> import tempfile
    >>> from zzgeo.intake.example import write_example
    >>> folder = Path(tempfile.mkdtemp()) / "littleton"
    >>> folder.mkdir()
    >>> _ = write_example(folder)
    >>> [study.id for study in read_plan([folder.parent]).studies]
    ['littleton']
    """
    spec = BatchSpec()
    problems: list[Problem] = []
    base = Path(os.path.abspath("."))
    if files := [path for path in paths if is_batch_file(path)]:
        if len(paths) > 1:
            remedy = "name it alone; its key `studies` takes folders and study files"
            raise InputError([Problem("config.invalid", str(files[0]), "", "a batch file is the whole batch", remedy)])
        spec = read_batch_file(files[0])
        base = Path(os.path.abspath(files[0])).parent
    notes: list[Problem] = []
    wanted: dict[tuple[Path, tuple[str, ...], str], _Wanted] = {}
    for study in _all_wanted(spec, base, [] if files else paths, problems, notes):
        key = (study.study, tuple(study.said.get("districts", ())), study.id)
        earlier = wanted.setdefault(key, study)
        if earlier is not study and (earlier.where or study.where):
            why = f"{earlier.where or 'a folder'} names the same study"
            problems.append(Problem("id.duplicate", study.where, study.study.parent.name, why, _TWICE))
    if problems:
        raise InputError(problems)
    if not wanted:
        raise InputError([Problem("batch.empty", ", ".join(map(str, paths)), "", "no study.toml was found", _NONE)])
    usual = {**with_paths(spec.choices, base), **(given or {})}
    planned = _planned(list(wanted.values()), usual)
    out, against = (None if text is None else base / text for text in (spec.out, spec.against))
    return BatchPlan(planned, out, against, spec.run_options, tuple(notes))


_TWICE = "take one of the two out, or give each a part of the districts and an id of its own"
_NONE = "name folders that hold a study.toml each; `zzgeo new DIR` writes one"


def is_batch_file(path: Path) -> bool:
    """Tell by its name whether a file is a batch file: TOML, with ``batch`` in the name."""
    return path.suffix.lower() == ".toml" and "batch" in path.stem.casefold() and not path.is_dir()


def _all_wanted(
    spec: BatchSpec, base: Path, paths: Sequence[Path], problems: list[Problem], notes: list[Problem]
) -> Iterator[_Wanted]:
    """Give the studies that paths and a batch file name; what is wrong with tables is added to the problems."""
    tables = [(base / spec.table, None if spec.study is None else base / spec.study)] if spec.table else []
    for path in (*paths, *(Path(text) for text in spec.studies)):
        if _is_table(path):
            tables.append((base / path, None))
            continue
        studies = _studies_at(base / path)
        yield from map(_Wanted, studies)
        if not studies:
            why, remedy = "no study.toml is there", "correct the path, or take it out"
            notes.append(Problem("batch.no_study", str(path), "", why, remedy, "warning"))
    for table, shared in tables:
        try:
            rows, of_table = read_study_table(table, shared)
        except InputError as error:
            problems += error.problems
            continue
        notes += of_table
        yield from (_of_row(row) for row in rows)


def _is_table(path: Path) -> bool:
    owner = format_named(path.name)
    return owner is not None and owner.id in ("delimited", "excel") and not path.is_dir()


def _of_row(row: StudyRow) -> _Wanted:
    study = row.study / "study.toml" if row.study.suffix.lower() != ".toml" else row.study
    return _Wanted(Path(os.path.abspath(study)), row.said, row.id, row.name, row.where)


def _studies_at(path: Path) -> list[Path]:
    """Return the study files that a folder, a file, or a pattern (``henan/*``, ``**``) names, sorted.

    A pattern finds folders with a study.toml; files of another name if it ends in ``.toml``. Where links lead to a
    study by several ways, the shortest one counts.
    """
    text = os.path.abspath(path)
    place = Path(text)
    if glob.has_magic(text) and not os.path.lexists(text):
        there = (Path(name) for name in sorted(glob.glob(text, recursive=True), key=lambda name: (len(name), name)))
        named = text.lower().endswith(".toml")
        studies = (study for name in there if (named or name.is_dir()) and (study := _study_at(name)) is not None)
        ways: dict[str, Path] = {}
        for study in studies:
            ways.setdefault(os.path.realpath(study), study)
        return sorted(ways.values())
    if not place.is_dir():
        return [place]
    own = _study_at(place)
    return [own] if own else sorted(place.glob("*/study.toml"))


def _study_at(path: Path) -> Path | None:
    if path.is_dir():
        return path / "study.toml" if (path / "study.toml").is_file() else None
    return path if path.suffix.lower() == ".toml" and not is_batch_file(path) else None


def _planned(wanted: Sequence[_Wanted], usual: Mapping[str, Any]) -> tuple[PlannedStudy, ...]:
    """Return the studies with ids, in the order of them.

    Raises
    ------
    InputError
        ``id.duplicate`` where two rows give one id.
    """
    given: dict[str, _Wanted] = {}
    problems = []
    for row in (one for one in wanted if one.id):
        if (earlier := given.setdefault(same_name(row.id), row)) is not row:
            why, remedy = f"{earlier.where} has the same id, for some file systems", "give each an id of its own"
            problems.append(Problem("id.duplicate", row.where, row.id, why, remedy))
    if problems:
        raise InputError(problems)
    top = _top([study.study.parent.parent for study in wanted])
    nameless = [one for one in wanted if not one.id]
    ids = iter(study_ids([Place(_folders(one.study.parent, top), one.part) for one in nameless], given.keys()))
    planned = [
        PlannedStudy(
            row.id or next(ids),
            row.study,
            row.name or row.study.parent.name,
            AuditChoices(**{**usual, **row.said}),
        )
        for row in wanted
    ]
    return tuple(sorted(planned, key=lambda study: study.id))


def _top(folders: Sequence[Path]) -> Path | None:
    """Return the folder that all of some folders lie in; None where they lie on several drives."""
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:
        return None


def _folders(folder: Path, top: Path | None) -> tuple[str, ...]:
    """Return the names of the folders that lead from the top to a folder, its own the last."""
    return folder.relative_to(folder.anchor if top is None else top).parts or (folder.name,)
