"""``zzgeo batch``: many studies, each audited as ``zzgeo audit`` does it, and a ledger of them."""

from __future__ import annotations

import dataclasses
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zzgeo.cli.document import print_document
from zzgeo.cli.language import say, spoken, told, warn
from zzgeo.cli.options import JsonOption, OutOption, takes_audit_choices
from zzgeo.cli.printing import Table
from zzgeo.errors import InputError, Problem
from zzgeo.vocabulary.states import STATES

if TYPE_CHECKING:
    from zzgeo.batch.job import AuditChoices
    from zzgeo.batch.ledger import Entry
    from zzgeo.batch.plan import BatchPlan
    from zzgeo.batch.run import BatchDone

#: How many studies a table on the screen shows; of more, those that are not done.
_SHOWN = 40

#: What is taken where neither the command line nor a batch file says anything.
_USUAL: dict[str, Any] = {"workers": 2, "scheduler": "", "retry": 0, "limit_seconds": None, "limit_gb": None}

WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Studies audited at the same time; 2 if left out.")
]
ResumeOption = Annotated[
    bool, typer.Option("--resume/--no-resume", help="Leave alone what is done and unchanged; or do all again.")
]
OnlyChangedOption = Annotated[
    bool, typer.Option("--only-changed", help="Leave alone what was refused or failed and is unchanged, too.")
]
CheckContentOption = Annotated[
    bool, typer.Option("--check-content", help="Read every input again to see whether it changed.")
]
RetryOption = Annotated[int | None, typer.Option("--retry", min=0, help="Tries more for what was killed or failed.")]
SecondsOption = Annotated[float | None, typer.Option("--limit-seconds", help="End a study that takes longer.")]
MemoryOption = Annotated[float | None, typer.Option("--limit-gb", help="End a study that holds more memory.")]
SchedulerOption = Annotated[
    str | None, typer.Option("--scheduler", help="Address of a Dask scheduler whose workers do it.")
]


@takes_audit_choices()
def batch(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="DIR|STUDY.toml|TABLE.csv…|batch.toml")],
    choices: AuditChoices,
    out: OutOption = None,
    workers: WorkersOption = None,
    resume: ResumeOption = True,
    only_changed: OnlyChangedOption = False,
    check_content: CheckContentOption = False,
    retry: RetryOption = None,
    limit_seconds: SecondsOption = None,
    limit_gb: MemoryOption = None,
    scheduler: SchedulerOption = None,
    as_json: JsonOption = False,
) -> int:
    """Audit many studies; one failure never stops the rest, and the same command again does what is missing."""
    which: Literal["resume", "changed", "all"] = "changed" if only_changed else "resume" if resume else "all"
    if only_changed and not resume:
        raise typer.BadParameter("it says the contrary of --no-resume", param_hint="--only-changed")
    run = {
        "workers": workers,
        "retry": retry,
        "limit_seconds": limit_seconds,
        "limit_gb": limit_gb,
        "scheduler": scheduler,
    }
    against = Path(choices.against) if choices.against else None
    plan = _read(context, paths, dataclasses.replace(choices, against=""))
    return _batch(plan, out, against, {"which": which, "check_content": check_content}, run, as_json)


def _read(context: typer.Context, paths: list[Path], choices: AuditChoices) -> BatchPlan:
    """Return the plan, in which what the command line says goes before what a batch file says for all."""
    from zzgeo.batch.keys import said_as, with_paths
    from zzgeo.batch.plan import read_plan
    from zzgeo.reporting.told.options import PageOptions

    given = {}
    for name, value in dataclasses.asdict(choices).items():
        source = context.get_parameter_source(said_as(name).replace("-", "_"))
        if name != "against" and source is not None and source.name == "COMMANDLINE":
            given[name] = value
    plan = read_plan(paths, with_paths(given, Path.cwd()))
    for key in sorted({study.choices.tianditu for study in plan.studies} - {"", choices.tianditu}):
        with warnings.catch_warnings(record=True, action="always", category=UserWarning) as heard:
            PageOptions(tianditu=key).warn()
        warn(str(heard[0].message))
    return plan


