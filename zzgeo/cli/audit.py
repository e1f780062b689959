"""``zzgeo audit`` and ``zzgeo demo``: a study, or the sample, into a folder of results."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from zzgeo.batch.job import FAIL_ON, AuditChoices, audit_into
from zzgeo.cli.options import (
    USUAL_FILES,
    AgainstOption,
    ApprovalOption,
    Choices,
    FilesOption,
    LangOption,
    OutOption,
    PagesOption,
    SensitivityOption,
    TiandituOption,
)
from zzgeo.cli.printing import Stages
from zzgeo.cli.scorecard import print_scorecard
from zzgeo.reporting.outputs import front


def demo(out: OutOption = None, lang: LangOption = "zh", files: FilesOption = USUAL_FILES) -> int:
    """Audit the sample study that ships with zzgeo and write its maps."""
    from zzgeo.installed import sample_study_path

    choices = AuditChoices(**Choices(lang, files).checked())
    return _audit(sample_study_path(), out or Path("maps") / "zhengzhou-sample", choices)


def audit(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml")],
    out: OutOption = None,
    district: Annotated[list[str] | None, typer.Option("--district", help="Code; may be given again.")] = None,
    standard: Annotated[list[str] | None, typer.Option("--standard", help="Id or TOML file; again for more.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Id of a profile.")] = None,
    lang: LangOption = "zh",
    fail_on: Annotated[
        str | None, typer.Option("--fail-on", help="Exit 10 at fail, review, nodata; or nothing judged.")
    ] = None,
    against: AgainstOption = None,
    files: FilesOption = USUAL_FILES,
    pages: PagesOption = "auto",
    tianditu: TiandituOption = "",
    approval: ApprovalOption = "",
    sensitivity: SensitivityOption = False,
) -> int:
    """Judge every rule in every district of a study and write maps, tables and provenance."""
    if fail_on is not None and fail_on not in FAIL_ON:
        raise typer.BadParameter("say fail, review or nodata", param_hint="--fail-on")
    folder = study if study.is_dir() else study.parent
    out = out or Path("maps") / (folder.resolve().name or "study")
    choices = AuditChoices(
        **Choices(lang, files, pages, tianditu, approval).checked(),
        districts=tuple(district or ()),
        standards=tuple(standard or ()),
        profile=profile or "",
        fail_on=fail_on or "",
        sensitivity=sensitivity,
        against="" if against is None else str(against),
    )
    return _audit(study, out, choices)


def _audit(study: Path, out: Path, choices: AuditChoices) -> int:
    """Audit a study, write the result, print what was found, and return the exit code."""
    with Stages() as stages:
        done = audit_into(study, out, choices, stages)
    for line in done.warnings:
        print(f"warning: {line}", file=sys.stderr)
    print_scorecard(done.report, choices.lang)
    if done.comparison is not None:
        print(*done.comparison.lines(choices.lang), sep="\n")
    print(done.path / front(choices.files))
    return done.exit_code(choices.fail_on)
