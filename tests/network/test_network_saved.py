"""A network in a file and as a graph: what comes back is what was there, and an altered file is refused."""

from __future__ import annotations

import errno
import json
import os
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from zzgeo.errors import EnvironmentFault, InputError
from zzgeo.network import PROFILES, WalkNetwork, nearest, snap_facilities


@pytest.fixture
def town(lines):
    streets = lines(
        [(0, 0, 1), (100, 0, 2)], [(0, 0, 1), (0, 80, 5)], [(900, 0, 1), (900, 50, 1)], name=["东风路", "b", None]
    )
    return WalkNetwork.from_edges(streets.set_axis(["x", "y", "z"])).with_profile(PROFILES["aged_60_plus"])


def test_a_saved_network_comes_back_as_it_was(town, tmp_path, points):
    path = town.save(tmp_path / "town.network")
    back = WalkNetwork.from_saved(path)
    assert back.edges.equals(town.edges)
    assert back.edges.crs == town.edges.crs == back.crs
    for name in ("node_xy", "node_z", "component"):
        np.testing.assert_array_equal(getattr(back, name), getattr(town, name))
    assert back.component_table.equals(town.component_table)
    assert (back.notes, back.profile) == (town.notes, town.profile)
    homes = points((3, 70), (60, 5), (900, 20))
    assert nearest(back, homes.iloc[:1], homes).equals(nearest(town, homes.iloc[:1], homes))
    assert os.listdir(tmp_path) == ["town.network"]


def test_a_network_is_opened_and_searched_without_making_its_lines(town, tmp_path, points):
    """A LineString takes five times the memory of its vertices: a city of two million crossings must open."""
    back = WalkNetwork.from_saved(town.save(tmp_path / "town"))
    homes = points((3, 70), (60, 5), (900, 20))
    snap_facilities(back, homes)
    nearest(back, homes.iloc[:1], homes)
    assert "edges" not in vars(back)
    lines = np.asarray(town.edges.geometry)
    assert shapely.equals_exact(back.lines.whole(), lines).all()
    chosen = np.array([2, 0, 2])
    assert shapely.equals_exact(back.lines.whole(chosen), lines[chosen]).all()
    np.testing.assert_array_equal(back.lines.bounds, shapely.bounds(lines))
    assert "edges" in vars(town.with_profile(None))


def test_the_same_network_gives_the_same_bytes(town, tmp_path):
    first, second = town.save(tmp_path / "a"), WalkNetwork.from_saved(tmp_path / "a").save(tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


def test_every_altered_byte_and_every_cut_is_noticed(town, tmp_path):
    whole = town.save(tmp_path / "town").read_bytes()
    rng = np.random.default_rng(0)
    for at in [*range(90), *rng.integers(90, len(whole), 60), len(whole) - 1]:
        altered = bytearray(whole)
        altered[at] ^= 0x20
        (tmp_path / "altered").write_bytes(altered)
        with pytest.raises(InputError, match=r"file\.corrupt|file\.wrong_type"):
            WalkNetwork.from_saved(tmp_path / "altered")
    for cut in (0, 10, 80, 100, len(whole) - 1):
        (tmp_path / "cut").write_bytes(whole[:cut])
        with pytest.raises(InputError, match=r"file\.corrupt|file\.wrong_type"):
            WalkNetwork.from_saved(tmp_path / "cut")


def test_other_files_and_none_are_refused(town, tmp_path):
    for name, content in (("a", b"PK\3\4"), ("b", b"zzgeo-network 4 abc\n"), ("c", b""), ("d", b"\x80\x04pickle\n")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=r"file\.wrong_type"):
            WalkNetwork.from_saved(tmp_path / name)
    with pytest.raises(InputError, match=r"file\.missing"):
        WalkNetwork.from_saved(tmp_path / "nowhere")


def test_a_file_with_a_right_checksum_and_wrong_parts_is_refused(town, tmp_path):
    import hashlib
    import io

    def seal(payload):
        (tmp_path / "sealed").write_bytes(
            b"zzgeo-network 1 " + hashlib.sha256(payload).hexdigest().encode() + b"\n" + payload
        )
        return tmp_path / "sealed"

    whole = town.save(tmp_path / "town").read_bytes().partition(b"\n")[2]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}

    def table(edges, encoding="geoarrow"):
        file = io.BytesIO()
        edges.to_parquet(file, geometry_encoding=encoding)
        return file.getvalue()

    edges, places = town.edges, shapely.points(np.arange(6.0).reshape(3, 2))
    objects = io.BytesIO()
    np.savez(objects, node_xy=np.array([{}], dtype=object), component=np.zeros(1))
    about = json.loads(parts["about.json"])
    for change in (
        {"arrays.npz": objects.getvalue()},
        {"edges.parquet": b"PAR1"},
        {"edges.parquet": table(edges, "WKB")},
        {"edges.parquet": table(edges.set_geometry(places))},
        {"edges.parquet": table(edges.set_geometry([None, *edges.geometry[1:]]))},
        {"edges.parquet": table(edges.set_geometry(shapely.multipoints(places[:, None])))},
        {"edges.parquet": table(edges.rename_geometry("shape"))},
        {"edges.parquet": table(edges.drop(columns="u"))},
        {"about.json": b"{}"},
        {"about.json": json.dumps({**about, "profile": {"name": "x"}}).encode()},
    ):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in {**parts, **change}.items():
                archive.writestr(name, content)
        with pytest.raises(InputError, match=r"file\.corrupt"):
            WalkNetwork.from_saved(seal(file.getvalue()))
    with pytest.raises(InputError, match=r"file\.corrupt"):
        WalkNetwork.from_saved(seal(b"no zip"))


