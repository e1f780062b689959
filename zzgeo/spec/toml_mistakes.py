"""What people write that TOML does not take: each mistake with its line, the sign, and the line as it is written right.

A line is mended by one change after the other until TOML takes it, and what is told is the change that was enough: no
line is told that would be refused again. The text is then read with the mended line, so that all mistakes are told in
one pass.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from zzgeo.errors import Problem
from zzgeo.spec.toml_lines import CLOSED, TEXT, Mend, is_toml, mends, without_a_day

#: No more mistakes than this are told of a text, and no more lines looked at for where something was opened.
_MOST, _LOOKED_AT = 20, 300
#: A line that somebody wrote by hand is not longer.
_LONGEST = 1_000
#: A text or a table is not broken over more lines than this.
_JOINED = 20


@dataclass(frozen=True)
class _Fault:
    """What TOML says against a text, and where; line 0 where it does not say where."""

    message: str
    line: int
    column: int

    @property
    def at_end(self) -> bool:
        """Tell whether something stays open to the end."""
        return self.message.endswith("(at end of document)")


def mistakes(text: str, name: str) -> list[Problem]:
    r"""Return what keeps a text from being TOML, each with its line and the line written right; empty where it is TOML.

    Parameters
    ----------
    text
        The text of a file.
    name
        What the file is called.

    Examples
    --------
    >>> [one.remedy for one in mistakes("name = “区”\nnode = 是\n", "a.toml")]
    ['write: name = "区"', 'write: node = true']
    """
    lines = text.replace("\r\n", "\n").split("\n")
    problems: list[Problem] = []
    while len(problems) < _MOST and (fault := _fault(lines)) is not None:
        if not 0 < fault.line <= len(lines):
            problems.append(Problem("config.invalid", name, fault.message, "this is not TOML", "mend the line"))
            break
        told, mended = _told(lines, fault, name)
        problems += told
        if not mended:
            break
        for number, line in mended.items():
            lines[number - 1] = line
    return problems


def _fault(lines: list[str]) -> _Fault | None:
    """Return the first that TOML says against some lines; what stays open to the end is told where it was opened."""
    try:
        tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
    else:
        return None
    place = re.search(r"at line (\d+), column (\d+)", message)
    if place:
        return _Fault(message, int(place[1]), int(place[2]))
    for number in range(len(lines), max(0, len(lines) - _LOOKED_AT), -1):
        if "=" in lines[number - 1] and is_toml("\n".join(lines[: number - 1])):
            return _Fault(message, number, len(lines[number - 1]) + 1)
    return _Fault(message, 0, 0)


def _told(lines: list[str], fault: _Fault, name: str) -> tuple[list[Problem], dict[int, str]]:
    """Return what is said of a fault, and the lines to read on with by their numbers; none where nobody knows them."""
    line, where = lines[fault.line - 1], f"{name}:{fault.line}"
    if paths := list(backslashes(line)):
        mended = line
        for one in paths:
            mended = mended.replace(f'"{one}"', f"'{one}'")
        return [right_spelling(where, one) for one in paths], {} if mended == line else {fault.line: mended}
    if fault.message.startswith("Cannot"):
        return _twice(lines, fault, where)
    if fault.message.startswith("Invalid date"):
        why, remedy = "there is no such day", "correct the day"
        return [Problem("config.invalid", where, line.strip()[:120], why, remedy)], {}
    if undated := without_a_day(line):
        why, remedy = "a day has a year, a month and a day", "write the day as 2024-12-31, without quotes"
        return [Problem("config.invalid", where, line.strip()[:120], why, remedy)], {fault.line: undated}
    if joined := _on_one_line(lines, fault):
        why, remedy = "a text in quotes, or a table in braces, stands on one line", f"write: {joined[fault.line][:200]}"
        return [Problem("config.invalid", where, line.strip()[:120], why, remedy)], joined
    for number, mend in _tried(lines, fault):
        if _moves(lines, {number: mend.line}, fault):
            value = _first_change(lines[number - 1], mend.line)
            remedy = mend.advice or f"write: {mend.line.strip()[:200]}"
            return [Problem("config.invalid", f"{name}:{number}", value, mend.reason, remedy)], {number: mend.line}
    if fault.at_end:
        why, remedy = "what is opened here is closed nowhere", "close it"
        return [Problem("config.invalid", where, line.strip()[:120], why, remedy)], {}
    value = f"column {fault.column}: {line[fault.column - 1 : fault.column] or 'end of the line'}"
    return [Problem("config.invalid", where, value, "this is not TOML", "mend the line")], {}


def _moves(lines: list[str], mended: dict[int, str], fault: _Fault) -> bool:
    """Tell whether TOML takes the lines of a fault as they are mended; what it says against later ones is another."""
    later = _fault([mended.get(number, line) for number, line in enumerate(lines, start=1)])
    if fault.at_end and fault.message.startswith("Unclosed"):
        return later is None
    if later is None or later.line > max(fault.line, *mended):
        return True
    return later.line == fault.line and later.message.startswith("Cannot")  # it stands twice, too


def _tried(lines: list[str], fault: _Fault) -> Iterator[tuple[int, Mend]]:
    """Give the mends of the line of a fault, and of a list before it that is not closed."""
    if len(lines[fault.line - 1]) > _LONGEST:
        return
    for mend in mends(lines[fault.line - 1]):
        yield fault.line, mend
    end = len(lines) if fault.at_end else fault.line - 1
    before = next((number for number in range(end, 0, -1) if lines[number - 1].strip()), 0)
    if before and fault.message.startswith(("Unclosed array", "Invalid value")):
        yield before, Mend(f"{lines[before - 1].rstrip()}]", CLOSED)


def _on_one_line(lines: list[str], fault: _Fault) -> dict[int, str]:
    """Return the lines of a text or a table that was broken, joined; empty where joining them helps nothing."""
    line = lines[fault.line - 1]
    bare = TEXT.sub("", line)
    if len(line) > _LONGEST or '"""' in line or not (bare.count("{") > bare.count("}") or bare.count('"') == 1):
        return {}
    joined, between = line.rstrip(), " " if "{" in bare else ""
    for number in range(fault.line + 1, min(fault.line + _JOINED, len(lines)) + 1):
        if not lines[number - 1].strip() or lines[number - 1].lstrip().startswith(("[", "#")):
            return {}
        joined += between + lines[number - 1].strip()
        mended = {fault.line: joined, **dict.fromkeys(range(fault.line + 1, number + 1), "")}
        if TEXT.sub("", joined).count("{") > TEXT.sub("", joined).count("}"):
            continue
        for whole in (joined, *(mend.line for mend in mends(joined))):
            if _moves(lines, mended | {fault.line: whole}, fault):
                return mended | {fault.line: whole}
    return {}


