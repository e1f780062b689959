"""Small exact arithmetic shared by the parts: whole numbers that add up, generators, even spreading."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree

from sample.totals import SEED


def generator(stage: int, place: int = 0) -> np.random.Generator:
    """Return the generator of one stage and place, so that a change in one leaves the others as they are."""
    return np.random.default_rng([SEED, stage, place])


def apportion(total: int, weights: np.ndarray, least: int = 0) -> np.ndarray:
    """Split a whole number by weights into whole numbers that add up exactly (largest remainders)."""
    free = total - least * len(weights)
    if free < 0 or weights.sum() <= 0:
        raise ValueError(f"cannot split {total} into {len(weights)} parts of at least {least}")
    exact = weights / weights.sum() * free
    parts = np.floor(exact).astype(np.int64)
    order = np.argsort(parts - exact, kind="stable")
    parts[order[: free - int(parts.sum())]] += 1
    return parts + least


def random_points(area: shapely.Geometry, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw points evenly inside an area, shape (count, 2)."""
    west, south, east, north = area.bounds
    shapely.prepare(area)
    found: list[np.ndarray] = []
    have = 0
    while have < count:
        xy = rng.uniform((west, south), (east, north), (2 * count, 2))
        xy = xy[shapely.contains_xy(area, xy[:, 0], xy[:, 1])]
        found.append(xy)
        have += len(xy)
    return np.concatenate(found)[:count]


def spread(candidates: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Pick `count` of the candidate points, evenly spread over them (k-means, then the nearest candidate)."""
    start = candidates[rng.choice(len(candidates), count, replace=False)]
    centres, _ = kmeans2(candidates, start, iter=12, minit="matrix", missing="warn")
    taken: list[int] = []
    _, near = cKDTree(candidates).query(centres, k=min(12, len(candidates)))
    for row in np.atleast_2d(near):
        taken.append(next(int(i) for i in row if int(i) not in taken))
    return candidates[taken]
