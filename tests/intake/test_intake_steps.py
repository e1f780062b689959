"""Roles are lists of steps: a table in, a table out, nothing written to, the first error the last step."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from files import X, Y

from zzgeo.errors import Problem
from zzgeo.formats.parts.base import RawLayer
from zzgeo.intake import roles
from zzgeo.intake.account import account_of
from zzgeo.intake.rows import Rows, rows_of, through, together
from zzgeo.spec.study_file import DistrictsSpec, FacilitiesSpec, InputSpec, StreetsSpec, UnitsSpec

CRS = pyproj.CRS("EPSG:4547")


def raw(table: pd.DataFrame) -> RawLayer:
    table = table.set_axis(pd.RangeIndex(1, len(table) + 1, name="row"), axis=0)
    return RawLayer(table, "list.csv", "", crs=getattr(table, "crs", None))


def points(**columns: list[object]) -> RawLayer:
    n = len(next(iter(columns.values())))
    lon, lat = ([f"{corner + step * place}" for place in range(n)] for corner, step in ((X, 300.1), (Y, 90.7)))
    return raw(pd.DataFrame({"lon": lon, "lat": lat, **columns}))


def shapes(geometry: list[shapely.Geometry | None], **columns: list[object]) -> RawLayer:
    return raw(gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS))


BOX, NEXT = shapely.box(X, Y, X + 1000, Y + 1000), shapely.box(X + 1000, Y, X + 2000, Y + 1000)
BOW = shapely.Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)])
AREAS = gpd.GeoDataFrame({"name": ["西", "东"]}, geometry=[BOX, NEXT], crs=CRS, index=["410102", "410103"])
HOMES = AREAS.assign(type="village", district=AREAS.index).set_axis(["410102001201", "410103001201"], axis=0)
LINES = [shapely.LineString([(X, Y + k), (X + 500, Y + k)]) for k in (0, 100)]


def spec(kind: type[InputSpec] = InputSpec, **said: object) -> InputSpec:
    return kind(**{"source": "list.csv", "datum": "EPSG:4547", **said})


#: Every role, with a layer that gives its steps something to do: rows used, set aside, changed and told of.
WORK: dict[str, tuple[RawLayer, roles.Steps]] = {
    "districts": (
        shapes([BOX, BOW, None], code=["410102", "410103", "410104"], name=["西", "东", "北"]),
        roles.study_districts(spec(DistrictsSpec, codes=("410102",)), CRS),
    ),
    "units": (
        points(code=["410102001001", "x", ""], name=["甲", "乙", "丙"], type=["社区", "镇上", "village"]),
        roles.units(spec(UnitsSpec, types={"社区": "urban-community"}), CRS, AREAS),
    ),
    "demand": (
        points(residents=["1,000", "约三百", "4", "5"], unit=["410102001201", "", "none", ""]),
        roles.demand(spec(), CRS, AREAS, HOMES),
    ),
    "facilities": (
        points(name=["人民医院", "某某大厦", "养老院", "养老院"], capacity=["20张", "3", "约5", ""]),
        roles.facilities(spec(FacilitiesSpec), CRS, AREAS),
    ),
    "streets": (
        shapes([*LINES, BOX, shapely.MultiLineString(LINES)], highway=["steps", "motorway", "path", "path"]),
        roles.streets(spec(StreetsSpec), CRS),
    ),
    "edges": (
        shapes([shapely.MultiLineString(LINES), shapely.LineString([(X + 250, Y - 50), (X + 250, Y + 150)])]),
        (*roles.streets(spec(StreetsSpec), CRS), *roles.edges(spec(StreetsSpec, node=True))),
    ),
    "barriers": (shapes([*LINES, shapely.Point(X, Y)]), roles.barriers(spec(), CRS)),
    "land": (shapes([BOX, BOW, shapely.Polygon()]), roles.land(spec(), CRS)),
    "zones": (
        shapes([BOX, NEXT, BOW], code=["Z1", "Z1", "Z2"], name=["甲", "乙", "丙"]),
        roles.zones(spec(DistrictsSpec), CRS),
    ),
    "indicators": (
        raw(pd.DataFrame({"indicator": ["a", "b", "c"], "value": ["1,200", "x", ""], "district": ["410102", "", "9"]})),
        roles.indicators(spec(), AREAS),
    ),
    "table": (raw(pd.DataFrame({"a": ["1", "2"]})), roles.table(spec(columns={"b": "a"}), AREAS)),
}


def digest(rows: Rows) -> tuple[object, ...]:
    """Return all that rows hold, in values that can be compared."""
    table = pd.DataFrame(rows.table).copy()
    for name in table.columns:
        if table[name].dtype == "geometry":
            table[name] = shapely.to_wkb(np.asarray(table[name].array))
    cells = [tuple(map(repr, row)) for row in table.itertuples(name=None)]
    given = None if rows.given is None else rows.given.to_numpy().tolist()
    return (list(table.columns), cells, rows.rejected, rows.notes, given, rows.cells_emptied)


@pytest.mark.parametrize("role", WORK)
def test_no_step_of_a_role_writes_to_the_rows_it_is_given(role):
    layer, steps = WORK[role]
    rows = rows_of(layer)
    did_something = False
    for step in steps:
        assert not rows.refused, rows.notes
        before = digest(rows)
        after = step(rows)
        assert digest(rows) == before
        did_something = did_something or digest(after) != before
        rows = after
    assert did_something
    assert not rows.refused, rows.notes
    assert len(rows.table)


@pytest.mark.parametrize("role", [role for role in WORK if role != "edges"])
def test_every_row_a_role_reads_is_used_or_listed_once(role):
    layer, steps = WORK[role]
    rows = through(rows_of(layer), steps)
    account = account_of(rows, role)
    assert account.rows_read == len(layer.table)
    listed = [row.row for row in rows.rejected]
    assert len(listed) == len(set(listed))


def test_rows_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        rows_of(WORK["table"][0]).table = None


def refusing(code):
    return lambda rows: rows.telling(Problem(code, rows.file, "", "why", "what to do"))


def test_the_first_error_is_the_last_step_but_steps_taken_together_are_all_taken():
    rows = rows_of(WORK["table"][0])
    assert [note.code for note in through(rows, (refusing("a"), refusing("b"))).notes] == ["a"]
    both = through(rows, (together(refusing("a"), refusing("b")), refusing("c")))
    assert [note.code for note in both.notes] == ["a", "b"]


def test_a_row_is_named_by_its_place_in_the_file_though_it_has_an_id():
    layer, steps = WORK["facilities"]
    rows = through(rows_of(layer), steps)
    assert [row.row for row in rows.rejected] == ["2"]
    assert list(rows.table.index) == ["list:1", "list:3", "list:4"]
    assert [rows.row_of(label) for label in rows.table.index] == [1, 3, 4]


@pytest.mark.parametrize(
    ("years", "values", "aside"),
    [
        (["", "", "2018"], ["1", "2", "3"], 0),
        (["", "", ""], ["1", "2", "2"], 3),
        (["", "", ""], ["2", "2", "2"], 0),
    ],
)
def test_values_that_differ_and_name_no_year_are_set_aside(years, values, aside):
    table = pd.DataFrame({"indicator": ["beds"] * 3, "year": years, "value": values})
    areas = gpd.GeoDataFrame({"name": ["a"]}, geometry=[BOX], crs=CRS, index=pd.Index(["W"], name="code"))
    done = through(rows_of(raw(table)), roles.indicators(InputSpec(source="list.csv"), areas))
    assert [(one.field, one.code) for one in done.rejected] == [("year", "value.missing")] * aside
    assert len(done.table) == 3 - aside


def test_units_and_districts_without_a_code_are_told():
    spec = UnitsSpec(source="u")
    layer = shapes([BOX, NEXT], code=["A", ""], name=["a", "b"], type=["village", "village"], district=["W", "W"])
    areas = gpd.GeoDataFrame({"name": ["w"]}, geometry=[BOX.union(NEXT)], crs=CRS, index=pd.Index(["W"], name="code"))
    done = through(rows_of(layer), roles.units(spec, CRS, areas))
    assert [one.code for one in done.notes if "code empty" in one.value] == ["value.missing"]
    districts = shapes([BOX, NEXT], code=["A", None], name=["a", "b"])
    done = through(rows_of(districts), roles.study_districts(DistrictsSpec(source="d"), CRS))
    assert [one.code for one in done.notes if "code empty" in one.value] == ["value.missing"]
