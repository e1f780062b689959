"""What rules about ground share: districts cut by an area, who holds a point, and areas and heads told by a table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.units import AREA, COUNT, PEOPLE, measure, plain

#: What is counted by the plain units of a table, as rules call it.
_AMOUNTS = {AREA: "m2", PEOPLE: "people", COUNT: "count"}

#: What a unit says that is so much per something.
_RATE = re.compile(r"per|/|人均|每|%|百分|share")


def quantity(value: float, unit: str | None) -> tuple[str, float]:
    """Tell what a row of the indicator table gives.

    Returns
    -------
    (str, float)
        ``m2``, ``people`` or ``count`` with the value in ones of it; ``ratio`` with the value as it stands, where the
        unit is so much per something or empty; ``unknown`` for any other unit.

    Examples
    --------
    >>> quantity(2431, "ha"), quantity(988.07, "万人"), quantity(966, "座"), quantity(7.1, "m2 per person")
    (('m2', 24310000.0), ('people', 9880700.0), ('count', 966.0), ('ratio', 7.1))
    >>> quantity(3, "坪")
    ('unknown', 3.0)
    """
    measured = measure(unit or "")
    if measured is not None and measured[0] in _AMOUNTS:
        return _AMOUNTS[measured[0]], float(value) * measured[1]
    return "ratio" if not unit or _RATE.search(plain(unit)) else "unknown", float(value)


@dataclass
class Told:
    """What the indicator table says of a rule, {district code or "city": {"ratio", "m2", "people", "count"}}."""

    amounts: dict[str, dict[str, float]] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)


def told(context: Context, rule: Rule) -> Told:
    """Return what the indicator table says of a rule, and a flag for rows whose unit nobody knows.

    The rule's own indicator is read in any unit; the rows its ``baseline`` names add areas, heads and counts.
    """
    found = Told()
    own = indicator_name(rule)
    unknown: list[str] = []
    # the rule's own rows come last and, within an indicator, the newest: they overwrite what came before
    for indicator in (*reversed(rule.baseline), own):
        rows = indicator_rows(context, indicator)
        for code, value, unit in zip(rows["district"], rows["value"], rows["unit"], strict=True):
            what, amount = quantity(value, unit if isinstance(unit, str) else None)
            if what == "unknown":
                unknown += [str(unit)] if indicator == own else []
            elif what != "ratio" or indicator == own:
                found.amounts.setdefault(str(code) or CITY, {})[what] = amount
    if unknown:
        found.flags.append(Flag("indicator.unit_unknown", indicator=own, units=sorted(set(unknown))))
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
