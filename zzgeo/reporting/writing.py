"""A report into a folder: pages, tables and the audit file; all of them, or none."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zzgeo.compare import compare
from zzgeo.layers.base import text
from zzgeo.reporting.city import CITY_SCRIPTS, city_page
from zzgeo.reporting.content import frame
from zzgeo.reporting.files import csv_is_whole, json_is_whole, page_is_whole, safe_name, write_all
from zzgeo.reporting.maps import MAP_SCRIPTS, district_pages
from zzgeo.reporting.options import PageOptions
from zzgeo.reporting.page import site_assets
from zzgeo.reporting.tables import csv_bytes, report_tables

if TYPE_CHECKING:
    from zzgeo.audit import AuditReport
    from zzgeo.compare import Comparison

_File = tuple[str, bytes, Callable[[bytes], bool]]


def write(
    report: AuditReport, out_dir: str | Path, *, lang: str = "zh", against: str | Path | dict[str, Any] | None = None,
    pages: str = "auto", tianditu: str = "", approval: str = "",
) -> list[Path]:  # fmt: skip
    """Write a report as pages that open with no internet, tables, and the audit file.

    Parameters
    ----------
    report
        An audit.
    out_dir
        Folder; made if it is not there. Files of an earlier report are replaced, other files are kept. If anything
        fails, the earlier report stands untouched.
    lang
        Language the pages open in, ``"zh"`` or ``"en"``; every page can switch.
    against
        An earlier audit to compare with: its folder, its ``audit.json``, or that file's content. The city's page tells
        what changed, and ``comparison.csv`` lists it.
    pages, tianditu, approval
        As in `zzgeo.reporting.options.PageOptions`: one file a page or a site with shared ``assets/``, the key of an
        online base map (it can be read in every page), the map-approval number.

    Returns
    -------
    list of Path
        ``index.html``, one page per district under ``maps/``, ``findings.csv``, ``gaps.csv``, ``ranking.csv``,
        ``next_sites.csv``, ``snapping.csv``, ``quarantined.csv``, ``audit.json``. The same report gives the same bytes.

    Raises
    ------
    InputError
        If an option is wrong, or the earlier audit cannot be read.
    EnvironmentFault
        If the disk is full, a permission is missing, or another process writes into the folder.

    Examples
    --------
    >>> write(report, "maps/zhengzhou-sample")[0].name  # doctest: +SKIP
    'index.html'
    """
    options = PageOptions(lang, pages, tianditu, approval)
    comparison = None if against is None else compare(against, report)
    return write_all(Path(out_dir), _files(report, options, comparison))


#: What a finding shares with every other of its rule: told once in ``audit.json``.
_RULE_FIELDS = (
    "rule_kind", "standard", "document", "section", "clause", "title_zh", "title_en", "target_year",
    "conflicts",
)  # fmt: skip


def _files(report: AuditReport, options: PageOptions, comparison: Comparison | None) -> Iterator[_File]:
    base = frame(report, options)
    tables = report_tables(report)
    if comparison is not None:
        tables["comparison.csv"] = comparison.changes
    taken: set[str] = set()
    pages = {
        str(code): f"{safe_name(text(name), str(code), taken)}.html"
        for code, name in report.study.districts["name"].sort_index().items()
    }
    shared = options.shared(len(pages))
    downloads = [*tables, "audit.json"]
    yield "index.html", city_page(report, base, pages, downloads, comparison, shared).encode("utf-8"), page_is_whole
    names = ["index.html"]
    if shared:
        for name, content in site_assets([*SHARED, *MAP_SCRIPTS, *CITY_SCRIPTS]).items():
            yield f"assets/{name}", content, lambda back: bool(back)
            names.append(f"assets/{name}")
    page_of = district_pages(report, base)
    for code, file in pages.items():
        yield f"maps/{file}", page_of(code, shared).encode("utf-8"), page_is_whole
    for name, table in tables.items():
        yield name, csv_bytes(table), csv_is_whole(len(table))
    names += [*(f"maps/{file}" for file in pages.values()), *downloads]
    yield "audit.json", audit_json(report, names), json_is_whole(len(report.findings))


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
    rows = report.findings.drop(columns=list(_RULE_FIELDS)).reset_index().to_dict("records")
    for row in rows:
        row["params"] = json.loads(row["params"]) if row["params"] else {}
    return rows


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
