"""Other processes of ours: how they start, what they may import and open, and the processors they take."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from zzgeo.system import SYSTEM

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
    return SYSTEM.processors()


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
