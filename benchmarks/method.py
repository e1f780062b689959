"""Write docs/method.md: the same verdicts under other methods, and the people whose verdict changes.

Run from the project's top folder: ``python -m benchmarks.method``. The sample city comes with the project; Wuhan needs
the reference data in ``../shared`` (without it the page's section on Wuhan is kept as it stands). The chart needs
matplotlib (``pip install "zzgeo[report]"``).
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

import zzgeo
from zzgeo.intake.location import locate
from zzgeo.network import WalkNetwork, nearest, radius_distance, snap, snap_facilities
from zzgeo.served import open_facilities, walk_network, within

ROOT = Path(__file__).resolve().parents[1]
PAGE, CHART = ROOT / "docs" / "method.md", ROOT / "docs" / "images" / "method.png"
SHARED = ROOT.parent / "shared" / "data"

#: Metres of a 15-minute walk at 1.1 m/s, and of a short walk.
LIMITS = {"500 m": 500.0, "15 minutes (990 m)": 990.0}

#: Buffers of the recipe in metres, and how tight the concave hull is drawn (0 tightest, 1 convex).
NODE_BUFFER_M, EDGE_BUFFER_M, HULL_RATIO = 50.0, 25.0, 0.3

#: Facilities searched from at once.
_AT_ONCE = 50

METHODS = {
    "straight line": "a circle of the same metres around each facility",
    "node snapping": "facility and home moved to the nearest crossing, for free; distances between crossings",
    "ego-graph recipe": "the crossings within the limit of the facility's crossing and the streets between two of "
    "them, with buffers of 50 m and 25 m; who lives inside is covered",
    "concave hull": f"a concave hull (ratio {HULL_RATIO}) around those crossings; who lives inside is covered",
}

INTRODUCTION = """# What the method does to the verdict

Who is within a walk of a facility, by zzgeo's exact positions on streets (both legs to the street walked), and by four
methods in common use. *Wrongly covered* people live beyond the walk and are counted within it, *wrongly missed* people
the other way round. A clause on a **service radius** is decided by the straight line, because that is what it says
(A01): there the first row is the rule and not an error; along streets it is one. `python -m benchmarks.method` writes
this page.

| method | what it does |
|---|---|
"""

OUTRO = """## How to read it

A straight line never misses anybody the walk reaches and always covers people whom it does not: it errs to the city's
favour, most where blocks are large. Node snapping errs both ways at once, so that a total that looks right hides
wrongly covered and wrongly missed people. The recipe and the hull decide by a drawing. Where homes stand back from the
street (the sample) strips of 25 m and hulls around crossings leave many of them out; where every home is a crossing
(Wuhan) the same strips take in those that lie beyond the walk. Neither measures a walk. A verdict on a community asks
whether *everybody* is within reach: a few homes on the wrong side turn it.

## No fail without a walk

A person, or a facility, that no street reaches says nothing of a walk: the street layer may have a gap there. No walk
is shorter than the straight line, so these people *may* be covered where the straight line is within the reach, and
nobody else. Where all of them together would turn a fail, the verdict is *review*, with their number; where they would
not, it is *fail*. `zzgeo check` names the facilities, and tells how many people live on which piece of the network.

## Does a verdict hold

`report.sensitivity()` (`zzgeo audit --sensitivity`) judges every clause that a distance decides again, by the same
rules: under the other walking profiles (the street file is read again; the speeds stay the study's unless the profile
has its own), at the other speeds, and with every facility and every home moved by a normal error of 10 m east and 10 m
north and snapped anew, twenty times, from a seed that is told. A verdict that turns is marked sensitive. People covered
in some draws and missed in others are a number of each finding; in places of more than 50,000 points only those within
5 % and 50 m of a limit are moved.

## A plan is judged like an audit

