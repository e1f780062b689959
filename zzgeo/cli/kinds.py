"""``zzgeo kinds``: the kinds of facility zzgeo knows, and those of one's own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zzgeo.cli.language import say
from zzgeo.cli.options import SpokenOption
from zzgeo.cli.printing import Table
from zzgeo.errors import InputError, Problem

if TYPE_CHECKING:
    from zzgeo.spec.kinds import FacilityKind

kinds_app = typer.Typer(no_args_is_help=True, help="Kinds of facility: lists and own kinds.", rich_markup_mode=None)


@kinds_app.command("list")
def kinds_list(word: Annotated[str, typer.Argument(metavar="[WORD]")] = "", lang: SpokenOption = "") -> int:
    """List every kind, or those that say a word: id, names, OpenStreetMap tags, typecodes of Amap."""
    from zzgeo.spec.kinds import KINDS

    kinds = [
        kind
        for kind in KINDS.values()
        if word.lower() in " ".join((kind.id, kind.zh, kind.en, *kind.spellings)).lower()
    ]
    if not kinds:
        print(say(f"no kind says {word!r}; `zzgeo kinds list` shows all"), file=sys.stderr)
        return 1
    table = Table(*(say(head) for head in ("kind", "zh", "en", "OpenStreetMap", "Amap")), whole=True)
    for kind in kinds:
        table.add_row(kind.id, kind.zh, kind.en, _tags(kind), " ".join(kind.amap))
    table.print()
    return 0


@kinds_app.command("show")
def kinds_show(kind: Annotated[str, typer.Argument(metavar="ID")], lang: SpokenOption = "") -> int:
    """Show a kind as the entry of a file of kinds: copy it, change it, give it an id of its own."""
    from zzgeo.spec.kinds import KINDS, unknown_kind

    if kind not in KINDS:
        why, remedy = unknown_kind(kind), "`zzgeo kinds list WORD` searches"
        raise InputError([Problem("kind.unknown", kind, "", why, remedy)])
    print(entry_of(KINDS[kind]))
    return 0


@kinds_app.command("check")
def kinds_check(path: Annotated[Path, typer.Argument(metavar="FILE")], lang: SpokenOption = "") -> int:
    """Check a file of kinds of your own: every fault with its line and what to do; changes nothing."""
    from zzgeo.spec.kind_file import read_kinds
    from zzgeo.spec.kinds import declare, forget_declared

    kinds = read_kinds(path)
    forget_declared()
    try:
        declare(kinds, path.name)
    finally:
        forget_declared()
    for kind in kinds:
        told = [part for part in (_tags(kind), " ".join(kind.amap), kind.names) if part]
        print(f"{kind.id}: {kind.zh} · {kind.en}" + (f" · {' · '.join(told)}" if told else ""))
    print(say(f"{path.name}: {len(kinds)} kinds"))
    return 0


def entry_of(kind: FacilityKind) -> str:
    """Return a kind as an entry of a TOML file of kinds."""
    from json import dumps as said

    lines = ["[[kinds]]", f"id = {said(kind.id)}"]
    lines += [f"{name} = {said(getattr(kind, name), ensure_ascii=False)}" for name in ("zh", "en")]
    conditions = (
        ", ".join(f"{said(key)} = {said(value, ensure_ascii=False)}" for key, value in tags.items())
        for tags in kind.osm
    )
    if kind.osm:
        lines.append("osm = [" + ", ".join(f"{{ {one} }}" for one in conditions) + "]")
    if kind.names:
        lines.append(f"names = {said(kind.names, ensure_ascii=False)}")
    for name in ("amap", "spellings"):
        if held := getattr(kind, name):
            lines.append(f"{name} = {said(list(held), ensure_ascii=False)}")
    if kind.mark:
        lines.append(f"mark = {{ shape = {said(kind.mark[0])}, colour = {said(kind.mark[1])} }}")
    return "\n".join([*lines, *(["private = true"] if kind.private else [])])


def _condition(tags: Mapping[str, str]) -> str:
    from json import dumps as said

    return ", ".join(f"{said(key)} = {said(value, ensure_ascii=False)}" for key, value in tags.items())


def _tags(kind: FacilityKind) -> str:
    return " | ".join(" ".join(f"{key}={value}" for key, value in tags.items()) for tags in kind.osm)
