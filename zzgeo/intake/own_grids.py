"""Grids of the city's own that a study declares: each becomes the datum of the layers that name it, and is told."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np

from zzgeo.crs.datums import Datum, parse_datum
from zzgeo.crs.grids import Relation, by_seven, in_the_plane, of_four, of_pipeline, similarity
from zzgeo.crs.metric import metric_problems
from zzgeo.errors import InputError, Problem
from zzgeo.spec.study_file import GridSpec, InputSpec, StudySpec

#: A control point that is off by more metres speaks against the relation, or for a slip of the pen.
MOST_RESIDUAL_M = 1.0

#: Control points no farther apart cannot tell the turn of a city's grid: 1 cm between them is 0.2 m at 20 km.
LEAST_APART_M = 1_000.0

#: No grid of a city stretches by more; feet, swapped columns and points mistaken for others do.
MOST_STRETCH = 0.005


def with_own_grids(spec: StudySpec) -> tuple[StudySpec, list[Problem]]:
    """Return a study whose layers name the CRS of their grid in place of its id, and what is told of each grid.

    Returns
    -------
    (StudySpec, list of Problem)
        ``grid.declared`` (a warning) with what the relation rests on and its residuals; ``grid.refused`` where control
        points are off by more than `MOST_RESIDUAL_M`, closer together than `LEAST_APART_M`, or the scale differs from 1
        by more than `MOST_STRETCH`; ``crs.unknown`` and ``crs.mismatch`` of the CRS it leads to.
    """
    datums: dict[str, str] = {}
    problems: list[Problem] = []
    for grid in spec.grids:
        where = f"[[grids]] {grid.id}"
        try:
            relation = _relation(grid, where)
        except InputError as error:
            problems += error.problems
            continue
        except ValueError as error:
            problems.append(Problem("grid.refused", where, "", str(error), "correct it in study.toml"))
            continue
        doubts = _doubts(relation, grid, where)
        if grid.id in datums or _known(grid.id):
            why = "another grid or datum has this name"
            doubts = [Problem("grid.refused", where, grid.id, why, "call the grid otherwise")]
        if grid.id == spec.crs:
            why = "layers may lie in a grid of one's own, a study is reckoned in a known CRS"
            remedy = f'name crs = "{grid.to or grid.own}"'
            doubts = [Problem("grid.refused", where, f"crs = {spec.crs}", why, remedy)]
        problems += doubts or [_note(relation, grid, where)]
        datums[grid.id] = relation.crs.to_json()
    parts = {name: _named(getattr(spec, name), datums) for name in type(spec).model_fields} if datums else {}
    return spec.model_copy(update=parts), problems


def _named(part: Any, datums: dict[str, str]) -> Any:
    """Return a part of a study with the grids of its inputs."""
    if isinstance(part, tuple):
        return tuple(_named(one, datums) for one in part)
    if isinstance(part, InputSpec) and part.datum in datums:
        return part.model_copy(update={"datum": datums[part.datum]})
    return part


def _known(name: str) -> bool:
    try:
        parse_datum(name)
    except InputError:
        return False
    return True


def _relation(grid: GridSpec, where: str) -> Relation:
    """Return the relation a grid declares; points alone are fitted."""
    if grid.seven is not None and grid.own is not None:
        how = "seven parameters"
        own = parse_datum(grid.own, where).crs
        return Relation(by_seven(f"{grid.id} ({own.name}, {how})", own, grid.seven), how)
    known = _metres(parse_datum(str(grid.to), where), where)
    points = np.array([(*one.own, *one.known) for one in grid.points]).reshape(-1, 4)
    if grid.four is not None:
        how = "four parameters"
        matrix = of_four(grid.four.north_m, grid.four.east_m, grid.four.rotation_s, grid.four.scale_ppm)
    elif grid.pipeline is not None:
        how, matrix = "a pipeline", of_pipeline(grid.pipeline)
    elif len({tuple(one) for one in points[:, :2]}) < 2:
        raise ValueError("the control points are one place")
    else:
        how, matrix = f"{len(points)} control points", similarity(points[:, :2], points[:, 2:])
    if abs(np.linalg.det(matrix[:, 1:])) < 1e-9:
        raise ValueError("the relation brings all places to one line")
    return in_the_plane(f"{grid.id} ({how} to {known.name})", how, known.crs, matrix, points)


def _metres(datum: Datum, where: str) -> Datum:
    if datum.shift != "none" or metric_problems(gpd.GeoSeries([], crs=datum.crs), where):
        why, remedy = "a grid leads to a projected CRS in metres", 'say to = "EPSG:4547", or the zone of the place'
        raise InputError([Problem("crs.mismatch", where, datum.name, why, remedy)])
    return datum


def _doubts(relation: Relation, grid: GridSpec, where: str) -> list[Problem]:
    """Say why a relation cannot be right."""
    remedy = "check the control points: east before north, in metres, and each place the same in both systems"
    off, doubts = relation.residuals_m, []
    if off.size and off.max() > MOST_RESIDUAL_M:
        value = f"residuals up to {off.max():.2f} m, at point {int(off.argmax()) + 1} of {off.size}"
        doubts.append(("the control points contradict the relation", value))
    if grid.points and relation.apart_m < LEAST_APART_M:
        why = "control points so close together cannot tell how a grid is turned"
        doubts.append((why, f"at most {relation.apart_m:.0f} m apart, {LEAST_APART_M:.0f} m are needed"))
    if abs(relation.scale - 1) > MOST_STRETCH:
        doubts.append(("no grid of a city stretches like this", f"scale {relation.scale:.6f}"))
    return [Problem("grid.refused", where, value, why, remedy) for why, value in doubts]


def _note(relation: Relation, grid: GridSpec, where: str) -> Problem:
    """Tell what a relation rests on, and how well it holds."""
    off = relation.residuals_m
    value = relation.how
    if grid.seven is None:
        value += f", scale {round((relation.scale - 1) * 1e6, 1) + 0.0:+.1f} ppm, turned {relation.turn_deg:.5f}°"
    fitted = grid.four is None and grid.pipeline is None
    if off.size:
        value += f", residuals up to {off.max():.3f} m (points up to {relation.apart_m / 1000:.1f} km apart)"
    unchecked = off.size == 0 or (fitted and off.size == 2)
    why = "the layers that name this grid are read by the declared relation"
    why += ", which nothing checks: parameters alone, or two points, leave no residual" if unchecked else ""
    remedy = "add control points to check it by" if unchecked else "nothing to do"
    return Problem("grid.declared", where, value, why, remedy, "warning")
