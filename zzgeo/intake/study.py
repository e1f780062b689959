"""A study: one place, its inputs, its date; loaded and checked in one pass.

Every row that is read is used or stands in ``quarantined``; every problem of every layer is reported together.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.crs.ground import Ground
from zzgeo.crs.metric import check_metric_crs, metric_crs_for, parse_datum
from zzgeo.errors import ConservationError, InputError, Problem
from zzgeo.formats.parts.base import Rejected, reject_table
from zzgeo.intake.datum_check import datum_problems
from zzgeo.intake.facilities import facility_layers, known_kinds
from zzgeo.intake.plain import plain_tables, zone_layer
from zzgeo.intake.population import raster_demand
from zzgeo.intake.streets import barrier_layer, street_layer
from zzgeo.intake.tables import (
    Built,
    area_shapes,
    demand_layer,
    demand_of_units,
    district_layer,
    land_layer,
    read_input,
    unit_layer,
)
from zzgeo.intake.topology import topology_problems, zone_problems
from zzgeo.memory import bulk_work
from zzgeo.notebook import table_html
from zzgeo.numbers import people_text
from zzgeo.spec.kinds import KINDS
from zzgeo.spec.schema import DEMAND, DISTRICTS, FACILITIES, STREETS, UNITS, Contract, validate
from zzgeo.spec.study_file import StudySpec, read_study_file, study_path
from zzgeo.vocabulary.people import POPULATION_GROUPS


@dataclass(frozen=True)
class Walking:
    """Walking speeds in m/s by group of people, speeds for sensitivity, and the longest way to the street in metres."""

    residents: float = 1.1
    aged_60_plus: float = 0.8
    sensitivity: tuple[float, ...] = (0.8, 0.9, 1.0, 1.1)
    snap_max_m: float = 200.0

    def speed(self, group: str) -> float:
        """Return the speed of a group in m/s: that of the elderly for 60+ and 65+, else of residents."""
        return self.aged_60_plus if group in ("aged_60_plus", "aged_65_plus") else self.residents


@dataclass(frozen=True)
class Account:
    """One input file in numbers: rows read = rows used + rows set aside, asserted."""

    layer: str
    path: str
    sha256: str
    rows_read: int
    rows_used: int
    rows_rejected: int
    datum: str
    dated: str

    def __post_init__(self) -> None:
        if self.rows_read != self.rows_used + self.rows_rejected:
            raise ConservationError(
                f"{self.path}: read {self.rows_read} rows, used {self.rows_used}, set aside {self.rows_rejected}"
            )


@dataclass(frozen=True)
class Study:
    """A checked study: every table fulfils its contract, all in one metric CRS.

    ``streets`` are lines; the walking network is built from them when an audit needs it (`zzgeo.network`), cut at the
    ``barriers`` nobody can cross. ``ground`` takes the stretch of ``crs`` out of straight distances; without it (a
    study built by hand) they are metres of the CRS.
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
    profile: str | None = None
    standards: tuple[Path, ...] = ()
    notice: dict[str, str] = field(default_factory=dict)
    approval: str = ""
    accounts: tuple[Account, ...] = ()
    quarantined: pd.DataFrame = field(default_factory=lambda: reject_table([]))
    warnings: tuple[Problem, ...] = ()
    kinds_known: frozenset[str] = frozenset()
    ground: Ground | None = None

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
            [one.layer, one.path, *(f"{n:,}" for n in (one.rows_read, one.rows_used, one.rows_rejected)), one.datum,
             str(one.dated or "")]
            for one in self.accounts
        ]  # fmt: skip
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
    >>> study = load_study("data/zhengzhou-sample/study.toml")  # doctest: +SKIP
    >>> len(study.districts)  # doctest: +SKIP
    12
    """
    study, problems = check_study(path)
    if study is None:
        raise InputError([problem for problem in problems if problem.severity == "error"])
    return study


@bulk_work()
def check_study(path: str | Path) -> tuple[Study | None, list[Problem]]:
    """Load a study as far as it goes: (the study, or None if it is refused; every problem and warning).

    Raises
    ------
    InputError
        If the study file itself cannot be read.
    """
    path = study_path(Path(path))
    spec = read_study_file(path)
    return _Loading(path, spec).run()


class _Loading:
    """The state of one pass over a study's inputs; problems gather, nothing is raised before the end."""

    def __init__(self, path: Path, spec: StudySpec) -> None:
        self.path, self.spec, self.folder = path, spec, path.parent
        self.problems: list[Problem] = []
        self.accounts: list[Account] = []
        self.rejected: list[Rejected] = []

    def take(self, build: Callable[[], Built]) -> Built | None:
        """Run one step; keep its account, rejects and problems; None where it was refused."""
        try:
            built = build()
        except InputError as error:
            self.problems += error.problems
            return None
        self.problems += built.problems
        self.rejected += built.rejected
        if any(problem.severity == "error" for problem in built.problems):
            return None
        for entry in built.inputs:
            self.accounts.append(Account(*entry))
        return built

    def run(self) -> tuple[Study | None, list[Problem]]:
        spec = self.spec
        districts_raw = self.take(lambda: read_input(spec.districts, self.folder, "districts"))
        crs = self._crs(districts_raw)
        if districts_raw is None or crs is None:
            self._only_read()
            return None, self.problems
        districts = self.take(lambda: district_layer(districts_raw, spec.districts, crs))
        if districts is None:
            self._only_read()
            return None, self.problems
        units = demand = land = streets = barriers = None
        if (unit_spec := spec.units) is not None:
            units = self.take(lambda: unit_layer(self.folder, unit_spec, crs, districts.table))
        if (land_spec := spec.land) is not None:
            land = self.take(lambda: land_layer(self.folder, land_spec, crs))
        if (street_spec := spec.streets) is not None:
            streets = self.take(lambda: street_layer(self.folder, street_spec, crs))
        if (barrier_spec := spec.barriers) is not None:
            barriers = self.take(lambda: barrier_layer(self.folder, barrier_spec, crs))
        facilities = self.take(lambda: facility_layers(self.folder, spec.facilities, crs, districts.table))
        unit_table = units.table if units else None
        if (demand_spec := spec.demand) is not None:
            build = raster_demand if demand_spec.is_raster else demand_layer
            demand = self.take(lambda: build(self.folder, demand_spec, crs, districts.table, unit_table))
        elif units:
            demand = self.take(lambda: demand_of_units(units.table, land.table if land else None, districts.table))
        areas = self.take(lambda: area_shapes(self.folder, spec.areas, crs))
        zones = None
        if (zone_spec := spec.zones) is not None:
            zones = self.take(lambda: zone_layer(self.folder, zone_spec, crs))
        plain = self.take(lambda: plain_tables(self.folder, spec.indicators, spec.tables, districts.table))
        if any(problem.severity == "error" for problem in self.problems):
            return None, self.problems
        assert demand is not None
        assert facilities is not None
        assert areas is not None
        assert plain is not None
        self.problems += _add_central_city(areas.shapes, districts.table)
        self.problems += topology_problems(districts.table, demand.table, "districts")
        if zones is not None:
            self.problems += zone_problems(zones.table, districts.table, demand.table)
        if streets is not None:
            self.problems += _datum_doubts(streets.table, facilities.table, demand.table, self.accounts)
        study = dataclasses.replace(
            self._study(crs, districts, units, demand, land, streets, facilities, areas),
            barriers=barriers.table if barriers else None,
            zones=zones.table if zones else None,
            indicators=plain.plain.pop("indicators", None),
            tables=plain.plain,
        )
        self._contracts(study)
        if any(problem.severity == "error" for problem in self.problems):
            return None, self.problems
        return study, self.problems

    def _only_read(self) -> None:
        """Without districts nothing can be placed; the other files are still opened, so that all is told at once."""
        spec = self.spec
        others = [(spec.units, "units"), (spec.land, "land"), (spec.streets, "streets"), (spec.demand, "demand")]
        others += [(one, "facilities") for one in spec.facilities] + [(one, "areas") for one in spec.areas]
        others += [(one, "tables") for one in spec.tables] + [(spec.indicators, "indicators"), (spec.zones, "zones")]
        others += [(spec.barriers, "barriers")]
        for one, role in others:
            if one is not None:
                try:
                    self.problems += read_input(one, self.folder, role).problems
                except InputError as error:
                    self.problems += error.problems

    def _crs(self, districts: Built | None) -> pyproj.CRS | None:
        if districts is None:
            return None
        lon, lat = districts.centre
        if self.spec.crs is None:
            crs = metric_crs_for(lon, lat)
            why = "the study names no metric CRS; the one of the place is taken"
            self.problems.append(
                Problem("crs.chosen", self.path.name, crs.to_string(), why, "nothing to do", "warning")
            )
            return crs
        try:
            datum = parse_datum(self.spec.crs, f"{self.path.name} crs")
        except InputError as error:
            self.problems += error.problems
            return None
        crs = datum.crs
        found = check_metric_crs(crs, lon, lat, f"{self.path.name} crs")
        self.problems += found
        return None if any(problem.severity == "error" for problem in found) else crs

    def _study(
        self, crs: pyproj.CRS, districts: Built, units: Built | None, demand: Built, land: Built | None,
        streets: Built | None, facilities: Built, areas: Built,
    ) -> Study:  # fmt: skip
        spec = self.spec
        return Study(
            path=self.path,
            name=spec.name,
            name_en=spec.name_en,
            jurisdiction=spec.jurisdiction,
            as_of=spec.as_of,
            crs=crs,
            districts=districts.table,
            facilities=facilities.table,
            demand=demand.table,
            units=units.table if units else None,
            streets=streets.table if streets else None,
            land=land.table if land else None,
            areas=areas.shapes,
            walking=Walking(**spec.walking.model_dump()),
            profile=spec.profile,
            standards=tuple(self.folder / name for name in spec.standards),
            notice=dict(spec.notice),
            approval=spec.approval,
            accounts=tuple(self.accounts),
            quarantined=reject_table(self.rejected),
            warnings=tuple(problem for problem in self.problems if problem.severity != "error"),
            kinds_known=known_kinds(spec.facilities, list(facilities.table["kind"].unique())),
            ground=Ground.over(crs, tuple(districts.table.total_bounds)),
        )

    def _contracts(self, study: Study) -> None:
        tables: list[tuple[gpd.GeoDataFrame | None, Contract]] = [
            (study.districts, DISTRICTS),
            (study.units, UNITS),
            (study.facilities if len(study.facilities) else None, FACILITIES),
            (study.demand, DEMAND),
            (study.streets, STREETS),
        ]
        for table, contract in tables:
            if table is not None:
                self.problems += validate(table, contract)
        self.problems += _districts_without_people(study)


