"""A study: one place, its inputs, its date; loaded and checked in one pass.

Every row that is read is used or stands in ``quarantined``; every problem of every layer is reported together.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.crs.ground import Ground
from zzgeo.crs.metric import SCALE_REFUSED, check_metric_crs, metric_crs_for, parse_datum, scale_error
from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import reject_table
from zzgeo.intake import roles
from zzgeo.intake.account import Account
from zzgeo.intake.datum_check import datum_doubts
from zzgeo.intake.facilities import known_kinds, stale_lists
from zzgeo.intake.lost import Lost
from zzgeo.intake.on_streets import OnStreets
from zzgeo.intake.population import raster_demand
from zzgeo.intake.proposal import Proposal
from zzgeo.intake.scenario import Scenarios, scenario_problems
from zzgeo.intake.tables import (
    Built,
    area_shapes,
    built_layer,
    demand_of_units,
    facility_layer,
    middle_of,
    plain_tables,
    read_input,
    street_layer,
    taken,
)
from zzgeo.intake.topology import topology_problems, zone_problems
from zzgeo.intake.totals import districts_without_people, totals_problems
from zzgeo.intake.walking import Walking, study_walking
from zzgeo.land import areal
from zzgeo.memory import bulk_work
from zzgeo.notebook import table_html
from zzgeo.numbers import people_text
from zzgeo.spec.kinds import KINDS
from zzgeo.spec.schema import DEMAND, DISTRICTS, FACILITIES, STREETS, UNITS, Contract, validate
from zzgeo.spec.study_file import InputSpec, ScenarioSpec, StudySpec, read_study_file, study_path
from zzgeo.spec.walking import JOIN_M
from zzgeo.vocabulary.people import POPULATION_GROUPS

#: The stretch of a CRS is looked at in a square of so many places a side over the districts.
_SIDE = 9


@dataclass(frozen=True)
class Study(Scenarios):
    """A checked study: every table fulfils its contract, all in one metric CRS.

    Parameters
    ----------
    path
        The study file.
    name, name_en
        The place.
    jurisdiction
        Whose standards apply.
    as_of
        The day the facilities are judged on.
    crs
        The metric CRS of all tables.
    districts
        Polygons indexed by code, shape (n_districts, ...), with ``name``.
    facilities
        Points or polygons indexed by id, shape (n_facilities, ...), with ``kind``; ``capacity`` in beds or places,
        ``floor_area_m2``, ``opened`` and ``closed`` where the list has them.
    demand
        Points indexed by id, shape (n_points, ...), with people by group and ``district``.
    units
        Polygons of communities and villages, shape (n_units, ...), with ``type``.
    streets
        Lines; `on_streets` builds the walking network from them (`zzgeo.network`).
    barriers
        Lines or polygons nobody can cross on foot: the network is cut there.
    land
        Polygons of land use.
    areas
        Named parts of the city that clauses speak of.
    zones
        Polygons of functional zones; they overlap the districts.
    indicators
        Values the city reports: ``indicator``, ``district``, ``year``, ``value``, ``unit``.
    tables
        Other tables by name, as they were read.
    walking
        The walking profile with its speeds, and the longest way to the street in metres.
    join_m
        Ends of streets no further apart than this are joined, in metres.
    profile, standards
        What the study is judged by unless the audit says otherwise: id of a profile, files of its own.
    notice
        Sentences every result repeats, by language.
    approval
        Map-approval number, printed on every map.
    accounts
        What became of the rows of each input.
    quarantined
        Every row set aside: ``file``, ``row``, ``field``, ``value``, ``code``, ``reason``.
    warnings
        What the user should know of data that was taken.
    kinds_known
        Kinds of facilities the study has lists of; a kind that is not among them is no data, not none.
    lost
        Rows of facilities that could not be used, {kinds they may be of: number} (`zzgeo.intake.lost`).
    ground
        Takes the stretch of `crs` out of straight distances; without it (a study built by hand) they are metres of the
        CRS.
    scenarios
        The scenarios of the study file, for `scenario`.
    proposal
        What makes this study a scenario (`zzgeo.intake.proposal`); None where it is what is there.
    on_streets
        The walking network, and where people and facilities stand on it; made of the tables above, not given.
    """

    path: Path
    name: str
    name_en: str | None
    jurisdiction: str
    as_of: dt.date
    crs: pyproj.CRS
    districts: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    units: gpd.GeoDataFrame | None = None
    streets: gpd.GeoDataFrame | None = None
    barriers: gpd.GeoDataFrame | None = None
    land: gpd.GeoDataFrame | None = None
    areas: dict[str, BaseGeometry] = field(default_factory=dict)
    zones: gpd.GeoDataFrame | None = None
    indicators: pd.DataFrame | None = None
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    walking: Walking = field(default_factory=Walking)
    join_m: float = JOIN_M
    profile: str | None = None
    standards: tuple[Path, ...] = ()
    notice: dict[str, str] = field(default_factory=dict)
    approval: str = ""
    accounts: tuple[Account, ...] = ()
    quarantined: pd.DataFrame = field(default_factory=lambda: reject_table([]))
    warnings: tuple[Problem, ...] = ()
    kinds_known: frozenset[str] = frozenset()
    lost: Lost = field(default_factory=dict)
    ground: Ground | None = None
    scenarios: tuple[ScenarioSpec, ...] = ()
    proposal: Proposal | None = None
    on_streets: OnStreets = field(default=None, repr=False, compare=False)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        tables = (self.streets, self.barriers, self.demand, self.facilities)
        # a study made of another by `dataclasses.replace` keeps what was computed of the tables it shares
        limits = (self.join_m, self.walking.snap_max_m, self.walking.dem)
        now = OnStreets(*tables, self.ground, *limits)
        object.__setattr__(self, "on_streets", now.after(self.on_streets))

    def __repr__(self) -> str:
        people = self.demand["residents"].sum() if "residents" in self.demand else float("nan")
        return (
            f"<Study {self.name} as of {self.as_of}: {len(self.districts)} districts, "
            f"{0 if self.units is None else len(self.units)} units, {len(self.facilities)} facilities, "
            f"{len(self.demand)} demand points, {people:,.0f} residents, {len(self.quarantined)} rows set aside>"
        )

    def _repr_html_(self) -> str:
        kinds = self.facilities["kind"].value_counts() if len(self.facilities) else {}
        held = ", ".join(f"{KINDS[kind].zh if kind in KINDS else kind} {count:,}" for kind, count in kinds.items())
        groups = [group for group in POPULATION_GROUPS if group in self.demand.columns]
        people = ", ".join(f"{POPULATION_GROUPS[group][0]} {people_text(self.demand[group].sum())}" for group in groups)
        heads = ["layer", "file", "rows read", "used", "set aside", "datum", "dated"]
        rows = [
            [
                account.layer,
                account.path,
                *(f"{n:,}" for n in (account.rows_read, account.rows_used, account.rows_rejected)),
                account.datum,
                str(account.dated or ""),
            ]
            for account in self.accounts
        ]
        size = f"{len(self.districts):,} districts, {len(self.units) if self.units is not None else 0:,} units"
        notes = [*self.notice.values(), f"{size}; {held}", people]
        more = f"{len(self.quarantined):,} rows set aside, {len(self.warnings):,} warnings"
        return table_html(f"{self.name} {self.as_of}", heads, rows, notes=notes, more=more)


def load_study(path: str | Path) -> Study:
    """Load and check a study.

    Parameters
    ----------
    path
        A ``study.toml``, or the folder that holds one.

    Returns
    -------
    Study
        All tables in one metric CRS, each fulfilling its contract.

    Raises
    ------
    InputError
        With *every* problem of the study file and of all its layers.

    Examples
    --------
    >>> import tempfile
    >>> from zzgeo.intake.example import write_example
    >>> load_study(write_example(tempfile.mkdtemp()))
    <Study Littleton as of 2018-12-31: 2 districts, 0 units, 2 facilities, 6 demand points, 7,000 residents, 0 rows set
    aside>
    """
    study, problems = check_study(path)
    if study is None:
        raise InputError([problem for problem in problems if problem.severity == "error"])
    return study


@bulk_work()
def check_study(path: str | Path) -> tuple[Study | None, list[Problem]]:
    """Load a study as far as it goes, and tell every problem and warning.

    Parameters
    ----------
    path
        A ``study.toml``, or the folder that holds one.

    Returns
    -------
    (Study or None, list of Problem)
        None if the study is refused; warnings are told of an accepted study too.

    Raises
    ------
    InputError
        If the study file itself cannot be read.
    """
    path = study_path(Path(path))
    spec, folder = read_study_file(path), path.parent
    walking = study_walking(spec.walking, folder)
    try:
        raw = read_input(spec.districts, folder, "districts")
        place = middle_of(raw, spec.districts)
    except InputError as error:
        return None, [*error.problems, *_only_read(spec, folder)]
    crs, of_crs = _metric_crs(spec, path.name, place)
    if crs is None:
        return None, [*of_crs, *_only_read(spec, folder)]
    districts = built_layer(raw, "districts", spec.districts, roles.study_districts(spec.districts, crs))
    if districts.refused:
        return None, [*of_crs, *districts.problems, *_only_read(spec, folder)]
    layers = _Layers(districts, **_others(spec, folder, crs, districts.table, walking))
    problems = [*of_crs, *layers.problems]
    if any(problem.severity == "error" for problem in problems):
        return None, problems
    return _whole(path, spec, crs, layers, problems, walking)


@dataclass(frozen=True)
class _Layers:
    """What became of every input of a study, in the order it is told; None where the study has no such input."""

    districts: Built
    units: Built | None
    land: Built | None
    streets: Built | None
    barriers: Built | None
    facilities: Built
    demand: Built | None
    areas: Built
    zones: Built | None
    plain: Built
    shapes: dict[str, BaseGeometry]
    tables: dict[str, pd.DataFrame]

    @property
    def parts(self) -> list[Built]:
        found = [getattr(self, one.name) for one in dataclasses.fields(self)]
        return [one for one in found if isinstance(one, Built)]

    @property
    def problems(self) -> list[Problem]:
        return [problem for part in self.parts for problem in part.problems]

    @property
    def accounts(self) -> tuple[Account, ...]:
        return tuple(account for part in self.parts for account in part.accounts)


def _others(
    spec: StudySpec, folder: Path, crs: pyproj.CRS, districts: gpd.GeoDataFrame, walking: Walking
) -> dict[str, Any]:
    """Return what became of the inputs beside the districts; each is built though another was refused."""

    def built(role: str, part: InputSpec | None, steps: Callable[..., roles.Steps], *beside: Any) -> Built | None:
        if part is None:
            return None
        return taken(
            lambda: built_layer(read_input(part, folder, role, walking.profile), role, part, steps(part, crs, *beside))
        )

    units = built("units", spec.units, roles.units, districts)
    land = built("land", spec.land, roles.land)
    streets, barriers = None, built("barriers", spec.barriers, roles.barriers)
    if spec.streets is not None:
        streets = taken(street_layer, folder, spec.streets, crs, walking.profile)
    facilities = taken(facility_layer, folder, spec.facilities, crs, districts, walking.profile)
    homes = units.table if units and not units.refused else None
    if spec.demand is not None and spec.demand.is_raster:
        demand: Built | None = taken(raster_demand, folder, spec.demand, crs, districts, homes)
    elif spec.demand is not None:
        demand = built("demand", spec.demand, roles.demand, districts, homes)
    else:
        ground = land.table if land and not land.refused else None
        demand = None if homes is None else taken(demand_of_units, homes, ground)
    shapes, areas = area_shapes(folder, spec.areas, crs)
    zones = built("zones", spec.zones, roles.zones)
    tables, plain = plain_tables(folder, spec.indicators, spec.tables, districts)
    return {
        "units": units,
        "land": land,
        "streets": streets,
        "barriers": barriers,
        "facilities": facilities,
        "demand": demand,
        "areas": areas,
        "zones": zones,
        "plain": plain,
        "shapes": shapes,
        "tables": tables,
    }


def _only_read(spec: StudySpec, folder: Path) -> list[Problem]:
    """Without districts nothing can be placed; the other files are still opened, so that all is told at once."""
    others: list[tuple[InputSpec | None, str]] = [
        (spec.units, "units"),
        (spec.land, "land"),
        (spec.streets, "streets"),
        (spec.demand, "demand"),
        *((one, "facilities") for one in spec.facilities),
        *((one, "areas") for one in spec.areas),
        *((one, "tables") for one in spec.tables),
        (spec.indicators, "indicators"),
        (spec.zones, "zones"),
        (spec.barriers, "barriers"),
    ]

    def told(part: InputSpec, role: str) -> tuple[Problem, ...]:
        try:
            return read_input(part, folder, role).notes
        except InputError as error:
            return error.problems

    return [problem for part, role in others if part is not None for problem in told(part, role)]


def _metric_crs(spec: StudySpec, file: str, place: tuple[float, float]) -> tuple[pyproj.CRS | None, list[Problem]]:
    """Return the metric CRS of a study, None where the one it names will not do, and what is told of it."""
    if spec.crs is None:
        crs = metric_crs_for(*place)
        why = "the study names no metric CRS; the one of the place is taken"
        return crs, [Problem("crs.chosen", file, crs.to_string(), why, "nothing to do", "warning")]
    try:
        crs = parse_datum(spec.crs, f"{file} crs").crs
    except InputError as error:
        return None, list(error.problems)
    told = check_metric_crs(crs, *place, f"{file} crs")
    return None if any(problem.severity == "error" for problem in told) else crs, told


def _stretched(crs: pyproj.CRS, districts: gpd.GeoDataFrame, file: str) -> list[Problem]:
    """Warn where the CRS stretches, anywhere in the study, by so much that it would be refused in its middle."""
    west, south, east, north = districts.total_bounds
    x, y = np.meshgrid(np.linspace(west, east, _SIDE), np.linspace(south, north, _SIDE))
    degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(x.ravel(), y.ravel())
    error = scale_error(crs, *degrees)
    if error < SCALE_REFUSED:
        return []
    why = "far from its middle the CRS stretches: walks and straight lines are measured on the ground, areas are not"
    remedy = "audit parts of the place apart, or name a CRS with less stretch"
    return [Problem("crs.stretched", f"{file} crs", f"{crs.to_string()}, up to {error:.1%}", why, remedy, "warning")]


def _whole(
    path: Path, spec: StudySpec, crs: pyproj.CRS, layers: _Layers, problems: list[Problem], walking: Walking
) -> tuple[Study | None, list[Problem]]:
    """Return the study of layers none of which was refused, after they were compared with each other."""
    assert layers.demand is not None
    districts, demand, facilities = layers.districts.table, layers.demand.table, layers.facilities.table
    areas, doubts = _with_central_city(layers.shapes, districts)
    doubts += [*_stretched(crs, districts, path.name), *stale_lists(facilities, spec.as_of)]
    if spec.demand is None or not spec.demand.is_raster:
        file = "units" if spec.demand is None else Path(spec.demand.source).name
        doubts += totals_problems(demand, districts, _table(layers.units), file)
    doubts += topology_problems(districts, demand, "districts")
    if layers.zones is not None:
        doubts += zone_problems(layers.zones.table, districts, demand)
    if layers.streets is not None:
        doubts += datum_doubts(layers.streets.table, facilities, demand, layers.accounts)
    doubts = [*problems, *doubts]
    study = Study(
        path=path,
        name=spec.name,
        name_en=spec.name_en,
        jurisdiction=spec.jurisdiction,
        as_of=spec.as_of,
        crs=crs,
        districts=districts,
        facilities=facilities,
        demand=demand,
        units=_table(layers.units),
        streets=_table(layers.streets),
        barriers=_table(layers.barriers),
        land=_table(layers.land),
        areas=areas,
        zones=_table(layers.zones),
        indicators=layers.tables.get("indicators"),
        tables={name: table for name, table in layers.tables.items() if name != "indicators"},
        walking=walking,
        join_m=JOIN_M if spec.streets is None else spec.streets.join_m,
        profile=spec.profile,
        standards=tuple(path.parent / name for name in spec.standards),
        notice=dict(spec.notice),
        approval=spec.approval,
        accounts=layers.accounts,
        quarantined=reject_table([row for part in layers.parts for row in part.rejected]),
        kinds_known=known_kinds(spec.facilities, facilities["kind"].value_counts().to_dict(), layers.facilities.lost),
        lost=layers.facilities.lost,
        ground=Ground.over(crs, tuple(districts.total_bounds)),
        scenarios=spec.scenario,
    )
    doubts += [*_contract_problems(study), *districts_without_people(demand, districts)]
    if any(problem.severity == "error" for problem in doubts):
        return None, doubts
    # a note of the streets' own file may be one of the network's too
    doubts = [*dict.fromkeys([*doubts, *_network_problems(study)]), *scenario_problems(study)]
    if any(problem.severity == "error" for problem in doubts):
        return None, doubts
    return dataclasses.replace(study, warnings=tuple(doubts)), doubts


def _network_problems(study: Study) -> list[Problem]:
    try:
        return study.on_streets.problems()
    except InputError as error:
        return list(error.problems)


def _table(built: Built | None) -> Any:
    return built.table if built else None


def _contract_problems(study: Study) -> list[Problem]:
    tables: list[tuple[gpd.GeoDataFrame | None, Contract]] = [
        (study.districts, DISTRICTS),
        (study.units, UNITS),
        (study.facilities if len(study.facilities) else None, FACILITIES),
        (study.demand, DEMAND),
        (study.streets, STREETS),
    ]
    return [problem for table, contract in tables if table is not None for problem in validate(table, contract)]


def _with_central_city(
    areas: dict[str, BaseGeometry], districts: gpd.GeoDataFrame
) -> tuple[dict[str, BaseGeometry], list[Problem]]:
    """Where no central city is given, take the city districts inside the fourth ring, and say so (resolutions.md A10).

    City districts are those whose GB/T 2260 code ends in 01 to 20.
    """
    ring = areas.get("ring-4")
    if "central-city" in areas or ring is None or ring.geom_type not in ("Polygon", "MultiPolygon"):
        return areas, []
    inner = [code.isdigit() and len(code) == 6 and 1 <= int(code[4:]) <= 20 for code in districts.index.astype(str)]
    inside = areal(ring.intersection(shapely.union_all(districts.geometry.values[inner])))
    if inside.is_empty:
        return areas, []
    value = f"{inside.area / 1e6:.1f} km²"
    why = "no central-city is given: the city districts inside ring-4 are taken"
    remedy = 'give [[areas]] id = "central-city" if you have it'
    told = Problem("area.derived", "areas", value, why, remedy, "warning")
    return {**areas, "central-city": inside}, [told]
