"""A layer is one file: dropped in, it shows on pages, in ``layers.gpkg`` and on pictures, in both languages."""

from __future__ import annotations

import base64
import contextlib
import importlib
import io
import json
import re
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fake_report import CIRCLE, CODES, CRS, RADIUS, SIDE, X0, Y0, fake_report
from layer_views import Picture, in_gis, on_page
from matplotlib.image import imread

from zzgeo.layers import Layer, Look, Table, layers
from zzgeo.layers.parts.derived import drawn, features, form_of, of_one_form, symbology
from zzgeo.layers.parts.pictures import Entry, Marks, Scene
from zzgeo.reporting import write
from zzgeo.reporting.desk.layer_words import LayerWords
from zzgeo.reporting.desk.slides import district_slide

# where no Chinese font is installed everything still works, with boxes for characters
pytestmark = pytest.mark.filterwarnings("ignore:font.missing")

HULLS = '''"""Around every school the hull of the homes that have it as their nearest."""

import geopandas as gpd

from zzgeo.layers import Layer, Look, Table


def _rows(report):
    demand, parts = report.study.demand, []
    for rule, reach in report.reach.items():
        homes = gpd.GeoSeries(demand.geometry.array, index=reach["facility_id"].to_numpy(), crs=demand.crs)
        hulls = homes.groupby(level=0).apply(lambda own: own.union_all().convex_hull)
        count = homes.groupby(level=0).size()
        names = report.study.facilities["name"].reindex(hulls.index).to_numpy()
        parts.append(gpd.GeoDataFrame(
            {"school": hulls.index, "name": names, "homes": count.to_numpy()}, geometry=hulls.to_numpy(), crs=demand.crs
        ))
    if not parts:
        return None
    return gpd.pd.concat(parts, ignore_index=True).rename_axis("hull_id")


LAYER = Layer(
    "hulls", "学校服务范围", "School catchments", "reach",
    Table("school_catchments", _rows, names={"homes": ("户点数", "Homes"), "school": ("学校", "School")}),
    order=55, shown=True, style=Look("#00A087", "#7E6148", width=3.0, fill_opacity=0.3),
)
'''

LABELS = {"zh": "学校服务范围", "en": "School catchments"}


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    package = importlib.import_module("zzgeo.layers")
    (tmp_path / "hulls.py").write_text(HULLS, encoding="utf-8")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    layers.cache_clear()
    yield
    layers.cache_clear()
    sys.modules.pop("zzgeo.layers.hulls", None)


