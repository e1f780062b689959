"""A plan in words and rows, the same in the workbook, the document and on slides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from zzgeo.layers.base import text
from zzgeo.numbers import number_text, people_text, share_text
from zzgeo.reporting.told.words import rule_title, speaker

if TYPE_CHECKING:
    from zzgeo.siting.plan import Plan


def plan_title(plan: Plan, lang: str) -> str:
    """Return the titles of the clauses a plan is for."""
    return ("、" if lang == "zh" else ", ").join(rule_title(rule, lang) for rule in plan.rules)


def plan_sentences(plan: Plan, lang: str) -> list[str]:
    """Return what a plan comes to: people and proof, money, who is left."""
    say = speaker(lang)
    proof = say("plan_best") if plan.gap == 0 else say("plan_gap", share_text(plan.gap))
    sentences = [say("plan_placed" if plan.placed else "plan_gained", len(plan.sites), people_text(plan.people), proof)]
    if plan.closed:
        names = plan.study.facilities["name"].reindex(list(plan.closed))
        closed = [f"{text(name)} ({one})" if text(name) else one for one, name in names.items()]
        sentences.append(say("plan_closed", len(closed), ("、" if lang == "zh" else ", ").join(closed)))
    cost = plan.sites["cost_yuan"].sum(skipna=False)
    if len(plan.sites) and cost == cost:
        sentences.append(say("plan_cost", number_text(cost), number_text(plan.sites["subsidy_yuan"].sum())))
    elif len(plan.sites):
        sentences.append(say("plan_cost_unknown"))
    lost, left = (people_text(float(rows["people"].sum())) for rows in (plan.unreachable, plan.left))
    return [*sentences, say("plan_without" if plan.placed else "plan_unreachable", lost, left)]


def turns_text(plan: Plan, turns: str, lang: str) -> str:
    """Return the verdicts that turn at a site (a cell of ``plan.curve["turns"]``) with clauses and places by name."""
    titles = {rule.id: rule_title(rule, lang) for rule in plan.rules}
    names, words = plan.study.districts["name"], []
    for key in filter(None, turns.split("; ")):
        rule, level, code = key.split(" ", 2)
        place = speaker(lang)("city") if level == "city" else text(names.get(code)) or code
        words.append(f"{titles[rule]} ({place})" if lang == "en" else f"{titles[rule]}（{place}）")
    return ("；" if lang == "zh" else "; ").join(words)


def plan_rows(plan: Plan, lang: str = "zh") -> pd.DataFrame:
    """Return the sites in their order with what is gained so far, the bound, and the clauses that turn there."""
    names = plan.sites["name"].where(plan.sites["name"].notna(), plan.sites.index.to_series().astype(str))
    districts = plan.study.districts["name"]
    columns = {
        "rank": plan.sites["rank"],
        "name": [text(name) for name in names],
        "district_name": [text(districts.get(code)) for code in plan.sites["district"]],
        **{name: plan.sites[name] for name in ("people_gained", "cost_yuan", "subsidy_yuan")},
    }
    curve = plan.curve.set_index(plan.sites.index)[["people", "bound", "turns"]]
    curve["turns"] = [turns_text(plan, turns, lang) for turns in curve["turns"]]
    return pd.concat([pd.DataFrame(columns, index=plan.sites.index), curve], axis=1)
