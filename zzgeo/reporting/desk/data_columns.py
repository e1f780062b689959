"""The columns of the data set: what each holds, in which unit. Files and docs/data-set.md are made from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zzgeo.vocabulary.people import POPULATION_GROUPS

Kind = Literal["text", "number", "whole", "yes", "day", "shape"]


@dataclass(frozen=True)
class Column:
    """One column: its name, what kind of thing it holds, its unit where it has one, what it means."""

    name: str
    kind: Kind
    unit: str
    zh: str
    en: str


def _text(name: str, zh: str, en: str) -> Column:
    return Column(name, "text", "", zh, en)


def _number(name: str, unit: str, zh: str, en: str) -> Column:
    return Column(name, "number", unit, zh, en)


def _shape(zh: str, en: str) -> Column:
    return Column("geometry", "shape", "degrees, EPSG:4490, longitude first", zh, en)


_RULE = _text("rule", "条款编号", "id of the clause")
_DISTRICT = _text("district", "区县代码；全市为空", "code of the district; none for the city")
_PROPOSAL = _text("proposal", "方案标记；现状为空", "mark of a proposal; none for what is there")
_PEOPLE = (
    _number("people", "people", "人数", "people concerned"),
    _number("covered", "people", "已覆盖人数", "people covered"),
    _number("missed", "people", "未覆盖人数", "people missed"),
    _number("excluded", "people", "无法判断的人数", "people of whom nothing can be said: too far from every street"),
)
_PLACE = (
    _number("lon", "degrees, EPSG:4490", "经度", "longitude of a point in it"),
    _number("lat", "degrees, EPSG:4490", "纬度", "latitude of a point in it"),
)
_UNIT = (_text("unit", "单元代码", "code of the unit"), _text("unit_name", "单元名称", "name of the unit"))

_FINDINGS = (
    _text("finding_id", "结论编号", "id: clause, level, place"),
    _RULE,
    _text("rule_kind", "规则类型", "kind of rule"),
    _text("standard", "标准编号", "id of the standard"),
    _text("document", "文件", "the document"),
    _text("section", "章节", "where in the document"),
    _text("clause", "条文原文", "the words of the clause"),
    _text("title_zh", "条款名（中文）", "title of the clause in Chinese"),
    _text("title_en", "条款名（英文）", "title of the clause in English"),
    _text("level", "层级：unit、district、city、zone", "unit, district, city or zone; zones overlap the districts"),
    _DISTRICT,
    _text("district_name", "区县名", "name of the district"),
    *_UNIT,
    _text("unit_type", "单元层级（分级研究才有）", "type of the unit, of studies that tell their units level by level"),
    _text("group", "人群", "group of people that is judged"),
    _number("value", "value_unit", "实测值；不可达为 inf", "what was measured; inf where nothing can be reached"),
    _text("value_unit", "实测值单位", "unit of value and threshold"),
    _text("operator", "比较符", "how value and threshold are compared"),
    _number("threshold", "value_unit", "限值", "the limit"),
    _text("verdict", "结论", "pass, fail, review, nodata or not-applicable"),
    _number("gap", "gap_unit", "差额", "what is missing to the limit"),
    _text("gap_unit", "差额单位", "unit of the gap"),
    *_PEOPLE,
    _number("units_judged", "units", "参评单元数", "units that were judged"),
    _number("units_passing", "units", "达标单元数", "units that pass"),
    _number("streets_value", "value_unit", "沿路网计的值", "the same measured along streets"),
    _number("land_share", "share, 0 to 1", "已覆盖用地占比", "share of the land that is covered"),
    _number("farthest_m", "m", "最远距离", "the longest way of those concerned"),
    Column("sensitive", "yes", "", "结论随假设而变", "the verdict turns under other assumptions"),
    _text("flags", "存疑说明（英文）", "what was taken on trust, in English, joined by '; '"),
    _text("flag_codes", "存疑代码", "codes of the flags (docs/flags.md), joined by '; '"),
    _text("params", "参数（JSON）", "parameters of the rule, as JSON"),
    Column("as_of", "day", "", "评估日期", "day the facilities are judged on"),
    _text("note_zh", "说明（中文）", "note in Chinese"),
    _text("note_en", "说明（英文）", "note in English"),
    Column("target_year", "whole", "year", "目标年", "year the clause aims at"),
    _text("conflicts", "与之冲突的条款", "clauses that say otherwise, joined by '; '"),
    _PROPOSAL,
)

_GAPS = (
    _text("gap_id", "缺口编号", "id of the patch of land"),
    _RULE,
    _DISTRICT,
    *_UNIT,
    _number("missed", "people", "未覆盖人数", "people of the clause's group who live there and are missed"),
    _number("residents", "people", "常住人口", "residents among them"),
    _number("aged_60_plus", "people", "60岁及以上", "people aged 60+ among them"),
    _number("area_ha", "ha", "面积", "its area"),
    _number("nearest_m", "m", "到最近设施的距离；不可达为 inf", "way to the nearest facility; inf where there is none"),
    _text("nearest_facility", "最近设施", "id of the nearest facility"),
    Column("rank", "whole", "", "区县内次序", "rank in its district, the worst first"),
    *_PLACE,
    _PROPOSAL,
    _shape("缺口范围", "outline of the patch"),
)

_SITES = (
    _RULE,
    _DISTRICT,
    _text("demand_id", "居住点编号", "id of the place people live in"),
    *_UNIT,
    _number("gained_60_plus", "people", "新覆盖的60岁及以上人数", "people aged 60+ a facility there would reach"),
    _number("gained_people", "people", "新覆盖人数", "people of the clause's group it would reach"),
    *_PLACE,
    _PROPOSAL,
    _shape("点位", "the place"),
)

_WARNINGS = (
    _text("code", "代码", "code (docs/data.md)"),
    _text("severity", "程度", "error (rows that were set aside) or warning"),
    _text("where", "文件或图层", "file or layer, with its row where it is about one"),
    _text("value", "值", "what stands there; of rows set aside, the column"),
    _text("why", "原因", "why it is told, in English"),
    _text("remedy", "处理办法", "what to do, in English"),
    Column("rows", "whole", "rows", "涉及行数", "how many rows of the file it is about; 0 if it is about none"),
)

_DISTRICTS = (
    _text("code", "区县代码", "code of the district"),
    _text("name", "区县名", "its name"),
    _number("area_km2", "km²", "面积", "its area"),
    *(_number(name, "people", zh, f"{en} on the lists") for name, (zh, en) in POPULATION_GROUPS.items()),
    *_PLACE,
    _shape("边界，简化至约 50 米", "its border, simplified to about 50 m, shared borders alike"),
)

_SERVED = (
    _RULE,
    _text("level", "层级：district、city", "district or city"),
    _DISTRICT,
    _text("group", "人群", f"group of people: {', '.join(POPULATION_GROUPS)}"),
    *_PEOPLE,
    _number("share", "share, 0 to 1", "覆盖率", "covered, of covered and missed"),
    _PROPOSAL,
)

#: The columns of each table of a result, in their order.
COLUMNS: dict[str, tuple[Column, ...]] = {
    "findings": _FINDINGS,
    "gaps": _GAPS,
    "sites": _SITES,
    "warnings": _WARNINGS,
    "districts": _DISTRICTS,
    "served": _SERVED,
}

#: What each table is, in Chinese and English.
TABLES: dict[str, tuple[str, str]] = {
    name: (zh, en)
    for name, zh, en in (
        (
            "findings",
            "结论：每条款、每单元、区县、全市、功能区一行",
            "a row per clause and unit, district, city and zone",
        ),
        ("gaps", "缺口：未覆盖人口所在的地块", "patches of land where missed people live"),
        ("sites", "建议点位", "places where one more facility reaches most missed people"),
        ("warnings", "数据提示与剔除的行", "what to know of the data; rows set aside, by file, column and code"),
        ("districts", "区县", "the districts of the study"),
        ("served", "分人群的覆盖情况", "who is covered and missed, by clause, district and group of people"),
        ("studies", "研究项目", "the studies of a batch, also those that failed"),
    )
}

#: The columns of the table of studies, which only a batch has.
STUDY_COLUMNS = (
    _text("id", "编号", "id of the study in the batch, and the name of its result's folder"),
    _text("name", "名称", "what people call it"),
    Column("as_of", "day", "", "评估日期", "day the facilities are judged on; none where there is no result"),
    _text("state", "状态", "done, refused, failed, … as in the ledger"),
    Column("exit_code", "whole", "", "退出码", "as of zzgeo audit; below 0, the signal that ended it"),
    _text("message", "首条提示", "first line of what stood in the way"),
    _text("opens", "首页", "file to open first, relative to the folder of the batch"),
)
