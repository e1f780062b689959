"""Whether a city meets its own planning standards, who is missed, and what would close the gap.

The public names stand in ``__init__.pyi``, once, for Python and for type checkers; each is loaded when it is first
used, so that ``import zzgeo`` takes a moment and not a second. The rooms are reachable too: ``zzgeo.network``,
``zzgeo.standards``, ``zzgeo.accessibility`` and their kin.
"""

from __future__ import annotations

from collections.abc import Callable

#: The public names and what loads one of them, once somebody asked: the command line starts without, and where a
#: library is missing that it needs, `zzgeo doctor` still tells which.
_face: tuple[list[str], Callable[[str], object]] | None = None


def _stub() -> tuple[list[str], Callable[[str], object]]:
    global _face
    if _face is None:
        import lazy_loader

        load, _, names = lazy_loader.attach_stub(__name__, __file__)
        _face = names, load
    return _face


def __dir__() -> list[str]:
    return _stub()[0]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from zzgeo.installed import zzgeo_version

        return zzgeo_version()
    if name.startswith("__") and name != "__all__":
        raise AttributeError(f"module 'zzgeo' has no attribute {name!r}")
    names, load = _stub()
    if name == "__all__":
        return names
    if name not in names:
        raise AttributeError(f"module 'zzgeo' has no attribute {name!r}")
    return load(name)
