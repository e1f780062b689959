"""Python's search for objects that hold each other in a circle, put off while an audit makes millions of others.

Tables, geometries and pages hold nothing in circles: they go when nobody names them. The search would only walk over
them, again and again, and take a twelfth of the time of a city.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_was_on = False


@contextmanager
def no_search_for_circles() -> Iterator[None]:
    """Put the search off inside the block, also where blocks overlap in several threads; a decorator as well.

    It goes on after the last block has ended, if it was on before the first.

    Examples
    --------
    >>> import gc
    >>> with no_search_for_circles():
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
