"""Check one file before anybody relies on it: every row used or listed, every doubt told, nothing changed.

A check reads the file as a study would, finds what the study file has to say of it (columns, datum), and compares it
with what is known beside it: a boundary, streets. `zzgeo.check_study` does the same for a whole study.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from pydantic import ValidationError

from zzgeo.codes import is_error
from zzgeo.crs.datums import parse_datum
from zzgeo.crs.metric import WGS84
from zzgeo.crs.steps import moved
from zzgeo.errors import CrsError, InputError, Problem, visible
from zzgeo.formats import format_named, read_layer
from zzgeo.formats.parts.base import Options, RawLayer, reject_table
from zzgeo.intake import roles
from zzgeo.intake.account import account_of
from zzgeo.intake.beside import Beside
from zzgeo.intake.coordinate_cells import heading_datum
from zzgeo.intake.facilities import told_of_kinds
from zzgeo.intake.grouped import PEOPLE, grouped, reason_lines
from zzgeo.intake.headers import columns_line, offer_columns
from zzgeo.intake.lost_people import lost_people
from zzgeo.intake.rows import Rows, rows_of, through
from zzgeo.intake.study import Study
from zzgeo.numbers import people_text
from zzgeo.spec.config_file import key_problem
from zzgeo.spec.study_file import DistrictsSpec, FacilitiesSpec, InputSpec, UnitsSpec
from zzgeo.vocabulary.chinese import problem_line, value_zh
from zzgeo.vocabulary.people import POPULATION_GROUPS
from zzgeo.vocabulary.severity import severity_word

Role = Literal["facilities", "districts", "units", "demand", "streets", "candidates"]
Outcome = Literal["accept", "warn", "quarantine", "reject"]

#: What an outcome is in Chinese.
_OUTCOMES_ZH: dict[str, str] = {
    "accept": "可用",
    "warn": "可用，有提示",
    "quarantine": "可用，部分行或单元格已剔除",
    "reject": "不可用",
}

ROLES: tuple[Role, ...] = ("facilities", "districts", "units", "demand", "streets", "candidates")


_SPECS: dict[str, type[InputSpec]] = {"facilities": FacilitiesSpec, "districts": DistrictsSpec, "units": UnitsSpec}


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Parameters
    ----------
    file, role
        The file, and what it was checked as.
    outcome
        ``accept`` (nothing to say), ``warn`` (all rows usable, something to know), ``quarantine`` (some rows set aside,
        each listed, or cells left empty, each told), ``reject`` (the layer cannot be used).
    problems
        Every problem and warning.
    quarantined
        Rows set aside: ``file``, ``row``, ``field``, ``value``, ``code``, ``reason``.
    rows_read, rows_used
        ``rows_read`` = ``rows_used`` + rows in `quarantined`, asserted; of a refused layer no row is used, and
        `rows_refused` says how many were left.
    columns, offered
        Our column names and the file's headings, and whether they were offered by zzgeo rather than given.
    datum
        How the coordinates were read.
    table
        The rows that can be used, in the metric CRS `crs`; None where the layer is refused.
    cells_emptied
        Cells of used rows that could not be read and were left empty; `problems` tells their rows.
    kinds
        What a study would tell of the kinds of facilities: guessed by name, or by no kind taken. Where a check is told
        the kinds, these stand among `problems`; where it leaves them open they do not count for its outcome.
    people_aside
        How many people each row set aside stands for at most, {row: people}, of a file of people or of units.
    """

    file: str
    role: str
    outcome: Outcome
    problems: tuple[Problem, ...]
    quarantined: pd.DataFrame
    rows_read: int
    rows_used: int
    columns: dict[str, str] = field(default_factory=dict)
    offered: bool = False
    datum: str = ""
    table: gpd.GeoDataFrame | None = None
    cells_emptied: int = 0
    kinds: tuple[Problem, ...] = ()
    people_aside: Mapping[str, float] = field(default_factory=dict)

    @property
    def codes(self) -> frozenset[str]:
        """Return every code told, of problems and of rows set aside."""
        return frozenset([*(one.code for one in self.problems), *self.quarantined["code"]])

    @property
    def rows_refused(self) -> int:
        """Return how many readable rows went unused because the whole layer was refused."""
        return self.rows_read - self.rows_used - len(self.quarantined)

    @property
    def exit_code(self) -> int:
        """Return what the command line exits with: 4 where the layer is refused, else 0."""
        return 4 if self.outcome == "reject" else 0

    @property
    def study_lines(self) -> str:
        """Return the lines that a study file needs to use this file as it was checked; empty where it was refused."""
        declared = self.datum and "crs.undeclared" not in self.codes
        lines = [f'source = "{self.file}"']
        # a grid that only the file itself describes is taken from there
        lines += [f'datum = "{self.datum if declared else "…"}"'] if not declared or _can_be_named(self.datum) else []
        columns = {name: heading for name, heading in self.columns.items() if name != "kind"}
        lines += [f'kind_column = "{self.columns["kind"]}"'] if "kind" in self.columns else []
        lines += [columns_line(columns)] if columns else []
        return "\n".join(lines) if self.outcome != "reject" else ""

    def to_json(self) -> str:
        """Return everything but the table as JSON.

        Returns
        -------
        str
            One object, keys sorted.
        """
        facts = {
            "file": self.file,
            "role": self.role,
            "outcome": self.outcome,
            "datum": self.datum,
            "rows_read": self.rows_read,
            "rows_used": self.rows_used,
            "rows_set_aside": len(self.quarantined),
            "rows_refused": self.rows_refused,
            "cells_emptied": self.cells_emptied,
            "columns": self.columns,
            "columns_offered": self.offered,
            "problems": [asdict(one) for one in self.problems],
            "kinds": [asdict(one) for one in self.kinds],
            "quarantined": self.quarantined.to_dict("records"),
        }
        return json.dumps(facts, ensure_ascii=False, sort_keys=True)

    def lines(self, lang: str = "en", most: int | None = None) -> list[str]:
        """Return the account a person reads.

        Parameters
        ----------
        lang
            ``"zh"``: in Chinese, with the codes.
        most
            List no more rows set aside than this, after their reasons; all if left out.

        Returns
        -------
        list of str
            Problems by reason, rows set aside by reason (the worst first), counts, and what to confirm.
        """
        zh = lang == "zh"
        problems = [f"{severity_word(one.severity, lang)}{problem_line(one, lang)}" for one in grouped(self.problems)]
        people = self.quarantined["row"].map(str).map(dict(self.people_aside)).fillna(0.0)
        aside = reason_lines(
            self.quarantined.assign(**{PEOPLE: people}), {self.file: self.rows_read}, lang, most, self.problems
        )
        counts = f"{self.file}{f' as {self.role}' if self.role else ''}: {self._counts}: {self.outcome}"
        if zh:
            role = f"（按“{value_zh(self.role)}”检查）" if self.role else ""
            counts = f"{self.file}{role}：{self._counts_zh}：{_OUTCOMES_ZH[self.outcome]}"
        confirm = []
        if self.offered and self.columns and self.outcome != "reject":
            head = "zzgeo read the usual headings; confirm them in study.toml:"
            confirm = ["已按常见表头读取，请在 study.toml 中确认：" if zh else head, self.study_lines]
        say = "研究中将提示：" if zh else "a study would say: "
        kinds = [f"{say}{problem_line(one, lang)}" for one in self.kinds]
        return [*problems, *aside, counts, *kinds, *confirm]

    @property
    def _counts(self) -> str:
        emptied = f", {self.cells_emptied} cells left empty" if self.cells_emptied else ""
        return f"{self.rows_read} rows read, {self.rows_used} used, {len(self.quarantined)} set aside{emptied}"

    @property
    def _counts_zh(self) -> str:
        emptied = f"，置空单元格 {self.cells_emptied} 个" if self.cells_emptied else ""
        return f"读入 {self.rows_read} 行，采用 {self.rows_used} 行，剔除 {len(self.quarantined)} 行{emptied}"

    def __repr__(self) -> str:
        said = f"{self.outcome}; {self._counts}, {len(self.problems)} problems"
        return f"<Checked {self.file} as {self.role}: {said}>"


