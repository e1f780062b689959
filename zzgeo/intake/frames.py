"""Tables in memory as the inputs of a study: each a layer as a file of it would be read, under what a file would say.

Only the reading is another than that of files: the steps of `zzgeo.intake.roles` are the same. A table is never written
to, and the rows of a layer are called by its index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas.array import GeometryDtype
from pydantic import ValidationError

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import IN_MEMORY, PLAIN_ROLES, RawLayer, refuse
from zzgeo.formats.parts.geometry import known_crs
from zzgeo.spec.config_file import key_problem
from zzgeo.spec.group_file import own_groups
from zzgeo.spec.kinds import kind_of
from zzgeo.spec.schema import CONTRACTS, STREETS
from zzgeo.spec.study_file import InputSpec, StudySpec, as_written
from zzgeo.spec.unit_levels import declare as declare_levels
from zzgeo.spec.unit_levels import own_levels
from zzgeo.vocabulary.people import declare_groups
from zzgeo.vocabulary.unit_levels import type_of

#: What a study from frames is called in messages, where another has the name of its file.
FROM_FRAMES = "Study.from_frames"
#: Inputs of one table, and of several by their ids, by the names under which `zzgeo.Study.from_frames` takes them.
_OF_ONE = ("districts", "people", "streets", "land", "barriers", "zones", "indicators")
_OF_SEVERAL = ("areas", "tables")
#: Those that not every study has.
OTHER_INPUTS = ("units", *_OF_ONE[3:], *_OF_SEVERAL)
#: What a study file calls an input by another name.
_ROLES = {"people": "demand"}
#: What streets are read as: their edges are numbered anew.
_OF_EDGES = ("streets", "driving")
#: Geometry beside the place of a row that is kept: the ways into an area.
_SECOND_SHAPES = ("entrances",)


@dataclass(frozen=True)
class Frames:
    """The inputs of a study in memory: what a study file would say, and the tables by the sources it names.

    ``folder`` is what paths in ``spec`` (standards, a walking profile, heights) are relative to.
    """

    spec: StudySpec
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    folder: Path = Path()

    def layer(self, part: InputSpec, role: str) -> RawLayer:
        """Return the table of one input as a layer.

        Raises
        ------
        InputError
            ``schema.duplicate_column``, ``crs.unknown``.
        """
        return layer_of_frame(self.tables[part.source], part, role)


def layer_of_frame(frame: pd.DataFrame, part: InputSpec, role: str) -> RawLayer:
    """Return a table as a layer: the CRS it bears is its datum, named levels of its index are columns.

    An index that has a name or holds text is the column of ids, where the table has none; any other is a numbering.

    Parameters
    ----------
    frame
        Shape (n_rows, ...). Never written to.
    part
        What is said of it.
    role
        What it is to be, as a study file calls it.

    Raises
    ------
    InputError
        ``schema.duplicate_column``, ``crs.unknown``.
    """
    name = IN_MEMORY + part.source
    if not frame.columns.is_unique:
        twice = ", ".join(map(str, frame.columns[frame.columns.duplicated()].unique()))
        why, remedy = "two columns have the same name", "rename one of them"
        raise refuse("schema.duplicate_column", name, twice, why, remedy)
    index = _labels(frame.index)
    columns = {**_levels(frame, part, role), **{str(head): frame[head] for head in frame.columns}}
    plain = {head: _cells(cells) for head, cells in columns.items() if _is_kept(head, cells)}
    table = pd.DataFrame(plain, index=frame.index).set_axis(index, axis=0)
    sha256 = frame_sha256(frame)
    if role in PLAIN_ROLES or not _has_places(frame):
        return RawLayer(table, name, sha256)
    crs = known_crs(frame.crs, name)
    table = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(frame.geometry.array, index=index), crs=crs)
    notes: tuple[Problem, ...] = ()
    if crs is not None and crs.is_geographic and part.datum is None:
        why = "degrees are taken as the CRS of the table says; of GCJ-02 or BD-09 they would be up to 1 km off"
        remedy = 'say datum = "EPSG:4326", "GCJ-02" or "BD-09"'
        notes = (Problem("crs.unconfirmed", name, crs.to_string(), why, remedy, "warning"),)
    return RawLayer(table, name, sha256, (), notes, crs, {"crs_given": True})


def _has_places(frame: pd.DataFrame) -> bool:
    return isinstance(frame, gpd.GeoDataFrame) and frame._geometry_column_name in frame.columns


def _labels(index: pd.Index) -> pd.Index:
    """Return what the rows are called: by their index, or from 1 where it does not tell them apart."""
    several = isinstance(index, pd.MultiIndex)
    if not index.is_unique or (not several and index.hasnans):
        return pd.RangeIndex(1, len(index) + 1, name="row")
    if several or not (_is_text(index) or pd.api.types.is_integer_dtype(index.dtype)):
        return pd.Index(_as_text(index), dtype=object, name="row")
    return index.rename("row")


def _is_text(index: pd.Index) -> bool:
    return not isinstance(index, pd.MultiIndex) and len(index) > 0 and all(isinstance(label, str) for label in index)


def _as_text(index: pd.Index) -> list[str]:
    several = isinstance(index, pd.MultiIndex)
    return [", ".join(map(str, label)) if several else str(label) for label in index]


def _levels(frame: pd.DataFrame, part: InputSpec, role: str) -> dict[str, pd.Series]:
    """Return the columns that stand in the index: its named levels, and the ids where no column holds them."""
    index = frame.index
    named = {str(name): index.get_level_values(number) for number, name in enumerate(index.names) if name is not None}
    kept = [name for name in named if name not in frame.columns and not (role in _OF_EDGES and name == STREETS.index)]
    levels = {name: pd.Series(named[name].array, index=index) for name in kept}
    contract = CONTRACTS.get("districts" if role == "zones" else role)
    if contract is None or contract.index in {*part.columns, *map(str, frame.columns), *levels}:
        return levels
    if named or _is_text(index):
        levels[contract.index] = pd.Series(_as_text(index), index=index, dtype=object)
    return levels


def _is_kept(head: str, cells: pd.Series) -> bool:
    return head in _SECOND_SHAPES or not isinstance(cells.dtype, GeometryDtype)


def _cells(cells: pd.Series) -> pd.Series:
    """Return cells as a file gives them: of categories and of types with gaps the plain values."""
    plain = isinstance(cells.dtype, np.dtype | GeometryDtype | pd.StringDtype | pd.DatetimeTZDtype)
    return cells if plain else cells.astype(object).where(cells.notna(), None)


def frame_sha256(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of what a table holds: index, columns, types, values, geometry and CRS.

    Examples
    --------
    >>> table = pd.DataFrame({"beds": [10, 20]}, index=["a", "b"])
    >>> frame_sha256(table) == frame_sha256(table.copy()), frame_sha256(table) == frame_sha256(table.iloc[::-1])
    (True, False)
    """
    digest = hashlib.sha256()
    for head, cells in _parts(frame):
        digest.update(repr((*head, str(cells.dtype), len(cells))).encode("utf-8", "backslashreplace"))
        for piece in _bytes(cells):
            digest.update(piece)
    return digest.hexdigest()


