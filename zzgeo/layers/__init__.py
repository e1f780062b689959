"""What a map shows: one file per layer, found by its place here; it shows on pages, in ``layers.gpkg`` and on pictures.

A new layer is one file with one constant ``LAYER``, a `zzgeo.layers.base.Layer`. With a table and a style alone it
shows in all three; `zzgeo.layers.base` says what else it may say.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from zzgeo.layers.base import GROUPS, Feature, Layer, Table
from zzgeo.layers.parts.looks import Look
from zzgeo.layers.parts.packing import pack, unpack

__all__ = ["GROUPS", "Feature", "Layer", "Look", "Table", "layers", "pack", "unpack"]


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
