"""Files that are whole or not there: written aside, read back, flushed to disk, then put in place all together.

If anything fails, what stood in the folder before stands there still; files of the user are never touched.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from zzgeo.errors import EnvironmentFault, Problem
from zzgeo.reporting.tables import csv_rows

_ASIDE = ".zzgeo-part-"
_LONGEST_NAME = 40


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


def write_all(folder: Path, files: Iterator[tuple[str, bytes, Callable[[bytes], bool]]]) -> list[Path]:
    """Write files into a folder, all or none.

    Parameters
    ----------
    folder
        Made if it is not there. While files are written, other processes that call this for the folder are refused.
    files
        Relative path, content, and a check that the content read back from disk is whole.

    Returns
    -------
    list of Path
        The files, in their order.

    Raises
    ------
    EnvironmentFault
        If the disk is full, a permission is missing, another process writes here, or a file does not read back.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            return _write_locked(folder, files)
    except EnvironmentFault:
        _forget(folder, made)
        raise
    except OSError as error:
        _forget(folder, made)
        raise EnvironmentFault(_told(folder, error)) from error


def _write_locked(folder: Path, files: Iterator[tuple[str, bytes, Callable[[bytes], bool]]]) -> list[Path]:
    for left in folder.glob(f"{_ASIDE}*"):  # of a run that was killed; the lock is ours
        shutil.rmtree(left)
    aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder))
    try:
        names = []
        for name, content, whole in files:
            _write_one(aside / "new" / name, content, whole)
            names.append(name)
        gone = _no_longer_written(folder, names)
        _swap(folder, aside, names, gone)
        return [folder / name for name in names]
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_one(path: Path, content: bytes, whole: Callable[[bytes], bool]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    back = path.read_bytes()
    if back != content or not whole(back):
        why = "the file did not read back as it was written"
        problem = Problem("output.verify_failed", path.name, f"{len(content)} bytes", why, "check the disk")
        raise EnvironmentFault(problem.line())


def _swap(folder: Path, aside: Path, names: list[str], gone: list[str]) -> None:
    """Put the new files in place of the old; on a fault put every old one back."""
    done: list[tuple[Path, Path | None]] = []
    try:
        for name in [*names, *gone]:
            target = folder / name
            target.parent.mkdir(exist_ok=True)
            _inside(folder, target)
            old = None
            if os.path.lexists(target):
                if target.is_dir() and not target.is_symlink():
                    raise IsADirectoryError(errno.EISDIR, "a folder stands where a file belongs", str(target))
                old = aside / "old" / name
                old.parent.mkdir(parents=True, exist_ok=True)
                os.replace(target, old)
            done.append((target, old))
            if name not in gone:
                os.replace(aside / "new" / name, target)
        for place in {(folder / name).parent for name in names}:
            _flush_folder(place)
    except OSError:
        for target, old in reversed(done):
            with contextlib.suppress(OSError):
                target.unlink(missing_ok=True)
            if old is not None:
                os.replace(old, target)
        raise


def _inside(folder: Path, target: Path) -> None:
    """Refuse a target whose folder leads elsewhere, by a link or by its name."""
    home, parent = folder.resolve(), target.parent.resolve()
    if parent != home and home not in parent.parents:
        raise PermissionError(errno.EPERM, "leads out of the output folder", str(target))


def _no_longer_written(folder: Path, names: list[str]) -> list[str]:
    """Name the pages an earlier run wrote that this one does not: an old verdict must not stand beside a new one."""
    try:
        listed = json.loads((folder / "audit.json").read_bytes()).get("files", [])
    except (OSError, ValueError, AttributeError):
        return []
    if not isinstance(listed, list):
        return []
    ours = re.compile(r"maps/[\w-]+\.html|assets/\w+\.(js|css)|comparison\.csv")
    stale = {name for name in listed if isinstance(name, str) and ours.fullmatch(name)} - set(names)
    return sorted(name for name in stale if (folder / name).is_file())


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it whatever happens to us."""
    try:
        import fcntl
    except ImportError:  # not a POSIX system
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            remedy = "wait for it to end, or choose another folder"
            problem = Problem("output.locked", str(folder), "", "another process writes here", remedy)
            raise EnvironmentFault(problem.line()) from None
        yield
    finally:
        os.close(handle)


def _forget(folder: Path, made: bool) -> None:
    if made:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _told(folder: Path, error: OSError) -> str:
    where = str(error.filename or folder)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        free = ""
        with contextlib.suppress(OSError):
            free = f"{shutil.disk_usage(folder).free // 1_000_000} MB free"
        why, remedy = "the disk is full", "make room, or choose another folder; the earlier result is untouched"
        return Problem("output.disk_full", str(folder), free, why, remedy).line()
    why, remedy = error.strerror or "cannot be written", "choose a folder you may write to"
    return Problem("output.not_writable", where, "", why, remedy).line()


def csv_is_whole(rows: int) -> Callable[[bytes], bool]:
    """Return a check that a CSV file holds so many rows."""
    return lambda content: csv_rows(content) == rows


def json_is_whole(findings: int) -> Callable[[bytes], bool]:
    """Return a check that an audit file loads and holds so many findings."""
    return lambda content: len(json.loads(content)["findings"]) == findings


def page_is_whole(content: bytes) -> bool:
    """Return whether a page has its end and its island loads."""
    text = content.decode("utf-8")
    start, end = text.index('id="zz-data">') + len('id="zz-data">'), text.rindex("</html>")
    json.loads(text[start : text.index("</script>", start)])
    return end > start
