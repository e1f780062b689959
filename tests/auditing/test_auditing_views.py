"""Views of a report's findings: each level apart, none counted twice."""

from __future__ import annotations

from fake_report import fake_report


def test_the_levels_of_the_findings_stand_apart_and_together_are_all() -> None:
    report = fake_report()
    parts = {"district": report.districts, "unit": report.units, "city": report.city}
    for level, rows in parts.items():
        assert len(rows)
        assert set(rows["level"]) == {level}
    assert sum(map(len, parts.values())) == len(report.findings)
