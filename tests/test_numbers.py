"""Figures are written to what they mean, whatever the last digits of the libraries are."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import drawn
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import ROOT

from zzgeo.numbers import DECIMALS, settled, settled_table, settled_values, unit_of

#: What the end of a name says of the decimals under it: told once more here, not read from what is tested.
_DECIMALS = {"_m": 3, "_ha": 4, "_km2": 6, "lon": 7, "lat": 7}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _too_fine(name: str, cell: str) -> bool:
    """Tell whether a figure has more decimals than its name allows, or more digits than any figure has."""
    if not _NUMBER.fullmatch(cell):
        return False
    _, _, decimals = cell.partition(".")
    allowed = next((most for end, most in _DECIMALS.items() if name.endswith(end)), 9 if "share" in name else 15)
    return len(decimals) > allowed or (len((cell.lstrip("-0.")).replace(".", "")) > 10 < len(cell) and bool(decimals))


def _figures(name: str, value: object):
    if isinstance(value, float):
        yield name, repr(value)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _figures(key, one)
    elif isinstance(value, list):
        for one in value:
            yield from _figures(name, one)


def test_every_figure_of_every_table_stands_on_its_grid(demo: Path):
    seen, fine = 0, []
    tables = {path.name: pd.read_csv(path, dtype=str, keep_default_na=False) for path in demo.glob("*.csv")}
    tables |= {
        path.name: pyarrow.parquet.read_table(path).to_pandas().map(lambda one: repr(one) if one == one else "")
        for path in demo.glob("data/*.parquet")
    }
    for file, table in tables.items():
        for name in table.columns.drop("geometry", errors="ignore"):
            cells = table[name].astype(str).unique()
            seen += sum(bool(_NUMBER.fullmatch(cell)) and "." in cell for cell in cells)
            fine += [(file, name, cell) for cell in cells if _too_fine(name, cell)]
    told = json.loads((demo / "audit.json").read_text("utf-8"))
    findings = [*told["findings"], *(rule["usual"] for rule in told["rules"])]
    fine += [("audit.json", *one) for finding in findings for one in _figures("", finding) if _too_fine(*one)]
    assert seen > 10_000
    assert fine == []


@pytest.mark.parametrize("unit", [*DECIMALS, "people", "beds per 1000 people", ""])
@given(value=drawn.grid(-20_000, 20_000, 1e-6), noise=st.integers(-50, 50))
def test_the_last_digits_of_the_libraries_are_not_written(unit, value, noise):
    told = settled(value, unit)
    assert settled(told, unit) == told
    finest = 10.0 ** -DECIMALS[unit] if unit in DECIMALS else 1e-10 * max(abs(value), 1e-6) * 10
    assert abs(told - value) <= finest / 2 * (1 + 1e-6) + 1e-12
    # a figure in the middle of its step is the same with any noise a sum or a projection may have
    middle = told
    for _ in range(abs(noise)):
        middle = math.nextafter(middle, math.copysign(math.inf, noise))
    assert settled(middle, unit) == told


def test_what_is_missing_and_what_is_unreachable_stays():
    table = pd.DataFrame({"farthest_m": [np.nan, np.inf, -np.inf, 12.3456789], "name": ["a", "b", "c", "d"]})
    told = settled_table(table)
    pd.testing.assert_series_equal(told["farthest_m"], pd.Series([np.nan, np.inf, -np.inf, 12.346], name="farthest_m"))
    assert table["farthest_m"].iloc[3] == 12.3456789  # never written to
    assert settled_table(told) is told


def test_a_figure_whose_unit_stands_beside_it_goes_by_that_unit():
    table = pd.DataFrame({"value": [1 / 3, 1234.56789, 2 / 3], "value_unit": ["share", "m", "beds"], "gap": [0.1] * 3})
    assert settled_table(table)["value"].tolist() == [0.333333333, 1234.568, 0.6666666667]


def test_parameters_are_told_by_their_names_however_deep_they_stand():
    told = settled_values({"farthest_m": [1.23456, 2], "share_at": {"0.8 m/s": 2 / 3}, "note": "1.23456789", "n": 7})
    assert told == {"farthest_m": [1.235, 2], "share_at": {"0.8 m/s": 0.666666667}, "note": "1.23456789", "n": 7}
    assert unit_of("km") == ""


def test_property_tests_draw_numbers_of_the_field_or_any_number_whatever():
    """Bounds on floats of any fineness are neither: 6e-267 is inside 0 to 100, and no survey has it."""
    bounded = re.compile(r"floats\((?!\)|allow_nan=True)")
    files = [path for path in (ROOT / "tests").rglob("*.py") if path.name != "test_numbers.py"]
    assert len(files) > 100
    assert [str(path) for path in files if bounded.search(path.read_text("utf-8"))] == []


@given(
    st.lists(
        st.one_of(
            st.floats(-1e7, 1e7, allow_subnormal=False),
            st.floats(1e-12, 1e15),
            st.integers(-(10**9), 10**9).map(lambda number: number / 2000),
            st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0, 0.0005, 2.675, 0.99999999999, 9999999999.5, 1e-300]),
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from(["x", "farthest_m", "area_m2", "lon", "share", "minutes", "area_ha"]),
)
def test_a_column_is_settled_as_each_of_its_figures_is(values: list[float], name: str) -> None:
    column = settled_table(pd.DataFrame({name: values}))[name].to_numpy()
    alone = np.array([settled(value, unit_of(name)) for value in values])
    assert np.array_equal(column, alone, equal_nan=True)
