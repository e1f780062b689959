"""Every measure of a study at once, against independent sums over a street everybody can walk."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from shapely import LineString, box
from toy import facility, people, study

from zzgeo.accessibility import AccessChoices, measure_access
from zzgeo.errors import InputError
from zzgeo.served import CITY

KIND = "elderly_day_care"
#: One straight street; places and facilities at these metres along it.
HOMES = {"a": (0, 100, 10), "b": (600, 50, 20), "c": (1500, 30, 5), "d": (4900, 20, 2)}
BEDS = {"F1": (300, 30), "F2": (1400, 60)}
SPEED = 4000 / 3600


def town(**more):
    halves = {"W": box(-100, -500, 1000, 500), "E": box(1000, -500, 6000, 500)}
    homes = {
        name: people(x, 0, residents, aged, district="W" if x < 1000 else "E", unit=None)
        for name, (x, residents, aged) in HOMES.items()
    }
    homes["off"] = people(500, 450, 7, 1, district="W", unit=None)
    offered = {name: facility(x, 0, capacity=beds) for name, (x, beds) in BEDS.items()}
    return study(facilities=offered, demand=homes, streets=[LineString([(0, 0), (5000, 0)])], districts=halves, **more)


def ways(speed):
    """Return minutes of every pair of the places on the street, shape (4, 2), by plain subtraction."""
    home = np.array([x for x, *_ in HOMES.values()], dtype=float)
    place = np.array([x for x, _ in BEDS.values()], dtype=float)
    return np.abs(home[:, None] - place[None, :]) / (60 * speed)


@pytest.fixture(scope="module")
def result():
    return measure_access(town(), AccessChoices((KIND,), minutes=10, capacity="capacity"))


def test_every_measure_of_places_agrees_with_an_independent_sum(result):
    minutes, heads = ways(result.metres_per_second), np.array([100.0, 50.0, 30.0, 20.0])
    beds = np.array([30.0, 60.0])
    near = (minutes <= 10).astype(float)
    fall = np.where(minutes <= 10, (np.exp(-0.5 * (minutes / 10) ** 2) - np.exp(-0.5)) / (1 - np.exp(-0.5)), 0.0)
    choice = fall / np.where(fall.sum(1) > 0, fall.sum(1), 1.0)[:, None]
    catchment = {
        name: (weight * (beds / (weight * heads[:, None]).sum(0))).sum(1)
        for name, weight in {"two-step": near, "enhanced-two-step": fall, "three-step": choice * fall}.items()
    }
    expected = {"cumulative": (near * beds).sum(1), "gravity": (fall * beds).sum(1), **catchment}
    assert set(result.choices.measures) == set(expected)
    for name, values in expected.items():
        assert result.places.loc[list(HOMES), name].to_numpy() == pytest.approx(values, abs=1e-9), name
    assert (result.places.loc[list(HOMES), "minutes"].to_numpy()) == pytest.approx(minutes.min(1))


def test_people_are_within_beyond_or_not_judged_and_the_city_is_the_sum(result):
    table = result.districts
    assert table.loc["W", ["people", "within", "beyond", "excluded"]].tolist() == [157, 150, 0, 7]
    assert table.loc["E", ["people", "within", "beyond", "excluded"]].tolist() == [50, 30, 20, 0]
    assert table.loc[CITY, ["people", "within", "beyond", "excluded"]].tolist() == [207, 180, 20, 7]
    assert table.loc["W", "share"] == 1.0
    assert table.loc[CITY, "share"] == pytest.approx(0.9)
    assert result.places.loc["off", ["minutes", "cumulative", "two-step"]].isna().all()


def test_inequality_is_of_the_people_who_can_be_judged(result):
    rows = result.measured.set_index(["measure", "district"])
    access, heads = result.places.loc[list(HOMES), "cumulative"].to_numpy(float), np.array([100.0, 50.0, 30.0, 20.0])
    everybody = np.repeat(access, heads.astype(int))
    apart = np.abs(everybody[:, None] - everybody[None, :]).mean() / (2 * everybody.mean())
    assert rows.loc[("cumulative", CITY), "gini"] == pytest.approx(apart)
    assert rows.loc[("cumulative", CITY), "mean"] == pytest.approx(everybody.mean())
    assert rows.loc[("cumulative", CITY), "people"] == 200


def test_the_curve_counts_who_is_there_by_each_minute_and_ends_at_all_who_arrive(result):
    minutes, heads = ways(result.metres_per_second).min(1), np.array([100, 50, 30, 20])
    city = result.curve[result.curve["district"] == CITY].set_index("minute")
    assert list(city.index) == list(range(61))
    for minute in city.index:
        assert city.loc[minute, "people"] == heads[minutes <= minute + 1e-9].sum()
    assert city.loc[60, "share"] == 1.0
    assert (city["people"].diff().dropna() >= 0).all()
    by_district = result.curve[result.curve["district"] != CITY].groupby("minute")["people"].sum()
    assert by_district.tolist() == city["people"].tolist()
    within = city.loc[10, "people"]
    assert within == result.districts.loc[CITY, "within"]


@pytest.mark.parametrize(("beyond_m", "minute"), [(0.0, 3), (1e-7, 3), (1e-3, 4), (-1e-3, 3)])
def test_a_minute_includes_who_lives_at_its_end_to_a_millionth_of_a_metre(beyond_m, minute):
    speed = town().walking.speed("residents")
    city = study(
        facilities={"F": facility(0, 0)},
        demand={"p": people(3 * 60 * speed + beyond_m, 0, 10, 1)},
        streets=[LineString([(0, 0), (5000, 0)])],
    )
    result = measure_access(city, AccessChoices((KIND,), minutes=3))
    reached = result.curve[(result.curve["district"] == CITY) & (result.curve["people"] > 0)]
    assert reached["minute"].min() == minute
    assert result.districts.loc[CITY, "within"] == (10 if minute == 3 else 0)


def test_half_the_people_are_as_near_as_the_median(result):
    assert result.districts.loc[CITY, "median_minutes"] == pytest.approx(300 / (60 * result.metres_per_second))
    far = measure_access(town(), AccessChoices((KIND,), minutes=10, group="aged_60_plus"))
    assert far.metres_per_second < result.metres_per_second
    assert far.districts.loc[CITY, "people"] == 38


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        (AccessChoices(("没有",)), "kind.unknown"),
        (AccessChoices(("park",)), "kind.unlisted"),
        (AccessChoices((KIND,), minutes=0), "config.invalid"),
        (AccessChoices((KIND,), minutes=float("nan")), "config.invalid"),
        (AccessChoices((KIND,), measures=("gini",)), "config.invalid"),
        (AccessChoices((KIND,), group="children"), "schema.missing_column"),
        (AccessChoices((KIND,), capacity="floor_area_m2"), "value.missing"),
    ],
)
def test_what_cannot_be_measured_is_refused(choices, code):
    with pytest.raises(InputError) as refused:
        measure_access(town(), choices)
    assert code in {problem.code for problem in refused.value.problems}


def test_a_rank_of_the_people_gives_the_concentration_index():
    ranked = measure_access(town(), AccessChoices((KIND,), capacity="capacity", ranked_by="aged_60_plus"))
    assert "concentration" in ranked.measured.columns
    assert "concentration" not in measure_access(town(), AccessChoices((KIND,))).measured.columns


def test_people_nobody_counted_are_left_out_and_that_is_said():
    city = town()
    city.demand.loc["d", "residents"] = np.nan
    result = measure_access(city, AccessChoices((KIND,), minutes=10))
    assert result.districts.loc[CITY, "people"] == 187
    assert any("left out: 1" in en for _, en in result.notes)
    assert pd.isna(city.demand.loc["d", "residents"])
