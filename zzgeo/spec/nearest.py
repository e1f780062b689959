"""What somebody may have meant: the nearest of the words there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], most: int = 1) -> str:
    """Return ``did you mean …? `` with the nearest known words, or nothing where none is near.

    Examples
    --------
    >>> nearest("walk-distence", ["service-radius", "walk-distance"])
    "did you mean 'walk-distance'? "
    >>> nearest("xyz", ["service-radius"])
    ''
    """
    close = difflib.get_close_matches(word, list(known), most, cutoff=0.6)
    return f"did you mean {' or '.join(map(repr, close))}? " if close else ""
