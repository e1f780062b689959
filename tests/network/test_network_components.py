"""Connected components: the same, under the same numbers, as scipy's."""

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components as by_scipy

from zzgeo.network.components import connected_components


@pytest.mark.parametrize("seed", range(30))
def test_components_and_their_numbers_are_those_of_scipy(seed):
    rng = np.random.default_rng(seed)
    n, edges = int(rng.integers(1, 200)), int(rng.integers(0, 250))
    u, v = rng.integers(0, n, (2, edges))
    count, label = by_scipy(coo_array((np.ones(edges), (u, v)), shape=(n, n)), directed=False)
    found, number = connected_components(u, v, n)
    assert (found, number.tolist()) == (count, label.tolist())


def test_a_chain_in_any_order_is_one_component():
    chain = np.random.default_rng(1).permutation(10_000)
    assert connected_components(chain[:-1], chain[1:], len(chain))[0] == 1
