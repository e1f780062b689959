"""``zzgeo try``: from a place, or a file of OpenStreetMap, to a study, its verdicts and its living circles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zzgeo.cli.document import print_document
from zzgeo.cli.language import say, spoken, warn
from zzgeo.cli.options import JsonOption, LangOption, ProfileOption, StandardOption
from zzgeo.cli.printing import Stages

if TYPE_CHECKING:
    from zzgeo.circles import LivingCircles
    from zzgeo.fetch.study_text import Content
    from zzgeo.intake.study import Study


def try_place(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="A file .osm or .osm.pbf; or a name, asked online.")],
    out: Annotated[Path, typer.Option("--output", "--out", help="A folder to make: study, circles, audit.")],
    boundary: Annotated[Path | None, typer.Option("--boundary", help="File of the districts.")] = None,
    people: Annotated[
        float | None, typer.Option("--people", help="How many live there, spread evenly over homes.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="What the place is called.")] = "",
    basket: Annotated[
        str, typer.Option("--basket", help="Of the living circles: an id, or a TOML file.")
    ] = "gb50180-15",
    endpoint: Annotated[str | None, typer.Option("--endpoint", help="Address of another Overpass.")] = None,
    nominatim: Annotated[str | None, typer.Option("--nominatim", help="Address of another Nominatim.")] = None,
    standard: StandardOption = None,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
    lang: LangOption = "zh",
) -> int:
    """Make a study from OpenStreetMap alone, judge what can be judged, and draw living circles; with its certainty."""
    from zzgeo.circles import living_circles
    from zzgeo.circles.basket import read_basket
    from zzgeo.fetch.study_text import certainty
    from zzgeo.intake.study import load_study

    # what cannot be read is told before any work
    asked = read_basket(basket)
    with Stages() as stages:
        stages.stage("making the study")
        path, content = _study(place, out / "study", (boundary, people, name), (endpoint, nominatim))
        stages.stage("loading")
        study = load_study(path)
        stages.stage("measuring")
        circles = living_circles(study, asked)
        stages.stage("writing")
        pages = [circles.write(out / "circles", lang)[0]]
        audited = _audited(study, out / "audit", standard, profile, lang)
    if audited is not None:
        pages.append(audited)
    zh, en = certainty(content)
    if as_json:
        told = {"study": study.name, "certainty": {"zh": zh, "en": en}, "result": str(out)}
        print_document(0, study.warnings, **told, pages=[str(page) for page in pages], **_numbers(circles))
        return 0
    print(zh if spoken() == "zh" else en)
    for problem in study.warnings:
        warn(problem)
    _print(circles, content, spoken())
    if audited is None:
        zh, en = (
            "没有适用于此地的标准，未作判定：--standard 可指定",
            "no standard is known here: nothing judged; name one: --standard",
        )
        print(zh if spoken() == "zh" else en)
    print(path, *pages, sep="\n")
    return 0


def _study(
    place: str, out: Path, stated: tuple[Path | None, float | None, str], services: tuple[str | None, str | None]
) -> tuple[Path, Content]:
    """Return the study file and what is in it: from a file with nothing asked of the net, else from OpenStreetMap."""
    from zzgeo.fetch.from_file import is_map, study_from_file, with_people

    def progress(line: str) -> None:
        print(say(line), file=sys.stderr)

    boundary, people, name = stated
    if is_map(place):
        return study_from_file(place, out, boundary=boundary, people=people, name=name, progress=progress)
    from zzgeo.fetch.overpass import NOMINATIM, OVERPASS
    from zzgeo.fetch.study_folder import fetch

    for given, option in ((boundary, "--boundary"), (name, "--name")):
        if given:
            raise typer.BadParameter("goes with a file; a place that is asked online has its own", param_hint=option)
    endpoint, nominatim = services
    fetched = fetch(place, out, progress=progress, endpoint=endpoint or OVERPASS, nominatim=nominatim or NOMINATIM)
    for note in fetched.notes:
        warn(note)
    return fetched.study, with_people(out, fetched.content, people)


def _audited(study: Study, out: Path, standard: list[str] | None, profile: str | None, lang: str) -> Path | None:
    """Judge a study and return its front page; None where no standard is known for it."""
    from zzgeo.auditing.run import audit
    from zzgeo.errors import StandardError
    from zzgeo.reporting.outputs import front

    try:
        report = audit(study, standard or None, profile)
    except StandardError as error:
        if {problem.code for problem in error.problems} != {"standard.none"}:
            raise
        return None
    report.write(out, lang=lang)
    return out / front("usual")


def _numbers(circles: LivingCircles) -> dict[str, object]:
    city = circles.city
    names = ("people", "without", "completeness", "share_whole")
    return {"basket": circles.basket.id, **{name: _finite(float(city[name])) for name in names}}


def _finite(value: float) -> float | None:
    return value if value == value and abs(value) != float("inf") else None


def _print(circles: LivingCircles, content: Content, lang: str) -> None:
    """Print what living circles found: how complete they are, and who is without; of hectares where nobody is known."""
    from zzgeo.numbers import people_text, share_text

    city = circles.city
    if _finite(float(city["completeness"])) is None:
        zh, en = (
            "生活圈：图上没有任何一类设施，无法判断",
            "living circle: no class is on the map here, nothing can be told",
        )
        print(zh if lang == "zh" else en)
        return
    whole, without = share_text(city["completeness"]) or "–", people_text(city["without"])
    counted = content.people is not None and content.people.stated is not None
    zh = f"生活圈（{circles.basket.zh}）完整度 {whole}，缺项的{'人数' if counted else '公顷数'} {without}"
    noun = "people" if counted else "hectares"
    en = f"living circle ({circles.basket.en}): completeness {whole}, {noun} that lack a class: {without}"
    print(zh if lang == "zh" else en)
