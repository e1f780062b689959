"""Who is nearer, or farther, when a few facilities come or go: only they are measured again, to the same bits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.intake.in_use import Register
from zzgeo.land import Zone
from zzgeo.network import WalkNetwork
from zzgeo.network.neighbours import SAME_PLACE_M, living_there
from zzgeo.network.positions import Positions, labels_at
from zzgeo.network.reach import TOLERANCE_M
from zzgeo.network.snapping import entered
from zzgeo.network.updates import Nearest
from zzgeo.rules.parts.base import Context, Finding, Judgement
from zzgeo.rules.parts.kept import DISTANCES, Kept, kept_of, points
from zzgeo.rules.parts.membership import Places, Units
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag


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
        Who serves whom, before and now; None where the kind tells no reach.
    zone
        The ground the facilities cover now, where the kind tells it.
    filled
        Tells which findings are filled: there was something to judge.
    """

    fresh: dict[int, Finding]
    was: list[Flag]
    now: list[Flag]
    serving: Serving | None = None
    zone: Zone | None = None
    filled: Callable[[Finding], bool] = lambda finding: bool(finding.params)


@dataclass(frozen=True)
class Serving:
    """Who serves whom: asked of some rows of the demand, or of all (None), as it was or as it is ``now``.

    ``who`` returns those of the rows that are counted, who of them is reached, by which facility (its rank), and how
    many people each row is. For other rows than ``rows`` both are the same. ``whole_people``: nobody comes in parts.
    """

    who: Callable[[np.ndarray | None, bool], tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]
    rows: np.ndarray
    whole_people: bool


@dataclass(frozen=True)
class Again:
    """How a kind of rule judges a change of facilities from what it found before, and its reach afterwards."""

    judge: Callable[[Moves, Rule, Judgement], Rejudged | None]
    reach: Callable[[Context, Rule], pd.DataFrame | None]


