"""Shares that stand beside a verdict on walks: of land, and of groups of people at the limit of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from zzgeo.rules.parts.totals import Totals, total_of
from zzgeo.served import CITY, within
from zzgeo.vocabulary.statuses import COVERED, EXCLUDED

if TYPE_CHECKING:
    from zzgeo.rules.parts.on_foot import OnFoot


class Shares:
    """Shares of each district and of the city that stand beside the verdict: of land, and of groups of people.

    Land is that which stands for covered points, NaN where it is unknown. Residents and 60+ are counted at their own
    speeds, whatever group the clause counts.
    """

    def __init__(self, common: OnFoot, table: pd.DataFrame) -> None:
        study, rows = common.context.study, table["row"].to_numpy()
        district = table["district"].cat
        self._codes = {str(code): n for n, code in enumerate(district.categories)}
        self._at = district.codes.to_numpy().astype(np.int64)
        judged = (table["status"] != EXCLUDED).to_numpy()
        self._land: tuple[np.ndarray, np.ndarray] | None = None
        if study.land is not None and common.context.land:
            self.measure_land(common.context.cell_m2[rows], (table["status"] == COVERED).to_numpy(), judged)
        self._groups: dict[str, tuple[np.ndarray, ...]] = {}
        for group in common.counted:
            people = study.demand[group].to_numpy(dtype=float)[rows]
            inside = within(table["streets_m"], common.limit_of(group))
            self._groups[group] = self._sums(people, judged & inside), self._sums(people, judged)

    def measure_land(self, area: np.ndarray, covered: np.ndarray, judged: np.ndarray) -> None:
        """Add up the land of the places that are covered, and of those judged, m² each."""
        self._land = self._sums(area, covered), self._sums(area, judged)

    def land_moved(
        self, before: Shares, area: np.ndarray, covered: np.ndarray, judged: np.ndarray, moved: np.ndarray
    ) -> None:
        """Take over the land added up before; add up that of districts anew where places that ``moved`` count."""
        assert before._land is not None
        self._land = before._land
        if len(moved):
            again = np.zeros(len(self._codes) + 1, dtype=bool)
            again[self._at[moved]], again[-1] = True, False
            rows = np.flatnonzero(again[self._at])
            again[-1] = True
            part, whole = (self._sums(area, which, rows) for which in (covered, judged))
            self._land = np.where(again, part, before._land[0]), np.where(again, whole, before._land[1])

    @classmethod
    def of(cls, before: Shares, totals: Totals) -> Shares:
        """Return the shares of groups after some people moved; the land is still to be measured."""
        shares = object.__new__(cls)
        shares._codes, shares._at, shares._land = before._codes, before._at, None
        both = {level: totals.sums[level] for level in ("district", CITY)}
        shares._groups = {
            group: tuple(
                np.append(both["district"][f"{group} {side}"], both[CITY][f"{group} {side}"])
                for side in ("inside", "judged")
            )
            for group in before._groups
        }
        return shares

    def _sums(self, values: np.ndarray, which: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """Return the sum of the values that count in every district (of these rows alone), and then in the city."""
        counted = np.where(which, values, 0.0)
        rows = np.flatnonzero(self._at >= 0) if rows is None else rows
        return np.append(np.bincount(self._at[rows], counted[rows], minlength=len(self._codes)), total_of(counted))

    def land(self, code: str) -> float:
        """Return the share of the land of a district, or of the city, that is covered."""
        if self._land is None:
            return float("nan")
        part, whole = (float(sums[self._codes.get(code, -1)]) for sums in self._land)
        return part / whole if whole > 0 else float("nan")

    def groups(self, code: str) -> dict[str, object]:
        """Return the share of each group within its own limit, by the name a finding tells it by."""
        shares: dict[str, object] = {}
        for group, sums in self._groups.items():
            part, whole = (float(some[self._codes.get(code, -1)]) for some in sums)
            shares[f"share_{group}"] = round(part / whole, 6) if whole > 0 else None
        return shares
