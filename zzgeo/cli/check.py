"""``zzgeo check``: what is wrong with the data; nothing is changed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zzgeo.cli.console import print_json
from zzgeo.cli.document import print_document
from zzgeo.cli.language import say, spoken, told
from zzgeo.cli.options import SpokenOption
from zzgeo.cli.printing import Table
from zzgeo.errors import InputError, Problem
from zzgeo.vocabulary.severity import severity_word

if TYPE_CHECKING:
    from zzgeo.intake.study import Study


def check(
    path: Annotated[Path, typer.Argument(metavar="STUDY.toml|FILE")],
    role: Annotated[
        str | None, typer.Option("--as", help="facilities, districts, units, demand, streets or candidates.")
    ] = None,
    column: Annotated[list[str] | None, typer.Option("--column", help="name=机构名称; again for more.")] = None,
    datum: Annotated[str | None, typer.Option("--datum", help="EPSG:4547, GCJ-02, BD-09, EPSG:4326 …")] = None,
    boundary: Annotated[Path | None, typer.Option("--boundary", help="Districts to compare with.")] = None,
    streets: Annotated[Path | None, typer.Option("--streets", help="Streets to compare with.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Kind of all facilities of the file.")] = None,
    kind_column: Annotated[str | None, typer.Option("--kind-column", help="Column that tells the kind.")] = None,
    unit_type: Annotated[str | None, typer.Option("--type", help="Type of all units of the file.")] = None,
    layer: Annotated[
        str | None, typer.Option("--layer", help="Layer of a GeoPackage, a geodatabase, a drawing or an archive.")
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook.")] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="Encoding of a table, if not recognised.")] = None,
    every: Annotated[bool, typer.Option("--all", help="List every row set aside, not only how many and why.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The whole account as JSON.")] = False,
    lang: SpokenOption = "",
) -> int:
    """Say what is wrong with a study or a file, row by row; changes nothing."""
    lang = lang or spoken()
    if (path.is_dir() and not _is_a_layer(path)) or path.suffix.lower() in (".toml", ".yaml", ".yml"):
        return _check_study(path, lang, every, as_json)
    if role == "names":
        return _check_names(path, as_json)
    from zzgeo.intake.check import ROLES, check_file

    if role is not None and role not in ROLES:
        raise typer.BadParameter("say " + ", ".join(ROLES), param_hint="--as")
    beside: dict[str, Any] = {}
    for name, file in (("boundary", boundary), ("streets", streets)):
        if file is not None:
            beside[name] = _beside(file, "districts" if name == "boundary" else "streets")
    checked = check_file(
        path,
        role,
        columns=_pairs(column),
        datum=datum,
        kind=kind,
        kind_column=kind_column,
        type=unit_type,
        layer=layer,
        sheet=sheet,
        encoding=encoding,
        **beside,
    )
    if as_json:
        print_json(checked.to_json())
        return checked.exit_code
    for line in checked.lines(lang, None if every else 0):
        # what refuses the file goes where refusals go
        print(line, file=sys.stderr if line.startswith(severity_word("error", lang)) else sys.stdout)
    return checked.exit_code


def _is_a_layer(folder: Path) -> bool:
    """Tell a folder that is one layer (a geodatabase) from the folder of a study."""
    from zzgeo.formats import format_named

    owner = format_named(folder.name)
    return owner is not None and owner.folder


def _pairs(columns: Sequence[str] | None) -> dict[str, str] | None:
    if columns is None:
        return None
    odd = [one for one in columns if "=" not in one]
    if odd:
        raise typer.BadParameter(f"say name=heading, not {odd[0]}", param_hint="--column")
    return dict(one.split("=", 1) for one in columns)


def _beside(path: Path, role: Any) -> Any:
    """Read what a file is compared with; refuse the check where it cannot be used."""
    from zzgeo.intake.check import check_file

    checked = check_file(path, role)
    if checked.table is None:
        raise InputError(one for one in checked.problems if one.severity == "error")
    return checked.table


def _check_names(path: Path, as_json: bool) -> int:
    """Show the file name each place of a table would get; names that had to be changed are told."""
    from zzgeo.reporting.results.names import file_names

    names, problems = file_names(path)
    if as_json:
        print_document(0, problems, names=names)
        return 0
    for problem in problems:
        print(f"{severity_word(problem.severity, spoken())}{told(problem)}")
    for code, name in names.items():
        print(f"{code}\t{name}")
    return 0


def _clauses_refused(study: Study) -> Sequence[Problem]:
    """Return why an audit would refuse the standards or the profile a study names, or tables its clauses read.

    Data alone make no audit: a study that names neither, and has no tables, is asked for none.
    """
    named = study.standards or study.profile
    if not (named or study.tables):
        return ()
    from zzgeo.auditing.clauses import clauses_of, unread_tables

    try:
        return unread_tables(study, clauses_of(study))
    except InputError as error:
        return error.problems if named else ()


def _check_study(path: Path, lang: str, every: bool, as_json: bool) -> int:
    from zzgeo.intake.check import account_zh, study_json, study_lines
    from zzgeo.intake.grouped import grouped
    from zzgeo.intake.study import check_study
    from zzgeo.vocabulary.chinese import problem_line
    from zzgeo.vocabulary.words import WORDS

    study, problems = check_study(path)
    if study is not None and (refused := _clauses_refused(study)):
        study, problems = None, [*problems, *refused]
    if as_json:
        print_json(study_json(study, problems))
        return 0 if study else 4
    by_reason = grouped(problems)
    for problem in by_reason:
        if problem.severity != "error":
            print(f"{severity_word('warning', lang)}{problem_line(problem, lang)}")
    if study is None:
        raise InputError([problem for problem in by_reason if problem.severity == "error"])
    heads = ("layer", "file", "rows read", "used", "set aside", "datum")
    table = Table(*(say(head) for head in heads))
    for one in study.accounts:
        counts = (str(one.rows_read), str(one.rows_used), str(one.rows_rejected))
        layer = WORDS[one.layer][0] if lang == "zh" and one.layer in WORDS else one.layer
        table.add_row(layer, one.path, *counts, one.datum)
    table.print()
    for line in study_lines(study, lang, None if every else 0):
        print(line)
    print(account_zh(study) if lang == "zh" else study)
    return 0
