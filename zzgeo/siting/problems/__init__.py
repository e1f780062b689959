"""The problems of siting, one file each, found by its place here through its constant ``PROBLEM``.

All take distances and people as arrays, and answer with a `zzgeo.siting.Solution`::

    maximal_coverage(metres, people, *, sites=None, budget=None, terms=None, effort=None)       most people reached
    location_set_covering(metres, people=None, *, share=1.0, terms=None, effort=None)           fewest sites (or yuan)
    p_median(metres, people, *, sites, terms=None, effort=None)                                 least walking
    p_center(metres, people=None, *, sites, terms=None, effort=None)                            shortest longest walk
    capacitated(metres, people, capacity, *, sites=None, budget=None, terms=None, effort=None)  most people with a place

``metres`` has the shape (n_demand, n_candidates): a sparse matrix, whose stored entries (a stored 0 too) are the pairs
within reach, of a pair that is stored twice the shorter way; or a dense array, where NaN and infinite say that there is
no way. ``people`` has the shape (n_demand,). `Terms` holds what is needed rarely (cost, locks, what is served already,
floors for groups), `Effort` how long is searched. A file is not called as the function in it, which would hide it.
"""

from __future__ import annotations

from zzgeo.siting.problems.catalogue import problems

__all__ = ["problems"]
