"""The scorecard in a terminal: a sign and a value for each district and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zzgeo.cli.printing import stdout, table_of
from zzgeo.vocabulary.verdicts import JUDGED, SILENT, sign_of

if TYPE_CHECKING:
    from zzgeo.auditing.report import AuditReport


#: Up to so many rules stand side by side in a terminal; more stand below each other.
_MOST_COLUMNS = 12


def print_scorecard(report: AuditReport, lang: str) -> None:
    """Print the rules judged in some district; how many clauses were judged otherwise, or not, is one line."""
    notice = report.study.notice.get(lang)
    if notice:
        print(notice)
    rows = report.findings[report.findings["level"] == "district"]
    cells = {(str(row["district"]), str(row["rule"])): _score_cell(row) for row in rows.to_dict("records")}
    judged = set(rows.loc[rows["verdict"].isin(JUDGED), "rule"])
    rules = [rule for rule in report.rules if rule.id in judged]
    places = [(str(code), str(name)) for code, name in report.study.districts["name"].items()]
    titles = [_shown(rule.title if lang == "zh" else rule.title_en) for rule in rules]
    console = stdout()
    if len(rules) > _MOST_COLUMNS:
        table = table_of("", *[_shown(name) for _, name in places])
        for rule, title in zip(rules, titles, strict=True):
            table.add_row(f"{title} ({rule.document})", *[cells.get((code, rule.id), "") for code, _ in places])
        console.print(table)
    else:
        table = table_of("", *[str(number) for number in range(1, len(rules) + 1)])
        for code, name in places:
            table.add_row(_shown(f"{code} {name}"), *[cells.get((code, rule.id), "") for rule in rules])
        console.print(table)
        for number, (rule, title) in enumerate(zip(rules, titles, strict=True), start=1):
            console.print(f"{number}  {title}  ({rule.document} {rule.section})")
    coverage = report.clauses()["coverage"].value_counts()
    console.print("clauses: " + ", ".join(f"{count} {name}" for name, count in coverage.items()))


def _shown(title: str) -> str:
    """Return a title without characters that a terminal would obey."""
    return "".join(sign for sign in title if sign.isprintable())


def _score_cell(row: dict[Any, Any]) -> str:
    from zzgeo.numbers import value_text

    value = ""
    if row["verdict"] not in SILENT:
        value = " " + value_text(float(row["value"]), str(row["value_unit"]), float(row["threshold"]))
    return sign_of(str(row["verdict"])) + value.rstrip() + ("*" if row["sensitive"] else "")
