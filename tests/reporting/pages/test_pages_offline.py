"""Maps that are not ours: built with folium by hand or by GeoDataFrame.explore(), opened with the network off."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import pytest
import shapely
from fake_report import CRS
from hostile import NAMES

import zzgeo
from zzgeo.errors import InputError

Opened = Callable[..., Any]


@pytest.fixture
def places() -> gpd.GeoDataFrame:
    outline = [shapely.box(468_000 + 900 * n, 3_847_000, 468_800 + 900 * n, 3_848_000) for n in range(4)]
    return gpd.GeoDataFrame(
        {"name": ["中原区", "二七区", "金水区", "惠济区"], "people": [10, 20, 30, 45]}, geometry=outline, crs=CRS
    )


def _explore(places: gpd.GeoDataFrame, *arguments: Any, **more: Any) -> folium.Map:
    pytest.importorskip("matplotlib")
    pytest.importorskip("mapclassify")
    return places.explore(*arguments, **more)


def _opened(drawn: folium.Map, path: Path, opened: Opened) -> Any:
    drawn.save(str(path))
    return opened(path)


def test_a_numeric_map_of_geopandas_opens_with_its_colour_scale(
    places: gpd.GeoDataFrame, tmp_path: Path, opened: Opened
) -> None:
    drawn = zzgeo.offline_map(_explore(places, "people", tooltip=["name"], popup=True), title="人口 <b>")
    assert isinstance(drawn, folium.Map)
    page = _opened(drawn, tmp_path / "map.html", opened)
    assert page.locator("h1").inner_text() == "人口 <b>"
    assert page.locator("#zz-scales").inner_text().split()[0] == "people"
    assert page.locator("#zz-scales .bar span").last.inner_text() == "45"
    assert page.locator(".leaflet-overlay-pane path").count() == 4
    page.locator(".leaflet-overlay-pane path").nth(2).click()
    assert "金水区" in page.locator(".leaflet-popup-content").inner_text()
    assert page.locator(".leaflet-tile").count() == 0


def test_a_map_of_categories_keeps_its_legend(places: gpd.GeoDataFrame, tmp_path: Path, opened: Opened) -> None:
    page = _opened(zzgeo.offline_map(_explore(places, "name")), tmp_path / "map.html", opened)
    assert page.locator(".maplegend li").count() == 4
    assert page.locator(".maplegend").is_visible()


def test_markers_icons_and_popups_work_without_jquery(tmp_path: Path, opened: Opened) -> None:
    built = folium.Map([34.75, 113.65])
    folium.Marker([34.75, 113.65], popup="中心").add_to(built)
    folium.Marker([34.76, 113.66], icon=folium.Icon(color="red"), tooltip="红").add_to(built)
    folium.LayerControl().add_to(built)
    page = _opened(zzgeo.offline_map(built), tmp_path / "map.html", opened)
    assert page.locator(".leaflet-marker-icon").count() == 2
    assert page.locator(".zz-pin path").first.get_attribute("fill") == "#C0392B"
    page.locator("img.leaflet-marker-icon").click()
    assert page.locator(".leaflet-popup-content").inner_text() == "中心"


def test_the_map_given_is_not_changed_and_two_runs_give_the_same_bytes(places: gpd.GeoDataFrame) -> None:
    built = _explore(places, "people")
    before = built.get_root().to_json()
    first, second = (zzgeo.offline_map(built).get_root().render() for _ in range(2))
    assert first == second
    assert built.get_root().to_json() == before
    assert "tile_layer" not in first
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=.?https?:", first)
    assert "openstreetmap" in built.get_root().render()


@pytest.mark.parametrize("name", [name for name in NAMES if "{%" not in name and "{{" not in name and "{#" not in name])
def test_a_hostile_name_in_the_data_runs_nothing(
    name: str, places: gpd.GeoDataFrame, tmp_path: Path, browser: Any
) -> None:
    drawn = zzgeo.offline_map(_explore(places.assign(name=name), tooltip=["name"], popup=["name"]))
    drawn.save(str(tmp_path / "map.html"))
    page = browser.new_page()
    page.goto(f"file://{tmp_path}/map.html")
    page.locator(".leaflet-overlay-pane path").first.click()
    page.wait_for_selector(".leaflet-popup-content")
    assert page.evaluate("window.__pwned") is None
    page.close()


@pytest.mark.parametrize("name", ["{{ 7*7 }}", "100% {% 医院", "{# x #}"])
def test_text_that_folium_would_run_as_a_template_is_refused(name: str) -> None:
    data = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [113, 34]}, "properties": {"name": name}}
    for part in (
        folium.GeoJson(data),
        folium.Marker([34, 113], popup=folium.Popup(name) if "{%" not in name else None, tooltip=name),
    ):
        built = folium.Map()
        part.add_to(built)
        with pytest.raises(InputError) as caught:
            zzgeo.offline_map(built)
        assert caught.value.problems[0].code == "map.template"


def test_a_plugin_that_needs_the_internet_is_refused_by_name() -> None:
    plugins = pytest.importorskip("folium.plugins")
    built = folium.Map()
    plugins.MarkerCluster().add_to(built)
    with pytest.raises(InputError, match="markercluster"):
        zzgeo.offline_map(built).get_root().render()


def test_a_site_of_maps_shares_its_files_and_every_page_opens(
    places: gpd.GeoDataFrame, tmp_path: Path, opened: Opened
) -> None:
    marked = folium.Map([34.75, 113.65])
    folium.Marker([34.75, 113.65], popup="中心").add_to(marked)
    maps = {"人口 <b>": _explore(places, "people", tooltip=["name"], popup=True), "人口/b": marked}
    contents = []
    for _ in range(2):
        written = zzgeo.offline_site(maps, tmp_path / "site")
        contents.append([path.read_bytes() for path in written])
        first, second, *shared = written
        assert [path.name for path in (first, second)] == ["人口-b.html", "人口-b-2.html"]
        names = ("leaflet.css", "leaflet.js", "zz.css", "folium.js", "boot.js", "words.js", "scales.js")
        assert sorted(path.relative_to(tmp_path / "site").as_posix() for path in shared) == sorted(
            f"assets/{name}" for name in names
        )
    assert contents[0] == contents[1]
    assert first.stat().st_size < 40_000
    page = opened(first)
    assert page.locator("h1").inner_text() == "人口 <b>"
    assert page.locator("#zz-scales .bar span").last.inner_text() == "45"
    page.locator(".leaflet-overlay-pane path").nth(2).click()
    assert "金水区" in page.locator(".leaflet-popup-content").inner_text()
    page = opened(second)
    page.locator("img.leaflet-marker-icon").click()
    assert page.locator(".leaflet-popup-content").inner_text() == "中心"


def test_a_map_that_is_refused_leaves_the_earlier_site_as_it_was(places: gpd.GeoDataFrame, tmp_path: Path) -> None:
    plugins = pytest.importorskip("folium.plugins")
    zzgeo.offline_site({"a": folium.Map()}, tmp_path / "site")
    before = {path: path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()}
    built = folium.Map()
    plugins.MarkerCluster().add_to(built)
    with pytest.raises(InputError, match="markercluster"):
        zzgeo.offline_site({"b": folium.Map(), "c": built}, tmp_path / "site")
    assert {path: path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()} == before
