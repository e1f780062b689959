"""What layers say in the language of a file for the desk."""

from __future__ import annotations

from typing import Any

from zzgeo.reporting.desk.short_text import plain
from zzgeo.reporting.told.words import kind_word, pick, rule_title, score, speaker
from zzgeo.standards import Rule
from zzgeo.vocabulary.statuses import status_word
from zzgeo.vocabulary.verdicts import verdict_text


class LayerWords:
    """The words of all files as `zzgeo.layers.parts.words.Words`, in one language."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self.say = speaker(lang)

    def pick(self, zh: Any, en: Any) -> str:
        """Return the one of two texts that is in the language, or the other where it is missing."""
        return pick(self._lang, zh, en)

    def rule(self, rule: Rule) -> str:
        """Return the title of a rule."""
        return rule_title(rule, self._lang)

    def kind(self, kind: str) -> str:
        """Return the name of a kind of facility."""
        return kind_word(kind, self._lang)

    def verdict(self, verdict: str) -> str:
        """Return a verdict with its sign."""
        return verdict_text(verdict, self._lang)

    def status(self, status: str) -> str:
        """Return what a status of a place is called."""
        return status_word(status, self._lang)

    def score(self, finding: dict[str, Any] | None) -> str:
        """Return sign and value of a finding; empty where there is none."""
        return score(finding, self._lang)

    def plain(self, name: Any, most: int) -> str:
        """Return a name on one line, cut to `most` columns (a Chinese character is two)."""
        return plain(name, most)
