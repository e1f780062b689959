"""A project for QGIS beside the GeoPackage: its layers in groups by clause, in the order in which they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from pyproj import CRS

from zzgeo.layers.base import GROUPS, printable
from zzgeo.layers.parts.findings import headline_first
from zzgeo.layers.parts.looks import Style
from zzgeo.reporting.desk.desk_layers import DeskLayer
from zzgeo.reporting.desk.layer_words import LayerWords
from zzgeo.reporting.desk.qgis import VERSION, add_style, document

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport

#: A layer in one of its styles, with the id it has in the project.
_Shown = tuple[str, DeskLayer, Style]


def project(report: AuditReport, layers: Sequence[DeskLayer], lang: str, geopackage: str) -> bytes:
    """Return a project that shows the layers of a GeoPackage.

    Parameters
    ----------
    report
        An audit.
    layers
        What stands in the GeoPackage, in its order: the first is drawn first. Tables are not looked at.
    lang
        ``"zh"`` or ``"en"``.
    geopackage
        Its path, relative to the project.
    """
    words, crs, name = LayerWords(lang), report.study.crs, printable(report.study.name)
    root = ET.Element("qgis", {"version": VERSION, "projectname": name})
    ET.SubElement(root, "title").text = name
    _add_crs(ET.SubElement(root, "projectCrs"), crs)
    source = f"./{geopackage}|layername="
    shown = _add_tree(root, report, layers, words, source)
    _add_canvas(root, report)
    held = ET.SubElement(root, "projectlayers")
    for one in shown:
        _add_layer(held, one, source, crs)
    properties = ET.SubElement(root, "properties")
    ET.SubElement(ET.SubElement(properties, "Paths"), "Absolute", {"type": "bool"}).text = "false"
    # or QGIS would not look at the CRS of the project
    ET.SubElement(ET.SubElement(properties, "SpatialRefSys"), "ProjectionsEnabled", {"type": "int"}).text = "1"
    return document(root).encode()


def _add_tree(
    root: ET.Element, report: AuditReport, layers: Sequence[DeskLayer], words: LayerWords, source: str
) -> list[_Shown]:
    """List the layers in groups, those of the first clause on, and return them all, what is drawn last at first."""
    tree = ET.SubElement(root, "layer-tree-group")
    clauses = _add_group(tree, words.say("rule"), on=True, others_off=True)
    every: list[_Shown] = []
    for rule in headline_first(report, report.rules):
        own = [(_id(layer, rule.id), layer, style) for layer in layers for style in _of(layer, rule.id)]
        if own:
            _add_layers(_add_group(clauses, printable(words.rule(rule)), on=not every), own, source)
        every += own
    for group, names in GROUPS.items():
        own = [
            (_id(layer), layer, layer.styles[0])
            for layer in layers
            if layer.group == group and not layer.styles[0].rule
        ]
        if own:
            _add_layers(_add_group(tree, words.pick(*names), on=True), own, source)
        every += own
    places = {layer.name: place for place, layer in enumerate(layers)}
    every.sort(key=lambda shown: -places[shown[1].name])
    order = ET.SubElement(tree, "custom-order", {"enabled": "1"})
    for id_, _, _ in every:
        ET.SubElement(order, "item").text = id_
    return every


def _id(layer: DeskLayer, rule: str = "all") -> str:
    """Return the id of a layer in the project; one shorter than QGIS makes them itself it takes for none."""
    return f"zzgeo.{layer.name}.{rule}"


def _of(layer: DeskLayer, rule: str) -> list[Style]:
    """Return the first style of a layer for a rule, if it has one."""
    return [style for style in layer.styles if style.rule == rule][:1]


def _add_group(tree: ET.Element, name: str, *, on: bool, others_off: bool = False) -> ET.Element:
    about = {"name": name, "checked": _checked(on), "expanded": str(int(on))}
    if others_off:
        about |= {"mutually-exclusive": "1", "mutually-exclusive-child": "0"}
    return ET.SubElement(tree, "layer-tree-group", about)


def _add_layers(group: ET.Element, shown: Sequence[_Shown], source: str) -> None:
    """List layers, what is drawn last on top; one that is shown clause by clause is off where it stands for all."""
    for id_, layer, style in reversed(shown):
        on = layer.shown and (bool(style.rule) or not any(one.rule for one in layer.styles))
        about = {"id": id_, "name": layer.title, "providerKey": "ogr", "source": source + layer.name}
        ET.SubElement(group, "layer-tree-layer", {**about, "checked": _checked(on), "expanded": "0"})


def _checked(on: bool) -> str:
    return "Qt::Checked" if on else "Qt::Unchecked"


def _add_layer(held: ET.Element, shown: _Shown, source: str, crs: CRS) -> None:
    id_, layer, style = shown
    geometry = {"point": "Point", "line": "Line", "area": "Polygon"}[layer.form]
    element = ET.SubElement(held, "maplayer", {"type": "vector", "geometry": geometry, "wkbType": layer.geometry_type})
    ET.SubElement(element, "id").text = id_
    ET.SubElement(element, "datasource").text = source + layer.name
    ET.SubElement(element, "layername").text = layer.title
    _add_crs(ET.SubElement(element, "srs"), crs)
    ET.SubElement(element, "provider", {"encoding": "UTF-8"}).text = "ogr"
    add_style(element, layer, style)


def _add_canvas(root: ET.Element, report: AuditReport) -> None:
    """Let the map open on the districts."""
    canvas = ET.SubElement(root, "mapcanvas", {"name": "theMapCanvas", "annotationsVisible": "1"})
    ET.SubElement(canvas, "units").text = "meters"
    extent = ET.SubElement(canvas, "extent")
    names = ("xmin", "ymin", "xmax", "ymax")
    for name, value in zip(names, report.study.districts.total_bounds.tolist(), strict=True):
        ET.SubElement(extent, name).text = f"{value:.0f}"
    _add_crs(ET.SubElement(canvas, "destinationsrs"), report.study.crs)


def _add_crs(element: ET.Element, crs: CRS) -> None:
    """Write a CRS out, and name it by its EPSG code if it has one: by the code alone QGIS does not find it."""
    code, held = crs.to_epsg(), ET.SubElement(element, "spatialrefsys")
    ET.SubElement(held, "wkt").text = crs.to_wkt("WKT1_GDAL")
    if code:
        ET.SubElement(held, "authid").text = f"EPSG:{code}"
