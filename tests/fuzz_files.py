"""Sound files to be damaged: one small file of every format that zzgeo reads."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Base:
    """A sound file to be damaged: its name, its parts by ending, and what it is checked as."""

    name: str
    parts: dict[str, bytes]
    arguments: tuple[str, ...]


def bases(folder: Path) -> list[Base]:
    """Write one small sound file of every format, and read them back as bytes."""
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import shapely

    spots = [(113.6 + 0.01 * n, 34.7 + 0.005 * n) for n in range(8)]
    names = [f"金水区第{n}养老驿站" for n in range(8)]
    rows = {"编号": [f"F{n:03d}" for n in range(8)], "名称": names, "床位数": [10 * n for n in range(8)]}
    table = pd.DataFrame({**rows, "经度": [x for x, _ in spots], "纬度": [y for _, y in spots]})
    points = gpd.GeoDataFrame(rows, geometry=shapely.points(spots), crs="EPSG:4326")
    squares = shapely.box(113.6 + 0.1 * np.arange(4), 34.7, 113.7 + 0.1 * np.arange(4), 34.8)
    areas = {"code": [f"41010{n}" for n in range(2, 6)], "name": ["中原区", "二七区", "管城回族区", "金水区"]}
    districts = gpd.GeoDataFrame({**areas, "population": [1000, 2000, 0, 500]}, geometry=squares, crs="EPSG:4326")
    lines = [shapely.LineString([spots[n], spots[n + 1]]) for n in range(7)]
    streets = gpd.GeoDataFrame({"highway": ["residential"] * 7}, geometry=lines, crs="EPSG:4326")
    text = table.to_csv(index=False)
    (folder / "utf8.csv").write_text(text, encoding="utf-8-sig")
    (folder / "gbk.csv").write_bytes(text.encode("gb18030"))
    (folder / "wide.tsv").write_bytes(text.replace(",", "\t").encode("utf-16"))
    table.to_excel(folder / "list.xlsx", index=False, engine="xlsxwriter")
    points.to_file(folder / "points.gpkg")
    districts.to_file(folder / "districts.gpkg")
    districts.to_file(folder / "districts.geojson")
    points.to_file(folder / "points.geojson")
    points.rename(columns={"编号": "id", "名称": "name", "床位数": "beds"}).to_file(folder / "list.shp")
    points.to_parquet(folder / "points.parquet")
    streets.to_file(folder / "streets.gpkg")
    (folder / "streets.graphml").write_text(_graphml(spots), encoding="utf-8")
    (folder / "streets.osm").write_text(_osm(spots), encoding="utf-8")
    (folder / "list.kml").write_text(_kml(spots, names), encoding="utf-8")
    _pbf(folder, spots)
    with zipfile.ZipFile(folder / "list.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.glob("list.shp")) + [folder / f"list.{end}" for end in ("dbf", "shx", "prj", "cpg")]:
            archive.write(part, part.name)
    datum = ("--datum", "EPSG:4326")
    plain = ("utf8.csv", "gbk.csv", "wide.tsv", "list.xlsx", "points.gpkg", "points.geojson", "points.parquet")
    found = [_base(folder / name, ("--as", "facilities", *datum)) for name in (*plain, "list.kml", "list.zip")]
    found += [_base(folder / name, ("--as", "districts")) for name in ("districts.gpkg", "districts.geojson")]
    streets_files = ("streets.gpkg", "streets.graphml", "streets.osm", "streets.osm.pbf")
    found += [_base(folder / name, ("--as", "streets")) for name in streets_files]
    shape = {end: (folder / f"list{end}").read_bytes() for end in (".shp", ".dbf", ".shx", ".prj", ".cpg")}
    return [*found, Base("list", shape, ("--as", "facilities", *datum))]


def _base(path: Path, arguments: tuple[str, ...]) -> Base:
    stem, _, ending = path.name.partition(".")
    return Base(stem, {f".{ending}": path.read_bytes()}, arguments)


def _graphml(spots: list[tuple[float, float]]) -> str:
    import networkx as nx

    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for n, (x, y) in enumerate(spots):
        graph.add_node(n, x=x, y=y)
    for n in range(len(spots) - 1):
        graph.add_edge(n, n + 1, length=1080.0)
        graph.add_edge(n + 1, n, length=1080.0)
    return "\n".join(nx.generate_graphml(graph))


def _osm(spots: list[tuple[float, float]]) -> str:
    nodes = "".join(f'<node id="{n}" lat="{y}" lon="{x}" version="1"/>' for n, (x, y) in enumerate(spots, start=1))
    refs = "".join(f'<nd ref="{n}"/>' for n in range(1, len(spots) + 1))
    way = f'<way id="10" version="1">{refs}<tag k="highway" v="residential"/></way>'
    return f'<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">{nodes}{way}</osm>'


def _kml(spots: list[tuple[float, float]], names: list[str]) -> str:
    marks = "".join(
        f"<Placemark><name>{name}</name><Point><coordinates>{x},{y},0</coordinates></Point></Placemark>"
        for name, (x, y) in zip(names, spots, strict=True)
    )
    head = '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
    return f"{head}<Document>{marks}</Document></kml>"


def _pbf(folder: Path, spots: list[tuple[float, float]]) -> None:
    import osmium

    with osmium.SimpleWriter(str(folder / "streets.osm.pbf")) as writer:
        for n, place in enumerate(spots, start=1):
            writer.add_node(osmium.osm.mutable.Node(id=n, location=place, version=1))
        refs = list(range(1, len(spots) + 1))
        writer.add_way(osmium.osm.mutable.Way(id=10, nodes=refs, tags={"highway": "residential"}, version=1))
