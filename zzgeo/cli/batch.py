"""``zzgeo batch``: one study after another."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from zzgeo.cli.options import (
    USUAL_FILES,
    AgainstOption,
    ApprovalOption,
    Choices,
    FilesOption,
    LangOption,
    OutOption,
    PagesOption,
    TiandituOption,
)
from zzgeo.cli.printing import stdout, table_of


def batch(
    paths: Annotated[list[Path], typer.Argument(metavar="DIR|STUDY.toml…")],
    out: OutOption = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Studies audited at the same time.")] = 2,
    lang: LangOption = "zh",
    against: AgainstOption = None,
    files: FilesOption = USUAL_FILES,
    pages: PagesOption = "auto",
    tianditu: TiandituOption = "",
    approval: ApprovalOption = "",
) -> int:
    """Audit one study after another; one failure never stops the rest."""
    from zzgeo.batch.run import run_batch

    choices = Choices(lang, files, pages, tianditu, approval).checked()
    statuses = run_batch(paths, out or Path("maps"), workers=workers, progress=_batch_line, against=against, **choices)
    _print_statuses(statuses)
    failed = sum(status.exit_code not in (0, 10) for status in statuses)
    return 0 if not failed else 4 if failed == len(statuses) else 3


def _print_statuses(statuses: Sequence[Any]) -> None:
    table = table_of("study", "status", "exit", "seconds", "result")
    for one in statuses:
        table.add_row(one.name, one.status, str(one.exit_code), f"{one.seconds:.0f}", one.message)
    stdout().print(table)


def _batch_line(status: Any) -> None:
    print(f"{status.name}: {status.status} {status.message}", file=sys.stderr)
