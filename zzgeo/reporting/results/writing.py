"""A report into a folder: what is asked for, and the audit file; all of it, or none."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from zzgeo.auditing.comparison import compare
from zzgeo.memory import bulk_work
from zzgeo.notebook import notebook_progress
from zzgeo.reporting.files import File
from zzgeo.reporting.outputs import Edition, chosen_outputs, owned
from zzgeo.reporting.outputs.audit import NAME as AUDIT_FILE
from zzgeo.reporting.processes import Processes, worth
from zzgeo.reporting.results.folder import ResultFolder
from zzgeo.reporting.told.options import PageChoices, PageOptions

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport, Progress


@bulk_work()
def write(
    report: AuditReport,
    out_dir: str | Path | ResultFolder,
    *,
    against: str | Path | dict[str, Any] | None = None,
    files: str | Iterable[str] | None = None,
    progress: Progress | None = None,
    **options: Unpack[PageChoices],
) -> list[Path]:
    """Write a report as pages that open with no internet, files for the desk, tables, and the audit file.

    Parameters
    ----------
    report
        An audit.
    out_dir
        Folder; made if it is not there. It is replaced as a whole by the new result; the user's own files in it are
        kept, those of an earlier result are not. If anything fails, the earlier result stands untouched. Or a
        `ResultFolder` that is already held.
    against
        An earlier audit to compare with: its folder, its ``audit.json``, or that file's content. The city's page tells
        what changed, and ``comparison.csv`` lists it.
    files
        A level: ``"lean"`` (``data`` alone), ``"usual"`` (``pages``, ``tables``, ``xlsx``, ``gpkg`` and ``data``; if
        nothing is said) or ``"all"``; or any of these and of ``docx`` and ``png``, as names or as one text with commas.
        ``docx`` and ``png`` draw maps of every district (about half a second each) and need
        ``pip install "zzgeo[report]"``; they are written only if they are asked for, or all are.
    progress
        Called with (what, done, total) after each file and each map of the document; a notebook shows a bar if it is
        left out.
    **options
        ``lang``, the language the pages open in and the files for the desk are in, ``"zh"`` (the usual one) or
        ``"en"``; every page can switch. ``pages``, ``tianditu`` and ``approval`` as in
        `zzgeo.reporting.told.options.PageOptions`: one file a page or a site with shared ``assets/``, the key of
        an online base map (it can be read in every page), the map-approval number.

    Returns
    -------
    list of Path
        pages: ``index.html`` and one page per district under ``maps/``; tables: ``findings.csv``, ``gaps.csv``,
        ``ranking.csv``, ``next_sites.csv``, ``snapping.csv``, ``quarantined.csv``, of a report that has readings
        ``sensitivity.csv``, of one with plans ``plan_sites.csv``, ``plan_curve.csv``, ``plan_assignment.csv`` and
        ``plan_refused.csv``; xlsx: ``scorecard.xlsx``; gpkg: ``layers.gpkg``, ``layers.qgs``; docx: ``report.docx``;
        png: one 1920 x 1080 map of the city and one per district under ``slides/``; data, whose columns
        docs/data-set.md lists: ``data/findings.parquet``, ``data/gaps.parquet``, ``data/sites.parquet``,
        ``data/warnings.parquet``, ``data/districts.parquet``, ``data/served.parquet``. Always ``audit.json``. The same
        report gives the same bytes.

    Raises
    ------
    InputError
        If an option is wrong, `files` names what is not known, or the earlier audit cannot be read.
    MissingExtra
        If what `files` names needs a package that is not installed.
    EnvironmentFault
        If the disk is full, a permission is missing, or another process writes into the folder.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> report = zzgeo.audit(zzgeo.load_study(write_example(tempfile.mkdtemp())), profile="zz-2020")
    >>> sorted(path.name for path in write(report, tempfile.mkdtemp(), files="pages"))
    ['East-E.html', 'West-W.html', 'audit.json', 'index.html']
    """
    chosen = chosen_outputs(files)
    choices = PageOptions(**options)
    choices.warn()
    comparison = None if against is None else compare(against, report)
    report = choices.approved(report)
    steps = _Steps(progress or notebook_progress(str(report.study.name)))

    def files_in(scratch: Path) -> Iterator[File]:
        beside = Processes(scratch, worth(_rows(report)))
        edition = Edition(report, choices, scratch, chosen, comparison, steps.one, processes=beside)
        steps.total = sum(output.step_count(edition) for output in chosen)
        return steps.after_each(_files(edition))

    if isinstance(out_dir, ResultFolder):
        return out_dir.put(files_in, earlier_files)
    with ResultFolder(out_dir) as folder:
        return folder.put(files_in, earlier_files)


def _rows(report: AuditReport) -> int:
    """Return how many streets and places a report is about."""
    streets = report.study.streets
    return len(report.study.demand) + (0 if streets is None else len(streets))


class _Steps:
    """Tells how far writing has come: a step is a file, or a map of the document."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._done, self.total = progress, 0, 0

    def one(self, what: str) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(what, self._done, self.total)

    def after_each(self, files: Generator[File]) -> Generator[File]:
        """Give the files; whoever asks for the next has written the last."""
        with contextlib.closing(files):
            for file in files:
                yield file
                self.one(file[0])


def _files(edition: Edition) -> Generator[File]:
    """Give every file of a result; all outputs begin at once, because one may be at work while others are written."""
    with contextlib.ExitStack() as held:
        held.enter_context(edition.processes)
        begun = [(output, held.enter_context(contextlib.closing(output.files(edition)))) for output in edition.outputs]
        for output, files in begun:
            for file in files:
                # what nobody owns would stand beside every later result
                assert output.owns(file[0]), f"{output.id} writes {file[0]} and does not name it"
                edition.written.append(file[0])
                yield file


def earlier_files(folder: Path) -> set[str]:
    """Name the files an earlier audit wrote into a folder: an old verdict must not stand beside a new one.

    They are those its ``audit.json`` lists, as far as some output writes files of such a name: a list that names
    anything else of the user's takes nothing away.
    """
    try:
        listed = json.loads((folder / AUDIT_FILE).read_bytes()).get("files", [])
    except (OSError, ValueError, AttributeError, RecursionError):
        return set()
    if not isinstance(listed, list):
        return set()
    return {name for name in listed if isinstance(name, str) and owned(name)}
