"""What a layer shows on pages, in a GIS and on pictures: as it says itself, or derived from its table and its style."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from zzgeo.layers.base import Draw, Feature, Layer, Rows, Symbology, near, rows_in, rows_near
from zzgeo.layers.parts.looks import Look, Style, in_gis, in_picture
from zzgeo.layers.parts.packing import Projector
from zzgeo.layers.parts.pictures import Drawn, Entry, Marks, Scene
from zzgeo.layers.parts.popups import Popups
from zzgeo.vocabulary.people import POPULATION_GROUPS

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.layers.parts.words import Words

#: The look of a layer that says none.
_USUAL = Look(line="#595F66", width=1.0)

#: Metres by which the shapes of a table are simplified for a page.
_TOLERANCE_M = 4.0

#: Numbers of types, as GEOS has them.
_FORMS = {"point": (0,), "line": (1, 2, 5), "area": (3, 6)}


def features(layer: Layer, report: AuditReport) -> Draw:
    """Read a report once, and return what draws each of its districts on a page."""
    if layer.build is not None:
        return layer.build(report)
    rows = None if layer.table is None else layer.table.rows(report)
    if rows is None or not len(rows):
        return lambda district: []
    rows = of_one_form(rows)
    form, shapes, projector = form_of(rows), np.asarray(rows.geometry.array), Projector(report.study.crs)
    rows_of = rows_in(rows) if "district" in rows.columns else rows_near(rows, report, 0.0)
    popups = Popups(_titled(rows), _TITLE, _told(rows))
    words = {"words": True} if layer.table is not None and layer.table.named_by_words else {}

    def draw(district: str | None) -> list[Feature]:
        here: Rows = rows_of(district)
        if not len(here):
            return []
        if form == "line":
            return [{"shape": "line", "xy": projector.lines(shapes[here], _TOLERANCE_M)}]
        if form == "point":
            return [popups.at("marks", projector.points(shapes[here]), here) | words]
        return [popups.at("mosaic", projector.areas(shapes[here], _TOLERANCE_M), here) | words]

    return draw


def symbology(layer: Layer, report: AuditReport, rows: gpd.GeoDataFrame, words: Words) -> Symbology:
    """Return how a GIS shows the rows of a layer's table."""
    if layer.table is not None and layer.table.symbology is not None:
        return layer.table.symbology(report, rows, words)
    title = title_of(layer, words)
    look = in_gis(layer.style or _USUAL, form_of(rows))
    # one class for all: a GIS names classes in its legend, and tables by their names in the file
    return Symbology([Style(title, "filters", [("TRUE", title, look)])])


def drawn(layer: Layer, scene: Scene) -> Drawn:
    """Return what a picture draws of a layer."""
    if layer.picture is not None:
        return layer.picture(scene)
    return _drawn_rows(layer, scene)


def _drawn_rows(layer: Layer, scene: Scene) -> Drawn:
    """Give the rows of a layer's table in or near the district, in one look; nothing of the city."""
    rows = None if layer.table is None or scene.district is None else layer.table.rows(scene.report)
    if rows is None or not len(rows):
        return
    rows = of_one_form(rows)
    here = rows[rows["district"].astype(str) == scene.district] if "district" in rows.columns else None
    here = near(rows, scene.report, scene.district, 0.0) if here is None else here
    if len(here):
        form = form_of(here)
        look = in_picture(layer.style or _USUAL, form)
        yield Marks(here.geometry.array, look, layer.order / 10)
        yield Entry(words_of(layer, scene.words), look, form)


def words_of(layer: Layer, words: Words) -> str:
    """Return what a layer is called in a language."""
    return words.pick(layer.label_zh, layer.label_en)


def title_of(layer: Layer, words: Words) -> str:
    """Return what the table of a layer is called in a language."""
    own = "" if layer.table is None else words.pick(layer.table.title_zh, layer.table.title_en)
    return own or words_of(layer, words)


def form_of(table: gpd.GeoDataFrame) -> str:
    """Return ``"point"``, ``"line"`` or ``"area"``: what the geometries of a table are."""
    kinds = set(np.unique(shapely.get_type_id(np.asarray(table.geometry.array))).tolist()) - {-1}
    return next((form for form, own in _FORMS.items() if kinds and kinds <= set(own)), "point")


def of_one_form(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a table that is all points, all lines or all areas: where it is mixed, each row is a point inside it.

    Examples
    --------
    >>> mixed = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0), shapely.box(0, 0, 2, 2)])
    >>> of_one_form(mixed).geom_type.tolist()
    ['Point', 'Point']
    """
    kinds = set(np.unique(shapely.get_type_id(np.asarray(table.geometry.array))).tolist()) - {-1}
    if any(kinds <= set(own) for own in _FORMS.values()):
        return table
    return table.set_geometry(table.geometry.representative_point())


#: The column that names a row, once it is there for certain.
_TITLE = "name"


def _titled(rows: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return rows without their geometry, and with a name each: their ids where they have none."""
    plain = pd.DataFrame(rows.drop(columns=rows.geometry.name))
    return plain if _TITLE in plain.columns else plain.assign(**{_TITLE: rows.index.astype(str)})


def _told(rows: gpd.GeoDataFrame) -> list[tuple[str, str]]:
    """Return the columns a popup tells, with the form of each."""
    kept = [str(name) for name in rows.columns if name not in (_TITLE, "district", rows.geometry.name)]
    return [(name, _form_told(name, rows[name])) for name in kept]


def _form_told(name: str, column: pd.Series) -> str:
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return "text"
    return "people" if name in POPULATION_GROUPS else "metres" if name.endswith("_m") else "number"
