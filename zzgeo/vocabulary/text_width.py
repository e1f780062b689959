"""How wide text stands in a line of letters of one width: on a terminal, in a cell."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=20_000)
def width(value: str) -> int:
    """Return how many columns of a terminal a text takes; a Chinese character takes two.

    Examples
    --------
    >>> width("60岁")
    4
    """
    if value.isascii():
        return len(value)
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in value)
