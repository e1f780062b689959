"""What a plan of facilities draws from the budgets of the city and of the counties (R18).

Source: rules.md R18: listed clause by clause with its assumption; nothing is set off (resolutions.md A21).
"""

from __future__ import annotations

import math

import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.intake import values as cells
from zzgeo.spec.kinds import kind_of, unknown_kind
from zzgeo.standards.awards import awards, choices
from zzgeo.vocabulary.ownership import MIXED, PUBLIC, form_of
from zzgeo.vocabulary.units import quantity_of_column
from zzgeo.vocabulary.yes_no import yes_no

NUMBERS = ("floor_area_m2", "beds_new", "beds_converted", "beds_hospice", "star", "cost_yuan")
TEXTS = ("kind", "district", "public", "meets_standard", "platform", "smart")


def subsidy_items(plan: pd.DataFrame) -> pd.DataFrame:
    """Return every payment a plan of facilities draws: one row per facility and clause that pays.

    Parameters
    ----------
    plan
        One row per facility or project; text or numbers. ``kind`` (a facility kind, or how lists spell it) is needed;
        ``floor_area_m2``, ``beds_new``, ``beds_converted``, ``beds_hospice``,
        ``public`` (yes or no), ``star`` (1-5), ``meets_standard`` (yes or no), ``platform`` ("county", "township"),
        ``smart`` ("unit": subdistrict or community, "firm": firm or institution), ``cost_yuan``, ``district`` where
        they apply. Beds that stand already draw nothing and have no column.

    Returns
    -------
    DataFrame
        ``row`` (label of the plan's row), ``district``, ``rule``, ``scheme``, ``city_yuan``, ``county_yuan``,
        ``document``, ``section``, ``clause``, ``assumption``.

    Raises
    ------
    InputError
        With every cell that cannot be read or has no meaning.
    """
    table = _read(plan)
    rows = []
    for label, row in table.iterrows():
        for award in awards():
            city, county = award.pays(dict(row))
            if city or county:
                document, section = award.place.split(" ", 1)
                place = (document, section, award.rule.clause, award.assumes)
                rows.append((label, row["district"], award.clause, award.scheme, city, county, *place))
    columns = ["row", "district", "rule", "scheme", "city_yuan", "county_yuan", "document", "section", "clause"]
    return pd.DataFrame(rows, columns=[*columns, "assumption"])


def subsidies(plan: pd.DataFrame) -> pd.DataFrame:
    """Return what each facility of a plan draws from the city and from its county.

    Parameters
    ----------
    plan
        As for `subsidy_items`.

    Returns
    -------
    DataFrame on the index of ``plan``
        ``city_yuan``, ``county_yuan``, ``total_yuan``, ``clauses`` (document and section of every clause that pays),
        ``assumptions`` (what was taken to hold, and what kept a payment from being counted).

    Raises
    ------
    InputError
        With every cell that cannot be read or has no meaning.

    Examples
    --------
    >>> plan = pd.DataFrame({"kind": ["elderly_day_care"], "floor_area_m2": [750.0], "meets_standard": ["yes"]})
    >>> drawn = subsidies(plan).iloc[0]
    >>> int(drawn["city_yuan"]), int(drawn["county_yuan"]), drawn["clauses"]
    (350000, 0, '郑政〔2018〕34号 三（一）1')
    """
    items = subsidy_items(plan)
    result = pd.DataFrame({"city_yuan": 0.0, "county_yuan": 0.0, "total_yuan": 0.0}, index=plan.index)
    result["clauses"] = result["assumptions"] = ""
    reasons = _unpaid(_read(plan))
    for label in plan.index:
        own = items[items["row"] == label]
        city, county = float(own["city_yuan"].sum()), float(own["county_yuan"].sum())
        result.loc[label, ["city_yuan", "county_yuan", "total_yuan"]] = (city, county, city + county)
        result.loc[label, "clauses"] = "; ".join(own["document"] + " " + own["section"])
        several = ["awards added up, the document does not say whether they exclude each other (A21)"]
        notes = [*own["assumption"], *(several if len(own) > 1 else []), *reasons.get(label, [])]
        result.loc[label, "assumptions"] = "; ".join(notes)
    return result


