"""How people walk in a study: its profile, what it says itself, and the streets that come of it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from files import X, Y, edit, write_study
from shapely import LineString

from zzgeo.errors import InputError
from zzgeo.intake.study import load_study
from zzgeo.intake.walking import Walking, study_walking
from zzgeo.served import walk_network
from zzgeo.spec.study_file import WalkingSpec, read_study_file


def walking(folder: Path = Path(), **said: object) -> Walking:
    return study_walking(WalkingSpec.model_validate(said), folder)


def walked(study: Path, lines: str) -> Path:
    """Write a table ``[walking]`` into a study."""
    text = study.read_text("utf-8").split("[walking]")[0]
    study.write_text(f"{text}\n[walking]\n{lines}\n", encoding="utf-8")
    return study


def test_where_nothing_is_said_people_walk_by_the_default_profile():
    plain = walking()
    assert plain == Walking()
    assert (plain.profile.id, plain.residents, plain.aged_60_plus, plain.snap_max_m) == ("cn-default", 1.1, 0.8, 200.0)
    assert plain.sensitivity == (0.8, 0.9, 1.0, 1.1)


def test_a_study_chooses_a_profile_and_changes_single_keys():
    own = walking(profile="osmnx", trunk="closed", speeds_m_per_s={"aged_80_plus": 0.5})
    assert (own.profile.id, own.profile.trunk, own.profile.cycleways) == ("osmnx", "closed", "closed")
    assert (own.speed("aged_80_plus"), own.speed("residents")) == (0.5, 1.1)


def test_speeds_of_a_study_go_before_the_profile():
    own = walking(profile="accessible", residents=1.3)
    assert (own.residents, own.aged_60_plus, own.speed("nobody")) == (1.3, 0.6, 1.3)


def test_a_speed_for_the_elderly_is_that_of_older_groups_who_walk_alike():
    own = walking(aged_60_plus=0.7)
    assert [own.speed(f"aged_{age}_plus") for age in (60, 65, 80)] == [0.7, 0.7, 0.6]
    own = walking(aged_60_plus=0.7, speeds_m_per_s={"aged_65_plus": 0.75})
    assert [own.speed(f"aged_{age}_plus") for age in (60, 65, 80)] == [0.7, 0.75, 0.6]


def test_a_profile_of_its_own_stands_beside_the_study(tmp_path):
    study = write_study(tmp_path / "study")
    (study.parent / "mine.toml").write_text(
        'like = "cn-default"\nid = "mine"\nzh = "我的"\nen = "mine"\nsteps = "closed"\n', encoding="utf-8"
    )
    loaded = load_study(walked(study, 'profile = "mine.toml"\ncrossing_delay_s = 20'))
    assert (loaded.walking.profile.id, loaded.walking.profile.steps) == ("mine", "closed")
    assert loaded.walking.profile.crossing_delay_s == 20.0


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('profile = "osm-nx"', "they are cn-default, osmnx, r5, accessible"),
        ('trunk = "maybe"', "Input should be 'at-grade', 'sidewalk', 'open' or 'closed'"),
        ('squaers = "cross"', "no such key"),
        ("residents = 9", "less than or equal to 5"),
        ("[walking.speeds_m_per_s]\nchildren = 0", "children = 0: walking speeds lie between 0 and 5 m/s"),
    ],
)
def test_what_is_wrong_is_one_line_with_what_is_allowed(tmp_path, lines, said):
    study = walked(write_study(tmp_path / "study"), lines)
    with pytest.raises(InputError) as error:
        load_study(study)
    assert [problem.code for problem in error.value.problems] == ["config.invalid"]
    assert said in error.value.problems[0].line()
    if said != "they are cn-default, osmnx, r5, accessible":
        last = len(study.read_text("utf-8").splitlines())
        assert error.value.problems[0].where in (f"study.toml:{last}", f"study.toml:{last - 1}")
        with pytest.raises(InputError):
            read_study_file(study)


@pytest.mark.parametrize(("name", "code"), [("gone.toml", "file.missing"), ("https://a.b/c.toml", "config.unsafe")])
def test_a_profile_that_is_not_there_is_told(tmp_path, name, code):
    study = walked(write_study(tmp_path / "study"), f'profile = "{name}"')
    with pytest.raises(InputError, match=code.replace(".", r"\.")):
        load_study(study)


def layered(study: Path, **columns: list[object]) -> Path:
    """Give a study a street layer of parallel lines."""
    lines = [
        LineString([(X, Y + 100 * row), (X + 2000, Y + 100 * row)]) for row in range(len(next(iter(columns.values()))))
    ]
    gpd.GeoDataFrame(columns, geometry=lines, crs="EPSG:4547").to_file(study.parent / "roads.gpkg")
    text = study.read_text("utf-8")
    source = text.split("[streets]")[1].split("\n")[1]
    edit(study, source, 'source = "roads.gpkg"')
    return study


def test_the_streets_of_a_study_follow_its_profile_and_private_ones_stay_marked(tmp_path):
    rows = {"fclass": ["residential", "trunk", "steps", "motorway"], "access": [None, None, "private", None]}
    study = layered(write_study(tmp_path / "study"), **rows)
    loaded = load_study(study)
    assert loaded.streets["fclass"].tolist() == ["residential", "trunk", "steps"]
    assert loaded.streets["private"].tolist() == [False, False, True]
    assert {note.code for note in loaded.warnings} >= {"osm.tag", "osm.private_way", "osm.trunk_at_grade"}
    aside = loaded.quarantined[loaded.quarantined["code"] == "osm.tag"]
    assert aside[["field", "value", "reason"]].to_numpy().tolist() == [["fclass", "motorway", "highway=motorway"]]
    network = walk_network(loaded)
    assert len(network.edges) == 3
    assert "osm.private_way" not in {note.code for note in network.notes}

    walked(study, 'profile = "accessible"\ntrunk = "sidewalk"')
    assert load_study(study).streets["fclass"].tolist() == ["residential"]
