"""Configuration files (TOML) as plain values: nothing runs, nothing grows, no word is taken for another."""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from zzgeo.errors import InputError, Problem
from zzgeo.spec.toml_lines import day_written
from zzgeo.spec.toml_mistakes import mistakes, taken_for_signs
from zzgeo.system.names import as_it_stands

#: A study file is some kilobytes; what is larger is something else.
MAX_BYTES = 1_000_000

#: A study file is nested a few tables deep.
MAX_DEPTH = 50

KeyPath = tuple[str | int, ...]


def read_config(path: Path) -> dict[str, Any]:
    """Return what a TOML file says: text, numbers, dates, true and false, lists and tables of them.

    YAML is refused, with the lines on which it asks for more than values: tags can run code, aliases can grow.

    Raises
    ------
    InputError
        ``file.missing``, ``config.too_large``, ``config.unsafe``, ``config.invalid`` and ``config.placeholder``
        (all of a file at once, with their lines), ``encoding.invalid``.
    """
    if path.is_dir():
        why, remedy = "a folder stands there, not a file", "name the file itself"
        raise InputError([Problem("file.missing", str(path), "", why, remedy)])
    if not path.is_file():
        spelled = "" if os.path.exists(path) else as_it_stands(path.parent, path.name)
        remedy = f"write {spelled}: the file is called so on every system" if spelled else "check the path"
        raise InputError([Problem("file.missing", path.name, "", "there is no such file", remedy)])
    if path.stat().st_size > MAX_BYTES:
        raise InputError([_too_large(path.name, "over 1 MB")])
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError([_not_utf8(path.name, raw, error.start)]) from None
    if path.suffix.lower() in (".yaml", ".yml"):
        raise InputError(_yaml_refused(text, path.name))
    if blanks := _placeholders(text, path.name):
        raise InputError(blanks)
    content = _toml(text, path.name)
    if any(len(key) > MAX_DEPTH for key, _ in _values(content)):
        raise InputError([_too_large(path.name, "nested too deeply")])
    odd = [
        _not_finite(path.name, ".".join(map(str, at)))
        for at, value in _values(content)
        if isinstance(value, float) and not math.isfinite(value)
    ]
    if odd:
        raise InputError(odd)
    return content


