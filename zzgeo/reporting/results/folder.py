"""A result folder that is whole at every moment: the old result, or the new one, never some of each.

A result is many files that must agree. All of it is written beside the folder, read back and flushed to the disk, and
then the two folders change places in one step of the file system (where a system cannot, in two renames; a run that is
killed between them is put right by the next). A fault or a kill before that step leaves the old result as it was; after
it, only rubbish is left to clear. Files of the user in the folder come along.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence, Set
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from zzgeo.errors import EnvironmentFault, Problem
from zzgeo.refusal import named_in_utf8, open_elsewhere
from zzgeo.reporting.files import File
from zzgeo.reporting.results.disk import existing, take_file, told, write_file
from zzgeo.system import SYSTEM
from zzgeo.system.names import LONGEST_NAME

#: More files of a user than this beside a result: the folder is something else, and is not taken apart.
_MOST_KEPT = 20_000

#: Characters of the longest name inside a folder of work: ``/new/slides/`` and a name that `safe_name` made.
_LONGEST_INSIDE = len("/new/slides/.html") + LONGEST_NAME

#: What is said where a file cannot have a second name: by the disk (Windows says EINVAL), or because it has too many.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS, errno.EACCES, errno.EINVAL)

#: Names the files of an earlier result in a folder.
Earlier = Callable[[Path], Set[str]]


def nothing(folder: Path) -> Set[str]:
    """Name no file: whatever is not written anew is the user's."""
    return frozenset()


