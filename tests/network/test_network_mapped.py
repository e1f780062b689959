"""A network kept on disk gives the same bits as the one in memory, and is read from where it lies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import planned_city
import pytest

from benchmarks import cities
from zzgeo.network import engine, nearest, snap
from zzgeo.network.mapped import keep_network, kept_network
from zzgeo.network.walk_network import WalkNetwork


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> tuple[WalkNetwork, WalkNetwork]:
    folder = tmp_path_factory.mktemp("network")
    network = planned_city.city(3).on_streets.network
    keep_network(network, folder)
    return network, kept_network(folder, network.ground)


def test_all_that_searches_read_is_the_same(both):
    mine, its = both
    for name in ("u", "v", "length_m", "node_xy", "component", "is_large", "may_stand"):
        np.testing.assert_array_equal(getattr(its, name), getattr(mine, name))
        assert getattr(its, name).flags.writeable == getattr(mine, name).flags.writeable
    for part, own in zip(its.numbered.arcs, mine.numbered.arcs, strict=True):
        np.testing.assert_array_equal(part, own)
        assert part.strides == own.strides or not len(own)
    assert its.notes == mine.notes
    assert its.crs == mine.crs
    pd.testing.assert_frame_equal(its.component_table, mine.component_table)
    pd.testing.assert_frame_equal(pd.DataFrame(its.columns), pd.DataFrame(mine.columns))


@pytest.mark.parametrize("small", [0, 10**9])
def test_walks_are_the_same_and_waves_are_found_again(both, tmp_path, monkeypatch, small):
    monkeypatch.setattr(engine, "SMALL_JOB", small)
    mine, _ = both
    keep_network(mine, tmp_path)
    its = kept_network(tmp_path, mine.ground)
    study = planned_city.city(3)
    first = nearest(its, study.facilities, study.demand)
    pd.testing.assert_frame_equal(first, nearest(mine, study.facilities, study.demand), check_exact=True)
    assert bool(list(tmp_path.glob("wave_*"))) == (small == 0), "compiled searches keep their waves"
    if small == 0:
        monkeypatch.setattr(engine, "_spread", None)
    again = nearest(kept_network(tmp_path, mine.ground), study.facilities, study.demand)
    pd.testing.assert_frame_equal(again, first, check_exact=True)


def test_other_sources_are_another_wave(both, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "SMALL_JOB", 0)
    mine, _ = both
    keep_network(mine, tmp_path)
    its, study = kept_network(tmp_path, mine.ground), planned_city.city(3)
    for some in (study.facilities, study.facilities.iloc[:2], study.facilities.iloc[::-1]):
        pd.testing.assert_frame_equal(nearest(its, some, study.demand), nearest(mine, some, study.demand))


def test_a_torn_wave_is_made_anew(both, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "SMALL_JOB", 0)
    mine, _ = both
    keep_network(mine, tmp_path)
    study = planned_city.city(3)
    first = nearest(kept_network(tmp_path, mine.ground), study.facilities, study.demand)
    for owner in tmp_path.glob("wave_*_owner.npy"):
        owner.unlink()
    again = nearest(kept_network(tmp_path, mine.ground), study.facilities, study.demand)
    pd.testing.assert_frame_equal(again, first, check_exact=True)


def test_a_large_network_is_mapped_with_its_grid(tmp_path):
    network = WalkNetwork.from_edges(cities.streets(75_000))
    keep_network(network, tmp_path)
    its = kept_network(tmp_path, None)
    assert "segments" in vars(its)
    assert isinstance(its.numbered.arcs.head.base, np.memmap)
    assert isinstance(its.lines.xy.base, np.memmap)
    places = cities.places(cities.streets(75_000), 500)
    pd.testing.assert_frame_equal(snap(its, places), snap(network, places), check_exact=True)
