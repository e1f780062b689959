"""Every measure, wherever it comes from: documented, honest about nothing and nobody, and strict about its tables."""

from __future__ import annotations

import importlib

import numpy as np
import pandas as pd
import pytest
from access_worlds import World, world, worlds
from hypothesis import given, settings

from zzgeo.accessibility import binary, equity_table, gini, measures
from zzgeo.accessibility.base import Measure
from zzgeo.errors import SchemaError

ACCESS = [one for one in measures().values() if one.takes in ("cutoff", "decay")]
EQUITY = [one for one in measures().values() if one.takes in ("people", "rank")]
every_access = pytest.mark.parametrize("measure", ACCESS, ids=[one.id for one in ACCESS])
every_equity = pytest.mark.parametrize("measure", EQUITY, ids=[one.id for one in EQUITY])


def access(measure: Measure, one: World) -> pd.Series:
    return measure.compute(*one, 30.0 if measure.takes == "cutoff" else binary(30.0))


def inequality(measure: Measure, *tables: pd.Series, rank: pd.Series | None = None) -> pd.Series:
    extra = {"ranked_by": tables[0] if rank is None else rank} if measure.takes == "rank" else {}
    return measure.compute(*tables, **extra)


def test_all_nine_measures_are_found_by_their_place():
    assert [one.id for one in ACCESS] == ["cumulative", "enhanced-two-step", "gravity", "three-step", "two-step"]
    assert sorted(one.id for one in EQUITY) == ["concentration", "gini", "palma", "theil"]


@pytest.mark.parametrize("measure", measures().values(), ids=list(measures()))
def test_a_measure_is_named_sourced_documented_and_has_a_test_file(measure, root):
    assert measure.label_zh
    assert measure.label_en
    assert any(character.isdigit() for character in measure.source)
    assert "Examples" in (measure.compute.__doc__ or "")
    module = importlib.import_module(measure.compute.__module__).__name__.rpartition(".")[2]
    assert (root / "tests" / "accessibility" / f"test_accessibility_{module}.py").is_file()


@every_access
@settings(max_examples=30, deadline=None)
@given(town=worlds())
def test_nobody_leaves_the_result_and_nothing_is_infinite_or_negative(measure, town):
    before = [table.copy() for table in town]
    found = access(measure, town)
    assert found.index.equals(town.people.index)
    assert not np.isinf(found).any()
    assert not (found < 0).any()
    assert not found[town.people > 0].isna().any()
    pd.testing.assert_frame_equal(town.travel, before[0])
    pd.testing.assert_series_equal(town.people, before[1])
    pd.testing.assert_series_equal(town.capacity, before[2])


@every_access
@settings(max_examples=20, deadline=None)
@given(one=worlds())
def test_the_order_of_rows_changes_nothing(measure, one):
    mixed = World(one.travel.iloc[::-1], one.people.iloc[::-1], one.capacity.iloc[::-1])
    pd.testing.assert_series_equal(access(measure, mixed).sort_index(), access(measure, one).sort_index(), rtol=1e-12)


@every_access
def test_a_place_that_reaches_nothing_has_0_and_an_infinite_way_is_no_way(measure):
    one = world({("far", "f"): np.inf, ("near", "f"): 30.0}, {"far": 5, "near": 5, "off": 5}, {"f": 10})
    assert access(measure, one)[["far", "off"]].tolist() == [0.0, 0.0]
    assert access(measure, one)["near"] > 0


@every_access
def test_everything_that_is_wrong_with_the_tables_is_told_in_one_pass(measure):
    one = world({("p", "f"): -1.0, ("q", "ghost"): 3.0}, {"p": -2, "q": np.nan}, {"f": np.inf})
    with pytest.raises(SchemaError) as caught:
        access(measure, one)
    codes = {problem.code for problem in caught.value.problems}
    assert codes == {"value.negative", "value.missing", "value.nonfinite", "value.unknown_code"}


