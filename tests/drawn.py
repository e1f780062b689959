"""Numbers of the field, for property tests: on grids that a survey, a list or a map has, not 6e-267."""

from __future__ import annotations

from hypothesis import strategies as st

#: Steps of the numbers that tests draw.
MILLIMETRE = 0.001
CENTIMETRE = 0.01
#: Of a degree: a millimetre or less on the ground.
DEGREE_STEP = 1e-8
#: Of a share: one in a million.
SHARE_STEP = 1e-6


def grid(low: float, high: float, step: float = MILLIMETRE) -> st.SearchStrategy[float]:
    """Return whole steps from `low` to `high`, both among them where they stand on the grid.

    Parameters
    ----------
    low, high
        The bounds, in the unit of the number.
    step
        Nought and what is a whole number of steps from it is drawn.
    """
    first, last = -round(-low / step), round(high / step)
    # a step below one is divided by, not multiplied with: 3 / 1000 is 0.003, 3 * 0.001 is not
    parts = round(1 / step)
    return st.integers(first, last).map(lambda number: number / parts)


def shares(low: float = 0.0, high: float = 1.0) -> st.SearchStrategy[float]:
    """Return shares in steps of one in a million."""
    return grid(low, high, SHARE_STEP)


def degrees(low: float, high: float) -> st.SearchStrategy[float]:
    """Return degrees in steps that are less than a millimetre on the ground."""
    return grid(low, high, DEGREE_STEP)
