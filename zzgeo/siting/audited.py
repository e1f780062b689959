"""What a choice of sites needs of an audit: this room stands before that of the audits and knows no more of them."""

from __future__ import annotations

from typing import Protocol

import geopandas as gpd
import pandas as pd

from zzgeo.intake.study import Study
from zzgeo.rules.parts.base import Context, RuleKind
from zzgeo.standards import Rule, Standard


class Audited(Protocol):
    """An audit that is done; an audit report is one, and says what each of these holds."""

    @property
    def study(self) -> Study:
        """What was audited."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The clauses that were judged."""

    @property
    def kinds(self) -> dict[str, RuleKind]:
        """The kind of each clause, by its id."""

    @property
    def findings(self) -> pd.DataFrame:
        """A row per clause and unit, district and city."""

    @property
    def reach(self) -> dict[str, pd.DataFrame]:
        """Who is reached, by id of a clause."""

    @property
    def gaps(self) -> gpd.GeoDataFrame:
        """Patches of land where people are missed."""

    @property
    def standards(self) -> tuple[Standard, ...]:
        """What was judged by."""

    @property
    def context(self) -> Context:
        """What the clauses measured on the way."""
