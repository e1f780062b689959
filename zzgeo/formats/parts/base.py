"""What every format shares: how it declares itself, what it returns, how rows are set aside, which paths are read."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pyproj

from zzgeo.codes import CODES
from zzgeo.errors import InputError, Problem
from zzgeo.spec.walking_profile import WalkingProfile
from zzgeo.system.names import as_it_stands

#: Layers may be plain tables for these roles only.
PLAIN_ROLES = ("tables", "indicators")

#: Stands before the name of a layer that is no file.
IN_MEMORY = "in memory: "

#: Columns of the table of rows that were set aside (``quarantined.csv``).
REJECT_COLUMNS = ("file", "row", "field", "value", "code", "reason")

#: Folders and prefixes through which a path could reach another file or the network.
_UNSAFE = ("://", "/vsi", "<", "{", "\x00")


@dataclass(frozen=True)
class Rejected:
    """A row that was set aside: where it stood, the field and value at fault, why, and its kinds if they are known.

    ``of_its_own`` says that it stands for something of its own although its code is that of a repeat.
    """

    file: str
    row: str
    field: str
    value: str
    code: str
    reason: str
    kinds: tuple[str, ...] = ()
    of_its_own: bool = False


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
    table: str | None = None
    connection: str | None = None
    #: Which ways of a map are streets; the default profile if left out.
    profile: WalkingProfile | None = None
    #: What of a map of tags counts though it is out of use or not open to the public: ``disused``, ``private``.
    include: tuple[str, ...] = ()
    #: Of several layers of which none is named, the one to read.
    usual: str = ""
    #: The day for which a map of tags is read; today if left out.
    as_of: dt.date | None = None


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
class Content:
    """What the bytes under an ending must be, asked by the door before a parser sees them.

    Parameters
    ----------
    magic
        The first bytes, any of which will do; empty where text or several kinds of bytes may stand there.
    name
        What a file with these first bytes is called in a message when it bears another ending; unsaid if empty.
    first
        Looks at (file name, first bytes) and raises what is to be told of them: in place of the general refusal where
        `magic` does not fit, for want of a `magic` where there is none.
    whole
        Looks through the file and raises.
    """

    magic: tuple[bytes, ...] = ()
    name: str = ""
    first: Callable[[str, bytes], None] | None = None
    whole: Callable[[Path], object] | None = None


@dataclass(frozen=True)
class Format:
    """One kind of file, found by its place: how it is recognised, what the door asks of it, and how it is read.

    Parameters
    ----------
    id, zh, en
        Its id, and what people call it.
    suffixes
        The ends of names it owns, in lower case, and what the bytes of such a file must be.
    read
        Returns the layer of a file that passed the door.
    claims
        Tells by the end of a name (in lower case) and the first bytes that a file is of this format although another
        owns the ending: a saved answer of Overpass is ``.json``, as GeoJSON is.
    sidecars
        Ends of the files beside it that belong to it and are unpacked with it: ``.dbf`` of a shapefile.
    packed
        The suffixes under which an archive may hold it; all of them if left out.
    role
        What `zzgeo.check_file` takes it for where nobody says; left to the layer's geometry if empty.
    every_kind
        Whether its facilities are found by OpenStreetMap tags: it may hold any kind that has some, and of one it has
        none of nobody can say that there is none.
    cells
        Whether it holds cells that are shared among districts, not rows.
    folder
        Whether it is a folder of files, not one file.
    sign
        The file by which such a folder is told in an archive that does not name it.
    pages
        Whether several files of it in an archive are one layer, laid one after the other: answers come in pages.
    driver
        The driver of GDAL that reads it; empty where none does.
    instead
        Ends of names near to it that nobody reads, and what to send instead.
    """

    id: str
    zh: str
    en: str
    suffixes: Mapping[str, Content]
    read: Callable[[Path, Options], RawLayer]
    claims: Callable[[str, bytes], bool] | None = None
    sidecars: tuple[str, ...] = ()
    packed: tuple[str, ...] | None = None
    role: str = ""
    every_kind: bool = False
    cells: bool = False
    folder: bool = False
    sign: str = ""
    pages: bool = False
    driver: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)

    def suffix(self, name: str) -> str:
        """Return the longest of its suffixes that a file name ends with, whatever the case; empty where none does."""
        plain = name.lower()
        return max((end for end in self.suffixes if plain.endswith(end)), key=len, default="")


@dataclass(frozen=True)
class Source:
    """A source of layers that is no file, found by its place: a study names it by its id in place of a file.

    ``live`` says that its rows may change without any file or package changing, as those of a database do.
    """

    id: str
    zh: str
    en: str
    read: Callable[[Options], RawLayer]
    live: bool = False


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
    why, remedy = "no such file", f"paths are relative to {folder.name or folder}/"
    try:
        path = (folder / text).resolve()
        there = path.exists()
    except (OSError, RuntimeError) as error:
        # a link that leads to itself, a name longer than the file system takes
        said = getattr(error, "strerror", None) or "its links lead in a circle"
        there, why = False, f"the path cannot be followed: {said}"
    if not there:
        spelled = as_it_stands(folder, text)
        remedy = f"write {spelled}: the file is called so on every system" if spelled else remedy
        raise InputError([Problem("file.missing", where, masked(text)[:120], why, remedy)])
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
    """Return the SHA-256 of a file, read in pieces; of a folder, that of its files' names and digests in order."""
    digest = hashlib.sha256()
    if path.is_dir():
        for part in sorted(path.iterdir()):
            digest.update(f"{part.name} {file_sha256(part)}\n".encode())
        return digest.hexdigest()
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
