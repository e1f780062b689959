"""The project for QGIS: groups by clause, scales, an order; drawn by QGIS itself where that is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
from fake_report import CIRCLE, COVERAGE, CRS, RADIUS, fake_report
from hostile import Hostile, shared_names
from matplotlib.image import imread
from need import absent

from zzgeo.layers.parts.looks import PART, QUARTER, STREET
from zzgeo.reporting import write
from zzgeo.reporting.told.words import rule_title

SCRIPT = Path(__file__).with_name("qgis_pictures.py")
SCALES = (200_000, 25_000, 2_000)


def project(path: Path) -> ET.Element:
    return ET.fromstring(path.read_text(encoding="utf-8").split("\n", 1)[1])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> ET.Element:
    folder = tmp_path_factory.mktemp("project")
    write(fake_report(planned=True), folder, files="gpkg")
    return project(folder / "layers.qgs")


def layers(root: ET.Element) -> dict[str, ET.Element]:
    return {str(one.findtext("id")): one for one in root.iter("maplayer")}


def groups(element: ET.Element) -> dict[str, ET.Element]:
    return {str(one.get("name")): one for one in element.findall("layer-tree-group")}


def test_each_clause_has_a_group_of_its_own_and_one_is_on_at_a_time(root: ET.Element, report: SimpleNamespace) -> None:
    tree = root.find("layer-tree-group")
    assert tree is not None
    assert list(groups(tree)) == ["条款", "设施", "方案", "底图"]
    clauses = groups(tree)["条款"]
    assert clauses.get("mutually-exclusive") == "1"
    titles = {rule.id: rule_title(rule, "zh") for rule in report.rules}
    assert list(groups(clauses)) == [titles[rule] for rule in (RADIUS, COVERAGE, CIRCLE)]
    assert [one.get("checked") for one in groups(clauses).values()] == ["Qt::Checked"] + ["Qt::Unchecked"] * 2
    held = [one.get("id") for one in groups(clauses)[titles[RADIUS]].iter("layer-tree-layer")]
    names = ("facilities", "gaps", "demand", "service_radius", "units", "districts")
    assert held == [f"zzgeo.{name}.{RADIUS}" for name in names]
    # all facilities, and places where streets break off, would hide those of the clause
    listed = {one.get("id"): one.get("checked") for one in tree.iter("layer-tree-layer")}
    assert {id_ for id_, on in listed.items() if str(id_).endswith(".all") and on == "Qt::Checked"} == {
        "zzgeo.streets.all",
        "zzgeo.proposed_sites.all",
    }


def test_every_layer_stands_once_in_the_tree_in_the_order_and_beside_the_project(root: ET.Element) -> None:
    tree = [one.get("id") for one in root.iter("layer-tree-layer")]
    order = [one.text for one in root.iter("item")]
    assert sorted(map(str, tree)) == sorted(map(str, order)) == sorted(layers(root))
    assert len(set(tree)) == len(tree)
    drawn = list(dict.fromkeys(str(one).split(".")[1] for one in order))
    below = ["gaps", "demand", "joints", "streets", "service_radius", "units", "districts"]
    assert drawn == ["proposed_sites", "facilities", *below]
    for id_, one in layers(root).items():
        assert one.findtext("datasource") == f"./layers.gpkg|layername={id_.split('.')[1]}"
    assert root.findtext("properties/Paths/Absolute") == "false"
    assert {one.findtext("authid") for one in root.iter("spatialrefsys")} == {f"EPSG:{CRS.to_epsg()}"}


def test_a_far_map_is_of_districts_and_a_near_one_of_streets(root: ET.Element) -> None:
    from_scale = {
        id_.split(".")[1]: int(str(one.get("minScale"))) * int(str(one.get("hasScaleBasedVisibilityFlag")))
        for id_, one in layers(root).items()
    }
    everywhere = {"districts": 0, "proposed_sites": 0}
    assert from_scale == {
        **everywhere,
        **dict.fromkeys(("gaps", "units", "streets", "service_radius", "joints"), PART),
        **dict.fromkeys(("demand", "facilities"), QUARTER),
    }
    district = layers(root)[f"zzgeo.districts.{RADIUS}"]
    fills = [str(one.get("value")) for one in district.iter("Option") if "color_rgba" in str(one.get("value"))]
    assert fills
    assert all(f"@map_scale > {PART}" in fill for fill in fills)
    names = layers(root)[f"zzgeo.facilities.{RADIUS}"].find("labeling/settings/rendering")
    assert names is not None
    assert (names.get("scaleVisibility"), names.get("scaleMax"), names.get("displayAll")) == ("1", str(STREET), "0")
    style = district.find("labeling/settings/text-style")
    assert style is not None
    assert f'format_number("{RADIUS}_missed", 0)' in str(style.get("fieldName"))
    expressions = [str(one.get("value")) for one in district.iter("Option") if one.get("name") == "expression"]
    assert any(f'maximum("{RADIUS}_missed")' in one for one in expressions)  # the worst is written bold


def test_hostile_names_stay_text(shared: Path, tmp_path: Path) -> None:
    report = fake_report(Hostile([*shared_names(shared), "bell\x07", "</title><maplayer>"]))
    write(report, tmp_path, files="gpkg", lang="en")
    root = project(tmp_path / "layers.qgs")
    assert root.findtext("title") == str(report.study.name).replace("\x07", "")
    assert all(str(one.findtext("datasource")).startswith("./layers.gpkg|layername=") for one in root.iter("maplayer"))


def _qgis() -> str:
    """Return the system's Python if it has QGIS."""
    name, ask = shutil.which("python3", path="/usr/bin"), ["-c", "import qgis.core"]
    if name is None or subprocess.run([name, *ask], env=_environment(), capture_output=True, check=False).returncode:
        absent("qgis", "QGIS is not installed (Debian: python3-qgis, 200 MB)")
    return name


