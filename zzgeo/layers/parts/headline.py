"""What one picture shows when there is room for one: the headline rule, the first gaps, round classes of people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from zzgeo.numbers import people_text
from zzgeo.vocabulary.verdicts import FAIL, PASS, REVIEW

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule

#: Gap patches that carry their number on a picture.
MOST_NUMBERED = 5


def headline(report: AuditReport, district: str | None = None) -> Rule | None:
    """Return the rule a picture shows: of those measured at people's homes the first that fails, else the first judged.

    With a district: the first that fails there, else that of the city, so that pictures of districts can be compared.
    """
    rows = report.findings[["rule", "level", "district", "verdict"]]
    rows = rows[rows["level"] == "district"]
    if district is not None:
        rows = rows[rows["district"].astype(str) == district]
    measured = [rule for rule in report.rules if rule.id in report.reach]
    for verdicts in ((FAIL,), (PASS, REVIEW)):
        found = set(rows.loc[rows["verdict"].isin(verdicts), "rule"])
        for rule in measured:
            if rule.id in found:
                return rule
    return measured[0] if measured else None


def first_gaps(report: AuditReport, district: str, rule: Rule) -> gpd.GeoDataFrame:
    """Return the gap patches of a rule in a district that a picture numbers, those with most people first."""
    gaps = report.gaps
    if not len(gaps):
        return gaps
    own = gaps[(gaps["rule"] == rule.id) & (gaps["district"].astype(str) == district)]
    return own.sort_values("rank", kind="stable").head(MOST_NUMBERED)


def people_classes(people: Iterable[float], most: int = 3) -> list[float]:
    """Return up to `most` round upper ends of classes that part places by people missed; the last holds the largest.

    Examples
    --------
    >>> people_classes([0, 120, 900, 4_300, 61_000])
    [1000.0, 5000.0, 100000.0]
    >>> people_classes([0.0, float("nan")])
    []
    """
    counted = np.array([value for value in people if value == value and 0 < value < math.inf])
    if not len(counted):
        return []
    wanted = [float(value) for value in np.quantile(counted, [(step + 1) / most for step in range(most)])]
    ends: list[float] = []
    for value in wanted:
        end = _round_up(value)
        if not ends or end > ends[-1]:
            ends.append(end)
    return ends


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, 50 … not below a number."""
    if value <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value * (1 - 1e-12))


def class_labels(ends: list[float]) -> list[str]:
    """Return what a legend says of each class.

    Examples
    --------
    >>> class_labels([1000.0, 5000.0])
    ['1–1,000', '1,000–5,000']
    """
    lows = [1.0, *ends]
    return [f"{people_text(low)}–{people_text(end)}" for low, end in zip(lows, ends, strict=False)]
