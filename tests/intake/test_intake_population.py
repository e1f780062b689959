"""Population rasters: closed forms, and nobody lost or counted twice however the borders run."""

from __future__ import annotations

import shutil
import tracemalloc
from pathlib import Path

import drawn
import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from files import X, Y, edit, write_study
from hypothesis import given, settings
from hypothesis import strategies as st
from rasters import BAD, STEP, cut_off, from_origin, no_crs, worldpop, write
from shapely import Point, Polygon, box

from zzgeo.auditing.run import audit
from zzgeo.cli.commands import run
from zzgeo.errors import InputError
from zzgeo.formats import raster as raster_loader
from zzgeo.intake import population
from zzgeo.intake.cells import shares
from zzgeo.intake.check import check_file
from zzgeo.intake.population import raster_demand
from zzgeo.intake.study import check_study, load_study
from zzgeo.intake.tables import Built
from zzgeo.spec.study_file import DemandSpec

METRIC = gpd.GeoSeries(crs=4547).crs


def districts(*outlines: shapely.Geometry, crs: int = 4326) -> gpd.GeoDataFrame:
    codes = [f"41010{n}" for n in range(1, len(outlines) + 1)]
    table = gpd.GeoDataFrame({"name": codes}, geometry=list(outlines), crs=crs, index=codes)
    return table.to_crs(METRIC).rename_axis("code")


def build(path: Path, areas: gpd.GeoDataFrame, units: gpd.GeoDataFrame | None = None, **spec: object) -> Built:
    told = DemandSpec(source=path.name, **{"group": "residents", **spec})
    return raster_demand(path.parent, told, METRIC, areas, units)


def refused(path: Path, areas: gpd.GeoDataFrame, **spec: object) -> str:
    built = build(path, areas, **spec)
    [problem] = [one for one in built.problems if one.severity == "error"]
    assert problem.remedy
    return problem.code


def told(built: Built, code: str) -> str:
    [problem] = [one for one in built.problems if one.code == code]
    return problem.value


# --- shares of cells -------------------------------------------------------------------------------------------------


def by_boxes(outline: shapely.Geometry, rows: int, columns: int) -> np.ndarray:
    """The same by asking every cell about the whole polygon."""
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    return shapely.area(shapely.intersection(outline, shapely.box(column, row, column + 1, row + 1)))


def test_a_triangle_covers_half_of_the_cells_on_its_long_side():
    found = shares(Polygon([(0, 0), (4, 0), (0, 4)]), 0, 5, 0, 5)
    expected = np.array([[1.0 if r + c < 3 else 0.5 if r + c == 3 else 0.0 for c in range(5)] for r in range(5)])
    assert found.share == pytest.approx(expected, abs=1e-15)
    assert sorted(zip(found.row, found.column, strict=True)) == [(n, 3 - n) for n in range(4)]
    for row, column, x, y in zip(found.row, found.column, found.x, found.y, strict=True):
        assert (x - column, y - row) == pytest.approx((1 / 3, 1 / 3))


def test_a_polygon_that_only_touches_cells_along_a_line_has_no_share_in_them():
    comb = shapely.union_all([box(0, 0, 8, 1), box(0, 1, 1, 4), box(4, 1, 5, 4), box(2.5, 1, 3, 6)])
    assert shares(comb, 0, 8, 0, 8).share == pytest.approx(by_boxes(comb, 8, 8), abs=1e-12)


def test_a_window_sees_the_same_shares_as_the_whole():
    outline = Point(20, 20).buffer(13.3)
    whole = shares(outline, 0, 40, 0, 40)
    window = shares(outline, 11, 29, 3, 40)
    assert window.share == pytest.approx(whole.share[11:29, 3:40], abs=1e-12)
    assert window.row.min() >= 11


