"""What a table of indicators leaves open: values of a later year than the study's, and shares that name no unit."""

from __future__ import annotations

from zzgeo.rules.parts.base import Context, Finding, Judgement
from zzgeo.rules.parts.tabular import FROM_INDICATORS, compare, indicator_name, indicator_rows, newest
from zzgeo.served import CITY
from zzgeo.standards import Rule
from zzgeo.vocabulary.flags import Flag
from zzgeo.vocabulary.units import is_percent
from zzgeo.vocabulary.verdicts import FAIL, NODATA, PASS, REVIEW


def without_open_reports(context: Context, rule: Rule, judgement: Judgement) -> Judgement:
    """Tell of rows that are not read because they are of a later year, and let no verdict rest on 0.95 without a unit.

    Beside a clause in per cent, a number of at most 1 that names no unit may be a share or per cent: where the two are
    not judged alike a person decides.
    """
    table = context.study.indicators
    if table is None or not (table["indicator"] == indicator_name(rule)).any():
        return judgement
    later = _later(context, rule)
    bare = newest(indicator_rows(context, indicator_name(rule))) if is_percent(rule.unit) else {}
    for finding in judgement.findings:
        reported = FROM_INDICATORS in finding.flags
        if finding.code in later and (reported or finding.verdict == NODATA):
            finding.flags.append(Flag("indicator.later_not_read", year=later[finding.code], day=context.study.as_of))
        value, _, unit = bare.get(finding.code, (0.0, 0.0, "percent"))
        if reported and unit in ("", "1") and 0 < value <= 1 and _hangs_on_unit(finding, value):
            finding.verdict = REVIEW
            finding.flags.append(Flag("indicator.share_or_percent", value=value))
    return judgement


def _later(context: Context, rule: Rule) -> dict[str, int]:
    """Return the first year after the study's of which the table has the clause's value, by district, or city."""
    table = context.study.indicators
    assert table is not None
    rows = table[(table["indicator"] == indicator_name(rule)) & (table["year"] > context.study.as_of.year)]
    first = rows.groupby(rows["district"].map(lambda code: str(code) or CITY))["year"].min()
    return {str(code): int(year) for code, year in first.items()}


def _hangs_on_unit(finding: Finding, value: float) -> bool:
    """Tell whether a finding that takes a value as per cent would be another if it were a share."""
    if finding.verdict not in (PASS, FAIL) or abs(finding.value - value) > 1e-9:
        return False
    return compare(100 * value, finding.operator, finding.threshold) != finding.verdict
