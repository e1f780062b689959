"""What ``zzgeo doctor`` prints, also where the libraries the command line is made of are missing themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from zzgeo.cli.console import any_console
from zzgeo.cli.document import print_document
from zzgeo.cli.language import speaking, spoken
from zzgeo.doctor import MISSING, Check, examine, lines_of
from zzgeo.errors import Problem


def print_checks(as_json: bool, lang: str) -> int:
    """Look at the machine, print what was seen, and return the exit code: 1 where something needed is missing."""
    checks = examine()
    missing = [check for check in checks if check.state == MISSING]
    code = 1 if missing else 0
    if as_json:
        problems = [Problem("machine.lacks", one.name, one.value, "an audit needs it", one.remedy) for one in missing]
        print_document(code, problems, checks=[_document(check) for check in checks])
        return code
    print("\n".join(lines_of(checks, lang)))
    return code


def _document(check: Check) -> dict[str, str]:
    """Return a check as JSON can hold it, its words in both languages."""
    zh = check.in_chinese()
    return {**dataclasses.asdict(check), "name_zh": zh.name, "value_zh": zh.value, "remedy_zh": zh.remedy}


def without_a_command_line(arguments: Sequence[str]) -> int:
    """Do what ``zzgeo doctor`` does where there is nothing to take a command line apart with."""
    with any_console(), speaking(arguments):
        return print_checks("--json" in arguments, spoken())