CORNERS = st.lists(
    # corners of a map stand on a grid of thousandths of a cell: 1e-48 is no place
    st.tuples(*[st.one_of(st.integers(0, 12), st.integers(0, 12_000).map(lambda n: n / 1000)) for _ in range(2)]),
    min_size=3,
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(CORNERS)
def test_shares_are_exact_for_any_polygon(corners):
    outline = shapely.make_valid(Polygon(corners), method="structure", keep_collapsed=False)
    found = shares(outline, 0, 12, 0, 12)
    assert found.share.sum() == pytest.approx(outline.area, rel=1e-9, abs=1e-9)
    assert found.share == pytest.approx(by_boxes(outline, 12, 12), abs=1e-9)
    inside = shapely.points(found.x, found.y)
    # a sliver thinner than a double can tell has no inside
    thick = found.share[found.row, found.column] > 1e-6
    assert shapely.intersects(outline.buffer(1e-9), inside[thick]).all()


# --- people ----------------------------------------------------------------------------------------------------------


def test_whole_cells_stand_at_their_centres_with_all_their_people(tmp_path):
    people = np.arange(1.0, 13).reshape(3, 4)
    people[1, 1] = 0
    path = worldpop(tmp_path / "p.tif", people)
    built = build(path, districts(box(113.5, 34.8 - 3 * STEP, 113.5 + 4 * STEP, 34.8)))
    table = built.table
    assert len(table) == 11
    assert table["residents"].sum() == pytest.approx(people.sum(), rel=1e-12)
    centre = gpd.GeoSeries([Point(113.5 + 2.5 * STEP, 34.8 - 0.5 * STEP)], crs=4326).to_crs(METRIC)[0]
    assert table.loc["r1c3/410101", "residents"] == 3
    assert table.geometry["r1c3/410101"].distance(centre) < 1e-6
    assert (table.crs, table.index.name, set(table["district"])) == (METRIC, "demand_id", {"410101"})
    [account] = built.accounts
    assert (account.rows_read, account.rows_used, account.rows_rejected) == (11, 11, 0)
    assert account.datum == "EPSG:4326"


def test_a_cell_on_the_border_is_shared_by_area_and_each_share_stands_on_its_side(tmp_path):
    path = worldpop(tmp_path / "p.tif", np.full((4, 4), 100.0))
    cut = 113.5 + 1.25 * STEP
    south, north, east = 34.8 - 4 * STEP, 34.8, 113.5 + 4 * STEP
    areas = districts(box(113.5, south, cut, north), box(cut, south, east, north))
    table = build(path, areas).table
    assert table.loc[["r2c2/410101", "r2c2/410102"], "residents"].tolist() == pytest.approx([25.0, 75.0])
    assert table.groupby("district")["residents"].sum().tolist() == pytest.approx([500.0, 1100.0])
    for code, part in table.groupby("district"):
        assert part.geometry.within(areas.geometry[code]).all()


def test_people_outside_every_district_are_told_as_a_number(tmp_path):
    path = worldpop(tmp_path / "p.tif", np.full((4, 4), 100.0))
    south, east = 34.8 - 4 * STEP, 113.5 + 4 * STEP
    built = build(path, districts(Polygon([(113.5, 34.8), (east, 34.8), (113.5, south)])))
    assert built.table["residents"].sum() == pytest.approx(800.0)
    share = "50.00% of those in the rectangle around the districts"
    assert told(built, "coord.outside_study_area") == f"800.0 people, {share}"
    assert told(built, "demand.from_raster").startswith("800.0 people in 10 cells; 0 cells without data")


def test_few_people_outside_every_district_are_told_without_a_warning_and_a_cell_nobody_can_read_is_lost(tmp_path):
    cells = np.full((4, 4), 100.0)
    cells[0, 3], cells[2, 1] = 2.0, -5.0
    path = worldpop(tmp_path / "p.tif", cells)
    south, east = 34.8 - 4 * STEP, 113.5 + 4 * STEP
    notch = Polygon(
        [
            (113.5, 34.8),
            (east - STEP, 34.8),
            (east - STEP, 34.8 - STEP),
            (east, 34.8 - STEP),
            (east, south),
            (113.5, south),
        ]
    )
    built = build(path, districts(notch))
    assert "in no district 2.0 people, 0.14% of those" in told(built, "demand.from_raster")
    assert not [one for one in built.problems if one.code == "coord.outside_study_area"]
    # nobody knows how many live in the cell: at most as many as in the fullest
    [lost] = built.lost_people.to_dict("records")
    assert (lost["layer"], lost["district"], lost["rows"]) == ("demand", "410101", 1)
    assert lost["residents"] == pytest.approx(100.0)


def test_overlapping_districts_share_the_people_of_the_overlap(tmp_path):
    path = worldpop(tmp_path / "p.tif", np.full((4, 4), 100.0))
    south, east = 34.8 - 4 * STEP, 113.5 + 4 * STEP
    left = box(113.5, south, 113.5 + 3 * STEP, 34.8)
    right = box(113.5 + 2 * STEP, south, east, 34.8)
    table = build(path, districts(left, right)).table
    assert table["residents"].sum() == pytest.approx(1600.0)
    assert table.loc[["r1c3/410101", "r1c3/410102"], "residents"].tolist() == pytest.approx([50.0, 50.0])


def test_mollweide_cells_of_ghs_pop_are_read_in_their_own_crs(tmp_path):
    west, north = 9_430_000.0, 4_150_000.0
    people = np.arange(400, dtype="float64").reshape(20, 20)
    people[3, 4] = -200
    step = from_origin(west, north, 100, 100)
    path = write(tmp_path / "GHS_POP_E2020_GLOBE_R2023A_54009_100.tif", people, step, "ESRI:54009", nodata=-200)
    square = gpd.GeoSeries([box(west + 250, north - 1750, west + 1750, north - 250)], crs="ESRI:54009")
    areas = districts(square.to_crs(4547)[0], crs=4547)
    built = build(path, areas)
    weight = np.array([0.0, 0.0, 0.5, *[1.0] * 14, 0.5, 0.0, 0.0])
    expected = (np.where(people < 0, 0, people) * np.outer(weight, weight)).sum()
    assert built.table["residents"].sum() == pytest.approx(expected, rel=1e-9)
    assert "1 cells without data" in told(built, "demand.from_raster")
    assert built.accounts[0].datum == "ESRI:54009"


def test_a_density_is_refused_until_it_is_declared_and_then_counted_on_the_ground(tmp_path):
    path = worldpop(tmp_path / "chn_pd_2020.tif", np.full((6, 5), 2000.0))
    outline = box(113.5, 34.8 - 6 * STEP, 113.5 + 5 * STEP, 34.8)
    areas = districts(outline)
    assert refused(path, areas) == "value.unit_unknown"
    area, _ = gpd.GeoSeries(crs=4326).crs.get_geod().geometry_area_perimeter(shapely.segmentize(outline, 1e-5))
    built = build(path, areas, unit="people per km2")
    assert built.table["residents"].sum() == pytest.approx(2000 * abs(area) / 1e6, rel=1e-6)
    assert build(path, areas, unit="people per ha").table["residents"].sum() == pytest.approx(2000 * abs(area) / 1e4)
    assert build(path, areas, unit="people per cell").table["residents"].sum() == pytest.approx(60_000)


def test_more_people_than_can_live_there_are_refused(tmp_path):
    people = np.full((4, 4), 10.0)
    people[1, 1] = 20_000
    path = worldpop(tmp_path / "p.tif", people)
    assert refused(path, districts(box(113.5, 34.8 - 4 * STEP, 113.5 + 4 * STEP, 34.8))) == "value.implausible"


def test_cells_that_cannot_be_a_number_of_people_are_listed_and_the_rest_is_used(tmp_path):
    people = np.full((4, 4), 10.0)
    people[0, 0], people[0, 1], people[2, 3], people[3, 3] = -3, np.inf, np.nan, -99999
    path = worldpop(tmp_path / "p.tif", people)
    built = build(path, districts(box(113.5, 34.8 - 4 * STEP, 113.5 + 4 * STEP, 34.8)))
    assert built.table["residents"].sum() == pytest.approx(120)
    listed = {(row.row, row.value, row.code) for row in built.rejected}
    assert listed == {
        ("row 1 column 1", "-3", "value.negative"),
        ("row 1 column 2", "inf", "value.nonfinite"),
    }
    [account] = built.accounts
    assert (account.rows_read, account.rows_used, account.rows_rejected) == (14, 12, 2)
    assert "2 cells without data" in told(built, "demand.from_raster")


def test_a_no_data_value_the_file_does_not_declare_is_refused(tmp_path):
    people = np.full((40, 40), -9999.0, dtype="float32")
    people[:5] = 1
    path = write(tmp_path / "p.tif", people, from_origin(113.5, 34.8, STEP, STEP))
    assert refused(path, districts(box(113.5, 34.8 - 40 * STEP, 113.5 + 40 * STEP, 34.8))) == "value.negative"


@pytest.mark.parametrize(("beyond", "severity"), [(0.5, "error"), (0.002, "warning")])
def test_a_raster_that_ends_inside_a_district_is_told(tmp_path, beyond, severity):
    path = worldpop(tmp_path / "p.tif", np.full((4, 4), 10.0))
    areas = districts(box(113.5, 34.8 - 4 * STEP, 113.5 + (4 + beyond) * STEP, 34.8))
    [problem] = [one for one in build(path, areas).problems if one.code == "demand.not_covered"]
    assert problem.severity == severity
    far = districts(box(100.0, 30.0, 100.01, 30.01))
    assert refused(path, far) == "demand.not_covered"


def test_several_bands_ask_which(tmp_path):
    people = np.stack([np.full((4, 4), n, dtype="float32") for n in (1, 7)])
    path = write(tmp_path / "p.tif", people, from_origin(113.5, 34.8, STEP, STEP), names=("all", "elderly"))
    areas = districts(box(113.5, 34.8 - 4 * STEP, 113.5 + 4 * STEP, 34.8))
    assert refused(path, areas) == "layer.ambiguous"
    assert refused(path, areas, layer="3") == "layer.missing"
    for layer in ("2", "elderly"):
        assert build(path, areas, layer=layer).table["residents"].sum() == pytest.approx(112)


def test_rasters_of_several_groups_meet_in_the_same_points(tmp_path):
    everybody = np.full((4, 4), 10.0)
    elderly = np.full((4, 4), 2.0)
    everybody[0, 0] = elderly[1, 1] = 0
    path = worldpop(tmp_path / "p.tif", everybody)
    worldpop(tmp_path / "old.tif", elderly)
    areas = districts(box(113.5, 34.8 - 4 * STEP, 113.5 + 3.5 * STEP, 34.8))
    built = build(path, areas, groups={"aged_60_plus": "old.tif"})
    table = built.table
    assert len(table) == 16
    assert table[["residents", "aged_60_plus"]].sum().tolist() == pytest.approx([130.0, 26.0])
    assert table.loc["r1c1/410101", ["residents", "aged_60_plus"]].tolist() == [0.0, 2.0]
    assert len(built.accounts) == 2
    # another grid: points of its own
    worldpop(tmp_path / "old.tif", elderly, west=113.5 - STEP / 2)
    shifted = build(path, areas, groups={"aged_60_plus": "old.tif"}).table
    assert shifted[["residents", "aged_60_plus"]].sum().tolist() == pytest.approx([130.0, 28.0 - 2])
    assert shifted.index.str.startswith("g2").any()


CUTS = st.lists(drawn.shares(0.02, 0.98), min_size=1, max_size=4, unique=True)


@settings(max_examples=40, deadline=None)
@given(xs=CUTS, lean=drawn.shares(-0.3, 0.3), seed=st.integers(0, 2**32 - 1), mollweide=st.booleans())
def test_nobody_is_lost_or_doubled_however_the_borders_run(tmp_path_factory, xs, lean, seed, mollweide):
    folder = tmp_path_factory.mktemp("raster")
    people = np.random.default_rng(seed).gamma(0.3, 40, (17, 23)).round(3)
    if mollweide:
        west, north, wide, high = 9_430_000.0, 4_150_000.0, 100.0, 100.0
        path = write(folder / "p.tif", people, from_origin(west, north, wide, high), "ESRI:54009", nodata=-200)
    else:
        west, north, wide, high = 113.5, 34.8, STEP, STEP
        path = write(folder / "p.tif", people, from_origin(west, north, wide, high), 4326, nodata=-99999)
    # leaning strips that together are the whole raster
    tops = [0.0, *sorted(xs), 1.0]
    feet = [0.0, *np.clip(np.array(tops[1:-1]) + lean, 0, 1), 1.0]
    strips = [Polygon([(tops[n], 0), (tops[n + 1], 0), (feet[n + 1], 1), (feet[n], 1)]) for n in range(len(tops) - 1)]
    placed = [
        shapely.transform(one, lambda xy: np.column_stack([west + xy[:, 0] * 23 * wide, north - xy[:, 1] * 17 * high]))
        for one in strips
        if one.area > 1e-6
    ]
    series = gpd.GeoSeries(placed, crs="ESRI:54009" if mollweide else 4326).to_crs(METRIC)
    areas = gpd.GeoDataFrame(
        {"name": "区"}, geometry=series.values, crs=METRIC, index=[f"d{n}" for n in range(len(placed))]
    )
    built = build(path, areas)
    lost = sum(one.area for one in strips if one.area <= 1e-6)
    assert built.table["residents"].sum() == pytest.approx(people.sum(), rel=1e-9 + 100 * lost)
    each = [(by_boxes(_to_grid(one), 17, 23) * people).sum() for one in strips if one.area > 1e-6]
    ours = built.table.groupby("district")["residents"].sum().reindex(areas.index, fill_value=0.0)
    assert ours.tolist() == pytest.approx(each, rel=1e-7, abs=1e-6)


def _to_grid(strip: Polygon) -> Polygon:
    return shapely.transform(strip, lambda xy: xy * [23, 17])


# --- files -----------------------------------------------------------------------------------------------------------


def one_district() -> gpd.GeoDataFrame:
    return districts(box(113.5, 34.8 - 4 * STEP, 113.5 + 4 * STEP, 34.8))


@pytest.mark.parametrize(("spoil", "code"), BAD, ids=[spoil.__name__ for spoil, _ in BAD])
def test_a_bad_raster_is_refused_by_name(tmp_path, spoil, code):
    path = worldpop(tmp_path / "p.tif", np.ones((4, 4)))
    spoil(path)
    assert refused(path, one_district()) == code


def test_a_raster_without_a_crs_is_read_as_the_study_declares(tmp_path):
    no_crs(tmp_path / "p.tif")
    assert build(tmp_path / "p.tif", one_district(), datum="EPSG:4490").table["residents"].sum() == pytest.approx(16)
    assert refused(tmp_path / "p.tif", one_district(), datum="GCJ-02") == "crs.mismatch"
    write(tmp_path / "m.tif", np.ones((4, 4)), from_origin(0, 0, 100, 100), "ESRI:54009")
    assert refused(tmp_path / "m.tif", one_district(), datum="EPSG:4547") == "crs.mismatch"


def test_a_block_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(raster_loader, "_MAX_BLOCK_BYTES", 1000)
    path = worldpop(tmp_path / "p.tif", np.ones((400, 4)), blockysize=400)
    assert refused(path, one_district()) == "file.too_large"


def test_files_beside_a_raster_are_not_opened(tmp_path):
    """GDAL would take overviews, masks and a CRS from side files of any type, even one that opens addresses."""
    path = worldpop(tmp_path / "p.tif", np.full((4, 4), 5.0))
    other = worldpop(tmp_path / "other.tif", np.full((4, 4), 9.0))
    shutil.copy(other, tmp_path / "p.tif.ovr")
    shutil.copy(other, tmp_path / "p.tif.msk")
    (tmp_path / "p.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:32649</SRS></PAMDataset>")
    (tmp_path / "p.tfw").write_text("1\n0\n0\n-1\n0\n0\n")
    assert build(path, one_district()).table["residents"].sum() == pytest.approx(80)


def test_overviews_inside_a_raster_change_nothing(tmp_path):
    path = worldpop(tmp_path / "p.tif", np.random.default_rng(3).random((300, 300)))
    areas = districts(box(113.5 + 10 * STEP, 34.8 - 200.5 * STEP, 113.5 + 99.3 * STEP, 34.8 - 20.1 * STEP))
    before = build(path, areas).table
    with rasterio.open(path, "r+") as file:
        file.build_overviews([2, 4, 8])
    assert build(path, areas).table.equals(before)


def test_only_the_windows_around_the_districts_are_read(tmp_path, monkeypatch):
    """A province's raster: 100 million cells, of which a county's few thousand are unpacked."""
    path = tmp_path / "p.tif"
    options = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "sparse_ok": True}
    shape = {"width": 10_000, "height": 10_000, "count": 1, "dtype": "float32", "nodata": -99999}
    step = from_origin(113.5, 34.8, STEP, STEP)
    with rasterio.open(path, "w", driver="GTiff", crs=4326, transform=step, **shape, **options) as file:
        file.write(np.full((1, 90, 80), 2.0, dtype="float32"), window=rasterio.windows.Window(4000, 4000, 80, 90))
    read: list[int] = []
    people = raster_loader.Raster.people

    def counted(raster, top, bottom, left, right):
        read.append((bottom - top) * (right - left))
        return people(raster, top, bottom, left, right)

    monkeypatch.setattr(raster_loader.Raster, "people", counted)
    west, north = 113.5 + 4000 * STEP, 34.8 - 4000 * STEP
    areas = districts(box(west, north - 90 * STEP, west + 80 * STEP, north))
    tracemalloc.start()
    table = build(path, areas).table
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert table["residents"].sum() == pytest.approx(14_400)
    assert sum(read) <= 92 * 82
    assert peak < 40e6


