"""Runs the audits of a build: each in a process of its own, by the command line, with that build first on its path.

A build is a checked-out tree. Nothing of it is imported here: what the other tree calls its modules is its own affair.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import distributions
from pathlib import Path

from benchmarks.acceptance.pages import Opener
from benchmarks.acceptance.studies import ROOT, Study

#: Lines of a failed audit's last words that are told.
_LAST_LINES = 5


class WrongBuild(Exception):
    """Another zzgeo would be run than the one asked for."""


@dataclass(frozen=True)
class Run:
    """How an audit went; what it wrote stands in the folder of its study's name, beside this account.

    Attributes
    ----------
    revision
        What was audited with.
    exit_code, last_words
        How the process ended, and the last lines it told if it failed.
    seconds, processor_s
        How long the audit took, first compilation included, and how much of its processors, which is the fairer figure
        where others share the machine.
    unopened
        Why its pages were not opened in a browser; nothing if they were.
    study
        Digest of each file of the study's folder.
    environment
        Version of every package installed.
    """

    revision: str
    exit_code: int
    last_words: str
    seconds: float
    processor_s: float
    unopened: str
    study: dict[str, str]
    environment: dict[str, str]

    def write(self, path: Path) -> None:
        """Write the account as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")


def read_run(path: Path) -> Run:
    """Return the account of an earlier run.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    return Run(**json.loads(path.read_text("utf-8")))


def revision_of(name: str) -> str:
    """Return the commit a name stands for; nothing if there is none."""
    found = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"],
        capture_output=True,
        text=True,
    )
    return found.stdout.strip()


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """Give a tree of another revision, for as long as the block lasts."""
    git = ["git", "-C", str(ROOT), "worktree"]
    with tempfile.TemporaryDirectory(prefix="zzgeo-acceptance-") as folder:
        tree = Path(folder) / "tree"
        subprocess.run([*git, "add", "--detach", "--quiet", str(tree), revision], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def check_build(tree: Path) -> None:
    """Raise `WrongBuild` unless a process of this build imports its own zzgeo."""
    code = "import zzgeo; print(zzgeo.__file__)"
    with tempfile.TemporaryDirectory() as folder:
        found = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, env=_environment(tree, folder), capture_output=True, text=True
        )
    if found.returncode or not Path(found.stdout.strip()).resolve().is_relative_to(tree.resolve()):
        raise WrongBuild(f"{tree}: {found.stdout.strip() or found.stderr.strip()} is imported there")


def run(tree: Path, revision: str, study: Study, folder: Path, out: Path, opener: Opener | None, unopened: str) -> Run:
    """Audit a study with a build and write all it says: its result, what it printed, its pages as they open.

    Parameters
    ----------
    tree, revision
        The build, and what it is called in the account.
    study, folder
        The study, and where it is written.
    out
        Folder of all runs of this build; the study's own stands in it, written anew.
    opener, unopened
        What opens the pages, or why they are not opened.
    """
    home = out / study.name
    shutil.rmtree(home, ignore_errors=True)
    for name in ("printed", "opened"):
        (home / name).mkdir(parents=True)
    # the same words for every build, wherever it and its results stand
    where = os.path.relpath(folder, home)
    command = [sys.executable, "-m", "zzgeo", "audit", where, "--out", "result", "--files", "all", *study.options]
    started, used = time.perf_counter(), _processor_s()
    with tempfile.TemporaryDirectory() as settings:
        environment = _environment(tree, settings)
        ended = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)
    seconds, processor_s = round(time.perf_counter() - started, 1), round(_processor_s() - used, 1)
    for name, text in (("stdout", ended.stdout), ("stderr", ended.stderr)):
        (home / "printed" / f"{name}.txt").write_text(text, encoding="utf-8")
    last = "\n".join((ended.stderr or ended.stdout).strip().splitlines()[-_LAST_LINES:]) if ended.returncode else ""
    if opener is not None and not ended.returncode:
        opener(home / "result", home / "opened")
    told = Run(revision, ended.returncode, last, seconds, processor_s, unopened, digests(folder), installed())
    told.write(out / f"{study.name}.json")
    return told


def _processor_s() -> float:
    """Return the seconds of processors of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _environment(tree: Path, settings: str) -> dict[str, str]:
    """Return the variables of a process of a build.

    The list of fonts that matplotlib keeps at home may be older than the fonts installed: each audit looks for itself.
    """
    return {**os.environ, "PYTHONPATH": str(tree), "PYTHONIOENCODING": "utf-8", "MPLCONFIGDIR": settings}


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a folder, by its path inside."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def installed() -> dict[str, str]:
    """Return the version of every package installed but zzgeo, which is what is compared."""
    found = {one.metadata["Name"]: one.version for one in distributions()}
    return {name: found[name] for name in sorted(found) if name != "zzgeo"}
