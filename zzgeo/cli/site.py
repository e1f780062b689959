"""``zzgeo site``: where to build so that most of the gap of some clauses closes, with what is proven of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zzgeo.cli.console import print_json
from zzgeo.cli.language import spoken, warn
from zzgeo.cli.options import LangOption
from zzgeo.cli.printing import Stages, Table
from zzgeo.errors import InputError, Problem

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.siting.plan import Plan

#: Words that ask for what a study offers of itself, in place of a file.
_OFFERED = ("unit", "street", "demand")

_HEADS = {
    "zh": ("次序", "地点", "新增覆盖人数", "造价（元）", "补贴（元）", "距最优"),
    "en": ("rank", "place", "people gained", "cost, yuan", "subsidy, yuan", "from the best"),
}


def site(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml")],
    rule: Annotated[list[str] | None, typer.Option("--rule", help="Id of a clause; again for more at once.")] = None,
    sites: Annotated[int | None, typer.Option("--sites", help="At most so many sites.")] = None,
    budget: Annotated[float | None, typer.Option("--budget", help="At most so many yuan, less subsidies.")] = None,
    share: Annotated[
        float | None, typer.Option("--share", help="Fewest sites until this share is served: 0.9.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Fewest sites for everybody a candidate reaches.")] = False,
    candidates: Annotated[
        str | None, typer.Option("--candidates", help="File of parcels; or some of unit,street,demand.")
    ] = None,
    datum: Annotated[str | None, typer.Option("--datum", help="Of the candidates: EPSG:4547, GCJ-02 …")] = None,
    capacity: Annotated[bool, typer.Option("--capacity", help="Nobody is served by a place that is full.")] = False,
    lock: Annotated[Path | None, typer.Option("--lock", help="File of ids that are chosen in any case.")] = None,
    close: Annotated[Path | None, typer.Option("--close", help="File of ids of facilities that may close.")] = None,
    floor: Annotated[
        float | None, typer.Option("--floor", help="Serve this share of each district's people at least: 0.5.")
    ] = None,
    worst_first: Annotated[bool, typer.Option("--worst-first", help="The district served least comes first.")] = False,
    districts: Annotated[
        list[str] | None, typer.Option("--districts", "--district", help="Code; may be given again.")
    ] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Id of a profile of standards.")] = None,
    standard: Annotated[list[str] | None, typer.Option("--standard", help="Id or TOML file; again for more.")] = None,
    out: Annotated[Path | None, typer.Option("--output", "--out", help="Folder for the files of the plan.")] = None,
    files: Annotated[
        str, typer.Option("--files", help="Also the audit with the plan in it, into audit/: pages,xlsx,docx,… or all.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
    lang: LangOption = "zh",
) -> int:
    """Choose sites that close most of the gap of one clause, or of several, and say what is proven of the choice."""
    if not rule:
        raise typer.BadParameter("name at least one clause", param_hint="--rule")
    if files:
        from zzgeo.cli.audit_choices import audit_choices

        audit_choices(lang=lang, files=files)
        if out is None:
            raise typer.BadParameter("say where to write: --output FOLDER", param_hint="--files")
    if sum([sites is not None or budget is not None, share is not None, everybody]) != 1:
        raise typer.BadParameter("say --sites, --budget, both, --share or --all", param_hint="site")
    # what cannot be read is told before any work
    locked, closable = (_ids(path) if path else None for path in (lock, close))
    report, plan = _plan(
        study,
        (profile, standard or None),
        candidates,
        datum,
        rule=rule,
        sites=sites,
        budget_yuan=budget,
        share=share,
        districts=districts or (),
        capacity=capacity,
        locked=locked,
        closable=closable,
        floor=floor,
        worst_first=worst_first,
    )
    from zzgeo.auditing.noticed import noticed

    for problem in noticed(report):
        warn(problem)
    if out is not None:
        _write(plan, out)
        if files:
            for path in report.write(out / "audit", files=files, lang=lang):
                print(path, file=sys.stderr)
    if as_json:
        from zzgeo.reporting.desk.plan_files import plan_json

        print_json(plan_json(plan))
    else:
        _print(plan, spoken())
    return 0


def _plan(
    path: Path,
    judged_by: tuple[str | None, Sequence[str] | None],
    candidates: str | None,
    datum: str | None,
    **asked: object,
) -> tuple[AuditReport, Plan]:
    """Return the audit with the plan in it, and the plan."""
    from zzgeo.auditing.run import audit
    from zzgeo.intake.study import load_study
    from zzgeo.siting.candidates import brought
    from zzgeo.siting.plan import site as choose

    with Stages() as stages:
        stages.stage("loading")
        study = load_study(path)
        words = tuple(word.strip() for word in candidates.split(",")) if candidates else ()
        offered = all(word in _OFFERED for word in words)
        given = words if offered else brought(str(candidates), study, datum=datum)
        stages.stage("measuring")
        profile, standards = judged_by
        report = audit(study, standards, profile)
        stages.stage("choosing")
        plan = choose(report, candidates=given or None, **asked)  # type: ignore[arg-type]
    return report.with_plan(plan), plan


def _ids(path: Path) -> list[str]:
    """Return the ids of a file: the first cell of every line, but for a heading.

    Raises
    ------
    InputError
        ``file.missing`` or ``file.encoding``.
    """
    from zzgeo.formats.parts.whole_file import whole_file
    from zzgeo.intake.headers import HEADINGS, plain_heading

    try:
        lines = whole_file(path).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        why, remedy = "the file is not UTF-8", "save it as UTF-8, an id a line"
        raise InputError([Problem("file.wrong_type", path.name, "", why, remedy)]) from None
    except OSError as error:
        raise InputError([Problem("file.missing", str(path), "", str(error.strerror), "check the path")]) from None
    ids = [line.split(",")[0].strip().strip('"') for line in lines]
    ids = [one for one in ids if one]
    heads = {plain_heading(word) for role, column in _ID_COLUMNS for word in HEADINGS[role][column]}
    return ids[1:] if ids and plain_heading(ids[0]) in heads else ids


_ID_COLUMNS = (("facilities", "facility_id"), ("candidates", "candidate_id"))


def _write(plan: Plan, out: Path) -> None:
    from zzgeo.reporting.desk.plan_files import plan_files
    from zzgeo.reporting.results.folder import ResultFolder

    with ResultFolder(out) as folder:
        for path in folder.put(lambda scratch: plan_files(plan, scratch)):
            print(path, file=sys.stderr)


def _print(plan: Plan, lang: str) -> None:
    """Print the notice of the proposal, the table of the sites, what is proven, and what one should know."""
    from zzgeo.numbers import number_text, people_text, share_text
    from zzgeo.reporting.told.plans import plan_sentences, turns_text

    notice = plan.as_scenario().notice.get(lang)
    if len(plan.sites) and notice:
        print(notice)
    table = Table(*_HEADS[lang])
    gap = share_text(plan.gap)
    for row in plan.sites.itertuples():
        place = f"{row.name} ({row.Index})" if isinstance(row.name, str) else str(row.Index)
        last = gap if row.rank == len(plan.sites) else ""
        cells = (
            str(row.rank),
            place,
            people_text(row.people_gained),
            *map(number_text, (row.cost_yuan, row.subsidy_yuan)),
            last,
        )
        table.add_row(*cells)
    if len(plan.sites):
        table.print()
    print(*plan_sentences(plan, lang), sep="\n")
    for row in plan.curve[plan.curve["turns"] != ""].itertuples():
        turns = turns_text(plan, str(row.turns), lang)
        zh, en = (
            f"第{row.sites}处后由不达标转为达标：{turns}",
            f"with site {row.sites} it turns from fail to pass: {turns}",
        )
        print(zh if lang == "zh" else en)
    if len(plan.refused):
        counts = plan.refused["forbidden"].value_counts()
        told = ", ".join(f"{code} {count}" for code, count in counts.items())
        print(f"不可用候选点：{told}" if lang == "zh" else f"refused candidates: {told}")
    for problem in plan.notes:
        warn(problem)