`zzgeo site` chooses from the same walks and straight lines as the audit: a candidate is snapped as a facility is,
with its entrances, barriers and walkers, and who is within reach of it is decided by the same comparison. What a plan
gains is then not taken from the choice but measured: the sites are put into the study, the clauses are judged again,
and people covered now and not before are counted. Only the choice itself is an optimisation, and it prints what no
choice could beat. Next sites of an audit (R23) are homes; a plan may choose positions along streets between them, and
gains a little more. [siting.md](siting.md) has the rest.

## Who counts as public

Clauses ask for public institutions (公办) or private ones (社会办); lists write 公建民营, 民办公助, PPP. **Who set a
facility up decides, not who runs it.** 郑政〔2018〕34号 pays for public institutions built with government money
(三（二）1) and lets companies and associations take over the running of them (三（二）2): 公建民营 and 公办民营 count
as public. 郑政〔2014〕33号 promises 民办公助 a subsidy, which makes no public institution of it: it counts as private.
韶府〔2016〕9号 names 公建民营 beside private hospitals, so another reading exists: each finding of such a clause says
how many facilities it concerns, and is sensitive where they would turn it. Mixed forms and words nobody knows count on
neither side, stay in the whole of a share, and are told.
"""


@dataclass(frozen=True)
class City:
    """What the methods are tried on: streets, facilities, homes with people, district and (if known) community."""

    title: str
    note: str
    network: WalkNetwork
    facilities: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    what: str


def covered_by(city: City, metres: float) -> dict[str, np.ndarray]:
    """Return who is covered within so many metres, by method; ``exact`` is zzgeo."""
    network, facilities, demand = city.network, city.facilities, city.demand
    ledger, entries = snap(network, demand), snap_facilities(network, facilities)
    exact = nearest(network, facilities, demand, cutoff_m=metres, facility_ledger=entries, demand_ledger=ledger)
    near = _Near(network, facilities, demand, metres)
    return {
        "exact": within(exact["distance_m"], metres),
        "straight line": within(radius_distance(facilities, demand)["distance_m"], metres),
        "node snapping": near.by_node,
        "ego-graph recipe": near.by_strips,
        "concave hull": near.by_hull,
    }


class _Near:
    """Who is covered by methods that look at crossings only, facility by facility."""

    def __init__(
        self, network: WalkNetwork, facilities: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, metres: float
    ) -> None:
        homes = np.asarray(demand.geometry.array)
        tree = shapely.STRtree(homes)
        crossing = cKDTree(network.node_xy)
        at_home = crossing.query(shapely.get_coordinates(homes))[1]
        doors = shapely.get_coordinates(facilities.geometry.representative_point().array)
        starts = np.unique(crossing.query(doors)[1])
        self.by_node, self.by_strips, self.by_hull = (np.zeros(len(homes), dtype=bool) for _ in range(3))
        nodes, streets = np.zeros(len(network.node_xy), dtype=bool), np.zeros(len(network.edges), dtype=bool)
        for first in range(0, len(starts), _AT_ONCE):
            for distance in dijkstra(network.graph, indices=starts[first : first + _AT_ONCE], limit=metres):
                reached = np.isfinite(distance)
                nodes |= reached
                streets |= reached[network.u] & reached[network.v]
                if reached.sum() > 3:
                    hull = shapely.concave_hull(shapely.MultiPoint(network.node_xy[reached]), HULL_RATIO)
                    self.by_hull[tree.query(hull, predicate="intersects")] = True
        self.by_node = nodes[at_home]
        for shapes, width in (
            (shapely.points(network.node_xy[nodes]), NODE_BUFFER_M),
            (np.asarray(network.edges.geometry.array)[streets], EDGE_BUFFER_M),
        ):
            self.by_strips[tree.query(shapes, predicate="dwithin", distance=width)[1]] = True


def compared(city: City) -> pd.DataFrame:
    """Return people by limit and method: share covered, wrongly covered and missed, verdicts that change."""
    people = city.demand["people"].to_numpy(dtype=float)
    rows = []
    for limit, metres in LIMITS.items():
        found = covered_by(city, metres)
        exact = found.pop("exact")
        rows.append(_row(limit, "exact (zzgeo)", city, exact, exact, people))
        rows += [_row(limit, name, city, by, exact, people) for name, by in found.items()]
    return pd.DataFrame(rows)


def _row(
    limit: str, method: str, city: City, by: np.ndarray, exact: np.ndarray, people: np.ndarray
) -> dict[str, object]:
    district = city.demand["district"].to_numpy()
    share, true = (_shares(one, people, district) for one in (by, exact))
    row: dict[str, object] = {
        "limit": limit,
        "method": method,
        "covered": float(people[by].sum() / people.sum()),
        "wrongly covered": float(people[by & ~exact].sum()),
        "wrongly missed": float(people[exact & ~by].sum()),
        "people": float(people.sum()),
        "largest change": float((share - true).abs().max()),
    }
    if "unit" in city.demand.columns:
        unit = city.demand["unit"].to_numpy()
        lived_in = people > 0
        passing, truly = (pd.Series(one[lived_in]).groupby(unit[lived_in]).all() for one in (by, exact))
        row |= {"units": len(truly), "units turned": int((passing != truly).sum()), "units passing": int(passing.sum())}
    return row


def _shares(by: np.ndarray, people: np.ndarray, district: np.ndarray) -> pd.Series:
    sums = pd.DataFrame({"in": people * by, "all": people}).groupby(district).sum()
    return sums["in"] / sums["all"]


def sample() -> list[City]:
    """Return the sample city, once with day care and once with community health."""
    study = zzgeo.load_study(ROOT / "data" / "zhengzhou-sample")
    network = walk_network(study)
    assert network is not None
    note = "Streets, homes and facilities are synthetic, county totals real: the order of the errors is what counts."
    cases = {
        "day care for the elderly": (["elderly_day_care"], "aged_60_plus", "people aged 60+"),
        "community health": (
            ["community_health_centre", "community_health_station", "township_health_centre", "village_clinic"],
            "residents",
            "residents",
        ),
    }
    cities = []
    for name, (kinds, group, what) in cases.items():
        facilities, _ = open_facilities(study, kinds)
        demand = study.demand[["geometry", "district", "unit"]].assign(people=study.demand[group])
        cities.append(City(f"Zhengzhou (sample): {name}", note, network, facilities, demand, what))
    return cities


def wuhan() -> City | None:
    """Return Wuhan's 40 sites of tertiary-A hospitals, with one inhabitant per crossing; None without the data."""
    if not SHARED.is_dir():
        return None
    streets = gpd.read_parquet(SHARED / "wuhan_8989_original.parquet").to_crs(32650)
    streets = streets[~streets["highway"].isin(["motorway", "motorway_link", "trunk_link"])]
    network = WalkNetwork.from_edges(streets)
    counties = gpd.read_file(SHARED / "counties_tianditu_wgs84.geojson").to_crs(32650)
    counties = counties[counties["code"].astype(str).str.startswith("4201")].set_index("code")
    homes = gpd.GeoDataFrame(geometry=shapely.points(network.node_xy), crs=32650)
    homes["district"], homes["people"] = locate(homes.geometry, counties), 1.0
    rows = pd.read_csv(SHARED / "china_3a_hospitals_wgs84.csv", dtype=str)
    lon, lat = (pd.to_numeric(rows[name]) for name in ("longitude_wgs84", "latitude_wgs84"))
    sites = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326).to_crs(32650)
    inside = sites.intersects(shapely.union_all(counties.geometry.values))
    note = (
        "Streets © OpenStreetMap contributors (ODbL), through uscuni/neatnet; hospitals from Luoyun's list "
        "(Apache-2.0), 47 rows at 40 sites. No population comes with them: every crossing counts as one inhabitant, so "
        "that node snapping has only the facility to move, and looks better here than it is."
    )
    return City(
        "Wuhan: tertiary-A hospitals", note, network, sites[inside], homes[homes["district"].notna()], "crossings"
    )


