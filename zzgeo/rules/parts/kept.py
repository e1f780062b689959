"""The distances to the facilities of a clause as they are, kept so that a change of facilities is told from them."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

import numpy as np
import pandas as pd
import shapely

from zzgeo.intake.in_use import Register
from zzgeo.network import WalkNetwork
from zzgeo.network.blocks import Blocks
from zzgeo.network.groups import Groups
from zzgeo.network.positions import Positions
from zzgeo.network.snapping import demand_positions, other_streets, positions
from zzgeo.network.updates import Nearest
from zzgeo.rules.parts.base import Context
from zzgeo.rules.parts.membership import Places
from zzgeo.standards import Rule

#: The columns of an `zzgeo.served.access` table that change with the facilities.
DISTANCES = ("straight_m", "streets_m", "unreached_m")

_AROUND_M = 1.0


def kept_of(context: Context, rule: Rule, network: WalkNetwork | None) -> Kept:
    """Return what is kept of the distances to the facilities of a clause; made once."""
    key = context.access_key(rule, network)
    if key not in context.kept:
        context.kept[key] = Kept(context, rule, network)
    found = context.kept[key]
    assert isinstance(found, Kept)
    return found


class Kept:
    """The distances to the facilities of a clause as they are, ready to be changed."""

    def __init__(self, context: Context, rule: Rule, network: WalkNetwork | None) -> None:
        self.context, self.network, self.kinds = context, network, set(rule.facilities)
        self.key, study = context.access_key(rule, network), context.study
        table = study.facilities[study.facilities["kind"].isin(list(rule.facilities))]
        self.places = Places.of(table)
        self.ids = self.places.ids
        self.row = {one: row for row, one in enumerate(self.ids)}
        self.least = rule.param("min_floor_area_m2", 0.0) if "min_floor_area_m2" in rule.params else None
        self.register = Register.of(table)
        counted, self.flags = self.register.counted(study.as_of, self.least)
        self.ranks = np.flatnonzero(counted)
        self.access = context.access(rule, network)
        self._rank: dict[str, np.ndarray] = {}

    def rank(self, kind: str) -> np.ndarray:
        """Return the nearest facility of every demand point, ``straight`` or along the ``streets``; -1 where none."""
        if kind not in self._rank:
            ids = self.access[f"{kind}_id"]
            if isinstance(ids.dtype, pd.CategoricalDtype):
                of = pd.Index(self.ids).get_indexer(ids.cat.categories.astype(object))
                self._rank[kind] = np.append(of, -1)[ids.cat.codes.to_numpy()].astype(np.int64)
            else:
                self._rank[kind] = np.full(len(ids), -1)
        return self._rank[kind]

    @cached_property
    def known(self) -> dict[str, np.ndarray]:
        """Return the distances of every demand point (`DISTANCES`)."""
        return {name: self.access[name].to_numpy(dtype=float) for name in DISTANCES}

    @cached_property
    def onto(self) -> np.ndarray:
        """Tell which demand points have a street."""
        return self.access["on_streets"].to_numpy(dtype=bool)

    def rows_of(self, column: str) -> Groups:
        """Return the rows of the demand by the place of their code in a column of `Context.key` among those there."""
        kept = self.context.kept
        if ("rows", column) not in kept:
            key = self.context.key(column, self.context.study.demand).cat
            kept["rows", column] = Groups(key.codes.to_numpy(), len(key.categories))
        rows: Groups = kept["rows", column]
        return rows

    @cached_property
    def points_only(self) -> bool:
        """Tell whether every facility and every home is a point with a place."""
        return points(self.places.shapes) and bool(np.isfinite(self.context.xy).all())

    @cached_property
    def xy(self) -> np.ndarray:
        """Return the coordinates of the facilities."""
        return shapely.get_coordinates(self.places.shapes)

    @cached_property
    def nearest_to(self) -> Groups:
        """Return the rows of the demand by their nearest facility in a straight line."""
        return Groups(self.rank("straight"), len(self.ids))

    @cached_property
    def spots(self) -> tuple[Blocks, tuple[np.ndarray, np.ndarray]]:
        """Return where people live, and how near a facility has to come to be the nearest."""
        kept, ground = self.context.kept, self.context.study.ground
        if "spots" not in kept:
            kept["spots"] = Blocks(self.context.xy)
        blocks: Blocks = kept["spots"]
        share = 1.0 if ground is None else 1.0 + 2.0 * ground.spread
        return blocks, blocks.limits((self.known["straight_m"] * share + _AROUND_M) ** 2)

    @cached_property
    def _entries(self) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the ledger of the ways into the facilities, and the rank of each row."""
        ledger = self.context.study.on_streets.facilities_ledger
        assert ledger is not None
        rank = pd.Index(self.ids).get_indexer(ledger["facility_id"].astype(object))
        return ledger[rank >= 0], rank[rank >= 0]

    @cached_property
    def component(self) -> np.ndarray:
        """Return the piece of the network each facility stands on, -1 where it stands off the streets."""
        ledger, rank = self._entries
        found = np.full(len(self.ids), -1)
        found[rank] = ledger["component"].to_numpy(dtype=np.int64, na_value=-1)
        return found

    @cached_property
    def pieces(self) -> Counter[int]:
        """Return how many facilities that count stand on each piece of the network."""
        return Counter(self.component[self.ranks].tolist())

    @cached_property
    def _positions(self) -> Positions:
        assert self.network is not None
        ledger, rank = self._entries
        return positions(self.network, ledger, rank)

    def entries(self, ranks: np.ndarray) -> Positions:
        """Return where some facilities are entered."""
        return self._positions.take_owners(ranks)

    def stays(self, removed: tuple[str, ...]) -> np.ndarray:
        """Tell which facilities stay when some are removed."""
        stays = np.ones(len(self.ids), dtype=bool)
        stays[[self.row[one] for one in removed if one in self.row]] = False
        return stays

    @cached_property
    def nearest(self) -> Nearest:
        """Return the nearest facility of everybody along the streets."""
        network, study = self.network, self.context.study
        ledger = self.context.demand_ledger
        assert network is not None
        assert ledger is not None
        limit = study.walking.snap_max_m
        targets = demand_positions(network, study.demand, limit, ledger)
        entries, rank = self._entries
        moved = other_streets(network, study.demand, ledger, entries[np.isin(rank, self.ranks)], limit)
        if len(moved):
            rows = study.demand.index.get_indexer(moved.index)
            left = targets.take(~np.isin(targets.owner, rows))
            targets = left.beside(positions(network, moved, rows))
        return Nearest(network, self.entries(self.ranks), targets)

    @cached_property
    def off(self) -> np.ndarray:
        """Return the facilities that count and that no street reaches."""
        off: np.ndarray = self.ranks[~self.reached(self.component[self.ranks])]
        return off

    def reached(self, component: np.ndarray) -> np.ndarray:
        """Tell on which pieces of the network somebody lives."""
        kept = self.context.kept
        if "lived" not in kept:
            people = self.context.study.on_streets.people_of_pieces
            kept["lived"] = set(people.index[people > 0].tolist())
        return np.array([piece >= 0 and piece in kept["lived"] for piece in component.tolist()], dtype=bool)


def points(shapes: np.ndarray) -> bool:
    """Tell whether all shapes are points with a place."""
    return bool((shapely.get_type_id(shapes) == 0).all()) and not bool(shapely.is_empty(shapes).any())
