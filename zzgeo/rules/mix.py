"""R26 Mix: everybody has so many of several kinds of facility within so many metres or minutes on foot.

Source: rules.md R26. A kind for standards of one's own. Of a kind without a list nobody can say who has it: where it
could turn a fail, a person has to look; where the kinds with a list are fewer than asked there is no data.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from zzgeo.network import Reach
from zzgeo.rules.parts.base import Context, Judgement, RuleKind, facilities_named, no_list_of
from zzgeo.rules.parts.classes import (
    asked_of_classes,
    kinds_of,
    limit_of_classes,
    nth_of,
    reach_of_classes,
    streets_of_classes,
    walk_words,
    walks_to_classes,
)
from zzgeo.rules.parts.on_foot import OnFoot, judge_on_foot
from zzgeo.rules.parts.refusals import no_number_of_classes, no_one_limit
from zzgeo.spec.kinds import KINDS
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag


class Mix(OnFoot):
    """A walk to the n-th nearest of several kinds: whoever reaches it has n of them."""

    every_unit = True

    @staticmethod
    def measured_by(context: Context, rule: Rule) -> Reach:
        """Return the walk of a clause."""
        return reach_of_classes(context, rule)

    @property
    def needed(self) -> int:
        """Return how many kinds everybody should have."""
        return int(self.rule.number)

    def missing(self) -> tuple[str, str] | None:
        """Tell what file would answer the clause: the kinds with a list have to be as many as it asks for."""
        known, unknown = kinds_of(self.context, self.rule)
        if missing := super().missing():
            return missing
        if len(known) >= self.needed:
            return None
        zh, en = "、".join(KINDS[kind].zh for kind in unknown), ", ".join(KINDS[kind].en for kind in unknown)
        return f"缺少设施清单：{zh}", f"needs [[facilities]] lists of: {en}"

    def facility_flags(self) -> list[Flag]:
        """Return flags of what was taken on trust, kinds without a list among them."""
        return [*super().facility_flags(), *no_list_of(kinds_of(self.context, self.rule)[1])]

    def asked(self) -> dict[str, object]:
        """Return what a finding says of the limit first."""
        return {"needed": self.needed, "of": len(set(self.rule.facilities)), **asked_of_classes(self.rule, self.reach)}

    def distances(self) -> pd.DataFrame:
        """Return how far every demand point walks to the n-th nearest kind, and would at best (``listed_m``)."""
        known, unknown = kinds_of(self.context, self.rule)
        tables = list(walks_to_classes(self.context, self.rule, known).values())
        walks, away, near = (
            [table[name].to_numpy(dtype=float) for table in tables]
            for name in ("streets_m", "straight_m", "unreached_m")
        )
        best = [np.minimum(walk, straight) for walk, straight in zip(walks, near, strict=True)]
        metres = nth_of(walks, self.needed)
        facility = np.full(len(metres), None, dtype=object)
        for walk, table in zip(walks, tables, strict=True):
            here = (walk == metres) & np.isfinite(metres)
            facility[here] = table["streets_id"].astype(object).to_numpy()[here]
        columns = {
            "straight_m": nth_of(away, self.needed),
            "streets_m": metres,
            "streets_id": pd.Series(facility, index=tables[0].index).astype("category"),
            "on_streets": tables[0]["on_streets"],
            "unreached_m": nth_of(best, self.needed),
            "listed_m": nth_of(best, self.needed - len(unknown)) if unknown else np.inf,
        }
        return pd.DataFrame(columns, index=tables[0].index)

    def limit_of(self, group: str) -> float:
        """Return how far the people of a group may walk, in metres."""
        if self.reach.minutes is None:
            return self.reach.metres
        return self.reach.minutes * 60.0 * self.context.study.walking.speed(group)

    def noted(self, share: str, group: tuple[str, str], missed: str) -> tuple[str, str]:
        """Return what is said of a share of a group and of the people missed."""
        (walk_zh, walk_en), many = walk_words(self.reach), len(set(self.rule.facilities))
        zh = f"{share}的{group[0]}{walk_zh}有{many}类设施中的{self.needed}类，{missed}人没有"
        return zh, f"{share} of {group[1]} have {self.needed} of {many} kinds {walk_en}, {missed} do not"


def judge(context: Context, rule: Rule) -> Judgement:
    """Judge who has so many of several kinds, in every unit, per district and for the city."""
    return judge_on_foot(context, rule, Mix)


RULE = RuleKind(
    "mix",
    "R26",
    "设施组合",
    "mix of facilities",
    judge,
    ("metres", "minutes", "pass_share", "min_floor_area_m2"),
    along="streets",
    limit=limit_of_classes,
    patches=True,
    distances=("streets_m",),
    reads=facilities_named,
    streets=streets_of_classes,
    asks_zh="`facilities` 各类中人人应有的类数，整数",
    asks="how many of the kinds in `facilities` everybody should have, a whole number",
    refuses=(no_number_of_classes, no_one_limit),
    example="""\
[[clauses]]
rule = "mix"
facilities = ["primary_school", "kindergarten", "pharmacy", "market", "bus_stop"]
value = 4
params = { metres = 500, pass_share = 0.8 }
verified_on = 2026-11-29
""",
    operators=(">=",),
)
