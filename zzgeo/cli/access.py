"""``zzgeo access``: how well people reach a kind of facility, how evenly, by every minute, and who gained."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zzgeo.cli.language import spoken, warn
from zzgeo.cli.options import LangOption
from zzgeo.cli.printing import Stages, Table
from zzgeo.vocabulary.severity import severity_word

if TYPE_CHECKING:
    from zzgeo.accessibility import AccessChange, AccessResult


def access(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml")],
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Id of a kind of facility; again for more.")] = None,
    measure: Annotated[
        list[str] | None, typer.Option("--measure", help="Id of a measure; again for more; all if left out.")
    ] = None,
    minutes: Annotated[float, typer.Option("--minutes", help="Limit of the walk.")] = 15.0,
    group: Annotated[str, typer.Option("--group", help="Whose walk: residents, aged_60_plus …")] = "residents",
    capacity: Annotated[
        str, typer.Option("--capacity", help="Column of the facilities, or one number for each.")
    ] = "1",
    ranked_by: Annotated[
        str, typer.Option("--ranked-by", help="Column of the people that says who is better off.")
    ] = "",
    against: Annotated[Path | None, typer.Option("--against", help="Folder of an earlier result of the same.")] = None,
    out: Annotated[Path | None, typer.Option("--output", "--out", help="Folder for the page and the tables.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    lang: LangOption = "zh",
) -> int:
    """Measure how well people reach a kind of facility on foot, how evenly, and how many within every minute."""
    if not kind:
        raise typer.BadParameter("name at least one kind; `zzgeo kinds list` shows all", param_hint="--kind")
    from zzgeo.accessibility import AccessChoices, compare_access, measure_access
    from zzgeo.accessibility.change import same_question
    from zzgeo.intake.study import load_study
    from zzgeo.reporting.results.access import earlier_access, write_access

    asked = AccessChoices(tuple(kind), minutes, group, _capacity(capacity), tuple(measure or ()), ranked_by)
    earlier = None if against is None else earlier_access(against)
    if earlier is not None:
        same_question(earlier[0], asked)
    with Stages() as stages:
        stages.stage("loading")
        loaded = load_study(study)
        stages.stage("measuring")
        result = measure_access(loaded, asked)
    change = None
    if earlier is not None:
        shared = tuple(one for one in result.choices.measures if one in earlier[0].measures)
        change = compare_access(earlier[1], result.places, minutes, shared)
    if out is not None:
        for path in write_access(result, out, change, lang):
            print(path, file=sys.stderr)
    for problem in loaded.warnings:
        warn(problem)
    for zh, en in result.notes:
        print(f"{severity_word('warning', spoken())}{zh if spoken() == 'zh' else en}", file=sys.stderr)
    if as_json:
        _print_json(result, change)
    else:
        _print(result, change, spoken())
    return 0


def _capacity(text: str) -> str | float:
    """Return a number for each facility, or the name of a column."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not 0 < number < float("inf"):
        raise typer.BadParameter("a number for each facility is above 0", param_hint="--capacity")
    return number


def _print_json(result: AccessResult, change: AccessChange | None) -> None:
    import json

    from zzgeo.cli.document import print_document
    from zzgeo.reporting.results.access import asked_json

    tables = {
        "districts": result.districts.reset_index(),
        "measured": result.measured,
        "curve": result.curve,
        **({} if change is None else {"change": change.table}),
    }
    # pandas writes what JSON has no number for as null
    told = {name: json.loads(table.to_json(orient="records", force_ascii=False)) for name, table in tables.items()}
    print_document(0, (), **asked_json(result), **told)


def _print(result: AccessResult, change: AccessChange | None, lang: str) -> None:
    """Print the city in a line, then the districts, each measure of the city, and who gained and lost."""
    from zzgeo.accessibility import measures
    from zzgeo.numbers import number_text, people_text, share_text
    from zzgeo.reporting.told.words import speaker
    from zzgeo.served import CITY

    say, minutes = speaker(lang), number_text(result.choices.minutes)
    districts = result.districts.to_dict("index")
    city = districts[CITY]
    print(say("access_curve_told", minutes, people_text(city["within"]), share_text(city["share"]) or "–"))
    heads = [say("district"), say("access_people"), say("access_within", minutes)]
    table = Table(*heads, *(say(f"access_{name}") for name in ("beyond", "excluded", "share", "median")))
    for code, row in districts.items():
        cells = [people_text(row[name]) for name in ("people", "within", "beyond", "excluded")]
        median = number_text(round(row["median_minutes"], 1)) or "–"
        name = say("city") if code == CITY else str(row["name"])
        table.add_row(name, *cells, share_text(row["share"]) or "–", say("inf") if median == "inf" else median)
    table.print()
    known = measures()
    evenness = [one for one in known if one in result.measured.columns]
    labels = [known[one].label_zh if lang == "zh" else known[one].label_en for one in evenness]
    table = Table(say("access_measure"), say("access_mean"), *labels)
    for each in result.measured[result.measured["district"] == CITY].to_dict("records"):
        label = known[each["measure"]].label_zh if lang == "zh" else known[each["measure"]].label_en
        table.add_row(label, *(number_text(each[one]) or "–" for one in ("mean", *evenness)))
    table.print()
    if change is not None:
        _print_change(change, lang)


def _print_change(change: AccessChange, lang: str) -> None:
    from zzgeo.accessibility import measures
    from zzgeo.numbers import people_text
    from zzgeo.reporting.told.words import speaker
    from zzgeo.served import CITY

    say, known = speaker(lang), measures()
    columns = ("gained", "lost", "better", "worse", "same", "unknown")
    table = Table(say("access_change"), *(say(f"access_{one}") for one in columns))
    for row in change.table[change.table["district"] == CITY].to_dict("records"):
        measure = known.get(row["measure"])
        label = say("access_nearest") if measure is None else measure.label_zh if lang == "zh" else measure.label_en
        table.add_row(label, *(people_text(row[one]) or "–" for one in columns))
    table.print()
    if change.gone:
        print(say("access_gone", people_text(change.gone)))
