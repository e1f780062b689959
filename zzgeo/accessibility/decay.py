"""How the weight of a place falls with the way to it; limits are inclusive, to 1e-6 of the unit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zzgeo.network.reach import TOLERANCE_M

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Decay:
    """A weight >= 0 for every way, 0 beyond ``reach``; the unit is that of the travel table.

    Parameters
    ----------
    name
        How a result calls it.
    weight
        Vectorised: ways in, weights out.
    reach
        The longest way that counts, inclusive; infinite if every way counts.

    Raises
    ------
    ValueError
        If `reach` is not a positive number.

    Examples
    --------
    >>> binary(15)(np.array([0.0, 15.0, 15.1])).tolist()
    [1.0, 1.0, 0.0]
    """

    name: str
    weight: Callable[[Floats], Floats]
    reach: float = math.inf

    def __post_init__(self) -> None:
        _positive(self.reach, "the reach of a decay", finite=False)

    def __call__(self, cost: Floats | float) -> Floats:
        """Return the weights of ways, the shape of `cost`."""
        return self.weights(np.asarray(cost, dtype=float))

    def weights(self, cost: Floats) -> Floats:
        """Return the weights of ways; an infinite way weighs nothing."""
        counts = np.isfinite(cost) & (cost <= self.reach + TOLERANCE_M)
        found = np.zeros(cost.shape)
        found[counts] = self.weight(np.minimum(cost[counts], self.reach))
        return found


def binary(cutoff: float) -> Decay:
    """Everything up to a limit counts in full, nothing beyond it."""
    return Decay(f"binary to {_positive(cutoff, 'a cutoff'):g}", np.ones_like, cutoff)


def steps(weights: Mapping[float, float]) -> Decay:
    """Everything up to each limit counts with that limit's weight: ``{5: 1, 10: 0.68, 15: 0.22}``.

    Raises
    ------
    ValueError
        If there is no step, a limit is not positive, or a weight is negative.
    """
    if not weights:
        raise ValueError("steps need at least one limit")
    limits = np.array(sorted(weights), dtype=float)
    values = np.array([weights[limit] for limit in sorted(weights)], dtype=float)
    for limit, value in zip(limits, values, strict=True):
        _positive(float(limit), "the limit of a step")
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"the weight of a step must be 0 or more, not {value!r}")

    def weight(cost: Floats) -> Floats:
        return values[np.searchsorted(limits, cost - TOLERANCE_M, side="left")]

    named = ", ".join(f"{limit:g}: {value:g}" for limit, value in zip(limits, values, strict=True))
    return Decay(f"steps {named}", weight, float(limits[-1]))


def gaussian(sigma: float, cutoff: float = math.inf) -> Decay:
    """Return ``exp(-d² / 2σ²)``: 1 at 0, 0.6065 at σ, never 0 before the cutoff.

    References
    ----------
    .. [1] The un-normalised Gaussian of pysal/access, BSD-3.
    """
    _positive(sigma, "a sigma")
    return Decay(f"gaussian, sigma {sigma:g}", lambda cost: np.exp(-0.5 * (cost / sigma) ** 2), cutoff)


def gaussian_to_zero(cutoff: float) -> Decay:
    """Return a Gaussian with σ = cutoff, shifted and scaled to be 1 at 0 and exactly 0 at the cutoff.

    ``(exp(-(d/d0)²/2) - exp(-1/2)) / (1 - exp(-1/2))``.

    References
    ----------
    .. [1] Dai, D. (2011). Racial/ethnic and socioeconomic disparities in urban green space accessibility. Landscape and
       Urban Planning 102(4), 234-244. Used by InVEST's urban nature access.
    """
    _positive(cutoff, "a cutoff")
    edge = math.exp(-0.5)
    return Decay(
        f"gaussian to 0 at {cutoff:g}", lambda cost: (np.exp(-0.5 * (cost / cutoff) ** 2) - edge) / (1 - edge), cutoff
    )


def exponential(rate: float, cutoff: float = math.inf) -> Decay:
    """Return ``exp(-rate · d)``."""
    _positive(rate, "a rate")
    return Decay(f"exponential, rate {rate:g}", lambda cost: np.exp(-rate * cost), cutoff)


def power(scale: float, exponent: float, *, at_least: float = 0.0, cutoff: float = math.inf) -> Decay:
    """Return ``(max(d, at_least) / scale) ** exponent``; a gravity that falls has a negative exponent.

    Raises
    ------
    ValueError
        If `scale` is not positive, or a negative `exponent` meets a way of 0: say `at_least`.
    """
    _positive(scale, "a scale")
    if not math.isfinite(exponent) or (exponent < 0 and not at_least > 0):
        raise ValueError(
            "a falling power is infinite at a way of 0: give at_least, the shortest way that is told apart"
        )
    return Decay(
        f"power {exponent:g} of way / {scale:g}", lambda cost: (np.maximum(cost, at_least) / scale) ** exponent, cutoff
    )


def _positive(value: float, what: str, *, finite: bool = True) -> float:
    if not value > 0 or (finite and not math.isfinite(value)):
        raise ValueError(f"{what} must be a positive number, not {value!r}")
    return value