def test_tiles_of_any_size_give_the_same_people(tmp_path, monkeypatch):
    path = worldpop(tmp_path / "p.tif", np.random.default_rng(5).random((60, 70)) * 50)
    middle = Point(113.5 + 35 * STEP, 34.8 - 30 * STEP)
    areas = districts(middle.buffer(20 * STEP), middle.buffer(28 * STEP).difference(middle.buffer(20 * STEP)))
    whole = build(path, areas).table
    monkeypatch.setattr(raster_loader, "TILE", 7)
    tiled = build(path, areas).table
    assert tiled.index.equals(whole.index)
    assert tiled["residents"].to_numpy() == pytest.approx(whole["residents"].to_numpy(), rel=1e-9, abs=1e-9)


def test_more_places_than_a_study_can_hold_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(population, "_MAX_PIECES", 10)
    assert refused(worldpop(tmp_path / "p.tif", np.ones((4, 4))), one_district()) == "file.too_large"


def filled(path: Path, kind: str, number: float, cells: int = 500, **more: object) -> tuple[Path, gpd.GeoDataFrame]:
    """Write people 10 to 29 a cell of 1 km, some of them a number that may stand for no data; and their district."""
    people = np.random.default_rng(0).integers(10, 30, (40, 40)).astype(kind)
    people.ravel()[:cells] = number
    write(path, people, from_origin(500_000, 3_850_000, 1000, 1000), 4547, **more)
    return path, districts(box(500_000, 3_810_000, 540_000, 3_850_000), crs=4547)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("uint8", 255),
        ("uint16", 65535),
        ("int16", 32767),
        ("int32", 2**31 - 1),
        ("uint8", 254),
        ("uint16", 65533),
        ("int16", 999),
        ("float32", 2.0**100),
        ("float32", 9999),
        ("float32", 65535),
        ("uint16", 9999),
    ],
)
def test_the_largest_number_of_the_type_is_no_count_of_people(tmp_path, kind, number):
    path, area = filled(tmp_path / "p.tif", kind, number)
    errors = [one for one in build(path, area).problems if one.severity == "error"]
    assert errors[0].code == "value.nodata_suspected"
    assert len(errors) == 1
    assert errors[0].value.startswith(f"{number:.10g} in 500 cells; the next largest is 29")
    assert f"-a_nodata {number:.10g} " in errors[0].remedy
    assert "value.nodata_suspected" in {one.code for one in check_file(path).problems}
    declared, area = filled(tmp_path / "q.tif", kind, number, nodata=number)
    built = build(declared, area)
    assert not built.refused
    assert built.table["residents"].max() == 29


