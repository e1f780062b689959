"""What every file passes before a parser sees it: size, first bytes against name, and what its content asks for.

A file's name is a claim. GDAL opens whatever it recognises, even text that names other files or addresses; unpackers
follow paths; XML grows. Each of these is refused here, once, for all formats: what a format needs it declares with its
suffixes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from zzgeo.formats.parts.base import Content, refuse
from zzgeo.formats.parts.contents import FOREIGN

#: No file a bureau sends is larger; what is, is cut into counties first.
MAX_BYTES = 4 << 30
#: Endings of files that run code when they are opened.
PICKLES = (".pkl", ".pickle", ".gpickle", ".joblib")


def refuse_pickle(path: Path) -> None:
    """Refuse the name of a pickle.

    Raises
    ------
    InputError
        ``file.pickle_refused``.
    """
    suffix = path.suffix.lower()
    if suffix in PICKLES:
        remedy = "save the data as GeoPackage, GeoParquet or CSV"
        raise refuse("file.pickle_refused", path.name, suffix, "a pickle can run code", remedy)


def admit(path: Path, content: Content, known: Iterable[Content] = ()) -> None:
    """Refuse a file that is too large, empty, a pickle, or whose bytes are not what its name says.

    Parameters
    ----------
    path
        The file.
    content
        What the bytes under its name must be.
    known
        Other contents it may have in truth, to say which.

    Raises
    ------
    InputError
        ``file.missing``, ``file.empty``, ``file.too_large``, ``file.pickle_refused``, ``file.driver_refused``,
        ``file.wrong_type``, and what the content's own checks raise.
    """
    name = path.name
    refuse_pickle(path)
    if not path.is_file():
        raise refuse("file.missing", name, "", "no such file", "check the path")
    size = path.stat().st_size
    if size == 0:
        raise refuse("file.empty", name, "0 bytes", "there is nothing in the file", "send the file again")
    if size > MAX_BYTES:
        remedy = "cut it into counties, or send GeoParquet"
        raise refuse("file.too_large", name, f"{size / 1e9:.1f} GB", f"over {MAX_BYTES >> 30} GB", remedy)
    with path.open("rb") as stream:
        head = stream.read(4096)
    _promised(path, content, head, known)
    if content.whole is not None:
        content.whole(path)


def _promised(path: Path, content: Content, head: bytes, known: Iterable[Content]) -> None:
    """Refuse first bytes that are not what the name promises."""
    name, suffix = path.name, path.suffix.lower()
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for one in FOREIGN:
        if one.first is not None and head.startswith(one.magic):
            one.first(name, head)
    others = [one for one in (content, *known, *FOREIGN) if one.name]
    known_as = next((one.name for one in others if head.startswith(one.magic)), "")
    if content.magic:
        if not head.startswith(content.magic):
            if content.first is not None:
                content.first(name, head)
            known_as = known_as or ("HTML or XML" if text.startswith(b"<") else "of another type")
            raise refuse("file.wrong_type", name, suffix, f"the content is {known_as}", "send the file in its own type")
        return
    if b"<OGRVRT" in text[:1024] or b"<VRTDataset" in text[:1024]:
        why = "the text inside would make GDAL open other files or addresses"
        raise refuse("file.driver_refused", name, "GDAL VRT", why, "send the data itself")
    if known_as:
        raise refuse("file.wrong_type", name, suffix, f"the content is {known_as}", "give the file its right ending")
    if content.first is not None:
        content.first(name, head)


def admit_folder(path: Path) -> None:
    """Refuse a folder that is to be read as one layer if it is empty, too large, or holds anything but plain files.

    Raises
    ------
    InputError
        ``file.missing``, ``file.empty``, ``file.too_large``, ``zip.unsafe_path`` for links and folders in it.
    """
    name = path.name
    if not path.is_dir():
        raise refuse("file.missing", name, "", "no such folder", "send the whole folder, or a ZIP of it")
    parts = sorted(path.iterdir())
    for part in parts:
        if part.is_symlink() or not part.is_file():
            why, remedy = "a link or a folder inside, not a file", "send the folder as it was written"
            raise refuse("zip.unsafe_path", name, part.name[:120], why, remedy)
    size = sum(part.stat().st_size for part in parts)
    if size == 0:
        raise refuse("file.empty", name, "0 bytes", "there is nothing in the folder", "send the folder again")
    if size > MAX_BYTES:
        remedy = "cut it into counties, or send GeoParquet"
        raise refuse("file.too_large", name, f"{size / 1e9:.1f} GB", f"over {MAX_BYTES >> 30} GB", remedy)
