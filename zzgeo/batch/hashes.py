"""SHA-256 of what a result rests on: the files a study reads, its standards, what is chosen, and zzgeo itself.

A file's content decides, not its place: the same tree elsewhere has the same hash. So that 2,800 studies need not be
read again to see that nothing changed, the hash of a file is remembered with its size, its times (of its content and of
its entry in the folder), and its number on the disk; while all of these are the same, it is not read. A file changed in
the same two seconds it was hashed in is not remembered: its times could not tell a second change.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zzgeo.batch.job import AuditChoices
from zzgeo.errors import InputError
from zzgeo.formats import format_named, sources
from zzgeo.formats.parts.base import checked_path
from zzgeo.spec.kinds import declared_apart
from zzgeo.spec.study_file import read_study_file
from zzgeo.system import SYSTEM

#: A change of a file within this time of another one may leave its times as they are, on some disks.
_COARSE_NS = 2_000_000_000

#: Ends of files beside any layer that GDAL reads with it, whatever its format; formats declare more.
_BESIDE = (".prj", ".cpg", ".tfw", ".wld")
#: Files that whoever reads a database makes beside it, and that hold nothing of it.
_PASSING = ("-shm", ".lock")

Stamp = tuple[int, int, int, int]


class Contents:
    """The SHA-256 of files, remembered in a file whose loss costs only the time to read them again.

    Parameters
    ----------
    memory
        Where the hashes are remembered.
    reread
        Whether to read every file once again, whatever is remembered: a disk may give a file its old times back.
    """

    def __init__(self, memory: Path, *, reread: bool = False) -> None:
        self._memory = memory
        self._known: dict[str, tuple[Stamp, str]] = {}
        self._used: dict[str, tuple[Stamp, str]] = {}
        self._beside: dict[Path, tuple[int, list[str]]] = {}
        self._sources: dict[str, tuple[str, ...] | None] = {}
        if not reread:
            self._known = _remembered(memory)

    def of(self, path: Path) -> str:
        """Return the SHA-256 of a file or of all in a folder; of one that cannot be read, why."""
        try:
            if not path.is_dir():
                return self._of_file(path)
            parts = sorted(Path(folder) / name for folder, _, names in os.walk(path) for name in names)
            lines = [f"{part.relative_to(path).as_posix()} {self._of_file(part)}" for part in parts if _lasting(part)]
            return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
        except (OSError, ValueError, RuntimeError) as error:
            return f"unread: {getattr(error, 'strerror', None) or error}"

    def _of_file(self, path: Path) -> str:
        name, state = str(path), path.stat()
        stamp = (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)
        known = self._used.get(name) or self._known.get(name)
        if known is not None and known[0] == stamp:
            self._used[name] = known
            return known[1]
        began = time.time_ns()
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if max(stamp[1], stamp[2]) < began - _COARSE_NS:
            self._used[name] = (stamp, digest)
        return digest

    def parts(self, source: Path) -> list[Path]:
        """Return a file and those beside it that are read with it: parts of a shapefile, the log of a GeoPackage."""
        folder, name = source.parent, source.name
        try:
            changed = folder.stat().st_mtime_ns
            if self._beside.get(folder, (None, []))[0] != changed:
                self._beside[folder] = (changed, sorted(os.listdir(folder)))
            names = self._beside[folder][1]
        except OSError:
            return [source]
        owner = format_named(name)
        ends = (*_BESIDE, *(owner.sidecars if owner else ()))
        beside = [other for other in names if other != name and _belongs(other, name, ends)]
        return [source, *(folder / other for other in beside if _lasting(folder / other))]

    def sources_of(self, study: Path) -> tuple[str, ...] | None:
        """Return what a study file names, by its content; None where it is refused."""
        digest = self.of(study)
        if digest not in self._sources:
            try:
                with declared_apart():
                    self._sources[digest] = read_study_file(study).sources
            except (InputError, OSError):
                self._sources[digest] = None
        return self._sources[digest]

    def save(self, *, whole: bool) -> None:
        """Remember the hashes, if that can be; those of files that were not looked at go if the batch is whole."""
        kept = self._used if whole else {**self._known, **self._used}
        temporary = self._memory.with_name(f".{self._memory.name}.part")
        with contextlib.suppress(OSError):
            temporary.write_text(json.dumps({"files": kept}, ensure_ascii=True), encoding="ascii")
            SYSTEM.replace(temporary, self._memory)


def _remembered(memory: Path) -> dict[str, tuple[Stamp, str]]:
    try:
        kept = json.loads(memory.read_bytes())["files"]
        return {name: ((stamp[0], stamp[1], stamp[2], stamp[3]), digest) for name, (stamp, digest) in kept.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def _belongs(other: str, name: str, ends: tuple[str, ...]) -> bool:
    if other.startswith((f"{name}.", f"{name}-")):
        return True
    stem, end = os.path.splitext(other)
    return stem == os.path.splitext(name)[0] and end.lower() in ends


def _lasting(path: Path) -> bool:
    """Tell whether a file holds content: not a lock, not the empty log that a reader leaves beside a database."""
    if path.name.endswith(_PASSING):
        return False
    try:
        return not path.name.endswith(("-wal", "-journal")) or path.stat().st_size > 0
    except OSError:
        return False


def input_hash(study: Path, choices: AuditChoices, contents: Contents) -> str:
    """Return the SHA-256 of all that a result rests on, but zzgeo itself.

    Parameters
    ----------
    study
        The study file.
    choices
        What is chosen; of files it names, the content counts and not the place.
    contents
        Gives the SHA-256 of files.

    Returns
    -------
    str
        The same for the same tree at another place. A database is hashed by its name alone (see `is_live`).
    """
    said: dict[str, Any] = dataclasses.asdict(choices)
    said["standards"] = [contents.of(Path(name)) if _is_file(name) else name for name in choices.standards]
    if choices.against:
        earlier = Path(choices.against)
        said["against"] = contents.of(earlier / "audit.json" if earlier.is_dir() else earlier)
    files = [(label, contents.of(path)) for label, path in _files(study, contents)]
    text = json.dumps([contents.of(study), sorted(files), said], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_file(name: str) -> bool:
    return name.lower().endswith(".toml")


def _files(study: Path, contents: Contents) -> Iterator[tuple[str, Path]]:
    """Give each file a study reads, by the name it gives it."""
    for source in contents.sources_of(study) or ():
        if source in sources():
            continue
        try:
            path = checked_path(source, study.parent, "")
        except InputError:
            # not there, or none that is read: the study will be refused; once it is there, the hash is another
            continue
        for part in contents.parts(path):
            yield f"{source}{part.name.removeprefix(path.name)}", part


def is_live(study: Path, contents: Contents) -> bool:
    """Tell whether a study reads a source whose rows may change and no file with them: a database."""
    return any(source in sources() and sources()[source].live for source in contents.sources_of(study) or ())
