"""What the files for the desk say in Chinese and in English, the signs and colours of verdicts, numbers as shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from zzgeo.layers.base import number, text
from zzgeo.numbers import value_text
from zzgeo.reporting.told.card import SIGNS
from zzgeo.reporting.told.chinese import UNITS_ZH, flag_zh
from zzgeo.spec.kinds import KINDS
from zzgeo.spec.schema import POPULATION_GROUPS, UNIT_TYPES

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule

#: Colours of the verdicts on the pages.
VERDICT_COLOURS = {
    "pass": "#0072B2", "fail": "#D55E00", "review": "#CC79A7", "nodata": "#999999", "not-applicable": "#FFFFFF",
}  # fmt: skip

_WORDS: dict[str, tuple[str, str]] = {
    "pass": ("达标", "meets it"),
    "fail": ("不达标", "does not meet it"),
    "review": ("需核定", "needs review"),
    "nodata": ("缺数据", "no data"),
    "not-applicable": ("不适用", "not applicable"),
    "judged": ("已判断", "judged"),
    "recorded": ("仅收录", "recorded only"),
    "left-out": ("未纳入本组合", "left out by the profile"),
    "covered": ("已覆盖", "Covered"),
    "missed": ("未覆盖", "Missed"),
    "between": ("直线圈内、步行超距", "Inside the circle, beyond the walk"),
    "excluded": ("离路太远，未判断", "Too far from a street, not judged"),
    "city": ("全市", "City"),
    "district": ("区县", "District"),
    "unit": ("社区（村）", "Community or village"),
    "zone": ("功能区", "Functional zone"),
    "as_of": ("数据日期", "Data of"),
    "profile": ("标准组合", "Profile"),
    "scorecard": ("达标一览", "Scorecard"),
    "indicators": ("全市指标", "City indicators"),
    "zones": ("功能区", "Functional zones"),
    "gaps": ("缺口片区", "Gap patches"),
    "clauses": ("条款", "Clauses"),
    "quality": ("数据质量", "Data quality"),
    "sensitive": ("结论会随量距方式或步行速度改变", "The verdict changes with walking speed or way of measuring"),
    "code": ("编号", "Code"),
    "name": ("名称", "Name"),
    "level": ("级别", "Level"),
    "verdict": ("结论", "Verdict"),
    "value": ("结果", "Result"),
    "operator": ("要求", "Asked"),
    "threshold": ("目标", "Target"),
    "gap": ("距目标", "Short of target"),
    "value_unit": ("单位", "Unit"),
    "gap_unit": ("差距单位", "Unit of gap"),
    "group": ("人群", "Group"),
    "people": ("适用人口", "People concerned"),
    "missed_people": ("未覆盖人数", "People missed"),
    "covered_people": ("已覆盖人数", "People covered"),
    "excluded_people": ("未判断人数", "People not judged"),
    "units_judged": ("判断单元", "Units judged"),
    "units_passing": ("达标单元", "Units that meet it"),
    "streets_value": ("按道路距离", "Along streets"),
    "land_share": ("居住用地覆盖", "Residential land covered"),
    "farthest_m": ("最远居住点（米）", "Farthest home (m)"),
    "is_sensitive": ("结论敏感", "Sensitive"),
    "yes": ("是", "yes"),
    "flags": ("数据说明", "Data notes"),
    "note": ("说明", "Note"),
    "place": ("地方", "Place"),
    "rule": ("条款", "Rule"),
    "document": ("文件", "Document"),
    "section": ("位置", "Section"),
    "clause": ("条款原文", "Clause"),
    "title": ("内容", "Subject"),
    "coverage": ("判断情况", "How far judged"),
    "answer": ("补什么数据可判断", "What would answer it"),
    "reason": ("原因", "Reason"),
    "sheet": ("工作表", "Sheet"),
    "failing": ("不达标条款", "Rules failed"),
    "rank": ("序号", "Rank"),
    "area_ha": ("面积（公顷）", "Area (ha)"),
    "nearest_facility": ("最近设施", "Nearest facility"),
    "nearest_m": ("到最近设施（米）", "Distance to it (m)"),
    "gap_unit_name": ("社区（村）", "Community or village"),
    "inf": ("步行不可达", "unreachable on foot"),
    "input_files": ("读入的文件", "Files read"),
    "layer": ("图层", "Layer"),
    "file": ("文件", "File"),
    "read": ("读入行", "Rows read"),
    "used": ("采用", "Used"),
    "rejected": ("剔除", "Set aside"),
    "datum": ("坐标基准", "Datum"),
    "dated": ("日期", "Dated"),
    "set_aside": (
        "剔除的行，按原因汇总（逐行见 quarantined.csv）",
        "Rows set aside, by reason (each in quarantined.csv)",
    ),
    "reason_code": ("代码", "Code"),
    "meaning": ("含义", "Meaning"),
    "rows": ("行数", "Rows"),
    "snapping": ("定位到道路", "Placing on streets"),
    "points": ("点数", "Points"),
    "placed": ("已定位", "Placed"),
    "off": ("未定位", "Not placed"),
    "median": ("距离中位数", "Median way"),
    "longest": ("最远", "Longest"),
    "warnings": ("提示", "Warnings"),
    "none": ("无", "none"),
    "about_file": ("关于本文件", "About this file"),
    "cut": ("有 {0} 个单元格超过 32,767 字，已截断", "{0} cells were longer than 32,767 characters and are cut"),
    "cleaned": ("有 {0} 个单元格含控制字符，已去除", "control characters were taken out of {0} cells"),
    "more_units": (
        "不达标单元共 {0} 个，此处列未覆盖人数最多的 {1} 个；全部见 findings.csv",
        "{0} units fail; the {1} that miss most people are listed here, all in findings.csv",
    ),
    "more_gaps": (
        "缺口片区共 {0} 处，此处每条款列未覆盖人数最多的 {1} 处；全部见 gaps.csv",
        "{0} gap patches; the {1} of each rule that miss most people are listed here, all in gaps.csv",
    ),
    "numbers": (
        "数字与 findings.csv 相同，显示时按同一规则取整：覆盖率到 0.1 %，人数、米数取整。",
        "Numbers are those of findings.csv, shown rounded by one rule: shares to 0.1 %, people and metres to whole.",
    ),
    "legend": ("图例", "Legend"),
    "people_short": ("人", "people"),
    "source_files": ("数据文件", "Files"),
    "missed_of": ("未覆盖 {0} 人，共 {1} 人（{2}）", "{0} missed of {1} ({2})"),
    "missed_count": ("未覆盖 {0} 人", "{0} missed"),
    "first_gaps": ("先补的缺口片区", "First gap patches"),
    "report": ("核查报告", "Audit report"),
    "contents": ("目录", "Contents"),
    "judged_what": ("核查了什么", "What was judged"),
    "by_districts": ("分区县核查结果", "District by district"),
    "judged_text": (
        "依据 {0}，按 {1} 的数据，核查 {2} 个区县、{3} 个条款："
        "{4} 项区县核查达标，{5} 项不达标，{6} 项需核定，{7} 项缺数据。",
        "By {0}, on data of {1}: {2} districts, {3} rules; {4} district findings meet their target, {5} do not, "
        "{6} need review, {7} have no data.",
    ),
    "method_text": (
        "“服务半径”按直线距离判定，“15分钟圈”按步行道路距离判定；人口按人口点计数："
        "已覆盖 + 未覆盖 + 未判断 = 全部。缺数据不算不达标，也不算零。",
        "A “service radius” is judged by straight line, a “15-minute circle” along streets. People are counted on "
        "demand points: covered + missed + not judged = all. Missing data never becomes a failure, and never zero.",
    ),
    "signs": ("标记", "Signs"),
    "district_tally": (
        "{0} 项达标，{1} 项不达标，{2} 项需核定，{3} 项缺数据",
        "{0} met, {1} not met, {2} need review, {3} have no data",
    ),
    "unit_tally": ("{0}/{1} 个单元达标", "{0} of {1} units meet it"),
    "map_of": ("图：{0}，{1}", "Map: {0}, {1}"),
    "map_told": ("图：{0}，{1}。{2}", "Map: {0}, {1}. {2}"),
    "maps_cut": (
        "可画的地图共 {0} 幅，为便于传阅只放 {1} 幅：先放各区县首要的不达标条款，再按未覆盖人数；其余见 maps/ 网页。",
        "{0} maps could be drawn; to keep this file light it shows {1}: each district's first failing rule, then by "
        "people missed. All others are on the pages under maps/.",
    ),
    "approval": ("审图号", "Map approval no."),
    "act_first": ("先补哪里", "Where to act first"),
    "by_district": ("各区县未覆盖人数", "People missed, by district"),
    "more_places": ("另有 {0} 个区县，见达标一览", "{0} more in the scorecard"),
    "made_by": ("由 zzgeo 生成", "Made by zzgeo"),
    "kind": ("类别代码", "Kind (code)"),
    "kind_name": ("类别", "Kind"),
    "facility_id": ("编号", "Id"),
    "demand_id": ("编号", "Id"),
    "edge_id": ("编号", "Id"),
    "gap_id": ("编号", "Id"),
    "circle": ("序号", "Number"),
    "radius_m": ("服务半径（米）", "Service radius (m)"),
    "type": ("类型", "Type"),
    "ownership": ("性质", "Ownership"),
    "capacity": ("床位", "Beds"),
    "floor_area_m2": ("建筑面积（平方米）", "Floor area (m²)"),
    "area_m2": ("用地面积（平方米）", "Ground area (m²)"),
    "opened": ("开办日期", "Opened"),
    "closed": ("关闭日期", "Closed"),
    "funder": ("出资方", "Funder"),
    "attributes": ("特征", "Features"),
    "serves": ("服务单元", "Serves"),
    "source": ("来源", "Source"),
    "unit_name": ("社区（村）名称", "Community or village"),
    "facilities": ("设施", "Facilities"),
    "streets": ("道路", "Streets"),
    "demand": ("人口点", "Demand points"),
    "units": ("社区（村）", "Communities and villages"),
    "districts": ("区县", "Districts"),
    "facility": ("设施", "Facilities"),
    "land": ("居住用地", "Residential land"),
    "areas": ("范围边界", "Areas"),
}

Say = Callable[..., str]


@cache
def speaker(lang: str) -> Say:
    """Return a function that gives a word in a language; ``{0}``, ``{1}`` take what follows it.

    Examples
    --------
    >>> speaker("zh")("as_of"), speaker("en")("cut", 2)[:17]
    ('数据日期', '2 cells were long')
    """
    place = 0 if lang == "zh" else 1
    words = {key: pair[place] for key, pair in {**POPULATION_GROUPS, **UNIT_TYPES, **_WORDS}.items()}

    def say(key: str, *values: object) -> str:
        said = words.get(key, key)
        for number_, value in enumerate(values):
            said = said.replace(f"{{{number_}}}", str(value))
        return said

    return say


def pick(lang: str, zh: Any, en: Any) -> str:
    """Return the text in a language, or the other where it is missing."""
    return (text(zh) or text(en)) if lang == "zh" else (text(en) or text(zh))


def rule_title(rule: Rule, lang: str) -> str:
    """Return a rule's title in a language."""
    return pick(lang, rule.title, rule.title_en)