def section(city: City, table: pd.DataFrame) -> str:
    """Return a city's part of the page."""
    first = table.iloc[0]
    has_units = "units" in table.columns
    facts = f"{len(city.facilities):,} facilities, {first['people']:,.0f} {city.what}"
    facts += f" in {first['units']:,} communities and villages" if has_units else ""
    leg = snap(city.network, city.demand)["snap_m"].median()
    facts += f"; half of the homes stand within {leg:.0f} m of their street"
    lines = [f"## {city.title}", "", f"{facts}. {city.note}", ""]
    heads = ["within", "method", "covered", "wrongly covered", "wrongly missed", "largest change of a district"]
    heads += ["communities wholly within", "verdicts turned"] if has_units else []
    lines += ["| " + " | ".join(heads) + " |", "|---|---|" + "--:|" * (len(heads) - 2)]
    for row in table.to_dict("records"):
        cells = [row["limit"], row["method"], f"{row['covered']:.1%}", *_wrong(row)]
        cells += [f"{row['units passing']:,}", f"{row['units turned']:,}"] if has_units else []
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def _wrong(row: dict[str, Any]) -> list[str]:
    if str(row["method"]).startswith("exact"):
        return ["–", "–", "–"]
    told = [
        f"{row[name]:,.0f} ({float(row[name]) / float(row['people']):.1%})"
        for name in ("wrongly covered", "wrongly missed")
    ]  # type: ignore[arg-type]
    return [*told, f"{float(row['largest change']) * 100:.1f} points"]  # type: ignore[arg-type]


