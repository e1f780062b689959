"""A study as it would be: facilities that are proposed, places that close, people who walk otherwise.

A scenario is a study like any other, checked like any other; it carries a `Proposal`, which pages and files repeat.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from geopandas.array import GeometryDtype
from pydantic import ValidationError

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import Rejected, reject_table
from zzgeo.intake.account import Account
from zzgeo.intake.lost import Lost, lost_kinds, together, unusable
from zzgeo.intake.proposal import SITES_LAYER, Proposal, content_sha256
from zzgeo.intake.proposal_doubts import doubts_of
from zzgeo.intake.tables import Built, facility_layer, street_layer
from zzgeo.network.entries import entrance_points
from zzgeo.spec.kinds import KINDS, NO_KIND
from zzgeo.spec.schema import FACILITIES, rows_named, validate
from zzgeo.spec.study_file import FacilitiesSpec, ScenarioWalking
from zzgeo.spec.walking_profile import WalkingProfile, walking_profile

if TYPE_CHECKING:
    from zzgeo.intake.study import Study

Asked = TypeVar("Asked", bound="Scenarios")

_WHERE = "facilities added"


class Scenarios:
    """What a study can be asked for as it would be; every answer is another study, and marked as a proposal."""

    def with_facilities(
        self, table: gpd.GeoDataFrame | str | Path, *, name: str = "", name_en: str = "", datum: str | None = None
    ) -> Self:
        """Return the study with facilities that are proposed.

        Parameters
        ----------
        table
            Facilities, shape (n_added, ...), indexed by id (or with ``facility_id``), with ``kind`` and, where they are
            known, the other columns of a facility list; Points or polygons in any CRS. Or a file of such a list, its
            columns under the usual Chinese or English headings; or of the sites of a plan, as ``zzgeo site`` writes it.
        name, name_en
            What the proposal is called.
        datum
            Of the coordinates of a file that does not say it, such as a CSV: ``EPSG:4547``, ``GCJ-02``.

        Returns
        -------
        Study
            The facilities stand behind those there are; what is measured on the streets is kept.

        Raises
        ------
        InputError
            With every fault: an id that is in use or stands twice, an unknown kind, no place, no CRS.

        Examples
        --------
        >>> import tempfile, geopandas, shapely, zzgeo
        >>> from zzgeo.intake.example import write_example
        >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
        >>> spot = study.demand.geometry.iloc[[0]].set_axis(["new"])
        >>> new = geopandas.GeoDataFrame({"kind": ["market"], "name": ["Market"]}, index=["new"], geometry=spot)
        >>> study.with_facilities(new).proposal.added
        ('new',)
        """
        return proposed(self, brought(_study(self), table, datum=datum), names=("", name, name_en))

    def without_facilities(self, ids: Sequence[str], *, name: str = "", name_en: str = "") -> Self:
        """Return the study without some of its facilities.

        Parameters
        ----------
        ids
            Ids of the study's facilities.
        name, name_en
            What the proposal is called.

        Returns
        -------
        Study
            Its other facilities keep their order; a kind of which none is left is none, not unknown.

        Raises
        ------
        InputError
            ``value.unknown_code`` for ids that no facility has.

        Examples
        --------
        >>> import tempfile, zzgeo
        >>> from zzgeo.intake.example import write_example
        >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
        >>> len(study.facilities), len(study.without_facilities(study.facilities.index[:1]).facilities)
        (2, 1)
        """
        return proposed(self, removed=[ids] if isinstance(ids, str) else list(ids), names=("", name, name_en))

    def with_walking(
        self,
        *,
        residents: float | None = None,
        aged_60_plus: float | None = None,
        profile: str | None = None,
        name: str = "",
        name_en: str = "",
    ) -> Self:
        """Return the study with people who walk otherwise.

        Parameters
        ----------
        residents, aged_60_plus
            Speeds in m/s; with that of 60+, older groups that walked alike change alike.
        profile
            Id or file of a walking profile: the street file is read again under it.
        name, name_en
            What the proposal is called.

        Returns
        -------
        Study
            The same places and people, who walk otherwise.

        Raises
        ------
        InputError
            If a speed is none people walk at, or nothing is changed.

        Examples
        --------
        >>> import tempfile, zzgeo
        >>> from zzgeo.intake.example import write_example
        >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
        >>> study.with_walking(aged_60_plus=0.8).walking.aged_60_plus
        0.8
        """
        keys = {"residents": residents, "aged_60_plus": aged_60_plus, "profile": profile}
        changed = checked_walking({key: value for key, value in keys.items() if value is not None})
        return proposed(self, walking=changed, names=("", name, name_en))

    def scenario(self, scenario_id: str) -> Self:
        """Return one of the scenarios of the study file.

        Parameters
        ----------
        scenario_id
            Its ``id`` under ``[[scenario]]``.

        Returns
        -------
        Study
            The study with what the scenario adds, removes and changes.

        Raises
        ------
        InputError
            If there is no such scenario, or what it adds or removes cannot be taken.
        """
        study = _study(self)
        spec = next((one for one in study.scenarios if one.id == scenario_id), None)
        if spec is None:
            remedy = "the scenarios are: " + (", ".join(one.id for one in study.scenarios) or "none")
            raise InputError([Problem("value.unknown_code", "scenario", scenario_id, "no such scenario", remedy)])
        added = None
        if spec.add is not None:
            files = spec.add if isinstance(spec.add, FacilitiesSpec) else FacilitiesSpec(source=spec.add)
            added = _of_file(study, files, study.folder, spec.remove)
        walking = {} if spec.walking is None else spec.walking.model_dump(exclude_none=True)
        return proposed(self, added, spec.remove, walking, (spec.id, spec.name, spec.name_en or ""))


@dataclass(frozen=True)
class Brought:
    """Facilities that are proposed, as a study holds them, with the account of their file and what is told of them.

    Rows of the file that were set aside are in ``aside``; ``lost`` counts those that stand for a facility.
    """

    table: gpd.GeoDataFrame
    accounts: tuple[Account, ...] = ()
    told: tuple[Problem, ...] = ()
    aside: tuple[Rejected, ...] = ()
    lost: Lost = field(default_factory=dict)


def brought(
    study: Study, table: gpd.GeoDataFrame | str | Path, leaving: Sequence[str] = (), datum: str | None = None
) -> Brought:
    """Return facilities of a table or a file, checked; ``leaving`` are ids that become free, ``datum`` is a file's.

    Raises
    ------
    InputError
        With every fault.
    """
    if isinstance(table, str | Path):
        path = Path(table)
        return _of_file(study, FacilitiesSpec(source=path.name, datum=datum), path.parent, leaving)
    return _of_frame(study, table, leaving)


def checked_walking(changed: Mapping[str, object]) -> dict[str, object]:
    """Return how people would walk, checked.

    Raises
    ------
    InputError
        ``config.invalid`` for a speed nobody walks at, an unknown key, or none at all.
    """
    try:
        return ScenarioWalking.model_validate(dict(changed)).model_dump(exclude_none=True)
    except ValidationError as error:
        remedy = "give residents or aged_60_plus in m/s, or a walking profile"
        value = ", ".join(f"{key}={value}" for key, value in changed.items())
        why = error.errors()[0]["msg"].removeprefix("Value error, ") if changed else "nothing is changed"
        raise InputError([Problem("config.invalid", "walking", value, why, remedy)]) from None


def checked_removed(study: Study, removed: Sequence[str]) -> None:
    """Refuse ids that no facility has.

    Raises
    ------
    InputError
        ``value.unknown_code``.
    """
    unknown = [str(one) for one in removed if one not in study.facilities.index]
    if unknown:
        remedy = "give ids of facilities of the study"
        raise InputError([Problem("value.unknown_code", "facilities", ", ".join(unknown), "no such facility", remedy)])


def scenario_problems(study: Study) -> list[Problem]:
    """Return what is wrong with the scenarios of a study file, and what is told of them, each with its id."""
    problems: list[Problem] = []
    for spec in study.scenarios:
        try:
            told = study.scenario(spec.id).warnings[len(study.warnings) :]
        except InputError as error:
            told = error.problems
        problems += [dataclasses.replace(one, where=f"scenario {spec.id}: {one.where}") for one in told]
    return problems


def _study(asked: Scenarios) -> Study:
    return asked  # type: ignore[return-value]


def _of_file(study: Study, spec: FacilitiesSpec, folder: Path, leaving: Sequence[str] = ()) -> Brought:
    """Return the facilities of a file, taken through every step a list of a study goes through."""
    # of the sites of a plan those that stand already are of no kind that is built
    spec = spec.model_copy(update={"kinds": {NO_KIND: NO_KIND, **spec.kinds}})
    profile = study.walking.profile
    built: Built = facility_layer(folder, (spec,), study.crs, study.districts, profile, usual=SITES_LAYER)
    errors = [problem for problem in built.problems if problem.severity == "error"]
    if errors:
        raise InputError(errors)
    _free(study, built.table, leaving)
    # whether a kind is lost is a question to the study's list and this one together
    told = tuple(problem for problem in built.problems if problem.code != "kind.lost")
    return Brought(built.table, built.accounts, told, built.rejected, built.lost)


def _of_frame(study: Study, table: gpd.GeoDataFrame, leaving: Sequence[str]) -> Brought:
    """Return facilities as a study holds them."""
    if not isinstance(table, gpd.GeoDataFrame) or table._geometry_column_name not in table.columns:
        remedy = "give a GeoDataFrame"
        raise InputError([Problem("schema.missing_column", _WHERE, "geometry", "a place is needed", remedy)])
    if table.crs is None:
        remedy = "say in which CRS they are: set_crs(…)"
        raise InputError([Problem("crs.missing", _WHERE, "no CRS", "the datum is unknown", remedy)])
    table = table.set_index("facility_id") if "facility_id" in table.columns else table
    if "entrances" in table.columns and not isinstance(table["entrances"].dtype, GeometryDtype):
        points = entrance_points(table["entrances"], table.crs)
        table = table if points is None else table.assign(entrances=points)
    if table.crs != study.crs:
        shapes = [name for name in table.columns if getattr(table[name], "crs", None) is not None]
        table = table.assign(**{name: table[name].to_crs(study.crs) for name in shapes})
    table = _columns_known(table)
    problems = validate(table, FACILITIES, _WHERE)
    kinds = table["kind"] if "kind" in table.columns else pd.Series(dtype=object)
    odd = np.array([kind not in KINDS for kind in kinds], dtype=bool)
    if odd.any():
        remedy = "the kinds are: " + ", ".join(KINDS)
        problems.append(Problem("kind.unknown", _WHERE, str(kinds[odd].iloc[0]), "no such facility kind", remedy))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise InputError(errors)
    _free(study, table, leaving)
    return Brought(table, (), tuple(problems))


def _columns_known(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a table with the columns a list of facilities may have, on ids that are text, made in one go."""
    index = pd.Index(table.index.astype(str), name="facility_id", dtype=object)
    columns: dict[str, Any] = {
        name: table[name] for name in table.columns if name in (*FACILITIES.columns, "entrances")
    }
    columns |= {day: pd.to_datetime(columns[day]) for day in ("opened", "closed") if day in columns}
    columns["geometry"] = table.geometry
    columns = {name: pd.Series(column.array, index, column.dtype, copy=False) for name, column in columns.items()}
    if "name" not in columns:
        columns["name"] = pd.Series(np.full(len(index), None, dtype=object), index, dtype=object)
    if "source" not in columns:
        columns["source"] = pd.Series(["proposal"] * len(index), index, dtype="str")
    ordered = [name for name in (*FACILITIES.columns, "geometry", "entrances") if name in columns]
    return gpd.GeoDataFrame(pd.DataFrame({name: columns[name] for name in ordered}, copy=False), geometry="geometry")


