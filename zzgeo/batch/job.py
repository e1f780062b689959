"""The main job, from a study file to a folder of results: ``zzgeo audit`` does it once, a batch again and again."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from zzgeo.errors import InputError, Problem, ProblemWarning
from zzgeo.vocabulary.verdicts import FAIL, NODATA, REVIEW

if TYPE_CHECKING:
    from zzgeo.auditing.comparison import Comparison
    from zzgeo.auditing.report import AuditReport

#: What ``--fail-on`` may name, and the verdicts each includes.
FAIL_ON = {FAIL: {FAIL}, REVIEW: {FAIL, REVIEW}, NODATA: {FAIL, REVIEW, NODATA}}


class Watch(Protocol):
    """Who is told how far a job has come."""

    def stage(self, name: str) -> None:
        """Begin a stage of unknown length."""

    def step(self, what: str, done: int, total: int) -> None:
        """Tell how far the stage has come."""


class NoWatch:
    """Nobody is told."""

    def stage(self, name: str) -> None:
        """Tell nobody."""

    def step(self, what: str, done: int, total: int) -> None:
        """Tell nobody."""


@dataclass(frozen=True)
class AuditChoices:
    """What of an audit and its result can be chosen: the same for one study and for a batch of them.

    ``against`` is the result folder of an earlier audit (of a batch: of an earlier batch); ``files``, ``lang``,
    ``pages``, ``tianditu`` and ``approval`` are those of `zzgeo.reporting.write`, ``fail_on`` is a key of `FAIL_ON`.
    Plain values: they travel to other processes and machines, and are hashed.
    """

    lang: str = "zh"
    files: str = "usual"
    pages: str = "auto"
    tianditu: str = ""
    approval: str = ""
    districts: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()
    profile: str = ""
    fail_on: str = ""
    sensitivity: bool = False
    against: str = ""

    def check(self) -> None:
        """Refuse a wrong choice before any work; warn, where the caller stands, of a key that every page will tell.

        Raises
        ------
        InputError
            If one is wrong; the problems of ``lang``, ``files`` and ``fail_on`` say so as ``where``.
        MissingExtra
            If a package is not installed that the files need.
        """
        from zzgeo.reporting.outputs import chosen_outputs
        from zzgeo.reporting.told.options import PageOptions

        if self.lang not in LANGUAGES:
            raise _unknown("lang", self.lang, LANGUAGES)
        if self.fail_on and self.fail_on not in FAIL_ON:
            raise _unknown("fail_on", self.fail_on, FAIL_ON)
        PageOptions(self.lang, self.pages, self.tianditu, self.approval).warn()
        try:
            chosen_outputs(self.files)
        except InputError as error:
            raise InputError(replace(one, where="files", value=one.where) for one in error.problems) from None


#: Languages of pages and messages.
LANGUAGES = ("zh", "en")


def _unknown(choice: str, value: str, known: Iterable[str]) -> InputError:
    *first, last = known
    return InputError(
        [Problem("choice.unknown", choice, value, "there is no such choice", f"{', '.join(first)} or {last}")]
    )


@dataclass(frozen=True)
class AuditDone:
    """What came of a job: the report, where its result stands, what is to be told of it, and the exit code."""

    report: AuditReport
    path: Path
    problems: tuple[Problem, ...]
    comparison: Comparison | None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what is to be told, a line each."""
        return tuple(problem.line() for problem in self.problems)

    def exit_code(self, fail_on: str) -> int:
        """Return 10 where a verdict of ``--fail-on`` is there, or nothing was judged; else 0."""
        if not fail_on:
            return 0
        from zzgeo.auditing.noticed import anything_judged

        return 10 if self.report.verdicts & FAIL_ON[fail_on] or not anything_judged(self.report) else 0


def audit_into(
    study: Path, out: Path, choices: AuditChoices, watch: Watch | None = None, shared: str = ""
) -> AuditDone:
    """Audit a study and write the result into a folder, which is replaced as a whole.

    Parameters
    ----------
    study
        A ``study.toml``, or the folder that holds one.
    out
        The folder of the result.
    choices
        What is judged, and what is written.
    watch
        Told of each stage and step.
    shared
        The folder in which the study is kept for a batch (`zzgeo.batch.shared`): opened in place of its files, and what
        is told of the whole study is told by the batch.

    Returns
    -------
    AuditDone
        The report, what is to be told of it, and what changed since the earlier audit where one is compared with.

    Raises
    ------
    ZzgeoError
        Whatever stands in the way; an earlier result in the folder is untouched then.
    """
    from zzgeo.auditing.comparison import compare
    from zzgeo.auditing.earlier import read_audit
    from zzgeo.auditing.noticed import noticed
    from zzgeo.auditing.run import audit
    from zzgeo.batch.shared import kept_for, told_for_all
    from zzgeo.intake.study import load_study
    from zzgeo.reporting.results.folder import ResultFolder

    watch = watch or NoWatch()
    # before any work: a folder that cannot be written, or that another run holds, is refused at once
    with ResultFolder(out) as folder:
        # before the folder it may stand in is written anew
        earlier = read_audit(choices.against) if choices.against else None
        watch.stage("loading")
        loaded = kept_for(shared, study, choices.districts) if shared else load_study(study)
        watch.stage("measuring")
        # what is shared is opened with its districts alone
        districts = () if shared else choices.districts
        report = audit(
            loaded, choices.standards or None, choices.profile or None, districts=districts, progress=watch.step
        )
        if choices.sensitivity:
            watch.stage("judging under other assumptions")
            report = report.with_sensitivity(report.sensitivity())
        watch.stage("writing")
        heard = _written(report, folder, choices, earlier, watch)
        comparison = None if earlier is None else compare(earlier, report)
        problems = (*noticed(report, of_data=not told_for_all(shared)), *heard)
        return AuditDone(report, folder.path, problems, comparison)


def _written(report: AuditReport, folder: Any, choices: AuditChoices, earlier: Any, watch: Watch) -> list[Problem]:
    """Write a report; return what was warned of meanwhile."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.filterwarnings("ignore", r"tianditu\.")  # told before any work
        report.write(
            folder,
            against=earlier,
            files=choices.files,
            progress=watch.step,
            lang=choices.lang,
            pages=choices.pages,
            tianditu=choices.tianditu,
            approval=choices.approval,
        )
    return list(dict.fromkeys(_heard(one.message) for one in heard))


def _heard(message: Warning | str) -> Problem:
    """Return what a warning says as a problem; one of another library says it in its own words."""
    if isinstance(message, ProblemWarning):
        return message.problem
    return Problem("library.warning", type(message).__name__, "", str(message), "", "warning")
