"""The answer in a terminal: a few sentences, every clause with the city's value, every district with its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zzgeo.cli.printing import cut, in_blocks, lines_in, stdout
from zzgeo.layers.parts.findings import judged_in
from zzgeo.numbers import people_text
from zzgeo.reporting.told.answer import answers
from zzgeo.reporting.told.records import table_rows
from zzgeo.reporting.told.standing import missed_by_rule
from zzgeo.reporting.told.words import asked, place_name, rule_title, score, speaker
from zzgeo.vocabulary.verdicts import FAIL, JUDGED, LOOKS, verdict_text

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport
    from zzgeo.standards import Rule

#: From this many clauses on, clauses are the rows of the table and districts its columns.
_MOST_COLUMNS = 12

#: Districts in the table; of more, those that fail most clauses.
_MOST_DISTRICTS = 40

#: Lines are cut afterwards.
_WIDE = 10**6

#: What a cell is made of.
_COLUMNS = ("level", "district", "rule", "verdict", "value", "value_unit", "operator", "threshold", "sensitive")

Found = dict[tuple[str, str], dict[Any, Any]]


def print_scorecard(report: AuditReport, lang: str) -> None:
    """Print the answer, the signs, each clause judged in some district, and what each district came to."""
    console, say = stdout(), speaker(lang)
    lines = [_shown(f"{place_name(report, lang)}  {say('as_of')} {report.study.as_of.isoformat()}")]
    if notice := report.study.notice.get(lang):
        lines += lines_in(_shown(str(notice)), console.width)
    for sentence in answers(report)(None)[lang]:
        lines += lines_in(_shown(sentence), console.width)
    signs = [verdict_text(verdict, lang) for verdict in LOOKS]
    lines += lines_in("  ".join([*signs, f"* {say('sensitive')}"]), console.width)
    cells_of, judged = _found(report), judged_in(report, "district")
    rules = [rule for rule in report.rules if rule.id in judged]
    if rules:
        lines += ["", *_clauses(report, cells_of, rules, lang, console.width)]
        lines += ["", *_districts(report, cells_of, rules, lang, console.width)]
    coverage = report.clauses()["coverage"].value_counts()
    counts = ("、" if lang == "zh" else ", ").join(f"{say(str(name))} {count}" for name, count in coverage.items())
    lines += ["", *lines_in(f"{say('clauses')}{'：' if lang == 'zh' else ': '}{counts}", console.width)]
    for line in lines:
        console.print(line, soft_wrap=True)


def _found(report: AuditReport) -> Found:
    """Return the findings by (code, rule); the city's code is empty."""
    rows = report.findings.loc[report.findings["level"].isin(("district", "city")), list(_COLUMNS)]
    return {("" if row["level"] == "city" else str(row["district"]), str(row["rule"])): row for row in table_rows(rows)}


def _clauses(report: AuditReport, cells_of: Found, rules: Sequence[Rule], lang: str, width: int) -> list[str]:
    """Return a line a clause: its number, the city's verdict and value, target, people missed, districts that fail."""
    say, missed = speaker(lang), missed_by_rule(report)["missed"]
    verdicts: dict[str, Counter[str]] = {}
    for (code, one), row in cells_of.items():
        if code:
            verdicts.setdefault(one, Counter())[row["verdict"]] += 1
    rows = []
    for number, rule in enumerate(rules, start=1):
        city = cells_of.get(("", rule.id))
        value = score(city, lang).replace(" *", "*")
        target = "" if city is None else asked(city, lang)
        failing = f"{verdicts[rule.id][FAIL]}/{sum(verdicts[rule.id][verdict] for verdict in JUDGED)}"
        title = f"{_shown(rule_title(rule, lang))} {_shown(rule.section)}"
        rows.append([str(number), value, target, people_text(float(missed[rule.id])), failing, title])
    heads = ["", say("city"), say("target_of"), say("missed"), say("districts_failing"), say("rule")]
    (table,) = in_blocks(heads, rows, _WIDE)
    lines = [cut(table[0], width)]
    document = None
    for rule, line in zip(rules, table[1:], strict=True):
        if rule.document != document:
            document = rule.document
            lines.append(cut(_shown(document), width))
        lines.append(cut(line, width))
    return lines


def _districts(report: AuditReport, cells_of: Found, rules: Sequence[Rule], lang: str, width: int) -> list[str]:
    """Return what each district came to, in as many tables as the width asks for; clauses go by their number."""
    named = {str(code): _shown(str(name)) for code, name in report.study.districts["name"].items()}
    several = len(set(named.values())) < len(named)
    codes, more = list(named), 0
    if len(codes) > _MOST_DISTRICTS:
        failing = {
            code: sum(cells_of.get((code, rule.id), {}).get("verdict") == FAIL for rule in rules) for code in codes
        }
        codes = sorted(codes, key=lambda code: -failing[code])[:_MOST_DISTRICTS]
        more = len(named) - len(codes)
    names = {code: f"{named[code]} {code}" if several or not named[code] else named[code] for code in codes}
    cells = [[score(cells_of.get((code, rule.id)), lang).replace(" *", "*") for rule in rules] for code in codes]
    numbers = [str(number) for number in range(1, len(rules) + 1)]
    if len(rules) > _MOST_COLUMNS:
        rows = [[number, *column] for number, column in zip(numbers, zip(*cells, strict=True), strict=True)]
        heads = ["", *names.values()]
    else:
        rows = [[name, *row] for name, row in zip(names.values(), cells, strict=True)]
        heads = ["", *numbers]
    lines: list[str] = []
    for block in in_blocks(heads, rows, width):
        lines += ["", *block] if lines else block
    return [*lines, *([speaker(lang)("more_places", more)] if more else [])]


def _shown(title: str) -> str:
    """Return a title without characters that a terminal would obey."""
    return "".join(sign for sign in title if sign.isprintable())
