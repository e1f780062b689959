"""The answers of `benchmarks.circles` by another package, in an environment that has it and not zzgeo.

``python -m benchmarks.circles --beside PYTHON`` runs this file with that Python once for each package. By hand:
``python benchmarks/circles_elsewhere.py city.npz pandana answers.npz``. A line of JSON is printed for each stage as it
ends: seconds, seconds of processor, and the most memory so far.

Two questions are asked of each: how far the nearest facility of each class is from every place, up to the longest limit
(of which living circles are made), and how many facilities of each class are within each limit.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

City = dict[str, np.ndarray]
#: What was done, and the answer if it is one: by class (and limit) and crossing.
Stage = tuple[str, np.ndarray | None]


def by_pandana(city: City) -> Iterator[Stage]:
    """Yield what pandana answers: a search for the nearest per class, and one for counts per class and limit."""
    import pandana

    x, y = city["node"].T
    ends = (pd.Series(city["u"]), pd.Series(city["v"]))
    network = pandana.Network(pd.Series(x), pd.Series(y), *ends, pd.DataFrame({"m": city["metres"]}))
    yield "network", None
    most, near = float(city["limits"].max()), []
    for mine in city["of_class"]:
        stands = np.unique(city["stands"][mine])
        network.set_pois("class", most, 1, pd.Series(x[stands]), pd.Series(y[stands]))
        near.append(network.nearest_pois(most, "class", 1, imp_name="m")[1].to_numpy())
    # pandana tells its limit where there is none within it
    yield "nearest", np.array([np.where(metres < most, metres, np.inf) for metres in near])
    counts = []
    for mine in city["of_class"]:
        network.set(pd.Series(city["stands"][mine]), name="class")
        at_limits = [network.aggregate(limit, "count", "flat", "m", "class").to_numpy() for limit in city["limits"]]
        counts.append(np.array(at_limits))
    yield "counts", np.array(counts)


def _bent(city: City) -> np.ndarray:
    """Return a line for each street that is as long as the street is: bent in its middle."""
    import shapely

    ends = np.stack([city["node"][city["u"]], city["node"][city["v"]]], axis=1)
    along = ends[:, 1] - ends[:, 0]
    straight = np.hypot(*along.T)
    height = np.sqrt(np.maximum(city["metres"] ** 2 - straight**2, 0.0)) / 2
    aside = np.column_stack([-along[:, 1], along[:, 0]]) / straight[:, None] * height[:, None]
    return shapely.linestrings(np.stack([ends[:, 0], ends.mean(axis=1) + aside, ends[:, 1]], axis=1))


def by_cityseer(city: City) -> Iterator[Stage]:
    """Yield what cityseer answers: both in one search from every crossing."""
    import geopandas as gpd
    import networkx as nx
    import shapely
    from cityseer.metrics import layers
    from cityseer.tools import io

    graph = nx.MultiGraph(crs="EPSG:4547")
    graph.add_nodes_from((str(n), {"x": x, "y": y}) for n, (x, y) in enumerate(city["node"].tolist()))
    for u, v, line in zip(city["u"].tolist(), city["v"].tolist(), _bent(city), strict=True):
        graph.add_edge(str(u), str(v), geom=line)
    nodes, _, network = io.network_structure_from_nx(graph)
    names = city["names"].tolist()
    rows = [(names[k], n) for k, mine in enumerate(city["of_class"]) for n in city["stands"][mine]]
    spots = shapely.points(city["node"][[n for _, n in rows]])
    places = gpd.GeoDataFrame({"kind": [name for name, _ in rows]}, geometry=spots, crs="EPSG:4547")
    yield "network", None
    limits = [int(limit) for limit in city["limits"]]
    # a flat decay alone, as its documentation advises: the weighted columns are not asked for
    nodes = layers.compute_accessibilities(
        places, "kind", names, nodes, network, max_netw_assign_dist=50, distances=limits, decay_fn="1"
    ).loc[[str(n) for n in range(len(city["node"]))]]
    counts = [[nodes[f"cc_{name}_{limit}"].to_numpy() for limit in limits] for name in names]
    near = np.array([nodes[f"cc_{name}_nearest_max_{max(limits)}"].to_numpy() for name in names])
    yield "nearest and counts", np.array(counts)
    yield "nearest", np.where(np.isfinite(near), near, np.inf)


PACKAGES = {"pandana": by_pandana, "cityseer": by_cityseer}


def main(city_path: str, package: str, answers_path: str) -> None:
    """Print what each stage took, and save the answers for every crossing."""
    city: City = dict(np.load(city_path).items())
    answers: dict[str, Any] = {}
    clock = (time.perf_counter(), time.process_time())
    for stage, answer in PACKAGES[package](city):
        now = (time.perf_counter(), time.process_time())
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        told = {"stage": stage, "seconds": now[0] - clock[0], "processor": now[1] - clock[1], "gigabytes": most}
        print(json.dumps(told), flush=True)
        if answer is not None:
            answers["nearest" if stage == "nearest" else "counts"] = answer
            np.savez(answers_path, **answers)
        clock = (time.perf_counter(), time.process_time())


if __name__ == "__main__":
    main(*sys.argv[1:])
