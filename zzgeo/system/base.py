"""What every side promises."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from subprocess import Popen


class System:
    """One system's way of doing what each does in its own; a method that a system has no way for does nothing."""

    #: What people call it.
    name: str
    #: How many characters a path may have; None where no path of ours comes near.
    longest_path: int | None = None
    #: Whether two files may lie side by side whose names differ in small letters and capitals only.
    tells_case: bool = True

    @property
    def ending_signals(self) -> tuple[signal.Signals, ...]:
        """What ends a process that may still clear up: Ctrl-C, a terminal that closes, a wish of the system."""
        raise NotImplementedError

    # Locks

    def hold(self, folder: Path) -> int:
        """Hold a folder that is there, and return the handle; the system lets go of it whatever happens to us.

        Raises
        ------
        BlockingIOError
            If another process, or another handle of this one, holds it.
        FileNotFoundError
            If it is gone, or another stands there by now.
        OSError
            If it cannot be held.
        """
        raise NotImplementedError

    def let_go(self, folder: Path, handle: int) -> None:
        """Let go of a folder that is held, and remove it if it is empty; whoever waits for it never holds a ghost."""
        raise NotImplementedError

    def is_own(self, handle: int) -> bool:
        """Tell whether what a handle is of belongs to the user we run as."""
        return True

    # Files and folders

    def exchange(self, first: Path, other: Path) -> bool:
        """Let two folders change places in one step; False where the system or the disk cannot.

        Raises
        ------
        OSError
            If the system can, and refused.
        """
        return False

    def rename(self, old: Path, new: Path) -> None:
        """Give a file or folder another name that is free."""
        os.rename(old, new)

    def replace(self, new: Path, path: Path) -> None:
        """Put a new file in the place of one, as a whole."""
        os.replace(new, path)

    def link(self, path: Path, other: Path) -> None:
        """Give a file a second name.

        Raises
        ------
        OSError
            If the disk has no second names, or the system had better not give one.
        """
        os.link(path, other)

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder with all that is in it."""
        shutil.rmtree(folder)

    def flush_folder(self, folder: Path) -> None:
        """Make sure that the names in a folder are on the disk."""

    def may_write(self, folder: Path) -> bool:
        """Tell whether a folder that is there may be written, as far as the system tells without trying."""
        return os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)

    def private_folder(self, folder: Path) -> Path | None:
        """Return a folder, made if it is not there, that nobody else can write to; None where there can be none.

        Among the passing files of all users its name tells whose it is.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return None
        return folder

    def same_rights(self, old: Path, new: Path) -> None:
        """Let a folder belong to whom an older one belongs to, with the same rights."""

    def open_elsewhere(self, path: Path) -> list[Path]:
        """Return which files (the one, or those of a folder) other programs have open: they cannot be replaced."""
        return []

    def says_open_elsewhere(self, error: OSError) -> bool:
        """Tell whether an error may mean that another program has a file open."""
        return False

    # Processes

    def own_group(self) -> dict[str, Any]:
        """Return what starts a process so that Ctrl-C and its end are its own affair, as arguments of ``Popen``."""
        raise NotImplementedError

    def end_all(self, process: Popen[bytes]) -> None:
        """End a process that was not waited for yet, and all that it started."""
        import psutil

        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    child.kill()
        process.kill()

    def end_this(self) -> None:
        """End this process at once, with those it started."""
        raise NotImplementedError

    def has_ended(self, process: Popen[bytes]) -> bool:
        """Tell whether a process has ended, and leave it to be waited for."""
        raise NotImplementedError

    def end_with_parent(self) -> None:
        """Let the system end this process when the thread that started it is gone, however that ended.

        Where it cannot, a process notices that its standard input is closed.
        """

    def in_copies(self, call: Callable[[], Any]) -> None:
        """Call something in every copy that is made of this process, where the system makes copies."""

    def browsers(self) -> tuple[str, ...]:
        """Return where Chromium, Chrome or Edge may be, by name or path, the first to be taken first."""
        return (
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
            "microsoft-edge",
            "msedge",
            "chrome",
        )

    def has_screen(self) -> bool:
        """Tell whether somebody would see a window."""
        return True

    def processors(self) -> int:
        """Return how many processors this process may use."""
        return os.cpu_count() or 1

    # Memory

    def resident_bytes(self, process: int) -> int:
        """Return the bytes of memory that a process and those it started hold; 0 where it is gone."""
        import psutil

        total = 0
        with contextlib.suppress(psutil.Error):
            whole = psutil.Process(process)
            for one in (whole, *whole.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    total += one.memory_info().rss
        return total

    def held_bytes(self) -> float:
        """Return the bytes of memory this process holds; infinity where the system does not tell."""
        return self.resident_bytes(os.getpid()) or math.inf

    def memory_bytes(self) -> tuple[int, int]:
        """Return the bytes of memory of the machine, and those that are free for a process."""
        import psutil

        memory = psutil.virtual_memory()
        return memory.total, memory.available

    def forget_peak(self) -> None:
        """Begin to measure the peak of this process's memory anew, where the system lets us."""

    def peak_bytes(self) -> int:
        """Return the most memory this process held since `forget_peak`; 0 where the system does not say."""
        return 0

    def limit_address_space(self, room: int | None) -> None:
        """Let this process map at most so many bytes more than it has mapped now; None: as many as it likes.

        A single huge demand is then refused (`MemoryError`) before it can take the memory of the machine.
        """

    def address_space_limit(self) -> int | None:
        """Return the bytes of address space this process may take; None for no limit."""
        return None

    def trim_memory(self) -> None:
        """Give free memory of the C library back to the system."""
