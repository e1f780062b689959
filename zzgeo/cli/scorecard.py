"""The answer in a terminal: a few sentences, every clause with the city's value, every district with its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

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

#: The least width of a heading that is folded, and of titles that stand beside what was found.
_HEAD, _TITLE = 6, 26

#: What stands between two columns.
_BETWEEN = "  "

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
    """Return each clause: its number, the city's verdict and value, target, people missed, districts that fail, title.

    A title stands beside them in as many lines as it takes, or below where too little of the width is left.
    """
    say, rows = speaker(lang), _numbers(report, cells_of, rules, lang)
    titles = [(_shown(rule_title(rule, lang)), _shown(rule.section)) for rule in rules]
    names = [say(name) for name in ("city", "target_of", "missed", "districts_failing")]
    facts = _aligned([[""], *([name] for name in names)], rows)
    if max(cell_len(" ".join(title)) for title in titles) > _left(facts, width):
        cells = list(zip(*rows, strict=True))[1:]
        folded = [_folded(name, max(map(cell_len, column))) for name, column in zip(names, cells, strict=True)]
        facts = _aligned([[""], *folded], rows)
    heads, left = facts[: -len(rows)], _left(facts, width)
    heads[-1] += f"{_BETWEEN}{say('rule')}"
    lines = [cut(line.rstrip(), width) for line in heads]
    document = None
    for rule, title, fact in zip(rules, titles, facts[-len(rows) :], strict=True):
        if rule.document != document:
            document = rule.document
            lines.append(cut(_shown(document), width))
        if left < _TITLE:
            lines += [fact.rstrip(), *(f"    {line}" for line in _titled(*title, width - 4))]
        else:
            first, *more = _titled(*title, left)
            behind = " " * (cell_len(fact) + len(_BETWEEN))
            lines += [f"{fact}{_BETWEEN}{first}", *(f"{behind}{line}" for line in more)]
    return lines


def _numbers(report: AuditReport, cells_of: Found, rules: Sequence[Rule], lang: str) -> list[list[str]]:
    """Return of each clause its number, verdict and value, target, people missed, and districts that fail."""
    missed = missed_by_rule(report)["missed"]
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
        rows.append([str(number), value, target, people_text(float(missed[rule.id])), failing])
    return rows


def _left(facts: Sequence[str], width: int) -> int:
    """Return what is left of a width beside what was found."""
    return width - cell_len(facts[0]) - len(_BETWEEN)


def _folded(head: str, wide: int) -> list[str]:
    """Return a heading in as few lines as fit above its column, of about one length."""
    most = max(wide, _HEAD, *(cell_len(word) for word in head.split() if word.isascii()))
    lines = lines_in(head, most)
    return next(told for at in range(_HEAD, most + 1) if len(told := lines_in(head, at)) == len(lines))


def _titled(title: str, section: str, width: int) -> list[str]:
    """Return a title in lines, and where it stands in its document behind it, in one piece if there is room."""
    lines = lines_in(title, width)
    if cell_len(f"{lines[-1]} {section}") <= width:
        return [*lines[:-1], f"{lines[-1]} {section}".rstrip()]
    return [*lines, *lines_in(section, width)]


def _aligned(heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows in columns of one width, below heads of as many lines as the deepest; counts stand to the right."""
    deep = max(map(len, heads))
    above = [[*[""] * (deep - len(head)), *head] for head in heads]
    columns = list(zip(*zip(*above, strict=True), *rows, strict=True))
    padded = []
    for number, column in enumerate(columns):
        wide = max(map(cell_len, column))
        blanks = [" " * (wide - cell_len(cell)) for cell in column]
        counts = number >= len(columns) - 2  # people missed, and districts that fail
        padded.append(
            [f"{blank}{cell}" if counts else f"{cell}{blank}" for cell, blank in zip(column, blanks, strict=True)]
        )
    return [_BETWEEN.join(line) for line in zip(*padded, strict=True)]


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
