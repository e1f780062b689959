"""How the command line prints: tables and lines to stdout, progress to stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from zzgeo.cli.console import is_log

if TYPE_CHECKING:
    from rich.console import Console


def table_of(*headers: str) -> Any:
    """Return an empty table with these headings."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def stdout() -> Console:
    """Return the console data are printed on."""
    from rich.console import Console

    # a pipe has no width; tables must not be folded to 80 columns in a log file
    width = None if sys.stdout.isatty() else 200
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)


class Stages:
    """What a command is doing, on stderr: a bar in a terminal that leaves nothing behind, a line a stage in a log."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Stages:
        if not is_log(sys.stderr):
            from rich.console import Console
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            spinner = SpinnerColumn("dots" if sys.stderr.encoding.lower().startswith("utf") else "line")
            columns = (spinner, TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(file=sys.stderr), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def stage(self, name: str) -> None:
        """Begin a stage of unknown length."""
        if self._bar is None:
            print(f"progress: {name}", file=sys.stderr)
        else:
            self._bar.update(self._task, total=None, description=name)

    def step(self, what: str, done: int, total: int) -> None:
        """Tell how far the stage has come; a log is not told."""
        if self._bar is not None:
            self._bar.update(self._task, total=total, completed=done, description=what)
