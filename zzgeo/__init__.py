"""Whether a city meets its own planning standards, who is missed, and what would close the gap.

The public names stand in ``__init__.pyi``, once, for Python and for type checkers; each is loaded when it is first
used, so that ``import zzgeo`` takes a moment and not a second. The rooms are reachable too: ``zzgeo.network``,
``zzgeo.standards``, ``zzgeo.accessibility`` and their kin.
"""

from __future__ import annotations

import lazy_loader

_lazily, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from zzgeo.installed import zzgeo_version

        return zzgeo_version()
    if name not in __all__:
        raise AttributeError(f"module 'zzgeo' has no attribute {name!r}")
    return _lazily(name)
