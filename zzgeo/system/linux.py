"""Linux: memory is read from /proc, folders change places in one step, processes end with the one that started them."""

from __future__ import annotations

import contextlib
import math
import os
import signal
from pathlib import Path

from zzgeo.system.posix import Posix, exchanged

#: ``prctl``: the signal a process gets when who started it is gone.
_PR_SET_PDEATHSIG = 1
#: ``renameat2``: paths as they are seen from here; both names change places.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


class Linux(Posix):
    """What only Linux has."""

    name = "Linux"

    def exchange(self, first: Path, other: Path) -> bool:
        """Ask the kernel for it (``renameat2``)."""
        import ctypes

        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        if rename is None:
            return False
        here = ctypes.c_int(_AT_FDCWD)
        return exchanged(lambda a, b: int(rename(here, a, here, b, ctypes.c_uint(_RENAME_EXCHANGE))), first, other)

    def end_with_parent(self) -> None:
        """Ask the kernel for it (``prctl``)."""
        import ctypes

        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    def processors(self) -> int:
        """Count those the process is bound to."""
        return len(os.sched_getaffinity(0))

    def resident_bytes(self, process: int) -> int:
        """Read it from /proc: a tenth of a millisecond, where a library that knows every system takes fifty."""
        return sum(map(_resident, _family(process)))

    def held_bytes(self) -> float:
        """Read it from /proc."""
        return _resident(os.getpid()) or math.inf

    def memory_bytes(self) -> tuple[int, int]:
        """Read it from /proc."""
        said = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        total, free = (int(said[name].split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))
        return total, free

    def forget_peak(self) -> None:
        """Ask the kernel for it."""
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        """Read it from /proc."""
        try:
            lines = Path("/proc/self/status").read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)

    def limit_address_space(self, room: int | None) -> None:
        """Set the soft limit from what is mapped now."""
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        soft = hard
        if room is not None:
            soft = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") + room
            soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

    def trim_memory(self) -> None:
        """Call glibc's own; other C libraries have none."""
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _family(process: int) -> list[int]:
    """Return a process and all that it started, as far as they are there."""
    family = [process]
    for one in family:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{one}/task"):
                family += map(int, Path(f"/proc/{one}/task/{thread}/children").read_text().split())
    return family


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
