"""What an audit tells of a plan in ``audit.json``: plain numbers and ids."""

from __future__ import annotations

from typing import Any

import numpy as np

from zzgeo.siting.plan import Plan


def plan_summary(plan: Plan) -> dict[str, Any]:
    """Return clauses, people, bound and sites of a plan as plain data; what is unknown is None."""
    spots = plan.sites.geometry.representative_point()
    sites = [
        {
            "id": str(row.Index),
            "rank": int(row.rank),
            "people_gained": float(row.people_gained),
            "cost_yuan": _known(row.cost_yuan),
            "subsidy_yuan": _known(row.subsidy_yuan),
            "x": round(float(spot.x), 3),
            "y": round(float(spot.y), 3),
        }
        for row, spot in zip(plan.sites.itertuples(), spots, strict=True)
    ]
    return {
        "proposal": True,
        "rules": [rule.id for rule in plan.rules],
        "people_gained": float(plan.people),
        "bound": _known(plan.bound),
        "gap": _known(plan.gap),
        "cost_yuan": _known(plan.sites["cost_yuan"].sum(skipna=False)) if len(plan.sites) else 0.0,
        "people_unreachable": float(plan.unreachable["people"].sum()),
        "closed": list(plan.closed),
        "sites": sites,
    }


def _known(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
