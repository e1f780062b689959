"""Where a facility may be built: places that are brought, or offered from what a study knows of itself.

A candidate that a clause speaks against stays in the table, with the clause (`zzgeo.siting.refusals`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.errors import InputError, Problem
from zzgeo.intake.check import check_file
from zzgeo.intake.location import locate
from zzgeo.intake.study import Study
from zzgeo.spec.schema import CANDIDATES, validate
from zzgeo.vocabulary.people import HOME_UNITS

if TYPE_CHECKING:
    from zzgeo.siting.demand import Demand

#: Metres between positions offered along a street.
STEP_M = 50.0

#: Unasked, no more positions along streets are offered than a choice is proven for in a minute.
MOST_OFFERED = 10_000

#: What is told of every candidate, beside the geometry.
COLUMNS = (
    "source",
    "name",
    "kind",
    "area_m2",
    "floor_area_m2",
    "cost_yuan",
    "capacity",
    "land",
    "ownership",
    "funder",
    "district",
    "forbidden",
    "reason",
)

_NUMBERS = ("area_m2", "floor_area_m2", "cost_yuan", "capacity")


@dataclass(frozen=True)
class Candidates:
    """Places where a facility may be built, and what forbids each.

    Parameters
    ----------
    table
        GeoDataFrame indexed by ``candidate_id`` in the study's CRS, points or polygons: ``source`` (``parcel``,
        ``unit``, ``street``, ``demand`` or ``facility``), ``name``, ``kind``, ``area_m2``, ``floor_area_m2``,
        ``cost_yuan``, ``capacity`` (NaN where it is unknown), ``land``, ``ownership``, ``funder``, ``district``,
        ``forbidden`` (id of the clause, or a code, that speaks against it; else "") and ``reason``.
    notes
        What was told of a file they were read from.
    """

    table: gpd.GeoDataFrame
    notes: tuple[Problem, ...] = ()

    @property
    def allowed(self) -> np.ndarray:
        """Return the positions of the candidates that nothing forbids, shape (n_allowed,)."""
        return np.flatnonzero((self.table["forbidden"] == "").to_numpy())

    @property
    def refused(self) -> gpd.GeoDataFrame:
        """Return the candidates that are forbidden, with ``forbidden`` and ``reason``."""
        return self.table[self.table["forbidden"] != ""]


def brought(given: str | Path | gpd.GeoDataFrame, study: Study, *, datum: str | None = None) -> Candidates:
    """Return the candidates of a file or a table, read as a study reads its own layers.

    Parameters
    ----------
    given
        A file of points or parcels in any format a study takes, or a GeoDataFrame with the columns of
        `zzgeo.spec.schema.CANDIDATES`.
    study
        The study they are for.
    datum
        Of the coordinates, where the file does not say it.

    Returns
    -------
    Candidates
        With the source ``parcel``; a price, an area or a number of beds that is not told is NaN, never 0.

    Raises
    ------
    InputError
        With every problem of the file or the table; ``siting.no_candidates`` where it has no row.

    Examples
    --------
    >>> import tempfile, zzgeo
    >>> from zzgeo.intake.example import write_example
    >>> study = zzgeo.load_study(write_example(tempfile.mkdtemp()))
    >>> lots = gpd.GeoDataFrame({"cost_yuan": [5e5]}, geometry=study.demand.geometry.iloc[:1].to_list(), crs=study.crs)
    >>> brought(lots, study).table[["source", "cost_yuan", "district"]].values.tolist()
    [['parcel', 500000.0, 'W']]
    """
    notes: tuple[Problem, ...] = ()
    if isinstance(given, str | Path):
        checked = check_file(given, "candidates", datum=datum, boundary=study.districts)
        if checked.table is None:
            raise InputError([problem for problem in checked.problems if problem.severity == "error"])
        table, notes = checked.table.to_crs(study.crs), _told(checked.problems, checked.quarantined)
    else:
        table = given if given.crs is None or given.crs == study.crs else given.to_crs(study.crs)
        if problems := [one for one in validate(table, CANDIDATES) if one.code != "layer.empty"]:
            raise InputError(problems)
    if not len(table):
        raise no_candidates("candidates", "bring at least one place, or leave them out")
    return Candidates(with_columns(table.set_axis(table.index.astype(str), axis=0), study, "parcel"), notes)


def _told(problems: Sequence[Problem], aside: pd.DataFrame) -> tuple[Problem, ...]:
    """Return what is told of a file, rows set aside included, each as a problem."""
    rows = zip(*(aside[name].astype(str) for name in ("code", "file", "row", "field", "value", "reason")), strict=True)
    left = [
        Problem(code, f"{file}:{row}", f"{field}={value}", why, "correct the row", "warning")
        for code, file, row, field, value, why in rows
    ]
    return (*(one for one in problems if one.severity != "error"), *left)


def no_candidates(where: str, remedy: str) -> InputError:
    """Return the error that there is no place to choose from."""
    return InputError([Problem("siting.no_candidates", where, "0 places", "there is nothing to choose from", remedy)])


def with_columns(table: gpd.GeoDataFrame, study: Study, source: str) -> gpd.GeoDataFrame:
    """Return places with `COLUMNS`: what a table does not have is unknown, and nothing forbids them yet."""
    columns: dict[str, object] = {}
    for name in COLUMNS:
        if name in table.columns:
            columns[name] = table[name].astype(float if name in _NUMBERS else object)
        else:
            columns[name] = np.nan if name in _NUMBERS else None
    home = locate(table.geometry.representative_point(), study.districts)
    columns |= {"source": source, "district": home.to_numpy(dtype=object), "forbidden": "", "reason": ""}
    frame = gpd.GeoDataFrame(columns, geometry=table.geometry, crs=study.crs, index=table.index)
    return frame.rename_axis("candidate_id")


def offered(
    study: Study,
    demand: Sequence[Demand],
    gaps: gpd.GeoDataFrame,
    sources: Sequence[str] = (),
    districts: Sequence[str] = (),
) -> Candidates:
    """Return the candidates a study offers of itself: unit centres, positions along streets in gaps, demand points.

    Parameters
    ----------
    study
        Where.
    demand
        What the clauses lack: a unit, or a point, where nobody is missed is not offered.
    gaps
        Patches of land of the clauses (``report.gaps``).
    sources
        Some of ``unit``, ``street``, ``demand``; left out, units and streets, and demand points where these give none.
        Unasked, positions along streets are thinned out evenly to `MOST_OFFERED`, which is told.
    districts
        Codes of the districts they lie in; all if left out.

    Returns
    -------
    Candidates
        Their areas, costs and capacities are unknown.
    """
    ways = {
        "unit": lambda: _units(study, demand),
        "street": lambda: _streets(study, gaps),
        "demand": lambda: _people(study, demand),
    }
    unknown = [name for name in sources if name not in ways]
    if unknown:
        why, remedy = "no such source of candidates", "say " + ", ".join(ways) + ", or bring places"
        raise InputError([Problem("config.invalid", "candidates", ", ".join(unknown), why, remedy)])
    parts = {name: _in(ways[name](), districts) for name in sources or ("unit", "street")}
    if not sources and not any(map(len, parts.values())):
        parts = {"demand": _in(ways["demand"](), districts)}
    notes = []
    if not sources and len(every := parts.get("street", [])) > MOST_OFFERED:
        step = -(-len(every) // MOST_OFFERED)
        value, why = (
            f"{len(every):,} positions",
            f"one in {step} of them is offered, to have no more than {MOST_OFFERED:,}",
        )
        remedy = 'ask for all of them: candidates=["street"], or name fewer districts'
        notes.append(Problem("siting.thinned", "candidates", value, why, remedy, "warning"))
        parts["street"] = every.iloc[::step]
    full = [part for part in parts.values() if len(part)]
    table = pd.concat(full) if full else next(iter(parts.values()))
    return Candidates(gpd.GeoDataFrame(table, geometry="geometry", crs=study.crs), tuple(notes))


def _in(table: gpd.GeoDataFrame, districts: Sequence[str]) -> gpd.GeoDataFrame:
    return table[table["district"].isin(list(districts))] if districts else table


def _units(study: Study, demand: Sequence[Demand]) -> gpd.GeoDataFrame:
    """Return the middle of every unit that lacks something, as often as it lacks it."""
    short: dict[object, int] = {}
    for one in demand:
        for code, number in one.short.items():
            short[code] = max(short.get(code, 0), number)
    spots, names = _middles(study, demand), dict[object, object]()
    if study.units is not None:
        names = study.units["name"].to_dict()
    rows = [
        (f"unit:{code}" + (f"#{turn + 1}" if turn else ""), names.get(code), spots[code])
        for code, number in sorted(short.items(), key=lambda pair: str(pair[0]))
        for turn in range(number)
        if code in spots
    ]
    return _table(study, rows, "unit")


def _middles(study: Study, demand: Sequence[Demand]) -> dict[object, shapely.Point]:
    tables = [one.needs.table for one in demand if one.needs is not None]
    tables += [] if study.units is None else [study.units]
    spots: dict[object, shapely.Point] = {}
    for table in tables:
        spots = dict(zip(table.index, table.geometry.representative_point(), strict=True)) | spots
    return spots


def _streets(study: Study, gaps: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a position every `STEP_M` along the streets inside gaps, but for bridges, tunnels and ferries."""
    network = study.on_streets.network
    if network is None or not len(gaps):
        return _table(study, [], "street")
    ground = np.flatnonzero(network.may_stand)
    lines = network.lines.whole(ground)
    tree = shapely.STRtree(gaps.geometry.values)
    near = np.unique(tree.query(lines, predicate="intersects")[0])
    number = np.maximum(1, np.ceil(shapely.length(lines[near]) / STEP_M)).astype(np.int64)
    line = np.repeat(near, number)
    turn = np.arange(len(line)) - np.repeat(np.cumsum(number) - number, number)
    # in the middle of its stretch: no position falls on a crossing, where two streets would offer it
    share = (turn + 0.5) / np.repeat(number, number)
    spots = shapely.line_interpolate_point(lines[line], share, normalized=True)
    inside = np.unique(tree.query(spots, predicate="intersects")[0])
    labels = np.asarray(network.labels)[ground[line[inside]]]
    ids = [f"street:{edge}@{step}" for edge, step in zip(labels, turn[inside], strict=True)]
    return _table(study, [(name, None, spot) for name, spot in zip(ids, spots[inside], strict=True)], "street")


def _people(study: Study, demand: Sequence[Demand]) -> gpd.GeoDataFrame:
    rows = np.unique(
        np.concatenate([np.empty(0, dtype=np.int64), *(one.rows for one in demand if one.rows is not None)])
    )
    chosen = study.demand.iloc[rows]
    return _table(study, [(f"demand:{n}", None, spot) for n, spot in chosen.geometry.items()], "demand")


def _table(study: Study, rows: Sequence[tuple[str, object, object]], source: str) -> gpd.GeoDataFrame:
    index = pd.Index([name for name, _, _ in rows], dtype=object)
    shapes = gpd.GeoSeries([shape for _, _, shape in rows], index=index, crs=study.crs)
    names = pd.Series([name for _, name, _ in rows], index=index, dtype=object)
    if study.units is not None and names.isna().any():
        # a place on a street, or where people live, is called by the community or village it lies in
        homes = study.units[study.units["type"].isin(HOME_UNITS)]
        names = names.fillna(locate(shapes, homes).map(homes["name"]))
    table = gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=study.crs, index=index)
    return with_columns(table, study, source)
