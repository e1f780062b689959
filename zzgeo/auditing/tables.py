"""Tables of a report beside its findings: gaps, and where everything stands on the streets."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import pandas as pd

from zzgeo.intake.study import Study
from zzgeo.network import best_access
from zzgeo.numbers import settled_table
from zzgeo.rules.parts.base import Context
from zzgeo.siting.gaps import GAP_COLUMNS


def joined(gaps: Iterable[gpd.GeoDataFrame], study: Study) -> gpd.GeoDataFrame:
    """Return the gaps of all rules as one table."""
    full = [table for table in gaps if len(table)]
    if not full:
        return gpd.GeoDataFrame({name: [] for name in GAP_COLUMNS}, geometry=[], crs=study.crs).rename_axis("gap_id")
    return gpd.GeoDataFrame(pd.concat(full), geometry="geometry", crs=study.crs)


def snapping(context: Context) -> pd.DataFrame:
    """Return the ledger: where every facility and every demand point stands on the streets."""
    columns = ["layer", "id", "edge_id", "offset_m", "snap_m", "component", "status"]
    if context.network is None or context.demand_ledger is None:
        return pd.DataFrame({name: [] for name in columns})
    study = context.study
    assert study.on_streets.facilities_ledger is not None
    facilities = best_access(study.on_streets.facilities_ledger, study.facilities)
    parts = [
        ledger.assign(layer=layer, id=ledger.index.to_numpy(dtype=object))[columns]
        for layer, ledger in (("facility", facilities), ("demand", context.demand_ledger))
    ]
    table = pd.concat([part.astype({"edge_id": object, "component": object}) for part in parts])
    table.index = pd.Index(table["layer"] + ":" + table["id"].astype(str), name="position")
    return settled_table(table)
