"""What the tasks of a batch share: a province is read, checked and kept once, and each of its counties opened from it.

A study that several tasks audit in part (``districts``) is kept in a folder called by what it rests on: the content of
its files, of its study file and of zzgeo. What changes nothing is found there by the next batch. Rows set aside and
warnings of its lists are told once, beside it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from zzgeo.auditing.run import only
from zzgeo.batch.code import code_hash
from zzgeo.codes import CODES
from zzgeo.errors import EnvironmentFault, InputError, MissingExtra, Problem, ZzgeoError
from zzgeo.formats import read_layer, sources
from zzgeo.formats.parts.base import PLAIN_ROLES, REJECT_COLUMNS, Options, checked_path, file_sha256
from zzgeo.formats.parts.kept_layers import files_with, keep_layer, kinds_that_matter, layer_key, layers_kept_in
from zzgeo.formats.parts.mapped import NotKept, settle
from zzgeo.intake.kept import district_of_aside, keep_study, kept_study
from zzgeo.intake.location import locate, points_of
from zzgeo.intake.study import Study, load_study
from zzgeo.intake.study_layers import inputs_beside_districts
from zzgeo.intake.tables import options_of
from zzgeo.intake.walking import study_walking
from zzgeo.spec.kinds import FacilityKind, declare, declared_apart
from zzgeo.spec.study_file import StudySpec, read_study_file, study_path
from zzgeo.system import SYSTEM

#: So many tasks of one study are worth keeping it.
LEAST_TASKS = 2

#: How a kept study is laid out; another number is another study.
_FORMAT = 1
_REFUSED, _TOLD = "refused.json", "told.json"
_KEPT = re.compile(r"(layers-[0-9a-f]{12}|[0-9a-f]{32})(\.[0-9a-f]{8})?")
#: What is told of all kept studies, beside their folders.
_LAYERS = "layers-"
ASIDE, REASONS, ROWS, WARNINGS = "quarantined.csv", "reasons.csv", "rows.csv", "warnings.csv"


@dataclass(frozen=True)
class Shared:
    """The studies that are kept for a batch.

    Parameters
    ----------
    folder
        Where they are kept, with what is told of them.
    kept
        The folder of each, by the path of its study file.
    warnings
        What is told of the studies as a whole, once for all tasks.
    reading
        The other studies of which a file is named by several, and is kept as it was read.
    """

    folder: Path
    kept: Mapping[Path, Path] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    reading: frozenset[Path] = frozenset()

    def of(self, study: str | Path, districts: Sequence[str]) -> str:
        """Return the folder to open some districts of a study from, as `Task.shared` takes it; "" where there is none.

        Parameters
        ----------
        study
            A study file, or its folder.
        districts
            The districts of the task; without any the whole study is audited, and read from its files.
        """
        path = study_path(Path(study)).resolve()
        if path in self.kept and districts:
            return str(self.kept[path])
        return str(_layers_folder(self.folder)) if path in self.reading else ""


def prepare_shared(studies: Iterable[str | Path], folder: Path) -> Shared:
    """Read, check and keep the studies that several tasks of a batch audit in part.

    Parameters
    ----------
    studies
        The study file of each task. One that stands `LEAST_TASKS` times or more is kept for its districts; of the
        others the files are kept that so many of them name.
    folder
        Where to keep them; what earlier batches kept there and is of no use any more is removed.

    Returns
    -------
    Shared
        Which are kept. A study that cannot be read as a whole is kept as the refusal every task of it gives; one that
        rests on a database, or holds what no file gives back as it was, is not kept, and its tasks read its files.

    Raises
    ------
    EnvironmentFault
        If the folder cannot be written to.
    """
    times = Counter(study_path(Path(one)).resolve() for one in studies)
    kept: dict[Path, Path] = {}
    warnings: list[Problem] = []
    try:
        for path in (one for one, number in times.items() if number >= LEAST_TASKS):
            with declared_apart():
                place, told = _kept(path, folder)
            warnings += told
            if place is not None:
                kept[path] = place
        layers = _layers_folder(folder)
        reading, places = _layers([path for path in times if path not in kept], layers)
        _forget_others(folder, [*kept.values(), *([layers] if reading else [])])
        _forget_others(layers, places)
        if kept:
            _tell(folder, kept)
    except OSError as fault:
        if isinstance(fault, ZzgeoError):
            raise
        full = fault.errno in (errno.ENOSPC, errno.EDQUOT)
        code = "output.disk_full" if full else "output.not_writable"
        problem = Problem(code, str(folder), "", str(fault.strerror or fault), "choose another --out")
        raise EnvironmentFault(problem.line()) from fault
    return Shared(folder, kept, tuple(dict.fromkeys(warnings)), frozenset(reading))


def _layers(studies: Sequence[Path], folder: Path) -> tuple[set[Path], set[Path]]:
    """Keep the files that several studies name, as they were read; return these studies, and where the files are."""
    users: dict[str, set[Path]] = {}
    asked: dict[str, tuple[Path, Options, tuple[FacilityKind, ...]]] = {}
    for study in studies:
        try:
            with declared_apart():
                for path, options in list(_files_read(study)):
                    key = layer_key(path, options)
                    users.setdefault(key, set()).add(study)
                    asked[key] = path, options, kinds_that_matter(options)
        except InputError:
            continue  # its task will say so
    reading: set[Path] = set()
    places: set[Path] = set()
    for key, (path, options, own) in asked.items():
        if len(users[key]) >= LEAST_TASKS:
            try:
                with declared_apart():
                    declare(own, path.name)
                    places.add(keep_layer(path, options, read_layer, folder))
            except (InputError, MissingExtra, NotKept):
                continue  # every task reads it itself
            reading |= users[key]
    return reading, places


def _layers_folder(folder: Path) -> Path:
    """Return where layers are kept: another version of zzgeo may read a file otherwise."""
    return folder / f"{_LAYERS}{code_hash()[:12]}"


def _files_read(study: Path) -> Iterator[tuple[Path, Options]]:
    """Yield every file that a study reads as rows, and how."""
    spec = read_study_file(study)
    profile = study_walking(spec.walks, study.parent).profile
    for part, role in [(spec.districts, "districts"), *inputs_beside_districts(spec)]:
        if part.source in sources() or getattr(part, "is_raster", False):
            continue
        walks = None if role in ("districts", "areas", "buildings", "homes", *PLAIN_ROLES) else profile
        yield checked_path(part.source, study.parent, role), options_of(part, role, walks, as_of=spec.as_of)


def kept_for(folder: str, study: Path, districts: Sequence[str]) -> Study:
    """Return a study, or some districts of it, from where `prepare_shared` keeps it or the files it names.

    It is what `zzgeo.audit` makes of the whole study with these ``districts``, but for `Study.quarantined`, which holds
    the rows that lie in them.

    Parameters
    ----------
    folder
        Of `Shared.of`.
    study
        The study file, or its folder.
    districts
        Codes.

    Raises
    ------
    InputError
        If the study was refused, or has no such district.
    """
    place = Path(folder)
    if place.name.startswith(_LAYERS):
        with layers_kept_in(place):
            return only(load_study(study), districts)
    if (place / _REFUSED).is_file():
        raise InputError(_problems(json.loads((place / _REFUSED).read_text(encoding="utf-8"))))
    read_study_file(study_path(study))  # makes the kinds of its own known
    return kept_study(place).of_districts(study_path(study), districts)


def told_for_all(folder: str) -> bool:
    """Tell whether what is told of a study is told by the batch: it is kept as a whole."""
    return bool(folder) and not Path(folder).name.startswith(_LAYERS)


def _kept(path: Path, folder: Path) -> tuple[Path | None, list[Problem]]:
    """Return where a study is kept, None where it is not, and what is told of it."""
    try:
        spec = read_study_file(path)
    except InputError:
        return None, []  # every task of it will say so
    key = content_key(path, spec)
    if key is None:
        return None, [_not_kept(path, "it rests on a database, whose content may change")]
    place = folder / key
    if not place.is_dir():
        half = folder / f"{key}.{secrets.token_hex(4)}"
        half.mkdir(parents=True)
        try:
            _keep(path, half)
            settle(half)
            SYSTEM.replace(half, place)
        except NotKept as fault:
            return None, [_not_kept(path, str(fault))]
        finally:
            shutil.rmtree(half, ignore_errors=True)
    if (place / _REFUSED).is_file():
        return place, []
    return place, _problems(json.loads((place / _TOLD).read_text(encoding="utf-8"))["warnings"])


def _keep(path: Path, place: Path) -> None:
    try:
        study = load_study(path)
    except InputError as refusal:
        said = [asdict(problem) for problem in refusal.problems]
        (place / _REFUSED).write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        return
    keep_study(study, place)
    aside = study.quarantined.assign(district=district_of_aside(study))
    content: dict[str, Any] = {
        "study": study.name,
        "warnings": [asdict(problem) for problem in study.warnings],
        "aside": aside.astype(str).to_dict("split", index=False),
        "rows": rows_by_district(study).to_dict("split", index=False),
    }
    (place / _TOLD).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def rows_by_district(study: Study) -> pd.DataFrame:
    """Return how many rows in use lie in each district.

    Returns
    -------
    DataFrame, shape (n_rows, 5)
        ``layer``, ``kind`` of facility (else ""), ``district`` and its ``name``, ``rows``; under "" those in no
        district of the study, so that the rows of a layer add up to those in use.
    """
    home = locate(points_of(study.facilities.geometry), study.districts)
    parts = [_counted("facilities", study.facilities["kind"], home)]
    for layer, table in (("demand", study.demand), ("units", study.units)):
        if table is not None:
            parts.append(_counted(layer, pd.Series("", index=table.index), table["district"]))
    rows = pd.concat(parts, ignore_index=True)
    rows.insert(3, "name", rows["district"].map(study.districts["name"].astype(object)).fillna(""))
    return rows


def _counted(layer: str, kind: pd.Series, home: pd.Series) -> pd.DataFrame:
    keys = {"kind": kind.astype(object).to_numpy(), "district": home.astype(object).fillna("").to_numpy()}
    counts = pd.DataFrame(keys).astype(str).value_counts(sort=False).sort_index().rename("rows").reset_index()
    counts.insert(0, "layer", layer)
    return counts


def content_key(path: Path, spec: StudySpec) -> str | None:
    """Return what a study rests on as one word: its study file, the files it names, zzgeo; None where a file is none.

    Every file beside one it names that has its name up to the ending belongs to it, as ``.dbf`` does to ``.shp``.
    """
    digest = hashlib.sha256(f"{_FORMAT} {code_hash()} {path.name}\n".encode())
    digest.update(path.read_bytes())
    for text in spec.sources:
        if text in sources():
            if text == "postgis":
                return None
            continue
        digest.update(f"\n{text}".encode())
        for file in files_with(path.parent / text):
            digest.update(f"\n{file.name} {file_sha256(file)}".encode())
    return digest.hexdigest()[:32]


def _forget_others(folder: Path, used: Iterable[Path]) -> None:
    """Remove what was kept for earlier batches, and what a killed one left half written."""
    names = {place.name for place in used}
    if folder.is_dir():
        for one in folder.iterdir():
            if one.is_dir() and _KEPT.fullmatch(one.name) and one.name not in names:
                shutil.rmtree(one, ignore_errors=True)


def _tell(folder: Path, kept: Mapping[Path, Path]) -> None:
    """Write what is told once of all kept studies: rows set aside, their reasons, where rows lie, warnings."""
    aside, rows, warnings = [], [], []
    for place in dict.fromkeys(kept.values()):
        if (place / _REFUSED).is_file():
            continue
        told = json.loads((place / _TOLD).read_text(encoding="utf-8"))
        aside.append(_table(told["aside"], told["study"]))
        rows.append(_table(told["rows"], told["study"]))
        lines = [[one.code, CODES[one.code].zh, one.line()] for one in _problems(told["warnings"])]
        warnings.append(_table({"columns": ["code", "meaning", "warning"], "data": lines}, told["study"]))
    nothing = _table({"columns": [*REJECT_COLUMNS, "district"], "data": []}, "")
    set_aside = pd.concat([nothing, *aside], ignore_index=True)
    keys = ["study", "file", "code"]
    reasons = set_aside.groupby(keys, sort=True).size().rename("rows").reset_index()
    reasons.insert(3, "meaning", [CODES[code].zh if code in CODES else "" for code in reasons["code"]])
    _write(set_aside, folder / ASIDE)
    _write(reasons, folder / REASONS)
    _write(pd.concat(rows) if rows else pd.DataFrame(columns=["study", "layer", "district", "rows"]), folder / ROWS)
    _write(pd.concat(warnings) if warnings else pd.DataFrame(columns=["study", "code", "warning"]), folder / WARNINGS)


def _table(split: Mapping[str, Any], study: str) -> pd.DataFrame:
    table = pd.DataFrame(split["data"], columns=split["columns"], dtype=object)
    table.insert(0, "study", study)
    return table


def _write(table: pd.DataFrame, path: Path) -> None:
    half = path.with_name(f".{path.name}.part")  # one name: what a killed batch left is written over
    try:
        table.to_csv(half, index=False, encoding="utf-8-sig")
        SYSTEM.replace(half, path)
    finally:
        half.unlink(missing_ok=True)


def _problems(told: Sequence[Mapping[str, object]]) -> list[Problem]:
    return [Problem(**{**one, "rows": tuple(one["rows"])}) for one in told]  # type: ignore[arg-type]


def _not_kept(path: Path, value: str) -> Problem:
    why, remedy = "it cannot be kept for its districts: each task reads its files", "nothing is wrong, it takes longer"
    return Problem("shared.not_kept", path.parent.name, value, why, remedy, "warning")
