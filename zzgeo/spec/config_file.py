"""Configuration files (TOML, YAML) as plain values: nothing runs, nothing grows, no word is taken for another."""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from zzgeo.errors import InputError, Problem

#: A study file is some kilobytes; what is larger is something else.
MAX_BYTES = 1_000_000
_MAX_DEPTH = 50

KeyPath = tuple[str | int, ...]


def read_config(path: Path) -> dict[str, Any]:
    """Return what a TOML or YAML file says: text, numbers, dates, true and false, lists and tables of them.

    YAML is read as YAML 1.2 reads it: ``NO`` and ``12:30`` and ``0500`` are text. Tags, anchors and aliases are
    refused, and so is a key that stands twice, which YAML readers take the last of.

    Raises
    ------
    InputError
        ``file.missing``, ``config.too_large``, ``config.unsafe``, ``config.invalid`` (all of a file at once, with their
        lines), ``encoding.invalid``.
    """
    if not path.is_file():
        raise InputError([Problem("file.missing", path.name, "", "there is no such file", "check the path")])
    if path.stat().st_size > MAX_BYTES:
        raise InputError([_too_large(path.name, "over 1 MB")])
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why, remedy = "configuration is UTF-8", "save the file as UTF-8"
        raise InputError([Problem("encoding.invalid", path.name, str(error)[:120], why, remedy)]) from None
    if path.suffix.lower() in (".yaml", ".yml"):
        return _yaml(text, path.name)
    content = _toml(text, path.name)
    odd = [
        _not_finite(path.name, ".".join(map(str, at)))
        for at, value in _values(content)
        if isinstance(value, float) and not math.isfinite(value)
    ]
    if odd:
        raise InputError(odd)
    return content


def _values(content: object, at: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _values(value, (*at, key))
    elif isinstance(content, list):
        for place, value in enumerate(content):
            yield from _values(value, (*at, place))
    else:
        yield at, content


def _too_large(name: str, value: str) -> Problem:
    why, remedy = "the file is too large, or would grow", "write every value where it is meant"
    return Problem("config.too_large", name, value, why, remedy)


def _not_finite(where: str, value: str) -> Problem:
    return Problem("config.invalid", where, value, "a number must be finite", "correct the value")


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError([Problem("config.invalid", name, str(error), "this is not TOML", "mend the line")]) from None
    except RecursionError:
        raise InputError([_too_large(name, "nested too deeply")]) from None


class _Composer(yaml.SafeLoader):
    """YAML to nodes, noting what is refused; nothing is constructed from a tag."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name
        self.problems: list[Problem] = []
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        where = f"{self.name}:{line}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            # one is enough: a file of nine lines may hold nine to the power of nine of them
            raise InputError([_too_large(where, f"{'*' if isinstance(event, yaml.AliasEvent) else '&'}{event.anchor}")])
        if getattr(event, "tag", None):
            why, remedy = "a tag can run code; values are plain", "take the tag out"
            self.problems.append(Problem("config.unsafe", where, str(event.tag), why, remedy))
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise InputError([_too_large(where, f"{_MAX_DEPTH} levels")])
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


#: What a plain word is, in this order; everything else is text.
_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_REAL = re.compile(r"[-+]?(0|[1-9][0-9]*)?\.?[0-9]+([eE][-+]?[0-9]+)?|[-+]?[0-9]+\.")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _yaml(text: str, name: str) -> dict[str, Any]:
    try:
        composer = _Composer(text, name)
        node = composer.get_single_node()
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark is not None else name
        shown = str(getattr(error, "problem", None) or error)[:120]
        raise InputError([Problem("config.invalid", where, shown, "this is not YAML", "mend the line")]) from None
    problems = composer.problems
    content = _plain(node, name, problems) if node is not None else {}
    if not isinstance(content, dict):
        problems.append(Problem("config.invalid", name, "", "the file has no keys", "write key: value"))
    if problems:
        raise InputError(problems)
    assert isinstance(content, dict)
    return content


def _plain(node: yaml.Node, name: str, problems: list[Problem]) -> object:
    """Return the value of a node; keys that stand twice or are no text go to the problems."""
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, name, problems) for child in node.value]
    if isinstance(node, yaml.ScalarNode):
        value = _scalar(str(node.value), quoted=node.style is not None)
        if isinstance(value, float) and not math.isfinite(value):
            problems.append(_not_finite(f"{name}:{node.start_mark.line + 1}", str(node.value)))
        return value
    assert isinstance(node, yaml.MappingNode)
    found: dict[str, object] = {}
    for key, value in node.value:
        where = f"{name}:{key.start_mark.line + 1}"
        if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
            problems.append(Problem("config.invalid", where, str(key.value)[:80], "a key is a word", "correct the key"))
            continue
        word = str(key.value)
        if word in found:
            why, remedy = "this key stands twice; only one can be meant", "take one of them out"
            problems.append(Problem("config.invalid", where, word, why, remedy))
        found[word] = _plain(value, name, problems)
    return found


def _scalar(text: str, *, quoted: bool) -> object:
    """Return what a word of YAML means.

    Examples
    --------
    >>> [_scalar(word, quoted=False) for word in ("NO", "12:30", "0500", "500", "1.1", "true", "null")]
    ['NO', '12:30', '0500', 500, 1.1, True, None]
    """
    if quoted:
        return text
    if _NULL.fullmatch(text):
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _WHOLE.fullmatch(text):
        return int(text) if len(text) < 20 else text
    if _REAL.fullmatch(text) and not re.match(r"[-+]?0[0-9]", text):
        return float(text)
    if text.lower().lstrip("+-") in (".nan", ".inf"):
        return math.nan
    if _DAY.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return text
    return text


def yaml_key_lines(text: str) -> dict[KeyPath, int]:
    r"""Return the line of every key of a YAML text, by its path; lists count from 0.

    Examples
    --------
    >>> yaml_key_lines("a: 1\nb:\n  - c: 2\n")[("b", 0, "c")]
    3
    """
    lines: dict[KeyPath, int] = {}

    def walk(node: yaml.Node, at: KeyPath) -> None:
        lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            for place, child in enumerate(node.value):
                walk(child, (*at, place))
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                lines[(*at, str(key.value))] = key.start_mark.line + 1
                walk(value, (*at, str(key.value)))

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is not None:
        walk(node, ())
    return lines
