"""What rules found, beside the places they judged: columns of tables, styles by verdict, verdicts of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from zzgeo.layers.base import printable, printables, text
from zzgeo.layers.parts.headline import headline
from zzgeo.layers.parts.looks import BETWEEN_AREAS, Look, Style
from zzgeo.spec.schema import Contract
from zzgeo.vocabulary.verdicts import JUDGED, LOOKS, NODATA, REVIEW

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words
    from zzgeo.standards import Rule

#: Rules whose own styles a table brings along; the columns of all rules are there.
MOST_STYLED = 20


def judged_in(report: AuditReport, level: str, district: str | None = None) -> set[str]:
    """Return the ids of rules with a verdict (pass, fail or review) at a level, in one district or in any."""
    findings = report.findings
    keep = (findings["level"] == level) & findings["verdict"].isin(JUDGED)
    if district is not None:
        keep &= findings["district"].astype(str) == district
    return {str(rule) for rule in findings.loc[keep, "rule"]}


def rules_at(report: AuditReport, level: str) -> list[Rule]:
    """Return the rules judged at a level, that of the headline first."""
    judged = judged_in(report, level)
    return headline_first(report, [rule for rule in report.rules if rule.id in judged])


def headline_first(report: AuditReport, rules: Sequence[Rule]) -> list[Rule]:
    """Return rules in their order, that of the headline before the others."""
    first = headline(report)
    return sorted(rules, key=lambda rule: first is None or rule.id != first.id)


def findings_in_districts(report: AuditReport, rule: Rule) -> dict[str, dict[str, Any]]:
    """Return what a rule found in each district, by code."""
    rows = report.findings[(report.findings["level"] == "district") & (report.findings["rule"] == rule.id)]
    return {text(row["district"]): {str(key): value for key, value in row.items()} for row in rows.to_dict("records")}


def known(table: gpd.GeoDataFrame, contract: Contract) -> gpd.GeoDataFrame:
    """Return a table with the columns of its contract only, text without control characters, ids as text."""
    kept = [name for name in contract.columns if name in table.columns]
    copy = gpd.GeoDataFrame(table[kept], geometry=table.geometry.array, crs=table.crs)
    for name in kept:
        if contract.columns[name].kind in ("text", "choice"):
            copy[name] = printables(copy[name])
    copy.index = pd.Index(printables(copy.index), name=contract.index)
    return copy


#: Endings of the columns a rule adds, the column of the findings each is taken from, and the word for it.
_ADDED = (("", "verdict", "verdict"), ("_value", "value", "value"), ("_missed", "missed", "missed"))


def with_findings(table: gpd.GeoDataFrame, report: AuditReport, level: str) -> gpd.GeoDataFrame:
    """Add verdict, value and people missed of each rule judged at a level, in columns named after the rule."""
    findings = report.findings[["rule", "level", level, *(column for _, column, _ in _ADDED)]]
    findings = findings[findings["level"] == level]
    added: dict[str, pd.Series] = {}
    for rule in rules_at(report, level):
        own = findings[findings["rule"] == rule.id]
        own = own.set_index(own[level].map(printable)).reindex(table.index)
        for ending, column, _ in _ADDED:
            added[f"{rule.id}{ending}"] = own[column]
    return gpd.GeoDataFrame(pd.concat([table, pd.DataFrame(added, index=table.index)], axis=1), crs=table.crs)


def finding_names(rules: Sequence[Rule], words: Words) -> dict[str, str]:
    """Return what the columns of `with_findings` are called."""
    return {
        f"{rule.id}{ending}": f"{words.rule(rule)} · {words.say(word)}" for rule in rules for ending, _, word in _ADDED
    }


def verdict_style(rule: Rule, words: Words, opacity: float, fill_until: int) -> Style:
    """Style places by the verdict of a rule."""
    classes = [
        (
            verdict,
            words.verdict(verdict),
            Look(
                look.mark,
                BETWEEN_AREAS,
                opacity=opacity,
                hatch="///" if verdict in (REVIEW, NODATA) else "",
                fill_until=fill_until,
            ),
        )
        for verdict, look in LOOKS.items()
    ]
    name = f"{words.rule(rule)} · {words.say('verdict')}"
    return Style(name, "categories", classes, column=f'"{rule.id}"', rule=rule.id)


def rule_styles(report: AuditReport, table: gpd.GeoDataFrame, look: Look, words: Words) -> list[Style]:
    """Style rows of many rules, by their column ``rule``: a style for each, which shows its own rows alone."""
    titles = {rule.id: printable(words.rule(rule)) for rule in report.rules}
    held = [text(rule) for rule in table["rule"].drop_duplicates()]
    named = [(rule, titles.get(rule, rule)) for rule in held[:MOST_STYLED]]
    return [Style(title, "filters", [(f"\"rule\" = '{rule}'", title, look)], rule=rule) for rule, title in named]


def unit_verdicts(report: AuditReport, district: str, rule: Rule) -> pd.Series[str]:
    """Return the verdict of every unit with a place that a rule judged in a district, by the unit's code."""
    rows = report.findings[["rule", "level", "district", "unit", "verdict"]]
    own = rows[(rows["level"] == "unit") & (rows["rule"] == rule.id) & (rows["district"].map(text) == district)]
    verdicts: pd.Series[str] = own.drop_duplicates("unit").set_index("unit")["verdict"]
    return verdicts[verdicts.index.isin(placed_units(report))]


def placed_units(report: AuditReport) -> list[str]:
    """Return the codes of the units that have a place."""
    units = report.study.units
    if units is None:
        return []
    return list(units.index[~(units.geometry.isna() | units.geometry.is_empty)])
