"""Styles for QGIS (QML): symbols in the colours of the pages, names of columns, labels; text is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from zzgeo.layers.parts.looks import QUARTER, Look, Style
from zzgeo.reporting.desk.desk_layers import DeskLayer

#: Of QGIS: styles and projects are in the words of this one, which later ones read.
VERSION = "3.22.0"

#: Marks of layers, as QGIS calls them.
MARKS = {
    "circle": "circle",
    "square": "square",
    "triangle": "triangle",
    "diamond": "diamond",
    "star": "star",
    "cross": "cross_fill",
    "hexagon": "hexagon",
    "x": "cross2",
}


def qml(layer: DeskLayer, style: Style) -> str:
    """Return a style of a layer as QGIS stores it."""
    root = ET.Element("qgis", {"version": VERSION, "styleCategories": "Symbology|Labeling|Fields|Rendering"})
    add_style(root, layer, style)
    return document(root)


def document(root: ET.Element) -> str:
    """Return XML as QGIS writes it."""
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(root, encoding="unicode")


def add_style(element: ET.Element, layer: DeskLayer, style: Style) -> None:
    """Put a style of a layer into the element of a stored style, or of a layer of a project."""
    label = style.label or (f'"{layer.label}"' if layer.label else "")
    element.set("labelsEnabled", str(int(bool(label))))
    element.set("hasScaleBasedVisibilityFlag", str(int(bool(layer.scale))))
    element.set("minScale", str(layer.scale))
    element.set("maxScale", "0")
    _renderer(element, style, layer.form)
    if label:
        _labeling(element, label, layer, style.stressed)
    aliases = ET.SubElement(element, "aliases")
    for place, (column, name) in enumerate(layer.aliases.items()):
        ET.SubElement(aliases, "alias", {"field": column, "index": str(place), "name": name})
    ET.SubElement(element, "blendMode").text = "0"
    ET.SubElement(element, "layerGeometryType").text = {"point": "0", "line": "1", "area": "2"}[layer.form]


_TYPES = {
    "single": "singleSymbol",
    "categories": "categorizedSymbol",
    "ranges": "graduatedSymbol",
    "filters": "RuleRenderer",
}


def _renderer(root: ET.Element, style: Style, geometry: str) -> None:
    about = {"type": _TYPES[style.kind], "symbollevels": "0", "forceraster": "0", "enableorderby": "0"}
    if style.kind in ("categories", "ranges"):
        about["attr"] = style.column
    if style.kind == "ranges":
        about["graduatedMethod"] = "GraduatedColor"
    renderer = ET.SubElement(root, "renderer-v2", about)
    if style.kind == "filters":
        parts = ET.SubElement(renderer, "rules", {"key": "root"})
    elif style.kind != "single":
        parts = ET.SubElement(renderer, style.kind)
    symbols = ET.SubElement(renderer, "symbols")
    for place, (key, label, look) in enumerate(style.classes):
        about = {"symbol": str(place), "label": label}
        if style.kind == "categories":
            ET.SubElement(parts, "category", {**about, "value": str(key), "type": "string", "render": "true"})
        elif style.kind == "ranges":
            low, high = f"{key[0]:.6f}", f"{key[1]:.6f}"
            ET.SubElement(parts, "range", {**about, "lower": low, "upper": high, "render": "true"})
        elif style.kind == "filters":
            on = {} if place == 0 else {"checkstate": "0"}
            ET.SubElement(parts, "rule", {**about, "key": f"r{place}", "filter": str(key), **on})
        _symbol(symbols, str(place), look, geometry)


def _symbol(symbols: ET.Element, name: str, look: Look, geometry: str) -> None:
    kind = {"point": "marker", "line": "line", "area": "fill"}[geometry]
    about = {"name": name, "type": kind, "alpha": f"{look.opacity:g}", "clip_to_extent": "1", "force_rhr": "0"}
    symbol = ET.SubElement(symbols, "symbol", about)
    if geometry == "line":
        width = {"line_color": _rgba(look.line), **_measure("line_width", look.width, look.growth)}
        _layer(symbol, "SimpleLine", {**width, "capstyle": "round", "joinstyle": "round"})
        return
    common = {
        "color": _rgba(look.fill, look.fill_opacity),
        "outline_color": _rgba(look.line),
        "outline_style": "no" if look.line is None else "solid",
    }
    if geometry == "point":
        rim = {"outline_width": f"{look.width:g}", "outline_width_unit": "MM"}
        size = _measure("size", look.size, look.growth)
        _layer(symbol, "SimpleMarker", {**common, "name": MARKS[look.mark], **rim, **size})
        return
    filled = "no" if look.fill is None else "b_diagonal" if look.hatch else "solid"
    widths = _measure("outline_width", look.width, look.growth)
    layer = _layer(symbol, "SimpleFill", {**common, **widths, "style": filled, "joinstyle": "round"})
    if look.fill is not None and look.fill_until:
        red, green, blue, opaque = _rgba(look.fill, look.fill_opacity).split(",")
        fill = f"color_rgba({red}, {green}, {blue}, if(@map_scale > {look.fill_until}, {opaque}, 0))"
        _depending(layer, "data_defined_properties", {"fillColor": fill})


#: What QGIS calls the limits of a measure: of the line of a line, of that of an area, of the size of a mark.
_LIMITS = {
    "line_width": "width_map_unit_scale",
    "outline_width": "border_width_map_unit_scale",
    "size": "size_map_unit_scale",
}


def _measure(name: str, millimetres: float, growth: float) -> dict[str, str]:
    """Return the options of a width or a size: so many millimetres, near by more, as what is measured on the ground."""
    if growth <= 1:
        return {name: f"{millimetres:g}", f"{name}_unit": "MM"}
    # as QGIS writes it: at any scale, a least and a largest size in millimetres
    return {
        name: f"{millimetres / 1000 * QUARTER:g}",
        f"{name}_unit": "RenderMetersInMapUnits",
        _LIMITS[name]: f"3x:0,0,1,{millimetres:g},1,{millimetres * growth:g}",
    }


def _layer(symbol: ET.Element, kind: str, options: dict[str, str]) -> ET.Element:
    layer = ET.SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    held = ET.SubElement(layer, "Option", {"type": "Map"})
    for name, value in options.items():
        ET.SubElement(held, "Option", {"name": name, "value": value, "type": "QString"})
    for name, value in options.items():  # as QGIS before 3.26 reads them
        ET.SubElement(layer, "prop", {"k": name, "v": value})
    return layer


def _depending(element: ET.Element, tag: str, expressions: Mapping[str, str]) -> None:
    """Let properties follow expressions."""
    held = ET.SubElement(ET.SubElement(element, tag), "Option", {"type": "Map"})
    ET.SubElement(held, "Option", {"name": "name", "type": "QString", "value": ""})
    properties = ET.SubElement(held, "Option", {"name": "properties", "type": "Map"})
    for name, expression in expressions.items():
        own = ET.SubElement(properties, "Option", {"name": name, "type": "Map"})
        ET.SubElement(own, "Option", {"name": "active", "type": "bool", "value": "true"})
        ET.SubElement(own, "Option", {"name": "expression", "type": "QString", "value": expression})
        ET.SubElement(own, "Option", {"name": "type", "type": "int", "value": "3"})
    ET.SubElement(held, "Option", {"name": "type", "type": "QString", "value": "collection"})


def _rgba(colour: str | None, opacity: float = 1.0) -> str:
    if colour is None:
        return "0,0,0,0"
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def _labeling(root: ET.Element, label: str, layer: DeskLayer, stressed: str) -> None:
    """Write labels, those seen at any scale before the others; where they would collide, one is left out."""
    labeling = ET.SubElement(root, "labeling", {"type": "simple"})
    settings = ET.SubElement(labeling, "settings", {"calloutType": "simple"})
    style = ET.SubElement(
        settings,
        "text-style",
        {
            "fieldName": label,
            "isExpression": "1",
            "fontSize": str(_FONT_POINTS),
            "fontSizeUnit": "Point",
            "allowHtml": "0",
            "fontFamily": "Microsoft YaHei",
            "textColor": "26,26,26,255",
            "textOpacity": "1",
            "useSubstitutions": "0",
        },
    )
    ET.SubElement(
        style,
        "text-buffer",
        {
            "bufferDraw": "1",
            "bufferSize": "0.8",
            "bufferSizeUnits": "MM",
            "bufferColor": "255,255,255,255",
            "bufferOpacity": "1",
        },
    )
    placement = {"point": "6", "line": "2", "area": "5"}[layer.form]
    priority = str(_PRIORITY if layer.label_scale else _PRIORITY_OF_ALL)
    ET.SubElement(settings, "placement", {"placement": placement, "priority": priority, "centroidInside": "1"})
    # QGIS calls the denominator of the smallest scale the greatest
    about = {"scaleVisibility": str(int(bool(layer.label_scale))), "scaleMin": "0", "scaleMax": str(layer.label_scale)}
    ET.SubElement(settings, "rendering", {"drawLabels": "1", "displayAll": "0", "obstacle": "1", **about})
    if stressed:
        large = {"Bold": stressed, "Size": f"if({stressed}, {_FONT_POINTS + 3}, {_FONT_POINTS})"}
        _depending(settings, "dd_properties", large)


#: Of labels, in points.
_FONT_POINTS = 9
#: Of 0 to 10: labels of a higher priority keep their place where two would collide.
_PRIORITY, _PRIORITY_OF_ALL = 5, 10
