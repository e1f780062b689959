"""R25 Walking distance: so many metres along the streets, whatever the speed, for a share of a group.

Source: rules.md R25. A kind for standards of one's own. Metres are metres of the streets: what a walking profile knows
of speeds, waits and slopes changes nothing.
"""

from __future__ import annotations

import pandas as pd

from zzgeo.network import Reach
from zzgeo.rules.parts.base import Context, Judgement, RuleKind, facilities_named, plain_streets
from zzgeo.rules.parts.on_foot import OnFoot, again_on_foot, judge_on_foot, walked
from zzgeo.rules.parts.refusals import METRES, no_facilities, no_number
from zzgeo.standards import Rule


class Metres(OnFoot):
    """A walk of so many metres of the streets."""

    every_unit = True

    @staticmethod
    def measured_by(context: Context, rule: Rule) -> Reach:
        """Return the walk of a clause."""
        return Reach.along_streets(rule.number)

    def asked(self) -> dict[str, object]:
        """Return what a finding says of the limit first."""
        return {"limit_m": self.reach.metres}

    def distances(self) -> pd.DataFrame:
        """Return how far every demand point walks, in metres of the streets."""
        return walked(self.context, self.context.access(self.rule))

    def noted(self, share: str, group: tuple[str, str], missed: str) -> tuple[str, str]:
        """Return what is said of a share of a group and of the people missed."""
        metres = f"{self.reach.metres:g}"
        zh = f"{share}的{group[0]}步行{metres}米之内可达，{missed}人不可达"
        return zh, f"{share} of {group[1]} within {metres} m on foot, {missed} beyond"


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge a walking distance in every unit it applies to, per district and for the city."""
    return judge_on_foot(context, rule, Metres)


RULE = RuleKind(
    "walk-distance",
    "R25",
    "步行距离",
    "walking distance",
    judge,
    ("pass_share", "min_floor_area_m2"),
    along="streets",
    patches=True,
    sites="asked",
    walk=(1.0,),
    distances=("streets_m",),
    reads=facilities_named,
    again=again_on_foot(Metres),
    paced=False,
    streets=plain_streets,
    asks_zh="沿道路步行的距离，米，与步速无关，含本数",
    asks="how far people may walk, in metres along the streets whatever their speed; the number itself is within",
    counted_in=METRES,
    refuses=(no_facilities, no_number),
    example="""\
[[clauses]]
rule = "walk-distance"
facilities = ["primary_school"]
value = 800
params = { pass_share = 0.9 }
verified_on = 2026-11-29
""",
    operators=("<=",),
)
