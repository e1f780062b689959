"""``python -m zzgeo`` and the console script ``zzgeo``."""

from __future__ import annotations

import os
import sys

from zzgeo.processes import SAFE_GDAL


def main() -> None:
    """Run the command line; never a traceback for bad input, exit 1 only for a bug of ours."""
    for name, value in SAFE_GDAL.items():
        os.environ.setdefault(name, value)
    from zzgeo.cli.commands import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