@every_access
@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (lambda tables: tables._replace(travel=tables.travel.drop(columns="minutes")), "schema.missing_column"),
        (lambda tables: tables._replace(travel=tables.travel.assign(metres=1.0)), "schema.missing_column"),
        (lambda tables: tables._replace(travel=pd.concat([tables.travel, tables.travel])), "row.duplicate"),
        (lambda tables: tables._replace(travel=tables.travel.assign(minutes=np.nan)), "value.missing"),
        (lambda tables: tables._replace(people=pd.concat([tables.people, tables.people])), "id.duplicate"),
        (lambda tables: tables._replace(capacity=pd.concat([tables.capacity, tables.capacity])), "id.duplicate"),
    ],
)
def test_a_broken_table_is_refused(measure, broken, code):
    with pytest.raises(SchemaError, match=code):
        access(measure, broken(world({("p", "f"): 1.0}, {"p": 1}, {"f": 1})))


@every_access
def test_an_empty_travel_table_gives_nobody_anything(measure):
    assert access(measure, world({}, {"p": 3}, {"f": 10})).tolist() == [0.0]


@every_equity
def test_districts_come_in_order_then_the_city_and_places_without_a_district_are_nobodys(measure):
    values, people = pd.Series([1.0, 3.0, 2.0, 9.0]), pd.Series([1, 1, 1, 1])
    home = pd.Series(["b", "b", "a", None], dtype=object)
    found = inequality(measure, values, people, home)
    assert list(found.index) == ["a", "b", "city"]
    assert found.name == measure.id
    pd.testing.assert_series_equal(
        found.loc[["city"]], inequality(measure, values.iloc[:3], people.iloc[:3]), rtol=1e-12
    )


@every_equity
def test_where_nobody_lives_or_nobody_has_anything_there_is_no_number(measure):
    home = pd.Series(["empty", "bare", "bare"])
    found = inequality(measure, pd.Series([1.0, 0.0, 0.0]), pd.Series([0, 4, 5]), home)
    assert found.isna().all()


@every_equity
def test_an_access_unknown_for_people_makes_no_number_but_an_empty_place_may_have_none(measure):
    home, people = pd.Series(["a", "a", "b", "b"]), pd.Series([1, 2, 0, 2])
    found = inequality(measure, pd.Series([np.nan, 1.0, np.nan, 1.0]), people, home)
    assert found.isna().tolist() == [True, False, True]


@every_equity
def test_splitting_a_place_scaling_the_access_and_empty_places_change_nothing(measure):
    values, people = pd.Series([1.0, 4.0, 2.5]), pd.Series([10.0, 20.0, 30.0])
    base = inequality(measure, values, people)["city"]
    split = inequality(measure, pd.Series([1.0, 4.0, 4.0, 2.5, 7.0]), pd.Series([10.0, 5.0, 15.0, 30.0, 0.0]))["city"]
    assert split == pytest.approx(base, rel=1e-12)
    assert inequality(measure, 1000 * values, 7 * people)["city"] == pytest.approx(base, rel=1e-12)


@every_equity
def test_series_that_do_not_belong_together_and_negative_numbers_are_refused(measure):
    with pytest.raises(SchemaError, match=r"file\.inconsistent"):
        inequality(measure, pd.Series([1.0, 2.0]), pd.Series([1, 2], index=[5, 6]))
    with pytest.raises(SchemaError, match=r"value\.negative"):
        inequality(measure, pd.Series([-1.0, 2.0]), pd.Series([1, 2]))


def test_the_table_holds_every_measure_and_concentration_only_where_a_rank_is_given():
    values, people, home = pd.Series([0.0, 2.0, 4.0]), pd.Series([50, 50, 20]), pd.Series(["x", "x", "y"])
    table = equity_table(values, people, home)
    assert list(table.columns) == ["people", "mean", "gini", "palma", "theil"]
    assert table["people"].tolist() == [100, 20, 120]
    assert table["mean"].tolist() == [1.0, 4.0, 1.5]
    assert table.loc["x", "gini"] == gini(values.iloc[:2], people.iloc[:2])["city"] == 0.5
    ranked = equity_table(values, people, home, ranked_by=values)
    assert ranked["concentration"].tolist() == pytest.approx(ranked["gini"].tolist())
