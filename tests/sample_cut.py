"""Four quarters of the sample study as a study of its own: every layer, in the formats and datums of the sample."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
from places import SAMPLE

#: Subdistricts of the central city, and one beside a township of eight villages.
QUARTERS = ("410108071", "410108073", "410106071", "410106171")
LISTS = {"养老服务设施.csv": "gb18030", "文体商业设施.csv": "utf-8-sig"}
NAMES = {"410108": "惠济区", "410106": "上街区"}


def write_cut(folder: Path) -> Path:
    """Write the files of the cut into a folder and return its study file."""
    units = gpd.read_file(SAMPLE / "units.gpkg", layer="units")
    units = units[units["代码"].str[:9].isin(QUARTERS)]
    whole = units[units["类型"].isin(["街道", "乡镇"])]
    districts = whole.dissolve("所属区县代码").geometry.rename("geometry").reset_index()
    districts.insert(1, "name", districts["所属区县代码"].map(NAMES))
    districts.rename(columns={"所属区县代码": "code"}).to_file(folder / "districts.gpkg")
    units.to_file(folder / "units.gpkg", layer="units")
    for layer in ("residential_land", "central_city", "built_up"):
        part = gpd.read_file(SAMPLE / "units.gpkg", layer=layer)
        if layer == "residential_land":
            part = part[part["代码"].str[:9].isin(QUARTERS)]
        part.to_file(folder / "units.gpkg", layer=layer)
    around = districts.union_all().buffer(1_000)
    streets = gpd.read_parquet(SAMPLE / "streets.parquet")
    streets[streets.intersects(around)].to_parquet(folder / "streets.parquet")
    parks = gpd.read_file(SAMPLE / "parks.gpkg")
    parks[parks.intersects(districts.union_all())].to_file(folder / "parks.gpkg", layer="parks")
    _tables(folder, units, districts.to_crs(4326).union_all())
    text = (SAMPLE / "study.toml").read_text("utf-8")
    of_file = '[districts]\nsource = "districts.gpkg"\n\n[streets]'
    text = re.sub(r"\[districts\].*?\n\[streets\]", of_file, text, flags=re.DOTALL)
    (folder / "study.toml").write_text(text, "utf-8")
    return folder / "study.toml"


def _tables(folder: Path, units: gpd.GeoDataFrame, outline) -> None:
    """Write the tables: people of the quarters, and facilities that stand within some 700 m of them."""
    near = outline.buffer(0.007)
    people = pd.read_csv(SAMPLE / "人口点.csv", encoding="utf-8-sig", dtype=str)
    people = people[people["社区村代码"].isin(units["代码"])]
    people.to_csv(folder / "人口点.csv", index=False, encoding="utf-8-sig")
    for name, encoding in LISTS.items():
        table = pd.read_csv(SAMPLE / name, encoding=encoding, dtype=str)
        _near(table, near).to_csv(folder / name, index=False, encoding=encoding)
    table = pd.read_excel(SAMPLE / "医疗机构.xlsx", sheet_name="2018", dtype=str, engine="openpyxl")
    _near(table, near).to_excel(folder / "医疗机构.xlsx", sheet_name="2018", index=False, engine="xlsxwriter")
    (folder / "指标.csv").write_bytes((SAMPLE / "指标.csv").read_bytes())


def _near(table: pd.DataFrame, outline) -> pd.DataFrame:
    places = gpd.points_from_xy(*(pd.to_numeric(table[name], errors="coerce") for name in ("经度", "纬度")))
    return table[places.within(outline)]
