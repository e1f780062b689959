"""From the inputs of a study to its tables: each file read, put through the steps of its role, and accounted for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ParamSpec

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.crs.datums import WGS84, step_to
from zzgeo.errors import InputError, Problem
from zzgeo.formats import read_layer, sources
from zzgeo.formats.parts.base import Options, RawLayer, Rejected, checked_path
from zzgeo.formats.parts.kept_layers import kept_layer
from zzgeo.intake import roles
from zzgeo.intake.account import Account, account_of
from zzgeo.intake.claims import layer_datum
from zzgeo.intake.estimates import Estimate, of_units
from zzgeo.intake.facilities import nested, no_facilities, one_layer, one_of_each_kind
from zzgeo.intake.frames import Frames
from zzgeo.intake.headers import offer_columns
from zzgeo.intake.lists import FacilityList, list_of, unknown_districts
from zzgeo.intake.location import near_duplicates
from zzgeo.intake.lost import Lost, lost_kinds, lost_rows, together
from zzgeo.intake.lost_people import joined_lost, lost_people, no_lost_people
from zzgeo.intake.nesting import filled, in_levels
from zzgeo.intake.people import spread_over_units
from zzgeo.intake.proposal import is_marked
from zzgeo.intake.rows import Step, rows_of, set_aside_at, through
from zzgeo.spec.study_file import AreaSpec, FacilitiesSpec, InputSpec, StreetsSpec, TableSpec
from zzgeo.spec.walking_profile import WalkingProfile

Args = ParamSpec("Args")


@dataclass(frozen=True)
class Built:
    """What became of an input: a table, the problems found, the rows set aside, the account of its files.

    ``lost`` counts rows of facilities that could not be used, by the kinds they may be of; ``lost_people`` tells rows
    of people and units that could not (`zzgeo.intake.lost_people`); ``lists`` say what is known of each list.
    ``aside_at`` says where rows that were set aside lie, as far as they have a place: metres in the CRS of the table,
    by file and row. ``estimates`` tell what of its people is estimated.
    """

    table: Any = None
    problems: tuple[Problem, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    accounts: tuple[Account, ...] = ()
    lost: Lost = field(default_factory=dict)
    lists: tuple[FacilityList, ...] = ()
    lost_people: pd.DataFrame = field(default_factory=no_lost_people)
    aside_at: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    estimates: tuple[Estimate, ...] = ()

    @property
    def refused(self) -> bool:
        """Tell whether an error was told: then the table is not to be used."""
        return any(problem.severity == "error" for problem in self.problems)


def taken(build: Callable[Args, Built], *args: Args.args, **options: Args.kwargs) -> Built:
    """Return what became of an input; of one that is refused before it can be read, the problems alone."""
    try:
        return build(*args, **options)
    except InputError as error:
        return Built(problems=error.problems)


#: What a map of tags says of these is held against the day of a study; facilities keep the days they opened and closed.
_OF_A_DAY = frozenset(("streets", "barriers", "districts", "zones", "areas", "land"))


def read_input(
    spec: InputSpec,
    folder: Path | Frames,
    role: str,
    profile: WalkingProfile | None = None,
    usual: str = "",
    as_of: dt.date | None = None,
) -> RawLayer:
    """Read the file of one input, or ask its source, as it stands; `profile` says which ways of a map are streets.

    The file is in a folder, or there are tables in memory in place of files; `usual` is the layer to read of several
    of which none is named; `as_of` the day for which a map says what is there.

    Raises
    ------
    InputError
        If the file is refused.
    """
    if isinstance(folder, Frames):
        return folder.layer(spec, role)
    options = options_of(spec, role, profile, usual, as_of)
    source = sources().get(spec.source)
    if source is not None:
        return source.read(options)
    path = checked_path(spec.source, folder, role)
    kept = kept_layer(path, options)
    return read_layer(path, options) if kept is None else kept


def options_of(
    spec: InputSpec,
    role: str,
    profile: WalkingProfile | None = None,
    usual: str = "",
    as_of: dt.date | None = None,
) -> Options:
    """Return how the file of one input is read."""
    kind = getattr(spec, "kind", None)
    word = getattr(spec, "kind_column", None)
    wanted = (*spec.columns.values(), *([word] if word else []))
    codes, kinds = getattr(spec, "codes", ()), (kind,) if kind else ()
    options = Options(role, spec.layer, spec.sheet, spec.encoding, codes, kinds, wanted, spec.table, spec.connection)
    return replace(
        options,
        profile=profile,
        include=getattr(spec, "include", ()),
        usual=usual,
        as_of=as_of if role in _OF_A_DAY else None,
    )


def built_layer(raw: RawLayer, layer: str, spec: InputSpec, steps: Iterable[Step], after: Iterable[Step] = ()) -> Built:
    """Return a layer after the steps of its role, with its account unless it was refused.

    ``after`` are steps for a table that is accounted for: it need no longer stand on the rows of its file.
    """
    rows = through(rows_of(raw), steps)
    accounts = () if rows.refused else (account_of(rows, layer, spec.dated),)
    rows = through(rows, after)
    built = Built(rows.table, rows.notes, rows.rejected, accounts, aside_at=set_aside_at(rows))
    if rows.refused or layer not in ("demand", "units"):
        return built
    return replace(built, lost_people=lost_people(layer, spec, raw, rows.rejected, rows.table))


def middle_of(raw: RawLayer, spec: InputSpec) -> tuple[float, float]:
    """Return where on earth districts lie: longitude and latitude of their middle.

    Raises
    ------
    InputError
        ``schema.missing_column`` where they are no map layer, ``layer.empty``, ``crs.missing``, ``crs.mismatch``.
    """
    if not isinstance(raw.table, gpd.GeoDataFrame):
        why, remedy = "districts are polygons", "send a map layer, not a table"
        raise InputError([Problem("schema.missing_column", raw.file, "geometry", why, remedy)])
    if not len(raw.table):
        why, remedy = "the layer has no rows", "send the layer again"
        raise InputError([Problem("layer.empty", raw.file, "rows=0", why, remedy)])
    datum = layer_datum(raw, spec.datum, raw.file)
    west, south, east, north = raw.table.total_bounds
    lon, lat = step_to(datum.crs, WGS84.crs).transform((west + east) / 2, (south + north) / 2)
    if not (np.isfinite(lon) and np.isfinite(lat)):
        why, remedy = "the coordinates are not of this CRS", "correct the datum in study.toml"
        raise InputError([Problem("crs.mismatch", raw.file, datum.name, why, remedy)])
    return float(lon), float(lat)


def facility_layer(
    folder: Path | Frames,
    specs: Sequence[FacilitiesSpec],
    crs: pyproj.CRS,
    districts: gpd.GeoDataFrame,
    profile: WalkingProfile | None = None,
    *,
    usual: str | None = None,
) -> Built:
    """Build one facility layer from all lists; every row's kind is told by the study, or the row is set aside.

    `profile` says which ways of a map lead into an area. Given `usual`, nobody has confirmed how the columns are
    called: where none is named the usual headings are read, which is told, and of several layers that one.
    """

    def build(spec: FacilitiesSpec) -> Built:
        raw = read_input(spec, folder, "facilities", profile, usual or "")
        note: tuple[Problem, ...] = ()
        if usual is not None:
            spec, note = _by_headings(_in_degrees_of_zzgeo(spec, raw), raw)
        built = built_layer(raw, "facilities", spec, roles.facilities(spec, crs, districts), (one_of_each_kind,))
        if built.refused:
            return replace(built, lost=lost_rows(spec, raw, built.rejected, ()))
        lost = lost_rows(spec, raw, built.rejected, tuple(built.table["kind"].unique()))
        problems = (*note, *built.problems, *unknown_districts(spec, raw.file, districts.index))
        return replace(built, problems=problems, lost=lost, lists=(list_of(spec, raw.file, built.table, lost),))

    parts = [taken(build, spec) for spec in specs]
    # what could not even be read is told before what was read and refused
    told = sorted(parts, key=lambda part: part.table is not None)
    whole = joined(told)
    if whole.refused or not parts:
        return replace(whole, table=no_facilities(crs), accounts=())
    table = one_layer([part.table for part in parts], crs)
    lost = together(part.lost for part in parts)
    told_of = (*lost_kinds(lost, table["kind"].value_counts().to_dict()), *near_duplicates(table), *nested(table))
    return replace(whole, table=table, problems=(*whole.problems, *told_of), lost=lost)


def _in_degrees_of_zzgeo(spec: FacilitiesSpec, raw: RawLayer) -> FacilitiesSpec:
    """Return a list with its datum where a proposal is told in degrees: zzgeo writes no others than WGS84."""
    written = raw.crs is not None and raw.crs.is_geographic and is_marked(raw.table)
    return spec.model_copy(update={"datum": WGS84.name}) if written and spec.datum is None else spec


def _by_headings(spec: FacilitiesSpec, raw: RawLayer) -> tuple[FacilitiesSpec, tuple[Problem, ...]]:
    """Return a list that names no column with the usual headings of its file, and what is told of that."""
    if spec.columns:
        return spec, ()
    columns = offer_columns(raw.table.columns, "facilities", places=not isinstance(raw.table, gpd.GeoDataFrame))
    if spec.kind or spec.kind_column:
        columns.pop("kind", None)
    guessed = ", ".join(f"{heading} as {name}" for name, heading in columns.items() if heading != name)
    kind = columns.pop("kind", spec.kind_column)
    why, remedy = "nobody has said how its columns are called", "nothing to do if they are right; else rename them"
    note = Problem("schema.usual_headings", raw.file, guessed, why, remedy, "warning")
    return spec.model_copy(update={"columns": columns, "kind_column": kind}), (note,) if guessed else ()


def joined(parts: Iterable[Built]) -> Built:
    """Return what became of several inputs, without their tables."""
    parts = list(parts)
    return Built(
        None,
        tuple(problem for part in parts for problem in part.problems),
        tuple(row for part in parts for row in part.rejected),
        tuple(account for part in parts for account in part.accounts),
        lists=tuple(one for part in parts for one in part.lists),
        lost_people=joined_lost(part.lost_people for part in parts),
        aside_at={row: place for part in parts for row, place in part.aside_at.items()},
    )


def street_layer(
    folder: Path | Frames,
    spec: StreetsSpec,
    crs: pyproj.CRS,
    profile: WalkingProfile,
    as_of: dt.date | None = None,
) -> Built:
    """Build the street table: LineStrings in the metric CRS, attributes kept, what nobody walks on set aside by tag.

    `as_of` is the day for which a map says what is there.
    """
    raw = read_input(spec, folder, "streets", profile, as_of=as_of)
    return built_layer(raw, "streets", spec, roles.streets(spec, crs, profile, as_of), roles.edges(spec))


def demand_of_units(units: gpd.GeoDataFrame, land: gpd.GeoDataFrame | None, step_m: float = 100.0) -> Built:
    """Build the demand of a study that gives none: the people of its units, spread evenly."""
    table, note = spread_over_units(units, land, step_m)
    return Built(table, (note,), estimates=(of_units(table["unit"].nunique()),))


def units_layer(parts: Sequence[Built]) -> Built | None:
    """Build one unit layer of the layers of a study, each unit with the one it lies in; None where there is none."""
    if not parts:
        return None
    whole = parts[0] if len(parts) == 1 else joined(parts)
    if whole.refused:
        return whole
    table = gpd.GeoDataFrame(pd.concat([part.table for part in parts])) if len(parts) > 1 else whole.table
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        why = "units of two layers have the same code: nobody could tell them apart"
        remedy = "give the units of each level codes of their own"
        problem = Problem("id.duplicate", "units", ", ".join(map(str, twice[:5])), why, remedy)
        return replace(whole, problems=(*whole.problems, problem))
    table, problems = in_levels(table.rename_axis("code"), len(parts))
    return replace(whole, table=table, problems=(*whole.problems, *problems))


def with_people(units: Built | None, demand: Built | None, *, from_units: bool) -> Built | None:
    """Return the unit layer with the people who live in units of which no table says how many do."""
    if units is None or demand is None or units.refused or demand.refused:
        return units
    table, problems = filled(units.table, demand.table, from_units=from_units)
    return replace(units, table=table, problems=(*units.problems, *problems))


def area_shapes(
    folder: Path | Frames, specs: Sequence[AreaSpec], crs: pyproj.CRS, as_of: dt.date | None = None
) -> tuple[dict[str, BaseGeometry], Built]:
    """Build the named areas clauses apply to: ({id: polygon}, what became of their files)."""

    def build(spec: AreaSpec) -> Built:
        return built_layer(read_input(spec, folder, "areas", as_of=as_of), "areas", spec, roles.land(spec, crs))

    parts = [(spec.id, taken(build, spec)) for spec in specs]
    shapes = {name: shapely.union_all(part.table.geometry.values) for name, part in parts if not part.refused}
    return shapes, joined(part for _, part in parts)


def plain_tables(
    folder: Path | Frames, indicators: InputSpec | None, tables: Sequence[TableSpec], districts: gpd.GeoDataFrame
) -> tuple[dict[str, pd.DataFrame], Built]:
    """Read ``[indicators]`` and every ``[[tables]]``: ({id: table}, what became of their files)."""

    def build(spec: InputSpec, role: str, name: str, steps: Iterable[Step]) -> Built:
        return built_layer(read_input(spec, folder, role), name, spec, steps)

    parts = [(spec.id, taken(build, spec, "tables", spec.id, roles.table(spec, districts))) for spec in tables]
    if indicators is not None:
        steps = roles.indicators(indicators, districts)
        parts.insert(0, ("indicators", taken(build, indicators, "indicators", "indicators", steps)))
    found = {name: part.table for name, part in parts if not part.refused}
    return found, joined(part for _, part in parts)