def _can_be_named(datum: str) -> bool:
    """Tell whether a study can name a datum by these words."""
    try:
        parse_datum(datum)
    except InputError:
        return False
    return True


def study_lines(study: Study, lang: str = "en", most: int | None = None) -> list[str]:
    """Return what was set aside of a study, by reason, the worst first; at most `most` of the rows."""
    aside = study.quarantined
    people = pd.Series(0.0, index=aside.index)
    for layer, rows in study.lost_people.groupby("layer"):
        here = aside["file"].isin([one.path for one in study.accounts if one.layer == layer])
        people[here] = aside.loc[here, "row"].map(str).map(_most_of_rows(rows)).fillna(0.0)
    read = {one.path: one.rows_read for one in study.accounts}
    return reason_lines(aside.assign(**{PEOPLE: people}), read, lang, most, study.warnings)


def account_zh(study: Study) -> str:
    """Return in Chinese what ``repr`` says of a study: its day, and how much there is of everything."""
    people = people_text(study.demand["residents"].sum()) if "residents" in study.demand else "不详"
    units = 0 if study.units is None else len(study.units)
    return (
        f"研究 {visible(study.name)}（数据日期 {study.as_of}）：区县 {len(study.districts)} 个，单元 {units} 个，"
        f"设施 {len(study.facilities)} 个，人口点 {len(study.demand)} 个，常住人口 {people} 人，"
        f"剔除 {len(study.quarantined)} 行"
    )


