"""Write docs/validation.md: published results beside those of zzgeo.

Run from the project's top folder: ``python -m benchmarks.validation``. Needs the package libpysal (``pip install
"zzgeo[test]"``), whose wheel carries the streets of GeoDaNet. A test says whether the page is up to date.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.judges.section import kept
from zzgeo.accessibility import concentration, gaussian, gaussian_to_zero, gini, gravity, power, two_step
from zzgeo.crs.offsets import wgs84_to_gcj02
from zzgeo.network import WalkNetwork, nearest, reached_street_m, snap

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation.md"

#: Feet of the US survey in a metre.
FEET = 3937 / 1200

INTRODUCTION = """# Agreement with published results

What others computed and printed, and what zzgeo gives for the same input. *All digits* means that every printed digit
is reproduced; where a result differs, by how much and why stands beside it. `python -m benchmarks.validation` writes
this page anew (the section on two other engines is written by `python -m benchmarks.judges`), and a test fails when it
is out of date.
"""

SECTIONS = {
    "grid": """## Reach on a grid: closed form

Streets of one-metre blocks without end, from a crossing. Within R the walker reaches 4R² of street for whole R and
4R² + 1 for R = n + ½, and 2k² + 2k + 1 crossings within k blocks.
""",
    "geodanet": f"""## A real network: GeoDaNet streets, schools, crimes

Numbers printed in the tests of pysal/spaghetti (BSD-3); data from the wheel of libpysal (BSD-3), ESRI:102649, in feet
of the US survey. zzgeo computes in metres and refuses feet, so coordinates are divided by {FEET:.6f} and results
multiplied by it. Streets are cut at every vertex, as spaghetti does; distances between points leave out the legs to the
street except where it says so. spaghetti rounds vertices to 11 digits (0.00001 ft here) for some of its steps and not
for others; zzgeo does not round, and results that depend on it differ by about that much per leg.
""",
    "access": """## Accessibility and inequality

*gravity*, *gaussian*: tests of pysal/access (BSD-3), a grid of 5 × 5 places one apart. *2sfca*, *gini*,
*concentration*: tests of ipeaGIT/accessibility (MIT), five hexagons of Belo Horizonte. That package keeps its data in
R's own format; people and connections are recovered from other numbers its tests and README print (people within 45
minutes of each hexagon, jobs within 30). How 2,363 people divide between two of the hexagons is not printed: 394 to 399
in one of them agree with every printed number, and 397 is taken; any of them gives the same digits. *decay*: InVEST
urban nature access (Apache-2), a Gaussian that ends at 0, with d0 = 3.
""",
    "datum": """## Datums

*gcj*: the published formula, WGS 84 (116.404, 39.915) in GCJ-02.
""",
}

ELSEWHERE = """## Elsewhere

`sf-mclp`, `sf-pmedian`, `sf-pcenter`, `sf-lscp` (pysal/spopt: which of 16 sites in San Francisco) are reproduced to the
printed digits by `tests/siting/test_siting_problems.py`: 875,247 people by sites 1, 2, 5, 10 within 5,000 m;
2,848,268,129.7145 person-metres; 7,403.0638 m by sites 1, 3, 5, 15; 8 sites for everyone within 5,000 m. The tables
they are computed from are not in this repository, so they are no rows here.
`zz-chc` (ISPRS IJGI 2022 11(8):436: mean walk of 18.3 minutes to a community health centre in Zhengzhou, 39.6 % of
residents within 15) is a reality check for an audit with real lists, not a test: no such list may be shipped.
"""


@dataclass(frozen=True)
class Row:
    """One published number: which page section, what, as printed, and zzgeo's; why they differ, if they do."""

    section: str
    id: str
    what: str
    published: str
    value: float
    why: str = ""

    @property
    def decimals(self) -> int:
        """How many decimals are printed."""
        return len(self.published.partition(".")[2])

    @property
    def shown(self) -> str:
        """Return zzgeo's value with as many decimals, but at most 12 digits: more are not the same everywhere."""
        whole = len(f"{abs(self.value):.0f}")
        shown = f"{self.value:,.{max(0, min(self.decimals, 12 - whole))}f}"
        return shown.removeprefix("-") if not float(shown.replace(",", "")) else shown

    @property
    def difference(self) -> float:
        """Return zzgeo's value less the published one."""
        return self.value - float(self.published.replace(",", ""))

    @property
    def agrees(self) -> bool:
        """Tell whether every printed digit is reproduced, whether the last was rounded or cut off."""
        unit = 10.0**-self.decimals
        off = self.difference if float(self.published.replace(",", "")) >= 0 else -self.difference
        return -0.5 * unit <= off < unit


