"""What two builds say differently, counted, set against what a change intends, and told in words."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from pathlib import Path

from benchmarks.acceptance.builds import Run
from benchmarks.acceptance.differences import Difference
from benchmarks.acceptance.files import folder_differences

#: Differences of a file that are told in words.
_FIRST = 10

#: Differences a change intends that are told in words.
_EXAMPLES = 3


class WrongAllowance(Exception):
    """A file of intended differences that cannot be used as it is."""


@dataclass(frozen=True)
class Allowance:
    """Differences a change intends: patterns with ``*`` and ``?``, all of which must fit, and the reason."""

    reason: str
    study: str = "*"
    file: str = "*"
    row: str = "*"
    column: str = "*"
    before: str = "*"
    after: str = "*"

    def covers(self, study: str, file: str, difference: Difference) -> bool:
        """Return whether a difference is one of these."""
        said = (study, file, difference.row, difference.column, difference.before, difference.after)
        patterns = (self.study, self.file, self.row, self.column, self.before, self.after)
        return all(pattern == "*" or fnmatchcase(text, pattern) for text, pattern in zip(said, patterns, strict=True))

    def __str__(self) -> str:
        told = [(one.name, getattr(self, one.name)) for one in fields(self) if one.name != "reason"]
        return ", ".join(f"{name} {pattern}" for name, pattern in told if pattern != "*") or "everything"


def read_allowances(path: Path) -> list[Allowance]:
    """Return the entries ``[[allow]]`` of a TOML file.

    Raises
    ------
    WrongAllowance
        If the file cannot be read, or an entry has no reason or a key that is not known.
    """
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("allow", [])
    except (OSError, ValueError) as error:
        raise WrongAllowance(f"{path}: {error}") from None
    known = {one.name for one in fields(Allowance)}
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not str(entry.get("reason", "")).strip():
            raise WrongAllowance(f"{path}: entry {number} has no reason")
        if odd := [key for key, value in entry.items() if key not in known or not isinstance(value, str)]:
            raise WrongAllowance(f"{path}: entry {number}: {', '.join(odd)} is none of {', '.join(sorted(known))}")
    return [Allowance(**entry) for entry in entries]


@dataclass
class FileResult:
    """A file of two results: how it stands, how much of it differs, and the first of it."""

    name: str
    stands: str
    cells: int = 0
    code: int = 0
    allowed: Counter[int] = field(default_factory=Counter)
    first: list[Difference] = field(default_factory=list)
    first_code: list[Difference] = field(default_factory=list)
    examples: dict[int, list[Difference]] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """How the file stands, in words."""
        told = [self.stands] if self.stands.startswith("only") else []
        if self.cells and not told:
            told.append(f"differs ({_many(self.cells, 'cell')})")
        if self.code:
            told.append(f"code differs ({_many(self.code, 'line')})")
        if self.allowed:
            told.append(f"allowed ({_many(self.allowed.total(), 'difference')})")
        return "; ".join(told) or ("same" if self.stands == "same" else "same (other bytes)")


@dataclass
class StudyResult:
    """What two builds make of a study; ``left_out`` tells why it was not audited."""

    name: str
    left_out: str = ""
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    files: list[FileResult] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether anything differs that no entry allows."""
        return bool(self.failures) or any(one.cells or one.code for one in self.files)


def compared_file(
    study: str, name: str, stands: str, differences: Iterable[Difference], allowances: list[Allowance]
) -> FileResult:
    """Count the differences of a file and keep the first of each sort."""
    result = FileResult(name, stands)
    for one in differences:
        entry = next((n for n, allowance in enumerate(allowances) if allowance.covers(study, name, one)), None)
        if entry is not None:
            result.allowed[entry] += 1
            _keep(result.examples.setdefault(entry, []), one, _EXAMPLES)
        elif one.code:
            result.code += 1
            _keep(result.first_code, one, _FIRST)
        else:
            result.cells += 1
            _keep(result.first, one, _FIRST)
    return result


def _keep(kept: list[Difference], one: Difference, most: int) -> None:
    if len(kept) < most:
        kept.append(one)


def compared(study: str, before: tuple[Path, Run], after: tuple[Path, Run], allowances: list[Allowance]) -> StudyResult:
    """Compare all that two builds said of a study: each a folder and the account of its run."""
    (old, run_before), (new, run_after) = before, after
    result = StudyResult(study)
    result.notes += [f"{side}: {_took(run)}" for side, run in (("before", run_before), ("after", run_after))]
    result.notes += list(_apart(run_before, run_after))
    for side, run in (("before", run_before), ("after", run_after)):
        if run.exit_code:
            result.failures.append(f"{side}: the audit ended with {run.exit_code}: {run.last_words}")
    folders = ["result", "printed", *([] if run_before.unopened or run_after.unopened else ["opened"])]
    for folder in folders:
        for inside, stands, differences in folder_differences(old / folder, new / folder):
            name = inside if folder == "result" else f"{folder}/{inside}"
            result.files.append(compared_file(study, name, stands, differences, allowances))
    return result


