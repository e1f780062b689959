"""Features of the layers as a page holds them: of the rules it shows alone; what is said of their bounds and sizes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zzgeo.layers import Feature, Layer, layers, unpack


def of_rules(features: list[Feature], shown: set[str]) -> list[Feature]:
    """Return features without what belongs to rules the page does not show."""
    kept = []
    for feature in features:
        if feature.get("rule") is not None and feature["rule"] not in shown:
            continue
        copy = dict(feature)
        for name in ("status", "after", "straight_m", "streets_m", "by_rule"):
            if isinstance(copy.get(name), dict):
                copy[name] = {rule: one for rule, one in copy[name].items() if rule in shown}
        if "rules" in copy:
            copy = _rows(copy, [at for at, rule in enumerate(copy["rules"]) if rule in shown])
            if not copy["titles"]:
                continue
        kept.append(copy)
    return kept


def _rows(feature: Feature, keep: list[int]) -> Feature:
    """Return some rows of a mosaic."""
    copy = dict(feature)
    for name in ("xy", "titles", "codes", "rules", "numbers"):
        if name in copy:
            copy[name] = [copy[name][at] for at in keep]
    copy["columns"] = [[key, form, [values[at] for at in keep]] for key, form, values in copy["columns"]]
    return copy


def entry(layer: Layer, features: list[Feature]) -> dict[str, Any]:
    """Return a layer as the page's data hold it, the numbers of its features not yet in words (`in_words`)."""
    return {
        "id": layer.id,
        "label": {"zh": layer.label_zh, "en": layer.label_en},
        "group": layer.group,
        "shown": layer.shown,
        "style": _style(layer),
        "features": features,
    }


def _style(layer: Layer) -> dict[str, Any]:
    """Return the look of a layer as pages hold it: what it does not say is not there."""
    look, style = layer.style, dict[str, Any]()
    if look is not None and look.line is not None:
        style |= {"color": look.line, "weight": look.width}
    if look is not None and look.fill is not None:
        style |= {"fill": look.fill, "fill_opacity": look.fill_opacity}
    return {**style, "quiet": True} if layer.quiet else style


def column_words() -> dict[str, tuple[str, str]]:
    """Return what the columns of tables are called that name their own, in Chinese and in English."""
    tables = [layer.table for layer in layers() if layer.table is not None]
    return {name: pair for table in tables for name, pair in table.names.items()}


def breaks(people: list[Feature]) -> dict[str, list[float]]:
    """Return two round numbers that part the points of each group in three classes by people."""
    ranges: dict[str, list[float]] = {}
    for group, values in (people[0]["people"] if people else {}).items():
        told = np.asarray(values, dtype=float)
        counted = told[told > 0]
        if len(counted):
            low, high = (_round_up(float(value)) for value in np.quantile(counted, [0.4, 0.8]))
            ranges[group] = [low, high] if high > low else [low, 2 * low]
    return ranges


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, 50 … not below a number.

    Examples
    --------
    >>> _round_up(37.0), _round_up(0.3)
    (50, 1)
    """
    if value <= 1:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return next(int(step * power) for step in (1, 2, 5, 10) if step * power >= value)


def bounds(boundary: list[Feature]) -> list[float]:
    """Return west, south, east, north of the drawn boundary in degrees."""
    rings = [
        part
        for feature in boundary
        for part in unpack([ring for polygon in feature["xy"] for ring in polygon])
        if len(part)
    ]
    points = np.concatenate(rings)
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    return [round(float(value), 6) for value in (west, south, east, north)]
