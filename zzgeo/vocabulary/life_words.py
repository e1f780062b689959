"""Words of lists and layers for what is not there yet, no more, or not in use, and columns that hold such words."""

from __future__ import annotations

import re
import unicodedata

#: Not there: planned, under construction, pulled down.
_NOT_THERE = frozenset(
    (
        *(
            "规划",
            "规划中",
            "拟建",
            "待建",
            "在建",
            "在建中",
            "建设中",
            "施工",
            "施工中",
            "筹建",
            "筹建中",
            "筹备",
            "筹备中",
            "设计",
            "设计中",
        ),
        *(
            "未建",
            "未建成",
            "未实施",
            "未开工",
            "规划新建",
            "新建规划",
            "远期",
            "远期规划",
            "近期规划",
            "近期建设",
            "拆除",
            "已拆除",
            "拆迁",
        ),
        *(
            "已拆迁",
            "废弃",
            "已废弃",
            "废除",
            "废止",
            "取消",
            "已取消",
            "planned",
            "proposed",
            "under construction",
            "in construction",
        ),
        *(
            "construction",
            "not built",
            "unbuilt",
            "future",
            "design",
            "designed",
            "demolished",
            "removed",
            "abandoned",
            "cancelled",
        ),
        *("canceled", "razed", "obsolete", "decommissioned"),
    )
)
#: There, but not in use.
_NOT_IN_USE = frozenset(
    (
        *(
            "停业",
            "已停业",
            "歇业",
            "已歇业",
            "停办",
            "已停办",
            "停用",
            "已停用",
            "停运",
            "关闭",
            "已关闭",
            "关停",
            "已关停",
            "关门",
            "倒闭",
            "封闭",
        ),
        *(
            "已封闭",
            "封路",
            "断头",
            "暂停使用",
            "暂停营业",
            "撤销",
            "已撤销",
            "撤并",
            "已撤并",
            "注销",
            "已注销",
            "吊销",
            "已吊销",
            "未开业",
            "未营业",
        ),
        *(
            "未运营",
            "未投入使用",
            "未启用",
            "未开放",
            "未通车",
            "未开通",
            "闲置",
            "空置",
            "closed",
            "closed_permanently",
            "closed_temporarily",
        ),
        *(
            "permanently closed",
            "temporarily closed",
            "closed permanently",
            "closed temporarily",
            "not open",
            "not in use",
            "out of use",
        ),
        *("disused", "inactive", "discontinued", "defunct", "out of business", "shut down", "vacant"),
    )
)
_WHAT = "状态|情况|阶段|现状|status|state|stage|phase"
_COLUMN = re.compile(
    "(?:road|rd|street|build|built|construction|const|project|business|operating|operational|operation|opening|open|facility"
    "|道路|建设|使用|通行|通车|运营|经营|营业|工程|实施|建成|机构|开业|登记|注册|存续|设施|开放|运行|单位|企业|项目)?"
    f"(?:{_WHAT})|lifecycle|现状规划|规划现状|近远期"
)


def is_state_column(name: str) -> bool:
    """Tell whether a column, by its plain name, says in what state things are.

    Examples
    --------
    >>> [is_state_column(name) for name in ("建设状态", "businessstatus", "statename", "状态备注")]
    [True, True, False, False]
    """
    return _COLUMN.fullmatch(name) is not None


def is_not_there(word: str) -> bool:
    """Tell whether a word says that something is not there yet or no more; what is only closed is there.

    Examples
    --------
    >>> is_not_there("规划"), is_not_there("关闭")
    (True, False)
    """
    return _plain(word) in _NOT_THERE


def is_out_of_use(word: str) -> bool:
    """Tell whether a word says that something is not there yet, no more, or not in use.

    Examples
    --------
    >>> [is_out_of_use(word) for word in ("停业", "（在建）", "Closed Permanently", "正常", "规划路")]
    [True, True, True, False, False]
    """
    plain = _plain(word)
    return plain in _NOT_THERE or plain in _NOT_IN_USE


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().strip(" ()[]")
