"""What columns of bridges, tunnels and layers say, in the spellings that layers bring."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from zzgeo.spec.levels import level, lifted, says_so

_NO = ["F", "f", "N", "n", "no", "No", "否", "无", "0", "0.0", "-1", "−1", "-1.0", "", "  ", "　", None, np.nan, pd.NA]
_NO += [
    "false",
    "False",
    False,
    0,
    0.0,
    -1,
    "None",
    "nan",
    "NULL",
    "building_passage",
    "culvert",
    "地面",
    "['no', 'F']",
]
_NO += ["off", "不", "n/a", "未知", "unknown", "*", "nein", "无桥", "非桥梁", "没有隧道", "道路"]
_YES = ["T", "t", "Y", "y", "yes", "YES", "是", "1", "1.0", "true", "True", True, 1, 1.0, "viaduct", "长江大桥", "Ｙ"]
_YES += ["on", "无名桥", "非机动车桥"]
_YES += ["['no', 'yes']", "yes;no", ["no", "yes"], "2"]


@pytest.mark.parametrize(
    "name", ["bridge", "Bridge", "BRIDGE", "is_bridge", "isBridge", "IS BRIDGE", "桥梁", "是否桥梁"]
)
def test_a_bridge_by_any_column(name: str) -> None:
    table = pd.DataFrame({"name": "x", name: ["F", "T", None]})
    assert lifted(table).tolist() == [False, True, False]
    assert level(table).tolist() == [0, 1, 0]


@pytest.mark.parametrize("name", ["tunnel", "Tunnel", "is_tunnel", "TUNNEL_YN", "隧道", "是否隧道", "是否为隧道"])
def test_a_tunnel_by_any_column(name: str) -> None:
    table = pd.DataFrame({name: ["N", "Y", " "]})
    assert lifted(table).tolist() == [False, True, False]
    assert level(table).tolist() == [0, -1, 0]


@pytest.mark.parametrize("name", ["bridge_name", "桥名", "bridge_id", "layers_of_asphalt", "tunnel_fee", "is_abridged"])
def test_other_columns_say_nothing(name: str) -> None:
    table = pd.DataFrame({name: ["yes", "1"]})
    assert not lifted(table).any()
    assert not level(table).any()


@pytest.mark.parametrize("cell", _NO, ids=repr)
def test_no(cell: object) -> None:
    assert not says_so(pd.Series([cell], dtype=object))[0]


@pytest.mark.parametrize("cell", _YES, ids=repr)
def test_yes(cell: object) -> None:
    assert says_so(pd.Series([cell], dtype=object))[0]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 0, -1]),
        pd.Series([1.0, np.nan, -1.0]),
        pd.Series([True, False, False]),
        pd.Series([True, None, False], dtype="boolean"),
        pd.Series(["yes", None, "no"], dtype="string"),
        pd.Series(["是", "否", ""], dtype="category"),
        pd.Series([1, None, 0], dtype="Int64"),
    ],
)
def test_columns_of_any_type(column: pd.Series) -> None:
    assert says_so(column).tolist() == [True, False, False]


def test_minus_one_is_no_bridge_but_a_layer_below() -> None:
    table = pd.DataFrame({"bridge": [-1, -1], "tunnel": [-1, -1], "layer": [0, -1]})
    assert not lifted(table).any()
    assert level(table).tolist() == [0, -1]


def test_a_layer_decides_where_no_other_column_does() -> None:
    layer = ["1", "0", "-1", None, "−2", "ROAD-CENTRE", "2301"]
    assert lifted(pd.DataFrame({"layer": layer})).tolist() == [True, False, True, False, True, False, False]
    assert level(pd.DataFrame({"layer": layer})).tolist() == [1, 0, -1, 0, -2, 0, 0]
    # an embankment is no bridge where a column says which streets are
    assert not lifted(pd.DataFrame({"bridge": "no", "tunnel": "no", "layer": layer})).any()
    assert lifted(pd.DataFrame({"bridge": ["no", "no"], "layer": [1, -1]})).tolist() == [False, True]


def test_one_column_for_bridges_and_tunnels() -> None:
    table = pd.DataFrame({"brunnel": ["bridge", "tunnel", "ford", None]})
    assert lifted(table).tolist() == [True, True, False, False]
    assert level(table).tolist() == [1, -1, 0, 0]


def test_a_bridge_of_layer_0_is_above_the_ground() -> None:
    assert level(pd.DataFrame({"bridge": ["T", "T"], "layer": [0, -1]})).tolist() == [1, -1]


def test_no_rows_and_no_columns() -> None:
    assert lifted(pd.DataFrame({"bridge": []})).shape == (0,)
    assert level(pd.DataFrame(index=range(3))).tolist() == [0, 0, 0]
