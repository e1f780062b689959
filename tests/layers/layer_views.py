"""A layer as a test looks at it: by its id, on a page, in a GIS and on a picture, back in metres."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from fake_report import CRS

from zzgeo.auditing.report import AuditReport
from zzgeo.layers import Feature, Layer, layers, unpack
from zzgeo.layers.parts.derived import drawn, features
from zzgeo.layers.parts.pictures import Entry, Labels, Marks, Scene
from zzgeo.reporting.desk.desk_layers import DeskLayer, desk_layers
from zzgeo.reporting.desk.layer_words import LayerWords


def layer(id_: str) -> Layer:
    (one,) = [one for one in layers() if one.id == id_]
    return one


def on_page(id_: str, report: AuditReport, district: str | None) -> list[Feature]:
    return features(layer(id_), report)(district)


def in_gis(table: str, report: AuditReport, lang: str = "zh") -> DeskLayer | None:
    return next((one for one in desk_layers(report, lang) if one.name == table), None)


class Picture:
    """What a layer draws on a picture."""

    def __init__(self, id_: str, report: AuditReport, rule: str, district: str | None, lang: str = "zh") -> None:
        (chosen,) = [one for one in report.rules if one.id == rule]
        parts = list(drawn(layer(id_), Scene(report, chosen, LayerWords(lang), district)))
        self.marks = [part for part in parts if isinstance(part, Marks)]
        self.labels = [part for part in parts if isinstance(part, Labels)]
        self.legend = [part.text for part in parts if isinstance(part, Entry)]

    def counts(self) -> list[int]:
        """Return how many things each group of marks holds."""
        return [len(one.geometry) for one in self.marks]


def in_metres(geometry: Any) -> Any:
    """Return WGS84 geometries in the CRS of the small report."""
    return gpd.GeoSeries(list(geometry), crs=4326).to_crs(CRS).to_numpy()


def areas(feature: Feature) -> Any:
    """Return the polygons of an area or a mosaic, in metres."""
    whole = [feature["xy"]] if feature["shape"] == "area" else feature["xy"]
    shapes = []
    for area in whole:
        rings = iter(unpack([ring for polygon in area for ring in polygon]))
        polygons = [[next(rings) for _ in polygon] for polygon in area]
        shapes.append(shapely.union_all([shapely.Polygon(shell, holes) for shell, *holes in polygons]))
    return in_metres(shapes)


def lines(feature: Feature) -> Any:
    """Return the lines of a feature, in metres."""
    return in_metres([shapely.LineString(part) for part in unpack(feature["xy"])])


def points(feature: Feature) -> Any:
    """Return the points of a cloud or of marks, shape (n, 2), in metres."""
    (xy,) = unpack([feature["xy"]])
    return shapely.get_coordinates(in_metres(shapely.points(np.asarray(xy))))
