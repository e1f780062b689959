"""Population rasters as files: opened as GeoTIFF and nothing else, looked through window by window."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import rasterio
from rasters import BAD, STEP, from_origin, no_crs, worldpop, write
from reading import noted, read, refused

from zzgeo.formats import raster


@pytest.mark.parametrize(
    ("name", "speaks"),
    [("ppp_2020_1km_Aggregated", False), ("chn_ppp_2020_UNadj", False), ("人口", False), ("population-density", True),
     ("gpw_v4_population_density_rev11", True), ("pop per sqkm", True), ("chn_pph_v2", True), ("pd_2020", True)],
)  # fmt: skip
def test_a_density_is_known_by_its_words(name, speaks):
    assert bool(raster._DENSITY.search(name)) == speaks


@pytest.mark.parametrize(("spoil", "code"), BAD, ids=[spoil.__name__ for spoil, _ in BAD])
def test_a_bad_raster_is_refused_by_name(tmp_path, spoil, code):
    path = worldpop(tmp_path / "p.tif", np.ones((4, 4)))
    spoil(path)
    if spoil is no_crs:  # the study may say it
        assert read(path).crs is None
    else:
        assert refused(path) == code


@pytest.mark.parametrize("tile", [3, 1024])
def test_every_cell_is_looked_at_once_in_windows_of_any_size(tmp_path, monkeypatch, tile):
    monkeypatch.setattr(raster, "TILE", tile)
    people = np.arange(35.0).reshape(5, 7)
    people[0, 1], people[2, 3], people[4, 6] = -99999, -4, 0
    raw = read(worldpop(tmp_path / "p.tif", people))
    facts = raw.table.iloc[0].to_dict()
    assert facts == {
        "columns": "7", "rows": "5", "cells_with_people": "31", "cells_without_data": "1", "cells_below_zero": "1",
        "sum": f"{sum(range(35)) - 1 - 17 - 34:.1f}",
    }  # fmt: skip
    assert raw.crs.to_epsg() == 4326
    assert noted(raw) == ["demand.from_raster"]


def test_cells_are_scaled_as_the_file_says(tmp_path):
    path = write(tmp_path / "p.tif", np.full((2, 2), 7, dtype="int16"), from_origin(113.5, 34.8, STEP, STEP))
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.5,), (1.0,)
    assert read(path).table.iloc[0]["sum"] == "18.0"


def test_several_bands_ask_which(tmp_path):
    people = np.stack([np.full((4, 4), n, dtype="float32") for n in (1, 7)])
    path = write(tmp_path / "p.tif", people, from_origin(113.5, 34.8, STEP, STEP), names=("all", "elderly"))
    assert refused(path) == "layer.ambiguous"
    assert refused(path, layer="3") == "layer.missing"
    assert read(path, layer="elderly").table.iloc[0]["sum"] == read(path, layer="2").table.iloc[0]["sum"] == "112.0"


def test_files_beside_a_raster_are_not_opened(tmp_path):
    """GDAL would take overviews, masks and a CRS from side files of any type, even one that opens addresses."""
    path = worldpop(tmp_path / "p.tif", np.full((4, 4), 5.0))
    other = worldpop(tmp_path / "other.tif", np.full((4, 4), 9.0))
    shutil.copy(other, tmp_path / "p.tif.ovr")
    shutil.copy(other, tmp_path / "p.tif.msk")
    (tmp_path / "p.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:32649</SRS></PAMDataset>")
    raw = read(path)
    assert raw.table.iloc[0]["sum"] == "80.0"
    assert raw.crs.to_epsg() == 4326