def _parts(frame: pd.DataFrame) -> Iterator[tuple[tuple[object, ...], pd.Series]]:
    """Yield the levels of the index and the columns of a table, each under what it is called."""
    places = frame._geometry_column_name if isinstance(frame, gpd.GeoDataFrame) else None
    for number, name in enumerate(frame.index.names):
        yield ("index", name), pd.Series(frame.index.get_level_values(number).array)
    for number, name in enumerate(frame.columns):
        yield ("places" if name == places else "column", name), frame.iloc[:, number]


def _bytes(cells: pd.Series) -> Iterator[bytes]:
    if isinstance(cells.dtype, GeometryDtype):
        crs = cells.array.crs
        yield b"" if crs is None else crs.to_wkt().encode()
        shapes = shapely.to_wkb(np.asarray(cells.array))
        yield np.array([-1 if shape is None else len(shape) for shape in shapes], dtype=np.int64).tobytes()
        yield b"".join(shape for shape in shapes if shape is not None)
    elif isinstance(cells.dtype, np.dtype) and cells.dtype.kind in "biufcmM":
        yield np.ascontiguousarray(cells.to_numpy()).tobytes()
    else:
        yield "\n".join(map(repr, cells.tolist())).encode("utf-8", "backslashreplace")


def frames_of(
    keys: Mapping[str, Any],
    inputs: Mapping[str, object],
    columns: Mapping[str, Mapping[str, str]],
    datum: str | Mapping[str, str] | None,
    said: Mapping[str, Mapping[str, Any]],
) -> Frames:
    """Return the inputs of a study from tables, and what a study file of them would say.

    Parameters
    ----------
    keys
        What stands above the first table of a study file, and ``walking``.
    inputs
        Tables by the names of `zzgeo.Study.from_frames`; None where there is none.
    columns, datum, said
        As `zzgeo.Study.from_frames` takes them.

    Raises
    ------
    InputError
        ``config.invalid`` for all that is wrong with what is said.
    """
    gathered = _Gathered(columns, datum, said)
    declare_levels(own_levels(keys.get("levels")), FROM_FRAMES)
    content = {**keys, "facilities": gathered.facilities(inputs.get("facilities"))}
    content["units"] = gathered.units(inputs.get("units"))
    for name in _OF_ONE:
        if inputs.get(name) is not None:
            content[_ROLES.get(name, name)] = gathered.part(name, name, inputs[name])
    for name in _OF_SEVERAL:
        content[name] = gathered.by_id(name, inputs.get(name))
    problems = gathered.told()
    declare_groups(own_groups(keys.get("groups")), FROM_FRAMES)
    try:
        spec = StudySpec.model_validate(content)
    except ValidationError as error:
        problems += [key_problem(FROM_FRAMES, as_written(dict(fault), content), {}) for fault in error.errors()]
    if problems:
        raise InputError(problems)
    return Frames(spec, gathered.tables)


