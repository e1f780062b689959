"""An earlier audit: the ``audit.json`` that a report of this or another version of zzgeo wrote, read and checked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zzgeo.auditing.moved import Key
from zzgeo.errors import InputError, Problem
from zzgeo.formats.parts.whole_file import whole_file
from zzgeo.served import CITY
from zzgeo.vocabulary.verdicts import VERDICTS

#: The levels of findings that are compared, and the numbers of one that are.
LEVELS = ("district", CITY, "zone")
NUMBERS = ("value", "threshold", "people", "covered", "missed")

#: Faults that are told.
_MOST_TOLD = 20


def key_of(one: dict[str, Any]) -> Key:
    """Return what a finding is known by in every audit: its rule, level and place."""
    return str(one["rule"]), str(one["level"]), "" if one["level"] == CITY else str(one.get("district") or "")


def read_audit(path: str | Path) -> dict[str, Any]:
    """Read an earlier audit.

    Parameters
    ----------
    path
        An ``audit.json``, or the folder that holds one.

    Raises
    ------
    InputError
        If it is missing, is no JSON, or holds no findings that can be compared.
    """
    path = Path(path)
    file = path / "audit.json" if os.path.isdir(path) else path
    try:
        raw = whole_file(file)
        content = json.loads(raw)
        if b"\\u" in raw:
            # half a character, as an escape can say it, could not be written into a table
            json.dumps(content, ensure_ascii=False).encode()
    except FileNotFoundError:
        remedy = "name the folder of an earlier audit, or its audit.json"
        raise InputError([Problem("file.missing", str(file), "", "no such earlier audit", remedy)]) from None
    except OSError as error:
        why = error.strerror or "cannot be read"
        raise InputError([Problem("file.missing", str(file), "", why, "check the path and permissions")]) from None
    except (ValueError, RecursionError) as error:
        raise InputError([Problem("file.malformed", str(file), str(error), "this is not JSON", _AGAIN)]) from None
    return checked_audit(content, str(file))


_AGAIN = "write the earlier audit again, or name another"


def checked_audit(content: object, where: str = "audit.json") -> dict[str, Any]:
    """Return the content of an audit file after checking that it can be compared, every finding of it whole.

    Raises
    ------
    InputError
        With every fault, if it holds no findings or findings that make no sense.
    """
    findings = content.get("findings") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(findings, list) or not findings:
        raise InputError([Problem("file.malformed", where, "findings", "this is no audit of zzgeo", _AGAIN)])
    findings = _whole(findings, content)
    problems = [
        Problem("file.malformed", f"{where} {told}", shown, why, _AGAIN)
        for number, one in enumerate(findings)
        for told, shown, why in _finding_faults(number, one)
    ]
    if not problems and not any(one.get("level") in (CITY, "district") for one in findings):
        why = "no finding of a district or of the city: there is nothing to compare"
        problems.append(Problem("file.malformed", where, "findings", why, _AGAIN))
    # of findings that are not whole nobody knows what they are known by
    keys = [] if problems else [key_of(one) for one in findings if one.get("level") in LEVELS]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        problems.append(Problem("id.duplicate", where, "/".join(twice), "a finding stands there twice", _AGAIN))
    problems += _frame_faults(content, where)
    if problems:
        raise InputError(problems[:_MOST_TOLD])
    return {**content, "findings": findings}


def _whole(findings: list[Any], content: dict[str, Any]) -> list[Any]:
    """Return findings with what most of their rule say alike: a rule holds it under ``usual``, in older files none."""
    listed = content.get("rules")
    rules = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    usual = {str(one.get("rule")): one["usual"] for one in rules if isinstance(one.get("usual"), dict)}
    return [usual.get(str(one.get("rule")), {}) | one if isinstance(one, dict) else one for one in findings]


def _finding_faults(number: int, finding: object) -> Iterable[tuple[str, str, str]]:
    place = f"finding {number + 1}"
    if not isinstance(finding, dict):
        yield place, str(finding)[:80], "a finding is an object"
        return
    for name in ("rule", "level", "district"):
        if not isinstance(finding.get(name, "" if name == "district" else None), str):
            yield place, f"{name}={finding.get(name)!r}", "text is needed"
    if finding.get("verdict") not in VERDICTS:
        yield place, f"verdict={finding.get('verdict')!r}", "one of " + ", ".join(VERDICTS)
    for name in NUMBERS:
        value = finding.get(name)
        if value is not None and not _is_number(value):
            yield place, f"{name}={value!r}", "a number is needed"


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value in ("inf", "-inf")
    return isinstance(value, float) or abs(value) <= sys.float_info.max


def _frame_faults(content: dict[str, Any], where: str) -> list[Problem]:
    wanted: tuple[tuple[str, type], ...] = (("inputs", list), ("parameters", dict), ("rules", list))
    problems = []
    for name, kind in wanted:
        part = content.get(name, kind())
        rows = part if isinstance(part, list) else []
        if not isinstance(part, kind) or not all(isinstance(one, dict) for one in rows):
            problems.append(Problem("file.malformed", where, name, "this part is not as zzgeo writes it", _AGAIN))
    titled = content.get("rules")
    named = [one.get("rule", "") for one in titled if isinstance(one, dict)] if isinstance(titled, list) else []
    odd = [f"rule={one!r}" for one in named if not isinstance(one, str)]
    problems += [Problem("file.malformed", f"{where} rules", one, "text is needed", _AGAIN) for one in odd]
    return problems
