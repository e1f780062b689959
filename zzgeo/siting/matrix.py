"""Which rows of a clause each candidate would serve: by the very rule of the audit, so that a promise is kept."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse
from numpy.typing import NDArray

from zzgeo.network import WalkNetwork
from zzgeo.network.neighbours import straight_pairs
from zzgeo.rules.parts.base import Context
from zzgeo.rules.parts.on_foot import DETOUR
from zzgeo.rules.parts.qualified import conditions, qualified
from zzgeo.served import walks_within
from zzgeo.siting.building import built_for
from zzgeo.siting.demand import Demand

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Triples = tuple[Ints, Ints, Floats]


def reach_matrix(
    context: Context, demand: Demand, candidates: gpd.GeoDataFrame, standing: Context | None = None
) -> scipy.sparse.csr_array:
    """Return the metres between each row of a clause and each candidate that would serve it.

    Parameters
    ----------
    context
        The context the demand was taken from: its network, ledgers, walking profile and straight lines are the audit's.
    demand
        Of one clause.
    candidates
        Table of `zzgeo.siting.candidates.Candidates`.
    standing
        Context of the study with the facilities that are candidates themselves, if some are: they stand in it.

    Returns
    -------
    csr_array, shape (n_rows, n_candidates)
        Metres walked, or in a straight line; 0 where the unit decides. An entry that is stored, a 0 too, is a pair
        within the reach.
    """
    places = built_for(demand.rule, candidates, context.study)
    able = np.flatnonzero(_counts(standing or context, demand, candidates, places))
    place, row, metres = _pairs(context, demand, places.iloc[able])
    shape = (len(demand.ids), len(candidates))
    return scipy.sparse.csr_array((metres, (row, able[place])), shape=shape)


def _counts(
    context: Context, demand: Demand, candidates: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> NDArray[np.bool_]:
    """Tell which candidates count for a clause: of the right kind; one that exists, if the clause counts it."""
    counts: NDArray[np.bool_] = (places["kind"] != "").to_numpy(dtype=bool, copy=True)
    exists = (candidates["source"] == "facility").to_numpy(dtype=bool)
    if exists.any():
        own, _ = context.facilities(demand.rule)
        fits = qualified(own, conditions(demand.rule)).sure
        counts[exists] = candidates.index[exists].isin(own.index[fits])
    return counts


def _pairs(context: Context, demand: Demand, places: gpd.GeoDataFrame) -> Triples:
    if not len(places) or not len(demand.ids):
        none = np.empty(0, dtype=np.int64)
        return none, none, np.empty(0)
    if demand.needs is not None:
        return _by_unit(demand, places)
    assert demand.rows is not None
    people, limit = context.study.demand.iloc[demand.rows], demand.kind.limit(context, demand.rule)
    if demand.kind.along == "straight":
        return straight_pairs(places, people, limit, context.study.ground)
    network = demand.kind.streets(context, demand.rule)
    if network is None:
        place, row, metres = straight_pairs(places, people, limit / DETOUR, context.study.ground)
        return place, row, metres * DETOUR
    return _walked(context, network, demand, places, people, limit)


def _by_unit(demand: Demand, places: gpd.GeoDataFrame) -> Triples:
    """Return the places that lie in each unit; of several a unit lacks, every place answers one.

    Places in a unit differ in nothing but what they cost: they take turns at the rows of their unit.
    """
    assert demand.needs is not None
    assert demand.slot is not None
    held = demand.needs.held_by(places)
    place = places.index.get_indexer(pd.Index(held["facility_id"]))
    turn = held.groupby("code", sort=False).cumcount().to_numpy(dtype=np.int64)
    number = demand.ids.value_counts()
    times = held["code"].map(number).fillna(0).to_numpy(dtype=np.int64)
    some = times > 0
    first = pd.Series(np.arange(len(demand.ids)), index=demand.ids)
    first = first[~first.index.duplicated()]
    row = held["code"][some].map(first).to_numpy(dtype=np.int64) + turn[some] % times[some]
    return place[some].astype(np.int64), row, np.zeros(int(some.sum()))


def _walked(
    context: Context,
    network: WalkNetwork,
    demand: Demand,
    places: gpd.GeoDataFrame,
    people: gpd.GeoDataFrame,
    limit: float,
) -> Triples:
    """Return the walks, as `zzgeo.served.access` would measure them with one of the places there.

    A place on a piece of the network without a facility changes who walks from where, so places are measured by the
    pieces they add.
    """
    study = context.study
    assert context.demand_ledger is not None
    assert demand.rows is not None
    ledger = context.demand_ledger.iloc[demand.rows]
    there = study.on_streets.entries(context.facilities(demand.rule)[0])
    served = set() if there is None else set(there["component"].dropna().astype(int))
    parts = []
    for which in _by_pieces(context, places, served):
        place, row, metres = walks_within(study, network, places.iloc[which], people, ledger, limit, served)
        parts.append((which[place], row, metres))
    place, row, metres = (np.concatenate([part[n] for part in parts]) for n in range(3))
    return place.astype(np.int64), row.astype(np.int64), metres.astype(np.float64)


def _by_pieces(context: Context, places: gpd.GeoDataFrame, served: set[int]) -> list[Ints]:
    """Return the places in groups of those that stand on the same pieces of the network without a facility."""
    entries = context.study.on_streets.entries(places)
    assert entries is not None
    known = entries[entries["component"].notna()]
    pieces: dict[object, set[int]] = {}
    for label, piece in zip(known["facility_id"], known["component"], strict=True):
        pieces.setdefault(label, set()).add(int(piece))
    groups: dict[frozenset[int], list[int]] = {}
    for number, label in enumerate(places.index):
        groups.setdefault(frozenset(pieces.get(label, set()) - served), []).append(number)
    return [np.array(group, dtype=np.int64) for group in groups.values()]
