"""Loading a study: everything that is wrong is told at once, every row is used or listed."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from files import X, Y, edit, write_study
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, box

from zzgeo.cli.commands import run
from zzgeo.crs.metric import wgs84_to_bd09, wgs84_to_gcj02
from zzgeo.errors import ConservationError, InputError
from zzgeo.formats.delimited import read_delimited
from zzgeo.formats.parts.base import Options
from zzgeo.intake.account import Account
from zzgeo.intake.study import check_study, load_study
from zzgeo.intake.study_crs import stretched
from zzgeo.served import walk_network
from zzgeo.spec.config_file import key_lines
from zzgeo.spec.study_file import read_study_file


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study")


def codes(path: Path) -> set[str]:
    with pytest.raises(InputError) as caught:
        load_study(path)
    return {problem.code for problem in caught.value.problems}


def test_a_sound_study_loads_with_every_row_used(study):
    loaded = load_study(study)
    assert len(loaded.facilities) == 2
    assert list(loaded.facilities["capacity"]) == [21, 22]
    assert loaded.demand["residents"].sum() == sum(range(100, 108))
    assert set(loaded.demand["district"]) == {"410102", "410103"}
    assert loaded.demand["unit"].notna().all()
    assert loaded.quarantined.empty
    assert all(one.rows_read == one.rows_used for one in loaded.accounts)
    assert len(loaded.accounts) == 5


def no_datum(study: Path) -> None:
    edit(study, 'source = "people.csv"\ndatum = "EPSG:4547"', 'source = "people.csv"')


def degrees_as_metres(study: Path) -> None:
    rows = ["编号,X,Y,人口,老人", "P1,113.62,34.75,5,1", "P2,113.63,34.76,5,1"]
    (study.parent / "people.csv").write_text("\n".join(rows), encoding="utf-8")


def gbk_read_as_utf8(study: Path) -> None:
    edit(study, 'source = "养老.csv"', 'source = "养老.csv"\nencoding = "utf-8"')


def empty_layer(study: Path) -> None:
    (study.parent / "people.csv").write_text("编号,X,Y,人口,老人\n", encoding="utf-8")


def missing_column(study: Path) -> None:
    edit(study, '"人口"', '"人口数"')


def unknown_key(study: Path) -> None:
    edit(study, "[walking]" if "[walking]" in study.read_text("utf-8") else "[demand]", "[demand]\nstrets = 1")


def web_mercator_as_metric(study: Path) -> None:
    edit(study, 'crs = "EPSG:4547"\n\n', 'crs = "EPSG:3857"\n\n')


def degrees_as_metric(study: Path) -> None:
    edit(study, 'crs = "EPSG:4547"\n\n', 'crs = "EPSG:4490"\n\n')


BAD = [
    (no_datum, "crs.missing"),
    (degrees_as_metres, "crs.mismatch"),
    (gbk_read_as_utf8, "encoding.invalid"),
    (empty_layer, "layer.empty"),
    (missing_column, "schema.missing_column"),
    (unknown_key, "config.invalid"),
    (web_mercator_as_metric, "crs.mismatch"),
    (degrees_as_metric, "crs.mismatch"),
]


@pytest.mark.parametrize(("spoil", "code"), BAD, ids=[spoil.__name__ for spoil, _ in BAD])
def test_bad_input_ends_in_one_clear_line_and_exit_4_with_nothing_written(study, tmp_path, capsys, spoil, code):
    spoil(study)
    assert run(["audit", str(study), "--out", str(tmp_path / "out")]) == 4
    told = capsys.readouterr()
    lines = [line for line in told.err.strip().splitlines() if not line.startswith("progress: ")]
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{code} · ")
    assert lines[0].count(" · ") >= 2
    assert "Traceback" not in told.err + told.out
    assert not (tmp_path / "out").exists()


def test_all_problems_are_told_in_one_pass(study):
    no_datum(study)
    gbk_read_as_utf8(study)
    edit(study, 'source = "streets.gpkg"', 'source = "strassen.gpkg"')
    assert codes(study) == {"crs.missing", "encoding.invalid", "file.missing"}


def test_all_problems_are_told_even_when_the_districts_are_bad(study):
    edit(study, 'source = "districts.gpkg"', 'source = "nowhere.gpkg"')
    gbk_read_as_utf8(study)
    assert codes(study) == {"file.missing", "encoding.invalid"}


def test_every_fault_of_the_study_file_is_named_with_its_line(study):
    edit(study, 'name = "测试区"', 'nam = "测试区"')
    edit(study, 'types = { "社区" = "urban-community" }', 'types = { "社区" = "town" }')
    with pytest.raises(InputError) as caught:
        read_study_file(study)
    lines = study.read_text("utf-8").splitlines()
    wheres = {problem.value: problem.where for problem in caught.value.problems}
    assert wheres["nam"] == f"study.toml:{lines.index('nam = ' + chr(34) + '测试区' + chr(34)) + 1}"
    assert wheres["units.types"] == f"study.toml:{lines.index(next(x for x in lines if x.startswith('types'))) + 1}"
    assert "name" in wheres


def test_key_lines_counts_arrays_of_tables():
    assert key_lines("[[a]]\nx = 1\n[[a]]\nx = 2\n")[("a", 1, "x")] == 4


@pytest.mark.parametrize("source", ["http://example.org/x.csv", "/vsicurl/http://x/y.gpkg", "<OGRVRTDataSource>"])
def test_paths_that_could_reach_elsewhere_are_refused(study, source):
    edit(study, '"people.csv"', f'"{source}"')
    assert "config.unsafe" in codes(study)


def test_a_vrt_that_calls_itself_gpkg_is_refused(study):
    (study.parent / "units.gpkg").write_text("<OGRVRTDataSource></OGRVRTDataSource>")
    assert "file.wrong_type" in codes(study)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("F9,站,日间照料,,,5", "coord.missing"),
        ("F9,站,日间照料,0,0,5", "coord.null_island"),
        ("F9,站,日间照料,{x},{y},#N/A", "value.unparsed"),
        ("F9,站,飞机场,{x},{y},5", "value.unparsed"),
        ("F1,站,日间照料,{x},{y},5", "id.duplicate"),
        ("F9,站,日间照料,{x},{y}", "row.ragged"),
        ("F9,站,日间照料,inf,{y},5", "coord.nonfinite"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_place_and_reason(study, row, code):
    path = study.parent / "养老.csv"
    text = path.read_bytes().decode("gb18030") + "\r\n" + row.format(x=X + 5, y=Y + 5) + "\r\n"
    path.write_bytes(text.encode("gb18030"))
    loaded = load_study(study)
    assert len(loaded.facilities) == 2
    [aside] = loaded.quarantined.to_dict("records")
    assert (aside["code"], aside["file"], aside["row"]) == (code, "养老.csv", "4")


def test_an_account_that_does_not_add_up_is_a_bug_of_ours():
    with pytest.raises(ConservationError):
        Account("facilities", "a.csv", "", 10, 8, 1, "", "")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["F", "G", ""]),
            st.sampled_from(["日间照料", "飞机场", ""]),
            st.sampled_from([str(X + 5), "", "0", "x", "nan", "1e400", "１２３"]),
            st.sampled_from(["1", "-1", "1,200", "", "几张", "1_000"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_row_is_either_used_or_listed(tmp_path_factory, rows):
    study = write_study(tmp_path_factory.mktemp("rows"))
    text = (study.parent / "养老.csv").read_bytes().decode("gb18030")
    extra = [f'{one and one + str(n)},站{n},{kind},{x},{Y + 9},"{beds}"' for n, (one, kind, x, beds) in enumerate(rows)]
    (study.parent / "养老.csv").write_bytes("\r\n".join([text, *extra]).encode("gb18030"))
    loaded, problems = check_study(study)
    if loaded is None:
        assert problems
        return
    names = set(loaded.facilities["name"])
    listed = set(loaded.quarantined["row"])
    for n in range(len(rows)):
        assert (f"站{n}" in names) != (str(n + 4) in listed)


def test_ids_that_look_like_numbers_stay_text(tmp_path):
    (tmp_path / "a.csv").write_text("id,v\n00123,1\n0123,2\n123456789012345678,3\n1E5,4\n", encoding="utf-8")
    table = read_delimited(tmp_path / "a.csv", Options()).table
    assert list(table["id"]) == ["00123", "0123", "123456789012345678", "1E5"]


def test_a_gbk_shapefile_without_cpg_is_read_as_what_it_is(shared, capsys):
    assert run(["check", str(shared / "cases/encoding/gbk_shp/f.shp")]) == 0
    assert "encoding.detected" in capsys.readouterr().out


def test_the_same_places_in_any_datum_give_the_same_study(study, tmp_path):
    base = load_study(study)
    lonlat = base.demand.to_crs(4326).geometry
    lon, lat = lonlat.x.to_numpy(), lonlat.y.to_numpy()
    numbers = base.demand[["residents", "aged_60_plus"]]
    for datum, (east, north) in {
        "EPSG:4326": (lon, lat),
        "GCJ-02": wgs84_to_gcj02(lon, lat),
        "BD-09": wgs84_to_bd09(lon, lat),
    }.items():
        columns = {
            "编号": base.demand.index,
            "X": east,
            "Y": north,
            "人口": numbers["residents"],
            "老人": numbers["aged_60_plus"],
        }
        pd.DataFrame(columns).to_csv(study.parent / "people.csv", index=False, float_format="%.12f")
        text = study.read_text("utf-8")
        head, tail = text.split("[demand]")
        other = study.parent / "other.toml"
        other.write_text(head + "[demand]" + tail.replace("EPSG:4547", datum), encoding="utf-8")
        again = load_study(other).demand
        apart = np.hypot(again.geometry.x - base.demand.geometry.x, again.geometry.y - base.demand.geometry.y)
        assert apart.max() < 1e-3


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet", ".shp"])
def test_the_same_layer_in_any_format_gives_the_same_study(study, suffix):
    base = load_study(study)
    units = gpd.read_file(study.parent / "units.gpkg").rename(columns={"代码": "c", "名称": "n", "类型": "t"})
    path = study.parent / f"units2{suffix}"
    if suffix == ".parquet":
        units.to_parquet(path)
    else:
        (units.to_crs(4326) if suffix == ".geojson" else units).to_file(path)
    edit(study, '"units.gpkg"', f'"{path.name}"')
    edit(study, 'code = "代码", name = "名称", type = "类型"', 'code = "c", name = "n", type = "t"')
    if suffix == ".geojson":
        text = study.read_text("utf-8")
        head, tail = text.split("[units]")
        study.write_text(head + "[units]" + tail.replace("EPSG:4547", "EPSG:4326", 1), encoding="utf-8")
    again = load_study(study)
    assert list(again.units["name"]) == list(base.units["name"])
    assert again.units.area.to_numpy() == pytest.approx(base.units.area.to_numpy(), rel=1e-6)


def test_people_left_out_are_spread_over_the_units_and_add_up(study):
    units = gpd.read_file(study.parent / "units.gpkg").assign(人口=[1000, 500], 老人=[100, 50])
    units.to_file(study.parent / "units.gpkg")
    text = study.read_text("utf-8").split("[demand]")[0]
    study.write_text(
        text.replace('type = "类型" }', 'type = "类型", residents = "人口", aged_60_plus = "老人" }'), "utf-8"
    )
    alone = load_study(study)
    assert len(alone.demand) == 2
    land = gpd.GeoDataFrame(geometry=[box(X, Y, X + 400, Y + 400), box(X + 1500, Y, X + 1900, Y + 400)], crs=4547)
    land.to_file(study.parent / "land.gpkg")
    study.write_text(study.read_text("utf-8") + '\n[land]\nsource = "land.gpkg"\n', encoding="utf-8")
    spread = load_study(study)
    assert len(spread.demand) == 32
    assert spread.demand.groupby("district")["residents"].sum().to_dict() == pytest.approx(
        {"410102": 1000, "410103": 500}
    )


def test_a_person_on_the_border_of_two_districts_belongs_to_the_smaller_code(study):
    rows = [
        "编号,X,Y,人口,老人",
        f"P1,{X + 1000},{Y + 500},7,1",
        f"P2,{X + 1500},{Y + 500},5,1",
        f"P3,{X + 50},{Y + 50},3,1",
    ]
    (study.parent / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    assert load_study(study).demand.at["P1", "district"] == "410102"


def test_a_stated_unit_code_wins_over_the_place_and_an_unknown_one_is_told(study):
    edit(study, 'residents = "人口"', 'residents = "人口", unit = "社区"')
    rows = ["编号,X,Y,人口,老人,社区"]
    rows += [
        f"P1,{X + 900},{Y + 500},7,1,410103001001",
        f"P2,{X + 100},{Y + 500},5,1,999",
        f"P3,{X + 1100},{Y + 5},3,1,",
    ]
    (study.parent / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    loaded = load_study(study)
    assert loaded.demand["unit"].tolist() == ["410103001001", "410102001001", "410103001001"]
    assert loaded.demand["district"].tolist() == ["410103", "410102", "410103"]
    assert "value.unknown_code" in {problem.code for problem in loaded.warnings}


def test_the_central_city_is_the_city_districts_inside_the_fourth_ring_unless_given(study):
    ring = gpd.GeoDataFrame(geometry=[box(X + 500, Y, X + 1500, Y + 5000)], crs=4547)
    ring.to_file(study.parent / "ring.gpkg")
    study.write_text(study.read_text("utf-8") + '\n[[areas]]\nid = "ring-4"\nsource = "ring.gpkg"\n', encoding="utf-8")
    loaded = load_study(study)
    assert loaded.areas["central-city"].area == pytest.approx(1_000_000)
    assert "area.derived" in {problem.code for problem in loaded.warnings}
    own = '\n[[areas]]\nid = "central-city"\nsource = "ring.gpkg"\n'
    study.write_text(study.read_text("utf-8") + own, encoding="utf-8")
    assert load_study(study).areas["central-city"].area == pytest.approx(5_000_000)


def test_the_template_passes_check_once_filled_in(tmp_path, capsys):
    folder = tmp_path / "new"
    assert run(["new", str(folder)]) == 0
    assert run(["new", str(folder)]) == 5
    source = write_study(tmp_path / "source").parent
    text = (folder / "study.toml").read_text("utf-8")
    with pytest.raises(InputError):
        load_study(folder)
    for old, new in {"«郑州市»": "中原区", "«streets.gpkg»": "../source/streets.gpkg", "«": "", "»": ""}.items():
        text = text.replace(old, new)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    assert source.is_dir()
    with (folder / "facilities.csv").open("a", encoding="utf-8") as stream:
        stream.write("F1,枫林站,日间照料中心,113.55,34.75,20,300,2015-01-01\r\n")
    with (folder / "people.csv").open("a", encoding="utf-8") as stream:
        stream.write("P1,113.55,34.751,100,20\r\n")
    capsys.readouterr()
    assert run(["check", str(folder)]) == 0
    assert "1 facilities" in capsys.readouterr().out


def test_a_barrier_of_the_study_cuts_its_streets_and_is_accounted_for(study):
    whole = walk_network(load_study(study))
    line = gpd.GeoDataFrame(geometry=[LineString([(X + 950, Y - 100), (X + 950, Y + 1100)])], crs=4547)
    line.to_file(study.parent / "river.gpkg")
    edit(study, "[units]", '[barriers]\nsource = "river.gpkg"\ndatum = "EPSG:4547"\n\n[units]')
    loaded = load_study(study)
    network = walk_network(loaded)
    assert "barriers" in {one.layer for one in loaded.accounts}
    assert len(whole.component_table) == 1
    assert len(network.component_table) == 2
    assert any(one.code == "network.barrier" for one in network.notes)


def test_streets_are_cut_where_they_cross_only_if_the_study_asks(study):
    cross = [LineString([(X, Y + 500), (X + 2000, Y + 500)]), LineString([(X + 500, Y), (X + 500, Y + 1000)])]
    gpd.GeoDataFrame(geometry=cross, crs=4547).to_file(study.parent / "streets.gpkg")
    loaded = load_study(study)
    assert len(loaded.streets) == 2
    edit(study, 'source = "streets.gpkg"', 'source = "streets.gpkg"\nnode = true')
    noded = load_study(study)
    assert len(noded.streets) == 4
    assert any(one.code == "network.noded" for one in noded.warnings)
    assert all(one.rows_read == one.rows_used == 2 for one in noded.accounts if one.layer == "streets")


def test_people_of_buildings_stand_inside_them_and_are_told(study):
    people = pd.read_csv(study.parent / "people.csv")
    homes = gpd.GeoDataFrame(
        people, geometry=[box(x, y, x + 20, y + 10) for x, y in zip(people.X, people.Y, strict=True)], crs=4547
    )
    homes.drop(columns=["X", "Y"]).to_file(study.parent / "homes.gpkg")
    edit(study, '"people.csv"', '"homes.gpkg"')
    edit(study, 'demand_id = "编号", lon = "X", lat = "Y", ', 'demand_id = "编号", ')
    loaded = load_study(study)
    assert loaded.demand["residents"].sum() == sum(range(100, 108))
    assert (loaded.demand.geometry.geom_type == "Point").all()
    assert any(one.code == "geom.mixed_types" for one in loaded.warnings)


def test_kinds_come_from_amap_codes_and_the_users_own_words_come_first(study):
    path = study.parent / "养老.csv"
    text = path.read_bytes().decode("gb18030").replace("日间照料", "090101|141201", 1)
    path.write_bytes(text.encode("gb18030"))
    assert list(load_study(study).facilities["kind"]) == ["hospital", "elderly_day_care"]
    edit(study, '"日间照料" =', '"090101|141201" = "nursing_home", "日间照料" =')
    assert list(load_study(study).facilities["kind"]) == ["nursing_home", "elderly_day_care"]


@pytest.mark.parametrize(("width_km", "told"), [(300, ""), (700, "0.11%"), (2600, "2.05%")])
def test_a_crs_is_looked_at_over_the_whole_study(width_km, told):
    """UTM serves a county, is told in a wide prefecture, and is off by a percent in a province like Xinjiang."""
    half = width_km * 500.0
    province = gpd.GeoDataFrame(geometry=[box(500_000 - half, 4_300_000, 500_000 + half, 4_400_000)], crs="EPSG:32645")
    problems = stretched(province.crs, province, "study.toml")
    assert [(one.code, one.value, one.severity) for one in problems] == (
        [("crs.stretched", f"EPSG:32645, up to {told}", "warning")] if told else []
    )


@pytest.mark.parametrize(("zone", "outcome"), [(4547, []), (4549, ["warning"]), (4551, ["error"]), (4545, ["warning"])])
def test_a_zone_beside_the_place_is_told_and_one_far_away_refused(study, zone, outcome):
    edit(study, 'crs = "EPSG:4547"\n\n', f'crs = "EPSG:{zone}"\n\n')
    told = [one for one in check_study(study)[1] if one.code in ("crs.stretched", "crs.mismatch")]
    assert [one.severity for one in told] == outcome
    assert all("% here; 0.5% is refused, 0.05% is reported" in one.why for one in told)


@pytest.mark.parametrize("old", [2435, 2383])
def test_a_study_in_an_old_datum_takes_layers_of_that_datum_alone(study, old):
    edit(study, 'crs = "EPSG:4547"\n\n', f'crs = "EPSG:{old}"\n\n')
    [refusal] = [one for one in check_study(study)[1] if one.severity == "error"]
    assert (refusal.code, refusal.where, refusal.value) == ("crs.mismatch", "districts.gpkg", f"EPSG:{old}")
    study.write_text(study.read_text("utf-8").replace("EPSG:4547", f"EPSG:{old}"), "utf-8")
    for path in study.parent.glob("*.gpkg"):
        table = gpd.read_file(path).set_crs(old, allow_override=True)
        path.unlink()
        table.to_file(path)
    loaded, problems = check_study(study)
    assert loaded is not None
    assert [one.severity for one in problems if one.code == "crs.unconnected"] == ["warning"]
    for known in ("EPSG:4547", "EPSG:32649"):
        edit(study, f'crs = "EPSG:{old}"\n\n', f'crs = "{known}"\n\n')
        [refusal] = [one for one in check_study(study)[1] if one.severity == "error"]
        assert (refusal.code, refusal.value) == ("crs.mismatch", f"EPSG:{old}")
        edit(study, f'crs = "{known}"\n\n', f'crs = "EPSG:{old}"\n\n')
