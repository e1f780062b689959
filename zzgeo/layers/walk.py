"""Streets within a walk of the facilities that count, for rules whose kind declares walks: 5, 10, 15 minutes, or 500 m.

They are drawn as wide as the ground beside them that `zzgeo.service_areas` gives to a reached street.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zzgeo.layers.base import Draw, Feature, Layer, Rows
from zzgeo.layers.parts.looks import Look
from zzgeo.layers.streets import LAYER as STREETS
from zzgeo.layers.streets import drawn_streets
from zzgeo.network.engine import pieces_of_any
from zzgeo.network.positions import Positions
from zzgeo.network.reach import Reach
from zzgeo.network.snapping import facility_positions

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.network import WalkNetwork
    from zzgeo.standards import Rule

#: A street as a whole, in the parts pieces are told in.
_WHOLE = 1000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Spans = tuple[Ints, Floats, Floats]

#: Metres either side of a street that count as served ground, as in `zzgeo.service_areas`.
_VERGE_M = 25.0


def _build(report: AuditReport) -> Draw:
    found, context = drawn_streets(report), report.context
    if found is None or context is None or context.network is None:
        return lambda district: []
    _, rows_of = found
    walks = list(_walks(report))

    def draw(district: str | None) -> list[Feature]:
        if district is None:  # too fine to be seen on a map of the city
            return []
        rows = rows_of(district)
        here = [(told, pieces.on(rows)) for told, pieces in walks]
        return [{**drawn, **told, "wide_m": 2 * _VERGE_M} for told, drawn in here if drawn is not None]

    return draw


class Pieces:
    """Pieces of streets by the number of their street, in its order, from and to in thousandths of its length."""

    def __init__(self, streets: int, street: Ints, low: Floats, high: Floats) -> None:
        # where the pieces of each street begin
        self._begin = np.append(0, np.cumsum(np.bincount(street, minlength=streets))).astype(np.int32)
        self._low, self._high = low.astype(np.int16), high.astype(np.int16)

    def on(self, rows: Rows) -> Feature | None:
        """Return those of some streets, in their order, by their number among them: whole ones, and parts."""
        begin, end = self._begin[rows], self._begin[rows + 1]
        count = end - begin
        number = np.repeat(np.arange(len(rows)), count)
        if not len(number):
            return None
        at = np.arange(len(number)) + np.repeat(begin - np.append(0, np.cumsum(count)[:-1]), count)
        low, high = self._low[at], self._high[at]
        whole = (low == 0) & (high == _WHOLE)
        cut = ~whole & (high > low)
        return {
            "shape": "pieces",
            "of": STREETS.id,
            "xy": [],
            "whole": np.diff(number[whole], prepend=0).tolist(),
            "cut": np.column_stack([number, low, high])[cut].ravel().tolist(),
        }


def _walks(report: AuditReport) -> Iterator[tuple[Feature, Pieces]]:
    """Give what is told of each step and its pieces, by rule, farthest first."""
    reached = _Reached(report)
    for rule in report.rules:
        kind = report.kinds[rule.id]
        if rule.id not in report.reach or not kind.walk:
            continue
        limit = kind.limit(report.context, rule)
        for share, nearer in zip(kind.walk, [*kind.walk[1:], 0.0], strict=True):
            drawn = reached.pieces(rule, limit * share, limit * nearer)
            yield {**_walk_as_told(rule, limit, share), "rule": rule.id}, drawn


def _walk_as_told(rule: Rule, limit: float, share: float) -> Feature:
    """Return a share of a limit as its clause counts it: in minutes, or else in metres."""
    return {"minutes": round(rule.number * share, 1)} if rule.unit == "minutes" else {"metres": limit * share}


class _Reached:
    """Finds the pieces within a walk of the facilities that count for a rule; rules that count the same share them."""

    def __init__(self, report: AuditReport) -> None:
        self._report = report
        self._kept: dict[tuple[object, ...], Pieces] = {}
        # of the facilities asked for last: those of all rules at once would fill the memory
        self._last: tuple[object, ...] = ()
        self._at: Positions | None = None
        self._found: dict[float, Spans] = {}

    def pieces(self, rule: Rule, metres: float, beyond: float) -> Pieces:
        """Return the pieces within a walk of `metres`, without those that a walk of `beyond` has as they are."""
        network = self._report.kinds[rule.id].streets(self._report.context, rule)
        assert network is not None
        asked = (rule.facilities, rule.params.get("min_floor_area_m2"), network.profile)
        key = (*asked, metres, beyond)
        if key not in self._kept:
            if self._last != asked:
                self._last, self._at, self._found = asked, self._stand(rule, network), {}
            edge, low, high = self._spans(network, metres)
            if beyond > 0:
                fresh = ~_among((edge, low, high), self._spans(network, beyond))
                edge, low, high = edge[fresh], low[fresh], high[fresh]
            part = np.rint(np.stack([low, high]) / network.length_m[edge] * _WHOLE)
            self._kept[key] = Pieces(len(network.length_m), edge, part[0], part[1])
        return self._kept[key]

    def _stand(self, rule: Rule, network: WalkNetwork) -> Positions:
        counted, _ = self._report.context.facilities(rule)
        return facility_positions(network, counted, self._report.study.walking.snap_max_m, None)

    def _spans(self, network: WalkNetwork, metres: float) -> Spans:
        if metres not in self._found:
            assert self._at is not None
            edge, low, high = pieces_of_any(network, self._at, Reach.along_streets(metres).metres)
            order = np.argsort(edge, kind="stable")
            self._found[metres] = edge[order], low[order], high[order]
        return self._found[metres]


def _among(pieces: Spans, others: Spans) -> NDArray[np.bool_]:
    """Tell which pieces are among others: the same street, the same metres. Both are in the order of the streets."""
    same = np.zeros(len(pieces[0]), dtype=bool)
    # a street has at most a few pieces: each of its others is held against each of its own
    begin, end = (np.searchsorted(others[0], pieces[0], side) for side in ("left", "right"))
    for step in range(int((end - begin).max(initial=0))):
        at = np.minimum(begin + step, max(len(others[0]) - 1, 0))
        equal = (others[1][at] == pieces[1]) & (others[2][at] == pieces[2])
        same |= (begin + step < end) & equal
    return same


LAYER = Layer(
    "walk",
    "步行可达的街道",
    "Streets within the walk",
    "reach",
    build=_build,
    order=15,
    style=Look(line="#4292C6", width=2),
    quiet=True,
)