def _values(content: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    """Give every value with its path; what lies too deep is not looked into."""
    if len(path) > MAX_DEPTH:
        yield path, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _values(value, (*path, key))
    elif isinstance(content, list):
        for place, value in enumerate(content):
            yield from _values(value, (*path, place))
    else:
        yield path, content


def _too_large(name: str, value: str) -> Problem:
    why, remedy = "the file is too large, or would grow", "write every value where it is meant"
    return Problem("config.too_large", name, value, why, remedy)


def _not_finite(where: str, value: str) -> Problem:
    return Problem("config.invalid", where, value, "a number must be finite", "correct the value")


def _not_utf8(name: str, raw: bytes, start: int) -> Problem:
    """Return where a file is not UTF-8, which character stands there, and how it is saved right."""
    remedy = "save the file as UTF-8 (in Notepad: Save as, Encoding: UTF-8)"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem("encoding.invalid", name, "UTF-16", "configuration is UTF-8; this is UTF-16", remedy)
    begins = raw.rfind(b"\n", 0, start) + 1
    line = raw.count(b"\n", 0, start) + 1
    where = f"{name}:{line}"
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        value = f"column {start - begins + 1}: byte 0x{raw[start]:02x}"
        return Problem("encoding.invalid", where, value, "configuration is UTF-8; this is not", remedy)
    # some pairs of bytes are a character of both: the line is told from its first that is not ASCII
    text = raw[begins:].split(b"\n", 1)[0].decode("gb18030", "replace")
    column, sign = next((place, c) for place, c in enumerate(text, start=1) if not c.isascii())
    value = f"column {column}: {sign}"
    return Problem("encoding.invalid", where, value, "configuration is UTF-8; this is GBK", remedy)


#: What `zzgeo new` leaves to be filled in, quoted or not; a comment may hold one.
_PLACEHOLDER = re.compile(r"[=\[,{]\s*(\"?«[^«»]*»\"?)")


def _placeholders(text: str, name: str) -> list[Problem]:
    """Return every value that is still a placeholder, with its line."""
    why, remedy = "still to be filled in", "put your value in place of «…», or remove the line"
    return [
        Problem("config.placeholder", f"{name}:{number}", f"{line.split('=')[0].strip()} = {blank}", why, remedy)
        for number, line in enumerate(text.splitlines(), start=1)
        if not line.lstrip().startswith("#")
        for blank in _PLACEHOLDER.findall(line)
    ]


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        content = tomllib.loads(text)
        if "\\" in text and (problems := taken_for_signs(text, name)):
            raise InputError(problems)
        return content
    except tomllib.TOMLDecodeError:
        raise InputError(mistakes(text, name)) from None
    except RecursionError:
        raise InputError([_too_large(name, "nested too deeply")]) from None


#: What asks for more than a value in YAML, at the start of a value: a tag; an anchor or the alias of one.
_TAG, _ANCHOR = re.compile(r"(?:^|[\s:\-\[{,])!\S"), re.compile(r"(?:^|[\s:\-\[{,])[&*]\w")


def _yaml_refused(text: str, name: str) -> list[Problem]:
    """Return why a YAML file is refused: its form, every tag, and the first anchor or alias, each with its line."""
    remedy = "write the study as TOML; `zzgeo new` shows a template"
    problems = [Problem("config.invalid", name, "YAML", "a study file is TOML", remedy)]
    lines = list(enumerate(text.splitlines(), start=1))
    for number, line in lines:
        if _TAG.search(line):
            why = "a tag can run code; values are plain"
            problems.append(Problem("config.unsafe", f"{name}:{number}", line.strip()[:80], why, "take the tag out"))
    grows = next((f"{name}:{number}" for number, line in lines if _ANCHOR.search(line)), None)
    return problems if grows is None else [*problems, _too_large(grows, "an anchor or alias")]


#: Where somebody sees what such a file says, by what it describes.
_SHOWN = {
    "study": "add it; `zzgeo new` shows a template",
    "batch": "add it; docs/batch.md shows every key",
    "profile": "add it; the profiles that come with zzgeo show every key",
    "kinds": "add it; `zzgeo kinds show ID` shows an entry",
    "basket": "add it; docs/living-circles.md shows every key",
}


def key_lines(text: str) -> dict[KeyPath, int]:
    r"""Return the line of every key of a TOML text, by its path; arrays of tables count from 0.

    Examples
    --------
    >>> key_lines("a = 1\n[[b]]\nc = 2\n")[("b", 0, "c")]
    3
    """
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if match := re.match(r"\s*\[\[\s*([\w.\-]+)\s*\]\]", line):
            counts[match[1]] = counts.get(match[1], -1) + 1
            table = (match[1], counts[match[1]])
            lines[table] = number
        elif match := re.match(r"\s*\[\s*([\w.\-]+)\s*\]", line):
            table = tuple(match[1].split("."))
            lines[table] = number
        elif match := re.match(r"\s*\"?([\w\-]+)\"?\s*=", line):
            lines.setdefault((*table, match[1]), number)
    return lines


def key_problem(name: str, fault: Mapping[str, Any], lines: Mapping[KeyPath, int], whole: str = "study") -> Problem:
    """Return what pydantic finds wrong with a key as a problem of its line; `whole` is what the file describes."""
    path = tuple(fault["loc"])
    place = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)
    where = f"{name}:{place}" if place else name
    key = ".".join(str(step) for step in path) or whole
    if fault["type"] == "extra_forbidden":
        return Problem("config.invalid", where, key, "no such key", "remove it, or correct its spelling")
    if fault["type"] == "missing":
        return Problem("config.invalid", where, key, "this key is required", _SHOWN[whole])
    message = str(fault["msg"]).removeprefix("Value error, ")
    if not path:
        return Problem("config.invalid", where, key, message, _SHOWN[whole])
    if str(fault["type"]).startswith("date"):
        day = day_written(str(fault.get("input", "")))
        return Problem(
            "config.invalid", where, key, message, f"write {path[-1]} = {day or '2024-12-31'}, without quotes"
        )
    if str(fault["type"]).startswith("bool"):
        return Problem("config.invalid", where, key, message, "write true or false, without quotes")
    return Problem("config.invalid", where, key, message, "correct the value")
