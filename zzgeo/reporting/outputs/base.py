"""What every output shares: the `Output` itself, and the `Edition` of a report that outputs write.

A module here is loaded whenever somebody asks ``zzgeo --help`` what can be written: it says what it is in plain Python,
and loads what is heavy only when it writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from zzgeo.reporting.files import File

if TYPE_CHECKING:
    from zzgeo.auditing.comparison import Comparison
    from zzgeo.auditing.report import AuditReport
    from zzgeo.reporting.processes import Processes
    from zzgeo.reporting.told.options import PageOptions


def _untold(what: str) -> None:
    """Tell nobody."""


def _nobody_else() -> Processes:
    """Return no other processes."""
    from zzgeo.reporting.processes import Processes

    return Processes(Path(), 0)


@dataclass(frozen=True)
class Edition:
    """A report as it is written once: what all its outputs read.

    ``scratch`` is an empty folder for passing use, ``outputs`` what is written, in its order, ``written`` the names of
    the files that were given so far. ``step`` is called with a word after each step that is not a file of its own.
    ``processes`` do what may be done beside: none, unless it is said.
    """

    report: AuditReport
    options: PageOptions
    scratch: Path
    outputs: tuple[Output, ...] = ()
    comparison: Comparison | None = None
    step: Callable[[str], None] = _untold
    written: list[str] = field(default_factory=list)
    processes: Processes = field(default_factory=_nobody_else)

    @property
    def lang(self) -> str:
        """Return the language of the files, ``"zh"`` or ``"en"``."""
        return self.options.lang

    def offered(self) -> list[str]:
        """Return the names of the files a reader of the pages is offered: single ones, several of a kind, the audit."""
        groups = [(output.when == "always", output.offered(self)) for output in listed(self.outputs)]
        return [name for _, names in sorted(groups, key=lambda group: (group[0], len(group[1]) > 1)) for name in names]


@dataclass(frozen=True)
class Output:
    """One thing a result may hold: what it is called, which files are its own, and how they are written.

    Parameters
    ----------
    id
        What ``files=`` and ``--files`` call it.
    label_zh, label_en
        What it is, in a few words.
    names
        Every file it writes, or wrote in an earlier version, relative to the folder; ``*`` stands for letters, digits,
        ``_`` and ``-``. By these a new result knows which files of an earlier one to take away.
    files
        Starts writing, and gives the files one by one when it is asked for them; closing the generator ends it.
    when
        ``"always"``; ``"lean"``, at every level; ``"usual"`` (if nothing is said); or ``"asked"`` (only if it is asked
        for, or all are).
    order
        Files of a low order are written first; what is always written comes last.
    needs
        Packages it needs beyond those of every installation: the name they are imported by, and the one they are
        installed by.
    extra
        The extra of zzgeo that installs them.
    opens
        The file of it that a reader opens first, where it has one.
    steps
        How many steps writing takes; one a file that is offered, if left out.
    offers
        Names offered at the foot of the city's page; all that hold no ``*``, if left out.
    """

    id: str
    label_zh: str
    label_en: str
    names: tuple[str, ...]
    files: Callable[[Edition], Generator[File]]
    when: Literal["always", "lean", "usual", "asked"] = "asked"
    order: int = 50
    needs: Mapping[str, str] = field(default_factory=dict)
    extra: str = ""
    opens: str = ""
    steps: Callable[[Edition], int] | None = None
    offers: Callable[[Edition], list[str]] | None = None

    def offered(self, edition: Edition) -> list[str]:
        """Return the names of the files that are offered to a reader of the pages."""
        return [name for name in self.names if "*" not in name] if self.offers is None else self.offers(edition)

    def step_count(self, edition: Edition) -> int:
        """Return how many steps writing takes."""
        return len(self.offered(edition)) if self.steps is None else self.steps(edition)

    def owns(self, name: str) -> bool:
        """Tell whether a file of a result is one of this output's, by its path relative to the folder.

        Examples
        --------
        >>> maps = Output("maps", "地图", "maps", ("maps/*.html",), lambda edition: (_ for _ in ()))
        >>> maps.owns("maps/金水区-410105.html"), maps.owns("maps/../notes.html")
        (True, False)
        """
        return any(re.fullmatch(_pattern(own), name) for own in self.names)


def _pattern(own: str) -> str:
    return r"[\w-]+".join(map(re.escape, own.split("*")))


def listed(outputs: Iterable[Output]) -> list[Output]:
    """Return outputs as a reader is told of them: those usually written, those on request, what is always there."""
    ranks = ("usual", "lean", "asked", "always")
    return sorted(outputs, key=lambda output: ranks.index(output.when))
