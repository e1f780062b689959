"""Words of lists and layers for what is not there yet, no more, or not in use, and columns that hold such words."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from importlib import resources

_DATA = tomllib.loads((resources.files("zzgeo.vocabulary") / "life_words.toml").read_text("utf-8"))
_NOT_THERE, _NOT_IN_USE = frozenset(_DATA["not_there"]), frozenset(_DATA["not_in_use"])
_COLUMN = re.compile(f"(?:{'|'.join(_DATA['things'])})?(?:{'|'.join(_DATA['states'])})|{'|'.join(_DATA['columns'])}")


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
