"""What ends a run, whatever it is, as an exit code and problems: what a user can do is never a bug of ours.

The last home of faults of the system that nobody told better where they arose: a path that leads in circles, a name
that is too long, a permission, the memory.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from zzgeo.errors import EnvironmentFault, InputError, Problem, ZzgeoError
from zzgeo.system import SYSTEM

#: The exit code of what is our fault.
BUG = 1

#: What the system says of a path that cannot be opened as it was given, and of what it does not let be done.
_PATHS = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EILSEQ, errno.ENXIO}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.EBUSY, errno.ENOTEMPTY}
_OTHER = "see to it that it is allowed, or choose another; `zzgeo doctor` tells what can be written"
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG}

#: What libraries say in their own kinds of error where memory, or a thread, cannot be had.
_NO_MEMORY = (
    "cannot allocate",
    "bad_alloc",
    "out of memory",
    "memory allocation",
    "failed to allocate",
    "failed to map segment",
    "can't start new thread",
    "allocate memory",
)


def refusal(error: BaseException) -> tuple[int, tuple[Problem, ...]]:
    """Return the exit code of what ended a run, and what is told of it.

    Examples
    --------
    >>> code, [problem] = refusal(OSError(errno.ELOOP, "Too many levels of symbolic links", "a.toml"))
    >>> code, problem.line()
    (4, 'file.missing · a.toml · Too many levels of symbolic links · check the path')
    """
    if isinstance(error, ZzgeoError):
        return error.exit_code, error.problems
    if isinstance(error, KeyboardInterrupt):
        words = _words(error)  # of a batch, what is done
        return 130, (Problem("usage.interrupted", "", "", f"interrupted: {words}" if words else "interrupted", ""),)
    if no_memory(error):
        remedy = "free some memory, or judge fewer districts at a time (--district); `zzgeo doctor` tells what is free"
        return 5, (Problem("resource.memory", "", "", "there is not enough memory", remedy),)
    if isinstance(error, OSError) and (of_system := _of_system(error)):
        return of_system
    if isinstance(error, ImportError) and not (error.name or "").startswith("zzgeo"):
        why, remedy = "a library is missing, or cannot be loaded", "`zzgeo doctor` tells which, and what brings it"
        return 5, (Problem("machine.lacks", error.name or "", _words(error)[:160], why, remedy),)
    remedy = "a bug of zzgeo, please report it with what `zzgeo doctor` prints; --debug shows where"
    return BUG, (Problem("internal.error", type(error).__name__, "", _words(error), remedy),)


#: Bytes of address space that the libraries of an audit take before it has read anything; with less some of them end
#: the process, and say nothing.
LEAST_SPACE = 1_300_000_000


def enough_space() -> None:
    """Make sure that a limit on the address space of the process (``ulimit -v``) lets the libraries be loaded.

    Raises
    ------
    EnvironmentFault
        ``resource.memory`` if it does not.
    """
    limit = SYSTEM.address_space_limit()
    if limit is not None and limit < LEAST_SPACE:
        value = f"a limit of {limit / 1e9:.1f} GB"
        why = f"{LEAST_SPACE / 1e9:.1f} GB of address space are needed before any data is read"
        raise EnvironmentFault(Problem("resource.memory", "ulimit -v", value, why, "raise the limit, or take it away"))


def named_in_utf8(path: str | Path) -> None:
    """Make sure that a path, and the folder it starts from, is named in UTF-8: GDAL, Arrow and pages take no other.

    Names that an archive made on a Chinese Windows brings to another system are in GBK.

    Raises
    ------
    InputError
        ``file.name_not_utf8`` if it is not.

    Examples
    --------
    >>> named_in_utf8("区.gpkg")
    """
    for name in (str(path), os.path.abspath(path)):
        written = os.fsencode(name)
        try:
            written.decode("utf-8")
        except UnicodeDecodeError:
            break
    else:
        return
    value = ""
    with contextlib.suppress(UnicodeDecodeError):
        value = f"in GBK: {written.decode('gbk')}"
    why = "the name is not written in UTF-8: maps and tables cannot be read or written there"
    remedy = "give it a name in UTF-8 (unzip -O GBK unpacks so; convmv -f gbk -t utf8 renames), or use another folder"
    shown = written.decode("utf-8", "backslashreplace")
    raise InputError([Problem("file.name_not_utf8", shown, value, why, remedy)])


def no_memory(error: BaseException | None) -> bool:
    """Tell whether an error, or what it arose from, says that memory ran out, in whatever words."""
    if error is None:
        return False
    told = isinstance(error, OSError | ImportError | RuntimeError | SystemError)
    said = told and any(words in _words(error).casefold() for words in _NO_MEMORY)
    short = isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM
    return short or said or no_memory(error.__cause__)


#: What people have a file of a kind open with, by its ending.
_PROGRAMS = {
    (".xlsx", ".xls", ".csv"): "in Excel or WPS",
    (".docx", ".doc"): "in Word or WPS",
    (".gpkg", ".shp", ".dbf", ".parquet", ".qgs", ".qgz", ".tif"): "in QGIS or ArcGIS",
    (".pdf", ".png"): "in the program that shows it",
    (".html", ".json"): "in the browser or editor that shows it",
}
#: So many files are named, where more are open.
_MOST_NAMED = 3


def open_elsewhere(path: Path, error: OSError | None = None) -> Problem | None:
    """Return what is told where another program has a file open that is to be replaced; None where none has.

    Parameters
    ----------
    path
        The file, or the folder of files.
    error
        What the system said, where it refused; nothing is looked for where it means something else.
    """
    if error is not None and not SYSTEM.says_open_elsewhere(error):
        return None
    files = SYSTEM.open_elsewhere(path)
    if not files:
        return None
    names = ", ".join(one.name for one in files[:_MOST_NAMED])
    names += f" (+{len(files) - _MOST_NAMED})" if len(files) > _MOST_NAMED else ""
    ways = {way for one in files for ends, way in _PROGRAMS.items() if one.suffix.lower() in ends}
    way = ways.pop() if len(ways) == 1 else "wherever it is open"
    why, remedy = "another program has it open; nothing was replaced", f"close {names} {way}, and do it again"
    return Problem("output.open_elsewhere", str(path), names, why, remedy)


def _words(error: BaseException) -> str:
    """Return what an error says; nothing where it cannot even say it."""
    with contextlib.suppress(Exception):
        return str(error)
    return ""


def _of_system(error: OSError) -> tuple[int, tuple[Problem, ...]] | None:
    """Return what the system refused; None where it says nothing a user could mend."""
    where, why = str(error.filename or ""), str(error.strerror)
    for name in (error.filename2, error.filename):
        if isinstance(name, str | Path) and (problem := open_elsewhere(Path(name), error)):
            return 5, (problem,)
    if error.errno in _FULL:
        remedy = "free some space, or write elsewhere"
        return 5, (Problem("output.disk_full", where or "standard output or error", "", why, remedy),)
    if error.errno == errno.ENOENT and not where:
        why, remedy = "the folder you stand in is gone", "go to another folder"
        return 5, (Problem("environment.refused", "", "", why, remedy),)
    if error.errno in _PATHS and where:
        return 4, (Problem("file.missing", where, "", why, "check the path"),)
    if error.errno in _REFUSED:
        return 5, (Problem("environment.refused", where, "", why, _OTHER),)
    return None
