"""Registers of facilities: which have a feature or an owner, weighed by number or by beds (R16).

Source: rules.md R16: what is not known is left out of the numerator, kept in the denominator and flagged.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from zzgeo.errors import Problem, StandardError
from zzgeo.intake.dates import date
from zzgeo.rules.parts.base import Context, no_list_of
from zzgeo.rules.parts.tabular import districts_of, with_city
from zzgeo.rules.parts.units import column
from zzgeo.standards import (
    Rule,
    shipped,
)
from zzgeo.vocabulary.flags import Flag, flag_if_any
from zzgeo.vocabulary.ownership import owned
from zzgeo.vocabulary.units import counts_beds


def has_attribute(cell: object, attribute: str) -> bool:
    """Tell whether a list of features, separated by ";", names one.

    Examples
    --------
    >>> has_attribute("star-rated; medical-licence", "star-rated"), has_attribute("star", "star-rated")
    (True, False)
    """
    if not isinstance(cell, str):
        return False
    names = re.split(r"\s*[;,、]\s*", unicodedata.normalize("NFKC", cell).strip().casefold())
    return unicodedata.normalize("NFKC", attribute).casefold() in names


@dataclass
class Register:
    """What counts, of how much, how much more might count, and how much counts by a choice, by district and city."""

    having: dict[str, float]
    total: dict[str, float]
    unknown: dict[str, float]
    chosen: dict[str, float]
    listed: int
    flags: list[Flag] = field(default_factory=list)


def register_of(context: Context, rule: Rule) -> Register | None:
    """Return the shares of the facility lists; None where no list tells of the feature."""
    attribute, ownership = rule.params.get("attribute"), rule.params.get("ownership")
    if not set(rule.facilities) & context.study.kinds_known or not (attribute or ownership):
        return None
    facilities, flags = context.facilities(rule)
    listed = len(facilities)
    flags += no_list_of(sorted(set(rule.facilities) - context.study.kinds_known))
    if "new" in rule.unit.split() or "opened_since" in rule.params:
        start = start_of(rule)
        if start is None or (len(facilities) and facilities.get("opened", pd.Series(dtype=object)).isna().all()):
            return None
        if len(facilities):
            facilities = facilities[facilities["opened"] >= start]
        flags.append(Flag("facilities.opened_since", day=start))
    table, notes = _weights(rule, facilities)
    if len(table) and not table["known"].any():
        return None
    home, outside = districts_of(context, facilities)
    weight = table["weight"]
    having, total, unknown, chosen = (
        with_city(part.groupby(home).sum(), context)
        for part in (
            weight.where(table["has"], 0.0),
            weight,
            weight.where(table["possible"] & ~table["has"], 0.0),
            weight.where(table["has"] & ~table["firm"], 0.0),
        )
    )
    return Register(having, total, unknown, chosen, listed, [*flags, *notes, *outside])


def start_of(rule: Rule) -> pd.Timestamp | None:
    """Return since when something is new: the clause's date, else the first day of its document's period.

    Raises
    ------
    StandardError
        If the clause says what is no date and no year.
    """
    said = rule.params.get("opened_since")
    if said is not None:
        try:
            return pd.Timestamp(date(f"{said:.0f}" if isinstance(said, float) else str(said)))
        except ValueError:
            fault = "opened_since is a day or a year"
            problem = Problem("config.invalid", rule.id, f"opened_since = {said}", fault, "correct the parameter")
            raise StandardError([problem]) from None
    standard = shipped().get(rule.standard)
    period = standard.document.period if standard else None
    return pd.Timestamp(year=period[0], month=1, day=1) if period else None


def what_counts(rule: Rule) -> str:
    """Return what a clause counts, "beds" or "facilities": as it says, else as its unit does."""
    return str(rule.params.get("count", "beds" if counts_beds(rule.unit) else "facilities"))


def _weights(rule: Rule, facilities: gpd.GeoDataFrame) -> tuple[pd.DataFrame, list[Flag]]:
    """Return, per facility, its weight (1 or beds) and whether it has the feature, and flags.

    ``has`` counts, ``firm`` under every reading, ``possible`` if what is not known or open were so; ``known`` tells
    where the list says something.
    """
    index = facilities.index
    nothing = pd.Series(None, index=index, dtype=object)
    table = pd.DataFrame(True, index=index, columns=["has", "firm", "possible", "known"])
    flags: list[Flag] = []
    if attribute := rule.params.get("attribute"):
        cells = facilities.get("attributes", nothing)
        has = pd.Series([has_attribute(cell, str(attribute)) for cell in cells], index=index, dtype=bool)
        table = _narrowed(table, has, has, has | cells.isna(), cells.notna())
    if ownership := rule.params.get("ownership"):
        own = owned(column(facilities, "ownership"), str(ownership))
        table = _narrowed(table, own.sure, own.firm, own.possible, ~own.empty)
        flags += own.flags
    weight = pd.Series(1.0, index=index)
    if what_counts(rule) == "beds":
        beds = facilities.get("capacity", pd.Series(math.nan, index=index)).astype(float)
        weight = beds.fillna(0.0)
        flags += flag_if_any("facilities.capacity_unknown", int(beds.isna().sum()))
        table["known"] &= beds.notna()
    flags += flag_if_any("facilities.feature_unknown", int((~table["known"]).sum()))
    table["has"] &= table["known"]
    return table.assign(weight=weight), flags


def _narrowed(table: pd.DataFrame, *parts: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({name: table[name] & part for name, part in zip(table.columns, parts, strict=True)})
