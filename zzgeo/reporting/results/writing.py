"""A report into a folder: pages, tables and the audit file; all of them, or none."""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import math
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zzgeo.auditing.comparison import compare
from zzgeo.auditing.table import flags_by_finding
from zzgeo.errors import InputError, MissingExtra, Problem
from zzgeo.layers.base import text
from zzgeo.memory import bulk_work
from zzgeo.notebook import notebook_progress
from zzgeo.reporting.pages.city import CITY_SCRIPTS, city_page
from zzgeo.reporting.pages.maps import MAP_SCRIPTS, district_pages
from zzgeo.reporting.pages.page import site_assets
from zzgeo.reporting.results.files import File, csv_is_whole, json_is_whole, page_is_whole, safe_name
from zzgeo.reporting.results.folder import ResultFolder
from zzgeo.reporting.results.tables import csv_bytes, report_tables
from zzgeo.reporting.told.content import frame
from zzgeo.reporting.told.headline import headline
from zzgeo.reporting.told.options import PageOptions

if TYPE_CHECKING:
    from zzgeo.auditing.comparison import Comparison
    from zzgeo.auditing.report import AuditReport, Progress

#: What `write` can write, in its order, and the module of each that is more than pages and tables.
FILES: dict[str, str] = {
    "pages": "",
    "tables": "",
    "xlsx": "zzgeo.reporting.desk.workbook",
    "docx": "zzgeo.reporting.desk.document",
    "png": "zzgeo.reporting.desk.slides",
    # last: where it is large, another process is at it from the beginning
    "gpkg": "zzgeo.reporting.desk.geopackage",
}

#: What is written if nothing is said: quick, and of core packages only, so that every machine writes the same.
USUAL_FILES = ("pages", "tables", "xlsx", "gpkg")


@bulk_work()
def write(
    report: AuditReport, out_dir: str | Path | ResultFolder, *, lang: str = "zh",
    against: str | Path | dict[str, Any] | None = None, files: str | Iterable[str] | None = None,
    pages: str = "auto", tianditu: str = "", approval: str = "", progress: Progress | None = None,
) -> list[Path]:  # fmt: skip
    """Write a report as pages that open with no internet, files for the desk, tables, and the audit file.

    Parameters
    ----------
    report
        An audit.
    out_dir
        Folder; made if it is not there. It is replaced as a whole by the new result; the user's own files in it are
        kept. If anything fails, the earlier result stands untouched. Or a `ResultFolder` that is already held.
    lang
        Language the pages open in and the files for the desk are in, ``"zh"`` or ``"en"``; every page can switch.
    against
        An earlier audit to compare with: its folder, its ``audit.json``, or that file's content. The city's page tells
        what changed, and ``comparison.csv`` lists it.
    files
        Any of ``pages``, ``tables``, ``xlsx``, ``gpkg``, ``docx`` and ``png``, as names or as one text with commas;
        ``"all"`` for all; left out, the first four (`USUAL_FILES`). ``docx`` and ``png`` draw maps of every district
        (about half a second each) and need ``pip install "zzgeo[report]"``; they are written only if they are asked
        for.
    pages, tianditu, approval
        As in `zzgeo.reporting.told.options.PageOptions`: one file a page or a site with shared ``assets/``, the key of
        an online base map (it can be read in every page), the map-approval number.
    progress
        Called with (what, done, total) after each file and each map of the document; a notebook shows a bar if it is
        left out.

    Returns
    -------
    list of Path
        pages: ``index.html`` and one page per district under ``maps/``; tables: ``findings.csv``, ``gaps.csv``,
        ``ranking.csv``, ``next_sites.csv``, ``snapping.csv``, ``quarantined.csv``; xlsx: ``scorecard.xlsx``; gpkg:
        ``layers.gpkg``; docx: ``report.docx``; png: one 1920 x 1080 map of the city and one per district under
        ``slides/``. Always ``audit.json``. The same report gives the same bytes.

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
    >>> write(report, "maps/zhengzhou-sample")[0].name  # doctest: +SKIP
    'index.html'
    """
    chosen = chosen_files(USUAL_FILES if files is None else files)
    options = PageOptions(lang, pages, tianditu, approval)
    options.warn()
    comparison = None if against is None else compare(against, report)
    report = options.approved(report)
    steps = _Steps(progress or notebook_progress())

    def files_in(scratch: Path) -> Iterator[File]:
        return steps.after_each(_files(report, options, comparison, chosen, scratch, steps))

    if isinstance(out_dir, ResultFolder):
        return out_dir.put(files_in)
    with ResultFolder(out_dir) as folder:
        return folder.put(files_in)


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


