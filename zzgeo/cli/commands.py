"""The command line: the same as the library, from a shell. Progress goes to stderr, data to stdout."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zzgeo.cli.printing import progress_bar, stdout, table_of
from zzgeo.cli.standards import standards_app
from zzgeo.errors import EnvironmentFault, ZzgeoError
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, NODATA, REVIEW, SILENT, sign_of

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.intake.study import Study
    from zzgeo.reporting.results.folder import ResultFolder

app = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Does a city meet its own planning standards? Cited verdicts, who is missed, maps that open offline.",
)  # fmt: skip
app.add_typer(standards_app, name="standards")

#: What ``--fail-on`` may name, and the verdicts each includes.
_FAIL_ON = {FAIL: {FAIL}, REVIEW: {FAIL, REVIEW}, NODATA: {FAIL, REVIEW, NODATA}}

#: What is written if nothing is said (`USUAL_FILES` of the results; said here because --help loads nothing).
_USUAL_FILES = "pages,tables,xlsx,gpkg"

OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for the result; maps/NAME if left out.")]
FilesOption = Annotated[
    str, typer.Option("--files", help="What to write: pages,tables,xlsx,gpkg,docx,png, or all.", metavar="NAMES")
]
LangOption = Annotated[str, typer.Option("--lang", help="Language pages open in: zh or en.")]
AgainstOption = Annotated[Path | None, typer.Option("--against", help="Earlier result to compare with: its folder.")]
PagesOption = Annotated[str, typer.Option("--pages", help="single (one file each), site (shared) or auto.")]
TiandituOption = Annotated[str, typer.Option("--tianditu", help="Key of an online base map; readable in the pages.")]
ApprovalOption = Annotated[
    str, typer.Option("--approval", help="Map-approval number (审图号) on every map; left out, the study's own.")
]


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; one line on stderr for whatever stands in the way."""
    debug = "--debug" in arguments
    rest = [one for one in arguments if one != "--debug"]
    command = typer.main.get_command(app)
    try:
        result = command.main(args=rest, prog_name="zzgeo", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except typer.Exit as leave:
        return leave.exit_code
    except typer.TyperException as error:
        # wrong usage: Typer's own message, which names the option and shows how to get help
        show = getattr(error, "show", None)
        show() if show else print(error, file=sys.stderr)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        return 130
    except ZzgeoError as error:
        if debug:
            raise
        return _told(error)
    except BrokenPipeError:
        # whoever read our output has gone; there is nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        place = "a bug of zzgeo, please report it; --debug shows where"
        print(f"internal.error · {type(error).__name__} · {error} · {place}", file=sys.stderr)
        return 1


def _told(error: ZzgeoError) -> int:
    for line in str(error).splitlines() or [type(error).__name__]:
        print(line, file=sys.stderr)
    return error.exit_code


@app.command()
def demo(out: OutOption = None, lang: LangOption = "zh", files: FilesOption = _USUAL_FILES) -> int:
    """Audit the sample study that ships with zzgeo and write its maps."""
    from zzgeo.installed import sample_study_path

    return _audit(sample_study_path(), out or Path("maps") / "zhengzhou-sample", lang=lang, files=files)


@app.command()
def new(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder to make.")]) -> int:
    """Write a study folder to fill in: a commented study.toml and example tables."""
    from zzgeo.cli.new_study import write_template

    for path in write_template(folder):
        print(path)
    print("fill in study.toml, then: zzgeo check " + str(folder / "study.toml"), file=sys.stderr)
    return 0


@app.command()
def check(
    path: Annotated[Path, typer.Argument(metavar="STUDY.toml|FILE")],
    role: Annotated[str | None, typer.Option("--as", help="facilities, districts, units, demand or streets.")] = None,
    column: Annotated[list[str] | None, typer.Option("--column", help="name=机构名称; again for more.")] = None,
    datum: Annotated[str | None, typer.Option("--datum", help="EPSG:4547, GCJ-02, BD-09, EPSG:4326 …")] = None,
    boundary: Annotated[Path | None, typer.Option("--boundary", help="Districts to compare with.")] = None,
    streets: Annotated[Path | None, typer.Option("--streets", help="Streets to compare with.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Kind of all facilities of the file.")] = None,
    kind_column: Annotated[str | None, typer.Option("--kind-column", help="Column that tells the kind.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer of a GeoPackage or an archive.")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook.")] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="Encoding of a table, if not recognised.")] = None,
    every: Annotated[bool, typer.Option("--all", help="List every row set aside, not the first 50.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The whole account as JSON.")] = False,
    lang: LangOption = "en",
) -> int:
    """Say what is wrong with a study or a file, row by row; changes nothing."""
    if path.is_dir() or path.suffix.lower() in (".toml", ".yaml", ".yml"):
        return _check_study(path, lang, every, as_json)
    if role == "names":
        return _check_names(path)
    from zzgeo.intake.check import ROLES, check_file

    if role is not None and role not in ROLES:
        raise typer.BadParameter("say " + ", ".join(ROLES), param_hint="--as")
    beside: dict[str, Any] = {}
    for name, file in (("boundary", boundary), ("streets", streets)):
        if file is not None:
            beside[name] = _beside(file, "districts" if name == "boundary" else "streets")
    checked = check_file(
        path, role, columns=_pairs(column), datum=datum, kind=kind, kind_column=kind_column, layer=layer,
        sheet=sheet, encoding=encoding, **beside,
    )  # fmt: skip
    if as_json:
        print(checked.to_json())
        return checked.exit_code
    for line in checked.lines(lang, None if every else 50):
        # what refuses the file goes where refusals go
        print(line, file=sys.stderr if line.startswith("error: ") else sys.stdout)
    return checked.exit_code


def _pairs(columns: Sequence[str] | None) -> dict[str, str] | None:
    if columns is None:
        return None
    odd = [one for one in columns if "=" not in one]
    if odd:
        raise typer.BadParameter(f"say name=heading, not {odd[0]}", param_hint="--column")
    return dict(one.split("=", 1) for one in columns)


def _beside(path: Path, role: Any) -> Any:
    """Read what a file is compared with; refuse the check where it cannot be used."""
    from zzgeo.errors import InputError
    from zzgeo.intake.check import check_file

    checked = check_file(path, role)
    if checked.table is None:
        raise InputError(one for one in checked.problems if one.severity == "error")
    return checked.table


def _check_names(path: Path) -> int:
    """Show the file name each place of a table would get; names that had to be changed are told."""
    from zzgeo.reporting.results.names import file_names

    names, problems = file_names(path)
    for problem in problems:
        print(f"{problem.severity}: {problem.line()}")
    for code, name in names.items():
        print(f"{code}\t{name}")
    return 0


@app.command("audit")
def audit_command(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml")],
    out: OutOption = None,
    district: Annotated[list[str] | None, typer.Option("--district", help="Code; may be given again.")] = None,
    standard: Annotated[list[str] | None, typer.Option("--standard", help="Id or TOML file; again for more.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Id of a profile.")] = None,
    lang: LangOption = "zh",
    fail_on: Annotated[str | None, typer.Option("--fail-on", help="Exit 10 at fail, review or nodata.")] = None,
    against: AgainstOption = None,
    files: FilesOption = _USUAL_FILES,
    pages: PagesOption = "auto",
    tianditu: TiandituOption = "",
    approval: ApprovalOption = "",
) -> int:
    """Judge every rule in every district of a study and write maps, tables and provenance."""
    if fail_on is not None and fail_on not in _FAIL_ON:
        raise typer.BadParameter("say fail, review or nodata", param_hint="--fail-on")
    folder = study if study.is_dir() else study.parent
    out = out or Path("maps") / (folder.resolve().name or "study")
    choices = {"pages": pages, "tianditu": tianditu, "approval": approval}
    return _audit(study, out, district or (), standard or None, profile, lang, fail_on, against, files, choices)


@app.command()
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
) -> int:
    """Write a study folder from OpenStreetMap: districts, streets, facilities; people are yours to fill in."""
    _writable(out)
    from zzgeo.fetch.online import Budget
    from zzgeo.fetch.overpass import NOMINATIM, OVERPASS
    from zzgeo.fetch.study_folder import fetch

    fetched = fetch(
        place, out, margin_m=margin, endpoint=endpoint or OVERPASS, nominatim=nominatim or NOMINATIM,
        budget=Budget(tries, budget, timeout), square_km=square, cache=cache,
        told=lambda line: print(line, file=sys.stderr),
    )  # fmt: skip
    for note in fetched.notes:
        print(f"warning: {note.line()}", file=sys.stderr)
    print(fetched)
    print(f"people are not on the map: fill in {fetched.study}, then: zzgeo check {fetched.study}", file=sys.stderr)
    return 0


@app.command()
def batch(
    paths: Annotated[list[Path], typer.Argument(metavar="DIR|STUDY.toml…")],
    out: OutOption = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Studies audited at the same time.")] = 2,
    lang: LangOption = "zh",
    against: AgainstOption = None,
    files: FilesOption = _USUAL_FILES,
    pages: PagesOption = "auto",
    tianditu: TiandituOption = "",
    approval: ApprovalOption = "",
) -> int:
    """Audit one study after another; one failure never stops the rest."""
    from zzgeo.batch.run import run_batch

    choices = {"pages": pages, "tianditu": tianditu, "approval": approval}
    _check_choices(lang, files, choices)
    statuses = run_batch(
        paths, out or Path("maps"), workers=workers, progress=_batch_line, lang=lang, against=against, files=files,
        **choices,
    )  # fmt: skip
    _print_statuses(statuses)
    failed = sum(status.exit_code not in (0, 10) for status in statuses)
    return 0 if not failed else 4 if failed == len(statuses) else 3


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    if version:
        from zzgeo.installed import zzgeo_version

        print(zzgeo_version())
        raise typer.Exit(0)


def _audit(
    path: Path, out: Path, districts: Sequence[str] = (), standards: Sequence[str] | None = None,
    profile: str | None = None, lang: str = "zh", fail_on: str | None = None, against: Path | None = None,
    files: str = _USUAL_FILES, choices: dict[str, str] | None = None,
) -> int:  # fmt: skip
    from zzgeo.reporting.results.folder import ResultFolder

    _check_choices(lang, files, choices or {})
    # before any work: a folder that cannot be written, or that another run holds, is refused at once
    with ResultFolder(out) as folder:
        return _audit_into(folder, path, districts, standards, profile, lang, fail_on, against, files, choices or {})


def _check_choices(lang: str, files: str, choices: dict[str, str]) -> None:
    """Refuse a wrong choice of what to write before any work; warn of a key that every page will tell."""
    if lang not in ("zh", "en"):
        raise typer.BadParameter("say zh or en", param_hint="--lang")
    from zzgeo.errors import InputError
    from zzgeo.reporting.results.writing import chosen_files
    from zzgeo.reporting.told.options import PageOptions

    with warnings.catch_warnings(record=True, action="always", category=UserWarning) as heard:
        PageOptions(lang, **choices).warn()
    for one in heard:
        print(f"warning: {one.message}", file=sys.stderr)
    try:
        chosen_files(files)
    except InputError as error:
        raise typer.BadParameter(f"say {error.problems[0].remedy}", param_hint="--files") from None


def _audit_into(
    folder: ResultFolder, path: Path, districts: Sequence[str], standards: Sequence[str] | None,
    profile: str | None, lang: str, fail_on: str | None, against: Path | None, files: str, choices: dict[str, str],
) -> int:  # fmt: skip
    from zzgeo.auditing.comparison import compare, read_audit
    from zzgeo.auditing.run import audit
    from zzgeo.intake.study import load_study

    # before the folder it may stand in is written anew
    earlier = None if against is None else read_audit(against)
    with progress_bar() as bar:
        task = bar.add_task("loading", total=None)
        study = load_study(path)
        bar.update(task, total=1, completed=0, description="measuring")

        def step(what: str, done: int, total: int) -> None:
            bar.update(task, total=total, completed=done, description=what)

        report = audit(study, standards, profile, districts=districts, progress=step)
        bar.update(task, total=None, description="writing")
        with warnings.catch_warnings(record=True) as heard:
            warnings.filterwarnings("ignore", r"tianditu\.")  # told before any work
            written = report.write(folder, lang=lang, against=earlier, files=files, progress=step, **choices)
    _warn(study)
    for message in dict.fromkeys(str(one.message) for one in heard):
        print(f"warning: {message}", file=sys.stderr)
    _print_scorecard(report, lang)
    if earlier is not None:
        print(*compare(earlier, report).lines(lang), sep="\n")
    print(next((one for one in written if one.name == "index.html"), folder.path))
    if fail_on is not None:
        verdicts = set(report.findings.loc[report.findings["level"] == "district", "verdict"])
        return 10 if verdicts & _FAIL_ON[fail_on] else 0
    return 0


def _writable(out: Path) -> None:
    """Refuse a folder that cannot be written before anything is computed."""
    above = out.absolute()
    while not above.exists():
        above = above.parent
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise EnvironmentFault(f"output.not_writable · {out} · {above} cannot be written · choose another --out")


def _check_study(path: Path, lang: str, every: bool, as_json: bool) -> int:
    from zzgeo.errors import InputError
    from zzgeo.intake.check import quarantine_lines, study_json
    from zzgeo.intake.study import check_study

    study, problems = check_study(path)
    if as_json:
        print(study_json(study, problems))
        return 0 if study else 4
    for problem in problems:
        if problem.severity != "error":
            print(f"warning: {problem.line()}")
    if study is None:
        raise InputError([problem for problem in problems if problem.severity == "error"])
    table = table_of("layer", "file", "rows read", "used", "set aside", "datum")
    for one in study.accounts:
        counts = (str(one.rows_read), str(one.rows_used), str(one.rows_rejected))
        table.add_row(one.layer, one.path, *counts, one.datum)
    stdout().print(table)
    for line in quarantine_lines(study.quarantined, lang, None if every else 50):
        print(line)
    print(study)
    return 0


def _warn(study: Study) -> None:
    for problem in study.warnings:
        print(f"warning: {problem.line()}", file=sys.stderr)
    if len(study.quarantined):
        print(f"warning: {len(study.quarantined)} rows set aside, see quarantined.csv", file=sys.stderr)


#: Up to so many rules stand side by side in a terminal; more stand below each other.
_MOST_COLUMNS = 12


def _print_scorecard(report: AuditReport, lang: str) -> None:
    """Print the rules judged in some district; how many clauses were judged otherwise, or not, is one line."""
    notice = report.study.notice.get(lang)
    if notice:
        print(notice)
    rows = report.findings[report.findings["level"] == "district"]
    cells = {(str(row["district"]), str(row["rule"])): _score_cell(row) for row in rows.to_dict("records")}
    judged = set(rows.loc[rows["verdict"].isin(JUDGED), "rule"])
    rules = [rule for rule in report.rules if rule.id in judged]
    places = [(str(code), str(name)) for code, name in report.study.districts["name"].items()]
    titles = [rule.title if lang == "zh" else rule.title_en for rule in rules]
    console = stdout()
    if len(rules) > _MOST_COLUMNS:
        table = table_of("", *[name for _, name in places])
        for rule, title in zip(rules, titles, strict=True):
            table.add_row(f"{title} ({rule.document})", *[cells.get((code, rule.id), "") for code, _ in places])
        console.print(table)
    else:
        table = table_of("", *[str(number) for number in range(1, len(rules) + 1)])
        for code, name in places:
            table.add_row(f"{code} {name}", *[cells.get((code, rule.id), "") for rule in rules])
        console.print(table)
        for number, (rule, title) in enumerate(zip(rules, titles, strict=True), start=1):
            console.print(f"{number}  {title}  ({rule.document} {rule.section})")
    coverage = report.clauses()["coverage"].value_counts()
    console.print("clauses: " + ", ".join(f"{count} {name}" for name, count in coverage.items()))


def _score_cell(row: dict[Any, Any]) -> str:
    from zzgeo.numbers import value_text

    value = ""
    if row["verdict"] not in SILENT:
        value = " " + value_text(float(row["value"]), str(row["value_unit"]), float(row["threshold"]))
    return sign_of(str(row["verdict"])) + value.rstrip() + ("*" if row["sensitive"] else "")


def _print_statuses(statuses: Sequence[Any]) -> None:
    table = table_of("study", "status", "exit", "seconds", "result")
    for one in statuses:
        table.add_row(one.name, one.status, str(one.exit_code), f"{one.seconds:.0f}", one.message)
    stdout().print(table)


def _batch_line(status: Any) -> None:
    print(f"{status.name}: {status.status} {status.message}", file=sys.stderr)
