#!/usr/bin/env bash
# To ask a network how long its streets are in all changes the distances in it.
#
# Two streets join the same two crossings, 400 m and 500 m long; both are kept in a csr_array, and dijkstra takes the
# shorter. sum(), max() and min() of the array, abs() of it and count_nonzero() add up the entries of one place, and leave
# the array so: from then on that way is 900 m. The list of lengths that the array was made of is changed with it. A
# coo_array of the same streets is added up by the search itself.
# Seen with scipy 1.17.1, numpy 2.4.6.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import numpy as np
import scipy
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import bellman_ford, dijkstra, johnson

LENGTH_M, TAIL, HEAD = np.array([400.0, 500.0, 300.0]), np.array([0, 0, 1]), np.array([1, 1, 2])
START = np.array([0, 2, 3, 3])
asked = {
    "nothing": lambda streets: None,
    "the mean": lambda streets: streets.mean(),
    "the longest": lambda streets: streets.max(),
    "the shortest": lambda streets: streets.min(),
    "the sum": lambda streets: streets.sum(),
    "abs": abs,
    "how many": lambda streets: streets.count_nonzero(),
}
print("scipy", scipy.__version__, "numpy", np.__version__)
walks = {}
for question, ask in asked.items():
    given = LENGTH_M.copy()
    streets = csr_array((given, HEAD.copy(), START.copy()), shape=(3, 3))
    ask(streets)
    found = [search(streets, indices=0)[2] for search in (dijkstra, bellman_ford)] + [johnson(streets)[0, 2]]
    assert len(set(found)) == 1
    walks[question] = found[0]
    assert np.array_equal(given, LENGTH_M) == (found[0] == 700)
    print(f"asked {question:12s} {streets.nnz} streets, {found[0]:g} m")
assert walks == {question: 700 if question in ("nothing", "the mean") else 1200 for question in asked}
assert dijkstra(coo_array((LENGTH_M, (TAIL, HEAD)), shape=(3, 3)), indices=0)[2] == 1200
print("as seen: a question about the streets makes one of them longer")
PY