def _most_of_rows(lost: pd.DataFrame) -> dict[str, float]:
    """Return how many people each row of a layer that was set aside stands for at most, {row: people}."""
    people = lost[list(POPULATION_GROUPS)].max(axis=1)
    return {str(row): float(many) for row, many in zip(lost["row"], people, strict=True) if row}


def study_json(study: Study | None, problems: Sequence[Problem]) -> str:
    """Return the account of a whole study as JSON: every input in numbers, every problem, every row set aside."""
    facts: dict[str, Any] = {"outcome": "reject", "problems": [asdict(one) for one in problems]}
    if study is not None:
        told = bool(problems) or len(study.quarantined) > 0
        errors = any(is_error(code) for code in study.quarantined["code"])
        errors = errors or any(one.cells_emptied for one in study.accounts)
        facts |= {
            "outcome": "quarantine" if errors else "warn" if told else "accept",
            "study": study.name,
            "inputs": [asdict(one) for one in study.accounts],
            "quarantined": study.quarantined.to_dict("records"),
        }
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


class Reading(TypedDict, total=False):
    """How a file is to be read, as a study file says it, as keywords of `check_file`."""

    layer: str | None
    sheet: str | None
    encoding: str | None
    kind: str | None
    kind_column: str | None
    kinds: Mapping[str, str] | None
    type: str | None
    types: Mapping[str, str] | None


@dataclass(frozen=True)
class _Reading:
    """`Reading` with what is taken where nothing is said."""

    layer: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    kind: str | None = None
    kind_column: str | None = None
    kinds: Mapping[str, str] | None = None
    type: str | None = None
    types: Mapping[str, str] | None = None

    def options(self, role: str, columns: Mapping[str, str]) -> Options:
        """Return what the format is told."""
        wanted = (*columns.values(), *([self.kind_column] if self.kind_column else []))
        return Options(role, self.layer, self.sheet, self.encoding, (), (self.kind,) if self.kind else (), wanted)

    def of_role(self, role: str) -> dict[str, Any]:
        """Return the keys that only the study file of a role knows."""
        if role == "facilities":
            return {"kind": self.kind, "kind_column": self.kind_column, "kinds": dict(self.kinds or {})}
        return {"type": self.type, "types": dict(self.types or {})} if role == "units" else {}

    def columns_of(self, role: str, named: Mapping[str, str], *, offered: bool) -> dict[str, str]:
        """Return the columns of a study file; a type that is only offered gives way to what is said of the file."""
        left_out = {"kind"} | ({"type"} if role == "units" and self.type is not None and offered else set())
        return {name: heading for name, heading in named.items() if name not in left_out}