def _add_central_city(areas: dict[str, BaseGeometry], districts: gpd.GeoDataFrame) -> list[Problem]:
    """Where no central city is given, take the city districts inside the fourth ring, and say so (conflicts.md A10).

    City districts are those whose GB/T 2260 code ends in 01 to 20.
    """
    ring = areas.get("ring-4")
    if "central-city" in areas or ring is None or ring.geom_type not in ("Polygon", "MultiPolygon"):
        return []
    inner = [code.isdigit() and len(code) == 6 and 1 <= int(code[4:]) <= 20 for code in districts.index.astype(str)]
    inside = ring.intersection(shapely.union_all(districts.geometry.values[inner]))
    if inside.is_empty:
        return []
    areas["central-city"] = inside
    value = f"{inside.area / 1e6:.1f} km²"
    why = "no central-city is given: the city districts inside ring-4 are taken"
    remedy = 'give [[areas]] id = "central-city" if you have it'
    return [Problem("area.derived", "areas", value, why, remedy, "warning")]


def _datum_doubts(
    streets: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, accounts: list[Account]
) -> list[Problem]:
    """Ask the streets whether each list of facilities, and the people, stand where their datum says."""
    if not len(streets):
        return []
    tree = shapely.STRtree(streets.geometry.values)
    datums = {one.path: one.datum for one in accounts if one.layer in ("facilities", "demand")}
    problems = []
    for source, part in facilities.groupby("source"):
        problems += datum_problems(part.geometry, tree, datums.get(str(source), ""), str(source))
    for one in accounts:
        if one.layer == "demand":
            problems += datum_problems(demand.geometry, tree, one.datum, one.path)
    return problems


def _districts_without_people(study: Study) -> list[Problem]:
    """Refuse districts in which nobody lives: their people are missing, they are not zero."""
    groups = [name for name in ("residents", "aged_60_plus") if name in study.demand]
    people = study.demand.groupby("district")[groups].sum().sum(axis=1)
    problems = []
    for code, name in study.districts["name"].items():
        if people.get(code, 0.0) <= 0:
            remedy = "give the people who live there, or take the district out of the study"
            why = "no people fall in this district"
            problems.append(Problem("value.zero_population", "districts", f"{code} {name}", why, remedy))
    return problems
