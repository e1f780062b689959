"""Several rows of one district, as an exclave (飞地) makes them: dissolved to one where the study asks for it."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.errors import Problem
from zzgeo.intake import values
from zzgeo.intake.rows import Rows
from zzgeo.land import areal
from zzgeo.spec.schema import DISTRICTS
from zzgeo.vocabulary.people import POPULATION_GROUPS

#: What to do about several rows of one district where the study does not say that they are parts.
SAY_DISSOLVE = (
    "give every row its own id; where the rows are parts of one district (飞地) say dissolve = true in [districts]"
)


def dissolved(rows: Rows) -> Rows:
    """Return the rows with those of one code as one district, and tell what became of their numbers.

    People of the parts are added; a number that stands alike on every part is that of the whole district and is kept.
    Parts that say something else of anything, or only some of which say how many people, refuse the layer.
    """
    codes = values.texts(rows.table["code"])
    several = codes.notna() & codes.duplicated(keep=False)
    if not several.any():
        return rows
    districts, problems = [], []
    for code, parts in rows.table[several].groupby(codes[several], sort=False):
        district, problem = _one_of(str(code), parts, rows.file)
        districts.append(district)
        problems.append(problem)
    first = rows.table.index[codes.isna() | ~codes.duplicated(keep="first")]
    table = gpd.GeoDataFrame(pd.concat([rows.table[~several], *districts]).loc[first], crs=rows.table.crs)
    return replace(rows.telling(*problems), table=table, joined=len(rows.table) - len(table))


def _one_of(code: str, parts: gpd.GeoDataFrame, file: str) -> tuple[gpd.GeoDataFrame, Problem]:
    """Return the district that some parts are, on the first of their rows, and what is told of it."""
    labels = tuple(map(str, parts.index))
    district, numbers, faults = parts.iloc[:1].copy(), [], []
    for name in (one for one in DISTRICTS.columns if one in parts.columns):
        known = parts[name].dropna()
        if name in POPULATION_GROUPS and len(known):
            if len(known) < len(parts) and len(known) > 1:
                faults.append(f"{name} on {len(known)} of {len(parts)} rows")
            district[name], how = _people(known)
            numbers.append(f"{name} {how}")
        elif known.nunique() > 1:
            faults.append(f"{name} {', '.join(map(str, known.unique()))}")
        elif len(known):
            district[name] = known.iloc[0]
    if faults:
        why, remedy = (
            "the parts of one district say different things of it",
            "correct the rows, or give them other codes",
        )
        return district, Problem("id.duplicate", file, f"{code}: {'; '.join(faults)}", why, remedy, rows=labels)
    shape = parts.geometry.union_all()
    district = district.set_geometry(gpd.GeoSeries([areal(shape)], index=district.index, crs=parts.crs))
    areas = " + ".join(f"{area / 1e6:,.2f}" for area in parts.geometry.area)
    value = "; ".join([f"{code}: {len(parts)} rows, {areas} = {shape.area / 1e6:,.2f} km²", *numbers])
    why, remedy = (
        "the study says that rows of one code are parts of one district",
        "nothing to do if the sums are right",
    )
    return district, Problem("topology.dissolved", file, value, why, remedy, "warning", labels)


def _people(known: pd.Series) -> tuple[float, str]:
    numbers = known.to_numpy(dtype=float)
    if len(numbers) == 1 or np.ptp(numbers) == 0:
        return float(numbers[0]), f"{numbers[0]:,.0f} kept as that of the whole"
    return float(numbers.sum()), f"{' + '.join(f'{one:,.0f}' for one in numbers)} = {numbers.sum():,.0f}"
