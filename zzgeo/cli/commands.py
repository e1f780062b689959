"""The command line: the same as the library, from a shell. Progress goes to stderr, data to stdout."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from zzgeo.cli.console import any_console, ended_like_an_interrupt
from zzgeo.cli.document import print_document
from zzgeo.cli.language import speaking, spoken, told
from zzgeo.cli.options import audit_choices_of
from zzgeo.errors import Problem, ZzgeoError
from zzgeo.refusal import enough_space, named_in_utf8, refusal


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


#: Every command in the order they are listed: the module it stands in, and its name there. A module is loaded when
#: one of its commands is asked for, or all are listed.
_COMMANDS = {
    "demo": ("audit", "demo"),
    "new": ("new_study", "new"),
    "check": ("check", "check"),
    "audit": ("audit", "audit"),
    "site": ("site", "site"),
    "what-if": ("what_if", "what_if"),
    "trend": ("what_if", "trend"),
    "access": ("access", "access"),
    "circles": ("circles", "circles"),
    "print": ("print_page", "print_page"),
    "fetch": ("fetch", "fetch"),
    "batch": ("batch", "batch"),
    "try": ("try_place", "try_place"),
    "doctor": ("doctor", "doctor"),
    "standards": ("standards", "standards_app"),
    "kinds": ("kinds", "kinds_app"),
}


def whole_app() -> typer.Typer:
    """Return the command line with every command whole."""
    return app_with(tuple(_COMMANDS))


def app_with(names: Sequence[str]) -> typer.Typer:
    """Return the command line with some commands whole, those the first words of a line may name.

    The others are there for the list of commands alone, which nobody sees where the first word names one: to make out
    every option of every command takes as long as the rest of a start.
    """
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="Does a city meet its own planning standards? Cited verdicts, who is missed, maps that open offline.",
    )
    app.callback(invoke_without_command=True)(_top)
    listed = not names or names[0] not in _COMMANDS
    for name, (module, member) in _COMMANDS.items():
        if name not in names and not listed:
            app.command(name)(_listed)
            continue
        command = getattr(importlib.import_module(f"zzgeo.cli.{module}"), member)
        group = isinstance(command, typer.Typer)
        if name not in names:
            app.command(name, help=str(command.info.help) if group else inspect.getdoc(command))(_listed)
        elif group:
            app.add_typer(command, name=name)
        else:
            app.command(name, help=inspect.getdoc(command))(_told_of_interrupts(_with_options(command)))
    return app


def _with_options(command: Callable[..., int]) -> Callable[..., int]:
    """Return a command with the options of an audit that it takes; itself where it takes none."""
    names = audit_choices_of(command)
    if names is None:
        return command
    from zzgeo.cli.audit_choices import with_audit_choices

    return with_audit_choices(command, names)


def _listed() -> int:
    raise AssertionError("a command that is asked for is whole")


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; one line on stderr for whatever stands in the way."""
    with any_console(), ended_like_an_interrupt(), speaking(arguments):
        return _run(arguments)


#: What Typer returns, and says nothing, for Ctrl-C outside a command; no command returns it.
_LEFT = 130

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
            for one in rest:
                if not one.isascii() and not one.startswith("-"):
                    named_in_utf8(one)
        result = command.main(args=rest, prog_name="zzgeo", standalone_mode=False)
        sys.stdout.flush()
        if result == _LEFT:  # while the line was taken apart
            raise KeyboardInterrupt
        return result if isinstance(result, int) else 0
    except typer.Exit as leave:
        return leave.exit_code
    except _Interrupted as error:
        return _told(error.__cause__ or KeyboardInterrupt(), as_json="--json" in rest)
    except (Exception, KeyboardInterrupt) as error:
        if debug and not isinstance(error, typer.TyperException | KeyboardInterrupt | typer.Abort):
            raise
        return _told(error, as_json="--json" in rest)


def _told(error: BaseException, as_json: bool) -> int:
    """Say what ended a command, a line each on stderr; where JSON is asked for, as a document too."""
    exit_code, problems = _usage(error) or refusal(error)
    with suppress(OSError):  # a log on a disk that is full; the exit code says it
        _say(error, problems)
    if as_json:
        with suppress(OSError):  # standard output may be what stands in the way
            print_document(exit_code, problems)
    return exit_code


def _say(error: BaseException, problems: Sequence[Problem]) -> None:
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
