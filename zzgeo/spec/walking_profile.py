"""How people walk, as data: which ways, gates and squares they use, and how fast; one TOML file per profile.

The shipped ones stand in ``walking_profiles/``; their comments explain every key, and a planner copies one and changes
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from zzgeo.errors import InputError, Problem
from zzgeo.spec.config_file import key_lines, key_problem, read_config
from zzgeo.spec.file_keys import FileKeys

#: Ids of the profiles that come with zzgeo.
SHIPPED = ("cn-default", "osmnx", "r5", "accessible")
#: The profile where nobody names one.
DEFAULT = "cn-default"

#: A speed nobody walks faster than, in m/s.
MAX_M_PER_S = 5.0

Open = Literal["open", "closed"]
Words = frozenset[str]


@dataclass(frozen=True)
class WalkingProfile:
    """How people walk: which ways and gates they use, and how fast. The keys of a profile's file are its fields.

    Parameters
    ----------
    id, zh, en
        What it is called.
    streets, on_permission
        Values of ``highway`` that are a street, and those that are one only where a tag opens them; others are none.
    trunk, cycleways, steps, squares, private, indoor, covered, separate_sidewalks
        What becomes of such ways.
    wheelchair
        Whether ``wheelchair = no`` closes.
    foot_open, foot_private, foot_closed, access_open, access_private, access_closed
        What values of the two tags mean; ``foot`` goes first.
    gates, gates_closed, kerbs_closed
        Whether nodes on ways stop people, and the values of ``barrier`` and ``kerb`` that do.
    ferries, ferry_m_per_s, ferry_wait_s
        Whether ferries are taken, their speed where the map says no duration, and the wait in seconds.
    crossing_delay_s, slope
        Seconds lost at each crossing; whether slopes count.
    speeds_m_per_s
        Metres a second on the flat by group of people; `speed` answers for every group.

    Examples
    --------
    >>> profile = walking_profile("cn-default")
    >>> profile.trunk, profile.speed("aged_60_plus"), profile.speed("couriers")
    ('at-grade', 0.8, 1.1)
    """

    id: str
    zh: str
    en: str
    streets: Words
    on_permission: Words
    trunk: Literal["at-grade", "sidewalk", "open", "closed"]
    cycleways: Literal["open", "permission", "closed"]
    steps: Open
    squares: Literal["cross", "outline", "closed"]
    private: Literal["residents", "open", "closed"]
    indoor: Open
    covered: Open
    separate_sidewalks: Open
    wheelchair: bool
    foot_open: Words
    foot_private: Words
    foot_closed: Words
    access_open: Words
    access_private: Words
    access_closed: Words
    gates: Literal["heed", "ignore"]
    gates_closed: Words
    kerbs_closed: Words
    ferries: bool
    ferry_m_per_s: float
    ferry_wait_s: float
    crossing_delay_s: float
    slope: Literal["none", "tobler"]
    speeds_m_per_s: Mapping[str, float] = field(hash=False)

    def speed(self, group: str) -> float:
        """Return the speed of a group of people in m/s; that of residents where the profile does not name it."""
        return self.speeds_m_per_s.get(group, self.speeds_m_per_s["residents"])


class ProfileKeys(FileKeys):
    """The keys of a profile, each of which may be left out: of a file with ``like``, or of ``[walking]``."""

    streets: Words | None = None
    on_permission: Words | None = None
    trunk: Literal["at-grade", "sidewalk", "open", "closed"] | None = None
    cycleways: Literal["open", "permission", "closed"] | None = None
    steps: Open | None = None
    squares: Literal["cross", "outline", "closed"] | None = None
    private: Literal["residents", "open", "closed"] | None = None
    indoor: Open | None = None
    covered: Open | None = None
    separate_sidewalks: Open | None = None
    wheelchair: bool | None = Field(None, strict=True)
    foot_open: Words | None = None
    foot_private: Words | None = None
    foot_closed: Words | None = None
    access_open: Words | None = None
    access_private: Words | None = None
    access_closed: Words | None = None
    gates: Literal["heed", "ignore"] | None = None
    gates_closed: Words | None = None
    kerbs_closed: Words | None = None
    ferries: bool | None = Field(None, strict=True)
    ferry_m_per_s: float | None = Field(None, gt=0, le=30)
    ferry_wait_s: float | None = Field(None, ge=0, le=86_400)
    crossing_delay_s: float | None = Field(None, ge=0, le=600)
    slope: Literal["none", "tobler"] | None = None
    speeds_m_per_s: dict[str, float] | None = None

    @field_validator("speeds_m_per_s")
    @classmethod
    def _walked(cls, speeds: dict[str, float] | None) -> dict[str, float] | None:
        for group, speed in (speeds or {}).items():
            if not 0 < speed <= MAX_M_PER_S:
                raise ValueError(f"{group} = {speed:g}: walking speeds lie between 0 and {MAX_M_PER_S:g} m/s")
        return speeds

    def said(self) -> dict[str, Any]:
        """Return the keys of a profile that are given."""
        values = {name: getattr(self, name) for name in ProfileKeys.model_fields}
        return {name: value for name, value in values.items() if value is not None}


class _ProfileFile(ProfileKeys):
    id: str = Field(min_length=1, max_length=60)
    zh: str = Field(min_length=1, max_length=100)
    en: str = Field(min_length=1, max_length=100)
    like: Literal["cn-default", "osmnx", "r5", "accessible"] | None = None


def walking_profile(name_or_path: str | Path, overrides: Mapping[str, Any] | None = None) -> WalkingProfile:
    """Return a profile by its id, or from a file.

    Parameters
    ----------
    name_or_path
        One of `SHIPPED`, or the path of a TOML file.
    overrides
        Keys of a profile with other values, such as ``{"trunk": "sidewalk"}``; ``speeds_m_per_s`` names groups.

    Returns
    -------
    WalkingProfile
        With every key.

    Raises
    ------
    InputError
        ``config.invalid`` for each key that is unknown, missing or wrong, with what is allowed; ``file.missing`` where
        there is neither such an id nor such a file; what `read_config` raises.

    Examples
    --------
    >>> walking_profile("accessible").steps, walking_profile("osmnx", {"steps": "closed"}).steps
    ('closed', 'closed')
    """
    values = _shipped(str(name_or_path)) if str(name_or_path) in SHIPPED else _read(_file_of(Path(name_or_path)))
    if overrides:
        values = _over(values, _checked_overrides(overrides))
    return WalkingProfile(**values)


def _file_of(path: Path) -> Path:
    if path.suffix.lower() == ".toml" or path.exists():
        return path
    why = f"no profile is called so; they are {', '.join(SHIPPED)}"
    raise InputError([Problem("config.invalid", "walking.profile", str(path), why, "or name a TOML file")])


@lru_cache
def _shipped(name: str) -> dict[str, Any]:
    with resources.as_file(resources.files("zzgeo.spec") / "walking_profiles" / f"{name}.toml") as path:
        return _read(path)


def _read(path: Path) -> dict[str, Any]:
    """Return every key of a profile's file; those it leaves out are of the profile it is like."""
    content = read_config(path)
    lines = key_lines(path.read_text(encoding="utf-8-sig"))
    try:
        keys = _ProfileFile.model_validate(content)
    except ValidationError as error:
        raise InputError([key_problem(path.name, dict(fault), lines, "profile") for fault in error.errors()]) from None
    base = {} if keys.like is None else _shipped(keys.like)
    values = _over(base, {**keys.said(), "id": keys.id, "zh": keys.zh, "en": keys.en})
    absent = [key.name for key in fields(WalkingProfile) if key.name not in values]
    if absent or "residents" not in values["speeds_m_per_s"]:
        value = ", ".join(absent or ["speeds_m_per_s.residents"])
        remedy = 'add it, or like = "cn-default" to take it from there'
        raise InputError([Problem("config.invalid", path.name, value, "the profile does not say it", remedy)])
    return values


def _checked_overrides(overrides: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return ProfileKeys.model_validate(dict(overrides)).said()
    except ValidationError as error:
        raise InputError(
            [key_problem("walking profile", dict(fault), {}, "profile") for fault in error.errors()]
        ) from None


def _over(values: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with the changed ones in their place; of speeds only the groups named change."""
    speeds = {**values.get("speeds_m_per_s", {}), **changed.get("speeds_m_per_s", {})}
    return {**values, **changed, "speeds_m_per_s": speeds}
