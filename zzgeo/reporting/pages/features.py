"""Features of the layers as a page holds them: of the rules it shows, in words, in as few bytes as they need."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from zzgeo.layers import Feature, Layer, layers, unpack
from zzgeo.layers.base import number, text
from zzgeo.numbers import (
    metres_text,
    number_text,
    people_text,
    share_text,
)
from zzgeo.vocabulary.verdicts import LOOKS

#: A letter per verdict; a unit the rule says nothing about is a dot.
_LETTERS = {look.id: look.letter for look in LOOKS.values()}

_FORMS: dict[str, Callable[[float | None], str]] = {
    "share": share_text,
    "people": people_text,
    "metres": metres_text,
    "number": number_text,
}


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
    """Return a layer as the page's data hold it."""
    return {
        "id": layer.id,
        "label": {"zh": layer.label_zh, "en": layer.label_en},
        "group": layer.group,
        "shown": layer.shown,
        "style": _style(layer),
        "features": [_in_words(feature) for feature in features],
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


def _in_words(feature: Feature) -> Feature:
    """Return a feature with its numbers as text; the layer's own is not changed."""
    copy = dict(feature)
    if "columns" in copy:
        copy["columns"] = _columns(copy["columns"])
    if "by_rule" in copy:
        copy["by_rule"] = {
            rule: {
                "verdicts": "".join(_LETTERS.get(one, ".") for one in own["verdicts"]),
                "columns": _columns(own["columns"]),
            }
            for rule, own in copy["by_rule"].items()
        }
    if "capacity" in copy:
        copy["capacity"] = [number_text(value) for value in copy["capacity"]]
    if "people" in copy:
        copy["people"] = {group: "|".join(_each(people_text, values)) for group, values in copy["people"].items()}
    for name in ("straight_m", "streets_m"):
        if name in copy:
            copy[name] = _once(copy[name])
    for name in ("minutes", "metres"):
        if name in copy:
            copy[name] = number_text(copy[name])
    if copy["shape"] == "mosaic":
        copy["xy"] = chained(copy["xy"])
    return copy


def _columns(columns: list[list[Any]]) -> list[list[Any]]:
    return [
        [key, _each(_FORMS[form], map(number, values)) if form in _FORMS else [text(one) for one in values]]
        for key, form, values in columns
    ]


def _each(form: Callable[[float | None], str], values: Iterable[float | None]) -> list[str]:
    """Return numbers in words; one that comes again, as those of people do, is put in words once."""
    known: dict[float | None, str] = {}
    columns = []
    for value in values:
        said = known.get(value)
        if said is None:
            said = known[value] = form(value)
        columns.append(said)
    return columns


def _once(metres: dict[str, list[float]]) -> dict[str, list[int | bool | None] | str]:
    """Return distances as `steps`; a rule with the same as one before it, of the same facilities, names that one.

    Examples
    --------
    >>> _once({"a": [5.1, 6.0], "b": [7.0, 7.0], "c": [5.2, 6.0]})
    {'a': [5, 1], 'b': [7, 0], 'c': 'a'}
    """
    kept: dict[str, list[int | bool | None] | str] = {}
    first_with: dict[int, str] = {}
    for rule, values in metres.items():
        if id(values) in first_with:  # the layer gives the same list where it knows that they are the same
            kept[rule] = first_with[id(values)]
            continue
        told = steps(values)
        same = next((one for one, other in kept.items() if other == told), None)
        kept[rule] = told if same is None else same
        first_with[id(values)] = same or rule
    return kept


def steps(metres: list[float]) -> list[int | bool | None]:
    """Write distances as whole metres, each as the step from the one before; None unknown, False unreachable.

    They are rounded here, as `metres_text` does; the page sets thousands apart and adds the unit.

    Examples
    --------
    >>> steps([1200.4, 1190.0, float("inf"), float("nan"), 1191.0])
    [1200, -10, False, None, 1]
    """
    values = np.asarray(metres, dtype=float)
    known = np.isfinite(values)
    step = np.diff(np.rint(values[known]).astype(np.int64), prepend=0)
    if known.all():
        return step.tolist()  # type: ignore[no-any-return]
    told = np.empty(len(values), dtype=object)
    told[known] = step
    told[np.isinf(values)] = False
    return told.tolist()


def chained(areas: list[list[list[list[int]]]]) -> list[list[list[list[int]]]]:
    """Let each area start from the start of the area before it: neighbours stand together, so steps are short.

    Examples
    --------
    >>> chained([[[[100, 200, 1, 1]]], [[[101, 203, 5, 5]]]])
    [[[[100, 200, 1, 1]]], [[[1, 3, 5, 5]]]]
    """
    linked, x, y = [], 0, 0
    for area in areas:
        if not area:
            linked.append(area)
            continue
        first = area[0][0]
        start = [first[0] - x, first[1] - y, *first[2:]]
        linked.append([[start, *area[0][1:]], *area[1:]])
        x, y = first[0], first[1]
    return linked


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
