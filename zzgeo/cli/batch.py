"""``zzgeo batch``: one study after another."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from zzgeo.batch.job import AuditChoices
from zzgeo.cli.options import OutOption, takes_audit_choices
from zzgeo.cli.printing import stdout, table_of

#: Choices that the batch of today hands on to each audit.
_HANDED_ON = ("lang", "files", "pages", "tianditu", "approval")


@takes_audit_choices
def batch(
    paths: Annotated[list[Path], typer.Argument(metavar="DIR|STUDY.toml…")],
    choices: AuditChoices,
    out: OutOption = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Studies audited at the same time.")] = 2,
) -> int:
    """Audit one study after another; one failure never stops the rest."""
    from zzgeo.batch.run import run_batch

    options = {name: value for name, value in asdict(choices).items() if name in _HANDED_ON}
    against = Path(choices.against) if choices.against else None
    statuses = run_batch(paths, out or Path("maps"), workers=workers, progress=_batch_line, against=against, **options)
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
