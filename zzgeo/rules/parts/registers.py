"""Registers of facilities: which have a feature or an owner, weighed by number or by beds (R16).

Source: computable.md R16: what is not known is left out of the numerator, kept in the denominator and flagged.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from zzgeo.intake.values import date
from zzgeo.rules.parts.base import Context, no_list_of
from zzgeo.rules.parts.tabular import districts_of, with_city
from zzgeo.standards import (
    Rule,
    shipped,
)
from zzgeo.vocabulary.flags import Flag, flag_if_any

#: How lists write that somebody other than the state runs a facility, and that the state does.
_OWNERS = {
    "private": r"private|non-?public|民办|民营|社会办|私立|非公",
    "public": r"^(?!.*(non-?public|非公)).*(public|公办|公立|公建|国有|state)",
}


def has_attribute(cell: object, attribute: str) -> bool:
    """Tell whether a list of features, separated by ";", names one.

    Examples
    --------
    >>> has_attribute("star-rated; medical-licence", "star-rated"), has_attribute("star", "star-rated")
    (True, False)
    """
    return isinstance(cell, str) and attribute in re.split(r"\s*[;；,，、]\s*", cell.strip())


def owned_by(cell: object, ownership: str) -> bool:
    """Tell whether an ownership as a list writes it is "public" or "private".

    Examples
    --------
    >>> owned_by("社会办", "private"), owned_by("非公立", "public"), owned_by("公办", "public")
    (True, False, True)
    """
    pattern = _OWNERS.get(ownership, re.escape(ownership))
    return isinstance(cell, str) and re.search(pattern, cell.strip().lower()) is not None


@dataclass
class Register:
    """What counts, of how much, and how much more might count, by district and for the city."""

    having: dict[str, float]
    total: dict[str, float]
    unknown: dict[str, float]
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
    if "new" in rule.unit.split():
        start = _start(rule)
        if start is None or (len(facilities) and facilities.get("opened", pd.Series(dtype=object)).isna().all()):
            return None
        if len(facilities):
            facilities = facilities[facilities["opened"] >= start]
        flags.append(Flag("facilities.opened_since", day=start))
    table, told = _weights(rule, facilities)
    if len(table) and not table["known"].any():
        return None
    home, outside = districts_of(context, facilities)
    weight = table["weight"]
    having, total, unknown = (
        with_city(part.groupby(home).sum(), context)
        for part in (weight.where(table["has"], 0.0), weight, weight.where(~table["known"], 0.0))
    )
    return Register(having, total, unknown, listed, [*flags, *told, *outside])


def _start(rule: Rule) -> pd.Timestamp | None:
    """Return since when something is new: the clause's date, else the first day of its document's period."""
    said = rule.params.get("opened_since")
    if said is not None:
        return pd.Timestamp(date(str(said)))
    standard = shipped().get(rule.standard)
    period = standard.document.period if standard else None
    return pd.Timestamp(year=period[0], month=1, day=1) if period else None


def _weights(rule: Rule, facilities: gpd.GeoDataFrame) -> tuple[pd.DataFrame, list[Flag]]:
    """Return per facility its weight (1 or beds), whether it has the feature, whether that is known; and flags."""
    nothing = pd.Series(None, index=facilities.index, dtype=object)
    has = pd.Series(True, index=facilities.index)
    known = pd.Series(True, index=facilities.index)
    for name, test in (("attribute", has_attribute), ("ownership", owned_by)):
        wanted = rule.params.get(name)
        if wanted:
            cells = facilities.get("attributes" if name == "attribute" else name, nothing)
            has &= pd.Series([test(cell, str(wanted)) for cell in cells], index=facilities.index, dtype=bool)
            known &= cells.notna()
    weight, flags = pd.Series(1.0, index=facilities.index), list[Flag]()
    if rule.params.get("count", "facilities") == "beds":
        beds = facilities.get("capacity", pd.Series(math.nan, index=facilities.index)).astype(float)
        weight = beds.fillna(0.0)
        flags += flag_if_any("facilities.capacity_unknown", int(beds.isna().sum()))
        known &= beds.notna()
    flags += flag_if_any("facilities.feature_unknown", int((~known).sum()))
    return pd.DataFrame({"weight": weight, "has": has & known, "known": known}), flags
