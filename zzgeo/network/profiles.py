"""Who walks: speed, waiting at crossings, and slopes, told in metres on the flat.

A network under a profile measures *metres on the flat*: what a walk costs in seconds, times the speed. Dividing by the
speed gives seconds again, and a profile of speed alone leaves metres as they are. Which speeds, and why:
resolution A02 of `zzgeo.standards.conflicts`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from zzgeo.network.lines import Floats, Ints
from zzgeo.network.reach import Reach
from zzgeo.network.refusals import refuse
from zzgeo.spec.walking import AGED_M_PER_S, RESIDENTS_M_PER_S

#: Fixed distances national living-circle standards use instead of a speed, in metres (resolutions.md A02).
PRESETS_M = {"gb-1000": 1000.0, "gb-800": 800.0}

#: 15 km/h: the fitness circle may be read as walking or cycling; walking decides, this is a note (resolutions.md A02).
CYCLING_M_PER_MIN = 250.0

#: A crossing is where so many street ends meet.
CROSSING_ENDS = 3

#: Tobler's hiking function: speed falls as exp(-3.5 |slope + 0.05|), slope as metres of height per metre.
_TOBLER = (3.5, 0.05)


@dataclass(frozen=True)
class Profile:
    """How somebody gets about.

    Parameters
    ----------
    name
        What it is called.
    speed_m_per_s
        Speed on the flat, in metres a second.
    crossing_delay_s
        Seconds lost at each crossing that is passed through: a node at which three or more street ends meet. A place at
        a crossing stands on one of its streets.
    slope
        ``"tobler"`` makes uphill and downhill slower or faster [1]_; needs a network with heights.
    toward
        Whether people walk to the ``"facility"`` or back ``"home"``; matters on slopes only.

    Raises
    ------
    ValueError
        If the speed is not positive, or the delay negative, or one of them not finite.

    References
    ----------
    .. [1] Tobler, W., Three Presentations on Geographical Analysis and Modeling, NCGIA Technical Report 93-1, 1993.

    Examples
    --------
    >>> PROFILES["aged_60_plus"].reach(15).metres
    720.0
    >>> round(PROFILES["residents"].minutes(990.0), 9)
    15.0
    """

    name: str
    speed_m_per_s: float
    crossing_delay_s: float = 0.0
    slope: Literal["none", "tobler"] = "none"
    toward: Literal["facility", "home"] = "facility"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.speed_m_per_s) and self.speed_m_per_s > 0):
            raise ValueError(f"a speed must be a positive number of metres a second, not {self.speed_m_per_s!r}")
        if not (math.isfinite(self.crossing_delay_s) and self.crossing_delay_s >= 0):
            raise ValueError(f"a delay must be a number of seconds, at least 0, not {self.crossing_delay_s!r}")
        if self.slope not in ("none", "tobler"):
            raise ValueError(f"slope is 'none' or 'tobler', not {self.slope!r}")
        if self.toward not in ("facility", "home"):
            raise ValueError(f"people walk to the 'facility' or 'home', not {self.toward!r}")

    @property
    def metres_only(self) -> bool:
        """Whether a walk costs its length and nothing else."""
        return self.crossing_delay_s == 0 and self.slope == "none"

    def reach(self, minutes: float) -> Reach:
        """Return how far somebody gets in so many minutes, in metres on the flat along the streets."""
        return Reach.walk(minutes, metres_per_second=self.speed_m_per_s)

    def minutes(self, metres: float) -> float:
        """Return how many minutes a walk of so many metres on the flat takes."""
        return metres / self.speed_m_per_s / 60.0


#: Profiles by name: walking speeds of resolutions.md A02, the fixed distances in a quarter of an hour, and cycling.
PROFILES = {
    profile.name: profile
    for profile in (
        Profile("residents", RESIDENTS_M_PER_S),
        Profile("aged_60_plus", AGED_M_PER_S),
        *(Profile(name, metres / 900.0) for name, metres in PRESETS_M.items()),
        Profile("cycling", CYCLING_M_PER_MIN / 60.0),
    )
}


def rates(
    profile: Profile, u: Ints, v: Ints, length_m: Floats, node_z: Floats | None, climb: Floats | None = None
) -> Floats:
    """Return what a metre of each edge costs in a search from a facility, shape (n_edges, 2), or (0, 2) if always 1.

    Column 0 is for a search that leaves the start of the edge's geometry. People who walk to the facility go the
    other way than the search.

    Parameters
    ----------
    profile
        Who walks.
    u, v, length_m
        Ends and length of each edge, shape (n_edges,).
    node_z
        Height of each node in metres, shape (n_nodes,), where known.
    climb
        Metres on the flat for a metre of each edge along and against its geometry, shape (n_edges, 2), where the
        heights along it are known; the heights of its ends do not count then.

    Raises
    ------
    NetworkError
        If slopes are asked for and there are no heights.
    """
    if profile.slope == "none":
        return np.empty((0, 2))
    if climb is not None:
        return climb[:, ::-1].copy() if profile.toward == "facility" else climb.copy()
    if node_z is None:
        remedy = 'give heights: dem = "heights.tif" under [walking], network.with_terrain(path), or lines with z'
        raise refuse("coord.missing", "node heights", "slopes need the height of every node", remedy)
    rise = (node_z[v] - node_z[u]) / length_m
    forth, back = flat_metres(rise), flat_metres(-rise)
    return np.column_stack([back, forth] if profile.toward == "facility" else [forth, back])


def flat_metres(slope: Floats) -> Floats:
    """Return how many metres on the flat take as long as one metre at a slope (1 at 0; 0.84 at -0.05, the fastest).

    Examples
    --------
    >>> flat_metres(np.array([0.0, 0.1, -0.05])).round(3).tolist()
    [1.0, 1.419, 0.839]
    """
    fall, best = _TOBLER
    cost: Floats = np.exp(fall * (np.abs(slope + best) - best))
    return cost


def delays(profile: Profile, u: Ints, v: Ints, nodes: int) -> Floats:
    """Return what passing through each node costs in metres on the flat, shape (n_nodes,), or (0,) if nothing."""
    if profile.crossing_delay_s == 0:
        return np.empty(0)
    ends = np.bincount(np.concatenate([u, v]), minlength=nodes)
    return np.where(ends >= CROSSING_ENDS, profile.crossing_delay_s * profile.speed_m_per_s, 0.0)