def test_a_full_disk_leaves_the_earlier_file(town, tmp_path, monkeypatch):
    path = town.save(tmp_path / "town")
    before = path.read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentFault, match=r"output\.disk_full"):
        town.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["town"]
    with pytest.raises(EnvironmentFault, match=r"output\.not_writable"):
        town.save(tmp_path / "no" / "folder")


def test_a_second_column_of_geometries_comes_back(lines, tmp_path):
    gates = gpd.GeoSeries(shapely.points([[0.0, 5.0], [1.0, 6.0]]), crs="EPSG:4547", index=["x", "y"])
    streets = lines([(0, 0), (100, 0)], [(100, 0), (100, 50)]).set_axis(["x", "y"]).assign(gate=gates, name=["a", "b"])
    network = WalkNetwork.from_edges(streets)
    back = WalkNetwork.from_saved(network.save(tmp_path / "town"))
    assert back.edges.equals(network.edges)
    assert back.edges["gate"].tolist() == gates.tolist()


def test_a_column_of_several_kinds_is_refused_with_a_remedy(lines, tmp_path):
    streets = lines([(0, 0), (100, 0)], [(0, 0), (0, 80)])
    network = WalkNetwork.from_edges(streets.assign(osmid=[[1, 2], "3"]))
    with pytest.raises(InputError, match="several kinds"):
        network.save(tmp_path / "town")
    assert not os.listdir(tmp_path)


def test_a_network_goes_to_networkx_and_back(lines, points):
    rng = np.random.default_rng(2)
    shapes = [rng.uniform(0, 400, (rng.integers(2, 5), 2)) for _ in range(30)]
    shapes += [np.insert(shapes[0][::-1], 1, (210, 190), axis=0), [(0, 0), (9, 0), (9, 9), (0, 0)]]
    streets = gpd.GeoDataFrame({"name": [f"s{at}" for at in range(32)]}, geometry=[*map(shapely.LineString, shapes)])
    network = WalkNetwork.from_edges(streets.set_crs("EPSG:4547"))
    graph = network.to_networkx()
    assert graph.number_of_nodes() == len(network.node_xy)
    assert graph.number_of_edges() == len(network.edges)
    assert sum(length for _, _, length in graph.edges(data="length")) == pytest.approx(network.length_m.sum())
    back = WalkNetwork.from_osmnx(graph)
    assert sorted(back.length_m) == pytest.approx(sorted(network.length_m))
    assert sorted(back.edges.name) == sorted(network.edges.name)
    homes = gpd.GeoDataFrame(geometry=shapely.points(rng.uniform(0, 400, (20, 2))), crs="EPSG:4547")
    pd.testing.assert_series_equal(
        nearest(back, homes.iloc[:3], homes).distance_m, nearest(network, homes.iloc[:3], homes).distance_m
    )
