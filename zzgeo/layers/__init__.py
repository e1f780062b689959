"""What is drawn on a map: one file per layer, found by its place here.

A new layer is one file with one constant ``LAYER``; `zzgeo.layers.base` says what a feature may carry.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from zzgeo.layers.base import GROUPS, Feature, Layer, pack, unpack

__all__ = ["GROUPS", "Feature", "Layer", "layers", "pack", "unpack"]


@cache
def layers() -> tuple[Layer, ...]:
    """Return every layer found in this folder, in drawing order.

    Examples
    --------
    >>> "boundary" in [layer.id for layer in layers()]
    True
    """
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name != "base"]
    found = [importlib.import_module(f"{__name__}.{name}").LAYER for name in names]
    return tuple(sorted(found, key=lambda layer: (layer.order, layer.id)))
