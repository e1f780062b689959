"""Gap patches: numbered as in the list beside the map, no more on a page than it holds, the first on a picture."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from fake_report import CIRCLE, CODES, COVERAGE, RADIUS
from layer_views import Picture, areas, in_gis, on_page

from zzgeo.auditing.report import AuditReport
from zzgeo.layers.gaps import MOST_IN_A_CITY, MOST_PATCHES
from zzgeo.layers.parts.headline import MOST_NUMBERED


def _many(report: AuditReport, ranks: int, rules: list[str]) -> AuditReport:
    """Return a report with so many patches of each rule in one district, in no order."""
    rule, rank = (grid.ravel() for grid in np.meshgrid(rules, np.arange(1, ranks + 1), indexing="ij"))
    many = report.gaps.iloc[np.zeros(len(rank), dtype=int)].copy()
    many.index = pd.Index([f"g{n}" for n in range(len(many))], name="gap_id")
    many["rule"], many["rank"], many["district"] = rule, rank, CODES[0]
    return dataclasses.replace(report, gaps=many.sample(frac=1, random_state=1))


def test_a_page_outlines_numbers_and_tells_the_patches(report: AuditReport) -> None:
    (feature,) = on_page("gaps", report, CODES[0])
    assert (feature["rules"], feature["numbers"]) == ([RADIUS, RADIUS], [1, 2])
    # a community of 1000 m less 200 m on each side
    assert [shape.area for shape in areas(feature)] == pytest.approx([600**2, 600**2], rel=0.01)
    told = {key: values for key, _, values in feature["columns"]}
    assert told["missed"] == [90.0, 45.0]
    assert told["nearest_facility"] == ["枫林日间照料中心", ""]  # by name, not by id
    assert told["nearest_m"] == [1210.6, np.inf]
    assert on_page("gaps", report, CODES[1]) == []


def test_a_page_draws_the_first_patches_of_every_rule(report: AuditReport) -> None:
    rules = [rule.id for rule in report.rules]
    [drawn] = on_page("gaps", _many(report, 150, rules), CODES[0])
    each = MOST_PATCHES // len(rules)
    assert each == 100
    assert len(drawn["xy"]) == len(drawn["rules"]) == each * len(rules)
    for rule in rules:
        numbers = [number for number, own in zip(drawn["numbers"], drawn["rules"], strict=True) if own == rule]
        assert numbers == list(range(1, each + 1))


def test_the_map_of_a_city_draws_the_first_ten_of_a_district(report: AuditReport) -> None:
    [drawn] = on_page("gaps", _many(report, 30, [RADIUS]), None)
    assert sorted(drawn["numbers"]) == list(range(1, MOST_IN_A_CITY + 1))


def test_the_table_begins_with_the_rule_of_the_headline(report: AuditReport) -> None:
    made = in_gis("gaps", _many(report, 2, [CIRCLE, COVERAGE, RADIUS]))
    assert made is not None
    assert made.table["rule"].drop_duplicates().tolist() == [RADIUS, COVERAGE, CIRCLE]
    classes = [(style.rule, key) for style in made.styles for key, _, _ in style.classes]
    assert classes == [(rule, f"\"rule\" = '{rule}'") for rule in (RADIUS, COVERAGE, CIRCLE)]
    assert made.styles[0].name == "养老设施500米服务半径"
    assert made.label == "rank"
    assert in_gis("gaps", dataclasses.replace(report, gaps=report.gaps.iloc[:0])) is None


def test_a_picture_numbers_the_first_five_of_its_rule(report: AuditReport) -> None:
    many = _many(report, 9, [RADIUS, CIRCLE])
    picture = Picture("gaps", many, RADIUS, CODES[0])
    assert picture.counts() == [MOST_NUMBERED]
    assert list(picture.labels[0].texts) == ["1", "2", "3", "4", "5"]
    assert picture.labels[0].numbers
    assert picture.legend == ["先补的缺口片区"]
    # nothing beside a rule that is not measured at people's homes, elsewhere, or across the city
    assert Picture("gaps", many, COVERAGE, CODES[0]).marks == []
    assert Picture("gaps", many, RADIUS, CODES[1]).marks == []
    assert Picture("gaps", many, RADIUS, None).marks == []
