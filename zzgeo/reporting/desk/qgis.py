"""Styles for QGIS (QML): symbols in the colours of the pages, names of columns, labels; text is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from zzgeo.layers.parts.looks import Look, Style

#: Marks of layers, as QGIS calls them.
MARKS = {
    "circle": "circle", "square": "square", "triangle": "triangle", "diamond": "diamond", "star": "star",
    "cross": "cross_fill", "hexagon": "hexagon", "x": "cross2",
}  # fmt: skip


def qml(style: Style, geometry: str, names: Mapping[str, str], label: str) -> str:
    """Return a style as QGIS stores it.

    Parameters
    ----------
    style
        Colours and classes.
    geometry
        ``"point"``, ``"line"`` or ``"area"``.
    names
        What the columns of the table are called.
    label
        The column written on the map; empty for none.
    """
    about = {
        "version": "3.22.0",
        "styleCategories": "Symbology|Labeling|Fields",
        "labelsEnabled": str(int(bool(label))),
    }
    root = ET.Element("qgis", about)
    _renderer(root, style, geometry)
    if label:
        _labeling(root, label, geometry)
    aliases = ET.SubElement(root, "aliases")
    for place, (column, name) in enumerate(names.items()):
        ET.SubElement(aliases, "alias", {"field": column, "index": str(place), "name": name})
    ET.SubElement(root, "blendMode").text = "0"
    ET.SubElement(root, "layerGeometryType").text = {"point": "0", "line": "1", "area": "2"}[geometry]
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(root, encoding="unicode")


_TYPES = {
    "single": "singleSymbol", "categories": "categorizedSymbol", "ranges": "graduatedSymbol", "filters": "RuleRenderer",
}  # fmt: skip


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
        _layer(symbol, "SimpleLine", {"line_color": _rgba(look.line), "line_width": f"{look.width:g}",
                                      "line_width_unit": "MM", "capstyle": "round", "joinstyle": "round"})  # fmt: skip
        return
    common = {
        "color": _rgba(look.fill, look.fill_opacity),
        "outline_color": _rgba(look.line),
        "outline_width": f"{look.width:g}",
        "outline_width_unit": "MM",
        "outline_style": "no" if look.line is None else "solid",
    }
    if geometry == "point":
        _layer(
            symbol, "SimpleMarker", {**common, "name": MARKS[look.mark], "size": f"{look.size:g}", "size_unit": "MM"}
        )
        return
    filled = "no" if look.fill is None else "b_diagonal" if look.hatch else "solid"
    _layer(symbol, "SimpleFill", {**common, "style": filled, "joinstyle": "round"})


def _layer(symbol: ET.Element, kind: str, options: dict[str, str]) -> None:
    layer = ET.SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    held = ET.SubElement(layer, "Option", {"type": "Map"})
    for name, value in options.items():
        ET.SubElement(held, "Option", {"name": name, "value": value, "type": "QString"})
    for name, value in options.items():  # as QGIS before 3.26 reads them
        ET.SubElement(layer, "prop", {"k": name, "v": value})


def _rgba(colour: str | None, opacity: float = 1.0) -> str:
    if colour is None:
        return "0,0,0,0"
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def _labeling(root: ET.Element, column: str, geometry: str) -> None:
    labeling = ET.SubElement(root, "labeling", {"type": "simple"})
    settings = ET.SubElement(labeling, "settings", {"calloutType": "simple"})
    style = ET.SubElement(settings, "text-style", {
        "fieldName": column, "isExpression": "0", "fontSize": "9", "fontSizeUnit": "Point", "allowHtml": "0",
        "fontFamily": "Microsoft YaHei", "textColor": "26,26,26,255", "textOpacity": "1", "useSubstitutions": "0",
    })  # fmt: skip
    ET.SubElement(style, "text-buffer", {
        "bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM", "bufferColor": "255,255,255,255",
        "bufferOpacity": "1",
    })  # fmt: skip
    ET.SubElement(settings, "placement", {"placement": {"point": "6", "line": "2", "area": "1"}[geometry]})
    ET.SubElement(settings, "rendering", {"drawLabels": "1", "obstacle": "1", "scaleVisibility": "0"})
