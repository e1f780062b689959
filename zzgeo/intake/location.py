"""Where rows lie within the study: in which district, outside all of them, or there only with the axes swapped."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.crs.metric import points_to_metric
from zzgeo.errors import CrsError, Problem
from zzgeo.intake import values
from zzgeo.intake.divisions import district_codes
from zzgeo.intake.in_use import plain_names
from zzgeo.intake.rows import MOST_ROWS, Fault, Rows, Step
from zzgeo.vocabulary.people import HOME_UNITS

#: A place this far outside the districts' bounds may still be right: the next town's hospital serves people, too.
_NEAR_M = 20_000.0

#: A place this far outside the district its row names is no matter of a border drawn otherwise.
_BESIDE_M = 100.0

#: A coordinate shared by so many facilities is likely that of a street, a district, or nothing in particular.
_STACK = 4

#: Two facilities of one name closer than this are probably one, written down twice.
_SAME_M = 50.0


#: The column of units that says in which unit of the next level each lies, where a study tells them level by level.
LIES_WITHIN = "lies_within"


def is_levelled(units: gpd.GeoDataFrame | None) -> bool:
    """Tell whether a study tells its units level by level (`zzgeo.intake.nesting`)."""
    return units is not None and LIES_WITHIN in units.columns


def locate(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series:
    """Return the index of the area each point lies in, boundary included, None outside all.

    A point exactly on a border belongs to the area with the smallest code (rules.md R01).
    """
    ordered = areas.sort_index()
    tree = shapely.STRtree(ordered.geometry.values)
    which, area = tree.query(points.values, predicate="intersects")
    found = np.full(len(points), -1)
    order = np.lexsort((area, which))[::-1]
    found[which[order]] = area[order]
    codes = np.array([*ordered.index, None], dtype=object)
    return pd.Series(codes[found], index=points.index, dtype=object)


def points_of(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return points as they are, and of anything else a point inside it."""
    return shapes if (shapes.geom_type == "Point").all() else shapes.representative_point()


def in_district(districts: gpd.GeoDataFrame | None, what: str) -> Step:
    """Return the step that gives every row its district by place where the file does not say it.

    Rows outside all districts are set aside; where no districts are known nothing is done.
    """

    def step(rows: Rows) -> Rows:
        if districts is None:
            return rows
        table = rows.table
        points = points_of(table.geometry)
        district = locate(points, districts)
        if "district" in table.columns:
            said = district_codes(table["district"], districts)
            said = said.where(said.isin(districts.index), None)
            rows = _told_if_elsewhere(rows, points, said.where(said != district, None), districts)
            district = said.where(said.notna(), district)
        reason = f"the {what} lies in no district of the study"
        fault = ("district", "", "coord.outside_study_area", reason)
        return rows.with_table(table.assign(district=district)).without(
            dict.fromkeys(table.index[district.isna()], fault)
        )

    return step


def _told_if_elsewhere(rows: Rows, points: gpd.GeoSeries, said: pd.Series, districts: gpd.GeoDataFrame) -> Rows:
    """Warn of rows that lie clearly outside the district they name; ``said`` is None where row and place agree."""
    far = np.zeros(len(points), dtype=bool)
    odd = np.flatnonzero(said.notna())
    if not len(odd):
        return rows
    outlines = districts.geometry.loc[said.iloc[odd]].to_numpy()
    far[odd] = shapely.distance(points.to_numpy()[odd], outlines) > _BESIDE_M
    why = f"the place lies more than {_BESIDE_M:g} m outside the district its row names, for which it counts"
    return rows.warning("coord.outside_district", far, "district", why, "check the district and the coordinates")


def in_unit(units: gpd.GeoDataFrame | None) -> Step:
    """Return the step that gives people their community or village, by code or by place, and its district."""

    def step(rows: Rows) -> Rows:
        if units is None:
            return rows
        homes, table = units[units["type"].isin(HOME_UNITS)], rows.table
        areas = homes[homes.geometry.geom_type.isin(("Polygon", "MultiPolygon"))]
        unit = locate(table.geometry, areas) if len(areas) else pd.Series(None, index=table.index, dtype=object)
        if "unit" in table.columns:
            said = values.texts(table["unit"])
            unit = said.where(said.isin(homes.index), unit)
            known = units if is_levelled(units) else homes
            rows = _told_of_unknown_units(rows, said[said.notna() & ~said.isin(known.index)])
        table = _by_type(table, units) if is_levelled(units) else table
        of_unit, known = pd.factorize(unit)
        home = homes["district"].to_dict()
        # the last stands for a point in no unit
        district = np.array([*map(home.get, known), None], dtype=object)[of_unit]
        return rows.with_table(table.assign(unit=unit.astype(object).where(unit.notna(), None), district=district))

    return step


