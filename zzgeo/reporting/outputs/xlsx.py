"""The workbook for Excel, WPS and LibreOffice."""

from __future__ import annotations

from collections.abc import Generator

from zzgeo.reporting.files import File
from zzgeo.reporting.outputs.base import Edition, Output

_NAME = "scorecard.xlsx"


def files(edition: Edition) -> Generator[File]:
    """Give the workbook."""
    from zzgeo.reporting.desk.workbook import workbook_bytes, workbook_is_whole

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
