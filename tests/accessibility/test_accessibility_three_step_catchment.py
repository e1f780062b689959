"""3SFCA: reckoned by hand, capacity conserved, and E2SFCA where nobody has a choice."""

from __future__ import annotations

import numpy as np
import pytest
from access_worlds import World, dense, world, worlds
from hypothesis import given, settings

from zzgeo.accessibility import enhanced_two_step, steps, three_step

ZONES = steps({10: 1.0, 20: 0.68, 30: 0.22})


def test_people_with_a_choice_ask_less_of_each_facility():
    one = world({("p", "a"): 5.0, ("p", "b"): 20.0, ("q", "b"): 5.0}, {"p": 84, "q": 100}, {"a": 50, "b": 60})
    choice_a, choice_b = 1 / 1.68, 0.68 / 1.68
    ratio_a = 50 / (choice_a * 84)
    ratio_b = 60 / (choice_b * 0.68 * 84 + 100)
    found = three_step(*one, ZONES)
    assert found["p"] == pytest.approx(choice_a * ratio_a + choice_b * 0.68 * ratio_b)
    assert found["q"] == pytest.approx(ratio_b)


@settings(max_examples=50, deadline=None)
@given(one=worlds())
def test_what_people_get_adds_up_and_without_a_choice_it_is_e2sfca(one):
    reached = (one.people.to_numpy() @ ZONES(dense(one))) > 0
    handed_out = (one.people * three_step(*one, ZONES).fillna(0)).sum()
    assert handed_out == pytest.approx(one.capacity.to_numpy()[reached].sum(), rel=1e-9)
    single = World(one.travel.drop_duplicates("demand_id"), one.people, one.capacity)
    alike = np.isclose(three_step(*single, ZONES), enhanced_two_step(*single, ZONES), rtol=1e-12, equal_nan=True)
    assert alike.all()


def test_a_second_facility_next_door_does_not_double_the_people_asking():
    alone = world({("p", "a"): 5.0}, {"p": 100}, {"a": 50})
    pair = world({("p", "a"): 5.0, ("p", "b"): 5.0}, {"p": 100}, {"a": 50, "b": 50})
    assert three_step(*pair, ZONES)["p"] == pytest.approx(2 * three_step(*alone, ZONES)["p"])