def check_file(
    path: str | Path,
    role: Role | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    datum: str | None = None,
    boundary: gpd.GeoDataFrame | None = None,
    streets: gpd.GeoDataFrame | None = None,
    snap_max_m: float = 200.0,
    **reading: Unpack[Reading],
) -> Checked:
    """Check one file as a study would read it; every problem is in the result, none is raised.

    Parameters
    ----------
    path
        The file.
    role
        What it is to be: ``facilities``, ``districts``, ``units``, ``demand``, ``streets`` or ``candidates`` (places
        where a facility may be built). Left out: lines are streets, areas are districts, places without names that
        count residents are demand, everything else is a list of facilities.
    columns
        ``{our name: heading}``; left out, the usual headings are offered (`Checked.offered`).
    datum
        The datum a study would declare. Left out, the file's own CRS is taken; of a table, WGS84, with a warning.
    boundary, streets
        What is already known, with a CRS: polygons of the districts, and lines. They reveal rows outside, swapped
        axes, an undeclared offset, and places too far from any street.
    snap_max_m
        Places farther from the streets than this are told, in metres.
    **reading
        ``layer``, ``sheet``, ``encoding``, ``kind``, ``kind_column``, ``kinds``, ``type`` and ``types``, as in a study
        file. Without ``kind`` and ``kind_column`` the kinds of facilities are left open.

    Returns
    -------
    Checked
        Its `outcome`, every problem, and the rows that can be used.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> folder = write_example(tempfile.mkdtemp()).parent
    >>> zzgeo.check_file(folder / "facilities.csv", datum="EPSG:4326", kind_column="kind")
    <Checked facilities.csv as facilities: accept; 2 rows read, 2 used, 0 set aside, 0 problems>
    """
    path = Path(path)
    given = dict(columns or {})
    said_of_file = _Reading(**reading)
    try:
        raw = _read(path, said_of_file.options(role or _role_by_name(path), given))
    except InputError as error:
        return _refused(path.name, role or "", error.problems)
    if (form := format_named(path.name)) is not None and form.cells:
        # every cell was looked at; people are placed by the districts of a study
        datum = raw.crs.to_string() if raw.crs is not None else ""
        try:
            if raw.crs is not None and isinstance(middle := raw.extra.get("middle"), tuple):
                moved(np.array(middle[:1]), np.array(middle[1:]), raw.crs, WGS84.crs)
        except CrsError as error:  # a study would refuse it
            told = tuple(replace(one, where=path.name) for one in error.problems)
            return _refused(path.name, "demand", (*raw.notes, *told))
        return Checked(path.name, "demand", "accept", raw.notes, reject_table([]), 1, 1, datum=datum)
    role = role or _role_of(raw, given)
    spatial = isinstance(raw.table, gpd.GeoDataFrame)
    named = given or offer_columns(raw.table.columns, role, places=not spatial)
    columns_said = said_of_file.columns_of(role, named, offered=not given)
    said = {"source": path.name, "columns": columns_said, "datum": datum}
    notes = _undeclared(said, raw)
    try:
        spec = _SPECS.get(role, InputSpec).model_validate({**said, **said_of_file.of_role(role)})
    except ValidationError as error:
        return _refused(path.name, role, tuple(key_problem(path.name, dict(one), {}) for one in error.errors()))
    beside = Beside(boundary, streets, snap_max_m)
    rows = through(rows_of(raw), _steps(spec, role, *beside.crs_and_districts(raw, spec))).telling(*notes)
    if not rows.refused:
        rows = beside.compared(rows, role)
    people = {}
    if role in ("demand", "units") and not rows.refused:
        people = _most_of_rows(lost_people(role, spec, raw, rows.rejected, rows.table))
    checked = _checked(path.name, role, rows, named, not given)
    return replace(checked, kinds=_kinds_of_study(rows, spec, named), people_aside=people)


