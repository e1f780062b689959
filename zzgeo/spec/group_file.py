"""Groups of people as data: what a ``[[groups]]`` entry of a study may say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, ValidationError, model_validator

from zzgeo.spec.file_keys import FileKeys
from zzgeo.spec.walking_profile import MAX_M_PER_S
from zzgeo.vocabulary.people import OTHER_GROUPS, SHIPPED_GROUPS


class GroupSpec(FileKeys):
    """One ``[[groups]]`` entry: a group of people of the study's own, or one of zzgeo's counted or paced otherwise.

    ``zh`` and ``en`` name a group of the study's own. ``column`` is the heading of the people file that counts it; or
    it is a ``share`` of the residents everywhere, or of those of each unit, in the column ``share_column`` of
    ``[units]``; ``share_source`` says whose numbers these are. ``m_per_s`` is how fast it walks, ``doubt`` by which
    share its number may be off where it is not counted.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    zh: str = Field("", max_length=60)
    en: str = Field("", max_length=80)
    column: str | None = Field(None, min_length=1)
    share: float | None = Field(None, gt=0, le=1)
    share_column: str | None = Field(None, min_length=1)
    share_source: str = Field("", max_length=300)
    m_per_s: float | None = Field(None, gt=0, le=MAX_M_PER_S)
    doubt: float | None = Field(None, ge=0, lt=1)

    @property
    def is_estimated(self) -> bool:
        """Tell whether nobody counts the group: it is a share of the residents."""
        return self.share is not None or self.share_column is not None

    @model_validator(mode="after")
    def _named_and_counted(self) -> GroupSpec:
        shipped = self.id in SHIPPED_GROUPS
        if self.id in OTHER_GROUPS or self.id == "residents":
            raise ValueError(f"{self.id!r} has a meaning already: choose another id")
        if not shipped and not (self.zh and self.en):
            raise ValueError("a group of the study's own needs a name in zh and en")
        if shipped and (self.zh or self.en):
            raise ValueError(f"{self.id!r} comes with zzgeo and has its name: leave zh and en out")
        if sum(one is not None for one in (self.column, self.share, self.share_column)) > 1:
            raise ValueError("column, share and share_column are three ways to count a group: give one of them")
        if self.is_estimated and not self.share_source:
            raise ValueError("say whose number the share is: share_source")
        if not self.is_estimated and (self.share_source or self.doubt is not None):
            raise ValueError("share_source and doubt go with share or share_column")
        return self


def own_groups(entries: object) -> dict[str, tuple[str, str]]:
    """Return the names of the groups a study declares for itself, ``{id: (zh, en)}``.

    Entries that say something wrong are left to the check of the whole file, which tells the line.
    """
    named: dict[str, tuple[str, str]] = {}
    for entry in entries if isinstance(entries, list | tuple) else []:
        try:
            group = entry if isinstance(entry, GroupSpec) else GroupSpec.model_validate(entry)
        except ValidationError:
            continue
        if group.id not in SHIPPED_GROUPS:
            named[group.id] = group.zh, group.en
    return named


def named_twice(groups: Iterable[GroupSpec]) -> list[str]:
    """Return the ids that two groups have."""
    ids = [one.id for one in groups]
    return sorted({one for one in ids if ids.count(one) > 1})


def columns_with(columns: Mapping[str, str], groups: Iterable[GroupSpec]) -> dict[str, Any]:
    """Return the columns of a layer of people with those of its groups; what the layer says itself goes first."""
    return {one.id: one.column for one in groups if one.column} | dict(columns)
