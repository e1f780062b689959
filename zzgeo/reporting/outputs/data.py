"""Tables as Parquet for analysts; those of many studies are one data set."""

from __future__ import annotations

from collections.abc import Generator

from zzgeo.reporting.files import File
from zzgeo.reporting.outputs.base import Edition, Output

#: The tables, as they stand under data/; docs/data-set.md lists their columns.
TABLES = ("findings", "gaps", "sites", "warnings", "districts", "served")

#: The folder of the tables in a result.
FOLDER = "data"


def files(edition: Edition) -> Generator[File]:
    """Give each table as the bytes of a Parquet file."""
    from zzgeo.reporting.desk.data_tables import data_files

    for name, content, whole in data_files(edition.report, TABLES):
        yield f"{FOLDER}/{name}.parquet", content, whole


OUTPUT = Output(
    id="data",
    label_zh="Parquet 数据表：结论、缺口、选址、提示、区县、分人群覆盖",
    label_en="Parquet tables for analysts: findings, gaps, sites, warnings, districts, who is served",
    names=tuple(f"{FOLDER}/{name}.parquet" for name in TABLES),
    files=files,
    when="lean",
    order=25,
    steps=lambda edition: len(TABLES),
    offers=lambda edition: [],
)
