"""Work that makes millions of objects: no search for circles among them meanwhile, what is free given back afterwards.

Tables, geometries and pages do not hold each other in circles: they go when nobody names them. Python's search for
circles would only walk over them, again and again, and take a twelfth of the time of a city.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from zzgeo.system import SYSTEM

#: A process that holds less has nothing worth the search for it, a twentieth of the time of a small study.
_MUCH = 600_000_000

_lock = threading.Lock()
_inside = 0
_was_on = False


@contextmanager
def bulk_work() -> Iterator[None]:
    """Do work on a whole city, also in several threads at a time; a decorator as well.

    The search for circles goes on after the last block has ended, if it was on before the first.

    Examples
    --------
    >>> import gc
    >>> with bulk_work():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    global _inside, _was_on
    with _lock:
        if _inside == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _was_on:
                gc.enable()
        if SYSTEM.held_bytes() > _MUCH:
            give_back()


def give_back() -> None:
    """Give free memory back to the system: Arrow's, and where it can, that of the C library.

    They would keep a seventh of what a city takes.
    """
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    SYSTEM.trim_memory()