def test_several_numbers_that_stand_for_no_data_are_told_together(tmp_path):
    path, area = filled(tmp_path / "p.tif", "uint8", 255, cells=300)
    with rasterio.open(path, "r+") as file:
        cells = file.read(1)
        cells.ravel()[300:500] = 254
        file.write(cells, 1)
    refusal = build(path, area)
    assert refusal.refused
    assert told(refusal, "value.nodata_suspected") == "255, 254 in 500 cells; the next largest is 29"


@pytest.mark.parametrize(("number", "cells", "is_told"), [(200, 500, True), (200, 9, False), (55, 500, False)])
def test_a_number_far_above_all_others_in_many_cells_is_told_and_used(tmp_path, number, cells, is_told):
    path, area = filled(tmp_path / "p.tif", "uint8", number, cells=cells)
    built = build(path, area)
    assert not built.refused
    assert built.table["residents"].max() == number
    assert ("value.nodata_suspected" in {one.code for one in built.problems}) == is_told


def test_a_full_cell_that_may_be_a_count_is_told_and_used(tmp_path):
    path, area = filled(tmp_path / "p.tif", "uint8", 255, cells=1)
    built = build(path, area)
    assert built.table["residents"].max() == 255
    assert told(built, "value.nodata_suspected").startswith("255 in 1 cells")
    other, area = filled(tmp_path / "q.tif", "uint16", 255)
    spread = np.random.default_rng(0).integers(100, 256, (40, 40)).astype("uint16")
    write(other, spread, from_origin(500_000, 3_850_000, 1000, 1000), 4547)
    assert not [one for one in build(other, area).problems if one.code == "value.nodata_suspected"]


