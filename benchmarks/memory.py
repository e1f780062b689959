"""How much memory this process took at most."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


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