def chosen_files(files: str | Iterable[str]) -> list[str]:
    """Return what to write, in the order of `FILES`.

    Raises
    ------
    InputError
        If a name is not known, or none is given.
    MissingExtra
        If a package is not installed that one of them needs.

    Examples
    --------
    >>> chosen_files("xlsx, pages")
    ['pages', 'xlsx']
    """
    names = [name.strip() for name in (files.split(",") if isinstance(files, str) else files)]
    if "all" in names:
        names = list(FILES)
    unknown = [name for name in names if name not in FILES]
    if unknown or not names:
        remedy = f"any of {', '.join(FILES)}, with commas between, or all"
        raise InputError([Problem("output.unknown_file", ", ".join(unknown), "", "no such file is written", remedy)])
    needed = {"docx": ("docx", "matplotlib"), "png": ("matplotlib",)}
    missing = {package for name in names for package in needed.get(name, ()) if find_spec(package) is None}
    if missing:
        shown = ", ".join(sorted("python-docx" if one == "docx" else one for one in missing))
        raise MissingExtra(f'{shown} is not installed, which docx and png need: pip install "zzgeo[report]"')
    return [name for name in FILES if name in names]


#: What a finding shares with every other of its rule: told once in ``audit.json``.
_RULE_FIELDS = (
    "rule_kind", "standard", "document", "section", "clause", "title_zh", "title_en", "target_year",
    "conflicts",
)  # fmt: skip


def _files(
    report: AuditReport, options: PageOptions, comparison: Comparison | None, chosen: list[str], scratch: Path,
    steps: _Steps,
) -> Generator[File]:  # fmt: skip
    """Give every file of a result; ``audit.json``, which names them all, comes last."""
    lang = options.lang
    tables = report_tables(report, lang) if "tables" in chosen else {}
    if comparison is not None and tables:
        tables["comparison.csv"] = comparison.changes
    steps.total = _many(report, options, chosen) + len(tables) + 1
    names = []
    with contextlib.ExitStack() as held:
        # the document draws for minutes where there are many districts: it tells each map
        told = {"docx": [steps.one]}
        desk = [
            held.enter_context(contextlib.closing(
                importlib.import_module(FILES[kind]).desk_files(report, lang, scratch, *told.get(kind, []))
            ))
            for kind in chosen if FILES[kind]
        ]  # fmt: skip
        single = [name for kind, name in _SINGLE.items() if kind in chosen]
        pages = _pages(report, options, comparison, [*single, *tables, "audit.json"]) if "pages" in chosen else ()
        listed = ((name, csv_bytes(table), csv_is_whole(len(table))) for name, table in tables.items())
        for file in itertools.chain(pages, listed, *desk):
            names.append(file[0])
            yield file
    yield "audit.json", audit_json(report, [*names, "audit.json"]), json_is_whole(len(report.findings))


def _many(report: AuditReport, options: PageOptions, chosen: list[str]) -> int:
    """Return how many steps pages and files for the desk take."""
    districts = len(report.study.districts)
    steps = {"pages": 1 + districts + len(_shared_assets() if options.shared(districts) else ()), "xlsx": 1, "gpkg": 1}
    if "docx" in chosen:
        steps["docx"] = 1 + importlib.import_module(FILES["docx"]).pictures(report)
    if "png" in chosen:
        steps["png"] = 0 if headline(report) is None else 1 + districts
    return sum(steps.get(kind, 0) for kind in chosen)