def _first_change(line: str, mended: str) -> str:
    """Return the place and the sign at which a line is not as it is written right."""
    if mended.startswith("# "):
        return line.strip()[:120]
    alike = next((at for at, (one, other) in enumerate(zip(line, mended, strict=False)) if one != other), None)
    at = min(len(line), len(mended)) if alike is None else alike
    return f"column {at + 1}: {line[at : at + 1] or 'end of the line'}"


def _twice(lines: list[str], fault: _Fault, where: str) -> tuple[list[Problem], dict[int, str]]:
    """Return where a key or a table stood before; it is read on under another name."""
    line = lines[fault.line - 1]
    table = re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line)
    if table is None:
        key = line.split("=")[0].strip()
        remedy = "keep one of the two lines"
        value, mended = key[:120], f"line{fault.line}.{line.lstrip()}"
        same = re.compile(rf"\s*{re.escape(key)}\s*=")
        begins = next((at for at in range(fault.line - 2, -1, -1) if re.match(r"\s*\[", lines[at])), 0)
    else:
        value, mended = line.strip()[:120], f"[line{fault.line}]"
        remedy = "put the keys of both into one; a list has its name in [[ ]] each time"
        same, begins = re.compile(rf"\s*\[\[?\s*{re.escape(table[2])}\s*[\].]|\s*{re.escape(table[2])}\s*[=.]"), 0
    first = next((at + 1 for at in range(begins, fault.line - 1) if same.match(lines[at])), None)
    why = "it stands in the file already" if first is None else f"it stands in line {first} already"
    return [Problem("config.invalid", where, value, why, remedy)], {fault.line: mended}


#: A text between double quotes on a line, and what a backslash makes of the sign behind it there.
_QUOTED, _ESCAPE = re.compile(r'"((?:[^"\\]|\\.)*)("?)'), re.compile(r"\\(.)")
#: A text that reads like a path: it begins with a drive or a server, or ends like a file.
_PATH = re.compile(r"[A-Za-z]:\\|\\\\|.*\.\w{1,8}$")


def backslashes(line: str) -> Iterator[str]:
    """Give the texts of a line of TOML in which a backslash is meant for itself, as it is in paths of Windows."""
    for text, end in _QUOTED.findall("" if line.lstrip().startswith("#") else line):
        cut = not end and text.endswith('\\"')  # the last backslash took the quote that was to end the text
        if cut or any(sign not in '\\"' for sign in _ESCAPE.findall(text)):
            yield text[:-1] if cut else text


def right_spelling(where: str, text: str) -> Problem:
    """Return what is said of a text in which a backslash is meant for itself."""
    why = "a backslash between double quotes begins a special sign"
    plain = text.replace("\\\\", "\\") if not text.startswith("\\\\") else text
    remedy = f"write '{plain}' in single quotes, or \"{plain.replace(chr(92), '/')}\""
    return Problem("config.invalid", where, text, why, remedy)


def taken_for_signs(text: str, name: str) -> list[Problem]:
    r"""Return the paths in which TOML has taken ``\t`` or ``\n`` for a tab or a new line, and said nothing."""
    problems, inside = [], False
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside and '"""' not in line:
            paths = [one for one in backslashes(line) if _PATH.match(one) and set("btnfr") & set(_ESCAPE.findall(one))]
            problems += [right_spelling(f"{name}:{number}", one) for one in paths]
        inside ^= line.count('"""') % 2 == 1
    return problems
