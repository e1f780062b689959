"""The units of a report level by level: who lives in each, what was found there, and that nobody is counted twice."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from zzgeo.intake.nesting import LIES_WITHIN, PEOPLE_DOUBTED, PEOPLE_FROM, is_levelled, lived_in
from zzgeo.intake.study import Study
from zzgeo.standards import Rule
from zzgeo.vocabulary.people import POPULATION_GROUPS, UNIT_SETS, unit_name
from zzgeo.vocabulary.unit_levels import level_of, levels_of
from zzgeo.vocabulary.verdicts import LOOKS

#: Columns of a unit that only studies have that tell their units level by level.
_TOLD = (LIES_WITHIN, PEOPLE_FROM, PEOPLE_DOUBTED)


def named_by_level(study: Study, rules: Sequence[Rule]) -> list[Rule]:
    """Return clauses with the units they are judged in beside their titles, where a study has several levels of them.

    A title that says so already, and that of a clause for everybody, stays as it is.
    """
    if not is_levelled(study.units):
        return list(rules)
    return [_named(rule) for rule in rules]


def _named(rule: Rule) -> Rule:
    if rule.applies_to == "all":
        return rule
    zh, en = unit_name(rule.applies_to)
    titles = {
        "title": rule.title if zh in rule.title else f"{rule.title}（{zh}）",
        "title_en": rule.title_en if en in rule.title_en else f"{rule.title_en} ({en})",
    }
    return rule.model_copy(update=titles)


def units_of_report(study: Study, findings: pd.DataFrame) -> pd.DataFrame:
    """Return a row for every unit, those of the smallest level first.

    Parameters
    ----------
    study
        What was audited.
    findings
        Of its report.

    Returns
    -------
    DataFrame indexed by ``code``, shape (n_units, ...)
        ``level``, ``type``, ``name``, ``district``; ``lies_within``, ``people_from`` and ``people_doubted`` where a
        study has them (`zzgeo.intake.nesting`); by group of people how many were counted there, each in one unit of a
        level; by verdict how many clauses found it of the unit.
    """
    units = study.units
    if units is None:
        return pd.DataFrame(columns=["level", "type", "name", "district"]).rename_axis("code")
    groups = [group for group in POPULATION_GROUPS if group in study.demand.columns]
    own = findings[findings["level"] == "unit"]
    counts = own.groupby(["unit", "verdict"]).size().unstack(fill_value=0)
    parts = []
    for level in levels_of(units["type"].unique()):
        mine = units[units["type"].isin(UNIT_SETS[level])]
        sums = study.demand[groups].astype(float).groupby(lived_in(study.demand, units, UNIT_SETS[level])).sum()
        columns = ["type", "name", "district", *(name for name in _TOLD if name in units.columns)]
        parts.append(pd.DataFrame(mine[columns]).assign(level=level).join(sums.reindex(mine.index, fill_value=0.0)))
    table = pd.concat(parts)
    table.insert(0, "level", table.pop("level"))
    verdicts = [verdict for verdict in LOOKS if verdict in counts.columns]
    return table.join(counts[verdicts].reindex(table.index.astype(str), fill_value=0).set_axis(table.index))


def levels_of_report(study: Study, district: str | None = None) -> pd.DataFrame:
    """Return a row for every level of units, the smallest first: its people, and those who live in none of its units.

    Parameters
    ----------
    study
        What was audited.
    district
        The district alone whose units and people are counted; all if left out.

    Returns
    -------
    DataFrame indexed by ``level``, shape (n_levels, 5 or more)
        ``zh``, ``en`` (what several are called), ``units``; by group of people ``residents`` and ``residents_outside``:
        together the people of the study, or of the district.
    """
    units, demand = study.units, study.demand
    groups = [group for group in POPULATION_GROUPS if group in demand.columns]
    rows = []
    for level in [] if units is None else levels_of(units["type"].unique()):
        assert units is not None
        zh, en = unit_name(level)
        home = lived_in(demand, units, UNIT_SETS[level])
        here = demand["district"].astype(str).eq(district) if district else pd.Series(True, index=demand.index)
        mine = units["type"].map(level_of).eq(level) & (units["district"].astype(str).eq(district) | (not district))
        row: dict[str, object] = {"level": level, "zh": zh, "en": en, "units": int(mine.sum())}
        for group in groups:
            people = demand[group].astype(float)
            row[group] = float(people[here & home.notna()].sum())
            row[f"{group}_outside"] = float(people[here & home.isna()].sum())
        rows.append(row)
    columns = ["level", "zh", "en", "units", *(name for group in groups for name in (group, f"{group}_outside"))]
    return pd.DataFrame(rows, columns=columns).set_index("level")
