"""No verdict rests on a facility whose list says that it is closed, or not open yet.

Only the study knows whether to believe a column such as 营业状态 that it does not name: the facility counts, and
clauses that count it are judged once more without it; a verdict that is another then is left to a person, with their
number.
"""

from __future__ import annotations

import geopandas as gpd

from zzgeo.rules.parts.base import Context, Judgement, RuleKind
from zzgeo.rules.parts.readings import left_open_where_turned, marked, verdicts_in, verdicts_of, without_marked
from zzgeo.spec.schema import SAID_OUT_OF_USE
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag


def without_said_out_of_use(context: Context, rule: Rule, kind: RuleKind, judgement: Judgement) -> Judgement:
    """Return a judgement in which facilities said to be out of use are told, and no verdict rests on them.

    ``context.raw`` holds what the other reading is compared with.
    """
    number = said_out_of_use(context.study.facilities, rule)
    if not number:
        return judgement
    readings = context.other_readings(SAID_OUT_OF_USE, lambda: [without_marked(context, SAID_OUT_OF_USE)])
    return left_open_where_turned(
        judgement,
        verdicts_of(context.raw[rule.id].findings),
        verdicts_in(readings, rule, kind),
        turns_flag=Flag("facilities.said_out_of_use_decide", number=number),
        stands_flag=Flag("facilities.said_out_of_use", number=number),
    )


def said_out_of_use(table: gpd.GeoDataFrame, rule: Rule) -> int:
    """Return how many facilities of a clause a list says to be closed, or not open yet."""
    return marked(table, SAID_OUT_OF_USE, rule)
