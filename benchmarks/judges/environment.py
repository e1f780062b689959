"""An interpreter with the two other engines, made once and kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

#: What is installed there, to the version: another one may answer otherwise.
PINNED = ("pyvalhalla==3.9.1", "osrm-bindings==26.10.0", "numpy")

#: The oldest Python that has wheels of both.
OLDEST = (3, 12)


class Unavailable(Exception):
    """The judges cannot be asked here; says why."""


def interpreter(folder: Path, python: str | None = None) -> Path:
    """Return the interpreter of an environment with both engines, which is made in a folder where it is not yet.

    Raises
    ------
    Unavailable
        If there is no Python that is new enough, or the wheels cannot be installed.
    """
    made = folder / "environment"
    own = made / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = made / "pinned.txt"
    wanted = "\n".join(PINNED)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return own
    base = python or next(_new_enough(), None)
    if base is None:
        raise Unavailable(f"no Python {'.'.join(map(str, OLDEST))} or newer is installed: say --python PATH")
    shutil.rmtree(made, ignore_errors=True)
    _run([base, "-m", "venv", str(made)])
    _run([str(own), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *PINNED])
    stamp.write_text(wanted, encoding="utf-8")
    return own


def _new_enough() -> Iterator[str]:
    """Yield interpreters that are new enough: this one, those on the path, those of pyenv."""
    kept = sorted((Path.home() / ".pyenv" / "versions").glob("3.*/bin/python"))
    named = [shutil.which(f"python3.{minor}") for minor in range(OLDEST[1], OLDEST[1] + 4)]
    for candidate in [sys.executable, *filter(None, named), *map(str, kept)]:
        asked = "import sys; print(*sys.version_info[:2])"
        done = subprocess.run([candidate, "-c", asked], capture_output=True, text=True, check=False)
        if done.returncode == 0 and tuple(map(int, done.stdout.split())) >= OLDEST:
            yield candidate


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise Unavailable(f"{' '.join(command[1:4])} failed: {last[0][:200]}")
