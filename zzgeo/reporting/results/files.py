"""Files that are whole or not there: safe names, writing with everything flushed and read back, checks by format."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

from zzgeo.errors import EnvironmentFault, Problem
from zzgeo.reporting.results.tables import csv_rows

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


def write_file(path: Path, content: bytes, whole: Callable[[bytes], bool]) -> None:
    """Write a new file, flush it to the disk, close it, and read it back.

    Raises
    ------
    EnvironmentFault
        If the file does not read back as it was written, or `whole` says that something is missing in it.
    OSError
        If the system refuses to write.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    back = path.read_bytes()
    if back != content or not _holds(whole, back):
        why = "the file did not read back as it was written"
        problem = Problem("output.verify_failed", path.name, f"{len(content)} bytes", why, "check the disk")
        raise EnvironmentFault(problem.line())


def _holds(whole: Callable[[bytes], bool], content: bytes) -> bool:
    """Tell whether a check holds; one that cannot even read the content says that it does not."""
    try:
        return whole(content)
    except (ValueError, KeyError, LookupError):
        return False


def take_file(path: Path, made: Path, whole: Callable[[Path], bool]) -> None:
    """Flush a file made elsewhere on the same disk, let it stand at a path, and look into it there.

    Raises
    ------
    EnvironmentFault
        If `whole` says that something is missing in it.
    OSError
        If the system refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(made, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    os.rename(made, path)
    if not whole(path):
        problem = Problem("output.verify_failed", path.name, "", "the file is not what was written", "check the disk")
        raise EnvironmentFault(problem.line())


def flush_folder(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk, where the system can tell."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def told(folder: Path, error: OSError, needed: int = 0) -> EnvironmentFault:
    """Return what the system refused, as the fault that ends a run.

    Parameters
    ----------
    folder
        Where the result was to stand.
    error
        What the system said.
    needed
        Bytes of the file that was being written; told where the disk is full.
    """
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        value = f"{needed:,} bytes needed" if needed else ""
        with contextlib.suppress(OSError):
            value = f"{value}, {shutil.disk_usage(existing(folder)).free:,} bytes free".removeprefix(", ")
        why, remedy = "the disk is full", "make room, or choose another folder; an earlier result is untouched"
        return EnvironmentFault(Problem("output.disk_full", str(folder), value, why, remedy).line())
    why, remedy = error.strerror or str(error) or "cannot be written", "choose a folder you may write to"
    return EnvironmentFault(Problem("output.not_writable", str(error.filename or folder), "", why, remedy).line())


def existing(path: Path) -> Path:
    """Return a path, or the nearest folder above it that is there."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def csv_is_whole(rows: int) -> Callable[[bytes], bool]:
    """Return a check that a CSV file holds so many rows."""
    # every line we write ends in a quote: where none stands inside a cell, counting them is reading the file
    return lambda content: content.count(b'"\r\n') == rows + 1 or csv_rows(content) == rows


def json_is_whole(findings: int) -> Callable[[bytes], bool]:
    """Return a check that an audit file loads and holds so many findings."""
    return lambda content: len(json.loads(content)["findings"]) == findings


def page_is_whole(content: bytes) -> bool:
    """Return whether a page has its end and its island loads."""
    text = content.decode("utf-8")
    start, end = text.index('id="zz-data">') + len('id="zz-data">'), text.rindex("</html>")
    json.loads(text[start : text.index("</script>", start)])
    return end > start
