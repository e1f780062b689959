"""A study folder from a file of OpenStreetMap that is there already, with nothing asked of the net."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from zzgeo.crs.metric import metric_crs_for
from zzgeo.errors import InputError, Problem
from zzgeo.fetch.outlines import shown
from zzgeo.fetch.spread import spread_people
from zzgeo.fetch.study_folder import all_or_nothing, must_be_new, write_districts, write_text
from zzgeo.fetch.study_text import DISTRICTS, PEOPLE, Content, Spread, certainty, people_sentence, study_text
from zzgeo.formats import read_layer
from zzgeo.formats.osm import osmium_module
from zzgeo.formats.parts.base import Options, RawLayer, file_sha256
from zzgeo.formats.parts.osm_file import SUFFIXES

#: County or district of China among the levels of OpenStreetMap.
COUNTY_LEVEL = 6

_SOURCES = """\
# Sources

{name}, from one file of OpenStreetMap: `{file}`, data of {data_of}.

© OpenStreetMap contributors. The data are available under the Open Database License 1.0
(https://opendatacommons.org/licenses/odbl/1-0/; https://www.openstreetmap.org/copyright). Maps and tables made from
them must say so; a database derived from them stays under the same licence.

{certainty}

| file | SHA-256 |
|---|---|
{hashes}
"""


def is_map(place: str) -> bool:
    """Return whether a place is the name of a file of OpenStreetMap, not of a place.

    Examples
    --------
    >>> is_map("cities/zhengzhou.osm.pbf"), is_map("郑州市")
    (True, False)
    """
    return place.lower().endswith(tuple(SUFFIXES))


def study_from_file(
    path: str | Path,
    out: str | Path,
    *,
    boundary: str | Path | None = None,
    people: float | None = None,
    name: str = "",
    progress: Callable[[str], None] = lambda line: None,
) -> tuple[Path, Content]:
    """Write a study folder from a file of OpenStreetMap: districts, streets, facilities, and people spread evenly.

    Parameters
    ----------
    path
        ``.osm`` or ``.osm.pbf``.
    out
        A folder that is not there yet, or empty. It appears when everything is whole, or not at all.
    boundary
        File of polygons that are the districts (columns ``code`` and ``name``, if it has them). Left out, the
        administrative boundaries that are whole in `path`: of counties, else of the widest level; where there are none,
        the hull of the streets, which the study says.
    people
        How many live there, spread evenly over residential land and buildings; None: each hectare counts as 1, and the
        study says that these are not people.
    name
        What the place is called; that of its only district, or of the file, if left out.
    progress
        Called with a line for the user at each step.

    Returns
    -------
    (Path, Content)
        The study file, which loads, and what is in it.

    Raises
    ------
    InputError
        As `zzgeo.formats.read_layer`; ``crs.missing`` for a boundary that does not say its CRS; ``config.invalid`` for
        a wrong number of people.
    EnvironmentFault
        If the folder holds files or cannot be written.
    MissingExtra
        If osmium is not installed.
    """
    path, out = Path(path), Path(out)
    osmium_module()
    must_be_new(out)
    progress(f"reading {path.name}")
    streets = read_layer(path, Options("streets"))
    facilities = read_layer(path, Options("facilities"))
    lines = gpd.GeoDataFrame(streets.table, geometry="geometry", crs=4326)
    districts, doubts = _districts(path, boundary, lines)
    data_of, undated = _data_time(path)
    kinds = facilities.table["kind"].value_counts().sort_index()
    stem = path.name.partition(".")[0]
    content = Content(
        shown(name) or (str(districts["name"].iloc[0]) if len(districts) == 1 and not doubts else stem),
        "",
        re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "map",
        len(districts),
        len(streets.table),
        {str(kind): int(count) for kind, count in kinds.items()},
        bool(facilities.table["osm_id"].is_unique),
        0.0,
        data_of,
        map="openstreetmap" + next(ending for ending in SUFFIXES if path.name.lower().endswith(ending)),
        doubts=(*doubts, *undated),
    )
    progress("spreading people")
    spread = spread_people(path, districts, lines, people)
    with all_or_nothing(out) as folder:
        shutil.copyfile(path, folder / content.map)
        write_districts(folder / DISTRICTS, districts, content.data_of)
        content = _written(folder, content, *spread)
    return out / "study.toml", content


def with_people(folder: Path, content: Content, people: float | None) -> Content:
    """Spread people over a study that `zzgeo.fetch.study_folder.fetch` wrote without any, and return what is in it.

    Parameters
    ----------
    folder, content
        The study's folder, and what was fetched.
    people
        As in `study_from_file`.

    Raises
    ------
    InputError
        As `zzgeo.fetch.spread.spread_people`.
    """
    streets = gpd.GeoDataFrame(
        read_layer(folder / content.map, Options("streets")).table, geometry="geometry", crs=4326
    )
    districts = gpd.read_file(folder / DISTRICTS)
    table, spread = spread_people(folder / content.map, districts, streets, people)
    content = replace(content, people=spread)
    _write_people(folder, content, table)
    sources = (folder / "SOURCES.md").read_text("utf-8")
    row = f"\n{people_sentence(spread)[1]} `{PEOPLE}`: `{file_sha256(folder / PEOPLE)}`.\n"
    write_text(folder / "SOURCES.md", sources + row)
    return content


def _write_people(folder: Path, content: Content, table: pd.DataFrame) -> None:
    table.to_csv(folder / PEOPLE, index=False, float_format="%.10g", lineterminator="\n")
    write_text(folder / "study.toml", study_text(content))


def _written(folder: Path, content: Content, table: pd.DataFrame, spread: Spread) -> Content:
    """Write people, study file and sources to a folder that holds map and districts."""
    content = replace(content, people=spread)
    _write_people(folder, content, table)
    hashes = {name: file_sha256(folder / name) for name in (content.map, DISTRICTS, PEOPLE)}
    rows = "\n".join(f"| {name} | `{value}` |" for name, value in hashes.items())
    said = {"name": content.name, "file": content.map, "data_of": content.data_of}
    write_text(folder / "SOURCES.md", _SOURCES.format(**said, certainty=certainty(content)[1], hashes=rows))
    return content


#: What is said where the map has no boundary.
_HULL = (
    "文件中没有完整的行政边界，以道路的外包范围为界。",
    "No whole administrative boundary is in the file: the hull of its streets stands for one.",
)


def _districts(
    path: Path, boundary: str | Path | None, lines: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, tuple[tuple[str, str], ...]]:
    """Return the districts (``code``, ``name``) in EPSG:4326, and what must be said of where they come from."""
    if boundary is not None:
        return _given(read_layer(Path(boundary), Options("districts"))), ()
    try:
        return _given(read_layer(path, Options("districts"))), ()
    except InputError as error:
        codes = {problem.code for problem in error.problems}
    if codes == {"layer.ambiguous"}:
        return _given(_of_one_level(path)), ()
    if codes != {"layer.empty"}:
        read_layer(path, Options("districts"))
    west, south, east, north = lines.total_bounds
    crs = metric_crs_for((west + east) / 2, (south + north) / 2)
    # a little more than the hull, so that a street on its edge lies inside
    hull = lines.geometry.to_crs(crs).union_all().convex_hull.buffer(10.0)
    name = path.name.partition(".")[0]
    return gpd.GeoDataFrame({"code": ["d1"], "name": [name]}, geometry=[hull], crs=crs).to_crs(4326), (_HULL,)


def _of_one_level(path: Path) -> RawLayer:
    """Read the boundaries of counties where they are whole, else of the widest level that is."""
    for level in (COUNTY_LEVEL, *range(1, 12)):
        try:
            return read_layer(path, Options("districts", layer=f"admin_level={level}"))
        except InputError as error:
            if {problem.code for problem in error.problems} != {"layer.missing"}:
                raise
    why, remedy = "its boundaries bear no level from 1 to 11", "name a file: --boundary"
    raise InputError([Problem("layer.missing", path.name, "districts", why, remedy)])


#: What columns of a boundary may be called, in small letters.
_CODES = ("code", "adcode", "代码", "行政区划代码", "gb")
_NAMES = ("name", "名称", "区县")


def _given(layer: RawLayer) -> gpd.GeoDataFrame:
    if layer.crs is None:
        why, remedy = "the boundary does not say its coordinate system", "save it as GeoPackage or GeoJSON in EPSG:4326"
        raise InputError([Problem("crs.missing", layer.file, "", why, remedy)])
    table = gpd.GeoDataFrame(layer.table, geometry="geometry", crs=layer.crs).to_crs(4326)
    table = table[table.geometry.geom_type.isin(("Polygon", "MultiPolygon"))]
    if table.empty:
        why, remedy = "no polygon is in it", "name a file of districts"
        raise InputError([Problem("layer.empty", layer.file, "districts=0", why, remedy)])
    heads = {str(column).lower(): column for column in table.columns}
    code, name = (next((heads[word] for word in words if word in heads), None) for words in (_CODES, _NAMES))
    numbers = pd.Series([f"d{number}" for number in range(1, len(table) + 1)], index=table.index)
    codes = numbers if code is None else table[code].astype("string").str.strip().replace("", pd.NA).fillna(numbers)
    # a code two areas share tells neither apart
    codes = codes.where(~codes.duplicated(keep=False), numbers).astype(object)
    names = codes if name is None else table[name].astype("string").fillna(codes).astype(object)
    whole = gpd.GeoDataFrame({"code": codes, "name": names.map(lambda text: shown(str(text)))}, geometry=table.geometry)
    return whole.sort_values("code", ignore_index=True)


#: What is said where nothing in the file bears a time.
_UNDATED = (
    "文件没有说明数据日期，以文件的写入日期为准。",
    "Nothing in the file says of when it is: the day the file was written stands for it.",
)


def _data_time(path: Path) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return of when the data are (UTC): what the file says, else its newest object, else the day it was written."""
    osmium = osmium_module()
    said = str(osmium.io.Reader(str(path)).header().get("osmosis_replication_timestamp", ""))
    if len(said) >= 10:
        return said, ()
    newest = dt.datetime.fromtimestamp(0, dt.UTC)
    for element in osmium.FileProcessor(str(path)):
        newest = max(newest, element.timestamp)
    if newest.year > 1970:
        return newest.strftime("%Y-%m-%dT%H:%M:%SZ"), ()
    written = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    return written.strftime("%Y-%m-%dT%H:%M:%SZ"), (_UNDATED,)
