"""Other processes of ours: how they start, the processors they take, the memory they hold, that none is left over."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

#: GDAL must not follow text inside a file to other files or addresses: set before GDAL loads.
SAFE_GDAL = {"OGR_SKIP": "OGR_VRT,HTTP,WFS,CSW,OAPIF", "CPL_VSIL_CURL_ALLOWED_FILENAME": "none"}

#: How many threads a process of zzgeo may keep busy; as many as there are processors where it is not set.
THREADS = "ZZGEO_THREADS"
#: What says the same to the libraries: BLAS, numba and Arrow (which reads the first), GDAL's reader of GeoPackages.
_OF_LIBRARIES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OGR_GPKG_NUM_THREADS",
)


def processors() -> int:
    """Return how many processors this process may use: those of the system, or as many as it was told to.

    Examples
    --------
    >>> processors() >= 1
    True
    """
    told = os.environ.get(THREADS, "")
    if told.isdecimal() and int(told) >= 1:
        return int(told)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_start() -> bool:
    """Tell whether ``sys.executable`` is a Python: in programs that embed one it may be anything."""
    return Path(sys.executable or "").stem.lower().startswith(("python", "pypy"))


def command(module: str) -> list[str]:
    """Return the command that runs a module; not what lies in the folder one stands in."""
    return [sys.executable, "-P", "-m", module]


def environment(threads: int | None = None) -> dict[str, str]:
    """Return the environment of a new process: what this one can import it can import too, and nothing else.

    Parameters
    ----------
    threads
        How many threads it may keep busy; as many as this process where nothing is said.
    """
    own = {**SAFE_GDAL, **os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"}
    if threads is not None:
        own |= dict.fromkeys((THREADS, *_OF_LIBRARIES), str(threads))
    return own


def end_with_parent() -> None:
    """Let the system end this process when the thread that started it is gone, however that ended (Linux only).

    Elsewhere a process notices that its standard input is closed.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # 1 is PR_SET_PDEATHSIG


def can_measure() -> bool:
    """Tell whether the system says how much memory a process holds."""
    return sys.platform in ("linux", "darwin")


def resident_bytes(process: int) -> int:
    """Return the bytes of memory that a process and those it started hold; 0 where that cannot be told."""
    if not can_measure():
        return 0
    return _resident_by_ps(process) if sys.platform == "darwin" else sum(map(_resident, _family(process)))


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


def _resident_by_ps(process: int) -> int:
    said = subprocess.run(["ps", "-axo", "pid=,ppid=,rss="], check=False, capture_output=True, text=True).stdout
    rows = [tuple(map(int, line.split())) for line in said.splitlines()]
    family = {process}
    # a process has a higher number than the one that started it, but for the rare turn of the count
    for number, parent, _ in sorted(rows):
        if parent in family:
            family.add(number)
    return sum(kilobytes for number, _, kilobytes in rows if number in family) * 1024


def forget_peak() -> None:
    """Begin to measure the peak of this process's memory anew, where the system lets us (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    """Return the most memory this process held since `forget_peak`; 0 where the system does not say."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def limit_address_space(room: int | None) -> None:
    """Let this process map at most so many bytes more than it has mapped now; None: as many as it likes.

    A single huge demand is then refused (`MemoryError`) before it can take the memory of the machine.
    """
    if sys.platform != "linux":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = hard
    if room is not None:
        soft = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") + room
        soft = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
