"""How far a facility serves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

#: Limits are inclusive; 1.1 m/s x 900 s is 990.0000000000001 in floating point (rules.md, conventions).
TOLERANCE_M = 1e-6


@dataclass(frozen=True)
class Reach:
    """A distance, and how it is measured.

    Parameters
    ----------
    metres
        The limit in metres, inclusive.
    measure
        ``"straight"`` (a circle) or ``"streets"`` (a walk, both legs to the street included).
    minutes, speed_m_per_s
        Set when the limit was given as a walking time.

    Raises
    ------
    ValueError
        If the limit is not a positive, finite number of metres.

    Examples
    --------
    >>> Reach.radius(500).metres
    500.0
    >>> round(Reach.walk(15, metres_per_second=1.1).metres, 6)
    990.0
    """

    metres: float
    measure: Literal["straight", "streets"]
    minutes: float | None = None
    speed_m_per_s: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.metres) and self.metres > 0):
            raise ValueError(f"a reach must be a positive number of metres, not {self.metres!r}")
        if self.measure not in ("straight", "streets"):
            raise ValueError(f"a reach is measured 'straight' or along 'streets', not {self.measure!r}")

    @classmethod
    def radius(cls, metres: float) -> Reach:
        """Everything within a straight-line distance in metres."""
        return cls(float(metres), "straight")

    @classmethod
    def along_streets(cls, metres: float) -> Reach:
        """Everything within a distance in metres along walkable streets."""
        return cls(float(metres), "streets")

    @classmethod
    def walk(cls, minutes: float, *, metres_per_second: float) -> Reach:
        """Everything within a walk of so many minutes along the streets at a given speed."""
        metres = float(minutes) * 60.0 * float(metres_per_second)
        return cls(metres, "streets", float(minutes), float(metres_per_second))

    def __str__(self) -> str:
        if self.measure == "straight":
            return f"{self.metres:g} m straight line"
        if self.minutes is None:
            return f"{self.metres:g} m along streets"
        return f"{self.minutes:g} min on foot at {self.speed_m_per_s:g} m/s ({self.metres:.6g} m)"
