"""Studies whose layers lie in the city's own grid: declared, checked by control points, told, or refused."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from files import edit, write_study
from places import ROOT

from zzgeo.cli.commands import run
from zzgeo.intake.study import check_study

#: The grid lies 12° round and 440 km, 3,800 km off.
ANGLE = np.radians(12.0)
TURN = np.array([[np.cos(ANGLE), -np.sin(ANGLE)], [np.sin(ANGLE), np.cos(ANGLE)]])
SHIFT = np.array([440_000.0, 3_800_000.0])


def own_of(known):
    return (np.asarray(known) - SHIFT) @ TURN


def control(places, off=0.0):
    rows = []
    for number, place in enumerate(np.asarray(places, dtype=float)):
        x, y = own_of(place)
        rows.append(f"{{ own = [{x}, {y}], known = [{place[0] + off * (number == 1)}, {place[1]}] }}")
    return "points = [" + ", ".join(rows) + "]"


POINTS = [(460_000, 3_840_000), (480_000, 3_845_000), (470_000, 3_860_000)]
FOUR = "four = { north_m = 3800000, east_m = 440000, rotation_s = -43200 }"


@pytest.fixture
def study(tmp_path):
    """The districts lie in the city's grid, without a CRS in their file; the other layers in EPSG:4547."""
    path = write_study(tmp_path / "study")
    table = gpd.read_file(path.parent / "districts.gpkg")
    (path.parent / "districts.gpkg").unlink()
    own = gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=shapely.transform(table.geometry.values, own_of))
    with pytest.warns(UserWarning, match="crs"):
        own.to_file(path.parent / "districts.gpkg")
    edit(path, 'source = "districts.gpkg"\ndatum = "EPSG:4547"', 'source = "districts.gpkg"\ndatum = "城建坐标"')
    return path


def with_grid(study, *lines, to='to = "EPSG:4547"'):
    edit(study, "[districts]", "\n".join(['[[grids]]\nid = "城建坐标"', to, *lines, "\n[districts]"]))
    return check_study(study)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([control(POINTS)], "3 control points, scale +0.0 ppm, turned -12.00000°, residuals up to 0.000 m"),
        ([control(POINTS, off=0.3)], "3 control points"),
        ([control(POINTS[:2])], "2 control points"),
        ([FOUR], "four parameters"),
        ([FOUR, control(POINTS)], "four parameters, scale +0.0 ppm, turned -12.00000°, residuals up to 0.000 m"),
        (['pipeline = "+proj=helmert +x=440000 +y=3800000 +theta=-43200"'], "a pipeline"),
    ],
)
def test_a_layer_of_ones_own_grid_lies_where_it_should(study, lines, said):
    loaded, problems = with_grid(study, *lines)
    assert loaded is not None
    [note] = [one for one in problems if one.code == "grid.declared"]
    assert note.where == "[[grids]] 城建坐标"
    assert note.value.startswith(said)
    assert ("nothing checks" in note.why) is (len(lines) == 1 and "3 control" not in said)
    right = check_study(write_study(study.parent.parent / "right"))[0].districts
    gap = shapely.hausdorff_distance(loaded.districts.geometry.values, right.geometry.values)
    assert gap.max() < (0.5 if "off" in lines or said == "3 control points" else 0.01)
    assert loaded.accounts[0].datum.startswith("城建坐标 (")


@pytest.mark.parametrize(
    ("lines", "to", "said"),
    [
        ([control(POINTS, off=5.0)], None, "residuals up to"),
        ([control([(460_000, 3_840_000), (460_400, 3_840_100)])], None, "apart"),
        ([control([(460_000, 3_840_000)] * 2)], None, ""),
        (["points = [{own=[0,0], known=[0,0]}, {own=[5000,0], known=[16404,0]}]"], None, "scale 3.28"),
        ([FOUR, control(POINTS, off=5.0)], None, "residuals up to 5.00 m, at point 2 of 3"),
        (['pipeline = "+proj=hgridshift +grids=/etc/hostname"'], None, ""),
        ([FOUR], 'to = "EPSG:4326"', "EPSG:4326"),
        ([FOUR], 'to = "EPSG:3857"', "EPSG:3857"),
        ([FOUR], 'to = "nowhere"', "nowhere"),
    ],
)
def test_relations_that_cannot_be_right_are_refused(study, lines, to, said):
    loaded, problems = with_grid(study, *lines, to=to or 'to = "EPSG:4547"')
    assert loaded is None
    assert said in problems[0].value
    assert problems[0].where == "[[grids]] 城建坐标"
    assert {one.code for one in problems if one.severity == "error"} <= {"grid.refused", "crs.mismatch", "crs.unknown"}