def _free(study: Study, table: gpd.GeoDataFrame, leaving: Sequence[str]) -> None:
    """Refuse ids that are in use."""
    taken = np.array([one in study.facilities.index and one not in leaving for one in table.index], dtype=bool)
    if taken.any():
        remedy = "give every new facility an id of its own, or remove the other"
        raise InputError([Problem("id.duplicate", _WHERE, rows_named(taken, table), "the id is in use", remedy)])


def proposed(
    asked: Asked,
    new: Brought | None = None,
    removed: Sequence[str] = (),
    walking: Mapping[str, object] | None = None,
    names: tuple[str, str, str] = ("", "", ""),
) -> Asked:
    """Return a study changed, with the mark of all that makes it another than its base.

    Raises
    ------
    InputError
        For ids that no facility has.
    """
    study, before = _study(asked), _study(asked).proposal or Proposal(base_notice=_study(asked).notice)
    checked_removed(study, removed)
    added = None if new is None else new.table
    streets = study.on_streets
    if walking:
        study = _walked(study, walking)
    facilities = study.facilities
    if added is not None or removed:
        facilities = _together(facilities, added, removed)
    proposal = Proposal(
        names[0] or before.id,
        names[1] or before.name,
        names[2] or before.name_en,
        added=(*(one for one in before.added if one not in removed), *(() if added is None else map(str, added.index))),
        removed=tuple(dict.fromkeys((*before.removed, *(str(one) for one in removed if one not in before.added)))),
        walking={**before.walking, **(walking or {})},
        base_notice=before.base_notice,
    )
    proposal = dataclasses.replace(proposal, sha256=content_sha256(proposal, facilities))
    changed = dataclasses.replace(study, facilities=facilities, proposal=proposal, notice=proposal.notice)
    if new is not None:
        changed = _accounted(changed, new)
    if facilities is not study.facilities:
        changed.on_streets.amend(
            streets, list(removed), facilities.iloc[len(facilities) - (0 if added is None else len(added)) :]
        )
    return changed  # type: ignore[return-value]


