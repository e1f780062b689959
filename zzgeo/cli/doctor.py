"""``zzgeo doctor``: what this machine has of what zzgeo needs, and what brings the rest."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from zzgeo.cli.document import print_document
from zzgeo.cli.language import spoken
from zzgeo.cli.options import SpokenOption
from zzgeo.errors import Problem


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
    lang: SpokenOption = "",
) -> int:
    """Look at what zzgeo needs of this machine; exit code 1 where something needed is missing."""
    from zzgeo.doctor import MISSING, examine, lines_of

    lang = lang or spoken()
    if lang not in ("zh", "en"):
        raise typer.BadParameter("say zh or en", param_hint="--lang")
    checks = examine()
    missing = [check for check in checks if check.state == MISSING]
    code = 1 if missing else 0
    if as_json:
        problems = [Problem("machine.lacks", one.name, one.value, "an audit needs it", one.remedy) for one in missing]
        print_document(code, problems, checks=[dataclasses.asdict(check) for check in checks])
        return code
    print("\n".join(lines_of(checks, lang)))
    return code
