"""The mark of a scenario: what makes it another than its base, in a notice and in a hash of its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

#: The layer of a plan's file that tells what would be built: of several layers of a file it is the one to add.
SITES_LAYER = "sites"

#: With what the mark of every proposal begins.
MARK = "方案/proposal"


@dataclass(frozen=True)
class Proposal:
    """What makes a study a scenario, and the mark of it.

    Attributes
    ----------
    id, name, name_en
        The scenario, as ``[[scenario]]`` names it; empty where nobody named it.
    added, removed
        Ids of facilities that the base does not have, and that it has alone; one that moves stands in both.
    walking
        What people walk otherwise: ``residents`` and ``aged_60_plus`` in m/s, ``profile``.
    sha256
        Of what is added (every cell and shape), removed and changed: two scenarios of one base are the same if it is.
    base_notice
        The notice of the base.
    """

    id: str = ""
    name: str = ""
    name_en: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    walking: Mapping[str, object] = field(default_factory=dict, hash=False)
    sha256: str = ""
    base_notice: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)

    @property
    def mark(self) -> str:
        """Return what every row of a table of the proposal says."""
        return " ".join(part for part in (MARK, self.name or self.id, self.sha256[:12]) if part)

    @property
    def notice(self) -> dict[str, str]:
        """Return the base's notice behind the mark, by language."""
        zh, en = self.name and f"“{self.name}”", (self.name_en or self.name) and f' "{self.name_en or self.name}"'
        walks = ", ".join(f"{name} {value}" for name, value in self.walking.items())
        walks_zh, walks_en = (f"，步行：{walks}", f", walking: {walks}") if walks else ("", "")
        new, gone = len(self.added), len(self.removed)
        mark = {
            "zh": f"方案{zh}，不是现状：新增{new}处、撤销{gone}处设施{walks_zh}。",
            "en": f"Proposal{en}, not what is there: {new} facilities added, {gone} removed{walks_en}.",
        }
        return {
            lang: f"{mark.get(lang, mark['en'])} {self.base_notice.get(lang, '')}".strip()
            for lang in (*mark, *(lang for lang in self.base_notice if lang not in mark))
        }

    def facts(self, facilities: gpd.GeoDataFrame) -> dict[str, Any]:
        """Return the proposal as ``audit.json`` tells it, its facilities with kind and name."""
        new = facilities.loc[list(self.added)]
        rows = zip(new.index, new["kind"], new["name"], strict=True)
        return {
            "id": self.id,
            "name": self.name,
            "name_en": self.name_en,
            "added": [{"id": str(one), "kind": kind, "name": _cell(name)} for one, kind, name in rows],
            "removed": list(self.removed),
            "walking": dict(self.walking),
            "sha256": self.sha256,
        }


def is_marked(table: pd.DataFrame) -> bool:
    """Tell whether every row of a table says that it is of a proposal: then zzgeo wrote the table."""
    return "proposal" in table.columns and bool(table["proposal"].astype(str).str.startswith(MARK).all())


def content_sha256(proposal: Proposal, facilities: gpd.GeoDataFrame) -> str:
    """Return the hash of what a proposal adds, removes and changes."""
    new = facilities.loc[sorted(proposal.added)]
    columns = sorted(str(name) for name in new.columns if name != "source")
    rows = [[str(one), *(_cell(new[name].loc[one]) for name in columns)] for one in new.index]
    content = [columns, rows, sorted(proposal.removed), sorted((k, str(v)) for k, v in proposal.walking.items())]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _cell(value: Any) -> Any:
    if hasattr(value, "wkb_hex"):
        return value.wkb_hex
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    return value if isinstance(value, str) else str(value)
