"""Which problems of siting there are."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from functools import cache

from zzgeo.siting.problems.base import SitingProblem


@cache
def problems() -> dict[str, SitingProblem]:
    """Return every problem by its id, found by its place in this folder.

    Examples
    --------
    >>> sorted(problems())
    ['capacitated', 'location-set-covering', 'maximal-coverage', 'p-center', 'p-median']
    """
    room = sys.modules[__package__]
    modules = [importlib.import_module(f"{__package__}.{each.name}") for each in pkgutil.iter_modules(room.__path__)]
    declared = [module.PROBLEM for module in modules if hasattr(module, "PROBLEM")]
    return {problem.id: problem for problem in declared}
