"""What a layer says in the language of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from zzgeo.standards import Rule


class Words(Protocol):
    """Gives words and numbers in one language; who writes a file hands it to the layers."""

    def say(self, key: str, *values: object) -> str:
        """Return a word by its key, or the key where there is no such word."""

    def pick(self, zh: Any, en: Any) -> str:
        """Return the one of two texts that is in the language, or the other where it is missing."""

    def rule(self, rule: Rule) -> str:
        """Return the title of a rule."""

    def kind(self, kind: str) -> str:
        """Return the name of a kind of facility."""

    def verdict(self, verdict: str) -> str:
        """Return a verdict with its sign."""

    def status(self, status: str) -> str:
        """Return what a status of a place is called."""

    def score(self, finding: dict[str, Any] | None) -> str:
        """Return sign and value of a finding; empty where there is none."""

    def plain(self, name: Any, most: int) -> str:
        """Return a name on one line, cut to `most` columns (a Chinese character is two)."""
