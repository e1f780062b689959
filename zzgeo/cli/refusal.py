"""What ends a command, whatever it is, as an exit code and problems: what a user can do is never a bug of ours."""

from __future__ import annotations

import errno

import typer

from zzgeo.errors import Problem, ZzgeoError


def refusal(error: BaseException) -> tuple[int, tuple[Problem, ...]]:
    """Return the exit code of what ended a command, and what is told of it."""
    if isinstance(error, ZzgeoError):
        return error.exit_code, error.problems
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return 130, (Problem("usage.interrupted", "", "", "interrupted", ""),)
    if isinstance(error, typer.TyperException):
        words = getattr(error, "format_message", error.__str__)()
        return 2, (Problem("usage.wrong", "", "", words, "zzgeo --help"),)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "free some space, or write elsewhere"
        return 5, (Problem("output.disk_full", "standard output", "", str(error.strerror), remedy),)
    remedy = "a bug of zzgeo, please report it; --debug shows where"
    return 1, (Problem("internal.error", type(error).__name__, "", str(error), remedy),)
