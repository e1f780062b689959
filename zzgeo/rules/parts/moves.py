"""Who is nearer, or farther, when a few facilities come or go: only they are measured again, to the same bits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.land import Zone
from zzgeo.network import WalkNetwork, snap_facilities
from zzgeo.network.neighbours import living_there
from zzgeo.network.positions import Positions, labels_at
from zzgeo.network.reach import TOLERANCE_M
from zzgeo.network.snapping import demand_positions, other_streets, positions
from zzgeo.network.updates import Nearest
from zzgeo.rules.parts.base import Context, Finding, Judgement
from zzgeo.rules.parts.membership import Places
from zzgeo.served import Register
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag

#: The columns of an `zzgeo.served.access` table that change with the facilities.
DISTANCES = ("straight_m", "streets_m", "unreached_m")

_AROUND_M = 1.0


@dataclass(frozen=True)
class Rejudged:
    """What a clause comes to after a change: only findings that may differ are made again.

    Attributes
    ----------
    fresh
        Findings made again, by their place among those of the base.
    was, now
        What flags every finding that is filled has first, before and after.
    serving
        Who is counted (rows of the demand), who of them is reached, by which facility (its rank), and how many people
        each row is; None where the kind tells no reach.
    zone
        The ground the facilities cover now, where the kind tells it.
    filled
        Tells which findings are filled: there was something to judge.
    """

    fresh: dict[int, Finding]
    was: list[Flag]
    now: list[Flag]
    serving: Callable[[], tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] | None = None
    zone: Zone | None = None
    filled: Callable[[Finding], bool] = lambda finding: bool(finding.params)


@dataclass(frozen=True)
class Again:
    """How a kind of rule judges a change of facilities from what it found before, and its reach afterwards."""

    judge: Callable[[Moves, Rule, Judgement], Rejudged | None]
    reach: Callable[[Context, Rule], pd.DataFrame | None]


@dataclass
class Moves:
    """The people whose distances to the facilities of a clause change, rows of the demand, and their new distances.

    ``straight`` and ``streets`` are the nearest facilities, as ranks: places in ``kept.ids``, then in ``new``.
    """

    kept: Kept
    change: Change
    new: Places
    ranks: np.ndarray
    gone: np.ndarray
    came: np.ndarray
    flags: list[Flag]
    rows: np.ndarray
    columns: dict[str, np.ndarray]
    straight: np.ndarray
    streets: np.ndarray

    @property
    def base(self) -> Context:
        """Return what was measured before."""
        return self.kept.context

    def places(self, ranks: np.ndarray) -> Places:
        """Return some facilities."""
        if (ranks < len(self.kept.ids)).all():
            return self.kept.places.take(ranks)
        return self.kept.places.beside(self.new).take(ranks)

    def nearest(self, kind: str) -> np.ndarray:
        """Return the nearest facility of every demand point now, ``straight`` or along the ``streets``."""
        whole = self.kept.rank(kind).copy()
        whole[self.rows] = self.straight if kind == "straight" else self.streets
        return whole

    def table(self, index: pd.Index) -> pd.DataFrame:
        """Return the whole table of distances as `zzgeo.served.access` measures it; ``index`` are all that count."""
        columns: dict[str, object] = {}
        place = np.full(len(self.kept.ids) + len(self.new.ids) + 1, -1)
        place[self.ranks] = np.arange(len(self.ranks))
        before = self.kept.access
        for kind in ("straight", "streets"):
            labels = labels_at(index, place[self.nearest(kind)])
            columns[f"{kind}_id"] = pd.Series(labels, index=before.index).astype("category")
        for name in DISTANCES:
            values = before[name].to_numpy().copy()
            values[self.rows] = self.columns[name]
            columns[name] = values
        if self.kept.network is None:
            columns["streets_id"] = None
        columns["on_streets"] = before["on_streets"]
        return pd.DataFrame({name: columns[name] for name in before.columns}, index=before.index)


class Change:
    """Facilities that come and go, with what is looked up of them once for all clauses."""

    def __init__(self, base: Context, added: gpd.GeoDataFrame, removed: tuple[str, ...]) -> None:
        self.base, self.added, self.removed = base, added, removed
        self._moves: dict[object, Moves | None] = {}

    @cached_property
    def register(self) -> Register:
        """Return what of the added facilities decides whether they count."""
        return Register.of(self.added)

    @cached_property
    def places(self) -> Places:
        """Return the added facilities."""
        return Places.of(self.added)

    @cached_property
    def kinds(self) -> np.ndarray:
        """Return the kind of each added facility."""
        kinds: np.ndarray = self.added["kind"].to_numpy(dtype=object)
        return kinds

    @cached_property
    def entries(self) -> tuple[Positions, np.ndarray]:
        """Return where the added facilities are entered, by their place, and the piece of the network of each."""
        network = self.base.network
        assert network is not None
        piece = np.full(len(self.added), -1)
        if not len(self.added):
            none = np.empty(0, np.int64)
            return Positions(none, np.empty(0), np.empty(0), none), piece
        ledger = snap_facilities(network, self.added, self.base.study.walking.snap_max_m)
        row = self.added.index.get_indexer(ledger["facility_id"].astype(object))
        piece[row] = ledger["component"].to_numpy(dtype=np.int64, na_value=-1)
        return positions(network, ledger, row), piece

    @cached_property
    def same_pieces(self) -> bool:
        """Tell whether the same pieces of the network have a facility: else other people walk from other streets."""
        if self.base.network is None:
            return True
        if "pieces" not in self.base.kept:
            self.base.kept["pieces"] = _Pieces(self.base)
        pieces: _Pieces = self.base.kept["pieces"]
        return pieces.same(self.removed, self.entries[1])

    def moves(self, rule: Rule, network: WalkNetwork | None) -> Moves | None:
        """Return who moves, or None where all have to be measured again."""
        key = self.base.access_key(rule, network)
        if key not in self._moves:
            self._moves[key] = _moves(self, kept_of(self.base, rule, network))
        return self._moves[key]


class _Pieces:
    """The pieces of the network the ways into each facility stand on, and how many stand on each piece."""

    def __init__(self, context: Context) -> None:
        ledger = context.study.on_streets.facilities_ledger
        assert ledger is not None
        component = ledger["component"].to_numpy(dtype=np.int64, na_value=-1)
        self.of: dict[object, list[int]] = {}
        for one, piece in zip(ledger["facility_id"].astype(object), component.tolist(), strict=True):
            self.of.setdefault(one, []).append(piece)
        self.many = Counter(component.tolist())

    def same(self, removed: tuple[str, ...], came: np.ndarray) -> bool:
        """Tell whether the same pieces have a facility after some go and others come, on these pieces."""
        gone = Counter(piece for one in removed for piece in self.of.get(one, ()))
        new = {int(piece) for piece in came if piece >= 0}
        stays = all(many < self.many[piece] or piece in new for piece, many in gone.items() if piece >= 0)
        return stays and all(self.many[piece] > 0 for piece in new)


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
        study = context.study
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
    def points_only(self) -> bool:
        """Tell whether every facility and every home is a point with a place."""
        return _points(self.places.shapes) and bool(np.isfinite(self.context.xy).all())

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
        people = self.context.study.on_streets.people_of_pieces
        lived: np.ndarray = np.isin(component, people.index[people > 0]) & (component >= 0)
        return lived


def _points(shapes: np.ndarray) -> bool:
    return bool((shapely.get_type_id(shapes) == 0).all()) and not bool(shapely.is_empty(shapes).any())


def _moves(change: Change, kept: Kept) -> Moves | None:
    """Return who moves, or None where the pieces of the network people walk on are no more the same."""
    mine = np.array([kind in kept.kinds for kind in change.kinds], dtype=bool)
    stays = kept.stays(change.removed)
    register = kept.register.changed(stays, change.register.take(mine))
    counted, flags = register.counted(kept.context.study.as_of, kept.least)
    new = change.places.take(mine)
    ranks = np.concatenate([np.flatnonzero(stays), len(kept.ids) + np.arange(len(new.ids))])[counted]
    gone, came = np.setdiff1d(kept.ranks, ranks), np.setdiff1d(ranks, kept.ranks)
    moves = Moves(kept, change, new, ranks, gone, came, flags, *_nobody())
    if not len(gone) and not len(came):
        return moves
    if not kept.points_only or not _points(new.shapes):
        return None
    rows, near = [_straight_rows(moves)], None
    if kept.network is not None:
        entries = _came(moves, mine)
        if entries is None:
            return None
        near = kept.nearest.without(gone, entries)
        rows.append(near.touched(kept.nearest, entries.beside(kept.entries(gone))))
    moves.rows = np.unique(np.concatenate(rows))
    _measure(moves, near)
    return moves


def _nobody() -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray, np.ndarray]:
    rows = np.empty(0, np.int64)
    return rows, {name: np.empty(0) for name in DISTANCES}, rows, rows


def _straight_rows(moves: Moves) -> np.ndarray:
    """Return who is nearest to a facility that goes, or may be to one that comes."""
    kept, ground = moves.kept, moves.base.study.ground
    hit = np.isin(kept.rank("straight"), moves.gone) if len(moves.gone) else np.zeros(len(kept.access), dtype=bool)
    share = 1.0 if ground is None else 1.0 + 2.0 * ground.spread
    limit = (kept.access["straight_m"].to_numpy(dtype=float) * share + _AROUND_M) ** 2
    x, y = moves.base.xy.T
    for east, north in shapely.get_coordinates(moves.places(moves.came).shapes):
        hit |= (x - east) ** 2 + (y - north) ** 2 <= limit
    return np.flatnonzero(hit)


def _came(moves: Moves, mine: np.ndarray) -> Positions | None:
    """Return where those that come are entered; None where who walks from which street changes with them."""
    kept, many = moves.kept, len(moves.kept.ids)
    assert kept.network is not None
    entered, piece = moves.change.entries
    # the places of all that are added, as ranks of those of the clause
    rank = np.full(len(mine), -1)
    rank[mine] = many + np.arange(len(moves.new.ids))
    component = np.concatenate([kept.component, piece[mine]])
    both = np.concatenate([moves.gone, moves.came])
    if not kept.reached(component[both]).all():
        return None
    if not np.array_equal(np.unique(component[moves.ranks]), np.unique(component[kept.ranks])):
        return None
    added = Positions(entered.edge, entered.offset, entered.leg, rank[entered.owner])
    return kept.entries(moves.came).beside(added.take_owners(moves.came))


def _measure(moves: Moves, near: Nearest | None) -> None:
    """Measure the rows again, and leave those for whom nothing changes."""
    kept, base, rows = moves.kept, moves.base, moves.rows
    moves.columns["straight_m"], moves.straight = _nearest_of(moves, moves.ranks)
    if near is None:
        moves.columns["streets_m"] = np.full(len(rows), np.nan)
        moves.columns["unreached_m"], moves.streets = np.full(len(rows), np.inf), np.full(len(rows), -1)
    else:
        walked, owner = near.of(rows)
        homes = np.asarray(base.study.demand.geometry.array)[rows]
        home, place = living_there(moves.places(moves.ranks).shapes, homes)
        walked[home[::-1]], owner[home[::-1]] = 0.0, moves.ranks[place[::-1]]
        assert kept.network is not None
        walked = np.maximum(walked, moves.columns["straight_m"]) if kept.network.metres_only else walked
        off = _nearest_of(moves, kept.off)[0]
        nowhere = np.minimum(off, moves.columns["straight_m"])
        moves.columns["streets_m"], moves.streets = walked, owner
        moves.columns["unreached_m"] = np.where(np.isfinite(walked), off, nowhere)
    differ = moves.straight != kept.rank("straight")[rows]
    differ |= moves.streets != kept.rank("streets")[rows]
    for name in DISTANCES:
        was = kept.access[name].to_numpy(dtype=float)[rows]
        differ |= (moves.columns[name] != was) & ~(np.isnan(was) & np.isnan(moves.columns[name]))
    moves.rows, moves.straight, moves.streets = rows[differ], moves.straight[differ], moves.streets[differ]
    moves.columns = {name: values[differ] for name, values in moves.columns.items()}


def _nearest_of(moves: Moves, ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the metres of ground from each row to the nearest of some facilities, and which it is."""
    from zzgeo.network.straight import nearest_place

    if not len(ranks) or not len(moves.rows):
        return np.full(len(moves.rows), np.inf), np.full(len(moves.rows), -1)
    ground = moves.base.study.ground
    spread = 0.0 if ground is None else ground.spread
    terms = (
        (np.zeros(2), np.ones(2), np.empty((0, 3))) if ground is None else (ground.middle, ground.half, ground.terms)
    )
    places = shapely.get_coordinates(moves.places(ranks).shapes)
    place, metres = nearest_place(moves.base.xy[moves.rows], places, TOLERANCE_M, spread, *terms)
    return metres, ranks[place]