def unit_word(unit: Any, lang: str) -> str:
    """Return the unit of a value as it is read beside a number; shares and metres carry theirs in the number."""
    plain = text(unit)
    if plain in ("share", "m"):
        return ""
    return UNITS_ZH.get(plain, plain) if lang == "zh" else plain


def flags_text(flags: Any, lang: str) -> str:
    """Return the flags of a finding as one text."""
    told = [flag_zh(one) if lang == "zh" else one for one in text(flags).split("; ") if one]
    return ("；" if lang == "zh" else "; ").join(told)


def shown(value: Any, unit: Any, lang: str, against: Any = None) -> str:
    """Return a number as every page shows it, with its unit; empty where it is missing."""
    said = value_text(number(value), text(unit), number(against))
    if not said:
        return ""
    word = speaker(lang)("inf") if said == "inf" else unit_word(unit, lang)
    if said == "inf":
        return word
    return said + ("" if not word else word if lang == "zh" else f" {word}")


def asked(finding: dict[str, Any], lang: str) -> str:
    """Return the target with its comparator, such as ``≥ 90 %``; empty where a rule names none."""
    target = shown(finding["threshold"], finding["value_unit"], lang)
    sign = COMPARATORS.get(text(finding["operator"]), text(finding["operator"]))
    return f"{sign} {target}".strip() if target else ""


