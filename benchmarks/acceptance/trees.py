"""JSON compared key by key: numbers as they are written, lists of things by the id of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.acceptance.differences import MISSING, Difference, aligned, only_one_side

#: What tells who wrote an audit file, and with what; not what it says.
_WRITER = ("zzgeo", "environment")

#: What a thing of a list is known by, the first that all have and no two share.
_IDS = ("finding_id", "id", "code", "rule", "key", "path", "name")


class Number(NamedTuple):
    """A number as it is written, so that 1 and 1.0 and true are three things."""

    text: str


def read_json(text: str) -> Any:
    """Return JSON with its numbers as they are written."""
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)


def json_differences(before: Path, after: Path) -> Iterator[Difference]:
    """Give the values of two JSON files that differ; an audit file's versions are left out."""
    old, new = (read_json(path.read_text("utf-8")) for path in (before, after))
    if before.name == after.name == "audit.json":
        old, new = ({key: value for key, value in one.items() if key not in _WRITER} for one in (old, new))
    yield from tree_differences(old, new)


def tree_differences(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Give the values of two trees that differ, by their path; the last key is the column."""
    if type(before) is not type(after):
        yield _leaf(path, before, after)
    elif before == after:
        return
    elif isinstance(before, dict):
        yield from _of_dicts(before, after, path)
    elif isinstance(before, list):
        yield from _of_lists(before, after, path)
    else:
        yield _leaf(path, before, after)


def _of_dicts(before: dict[str, Any], after: dict[str, Any], path: tuple[str, ...]) -> Iterator[Difference]:
    for key in before:
        if key not in after:
            yield _leaf((*path, key), before[key], _NOTHING)
    for key, value in after.items():
        if key not in before:
            yield _leaf((*path, key), _NOTHING, value)
        else:
            yield from tree_differences(before[key], value, (*path, key))


def _of_lists(before: list[Any], after: list[Any], path: tuple[str, ...]) -> Iterator[Difference]:
    if key := _id(before, after):
        old, new = ({one[key]: one for one in side} for side in (before, after))
        yield from _of_dicts(old, new, path)
        common = ([name for name in side if name in old and name in new] for side in (old, new))
        yield from only_one_side(*common, "/".join(path))
    else:
        old, new = ([json.dumps(one) for one in side] for side in (before, after))
        for i, j in aligned(old, new):
            place = (*path, str(j if j is not None else i))
            was, now = _NOTHING if i is None else before[i], _NOTHING if j is None else after[j]
            yield from tree_differences(was, now, place)


def _id(*sides: list[Any]) -> str | None:
    """Return the key whose text is another for every thing of a list, if they have one."""
    if not all(isinstance(one, dict) for side in sides for one in side):
        return None
    for key in _IDS:
        names = [[one.get(key) for one in side] for side in sides]
        if all(isinstance(name, str) for side in names for name in side) and all(
            len(set(side)) == len(side) for side in names
        ):
            return key
    return None


class _Nothing:
    def __str__(self) -> str:
        return MISSING


_NOTHING = _Nothing()


def _leaf(path: tuple[str, ...], before: Any, after: Any) -> Difference:
    return Difference("/".join(path[:-1]) or "(top)", path[-1] if path else "(all)", _said(before), _said(after))


def _said(value: Any) -> str:
    if isinstance(value, _Nothing):
        return MISSING
    if isinstance(value, Number):
        return value.text
    return value or '""' if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """Return a tree with numbers for numbers as they are written."""
    if isinstance(value, Number):
        return json.loads(value.text)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
