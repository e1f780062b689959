"""Groups of people and the units they live in: their ids, and what they are called in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping

from zzgeo.errors import InputError, Problem

#: Groups of people a demand or unit table may carry; the documents' "elderly" are 60+ (resolutions.md C09).
POPULATION_GROUPS: dict[str, tuple[str, str]] = {
    "residents": ("常住人口", "residents"),
    "aged_60_plus": ("60岁及以上老年人", "people aged 60+"),
    "aged_65_plus": ("65岁及以上老年人", "people aged 65+"),
    "aged_80_plus": ("80岁及以上老年人", "people aged 80+"),
    "children": ("儿童", "children"),
    "aged_0_3": ("0–3岁婴幼儿", "children aged 0–3"),
    "aged_3_6": ("3–6岁儿童", "children aged 3–6"),
}

#: The groups that come with zzgeo; a study may declare others (`declare_groups`).
SHIPPED_GROUPS = frozenset(POPULATION_GROUPS)

#: Types of unit inside a district, the smallest first (resolutions.md A03); levels of a study's own are added
#: (`zzgeo.vocabulary.unit_levels`).
UNIT_TYPES: dict[str, tuple[str, str]] = {
    "compound": ("小区", "dwelling compound"),
    "urban-community": ("城市社区", "urban community"),
    "village": ("行政村", "village"),
    "block": ("街区", "block"),
    "subdistrict": ("街道", "subdistrict"),
    "township": ("乡镇", "township"),
}

#: What a clause may apply to: everybody, one type of unit, or several types together.
UNIT_SETS: dict[str, tuple[str, ...]] = {
    "all": (),
    **{name: (name,) for name in UNIT_TYPES},
    "subdistrict-township": ("subdistrict", "township"),
    "community-or-village": ("urban-community", "village"),
}

#: Types of unit people live in; subdistricts and townships contain them and would count everybody twice.
HOME_UNITS = UNIT_SETS["community-or-village"]

#: What several units are called where that is not the name of their type with an "s".
_SEVERAL: dict[str, tuple[str, str]] = {
    "all": ("居住点", "places"),
    "urban-community": (UNIT_TYPES["urban-community"][0], "urban communities"),
    "subdistrict-township": ("街道（乡镇）", "subdistricts and townships"),
    "community-or-village": ("社区（村）", "communities and villages"),
}


def unit_name(applies_to: str) -> tuple[str, str]:
    """Return what the units a rule applies to are called, zh and en (plural).

    Examples
    --------
    >>> unit_name("village"), unit_name("urban-community")
    (('行政村', 'villages'), ('城市社区', 'urban communities'))
    """
    if applies_to in _SEVERAL:
        return _SEVERAL[applies_to]
    zh, en = UNIT_TYPES[applies_to]
    return zh, f"{en[:-1]}ies" if re.search("[^aeiou]y$", en) else f"{en}s"


def group_name(group: str) -> tuple[str, str]:
    """Return what a group of people is called, zh and en.

    Examples
    --------
    >>> group_name("aged_60_plus")
    ('60岁及以上老年人', 'people aged 60+')
    """
    return POPULATION_GROUPS[group]


def declare_groups(groups: Mapping[str, tuple[str, str]], where: str) -> None:
    """Make groups of a study's own known, ``{id: (zh, en)}``; the same declaration again changes nothing.

    Raises
    ------
    InputError
        ``group.declared_twice`` where another group has the id, or one of the names.
    """
    problems = []
    for name, labels in groups.items():
        others = {one: told for one, told in {**POPULATION_GROUPS, **groups, **OTHER_GROUPS}.items() if one != name}
        same = [one for one, told in others.items() if set(told) & set(labels)]
        if POPULATION_GROUPS.get(name, labels) != labels or same:
            why = f"{', '.join(same)} is called so already" if same else "this group is declared otherwise"
            problems.append(Problem("group.declared_twice", where, name, why, "choose another id and name"))
    if problems:
        raise InputError(problems)
    POPULATION_GROUPS.update(groups)


def forget_groups() -> None:
    """Forget the groups that studies declared."""
    for name in POPULATION_GROUPS.keys() - SHIPPED_GROUPS:
        del POPULATION_GROUPS[name]


#: Groups a tabular clause may count that no demand table carries.
OTHER_GROUPS: dict[str, tuple[str, str]] = {
    "none": ("不限人群", "nobody in particular"),
    "rural-residents": ("农村居民", "rural residents"),
    "urban-residents": ("城镇居民", "urban residents"),
    "women": ("妇女", "women"),
    "patients": ("患者", "patients"),
    "care-staff": ("养老护理人员", "care staff"),
    "households": ("家庭", "households"),
    "students": ("学生", "students"),
    "workers": ("职工", "workers"),
    "migrants": ("流动人口", "migrants"),
    "disabled": ("残疾人", "disabled people"),
    "agri-pop": ("农业人口", "agricultural population"),
}