#: Comparators as people write them.
COMPARATORS = {">=": "≥", "<=": "≤", "==": "="}


def score(finding: dict[str, Any] | None, lang: str) -> str:
    """Return a cell of the scorecard: sign and value, ``*`` where the verdict is sensitive.

    A finding that judged nothing shows its sign alone.
    """
    if finding is None:
        return ""
    verdict = text(finding["verdict"])
    value = ""
    if verdict not in ("nodata", "not-applicable"):
        value = shown(finding["value"], finding["value_unit"], lang, finding["threshold"])
    return f"{SIGNS[verdict][0]} {value}".strip() + (" *" if finding["sensitive"] else "")


def kind_word(kind: str, lang: str) -> str:
    """Return the label of a facility kind."""
    return kind if kind not in KINDS else pick(lang, KINDS[kind].zh, KINDS[kind].en)


def notice(report: AuditReport, lang: str) -> str:
    """Return the study's notice (that the data are synthetic, say); empty where there is none."""
    told = dict(report.study.notice)
    return pick(lang, told.get("zh"), told.get("en"))


def place_name(report: AuditReport, lang: str) -> str:
    """Return the name of the place."""
    return pick(lang, report.study.name, report.study.name_en)


def rows_at(report: AuditReport, level: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the findings of a level by (code of the place, rule); the city's code is empty."""
    rows = report.findings[report.findings["level"] == level]
    return {
        (text(row["district"]) if level != "city" else "", str(row["rule"])): {str(k): v for k, v in row.items()}
        for row in rows.to_dict("records")
    }
