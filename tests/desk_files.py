"""What the files for the desk say: the workbook and the document of a result, as text."""

from __future__ import annotations

import zipfile
from pathlib import Path

#: Where a file keeps its words.
_WORDS_IN = {"scorecard.xlsx": "xl/sharedStrings.xml", "report.docx": "word/document.xml"}


def silent_of(out: Path, word: str) -> list[str]:
    """Return which of the workbook and the document of a result do not say a word."""
    texts = {}
    for name, member in _WORDS_IN.items():
        with zipfile.ZipFile(out / name) as archive:
            texts[name] = archive.read(member).decode("utf-8")
    return [name for name, text in texts.items() if word not in text]