class Moves:
    """What facilities of a clause come and go, and the people whose distances to them change, with the new ones.

    Facilities are told by their ranks: places in ``kept.ids``, then in ``new``. ``rows`` of the demand have another
    distance, or another nearest facility, than before; they are measured when a clause first asks.
    """

    def __init__(self, change: Change, kept: Kept) -> None:
        self.kept, self.change = kept, change
        mine = np.array([kind in kept.kinds for kind in change.kinds], dtype=bool)
        stays = kept.stays(change.removed)
        register = kept.register.changed(stays, change.register.take(mine))
        counted, self.flags = register.counted(kept.context.study.as_of, kept.least)
        self.new, many = change.places.take(mine), len(kept.ids)
        self.used = len(counted)
        self.ranks = np.concatenate([np.flatnonzero(stays), many + np.arange(len(self.new.ids))])[counted]
        now = np.zeros(many + len(self.new.ids), dtype=bool)
        now[self.ranks] = True
        self.gone = kept.ranks[~now[kept.ranks]]
        now[kept.ranks] = False
        self.came = np.flatnonzero(now)
        self._mine = mine

    @property
    def base(self) -> Context:
        """Return what was measured before."""
        return self.kept.context

    @cached_property
    def _every(self) -> Places:
        return self.kept.places.beside(self.new) if len(self.new.ids) else self.kept.places

    def places(self, ranks: np.ndarray) -> Places:
        """Return some facilities."""
        many = len(self.kept.ids)
        if (ranks >= many).all():
            return self.new.take(ranks - many)
        return self._every.take(ranks)

    def members(self, units: Units, ranks: np.ndarray) -> list[tuple[Any, Any, str]]:
        """Return which units some facilities lie in or serve (`Units.members`), each looked up once for all clauses."""
        known, members = self.change.members, list[tuple[Any, Any, str]]()
        for place, rank in enumerate(ranks.tolist()):
            own = self.places(ranks[place : place + 1])
            key = id(units), own.ids[0], rank >= len(self.kept.ids)
            if key not in known:
                known[key] = units.members(own)
            members += known[key]
        return members

    @cached_property
    def xy(self) -> np.ndarray:
        """Return the coordinates of the facilities by their rank, shape (n_ranks, 2)."""
        return np.concatenate([self.kept.xy, shapely.get_coordinates(self.new.shapes)])

    @cached_property
    def entries(self) -> Positions | None:
        """Return where those that come are entered; None where who walks from which street changes with them."""
        return _came(self, self._mine)

    @property
    def possible(self) -> bool:
        """Tell whether those who move can be told: all are points, and people walk on the pieces they walked on."""
        if not len(self.gone) and not len(self.came):
            return True
        if not self.kept.points_only or not points(self.new.shapes):
            return False
        return self.kept.network is None or self.entries is not None

    @cached_property
    def _measured(self) -> _Measured:
        return _measure(self)

    @property
    def rows(self) -> np.ndarray:
        """Return who moves."""
        return self._measured.rows

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """Return the new distances of those who move (`DISTANCES`)."""
        return self._measured.columns

    def nearest(self, kind: str, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the nearest facility of some or all demand points now, ``straight`` or along the ``streets``."""
        return self._changed(self.kept.rank(kind), self._measured.nearest[kind], rows)

    def metres(self, name: str, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the distances of demand points now (one of `DISTANCES`); of all if left out."""
        return self._changed(self.kept.known[name], self.columns[name], rows)

    def _changed(self, before: np.ndarray, moved: np.ndarray, rows: np.ndarray | None) -> np.ndarray:
        """Return a column with the values of those who moved; of some rows."""
        values: np.ndarray = before.copy() if rows is None else before[rows]
        if rows is None:
            values[self.rows] = moved
        elif len(moved):
            at = np.minimum(np.searchsorted(self.rows, rows), len(moved) - 1)
            here = self.rows[at] == rows
            values[here] = moved[at[here]]
        return values

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
            columns[name] = self.metres(name)
        if self.kept.network is None:
            columns["streets_id"] = None
        columns["on_streets"] = before["on_streets"]
        return pd.DataFrame({name: columns[name] for name in before.columns}, index=before.index)


class Change:
    """Facilities that come and go, with what is looked up of them once for all clauses."""

    def __init__(self, base: Context, added: gpd.GeoDataFrame, removed: tuple[str, ...]) -> None:
        self.base, self.added, self.removed = base, added, removed
        self._moves: dict[object, Moves | None] = {}
        #: Which units single facilities lie in (`Moves.members`).
        self.members: dict[object, list[tuple[Any, Any, str]]] = {}

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
        found, row, on = entered(network, self.added, self.base.study.walking.snap_max_m)
        piece[row] = on
        return found, piece

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
            moves = Moves(self, kept_of(self.base, rule, network))
            self._moves[key] = moves if moves.possible else None
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


@dataclass(frozen=True)
class _Measured:
    """Who moves, rows of the demand, and their new distances and nearest facilities."""

    rows: np.ndarray
    columns: dict[str, np.ndarray]
    nearest: dict[str, np.ndarray]


def _came(moves: Moves, mine: np.ndarray) -> Positions | None:
    """Return where those that come are entered; None where who walks from which street changes with them."""
    kept, many = moves.kept, len(moves.kept.ids)
    assert kept.network is not None
    entry, piece = moves.change.entries
    # the places of all that are added, as ranks of those of the clause
    rank = np.full(len(mine), -1)
    rank[mine] = many + np.arange(len(moves.new.ids))
    component = np.concatenate([kept.component, piece[mine]])
    less, more = component[moves.gone], component[moves.came]
    if not kept.reached(np.concatenate([less, more])).all():
        return None
    left = kept.pieces.copy()
    left.subtract(less.tolist())
    left.update(more.tolist())
    if any((left[one] > 0) != (kept.pieces[one] > 0) for one in {*less.tolist(), *more.tolist()}):
        return None
    added = Positions(entry.edge, entry.offset, entry.leg, rank[entry.owner])
    return kept.entries(moves.came).beside(added.take_owners(moves.came))


def _candidates(moves: Moves, near: Nearest | None) -> np.ndarray:
    """Return who is nearest to a facility that goes, or may be to one that comes, rows in order."""
    kept = moves.kept
    rows = [kept.nearest_to.of(moves.gone[moves.gone < len(kept.ids)])]
    blocks, limits = kept.spots
    rows += [blocks.within(limits, float(x), float(y)) for x, y in moves.xy[moves.came]]
    if near is not None and moves.entries is not None:
        rows.append(near.touched(kept.nearest, moves.entries.beside(kept.entries(moves.gone))))
    return np.unique(np.concatenate(rows))


def _measure(moves: Moves) -> _Measured:
    """Measure again who may move, and leave those for whom nothing changes."""
    kept, near = moves.kept, None
    if not len(moves.gone) and not len(moves.came):
        none = np.empty(0, np.int64)
        return _Measured(none, {name: np.empty(0) for name in DISTANCES}, {"straight": none, "streets": none})
    if kept.network is not None and moves.entries is not None:
        near = kept.nearest.without(moves.gone, moves.entries)
    rows = _candidates(moves, near)
    straight_m, straight = _nearest_of(moves, rows, moves.ranks)
    if near is None:
        walked, streets, unreached = np.full(len(rows), np.nan), np.full(len(rows), -1), np.full(len(rows), np.inf)
    else:
        walked, streets = _walked(moves, near, rows, straight_m)
        off = _nearest_of(moves, rows, kept.off)[0]
        unreached = np.where(np.isfinite(walked), off, np.minimum(off, straight_m))
    columns = dict(zip(DISTANCES, (straight_m, walked, unreached), strict=True))
    differ = (straight != kept.rank("straight")[rows]) | (streets != kept.rank("streets")[rows])
    for name, now in columns.items():
        was = kept.known[name][rows]
        differ |= (now != was) & ~(np.isnan(was) & np.isnan(now))
    columns = {name: values[differ] for name, values in columns.items()}
    return _Measured(rows[differ], columns, {"straight": straight[differ], "streets": streets[differ]})


def _walked(moves: Moves, near: Nearest, rows: np.ndarray, straight_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the metres along the streets from some rows to the nearest facility, and which it is."""
    kept = moves.kept
    walked, owner = near.of(rows)
    # on the ground nobody at a facility is farther from it than this
    there = np.flatnonzero(straight_m <= 2.0 * SAME_PLACE_M)
    if len(there):
        homes = np.asarray(moves.base.study.demand.geometry.array)[rows[there]]
        home, place = living_there(moves.places(moves.ranks).shapes, homes)
        at = there[home]
        walked[at[::-1]], owner[at[::-1]] = 0.0, moves.ranks[place[::-1]]
    assert kept.network is not None
    return np.maximum(walked, straight_m) if kept.network.metres_only else walked, owner


def _nearest_of(moves: Moves, rows: np.ndarray, ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the metres of ground from each row to the nearest of some facilities, and which it is."""
    from zzgeo.network.straight import nearest_place

    if not len(ranks) or not len(rows):
        return np.full(len(rows), np.inf), np.full(len(rows), -1)
    ground = moves.base.study.ground
    spread = 0.0 if ground is None else ground.spread
    terms = (
        (np.zeros(2), np.ones(2), np.empty((0, 3))) if ground is None else (ground.middle, ground.half, ground.terms)
    )
    place, metres = nearest_place(moves.base.xy[rows], moves.xy[ranks], TOLERANCE_M, spread, *terms)
    return metres, ranks[place]
