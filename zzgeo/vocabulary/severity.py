"""What leads the line of an error or a warning, in both languages."""

from __future__ import annotations


def severity_word(severity: str, lang: str) -> str:
    """Return what leads the line of an error or a warning.

    Examples
    --------
    >>> severity_word("warning", "en"), severity_word("error", "zh")
    ('warning: ', '错误：')
    """
    return {"error": "错误：", "warning": "提示："}[severity] if lang == "zh" else f"{severity}: "
