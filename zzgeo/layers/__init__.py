"""What a map shows: one file per layer, found by its place here; it shows on pages, in ``layers.gpkg`` and on pictures.

A new layer is one file with one constant ``LAYER``. With a table and a style it shows in all three::

    def _rows(report):
        land = report.study.land
        return None if land is None else land[land.area > 10_000].rename_axis("plot_id")

    LAYER = Layer(
        "plots", "大宗居住用地", "Large plots", "base",
        Table("large_plots", _rows), style=Look("#DDE7D3", "#5B7F3A", width=1.0),
    )

`zzgeo.layers.base` tells what else a layer may say: features of its own for pages, styles for a GIS, marks on pictures.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from zzgeo.layers.base import GROUPS, Feature, Layer, Table
from zzgeo.layers.parts.looks import Look
from zzgeo.layers.parts.packing import pack, unpack

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

__all__ = ["GROUPS", "Feature", "Layer", "Look", "Table", "layers", "layers_of", "pack", "unpack"]


@cache
def layers() -> tuple[Layer, ...]:
    """Return every layer found in this folder, in drawing order.

    Examples
    --------
    >>> "boundary" in [layer.id for layer in layers()]
    True
    """
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name not in ("base", "parts")]
    found = [importlib.import_module(f"{__name__}.{name}").LAYER for name in names]
    return tuple(sorted(found, key=lambda layer: (layer.order, layer.id)))


def layers_of(report: AuditReport) -> tuple[Layer, ...]:
    """Return every layer of a report, in drawing order: those that split are there as the parts it has of them."""
    return tuple(part for one in layers() for part in ((one,) if one.split is None else one.split(report)))
