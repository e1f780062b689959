"""Names of files and folders that every system takes, and none takes for another: the one home of what a name may be.

Windows has no file called ``CON`` or ``a:b``, drops dots and blanks at the end, and does not tell small letters from
capitals; macOS does not tell a letter with an accent from the two signs of it; Linux takes 255 bytes.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

#: No name made here has more letters, nor, written in UTF-8, more bytes: endings and numbers fit behind it.
LONGEST_NAME, _MOST_BYTES = 90, 200

#: Digits of the hash that tells names apart whose ends were cut off.
_HASHED = 8

#: What Windows takes for a device, with any ending behind it; its own lists have the raised digits too.
_DEVICES = frozenset({"con", "prn", "aux", "nul", "conin$", "conout$"}) | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}


def plain_name(text: str, kept: str = "") -> str:
    """Return a text as letters and digits of any script, with single ``-`` for all else; may be empty.

    Parameters
    ----------
    text
        Anything.
    kept
        Other signs that stay as they are.

    Examples
    --------
    >>> plain_name("../中牟 县:"), plain_name("a_b"), plain_name("a_b", "_-")
    ('中牟-县', 'a-b', 'a_b')
    """
    plain = unicodedata.normalize("NFC", text)
    letters = (c if unicodedata.category(c)[0] in "LMN" or c in kept else "-" for c in plain)
    return re.sub("-+", "-", "".join(letters)).strip("-")


def allowed_name(name: str, otherwise: str) -> str:
    """Return a plain name so that Windows has files of it: a device gets another word behind it.

    Examples
    --------
    >>> allowed_name("CON", "place"), allowed_name("con-410105", "place"), allowed_name("com¹", "place")
    ('CON-place', 'con-410105', 'com¹-place')
    """
    return f"{name}-{otherwise}" if name.casefold() in _DEVICES else name


def cut_name(name: str, longest: int = LONGEST_NAME) -> str:
    """Return a plain name of at most so many letters, and as many bytes as any disk takes; told apart where it is cut.

    Examples
    --------
    >>> cut_name("金水区"), len(cut_name("a" * 300)), len(cut_name("𠮷" * 80).encode()) <= 200
    ('金水区', 90, True)
    """
    if len(name) <= longest and len(name.encode("utf-8", "surrogatepass")) <= _MOST_BYTES:
        return name
    import hashlib

    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_HASHED]
    kept = name[: longest - _HASHED - 1]
    while len(kept.encode("utf-8", "surrogatepass")) > _MOST_BYTES - _HASHED - 1:
        kept = kept[:-1]
    return f"{kept.strip('-')}-{digest}"


def same_name(name: str) -> str:
    """Return what two names have in common that some file system takes for one: case and form of letters left out.

    Examples
    --------
    >>> same_name("Ａ区") == same_name("a区")
    True
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def as_it_stands(folder: Path, text: str) -> str:
    """Return how a path is written that only Windows understands: its backslashes, its capitals; empty for others."""
    if text.startswith(("/", "\\")) or ":" in text:
        return ""
    place, parts = folder, []
    for part in re.split(r"[/\\]+", text.removeprefix(".\\")):
        try:
            names = [part] if (place / part).exists() else [one.name for one in place.iterdir()]
        except OSError:
            return ""
        called = [name for name in names if same_name(name) == same_name(part)]
        if len(called) != 1:
            return ""
        parts += called
        place = place / called[0]
    return "/".join(parts)
