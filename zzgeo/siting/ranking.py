"""Which district comes first: by people missed, then share, then code (rules.md R23)."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from zzgeo.rules.parts.base import Finding
from zzgeo.standards import Rule


def ranking(rule: Rule, findings: Iterable[Finding]) -> pd.DataFrame:
    """Rank districts by people missed (most first), then by share (lowest first), then by code."""
    ranked = sorted(
        (one for one in findings if one.level == "district" and not math.isnan(one.missed)),
        # a share that is not known comes last among those who miss as many
        key=lambda one: (-one.missed, math.isnan(one.value), 0.0 if math.isnan(one.value) else one.value, one.code),
    )
    rows = [(rule.id, rank, one.code, one.name, one.missed, one.value) for rank, one in enumerate(ranked, 1)]
    columns = ["rule", "rank", "district", "district_name", "missed", "share"]
    return pd.DataFrame(rows, columns=columns) if rows else pd.DataFrame({name: [] for name in columns})
