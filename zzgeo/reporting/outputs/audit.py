"""The audit file: provenance, rules, findings, and the names of all files written with it."""

from __future__ import annotations

from collections.abc import Generator

from zzgeo.reporting.files import File
from zzgeo.reporting.outputs.base import Edition, Output

#: Its name; what it lists under ``files`` is what the next result takes away.
NAME = "audit.json"


def files(edition: Edition) -> Generator[File]:
    """Give the audit file, once all others are written."""
    from zzgeo.reporting.desk.audit_file import audit_json, json_is_whole

    content = audit_json(edition.report, [*edition.written, NAME])
    yield NAME, content, json_is_whole(len(edition.report.findings))


OUTPUT = Output(
    id="audit",
    label_zh="审计文件：来源、条款、结论、文件清单",
    label_en="the audit file: provenance, rules, findings, the list of files",
    names=(NAME,),
    files=files,
    when="always",
)
