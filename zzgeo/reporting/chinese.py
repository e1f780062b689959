"""What rules say in English, in Chinese: flags of findings, and units of values."""

from __future__ import annotations

import re

#: Patterns of the flags rules set, and how they read in Chinese; what the pattern holds is put in.
FLAGS_ZH: tuple[tuple[str, str], ...] = (
    (r"opening date unknown, counted: (.+)", "开办日期不明、已计入的设施：{}处"),
    (r"opened later, not counted: (.+)", "数据日期之后才开办、未计入的设施：{}处"),
    (r"floor area unknown, counted: (.+)", "建筑面积不明、已计入的设施：{}处"),
    (r"below (.+) m², not counted: (.+)", "建筑面积不足{}平方米、未计入的设施：{}处"),
    (r"same record twice, counted once: (.+)", "重复登记、只计一次的设施：{}处"),
    (r"too far from every street to be judged: (.+) people", "离所有道路太远、无法判断：{}人"),
    (r"units without an outline, not judged: (.+)", "没有边界、未判断的单元：{}个"),
    (r"approximate: no streets, straight line x (.+)", "近似：没有道路数据，以直线距离乘以{}代替"),
    (r"shared: on the border with a neighbour", "设施位于两个单元交界处，由两者共用"),
    (r"(.+) not in the data, (.+) counted", "数据中没有{}，以{}代替"),
    (r"villages inside the built-up area, judged by the urban radius: (.+)", "建成区内的村、按城市社区半径判断：{}个"),
    (r"closed, not counted: (.+)", "已关闭、未计入的设施：{}处"),
    (r"value from the indicator table", "数值取自指标表"),
    (r"capacity unknown, not counted: (.+)", "床位数不明、未计入：{}处"),
    (r"ownership unknown, not counted: (.+)", "性质不明、未计入：{}处"),
    (r"level unknown, not counted: (.+)", "级别不明、未计入：{}处"),
    (r"funder unknown, not counted: (.+)", "出资方不明、未计入：{}处"),
    (r"no list of: (.+)", "缺少清单：{}"),
    (r"shared with (.+)", "与{}共用"),
    (r"all who share it: (.+) people, more than (.+)", "共用者合计{}人，超过{}人"),
    (r"on the ring line \(within (.+) m\), counted inside: (.+)", "位于环线上（{}米以内）、按环内计：{}处"),
    (r"opening date unknown, taken as older: (.+)", "开办日期不明、按原有机构计：{}处"),
    (r"opening date unknown, not counted: (.+)", "开办日期不明、未计入：{}"),
    (r"rebuilt at the same site, not counted: (.+)", "原址重建、未计入：{}处"),
    (r"moved, merged or rebuilt, not counted: (.+)", "迁建、合并或重建、未计入：{}处"),
    (r"in no unit that can be judged: (.+) people", "不在可判断的单元内：{}人"),
    (r"covered by the centre of its subdistrict", "由所在街道的中心覆盖"),
    (r"enough if what is unknown of its facilities sufficed", "若不明部分达标则可达标"),
    (
        r"above the number printed without a comparator: more is not always better",
        "高于文件所印数值；文件未写“以上”，多不一定好",
    ),
    (r"count of (.+), people of (.+)", "数量为{}年，人口为{}年"),
    (r"above the range, which ends at (.+)", "超过范围上限{}"),
    (r"(\d+) is not over on (.+)", "截至{1}，{0}年尚未结束"),
)

#: Units of values and gaps as the standards write them, and how they read in Chinese.
UNITS_ZH: dict[str, str] = {
    "beds": "张床",
    "beds per 1000 residents": "张/千人",
    "beds per 1000 elderly": "张/千名老人",
    "facilities": "处",
    "units": "个单元",
    "count": "个",
    "people": "人",
    "percent": "%",
    "percent of units": "%",
    "percent of residents": "%",
    "percent of institutions": "%",
    "percent of facilities": "%",
    "percent of elderly": "%",
    "percent of communities": "%",
    "percent of counties": "%",
    "percent of people 65+": "%",
    "percent of GDP": "%（占GDP）",
    "percentage points": "个百分点",
    "per km²": "座/平方公里",
    "toilets": "座",
    "toilets per km2": "座/平方公里",
    "m2": "平方米",
    "m²": "平方米",
    "ha": "公顷",
    "m2 per person": "平方米/人",
    "m² per person": "平方米/人",
    "per 1000 residents": "/千人",
    "physicians per 1000 residents": "名医师/千人",
    "nurses per 1000 residents": "名护士/千人",
    "m2 per resident": "平方米/人",
    "years": "岁",
    "per 1000": "‰",
    "per 1000 live births": "‰",
    "per 100,000": "/10万",
    "nodes": "个节点",
    "node": "个节点",
    "projects": "个项目",
    "centres": "个中心",
    "hospitals": "家医院",
    "institutions": "家机构",
    "bases": "个基地",
    "firms": "家企业",
    "yuan": "元",
    "10,000 yuan": "万元",
    "minutes": "分钟",
    "physicians": "名医师",
    "nurses": "名护士",
    "GPs": "名全科医生",
}


def flag_zh(flag: str) -> str:
    """Return a flag of the rules in Chinese; one that is not known stays as it is.

    Examples
    --------
    >>> flag_zh("shared with 南关街道"), flag_zh("2018 is not over on 2018-06-30")
    ('与南关街道共用', '截至2018-06-30，2018年尚未结束')
    """
    for pattern, told in FLAGS_ZH:
        found = re.fullmatch(pattern, flag)
        if found:
            return told.format(*found.groups())
    return flag
