"""``python -m zzgeo`` and the console script ``zzgeo``."""

from __future__ import annotations

import gc
import os
import signal
import sys

#: Objects made before Python looks for circles among the youngest, the first time and from then on. A start makes a
#: million that stay: to look every 700, as Python does, takes a tenth of it, and every 50,000 a thirtieth.
_FIRST, _OFTEN = 500_000, 50_000

#: No plugin of pydantic is for us: to look for one reads what every installed package says of itself.
_NO_PLUGINS = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}


def _started(_phase: str, _what: dict[str, int]) -> None:
    """Look often from the first look on; Python calls this before it looks."""
    gc.callbacks.remove(_started)
    gc.set_threshold(_OFTEN)


def main() -> None:
    """Run the command line; never a traceback for bad input, exit 1 only for a bug of ours."""
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # from the first moment, not only once it runs
        gc.set_threshold(_FIRST)
        gc.callbacks.append(_started)
        from zzgeo.processes import SAFE_GDAL

        for name, value in {**SAFE_GDAL, **_NO_PLUGINS}.items():
            os.environ.setdefault(name, value)
        from zzgeo.cli.commands import run

        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:  # before the command line could take it: to load it takes most of a start
        sys.stderr.write("usage.interrupted · interrupted\n")
        sys.exit(130)
    except (ImportError, MemoryError, OSError) as error:  # a library that is not there, or does not fit the memory
        if "--debug" in sys.argv:
            raise
        if isinstance(error, ImportError) and sys.argv[1:2] == ["doctor"]:  # who tells of it is not stopped by it
            from zzgeo.cli.print_checks import without_a_command_line

            sys.exit(without_a_command_line(sys.argv[2:]))
        from zzgeo.refusal import refusal

        code, problems = refusal(error)
        sys.stderr.write("".join(f"{problem.line()}\n" for problem in problems))
        sys.exit(code)


if __name__ == "__main__":
    main()