def _accounted(study: Study, new: Brought) -> Study:
    """Return a study that tells of what came to it as of any list: its account, its rows set aside, what they cost."""
    lost, used = together((study.lost, new.lost)), study.facilities["kind"].value_counts().to_dict()
    gone = [one for one in lost_kinds(lost, used) if one not in study.warnings] if new.lost else []
    aside = [study.quarantined, *([reject_table(new.aside)] if new.aside else [])]
    return dataclasses.replace(
        study,
        accounts=(*study.accounts, *new.accounts),
        warnings=(*study.warnings, *new.told, *gone, *doubts_of(study, new.table, _WHERE)),
        quarantined=pd.concat(aside, ignore_index=True),
        lost=lost,
        kinds_known=study.kinds_known - unusable(lost, used) if new.lost else study.kinds_known,
    )


def _walked(study: Study, walking: Mapping[str, object]) -> Study:
    """Return a study in which people walk otherwise."""
    profile = study.walking.profile
    if walking.get("profile"):
        profile = walking_profile(str(walking["profile"]))
    usual, speeds = profile.speed("aged_60_plus"), dict(profile.speeds_m_per_s)
    if "residents" in walking:
        speeds["residents"] = float(str(walking["residents"]))
    if "aged_60_plus" in walking:
        older = [one for one, speed in speeds.items() if one.startswith("aged_") and speed == usual]
        speeds |= dict.fromkeys(["aged_60_plus", *older], float(str(walking["aged_60_plus"])))
    profile = dataclasses.replace(profile, speeds_m_per_s=speeds)
    if walking.get("profile"):
        return study_under(study, profile)
    return dataclasses.replace(study, walking=dataclasses.replace(study.walking, profile=profile))


