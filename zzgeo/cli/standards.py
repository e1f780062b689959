"""``zzgeo standards``: the clauses zzgeo judges by."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zzgeo.cli.clause_words import keys_of, limit_of, title_of
from zzgeo.cli.language import say, spoken, told
from zzgeo.cli.options import SpokenOption
from zzgeo.cli.printing import Table
from zzgeo.errors import EnvironmentFault, Problem
from zzgeo.vocabulary.text_width import width

if TYPE_CHECKING:
    from zzgeo.standards import Rule

standards_app = typer.Typer(no_args_is_help=True, help="The clauses zzgeo judges by.", rich_markup_mode=None)


@standards_app.command("list")
def standards_list(lang: SpokenOption = "") -> int:
    """List every clause zzgeo judges, with its document and limit."""
    from zzgeo.standards import presets, profiles, shipped

    _print_clauses([rule for standard in shipped().values() for rule in standard.clauses])
    for standard in presets().values():
        named = f"preset {standard.document.id}: {title_of(standard.document)}"
        print(say(f"{named} ({len(standard.clauses)} clauses)"))
    for profile in profiles().values():
        print(say(f"profile {profile.id}: {title_of(profile)} ({', '.join(profile.documents)})"))
        if profile.default:
            print("  " + say(f'taken for jurisdiction = "{profile.jurisdiction}" where a study names none'))
    return 0


@standards_app.command("show")
def standards_show(rule_id: Annotated[str, typer.Argument(metavar="ID")], lang: SpokenOption = "") -> int:
    """Show one clause: its words, where they stand, and how they are measured."""
    from zzgeo.standards import find_rule, presets, shipped

    rule = find_rule(rule_id)
    document = {**shipped(), **presets()}[rule.standard].document
    titles = [rule.title] if spoken() == "zh" else [rule.title, rule.title_en]
    print(rule.id, *titles, "", f"{document.number} {document.title} {rule.section}", f"“{rule.clause}”\n", sep="\n")
    rows = list(keys_of(rule))
    wide = max(width(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name}{' ' * (wide - width(name))}  {value}")
    return 0


@standards_app.command("search")
def standards_search(word: Annotated[str, typer.Argument(metavar="WORD")], lang: SpokenOption = "") -> int:
    """List the clauses that say a word in their id, title, wording or document; exit 1 if none does."""
    from zzgeo.standards import search

    found = search(word)
    if not found:
        print(say(f"no clause says {word!r}; `zzgeo standards list` shows all"), file=sys.stderr)
        return 1
    _print_clauses(found)
    return 0


@standards_app.command("check")
def standards_check(path: Annotated[Path, typer.Argument(metavar="FILE")], lang: SpokenOption = "") -> int:
    """Check a standard of your own: every fault with its line and what to do; changes nothing."""
    from zzgeo.rules import check_standard

    standard, problems = check_standard(path)
    for problem in problems:
        print(told(problem), file=sys.stderr)
    for rule in standard.clauses:
        print(say(f"{rule.id}: {rule.rule}{'' if rule.verified_on else ' (not verified)'}"))
    document = standard.document
    print(say(f"{document.id} · {document.number} {document.title}: {len(standard.clauses)} clauses"))
    return 4 if problems else 0


@standards_app.command("new")
def standards_new(
    path: Annotated[Path, typer.Argument(metavar="FILE")],
    rule: Annotated[str, typer.Option(metavar="KIND", help="Kind of rule; else those made for own standards.")] = "",
    lang: SpokenOption = "",
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
    print(say(f"{path}: {', '.join(kind.id for kind in kinds)}; `zzgeo standards check {path}` checks it"))
    return 0


def _print_clauses(rules: Sequence[Rule]) -> None:
    heads = ("clause", "document", "section", "rule", "limit", "title")
    table = Table(*(say(head) for head in heads), whole=True)
    for rule in rules:
        table.add_row(rule.id, rule.document, rule.section, rule.rule, limit_of(rule), title_of(rule))
    table.print()
