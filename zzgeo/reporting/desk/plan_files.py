"""A plan of sites as files: a GeoPackage, GeoJSON and CSV of the sites, the curve, who is served, reached by none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from zzgeo.formats.parts.gdal import as_the_system
from zzgeo.intake.proposal import SITES_LAYER
from zzgeo.reporting.desk.geopackage import geopackage_is_whole
from zzgeo.reporting.desk.geopackage_rows import passing
from zzgeo.reporting.desk.tables import csv_bytes
from zzgeo.reporting.files import File
from zzgeo.siting.plan import Plan

#: The layers of ``sites.gpkg``: the attribute of a plan each is. What is built at the sites is told as a list of
#: facilities tells it, so that a plan can be added to a study.
LAYERS = {SITES_LAYER: "as_facilities", "unreachable": "unreachable", "left": "left", "refused": "refused"}


def plan_files(plan: Plan, scratch: Path) -> Iterator[File]:
    """Return the files of a plan, in their order.

    Parameters
    ----------
    plan
        From `zzgeo.site`.
    scratch
        An empty folder for passing use.
    """
    layers = {name: getattr(plan, own).assign(proposal=plan.mark) for name, own in LAYERS.items()}
    path = scratch / "sites.gpkg"
    day = plan.study.as_of.isoformat()
    with as_the_system(scratch), passing(day):
        for name, table in layers.items():
            # a layer without rows has no kind of geometry of its own
            kind = None if len(table) else "Point"
            pyogrio.write_dataframe(
                _plain(table), path, layer=name, driver="GPKG", geometry_type=kind, promote_to_multi=False
            )
    yield "sites.gpkg", path, geopackage_is_whole({name: len(table) for name, table in layers.items()})
    collection = _plain(layers[SITES_LAYER]).to_crs(4326).to_json(drop_id=True, ensure_ascii=False)
    flat = {f"{name}.csv": _flat(table) for name, table in layers.items()}
    own = {f"{name}.csv": getattr(plan, name).assign(proposal=plan.mark) for name in ("curve", "assignment")}
    tables = {"sites.csv": flat.pop("sites.csv")} | own | flat
    contents = {"sites.geojson": collection.encode()} | {name: csv_bytes(one) for name, one in tables.items()}
    contents["plan.json"] = plan_json(plan).encode()
    for name, content in contents.items():
        yield name, content, _same(content)


def plan_json(plan: Plan) -> str:
    """Return what a plan comes to as JSON: one object, keys sorted; what is unknown, or infinite, is null."""
    scenario = plan.as_scenario()
    made = scenario.proposal
    facts: dict[str, Any] = {
        "study": plan.study.name,
        "as_of": plan.study.as_of.isoformat(),
        "proposal": {"mark": plan.mark} | ({} if made is None else made.facts(scenario.facilities)),
        "rules": [rule.id for rule in plan.rules],
        "people_gained": plan.people,
        "people_promised": plan.promised,
        "bound": plan.bound,
        "gap": plan.gap,
        "sites": _flat(plan.as_facilities).to_dict("records"),
        "curve": plan.curve.to_dict("records"),
        "closed": list(plan.closed),
        "overload": {str(name): value for name, value in plan.overload.items()},
        "people_unreachable": float(plan.unreachable["people"].sum()),
        "people_left": float(plan.left["people"].sum()),
        "refused": pd.DataFrame(plan.refused)[["forbidden", "reason"]].reset_index().to_dict("records"),
        "notes": [problem.line() for problem in plan.notes],
    }
    return json.dumps(_known(facts), ensure_ascii=False, sort_keys=True, indent=1)


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _known(cell) for name, cell in value.items()}
    if isinstance(value, list):
        return [_known(cell) for cell in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _same(content: bytes) -> Callable[[bytes], bool]:
    return lambda read: read == content


def _flat(table: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return a table with the middle of each shape: ``x`` and ``y`` in the study's CRS, and in degrees of WGS84."""
    spots = gpd.GeoSeries(table.geometry.representative_point(), crs=table.crs)
    degrees = spots.to_crs(4326)
    plain = pd.DataFrame(table.drop(columns=table.geometry.name)).assign(x=spots.x, y=spots.y)
    plain = plain.assign(wgs84_lon=degrees.x.round(7), wgs84_lat=degrees.y.round(7))
    return plain.reset_index() if table.index.name else plain


def _plain(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a table as a layer: its id a column of text, columns of nothing but unknown cells as text."""
    layer = table.reset_index() if table.index.name else table
    empty = {name: layer[name].astype("string") for name in layer.columns if layer[name].dtype == object}
    return gpd.GeoDataFrame(layer.assign(**empty), geometry=table.geometry.name, crs=table.crs)
