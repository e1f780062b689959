"""What pages say, as plain data: findings as cards, rules, the quality of the data; numbers already in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from zzgeo.layers.base import number, text
from zzgeo.numbers import metres_text, number_text, people_text, share_text, value_text
from zzgeo.reporting.told.chinese import UNITS_ZH, problem_zh
from zzgeo.reporting.told.clauses import conflicts, judged_rules
from zzgeo.reporting.told.estimated import estimated_groups
from zzgeo.reporting.told.lists import lists_of_rules, rests_on
from zzgeo.reporting.told.words import judged_by, place_names
from zzgeo.vocabulary.verdicts import FAIL, PASS

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.reporting.told.options import PageOptions
    from zzgeo.rules.parts.base import RuleKind
    from zzgeo.standards import Rule


def frame(report: AuditReport, options: PageOptions) -> dict[str, Any]:
    """Return what every page carries: place, date, notice, rules, quality of the data."""
    study = report.study
    shown = judged_rules(report)
    return {
        **options.in_data(),
        "approval": text(study.approval),
        "place": dict(zip(("zh", "en"), place_names(report), strict=True)),
        "as_of": study.as_of.isoformat(),
        "profile": judged_by(report),
        "notice": {key: text(value) for key, value in dict(study.notice).items()},
        "rules": list(rule_entries(report, shown).values()),
        "documents": _documents(report),
        "estimated": estimated_groups(report),
        "conflicts": conflicts(report, shown),
        "unit_words": _unit_words(report, shown),
        "quality": _quality(report),
        "walking": {
            "profile": {"zh": text(study.walking.profile.zh), "en": text(study.walking.profile.en)},
            "residents": f"{study.walking.residents:g}",
            "aged_60_plus": f"{study.walking.aged_60_plus:g}",
            "sensitivity": [f"{speed:g}" for speed in study.walking.sensitivity],
            "snap_max_m": metres_text(study.walking.snap_max_m),
        },
        "readings": report.readings is not None,
        "version": text(report.provenance.get("zzgeo")).replace("unknown", ""),
    }


def _unit_words(report: AuditReport, shown: list[Rule]) -> dict[str, str]:
    """Return the Chinese of the units that findings and shown rules have; the law book's own are many."""
    held = {text(rule.unit) for rule in shown}
    for column in ("value_unit", "gap_unit"):
        held |= {text(unit) for unit in report.findings[column].unique()}
    return {unit: UNITS_ZH[unit] for unit in sorted(held & set(UNITS_ZH))}


def _documents(report: AuditReport) -> list[dict[str, Any]]:
    """Return the documents with title, issuer, day, and how many of their clauses were judged."""
    judged = Counter(rule.standard for rule in judged_rules(report))
    documents = [standard.document for standard in report.standards]
    return [
        {
            "number": text(document.number),
            "title": {"zh": text(document.title), "en": text(document.title_en)},
            "issuer": text(document.issuer),
            "day": next((day.isoformat() for day in (document.signed, document.printed) if day), ""),
            "judged": people_text(judged[document.id]),
        }
        for document in documents
    ]


def rule_entries(report: AuditReport, rules: Iterable[Rule]) -> dict[str, dict[str, Any]]:
    """Return some rules as pages need them, by id, each with what is known of the lists it rests on."""
    lists = lists_of_rules(report)
    return {rule.id: {**rule_entry(rule, report.kinds[rule.id]), "lists": lists.get(rule.id, [])} for rule in rules}


def rule_entry(rule: Rule, kind: RuleKind) -> dict[str, Any]:
    """Return a rule as pages need it, with the layer its kind opens a map with."""
    return {
        "id": rule.id,
        "title": {"zh": rule.title, "en": rule.title_en},
        "document": rule.document,
        "section": rule.section,
        "clause": rule.clause,
        "shown": kind.shown,
        "group": rule.population,
        "facilities": list(rule.facilities),
        "unit": rule.unit,
        "conflicts": list(rule.conflicts),
    }