@pytest.mark.parametrize("metres", [50, 90, 100, 250, 500])
@pytest.mark.parametrize(("unit", "per_m2"), [("people per km2", 2e-3), ("people per ha", 2e-3)])
def test_a_density_read_as_a_count_is_known_by_the_declared_total(tmp_path, metres, unit, per_m2):
    side = 9000 // metres
    by_unit = per_m2 * (1e6 if unit == "people per km2" else 1e4)
    people = np.full((side, side), by_unit, dtype="float32")
    path = write(tmp_path / "p.tif", people, from_origin(500_000, 3_809_000, metres, metres), 4547)
    square = box(500_000, 3_800_000, 500_000 + side * metres, 3_809_000)
    area = districts(square.intersection(box(0, 3_809_000 - side * metres, 1e6, 4e6)), crs=4547)
    true = area.area.sum() * per_m2
    declared = build(path, area.assign(residents=true), unit=unit)
    assert not declared.refused
    assert declared.table["residents"].sum() == pytest.approx(true, rel=5e-3)
    assert not [one for one in declared.problems if one.code == "value.total_mismatch"]
    if unit == "people per ha" and metres == 100:
        return  # a cell is the hectare
    assert refused(path, area.assign(residents=true * 1.02)) == "value.unit_unknown"
    units = area.assign(residents=true, district=area.index, type="village")
    assert "value.unit_unknown" in {one.code for one in build(path, area, units).problems}


