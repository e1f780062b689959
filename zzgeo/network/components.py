"""What hangs together: the connected components of a graph given as pairs of nodes.

scipy's own function needs a matrix of its own and, for one study, an import that takes longer than the whole search.
"""

from __future__ import annotations

import numpy as np

from zzgeo.network.lines import Ints


def connected_components(u: Ints, v: Ints, n: int) -> tuple[int, Ints]:
    """Return how many components nodes are in, and the component of each.

    Parameters
    ----------
    u, v : array of int, shape (n_edges,)
        The two nodes of each edge.
    n
        The number of nodes; those with no edge are a component each.

    Returns
    -------
    (int, array of int, shape (n,))
        Components are numbered by their lowest node, as by `scipy.sparse.csgraph.connected_components`.

    Examples
    --------
    >>> count, label = connected_components(np.array([0, 3]), np.array([2, 1]), 5)
    >>> count, label.tolist()
    (3, [0, 1, 0, 1, 2])
    """
    root = np.arange(n)
    a, b = np.asarray(u, dtype=np.int64), np.asarray(v, dtype=np.int64)
    while len(a):
        low, high = np.minimum(a, b), np.maximum(a, b)
        np.minimum.at(root, high, low)
        while not np.array_equal(above := root[root], root):
            root = above
        a, b = root[a], root[b]
        apart = a != b
        a, b = a[apart], b[apart]
    lowest, label = np.unique(root, return_inverse=True)
    return len(lowest), label
