"""``zzgeo circles``: which classes of everyday facilities people have within some minutes on foot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zzgeo.cli.document import print_document
from zzgeo.cli.language import spoken, warn
from zzgeo.cli.options import JsonOption, LangOption, OutOption
from zzgeo.cli.printing import Stages, Table

if TYPE_CHECKING:
    from zzgeo.circles import LivingCircles


def circles(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml")],
    basket: Annotated[str, typer.Option("--basket", help="Id of a basket, or a TOML file.")] = "gb50180-15",
    out: OutOption = None,
    lang: LangOption = "zh",
    as_json: JsonOption = False,
) -> int:
    """Tell which classes of a basket everybody reaches on foot, who lacks which, and where; with a map and tables."""
    from zzgeo.circles import living_circles
    from zzgeo.intake.study import load_study

    with Stages() as stages:
        stages.stage("loading")
        loaded = load_study(study)
        stages.stage("measuring")
        result = living_circles(loaded, basket)
        stages.stage("writing")
        folder = study if os.path.isdir(study) else study.parent
        place = out or Path("maps") / f"{Path(os.path.realpath(folder)).name or 'study'}-circles"
        written = result.write(place, lang)
    if as_json:
        from zzgeo.reporting.results.circle_files import circles_json

        print_document(0, loaded.warnings, folder=str(place), **circles_json(result))
        return 0
    for problem in loaded.warnings:
        warn(problem)
    _print(result, spoken())
    print(written[0])
    return 0


def _print(result: LivingCircles, lang: str) -> None:
    """Print what is unverified, the classes weakest first, and the districts least complete first."""
    from zzgeo.numbers import people_text, share_text
    from zzgeo.reporting.told.words import speaker

    say, basket = speaker(lang), result.basket
    day = basket.verified_on
    for line in (result.study.notice.get(lang), say("circles_unverified") if day is None else None):
        if line:
            print(line)
    print(*(flag.text(lang) for flag in result.flags), sep="\n", end="\n" if result.flags else "")
    names = {one.id: one.zh if lang == "zh" else one.en for one in basket.classes}
    own = result.classes[result.classes["group"] == result.groups[0]]
    heads = [say("circles_minutes", f"{minutes:g}") for minutes in basket.times]
    table = Table(say("circles_class"), say("circles_limit"), say("circles_within"), *heads, say("circles_missed"))
    for row in own.to_dict("records"):
        shares = [share_text(row[name]) for name in ("share", *(f"share_{minutes:g}" for minutes in basket.times))]
        told = [*shares, people_text(row["missed"])] if row["known"] else [say("circles_unknown")]
        table.add_row(names[row["class"]], row["limit"], *told)
    table.print()
    words = ("place", "circles_people", "circles_complete", "circles_whole", "circles_without", "circles_weakest")
    places = Table(*(say(word) for word in words))
    for row in result.places[result.places["level"] != "unit"].to_dict("records"):
        shares = [share_text(row[name]) or "–" for name in ("completeness", "share_whole")]
        counts = [people_text(row["without"]), names.get(row["weakest"], say("circles_none"))]
        places.add_row(f"{row['code']} {row['name']}", people_text(row["people"]), *shares, *counts)
    places.print()
