"""Does a layer stand where its declared datum says? Streets tell: what is built stands beside them.

A layer in an offset datum that nobody declared is moved by 300 to 1,400 m. Moved back, its points come closer to the
streets, nearly all of them; a layer that is right only loses by such a move. Nothing is corrected here: the likely
datum is named, and a person decides.

Where streets tell nothing, the border may: a list that is moved puts the places of one side outside the districts and
leaves a strip empty on the other; moved back, they are all inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from zzgeo.crs.datums import step_to
from zzgeo.crs.metric import (
    WGS84,
    bd09_to_wgs84,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from zzgeo.crs.offsets import (
    Floats,
    Pair,
)
from zzgeo.errors import Problem
from zzgeo.intake.account import Account

#: Fewer points than this tell nothing; more than the second number tell nothing more.
FEWEST, MOST = 8, 2_000

#: How many standard errors the mean gain must exceed. Of 1,280 layers that were right, none exceeded 0.5.
SIGNIFICANT = 2.0

#: How much closer, on a logarithmic scale, the move must bring points than a move as far in any other direction.
EFFECT = 0.2
#: So many directions are tried, with so many of the points.
_DIRECTIONS, _CONTROLS = 16, 500
#: So many other directions may do as well: along streets that are parallel the mirrored move does.
_LIKE_IT = 2

#: So many places, and so many of a hundred, lie outside the districts before the border says anything.
OUTSIDE, OUTSIDE_SHARE = 3, 0.03
#: Moved back, no more than this share of them may still lie outside.
_STAY_OUT = 0.25
#: Places as near to the border as this share of the move are outside by the drawing of the border.
_BY_DRAWING = 0.125
#: A move as far in any direction would put outside this share of them: no more lie there than moving explains.
_USUAL = 0.4
#: So many of the other directions may bring as many inside: those next to the right one do.
_INSIDE_TOO = 4

# Distances below this are noise: the width of a street and the depth of a plot.
_NOISE_M = 8.0
# Points farther than this from every street say nothing about the datum.
_FAR_M = 1_500.0

_Move = Callable[[Floats, Floats], Pair]

#: What a layer declared as WGS 84 (or any CRS with an EPSG code) may really be in, and how to move it there.
_IF_PLAIN: tuple[tuple[str, str, _Move], ...] = (
    ("crs.gcj02_suspected", "GCJ-02", gcj02_to_wgs84),
    ("crs.bd09_suspected", "BD-09", bd09_to_wgs84),
)
#: What a layer declared as GCJ-02 or BD-09 may really be in.
_IF_GCJ02: tuple[tuple[str, str, _Move], ...] = (
    ("crs.offset_suspected", "EPSG:4326", wgs84_to_gcj02),
    ("crs.bd09_suspected", "BD-09", lambda lon, lat: bd09_to_wgs84(*wgs84_to_gcj02(lon, lat))),
)
_IF_BD09: tuple[tuple[str, str, _Move], ...] = (
    ("crs.offset_suspected", "EPSG:4326", wgs84_to_bd09),
    ("crs.gcj02_suspected", "GCJ-02", lambda lon, lat: gcj02_to_wgs84(*wgs84_to_bd09(lon, lat))),
)


def _candidates(declared: str) -> tuple[tuple[str, str, _Move], ...]:
    return {"GCJ-02": _IF_GCJ02, "BD-09": _IF_BD09}.get(declared, _IF_PLAIN)


def datum_problems(points: gpd.GeoSeries, streets: shapely.STRtree, declared: str, where: str) -> list[Problem]:
    """Say if a layer would fit the streets far better in another datum than the one declared; a warning, or nothing.

    Parameters
    ----------
    points
        Places in the study's metric CRS, shape (n_places,), put there by the declared datum. Areas are passed over:
        the middle of a park is far from every street.
    streets
        Search tree over street lines in the same CRS.
    declared
        The declared datum: ``"GCJ-02"``, ``"BD-09"``, or the name of a CRS.
    where
        The file, for the message.

    Returns
    -------
    list of Problem
        At most one: ``crs.gcj02_suspected``, ``crs.bd09_suspected`` or ``crs.offset_suspected``. With fewer than
        `FEWEST` points near streets nothing can be said.
    """
    xy = shapely.get_coordinates(points[points.geom_type == "Point"].to_numpy())
    if len(xy) > MOST:
        xy = xy[np.linspace(0, len(xy) - 1, MOST).astype(int)]
    crs = pyproj.CRS.from_user_input(points.crs)
    if len(streets.geometries) == 0:
        return []
    here = _nearest_m(streets, xy)
    near = here < _FAR_M
    if near.sum() < FEWEST:
        return []
    lon, lat = step_to(crs, WGS84.crs).transform(*xy[near].T)
    best: tuple[float, str, str, Floats] | None = None
    for code, name, move in _candidates(declared):
        there = _nearest_m(streets, np.column_stack(step_to(WGS84.crs, crs).transform(*move(lon, lat))))
        gain = _gain(here[near], there)
        if gain <= SIGNIFICANT or not _stands_out(streets, xy[near], lon, lat, move, crs):
            continue
        if best is None or gain > best[0]:
            best = gain, code, name, there
    if best is None:
        return []
    _, code, name, there = best
    value = f"median distance to the streets {np.median(here[near]):.0f} m; read as {name} {np.median(there):.0f} m"
    why = f"declared as {declared}, the layer fits the streets far better as {name}"
    remedy = f'if so, say datum = "{name}" for this layer'
    return [Problem(code, where, value, why, remedy, "warning")]


def _nearest_m(shapes: shapely.STRtree, xy: Floats) -> Floats:
    distance = np.full(len(xy), np.inf)
    (point, _), metres = shapes.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
    distance[point] = metres
    return distance


def _stands_out(streets: shapely.STRtree, xy: Floats, lon: Floats, lat: Floats, move: _Move, crs: pyproj.CRS) -> bool:
    """Tell whether a move brings points closer to the streets than a move as far in any other direction does.

    Where a layer is right and its places stand back from the streets, in the middle of blocks, nearly every move brings
    them closer; only the one that undoes a real shift stands out.
    """
    some = np.linspace(0, len(xy) - 1, min(len(xy), _CONTROLS)).astype(int)
    moved = np.column_stack(step_to(WGS84.crs, crs).transform(*move(lon[some], lat[some])))

    def closeness(places: Floats) -> float:
        return float(np.log(np.minimum(_nearest_m(streets, places), 10 * _FAR_M) + _NOISE_M).mean())

    others = _turned(xy[some], moved - xy[some])
    return sorted(map(closeness, others))[_LIKE_IT] - closeness(moved) >= EFFECT


def _turned(xy: Floats, steps: Floats) -> list[Floats]:
    """Return places moved as far as by some steps on average, in every other direction."""
    east, north = steps.mean(axis=0)
    turns = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)[1:]
    across, up = east * np.cos(turns) - north * np.sin(turns), east * np.sin(turns) + north * np.cos(turns)
    return list(xy + np.column_stack([across, up])[:, np.newaxis])


def _gain(here: Floats, there: Floats) -> float:
    """Return by how many standard errors points come closer to the streets, on a logarithmic scale."""
    closer = np.log(here + _NOISE_M) - np.log(np.minimum(there, 10 * _FAR_M) + _NOISE_M)
    # a handful of points can agree by chance: their spread is not taken below that of a street block
    spread = max(float(closer.std(ddof=1)), 0.35)
    return float(closer.mean() / (spread / np.sqrt(len(closer))))


def border_problems(
    points: gpd.GeoSeries, districts: shapely.STRtree, streets: shapely.STRtree, declared: str, where: str
) -> list[Problem]:
    """Say if the places of a list that lie outside the districts would lie inside in another datum.

    Parameters
    ----------
    points, streets, declared, where
        As `datum_problems` takes them; where streets say that the move would be wrong nothing is told.
    districts
        Search tree over the districts in the same CRS.

    Returns
    -------
    list of Problem
        At most one, of the codes of `datum_problems`. Nothing can be said of fewer than `OUTSIDE` places outside, of
        places that stand at the border, or where a move in most other directions brings as many inside.
    """
    xy = shapely.get_coordinates(points[points.geom_type == "Point"].to_numpy())
    out = _outside(districts, xy)
    if len(xy) < FEWEST or out.sum() < max(OUTSIDE, OUTSIDE_SHARE * len(xy)) or len(districts.geometries) == 0:
        return []
    crs = pyproj.CRS.from_user_input(points.crs)
    lon, lat = step_to(crs, WGS84.crs).transform(*xy.T)
    best: tuple[int, str, str] | None = None
    for code, name, move in _candidates(declared):
        moved = np.column_stack(step_to(WGS84.crs, crs).transform(*move(lon, lat)))
        stay = int(_outside(districts, moved).sum())
        better = stay <= _STAY_OUT * out.sum() and (best is None or stay < best[0])
        if better and _explains(districts, xy, out, moved) and not _against(streets, xy, moved):
            best = stay, code, name
    if best is None:
        return []
    stay, code, name = best
    value = f"{int(out.sum())} of {len(xy)} places lie outside every district; read as {name} {stay}"
    why = f"declared as {declared}, places of one side lie outside; read as {name}, they lie inside"
    remedy = f'if so, say datum = "{name}" for this layer'
    return [Problem(code, where, value, why, remedy, "warning")]


def _outside(districts: shapely.STRtree, xy: Floats) -> np.ndarray:
    outside = np.ones(len(xy), dtype=bool)
    outside[districts.query(shapely.points(xy), predicate="intersects")[0]] = False
    return outside


def _explains(districts: shapely.STRtree, xy: Floats, out: np.ndarray, moved: Floats) -> bool:
    """Tell whether places lie outside as a move would put them there: some way off, on one side, and no more."""
    step, stay = moved - xy, _outside(districts, moved).sum()
    if np.median(_nearest_m(districts, xy[out])) < _BY_DRAWING * np.hypot(*step.mean(axis=0)):
        return False
    as_many = sum(_outside(districts, places).sum() <= stay for places in _turned(xy, step))
    usual = np.mean([_outside(districts, places).sum() for places in _turned(moved, step)])
    return bool(as_many <= _INSIDE_TOO and usual >= _USUAL * out.sum())


def _against(streets: shapely.STRtree, xy: Floats, moved: Floats) -> bool:
    """Tell whether a move takes places away from the streets beside which they stand."""
    if len(streets.geometries) == 0:
        return False
    here = _nearest_m(streets, xy)
    near = here < _FAR_M
    return bool(near.sum() >= FEWEST and _gain(here[near], _nearest_m(streets, moved[near])) < -SIGNIFICANT)


def datum_doubts(
    streets: gpd.GeoDataFrame | None,
    facilities: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame,
    accounts: Sequence[Account],
) -> list[Problem]:
    """Ask the streets, and the border, whether each list of facilities, and the people, stand where their datum says.

    Without streets the border alone is asked.
    """
    tree = shapely.STRtree([] if streets is None else streets.geometry.values)
    areas = shapely.STRtree(districts.geometry.values)
    datums = {one.path: one.datum for one in accounts if one.layer in ("facilities", "demand")}
    problems = []
    for source, part in facilities.groupby("source"):
        declared = datums.get(str(source), "")
        told = datum_problems(part.geometry, tree, declared, str(source))
        problems += told or border_problems(part.geometry, areas, tree, declared, str(source))
    for one in accounts:
        if one.layer == "demand":
            problems += datum_problems(demand.geometry, tree, one.datum, one.path)
    return problems
