"""Generated counties: the same for the same seed, in its own place, every usual clause judged."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from places import ROOT

import zzgeo
from benchmarks.counties import small_county
from benchmarks.small import Checkout

LAYERS = ("districts", "streets", "units", "land", "centre")


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    return small_county(tmp_path_factory.mktemp("county"), 7, units=30, places=400, streets=300)


def test_the_same_seed_is_the_same_county_and_another_one_lies_elsewhere(county, tmp_path):
    again = small_county(tmp_path / "again", 7, units=30, places=400, streets=300)
    other = small_county(tmp_path / "other", 8, units=30, places=400, streets=300)
    for layer in LAYERS:
        tables = [gpd.read_file(path.parent / "county.gpkg", layer=layer) for path in (county, again, other)]
        assert_geodataframe_equal(*tables[:2])
        assert not tables[0].union_all().intersects(tables[2].union_all())
    for name in ("人口点.csv", "设施.csv"):
        assert (county.parent / name).read_bytes() == (again.parent / name).read_bytes()
        assert (county.parent / name).read_bytes() != (other.parent / name).read_bytes()


def test_a_county_has_what_was_asked_for_and_units_that_tile_it(county):
    units = gpd.read_file(county.parent / "county.gpkg", layer="units").to_crs("EPSG:4547")
    district = gpd.read_file(county.parent / "county.gpkg", layer="districts").to_crs("EPSG:4547")
    tiles = units[units["type"] != "乡镇"]
    assert len(units) == 30
    assert tiles.geometry.area.sum() == pytest.approx(district.geometry.area.sum(), rel=1e-6)
    assert len(pd.read_csv(county.parent / "人口点.csv")) == 400
    assert len(gpd.read_file(county.parent / "county.gpkg", layer="streets")) == pytest.approx(300, rel=0.1)


def test_every_usual_clause_is_judged_in_a_county_without_a_doubt_about_its_codes(county):
    study, problems = zzgeo.check_study(county)
    assert study is not None
    report = zzgeo.audit(study)
    assert len(report.rules) == 10
    assert (report.clauses()["coverage"] == "judged").sum() == 10
    assert not [one.line() for one in problems if one.code.startswith(("value.", "crs.", "id."))]
    assert len(study.demand) == 400


def test_the_benchmark_of_small_studies_runs_the_checkout_it_is_told(tmp_path):
    (tmp_path / "zzgeo.py").write_text("where = __file__")
    for top, told in ((ROOT, str(ROOT / "zzgeo")), (tmp_path, str(tmp_path))):
        seconds, printed = Checkout(top, tmp_path).run("-P", "-c", "import zzgeo; print(zzgeo.__file__)")
        assert printed.startswith(told)
        assert seconds > 0
