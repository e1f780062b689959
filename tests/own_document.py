"""The head of a standard of one's own, before its clauses."""

from __future__ import annotations


def own_document(jurisdiction: str) -> str:
    """Return the document of a standard that holds in one place."""
    return f"""
[document]
id = "own"
number = "自定〔2026〕1号"
title = "自定标准"
title_en = "Own standard"
issuer = "区"
jurisdiction = "{jurisdiction}"
"""
