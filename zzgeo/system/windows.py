"""Windows: a file that is open elsewhere cannot be replaced, a folder cannot be opened, a path has 259 characters.

Nothing here was run on Windows by the tests of this project: docs/systems.md says what stands in for it, and what not.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zzgeo.system.base import System

if TYPE_CHECKING:
    from subprocess import Popen

#: What Windows says where another program has a file open, or a file inside a folder.
_ACCESS_DENIED, _SHARING_VIOLATION, _LOCK_VIOLATION = 5, 32, 33
#: Starts a process that Ctrl-C in this terminal does not reach (``subprocess.CREATE_NEW_PROCESS_GROUP``).
_NEW_PROCESS_GROUP = 0x200
#: Seconds between tries: what looks through new files for viruses has them open for a moment.
_WAITS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
#: Where each browser stands below the folders for programs.
_BROWSERS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
#: The file that is locked in a folder that is held.
_HELD = ".held"


class Windows(System):
    """A folder is held by a lock on a file in it; a process is ended with what it started, one by one."""

    name = "Windows"
    longest_path = 259
    tells_case = False

    @property
    def ending_signals(self) -> tuple[signal.Signals, ...]:
        """Ctrl-C, the wish of another process, and Ctrl-Break or a terminal that closes."""
        known = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGBREAK"))
        return tuple(number for number in known if number is not None)

    def hold(self, folder: Path) -> int:
        """Hold a folder by a lock on a file inside it."""
        from filelock import lock_descriptor

        path = folder / _HELD
        handle: int = _patiently(lambda: os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)))
        try:
            if not lock_descriptor(handle, blocking=False):
                raise BlockingIOError(errno.EAGAIN, "held by another", str(folder))
            if not os.path.samestat(os.fstat(handle), os.stat(path)):
                raise FileNotFoundError(errno.ENOENT, "another stands there by now", str(folder))
        except OSError:
            os.close(handle)
            raise
        return handle

    def let_go(self, folder: Path, handle: int) -> None:
        """Close the file first: one that is open cannot be removed, also if another waits for it by then."""
        with contextlib.suppress(OSError):
            os.close(handle)
        with contextlib.suppress(OSError):
            (folder / _HELD).unlink()
        with contextlib.suppress(OSError):
            folder.rmdir()

    def rename(self, old: Path, new: Path) -> None:
        """Try again for a moment where something has it open."""
        _patiently(lambda: os.rename(old, new))

    def replace(self, new: Path, path: Path) -> None:
        """Try again for a moment where something has it open."""
        _patiently(lambda: os.replace(new, path))

    def link(self, path: Path, other: Path) -> None:
        """Give none to a file that is read-only: its names share that, and none of them could be removed alone."""
        if not path.stat().st_mode & stat.S_IWRITE:
            raise PermissionError(errno.EPERM, "a read-only file", str(path))
        os.link(path, other)

    def remove_tree(self, folder: Path) -> None:
        """Make every file one that may be written first: a read-only one is not removed."""
        for above, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(above, name)
                if not os.path.islink(path) and not os.stat(path).st_mode & stat.S_IWRITE:
                    os.chmod(path, stat.S_IREAD | stat.S_IWRITE)
        shutil.rmtree(folder)

    def may_write(self, folder: Path) -> bool:
        """Know nothing before it is tried: the rights are lists, and what Python asks is one old flag."""
        return True

    def open_elsewhere(self, path: Path) -> list[Path]:
        """Give each file its own name again: Windows refuses it where a program has the file open and shares it not."""
        files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
        return [one for one in files if _is_open(one)]

    def says_open_elsewhere(self, error: OSError) -> bool:
        """Look at the number of Windows; that of Python is the same for a right that is missing."""
        return getattr(error, "winerror", None) in (_ACCESS_DENIED, _SHARING_VIOLATION, _LOCK_VIOLATION)

    def browsers(self) -> tuple[str, ...]:
        """Look where they are installed, too: none stands on the path, and every Windows has Edge."""
        folders = [os.environ.get(name) for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
        paths = [Path(folder, program) for program in _BROWSERS for folder in folders if folder]
        return (*super().browsers(), *map(str, paths))

    def own_group(self) -> dict[str, Any]:
        """Begin a process group, which Ctrl-C does not reach."""
        return {"creationflags": _NEW_PROCESS_GROUP}

    def end_this(self) -> None:
        """End what this process started, one by one, and itself."""
        import psutil

        with contextlib.suppress(psutil.Error):
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    child.kill()
        os._exit(0)

    def has_ended(self, process: Popen[bytes]) -> bool:
        """Ask: a process that has ended stays known as long as its handle is open."""
        return process.poll() is not None


def _patiently(call: Callable[[], Any]) -> Any:
    for wait in _WAITS:
        try:
            return call()
        except PermissionError:
            time.sleep(wait)
    return call()


def _is_open(path: Path) -> bool:
    try:
        os.rename(path, path)
    except PermissionError:
        return True
    except OSError:
        return False
    return False
