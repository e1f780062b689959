"""What a check found, by reason: how many rows, how many people at most, the worst first.

A list of a whole country has a hundred thousand rows outside a study, and one reason.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from zzgeo.codes import is_error
from zzgeo.errors import Problem
from zzgeo.intake.rows import MOST_ROWS
from zzgeo.numbers import people_text
from zzgeo.vocabulary.chinese import in_chinese, problem_line

#: Rows and values shown of a reason.
_SHOWN = 3

#: The column that tells whom a row that was set aside stands for, at most; 0 of rows that stand for nobody.
PEOPLE = "people"


@dataclass(frozen=True)
class Reason:
    """Rows of a file that were set aside for one reason.

    Parameters
    ----------
    file, field, code
        Where, which field is at fault, and what is wrong with it.
    rows
        Their labels in the file.
    people
        How many people they stand for at most; 0 where they stand for nobody, or the study does not count them.
    value, why
        What stands in the first of them, and why it cannot be used.
    most_of_list
        Whether they are more than half of the rows of their file.
    """

    file: str
    field: str
    code: str
    rows: tuple[str, ...]
    people: float
    value: str
    why: str
    most_of_list: bool = False

    def line(self, lang: str = "en") -> str:
        """Return the reason as one line: number of rows, people, code, file, why, and some of the rows."""
        first = Problem(self.code, f"{self.file}:{self.rows[0]}", f"{self.field}={self.value}", self.why, "")
        zh, people = lang == "zh", people_text(self.people)
        if len(self.rows) == 1:
            counted = (f"至多 {people} 人 · " if zh else f"at most {people} people · ") if self.people else ""
            return f"{_aside(lang)}{counted}{problem_line(first, lang)}"
        counted = f"{len(self.rows):,} 行" if zh else f"{len(self.rows):,} rows"
        if self.people:
            counted += f"，至多 {people} 人" if zh else f", at most {people} people"
        if self.most_of_list and self.code == "coord.outside_study_area":
            why = "most of this list lies outside the study, as of a list of a larger area; if not, check its datum"
            value = self._rows(lang)
        else:
            why = in_chinese(self.why) or self.why if zh else self.why
            why = f"首行：{self.value}：{why}" if zh else f"first: {self.value}: {why}"
            value = f"{self.field}{'：' if zh else ': '}{self._rows(lang)}"
        return f"{_aside(lang)}{counted} · {problem_line(Problem(self.code, self.file, value, why, ''), lang)}"

    def _rows(self, lang: str) -> str:
        """Return the first of the rows, and how many more there are."""
        shown, more = self.rows[:_SHOWN], len(self.rows) - _SHOWN
        if lang == "zh":
            return f"第 {'、'.join(shown)} 行" + (f"等，另有 {more:,} 行" if more > 0 else "")
        return f"rows {', '.join(shown)}" + (f" and {more:,} more" if more > 0 else "")


def _aside(lang: str) -> str:
    return "剔除：" if lang == "zh" else "set aside: "


def reasons(quarantined: pd.DataFrame, read: Mapping[str, int]) -> list[Reason]:
    """Return rows that were set aside by file, code and field: most people first, then faults, then most rows.

    Parameters
    ----------
    quarantined
        ``file``, ``row``, ``field``, ``value``, ``code``, ``reason``, and ``people`` where that is known.
    read
        How many rows each file has, {file: number}.
    """
    by_file = []
    for (file, code, field), rows in quarantined.groupby(["file", "code", "field"], sort=False):
        labels = tuple(dict.fromkeys(map(str, rows["row"])))
        people = float(rows.drop_duplicates("row")[PEOPLE].sum()) if PEOPLE in rows else 0.0
        first = rows.iloc[0]
        most = 2 * len(labels) > read.get(str(file), 2 * len(labels))
        words = str(first["value"]), str(first["reason"])
        by_file.append(Reason(str(file), str(field), str(code), labels, people, *words, most_of_list=most))
    return sorted(by_file, key=lambda one: (-one.people, not is_error(one.code), -len(one.rows)))


def reason_lines(
    quarantined: pd.DataFrame,
    read: Mapping[str, int],
    lang: str = "en",
    most: int | None = None,
    before: Iterable[Problem] = (),
) -> list[str]:
    """Return a line for each reason rows were set aside for, the worst first, then at most `most` of the rows.

    A reason that one of the problems `before` it tells of the same rows is not told again.

    Examples
    --------
    >>> row = {"file": "clinics.csv", "field": "lon", "value": "x", "code": "coord.unparsed", "reason": "no number"}
    >>> aside = pd.DataFrame([row | {"row": str(number)} for number in (3, 9)])
    >>> reason_lines(aside, {"clinics.csv": 90}, most=0)[0]
    'set aside: 2 rows · coord.unparsed · clinics.csv · lon: rows 3, 9 · first: x: no number'
    """
    earlier = [(one.code, one.where, set(one.rows)) for one in before if one.rows]
    untold = [one for one in reasons(quarantined, read) if not any(_is_told(one, *problem) for problem in earlier)]
    lines = [one.line(lang) for one in untold]
    if len(untold) > _SHOWN:
        many = sum(len(one.rows) for one in untold)
        head = f"{many:,} rows set aside for {len(untold)} reasons, the {_SHOWN} worst first:"
        zh = f"共剔除 {many:,} 行，原因 {len(untold)} 种，先列最严重的 {_SHOWN} 种："
        lines[:0] = [zh if lang == "zh" else head]
        lines[_SHOWN + 1 : _SHOWN + 1] = ["其余原因：" if lang == "zh" else "the other reasons:"]
    if len(quarantined) == len(untold):  # each row has its line
        return lines
    listed = quarantined if most is None else quarantined.head(most)
    lines += [_row_line(row, lang) for row in listed.to_dict("records")]
    if len(listed) == len(quarantined):
        return lines
    return [*lines, "用 --all 可列出每一行" if lang == "zh" else "--all lists every row"]


def _is_told(reason: Reason, code: str, where: str, rows: set[str]) -> bool:
    """Tell whether a problem is about the rows of a reason; one of very many rows names the first of them."""
    if code != reason.code or where != reason.file:
        return False
    return rows == set(reason.rows) or (len(rows) >= MOST_ROWS and rows <= set(reason.rows))


def _row_line(row: Mapping[Hashable, object], lang: str) -> str:
    code = str(row["code"])
    problem = Problem(code, f"{row['file']}:{row['row']}", f"{row['field']}={row['value']}", str(row["reason"]), "")
    return f"{'行：' if lang == 'zh' else 'row: '}{problem_line(problem, lang)}"


def grouped(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems, those of one reason or of the same rows as one: errors first, then those of most rows.

    Examples
    --------
    >>> lists = [Problem("crs.missing", file, "", "the datum is unknown", "say datum") for file in ("a.csv", "b.csv")]
    >>> print(grouped(lists)[0].line())
    crs.missing · a.csv, b.csv · 2 times · the datum is unknown · say datum
    """
    by_reason: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        by_reason.setdefault((problem.severity, problem.code, problem.why, problem.remedy), []).append(problem)
    as_one = [_together(alike) for alike in by_reason.values()]
    by_rows: dict[object, list[Problem]] = {}
    for problem in as_one:
        same = (problem.severity, problem.code, problem.where, problem.rows) if problem.rows else problem
        by_rows.setdefault(same, []).append(problem)
    as_one = [_of_same_rows(alike) for alike in by_rows.values()]
    return sorted(as_one, key=lambda one: (one.severity != "error", -len(one.rows)))


def _of_same_rows(alike: Sequence[Problem]) -> Problem:
    values, whys = ("; ".join(dict.fromkeys(getattr(one, name) for one in alike)) for name in ("value", "why"))
    return replace(alike[0], value=values, why=whys)


def _together(alike: Sequence[Problem]) -> Problem:
    first = alike[0]
    if len(alike) == 1:
        return first
    where = list(dict.fromkeys(one.where for one in alike))
    values = list(dict.fromkeys(one.value for one in alike if one.value))
    value = "; ".join([f"{len(alike)} times", *values[:_SHOWN], *(["…"] if len(values) > _SHOWN else [])])
    rows = tuple(row for one in alike for row in one.rows)
    shown = ", ".join(where[: 2 * _SHOWN]) + (f" and {len(where) - 2 * _SHOWN} more" if len(where) > 2 * _SHOWN else "")
    return replace(first, where=shown, value=value, rows=rows)