def study_under(study: Study, profile: WalkingProfile) -> Study:
    """Return a study with the street file read again under another walking profile; all else stays as it is.

    Parameters
    ----------
    study
        A loaded study.
    profile
        How people walk: which ways they use, and their speeds.

    Returns
    -------
    Study
        With other ``streets`` and ``walking.profile``; without streets the profile alone is another.

    Raises
    ------
    InputError
        If the study file or its streets cannot be read again, or nobody of this profile walks on any of them.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> from zzgeo.spec.walking_profile import walking_profile
    >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
    >>> other = study_under(study, walking_profile("accessible"))
    >>> other.walking.profile.id, len(other.streets) == len(study.streets)
    ('accessible', True)
    """
    walking = dataclasses.replace(study.walking, profile=profile)
    if study.streets is None:
        return dataclasses.replace(study, walking=walking)
    spec, place = study.inputs
    assert spec.streets is not None
    built = street_layer(place, spec.streets, study.crs, profile, study.as_of)
    if built.refused:
        raise InputError([problem for problem in built.problems if problem.severity == "error"])
    return dataclasses.replace(study, streets=built.table, walking=walking)


def _together(facilities: gpd.GeoDataFrame, added: gpd.GeoDataFrame | None, removed: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the facilities that stay, in their order, and then those that are new, with the columns of both."""
    kept = facilities[~facilities.index.isin(list(removed))] if removed else facilities
    if added is None or not len(added):
        return kept
    columns = [*kept.columns, *(name for name in added.columns if name not in kept.columns)]
    parts = {}
    for name in columns:
        own = [
            part[name] if name in part.columns else _empty(other[name].dtype, part.index)
            for part, other in ((kept, added), (added, kept))
        ]
        dtype = own[0].dtype if name in kept.columns and len(kept) else own[1].dtype
        own = [one if one.dtype == dtype else _cast(one, dtype) for one in own]
        parts[name] = own[0].array._concat_same_type([one.array for one in own])
    index = pd.Index([*kept.index, *added.index], name=kept.index.name, dtype=object)
    return gpd.GeoDataFrame(parts, index=index, geometry="geometry", crs=facilities.crs)


def _empty(dtype: Any, index: pd.Index) -> pd.Series:
    if isinstance(dtype, gpd.array.GeometryDtype):
        nowhere: pd.Series = gpd.GeoSeries([None] * len(index), index=index)
        return nowhere
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_integer_dtype(dtype):
        dtype = object if pd.api.types.is_bool_dtype(dtype) else np.float64
    empty: pd.Series = pd.Series([None] * len(index), index=index, dtype=dtype)
    return empty


def _cast(values: pd.Series, dtype: Any) -> pd.Series:
    """Return a column with the type of the other table's, where its values can have it."""
    try:
        return values.astype(dtype)
    except (TypeError, ValueError):
        return values.astype(object)
