"""Every flag a finding may carry: a code with values, and how it reads in Chinese and in English.

A flag tells what was taken on trust, left out, or could turn a verdict: ``Flag("facilities.closed", number=3)`` is a
code of `FLAGS` with the values that its words have places for. It becomes words when somebody reads it, in the reader's
language: numbers as `zzgeo.numbers` writes them, and what has a name in both languages brings both (`Named`). A file of
rules that needs a flag of its own declares it in a constant ``FLAGS`` of the same form, found by its place.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from numbers import Real
from typing import NoReturn

from zzgeo.errors import InputError, Problem
from zzgeo.numbers import count_text, number_text, people_text
from zzgeo.vocabulary.facility_flags import FACILITY_FLAGS
from zzgeo.vocabulary.flag_code import FlagCode as FlagCode
from zzgeo.vocabulary.flag_code import Form, counted, flag_of, in_words
from zzgeo.vocabulary.people_flags import PEOPLE_FLAGS

#: A value of a flag as JSON can hold it.
Plain = int | float | str | list[str]

_CODE = re.compile(r"[a-z][a-z_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Named:
    """What has a name in both languages: a kind of facility, a group of people, a type of unit."""

    id: str
    zh: str
    en: str


_Value = int | float | str | dt.date | Named | tuple[str | Named, ...]


@dataclass(frozen=True, init=False)
class Flag:
    """One flag of a finding: a code with all the values that its words have places for, and no other.

    Parameters
    ----------
    code
        A code of `FLAGS`, or one that a file of rules declares.
    values
        By name, each in the form the code gives it.

    Raises
    ------
    InputError
        If the code is not registered, or a value is missing, not the code's, or not of its form.

    Examples
    --------
    >>> flag = Flag("facilities.no_list", kinds=[Named("village_clinic", "村卫生室", "village clinic")])
    >>> flag.text("zh"), flag.text("en"), flag.values
    ('缺少清单：村卫生室', 'no list of: village clinic', {'kinds': ['village_clinic']})
    """

    code: str
    given: tuple[_Value, ...]

    def __init__(self, code: str, **values: object) -> None:
        known = _known(code)
        if known is None:
            _refuse(code, "", "no flag is registered by this code")
        for name in sorted(known.forms.keys() ^ values.keys()):
            _refuse(code, name, "the value is missing" if name in known.forms else "the flag has no such value")
        object.__setattr__(self, "code", code)
        given = tuple(_read(code, name, form, values[name]) for name, form in known.forms.items())
        object.__setattr__(self, "given", given)

    @property
    def values(self) -> dict[str, Plain]:
        """Return the values by name, as JSON can hold them: a day as text, what has two names by its id."""
        return {name: _plain(value) for name, value in zip(self._words.forms, self.given, strict=True)}

    def text(self, lang: str) -> str:
        """Return the flag in words, in Chinese (``"zh"``) or English."""
        return _text(self, lang)

    @property
    def _words(self) -> FlagCode:
        words = _known(self.code)
        assert words is not None
        return words


def flag_if_any(code: str, number: int) -> list[Flag]:
    """Return the flag that says how many things it is about, in a list; an empty one where there are none.

    Examples
    --------
    >>> [flag.text("en") for number in (0, 3) for flag in flag_if_any("facilities.closed", number)]
    ['closed, not counted: 3']
    """
    return [Flag(code, number=number)] if number else []


def declare(flags: Mapping[str, FlagCode], where: str) -> None:
    """Register the flags that a file of rules has of its own; the same file may be read again.

    Raises
    ------
    InputError
        With every fault: a code of another form or with another meaning already, words missing in a language.
    """
    problems = []
    for code, words in flags.items():
        faults = [] if _CODE.fullmatch(code) else ["a code is written family.name"]
        faults += ["the code has another meaning already"] if _known(code) not in (None, words) else []
        for why in [*faults, *words.wrongs()]:
            remedy = "give it words in Chinese and English, and the form of each value"
            problems.append(Problem("flag.invalid", where, code, why, remedy))
    if problems:
        raise InputError(problems)
    _DECLARED.update(flags)


@lru_cache(maxsize=4096)
def _text(flag: Flag, lang: str) -> str:
    # a city has a few flags, which stand on thousands of findings
    words = flag._words
    shown = {
        name: _shown(form, value, lang) for (name, form), value in zip(words.forms.items(), flag.given, strict=True)
    }
    return (words.zh if lang == "zh" else words.en).format(**shown)


def _known(code: str) -> FlagCode | None:
    return FLAGS.get(code) or _DECLARED.get(code)


def _refuse(code: str, value: str, why: str) -> NoReturn:
    remedy = "declare it in FLAGS, with its words in Chinese and English and the form of each value"
    raise InputError([Problem("flag.invalid", code, value, why, remedy)])


def _read(code: str, name: str, form: Form, value: object) -> _Value:
    """Return a value as a flag keeps it, after checking its form."""
    if isinstance(value, str | Named) and form == "text":
        return value
    if isinstance(value, Iterable) and not isinstance(value, str) and form == "texts":
        several = tuple(value)
        if all(isinstance(one, str | Named) for one in several):
            return several
    if isinstance(value, dt.date) and form == "day":
        return value.date() if isinstance(value, dt.datetime) else value
    if not isinstance(value, bool) and isinstance(value, Real):
        if form == "count" and float(value).is_integer():
            return round(float(value))
        if form in ("people", "number") and float(value) == float(value):
            return float(value)
    _refuse(code, f"{name}={value!r}", f"the value is of the form {form}")


def _shown(form: Form, value: _Value, lang: str) -> str:
    """Return a value as its words have it."""
    if isinstance(value, tuple):
        return ("、" if lang == "zh" else ", ").join(_shown(form, one, lang) for one in value)
    if isinstance(value, Named):
        return value.zh if lang == "zh" else value.en
    if isinstance(value, int):
        return count_text(value)
    if isinstance(value, float):
        return people_text(value) if form == "people" else number_text(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _plain(value: _Value) -> Plain:
    if isinstance(value, tuple):
        return [one.id if isinstance(one, Named) else one for one in value]
    if isinstance(value, Named):
        return value.id
    return value.isoformat() if isinstance(value, dt.date) else value


#: Every flag of the package, by its code.
FLAGS: dict[str, FlagCode] = {
    "base.beyond_districts": flag_of(
        "范围内有{km2}平方公里在各区县以外、未计入",
        "of the area {km2} km² lie outside the districts, not counted",
        km2="number",
    ),
    "clause.above_range": flag_of("超过范围上限{limit}", "above the range, which ends at {limit}", limit="number"),
    "clause.more_than_named": flag_of("多于条款所列数量", "more than the clause names"),
    "clause.no_comparator": flag_of(
        "高于文件所印数值；文件未写“以上”，多不一定好",
        "above the number printed without a comparator: more is not always better",
    ),
    "clause.not_obliged": flag_of(
        "条款为鼓励、支持或允许，没有做到不判不达标，由发文机关说明是否为任务",
        "the clause encourages or allows: what is not done fails nothing; its authority can say whether it is a task",
    ),
    "clause.quality_unsaid": flag_of(
        "清单未说明是否“{quality}”：{number}处；在名称或属性列写明即可判定",
        "not said to be {quality}: {number}; a word in the name or the attributes column of the list settles it",
        quality="text",
        number="count",
    ),
    "drive_times.computed": flag_of(
        "行车时间按路网计算：自由流车速的{factor}倍，路口延误已计入",
        "drive times computed from the streets: {factor} of free-flow speed, time at junctions in it",
        factor="number",
    ),
    "drive_times.exit_only": counted("只出不进、未计入的匝道：{number}个", "exit-only ramps, not counted: {number}"),
    "drive_times.off_ways": counted(
        "清单中离各条行车道路过远、未采用的匝道或高速出入口：{number}个",
        "ramps and entries of the list too far from every way, not used: {number}",
    ),
    "drive_times.outside_districts": counted(
        "起点不在各区县内、未计入的行车时间：{number}条", "outside the districts, not counted: {number}"
    ),
    "drive_times.people_of_table": flag_of("人口取自行车时间表", "people of the drive-time table counted"),
    "drive_times.people_without": flag_of(
        "没有行车时间、未判断：{people}人", "without a drive time, not judged: {people} people", people="people"
    ),
    "drive_times.ramps_without": counted(
        "没有行车时间、未判断的匝道：{number}个", "ramps without a time, not judged: {number}"
    ),
    **FACILITY_FLAGS,
    "grounds.area_unknown": counted(
        "只有点位、面积不明、未计入的场地：{number}处", "points of unknown area, not counted: {number}"
    ),
    "grounds.golf_or_water": counted("高尔夫球场或水面、未计入：{number}处", "golf or water, not counted: {number}"),
    "grounds.measured_from_point": counted(
        "只有点位、面积已知、从点位量起的公园绿地：{number}处",
        "points of known size, measured from the point: {number}",
    ),
    "grounds.outline_area": counted(
        "以边界面积代替有效面积、可能偏大：{number}处", "polygon area taken, an over-estimate: {number}"
    ),
    "grounds.overlap": flag_of(
        "重叠部分只计一次，扣除{m2}平方米", "overlaps counted once: {m2} m² left out", m2="count"
    ),
    "grounds.point_inside": counted(
        "点位在其他场地之内、不重复计：{number}处", "points inside another ground, counted once: {number}"
    ),
    "grounds.size_unknown": counted(
        "只有点位、面积不明、未计入的公园绿地：{number}处", "points of unknown size, not counted: {number}"
    ),
    "indicator.by_worst_district": flag_of(
        "全市按各区县中最差者判断：{district}", "by districts, the worst: {district}", district="text"
    ),
    "indicator.from_table": flag_of("数值取自指标表", "value from the indicator table"),
    "indicator.grades": flag_of("等级按A＝1、B＝2、C＝3计", "grades counted A = 1, B = 2, C = 3"),
    "indicator.later_not_read": flag_of(
        "指标表另有{year}年的数值，晚于研究日期（{day}），未读取",
        "a value of {year} is later than the day of the study ({day}) and is not read",
        year="count",
        day="day",
    ),
    "indicator.no_year": flag_of("指标表未注明数值的年份", "reported without a year"),
    "indicator.not_by_township": flag_of(
        "数值不分乡镇，而条款要求每个乡镇都达到", "not by township: the clause asks for every one"
    ),
    "indicator.of_year": flag_of("数值为{year}年", "value of {year}", year="count"),
    "indicator.older_than_start": flag_of(
        "数值为{year}年，早于目标的起算年（{start}年），不据以判定",
        "value of {year}, older than where the target starts ({start}): no verdict rests on it",
        year="count",
        start="count",
    ),
    "indicator.rows_missing": flag_of("指标表缺少：{rows}", "no row for: {rows}", rows="texts"),
    "indicator.share_or_percent": flag_of(
        "数值{value}未注明单位，按百分数与按比例结论不同",
        "{value} names no unit: as per cent and as a share the verdict is not the same",
        value="number",
    ),
    "indicator.townships_missing": counted("没有数值的乡镇：{number}个", "townships without a value: {number}"),
    "indicator.unit_unknown": flag_of(
        "指标{indicator}的单位无法识别、未读取：{units}",
        "unit of {indicator} not understood, not read: {units}",
        indicator="text",
        units="texts",
    ),
    "indicator.went_other_way": flag_of("此前有年份变化方向相反", "an earlier year went the other way"),
    "indicator.years_differ": flag_of(
        "数量为{counted}年，人口为{people}年", "count of {counted}, people of {people}", counted="count", people="count"
    ),
    "land.facilities_without_area": counted(
        "面积不明、未计入的设施：{number}处", "area unknown, not counted: {number} facilities"
    ),
    "land.mixed_undecided": counted(
        "混合用地未注明养老用地比例：{number}宗，计入与不计入分别列出",
        "mixed use without a stated share: {number} parcels, counted with and without",
    ),
    "land.parcels_without_area": counted(
        "面积不明、未计入的地块：{number}宗", "area unknown, not counted: {number} parcels"
    ),
    "land.planned_unknown": flag_of(
        "以现有设施用地计，规划地块不明", "land of facilities that stand, planned parcels not known"
    ),
    "land.residential_unknown": flag_of("居住用地不明，按人口判断", "residential land unknown, people decide"),
    "list.districts_strays": flag_of(
        "设施清单不覆盖、仅按其中已有设施判断的区县：{districts}",
        "not covered by a list, judged by what of it stands there: {districts}",
        districts="texts",
    ),
    "list.districts_strays_decide": flag_of(
        "设施清单不覆盖、仅按其中已有设施判断的区县：{districts}，补齐后结论可能改变",
        "not covered by a list, judged by what of it stands there: {districts}; covered they could turn this",
        districts="texts",
    ),
    "list.districts_uncovered": flag_of(
        "设施清单不覆盖、未判断的区县：{districts}",
        "not covered by a list, not judged: {districts}",
        districts="texts",
    ),
    "list.districts_uncovered_decide": flag_of(
        "设施清单不覆盖、未判断的区县：{districts}，补齐后结论可能改变",
        "not covered by a list, not judged: {districts}; covered they could turn this",
        districts="texts",
    ),
    "list.not_known_complete": flag_of(
        "不知是否齐全的设施清单：{lists}", "not known to be complete: {lists}", lists="texts"
    ),
    "list.stale": flag_of("早于数据日期多年的设施清单：{lists}", "years older than the study: {lists}", lists="texts"),
    "ownership.counted_private": in_words(
        "性质可有两种理解、按社会办计", "ownership open to another reading, counted as private"
    ),
    "ownership.counted_public": in_words(
        "性质可有两种理解、按公办计", "ownership open to another reading, counted as public"
    ),
    "ownership.mixed": in_words("公私混合、未计入", "ownership mixed, not counted"),
    "ownership.not_understood": in_words("性质写法无法识别、未计入", "ownership not understood, not counted"),
    **PEOPLE_FLAGS,
    "places.datum_doubted": flag_of(
        "{files}的坐标可能属于另一坐标系，核实后结论可能改变",
        "places of {files} may be in another datum, which could turn this",
        files="text",
    ),
    "projects.late": flag_of("{done}才达到，晚于{last}", "reached after {last}: {done}", last="day", done="day"),
    "projects.without_status": counted("没有进展情况的项目：{number}个", "projects without a status: {number}"),
    "quarters.without_data": counted(
        "没有数据、未判断的小区：{number}个", "quarters without data, not judged: {number}"
    ),
    "streets.class_left_out": flag_of(
        "等级无法识别的道路未计入路网，核实后结论可能改变",
        "streets of classes that nobody knows were left out; walked, they could turn a fail",
    ),
    "streets.none": flag_of(
        "近似：没有道路数据，以直线距离乘以{detour}代替",
        "approximate: no streets, straight line x {detour}",
        detour="number",
    ),
    "subsidy.assumption": flag_of("测算口径：{assumption}", "{assumption}", assumption="text"),
    "units.rows_lost": counted("未能使用的单元记录：{number}条", "rows of units set aside: {number}"),
    "units.rows_lost_decide": counted(
        "未能使用的单元记录：{number}条，补正后结论可能改变",
        "rows of units set aside: {number}; corrected they could turn this",
    ),
    "units.villages_built_up": counted(
        "建成区内的村、按城市社区半径判断：{number}个",
        "villages inside the built-up area, judged by the urban radius: {number}",
    ),
    "units.villages_left": counted(
        "建成区内的村、留给城市社区半径条款判断：{number}个",
        "villages inside the built-up area, left to the radius of urban communities: {number}",
    ),
    "units.without_data": flag_of(
        "没有数据、未判断的{units}：{number}个",
        "{units} without data, not judged: {number}",
        units="text",
        number="count",
    ),
    "units.without_outline": counted(
        "没有边界、未判断的单元：{number}个", "units without an outline, not judged: {number}"
    ),
    "year.not_over": flag_of("截至{day}，{year}年尚未结束", "{year} is not over on {day}", year="count", day="day"),
}

_DECLARED: dict[str, FlagCode] = {}
