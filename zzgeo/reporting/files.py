"""A file of a result, before anybody writes it, and the name of a place as the name of its file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from zzgeo.system.names import allowed_name, cut_name, plain_name, same_name

#: Letters of a place's name, and of its code, in the name of its file.
_LONGEST_PART = 40

#: Relative path, content, and a check that what stands on the disk is whole: of the bytes read back, or of the file
#: itself where the content is a file made in the scratch folder.
File = tuple[str, bytes, Callable[[bytes], bool]] | tuple[str, Path, Callable[[Path], bool]]


def safe_name(name: str, code: str, taken: set[str]) -> str:
    """Return a file name (without ending) for a place, and note it in `taken`.

    Letters and digits of any script are kept; all else becomes ``-``. The code makes it unique; where two codes read
    alike, also on a disk that does not tell small letters from capitals, a number does. Any system takes it, see
    `zzgeo.system.names`.

    Examples
    --------
    >>> safe_name("../../etc", "410101", set()), safe_name("金水区", "410105", set()), safe_name("CON", "", set())
    ('etc-410101', '金水区-410105', 'CON-place')
    """
    parts = [plain_name(part)[:_LONGEST_PART].strip("-") for part in (name, code)]
    stem = allowed_name(cut_name("-".join(part for part in parts if part)), "place") or "place"
    unique, count = stem, 1
    while same_name(unique) in taken:
        count += 1
        unique = f"{stem}-{count}"
    taken.add(same_name(unique))
    return unique
