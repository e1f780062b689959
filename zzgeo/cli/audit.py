"""``zzgeo audit`` and ``zzgeo demo``: a study, or the sample, into a folder of results."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zzgeo.cli.document import audit_json, print_document
from zzgeo.cli.language import spoken, warn
from zzgeo.cli.opening import open_page
from zzgeo.cli.options import JsonOption, OpenOption, OutOption, takes_audit_choices
from zzgeo.cli.printing import Stages

if TYPE_CHECKING:
    from zzgeo.batch.job import AuditChoices


@takes_audit_choices("lang", "files")
def demo(out: OutOption = None, *, choices: AuditChoices, open_it: OpenOption = False) -> int:
    """Audit the sample study that ships with zzgeo and write its maps."""
    from zzgeo.installed import sample_study_path

    return _audit(sample_study_path(), out or Path("maps") / "zhengzhou-sample", choices, open_it=open_it)


@takes_audit_choices()
def audit(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml")],
    choices: AuditChoices,
    out: OutOption = None,
    as_json: JsonOption = False,
    open_it: OpenOption = False,
) -> int:
    """Judge every rule in every district of a study and write maps, tables and provenance."""
    folder = study if os.path.isdir(study) else study.parent
    return _audit(
        study, out or Path("maps") / (Path(os.path.realpath(folder)).name or "study"), choices, as_json, open_it
    )


def _audit(study: Path, out: Path, choices: AuditChoices, as_json: bool = False, open_it: bool = False) -> int:
    """Audit a study, write the result, print what was found, open the front page if asked, return the exit code."""
    # tables: ``--help`` does without them
    from zzgeo.batch.job import audit_into
    from zzgeo.cli.compiling import compiling_beside
    from zzgeo.cli.scorecard import print_scorecard
    from zzgeo.reporting.outputs import front

    with compiling_beside(), Stages() as stages:
        done = audit_into(study, out, choices, stages)
    exit_code = done.exit_code(choices.fail_on)
    if as_json:
        print_document(exit_code, done.problems, **audit_json(done, choices))
        if open_it:
            open_page(done.path / front(choices.files))
        return exit_code
    for line in done.warnings:
        warn(line)
    print_scorecard(done.report, spoken())
    if done.comparison is not None:
        print(*done.comparison.lines(spoken()), sep="\n")
    print(done.path / front(choices.files))
    if open_it:
        open_page(done.path / front(choices.files))
    return exit_code
