"""A city small enough to be read in an example: two districts, one street, two clinics, six blocks of people."""

from __future__ import annotations

from pathlib import Path

_STUDY = """\
name = "Littleton"
jurisdiction = "zhengzhou"
as_of = 2018-12-31

[districts]
source = "districts.geojson"
datum = "EPSG:4326"

[streets]
source = "roads.geojson"
datum = "EPSG:4326"

[[facilities]]
source = "facilities.csv"
datum = "EPSG:4326"
kind_column = "kind"
columns = { facility_id = "id", name = "name", lon = "lon", lat = "lat" }

[demand]
source = "people.csv"
datum = "EPSG:4326"
columns = { demand_id = "id", lon = "lon", lat = "lat", residents = "residents", aged_60_plus = "aged" }
"""

_DISTRICTS = """\
{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {"code": "W", "name": "West"}, "geometry": {"type": "Polygon", "coordinates":
[[[113.60, 34.70], [113.61, 34.70], [113.61, 34.71], [113.60, 34.71], [113.60, 34.70]]]}},
{"type": "Feature", "properties": {"code": "E", "name": "East"}, "geometry": {"type": "Polygon", "coordinates":
[[[113.61, 34.70], [113.63, 34.70], [113.63, 34.71], [113.61, 34.71], [113.61, 34.70]]]}}
]}
"""

_STREETS = """\
{"type": "FeatureCollection", "features": [
{"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates":
[[113.60, 34.7051], [113.63, 34.7051]]}}
]}
"""

_FACILITIES = """\
id,name,kind,lon,lat
a,West clinic,community_health_centre,113.602,34.7051
b,East clinic,community_health_centre,113.612,34.7051
"""

_PEOPLE = """\
id,lon,lat,residents,aged
1,113.6011,34.7051,1000,200
2,113.6042,34.7051,1000,200
3,113.6083,34.7051,1000,200
4,113.6131,34.7051,1000,100
5,113.6162,34.7051,1000,100
6,113.6281,34.7051,2000,500
"""

_FILES = {
    "study.toml": _STUDY,
    "districts.geojson": _DISTRICTS,
    "roads.geojson": _STREETS,
    "facilities.csv": _FACILITIES,
    "people.csv": _PEOPLE,
}


def write_example(folder: str | Path) -> Path:
    """Write the files of a made-up city into a folder, and return the path of its study file.

    Examples
    --------
    >>> import tempfile
    >>> write_example(tempfile.mkdtemp()).name
    'study.toml'
    """
    for name, text in _FILES.items():
        (Path(folder) / name).write_text(text, encoding="utf-8")
    return Path(folder) / "study.toml"
