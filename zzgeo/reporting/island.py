r"""Data on a page: one JSON island that cannot end its script element, open a template, or carry a lone surrogate.

User text reaches a page only here, and the page's own script shows it with ``textContent``. Inside every string the
characters that HTML, JavaScript templates or Jinja could read as their own are written as ``\uXXXX``.
"""

from __future__ import annotations

import json
import re
from typing import Any

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SPECIAL = re.compile("[<>&'{}$%#`\u007f-\u009f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def island_json(data: Any) -> str:
    r"""Return `data` as JSON whose strings hold no character with a meaning outside JSON.

    Raises
    ------
    ValueError
        If a number is not finite: what is missing is None, what is unreachable is said in words.

    Examples
    --------
    >>> island_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    plain = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _STRING.sub(lambda found: _SPECIAL.sub(_escaped, found.group()), plain)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