@pytest.mark.parametrize("lines", [[], [FOUR, 'own = "EPSG:2435"'], [control(POINTS[:1])], [FOUR, 'pipeline = "x"']])
def test_half_a_relation_is_told_with_its_line(study, lines, capsys):
    edit(study, "[districts]", "\n".join(['[[grids]]\nid = "a"\nto = "EPSG:4547"', *lines, "\n[districts]"]))
    assert run(["check", str(study)]) == 4
    assert "config.invalid · study.toml" in capsys.readouterr().err


def test_a_grid_may_not_bear_the_name_of_a_datum(study):
    edit(study, 'datum = "城建坐标"', 'datum = "GCJ-02"')
    edit(study, "[districts]", f'[[grids]]\nid = "GCJ-02"\nto = "EPSG:4547"\n{FOUR}\n\n[districts]')
    assert [one.code for one in check_study(study)[1]] == ["grid.refused"]


def test_a_study_is_not_reckoned_in_a_grid_of_ones_own(study):
    edit(study, 'crs = "EPSG:4547"\n\n', 'crs = "城建坐标"\n\n')
    loaded, [problem] = with_grid(study, FOUR)
    assert loaded is None
    assert (problem.code, problem.value) == ("grid.refused", "crs = 城建坐标")


def test_a_file_that_says_another_crs_than_the_grid_is_refused_by_the_name_of_the_grid(study):
    path = study.parent / "districts.gpkg"
    table = gpd.read_file(path).set_crs(4547, allow_override=True)
    path.unlink()
    table.to_file(path)
    refusals = [one for one in with_grid(study, FOUR)[1] if one.severity == "error"]
    assert refusals[0].code == "crs.mismatch"
    assert refusals[0].value == "datum = 城建坐标 (four parameters to EPSG:4547)"


def test_seven_parameters_serve_files_that_say_beijing_1954(tmp_path):
    study = write_study(tmp_path / "study")
    path = study.parent / "streets.gpkg"
    table = gpd.read_file(path)
    own = "+proj=tmerc +lon_0=114 +x_0=500000 +ellps=krass +units=m +towgs84=12,-113,-41,0.5,-0.3,1.2,2.5 +type=crs"
    moved = table.to_crs(4326).to_crs(own).set_crs(2435, allow_override=True)
    path.unlink()
    moved.to_file(path)
    edit(study, 'source = "streets.gpkg"\ndatum = "EPSG:4547"', 'source = "streets.gpkg"\ndatum = "b54"')
    seven = "seven = [12, -113, -41, 0.5, -0.3, 1.2, 2.5]"
    edit(study, "[districts]", f'[[grids]]\nid = "b54"\nown = "EPSG:2435"\n{seven}\n\n[districts]')
    loaded, problems = check_study(study)
    assert loaded is not None
    assert [one.value for one in problems if one.code == "grid.declared"] == ["seven parameters"]
    assert shapely.hausdorff_distance(loaded.streets.geometry.values, table.geometry.values).max() < 0.01


def test_the_grid_of_the_page_on_data_is_one(study):
    page = (ROOT / "docs" / "data.md").read_text("utf-8")
    text = page.split("```toml\n  [[grids]]")[1].split("[[facilities]]")[0]
    edit(study, "[districts]", f"[[grids]]{text}\n[districts]")
    [note] = [one for one in check_study(study)[1] if one.code == "grid.declared"]
    assert note.value.startswith("3 control points, scale +")
    assert "residuals up to 0.0" in note.value


def test_provenance_names_the_grid(study, tmp_path, capsys):
    with_grid(study, control(POINTS))
    assert run(["check", str(study), "--json"]) in (0, 1)
    text = json.dumps(json.loads(capsys.readouterr().out), ensure_ascii=False)
    assert "城建坐标 (3 control points to EPSG:4547)" in text
