"""Write docs/rule-keys.md: every kind of rule with its keys, their units, what it refuses, and an example.

Run from the project's top folder: ``python docs/make_rule_keys.py``; a test says whether the page is up to date.
"""

from __future__ import annotations

from pathlib import Path

from zzgeo.rules import rule_kinds
from zzgeo.rules.parts.base import RuleKind
from zzgeo.rules.parts.described import example_of, refusals_of
from zzgeo.rules.parts.parameters import PARAMETERS

PAGE = Path(__file__).parent / "rule-keys.md"

INTRODUCTION = """# Keys of every kind of rule

A standard of one's own is a TOML file: a `[document]`, then one `[[clauses]]` for each clause.
`zzgeo standards new FILE --rule KIND` writes one with comments, `zzgeo standards check FILE` tells every fault with its
line, `zzgeo audit STUDY --standard FILE` judges by it. What a kind measures, with worked examples, is in
[rules.md](rules.md). This page is written by `docs/make_rule_keys.py`.

Every clause has `rule`, and may have `facilities` (ids of kinds: `zzgeo kinds list`), `value`, `params`, `applies_to`
(the type of unit it is measured in; everybody where it is left out), `area` (an `[[areas]]` it is confined to),
`population` (the group that counts; residents where it is left out), `operator`, `unit`, `strength`, and `verified_on`:
the day somebody compared it with its document. No verdict rests on a clause without it. `id`, `title`, `title_en` and
`clause` (its words) are made of the rule, the facilities and the value where they are left out.
"""


def page() -> str:
    """Return the page."""
    kinds = sorted(rule_kinds().values(), key=lambda kind: (kind.number, kind.id))
    return "\n".join([INTRODUCTION, *map(_section, kinds)])


def _section(kind: RuleKind) -> str:
    lines = [f"## `{kind.id}` {kind.zh} · {kind.en} ({kind.number})\n", f"`value`: {kind.asks_zh} · {kind.asks}.\n"]
    if kind.params:
        rows = [(name, *PARAMETERS[name].row()) for name in kind.params]
        lines += ["| in `params` | form and unit | says |", "|---|---|---|"]
        lines += [f"| `{name}` | {form} | {says} |" for name, form, says in rows] + [""]
    lines += [f"Refused: {'; '.join(refusals_of(kind))}.\n", f"```toml\n{example_of(kind)}\n```\n"]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
