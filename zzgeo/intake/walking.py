"""How people walk in a study: the walking profile it names, with the speeds it sets itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.base import checked_path
from zzgeo.network.profiles import Profile
from zzgeo.spec.study_file import WalkingSpec
from zzgeo.spec.walking import SENSITIVITY_M_PER_S, SNAP_MAX_M
from zzgeo.spec.walking_profile import DEFAULT, SHIPPED, WalkingProfile, walking_profile


@dataclass(frozen=True)
class Walking:
    """How people walk: the profile, speeds in m/s for sensitivity, the longest way to a street in metres, heights."""

    profile: WalkingProfile = field(default_factory=lambda: walking_profile(DEFAULT))
    sensitivity: tuple[float, ...] = SENSITIVITY_M_PER_S
    snap_max_m: float = SNAP_MAX_M
    dem: Path | None = None

    @property
    def residents(self) -> float:
        """Return the speed of residents in m/s."""
        return self.profile.speed("residents")

    @property
    def aged_60_plus(self) -> float:
        """Return the speed of people aged 60 and over in m/s."""
        return self.profile.speed("aged_60_plus")

    def speed(self, group: str) -> float:
        """Return the speed of a group of people in m/s."""
        return self.profile.speed(group)

    @property
    def metres_only(self) -> bool:
        """Tell whether a walk costs its metres and nothing else."""
        return self.profile.crossing_delay_s == 0 and self.profile.slope == "none"

    def walker(self, speed: float) -> Profile:
        """Return somebody who walks at a speed in m/s, waits at crossings and minds slopes as the profile says."""
        return Profile(self.profile.id, speed, self.profile.crossing_delay_s, self.profile.slope)


def study_walking(spec: WalkingSpec, folder: Path) -> Walking:
    """Return how people walk by ``[walking]`` of a study file; what it says itself goes before the profile.

    Where it sets one speed for the elderly, older groups whose profile has that of 60+ walk alike.

    Raises
    ------
    InputError
        What `walking_profile` raises, ``config.unsafe`` for what is no plain path, ``config.invalid`` for heights that
        no slope is asked for with.
    """
    named: str | Path = spec.profile
    if spec.profile not in SHIPPED and spec.profile.lower().endswith(".toml"):
        named = checked_path(spec.profile, folder, "walking.profile")
    profile, changed = walking_profile(named), spec.said()
    speeds = dict(changed.get("speeds_m_per_s", {}))
    if spec.residents is not None:
        speeds.setdefault("residents", spec.residents)
    if spec.aged_60_plus is not None:
        usual = profile.speed("aged_60_plus")
        for group, speed in profile.speeds_m_per_s.items():
            if group.startswith("aged_") and speed == usual:
                speeds.setdefault(group, spec.aged_60_plus)
    if speeds:
        changed["speeds_m_per_s"] = speeds
    whole = walking_profile(named, changed)
    dem = None if spec.dem is None else checked_path(spec.dem, folder, "walking.dem")
    if dem is not None and whole.slope == "none":
        why, remedy = "heights are for slopes, and the profile knows none", 'add slope = "tobler" under [walking]'
        raise InputError([Problem("config.invalid", "walking.dem", str(spec.dem), why, remedy)])
    return Walking(whole, spec.sensitivity, spec.snap_max_m, dem)
