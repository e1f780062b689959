"""The command line: the same as the library, from a shell. Progress goes to stderr, data to stdout."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from zzgeo.cli.audit import audit, demo
from zzgeo.cli.batch import batch
from zzgeo.cli.check import check
from zzgeo.cli.console import any_console
from zzgeo.cli.fetch import fetch
from zzgeo.cli.kinds import kinds_app
from zzgeo.cli.new_study import new
from zzgeo.cli.site import site
from zzgeo.cli.standards import standards_app
from zzgeo.cli.what_if import trend, what_if
from zzgeo.errors import Problem, ZzgeoError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Does a city meet its own planning standards? Cited verdicts, who is missed, maps that open offline.",
)
for command in (demo, new, check, audit, site, what_if, trend, fetch, batch):
    app.command()(command)
app.add_typer(standards_app, name="standards")
app.add_typer(kinds_app, name="kinds")


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; one line on stderr for whatever stands in the way."""
    with any_console():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    debug = "--debug" in arguments
    rest = [one for one in arguments if one != "--debug"]
    command = typer.main.get_command(app)
    try:
        result = command.main(args=rest, prog_name="zzgeo", standalone_mode=False)
        sys.stdout.flush()
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
    except Exception as error:
        if debug:
            raise
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            remedy = "free some space, or write elsewhere"
            full = Problem("output.disk_full", "standard output", "", str(error.strerror), remedy)
            print(full.line(), file=sys.stderr)
            return 5
        place = "a bug of zzgeo, please report it; --debug shows where"
        print(f"internal.error · {type(error).__name__} · {error} · {place}", file=sys.stderr)
        return 1


def _told(error: ZzgeoError) -> int:
    for line in str(error).splitlines() or [type(error).__name__]:
        print(line, file=sys.stderr)
    return error.exit_code


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    if version:
        from zzgeo.installed import zzgeo_version

        print(zzgeo_version())
        raise typer.Exit(0)
