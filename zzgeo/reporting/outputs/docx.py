"""The report as a document for Word and WPS."""

from __future__ import annotations

from collections.abc import Generator

from zzgeo.reporting.files import File
from zzgeo.reporting.outputs.base import Edition, Output

_NAME = "report.docx"


def files(edition: Edition) -> Generator[File]:
    """Give the document; it draws for minutes where there are many districts, and tells each map."""
    from zzgeo.reporting.desk.document import document_bytes, document_is_whole

    yield _NAME, document_bytes(edition.report, edition.lang, edition.step), document_is_whole


def _steps(edition: Edition) -> int:
    from zzgeo.reporting.desk.document import pictures

    return 1 + pictures(edition.report)


OUTPUT = Output(
    id="docx",
    label_zh="Word 报告，逐区县、逐条附图",
    label_en="a report for Word, with a map per district and clause",
    names=(_NAME,),
    files=files,
    order=40,
    needs={"docx": "python-docx", "matplotlib": "matplotlib"},
    extra="report",
    steps=_steps,
)
