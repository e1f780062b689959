"""Make the sample study data/zhengzhou-sample/ and data/README.md: real counties and totals, everything else synthetic.

Run it from anywhere: ``python data/make_zhengzhou_sample.py [FOLDER]``. The same versions of the libraries give the
same bytes. The parts are in ``sample/``: totals, places, streets, rural, units, people, facilities, files, texts.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from sample import facilities, files, people, places, rural, streets, texts, units  # noqa: E402

GATE_SPACING_M = {"central": 1500.0, "town": 1300.0, "township": 700.0}


def lay_streets(
    settlements: list[places.Settlement],
    parks: list[shapely.Geometry],
    villages: gpd.GeoDataFrame,
    region: shapely.Geometry,
) -> tuple[gpd.GeoDataFrame, shapely.Geometry]:
    """Lay all streets; return them and the inside of the fourth ring."""
    barrier = places.barriers()
    layers, gates, central = [], [], None
    for number, settlement in enumerate(settlements):
        green = parks if settlement.kind != "township" else []
        edges, frame = streets.town_streets(settlement, green, barrier, number)
        layers.append(edges)
        gates.append(rural.gates(edges, settlement, GATE_SPACING_M[settlement.kind]))
        if settlement.kind == "central":
            central = streets.ring_area(frame, "四环示范路")
    centres = villages[["seed_x", "seed_y"]].to_numpy()
    layers += [rural.country_roads(centres, settlements, gates, region), rural.village_lanes(centres)]
    assert central is not None
    return streets.finished(pd.concat(layers, ignore_index=True)), central


def main(folder: Path, readme: Path) -> None:
    """Make everything and write it."""
    counties = places.county_polygons()
    main_towns = places.main_settlements(counties)
    small_towns = places.township_towns(counties, main_towns)
    parks = places.parks(main_towns)
    tiles = people.settle(units.county_units(counties, main_towns, small_towns, parks))
    region = shapely.union_all(counties.geometry.to_numpy())
    roads, central = lay_streets(main_towns + small_towns, parks, tiles[tiles["type"] == "行政村"], region)
    homes = people.homes(tiles, roads, parks)
    sites = facilities.Sites(tiles, homes)
    folder.mkdir(parents=True, exist_ok=True)
    elderly = facilities.elderly(sites)
    elderly["服务村代码"] = facilities.served_villages(sites, elderly)
    files.write_elderly(folder, elderly)
    files.write_medical(folder, facilities.medical(sites))
    leisure = facilities.leisure(sites)
    files.write_leisure(folder, leisure)
    files.write_people(folder, homes)
    files.write_parks(folder, parks)
    land = people.residential_land(tiles, homes, parks)
    built_up = shapely.union_all([town.area for town in main_towns if town.kind == "central"]).intersection(region)
    files.write_units(folder, tiles, units.parents(tiles), land, central.intersection(region), built_up)
    files.write_indicators(folder)
    files.write_streets(folder, roads)
    texts.write_study(folder)
    texts.write_readme(folder, readme, int((leisure["类别"] == "健身场地").sum()))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "zhengzhou-sample"
    main(target, target.parent / "README.md")
