"""The layers as a GeoPackage that opens styled in QGIS."""

from __future__ import annotations

from collections.abc import Generator

from zzgeo.reporting.files import File
from zzgeo.reporting.outputs.base import Edition, Output

_NAME = "layers.gpkg"


def files(edition: Edition) -> Generator[File]:
    """Begin the GeoPackage, and give it when it is asked for."""
    from zzgeo.reporting.desk.geopackage import desk_files

    return desk_files(edition.report, edition.lang, edition.scratch / _NAME, edition.processes)


OUTPUT = Output(
    id="gpkg",
    label_zh="GeoPackage 图层，在 QGIS 中打开即带样式",
    label_en="layers as a GeoPackage, styled in QGIS",
    names=(_NAME,),
    files=files,
    when="usual",
    # late: where it is large, another process is at it from the beginning
    order=90,
)
