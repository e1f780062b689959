"""What depends on the system: locks, folders that change places, processes, signals, memory. A side for each.

``SYSTEM`` is the side of the system this runs on; nobody else asks which one it is. A side can be made anywhere, so
that what it does is tested on the others too, as far as something can honestly stand in for the system itself.
"""

from __future__ import annotations

import sys

from zzgeo.system.base import System
from zzgeo.system.linux import Linux
from zzgeo.system.macos import MacOS
from zzgeo.system.posix import Posix
from zzgeo.system.windows import Windows

_SIDES: dict[str, type[System]] = {"linux": Linux, "darwin": MacOS, "win32": Windows}


def side_of(platform: str) -> System:
    """Return the side of a system by the name Python has for it.

    Examples
    --------
    >>> side_of("win32").name, side_of("darwin").name, side_of("freebsd14").name
    ('Windows', 'macOS', 'POSIX')
    """
    return _SIDES.get(platform, Posix)()


SYSTEM = side_of(sys.platform)

__all__ = ["SYSTEM", "System", "side_of"]
