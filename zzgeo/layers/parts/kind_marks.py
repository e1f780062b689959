"""The mark of every kind of facility: shape and colour, the same on pages, in a GIS and on pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zzgeo.spec.kinds import KINDS

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

_SHAPES = ("circle", "square", "triangle", "diamond", "star", "cross", "hexagon")
_COLOURS = ("#1B4965", "#6A3D9A", "#2E6B34", "#7A4B20", "#8C1D5B", "#3B3B3B")


def kind_marks(report: AuditReport) -> dict[str, dict[str, Any]]:
    """Return label and mark of every kind the study holds or a rule names; a kind has the same mark everywhere."""
    order = list(KINDS)
    held = [str(kind) for kind in report.study.facilities["kind"].unique()] if len(report.study.facilities) else []
    wanted = sorted(set(held) | {kind for rule in report.rules for kind in rule.facilities})
    entries = {}
    for kind in wanted:
        place = order.index(kind) if kind in KINDS else len(order)
        label = {"zh": KINDS[kind].zh, "en": KINDS[kind].en} if kind in KINDS else {"zh": kind, "en": kind}
        chosen = KINDS[kind].mark if kind in KINDS else ()
        mark = list(chosen) or [_SHAPES[place % len(_SHAPES)], _COLOURS[place % len(_COLOURS)]]
        entries[kind] = {"label": label, "mark": mark}
    return entries