def _kinds_of_study(rows: Rows, spec: InputSpec, named: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return what a study would tell of the kinds of a list that were left open: none where it tells its kinds."""
    if rows.refused or not isinstance(spec, FacilitiesSpec) or spec.kind or spec.kind_column:
        return ()
    table = rows.table
    if named.get("kind") in table.columns:
        table = table.assign(kind=table[named["kind"]])
    heard = told_of_kinds(replace(rows, table=table, notes=()), spec)
    return () if heard is None else heard[0].notes


def _role_by_name(path: Path) -> str:
    form = format_named(path.name)
    return form.role if form is not None and form.role else "facilities"


def _role_of(raw: RawLayer, given: Mapping[str, str]) -> Role:
    if isinstance(raw.table, gpd.GeoDataFrame):
        types = raw.table.geometry.geom_type.dropna().str.removeprefix("Multi")
        if "osm_way" in raw.table.columns or (len(types) and (types == "LineString").all()):
            return "streets"
        if len(types) and (types == "Polygon").all():
            return "districts"
    # places that count people and have no names are where people live
    people, named = (offer_columns(raw.table.columns, one, places=False) for one in ("demand", "facilities"))
    return "demand" if "residents" in {*people, *given} and "name" not in {*named, *given} else "facilities"


def _read(path: Path, options: Options) -> RawLayer:
    if not path.exists():
        raise InputError([Problem("file.missing", str(path), "", "no such file", "check the path")])
    return read_layer(path, options)


def _undeclared(said: dict[str, Any], raw: RawLayer) -> list[Problem]:
    """Where no datum is declared take the file's own CRS; a table has none and is read as WGS84, with a warning."""
    if said["datum"] is not None:
        return []
    if raw.crs is not None:
        said["datum"] = raw.crs.to_string()
        return []
    known = raw.extra.get("datums")
    if isinstance(known, tuple):
        said["datum"] = known[0]
        return []
    if isinstance(raw.table, gpd.GeoDataFrame):
        return []
    if (headed := heading_datum(said["columns"])) is not None:
        said["datum"] = headed
        return []
    said["datum"] = "EPSG:4326"
    remedy = 'say datum = "EPSG:4547", "GCJ-02", "BD-09" or "EPSG:4326" for it in the study'
    why = "read as WGS84 for this check; a study needs to know"
    return [Problem("crs.undeclared", raw.file, "no datum", why, remedy, "warning")]


def _steps(spec: InputSpec, role: str, crs: pyproj.CRS, districts: gpd.GeoDataFrame | None) -> roles.Steps:
    """Return the steps of a role, as a study takes them."""
    if isinstance(spec, FacilitiesSpec):
        return roles.facilities(spec, crs, districts, kinds=bool(spec.kind or spec.kind_column))
    if isinstance(spec, DistrictsSpec):
        return roles.districts(spec, crs)
    if isinstance(spec, UnitsSpec):
        return roles.units(spec, crs, districts)
    if role == "candidates":
        return roles.candidates(spec, crs, districts)
    return roles.demand(spec, crs, districts) if role == "demand" else roles.streets(spec, crs)


def _refused(file: str, role: str, problems: tuple[Problem, ...]) -> Checked:
    return Checked(file, role, "reject", tuple(problems), reject_table([]), 0, 0)


def _checked(file: str, role: str, rows: Rows, columns: dict[str, str], offered: bool) -> Checked:
    aside = reject_table(rows.rejected)
    outcome: Outcome = "accept"
    if rows.refused:
        outcome = "reject"
    elif rows.cells_emptied or any(is_error(code) for code in aside["code"]):
        outcome = "quarantine"
    elif rows.notes or len(aside):
        outcome = "warn"
    # the account asserts that no row is lost
    used = 0 if rows.refused else account_of(rows, role).rows_used
    return Checked(
        file,
        role,
        outcome,
        rows.notes,
        aside,
        rows.raw.rows_read,
        used,
        columns,
        offered,
        rows.datum.name if rows.datum else "",
        None if rows.refused else rows.table,
        0 if rows.refused else rows.cells_emptied,
    )
