"""The command line: the same as the library, from a shell. Progress goes to stderr, data to stdout."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from zzgeo.cli.access import access
from zzgeo.cli.audit import audit, demo
from zzgeo.cli.batch import batch
from zzgeo.cli.check import check
from zzgeo.cli.circles import circles
from zzgeo.cli.console import any_console, ended_like_an_interrupt
from zzgeo.cli.doctor import doctor
from zzgeo.cli.document import print_document
from zzgeo.cli.fetch import fetch
from zzgeo.cli.kinds import kinds_app
from zzgeo.cli.language import speaking, spoken, told
from zzgeo.cli.new_study import new
from zzgeo.cli.print_page import print_page
from zzgeo.cli.site import site
from zzgeo.cli.standards import standards_app
from zzgeo.cli.try_place import try_place
from zzgeo.cli.what_if import trend, what_if
from zzgeo.errors import Problem, ZzgeoError
from zzgeo.refusal import enough_space, refusal


class _Interrupted(Exception):
    """A command was interrupted: Typer takes Ctrl-C for a wish to leave, and says nothing."""


def _told_of_interrupts(command: Callable[..., int]) -> Callable[..., int]:
    """Return a command that raises `_Interrupted` for Ctrl-C."""

    @functools.wraps(command)
    def with_interrupts(*given: Any, **named: Any) -> int:
        try:
            return command(*given, **named)
        except KeyboardInterrupt as error:
            raise _Interrupted from error

    return with_interrupts


def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    if version:
        from zzgeo.installed import zzgeo_version

        print(zzgeo_version())
        raise typer.Exit(0)


_COMMANDS: dict[str, Callable[..., int]] = {
    "demo": demo,
    "new": new,
    "check": check,
    "audit": audit,
    "site": site,
    "what-if": what_if,
    "trend": trend,
    "access": access,
    "circles": circles,
    "print": print_page,
    "fetch": fetch,
    "batch": batch,
    "try": try_place,
    "doctor": doctor,
}
_GROUPS = {"standards": standards_app, "kinds": kinds_app}


def app_with(names: Collection[str]) -> typer.Typer:
    """Return the command line with some commands whole; the others are there for the list of commands alone.

    To make out every option of every command takes as long as the rest of a start.
    """
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="Does a city meet its own planning standards? Cited verdicts, who is missed, maps that open offline.",
    )
    app.callback(invoke_without_command=True)(_top)
    for name, command in _COMMANDS.items():
        whole = name in names
        app.command(name, help=inspect.getdoc(command))(_told_of_interrupts(command) if whole else _listed)
    for name, group in _GROUPS.items():
        if name in names:
            app.add_typer(group, name=name)
        else:
            app.command(name, help=str(group.info.help))(_listed)
    return app


def _listed() -> int:
    raise AssertionError("a command that is asked for is whole")


#: The command line with every command whole.
app = app_with({*_COMMANDS, *_GROUPS})


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; one line on stderr for whatever stands in the way."""
    with any_console(), ended_like_an_interrupt(), speaking(arguments):
        return _run(arguments)


#: Words of a command line that asks for nothing that is computed.
_LIGHT = {"--help", "--version", "new", "standards", "doctor"}


def _run(arguments: Sequence[str]) -> int:
    debug = "--debug" in arguments
    rest = [one for one in arguments if one != "--debug"]
    # a word that names a command and is none makes one more of them whole
    command = typer.main.get_command(app_with(rest))
    if spoken() == "zh":
        from zzgeo.cli.chinese_help import in_chinese

        command = in_chinese(command)
    try:
        if not _LIGHT.intersection(rest):
            enough_space()
        result = command.main(args=rest, prog_name="zzgeo", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except typer.Exit as leave:
        return leave.exit_code
    except _Interrupted:
        return _told(KeyboardInterrupt(), as_json="--json" in rest)
    except (Exception, KeyboardInterrupt) as error:
        if debug and not isinstance(error, typer.TyperException | KeyboardInterrupt | typer.Abort):
            raise
        return _told(error, as_json="--json" in rest)


def _told(error: BaseException, as_json: bool) -> int:
    """Say what ended a command, a line each on stderr; where JSON is asked for, as a document too."""
    exit_code, problems = _usage(error) or refusal(error)
    show = getattr(error, "show", None)
    if show and spoken() == "zh":
        from zzgeo.cli.chinese_help import usage_lines

        print(*usage_lines(error), sep="\n", file=sys.stderr)
    elif show:
        # wrong usage: Typer's own message, which names the option and shows how to get help
        show()
    elif isinstance(error, ZzgeoError):
        print(*_lines(error), sep="\n", file=sys.stderr)
    else:
        print(*map(told, problems), sep="\n", file=sys.stderr)
    if as_json:
        with suppress(OSError):  # standard output may be what stands in the way
            print_document(exit_code, problems)
    return exit_code


def _lines(error: ZzgeoError) -> list[str]:
    if spoken() == "zh":
        return [told(problem) for problem in error.problems]
    return str(error).splitlines() or [type(error).__name__]


def _usage(error: BaseException) -> tuple[int, tuple[Problem, ...]] | None:
    """Return what is told of an error of Typer; None of any other."""
    if isinstance(error, typer.Abort):
        return refusal(KeyboardInterrupt())
    if not isinstance(error, typer.TyperException):
        return None
    words = error.format_message() if hasattr(error, "format_message") else str(error)
    return 2, (Problem("usage.wrong", "", "", words, "zzgeo --help"),)
