"""The data set over all studies of a batch: ``OUT/data/TABLE/study=ID/part.parquet``, built as studies end.

A part is the table of a study's own result under a second name (a copy where the disk has no such names), put in place
by one rename: it is there whole or not at all. A study that has no result has a row in ``studies`` alone. That row goes
before the tables of a study change and comes back after: where it stands, they are of one result.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from zzgeo.batch.job import AuditChoices
from zzgeo.reporting.outputs import chosen_outputs
from zzgeo.reporting.outputs.data import FOLDER, OUTPUT, TABLES
from zzgeo.reporting.results.disk import told
from zzgeo.system import SYSTEM

#: The one file of a partition.
PART = "part.parquet"

#: The table of the studies themselves.
STUDIES = "studies"

_KEY = "study="


@dataclass(frozen=True)
class StudyRow:
    """What the data set says of a study (`zzgeo.reporting.desk.data_columns.STUDY_COLUMNS`), but for its day."""

    id: str
    name: str
    state: str
    exit_code: int | None = None
    message: str = ""
    opens: str = ""


def with_data(choices: AuditChoices) -> AuditChoices:
    """Return choices that write the tables a data set is made of, whatever else is written.

    Examples
    --------
    >>> with_data(AuditChoices(files="pages")).files, with_data(AuditChoices(files="lean")).files
    ('pages,data', 'lean')
    """
    if OUTPUT in chosen_outputs(choices.files):
        return choices
    return replace(choices, files=f"{choices.files},{OUTPUT.id}")


class DataSet:
    """The data set in the folder of a batch; only its coordinator writes it.

    Parameters
    ----------
    out
        The folder of the batch, which holds the result of each study under its id.

    Examples
    --------
    >>> import tempfile
    >>> data = DataSet(Path(tempfile.mkdtemp()))
    >>> data.put(StudyRow("zhongmu", "中牟县", "refused", 4, "crs.missing · people.csv"), done=False)
    >>> data.ids()
    {'zhongmu'}
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._folder = out / FOLDER

    def ids(self) -> set[str]:
        """Return the ids of the studies it holds."""
        return {path.name.removeprefix(_KEY) for path in (self._folder / STUDIES).glob(f"{_KEY}*")}

    def put(self, study: StudyRow, *, done: bool) -> None:
        """Take in a study that ended; put again, what is there already stays as it is.

        Parameters
        ----------
        study
            What is said of it.
        done
            Whether the result in its folder is its own; if not, no table but ``studies`` tells of it.

        Raises
        ------
        EnvironmentFault
            If the disk is full, or a permission is missing.
        """
        try:
            if not self._holds(study.id, done=done):
                self._remove(STUDIES, study.id)
            for table in TABLES:
                made = self._made(table, study.id)
                if done and made.is_file():
                    self._take(made, self._part(table, study.id))
                else:
                    self._remove(table, study.id)
            self._write(study, _day_of(self._part("findings", study.id)))
        except OSError as error:
            raise told(self._folder, error) from None

    def keep(self, ids: Collection[str]) -> None:
        """Take away the parts of all studies but these, and what killed runs left.

        Raises
        ------
        EnvironmentFault
            If a permission is missing.
        """
        try:
            for table in (*TABLES, STUDIES):
                for part in _folders(self._folder / table):
                    for left in part.glob(f".{PART}"):
                        left.unlink()
                    if part.name.removeprefix(_KEY) not in ids:
                        self._remove(table, part.name.removeprefix(_KEY))
        except OSError as error:
            raise told(self._folder, error) from None

    def _holds(self, study: str, *, done: bool) -> bool:
        """Tell whether every table of a study is what it is to be."""
        pairs = [(self._made(table, study), self._part(table, study)) for table in TABLES]
        if not done:
            return not any(part.is_file() for _, part in pairs)
        return all(
            made.is_file() == part.is_file() and (not made.is_file() or _same(made, part)) for made, part in pairs
        )

    def _made(self, table: str, study: str) -> Path:
        return self._out / study / FOLDER / f"{table}.parquet"

    def _part(self, table: str, study: str) -> Path:
        return self._folder / table / f"{_KEY}{study}" / PART

    def _take(self, made: Path, part: Path) -> None:
        if part.is_file() and _same(made, part):
            return
        part.parent.mkdir(parents=True, exist_ok=True)
        aside = part.with_name(f".{PART}")
        aside.unlink(missing_ok=True)
        try:
            os.link(made, aside)
        except OSError:  # a disk without second names, or one that has given all it can
            shutil.copy2(made, aside)
        SYSTEM.replace(aside, part)

    def _write(self, study: StudyRow, day: date | None) -> None:
        import pandas as pd

        from zzgeo.reporting.desk.data_columns import STUDY_COLUMNS
        from zzgeo.reporting.desk.data_tables import arrow_table, parquet_bytes

        row = {**vars(study), "as_of": day}
        content = parquet_bytes(arrow_table(pd.DataFrame([row], dtype=object), STUDY_COLUMNS))
        part = self._part(STUDIES, study.id)
        if part.is_file() and part.read_bytes() == content:
            return
        part.parent.mkdir(parents=True, exist_ok=True)
        aside = part.with_name(f".{PART}")
        aside.write_bytes(content)
        SYSTEM.replace(aside, part)

    def _remove(self, table: str, study: str) -> None:
        part = self._part(table, study)
        part.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # not there, or the user keeps something beside it
            part.parent.rmdir()


def _same(made: Path, part: Path) -> bool:
    one, other = made.stat(), part.stat()
    return os.path.samestat(one, other) or (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _folders(table: Path) -> Iterator[Path]:
    return (path for path in sorted(table.glob(f"{_KEY}*")) if path.is_dir() and not path.is_symlink())


def _day_of(findings: Path) -> date | None:
    """Return the day a study was judged on, from its findings."""
    import pyarrow.parquet as pq

    if not findings.is_file():
        return None
    days = pq.read_table(findings, columns=["as_of"]).column("as_of")
    return days[0].as_py() if len(days) else None
