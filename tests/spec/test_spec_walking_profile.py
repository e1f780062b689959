"""Walking profiles: the shipped files, copies of a planner, single keys changed, and what a wrong one is told."""

from __future__ import annotations

from importlib import resources

import pytest

from zzgeo.errors import InputError
from zzgeo.spec.walking import AGED_M_PER_S, RESIDENTS_M_PER_S
from zzgeo.spec.walking_profile import SHIPPED, walking_profile


def problems(call) -> list[str]:
    with pytest.raises(InputError) as error:
        call()
    assert {problem.code for problem in error.value.problems} <= {"config.invalid"}
    return [problem.line() for problem in error.value.problems]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_is_a_file_that_can_be_copied(name, tmp_path):
    text = (resources.files("zzgeo.spec") / "walking_profiles" / f"{name}.toml").read_text("utf-8")
    copy = tmp_path / "mine.toml"
    copy.write_text(text, encoding="utf-8")
    profile = walking_profile(copy)
    assert profile == walking_profile(name)
    assert profile.id == name
    assert profile.zh
    assert profile.en
    assert hash(profile) == hash(walking_profile(name))


def test_the_default_speeds_are_those_of_the_resolution():
    assert (RESIDENTS_M_PER_S, AGED_M_PER_S) == (1.1, 0.8)
    profile = walking_profile("cn-default")
    groups = ("residents", "aged_60_plus", "aged_65_plus", "aged_80_plus", "children", "couriers")
    assert [profile.speed(group) for group in groups] == [1.1, 0.8, 0.8, 0.6, 1.1, 1.1]


def test_a_short_copy_takes_the_rest_from_the_profile_it_is_like(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'like = "r5"\nid = "mine"\nzh = "我的"\nen = "mine"\nsteps = "closed"\n[speeds_m_per_s]\ncouriers = 2.0\n',
        "utf-8",
    )
    profile = walking_profile(path, {"trunk": "sidewalk", "speeds_m_per_s": {"residents": 1.0}})
    assert (profile.id, profile.steps, profile.cycleways, profile.trunk) == ("mine", "closed", "permission", "sidewalk")
    assert (profile.speed("couriers"), profile.speed("residents"), profile.speed("aged_60_plus")) == (2.0, 1.0, 0.8)
    assert walking_profile("r5").trunk == "open"


def test_a_whole_profile_must_say_every_key(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('id = "mine"\nzh = "我"\nen = "mine"\ntrunk = "open"\n', "utf-8")
    (line,) = problems(lambda: walking_profile(path))
    assert "streets" in line
    assert "steps" in line
    assert "trunk" not in line.split("·")[2]


def test_every_wrong_key_is_one_line_with_what_is_allowed(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'like = "cn-default"\nid = "mine"\nzh = "我"\nen = "mine"\ntrunk = "maybe"\nsquaers = "cross"\n'
        "ferries = 1\ncrossing_delay_s = -3\n[speeds_m_per_s]\nresidents = 11\n",
        "utf-8",
    )
    lines = problems(lambda: walking_profile(path))
    assert len(lines) == 5
    told = "\n".join(lines)
    assert "mine.toml:5 · trunk · Input should be 'at-grade', 'sidewalk', 'open' or 'closed'" in told
    assert "mine.toml:6 · squaers · no such key" in told
    assert "mine.toml:7 · ferries" in told
    assert "greater than or equal to 0" in told
    assert "residents = 11: walking speeds lie between 0 and 5 m/s" in told


def test_an_unknown_name_is_told_the_known_ones():
    (line,) = problems(lambda: walking_profile("osm-nx"))
    assert all(name in line for name in SHIPPED)


def test_a_wrong_override_is_told():
    assert "at-grade" in problems(lambda: walking_profile("r5", {"trunk": 1}))[0]
