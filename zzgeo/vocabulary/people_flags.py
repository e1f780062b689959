"""Flags about the people of a study: who was not counted, not judged, or estimated (`zzgeo.vocabulary.flags`)."""

from __future__ import annotations

from zzgeo.vocabulary.flag_code import FlagCode, flag_of

PEOPLE_FLAGS: dict[str, FlagCode] = {
    "people.estimated": flag_of(
        "人口为估算（{how}），各处人数可能偏差{percent}%",
        "people are estimated ({how}); the number of a place may be off by {percent} %",
        how="text",
        percent="number",
    ),
    "people.estimated_decide": flag_of(
        "人口为估算（{how}），各处人数可能偏差{percent}%，结论可能因此改变",
        "people are estimated ({how}); the number of a place may be off by {percent} %, which could turn this",
        how="text",
        percent="number",
    ),
    "people.facility_unreached": flag_of(
        "直线上够得着、但没有街道通往其设施的人：{people}人",
        "near enough in a straight line to a facility to which no street leads: {people} people",
        people="people",
    ),
    "people.group_missing": flag_of(
        "数据中没有{wanted}，以{counted}代替",
        "{wanted} not in the data, {counted} counted",
        wanted="text",
        counted="text",
    ),
    "people.in_no_unit": flag_of(
        "不在可判断的单元内：{people}人", "in no unit that can be judged: {people} people", people="people"
    ),
    "people.planned_unknown": flag_of(
        "以现状人口计，规划人口不明", "people who live there now, planned population not known"
    ),
    "people.rows_lost": flag_of(
        "未能使用的人口记录：{number}条，至多{people}人",
        "rows of people set aside: {number}, at most {people} people",
        number="count",
        people="people",
    ),
    "people.rows_lost_decide": flag_of(
        "未能使用的人口记录：{number}条，至多{people}人，补正后结论可能改变",
        "rows of people set aside: {number}, at most {people} people; corrected they could turn this",
        number="count",
        people="people",
    ),
    "people.too_far": flag_of(
        "离所有道路太远、无法判断：{people}人",
        "too far from every street to be judged: {people} people",
        people="people",
    ),
}
