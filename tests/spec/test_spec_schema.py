"""Table contracts: every breach is told, at once, and the table is left alone."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import toy
from shapely import Point, box

from zzgeo.errors import SchemaError
from zzgeo.spec.schema import CONTRACTS, DEMAND, DISTRICTS, FACILITIES, UNITS, check, validate


def facilities(**columns: object) -> gpd.GeoDataFrame:
    base = {"kind": ["hospital"] * 3, "name": ["甲", "乙", "丙"], "source": ["a.csv"] * 3}
    index = pd.Index(["f1", "f2", "f3"], name="facility_id")
    return gpd.GeoDataFrame({**base, **columns}, geometry=[Point(n, 0) for n in range(3)], crs=toy.CRS, index=index)


def codes(table: gpd.GeoDataFrame, contract=FACILITIES) -> list[str]:
    return sorted(problem.code for problem in validate(table, contract))


def test_a_sound_table_has_no_problem():
    assert codes(facilities(capacity=[1.0, np.nan, 3.0])) == []


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (facilities(capacity=[1.0, -2.0, 3.0]), "value.negative"),
        (facilities(capacity=[1.0, np.inf, 3.0]), "value.nonfinite"),
        (facilities(capacity=["1", "2", "3"]), "value.unparsed"),
        (facilities(kind=["hospital", None, "hospital"]), "value.missing"),
        (facilities(level=["三级", 3, None]), "value.unparsed"),
        (facilities(opened=["2016", "2017", "2018"]), "value.unparsed"),
        (facilities().drop(columns="kind"), "schema.missing_column"),
        (facilities().set_crs(4326, allow_override=True), "crs.mismatch"),
        (facilities().set_crs(3857, allow_override=True), "crs.mismatch"),
        (facilities().iloc[:0], "layer.empty"),
        (facilities().set_geometry([Point(0, 0), None, Point(1, 1)], crs=toy.CRS), "geom.null"),
        (facilities().set_axis(pd.Index(["f1", "f1", "f3"]), axis=0), "id.duplicate"),
    ],
)
def test_a_breach_is_told_by_its_code(table, code):
    assert codes(table) == [code]


def test_every_breach_is_told_at_once():
    table = facilities(capacity=[-1.0, np.inf, 3.0], level=["三级", 3, None]).drop(columns="name")
    assert codes(table) == ["schema.missing_column", "value.negative", "value.nonfinite", "value.unparsed"]
    with pytest.raises(SchemaError) as caught:
        check(table, FACILITIES)
    assert len(caught.value.problems) == 4


def test_an_unknown_unit_type_and_a_line_for_a_district_are_told():
    units = toy.frame({"u": toy.unit(box(0, 0, 1, 1), "hamlet")}, "code")
    assert codes(units, UNITS) == ["value.unparsed"]
    districts = toy.frame({"d": {"name": "区", "geometry": Point(0, 0)}}, "code")
    assert codes(districts, DISTRICTS) == ["geom.mixed_types"]


def test_a_problem_names_the_rows_but_not_all_of_a_million():
    people = {f"p{n:02d}": toy.people(n, 0, -1, 0) for n in range(30)}
    [problem] = validate(toy.frame(people, "demand_id"), DEMAND)
    assert "p00, p01, p02, p03, p04 and 25 more" in problem.line()


def test_no_check_writes_to_the_table():
    for contract in CONTRACTS.values():
        table = facilities(capacity=[1.0, -2.0, 3.0])
        before = pd.DataFrame(table.copy())
        validate(table, contract)
        pd.testing.assert_frame_equal(pd.DataFrame(table), before)