#: Files for the desk that are one file, offered at the foot of the city's page.
_SINGLE = {"xlsx": "scorecard.xlsx", "gpkg": "layers.gpkg", "docx": "report.docx"}


def _pages(
    report: AuditReport, options: PageOptions, comparison: Comparison | None, downloads: list[str]
) -> Iterator[File]:
    base = frame(report, options)
    taken: set[str] = set()
    pages = {
        str(code): f"{safe_name(text(name), str(code), taken)}.html"
        for code, name in report.study.districts["name"].sort_index().items()
    }
    shared = options.shared(len(pages))
    yield "index.html", city_page(report, base, pages, downloads, comparison, shared).encode("utf-8"), page_is_whole
    if shared:
        for name, content in _shared_assets().items():
            yield f"assets/{name}", content, bool
    page_of = district_pages(report, base)
    made = ((f"maps/{file}", page_of(code, shared)) for code, file in pages.items())
    for name, content in _one_ahead(made):
        yield name, content, page_is_whole


def _one_ahead(pages: Iterator[tuple[str, Callable[[], str]]]) -> Iterator[tuple[str, bytes]]:
    """Give pages in their order; while the data of one are gathered, the one before it is packed by another thread."""
    with ThreadPoolExecutor(1) as packer:
        waiting: tuple[str, Future[bytes]] | None = None
        for name, render in pages:
            packed = packer.submit(lambda page: page().encode("utf-8"), render)
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = name, packed
        if waiting is not None:
            yield waiting[0], waiting[1].result()


def _shared_assets() -> dict[str, bytes]:
    return site_assets([*SHARED, *MAP_SCRIPTS, *CITY_SCRIPTS])


#: Files every page of a site loads, beside its own scripts.
SHARED = ("leaflet.css", "leaflet.js", "zz.css", "folium.js", "boot.js", "district.js")


def audit_json(report: AuditReport, files: list[str]) -> bytes:
    """Return the audit file: the report's provenance, its rules and findings, and the files written beside it."""
    study = report.study
    inputs = [
        {
            "path": account.path,
            "sha256": account.sha256,
            "rows_read": account.rows_read,
            "rows_used": account.rows_used,
            "rows_rejected": account.rows_rejected,
        }
        for account in study.accounts
    ]
    rules = report.findings[["rule", *_RULE_FIELDS]].drop_duplicates("rule").to_dict("records")
    rest = {
        "zzgeo": None, "study": study.name, "as_of": study.as_of.isoformat(), "inputs": inputs,
        "parameters": {}, "conservation": {}, "environment": {},
        **report.provenance, "files": files, "rules": rules,
    }  # fmt: skip
    head = json.dumps(_plain(rest), ensure_ascii=False, allow_nan=False, indent=1)
    # a finding a line: thousands of them stay readable, and two audits can be compared line by line
    lines = ",\n  ".join(_finding_line(row) for row in _finding_rows(report))
    whole = f'{head[:-2]},\n "findings": [\n  {lines}\n ]\n}}\n'
    return whole.encode("utf-8", errors="backslashreplace")


def _finding_rows(report: AuditReport) -> list[dict[Any, Any]]:
    """Return the findings without what their rule says, which stands once under ``rules``."""
    flags = flags_by_finding(report.flags, ("code", "values"))
    rows = report.findings.drop(columns=list(_RULE_FIELDS)).reset_index().to_dict("records")
    for row in rows:
        row["flag_codes"] = flags.get((row["finding_id"], row["district"]), [])
        row["params"] = _in_order(row["params"])
    return rows


def _in_order(value: Any) -> Any:
    """Return a mapping with its keys in their order, inside too, as ``findings.csv`` has them."""
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    return [_in_order(one) for one in value] if isinstance(value, list | tuple) else value


def _finding_line(row: dict[Any, Any]) -> str:
    return json.dumps(_plain(row), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: what is missing is null, what is unreachable is the word ``inf``."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return None if math.isnan(value) else value if math.isfinite(value) else ("inf" if value > 0 else "-inf")
    if value is None or isinstance(value, str | int | bool):
        return value
    return None if value != value else str(value)
