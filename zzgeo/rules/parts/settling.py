"""Figures of findings to what they mean, whoever measured them: the last thing that is done to a finding."""

from __future__ import annotations

from zzgeo.numbers import settled, settled_values, unit_of
from zzgeo.rules.parts.base import Finding

#: The figures of a finding; the units of those in the first line stand in it.
_BY_UNIT = {"value": "value_unit", "streets_value": "value_unit", "gap": "gap_unit"}
_PLAIN = ("people", "covered", "missed", "excluded", "land_share", "farthest_m")


def settled_finding(finding: Finding) -> Finding:
    """Return a finding with its figures as every file tells them; its verdict was judged by what was measured."""
    known = vars(finding)
    figures = {name: settled(known[name], known[unit]) for name, unit in _BY_UNIT.items()}
    figures |= {name: settled(known[name], unit_of(name)) for name in _PLAIN}
    return finding.changed(**figures, params=settled_values(finding.params))