def test_a_count_read_as_a_density_is_known_by_the_declared_total(tmp_path):
    path = write(tmp_path / "p.tif", np.full((90, 90), 20.0), from_origin(500_000, 3_809_000, 100, 100), 4547)
    area = districts(box(500_000, 3_800_000, 509_000, 3_809_000), crs=4547).assign(residents=162_000.0)
    assert refused(path, area, unit="people per km2") == "value.unit_unknown"
    assert not build(path, area).refused


def test_people_that_do_not_add_up_to_the_declared_total_are_told(tmp_path):
    path = write(tmp_path / "p.tif", np.full((90, 90), 20.0), from_origin(500_000, 3_809_000, 100, 100), 4547)
    area = districts(box(500_000, 3_800_000, 509_000, 3_809_000), crs=4547)
    assert "162,000 counted, 81,000 declared (factor 2)" in told(
        build(path, area.assign(residents=81_000.0)), "value.total_mismatch"
    )
    for near in (140_000.0, 162_000.0, 190_000.0):
        codes = {one.code for one in build(path, area.assign(residents=near)).problems}
        assert codes == {"demand.from_raster"}


def test_districts_peopled_more_densely_than_any_are_told_and_then_refused(tmp_path):
    area = districts(box(500_000, 3_800_000, 509_000, 3_809_000), crs=4547)
    for a_cell, severity in ((300, None), (600, "warning"), (5000, "error")):
        people = np.full((90, 90), float(a_cell))
        path = write(tmp_path / f"{a_cell}.tif", people, from_origin(500_000, 3_809_000, 100, 100), 4547)
        dense = [one.severity for one in build(path, area).problems if one.code == "value.implausible"]
        assert dense == ([] if severity is None else [severity])