class ResultFolder:
    """A folder held for one run, so that its result can be replaced as a whole.

    Entering it makes sure, before anything is computed, that the folder can be written and that no other run holds it;
    the hold ends with the block, or with the process, whatever happens to it.

    Raises
    ------
    EnvironmentFault
        On entering: if the folder cannot be written, cannot be replaced (it is a mount point, or the folder you stand
        in), or another run holds it.

    Examples
    --------
    >>> with ResultFolder("maps/my-city") as folder:  # doctest: +SKIP
    ...     report = zzgeo.audit(zzgeo.load_study("my-city"))
    ...     report.write(folder)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._home = Path(os.path.realpath(path))
        digest = hashlib.sha256(self._home.name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        self._work = self._home.parent / f".{self._home.name[:40]}-{digest}.zzgeo"
        self._made: list[Path] = []
        self._lock: int | None = None
        self._needed = 0

    def __enter__(self) -> Self:
        try:
            self._open()
        except OSError as error:
            self._close()
            raise self._fault(error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def put(self, files: Callable[[Path], Iterator[File]], earlier: Earlier = nothing) -> list[Path]:
        """Replace the result by new files, all or none.

        Parameters
        ----------
        files
            Called with an empty folder for passing use; gives relative path, content, and a check that the content read
            back from disk is whole.
        earlier
            Called with the folder as it stands, and again with it once it is replaced; names the files of an earlier
            result, as paths relative to it. Those that are not written anew are left behind; all other files come
            along.

        Returns
        -------
        list of Path
            The files, in their order.

        Raises
        ------
        EnvironmentFault
            If the disk is full, a permission is missing, or a file does not read back; the old result stands untouched.
        """
        try:
            return self._put(files, earlier)
        except OSError as error:
            raise self._fault(error) from None

    def _fault(self, error: OSError) -> EnvironmentFault:
        return error if isinstance(error, EnvironmentFault) else told(self.path, error, self._needed)

    def _open(self) -> None:
        home = self._home
        named_in_utf8(self.path)
        _check_place(self.path, home)
        _check_length(self.path, self._work)
        _check_free(home)
        above = home.parent
        while not above.exists():
            self._made.append(above)
            above = above.parent
        home.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = _locked(self._work, self.path)
        except PermissionError as error:
            why = f"{error.strerror}: a result is put in place as a whole, beside the old one"
            remedy = "choose a folder inside one you may write to"
            problem = Problem("output.not_writable", str(home.parent), "", why, remedy)
            raise EnvironmentFault(problem) from error
        self._repair()

    def _repair(self) -> None:
        """Put right what a killed run left: the old result goes back to its place, the rest is cleared away."""
        if not os.path.lexists(self._home) and (self._work / "old").is_dir():
            SYSTEM.rename(self._work / "old", self._home)
        self._clear()

    def _clear(self) -> None:
        for name in ("new", "old", "scratch"):
            if (self._work / name).is_dir():
                SYSTEM.remove_tree(self._work / name)

    def _put(self, files: Callable[[Path], Iterator[File]], earlier: Earlier) -> list[Path]:
        new, scratch = self._work / "new", self._work / "scratch"
        try:
            self._clear()
            new.mkdir()
            scratch.mkdir()
            names = []
            with contextlib.closing(_given(files(scratch))) as given:
                for file in given:
                    self._write(new / file[0], file)
                    names.append(file[0])
            if self._home.is_dir():
                _check_names(self._home, names)
                kept = _kept(self._home, {*names, *earlier(self._home)})
                for one in kept:
                    _bring(self._home / one, new / one)
                SYSTEM.same_rights(self._home, new)
            for folder, _, _ in os.walk(new):
                SYSTEM.flush_folder(Path(folder))
            self._swap(new)
            self._bring_late(names, earlier)
            return [self.path / name for name in names]
        finally:
            # after the swap the old result stands here; what cannot be cleared now is cleared by the next run
            with contextlib.suppress(OSError):
                self._clear()

    def _write(self, path: Path, file: File) -> None:
        _, content, whole = file
        if isinstance(content, Path):
            self._needed = content.stat().st_size
            take_file(path, content, cast(Callable[[Path], bool], whole))
        else:
            self._needed = len(content)
            write_file(path, content, cast(Callable[[bytes], bool], whole))

    def _swap(self, new: Path) -> None:
        old = self._work / "old"
        if not os.path.lexists(self._home):
            SYSTEM.rename(new, self._home)
        elif SYSTEM.exchange(new, self._home):
            SYSTEM.rename(new, old)
        else:
            SYSTEM.rename(self._home, old)
            try:
                SYSTEM.rename(new, self._home)
            except OSError:
                SYSTEM.rename(old, self._home)
                raise
        self._made = []
        with contextlib.suppress(OSError):
            SYSTEM.flush_folder(self._home.parent)

    def _bring_late(self, names: Sequence[str], earlier: Earlier) -> None:
        """Let files of the user come along that were saved while the folders changed places."""
        old = self._work / "old"
        for one in _kept(old, {*names, *earlier(old)}) if old.is_dir() else []:
            source, target = old / one, self._home / one
            if not os.path.lexists(target) or source.lstat().st_mtime_ns > target.lstat().st_mtime_ns:
                target.unlink(missing_ok=True)
                _bring(source, target)

    def _close(self) -> None:
        """Let go of the folder; nothing of ours stays, nor a folder that was made for a result that did not come."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._clear()
            SYSTEM.let_go(self._work, self._lock)
            self._lock = None
        for folder in self._made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        self._made = []


def _given(files: Iterator[File]) -> Generator[File]:
    """Give files; closing this closes what makes them, which may hold another process."""
    yield from files


def _check_place(told_as: Path, home: Path) -> None:
    """Refuse a place that cannot be replaced by a new folder, before anything is made or computed."""
    why = remedy = ""
    inside = f"choose a folder inside it, such as {told_as / 'result'}"
    if os.path.lexists(home) and not home.is_dir():
        why, remedy = "a file stands there", "choose a folder"
    elif home.is_dir() and os.path.ismount(home):
        why, remedy = "a mount point cannot be replaced as a whole", inside
    elif home == _here() or home in _here().parents:
        why, remedy = "the folder you stand in cannot be replaced as a whole", inside
    elif home.is_dir() and not SYSTEM.may_write(home):
        why, remedy = "this folder may not be written", "choose a folder you may write to"
    elif not home.is_dir() and not (above := existing(home.parent)).is_dir():
        why, remedy = f"{above} is a file", "choose a folder"
    if why:
        raise EnvironmentFault(Problem("output.not_writable", str(told_as), "", why, remedy))


