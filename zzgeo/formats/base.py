"""What every loader shares: what it returns, how rows are set aside, which paths are allowed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pyproj

from zzgeo.codes import CODES
from zzgeo.errors import (
    InputError,
    Problem,
)

#: Columns of the table of rows that were set aside (``quarantined.csv``).
REJECT_COLUMNS = ("file", "row", "field", "value", "code", "reason")

#: Folders and prefixes through which a path could reach another file or the network (reliability.md 0/9).
_UNSAFE = ("://", "/vsi", "<", "{", "\x00")


@dataclass(frozen=True)
class Rejected:
    """A row that was set aside: where it stood, the field and value at fault, and why."""

    file: str
    row: str
    field: str
    value: str
    code: str
    reason: str


@dataclass(frozen=True)
class Options:
    """What a study says about how to read one input."""

    role: str = "facilities"
    layer: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    codes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    #: The column names the study maps: by them a header below title rows, or the right sheet, is found.
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawLayer:
    """A layer as its file holds it, before anything is believed.

    ``table`` keeps every readable row, text columns as text, indexed by where the row stands in the file (line, sheet
    row or feature number). ``rows_read`` = rows in ``table`` + rows in ``rejected``, unless ``extra["rows_read"]`` says
    otherwise: a way of OpenStreetMap is one row, and may be several edges.
    """

    table: pd.DataFrame
    file: str
    sha256: str
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Problem, ...] = ()
    crs: pyproj.CRS | None = None
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def rows_read(self) -> int:
        """Return how many rows the file holds."""
        counted = self.extra.get("rows_read")
        return counted if isinstance(counted, int) else len(self.table) + len(self.rejected)


@dataclass(frozen=True)
class Loader:
    """One source of data: how its files are recognised and read.

    ``claims`` tells by the end of a name (in lower case) and the first bytes that a file is of this source although
    another source owns the ending: a saved answer of Overpass is ``.json``, as GeoJSON is.
    """

    id: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, Options], RawLayer]
    claims: Callable[[str, bytes], bool] | None = None


def read_as(label: str, path: Path, read: Callable[[Path, Options], RawLayer], options: Options) -> RawLayer:
    """Read a file that stands in for another, and call it by that one's name in all that is told.

    Raises
    ------
    InputError
        What the reader raises, under the other name.
    """

    def told(problem: Problem) -> Problem:
        own, colon, row = problem.where.partition(":")
        stem = own.rsplit(".", 1)[0] == path.stem
        return replace(problem, where=label + colon + row) if stem else problem

    try:
        raw = read(path, options)
    except InputError as error:
        raise type(error)([told(problem) for problem in error.problems]) from None
    rejected = tuple(replace(row, file=label) for row in raw.rejected)
    return replace(raw, file=label, rejected=rejected, notes=tuple(told(note) for note in raw.notes))


def checked_path(text: str, folder: Path, where: str) -> Path:
    """Return the plain, existing path a study names, relative to the study's folder.

    Raises
    ------
    InputError
        ``config.unsafe`` for anything but a plain path, ``file.missing`` where no file is.
    """
    if any(mark in text for mark in _UNSAFE):
        raise InputError(
            [
                Problem(
                    "config.unsafe",
                    where,
                    masked(text),
                    "only plain file paths are read",
                    "copy the file beside the study",
                )
            ]
        )
    path = (folder / text).resolve()
    if not path.exists():
        raise InputError(
            [
                Problem(
                    "file.missing",
                    where,
                    masked(text),
                    "no such file",
                    f"paths are relative to {folder.name or folder}/",
                )
            ]
        )
    return path


def masked(text: str) -> str:
    """Return a text without the password an address of a database may hold.

    Examples
    --------
    >>> masked("postgresql://planner:s3@cret@host/db"), masked("host=db password='s3 cret' port=5432")
    ('postgresql://***@host/db', 'host=db password=***')
    """
    text = re.sub(r"://.*@", "://***@", text, flags=re.DOTALL)
    return re.sub(r"(?i)(password|passwd|pwd)(\s*=\s*).*", r"\1\2***", text, flags=re.DOTALL)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for piece in iter(lambda: stream.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()


def reject_table(rejected: Sequence[Rejected]) -> pd.DataFrame:
    """Return rows that were set aside as a table with `REJECT_COLUMNS`."""
    rows = [[getattr(row, name) for name in REJECT_COLUMNS] for row in rejected]
    return pd.DataFrame(rows, columns=list(REJECT_COLUMNS), dtype=object)


def reasons_in(quarantined: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return a table of rows set aside with its reasons in a language: in Chinese the meaning of the code leads."""
    if lang != "zh":
        return quarantined
    meanings = [CODES[code].zh if code in CODES else "" for code in quarantined["code"]]
    reasons = [f"{zh}（{en}）" if zh else en for zh, en in zip(meanings, quarantined["reason"], strict=True)]
    return quarantined.assign(reason=reasons)


def refuse(code: str, where: str, value: str, why: str, remedy: str) -> InputError:
    """Return the error of a layer that is refused for one reason."""
    return InputError([Problem(code, where, value, why, remedy)])


def starts_with(path: Path, magic: bytes) -> bool:
    """Tell whether a file begins with the bytes its type demands."""
    with path.open("rb") as stream:
        return stream.read(len(magic)) == magic
