"""``zzgeo standards``: the clauses zzgeo judges by."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zzgeo.cli.language import say, told
from zzgeo.cli.printing import Table
from zzgeo.errors import EnvironmentFault, Problem

if TYPE_CHECKING:
    from zzgeo.standards import Rule

standards_app = typer.Typer(no_args_is_help=True, help="The clauses zzgeo judges by.", rich_markup_mode=None)


@standards_app.command("list")
def standards_list() -> int:
    """List every clause zzgeo judges, with its document and limit."""
    from zzgeo.standards import presets, profiles, shipped

    _print_clauses([rule for standard in shipped().values() for rule in standard.clauses])
    for standard in presets().values():
        print(f"preset {standard.document.id}: {standard.document.title_en} ({len(standard.clauses)} clauses)")
    for profile in profiles().values():
        print(f"profile {profile.id}: {profile.title_en} ({', '.join(profile.documents)})")
    return 0


@standards_app.command("show")
def standards_show(rule_id: Annotated[str, typer.Argument(metavar="ID")]) -> int:
    """Show one clause: its words, where they stand, and how they are measured."""
    from zzgeo.standards import find_rule, presets, shipped

    rule = find_rule(rule_id)
    document = {**shipped(), **presets()}[rule.standard].document
    print(f"{rule.id}\n{rule.title}\n{rule.title_en}\n")
    print(f"{document.number} {document.title} {rule.section}\n“{rule.clause}”\n")
    shown = rule.model_dump(exclude={"id", "title", "title_en", "section", "clause", "standard", "document"})
    for name, value in shown.items():
        if value not in (None, "", (), {}):
            print(f"{name:13} {', '.join(map(str, value)) if isinstance(value, tuple) else value}")
    return 0


@standards_app.command("search")
def standards_search(word: Annotated[str, typer.Argument(metavar="WORD")]) -> int:
    """List the clauses that say a word in their id, title, wording or document; exit 1 if none does."""
    from zzgeo.standards import search

    found = search(word)
    if not found:
        print(say(f"no clause says {word!r}; `zzgeo standards list` shows all"), file=sys.stderr)
        return 1
    _print_clauses(found)
    return 0


@standards_app.command("check")
def standards_check(path: Annotated[Path, typer.Argument(metavar="FILE")]) -> int:
    """Check a standard of your own: every fault with its line and what to do; changes nothing."""
    from zzgeo.rules import check_standard

    standard, problems = check_standard(path)
    for problem in problems:
        print(told(problem), file=sys.stderr)
    for rule in standard.clauses:
        print(f"{rule.id}: {rule.rule}{'' if rule.verified_on else ' (not verified)'}")
    document = standard.document
    print(f"{document.id} · {document.number} {document.title}: {len(standard.clauses)} clauses")
    return 4 if problems else 0


@standards_app.command("new")
def standards_new(
    path: Annotated[Path, typer.Argument(metavar="FILE")],
    rule: Annotated[str, typer.Option(metavar="KIND", help="Kind of rule; else those made for own standards.")] = "",
) -> int:
    """Write a commented standard of your own, to be changed: `zzgeo standards check` accepts it as it is."""
    from zzgeo.rules import find_kind, rule_kinds
    from zzgeo.rules.parts.described import standard_text

    kinds = [find_kind(rule)] if rule else [kind for kind in rule_kinds().values() if kind.example]
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(standard_text(path.name, kinds))
    except FileExistsError:
        why, remedy = "nothing is written over a file that is there", "choose another FILE"
        raise EnvironmentFault(Problem("output.exists", str(path), "", why, remedy)) from None
    except OSError as error:
        problem = Problem("output.not_writable", str(path), "", str(error.strerror), "choose another FILE")
        raise EnvironmentFault(problem) from None
    print(f"{path}: {', '.join(kind.id for kind in kinds)}; `zzgeo standards check {path}` checks it")
    return 0


def _print_clauses(rules: Sequence[Rule]) -> None:
    table = Table("clause", "document", "section", "rule", "limit", "title", whole=True)
    for rule in rules:
        limit = f"{rule.operator or ''} {'' if rule.value is None else rule.value} {rule.unit}".strip()
        table.add_row(rule.id, rule.document, rule.section, rule.rule, limit, rule.title)
    table.print()
