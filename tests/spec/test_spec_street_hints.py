"""States, permissions, flags and names of street layers: what they say, and what only looks like them."""

from __future__ import annotations

import pandas as pd
import pytest

from zzgeo.spec.road_words import class_of_name
from zzgeo.spec.street_hints import flagged_class, name_column, not_there, permissions
from zzgeo.spec.street_tables import verdicts
from zzgeo.spec.walking_profile import walking_profile

CN = walking_profile("cn-default")


def judged(**columns: list) -> list[tuple[str, str]]:
    return [(one.state, one.reason) for one in verdicts(pd.DataFrame(columns), CN).walked]


@pytest.mark.parametrize(
    ("column", "word"),
    [
        *(("建设状态", word) for word in ("规划", "在建", "未建", "拟建", "拆除", "远期")),
        *(("STATUS", word) for word in ("planned", "Under Construction", "demolished", "not built")),
        ("现状", "规划"),
        ("lifecycle", "proposed"),
        *(("是否建成", word) for word in ("否", "N")),
        ("existing", "no"),
        *(("是否封闭", word) for word in ("是", "Y")),
    ],
)
def test_a_street_whose_state_says_so_is_not_there(column, word):
    assert judged(**{column: [word, None]}) == [("closed", f"{column}={word}"), ("open", "")]
    assert judged(fclass=["residential", "path"], **{column: [word, None]})[0][0] == "closed"


@pytest.mark.parametrize(
    ("column", "word"),
    [
        *(("状态", word) for word in ("现状", "已建", "建成", "良好", "")),
        *(("state", word) for word in ("NY", "Henan")),
        ("closed", 1),  # a drawing says so of lines that are rings
        ("是否建成", "是"),
        ("是否封闭", "否"),
        ("remarks", "规划"),
    ],
)
def test_what_is_there_stays_whatever_its_columns_are_called(column, word):
    assert not_there(pd.DataFrame({column: [word, None]})) is None
    assert judged(**{column: [word, None]}) == [("open", "")] * 2


@pytest.mark.parametrize(
    "column", ["foot", "步行", "是否可步行", "允许行人通行", "walkable", "PED", "AR_PEDEST", "pedestrian"]
)
@pytest.mark.parametrize(("no", "yes"), [("否", "是"), ("N", "Y"), (0, 1), ("禁止", "允许")])
def test_a_permission_is_read_in_other_words(column, no, yes):
    assert judged(fclass=["path", "motorway"], **{column: [no, yes]}) == [("closed", "foot=no"), ("open", "")]


@pytest.mark.parametrize("cells", [[0, 12], ["0", "n/a?"], [None, None], ["zebra", "no"]])
def test_a_column_with_other_words_or_numbers_is_no_permission(cells):
    assert permissions(pd.DataFrame({"ped": cells})) == {}
    assert judged(ped=cells) == [("open", "")] * 2


def test_the_tag_itself_goes_before_its_other_names():
    assert judged(foot=["yes", None], 步行=["否", "否"], fclass=["path", "path"]) == [("open", ""), ("open", "")]


@pytest.mark.parametrize("column", ["is_motorway", "motorway", "高速", "是否高速公路", "CONTRACC", "Freeway"])
def test_a_flag_tells_a_motorway_where_no_class_does(column):
    assert judged(**{column: ["Y", "N"]}) == [("closed", "highway=motorway"), ("open", "")]
    assert judged(fclass=["primary", "path"], **{column: ["Y", "N"]}) == [("open", "")] * 2
    assert flagged_class(pd.DataFrame({column: ["N", None]})) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "motorway") for name in ("G30连霍高速", "绕城高速(东段)", "连霍高速K530+200", "机场高速公路北行")),
        *((name, "motorway") for name in ("Airport Expressway", "Ring Expressway North", "京港澳高速郑州至新郑段")),
        *((name, "motorway_link") for name in ("连霍高速西匝道", "高速公路连接线", "京港澳高速匝道A")),
        *((name, "trunk") for name in ("北三环快速路", "107国道")),
        *((name, "trunk_link") for name in ("三环快速路匝道", "互通匝道2号")),
        *(
            (name, "")
            for name in ("机场高速辅路", "机场高速(辅路)", "高速东街", "高速大道", "高速路口", "Tramp", "Freeway Path")
        ),
        *((name, "") for name in ("高速东街三段", "建设路", "", "快速路一街")),
    ],
)
def test_the_end_of_a_name_tells_a_class(name, value):
    assert class_of_name(name) == value


@pytest.mark.parametrize(
    "column", ["name", "NAME_1", "Name_CHN", "道路", "路名", "名字", "LineName", "rd_nm", "Street", "MC"]
)
def test_a_column_of_names_is_known_by_many(column):
    assert name_column(pd.DataFrame({column: ["连霍高速"], "remark": ["高速"]})) == column


@pytest.mark.parametrize("column", ["surname", "owner_name", "filename", "district", "remark", "公司名称"])
def test_other_names_are_not_those_of_streets(column):
    assert name_column(pd.DataFrame({column: ["连霍高速"]})) is None


def test_of_several_columns_of_names_one_that_tells_a_class_is_read():
    assert name_column(pd.DataFrame({"name": ["G30"], "name_en": ["Lianhuo Expressway"]})) == "name_en"
