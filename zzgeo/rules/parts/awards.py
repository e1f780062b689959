"""Amounts the plans promise for elderly care, clause by clause, in yuan (R18).

Source: rules.md R18; resolutions.md C24 (beds: 9000 yuan new, 6000 converted, half from each level), A21 (area steps
are whole; awards are listed, never set off against each other).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from zzgeo.vocabulary.yes_no import yes_no

#: Yuan by stars, by level of a platform, by what is made smart; share of the cost of building.
STARS = {1: 50_000.0, 2: 70_000.0, 3: 100_000.0, 4: 200_000.0, 5: 300_000.0}
PLATFORMS = {"county": 300_000.0, "township": 150_000.0}
SMART = {"unit": 500_000.0, "firm": 300_000.0}
SHARE_OF_COST = 0.30


def area_subsidy(m2: float) -> float:
    """Return what a community facility of this floor area draws from the city, in yuan; part steps pay nothing.

    Examples
    --------
    >>> [area_subsidy(m2) / 10_000 for m2 in (150, 200, 299, 300, 750, 1999, 2000, 5000)]
    [0.0, 10.0, 10.0, 15.0, 35.0, 95.0, 100.0, 100.0]
    """
    if not m2 >= 200.0 - 1e-6:
        return 0.0
    return min(1_000_000.0, 100_000.0 + 50_000.0 * math.floor((m2 - 200.0) / 100.0 + 1e-9))


def bed_subsidy(new: float, converted: float) -> tuple[float, float, float]:
    """Return what beds added by private institutions draw: (total, city, county) in yuan.

    Examples
    --------
    >>> bed_subsidy(120, 80)
    (1560000.0, 780000.0, 780000.0)
    """
    total = 9000.0 * new + 6000.0 * converted
    return total, total / 2.0, total / 2.0


def public_bed(beds: float) -> float:
    """Return what the beds of a county's public institution draw from the city, in yuan.

    Examples
    --------
    >>> public_bed(200) / 10_000
    1200.0
    """
    return 60_000.0 * beds


def hospice(beds: float) -> float:
    """Return what new hospice and geriatric nursing beds draw from city and county together, in yuan.

    Examples
    --------
    >>> hospice(30)
    270000.0
    """
    return 9000.0 * beds


def star(institutions: Mapping[int, int]) -> float:
    """Return what institutions draw from the city by their stars, in yuan.

    Examples
    --------
    >>> star({1: 2, 2: 1, 3: 3, 4: 1, 5: 1}) / 10_000
    97.0
    """
    return sum(STARS[stars] * number for stars, number in institutions.items())


@dataclass(frozen=True)
class Award:
    """One clause that pays: how much for a row of a plan (city, county), and under which assumption (en, zh)."""

    rule: str
    scheme: str
    section: str
    clause: str
    pays: Callable[[pd.Series], tuple[float, float]]
    assumes: str
    assumes_zh: str


def _community(row: pd.Series) -> tuple[float, float]:
    fits = row["kind"] == "elderly_day_care" and yes_no(row["meets_standard"])
    return (area_subsidy(row["floor_area_m2"]), 0.0) if fits else (0.0, 0.0)


def is_institution(row: pd.Series) -> bool:
    """Tell whether a row of a plan is a residential elderly-care institution."""
    return row["kind"] in ("elderly_care_facility", "nursing_home")


def _private_beds(row: pd.Series) -> tuple[float, float]:
    if not is_institution(row) or yes_no(row["public"]):
        return 0.0, 0.0
    _, city, county = bed_subsidy(row["beds_new"], row["beds_converted"])
    return city, county


def _public_beds(row: pd.Series) -> tuple[float, float]:
    fits = is_institution(row) and yes_no(row["public"])
    return (public_bed(row["beds_new"] + row["beds_converted"]), 0.0) if fits else (0.0, 0.0)


def _half(total: float) -> tuple[float, float]:
    return total / 2.0, total / 2.0


def _stars(row: pd.Series) -> tuple[float, float]:
    return (STARS.get(int(row["star"]), 0.0), 0.0) if is_institution(row) else (0.0, 0.0)


def _cost_of(kind: str) -> Callable[[pd.Series], tuple[float, float]]:
    return lambda row: (SHARE_OF_COST * row["cost_yuan"] if row["kind"] == kind else 0.0, 0.0)


DOCUMENT = "郑政〔2018〕34号"

#: Every clause that promises money to facilities; beds that stand already draw nothing under any of them.
AWARDS = (
    Award(
        "zz18e-subsidy-facility-area", "area", "三（一）1",
        "200平方米以上市级财政补贴10万元,每增加100平方米补贴5万元,最高不超过100万元",
        _community, "area paid in whole steps of 100 m² (A21)",
        "面积按每满100平方米一档计（A21）",
    ),
    Award(
        "zz18e-subsidy-private-bed", "bed", "三（二）2",
        "新建、改造新增床位的,市、县(市、区)两级财政按照1暶1的比例,分别给予每张床位9000元、6000元的建设补贴",
        _private_beds, "9000 yuan a new bed, 6000 a converted one, half from each level (C24)",
        "新建每床9000元、改造每床6000元，两级各半（C24）",
    ),
    Award(
        "zz18e-subsidy-public-bed", "public-bed", "三（二）1",
        "市级财政对县(市、区)公办养老机构按照每张床位6万元的标准给予建设奖补",
        _public_beds, "beds added count, standing ones do not",
        "只计新增床位，已有床位不计",
    ),
    Award(
        "zz18e-subsidy-hospice-bed", "hospice-bed", "三（三）1",
        "对于新增设安宁疗护和老年医疗护理型床位的医疗机构,由市、县(市、区)两级财政按照1暶1的比例给予每张床位9000元的建设补贴",
        lambda row: _half(hospice(row["beds_hospice"])), "9000 yuan is the total of both levels",
        "9000元为两级合计",
    ),
    Award(
        "zz18e-subsidy-star", "star", "三（二）3",
        "一星级到五星级养老机构分别给予5万元、7万元、10万元、20万元、30万元奖补",
        _stars, "paid once for the present stars",
        "按现有星级奖补一次",
    ),
    Award(
        "zz18e-subsidy-platform", "platform", "三（四）1",
        "县(市、区)级平台奖补30万元,街道(乡镇)级平台奖补15万元",
        lambda row: (PLATFORMS.get(row["platform"] or "", 0.0), 0.0), "paid by the city",
        "由市级承担",
    ),
    Award(
        "zz18e-subsidy-smart", "smart", "三（四）3",
        "市级财政给予每个智慧化养老街道或社区50万元奖补,给予每个智慧企业和机构30万元奖补",
        lambda row: (SMART.get(row["smart"] or "", 0.0), 0.0), "paid once",
        "只奖补一次",
    ),
    Award(
        "zz18e-subsidy-elderly-university", "share-of-cost", "三（七）1",
        "市级财政对各县(市、区)老年大学按照实际建设资金的30%进行奖补",
        _cost_of("elderly_university"), "30 % of the cost given",
        "按所填建设资金的30%计",
    ),
    Award(
        "zz18e-subsidy-activity-centre", "share-of-cost", "三（七）3",
        "市级财政对各县(市、区)老年活动中心按照实际建设资金的30%进行奖补",
        _cost_of("elderly_activity_centre"), "30 % of the cost given",
        "按所填建设资金的30%计",
    ),
)  # fmt: skip
