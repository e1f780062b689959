"""How much memory this process took at most, alone and together with those it started."""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path

#: Seconds between two looks at the memory of all processes.
_EVERY = 0.02


def own_peak_gb() -> float:
    """Return the peak of this process in GB (10^9 bytes).

    Linux tells it itself: ``ru_maxrss`` would be that of the parent, if the parent was larger.
    """
    status = Path("/proc/self/status")
    if status.exists():
        kibibytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(kibibytes) * 1024 / 1e9
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


class Together:
    """Looks at the memory of this process and of those it started, many times a second; `peak_gb` is the most so far.

    What two processes share, such as libraries, counts twice.
    """

    def __init__(self) -> None:
        self._most = 0.0
        threading.Thread(target=self._look, daemon=True).start()

    @property
    def peak_gb(self) -> float:
        """The most so far, in GB (10^9 bytes)."""
        return max(self._most, own_peak_gb())

    def _look(self) -> None:
        rest, own = threading.Event(), _read(Path("/proc/self/cmdline"))
        while not rest.wait(_EVERY):
            started = [pid for file in Path("/proc/self/task").glob("*/children") for pid in _read(file).split()]
            # one that has not begun its own program yet is this one by another name, and takes nothing
            started = [pid for pid in started if _read(Path("/proc", pid, "cmdline")) != own]
            if started:
                self._most = max(self._most, sum(map(_resident_gb, ["self", *started])))


def _resident_gb(process: str) -> float:
    lines = [line.split() for line in _read(Path("/proc", process, "status")).splitlines()]
    return sum(int(words[1]) * 1024 / 1e9 for words in lines if words[0] == "VmRSS:")


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""
