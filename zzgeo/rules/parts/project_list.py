"""Named projects and how far they have come (R20): the table ``projects`` and what a clause asks of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import pandas as pd

from zzgeo.errors import InputError, Problem
from zzgeo.intake.values import MISSING_WORDS
from zzgeo.rules.parts.base import Context
from zzgeo.rules.parts.tabular import read_table
from zzgeo.standards import Rule

TABLE = "projects"

#: How far a project can have come, in order, and how lists write it.
STEPS: dict[str, tuple[str, ...]] = {
    "none": ("无", "未启动", "未开工", "未动工", "未建", "未建设", "取消", "已取消", "no", "cancelled"),
    "planned": ("谋划", "规划", "前期", "拟建", "待建", "筹建", "前期工作", "planning"),
    "started": (
        *("开工", "已开工", "新开工", "已开工建设", "开工建设", "在建", "建设中", "正在建设", "施工", "施工中", "续建"),
        *(
            "停工",
            "暂停",
            "缓建",
            "主体完工",
            "部分建成",
            "未完工",
            "未完成",
            "未建成",
            "under construction",
            "building",
        ),
    ),
    "completed": (
        *("建成", "已建成", "已建", "完工", "已完工", "完成", "已完成", "竣工", "已竣工", "竣工验收", "已验收", "验收"),
        *("交付", "已交付", "done", "complete", "built"),
    ),
    "in-use": (
        *(
            "投入使用",
            "已投入使用",
            "投用",
            "已投用",
            "建成投用",
            "已建成投用",
            "建成并投入使用",
            "使用",
            "使用中",
            "在用",
        ),
        *("运营", "已运营", "运营中", "投入运营", "试运营", "试运行", "开放", "已开放", "in use", "open", "operating"),
    ),
}
#: The steps by their number.
RANK = {name: rank for rank, name in enumerate(STEPS)}
_SPELLED = {re.sub(r"[\s_-]", "", word): name for name, words in STEPS.items() for word in (name, *words)}


def reached(status: str, required: str) -> bool:
    """Tell whether a project has come as far as is asked.

    Examples
    --------
    >>> reached("in-use", "completed"), reached("completed", "in-use"), reached("started", "started")
    (True, False, True)
    """
    return RANK[status] >= RANK[required]


def status_of(cell: str | None) -> str | None:
    """Return how far a cell says a project has come, "none" where it is empty, None where it cannot be read.

    A remark in brackets says no more.

    Examples
    --------
    >>> status_of("在建（60%）"), status_of("已 建成。"), status_of("in_use"), status_of(None), status_of("快了")
    ('started', 'completed', 'in-use', 'none', None)
    """
    half = unicodedata.normalize("NFKC", cell or "none").strip().lower()
    return _SPELLED.get(re.sub(r"\(.*\)$|[\s。.;_-]", "", half))


def _if_told(cell: object) -> object:
    """Return a status, None where it is written as unknown; 无 says that nothing is done."""
    unknown = isinstance(cell, str) and status_of(cell) is None and cell.strip().lower() in MISSING_WORDS
    return None if unknown else cell


def named_in(rule: Rule) -> tuple[str, ...]:
    """Return the ids of the projects a clause names."""
    ids = rule.params.get("project_ids", ())
    if isinstance(ids, Sequence):
        return (ids,) if isinstance(ids, str) else tuple(str(one) for one in ids)
    return ()


def asked_of(rule: Rule, named: Sequence[str]) -> float:
    """Return how many projects a clause asks for: its count, the lower end of its range, or all it names."""
    if "count" in rule.params:
        return rule.param("count", 0.0)
    value = rule.value[0] if isinstance(rule.value, tuple) else rule.value
    if isinstance(value, int | float):
        return float(value)
    return float(len(named)) if named else 1.0


def projects_of(context: Context, rule: Rule) -> pd.DataFrame | None:
    """Return the rows a clause is about, by project id; None where there is no such table or it has none of them."""
    table = read_table(
        context,
        TABLE,
        texts=("id", "name", "district", "status", "rule"),
        dates=("done_on",),
        required=("id", "status"),
    )
    if table is None:
        return None
    told = pd.Series([_if_told(cell) for cell in table["status"]], index=table.index, dtype=object)
    table = table.assign(status=told)[table["id"].notna()].set_index("id")
    wanted, named = rule.params.get("project"), named_in(rule)
    if named:
        own = table[table.index.isin(named)]
    elif wanted:
        own = table[table["name"].fillna("").str.contains(str(wanted), regex=False)]
    else:
        own = table[table["rule"] == rule.id]
    problems = [
        Problem("id.duplicate", f"table {TABLE}", str(key), "a project stands on one row", "keep the latest row")
        for key in own.index[own.index.duplicated()]
    ] + [
        Problem(
            "value.unparsed",
            f"table {TABLE}: {key}",
            f"status={cell}",
            "no such status",
            "write one of " + ", ".join(STEPS),
        )
        for key, cell in own["status"].items()
        if status_of(cell) is None
    ]
    if problems:
        raise InputError(problems)
    return own if len(own) or named else None
