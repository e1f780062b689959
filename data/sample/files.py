"""Writes the tables the way a bureau sends them: several encodings, datums and formats, and a few faulty rows."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from sample.people import TO_DEGREES
from sample.totals import CRS
from zzgeo.crs.metric import wgs84_to_bd09, wgs84_to_gcj02
from zzgeo.standards.facts import facts

WRITTEN = "2018-12-31T00:00:00.000Z"  # instead of the clock, so that the same run gives the same bytes
DATUMS = {"EPSG:4326": lambda lon, lat: (lon, lat), "GCJ-02": wgs84_to_gcj02, "BD-09": wgs84_to_bd09}

#: Rows that every real list has, beyond the counted totals: file, row id, what is wrong.
FAULTS: list[tuple[str, str, str]] = []


def located(table: pd.DataFrame, datum: str, columns: list[str]) -> pd.DataFrame:
    """Replace metres by longitude and latitude in a datum, and keep the columns a file has."""
    lon, lat = TO_DEGREES.transform(table["x"].to_numpy(), table["y"].to_numpy())
    lon, lat = DATUMS[datum](lon, lat)
    table = table.assign(经度=[f"{v:.6f}" for v in lon], 纬度=[f"{v:.6f}" for v in lat])
    return table[columns]


def with_faults(file: str, table: pd.DataFrame, faults: list[tuple[dict[str, Any], str]]) -> pd.DataFrame:
    """Append faulty rows (each a good row with some cells changed) and remember what is wrong with them."""
    rows = []
    for number, (changes, what) in enumerate(faults):
        row = {**table.iloc[7 * (number + 1)].to_dict(), **changes}
        rows.append(row)
        FAULTS.append((file, row["编号"], what))
    bad = pd.DataFrame(rows, columns=table.columns).astype(object)
    return pd.concat([table.astype(object), bad], ignore_index=True)


def whole(values: pd.Series) -> list[str]:
    """Write whole numbers without a decimal point, missing ones as an empty cell."""
    return ["" if pd.isna(v) else str(int(v)) for v in values]


def write_elderly(folder: Path, table: pd.DataFrame) -> None:
    """Write the elderly-care list: CSV, GB18030, GCJ-02."""
    name = "养老服务设施.csv"
    columns = ["编号", "名称", "类别", "性质", "经度", "纬度", "床位数", "建筑面积", "建成日期", "服务村代码"]
    out = located(table.assign(床位数=whole(table["床位数"])), "GCJ-02", columns)
    out = with_faults(
        name,
        out,
        [
            ({"编号": "YL9001", "名称": "示例养老院（无坐标）", "经度": "", "纬度": ""}, "no coordinates"),
            ({"编号": "YL9002", "名称": "示例养老院（坐标为零）", "经度": "0", "纬度": "0"}, "coordinates 0, 0"),
            ({"编号": "YL0021", "名称": "示例养老院（编号重复）"}, "the id stands on an earlier row already"),
            ({"编号": "YL9003", "名称": "示例养老院（床位为负）", "床位数": "-5"}, "negative number of beds"),
        ],
    )
    out.to_csv(folder / name, index=False, encoding="gb18030", lineterminator="\r\n")


def write_medical(folder: Path, table: pd.DataFrame) -> None:
    """Write the register of medical institutions: XLSX, sheet 2018, WGS84, numbers as numbers."""
    import xlsxwriter

    name = "医疗机构.xlsx"
    out = located(table, "EPSG:4326", ["编号", "名称", "类别", "级别", "经度", "纬度", "床位数"])
    out = out.assign(经度=out["经度"].astype(float), 纬度=out["纬度"].astype(float))
    out = with_faults(
        name,
        out,
        [
            ({"编号": "YY90001", "名称": "示例医院（无坐标）", "经度": None, "纬度": None}, "no coordinates"),
            ({"编号": "YY00035", "名称": "示例医院（编号重复）"}, "the id stands on an earlier row already"),
            ({"编号": "YY90002", "名称": "示例医院（床位非数字）", "床位数": "约200张"}, "beds are not a number"),
            (
                {"编号": "YY90003", "名称": "示例养生馆（类别不明）", "类别": "养生馆"},
                "a kind the study file does not map",
            ),
        ],
    )
    with xlsxwriter.Workbook(folder / name) as book:
        book.set_properties({"title": "医疗机构（合成数据）", "created": dt.datetime(2018, 12, 31)})
        sheet = book.add_worksheet("2018")
        sheet.write_row(0, 0, list(out.columns))
        for number, row in enumerate(out.itertuples(index=False), start=1):
            sheet.write_row(number, 0, [None if pd.isna(cell) else cell for cell in row])


def write_leisure(folder: Path, table: pd.DataFrame) -> None:
    """Write fitness grounds, venues, markets and toilets: CSV, UTF-8 with BOM, BD-09."""
    name = "文体商业设施.csv"
    out = located(table, "BD-09", ["编号", "名称", "类别", "经度", "纬度", "占地面积"])
    turned = {"经度": out["纬度"].iloc[0], "纬度": out["经度"].iloc[0]}
    out = with_faults(
        name,
        out,
        [
            ({"编号": "WT90001", "名称": "示例健身场地（坐标为零）", "经度": "0", "纬度": "0"}, "coordinates 0, 0"),
            ({"编号": "WT90002", "名称": "示例健身场地（经纬度颠倒）", **turned}, "longitude and latitude exchanged"),
            ({"编号": "WT00050", "名称": "示例健身场地（编号重复）"}, "the id stands on an earlier row already"),
        ],
    )
    out.to_csv(folder / name, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def write_people(folder: Path, people: pd.DataFrame) -> None:
    """Write the points people live at: CSV, UTF-8 with BOM, WGS84; no faulty rows, the sums must hold."""
    out = pd.DataFrame(
        {
            "编号": [f"RK{n:05d}" for n in range(1, len(people) + 1)],
            "经度": [f"{v:.6f}" for v in people["lon"]],
            "纬度": [f"{v:.6f}" for v in people["lat"]],
            "社区村代码": people["unit"].to_numpy(),
            "常住人口": people["residents"].to_numpy(),
            "60岁以上": people["aged_60_plus"].to_numpy(),
        }
    )
    out.to_csv(folder / "人口点.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _write_layer(path: Path, layer: str, table: gpd.GeoDataFrame, *, first: bool) -> None:
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN})
    try:
        options = {"SPATIAL_INDEX": "NO"}
        pyogrio.write_dataframe(table, path, layer=layer, driver="GPKG", append=not first, layer_options=options)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_parks(folder: Path, parks: list[shapely.Geometry]) -> None:
    """Write the parks: polygons, GeoPackage, CGCS2000 Gauss-Kruger."""
    ids = [f"GY{n:03d}" for n in range(1, len(parks) + 1)]
    order = np.random.default_rng(len(parks)).permutation(len(parks))
    names = [f"示范{n}号公园" for n in range(1, len(parks) + 1)]
    table = pd.DataFrame({"编号": ids, "名称": names, "geometry": [parks[i] for i in order]})
    table = with_faults(
        "parks.gpkg",
        table,
        [
            ({"编号": "GY901", "名称": "示例公园（无边界）", "geometry": None}, "no geometry"),
            ({"编号": "GY014", "名称": "示例公园（编号重复）"}, "the id stands on an earlier row already"),
        ],
    )
    layer = gpd.GeoDataFrame(table[["编号", "名称"]].astype(str), geometry=table["geometry"].tolist(), crs=CRS)
    (folder / "parks.gpkg").unlink(missing_ok=True)
    _write_layer(folder / "parks.gpkg", "parks", layer, first=True)


def write_units(
    folder: Path,
    units: gpd.GeoDataFrame,
    groups: gpd.GeoDataFrame,
    land: gpd.GeoDataFrame,
    central: shapely.Geometry,
    built_up: shapely.Geometry,
) -> None:
    """Write communities, villages, subdistricts and townships, residential land, central city and built-up area."""
    both = pd.concat([frame.reset_index() for frame in (units, groups)], ignore_index=True)
    layer = gpd.GeoDataFrame(
        {
            "代码": both["code"],
            "名称": both["name"],
            "类型": both["type"],
            "所属区县代码": both["district"],
            "常住人口": both["residents"].astype(int),
            "60岁以上": both["aged_60_plus"].astype(int),
        },
        geometry=both["geometry"].tolist(),
        crs=CRS,
    )
    path = folder / "units.gpkg"
    path.unlink(missing_ok=True)
    _write_layer(path, "units", layer, first=True)
    _write_layer(path, "residential_land", land, first=False)
    inside = gpd.GeoDataFrame({"名称": ["中心城区（四环以内，示意）"]}, geometry=[central], crs=CRS)
    _write_layer(path, "central_city", inside, first=False)
    town = gpd.GeoDataFrame({"名称": ["建成区（示意）"]}, geometry=[built_up], crs=CRS)
    _write_layer(path, "built_up", town, first=False)


def write_indicators(folder: Path) -> None:
    """Write what the documents say of the city as a whole: facts, not synthetic; CSV, UTF-8 with BOM."""
    rows = [
        (fact.indicator, fact.title, re.sub(r"\D.*", "", fact.as_of), fact.value, fact.unit, fact.document)
        for fact in facts().values()
        if fact.area == "whole city" and isinstance(fact.value, int | float) and re.match(r"\d{4}", fact.as_of)
    ]
    columns = ["指标", "名称", "年份", "数值", "单位", "出处"]
    table = pd.DataFrame(rows, columns=columns).drop_duplicates(["指标", "年份"])
    table.to_csv(folder / "指标.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")


def write_streets(folder: Path, streets: gpd.GeoDataFrame) -> None:
    """Write the streets: GeoParquet, only the columns that are used."""
    table = streets.assign(name=streets["name"].replace("", None))[["highway", "name", "geometry"]]
    table.to_parquet(folder / "streets.parquet", compression="zstd", index=False)
