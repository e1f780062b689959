"""A file of a result, before anybody writes it, and names that are safe on every disk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

_LONGEST_NAME = 40

#: Relative path, content, and a check that what stands on the disk is whole: of the bytes read back, or of the file
#: itself where the content is a file made in the scratch folder.
File = tuple[str, bytes, Callable[[bytes], bool]] | tuple[str, Path, Callable[[Path], bool]]


def safe_name(name: str, code: str, taken: set[str]) -> str:
    """Return a file name (without ending) for a place, and note it in `taken`.

    Letters and digits of any script are kept; all else becomes ``-``. The code makes it unique; where two codes read
    alike, also on a disk that does not tell small letters from capitals, a number does.

    Examples
    --------
    >>> safe_name("../../etc", "410101", set()), safe_name("金水区", "410105", set())
    ('etc-410101', '金水区-410105')
    """
    slug = _slug(name)[:_LONGEST_NAME].strip("-")
    stem = "-".join(part for part in (slug, _slug(code)[:_LONGEST_NAME].strip("-")) if part) or "place"
    unique, count = stem, 1
    while unique.casefold() in taken:
        count += 1
        unique = f"{stem}-{count}"
    taken.add(unique.casefold())
    return unique


def _slug(text: str) -> str:
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", text)).strip("-")
