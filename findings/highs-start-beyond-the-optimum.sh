#!/usr/bin/env bash
# Given a plan to start from, a solver calls Optimal what it is not, with an objective that no plan has.
#
# The fewest centres that reach every unit (set covering). Without a start, and with presolve off, HiGHS answers right. With
# a start that reaches everybody it may say Optimal and a gap of 0, hand the start back, and tell a smaller objective than
# that has: one that no plan has (1, where 2 centres are the fewest and the start has those 2), or that of a better plan,
# which it does not give. Of 2,000 drawn cases, each with its fewest found by trying all, one in forty is so.
# Seen with highspy 1.16.0; 1.15.1 answers right.
set -euo pipefail
unset PYTHONPATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/cover.py" <<'PY'
import itertools
import sys

import highspy
import numpy as np


def drawn(seed):
    """Draw who is within reach: units × sites, every unit of at least one."""
    rng = np.random.default_rng(seed)
    sites, units = int(rng.integers(4, 9)), int(rng.integers(4, 12))
    near = rng.random((units, sites)) < rng.uniform(0.2, 0.6)
    near[~near.any(1), 0] = True
    return near


def reaches_all(near, sites):
    return bool(near[:, sorted(sites)].any(1).all())


def fewest(near):
    every = range(near.shape[1])
    return next(k for k in range(1, len(every) + 1) if any(reaches_all(near, s) for s in itertools.combinations(every, k)))


def a_plan(near, seed):
    """Return sites that reach everybody, none of which can be left out; seldom the fewest."""
    kept = set(range(near.shape[1]))
    for site in np.random.default_rng(seed).permutation(near.shape[1]).tolist():
        if len(kept) > 1 and reaches_all(near, kept - {site}):
            kept.remove(site)
    return kept


def solved(near, start=None, presolve="choose"):
    """Return status, objective, sites of the answer and gap."""
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("presolve", presolve)
    for site in range(near.shape[1]):
        model.addCol(1.0, 0, 1, 0, [], [])
        model.changeColIntegrality(site, highspy.HighsVarType.kInteger)
    for unit in near:
        sites = np.flatnonzero(unit).astype(np.int32)
        model.addRow(1, highspy.kHighsInf, len(sites), sites, np.ones(len(sites)))
    if start is not None:
        given = highspy.HighsSolution()
        given.col_value = [float(site in start) for site in range(near.shape[1])]
        model.setSolution(given)
    model.run()
    chosen = np.flatnonzero(np.array(model.getSolution().col_value) > 0.5).tolist()
    told = model.getInfo()
    status = model.modelStatusToString(model.getModelStatus())
    return status, round(told.objective_function_value, 6), chosen, round(told.mip_gap, 6)


none_has = not_given = 0
for seed in range(2_000):
    near = drawn(seed)
    least, start = fewest(near), a_plan(near, seed)
    status, objective, chosen, gap = solved(near, start)
    for right in (solved(near), solved(near, start, "off")):
        assert right[0] == "Optimal" and right[1] == len(right[2]) == least
    assert reaches_all(near, chosen)
    if objective == len(chosen) == least:
        continue
    assert (status, gap) == ("Optimal", 0) and set(chosen) == start
    if none_has + not_given < 4:
        print(f"case {seed}: fewest {least}; given {sorted(start)}, told {status}, objective {objective:g}, sites {chosen}")
    none_has += objective < least
    not_given += objective == least < len(chosen)
version = highspy.Highs().version()
print(f"HiGHS {version}: an objective no plan has in {none_has} of 2,000, the best objective without its plan in {not_given}")
wrong = none_has > 0 and not_given > 0
assert wrong if sys.argv[1] == "wrong" else none_has == not_given == 0
PY
for release in 1.16.0 1.15.1; do
  python3 -m venv "$work/$release"
  "$work/$release/bin/pip" install --quiet --disable-pip-version-check "highspy==$release" numpy==2.3.5
done
"$work/1.16.0/bin/python" "$work/cover.py" wrong
"$work/1.15.1/bin/python" "$work/cover.py" right
echo "as seen: an answer is counted again before it is believed"
