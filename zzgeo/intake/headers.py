"""How Chinese and English lists head their columns. Offered, never assumed: a person confirms it in the study file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from zzgeo.spec.schema import CANDIDATES, DEMAND, DISTRICTS, FACILITIES, UNITS
from zzgeo.vocabulary.units import measure

_PLACE = {
    "lon": (
        "经度",
        "lon",
        "lng",
        "long",
        "longitude",
        "经度坐标",
        "东经",
        "wgs84_lon",
        "longitude_wgs84",
        "x",
        "x坐标",
    ),
    "lat": ("纬度", "lat", "latitude", "纬度坐标", "北纬", "wgs84_lat", "latitude_wgs84", "y", "y坐标"),
}
#: One column that holds both coordinates, or a shape as text.
_IN_ONE = (
    *("经纬度", "经纬度坐标", "坐标", "地理坐标", "位置坐标", "坐标点", "经度,纬度", "经度纬度"),
    *("纬经度", "纬度,经度", "location", "lonlat", "lnglat", "latlon", "latlng", "coordinates"),
    *("coordinate", "wkt", "geometry", "geom", "the_geom", "wkt_geom"),
)
_NAME = ("名称", "name", "单位名称", "全称", "标准名称", "name_zh", "中文名", "names.primary", "title")
_PEOPLE = {
    "residents": ("常住人口", "人口", "人口数", "总人口", "population", "residents", "pop", "常住人口数", "people"),
    "aged_60_plus": (
        "60岁以上",
        "60岁及以上",
        "60岁以上老年人",
        "60岁及以上人口",
        "老年人口",
        "60岁以上人口",
        "aged_60_plus",
        "pop60",
    ),
    "aged_65_plus": ("65岁以上", "65岁及以上", "65岁及以上人口", "65岁以上人口", "aged_65_plus", "pop65"),
    "aged_80_plus": ("80岁以上", "80岁及以上", "80岁及以上人口", "80岁以上人口", "aged_80_plus", "pop80"),
    "children": ("儿童", "儿童数", "0-14岁", "14岁以下", "children"),
    "aged_0_3": ("0-3岁", "0~3岁", "3岁以下", "婴幼儿", "aged_0_3", "pop0_3"),
    "aged_3_6": ("3-6岁", "3~6岁", "学龄前儿童", "aged_3_6", "pop3_6"),
}

#: Headings by layer and column, the usual ones first; brackets with units, spaces and case do not matter.
HEADINGS: dict[str, dict[str, tuple[str, ...]]] = {
    FACILITIES.name: {
        "facility_id": (
            "编号",
            "机构编号",
            "设施编号",
            "机构编码",
            "机构代码",
            "facility_id",
            "id",
            "poi_id",
            "uid",
            "序号",
            "代码",
        ),
        "name": ("机构名称", "设施名称", "医院名称", *_NAME),
        "kind": (
            "类别",
            "类型",
            "机构类别",
            "设施类别",
            "机构类型",
            "设施类型",
            "kind",
            "typecode",
            "detail_info.tag",
            "categories.primary",
            "category",
            "type",
        ),
        "level": ("级别", "等级", "医院等级", "level", "grade"),
        "ownership": ("性质", "经营性质", "所有制", "公办民办", "ownership"),
        "capacity": ("床位数", "床位", "核定床位", "床位总数", "养老床位", "编制床位", "实有床位", "beds", "capacity"),
        "floor_area_m2": ("建筑面积", "总建筑面积", "floor_area", "floor_area_m2"),
        "area_m2": ("占地面积", "用地面积", "场地面积", "area_m2"),
        "opened": ("建成日期", "建成时间", "成立日期", "开业日期", "投入使用时间", "opened"),
        "closed": ("关闭日期", "停业日期", "注销日期", "closed"),
        "serves": ("服务村代码", "服务社区代码", "服务范围代码", "serves"),
        **_PLACE,
    },
    DISTRICTS.name: {
        "code": (
            "区县代码",
            "行政区划代码",
            "行政代码",
            "adcode",
            "code",
            "代码",
            "区划代码",
            "district_id",
            "code_county",
        ),
        "name": ("区县名称", "行政区名称", "行政区", "区县", "name_county", *_NAME),
        "level": ("级别", "行政级别", "level"),
        **_PEOPLE,
    },
    UNITS.name: {
        "code": (
            "社区代码",
            "村代码",
            "社区村代码",
            "统计用区划代码",
            "区划代码",
            "代码",
            "编号",
            "code",
            "unit_id",
            "id",
        ),
        "name": ("社区名称", "村名称", "社区村名称", "社区", "村居名称", *_NAME),
        "type": ("类型", "类别", "城乡分类", "type"),
        "district": ("所属区县代码", "区县代码", "所属区县", "district"),
        **_PEOPLE,
        **_PLACE,
    },
    DEMAND.name: {
        "demand_id": ("编号", "demand_id", "id", "序号"),
        "district": ("区县代码", "所属区县代码", "district"),
        "unit": ("社区村代码", "社区代码", "所属社区代码", "所属街道代码", "unit"),
        **_PEOPLE,
        **_PLACE,
    },
    CANDIDATES.name: {
        "candidate_id": ("编号", "地块编号", "宗地编号", "宗地代码", "candidate_id", "parcel_id", "id", "序号"),
        "name": ("地块名称", "宗地名称", *_NAME),
        "kind": ("设施类别", "拟建设施", "kind"),
        "area_m2": ("用地面积", "占地面积", "宗地面积", "地块面积", "面积", "area_m2", "area"),
        "floor_area_m2": ("建筑面积", "总建筑面积", "floor_area_m2", "floor_area"),
        "cost_yuan": ("造价", "投资", "总投资", "费用", "价格", "地价", "cost_yuan", "cost", "price", "price_yuan"),
        "capacity": ("床位数", "床位", "拟设床位", "capacity", "beds"),
        "land": ("用地性质", "土地用途", "规划用途", "地类", "用地类型", "land", "land_use", "landuse"),
        "ownership": ("性质", "所有制", "公办民办", "ownership"),
        "funder": ("出资方", "投资主体", "funder"),
        **_PLACE,
    },
}


def plain_heading(text: str) -> str:
    """Return a heading without case, spaces, underscores at its ends, and bracketed units.

    Examples
    --------
    >>> plain_heading(" 床位数（张） "), plain_heading("Lon")
    ('床位数', 'lon')
    """
    text = unicodedata.normalize("NFKC", str(text)).lower()
    text = re.sub(r"[(\[【].*?[)\]】]", "", text)
    name, _, unit = text.rpartition("/")
    text = name if name and measure(unit) else text
    return re.sub(r"\s+", "", text).strip("_*:")


def offer_columns(headings: Iterable[object], layer: str, *, places: bool = True) -> dict[str, str]:
    """Return {our column: heading of the file} for the headings that are usual for a layer.

    Parameters
    ----------
    headings
        The file's column names.
    layer
        ``facilities``, ``districts``, ``units``, ``demand`` or ``candidates``.
    places
        Whether coordinates are sought in columns; not where the file has geometry.

    Examples
    --------
    >>> offer_columns(["机构名称", "经度", "纬度", "床位数/张", "备注"], "facilities")
    {'name': '机构名称', 'capacity': '床位数/张', 'lon': '经度', 'lat': '纬度'}
    """
    theirs: dict[str, str] = {}
    for heading in headings:
        theirs.setdefault(plain_heading(str(heading)), str(heading))
    offered: dict[str, str] = {}
    for name, usual in HEADINGS.get(layer, {}).items():
        if name in ("lon", "lat") and not places:
            continue
        match = next((theirs[plain] for plain in map(plain_heading, usual) if plain in theirs), None)
        if match is not None and match not in offered.values():
            offered[name] = match
    if places and "lon" not in offered and "lat" not in offered:
        spelled = (theirs[plain] for plain in map(plain_heading, _IN_ONE) if plain in theirs)
        if (heading := next(spelled, None)) is not None and layer in HEADINGS:
            offered |= {"lon": heading, "lat": heading}
    return offered


def columns_line(columns: Mapping[str, str]) -> str:
    """Return the line of a study file that confirms columns."""
    pairs = ", ".join(f'{name} = "{theirs}"' for name, theirs in columns.items())
    return f"columns = {{ {pairs} }}"
