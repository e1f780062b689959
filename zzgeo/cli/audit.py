"""``zzgeo audit`` and ``zzgeo demo``: a study, or the sample, into a folder of results."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    SensitivityOption,
    TiandituOption,
)
from zzgeo.cli.printing import Stages
from zzgeo.cli.scorecard import print_scorecard
from zzgeo.errors import Problem
from zzgeo.reporting.outputs import front
from zzgeo.vocabulary.verdicts import FAIL, NODATA, PASS, REVIEW

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.intake.study import Study

#: What ``--fail-on`` may name, and the verdicts each includes.
_FAIL_ON = {FAIL: {FAIL}, REVIEW: {FAIL, REVIEW}, NODATA: {FAIL, REVIEW, NODATA}}


def demo(out: OutOption = None, lang: LangOption = "zh", files: FilesOption = USUAL_FILES) -> int:
    """Audit the sample study that ships with zzgeo and write its maps."""
    from zzgeo.installed import sample_study_path

    _audit(sample_study_path(), out or Path("maps") / "zhengzhou-sample", Choices(lang, files))
    return 0


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
    if fail_on is not None and fail_on not in _FAIL_ON:
        raise typer.BadParameter("say fail, review or nodata", param_hint="--fail-on")
    folder = study if study.is_dir() else study.parent
    out = out or Path("maps") / (folder.resolve().name or "study")
    choices = Choices(lang, files, pages, tianditu, approval)
    report = _audit(study, out, choices, district or (), standard or None, profile, against, sensitivity)
    if fail_on is None:
        return 0
    return 10 if report.verdicts & _FAIL_ON[fail_on] or not _anything_judged(report) else 0


def _audit(
    path: Path,
    out: Path,
    choices: Choices,
    districts: Sequence[str] = (),
    standards: Sequence[str] | None = None,
    profile: str | None = None,
    against: Path | None = None,
    sensitivity: bool = False,
) -> AuditReport:
    """Audit a study, write the result, and print what was found."""
    from zzgeo.auditing.comparison import compare, read_audit
    from zzgeo.auditing.run import audit
    from zzgeo.intake.study import load_study
    from zzgeo.reporting.results.folder import ResultFolder

    checked = choices.checked()
    # before any work: a folder that cannot be written, or that another run holds, is refused at once
    with ResultFolder(out) as folder:
        # before the folder it may stand in is written anew
        earlier = None if against is None else read_audit(against)
        with Stages() as stages:
            stages.stage("loading")
            study = load_study(path)
            stages.stage("measuring")
            report = audit(study, standards, profile, districts=districts, progress=stages.step)
            if sensitivity:
                stages.stage("judging under other assumptions")
                report = report.with_sensitivity(report.sensitivity())
            stages.stage("writing")
            with warnings.catch_warnings(record=True) as heard:
                warnings.filterwarnings("ignore", r"tianditu\.")  # told before any work
                report.write(folder, against=earlier, progress=stages.step, **checked)
        _warn(study)
        if not _anything_judged(report):
            why, remedy = "no clause could be judged: the audit neither passed nor failed", "see what data is missing"
            print(f"warning: {Problem('audit.nothing_judged', study.name, '', why, remedy).line()}", file=sys.stderr)
        for message in dict.fromkeys(str(one.message) for one in heard):
            print(f"warning: {message}", file=sys.stderr)
        print_scorecard(report, choices.lang)
        if earlier is not None:
            print(*compare(earlier, report).lines(choices.lang), sep="\n")
        print(folder.path / front(choices.files))
    return report


def _anything_judged(report: AuditReport) -> bool:
    """Tell whether some clause passes or fails: an audit without a verdict must not read as one that passed."""
    return bool(report.verdicts & {PASS, FAIL})


def _warn(study: Study) -> None:
    for problem in study.warnings:
        print(f"warning: {problem.line()}", file=sys.stderr)
    if len(study.quarantined):
        print(f"warning: {len(study.quarantined)} rows set aside, see quarantined.csv", file=sys.stderr)
