"""Which district comes first."""

from __future__ import annotations

import math

from zzgeo.rules.parts.base import Finding
from zzgeo.siting.ranking import ranking
from zzgeo.standards import shipped
from zzgeo.vocabulary.verdicts import FAIL, NODATA

RULE = shipped()["zz2018-34"].clauses[0]


def district(code: str, missed: float, share: float) -> Finding:
    return Finding("district", code, FAIL, code, f"区{code}", missed=missed, value=share)


def test_most_people_come_first_then_the_lowest_share_then_the_code():
    findings = [district("4", 5, 0.1), district("3", 9, 0.5), district("2", 9, 0.4), district("1", 9, 0.5)]
    table = ranking(RULE, findings)
    assert table["district"].tolist() == ["2", "1", "3", "4"]
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert set(table["rule"]) == {RULE.id}


def test_only_districts_where_people_were_counted_are_ranked():
    unknown = Finding("district", "5", NODATA, "5", missed=math.nan)
    city = Finding("city", "city", FAIL, missed=9, value=0.5)
    assert ranking(RULE, [unknown, city]).empty
    assert ranking(RULE, [unknown, city, district("1", 2, 0.5)])["district"].tolist() == ["1"]
