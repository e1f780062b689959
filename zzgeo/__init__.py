"""Whether a city meets its own planning standards, who is missed, and what would close the gap.

Names are loaded when they are first used, so that ``import zzgeo`` takes a moment and not a second.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zzgeo.accessibility import travel_table as travel_table
    from zzgeo.auditing.comparison import compare as compare
    from zzgeo.auditing.monitor import plan_monitor as plan_monitor
    from zzgeo.auditing.report import AuditReport as AuditReport
    from zzgeo.auditing.run import audit as audit
    from zzgeo.batch.run import run_batch as run_batch
    from zzgeo.crs.metric import metric_crs_for as metric_crs_for
    from zzgeo.crs.metric import parse_datum as parse_datum
    from zzgeo.crs.metric import to_metric as to_metric
    from zzgeo.errors import InputError as InputError
    from zzgeo.errors import Problem as Problem
    from zzgeo.errors import ZzgeoError as ZzgeoError
    from zzgeo.intake.check import Checked as Checked
    from zzgeo.intake.check import check_file as check_file
    from zzgeo.intake.study import Study as Study
    from zzgeo.intake.study import check_study as check_study
    from zzgeo.intake.study import load_study as load_study
    from zzgeo.network import Reach as Reach
    from zzgeo.network import WalkNetwork as WalkNetwork
    from zzgeo.network import dissolved_areas as dissolved_areas
    from zzgeo.network import distance_matrix as distance_matrix
    from zzgeo.network import nearest as nearest
    from zzgeo.network import radius_distance as radius_distance
    from zzgeo.network import reached_pieces as reached_pieces
    from zzgeo.network import service_areas as service_areas
    from zzgeo.network import snap as snap
    from zzgeo.reporting import coverage_map as coverage_map
    from zzgeo.reporting import offline_map as offline_map
    from zzgeo.reporting import offline_site as offline_site
    from zzgeo.rules.subsidy import subsidies as subsidies
    from zzgeo.served import coverage as coverage
    from zzgeo.standards import Rule as Rule
    from zzgeo.standards import Standard as Standard
    from zzgeo.standards import read_standard as read_standard

_HOMES = {
    "AuditReport": "zzgeo.auditing.report",
    "Checked": "zzgeo.intake.check",
    "InputError": "zzgeo.errors",
    "Problem": "zzgeo.errors",
    "Reach": "zzgeo.network",
    "Rule": "zzgeo.standards",
    "Standard": "zzgeo.standards",
    "Study": "zzgeo.intake.study",
    "WalkNetwork": "zzgeo.network",
    "ZzgeoError": "zzgeo.errors",
    "audit": "zzgeo.auditing.run",
    "check_file": "zzgeo.intake.check",
    "check_study": "zzgeo.intake.study",
    "compare": "zzgeo.auditing.comparison",
    "coverage": "zzgeo.served",
    "coverage_map": "zzgeo.reporting",
    "dissolved_areas": "zzgeo.network",
    "distance_matrix": "zzgeo.network",
    "load_study": "zzgeo.intake.study",
    "metric_crs_for": "zzgeo.crs.metric",
    "nearest": "zzgeo.network",
    "offline_map": "zzgeo.reporting",
    "offline_site": "zzgeo.reporting",
    "parse_datum": "zzgeo.crs.metric",
    "plan_monitor": "zzgeo.auditing.monitor",
    "radius_distance": "zzgeo.network",
    "reached_pieces": "zzgeo.network",
    "read_standard": "zzgeo.standards",
    "run_batch": "zzgeo.batch.run",
    "service_areas": "zzgeo.network",
    "snap": "zzgeo.network",
    "subsidies": "zzgeo.rules.subsidy",
    "to_metric": "zzgeo.crs.metric",
    "travel_table": "zzgeo.accessibility",
}

__all__ = [
    "AuditReport",
    "Checked",
    "InputError",
    "Problem",
    "Reach",
    "Rule",
    "Standard",
    "Study",
    "WalkNetwork",
    "ZzgeoError",
    "audit",
    "check_file",
    "check_study",
    "compare",
    "coverage",
    "coverage_map",
    "dissolved_areas",
    "distance_matrix",
    "load_study",
    "metric_crs_for",
    "nearest",
    "offline_map",
    "offline_site",
    "parse_datum",
    "plan_monitor",
    "radius_distance",
    "reached_pieces",
    "read_standard",
    "run_batch",
    "service_areas",
    "snap",
    "subsidies",
    "to_metric",
    "travel_table",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'zzgeo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """The package itself: ``zzgeo.audit`` stays the function when the module of the same name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and name in _HOMES:
            return
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
