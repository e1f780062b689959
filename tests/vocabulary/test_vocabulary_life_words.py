"""States of things in lists and layers: what is not there or not in use, and what only sounds like it."""

from __future__ import annotations

import pytest

from zzgeo.vocabulary.life_words import is_out_of_use, is_state_column


@pytest.mark.parametrize(
    "word",
    [
        "规划",
        "在建",
        "（已拆除）",
        "停业",
        "已注销",
        "筹建中",
        "Closed",
        "CLOSED_PERMANENTLY",
        "under construction",
        "未运营",
    ],
)
def test_what_is_not_there_or_not_in_use(word):
    assert is_out_of_use(word)


@pytest.mark.parametrize(
    "word", ["", "现状", "已建成", "正常", "营业", "在营", "规划路", "OPERATIONAL", "open", "closed on Sundays", "NY"]
)
def test_what_is_in_use_or_says_nothing_of_it(word):
    assert not is_out_of_use(word)


@pytest.mark.parametrize(
    "name", ["状态", "营业状态", "建设情况", "status", "businessstatus", "现状", "实施阶段", "lifecycle"]
)
def test_columns_of_states(name):
    assert is_state_column(name)


@pytest.mark.parametrize("name", ["statename", "状态说明", "备注", "健康状态", "closed", "geometry"])
def test_other_columns(name):
    assert not is_state_column(name)
