"""Files that are whole or not there: everything written is flushed and read back; what the system refused, in words."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from zzgeo.errors import EnvironmentFault, Problem
from zzgeo.refusal import named_in_utf8, open_elsewhere
from zzgeo.system import SYSTEM


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
        raise EnvironmentFault(problem)


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
    SYSTEM.rename(made, path)
    if not whole(path):
        problem = Problem("output.verify_failed", path.name, "", "the file is not what was written", "check the disk")
        raise EnvironmentFault(problem)


@contextlib.contextmanager
def replaced_together(folder: Path) -> Iterator[Path]:
    """Give an empty folder for files of a result; they take their places in `folder` when all of them are whole.

    Before the first does, each that stands there is tried: where another program has one open, none is replaced. What
    else lies in `folder` stays.

    Parameters
    ----------
    folder
        Made if it is not there.

    Yields
    ------
    Path
        Write the files here, without folders.

    Raises
    ------
    EnvironmentFault
        If the folder cannot be made or written, or a file is open elsewhere.
    """
    named_in_utf8(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".zzgeo-", dir=folder, ignore_cleanup_errors=True) as made:
            yield Path(made)
            files = sorted(Path(made).iterdir())
            for file in files:
                if problem := open_elsewhere(folder / file.name):
                    raise EnvironmentFault(problem)
                with file.open("r+b") as stream:
                    os.fsync(stream.fileno())
            for file in files:
                SYSTEM.replace(file, folder / file.name)
    except EnvironmentFault:
        raise
    except OSError as error:
        raise told(folder, error) from None


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
        return EnvironmentFault(Problem("output.disk_full", str(folder), value, why, remedy))
    if problem := open_elsewhere(folder, error):
        return EnvironmentFault(problem)
    why = error.strerror or str(error) or "cannot be written"
    remedy = "choose a folder you may write to; `zzgeo doctor` tries"
    return EnvironmentFault(Problem("output.not_writable", str(error.filename or folder), "", why, remedy))


def existing(path: Path) -> Path:
    """Return a path, or the nearest folder above it that is there."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