def _took(run: Run) -> str:
    return f"{run.revision}, {run.seconds:.0f} s ({run.processor_s:.0f} s of processors)"


def _apart(before: Run, after: Run) -> Iterator[str]:
    """Tell what two runs did not share besides their build: then a difference may not be the build's."""
    for run in {before.unopened, after.unopened} - {""}:
        yield f"pages were not opened in a browser: {run}"
    shared = {
        "the study's files": (before.study, after.study),
        "the packages installed": (before.environment, after.environment),
    }
    for what, (old, new) in shared.items():
        odd = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        if odd:
            yield f"{what} are not the same before and after: {', '.join(odd[:8])}{' …' if len(odd) > 8 else ''}"


def told(result: StudyResult, allowances: list[Allowance]) -> list[str]:
    """Return a study's section of the report: a table of its files, then what differs in words."""
    if result.left_out:
        return [f"## {result.name}", "", f"Left out: {result.left_out}", ""]
    lines = [f"## {result.name}", "", *(f"- {note}" for note in result.notes), ""]
    lines += [f"**{failure}**" for failure in result.failures] + [""] * bool(result.failures)
    lines += ["| file | state |", "|---|---|", *(f"| {one.name} | {one.state} |" for one in result.files), ""]
    seen: dict[tuple[Difference, ...], str] = {}
    for one in result.files:
        lines += _words(one, seen, allowances)
    return lines


def _words(file: FileResult, seen: dict[tuple[Difference, ...], str], allowances: list[Allowance]) -> Iterator[str]:
    """Give a file's differences in words; code that many pages share is told once."""
    if not (file.first or file.first_code or file.allowed):
        return
    yield f"### {file.name}: {file.state}"
    yield ""
    yield from (f"- {_line(one)}" for one in file.first)
    if file.cells > len(file.first):
        yield f"- … and {file.cells - len(file.first)} more"
    if file.first_code:
        where = seen.setdefault(tuple(file.first_code), file.name)
        if where != file.name:
            yield f"- code as in {where}"
        else:
            yield from (f"- {_line(one)}" for one in file.first_code)
            if file.code > len(file.first_code):
                yield f"- … and {file.code - len(file.first_code)} more lines of code"
    for entry, count in sorted(file.allowed.items()):
        yield f"- allowed, {_many(count, 'difference')}: {allowances[entry].reason}"
        yield from (f"    - {_line(one)}" for one in file.examples[entry])
    yield ""


def _line(one: Difference) -> str:
    return str(one).replace("\n", "⏎").replace("\r", "")


def summary(results: list[StudyResult], allowances: list[Allowance]) -> list[str]:
    """Return the report's first section: a line a study, and the entries that allow nothing any more."""
    lines = ["| study | files | same | differ | only on one side | code differs | allowed differences |"]
    lines.append("|---|--:|--:|--:|--:|--:|--:|")
    for one in results:
        if one.left_out:
            lines.append(f"| {one.name} | left out: {one.left_out} | | | | | |")
            continue
        files = one.files
        counts = (
            len(files), sum(not (file.cells or file.code or file.allowed) for file in files),
            sum(file.cells > 0 and not file.stands.startswith("only") for file in files),
            sum(file.cells > 0 and file.stands.startswith("only") for file in files),
            sum(file.code > 0 for file in files), sum(file.allowed.total() for file in files),
        )  # fmt: skip
        failed = " (an audit failed)" if one.failures else ""
        lines.append(f"| {one.name}{failed} | " + " | ".join(map(str, counts)) + " |")
    lines.append("")
    lines += [f"- this entry allows nothing any more: {entry} ({entry.reason})" for entry in stale(results, allowances)]
    differ = [one.name for one in results if one.differs]
    lines += ["", f"Something differs: {', '.join(differ)}." if differ else "All that was compared says the same.", ""]
    return lines


def stale(results: list[StudyResult], allowances: list[Allowance]) -> list[Allowance]:
    """Return the entries that fit no difference, of those that speak of a study that was audited."""
    used = {entry for one in results for file in one.files for entry in file.allowed}
    names = [one.name for one in results if not one.left_out]
    return [
        allowance
        for n, allowance in enumerate(allowances)
        if n not in used and any(fnmatchcase(name, allowance.study) for name in names)
    ]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
