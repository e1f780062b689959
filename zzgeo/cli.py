"""The command line: the same as the library, from a shell. Progress goes to stderr, data to stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zzgeo.errors import EnvironmentFault, ZzgeoError

if TYPE_CHECKING:
    from rich.console import Console

    from zzgeo.audit import AuditReport
    from zzgeo.standards import Rule
    from zzgeo.study import Study

app = typer.Typer(
    add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Does a city meet its own planning standards? Cited verdicts, who is missed, maps that open offline.",
)  # fmt: skip
standards_app = typer.Typer(no_args_is_help=True, help="The clauses zzgeo judges by.", rich_markup_mode=None)
app.add_typer(standards_app, name="standards")

#: What ``--fail-on`` may name, and the verdicts each includes.
_FAIL_ON = {"fail": {"fail"}, "review": {"fail", "review"}, "nodata": {"fail", "review", "nodata"}}

_SIGNS = {"pass": "✓", "fail": "✗", "review": "?", "nodata": "–", "not-applicable": "·"}

OutOption = Annotated[Path | None, typer.Option("--out", help="Folder for the result; maps/NAME if left out.")]
LangOption = Annotated[str, typer.Option("--lang", help="Language pages open in: zh or en.")]


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
def demo(out: OutOption = None, lang: LangOption = "zh") -> int:
    """Audit the sample study that ships with zzgeo and write its maps."""
    from zzgeo.installed import sample_study_path

    return _audit(sample_study_path(), out or Path("maps") / "zhengzhou-sample", lang=lang)


@app.command()
def new(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder to make.")]) -> int:
    """Write a study folder to fill in: a commented study.toml and example tables."""
    from zzgeo.new_study import write_template

    for path in write_template(folder):
        print(path)
    print("fill in study.toml, then: zzgeo check " + str(folder / "study.toml"), file=sys.stderr)
    return 0


@app.command()
def check(path: Annotated[Path, typer.Argument(metavar="STUDY.toml|FILE")]) -> int:
    """Say what is wrong with a study or a file, row by row; changes nothing."""
    if path.is_dir() or path.suffix == ".toml":
        return _check_study(path)
    return _check_file(path)


@app.command("audit")
def audit_command(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml")],
    out: OutOption = None,
    district: Annotated[list[str] | None, typer.Option("--district", help="Code; may be given again.")] = None,
    standard: Annotated[list[str] | None, typer.Option("--standard", help="Id or TOML file; again for more.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Id of a profile.")] = None,
    lang: LangOption = "zh",
    fail_on: Annotated[str | None, typer.Option("--fail-on", help="Exit 10 at fail, review or nodata.")] = None,
    against: Annotated[Path | None, typer.Option("--against", help="Earlier audit: its folder or audit.json.")] = None,
    pages: Annotated[str, typer.Option("--pages", help="single (one file each), site (shared) or auto.")] = "auto",
    tianditu: Annotated[str, typer.Option("--tianditu", help="Key of an online base map; readable in the pages.")] = "",
    approval: Annotated[str, typer.Option("--approval", help="Map-approval number (审图号) for every map.")] = "",
) -> int:
    """Judge every rule in every district of a study and write maps, tables and provenance."""
    if fail_on is not None and fail_on not in _FAIL_ON:
        raise typer.BadParameter("say fail, review or nodata", param_hint="--fail-on")
    folder = study if study.is_dir() else study.parent
    out = out or Path("maps") / (folder.resolve().name or "study")
    if tianditu:
        print("warning: the Tianditu key can be read in every page that is written", file=sys.stderr)
    choices = {"pages": pages, "tianditu": tianditu, "approval": approval}
    return _audit(study, out, district or (), standard or None, profile, lang, fail_on, against, choices)


@app.command()
def batch(
    paths: Annotated[list[Path], typer.Argument(metavar="DIR|STUDY.toml…")],
    out: OutOption = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Studies audited at the same time.")] = 2,
    lang: LangOption = "zh",
) -> int:
    """Audit one study after another; one failure never stops the rest."""
    from zzgeo.batch import run_batch

    statuses = run_batch(paths, out or Path("maps"), workers=workers, lang=lang, progress=_batch_line)
    _print_statuses(statuses)
    failed = sum(status.exit_code not in (0, 10) for status in statuses)
    return 0 if not failed else 4 if failed == len(statuses) else 3


@standards_app.command("list")
def standards_list() -> int:
    """List every clause zzgeo judges, with its document and limit."""
    from zzgeo.standards import presets, profiles, shipped

    _print_clauses([rule for standard in shipped().values() for rule in standard.clauses])
    for standard in presets().values():
        print(f"preset {standard.document.id}: {standard.document.title_en} ({len(standard.clauses)} clauses)")
    for profile in profiles().values():
        print(f"profile {profile.id}: {profile.title_en} ({', '.join(profile.documents)})")
    return 0


@standards_app.command("show")
def standards_show(rule_id: Annotated[str, typer.Argument(metavar="ID")]) -> int:
    """Show one clause: its words, where they stand, and how they are measured."""
    from zzgeo.standards import find_rule, presets, shipped

    rule = find_rule(rule_id)
    document = {**shipped(), **presets()}[rule.standard].document
    print(f"{rule.id}\n{rule.title}\n{rule.title_en}\n")
    print(f"{document.number} {document.title} {rule.section}\n“{rule.clause}”\n")
    shown = rule.model_dump(exclude={"id", "title", "title_en", "section", "clause", "standard", "document"})
    for name, value in shown.items():
        if value not in (None, "", (), {}):
            print(f"{name:13} {', '.join(map(str, value)) if isinstance(value, tuple) else value}")
    return 0


@standards_app.command("search")
def standards_search(word: Annotated[str, typer.Argument(metavar="WORD")]) -> int:
    """List the clauses that say a word in their id, title, wording or document; exit 1 if none does."""
    from zzgeo.standards import search

    found = search(word)
    if not found:
        print(f"no clause says {word!r}; `zzgeo standards list` shows all", file=sys.stderr)
        return 1
    _print_clauses(found)
    return 0


@standards_app.command("check")
def standards_check(path: Annotated[Path, typer.Argument(metavar="FILE")]) -> int:
    """Check a standard of your own: every fault with its line and what to do; changes nothing."""
    from zzgeo.rules import check_standard

    standard, problems = check_standard(path)
    for problem in problems:
        print(problem.line(), file=sys.stderr)
    for rule in standard.clauses:
        print(f"{rule.id}: {rule.rule}{'' if rule.verified_on else ' (not verified)'}")
    document = standard.document
    print(f"{document.id} · {document.number} {document.title}: {len(standard.clauses)} clauses")
    return 4 if problems else 0


def _print_clauses(rules: Sequence[Rule]) -> None:
    table = _table("clause", "document", "section", "rule", "limit", "title")
    # an id is copied from here into commands and profiles: it stays in one piece
    table.columns[0].no_wrap = True
    for rule in rules:
        limit = f"{rule.operator or ''} {'' if rule.value is None else rule.value} {rule.unit}".strip()
        table.add_row(rule.id, rule.document, rule.section, rule.rule, limit, rule.title)
    _stdout().print(table)


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
    choices: dict[str, str] | None = None,
) -> int:  # fmt: skip
    if lang not in ("zh", "en"):
        raise typer.BadParameter("say zh or en", param_hint="--lang")
    _writable(out)
    from zzgeo.audit import audit
    from zzgeo.compare import compare, read_audit
    from zzgeo.reporting.options import PageOptions
    from zzgeo.study import load_study

    PageOptions(lang, **(choices or {}))  # a wrong choice is told before any work
    # before any work, and before the folder it may stand in is written anew
    earlier = None if against is None else read_audit(against)
    with _progress() as bar:
        task = bar.add_task("loading", total=None)
        study = load_study(path)
        bar.update(task, total=1, completed=0, description="measuring")

        def step(what: str, done: int, total: int) -> None:
            bar.update(task, total=total, completed=done, description=what)

        report = audit(study, standards, profile, districts=districts, progress=step)
        bar.update(task, total=None, description="writing maps")
        written = report.write(out, lang=lang, against=earlier, **(choices or {}))
        bar.update(task, total=1, completed=1, description="done")
    _warn(study)
    _print_scorecard(report, lang)
    if earlier is not None:
        print(*compare(earlier, report).lines(lang), sep="\n")
    index = next((one for one in written if one.name == "index.html"), out)
    print(index)
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


def _check_study(path: Path) -> int:
    from zzgeo.errors import InputError
    from zzgeo.study import check_study

    study, problems = check_study(path)
    for problem in problems:
        if problem.severity != "error":
            print(f"warning: {problem.line()}")
    if study is None:
        raise InputError([problem for problem in problems if problem.severity == "error"])
    table = _table("layer", "file", "rows read", "used", "set aside", "datum")
    for one in study.accounts:
        counts = (str(one.rows_read), str(one.rows_used), str(one.rows_rejected))
        table.add_row(one.layer, one.path, *counts, one.datum)
    _stdout().print(table)
    for row in study.quarantined.head(50).itertuples():
        print(f"set aside: {row.code} · {row.file}:{row.row} · {row.field}={row.value} · {row.reason}")
    if len(study.quarantined) > 50:
        print(f"… and {len(study.quarantined) - 50} more; an audit lists all in quarantined.csv")
    print(study)
    return 0


def _check_file(path: Path) -> int:
    from zzgeo.errors import InputError, Problem
    from zzgeo.loaders import read_layer
    from zzgeo.loaders.base import Options

    if not path.is_file():
        raise InputError([Problem("file.missing", str(path), "", "no such file", "check the path")])
    raw = read_layer(path, Options("check"))
    for problem in raw.notes:
        print(f"{problem.severity}: {problem.line()}")
    for row in raw.rejected:
        print(f"set aside: {row.code} · {row.file}:{row.row} · {row.field}={row.value} · {row.reason}")
    says = "says nothing of its datum" if raw.crs is None else f"says {raw.crs.to_string()}"
    print(f"{raw.file}: {raw.rows_read} rows read, {len(raw.table)} readable; the file {says}")
    print("columns: " + ", ".join(map(str, raw.table.columns)))
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
    judged = set(rows.loc[rows["verdict"].isin(("pass", "fail", "review")), "rule"])
    rules = [rule for rule in report.rules if rule.id in judged]
    places = [(str(code), str(name)) for code, name in report.study.districts["name"].items()]
    titles = [rule.title if lang == "zh" else rule.title_en for rule in rules]
    console = _stdout()
    if len(rules) > _MOST_COLUMNS:
        table = _table("", *[name for _, name in places])
        for rule, title in zip(rules, titles, strict=True):
            table.add_row(f"{title} ({rule.document})", *[cells.get((code, rule.id), "") for code, _ in places])
        console.print(table)
    else:
        table = _table("", *[str(number) for number in range(1, len(rules) + 1)])
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
    if row["verdict"] not in ("nodata", "not-applicable"):
        value = " " + value_text(float(row["value"]), str(row["value_unit"]), float(row["threshold"]))
    return _SIGNS[str(row["verdict"])] + value.rstrip() + ("*" if row["sensitive"] else "")


def _print_statuses(statuses: Sequence[Any]) -> None:
    table = _table("study", "status", "exit", "seconds", "result")
    for one in statuses:
        table.add_row(one.name, one.status, str(one.exit_code), f"{one.seconds:.0f}", one.message)
    _stdout().print(table)


def _batch_line(status: Any) -> None:
    print(f"{status.name}: {status.status} {status.message}", file=sys.stderr)


def _table(*headers: str) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _stdout() -> Console:
    from rich.console import Console

    # a pipe has no width; tables must not be folded to 80 columns in a log file
    width = None if sys.stdout.isatty() else 200
    return Console(file=sys.stdout, width=width, highlight=False, markup=False)


def _progress() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(file=sys.stderr), transient=True)
