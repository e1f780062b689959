"""``zzgeo doctor``: what this machine has of what zzgeo needs, and what brings the rest."""

from __future__ import annotations

from typing import Annotated

import typer

from zzgeo.cli.language import spoken
from zzgeo.cli.options import SpokenOption


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False,
    lang: SpokenOption = "",
) -> int:
    """Look at what zzgeo needs of this machine; exit code 1 where something needed is missing."""
    from zzgeo.cli.print_checks import print_checks

    lang = lang or spoken()
    return print_checks(as_json, lang)
