"""Compiled searches: held against scipy and networkx, in any number of threads, with and without a cache on disk."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from numba.core.caching import NullCache

import zzgeo
from zzgeo.network import WalkNetwork, compiled, engine, plain
from zzgeo.network.positions import Positions

CRS = "EPSG:4547"


def crooked(rng, side=14, gaps=0.25):
    """Return the streets of a crooked grid with gaps, parallels, loops and islands."""
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) * 90.0 + rng.uniform(-25, 25, (side, side, 2))
    ways = [(a, b) for a, b in ((xy[:-1], xy[1:]), (xy[:, :-1], xy[:, 1:]))]
    pairs = [(u, v) for a, b in ways for u, v in zip(a.reshape(-1, 2), b.reshape(-1, 2), strict=True)]
    kept = [[u, v] for u, v in pairs if rng.random() > gaps]
    kept += [[u, (u + v) / 2 + rng.uniform(-40, 40, 2), v] for u, v in pairs[::17]]
    kept += [np.add(u, ((0, 0), (20, 0), (20, 20), (0, 0))) for u, _ in pairs[::29]]
    order = rng.permutation(len(kept))
    return gpd.GeoDataFrame(geometry=[shapely.LineString(kept[at]) for at in order], crs=CRS)


def standing(network, rng, count, owners=None, leg=30.0):
    """Return positions on random edges; every fifth on the edge of the one before, every seventh at an end."""
    edge = rng.integers(0, len(network.u), count)
    edge[4::5] = edge[3::5][: len(edge[4::5])]
    offset = rng.uniform(0, 1, count) * network.length_m[edge]
    offset[::7] = 0.0
    owner = np.arange(count) if owners is None else np.sort(rng.integers(0, owners, count))
    return Positions(edge, offset, rng.uniform(0, leg, count), owner)


@pytest.fixture(scope="module", params=range(6))
def case(request):
    rng = np.random.default_rng(request.param)
    network = WalkNetwork.from_edges(crooked(rng, gaps=0.2 + 0.06 * request.param))
    return network, standing(network, rng, 40, owners=25), standing(network, rng, 300)


@pytest.mark.parametrize("cutoff", [np.inf, 333.3, 1250.0])
@pytest.mark.parametrize("k", [1, 2, 7, 60])
def test_compiled_and_scipy_find_the_same_owners_at_the_same_distances_to_the_bit(case, k, cutoff, monkeypatch):
    network, sources, targets = case
    distance, owner = engine.nearest_owners(network, sources, targets, k, cutoff)
    monkeypatch.setattr(engine, "SMALL_JOB", np.inf)
    other, other_owner = engine.nearest_owners(network, sources, targets, k, cutoff)
    np.testing.assert_array_equal(distance, other)
    np.testing.assert_array_equal(owner, other_owner)
    assert np.isfinite(distance).any()


@pytest.mark.parametrize("metres", [25.0, 333.3, 1250.0])
def test_compiled_and_scipy_cut_the_same_pieces_to_the_bit(case, metres):
    network, sources, _ = case
    ours, theirs = engine.pieces_of_each(network, sources, metres), plain.pieces_of_each(network, sources, metres)
    order = np.lexsort((ours[2], ours[1], ours[0]))
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine[order], other)
    both = engine.pieces_of_any(network, sources, metres), plain.pieces_of_any(network, sources, metres)
    for mine, other in zip(*both, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("cutoff", [80.0, 333.3, 1250.0])
def test_compiled_and_scipy_pair_the_same_places_to_the_bit(case, cutoff):
    network, sources, targets = case
    both = engine.pairs_within(network, sources, targets, cutoff), plain.pairs_within(network, sources, targets, cutoff)
    for mine, other in zip(*both, strict=True):
        np.testing.assert_array_equal(mine, other)
    assert len(both[0][0]) > 0


def test_distances_between_crossings_are_those_of_networkx(case):
    network, _, _ = case
    graph = nx.MultiGraph()
    graph.add_weighted_edges_from(zip(network.u, network.v, network.length_m, strict=True))
    start = np.unique(network.u)[::40]
    first = {node: int(np.flatnonzero(network.u == node)[0]) for node in np.unique(network.u)}
    edges = np.array([first[node] for node in start])
    sources = Positions(edges, np.zeros(len(start)), np.zeros(len(start)), np.arange(len(start)))
    ends = np.array(list(first))
    at = np.array([first[node] for node in ends])
    targets = Positions(at, np.zeros(len(at)), np.zeros(len(at)), np.arange(len(at)))
    owner, target, metres = engine.pairs_within(network, sources, targets, 900.0)
    shortest = {(start[o], ends[t]): d for o, t, d in zip(owner, target, metres, strict=True)}
    wanted = {}
    for node in start:
        walks = nx.single_source_dijkstra_path_length(graph, node, cutoff=900.0)
        wanted |= {(node, other): metres for other, metres in walks.items() if other in first}
    assert shortest.keys() == wanted.keys()
    np.testing.assert_allclose([shortest[key] for key in wanted], list(wanted.values()), rtol=0, atol=1e-9)


def test_any_number_of_threads_gives_the_same_bytes(case):
    network, sources, targets = case
    runs = [
        [
            values.tobytes()
            for values in (
                *engine.pieces_of_each(network, sources, 777.7, threads),
                *engine.pairs_within(network, sources, targets, 777.7, threads),
            )
        ]
        for threads in (1, 2, 4, 8)
    ]
    assert runs[0] == runs[1] == runs[2] == runs[3]


@pytest.mark.parametrize("room", [1, 40, 3000])
def test_results_that_need_more_room_get_it(case, room, monkeypatch):
    network, sources, targets = case
    wide = engine.pieces_of_each(network, sources, 777.7), engine.pairs_within(network, sources, targets, 777.7)
    monkeypatch.setattr(engine, "_MOST_ROOM", room)
    for threads in (1, 2):
        tight = (
            engine.pieces_of_each(network, sources, 777.7, threads),
            engine.pairs_within(network, sources, targets, 777.7, threads),
        )
        for one, other in zip(wide, tight, strict=True):
            for a, b in zip(one, other, strict=True):
                np.testing.assert_array_equal(a, b)


def test_fewer_than_one_thread_are_refused(case):
    network, sources, _ = case
    with pytest.raises(ValueError, match="thread"):
        engine.pieces_of_each(network, sources, 777.7, 0)


def test_many_seeds_in_many_groups_are_one_wave_in_any_number_of_threads(monkeypatch):
    rng = np.random.default_rng(5)
    network = WalkNetwork.from_edges(crooked(rng, side=30))
    sources, targets = standing(network, rng, 700), standing(network, rng, 500)
    for cutoff in (np.inf, 250.0):
        other, other_owner = plain.nearest_owners(network, sources, targets, 1, cutoff)
        within = other <= cutoff
        for threads in (1, 2, 3, 4):
            monkeypatch.setattr("zzgeo.network.compiled.thread_count", lambda _, count=threads: count)
            monkeypatch.setattr(engine, "MANY_NODES", 100)
            distance, owner = engine.nearest_owners(network, sources, targets, 1, cutoff)
            np.testing.assert_array_equal(distance, np.where(within, other, np.inf))
            np.testing.assert_array_equal(owner, np.where(within, other_owner, -1))


def test_a_street_far_longer_than_the_others_fits_the_ring_of_buckets():
    rng = np.random.default_rng(6)
    streets = crooked(rng, side=6)
    x, y = streets.geometry.iloc[0].coords[0]
    long = shapely.LineString([(x, y), (x - 40_000_000, y), (x - 40_000_000, y + 1)])
    network = WalkNetwork.from_edges(
        gpd.GeoDataFrame(geometry=[*streets.geometry, long, *shapely.linestrings([[(x, y), (x + 2e-2, y)]])], crs=CRS)
    )
    last = np.array([len(streets)])
    sources = Positions(last, np.array([40_000_000.5]), np.zeros(1), np.zeros(1, dtype=np.int64))
    targets = standing(network, rng, 50)
    for cutoff in (np.inf, 3.9e7):
        np.testing.assert_array_equal(
            engine.nearest_owners(network, sources, targets, 1, cutoff)[0],
            np.where((w := plain.nearest_owners(network, sources, targets, 1, cutoff)[0]) <= cutoff, w, np.inf),
        )
    ours, theirs = engine.pieces_of_any(network, sources, 4.1e7), plain.pieces_of_any(network, sources, 4.1e7)
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("off", [0.0, 1e-9, -1e-9, 1e-6, -1e-6, 1e-3, -1e-3, 1.0, -1.0])
def test_the_limit_of_pairs_is_inclusive_at_the_tie(lines, off):
    network = WalkNetwork.from_edges(lines([(0, 0), (300, 0)], [(300, 0), (1000, 0)]))
    here = Positions(np.array([0]), np.array([100.0]), np.zeros(1), np.zeros(1, dtype=np.int64))
    there = Positions(np.array([1, 0]), np.array([300.0, 100.0]), np.zeros(2), np.arange(2))
    _, target, metres = engine.pairs_within(network, here, there, 500.0 + off)
    assert target.tolist() == ([0, 1] if off >= -1.0000001e-6 else [1])
    # A facility at somebody's door is at distance 0, which a sparse matrix must not lose.
    assert metres[-1] == 0.0


COLD = """
import sys, numpy as np, geopandas, shapely
from zzgeo.network import WalkNetwork, engine, nearest
engine.SMALL_JOB = 0
streets = geopandas.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (500, 0)])], crs="EPSG:4547")
places = geopandas.GeoDataFrame(geometry=[shapely.Point(100, 5), shapely.Point(400, -7)], crs="EPSG:4547")
network = WalkNetwork.from_edges(streets)
print(nearest(network, places.iloc[:1], places.iloc[1:]).distance_m.iloc[0])
"""


@pytest.mark.parametrize("kept", ["nowhere", "full", "damaged"])
def test_without_a_usable_cache_the_code_is_compiled_for_one_run(tmp_path, kept):
    cache = tmp_path / "cache"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    code = COLD
    if kept == "nowhere":
        # Neither the folder of the source, nor that of the user, nor the one asked for can be written.
        code = "import tempfile; tempfile.TemporaryFile = lambda **_: (_ for _ in ()).throw(OSError(30))\n" + COLD
    elif kept == "full":
        code = COLD.replace(
            "import sys,", "import sys, numba.core.caching as c\nc.IndexDataCacheFile.save = full\nimport"
        )
        code = "def full(*_):\n    raise OSError(28, 'No space left on device')\n" + code
    else:
        subprocess.run([sys.executable, "-c", COLD], env=environment, check=True, capture_output=True)
        files = [path for path in cache.rglob("*") if path.suffix in (".nbi", ".nbc")]
        assert files
        for path in files:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert float(done.stdout) == 312.0
    if kept != "damaged":
        assert not list(cache.rglob("*.nbc"))


def test_kernels_call_no_kernel_of_another_file():
    seen = set()
    for path in Path(zzgeo.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {
            name.asname or name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zzgeo")
            for name in node.names
        }
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(mark, ast.Name) and mark.id in ("kernel", "inner", "inlined") for mark in node.decorator_list
            ):
                seen.add(path.stem)
                called = {
                    call.func.id
                    for call in ast.walk(node)
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                }
                assert not called & imported, (path.name, node.name)
    assert {"kernels", "ranked", "curve", "straight", "voronoi", "cutting", "discs", "nearby"} <= seen


@compiled.kernel
def sum_from(values, first):
    total = 0.0
    for k in range(first, len(values)):
        total += values[k]
    return total


@compiled.kernel
def both_sums(values):
    return sum_from(values, 0) + sum_from(values, len(values) - 1)


def test_a_kernel_that_is_called_with_a_constant_is_compiled_once():
    for one in (sum_from, both_sums):
        one._cache = NullCache()  # what an earlier run compiled would not be compiled at all
    assert both_sums(np.arange(4.0)) == 6.0 + 3.0
    assert len(sum_from.signatures) == 1


@compiled.inner
def doubled(value):
    return 2.0 * value


@compiled.kernel
def doubled_length(values):
    return doubled(len(values)) + doubled(0)


def test_what_only_kernels_call_has_no_door_for_python_before_or_after_it_is_compiled():
    doubled_length._cache = NullCache()  # what an earlier run compiled would not be compiled at all
    for call in (lambda: None, lambda: doubled_length(np.arange(3.0))):
        call()
        with pytest.raises(TypeError, match="doubled: a part of a kernel"):
            doubled(1)
    assert doubled_length(np.arange(3.0)) == 6.0
    assert len(doubled.signatures) == 1, "a constant is no reason to compile it anew"
    assert doubled.stats.cache_path is None, "nor is it kept beside the kernel that holds it"


def test_scipy_gives_the_same_in_few_or_many_chunks(case, monkeypatch):
    network, sources, targets = case
    whole = plain.pieces_of_each(network, sources, 777.7), plain.pairs_within(network, sources, targets, 777.7)
    monkeypatch.setattr("zzgeo.network.search._CELLS_AT_ONCE", 900)
    parts = plain.pieces_of_each(network, sources, 777.7), plain.pairs_within(network, sources, targets, 777.7)
    for one, other in zip(whole, parts, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_network_is_imported_without_the_compiler():
    code = "import sys, zzgeo.network; assert not {'numba', 'contourpy', 'osmnx'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_threads_that_stay_give_results_in_order_and_faults_to_the_caller():
    from zzgeo.network.compiled import at_once, in_blocks

    def slow(item):
        time.sleep(0.02 if item % 2 else 0.0)
        return item, threading.get_ident()

    found = at_once(slow, range(8), 2)
    assert [item for item, _ in found] == list(range(8))
    assert len({thread for _, thread in found}) == 2
    assert threading.get_ident() not in {thread for _, thread in found}
    with pytest.raises(ZeroDivisionError):
        at_once(lambda item: 1 // item, [1, 0], 2)
    # one that helps already does what it is asked for alone: waiting for itself, it would never end
    inner = at_once(lambda _: in_blocks(lambda a, b: threading.get_ident(), 100, 1, 2), range(4), 2)
    assert all(len(set(threads)) == 1 for threads in inner)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system copies no process")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_copy_of_the_process_has_threads_of_its_own():
    from zzgeo.network.compiled import at_once

    at_once(abs, [1, 2], 2)
    child = os.fork()
    if child == 0:
        os._exit(0 if at_once(abs, [-1, -2], 2) == [1, 2] else 1)
    for _ in range(100):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.1)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
        pytest.fail("the copy waits for threads it does not have")
    assert status == 0
