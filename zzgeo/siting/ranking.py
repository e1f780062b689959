"""Which district comes first: by people missed, then share, then code (rules.md R23)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from zzgeo.rules.parts.base import Finding
from zzgeo.standards import Rule


def ranking(rule: Rule, findings: Iterable[Finding]) -> pd.DataFrame:
    """Rank districts by people missed (most first), then by share (lowest first), then by code."""
    rows = [
        {"rule": rule.id, "district": one.code, "district_name": one.name, "missed": one.missed, "share": one.value}
        for one in findings
        if one.level == "district" and not np.isnan(one.missed)
    ]
    columns = ["rule", "rank", "district", "district_name", "missed", "share"]
    if not rows:
        return pd.DataFrame({name: [] for name in columns})
    table = pd.DataFrame(rows).sort_values(["missed", "share", "district"], ascending=[False, True, True])
    return table.assign(rank=np.arange(1, len(table) + 1))[columns].reset_index(drop=True)
