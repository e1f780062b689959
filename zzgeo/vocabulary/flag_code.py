"""What a flag says: its words in Chinese and English, and the form of each value they have a place for."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: What a value is, and so how it is written: a number of things (or a year), a number of people, any other number, a
#: day, a text (or what has a name in both languages), several texts.
Form = Literal["count", "people", "number", "day", "text", "texts"]

_CHINESE = re.compile("[\u4e00-\u9fff]")
_LATIN_WORDS = re.compile(r"[A-Za-z]{2,}[ ,]+[A-Za-z]{2,}")


@dataclass(frozen=True)
class FlagCode:
    """What a flag says, with ``{name}`` where a value stands, and the form of each value."""

    zh: str
    en: str
    forms: Mapping[str, Form] = field(default_factory=dict)

    def wrongs(self) -> list[str]:
        """Return what is wrong: words in no language or in the wrong one, a value without its place.

        Examples
        --------
        >>> FlagCode("停用：{number}处", "out of use: {number}", {"number": "count"}).wrongs()
        []
        >>> FlagCode("", "out of use: {number}").wrongs()
        ['zh is not in Chinese', 'en has places for number, its values are none']
        """
        chinese = _CHINESE.search(self.zh) and not _LATIN_WORDS.search(self.zh)
        wrong = [] if chinese else ["zh is not in Chinese"]
        wrong += ["en is not in English"] if not self.en or _CHINESE.search(self.en) else []
        for lang, words in (("zh", self.zh), ("en", self.en)):
            places = {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}
            if words and places != set(self.forms):
                shown = [", ".join(sorted(names)) or "none" for names in (places, self.forms)]
                wrong.append(f"{lang} has places for {shown[0]}, its values are {shown[1]}")
        return wrong


def flag_of(zh: str, en: str, **forms: Form) -> FlagCode:
    """Return a flag whose values have these forms."""
    return FlagCode(zh, en, forms)


def counted(zh: str, en: str) -> FlagCode:
    """Return a flag that says how many things it is about."""
    return FlagCode(zh, en, {"number": "count"})


def in_words(zh: str, en: str) -> FlagCode:
    """Return a flag about facilities whose owner, level or payer is written in words of some kind, with the words."""
    return FlagCode(
        f"{zh}：{{number}}处（{{words}}）", f"{en}: {{number}} ({{words}})", {"number": "count", "words": "texts"}
    )