def _check_free(home: Path) -> None:
    """Refuse a folder that could not be replaced in the end, before anything is computed: files are open elsewhere."""
    if home.is_dir() and (problem := open_elsewhere(home)):
        raise EnvironmentFault(problem)


def _check_length(told_as: Path, work: Path) -> None:
    """Refuse a folder so deep that the names inside would be longer than the system takes."""
    longest = SYSTEM.longest_path
    if longest is not None and len(str(work)) + _LONGEST_INSIDE > longest:
        value = f"{len(str(work)) + _LONGEST_INSIDE} characters of {longest}"
        why, remedy = "the names of the files would be longer than this system takes", "choose a folder further up"
        raise EnvironmentFault(Problem("output.path_too_long", str(told_as), value, why, remedy))


def _here() -> Path:
    try:
        return Path(os.path.realpath(os.getcwd()))
    except FileNotFoundError:  # somebody removed the folder we stand in
        return Path(os.sep, "nowhere")


def _locked(work: Path, shown: Path) -> int:
    """Make the folder work is done in and hold it; the system lets go of it whatever happens to us.

    The folder is removed by whoever holds it, so that one that is held may be gone: then it is made anew.
    """
    while True:
        made = _make(work)
        try:
            return SYSTEM.hold(work)
        except BlockingIOError:
            remedy = "wait for it to end, or choose another folder"
            problem = Problem("output.locked", str(shown), "", "another run writes here", remedy)
            raise EnvironmentFault(problem) from None
        except FileNotFoundError:
            pass
        except OSError:
            if made:
                with contextlib.suppress(OSError):
                    work.rmdir()
            raise


def _make(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


@contextlib.contextmanager
def held(work: Path, shown: Path) -> Iterator[None]:
    """Hold a folder that is made for it, and removed after: nobody else can hold it meanwhile.

    The hold ends with the block, or with the process, whatever happens to it.

    Raises
    ------
    EnvironmentFault
        ``output.locked`` if another run holds it; the message names the folder `shown`.
    """
    handle = _locked(work, shown)
    try:
        yield
    finally:
        SYSTEM.let_go(work, handle)


def _check_names(home: Path, names: Sequence[str]) -> None:
    """Refuse to write where something of the user's stands in the way."""
    for name in names:
        target = home / name
        if target.is_dir() and not target.is_symlink():
            raise IsADirectoryError(errno.EISDIR, "a folder stands where a file belongs", str(target))
        for above in Path(name).parents:
            folder = home / above
            if folder != home and os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir()):
                raise PermissionError(errno.EPERM, "leads out of the output folder", str(folder))


def _kept(home: Path, gone: Set[str]) -> list[str]:
    """Name what of the user stays: all but what goes."""
    kept: list[str] = []
    plain = str if SYSTEM.tells_case else str.lower
    gone = {plain(path) for path in gone}
    for folder, below, files in os.walk(home, onerror=_raise):
        inside = Path(folder).relative_to(home)
        links = [name for name in below if (Path(folder) / name).is_symlink()]
        for name in below:
            if name not in links and os.path.ismount(Path(folder) / name):
                why = "a mount point inside a result folder cannot be moved"
                raise OSError(errno.EBUSY, why, str(Path(folder) / name))
        kept += [path for name in (*files, *links) if plain(path := (inside / name).as_posix()) not in gone]
        if len(kept) > _MOST_KEPT:
            why = f"more than {_MOST_KEPT:,} other files stand in this folder: it is no result folder"
            raise OSError(errno.EPERM, why, str(home))
    return kept


def _raise(error: OSError) -> None:
    raise error


def _bring(source: Path, target: Path) -> None:
    """Let a file of the user stand in the new folder too: the same file by a second name, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        os.symlink(os.readlink(source), target)
        return
    try:
        SYSTEM.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copy2(source, target)
