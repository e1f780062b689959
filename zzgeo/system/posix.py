"""What Linux, macOS and their kin have in common."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zzgeo.system.base import System

if TYPE_CHECKING:
    from subprocess import Popen


class Posix(System):
    """A folder is held by a lock on itself; processes have groups and signals."""

    name = "POSIX"

    @property
    def ending_signals(self) -> tuple[signal.Signals, ...]:
        """Ctrl-C, the wish of the system, the terminal that closes."""
        return signal.SIGINT, signal.SIGTERM, signal.Signals["SIGHUP"]

    def hold(self, folder: Path) -> int:
        """Hold a folder by a lock on it; one that was removed by who held it before is none."""
        from filelock import lock_descriptor

        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if not lock_descriptor(handle, blocking=False):
                raise BlockingIOError(errno.EAGAIN, "held by another", str(folder))
            if not os.path.samestat(os.fstat(handle), os.stat(folder)):
                raise FileNotFoundError(errno.ENOENT, "another stands there by now", str(folder))
        except OSError:
            _close(handle)
            raise
        return handle

    def let_go(self, folder: Path, handle: int) -> None:
        """Remove a folder while it is still held: whoever waits for it looks again whether it stands there."""
        with contextlib.suppress(OSError):
            folder.rmdir()
        _close(handle)

    def is_own(self, handle: int) -> bool:
        """Compare the owner with the user."""
        return os.fstat(handle).st_uid == os.getuid()

    def flush_folder(self, folder: Path) -> None:
        """Flush a folder as a file is flushed."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def private_folder(self, folder: Path) -> Path | None:
        """Look at owner and mode: others may have put a folder there first, or a link."""
        own = super().private_folder(folder.with_name(f"{folder.name}-{os.getuid()}"))
        if own is None:
            return None
        state = own.lstat()
        ours = stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and not state.st_mode & 0o077
        return own if ours else None

    def same_rights(self, old: Path, new: Path) -> None:
        """Take over owner, group and mode."""
        state = old.stat()
        with contextlib.suppress(PermissionError):
            os.chown(new, state.st_uid, state.st_gid)
        os.chmod(new, state.st_mode & 0o7777)

    def own_group(self) -> dict[str, Any]:
        """Begin a process group."""
        return {"process_group": 0}

    def end_all(self, process: Popen[bytes]) -> None:
        """Kill the group, also where the process is gone: until it is waited for, number and group are its own."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

    def end_this(self) -> None:
        """Kill the group this process leads."""
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(0)

    def has_ended(self, process: Popen[bytes]) -> bool:
        """Look, and leave what was seen."""
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def in_copies(self, call: Callable[[], Any]) -> None:
        """Let a fork call it."""
        os.register_at_fork(after_in_child=call)

    def has_screen(self) -> bool:
        """Look for a display, of X or Wayland."""
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

    def address_space_limit(self) -> int | None:
        """Ask for the soft limit (``ulimit -v``)."""
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        return None if limit == resource.RLIM_INFINITY else limit


def _close(handle: int) -> None:
    with contextlib.suppress(OSError):
        os.close(handle)


def exchanged(call: Callable[[bytes, bytes], int], first: Path, other: Path) -> bool:
    """Call what lets two folders change places; False where the disk cannot.

    Raises
    ------
    OSError
        If it can, and the system refused.
    """
    import ctypes

    if call(os.fsencode(first), os.fsencode(other)) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(other))
