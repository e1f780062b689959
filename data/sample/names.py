"""Made-up names. They claim nothing: where one is also the name of a real place, that is chance."""

from __future__ import annotations

import numpy as np

FIRST = list("枫松柏桂兰竹梅荷柳槐桐榆杏桃李棠樱枣楠桦菊葵莲蕙芦蒲茶梧椿楸")
COMMUNITY = list("林苑园溪湖庭泉景岸桥圃堤洲荫坊")
VILLAGE = list("庄沟岗坡寨营湾店屯楼洼坪峪洞陂垌")
PARENT = list("川岭原峰台陵津浦阳河")
SUFFIX = {"社区": "社区", "行政村": "村", "街道": "街道", "乡镇": "镇"}


def _draw(second: list[str], count: int, rng: np.random.Generator) -> list[str]:
    pool = [a + b for a in FIRST for b in second]
    return [pool[i] for i in rng.permutation(len(pool))[:count]]


def _named(types: np.ndarray, second: dict[str, list[str]], rng: np.random.Generator) -> list[str]:
    stock = {kind: iter(_draw(second[kind], int((types == kind).sum()), rng)) for kind in sorted(second)}
    return [next(stock[kind]) + SUFFIX[kind] for kind in types]


def unit_names(types: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Name the communities and villages of one county, each name once."""
    return _named(types, {"社区": COMMUNITY, "行政村": VILLAGE}, rng)


def parent_names(types: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Name the subdistricts and townships of one county, each name once."""
    return _named(types, {"街道": PARENT, "乡镇": PARENT}, rng)
