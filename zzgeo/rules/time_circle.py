"""R02 Fifteen-minute circle: everyone reaches a facility on foot within so many minutes along the streets.

Source: rules.md R02; resolutions.md A02 (walking, residents 1.1 m/s, 60+ 0.8 m/s; 0.8-1.1 m/s as sensitivity).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from zzgeo.network import Reach
from zzgeo.network.profiles import CYCLING_M_PER_MIN, PRESETS_M
from zzgeo.rules.parts.base import Context, Judgement, RuleKind, facilities_named
from zzgeo.rules.parts.on_foot import OnFoot, again_on_foot, judge_on_foot, walked
from zzgeo.rules.parts.refusals import MINUTES, no_facilities, no_number
from zzgeo.standards import Rule


class Minutes(OnFoot):
    """A walk of so many minutes, at the speed of the group a clause counts."""

    @staticmethod
    def measured_by(context: Context, rule: Rule) -> Reach:
        """Return the walk of a clause."""
        return context.walk(rule, rule.number)

    def asked(self) -> dict[str, object]:
        """Return what a finding says of the limit first."""
        return {
            "minutes": self.rule.number,
            "speed_m_per_s": self.reach.speed_m_per_s,
            "limit_m": round(self.reach.metres, 6),
        }

    def distances(self) -> pd.DataFrame:
        """Return how far every demand point walks, in metres on the flat."""
        return walked(self.context, self.context.walks(self.rule))

    def noted(self, share: str, group: tuple[str, str], missed: str) -> tuple[str, str]:
        """Return what is said of a share of a group and of the people missed."""
        minutes = f"{self.rule.number:g}"
        zh = f"{share}的{group[0]}步行{minutes}分钟可达，{missed}人不可达"
        return zh, f"{share} of {group[1]} within {minutes} min on foot, {missed} beyond"

    @property
    def limits(self) -> dict[str, float]:
        """Return the distances tried for sensitivity, in metres, by name."""
        speeds, minutes = self.context.study.walking.sensitivity, self.rule.number
        walks = {f"{speed:g} m/s": minutes * 60.0 * speed for speed in speeds}
        rides = {"cycling 15 km/h": minutes * CYCLING_M_PER_MIN} if self.rule.params.get("cycling_note") else {}
        return walks | PRESETS_M | rides

    def slower(self, table: pd.DataFrame) -> Iterator[tuple[str, np.ndarray, float]]:
        """Give each speed tried with its walks and limit, where seconds are lost on the way."""
        if self.context.network is None or self.context.study.walking.metres_only:
            return
        for speed in self.context.study.walking.sensitivity:
            walks = self.context.walks(self.rule, speed)["streets_m"].loc[table.index].to_numpy(dtype=float)
            yield f"{speed:g} m/s", walks, self.rule.number * 60.0 * speed

    def limit_of(self, group: str) -> float:
        """Return how far the people of a group walk in the minutes, at their own speed."""
        return self.rule.number * 60.0 * self.context.study.walking.speed(group)

    def can_change(self) -> bool:
        """Tell whether a change can be judged from before: where seconds are lost every walk is measured again."""
        return super().can_change() and self.context.study.walking.metres_only


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a time-circle clause in every unit it applies to, per district and for the city."""
    return judge_on_foot(context, rule, Minutes)


def limit(context: Context, rule: Rule) -> float:
    """Return how far people of the group a clause counts walk in its minutes, in metres."""
    return Minutes.measured_by(context, rule).metres


RULE = RuleKind(
    "time-circle",
    "R02",
    "步行时间圈",
    "walking-time circle",
    judge,
    ("pass_share", "cycling_note", "min_floor_area_m2"),
    along="streets",
    limit=limit,
    patches=True,
    sites="asked",
    walk=(1.0, 2 / 3, 1 / 3),
    distances=("streets_m",),
    reads=facilities_named,
    again=again_on_foot(Minutes),
    asks_zh="步行时间，分钟，按人群速度，含本数",
    asks="how long the walk may take, in minutes at the speed of the group; the number itself is within",
    counted_in=MINUTES,
    refuses=(no_facilities, no_number),
    operators=("<=",),
)