def rows() -> list[Row]:
    """Return every row of the page, computed now."""
    return [row for part in (_grid, _geodanet, _access, _datum) for row in part()]


def _grid() -> Iterator[Row]:
    blocks = 24
    at = np.arange(-blocks, blocks + 1)
    streets = [[(a, b), (a + 1, b)] for a in at[:-1] for b in at] + [[(b, a), (b, a + 1)] for a in at[:-1] for b in at]
    network = WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=shapely.linestrings(streets), crs="EPSG:4547"))
    origin = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs="EPSG:4547")
    for reach, published in ((1, "4"), (2, "16"), (3, "36"), (10, "400"), (2.5, "26"), (10.5, "442")):
        yield Row("grid", "grid", f"street within {reach}", published, reached_street_m(network, origin, reach))
    crossings = gpd.GeoDataFrame(geometry=shapely.points(network.node_xy), crs="EPSG:4547")
    reached = np.isfinite(nearest(network, origin, crossings, cutoff_m=10)["distance_m"]).sum()
    yield Row("grid", "grid", "crossings within 10", "221", float(reached))


def geodanet(name: str, digits: int | None = None) -> gpd.GeoSeries:
    """Return a layer of GeoDaNet in metres, coordinates rounded to so many significant digits of feet if asked.

    Raises
    ------
    FileNotFoundError
        If libpysal is not installed.
    """
    spec = importlib.util.find_spec("libpysal")
    if spec is None or spec.origin is None:
        raise FileNotFoundError('the GeoDaNet layers come with libpysal: pip install "zzgeo[test]"')
    layer = gpd.read_file(Path(spec.origin).parent / "examples" / "geodanet" / f"{name}.shp").geometry

    def metres(xy: np.ndarray) -> np.ndarray:
        return (xy if digits is None else _significant(xy, digits)) / FEET

    # EPSG:26949 is the same projection in metres
    return gpd.GeoSeries(shapely.transform(layer.to_numpy(), metres), crs="EPSG:26949")


def _significant(xy: np.ndarray, digits: int) -> np.ndarray:
    return np.array([float(f"{number:.{digits - 1}e}") for number in xy.ravel()]).reshape(xy.shape)


def _network(streets: gpd.GeoSeries) -> WalkNetwork:
    """Return the network of streets cut at every vertex."""
    parts = [pair for line in streets for pair in pairwise(shapely.get_coordinates(line))]
    return WalkNetwork.from_edges(gpd.GeoDataFrame(geometry=shapely.linestrings(np.array(parts)), crs=streets.crs))


def _geodanet() -> Iterator[Row]:
    streets = geodanet("streets")
    network = _network(streets)
    one = ("geodanet", "geodanet")
    yield Row(*one, "length of all streets, ft", "104,414.0920159", streets.length.sum() * FEET)
    yield Row(*one, "edges", "303", float(len(network.edges)))
    yield Row(*one, "vertices", "230", float(len(network.node_xy)))
    schools, crimes = (gpd.GeoDataFrame(geometry=geodanet(name)) for name in ("schools", "crimes"))
    walks = _from_first(network, schools)
    yield Row(*one, "schools: sum of the distances from school 0, ft", "17,682.436988", walks["between"].sum())
    why = "vertices not rounded"
    yield Row(*one, "schools 0 to 1 with both legs, ft", "3,218.2597894", float(walks["with legs"][1]), why)
    walks = _from_first(network, crimes)
    yield Row(*one, "crimes: sum of the distances from crime 0, ft", "1,484,112.694526529", walks["between"].sum(), why)
    leg = float(snap(network, schools, 1e6)["snap_m"].iloc[0]) * FEET
    yield Row(*one, "leg of school 0, ft", "205.65961300587043", leg, why)
    rounded = float(snap(_network(geodanet("streets", 11)), schools, 1e6)["snap_m"].iloc[0]) * FEET
    why = "the same vertices; metres and back"
    yield Row(*one, "the same, vertices rounded to 11 digits first, ft", "205.65961300587043", rounded, why)


