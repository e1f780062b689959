"""Where numbers and names stand on a map so that none covers another: near their places, in pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Rounds in which circles push each other apart; more sites than a map has room for go on covering each other.
_ROUNDS = 400

#: Where a name is tried about its place: steps of half its height, nearest first, and directions.
_STEPS, _TURNS = 14, 16


def circles_apart(places: Floats, radii: Floats, frame: Floats) -> Floats:
    """Return middles of circles that do not cover each other, each as near to its place as it can be.

    Parameters
    ----------
    places
        Where they would stand, shape (n, 2).
    radii
        Shape (n,).
    frame
        ``left, bottom, right, top``: circles stay inside of it.

    Returns
    -------
    ndarray, shape (n, 2)
        A circle that nobody covers stays where it is; the same places give the same middles.

    Examples
    --------
    >>> frame = np.array([0.0, 0, 100, 100])
    >>> circles_apart(np.array([[50.0, 50], [50, 50], [90, 90]]), np.array([5.0, 5, 5]), frame)[2]
    array([90., 90.])
    """
    middles = np.asarray(places, dtype=np.float64).copy()
    if len(middles) < 2:
        return middles
    least = radii[:, None] + radii[None, :]
    # circles of one place go apart in directions of their own
    turn = np.arange(len(middles)) * np.pi * (3.0 - np.sqrt(5.0))
    apart = np.column_stack([np.cos(turn), np.sin(turn)]) * 1e-3
    for _ in range(_ROUNDS):
        shifted = middles + apart
        between = shifted[:, None, :] - shifted[None, :, :]
        pixels = np.hypot(between[..., 0], between[..., 1])
        np.fill_diagonal(pixels, np.inf)
        covered = np.maximum(least - pixels, 0.0)
        if not (covered > 0.25).any():
            break
        push = (between * (covered / np.maximum(pixels, 1e-9) / 2.0)[..., None]).sum(axis=1)
        middles = np.clip(middles + push, frame[:2] + radii[:, None], frame[2:] - radii[:, None])
    return middles


def boxes_apart(places: Floats, sizes: Floats, held: Floats, frame: Floats) -> Floats:
    """Return middles of boxes that cover neither each other nor what is held, each as near to its place as it can be.

    Parameters
    ----------
    places, sizes
        Where they would stand, and their width and height, shape (n, 2) each.
    held
        Boxes that are there already, ``left, bottom, right, top``, shape (n_held, 4).
    frame
        Alike, shape (4,): a box whose place lies in it stays inside.

    Returns
    -------
    ndarray, shape (n, 2)
        One for which there is no room stays where it is.

    Examples
    --------
    >>> free = boxes_apart(np.array([[50.0, 50]]), np.array([[20.0, 10]]), np.array([[45.0, 48, 55, 52]]),
    ...                    np.array([0.0, 0, 100, 100]))
    >>> bool(abs(free[0, 1] - 50) >= 7 or abs(free[0, 0] - 50) >= 15)
    True
    """
    middles, held = np.asarray(places, dtype=np.float64).copy(), np.asarray(held, dtype=np.float64).reshape(-1, 4)
    angles = np.arange(_TURNS) * 2.0 * np.pi / _TURNS
    round_about = np.column_stack([np.sin(angles), np.cos(angles)])
    for number, (place, half) in enumerate(zip(middles, sizes / 2.0, strict=True)):
        if ((place < frame[:2]) | (place > frame[2:])).any():
            continue
        steps = np.arange(1, _STEPS + 1)[:, None, None] * half[1]
        tried = np.vstack([place[None], (place + steps * round_about).reshape(-1, 2)])
        tried = np.clip(tried, frame[:2] + half, frame[2:] - half)
        low, high = tried - half, tried + half
        meets = (low[:, None, :] < held[None, :, 2:]) & (high[:, None, :] > held[None, :, :2])
        free = np.flatnonzero(~meets.all(axis=2).any(axis=1))
        if len(free):
            middles[number] = tried[free[0]]
        held = np.vstack([held, [*(middles[number] - half), *(middles[number] + half)]])
    return middles
