"""A study: one place, its inputs, its date; loaded and checked in one pass.

Every row that is read is used or stands in ``quarantined``; every problem of every layer is reported together.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypedDict, Unpack

import geopandas as gpd
import pandas as pd
import pyproj
from shapely.geometry.base import BaseGeometry

from zzgeo.crs.ground import Ground
from zzgeo.errors import InputError, Problem, visible
from zzgeo.formats.parts.base import reject_table
from zzgeo.intake.account import Account
from zzgeo.intake.central_city import with_central_city
from zzgeo.intake.datum_check import datum_doubts
from zzgeo.intake.estimates import Estimate
from zzgeo.intake.facilities import known_kinds, stale_lists
from zzgeo.intake.frames import FROM_FRAMES, OTHER_INPUTS, Frames, frames_of
from zzgeo.intake.lists import FacilityList
from zzgeo.intake.lost import Lost
from zzgeo.intake.lost_people import lost_of_study, no_lost_people
from zzgeo.intake.nesting import types_not_counted
from zzgeo.intake.on_streets import OnStreets
from zzgeo.intake.own_grids import with_own_grids
from zzgeo.intake.proposal import Proposal
from zzgeo.intake.said import said_of_study
from zzgeo.intake.scenario import Scenarios, scenario_problems
from zzgeo.intake.soundness import TABLES, LookedAt, table_problems
from zzgeo.intake.study_crs import stretched
from zzgeo.intake.study_layers import StudyLayers, study_layers
from zzgeo.intake.tables import Built
from zzgeo.intake.topology import topology_problems, unit_problems, zone_problems
from zzgeo.intake.totals import districts_without_people, totals_problems
from zzgeo.intake.walking import Walking, study_walking
from zzgeo.memory import bulk_work
from zzgeo.notebook import table_html
from zzgeo.numbers import people_text
from zzgeo.spec.kinds import KINDS
from zzgeo.spec.study_file import ScenarioSpec, StudySpec, read_study_file, study_path
from zzgeo.spec.walking import JOIN_M
from zzgeo.vocabulary.people import POPULATION_GROUPS

#: One list of facilities, one of each kind, or several.
Lists: TypeAlias = gpd.GeoDataFrame | pd.DataFrame | Mapping[str, pd.DataFrame] | Sequence[pd.DataFrame]


class StudyInputs(TypedDict, total=False):
    """What `Study.from_frames` takes beside what nearly every study has."""

    units: Lists | None
    levels: Sequence[Mapping[str, str]]
    land: gpd.GeoDataFrame | None
    barriers: gpd.GeoDataFrame | None
    areas: Mapping[str, gpd.GeoDataFrame] | None
    zones: gpd.GeoDataFrame | None
    indicators: pd.DataFrame | None
    tables: Mapping[str, pd.DataFrame] | None
    columns: Mapping[str, Mapping[str, str]]
    datum: str | Mapping[str, str] | None
    said: Mapping[str, Mapping[str, Any]]
    jurisdiction: str
    name_en: str | None
    crs: str | None
    profile: str | None
    standards: Sequence[str]
    notice: Mapping[str, str]
    approval: str
    walking: Mapping[str, Any]
    groups: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Study(Scenarios):
    """A checked study: every table fulfils its contract, all in one metric CRS.

    Parameters
    ----------
    path
        The study file; None for a study that has none.
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
        Units of all levels (`zzgeo.intake.nesting`), shape (n_units, ...), with ``type``.
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
    lists
        What is known of each list of facilities (`zzgeo.intake.lists`).
    lost
        Rows of facilities that could not be used, {kinds they may be of: number} (`zzgeo.intake.lost`).
    lost_people
        Rows of people and units that could not be used (`zzgeo.intake.lost_people`).
    estimates
        What of the people is estimated, and its doubt (`zzgeo.intake.estimates`).
    ground
        Takes the stretch of `crs` out of straight distances; without it (a study built by hand) they are metres of the
        CRS.
    scenarios
        The scenarios of the study file, for `scenario`.
    proposal
        What makes this study a scenario (`zzgeo.intake.proposal`); None where it is what is there.
    on_streets
        The walking network, and where people and facilities stand on it; made of the tables above, not given.
    aside_at
        Where rows of `quarantined` lie, of those that have a place: ``{(file, row): (x, y)}``, metres in `crs`.
    frames
        The tables in memory it was made from (`from_frames`).
    looked_at
        The tables that were found to fulfil their contracts; made of the tables above, not given.

    Raises
    ------
    InputError
        With every way in which the tables break their contracts (`zzgeo.spec.schema`), are not in `crs`, or speak of a
        district that `districts` has not. Tables shared with the study it was made of by `dataclasses.replace` are
        not looked at again.
    """

    path: Path | None
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
    lists: tuple[FacilityList, ...] = ()
    lost: Lost = field(default_factory=dict)
    lost_people: pd.DataFrame = field(default_factory=no_lost_people)
    estimates: tuple[Estimate, ...] = ()
    ground: Ground | None = None
    scenarios: tuple[ScenarioSpec, ...] = ()
    proposal: Proposal | None = None
    on_streets: OnStreets = field(default=None, repr=False, compare=False)  # type: ignore[assignment]
    aside_at: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict, repr=False, compare=False)
    frames: Frames | None = field(default=None, repr=False, compare=False)
    looked_at: LookedAt | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        own: dict[str, pd.DataFrame | None] = {name: getattr(self, name) for name in TABLES}
        if problems := table_problems(own, self.crs, self.looked_at):
            raise InputError(problems)
        object.__setattr__(self, "looked_at", LookedAt(own, self.crs))
        tables = (self.streets, self.barriers, self.demand, self.facilities)
        # a study made of another by `dataclasses.replace` keeps what was computed of the tables it shares
        limits = (self.join_m, self.walking.snap_max_m, self.walking.dem)
        now = OnStreets(*tables, self.ground, *limits)
        object.__setattr__(self, "on_streets", now.after(self.on_streets))

    @classmethod
    def from_frames(
        cls,
        *,
        name: str,
        as_of: dt.date | str,
        districts: gpd.GeoDataFrame,
        people: gpd.GeoDataFrame | pd.DataFrame | None = None,
        facilities: Lists | None = None,
        streets: gpd.GeoDataFrame | None = None,
        **more: Unpack[StudyInputs],
    ) -> Study:
        """Make a study of tables in memory, with the checks, kinds and accounts of a study of files.

        Parameters
        ----------
        name
            The place.
        as_of
            The day the facilities are judged on.
        districts
            Polygons with ``code`` and ``name``, shape (n_districts, ...).
        people
            Points or areas with ``residents`` and other groups of people, shape (n_places, ...).
        facilities
            A list, ``{kind: list}`` or several lists, each of shape (n_facilities, ...). Without a kind of its own a
            list tells it in a column ``kind``; names suggest it where there is none.
        streets
            Lines, shape (n_lines, ...).
        **more
            ``land``, ``barriers``, ``zones``, ``indicators``: tables as in a study file; ``units``: a table, or several
            as facilities; ``areas``, ``tables``: ``{id: table}``. ``columns``: ``{input: {our name: heading}}``;
            ``datum``: of all, or ``{input: datum}``, where it is not their CRS; ``said``: what else a study file would
            say, ``{input: {key: value}}``; one of several lists is ``"facilities[0]"`` or ``"facilities[hospital]"``.
            ``jurisdiction`` (``"cn"`` if left out) and all other keys as in a study file.

        Returns
        -------
        Study
            As `load_study` makes it of files of the same tables. An index that has a name or holds text gives the ids.
            Its accounts call every table ``in memory``, with the SHA-256 of its content.

        Raises
        ------
        InputError
            With *every* problem of what is said and of all the tables.

        Examples
        --------
        >>> import zzgeo
        >>> from geopandas import GeoDataFrame, points_from_xy
        >>> from shapely import box
        >>> districts = GeoDataFrame({"code": ["E"], "name": ["East"]}, crs="EPSG:4547",
        ...                          geometry=[box(450_000, 3_840_000, 452_000, 3_841_000)])
        >>> people = GeoDataFrame({"residents": [800, 200]}, crs="EPSG:4547",
        ...                       geometry=points_from_xy([450_300, 451_900], [3_840_500, 3_840_500]))
        >>> clinics = GeoDataFrame({"name": ["East clinic"]}, crs="EPSG:4547",
        ...                        geometry=points_from_xy([450_500], [3_840_500]))
        >>> study = Study.from_frames(name="Littleton", as_of="2018-12-31", crs="EPSG:4547", districts=districts,
        ...                           people=people, facilities={"community_health_centre": clinics})
        >>> zzgeo.coverage(study, zzgeo.Reach.radius(500), "community_health_centre").loc["E", ["people", "missed"]]
                   people  missed
        group
        residents  1000.0   200.0
        """
        given: dict[str, Any] = {"jurisdiction": "cn", **more, "name": name, "as_of": as_of}
        tables = {"districts": districts, "people": people, "facilities": facilities, "streets": streets}
        tables |= {key: given.pop(key) for key in OTHER_INPUTS if key in given}
        said = [given.pop(key, None) or {} for key in ("columns", "said")]
        frames = frames_of(given, tables, said[0], given.pop("datum", None), said[1])
        return _accepted(*_checked(None, frames.spec, frames))

    @property
    def folder(self) -> Path:
        """Return the folder that paths in the study are relative to."""
        if self.frames is not None:
            return self.frames.folder
        return Path() if self.path is None else self.path.parent

    @property
    def inputs(self) -> tuple[StudySpec, Path | Frames]:
        """Return what the study file says and where its inputs are, so that one of them can be read again.

        Returns
        -------
        (StudySpec, Path or Frames)
            The folder of its files, or the tables it was made from.

        Raises
        ------
        InputError
            If the study file cannot be read any more, or the study was built by hand and has none.
        """
        if self.frames is not None:
            return self.frames.spec, self.frames
        if self.path is None:
            remedy = "load the study from files, or make it by Study.from_frames"
            raise InputError([Problem("file.missing", self.name, "", "the study was built by hand", remedy)])
        return with_own_grids(read_study_file(self.path))[0], self.path.parent

    def __repr__(self) -> str:
        people = self.demand["residents"].sum() if "residents" in self.demand else float("nan")
        return (
            f"<Study {visible(self.name)} as of {self.as_of}: {len(self.districts)} districts, "
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
    return _accepted(*check_study(path))


def _accepted(study: Study | None, problems: list[Problem]) -> Study:
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
    return _checked(path, read_study_file(path), path.parent)


def _checked(path: Path | None, spec: StudySpec, place: Path | Frames) -> tuple[Study | None, list[Problem]]:
    """Return the study of files in a folder, or of tables, None where it is refused; and all that is told of it."""
    file = FROM_FRAMES if path is None else path.name
    walking = study_walking(spec.walks, place if isinstance(place, Path) else place.folder)
    layers, problems = study_layers(spec, place, walking, file)
    if layers is None:
        return None, problems
    areas, derived = with_central_city(layers.shapes, layers.districts.table)
    doubts = [*problems, *derived, *_doubts(spec, layers, file, problems)]
    try:
        study = _whole(path, spec, place, dataclasses.replace(layers, shapes=areas), walking)
    except InputError as error:
        return None, [*doubts, *error.problems]
    doubts += districts_without_people(study.demand, study.districts)
    if any(problem.severity == "error" for problem in doubts):
        return None, doubts
    # a note of the streets' own file may be one of the network's too
    doubts = [*dict.fromkeys([*doubts, *_network_problems(study)]), *scenario_problems(study)]
    if any(problem.severity == "error" for problem in doubts):
        return None, doubts
    return dataclasses.replace(study, warnings=tuple(doubts)), doubts


def _doubts(spec: StudySpec, layers: StudyLayers, file: str, before: list[Problem]) -> list[Problem]:
    """Return what the tables tell when they are compared with each other, after what was told before."""
    assert layers.demand is not None
    districts, demand, facilities = layers.districts.table, layers.demand.table, layers.facilities.table
    doubts = [*stretched(layers.crs, districts, file, before), *stale_lists(facilities, spec.as_of)]
    if spec.demand is None or not spec.demand.is_raster:
        source = "units" if spec.demand is None else Path(spec.demand.source).name
        doubts += totals_problems(demand, districts, _table(layers.units), source)
    doubts += topology_problems(districts, demand, "districts")
    if layers.units is not None:
        doubts += unit_problems(layers.units.table, districts)
    if layers.zones is not None:
        doubts += zone_problems(layers.zones.table, districts, demand)
    return doubts + datum_doubts(_table(layers.streets), facilities, demand, districts, layers.accounts)


def _whole(path: Path | None, spec: StudySpec, place: Path | Frames, layers: StudyLayers, walking: Walking) -> Study:
    """Return the study of layers none of which was refused.

    Raises
    ------
    InputError
        If a table breaks its contract.
    """
    assert layers.demand is not None
    facilities, lost = layers.facilities.table, layers.facilities.lost
    folder = place if isinstance(place, Path) else place.folder
    return Study(
        **said_of_study(spec, folder, layers.demand.estimates),
        path=path,
        crs=layers.crs,
        districts=layers.districts.table,
        facilities=facilities,
        demand=layers.demand.table,
        units=_table(layers.units),
        streets=_table(layers.streets),
        barriers=_table(layers.barriers),
        land=_table(layers.land),
        areas=layers.shapes,
        zones=_table(layers.zones),
        indicators=layers.tables.get("indicators"),
        tables={name: table for name, table in layers.tables.items() if name != "indicators"},
        walking=walking,
        accounts=layers.accounts,
        quarantined=reject_table([row for part in layers.parts for row in part.rejected]),
        kinds_known=known_kinds(spec.facilities, facilities["kind"].value_counts().to_dict(), lost),
        lists=layers.facilities.lists,
        lost=lost,
        lost_people=lost_of_study(
            layers.demand.lost_people,
            layers.units.lost_people if layers.units else None,
            from_units=spec.demand is None,
            not_counted=types_not_counted(_table(layers.units)),
        ),
        ground=Ground.over(layers.crs, tuple(layers.districts.table.total_bounds)),
        aside_at={row: place for part in layers.parts for row, place in part.aside_at.items()},
        frames=place if isinstance(place, Frames) else None,
    )


def _network_problems(study: Study) -> list[Problem]:
    try:
        return study.on_streets.problems()
    except InputError as error:
        return list(error.problems)


def _table(built: Built | None) -> Any:
    return built.table if built else None
