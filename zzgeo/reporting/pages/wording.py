"""Features of a page in words, in as few bytes as they need, and the page around them: what another process may do.

It imports what that takes, and no table: a process of its own is there in a moment, and is small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from zzgeo.numbers import metres_text, number, number_text, people_text, share_text, text
from zzgeo.reporting.pages.page import Frame
from zzgeo.vocabulary.verdicts import LOOKS

#: A letter per verdict; a unit the rule says nothing about is a dot.
_LETTERS = {look.id: look.letter for look in LOOKS.values()}

_FORMS: dict[str, Callable[[float | None], str]] = {
    "share": share_text,
    "people": people_text,
    "metres": metres_text,
    "number": number_text,
}


def map_page(frame: Frame, data: dict[str, Any]) -> bytes:
    """Return a page with a map, of the data `zzgeo.reporting.pages.maps.MapData` gathers."""
    return frame.page(with_words(data)).encode("utf-8")


def with_words(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a page with the features of its layers in words."""
    layers = [{**layer, "features": [in_words(one) for one in layer["features"]]} for layer in data["layers"]]
    return {**data, "layers": layers}


def in_words(feature: dict[str, Any]) -> dict[str, Any]:
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
        people = {group: np.asarray(values, dtype=float).tolist() for group, values in copy["people"].items()}
        copy["people"] = {group: "|".join(_each(people_text, values)) for group, values in people.items()}
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


#: Steps from distance to distance; what is not known is counted.
Steps = list[int | bool | list[int]]


def _once(metres: Mapping[str, ArrayLike]) -> dict[str, Steps | str]:
    """Return distances as `steps`; a rule with the same as one before it, of the same facilities, names that one.

    Examples
    --------
    >>> _once({"a": [5.1, 6.0], "b": [7.0, 7.0], "c": [5.2, 6.0]})
    {'a': [5, 1], 'b': [7, 0], 'c': 'a'}
    """
    kept: dict[str, Steps | str] = {}
    first_with: dict[int, str] = {}
    for rule, values in metres.items():
        if id(values) in first_with:  # the layer gives the same array where it knows that they are the same
            kept[rule] = first_with[id(values)]
            continue
        told = steps(values)
        same = next((one for one, other in kept.items() if other == told), None)
        kept[rule] = told if same is None else same
        first_with[id(values)] = same or rule
    return kept


def steps(metres: ArrayLike) -> Steps:
    """Write distances as whole metres, each as the step from the one before; ``[n]`` n unknown, False unreachable.

    They are rounded here, as `metres_text` does; the page sets thousands apart and adds the unit.

    Examples
    --------
    >>> steps([1200.4, 1190.0, float("inf"), float("nan"), float("nan"), 1191.0])
    [1200, -10, False, [2], 1]
    """
    values = np.asarray(metres, dtype=float)
    known, unknown = np.isfinite(values), np.isnan(values)
    step = np.diff(np.rint(values[known]).astype(np.int64), prepend=0)
    if known.all():
        return step.tolist()  # type: ignore[no-any-return]
    written = np.empty(len(values), dtype=object)
    written[known] = step
    written[np.isinf(values)] = False
    # places stand by where they are, so that those a clause says nothing about come in runs
    edges = np.flatnonzero(np.diff(np.concatenate([[False], unknown, [False]])))
    starts, ends = edges[::2], edges[1::2]
    for start, length in zip(starts.tolist(), (ends - starts).tolist(), strict=True):
        written[start] = [length]
    unknown[starts] = False
    return written[~unknown].tolist()  # type: ignore[no-any-return]


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