class _Gathered:
    """The tables of a study and what is said of each, gathered one after the other."""

    def __init__(
        self,
        columns: Mapping[str, Mapping[str, str]],
        datum: str | Mapping[str, str] | None,
        said: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.tables: dict[str, pd.DataFrame] = {}
        self._problems: list[Problem] = []
        self._heard: set[str] = set()
        self._said = said
        self._columns = columns
        self._datum = datum

    def part(self, name: str, source: str, frame: object, **own: str) -> dict[str, Any]:
        """Keep a table, and return what is said of it: of all tables of its name, and of itself."""
        self._heard |= {name, source}
        if isinstance(frame, pd.DataFrame):
            # nobody writes to it: with a later change of the caller's own the study would rest on another table
            self.tables[source] = frame.copy(deep=False)
        else:
            self._wrong(source, f"a {type(frame).__name__}", "a GeoDataFrame or DataFrame is needed")
        datum = {name: self._datum} if isinstance(self._datum, str) else self._datum or {}
        spatial = name not in PLAIN_ROLES
        part: dict[str, Any] = {"source": source}
        for key in (name, source):
            part |= self._said.get(key, {})
            part |= {"columns": dict(self._columns[key])} if key in self._columns else {}
            part |= {"datum": datum[key]} if key in datum and spatial else {}
        return part | own

    def facilities(self, given: object) -> list[dict[str, Any]]:
        """Keep the lists of facilities: one, one of each kind, or several."""
        if given is None:
            return []
        self._heard.add("facilities")
        if isinstance(given, pd.DataFrame):
            return [self.part("facilities", "facilities", given)]
        if isinstance(given, Mapping):
            return [
                self.part("facilities", f"facilities[{kind}]", frame, kind=kind_of(str(kind)) or str(kind))
                for kind, frame in given.items()
            ]
        if isinstance(given, list | tuple):
            return [self.part("facilities", f"facilities[{n}]", frame) for n, frame in enumerate(given)]
        self._wrong("facilities", f"a {type(given).__name__}", "a table, {kind: table} or a list of tables is needed")
        return []

    def units(self, given: object) -> dict[str, Any] | list[dict[str, Any]]:
        """Keep the layers of units: one, one of each type, or several."""
        if isinstance(given, Mapping):
            return [
                self.part("units", f"units[{word}]", frame, type=type_of(str(word)) or str(word))
                for word, frame in given.items()
            ]
        if isinstance(given, list | tuple):
            return [self.part("units", f"units[{n}]", frame) for n, frame in enumerate(given)]
        return [] if given is None else self.part("units", "units", given)

    def by_id(self, name: str, given: object) -> list[dict[str, Any]]:
        """Keep tables that have an id each."""
        if given is None or isinstance(given, Mapping):
            return [self.part(name, f"{name}[{key}]", frame, id=str(key)) for key, frame in (given or {}).items()]
        self._wrong(name, f"a {type(given).__name__}", "{id: table} is needed")
        return []

    def told(self) -> list[Problem]:
        """Return what is wrong: tables that are none, and what is said of an input that was not given."""
        datum = {} if isinstance(self._datum, str) else self._datum or {}
        for where, names in (("columns", self._columns), ("datum", datum), ("said", self._said)):
            for name in names:
                if name not in self._heard:
                    self._wrong(where, str(name), f"no input is called so; they are {', '.join(sorted(self._heard))}")
        return self._problems

    def _wrong(self, key: str, value: str, why: str) -> None:
        self._problems.append(Problem("config.invalid", FROM_FRAMES, f"{key}: {value}", why, "correct the value"))
