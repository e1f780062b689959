"""What can go wrong, and how it is said.

::

    ZzgeoError                     every error zzgeo raises on purpose
    ├── InputError (ValueError)    the data or the study file is refused           exit 4
    │   ├── SchemaError            a table breaks its contract
    │   ├── CrsError               a datum is missing, unknown, or not in metres
    │   ├── NetworkError           the streets cannot carry a walk
    │   └── StandardError          a standard file is refused
    ├── EnvironmentFault (OSError) disk, permission, lock                          exit 5
    ├── ServiceUnavailable (OSError) a service gives no whole answer               exit 6
    ├── MissingExtra (ImportError) an optional package is needed                   exit 2
    └── ConservationError          people were lost or invented: a bug of ours     exit 1

A `Problem` is one line: code · where · value · why · what to do. An error carries *all* the problems of one pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, said in one line.

    Parameters
    ----------
    code
        What went wrong, as it is registered in docs/data.md: ``crs.missing``.
    where
        File or layer, with its row where it is about one: ``clinics.csv:17``.
    value
        What stands there.
    why
        Why it cannot be taken as it is.
    remedy
        What the user can do.
    severity
        ``"error"`` (a row or a layer cannot be used) or ``"warning"`` (used, but reported).
    rows
        The rows of the file it is about, where it is about some of them.

    Examples
    --------
    >>> Problem("crs.missing", "clinics.csv", "", "the datum is unknown", "say datum").line()
    'crs.missing · clinics.csv · the datum is unknown · say datum'
    """

    code: str
    where: str
    value: str
    why: str
    remedy: str
    severity: str = "error"
    rows: tuple[str, ...] = ()

    def line(self) -> str:
        """Return the problem as one line.

        Returns
        -------
        str
            ``code · where · value · why · what to do``, control characters made visible.
        """
        parts = (self.code, self.where, self.value, self.why, self.remedy)
        return " · ".join(_one_line(part) for part in parts if part)


def visible(text: str) -> str:
    r"""Return a text in which no sign is one that a terminal obeys, nor one that nobody sees.

    Examples
    --------
    >>> print(visible("区\x07\u202e"))
    区\x07\u202e
    """
    return "".join(c if c.isprintable() else (f"\\x{ord(c):02x}" if c <= "\xff" else f"\\u{ord(c):04x}") for c in text)


def _one_line(text: str, longest: int = 300) -> str:
    shown = visible(text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


class ProblemWarning(UserWarning):
    """A warning that carries its problem, for whoever hears it."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.line())


class ZzgeoError(Exception):
    """Base of all errors zzgeo raises on purpose.

    ``exit_code`` is what the command line returns, ``problems`` is what was found, ``code`` the one of an error that is
    raised with a sentence alone.
    """

    exit_code = 1
    code = "internal.error"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong."""
        return (Problem(self.code, "", "", str(self), ""),)


class InputError(ZzgeoError, ValueError):
    """Input that is refused, with everything that was found in one pass.

    Parameters
    ----------
    problems
        What is wrong, each on a line of the message; or one sentence.
    """

    exit_code = 4

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = [Problem("input.refused", "", "", problems, "")]
        self._problems = tuple(problems)
        super().__init__("\n".join(problem.line() for problem in self._problems))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong."""
        return self._problems


class SchemaError(InputError):
    """A table that breaks its contract."""


class CrsError(InputError):
    """A datum or CRS that is missing, unknown, contradictory, or not in metres."""


class NetworkError(InputError):
    """Streets that cannot carry a walk."""


class StandardError(InputError):
    """A standard, profile or clause that is refused, or does not exist."""


def _said(line: str, code: str) -> Problem:
    """Return a line as a problem: one that leads with its code, or a sentence."""
    lead, _, rest = line.partition(" · ")
    return Problem(lead, "", "", rest, "") if rest and " " not in lead else Problem(code, "", "", line, "")


class _OneProblem(ZzgeoError, OSError):
    """An error of one problem; a sentence alone is one too."""

    code = "environment.refused"

    def __init__(self, problem: Problem | str) -> None:
        self.problem = _said(problem, self.code) if isinstance(problem, str) else problem
        super().__init__(self.problem.line())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong."""
        return (self.problem,)


class EnvironmentFault(_OneProblem):
    """The disk, the memory, a permission or a lock stands in the way; ``problem`` says which, and why."""

    exit_code = 5


class ServiceUnavailable(_OneProblem):
    """A database or a service on the net gave no whole answer within its budget; ``problem`` says which, and why."""

    exit_code = 6


class MissingExtra(ZzgeoError, ImportError):
    """An optional package is needed; the message names the extra to install."""

    exit_code = 2
    code = "extra.missing"


class ConservationError(ZzgeoError, AssertionError):
    """People in are not people out: a bug of ours, never of the data."""
