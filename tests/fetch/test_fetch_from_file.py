"""A study from a file of OpenStreetMap alone: districts, streets, facilities, people spread evenly, and how certain."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from osm_map import LAT, LON, M_LAT, M_LON, osm_map
from osm_stub import Stub, city, node, serving, way
from shapely import box

import zzgeo
from zzgeo.cli.commands import run
from zzgeo.errors import EnvironmentFault, InputError
from zzgeo.fetch.from_file import is_map, study_from_file
from zzgeo.fetch.study_text import certainty


def ring(first, x, y, side, **tags):
    """Return the nodes and the way of a square area."""
    corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    nodes = {first + number: corner for number, corner in enumerate(corners)}
    return nodes, {first: ([*nodes, first], tags)}


def town(path, *, homes=(), levels=()):
    """Write a street of 1 km with a school and a pharmacy, homes (x, y, side, tags) and boundaries (level, x, side)."""
    nodes = {
        1: (0, 0),
        2: (1000, 0),
        3: (100, 5, {"amenity": "school", "name": "一小"}),
        4: (900, 5, {"amenity": "pharmacy", "name": "药店"}),
    }
    ways, relations = {1: ([1, 2], {"highway": "residential"})}, {}
    for number, (x, y, side, tags) in enumerate(homes, start=1):
        more, way = ring(100 * number, x, y, side, **tags)
        nodes |= more
        ways |= way
    for number, (level, x, side) in enumerate(levels, start=1):
        more, way = ring(10_000 * number, x, -side / 2, side)
        nodes |= more
        ways |= way
        tags = {"type": "boundary", "boundary": "administrative", "admin_level": str(level), "name": f"区{number}"}
        relations[number] = ([(10_000 * number, "outer")], tags)
    return osm_map(path, nodes, ways, relations)


LAND = {"landuse": "residential"}


def square(x, side):
    return box(LON + x / M_LON, LAT - side / 2 / M_LAT, LON + (x + side) / M_LON, LAT + side / 2 / M_LAT)


def test_people_are_spread_by_area_over_homes_and_none_is_lost(tmp_path):
    homes = [(100, 20, 200, LAND), (600, 20, 100, LAND), (800, 20, 40, {"building": "apartments"})]
    path = town(tmp_path / "town.osm", homes=homes, levels=[(6, -100, 1300)])
    study_file, content = study_from_file(path, tmp_path / "out", people=5160)
    people = pd.read_csv(tmp_path / "out" / "people.csv")
    assert people["residents"].sum() == pytest.approx(5160, rel=1e-9)
    x = (people["lon"] - LON) * M_LON
    # 4 ha, 1 ha and 0.16 ha of homes: a thousand people to the hectare
    assert people.loc[x < 400, "residents"].sum() == pytest.approx(4000, rel=1e-3)
    assert people.loc[(x > 500) & (x < 750), "residents"].sum() == pytest.approx(1000, rel=1e-3)
    assert people.loc[x > 790, "residents"].sum() == pytest.approx(160, rel=1e-3)
    assert content.people.en == "residential land and buildings"
    assert content.people.hectares == pytest.approx(5.16, rel=1e-3)
    study = zzgeo.load_study(study_file)
    assert study.demand["residents"].sum() == pytest.approx(5160, rel=1e-9)
    assert {"primary_school", "pharmacy"} & set(study.facilities["kind"])
    assert study.districts["name"].tolist() == ["区1"]


def test_without_a_number_a_hectare_counts_as_one_and_that_is_said(tmp_path):
    path = town(tmp_path / "town.osm", homes=[(100, 20, 200, LAND)], levels=[(6, -100, 1300)])
    study_file, content = study_from_file(path, tmp_path / "out")
    assert pd.read_csv(tmp_path / "out" / "people.csv")["residents"].sum() == pytest.approx(4.0, rel=1e-3)
    zh, en = certainty(content)
    assert "不是人" in zh
    assert "not people" in en
    assert en.startswith("Low certainty: OpenStreetMap alone")
    study = zzgeo.load_study(study_file)
    assert study.notice == {"zh": zh, "en": en}


def test_next_to_no_homes_on_the_map_is_land_near_streets(tmp_path):
    path = town(tmp_path / "town.osm", homes=[(100, 20, 10, LAND)], levels=[(6, -100, 1300)])
    _, content = study_from_file(path, tmp_path / "out", people=100)
    assert content.people.en == "land within 50 m of a street"
    people = pd.read_csv(tmp_path / "out" / "people.csv")
    assert people["residents"].sum() == pytest.approx(100, rel=1e-9)
    assert (np.abs((people["lat"] - LAT) * M_LAT) <= 50.5).all()
    # a strip of 1 km with half circles at its ends
    assert content.people.hectares == pytest.approx((1000 * 100 + np.pi * 50**2) / 1e4, rel=0.01)


def test_two_districts_that_share_a_square_each_keep_their_people(tmp_path):
    boundary = tmp_path / "two.gpkg"
    halves = [square(0, 550), square(550, 550)]
    gpd.GeoDataFrame({"代码": ["A", "B"], "名称": ["西", "东"]}, geometry=halves, crs=4326).to_file(boundary)
    path = town(tmp_path / "town.osm", homes=[(350, 10, 250, LAND)])
    study_file, _ = study_from_file(path, tmp_path / "out", boundary=boundary, people=250)
    study = zzgeo.load_study(study_file)
    assert study.districts["name"].to_dict() == {"A": "西", "B": "东"}
    held = study.demand.groupby("district", observed=True)["residents"].sum()
    assert held.to_dict() == {"A": pytest.approx(200, rel=0.01), "B": pytest.approx(50, rel=0.02)}


def test_of_several_levels_counties_are_taken_else_the_widest(tmp_path):
    levels = [(5, -200, 1600), (6, -100, 500), (6, 400, 700), (8, 0, 100)]
    counties = town(tmp_path / "a.osm", levels=levels)
    _, content = study_from_file(counties, tmp_path / "a")
    assert content.districts == 2
    wide = town(tmp_path / "b.osm", levels=[(5, -200, 1600), (8, 0, 100)])
    _, content = study_from_file(wide, tmp_path / "b")
    assert (content.districts, content.name) == (1, "区1")
    assert not any("hull" in en for _, en in content.doubts)


def test_without_a_boundary_the_hull_of_the_streets_stands_for_one_and_that_is_said(tmp_path):
    _, content = study_from_file(town(tmp_path / "town.osm"), tmp_path / "out")
    assert "hull" in certainty(content)[1]
    assert "外包范围" in certainty(content)[0]
    assert "the day the file was written" in certainty(content)[1]
    assert content.name == "town"


@pytest.mark.parametrize("people", [0, -1, float("nan"), float("inf")])
def test_a_wrong_number_of_people_is_refused_and_nothing_is_written(tmp_path, people):
    with pytest.raises(InputError, match="above 0"):
        study_from_file(town(tmp_path / "town.osm"), tmp_path / "out", people=people)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(EnvironmentFault):
        study_from_file(town(tmp_path / "town.osm"), tmp_path / "out")
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_the_same_file_gives_the_same_bytes(tmp_path):
    path = town(tmp_path / "town.osm", homes=[(100, 20, 200, LAND)])
    study_from_file(path, tmp_path / "a", people=9)
    study_from_file(path, tmp_path / "b", people=9)
    for name in ("study.toml", "people.csv", "districts.gpkg", "openstreetmap.osm", "SOURCES.md"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_a_file_is_told_from_a_name():
    assert is_map("a/B.OSM.PBF")
    assert is_map("x.osm")
    assert not is_map("郑州市")
    assert not is_map("relation/123")


@pytest.mark.usefixtures("only_loopback")
def test_a_place_that_is_asked_online_gets_people_too(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    streets = (
        node(1, 121.468, 31.230)
        + node(2, 121.480, 31.230)
        + node(4, 121.474, 31.234)
        + way(21, [1, 2], highway="residential")
        + way(23, [2, 4], highway="path")
    )
    with serving(Stub(city(streets))) as stub:
        services = ["--endpoint", f"{stub.address}/api/interpreter", "--nominatim", stub.address]
        arguments = ["try", "测试市", "--out", str(tmp_path / "out"), "--people", "3000", "--profile", "zz-2020"]
        assert run([*arguments, *services]) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert "3,000 as stated by the user" in first
    study = zzgeo.load_study(tmp_path / "out" / "study" / "study.toml")
    assert study.demand["residents"].sum() == pytest.approx(3000, rel=1e-9)
    assert first == study.notice["en"]
    assert "people.csv" in (tmp_path / "out" / "study" / "SOURCES.md").read_text("utf-8")
    assert "可信度低" in (tmp_path / "out" / "audit" / "index.html").read_text("utf-8")
