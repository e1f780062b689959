"""What may be said of a kind of rule in a standard of one's own: its keys, what it refuses, and a clause as an example.

The page of keys (`docs/rule-keys.md`) and what `zzgeo standards new` writes are made of it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping

from zzgeo.rules.parts.base import RuleKind
from zzgeo.rules.parts.parameters import PARAMETERS
from zzgeo.rules.parts.refusals import refusal_text
from zzgeo.standards import Rule, shipped

#: The day a clause of one's own is compared with its document: told, and left to be set.
_VERIFIED = "verified_on = "

#: What a clause says of itself among the clauses of its document, and no other would say.
_OF_A_DOCUMENT = {"id", "standard", "document", "conflicts", "supersedes", "series", "baseline", "judged_from", "notes"}

_HEAD = """\
# 自己的标准 · A standard of one's own. 检查 · check it: zzgeo standards check {name}
# 按它评估 · judge by it: zzgeo audit study.toml --standard {name}; 所有键 · every key: docs/rule-keys.md
# 未写的 id、title、title_en、clause 由规则、设施和限值生成 · id, titles and words left out are made of rule and limit.

[document]
id = "own"
number = "自定 2026"           # 文号 · number of the document
title = "自定标准"
title_en = "Own standard"
issuer = "自定"                # 发文机关 · who issued it
jurisdiction = "own"           # 适用地区 · where it holds
"""


def refusals_of(kind: RuleKind) -> list[str]:
    """Return what a kind refuses of a clause, in words; what every parameter refuses is said of the parameter."""
    words = [refusal_text(refused) for refused in kind.refuses]
    if kind.counted_in:
        words.append(f"`unit` says another unit than {kind.counted_in[0]}")
    if kind.operators:
        words.append(f"`operator` is another than {', '.join(kind.operators)}")
    words += [f"`{key}` is set, which the kind does not read" for key in kind.unread]
    return [*words, "a parameter that is not one of its own" if kind.params else "any parameter"]


def example_of(kind: RuleKind) -> str:
    """Return a clause of a kind as it stands in a file: its own example, or the shortest of the documents."""
    if kind.example:
        return kind.example.rstrip()
    texts: dict[str, list[str]] = {}
    for book in shipped().values():
        for rule in book.clauses:
            texts.setdefault(rule.rule, []).append(clause_text(rule))
    return min(texts.get(kind.id, []), key=len, default="")


def clause_text(rule: Rule) -> str:
    """Return a clause as an entry of a standard file.

    Examples
    --------
    >>> from zzgeo.standards import find_rule
    >>> print(clause_text(find_rule("zz14-tcm-beds-per-10000")).splitlines()[1])
    title = "每万人口中医床位9.24张"
    """
    said = rule.model_dump(exclude_defaults=True, exclude=_OF_A_DOCUMENT)
    return "\n".join(["[[clauses]]", *(f"{name} = {_value(value)}" for name, value in said.items())])


def standard_text(name: str, kinds: Iterable[RuleKind]) -> str:
    """Return a file of a standard of one's own, with a clause of each kind and comments that say what may be set."""
    return "\n".join([_HEAD.format(name=name), *("\n".join(_commented(kind)) + "\n" for kind in kinds)])


def _commented(kind: RuleKind) -> list[str]:
    lines = [f"# {kind.id} ({kind.number}) {kind.zh} · {kind.en}", f"#   value: {kind.asks_zh} · {kind.asks}"]
    for name in kind.params:
        form, says = PARAMETERS[name].row()
        lines.append(f"#   params.{name} ({form.replace('`', '')}): {says}")
    lines.append(f"#   refused: {'; '.join(refusals_of(kind))}")
    day = "# {line}   # 与文件核对之日，写上才有结论 · the day you compared it with its document: no verdict without it"
    example = example_of(kind).splitlines()
    return [*lines, *(day.format(line=line) if line.startswith(_VERIFIED) else line for line in example)]


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(str(key))} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
