"""How the command line prints: tables and lines to stdout, progress to stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

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
    return Console(file=sys.stdout, width=width, highlight=False, markup=False)


def progress_bar() -> Any:
    """Return a bar on stderr that leaves nothing behind."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(file=sys.stderr), transient=True)
