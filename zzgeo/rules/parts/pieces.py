"""What rules about ground share: districts cut by an area, who holds a point, and areas and heads told by a table."""

from __future__ import annotations

import unicodedata

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zzgeo.land import areal
from zzgeo.rules.parts.base import Context
from zzgeo.rules.parts.membership import ON_BORDER_M
from zzgeo.rules.parts.tabular import indicator_name, indicator_rows
from zzgeo.served import CITY
from zzgeo.standards import Rule

#: Units of a table by what they count, each with its size in m² or heads; spellings are compared without blanks.
_UNITS: dict[str, dict[str, float]] = {
    "m2": {"m2": 1.0, "sqm": 1.0, "平方米": 1.0, "ha": 1e4, "hectares": 1e4, "公顷": 1e4, "亩": 1e4 / 15,
           "km2": 1e6, "sqkm": 1e6, "平方公里": 1e6, "万平方米": 1e4},
    "people": {"people": 1.0, "persons": 1.0, "residents": 1.0, "人": 1.0, "万人": 1e4, "10,000people": 1e4},
    "count": {"toilets": 1.0, "facilities": 1.0, "count": 1.0, "座": 1.0, "处": 1.0, "个": 1.0},
}  # fmt: skip


def quantity(value: float, unit: str | None) -> tuple[str, float]:
    """Tell what a row of the indicator table gives: ``m2``, ``people``, ``count``, else a ``ratio`` as it stands.

    Examples
    --------
    >>> quantity(2431, "ha"), quantity(988.07, "万人"), quantity(966, "座"), quantity(7.1, "m2 per person")
    (('m2', 24310000.0), ('people', 9880700.0), ('count', 966.0), ('ratio', 7.1))
    """
    plain = unicodedata.normalize("NFKC", unit or "").replace(" ", "").lower()
    for what, sizes in _UNITS.items():
        if plain in sizes:
            return what, float(value) * sizes[plain]
    return "ratio", float(value)


def told(context: Context, rule: Rule) -> dict[str, dict[str, float]]:
    """Return what the indicator table says of a rule: {district code or "city": {"ratio", "m2", "people", "count"}}.

    The rule's own indicator is read in any unit; the rows its ``baseline`` names add areas, heads and counts.
    """
    found: dict[str, dict[str, float]] = {}
    own = indicator_name(rule)
    # the rule's own rows come last and, within an indicator, the newest: they overwrite what came before
    for indicator in (*reversed(rule.baseline), own):
        rows = indicator_rows(context, indicator)
        for code, value, unit in zip(rows["district"], rows["value"], rows["unit"], strict=True):
            what, amount = quantity(value, unit if isinstance(unit, str) else None)
            if what != "ratio" or indicator == own:
                found.setdefault(str(code) or CITY, {})[what] = amount
    return found


def pieces(context: Context, area: str | None = None) -> dict[str, BaseGeometry]:
    """Return {district code: its outline}, cut by a named area if one is given; empty where they do not meet."""
    outlines = context.study.districts.geometry
    if area is None:
        return {str(code): outline for code, outline in outlines.items()}
    shape = context.study.areas[area]
    shapely.prepare(shape)
    return {str(code): areal(shapely.intersection(outline, shape)) for code, outline in outlines.items()}


def holders(spots: gpd.GeoSeries, grounds: dict[str, BaseGeometry]) -> np.ndarray:
    """Return the code of the ground each point lies in, "" for none; on a common border that with the smallest code.

    Returns
    -------
    object array, shape (n_spots,)
    """
    codes = sorted(grounds)
    held = np.full(len(spots), "", dtype=object)
    if not len(spots):
        return held
    tree = shapely.STRtree(spots.values)
    for code in reversed(codes):
        if not grounds[code].is_empty:
            held[tree.query(grounds[code], predicate="dwithin", distance=ON_BORDER_M)] = code
    return held


def attribute(facilities: gpd.GeoDataFrame, *words: str) -> np.ndarray:
    """Tell which facilities carry one of the words in their attributes, bool array of shape (n_facilities,)."""
    if "attributes" not in facilities.columns or not len(facilities):
        return np.zeros(len(facilities), dtype=bool)
    texts = facilities["attributes"].fillna("").astype(str).str.lower()
    return np.array([any(word in text for word in words) for text in texts], dtype=bool)
