"""R20 named projects: the worked examples of its definition, and its edge cases."""

from __future__ import annotations

import datetime as dt

import pytest
from table_cities import city, judged, rule, study

from zzgeo.errors import InputError, StandardError
from zzgeo.rules.parts.project_list import STEPS, reached

IDS = tuple(f"p{n}" for n in range(6))


IN_USE = rule(
    "named-projects",
    id="six",
    value=6,
    unit="projects in use",
    target_year=2020,
    params={"project_ids": IDS, "required_status": "in-use"},
)


def projects(*status: str | None, **more: str) -> dict:
    rows = [{"id": f"p{n}", "name": f"项目{n}", "status": one, **more} for n, one in enumerate(status)]
    return {"projects": rows}


def test_r20_examples_four_of_six_in_use_and_three_started():
    report = judged(study(tables=projects(*["投入使用"] * 4, "completed", "建成")), IN_USE).findings
    one = report.loc["six/city/city"]
    assert (one["value"], one["threshold"], one["verdict"], one["gap"]) == (4, 6, "fail", 2)
    assert list(report.loc[[f"six/unit/p{n}" for n in (0, 4)], "verdict"]) == ["pass", "fail"]
    start = rule("named-projects", id="start", value=3, params={"project_ids": IDS[:3], "required_status": "started"})
    assert city(study(tables=projects("开工", "started", "在建")), start)["verdict"] == "pass"


def test_r20_projects_nobody_knows_of_are_no_data_and_late_ones_do_not_count():
    known = projects(*["in-use"] * 5)
    assert city(study(tables=known), IN_USE)["verdict"] == "nodata"
    assert city(study(tables=projects(*["in-use"] * 5, "planned")), IN_USE)["verdict"] == "fail"
    assert city(study(tables=projects(*["in-use"] * 5, None)), IN_USE)["verdict"] == "nodata"
    late = study(tables=projects(*["in-use"] * 6, done_on="2022-06-01"), as_of=dt.date(2026, 1, 1))
    one = judged(late, IN_USE).findings
    assert one.at["six/city/city", "verdict"] == "fail"
    assert "reached after 2020-12-31" in one.at["six/unit/p0", "flags"]
    assert city(study(), IN_USE)["verdict"] == "nodata"
    assert city(study(rows=[("six", 6, 2018)]), IN_USE)["verdict"] == "pass"
    unnamed = IN_USE.model_copy(update={"params": {"project_ids": IDS[:3], "required_status": "in-use", "count": 4.0}})
    assert city(study(tables=projects(*["in-use"] * 3)), unnamed)["verdict"] == "nodata"


def test_r20_by_name_per_county_ranges_and_faults():
    bases = rule("named-projects", id="bases", operator="range", value=(3, 5), params={"project": "项目"})
    one = city(study(tables=projects(*["completed"] * 6)), bases)
    assert (one["verdict"], one["threshold"]) == ("pass", 3)
    assert "more than the clause names" in one["flags"]
    belts = rule(
        "named-projects",
        id="belts",
        operator="range",
        value=(2, 3),
        unit="belts per county",
        params={"project": "项目", "count": 2.0},
    )
    rows = [{"id": f"b{n}", "name": "项目", "status": "建成", "district": "1" if n < 2 else "2"} for n in range(3)]
    findings = judged(study(tables={"projects": rows}), belts).findings
    assert list(findings[findings["level"] != "unit"]["verdict"]) == ["pass", "fail", "fail"]
    with pytest.raises(InputError, match="status=burning"):
        judged(study(tables=projects("burning")), bases)
    with pytest.raises(StandardError, match="no such status"):
        judged(study(), bases.model_copy(update={"params": {"required_status": "opened"}}))
    order = list(STEPS)
    assert all(reached(a, b) == (order.index(a) >= order.index(b)) for a in order for b in order)


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("已完成", "pass"),
        ("建成（未投用）", "pass"),
        ("已 验收。", "pass"),
        ("停工", "fail"),
        ("未开工", "fail"),
        ("无", "fail"),
        ("不详", "nodata"),
    ],
)
def test_a_status_is_read_as_lists_write_it(written, verdict):
    asked = rule("named-projects", id="n", value=1, params={"project_ids": ["p0"], "required_status": "completed"})
    assert city(study(tables=projects(written)), asked)["verdict"] == verdict