def _island(path: Path) -> Any:
    found = re.search(r'<script[^>]*id="zz-data"[^>]*>(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    assert found is not None
    data = json.loads(found.group(1))
    return json.loads(zlib.decompress(base64.b64decode(data["packed"]))) if "packed" in data else data


def _share(picture: bytes, colour: str) -> float:
    rgb = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return float((np.abs(imread(io.BytesIO(picture))[..., :3] - rgb).max(axis=2) < 0.01).mean())


@pytest.mark.usefixtures("dropped_in")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_file_shows_on_the_page_in_the_geopackage_and_on_the_picture(lang: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(fake_report(), out, lang=lang, files="pages,gpkg,png")

    (path,) = (out / "maps").glob("*410102*")
    data = _island(path)
    (layer,) = [one for one in data["layers"] if one["id"] == "hulls"]
    assert (layer["label"], layer["group"], layer["shown"]) == (LABELS, "reach", True)
    assert layer["style"] == {"color": "#7E6148", "weight": 3.0, "fill": "#00A087", "fill_opacity": 0.3}
    (mosaic,) = layer["features"]
    assert mosaic["titles"] == ["枫林日间照料中心", "健身广场"]
    assert ["homes", ["72", "72"]] in mosaic["columns"]
    assert data["words"]["homes"] == ["户点数", "Homes"]
    order = [one["id"] for one in data["layers"]]
    assert order.index("people") < order.index("hulls") < order.index("gaps")

    table = gpd.read_file(out / "layers.gpkg", layer="school_catchments")
    assert table["homes"].tolist() == [72, 72]
    assert table.crs == CRS
    assert table.area.tolist() == pytest.approx([3_600.0 * 1_600.0] * 2)  # homes from 150 to 3750 m and to 1750 m
    with contextlib.closing(sqlite3.connect(out / "layers.gpkg")) as base:
        ((title, qml),) = base.execute(
            "SELECT description, styleQML FROM layer_styles WHERE f_table_name = 'school_catchments' AND useAsDefault"
        ).fetchall()
        called = dict(
            base.execute(
                "SELECT column_name, name FROM gpkg_data_columns WHERE table_name = 'school_catchments'"
            ).fetchall()
        )
    assert title == LABELS[lang]
    root = ET.fromstring(qml.split("\n", 1)[1])
    symbol = {one.get("k"): one.get("v") for one in root.iter("prop")}
    assert (symbol["color"], symbol["outline_color"]) == ("0,160,135,76", "126,97,72,255")
    assert [one.get("label") for one in root.iter("rule")] == [LABELS[lang]]
    assert {one.get("field"): one.get("name") for one in root.iter("alias")} == called
    assert called["homes"] == {"zh": "户点数", "en": "Homes"}[lang]

    (slide,) = (out / "slides").glob("*410102*")
    assert _share(slide.read_bytes(), "#7E6148") > 1e-4
    assert _share((out / "slides" / "city.png").read_bytes(), "#7E6148") == 0
    assert Picture("hulls", fake_report(), RADIUS, CODES[0], lang).legend == [LABELS[lang]]


def test_what_is_not_dropped_in_is_nowhere() -> None:
    report = fake_report()
    assert "hulls" not in [layer.id for layer in layers()]
    assert in_gis("school_catchments", report) is None
    assert _share(district_slide(report, CODES[0]), "#7E6148") == 0


@pytest.mark.usefixtures("dropped_in")
def test_the_page_draws_explains_finds_and_tells_it(opened: Callable[..., Any], tmp_path: Path) -> None:
    write(fake_report(), tmp_path / "out", files="pages")
    (path,) = (tmp_path / "out" / "maps").glob("*410102*")
    page = opened(path)
    assert page.evaluate("ZZ.map.made('hulls').map(d => d.table.n)") == [2]
    assert page.evaluate("ZZ.map.made('hulls')[0].look(0).fill") == "#00A087"
    legend = page.locator("#zz-legend .item", has_text="学校服务范围")
    assert legend.locator("rect").get_attribute("fill") == "#00A087"
    page.locator("#zz-search").fill("健身广场")
    page.locator("#zz-results li", has_text="学校服务范围").click()
    assert "户点数" in page.locator(".leaflet-popup-content").inner_text()
    page.locator("#zz-lang-en").click()
    assert "School catchments" in page.locator("#zz-legend").inner_text()
    page.locator("#zz-layers summary").click()
    page.locator("#zz-layer-hulls").uncheck()
    assert page.evaluate("ZZ.map.made('hulls').length") == 0
    assert "School catchments" not in page.locator("#zz-legend").inner_text()


PLACE, STREET = shapely.Point(X0 + 100, Y0 + 100), shapely.LineString([(X0, Y0 + 50), (X0 + SIDE, Y0 + 50)])
PLOT, BEYOND = shapely.box(X0 + 10, Y0 + 10, X0 + 60, Y0 + 40), shapely.Point(X0 + 3_000, Y0 + 100)


@pytest.mark.parametrize(
    ("shapes", "form", "shape", "gis"),
    [
        ([PLACE, BEYOND], "point", "marks", {"fill": "#3C5488", "line": "#FFFFFF", "size": 2.2}),
        ([STREET, shapely.MultiLineString([STREET])], "line", "line", {"line": "#3C5488", "width": 0.53}),
        ([PLOT, shapely.MultiPolygon([PLOT])], "area", "mosaic", {"fill": None, "line": "#3C5488", "width": 0.53}),
        ([PLOT, PLACE], "point", "marks", {"fill": "#3C5488"}),
    ],
    ids=["points", "lines", "areas", "mixed"],
)
def test_a_table_of_points_lines_or_areas_is_all_a_layer_needs(
    shapes: list[Any], form: str, shape: str, gis: dict[str, Any]
) -> None:
    def rows(report: Any) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame({"floors": [3, 4]}, geometry=shapes, crs=CRS).rename_axis("id")

    layer = Layer("simple", "简单", "Simple", "base", Table("simple", rows), style=Look(line="#3C5488", width=2))
    report, words = fake_report(), LayerWords("en")
    (feature,) = features(layer, report)(CODES[0])
    here = [one for one in shapes if one.intersects(report.study.districts.geometry.loc[CODES[0]])]
    assert feature["shape"] == shape
    assert feature.get("titles", ["0", "1"])[: len(here)] == ["0", "1"][: len(here)]  # without a name, by their ids
    assert len(feature["xy"]) == len(here) * (2 if form == "point" else 1)
    (style,) = symbology(layer, report, of_one_form(rows(report)), words).styles
    ((_, label, look),) = style.classes
    assert (style.name, label) == ("Simple", "Simple")
    assert {name: getattr(look, name) for name in gis} == gis
    (circle,) = [rule for rule in report.rules if rule.id == CIRCLE]
    marks, entry = drawn(layer, Scene(report, circle, words, CODES[0]))
    assert isinstance(marks, Marks)
    assert isinstance(entry, Entry)
    assert len(marks.geometry) == len(here)
    assert form_of(gpd.GeoDataFrame(geometry=list(marks.geometry))) == form == entry.form
    assert entry.text == "Simple"
    assert "#3C5488" in (marks.look.fill, marks.look.line)
    assert list(drawn(layer, Scene(report, circle, words))) == []  # a picture of the city shows districts alone
    empty = Layer("empty", "空", "Empty", "base", Table("empty", lambda report: rows(report).iloc[:0]))
    assert features(empty, report)(None) == list(drawn(empty, Scene(report, circle, words, CODES[0]))) == []


def test_rows_that_name_their_district_show_there_alone() -> None:
    def rows(report: Any) -> gpd.GeoDataFrame:
        # a plan of the second district that lies in the first
        return gpd.GeoDataFrame({"district": [CODES[1]], "name": ["规划"]}, geometry=[PLOT], crs=CRS).rename_axis("id")

    layer = Layer("plan", "规划", "Plan", "base", Table("plan", rows))
    draw = features(layer, fake_report())
    assert draw(CODES[0]) == []
    assert draw(CODES[1])[0]["titles"] == ["规划"]
    report = fake_report()
    shown = [list(drawn(layer, Scene(report, report.rules[0], LayerWords("zh"), code))) for code in CODES]
    assert [len(parts) for parts in shown] == [0, 2]


def test_on_a_page_only_is_a_layer_that_says_so() -> None:
    walked = [layer.id for layer in layers() if layer.table is None]
    assert walked == ["land", "roads", "walk", "suggested", "places"]
    assert on_page("walk", fake_report(), CODES[0])
