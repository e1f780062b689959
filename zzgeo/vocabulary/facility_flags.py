"""Flags about facilities: which count, and what their lists leave open (`zzgeo.vocabulary.flags`)."""

from __future__ import annotations

from zzgeo.vocabulary.flag_code import FlagCode, counted, flag_of, in_words

FACILITY_FLAGS: dict[str, FlagCode] = {
    "facilities.by_subdistrict": flag_of("由所在街道的中心覆盖", "covered by the centre of its subdistrict"),
    "facilities.capacity_unknown": counted("床位数不明、未计入：{number}处", "capacity unknown, not counted: {number}"),
    "facilities.capacity_unknown_of": flag_of(
        "床位数不明、未计入：{number}处（共{total}处）",
        "capacity unknown, not counted: {number} of {total}",
        number="count",
        total="count",
    ),
    "facilities.closed": counted("已关闭、未计入的设施：{number}处", "closed, not counted: {number}"),
    "facilities.day_unread": counted(
        "开办或关闭日期写了但无法读取、按日期不明计的设施：{number}处",
        "an opening or closing day is written and cannot be read, counted as unknown: {number}",
    ),
    "facilities.day_unread_decide": counted(
        "开办或关闭日期写了但无法读取的设施：{number}处，补正后结论可能改变",
        "an opening or closing day is written and cannot be read: {number}; corrected they could turn this",
    ),
    "facilities.feature_unknown": counted("未写明、按不具备计：{number}处", "not told, counted as without: {number}"),
    "facilities.floor_too_small": flag_of(
        "建筑面积不足{least_m2}平方米、未计入的设施：{number}处",
        "below {least_m2} m², not counted: {number}",
        least_m2="number",
        number="count",
    ),
    "facilities.floor_unknown": counted(
        "建筑面积不明、已计入的设施：{number}处", "floor area unknown, counted: {number}"
    ),
    "facilities.funder_unknown": counted("出资方不明、未计入：{number}处", "funder unknown, not counted: {number}"),
    "facilities.land_unknown": counted("用地不明、未计入：{number}处", "ground unknown, not counted: {number}"),
    "facilities.level_unknown": counted("级别不明、未计入：{number}处", "level unknown, not counted: {number}"),
    "facilities.mobile": counted("流动设施、已计入：{number}处", "mobile, counted: {number}"),
    "facilities.moved": counted(
        "迁建、合并或重建、未计入：{number}处", "moved, merged or rebuilt, not counted: {number}"
    ),
    "facilities.no_list": flag_of("缺少清单：{kinds}", "no list of: {kinds}", kinds="texts"),
    "facilities.on_ring_line": flag_of(
        "位于环线上（{metres}米以内）、按环内计：{number}处",
        "on the ring line (within {metres} m), counted inside: {number}",
        metres="number",
        number="count",
    ),
    "facilities.opened_later": counted(
        "数据日期之后才开办、未计入的设施：{number}处", "opened later, not counted: {number}"
    ),
    "facilities.opened_since": flag_of("只计{day}起开办的设施", "opened since {day}", day="day"),
    "facilities.opening_unknown_counted": counted(
        "开办日期不明、已计入的设施：{number}处", "opening date unknown, counted: {number}"
    ),
    "facilities.opening_unknown_left_out": flag_of(
        "开办日期不明、未计入：{number}处（{first}）",
        "opening date unknown, not counted: {number} ({first})",
        number="count",
        first="texts",
    ),
    "facilities.opening_unknown_older": counted(
        "开办日期不明、按原有机构计：{number}处", "opening date unknown, taken as older: {number}"
    ),
    "facilities.outside_area": counted(
        "在范围以外、未计入的设施：{number}处", "outside the area, not counted: {number}"
    ),
    "facilities.outside_districts": counted(
        "不在任何区县内、未计入的设施：{number}处", "outside every district, not counted: {number}"
    ),
    "facilities.ownership_unknown": counted("性质不明、未计入：{number}处", "ownership unknown, not counted: {number}"),
    "facilities.rebuilt": counted("原址重建、未计入：{number}处", "rebuilt at the same site, not counted: {number}"),
    "facilities.records_differ_decide": flag_of(
        "同一设施的几条记录不一致，取不同的值结论不同：{records}",
        "records of one facility differ, and the verdict with them: {records}",
        records="texts",
    ),
    "facilities.rows_lost": flag_of(
        "清单中可能属于该类、未能使用的记录：{number}条（已用{used}处）",
        "rows that may be such facilities, set aside: {number} (in use: {used})",
        number="count",
        used="count",
    ),
    "facilities.rows_lost_decide": flag_of(
        "清单中可能属于该类、未能使用的记录：{number}条（已用{used}处），补正后结论可能改变",
        "rows that may be such facilities, set aside: {number} (in use: {used}); corrected they could turn this",
        number="count",
        used="count",
    ),
    "facilities.said_out_of_use": counted(
        "清单注明已停用或未开业、仍计入的设施：{number}处", "the list says closed or not open yet, counted: {number}"
    ),
    "facilities.said_out_of_use_decide": counted(
        "清单注明已停用或未开业、仍计入的设施：{number}处，不计入则结论不同",
        "the list says closed or not open yet, counted: {number}; without them the verdict is another",
    ),
    "facilities.same_record": counted(
        "重复登记、只计一次的设施：{number}处", "same record twice, counted once: {number}"
    ),
    "facilities.shared_border": flag_of("设施位于两个单元交界处，由两者共用", "shared: on the border with a neighbour"),
    "facilities.shared_by_many": flag_of(
        "共用者合计{people}人，超过{most}人",
        "all who share it: {people} people, more than {most}",
        people="people",
        most="people",
    ),
    "facilities.shared_with": flag_of("与{unit}共用", "shared with {unit}", unit="text"),
    "facilities.unknown_could_suffice": flag_of(
        "若不明部分达标则可达标", "enough if what is unknown of its facilities sufficed"
    ),
    "facilities.words_not_understood": in_words(
        "级别或出资方写法无法识别、按不明", "words not understood, taken as unknown"
    ),
}
