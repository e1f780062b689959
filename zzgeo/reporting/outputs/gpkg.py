"""The layers as a GeoPackage that opens styled in QGIS, and a project that shows them clause by clause."""

from __future__ import annotations

from collections.abc import Generator

from zzgeo.reporting.files import File
from zzgeo.reporting.outputs.base import Edition, Output

_NAME = "layers.gpkg"
_PROJECT = "layers.qgs"


def files(edition: Edition) -> Generator[File]:
    """Begin the GeoPackage, and give it and the project when they are asked for."""
    from zzgeo.reporting.desk.geopackage import desk_files

    return desk_files(edition.report, edition.lang, edition.scratch / _NAME, edition.processes)


OUTPUT = Output(
    id="gpkg",
    label_zh="GeoPackage 图层与 QGIS 工程：打开即按条款分组、带样式",
    label_en="layers as a GeoPackage, styled, and a QGIS project with a group for each clause",
    names=(_NAME, _PROJECT),
    files=files,
    when="usual",
    # late: where it is large, another process is at it from the beginning
    order=90,
)
