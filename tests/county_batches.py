"""Batches made by hand: three counties, two clauses, numbers that are known."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from zzgeo.reporting.told.counties import BatchTables

NEAR, BEDS = "near", "beds"


def finding(study: str, rule: str, verdict: str, missed: float, people: float = 1000.0, **more: Any) -> dict[str, Any]:
    """Return a finding of a county's only district."""
    return {
        "study": study,
        "rule": rule,
        "level": "district",
        "district": f"{study}-1",
        "verdict": verdict,
        "value": 1 - missed / people,
        "value_unit": "share",
        "operator": ">=",
        "threshold": 0.9,
        "people": people,
        "missed": missed,
        "sensitive": False,
        "title_zh": f"条款{rule}",
        "title_en": f"Clause {rule}",
        "document": "郑政〔2018〕34号",
        "section": "三",
        "clause": "服务半径",
        "group": "residents",
        **more,
    }


def batch(name: str, *findings: dict[str, Any], states: dict[str, str] | None = None) -> BatchTables:
    """Return a batch of these findings; a study that is named in `states` only has no result."""
    states = states or {}
    ids = list(dict.fromkeys([*(one["study"] for one in findings), *states]))
    studies = pd.DataFrame(
        {
            "name": [f"{one}县" for one in ids],
            "as_of": "2018-12-31",
            "state": [states.get(one, "done") for one in ids],
            "exit_code": 0,
            "message": ["" if one not in states else "lists.csv · 经度 · no such column" for one in ids],
            "front": ["" if one in states else f"{one}/index.html" for one in ids],
            "set_aside": 2,
            "warnings": 1,
        },
        index=pd.Index(ids, name="study"),
    )
    squares = [shapely.box(113 + at, 34, 114 + at, 35) for at in range(len(ids))]
    outlines = gpd.GeoDataFrame({"study": ids, "code": ids}, geometry=squares, crs=4490)
    return BatchTables(name, studies, pd.DataFrame(list(findings)), outlines)