def test_a_density_without_a_crs_is_read_as_the_study_declares(tmp_path):
    path = write(tmp_path / "p.tif", np.full((90, 90), 2000.0), from_origin(500_000, 3_809_000, 100, 100), None)
    area = districts(box(500_000, 3_800_000, 509_000, 3_809_000), crs=4547)
    built = build(path, area, unit="people per km2", datum="EPSG:4547")
    assert built.table["residents"].sum() == pytest.approx(162_000, rel=5e-3)


# --- lists -----------------------------------------------------------------------------------------------------------


def people(study: Path, *rows: str, ids: bool = True) -> Path:
    """Replace the people of a study; without ids their column is not named."""
    (study.parent / "people.csv").write_text("\n".join(["编号,X,Y,人口,老人", *rows]), encoding="utf-8")
    if not ids:
        edit(study, 'demand_id = "编号", ', "")
    return study


PEOPLE = tuple(f"P,{X + 130 + 400 * (n % 4)},{Y + 130 + 50 * n},{100 + n},{10 + n}" for n in range(8))


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study")


def test_a_list_of_people_that_stands_twice_counts_once(listed):
    once = load_study(people(listed, *PEOPLE, ids=False))
    twice = load_study(people(listed, *PEOPLE, *PEOPLE))
    assert twice.demand["residents"].sum() == once.demand["residents"].sum() == sum(range(100, 108))
    assert list(twice.quarantined["code"]) == ["row.duplicate"] * 8


