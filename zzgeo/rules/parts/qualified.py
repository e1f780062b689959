"""Which facilities meet what a clause asks of each one: beds, ownership, level; what is unknown does not qualify."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd
import shapely

from zzgeo.rules.parts.tabular import TOLERANCE
from zzgeo.rules.parts.units import column, says, understood
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.ownership import owned


@dataclass(frozen=True)
class Qualified:
    """Which facilities qualify, which under every reading, which might under another or if told what is not; flags.

    ``if_told`` are those that might if an empty cell were filled: a word that can be read in two ways is none.
    """

    sure: pd.Series
    firm: pd.Series
    possible: pd.Series
    if_told: pd.Series
    flags: list[Flag]


@dataclass(frozen=True)
class Conditions:
    """What a clause asks of each facility: beds, ground, and the words its row must say (Chinese spellings count)."""

    min_capacity: float | None = None
    ownership: str | None = None
    level: str | None = None
    min_land_area_m2: float | None = None


def conditions(rule: Rule) -> Conditions:
    """Return what a clause asks of each facility."""
    words = {name: str(rule.params[name]) if name in rule.params else None for name in ("ownership", "level")}
    beds = rule.param("min_capacity", 0.0) if "min_capacity" in rule.params else None
    ground = rule.param("min_land_area_m2", 0.0) if "min_land_area_m2" in rule.params else None
    return Conditions(beds, words["ownership"], words["level"], ground)


def asked(rule: Rule) -> dict[str, object]:
    """Return the conditions a clause sets, by the name of their parameter."""
    return {name: value for name, value in asdict(conditions(rule)).items() if value is not None}


def qualified(facilities: pd.DataFrame, wanted: Conditions) -> Qualified:
    """Tell which facilities meet every condition, each on its own.

    Parameters
    ----------
    facilities
        Table with ``capacity`` in beds, ``ownership``, ``level``, ``area_m2``; a column that is absent is unknown.
        Where ``area_m2`` is, the outline of a facility that is drawn as an area tells its ground.
    wanted
        The conditions; a capacity includes the number itself.

    Examples
    --------
    >>> beds = pd.DataFrame({"capacity": [40.0, 45.0, 70.0, None]})
    >>> qualified(beds, Conditions(70)).sure.tolist()
    [False, False, True, False]
    >>> [flag.text("en") for flag in qualified(beds, Conditions(70)).flags]
    ['capacity unknown, not counted: 1']
    """
    sure = pd.Series(True, index=facilities.index)
    firm, possible, if_told, flags, notes = sure.copy(), sure.copy(), sure.copy(), list[Flag](), list[Flag]()
    tests: list[tuple[str, pd.Series, pd.Series, pd.Series, pd.Series]] = []
    if wanted.min_capacity is not None:
        beds = pd.to_numeric(column(facilities, "capacity"), errors="coerce").astype(float)
        enough = beds >= wanted.min_capacity - TOLERANCE
        tests.append(("facilities.capacity_unknown", enough, enough, enough | beds.isna(), beds.isna()))
    if wanted.ownership is not None:
        own = owned(column(facilities, "ownership"), wanted.ownership)
        tests.append(("facilities.ownership_unknown", own.sure, own.firm, own.possible, own.empty))
        notes = own.flags
    if wanted.level is not None:
        cells, odd = understood(column(facilities, "level"), wanted.level)
        notes = [*notes, *odd]
        fits = says(cells, wanted.level)
        tests.append(("facilities.level_unknown", fits, fits, fits | cells.isna(), cells.isna()))
    if wanted.min_land_area_m2 is not None:
        ground = _ground_m2(facilities)
        large = ground >= wanted.min_land_area_m2 - TOLERANCE
        tests.append(("facilities.land_unknown", large, large, large | ground.isna(), ground.isna()))
    for code, counts, certain, may, unknown in tests:
        flags += flag_if_any(code, int(unknown.sum()))
        sure, firm, possible = sure & counts, firm & certain, possible & may
        if_told &= counts | unknown
    return Qualified(sure, firm, possible, if_told, [*flags, *notes])


def _ground_m2(facilities: pd.DataFrame) -> pd.Series:
    """Return the ground of each facility: what its row says, else its outline; NaN where neither tells."""
    said = pd.to_numeric(column(facilities, "area_m2"), errors="coerce").astype(float)
    if "geometry" not in facilities.columns:
        return said
    drawn = shapely.area(facilities["geometry"].to_numpy())
    return said.fillna(pd.Series(drawn, index=facilities.index).where(drawn > 0))
