"""The workbook for Excel, WPS and LibreOffice."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from zzgeo.reporting.files import File
from zzgeo.reporting.outputs.base import Edition, Output

if TYPE_CHECKING:
    from zzgeo.reporting.processes import Handed

_NAME = "scorecard.xlsx"


def files(edition: Edition) -> Generator[File]:
    """Begin the workbook where another process may make it, and give it when it is asked for."""
    begun = _handed(edition) if edition.processes.spare else None
    return _given(edition, begun)


def _handed(edition: Edition) -> Handed:
    from zzgeo.reporting.desk.workbook import in_brief, workbook_bytes

    return edition.processes.put_apart(workbook_bytes, in_brief(edition.report), edition.lang)


def _given(edition: Edition, begun: Handed | None) -> Generator[File]:
    from zzgeo.reporting.desk.workbook import workbook_bytes, workbook_is_whole

    if begun is not None:
        yield begun.file(_NAME, workbook_is_whole)
    else:
        yield _NAME, workbook_bytes(edition.report, edition.lang), workbook_is_whole


OUTPUT = Output(
    id="xlsx",
    label_zh="Excel 工作簿：达标一览、逐条、缺口、数据质量",
    label_en="a workbook: scorecard, rule by rule, gaps, quality of the data",
    names=(_NAME,),
    files=files,
    when="usual",
    order=30,
)