def card(finding: dict[str, Any]) -> dict[str, Any]:
    """Return a finding, one of `records`, as pages show it; its rule's words stand with the rule."""
    value, target = number(finding["value"]), number(finding["threshold"])
    unit = text(finding["value_unit"])
    return {
        "rule": finding["rule"],
        "verdict": finding["verdict"],
        "value": value_text(value, unit, target),
        "target": value_text(target, unit),
        "unit": "" if unit in ("share", "m") else unit,
        "operator": text(finding["operator"]),
        "bar": _bar(value, target, unit),
        "gap": value_text(number(finding["gap"]), text(finding["gap_unit"])),
        "gap_unit": text(finding["gap_unit"]),
        "group": text(finding["group"]),
        **{name: people_text(number(finding[name])) for name in ("people", "covered", "missed", "excluded")},
        "missed_number": _rounded(finding["missed"]),
        **_part(finding),
        "units": [number_text(number(finding[name])) for name in ("units_passing", "units_judged")],
        "streets": share_text(number(finding["streets_value"])),
        "land": share_text(number(finding.get("land_share"))),
        "farthest": metres_text(number(finding.get("farthest_m"))),
        "sensitive": bool(finding["sensitive"]),
        "sensitivity": _sensitivity(finding),
        "holding": finding.get("holding"),
        "flags": finding["flags"],
        "on_lists": bool(rests_on(finding["params"])),
        "note": {"zh": text(finding["note_zh"]), "en": text(finding["note_en"])},
        "target_year": number_text(number(finding["target_year"])).replace(",", ""),
    }


def _part(finding: dict[str, Any]) -> dict[str, Any]:
    """Return the share of people who are missed: ``part`` as a number (None: unknown), ``share`` as text."""
    missed, people = number(finding["missed"]), number(finding["people"])
    part = missed / people if missed is not None and people else None
    return {"part": None if part is None else round(part, 4), "share": share_text(part)}


def _rounded(value: Any) -> int | None:
    known = number(value)
    return None if known is None else round(known)


def _bar(value: float | None, target: float | None, unit: str) -> list[float | None]:
    """Return the length of the bar and the place of its tick, both 0-1; None where there is none."""
    if value is None or value in (float("inf"), float("-inf")):
        return [None, None]
    full = 1.0 if unit == "share" else 1.25 * max(value, target or 0.0, 1e-9)
    tick = None if target is None else round(target / full, 4)
    return [round(min(max(value / full, 0.0), 1.0), 4), tick if tick is not None and 0 <= tick <= 1 else None]


def _sensitivity(finding: dict[str, Any]) -> list[dict[str, str]]:
    """Return share and verdict at each walking speed or fixed distance, where the audit tells the shares."""
    shares, line = finding["params"].get("share_at"), finding["params"].get("pass_share")
    if not isinstance(shares, dict) or not isinstance(line, int | float):
        return []
    return [
        {
            "speed": str(name),
            "value": share_text(share, line),
            "verdict": PASS if share >= line - 1e-9 else FAIL,
        }
        for name, share in sorted(shares.items())
        if isinstance(share, int | float)
    ]


def _quality(report: AuditReport) -> dict[str, Any]:
    study = report.study
    accounts = [
        {
            "layer": account.layer,
            "file": text(account.path).replace("\\", "/").rsplit("/", 1)[-1],
            "read": people_text(account.rows_read),
            "used": people_text(account.rows_used),
            "rejected": people_text(account.rows_rejected),
            "datum": text(account.datum),
            "dated": text(account.dated),
        }
        for account in study.accounts
    ]
    return {
        "accounts": accounts,
        "quarantined": people_text(len(study.quarantined)),
        "snapping": _snapping(report.snapping),
        "warnings": [{"zh": problem_zh(problem), "en": problem.line()} for problem in study.warnings],
    }


def _snapping(ledger: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "layer": row["layer"],
            **{name: people_text(row[name]) for name in ("rows", "placed", "off")},
            **{name: metres_text(row[name]) for name in ("median", "longest")},
        }
        for row in snapping_summary(ledger)
    ]


def snapping_summary(ledger: pd.DataFrame) -> list[dict[str, Any]]:
    """Return, per layer of a snapping ledger, how many points stand on a street and how far they had to go."""
    if not len(ledger):
        return []
    rows: list[dict[str, Any]] = []
    metres = ledger["snap_m"].to_numpy(dtype=float)
    on_street = ~ledger["status"].isin(["too-far", "no-geometry"]).to_numpy() & ~np.isnan(metres)
    of_layer, layers = pd.factorize(ledger["layer"], sort=True)
    for at, layer in enumerate(layers):
        placed = on_street[of_layer == at]
        taken = metres[(of_layer == at) & on_street]
        median, longest = (float(np.median(taken)), float(taken.max())) if len(taken) else (float("nan"), float("nan"))
        counts = {"rows": len(placed), "placed": int(placed.sum()), "off": int((~placed).sum())}
        rows.append({"layer": str(layer), **counts, "median": median, "longest": longest})
    return rows
