"""Decays: the published numbers, limits that are inclusive, and refusals."""

from __future__ import annotations

import math

import drawn
import numpy as np
import pytest
from hypothesis import given

from zzgeo.accessibility import Decay, binary, exponential, gaussian, gaussian_to_zero, power, steps


def test_the_gaussian_is_that_of_pysal_access():
    assert gaussian(1)(1.0).item() == pytest.approx(0.6065306597, abs=5e-11)
    assert gaussian(2)(1.0).item() == pytest.approx(0.88249690, abs=5e-9)


def test_the_gaussian_that_ends_at_0_is_that_of_invest():
    found = gaussian_to_zero(3)(np.array([0.0, 1.0, 2.0, 3.0]))
    assert found == pytest.approx([1, 0.8626563, 0.4935753, 0], abs=5e-8)
    assert found[[0, 3]].tolist() == [1.0, 0.0]


def test_steps_weigh_each_sub_zone_and_a_limit_belongs_to_the_nearer_one():
    zones = steps({15: 0.22, 5: 1, 10: 0.68})
    ways = np.array([0, 5, 5 + 1e-7, 5.1, 10, 15, 15 + 1e-7, 15.1, math.inf])
    assert zones(ways).tolist() == [1, 1, 1, 0.68, 0.68, 0.22, 0.22, 0, 0]


@pytest.mark.parametrize("make", [binary, gaussian_to_zero, lambda d: gaussian(d, d), lambda d: exponential(1 / d, d)])
def test_a_limit_is_inclusive_to_a_millionth_and_nothing_counts_beyond_it(make):
    decay = make(500.0)
    assert decay(500.0) == decay(500 + 9e-7)
    assert decay(500 + 2e-6) == 0
    assert decay(math.inf) == 0


@given(way=drawn.grid(0, 1e4), more=drawn.grid(0, 1e4))
def test_a_longer_way_never_weighs_more_and_no_weight_is_outside_0_and_1(way, more):
    falling = (binary(900), steps({300: 1, 900: 0.4}), gaussian(300), gaussian_to_zero(900), exponential(0.002))
    for decay in (*falling, power(100, -2, at_least=100)):
        near, far = decay(np.array([way, way + more]))
        assert 0 <= far <= near <= 1, decay.name


def test_a_power_is_that_of_pysal_access():
    fall = power(20, -2, at_least=1)(np.array([0, 1, 2, 20, 40, 60]))
    assert fall.round(2).tolist() == [400.0, 400.0, 100.0, 1.0, 0.25, 0.11]


@pytest.mark.parametrize(
    "make",
    [
        lambda: binary(0),
        lambda: binary(math.nan),
        lambda: gaussian(0),
        lambda: gaussian_to_zero(-1),
        lambda: exponential(0),
        lambda: power(0, 1),
        lambda: power(60, -1),
        lambda: steps({}),
        lambda: steps({0: 1}),
        lambda: steps({5: -1}),
        lambda: Decay("none", np.ones_like, 0),
    ],
)
def test_a_decay_that_makes_no_sense_is_refused(make):
    with pytest.raises(ValueError, match=r"must be|at least one limit|give at_least"):
        make()