def _environment() -> dict[str, str]:
    """Return the environment of the tests without their packages, and with no display."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PROJ_", "GDAL_"))}
    return {**own, "QT_QPA_PLATFORM": "offscreen"}


def test_qgis_draws_districts_from_afar_and_streets_from_near(demo: Path, tmp_path: Path) -> None:
    python = _qgis()
    for name in ("layers.gpkg", "layers.qgs"):  # QGIS writes beside what it opens
        shutil.copy(demo / name, tmp_path / name)
    districts = gpd.read_file(demo / "layers.gpkg", layer="districts")
    column = next(name for name in districts.columns if name.endswith("_missed"))
    worst = districts.loc[districts[column].idxmax()]
    facilities = gpd.read_file(demo / "layers.gpkg", layer="facilities")
    centre = worst.geometry.centroid
    day_care = facilities[facilities["kind"].str.startswith("elderly")]
    x, y = day_care.geometry.iloc[int(day_care.distance(centre).argmin())].coords[0]
    told = subprocess.run(
        [python, str(SCRIPT), str(tmp_path / "layers.qgs"), str(tmp_path), str(x), str(y), *map(str, SCALES)],
        env=_environment(),
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    ).stdout
    read = json.loads(told.splitlines()[-1])
    assert (read["read"], read["invalid"], read["faults"]) == (True, [], [])
    assert read["crs"] == f"EPSG:{districts.crs.to_epsg()}"
    assert {one.split(".")[1] for one in read["shown"]} == {"districts", "demand", "facilities", "gaps", "streets"}
    pictures = {scale: _pixels(tmp_path / f"{scale}.png") for scale in SCALES}
    for scale, picture in pictures.items():
        symbols = (picture != _pixels(tmp_path / f"{scale}-bare.png")).any(axis=2).mean()
        assert (picture < 250).any(axis=2).mean() > 0.02, f"1:{scale} is empty"
        assert symbols < 0.15, f"1:{scale} is hidden by symbols"
        assert (symbols > 0) == (scale <= QUARTER)
    shades = _shades(pictures[SCALES[0]], districts, (x, y))
    assert len(set(shades.values())) >= 3
    assert min(shades, key=lambda code: shades[code]) == worst["code"]
    assert sorted(shades.values())[0] < sorted(shades.values())[1]
    street = np.abs(pictures[SCALES[-1]].astype(int) - (0xB9, 0xBE, 0xC4)).max(axis=2) < 8
    assert street.mean() > 0.01


def _pixels(path: Path) -> np.ndarray:
    return np.asarray(np.round(imread(path)[:, :, :3] * 255), dtype=np.uint8)


def _shades(picture: np.ndarray, districts: gpd.GeoDataFrame, centre: tuple[float, float]) -> dict[str, float]:
    """Return how light the most frequent colour is around a point in each district of the picture."""
    height, width = picture.shape[:2]
    metres = 0.0254 / 96 * SCALES[0]
    shades = {}
    for code, point in zip(districts["code"], districts.representative_point(), strict=True):
        column = round(width / 2 + (point.x - centre[0]) / metres)
        row = round(height / 2 - (point.y - centre[1]) / metres)
        if 20 <= column < width - 20 and 20 <= row < height - 20:
            around = picture[row - 20 : row + 20, column - 20 : column + 20].reshape(-1, 3)
            colours, counts = np.unique(around, axis=0, return_counts=True)
            shades[code] = float(colours[counts.argmax()].astype(float) @ (0.3, 0.6, 0.1))
    return shades
