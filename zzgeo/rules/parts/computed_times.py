"""Drive times from the study's own streets, for R13 where the study brings none: the table `read_trips` gives, marked.

Free flow (the limit of the way, else by class) times the factor of the clause, which holds the time lost at junctions
(resolutions.md A17). Turn restrictions are not looked at.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.intake.location import locate, points_of
from zzgeo.network.driving import EXPRESSWAY, MOTORWAY, DriveNetwork
from zzgeo.network.lines import Floats, Ints
from zzgeo.rules.parts.base import Context
from zzgeo.served import open_facilities
from zzgeo.spec.driving import PEAK
from zzgeo.standards import Rule

#: Kinds of facilities by which a study names its ramps itself; they are taken before what the streets tell.
RAMPS, MOTORWAY_ENTRIES = "expressway_ramp", "motorway_entry"

_NO_EXPRESSWAY = ("路网中没有快速路或高速公路的入口", "the streets hold no entry to an expressway or a motorway")
_NO_RAMP = ("范围内的路网没有快速路入口", "the streets hold no expressway entry in the area of the clause")
_NO_MOTORWAY = ("路网中没有高速公路入口", "the streets hold no entry to a motorway")


def drive_network(context: Context, rule: Rule) -> DriveNetwork | None:
    """Return the streets of a study as they are driven, None where it has none with classes of roads."""
    ways = context.driving_ways
    return None if ways is None else DriveNetwork.of(ways, rule.param("free_flow_factor", PEAK))


def computed_trips(context: Context, rule: Rule, network: DriveNetwork) -> pd.DataFrame | tuple[str, str]:
    """Return the drive times of a clause from the streets, or why there are none (zh, en).

    Returns
    -------
    DataFrame
        The columns of `zzgeo.rules.parts.drive_times.read_trips`; of stage 1 a row for each demand point the clause
        applies to, of stage 2 for each ramp inside its area. ``minutes`` is NaN where nothing can be driven to.
        ``off_ways``, the same in every row: ramps and entries the study lists that stand too far from every way.
    """
    if int(rule.param("stage", 1)) == 1:
        return _from_homes(context, rule, network)
    return _from_ramps(context, rule, network)


def _from_homes(context: Context, rule: Rule, network: DriveNetwork) -> pd.DataFrame | tuple[str, str]:
    network, listed, off = _listed(context, network, RAMPS)
    ramps = listed if len(listed) else np.union1d(network.entries(EXPRESSWAY), network.entries(MOTORWAY))
    if not len(ramps):
        return _NO_EXPRESSWAY
    people = context.people_of(rule)
    xy = shapely.get_coordinates(people.geometry.array)
    minutes = network.from_places(xy, network.minutes_to(ramps), context.study.walking.snap_max_m)
    return _trips(people.index.astype(str), minutes, 1, None).assign(off_ways=off)


def _from_ramps(context: Context, rule: Rule, network: DriveNetwork) -> pd.DataFrame | tuple[str, str]:
    network, listed, off = _listed(context, network, RAMPS)
    network, motorway, entries_off = _listed(context, network, MOTORWAY_ENTRIES)
    ramps = listed if len(listed) else network.entries(EXPRESSWAY)
    spots = gpd.GeoSeries(shapely.points(network.xy[ramps]), crs=context.study.crs)
    if rule.area is not None:
        inside = shapely.intersects(context.study.areas[rule.area], spots.array)
        ramps, spots = ramps[inside], spots[inside]
    if not len(ramps):
        return _NO_RAMP
    goals = motorway if len(motorway) else network.entries(MOTORWAY)
    if not len(goals):
        return _NO_MOTORWAY
    minutes = network.minutes_to(goals)[ramps]
    # a ramp outside all districts is told and not counted, as one of a brought table is
    district = locate(spots, context.study.districts).fillna("")
    names = pd.Index([f"ramp {number}" for number in range(1, len(ramps) + 1)])
    trips = _trips(names, np.where(np.isfinite(minutes), minutes, np.nan), 2, district.to_numpy())
    return trips.assign(off_ways=off + entries_off)


def _listed(context: Context, network: DriveNetwork, kind: str) -> tuple[DriveNetwork, Ints, int]:
    """Return the network with the open facilities of a kind as nodes, those near a way, and how many are near none."""
    listed, _ = open_facilities(context.study, (kind,))
    if not len(listed):
        return network, np.empty(0, dtype=np.int64), 0
    xy = shapely.get_coordinates(points_of(listed.geometry).array)
    network, node = network.with_places(xy, context.study.walking.snap_max_m)
    return network, node[node >= 0], int((node < 0).sum())


def _trips(start: pd.Index, minutes: Floats, stage: int, district: np.ndarray | None) -> pd.DataFrame:
    table = pd.DataFrame({"from": start, "minutes": minutes}).assign(stage=stage, people=np.nan, exit=False)
    return table.assign(district=None if district is None else district, scaled=True, computed=True)