def _by_type(table: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return people with the codes of units they name, in ``unit`` or in a column called like a type, by type."""
    for unit_type in sorted(set(units["type"])):
        codes = pd.Series(None, index=table.index, dtype=object)
        for name in (unit_type,) if unit_type in HOME_UNITS else (unit_type, "unit"):
            if name in table.columns:
                said = values.texts(table[name]).astype(object)
                codes = codes.where(codes.notna(), said.where(said.map(units["type"]) == unit_type, None))
        if codes.notna().any() or unit_type in table.columns:
            table = table.assign(**{unit_type: codes})
    return table


def _told_of_unknown_units(rows: Rows, unknown: pd.Series) -> Rows:
    if not len(unknown):
        return rows
    value = f"{len(unknown)} rows, first {unknown.iloc[0]}"
    why, remedy = "no community or village has this code", "placed by coordinates; check the codes"
    return rows.telling(Problem("value.unknown_code", rows.file, value, why, remedy, "warning"))


def right_way_round(districts: gpd.GeoDataFrame | None) -> Step:
    """Return the step that finds rows that lie in the study only with their two coordinates swapped.

    By themselves these are possible. Most rows: the layer is refused. Some: they are set aside. Nothing is ever
    swapped, and nothing is found where no districts are known.
    """

    def step(rows: Rows) -> Rows:
        if districts is None or rows.given is None or rows.datum is None or not len(rows.table):
            return rows
        swapped = _swapped(rows, districts)
        if not swapped.any():
            return rows
        labels = rows.table.index[swapped]
        why = "the place lies in the study only with its two coordinates the other way round"
        if 2 * swapped.sum() >= len(swapped):
            value = f"{int(swapped.sum())} of {len(swapped)} rows"
            remedy = "name the two columns the other way round"
            origin = tuple(str(rows.row_of(label)) for label in labels[:MOST_ROWS])
            return rows.telling(Problem("coord.swapped", rows.file, value, why, remedy, rows=origin))
        given = rows.given.loc[[rows.row_of(label) for label in labels]]
        faults: dict[object, Fault] = {
            label: ("lon, lat", f"{x:.10g}, {y:.10g}", "coord.swapped", why)
            for label, (x, y) in zip(labels, given.to_numpy(), strict=True)
        }
        return rows.without(faults)

    return step


def _swapped(rows: Rows, districts: gpd.GeoDataFrame) -> np.ndarray:
    """Mark rows far from the districts that are near them with their coordinates the other way round."""
    assert rows.given is not None
    assert rows.datum is not None
    crs = pyproj.CRS.from_user_input(rows.table.crs)
    shapes = np.asarray(rows.table.geometry.array)
    points = (shapely.get_type_id(shapes) == 0).all()
    stray = ~_near(shapely.get_coordinates(shapes if points else shapely.centroid(shapes)), districts)
    swapped = np.zeros(len(stray), dtype=bool)
    if not stray.any():
        return swapped
    given = rows.given.loc[[rows.row_of(label) for label in rows.table.index[stray]]]
    try:
        turned = points_to_metric(given["y"].to_numpy(), given["x"].to_numpy(), rows.datum, crs)
    except CrsError:
        return swapped  # turned round they are no places at all
    swapped[np.flatnonzero(stray)[_near(np.column_stack(turned), districts)]] = True
    return swapped


def _near(xy: np.ndarray, districts: gpd.GeoDataFrame) -> np.ndarray:
    west, south, east, north = districts.total_bounds
    low, high = np.array([west, south]) - _NEAR_M, np.array([east, north]) + _NEAR_M
    with np.errstate(invalid="ignore"):
        return np.asarray(((xy >= low) & (xy <= high)).all(axis=1))


def told_if_outside(districts: gpd.GeoDataFrame | None) -> Step:
    """Return the step that warns of facilities outside every district: kept, but counted as nobody's provision."""

    def step(rows: Rows) -> Rows:
        if districts is None or not len(rows.table):
            return rows
        home = locate(points_of(rows.table.geometry), districts)
        why = "outside every district: they serve people near the border but are nobody's provision"
        remedy = "nothing to do"
        if home.isna().mean() > 0.5:
            remedy = "check the datum and the columns: more than half of the rows lie outside"
        return rows.warning("coord.outside_study_area", home.isna(), "facilities", why, remedy)

    return step


def told_if_stacked(rows: Rows) -> Rows:
    """Warn of many facilities at exactly one coordinate: a geocoder's fallback, not where they are."""
    table = rows.table
    points = table.geometry.geom_type == "Point"
    if points.sum() < _STACK:
        return rows
    xy = pd.DataFrame(shapely.get_coordinates(table.geometry[points].values).round(3), columns=["x", "y"])
    size = xy.groupby(["x", "y"])["x"].transform("size").to_numpy()
    mask = np.zeros(len(table), dtype=bool)
    mask[np.flatnonzero(points)] = size >= _STACK
    why = f"{_STACK} facilities or more stand at exactly one place, perhaps the middle of a street or a district"
    return rows.warning("coord.stacked", mask, "coordinates", why, "check their addresses")


def near_duplicates(table: gpd.GeoDataFrame) -> list[Problem]:
    """Warn of facilities of one kind and name within 50 m: one facility in two lists, or written down twice."""
    if "name" not in table.columns or not len(table):
        return []
    return [*_of_one_name(table), *_without_names(table)]


def _without_names(table: gpd.GeoDataFrame) -> list[Problem]:
    """Warn of facilities of one kind and without names at one place, to a metre."""
    nameless = table[table["name"].isna() & ~table.geometry.isna() & ~table.geometry.is_empty]
    spot = shapely.get_coordinates(shapely.centroid(nameless.geometry.values)).round()
    key = pd.DataFrame({"kind": nameless["kind"].to_numpy(dtype=object), "x": spot[:, 0], "y": spot[:, 1]})
    again = key.duplicated().to_numpy()
    if not again.any():
        return []
    ids = tuple(map(str, nameless.index[key.duplicated(keep=False).to_numpy()]))
    shown = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
    why = "same kind at the same place, without names: perhaps one facility written down twice"
    remedy = "remove those that repeat another, or name them; each of them counts"
    return [Problem("row.near_duplicate", "facilities", shown, why, remedy, "warning", ids[:MOST_ROWS])]


def _of_one_name(table: gpd.GeoDataFrame) -> list[Problem]:
    names = pd.DataFrame({"kind": table["kind"], "name": plain_names(table["name"])})
    several = table[names.duplicated(keep=False) & names["name"].notna()]
    pairs: dict[object, object] = {}  # the row that repeats, and the one it repeats
    # groups as rows of arrays: most are two facilities, and a table for each took longer than all the rest
    group = names.loc[several.index].groupby(["kind", "name"], sort=True).ngroup().to_numpy()
    order, places = np.argsort(group, kind="stable"), np.asarray(several.geometry.array, dtype=object)
    order = order[group[order] >= 0]
    for members in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        spots = places[members]
        first, second = shapely.STRtree(spots).query(spots, predicate="dwithin", distance=_SAME_M)
        for repeated, by in sorted(zip(first[second > first], second[second > first], strict=True)):
            pairs.setdefault(several.index[members[by]], several.index[members[repeated]])
    if not pairs:
        return []
    named_pairs = [f"{one} = {other} {table.at[one, 'name']}" for other, one in list(pairs.items())[:5]]
    more = f" and {len(pairs) - 5} more" if len(pairs) > 5 else ""
    shown, ids = ", ".join(named_pairs), [one for pair in pairs.items() for one in pair[::-1]]
    why = f"same kind and name within {_SAME_M:g} m of each other: probably one facility written down twice"
    remedy = "remove one of the two; they are counted twice where places differ by over 1 m"
    rows = tuple(dict.fromkeys(map(str, ids[:2000])))
    return [Problem("row.near_duplicate", "facilities", f"{shown}{more}", why, remedy, "warning", rows)]
