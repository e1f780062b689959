"""A small real-shaped study on disk, for tests that break one thing in it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
from shapely import LineString, box

#: A corner of Zhengzhou's 中原区, in EPSG:4547 metres.
X, Y = 458_000.0, 3_847_000.0

STUDY = """\
name = "测试区"
jurisdiction = "zhengzhou"
as_of = 2018-12-31
crs = "EPSG:4547"

[districts]
source = "districts.gpkg"
datum = "EPSG:4547"
columns = { code = "代码", name = "名称" }

[streets]
source = "streets.gpkg"
datum = "EPSG:4547"

[[facilities]]
source = "养老.csv"
datum = "EPSG:4547"
kind_column = "类别"
kinds = { "日间照料" = "elderly_day_care" }
columns = { facility_id = "编号", name = "名称", lon = "X", lat = "Y", capacity = "床位" }

[units]
source = "units.gpkg"
datum = "EPSG:4547"
columns = { code = "代码", name = "名称", type = "类型" }
types = { "社区" = "urban-community" }

[demand]
source = "people.csv"
datum = "EPSG:4547"
columns = { demand_id = "编号", lon = "X", lat = "Y", residents = "人口", aged_60_plus = "老人" }
"""


def write_study(folder: Path) -> Path:
    """Write two districts of 1 km², a street grid, two centres and eight places where people live."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    west, east = box(X, Y, X + 1000, Y + 1000), box(X + 1000, Y, X + 2000, Y + 1000)
    areas = {"代码": ["410102", "410103"], "名称": ["西区", "东区"]}
    gpd.GeoDataFrame(areas, geometry=[west, east], crs=4547).to_file(folder / "districts.gpkg")
    units = {"代码": ["410102001001", "410103001001"], "名称": ["西社区", "东社区"], "类型": ["社区", "社区"]}
    gpd.GeoDataFrame(units, geometry=[west, east], crs=4547).to_file(folder / "units.gpkg")
    gpd.GeoDataFrame(geometry=_grid(), crs=4547).to_file(folder / "streets.gpkg")
    rows = ["编号,名称,类别,X,Y,床位"]
    rows += [f"F{n},枫林{n}站,日间照料,{X + x},{Y + 300},{20 + n}" for n, x in enumerate((300, 1200), start=1)]
    (folder / "养老.csv").write_bytes("\r\n".join(rows).encode("gb18030"))
    homes = ["编号,X,Y,人口,老人"]
    homes += [f"P{n},{X + 130 + 250 * n},{Y + 130 + 90 * n},{100 + n},{10 + n}" for n in range(8)]
    (folder / "people.csv").write_text("\n".join(homes), encoding="utf-8-sig")
    return folder / "study.toml"


def _grid(step: float = 100.0) -> list[LineString]:
    lines = []
    for y in np.arange(0, 1001, step):
        lines += [LineString([(X + x, Y + y), (X + x + step, Y + y)]) for x in np.arange(0, 2000, step)]
    for x in np.arange(0, 2001, step):
        lines += [LineString([(X + x, Y + y), (X + x, Y + y + step)]) for y in np.arange(0, 1000, step)]
    return lines


def edit(study: Path, old: str, new: str) -> None:
    """Replace one piece of a file, which must be there."""
    text = study.read_text(encoding="utf-8-sig")
    assert old in text
    study.write_text(text.replace(old, new), encoding="utf-8")
