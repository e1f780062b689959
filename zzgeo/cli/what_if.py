"""``zzgeo what-if`` and ``zzgeo trend``: what is there beside what is proposed, and audits side by side."""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zzgeo.cli.console import print_json
from zzgeo.cli.language import spoken, warn
from zzgeo.cli.options import LangOption, takes_audit_choices
from zzgeo.cli.printing import Stages
from zzgeo.system.names import allowed_name, cut_name, plain_name, same_name
from zzgeo.vocabulary.severity import severity_word

if TYPE_CHECKING:
    from zzgeo.auditing.comparison import Comparison
    from zzgeo.auditing.report import AuditReport
    from zzgeo.batch.job import AuditChoices
    from zzgeo.intake.study import Study

#: Rows set aside of a proposal that are told on the console; quarantined.csv lists all.
_MOST_ROWS = 50


@takes_audit_choices("lang", "files")
def what_if(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml")],
    add: Annotated[Path | None, typer.Option("--add", help="File of facilities that are proposed.")] = None,
    datum: Annotated[str | None, typer.Option("--datum", help="Of --add: EPSG:4547, GCJ-02 …")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", help="Id that closes; may be given again.")] = None,
    scenario: Annotated[list[str] | None, typer.Option("--scenario", help="Id in study.toml; again for more.")] = None,
    residents: Annotated[float | None, typer.Option("--residents", help="Walking speed in m/s.")] = None,
    aged: Annotated[float | None, typer.Option("--aged-60-plus", help="Walking speed of 60+ in m/s.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Id of a profile of standards.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the reports of the proposals.")] = None,
    *,
    choices: AuditChoices,
    as_json: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
) -> int:
    """Judge a study as it would be, and tell who gains and who loses against what is there."""
    from zzgeo.auditing.comparison import compare

    speeds = {"residents": residents, "aged_60_plus": aged}
    walking = {name: speed for name, speed in speeds.items() if speed is not None}
    if not (add or remove or scenario or walking):
        raise typer.BadParameter("say --add, --remove, --scenario, --residents or --aged-60-plus", param_hint="what-if")
    base, after = _reports(study, profile, scenario or [], (add, datum, remove or [], walking), choices.lang)
    compared = {name: compare(base, report) for name, report in after.items()}
    if out is not None:
        _write(base, after, [name for name in after if name not in (scenario or [])], out, choices)
    if as_json:
        import json

        told = [_json(name, report, compared[name], len(base.study.quarantined)) for name, report in after.items()]
        print_json(json.dumps({"base": base.provenance["study"], "proposals": told}, ensure_ascii=False, indent=1))
        return 0
    for name, report in after.items():
        print(report.study.notice[spoken()])
        print(*compared[name].lines(spoken()), sep="\n")
    return 0


def _reports(
    path: Path,
    profile: str | None,
    scenarios: list[str],
    own: tuple[Path | None, str | None, list[str], dict[str, float]],
    lang: str,
) -> tuple[AuditReport, dict[str, AuditReport]]:
    """Return the audit of what is there and those of the proposals, by name."""
    from zzgeo.auditing.run import audit
    from zzgeo.auditing.what_if import judged_again
    from zzgeo.intake.grouped import reason_lines
    from zzgeo.intake.study import load_study

    with Stages() as stages:
        stages.stage("loading")
        study = load_study(path)
        # what cannot be taken is told before any work
        proposals: dict[str, Study] = {one: study.scenario(one) for one in scenarios}
        add, datum, remove, walking = own
        if add or remove or walking:
            proposals[untaken("what-if", proposals)] = _changed(study, add, datum, remove, walking)
        stages.stage("measuring")
        base = audit(study, profile=profile)
    for one in study.warnings:
        warn(one)
    for name, proposal in proposals.items():
        for problem in proposal.warnings[len(study.warnings) :]:
            warn(problem, of=name)
        for line in reason_lines(proposal.quarantined.iloc[len(study.quarantined) :], {}, spoken(), _MOST_ROWS):
            print(f"{severity_word('warning', spoken())}{name}: {line}", file=sys.stderr)
    return base, {name: judged_again(base, proposal) for name, proposal in proposals.items()}


def _changed(study: Study, add: Path | None, datum: str | None, remove: list[str], walking: dict[str, float]) -> Study:
    if remove:
        study = study.without_facilities(remove)
    if add is not None:
        study = study.with_facilities(add, datum=datum)
    if not walking:
        return study
    return study.with_walking(residents=walking.get("residents"), aged_60_plus=walking.get("aged_60_plus"))


def _write(
    base: AuditReport, after: dict[str, AuditReport], unnamed: list[str], out: Path, choices: AuditChoices
) -> None:
    """Write each proposal to a folder of its name, and all of them beside what is there."""
    from zzgeo.auditing.trend import trend
    from zzgeo.reporting.results.folder import ResultFolder

    for place, report in zip(folders_of(list(after)), after.values(), strict=True):
        with ResultFolder(out / place) as folder:
            report.write(folder, files=choices.files, lang=choices.lang)
    words = ("现状", "方案") if choices.lang == "zh" else ("base", "what-if")
    editions: dict[str, AuditReport] = {untaken(words[0], after): base}
    for name, report in after.items():
        editions[untaken(words[1], {*after, *editions} - {name}) if name in unnamed else name] = report
    for path in trend(editions, since="first").write(out, choices.lang):
        print(path, file=sys.stderr)


def untaken(name: str, taken: Container[str]) -> str:
    """Return a name, with a number where something bears it already.

    Examples
    --------
    >>> untaken("base", ["what-if"]), untaken("base", ["base", "base-2"])
    ('base', 'base-3')
    """
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(one for one in names if one not in taken)


def folders_of(names: Sequence[str]) -> list[str]:
    """Return a folder for each proposal: its name as any system has folders of it, told apart.

    Examples
    --------
    >>> folders_of(["what-if", "../up", "a/b", "a:b", "trend.html"])
    ['what-if', 'up', 'a-b', 'a-b-2', 'trend-html']
    """
    folders: list[str] = []
    for name in names:
        plain = allowed_name(cut_name(plain_name(name, "_-") or "proposal"), "proposal")
        folders.append(plain if same_name(plain) not in map(same_name, folders) else untaken(plain, folders))
    return folders


def _json(name: str, report: AuditReport, comparison: Comparison, aside: int) -> dict[str, Any]:
    import json

    moved = comparison.changes[comparison.changes["change"] != "same"]
    return {
        "name": name,
        "proposal": report.provenance["proposal"],
        "quarantined": report.study.quarantined.iloc[aside:].to_dict("records"),
        "verdicts": report.findings.loc[report.findings["level"] == "district", "verdict"].value_counts().to_dict(),
        "changes": json.loads(moved.to_json(orient="records", force_ascii=False)),
    }


def trend(
    audits: Annotated[list[Path], typer.Argument(metavar="FOLDER|audit.json…")],
    out: Annotated[Path, typer.Option("--out", help="Folder for trend.html and trend.csv.")] = Path("trend"),
    since: Annotated[str, typer.Option("--since", help="Compare with the first, or the one before.")] = "",
    lang: LangOption = "zh",
) -> int:
    """Put audits side by side, years or proposals, or whole batches: who gained and who lost from one to the next."""
    from zzgeo.batch.overview import is_batch, write_trend

    if len(audits) > 1 and all(map(is_batch, audits)):
        print(write_trend(audits, out, lang))
        return 0
    from zzgeo.auditing.trend import trend as side_by_side

    named = {Path(os.path.realpath(path.parent if path.name == "audit.json" else path)).name: path for path in audits}
    if len(named) < len(audits):
        named = {str(path): path for path in audits}
    if 1 < len(named) < len(audits):
        raise typer.BadParameter("an audit is named twice", param_hint="trend")
    found = side_by_side(named, since=since)
    for zh, en in found.notes:
        print("⚠", zh if lang == "zh" else en, file=sys.stderr)
    for path in found.write(out, lang):
        print(path)
    return 0