def _read(plan: pd.DataFrame) -> pd.DataFrame:
    problems = (
        []
        if plan.index.is_unique
        else [Problem("id.duplicate", "plan", "index", "an id must stand on one row only", "give every row its own id")]
    )
    if "kind" not in plan.columns:
        why = "a plan says what each row is"
        problems.append(Problem("schema.missing_column", "plan", "kind", why, "add a column kind"))
    table = pd.DataFrame(index=plan.index)
    for name in NUMBERS:
        source = plan[name] if name in plan.columns else pd.Series(math.nan, index=plan.index)
        parsed = cells.numbers(source, minimum=0.0, quantity=quantity_of_column(name))
        table[name] = parsed.values.fillna(0.0)
        for row, (code, why) in parsed.faults.items():
            problems.append(Problem(code, f"plan:{row}", name, why, "correct the cell"))
    for name in TEXTS:
        table[name] = cells.texts(plan[name]) if name in plan.columns else None
    problems += _kinds(table) + _answers(table)
    for name in ("star", "platform", "smart"):
        allowed = choices(name)
        for row, cell in table[name].items():
            word = f"{cell:g}" if isinstance(cell, float) else cell
            if word not in (None, "0", *allowed):
                why = "must be one of " + ", ".join(allowed)
                problems.append(Problem("value.unparsed", f"plan:{row}", f"{name}={cell}", why, "correct the cell"))
    if problems:
        raise InputError(problems)
    return table


def _kinds(table: pd.DataFrame) -> list[Problem]:
    """Bring ``kind`` to the id of a kind, however a list spells it: what nobody knows would draw nothing in silence."""
    problems = []
    for row, cell in table["kind"].items():
        kind = kind_of(cell) if cell else None
        if cell and kind is None:
            problems.append(Problem("kind.unknown", f"plan:{row}", cell, unknown_kind(cell), "correct the cell"))
        table.at[row, "kind"] = kind
    return problems


def _answers(table: pd.DataFrame) -> list[Problem]:
    """Bring ``public`` and ``meets_standard`` to "yes", "no" or None; ``public`` may name an owner instead."""
    problems = []
    forms = [form_of(cell) if cell else None for cell in table["public"]]
    table["choice"] = [form is not None and form.choice for form in forms]
    owners = {
        row: form.side == PUBLIC
        for row, form in zip(table.index, forms, strict=True)
        if form is not None and form.side != MIXED
    }
    for name, others in (("public", owners), ("meets_standard", {})):
        for row, cell in table[name].items():
            said = yes_no(cell)
            said = others.get(row) if said is None else said
            if said is None and cell is not None and cell.lower() not in cells.MISSING_WORDS:
                why = "yes or no is needed" + (", or an owner" if name == "public" else "")
                problems.append(Problem("value.unparsed", f"plan:{row}", f"{name}={cell}", why, "correct the cell"))
            table.at[row, name] = None if said is None else "yes" if said else "no"
    return problems


def _unpaid(table: pd.DataFrame) -> dict[object, list[str]]:
    """Return per row why a payment one might expect is not counted."""
    beds_paid = {kind for award in awards() if award.public is not None for kind in award.kinds}
    by_label: dict[object, list[str]] = {}
    for label, row in table.iterrows():
        community = row["kind"] == "elderly_day_care"
        beds = row["beds_new"] + row["beds_converted"] > 0
        reasons = [
            (
                community and row["floor_area_m2"] >= 200 and row["meets_standard"] is None,
                "whether it meets the standard is not told: no area subsidy",
            ),
            (community and beds, "beds of a community facility draw no bed subsidy"),
            (
                row["kind"] in beds_paid and beds and row["public"] is None,
                "whether it is public is not told: counted as private",
            ),
            (
                row["kind"] in beds_paid and beds and row["choice"],
                f"ownership open to another reading: public = {row['public']} taken",
            ),
        ]
        by_label[label] = [why for holds, why in reasons if holds]
    return by_label
