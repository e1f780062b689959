"""Layers as their files hold them, kept for the many studies of a batch that name the same file.

A workbook or a map of a nation is parsed once; each study that names it takes it from where it is mapped. What a study
makes of its rows is its own: its CRS, its columns, its checks.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyproj

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import Options, RawLayer, Rejected
from zzgeo.formats.parts.mapped import NotKept, keep_table, kept_table, settle
from zzgeo.spec.kinds import FacilityKind, declared_kinds
from zzgeo.system import SYSTEM

_ABOUT = "layer.json"
_folder: ContextVar[Path | None] = ContextVar("folder of kept layers", default=None)


@contextmanager
def layers_kept_in(folder: Path | None) -> Iterator[None]:
    """Take layers from a folder, meanwhile, where they are kept there."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def files_with(path: Path) -> list[Path]:
    """Return a file or folder and every file beside it of its name up to the ending; none where there is none."""
    try:
        if not path.exists():
            return []
        stem = path.name.split(".")[0]
        beside = [one for one in path.parent.iterdir() if one.name.split(".")[0] == stem and one.is_file()]
    except OSError:
        return []
    return sorted({path, *beside})


def kinds_that_matter(options: Options) -> tuple[FacilityKind, ...]:
    """Return the kinds declared now by which a layer is read: a map of tags gives the facilities of the kinds known."""
    return declared_kinds() if options.role == "facilities" else ()


def keep_layer(path: Path, options: Options, read: Callable[[Path, Options], RawLayer], folder: Path) -> Path:
    """Read a layer of a file by some options and the kinds declared now, and keep it, unless it is kept; return where.

    Raises
    ------
    NotKept
        If it would not be the same when it is read back.
    """
    place = folder / layer_key(path, options)
    if place.is_dir():
        return place
    raw = read(path, options)
    half = place.with_name(f"{place.name}.{secrets.token_hex(4)}")
    half.mkdir(parents=True)
    try:
        keep_table(raw.table, half / "rows")
        table_crs = raw.table.crs if isinstance(raw.table, gpd.GeoDataFrame) else None
        about = {
            "file": raw.file,
            "sha256": raw.sha256,
            "rejected": [asdict(row) for row in raw.rejected],
            "notes": [asdict(note) for note in raw.notes],
            "crs": _told(raw.crs),
            "table_crs": _told(table_crs),
            "extra": raw.extra,
        }
        try:
            text = json.dumps(about, ensure_ascii=False)
        except TypeError as fault:
            raise NotKept(str(fault)) from None
        (half / _ABOUT).write_text(text, encoding="utf-8")
        _check_same(half, raw)
        settle(half)
        SYSTEM.replace(half, place)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return place


def kept_layer(path: Path, options: Options) -> RawLayer | None:
    """Return a layer from the folder of `layers_kept_in`; None where it is not kept, or its file is another by now."""
    folder = _folder.get()
    if folder is None:
        return None
    place = folder / layer_key(path, options)
    return _read(place) if place.is_dir() else None


def _read(place: Path) -> RawLayer:
    about = json.loads((place / _ABOUT).read_text(encoding="utf-8"))
    return RawLayer(
        kept_table(place / "rows", crs=_crs(about["table_crs"])),
        about["file"],
        about["sha256"],
        tuple(Rejected(**{**row, "kinds": tuple(row["kinds"])}) for row in about["rejected"]),
        tuple(Problem(**{**note, "rows": tuple(note["rows"])}) for note in about["notes"]),
        _crs(about["crs"]),
        about["extra"],
    )


def _check_same(place: Path, raw: RawLayer) -> None:
    """Hold what is kept against what was read; nothing stays mapped, for then Windows would not move it."""
    again = _read(place)
    if (again.rejected, again.notes, again.extra) != (raw.rejected, raw.notes, raw.extra):
        raise NotKept(f"{raw.file}: what is told of it")


def _told(crs: pyproj.CRS | None) -> str | None:
    if crs is None:
        return None
    again = pyproj.CRS.from_user_input(crs.srs)
    if again != crs or again.to_string() != crs.to_string():
        raise NotKept(f"CRS {crs.name}")
    return str(crs.srs)


def _crs(told: str | None) -> pyproj.CRS | None:
    return None if told is None else pyproj.CRS.from_user_input(told)


def layer_key(path: Path, options: Options) -> str:
    """Return a word for a file as it lies there now, and how it is read: by which options and kinds."""
    digest = hashlib.sha256(json.dumps(asdict(options), default=_plain, sort_keys=True).encode())
    digest.update(repr(kinds_that_matter(options)).encode())
    for file in files_with(path.resolve()):
        state = file.stat()
        digest.update(f"\n{file} {state.st_size} {state.st_mtime_ns}".encode())
        if file.is_dir():
            for part in sorted(file.iterdir()):
                digest.update(f"\n{part.name} {part.stat().st_size} {part.stat().st_mtime_ns}".encode())
    return digest.hexdigest()[:32]


def _plain(value: Any) -> Any:
    return sorted(value, key=str) if isinstance(value, set | frozenset) else str(value)
