"""Small studies for batches: folders that are read as studies, and workers that only leave a result behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from zzgeo.batch.task import Outcome, Task
from zzgeo.reporting.results.folder import ResultFolder

STUDY = """name = "县"
jurisdiction = "cn"
as_of = 2018-12-31
standards = ["../own.toml"]
[districts]
source = "districts.shp"
[demand]
source = "人口.csv"
[walking]
profile = "walk.toml"
"""


def write_county(folder: Path, study: str = STUDY) -> Path:
    """Write a study whose files hold a word each: to be hashed, not to be audited."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("districts.shp", "districts.dbf", "districts.PRJ", "人口.csv", "walk.toml"):
        (folder / name).write_text(f"{name} of some county", encoding="utf-8")
    (folder.parent / "own.toml").write_text("# one of our own", encoding="utf-8")
    (folder / "study.toml").write_text(study, encoding="utf-8")
    return folder / "study.toml"


class RecordingWorkers:
    """Workers in this process that remember which tasks they were given; a result holds the study file.

    ``ends`` says how a task ends: an exit code by id, or an outcome, or what to do; else it is done.
    """

    def __init__(self, ends: Callable[[Task], Outcome | None] | None = None, seconds: float = 0.0) -> None:
        self.given: list[str] = []
        self.tasks: list[Task] = []
        self.entered = 0
        self._ends = ends
        self._seconds = seconds

    def __enter__(self) -> Self:
        self.entered += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        for task in tasks:
            self.given.append(task.id)
            self.tasks.append(task)
            time.sleep(self._seconds)
            outcome = self._ends(task) if self._ends is not None else None
            if outcome is None:
                write_result(task)
                outcome = Outcome(task.id, 0, seconds=0.5)
            yield outcome


def write_result(task: Task) -> None:
    """Write a result of two files that must agree, as an audit writes it."""
    content = Path(task.study).read_bytes()

    def files(_: Path) -> Iterator[tuple[str, bytes, Callable[[bytes], bool]]]:
        yield "audit.json", content, bool
        yield "findings.csv", content[::-1], bool

    with ResultFolder(task.out) as folder:
        folder.put(files)


def is_torn(result: Path) -> bool:
    """Tell whether a folder is there and is not a whole result of `write_result`."""
    if not result.exists():
        return False
    whole = {path.name for path in result.iterdir()} == {"audit.json", "findings.csv"}
    return not whole or (result / "audit.json").read_bytes()[::-1] != (result / "findings.csv").read_bytes()
