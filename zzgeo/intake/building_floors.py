"""Buildings people are estimated from: their floor area, and which of them are homes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.formats.parts.osm_roles import HOME_BUILDINGS
from zzgeo.intake.rows import Fault, Rows, Step
from zzgeo.spec.nearest import nearest

#: What a map says of a building of which it does not know the use.
_UNSAID = "yes"


def with_floor_area(floors_missing: float | None) -> Step:
    """Return the step that puts buildings at a point inside them, with their floor area in m².

    ``ground_m2`` is what a building covers; ``floors_taken`` tells where neither floor area nor floors are known and
    `floors_missing` stands in; ``floor_m2`` is NaN where that is None, too.
    """

    def step(rows: Rows) -> Rows:
        table = rows.table
        ground = table.geometry.area
        floors = _number(table, "floors").where(lambda number: number > 0)
        given = _number(table, "floor_area_m2").where(lambda number: number > 0)
        taken = given.isna() & floors.isna()
        usual = np.nan if floors_missing is None else floors_missing
        floor = given.fillna(ground * floors.fillna(usual))
        points = table.geometry.representative_point()
        return rows.with_table(table.assign(ground_m2=ground, floors_taken=taken, floor_m2=floor).set_geometry(points))

    return step


def _number(table: pd.DataFrame, name: str) -> pd.Series:
    empty = pd.Series(np.nan, index=table.index)
    return table[name].astype(float) if name in table.columns else empty


@dataclass(frozen=True)
class Homes:
    """Buildings told apart: the rows of those that are homes, and those of which nobody knows the use.

    ``other`` counts those of another use; ``all_homes`` says that no column tells the use, and all were taken.
    """

    rows: Rows
    unknown: gpd.GeoDataFrame
    other: int
    all_homes: bool


def homes_among(rows: Rows, residential: Collection[str]) -> Homes:
    """Tell buildings that are homes from others; those of other and of unknown use are set aside, and listed.

    Parameters
    ----------
    rows
        Buildings with floor area.
    residential
        Words of the column ``use`` that are homes; of a map those of homes (``building = apartments`` and the like)
        where none is named.

    Returns
    -------
    Homes
        Refused (``config.invalid``) where a word stands on no building, or no word tells which are homes;
        ``value.missing`` where the floors of some are not known and nothing stands in for them; ``layer.empty`` where
        none is a home.
    """
    of_map, table = "taken_for" in rows.table.columns, rows.table
    none = table.iloc[:0]
    if "use" not in table.columns:
        if residential:
            why, remedy = "no column tells the use of a building", 'name it: columns = { use = "…" }'
            return Homes(rows.refusing("config.invalid", "residential", why, remedy), none, 0, all_homes=False)
        return _with_floors(Homes(rows, none, 0, all_homes=True))
    use = table["use"].astype("string").str.strip().replace("", pd.NA)
    if not residential and not of_map:
        common = ", ".join(f'"{word}"' for word in use.value_counts().index[:8])
        why, remedy = "which of these words are homes is not said", f"residential = [{common}]: keep the homes"
        return Homes(rows.refusing("config.invalid", "residential", why, remedy), none, 0, all_homes=False)
    words = set(residential) or HOME_BUILDINGS
    # the words of a map are everybody's, and one of them may be missing from a small one
    rows = _refusing_unknown(rows, set(residential) - (HOME_BUILDINGS | {_UNSAID} if of_map else set()), use.dropna())
    known = use.notna() & ~(use.eq(_UNSAID).fillna(False) & of_map & (_UNSAID not in words))
    home = use.isin(words)
    apart = {"building.use_unknown": ~known & ~home, "row.not_chosen": known & ~home}
    reasons = {
        "building.use_unknown": "nobody says whether people live there",
        "row.not_chosen": "the building is of another use",
    }
    faults: dict[object, Fault] = {
        row: ("use", "" if use.isna()[row] else str(use[row]), code, reasons[code])
        for code, mask in apart.items()
        for row in table.index[mask]
    }
    found = Homes(rows.without(faults), table[~known & ~home], int((known & ~home).sum()), all_homes=False)
    return _with_floors(found)


def _refusing_unknown(rows: Rows, residential: Collection[str], used: pd.Series) -> Rows:
    known = set(used)
    for word in sorted(residential):
        if word not in known:
            remedy = nearest(word, known) + "write it as the file does"
            rows = rows.refusing("config.invalid", f'residential = ["{word}"]', "no building is of this use", remedy)
    return rows


def _with_floors(homes: Homes) -> Homes:
    """Refuse homes and buildings that may be such where their floors are not known and nothing stands in for them."""
    rows = homes.rows
    if rows.refused:
        return homes
    if not len(rows.table):
        why = "no building is a home"
        rows = rows.refusing("layer.empty", "homes=0", why, 'say which are: residential = ["…"] in [demand]')
    lacking = int(rows.table["floor_m2"].isna().sum() + homes.unknown["floor_m2"].isna().sum())
    if lacking:
        value = f"floors unknown at {lacking:,} of {len(rows.table) + len(homes.unknown):,} buildings"
        remedy = "say how many floors such a building has: floors_missing = … in [demand]"
        rows = rows.refusing("value.missing", value, "what is not known is not nothing", remedy)
    return Homes(rows, homes.unknown, homes.other, homes.all_homes)
