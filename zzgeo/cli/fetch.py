"""``zzgeo fetch``: a study folder from OpenStreetMap."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from zzgeo.cli.language import say, spoken, warn
from zzgeo.cli.options import SpokenOption
from zzgeo.errors import EnvironmentFault, Problem


def fetch(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="A name, or relation/123 of OpenStreetMap.")],
    out: Annotated[Path, typer.Option("--out", help="A folder to make.")],
    margin: Annotated[float, typer.Option("--margin", min=0, help="Metres beyond the border.")] = 2000.0,
    endpoint: Annotated[str | None, typer.Option("--endpoint", help="Address of another Overpass.")] = None,
    nominatim: Annotated[str | None, typer.Option("--nominatim", help="Address of another Nominatim.")] = None,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Longest silence in seconds.")] = 180.0,
    tries: Annotated[int, typer.Option("--tries", min=1, help="Tries for each request.")] = 5,
    budget: Annotated[float, typer.Option("--budget", min=0.1, help="Seconds for all tries of a request.")] = 600.0,
    square: Annotated[float, typer.Option("--square", min=0.1, help="Kilometres asked for at a time.")] = 20.0,
    cache: Annotated[Path | None, typer.Option("--cache", help="Folder of kept answers.")] = None,
    lang: SpokenOption = "",
) -> int:
    """Write a study folder from OpenStreetMap: districts, streets, facilities; people are yours to fill in."""
    _writable(out)
    from zzgeo.fetch.online import Budget
    from zzgeo.fetch.overpass import NOMINATIM, OVERPASS
    from zzgeo.fetch.study_folder import fetch

    fetched = fetch(
        place,
        out,
        margin_m=margin,
        endpoint=endpoint or OVERPASS,
        nominatim=nominatim or NOMINATIM,
        budget=Budget(tries, budget, timeout),
        square_km=square,
        cache=cache,
        progress=lambda line: print(say(line), file=sys.stderr),
    )
    for note in fetched.notes:
        warn(note)
    print(fetched.summary(spoken()))
    sentence = f"people are not on the map: fill in {fetched.study}, then: zzgeo check {fetched.study}"
    print(say(sentence), file=sys.stderr)
    return 0


def _writable(out: Path) -> None:
    """Refuse a folder that cannot be written before anything is computed."""
    above = out.absolute()
    while not os.path.lexists(above):
        above = above.parent
    if not os.path.isdir(above) or not os.access(above, os.W_OK | os.X_OK):
        why, remedy = f"{above} cannot be written", "choose another --out"
        raise EnvironmentFault(Problem("output.not_writable", str(out), "", why, remedy))
