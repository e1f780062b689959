"""Files of living circles: the page, tables for a spreadsheet, blocks for a GIS, and one document for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from zzgeo.formats.parts.gdal import as_the_system
from zzgeo.reporting.desk.geopackage_rows import passing
from zzgeo.reporting.desk.tables import csv_bytes
from zzgeo.reporting.pages.circles import circles_page
from zzgeo.reporting.results.disk import replaced_together
from zzgeo.served import CITY
from zzgeo.vocabulary.words import WORDS

if TYPE_CHECKING:
    from zzgeo.circles import LivingCircles

#: What stands in ``verified_on`` of a table where nobody compared the basket with its source.
UNVERIFIED = "unverified"

NAMES = (
    "circles.html",
    "circles.json",
    "circle_places.csv",
    "circle_classes.csv",
    "circle_blocks.parquet",
    "circle_blocks.gpkg",
)


def write_circles(circles: LivingCircles, out: Path, lang: str) -> list[Path]:
    """Write the files of living circles to a folder, made if it is not there, and return them.

    Raises
    ------
    EnvironmentFault
        If the folder cannot be made or written, or a file is open elsewhere; nothing is replaced then.
    """
    document = json.dumps(circles_json(circles), ensure_ascii=False, allow_nan=False, indent=1)
    contents = {
        "circles.html": circles_page(circles, lang, list(NAMES[1:])).encode("utf-8"),
        "circles.json": document.encode("utf-8"),
        "circle_places.csv": csv_bytes(_of_basket(circles, circles.by_group)),
        "circle_classes.csv": csv_bytes(_of_basket(circles, circles.classes.drop(columns="rank"))),
    }
    blocks = _of_basket(circles, _without_infinite(circles.blocks))
    with replaced_together(out) as made:
        for name, content in contents.items():
            (made / name).write_bytes(content)
        blocks.to_parquet(made / "circle_blocks.parquet", compression="zstd")
        with as_the_system(made), passing(circles.study.as_of.isoformat()):
            blocks.reset_index().to_file(made / "circle_blocks.gpkg", layer="circle_blocks", driver="GPKG")
    return [out / name for name in NAMES]


def _of_basket(circles: LivingCircles, table: pd.DataFrame) -> Any:
    """Return a table whose rows say which basket they rest on, and whether anybody verified it."""
    day = circles.basket.verified_on
    return table.assign(basket=circles.basket.id, verified_on=UNVERIFIED if day is None else day.isoformat())


def _without_infinite(blocks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return blocks whose minutes are empty where no walk leads to a class: a GIS has no infinite number."""
    walks = [name for name in blocks.columns if name.endswith("_min")]
    return blocks.assign(**{name: blocks[name].replace(np.inf, np.nan) for name in walks})


def circles_json(circles: LivingCircles) -> dict[str, Any]:
    """Return living circles as one document: basket, classes, and places down to the districts.

    Returns
    -------
    dict
        Plain values; what is unknown is None. ``verified_on`` is None for a basket nobody verified: ``note`` says so,
        and no place has a verdict.
    """
    basket = circles.basket
    unverified = dict(zip(("zh", "en"), WORDS["circles_unverified"], strict=True))
    places = circles.by_group[circles.by_group["level"] != "unit"]
    return {
        "study": circles.study.name,
        "as_of": circles.study.as_of.isoformat(),
        "basket": {"id": basket.id, "zh": basket.zh, "en": basket.en, "source": basket.source},
        "verified_on": None if basket.verified_on is None else basket.verified_on.isoformat(),
        "note": unverified if basket.verified_on is None else None,
        "groups": list(circles.groups),
        "times": list(basket.times),
        "flags": [{"code": flag.code, "zh": flag.text("zh"), "en": flag.text("en")} for flag in circles.flags],
        "classes": _rows(circles.classes.drop(columns="rank")),
        "city": _rows(places[places["level"] == CITY]),
        "districts": _rows(places[places["level"] == "district"]),
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records", force_ascii=False, double_precision=15))
    for row in rows:
        if "verdict" in row:
            row["verdict"] = row["verdict"] or None
    return rows
