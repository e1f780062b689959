"""A batch from its plan to its ledger: what is still to do is given to workers, and each end is written as it comes."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Literal

from zzgeo.batch.code import code_hash
from zzgeo.batch.data import DataSet, StudyRow, with_data
from zzgeo.batch.earlier import audited_of, compared, named, plain, seen_from
from zzgeo.batch.hashes import Contents, input_hash, is_live
from zzgeo.batch.ledger import DONE, RETRIED, SETTLED, Entry, Ledger, state_of
from zzgeo.batch.local import remove_forgotten
from zzgeo.batch.overview import is_batch, write_overview
from zzgeo.batch.plan import BatchPlan, PlannedStudy
from zzgeo.batch.shared import Shared, prepare_shared
from zzgeo.batch.task import Outcome, Task
from zzgeo.batch.workers import Workers
from zzgeo.errors import EnvironmentFault, InputError, Problem
from zzgeo.reporting.outputs import front
from zzgeo.reporting.results.folder import ResultFolder

#: What is over all studies is written at most this often while the batch runs, and at its end.
_STATUS_EVERY_S = 5.0


@dataclass(frozen=True)
class RunChoices:
    """Which studies of a plan are done.

    Parameters
    ----------
    which
        ``"resume"``: all but those that are done, from the same inputs, standards, choices and version, and whose
        result is whole. ``"changed"``: of those, not the ones that were refused or failed and have not changed.
        ``"all"``.
    retry
        How often a study is tried again that was killed, failed, or met a fault of the machine or of a service.
    check_content
        Whether every input is read again to see that it is the same, whatever the file system says of it.
    """

    which: Literal["resume", "changed", "all"] = "resume"
    retry: int = 0
    check_content: bool = False


@dataclass(frozen=True)
class BatchDone:
    """What came of a batch: an entry for each study of its plan by id, which were begun in this run, what is told."""

    entries: tuple[Entry, ...]
    begun: frozenset[str]
    notes: tuple[Problem, ...]

    @property
    def exit_code(self) -> int:
        """Return 0 where all studies are done, 3 where some are not, 4 where none is; 10 as ``--fail-on`` asks."""
        done = [entry for entry in self.entries if entry.state == DONE]
        if len(done) < len(self.entries):
            return 3 if done else 4
        return 10 if any(entry.exit_code == 10 for entry in done) else 0


class BatchInterrupted(KeyboardInterrupt):
    """A batch was interrupted; its ledger is written, and the same command does the rest.

    ``done`` of ``total`` studies are done.
    """

    def __init__(self, done: int, total: int) -> None:
        why = f"{done} of {total} studies are done; the same command again does the rest"
        super().__init__(why)
        self.done = done
        self.total = total


def run_batch(
    plan: BatchPlan,
    out: Path,
    workers: Workers,
    *,
    choices: RunChoices | None = None,
    against: Path | None = None,
    progress: Callable[[Entry, int, int], None] | None = None,
    tell: Callable[[Problem], None] | None = None,
) -> BatchDone:
    """Audit the studies of a plan that are still to do, each into a folder named by its id, and keep the ledger.

    Parameters
    ----------
    plan
        The studies (`zzgeo.batch.plan.read_plan`).
    out
        The folder of the batch: results in ``ID/``, the ledger in ``ledger/``, ``status.csv`` over all.
    workers
        Who audits, such as ``LocalWorkers(2)``; not yet entered. They are not even asked where nothing is to do.
    choices
        Which studies are done; `RunChoices` as it is if left out.
    against
        The folder of an earlier batch: each study is compared with its own result there, by its id.
    progress
        Called with the entry of a study as it ends, how many have ended, and of how many.
    tell
        Called with each thing that is to be told, as soon as it is known; all of them stand in what is returned.

    Returns
    -------
    BatchDone
        How each study stands, and what is to be told: studies without an earlier result to compare with, results of
        studies that are no longer in the plan.

    Raises
    ------
    InputError
        If the earlier batch is not there, or is this one.
    EnvironmentFault
        If the folder cannot be written, or another batch holds it.
    BatchInterrupted
        On Ctrl-C, SIGTERM or SIGHUP; the ledger is written.

    Examples
    --------
    >>> import tempfile
    >>> from zzgeo.batch.plan import read_plan
    >>> from zzgeo.batch.workers import LocalWorkers
    >>> from zzgeo.intake.example import write_example
    >>> folder = Path(tempfile.mkdtemp()) / "littleton"
    >>> folder.mkdir()
    >>> _ = write_example(folder)
    >>> plan = read_plan([folder], {"files": "tables"})
    >>> done = run_batch(plan, folder.parent / "out", LocalWorkers(1))  # doctest: +SKIP
    >>> done.exit_code, done.entries[0].state  # doctest: +SKIP
    (0, 'done')
    """
    out = Path(os.path.abspath(out))
    studies = [dataclasses.replace(study, choices=with_data(study.choices)) for study in plan.studies]
    notes = _Notes(tell)
    notes.add(plan.notes)
    _check_place(studies, out)
    if against is not None:
        studies, of_earlier = compared(studies, Path(os.path.abspath(against)), out)
        notes.add(of_earlier)
    ledger = Ledger(out)
    with _signals(), ledger.held():
        batch = _Batch(studies, ledger, choices or RunChoices(), notes, progress)
        try:
            batch.work(workers)
        except KeyboardInterrupt:
            batch.stop()
            raise BatchInterrupted(batch.number_done, len(studies)) from None
        finally:
            batch.save()
        notes.add(_overview(out, against, studies[0].choices.lang))
        return BatchDone(batch.entries, frozenset(batch.begun), tuple(notes.all))


class _Notes:
    """What is to be told of a batch: kept, and told at once where somebody listens."""

    def __init__(self, tell: Callable[[Problem], None] | None) -> None:
        self.all: list[Problem] = []
        self._tell = tell

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.all.append(problem)
            if self._tell is not None:
                self._tell(problem)


def _overview(out: Path, against: Path | None, lang: str) -> list[Problem]:
    """Write the page over all studies; what stands in its way is told, and no result is the worse for it."""
    earlier = () if against is None or not is_batch(against) else (against,)
    try:
        write_overview(out, earlier, lang)
    except InputError as error:
        return [dataclasses.replace(problem, severity="warning") for problem in error.problems]
    return []


class _Batch:
    """A batch that runs: what the ledger knew, what is known now, what is still to do."""

    def __init__(
        self,
        studies: Sequence[PlannedStudy],
        ledger: Ledger,
        choices: RunChoices,
        notes: _Notes,
        progress: Callable[[Entry, int, int], None] | None,
    ) -> None:
        self._studies = {study.id: study for study in studies}
        self._ledger = ledger
        self._choices = choices
        self._progress = progress
        self._contents = Contents(ledger.folder / "hashes.cache", reread=choices.check_content)
        self._notes = notes
        self._known, damaged = ledger.read()
        notes.add([*damaged, *self._left_over()])
        self._put_right()
        self._last = _LastRun.begun(ledger, choices)
        self._now = {study.id: self._entry(study) for study in studies}
        self._data = DataSet(ledger.out)
        self._shared: Shared | None = None
        self._written = time.monotonic()
        self._ended = 0
        self._whole = False
        self.begun: set[str] = set()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return how each study stands, by id."""
        return tuple(self._now[id] for id in sorted(self._now))

    @property
    def number_done(self) -> int:
        """Return how many studies are done: now, or before and not looked at yet in this run."""
        return sum(entry.state == DONE for entry in self._now.values())

    def work(self, workers: Workers) -> None:
        """Do what is to do, and again what is worth it."""
        self._round(workers, list(self._studies.values()), every=False)
        for _ in range(self._choices.retry):
            again = [self._studies[id] for id in sorted(self.begun) if self._now[id].state in RETRIED]
            if not again:
                break
            self._ended -= len(again)
            self._round(workers, again, every=True)
        self._whole = True

    def _round(self, workers: Workers, studies: Sequence[PlannedStudy], *, every: bool) -> None:
        tasks = self._tasks(studies, every)
        first = next(tasks, None)
        if first is None:
            return
        with workers:
            for outcome in workers.outcomes(_chained(first, tasks)):
                self._end(outcome)

    def _tasks(self, studies: Sequence[PlannedStudy], every: bool) -> Iterator[Task]:
        """Give the tasks that are to do, one by one: a study is looked at when somebody is free to do it."""
        for study in studies:
            digest = input_hash(study.study, study.choices, self._contents)
            known = self._known.get(study.id)
            if not every and known is not None and self._stands(known, digest, study):
                self._now[study.id] = known
                self._ended += 1
                self._put(known)
                continue
            again = known if known is not None and known.input_hash == digest else None
            entry = dataclasses.replace(
                self._entry(study),
                state="running",
                attempts=1 if again is None else again.attempts + 1,
                begun=_clock(),
                input_hash=digest,
                code_hash=code_hash(),
                run=self._last.run,
            )
            self._set(entry)
            self.begun.add(study.id)
            task = study.task(self._ledger.out)
            yield dataclasses.replace(task, shared=self._sharing().of(study.study, study.choices.districts))

    def _sharing(self) -> Shared:
        """Return the studies several tasks are a part of, read once: when the first of all tasks is to do."""
        if self._shared is None:
            self._shared = prepare_shared(
                [study.study for study in self._studies.values()], self._ledger.out / "shared"
            )
            self._notes.add(self._shared.warnings)
        return self._shared

    def _put(self, entry: Entry) -> None:
        """Take what came of a study into the data set over all."""
        opens = f"{entry.id}/{entry.opens}" if entry.opens else ""
        row = StudyRow(entry.id, entry.name, entry.state, entry.exit_code, entry.message, opens)
        self._data.put(row, done=entry.state == DONE)

    def _stands(self, known: Entry, digest: str, study: PlannedStudy) -> bool:
        """Tell whether a study need not be done: it ended with the same inputs, and what came of it is there."""
        wanted = {DONE} if self._choices.which != "changed" else SETTLED
        if known.state not in wanted or (known.input_hash, known.code_hash) != (digest, code_hash()):
            return False
        if (self._last.every or is_live(study.study, self._contents)) and known.run != self._last.run:
            return False
        return known.state != DONE or self._ledger.is_whole(known)

    def _end(self, outcome: Outcome) -> None:
        study, entry = self._studies[outcome.id], self._now[outcome.id]
        if entry.state != "running":  # a doubled task: it was told already
            return
        state = state_of(outcome)
        entry = dataclasses.replace(
            entry,
            state=state,
            exit_code=outcome.exit_code,
            seconds=round(outcome.seconds, 3),
            peak_bytes=outcome.peak_bytes,
            ended=_clock(),
            messages=tuple(map(plain, outcome.messages)),
            warnings=tuple(map(plain, outcome.warnings)),
        )
        if state == DONE:
            opens = front(study.choices.files or None)
            entry = dataclasses.replace(entry, opens=opens, result=self._ledger.result_of(study.id))
        if input_hash(study.study, study.choices, self._contents) != entry.input_hash:
            entry = self._changed_meanwhile(entry)
        self._ended += 1
        self._set(entry)
        self._put(entry)
        if self._progress is not None:
            self._progress(entry, self._ended, len(self._studies))

    def _changed_meanwhile(self, entry: Entry) -> Entry:
        why, remedy = "files of the study changed while it was audited", "the next run does it again"
        problem = Problem("batch.changed_meanwhile", entry.id, "", why, remedy, "warning")
        self._notes.add([problem])
        return dataclasses.replace(entry, input_hash="", warnings=(*entry.warnings, problem.line()))

    def stop(self) -> None:
        """Tell of the studies that were being done that they were interrupted."""
        for entry in self.entries:
            if entry.state == "running":
                self._set(dataclasses.replace(entry, state="interrupted", ended=_clock()))
            elif entry.state == "waiting" and (known := self._known.get(entry.id)) is not None:
                self._now[entry.id] = known

    def save(self) -> None:
        """Write what is over all studies."""
        self._contents.save(whole=self._whole)
        self._ledger.write_status(self.entries)
        if self._whole:
            self._data.keep({*self._now})
            self._last.end(self._ledger)

    def _set(self, entry: Entry) -> None:
        self._now[entry.id] = self._known[entry.id] = entry
        self._ledger.write(entry)
        if time.monotonic() - self._written > _STATUS_EVERY_S:
            self._contents.save(whole=False)
            self._ledger.write_status(self.entries)
            self._written = time.monotonic()

    def _entry(self, study: PlannedStudy) -> Entry:
        """Return the entry of a study that waits."""
        out, against = self._ledger.out, study.choices.against
        earlier = seen_from(out, Path(against)) if against else ""
        return Entry(study.id, plain(study.name), seen_from(out, study.study), study.county, earlier)

    def _put_right(self) -> None:
        """Let the results stand whole that a killed run was writing; what it left goes, also where nothing is to do."""
        remove_forgotten()
        for entry in self._known.values():
            if entry.state == "running":
                # another run holds it, or it cannot be written: it is told when the study's turn comes
                with contextlib.suppress(EnvironmentFault), ResultFolder(self._ledger.out / entry.id):
                    pass

    def _left_over(self) -> list[Problem]:
        """Return what is to be told of results whose studies are not in the plan: of those under another id, which."""
        ids = {audited_of(self._ledger.out, study): study.id for study in self._studies.values()}
        gone = [entry for id, entry in self._known.items() if id not in self._studies]
        renamed = {entry.id: ids[entry.audited] for entry in gone if entry.audited in ids}
        problems = [
            Problem("batch.renamed", old, new, "the study has another id now", "its old result stays", "warning")
            for old, new in sorted(renamed.items())
        ]
        rest = sorted(entry.id for entry in gone if entry.id not in renamed)
        if rest:
            why, remedy = "no longer in the batch; the results stay", "remove the folders, and their files in ledger/"
            problems.append(Problem("batch.left_over", named(rest), str(len(rest)), why, remedy, "warning"))
        return problems


