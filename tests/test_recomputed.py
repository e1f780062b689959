"""Clauses drawn by a printed seed are recomputed from the sample's raw files without zzgeo, and agree with its audit.

The pool is every clause of `recomputed.WAYS` that the sample is judged by: radius in a straight line, shares of units,
sizes, areas, densities, rates per head, and reported values. What is measured along streets is held to by other tests.
"""

from __future__ import annotations

import dataclasses
import math
import os
import random

import pytest
import recomputed

import zzgeo
from zzgeo.auditing.report import AuditReport
from zzgeo.standards import Standard, shipped

DRAWN = 26


@pytest.fixture(scope="module")
def report() -> AuditReport:
    """Return the audit of the sample, without the walks that nothing here needs, by every clause that can be drawn."""
    study = dataclasses.replace(zzgeo.load_study(recomputed.SAMPLE), streets=None)
    chosen = []
    for standard in shipped().values():
        if standard.document.jurisdiction == "zhengzhou":
            own = tuple(rule for rule in standard.clauses if rule.rule in recomputed.WAYS)
            chosen.append(Standard(document=standard.document, clauses=own))
    return zzgeo.audit(study, chosen)


@pytest.fixture(scope="module")
def pool(report) -> list[str]:
    """Return the ids of the clauses that the sample is judged by, in order."""
    city = report.findings[report.findings["level"] == "city"]
    return sorted(city.loc[city["verdict"].isin(["pass", "fail", "review"]), "rule"])


def test_the_pool_holds_clauses_of_every_kind_that_is_recomputed(pool):
    kinds = {recomputed.clauses()[name]["rule"] for name in pool}
    assert kinds == set(recomputed.WAYS)
    assert len(pool) >= 40


def test_clauses_drawn_by_a_seed_are_found_again_from_the_raw_files(report, pool):
    seed = int(os.environ["ZZGEO_FUZZ_SEED"])
    drawn = random.Random(seed).sample(pool, DRAWN)
    wrong = [fault for name in drawn for fault in disagreements(report, name)]
    assert not wrong, f"ZZGEO_FUZZ_SEED={seed}\n" + "\n".join(wrong)


def disagreements(report: AuditReport, name: str) -> list[str]:
    """Return where the audit found another value than the raw files give, one line each."""
    clause = recomputed.clauses()[name]
    way, off = recomputed.WAYS[clause["rule"]]
    values = way(clause)
    own = report.findings[report.findings["rule"] == name]
    own = own[own["level"].isin(["city", "district"]) & own["value"].notna()]
    faults = []
    for finding in own.itertuples():
        place = "city" if finding.level == "city" else finding.district
        value = values.get(place, math.nan)
        if place in values and abs(value - finding.value) > off * max(1.0, abs(value)):
            faults.append(f"{name} {place}: {finding.value!r} in the audit, {value!r} from the raw files")
    return faults if "city" in values and len(own) else [*faults, f"{name}: nothing to compare"]
