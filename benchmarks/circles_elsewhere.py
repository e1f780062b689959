"""The counts of `benchmarks.circles` by pandana and cityseer, in an environment that has them and not zzgeo.

``python -m benchmarks.circles --scale 0.1 --save city.npz`` saves the city; ``python benchmarks/circles_elsewhere.py
city.npz`` prints seconds, and how many residents each counts within the limits beside those zzgeo and scipy count.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

City = dict[str, np.ndarray]


def by_pandana(city: City) -> tuple[list[float], float]:
    """Return the residents within the limit of each class, and the seconds without making the network."""
    import pandana

    x, y = city["node"].T
    ends = (pd.Series(city["u"]), pd.Series(city["v"]))
    network = pandana.Network(pd.Series(x), pd.Series(y), *ends, pd.DataFrame({"m": city["metres"]}))
    start, most = time.perf_counter(), float(city["limits"].max())
    counts = []
    for limit, mine in zip(city["limits"], city["of_class"], strict=True):
        stands = np.unique(city["stands"][mine])
        network.set_pois("class", most, 1, pd.Series(x[stands]), pd.Series(y[stands]))
        near = network.nearest_pois(most, "class", 1, imp_name="m")[1].to_numpy()
        within = (near[city["home"]] <= limit + 1e-6) & (near[city["home"]] < most)
        counts.append(float(city["residents"][within].sum()))
    return counts, time.perf_counter() - start


def _bent(city: City) -> np.ndarray:
    """Return a line for each street that is as long as the street is: bent in its middle."""
    import shapely

    ends = np.stack([city["node"][city["u"]], city["node"][city["v"]]], axis=1)
    along = ends[:, 1] - ends[:, 0]
    straight = np.hypot(*along.T)
    height = np.sqrt(np.maximum(city["metres"] ** 2 - straight**2, 0.0)) / 2
    aside = np.column_stack([-along[:, 1], along[:, 0]]) / straight[:, None] * height[:, None]
    return shapely.linestrings(np.stack([ends[:, 0], ends.mean(axis=1) + aside, ends[:, 1]], axis=1))


def by_cityseer(city: City) -> tuple[list[float], float]:
    """Return the same by cityseer, which searches from every crossing."""
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
    rows = [(names[k], n) for k, mine in enumerate(city["of_class"]) for n in np.unique(city["stands"][mine])]
    spots = shapely.points(city["node"][[n for _, n in rows]])
    places = gpd.GeoDataFrame({"kind": [name for name, _ in rows]}, geometry=spots, crs="EPSG:4547")
    start, most = time.perf_counter(), int(city["limits"].max())
    nodes = layers.compute_accessibilities(
        places, "kind", names, nodes, network, max_netw_assign_dist=50, distances=[most]
    ).loc[[str(n) for n in range(len(city["node"]))]]
    counts = []
    for name, limit in zip(names, city["limits"], strict=True):
        near = nodes[f"cc_{name}_nearest_max_{most}"].to_numpy()[city["home"]]
        counts.append(float(city["residents"][near <= limit + 1e-6].sum()))
    return counts, time.perf_counter() - start


def main(path: str) -> None:
    """Print what each package counts."""
    city: City = dict(np.load(path).items())
    jobs: dict[str, Callable[[City], Any]] = {"pandana": by_pandana, "cityseer": by_cityseer}
    for name, job in jobs.items():
        counts, seconds = job(city)
        off = np.abs(np.array(counts) - city["covered"])
        alike = f"{int((off == 0).sum())} of {len(off)}"
        print(f"{name:10s} {seconds:7.2f} s; classes counted alike: {alike}; most off: {off.max():g}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
