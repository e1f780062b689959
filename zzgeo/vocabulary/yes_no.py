"""How tables and layers write yes and no."""

from __future__ import annotations

import unicodedata

_YES = frozenset(
    ("1", "1.0", "yes", "y", "true", "t", "x", "on", "是", "有", "对", "√", "✓", "✔", "允许", "可", "可以")
)
_NO = frozenset(
    (
        "0",
        "0.0",
        "no",
        "n",
        "false",
        "f",
        "off",
        "否",
        "不",
        "无",
        "没有",
        "非",
        "不是",
        "×",
        "✗",
        "✘",
        "禁止",
        "禁行",
        "不可",
        "不允许",
        "不能",
        "不可以",
    )
)


def yes_no(cell: object) -> bool | None:
    """Return what a cell says: yes (True), no (False), or neither (None): it is empty, or says something else.

    Examples
    --------
    >>> yes_no("是"), yes_no("Ｙ"), yes_no(True), yes_no("F"), yes_no(0)
    (True, True, True, False, False)
    >>> yes_no(" "), yes_no(None), yes_no(float("nan")), yes_no("viaduct")
    (None, None, None, None)
    """
    word = unicodedata.normalize("NFKC", str(cell)).strip().casefold()
    return True if word in _YES else False if word in _NO else None