@dataclass(frozen=True)
class _LastRun:
    """Which run this is: the last one going on where it was interrupted, or a new one; whether it does every study."""

    run: str
    every: bool

    _FILE = "last-run"

    @classmethod
    def begun(cls, ledger: Ledger, choices: RunChoices) -> _LastRun:
        """Return the run that begins now, and remember it.

        What is done in a run stays done while it goes on: of a study that reads a database, and of all studies where
        every one is done anew.
        """
        try:
            last = json.loads((ledger.folder / cls._FILE).read_bytes())
            going_on = cls(str(last["run"]), bool(last["every"])) if not last["ended"] else None
        except (OSError, ValueError, LookupError, TypeError):
            going_on = None
        if going_on is not None and choices.which != "all":
            return going_on
        new = cls(f"{_clock()} {secrets.token_hex(4)}", choices.which == "all")
        new._write(ledger, "")
        return new

    def end(self, ledger: Ledger) -> None:
        """Remember that the run came to its end."""
        self._write(ledger, _clock())

    def _write(self, ledger: Ledger, ended: str) -> None:
        ledger.replace(self._FILE, json.dumps({"run": self.run, "every": self.every, "ended": ended}) + "\n")


def _check_place(studies: Sequence[PlannedStudy], out: Path) -> None:
    """Refuse a folder of the batch whose results would stand in the folders of the studies.

    Raises
    ------
    InputError
        ``config.invalid``.
    """
    homes = {os.path.realpath(study.study.parent) for study in studies}
    into = [study.id for study in studies if os.path.realpath(out / study.id) in homes]
    if into:
        why, remedy = "results would be written into the folders of the studies", "choose another folder"
        raise InputError([Problem("config.invalid", "--out", named(into), why, remedy)])


def _clock() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _chained(first: Task, rest: Iterator[Task]) -> Iterator[Task]:
    yield first
    yield from rest


@contextmanager
def _signals() -> Iterator[None]:
    """Take the signals that end a process for Ctrl-C, once: what follows is short, and must not be cut."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]

    def stop(number: int, frame: FrameType | None) -> None:
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in numbers}
    try:
        for number in numbers:
            if before[number] is not signal.SIG_IGN:  # nohup
                signal.signal(number, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
