"""The small study of `files` as tables in memory: what a caller of `zzgeo.Study.from_frames` would hold."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from zzgeo.intake.study import Study

#: What `zzgeo.Study.from_frames` calls the inputs of a study file.
NAMES = {"districts": "districts", "streets": "streets", "units": "units", "demand": "people"}


def frames_of(study: Path) -> dict[str, Any]:
    """Return what `zzgeo.Study.from_frames` takes for the study of a file written by `files.write_study`."""
    told = tomllib.loads(study.read_text("utf-8"))
    given: dict[str, Any] = {name: table(study.parent / told[key]["source"]) for key, name in NAMES.items()}
    [facilities] = told["facilities"]
    given["facilities"] = table(study.parent / facilities["source"])
    said = {name: told[key] for key, name in NAMES.items()} | {"facilities": facilities}
    given["said"] = {name: {key: one[key] for key in one if key != "source"} for name, one in said.items()}
    return given | {key: told[key] for key in ("name", "jurisdiction", "as_of", "crs")}


def table(path: Path) -> pd.DataFrame:
    """Return a file as pandas or GeoPandas read it, with the types they find."""
    if path.suffix == ".csv":
        try:
            return pd.read_csv(path, encoding="utf-8-sig")
        except UnicodeDecodeError:
            return pd.read_csv(path, encoding="gb18030")
    return gpd.read_file(path)


def made(given: dict[str, Any], **more: Any) -> Study:
    """Return the study of such tables, some of them others."""
    return Study.from_frames(**(given | more))