def page(sections: list[str]) -> str:
    """Return the page."""
    methods = "".join(f"| {name} | {what} |\n" for name, what in METHODS.items())
    chart = "![People on the wrong side, by method](images/method.png)\n"
    return "\n".join([INTRODUCTION + methods, chart, *sections, OUTRO])


def draw(tables: dict[str, pd.DataFrame]) -> None:
    """Draw the share of people on the wrong side by method, wrongly missed to the left."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    cases = [(title, limit) for title in tables for limit in LIMITS]
    figure, axes = plt.subplots(len(cases), 1, figsize=(7.5, 1.15 * len(cases) + 0.6), sharex=True)
    for axis, (title, limit) in zip(axes, cases, strict=True):
        table = tables[title]
        own = table[(table["limit"] == limit) & ~table["method"].str.startswith("exact")].iloc[::-1]
        percent = 100 / own["people"]
        axis.barh(own["method"], own["wrongly covered"] * percent, color="#D55E00", label="wrongly covered")
        axis.barh(own["method"], -own["wrongly missed"] * percent, color="#0072B2", label="wrongly missed")
        axis.axvline(0, color="black", linewidth=0.8)
        axis.set_title(f"{title}, {limit}", fontsize=8, loc="left", pad=3)
        axis.tick_params(labelsize=7)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    axes[-1].set_xlabel("people on the wrong side, % of all (left: missed, right: covered)", fontsize=8)
    axes[0].legend(fontsize=7, frameon=False, loc="upper right")
    figure.tight_layout(h_pad=0.4)
    CHART.parent.mkdir(exist_ok=True)
    figure.savefig(CHART, dpi=110, metadata={"Software": None})


def _kept(title: str) -> str | None:
    """Return the section of a city as it stands on the page, for one whose data is not here."""
    if not PAGE.is_file():
        return None
    found = re.search(rf"(?ms)^## {re.escape(title)}.*?(?=^## )", PAGE.read_text(encoding="utf-8"))
    return found.group(0).rstrip() + "\n" if found else None


def main() -> None:
    """Write the page and, if every city is here, its chart."""
    cities = sample()
    far = wuhan()
    tables = {city.title: compared(city) for city in [*cities, *([far] if far else [])]}
    sections = [section(city, tables[city.title]) for city in cities]
    last = section(far, tables[far.title]) if far else _kept("Wuhan: tertiary-A hospitals")
    PAGE.write_text(page([*sections, *([last] if last else [])]), encoding="utf-8")
    if far:
        draw(tables)
    else:
        sys.stderr.write("../shared is not here: Wuhan's section and the chart stay as they are\n")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
