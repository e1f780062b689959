"""Facility kinds: ids, labels, and how OpenStreetMap, Amap and Chinese lists spell them.

A new kind is one entry in `KINDS`. Spellings are data: a study file may override them per layer
(``kinds = { "三级甲等" = "hospital" }``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: What a study maps a word of a list to that is no kind of facility it counts.
NO_KIND = "none"


@dataclass(frozen=True)
class FacilityKind:
    """One kind of facility.

    ``osm`` lists tag conditions, any of which is enough (``"*"`` is any value); ``amap`` lists typecode prefixes;
    ``names`` is a regular expression found in the Chinese names of such facilities.
    """

    id: str
    zh: str
    en: str
    osm: tuple[dict[str, str], ...] = ()
    amap: tuple[str, ...] = ()
    names: str = ""
    spellings: tuple[str, ...] = ()


_ELDERLY = {"amenity": "social_facility"}

KINDS: dict[str, FacilityKind] = {
    kind.id: kind
    for kind in (
        FacilityKind(
            "hospital",
            "医院",
            "hospital",
            ({"amenity": "hospital"}, {"healthcare": "hospital"}),
            ("090100", "090101", "0902"),
            r"医院(?!.*社区)",
            ("综合医院", "专科医院", "中医院", "三级甲等医院"),
        ),
        FacilityKind(
            "community_health_centre",
            "社区卫生服务中心",
            "community health centre",
            ({"healthcare": "centre"}, {"amenity": "clinic"}),
            (),
            r"社区卫生服务中心(?!.*站)",
            ("卫生服务中心",),
        ),
        FacilityKind(
            "community_health_station",
            "社区卫生服务站",
            "community health station",
            ({"amenity": "doctors"},),
            (),
            r"社区卫生服务站|卫生服务站",
            ("卫生服务站",),
        ),
        FacilityKind(
            "township_health_centre",
            "乡镇卫生院",
            "township health centre",
            (),
            ("090102",),
            r"卫生院",
            ("卫生院",),
        ),
        FacilityKind("village_clinic", "村卫生室", "village clinic", (), (), r"卫生室|卫生所", ("村卫生所",)),
        FacilityKind(
            "elderly_care_facility",
            "养老机构",
            "elderly-care facility",
            (
                {**_ELDERLY, "social_facility": "assisted_living"},
                {**_ELDERLY, "social_facility": "group_home", "social_facility:for": "senior"},
            ),
            (),
            r"养老院|敬老院|福利院|老年公寓|养老服务中心|养老中心",
            ("敬老院", "养老院", "老年公寓"),
        ),
        FacilityKind(
            "elderly_day_care",
            "社区居家养老服务设施",
            "elderly day-care centre",
            ({**_ELDERLY, "social_facility": "day_care"},),
            (),
            r"日间照料|居家养老|托老所|养老服务站",
            ("日间照料中心", "居家养老服务中心", "居家养老服务站"),
        ),
        FacilityKind(
            "nursing_home",
            "护理院",
            "nursing home",
            ({**_ELDERLY, "social_facility": "nursing_home"}, {"amenity": "nursing_home"}),
            (),
            r"护理院|颐养院",
            ("护理院",),
        ),
        FacilityKind(
            "fitness_ground",
            "健身场地",
            "fitness ground",
            ({"leisure": "fitness_station"}, {"leisure": "pitch"}, {"leisure": "playground"}),
            (),
            r"健身(场|点|路径|广场|步道)",
            ("全民健身路径", "健身广场", "健身点"),
        ),
        FacilityKind(
            "sports_venue",
            "体育场馆",
            "sports venue",
            ({"leisure": "sports_centre"}, {"leisure": "fitness_centre"}, {"leisure": "stadium"}, {"leisure": "track"}),
            ("0801",),
            r"体育(场|馆|中心|公园)|游泳(馆|池)|健身中心",
            ("体育场", "体育馆", "健身中心"),
        ),
        FacilityKind(
            "culture_venue",
            "文化活动场所",
            "culture-and-activity venue",
            ({"amenity": "community_centre"}, {"amenity": "arts_centre"}, {"amenity": "library"}),
            ("1405",),
            r"文化(站|馆|中心|活动)|文体活动|图书馆",
            ("文化活动中心", "综合文化站"),
        ),
        FacilityKind(
            "park",
            "公园绿地",
            "park or green space",
            ({"leisure": "park"}, {"leisure": "garden"}),
            ("110101",),
            r"公园|游园|绿地",
            ("公园", "游园", "绿地"),
        ),
        FacilityKind(
            "public_toilet",
            "公共厕所",
            "public toilet",
            ({"amenity": "toilets"},),
            ("2003",),
            r"公厕|公共厕所|卫生间",
            ("公厕",),
        ),
        FacilityKind(
            "market",
            "农贸市场",
            "market",
            ({"amenity": "marketplace"},),
            ("060703", "060705"),
            r"(农贸|集贸|菜)市场|菜场",
            ("集贸市场", "菜市场"),
        ),
        # Kinds the documents name that no map tags by itself: they come from lists of the study, by label or id.
        FacilityKind("tcm_hospital", "中医医院", "hospital of traditional Chinese medicine", spellings=("县级中医院",)),
        FacilityKind("geriatric_hospital", "老年医院", "geriatric hospital", spellings=("老年病医院",)),
        FacilityKind("rehabilitation_hospital", "康复医院", "rehabilitation hospital", spellings=("康复疗养机构",)),
        FacilityKind(
            "hospice_unit",
            "安宁疗护机构",
            "hospice or palliative-care unit",
            ({"healthcare": "hospice"},),
            spellings=("临终关怀机构",),
        ),
        FacilityKind(
            "medical_elderly_care",
            "医养结合机构",
            "institution with combined medical and elderly care",
            spellings=("医养结合医疗机构",),
        ),
        FacilityKind("preventive_tcm_centre", "“治未病”中心", "preventive-TCM centre", spellings=("治未病中心",)),
        FacilityKind("checkup_centre", "体检中心", "health check-up centre", spellings=("健康体检中心",)),
        FacilityKind("regional_medical_centre", "区域性医疗中心", "regional medical centre"),
        FacilityKind(
            "disease_control_centre",
            "疾病预防控制中心",
            "centre for disease control",
            names=r"疾病预防控制中心|疾控中心",
            spellings=("疾控中心",),
        ),
        FacilityKind(
            "maternal_child_health",
            "妇幼保健机构",
            "maternal and child health institution",
            names=r"妇幼保健院|妇幼保健站",
            spellings=("妇幼保健院",),
        ),
        FacilityKind(
            "emergency_station",
            "急救站",
            "emergency (ambulance) station",
            ({"emergency": "ambulance_station"},),
            names=r"急救(站|中心|分站)",
            spellings=("急救中心", "急救分站"),
        ),
        FacilityKind("elderly_university", "老年大学", "university for the elderly", names="老年大学"),
        FacilityKind("elderly_school", "老年学校", "school for the elderly", names="老年学校"),
        FacilityKind(
            "elderly_activity_centre",
            "老年活动中心",
            "activity centre for the elderly",
            names="老年(健康)?活动中心",
            spellings=("综合性老年活动中心", "老年健康活动中心"),
        ),
        FacilityKind("fitness_centre", "全民健身中心", "public fitness centre", spellings=("中型全民健身中心",)),
        FacilityKind("physique_station", "国民体质监测站", "physique-monitoring station", spellings=("体质监测站",)),
        FacilityKind("library", "公共图书馆", "public library", spellings=("县级图书馆",)),
        FacilityKind("cultural_centre", "文化馆", "cultural centre"),
        FacilityKind("disability_rehabilitation", "残疾人康复设施", "rehabilitation facility for disabled people"),
        FacilityKind("expressway_ramp", "快速路入口", "urban-expressway entry ramp"),
        FacilityKind("motorway_entry", "高速公路入口", "motorway entry", spellings=("高速入口",)),
        FacilityKind("metro_line", "轨道交通线", "metro line", spellings=("地铁线路",)),
        FacilityKind("smart_elderly_care", "智慧化养老单位", "smart elderly-care unit", spellings=("智慧养老单位",)),
        FacilityKind("information_platform", "信息平台", "information platform"),
        FacilityKind("industry_base", "健康产业基地", "health-industry base or park", spellings=("健康产业园区",)),
        FacilityKind("healthy_cell", "健康细胞", "certified healthy place", spellings=("健康社区", "健康村")),
        FacilityKind("village_infrastructure", "村庄基础设施", "village infrastructure", spellings=("美丽乡村",)),
        FacilityKind("water_waste", "供水污水垃圾设施", "water, sewage and waste facility"),
        FacilityKind("training_base", "培训基地", "training base", spellings=("人员培训基地",)),
        FacilityKind("incubator", "创业孵化基地", "business incubator"),
        FacilityKind("residential_quarter", "居住区", "residential quarter", spellings=("住宅区", "居住小区")),
        FacilityKind("tourism_route", "旅游线路", "tourism route", spellings=("老年旅游线路",)),
    )
}


def kind_of(text: str) -> str | None:
    """Return the kind a label, a spelling or an id names exactly, or None.

    Examples
    --------
    >>> kind_of("村卫生室"), kind_of("market"), kind_of("飞机场")
    ('village_clinic', 'market', None)
    """
    text = text.strip()
    for kind in KINDS.values():
        if text in (kind.id, kind.zh, kind.en, *kind.spellings):
            return kind.id
    return None


def kind_from_name(name: str) -> str | None:
    """Return the kind the Chinese name of a facility suggests, or None where none or several kinds fit.

    Examples
    --------
    >>> kind_from_name("枫林社区日间照料中心"), kind_from_name("中心广场")
    ('elderly_day_care', None)
    """
    fits = [kind.id for kind in KINDS.values() if kind.names and re.search(kind.names, name)]
    return fits[0] if len(fits) == 1 else None


def kind_from_amap(typecode: str) -> str | None:
    """Return the kind of an Amap typecode such as ``090101``, or None."""
    for kind in KINDS.values():
        if any(typecode.startswith(prefix) for prefix in kind.amap):
            return kind.id
    return None


def osm_rules(kinds: Iterable[str] | None = None) -> dict[str, tuple[dict[str, str], ...]]:
    """Return the OpenStreetMap tag conditions of the kinds named, of all kinds if none is."""
    wanted = list(KINDS) if kinds is None else list(kinds)
    return {kind: KINDS[kind].osm for kind in wanted if KINDS[kind].osm}
