"""Study after study, each in a process of its own; one failure never stops the rest."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from zzgeo.errors import (
    EnvironmentFault,
    InputError,
    Problem,
)
from zzgeo.reporting.outputs import front

#: What an exit code of ``zzgeo audit`` means for a batch.
_WORDS = {0: "done", 10: "done", 1: "bug", 2: "usage", 4: "refused", 5: "environment", 6: "service", 130: "interrupted"}


@dataclass(frozen=True)
class Status:
    """How one study of a batch ended."""

    name: str
    study: str
    status: str
    exit_code: int
    seconds: float
    message: str


def find_studies(paths: Iterable[Path]) -> list[Path]:
    """Return every ``study.toml`` named, or found in the folders named and in their folders, sorted.

    Raises
    ------
    InputError
        If nothing is found.
    """
    studies: set[Path] = set()
    for path in paths:
        if path.is_dir():
            studies |= {path / "study.toml"} if (path / "study.toml").is_file() else set(path.glob("*/study.toml"))
        else:
            studies.add(path)
    if not studies:
        shown = ", ".join(map(str, paths))
        remedy = "name folders that hold a study.toml each; `zzgeo new DIR` writes one"
        raise InputError([Problem("batch.empty", shown, "", "no study.toml was found", remedy)])
    return sorted(studies)


def result_name(study: Path) -> str:
    """Return a safe folder name for a study's result: letters and digits of its folder, and eight of its path's hash.

    Examples
    --------
    >>> result_name(Path("studies/../中牟 县/study.toml")).startswith("中牟-县-")
    True
    """
    folder = study.resolve().parent
    slug = re.sub(r"[^\w]+", "-", folder.name).strip("-")[:60] or "study"
    return f"{slug}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"


def run_batch(
    paths: Sequence[Path],
    out_dir: Path,
    *,
    workers: int = 2,
    progress: Callable[[Status], None] | None = None,
    against: Path | None = None,
    **options: str,
) -> list[Status]:
    """Audit every study found, each in its own process, and write ``status.csv``.

    Parameters
    ----------
    paths
        Folders that hold studies, or study files.
    out_dir
        A result folder per study is made in it.
    workers
        How many studies are audited at the same time.
    progress
        Called with the status of each study as it ends.
    against
        The result folder of an earlier batch: each study is compared with its own result there. A study that has none
        is new, and is audited all the same.
    **options
        ``lang``, ``files``, ``pages``, ``tianditu`` and ``approval``, as ``zzgeo audit`` takes them.

    Returns
    -------
    list of Status
        One per study, in the order of the studies.

    Raises
    ------
    InputError
        If no study is found.
    EnvironmentFault
        If ``status.csv`` cannot be written.
    """
    studies = find_studies(paths)

    def one(study: Path) -> Status:
        name = result_name(study)
        earlier = None if against is None else against / name
        status = _run(study, out_dir / name, earlier, options)
        if progress is not None:
            progress(status)
        return status

    with ThreadPoolExecutor(max_workers=workers) as pool:
        statuses = list(pool.map(one, studies))
    _write_statuses(statuses, out_dir / "status.csv")
    return statuses


#: What lines on stderr begin with that tell no error.
_NO_ERRORS = ("warning:", "progress:")


def _run(study: Path, out: Path, earlier: Path | None, options: Mapping[str, str]) -> Status:
    started = time.monotonic()
    command = [sys.executable, "-m", "zzgeo", "audit", str(study), "--out", str(out)]
    command += [f"--{name}={value}" for name, value in options.items() if value]
    if earlier is not None and (earlier / "audit.json").is_file():
        command.append(f"--against={earlier}")
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    seconds = time.monotonic() - started
    errors = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith(_NO_ERRORS)]
    good = done.returncode in (0, 10)
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    message = str(out / front(options.get("files"))) if good else (errors[0] + more if errors else "no message")
    word = _WORDS.get(done.returncode, "killed" if done.returncode < 0 else "failed")
    return Status(study.resolve().parent.name, str(study), word, done.returncode, round(seconds, 1), message)


def _write_statuses(statuses: Sequence[Status], path: Path) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, [column.name for column in fields(Status)], quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(asdict(status) for status in statuses)
    temporary = path.with_suffix(".csv.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
        temporary.replace(path)
    except OSError as error:
        raise EnvironmentFault(f"output.not_writable · {path} · {error.strerror} · choose another --out") from error