def test_people_outside_all_districts_are_told_as_a_share(listed):
    far = f"Q,{X + 130},{Y + 90_000},200,20"
    _, problems = check_study(people(listed, *PEOPLE, far, ids=False))
    outside, _ = [one for one in problems if "live in no district" in one.why]
    assert outside.value.startswith("200 residents: 1 of 9 rows")
    assert f"{200 / (200 + sum(range(100, 108))):.1%}" in outside.why
    _, problems = check_study(people(listed, *PEOPLE, f"Q,{X + 130},{Y + 90_000},5,0"))
    assert not [one for one in problems if "live in no district" in one.why]


def test_one_district_without_people_does_not_refuse_a_study(listed, tmp_path):
    people(listed, f"P,{X + 130},{Y + 130},100,10", ids=False)
    loaded = load_study(listed)
    [empty] = [one for one in loaded.warnings if one.code == "value.zero_population"]
    assert empty.severity == "warning"
    findings = audit(loaded).findings
    lived = findings[(findings["rule_kind"] == "service-radius") & (findings["level"] == "district")]
    assert set(lived.groupby("district")["people"].max().fillna(0.0)) == {0.0, 10.0}
    assert not (findings["verdict"][(findings["level"] == "district") & (findings["people"] == 0)] == "fail").any()


def test_a_study_in_which_nobody_lives_is_refused(listed):
    _, problems = check_study(people(listed, f"P,{X + 130},{Y + 130},0,0", ids=False))
    assert [one.code for one in problems if one.severity == "error"] == ["value.zero_population"] * 2


# --- studies ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = write_study(tmp_path / "study")
    people = np.random.default_rng(0).random((30, 40)).astype("float32") * 20
    corner = gpd.GeoSeries([Point(X - 300, Y + 1300)], crs=4547).to_crs(4326)[0]
    worldpop(path.parent / "population.tif", people, corner.x, corner.y)
    worldpop(path.parent / "aged.tif", people / 5, corner.x, corner.y)
    text = path.read_text("utf-8")
    head = text[: text.index("[demand]")]
    groups = 'groups = { aged_60_plus = "aged.tif" }\n'
    path.write_text(f'{head}[demand]\nsource = "population.tif"\ngroup = "residents"\n{groups}', encoding="utf-8")
    return path


def test_a_study_takes_its_people_from_rasters(study, capsys):
    loaded = load_study(study)
    with rasterio.open(study.parent / "population.tif") as file:
        cells = file.read(1).astype(float)
        west, north = file.transform.c, file.transform.f
    outlines = loaded.districts.geometry.to_crs(4326)
    flat = [shapely.transform(one, lambda xy: (xy - [west, north]) / [STEP, -STEP]) for one in outlines]
    expected = [(by_boxes(one, 30, 40) * cells).sum() for one in flat]
    ours = loaded.demand.groupby("district")["residents"].sum()
    assert ours.tolist() == pytest.approx(expected, rel=1e-9)
    assert loaded.demand["aged_60_plus"].sum() == pytest.approx(sum(expected) / 5, rel=1e-6)
    homes = loaded.units["district"]
    assert loaded.demand["unit"].notna().mean() > 0.999
    assert (loaded.demand["unit"].dropna().map(homes) == loaded.demand["district"][loaded.demand["unit"].notna()]).all()
    report = audit(loaded)
    city = report.findings[(report.findings["level"] == "city") & (report.findings["people"] > 0)]
    assert len(city)
    assert run(["check", str(study)]) == 0
    assert "demand.from_raster" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('group = "residents"\n', ""),
        ('group = "residents"', 'group = "people"'),
        ("aged_60_plus = ", "residents = "),
        ('"aged.tif"', '"aged.csv"'),
        ('group = "residents"', 'group = "residents"\nunit = "per mile"'),
        ('group = "residents"', 'group = "residents"\ncolumns = { lon = "X" }'),
        ('source = "population.tif"', 'source = "people.csv"'),
    ],
)
def test_what_a_raster_does_not_say_must_be_said_by_the_study(study, old, new):
    edit(study, old, new)
    with pytest.raises(InputError) as caught:
        check_study(study)
    assert {problem.code for problem in caught.value.problems} == {"config.invalid"}


def test_every_fault_of_every_raster_is_told_at_once(study):
    cut_off(study.parent / "population.tif")
    (study.parent / "aged.tif").unlink()
    _, problems = check_study(study)
    assert {one.code for one in problems if one.severity == "error"} == {"file.corrupt", "file.missing"}


def test_a_raster_alone_is_looked_through(study, capsys):
    assert run(["check", str(study.parent / "population.tif")]) == 0
    shown = capsys.readouterr().out
    assert "1,200 cells with" in shown
    assert "EPSG:4326" in shown
