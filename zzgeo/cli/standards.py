"""``zzgeo standards``: the clauses zzgeo judges by."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zzgeo.cli.printing import stdout, table_of

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
        print(f"no clause says {word!r}; `zzgeo standards list` shows all", file=sys.stderr)
        return 1
    _print_clauses(found)
    return 0


@standards_app.command("check")
def standards_check(path: Annotated[Path, typer.Argument(metavar="FILE")]) -> int:
    """Check a standard of your own: every fault with its line and what to do; changes nothing."""
    from zzgeo.rules import check_standard

    standard, problems = check_standard(path)
    for problem in problems:
        print(problem.line(), file=sys.stderr)
    for rule in standard.clauses:
        print(f"{rule.id}: {rule.rule}{'' if rule.verified_on else ' (not verified)'}")
    document = standard.document
    print(f"{document.id} · {document.number} {document.title}: {len(standard.clauses)} clauses")
    return 4 if problems else 0


def _print_clauses(rules: Sequence[Rule]) -> None:
    table = table_of("clause", "document", "section", "rule", "limit", "title")
    # an id is copied from here into commands and profiles: it stays in one piece
    table.columns[0].no_wrap = True
    for rule in rules:
        limit = f"{rule.operator or ''} {'' if rule.value is None else rule.value} {rule.unit}".strip()
        table.add_row(rule.id, rule.document, rule.section, rule.rule, limit, rule.title)
    stdout().print(table)