def _from_first(network: WalkNetwork, points: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the walks in feet from the first point to all others, with and without the legs to the street."""
    ledger = snap(network, points, 1e6)
    entries = ledger.assign(facility_id=ledger.index)
    first = points.iloc[[0]]
    k = len(points)
    found = nearest(network, points, first, k, facility_ledger=entries, demand_ledger=ledger.iloc[[0]])
    walks = pd.Series(found["distance_m"].to_numpy(), index=found["facility_id"].to_numpy(dtype=int)).drop(0)
    legs = ledger["snap_m"].iloc[0] + ledger["snap_m"].loc[walks.index]
    return pd.DataFrame({"with legs": walks * FEET, "between": (walks - legs) * FEET})


def _access() -> Iterator[Row]:
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(5), np.arange(5), indexing="ij"))
    ids = np.arange(1, 26)
    ways = np.hypot(x[:, None] - x, y[:, None] - y).ravel()
    travel = pd.DataFrame({"demand_id": ids.repeat(25), "facility_id": np.tile(ids, 25), "metres": ways})
    one = pd.Series(1.0, index=ids)
    found = gravity(travel, one, one, power(60, 1))
    published = {1: "1.322340210", 5: "1.322340210", 13: "0.780985109", 19: "0.925540119", 24: "1.133733026"}
    for place, number in published.items():
        yield Row("access", "gravity", f"place {place}, scale 60, alpha 1", number, found[place])
    for sigma, number in ((1, "0.6065306597"), (2, "0.88249690")):
        yield Row("access", "gaussian", f"d = 1, σ = {sigma}", number, gaussian(sigma)(1.0).item())
    for way, number in enumerate(("1", "0.8626563", "0.4935753", "0")):
        yield Row("access", "decay", f"d = {way}", number, gaussian_to_zero(3)(float(way)).item())
    yield from _hexagons()


def _hexagons() -> Iterator[Row]:
    within = {"A": "A", "B": "ABCD", "C": "ABCD", "D": "ABD", "E": "E"}
    pairs = [(place, reached, 45.0) for place, all_ in within.items() for reached in all_]
    travel = pd.DataFrame(pairs, columns=["demand_id", "facility_id", "minutes"])
    jobs = pd.Series({"A": 82.0, "B": 308.0, "C": 100.0, "D": 109.0, "E": 0.0})
    people = pd.Series({"A": 852.0, "B": 397.0, "C": 1966.0, "D": 2189.0, "E": 0.0})
    editions = [
        ("", people, ("0.0152", "0.1491", "0.1491", "0.1068", "0.0000")),
        (
            ", people of an earlier edition",
            pd.Series([606.0, 734.0, 1670.0, 1864.0, 29.0], index=people.index),
            ("0.0168", "0.1561", "0.1561", "0.1145", "0.0000"),
        ),
    ]
    for edition, heads, published in editions:
        found = two_step(travel, heads, jobs, 45)
        for place, number in zip(people.index, published, strict=True):
            yield Row("access", "2sfca", f"hexagon {place}, binary 45 min{edition}", number, found[place])
    reach = pd.Series({"A": 22239.0, "B": 36567.0, "C": 42372.0, "D": 55571.0, "E": 26774.0})
    income = pd.Series({"A": 4, "B": 2, "C": 1, "D": 3, "E": 5})
    yield Row("access", "gini", "jobs within 30 min", "0.1386", gini(reach, people)["city"])
    four = reach.index != "D"
    yield Row("access", "gini", "without hexagon D", "0.1148", gini(reach[four], people[four])["city"])
    ranked = concentration(reach, people, ranked_by=income)["city"]
    yield Row("access", "concentration", "jobs within 30 min, by income", "-0.0248", ranked)
    ranked = concentration(reach[four], people[four], ranked_by=income[four])["city"]
    yield Row("access", "concentration", "without hexagon D", "-0.1148", ranked)


def _datum() -> Iterator[Row]:
    lon, lat = wgs84_to_gcj02(116.404, 39.915)
    yield Row("datum", "gcj", "longitude", "116.4102445", float(lon))
    yield Row("datum", "gcj", "latitude", "39.91640428", float(lat))


def page(computed: Callable[[], list[Row]] = rows) -> str:
    """Return the page; what `benchmarks.judges` wrote into it is kept."""
    found = computed()
    parts = [INTRODUCTION]
    for section, introduction in SECTIONS.items():
        parts.append(introduction)
        parts.append("| id | what | published | zzgeo | agreement |\n|---|---|--:|--:|---|")
        parts[-1] += "".join("\n" + _line(row) for row in found if row.section == section) + "\n"
    judges = kept(PAGE.read_text(encoding="utf-8"))
    return "\n".join([*parts, *([judges] if judges else []), ELSEWHERE])


def _line(row: Row) -> str:
    agreement = "all digits"
    if not row.agrees:
        relative = abs(row.difference) / abs(float(row.published.replace(",", "")))
        agreement = f"differs by {_rough(abs(row.difference))} ({_rough(relative)} of it): {row.why}"
    return f"| {row.id} | {row.what} | {row.published} | {row.shown} | {agreement} |"


def _rough(number: float) -> str:
    """Return a number to the power of ten it is below: the digits of a rounding error are not the same everywhere."""
    power_of_ten = int(np.ceil(np.log10(number)))
    return f"less than 1e{power_of_ten}"


if __name__ == "__main__":
    text = page()
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {text.count('all digits |')} rows agree to all digits\n")