def _batch(
    plan: BatchPlan,
    out: Path | None,
    against: Path | None,
    which: dict[str, Any],
    given: dict[str, Any],
    as_json: bool,
) -> int:
    """Run the batch, tell what came of it, and return the exit code."""
    from zzgeo.batch.run import RunChoices, run_batch
    from zzgeo.batch.workers import workers_for

    run = {**_USUAL, **plan.run, **{name: value for name, value in given.items() if value is not None}}
    seconds, gigabytes = (_positive(name, run[name]) for name in ("limit_seconds", "limit_gb"))
    limit_bytes = None if gigabytes is None else int(gigabytes * 1e9)
    workers = workers_for(run["workers"], run["scheduler"], seconds, limit_bytes)
    out = out or plan.out or Path("maps")
    choices = RunChoices(**which, retry=run["retry"])
    done = run_batch(plan, out, workers, choices=choices, against=against or plan.against, progress=_line, tell=warn)
    if as_json:
        studies = [dataclasses.asdict(entry) for entry in done.entries]
        print_document(done.exit_code, done.notes, out=str(out), studies=studies)
    else:
        _tell(done, out)
    return done.exit_code


def _positive(name: str, value: float | None) -> float | None:
    """Return a limit.

    Raises
    ------
    InputError
        If it is none.
    """
    if value is not None and not 0 < value < float("inf"):
        where, remedy = f"--{name.replace('_', '-')}", "leave it out for no limit"
        raise InputError([Problem("config.invalid", where, str(value), "a limit is more than 0", remedy)])
    return value


def _tell(done: BatchDone, out: Path) -> None:
    from zzgeo.batch.overview import PAGE

    shown = [entry for entry in done.entries if len(done.entries) <= _SHOWN or entry.state != "done"]
    if shown:
        table = Table(*(say(head) for head in ("study", "name", "state", "exit", "seconds", "result")))
        for entry in shown:
            result = str(out / entry.id / entry.opens) if entry.state == "done" else _message(entry)
            exit_code = "–" if entry.exit_code is None else str(entry.exit_code)
            table.add_row(entry.id, entry.name, _state(entry.state), exit_code, f"{entry.seconds:.0f}", result)
        table.print()
    print(_summary(done), out / "status.csv", out / PAGE, sep="\n")


def _summary(done: BatchDone) -> str:
    """Return how many studies there are, how many are in which state, and how many were left alone."""
    many, unchanged = len(done.entries), len(done.entries) - len(done.begun)
    states = Counter(entry.state for entry in done.entries).most_common()
    if spoken() == "zh":
        counts = "，".join(f"{_state(state)} {count:,} 个" for state, count in states)
        more = f"（其中 {unchanged:,} 个先前已做且未变）" if unchanged else ""
        return f"研究 {many:,} 个：{counts}{more}"
    more = f" ({unchanged:,} of them before, unchanged)" if unchanged else ""
    return f"{many:,} studies: {', '.join(f'{count:,} {state}' for state, count in states)}{more}"


def _state(state: str) -> str:
    """Return a state in Chinese where that is spoken; in English its id, as the ledger has it."""
    return STATES[state][0] if spoken() == "zh" else state


def _message(entry: Entry) -> str:
    """Return what stood in the way of a study, the first line of it."""
    if spoken() != "zh" or not entry.messages:
        return entry.message
    more = len(entry.messages) - 1
    return told(entry.messages[0]) + (f"（另有 {more} 条）" if more else "")


def _line(entry: Entry, ended: int, total: int) -> None:
    between = "：" if spoken() == "zh" else ": "
    told_of = f"[{ended}/{total}] {entry.id}{between}{_state(entry.state)} {_message(entry)}"
    print(told_of.rstrip(), file=sys.stderr)
