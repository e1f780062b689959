"""A batch by the real command, and what is to hold of its folder whenever somebody looks at it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from batch_tasks import result

from zzgeo.batch.ledger import STATUS_COLUMNS, Entry, Ledger

#: Choices of a batch whose results are small.
CHOICES = ("--files", "tables", "--profile", "zz-2020")


@dataclass(frozen=True)
class Whole:
    """What comes of a study where nothing disturbs it: by content of its inputs, its result and its tables."""

    input_hash: str
    files: dict[str, bytes]
    parts: dict[str, bytes]


def whole_of(out: Path, id: str) -> Whole:
    """Return what came of a study in the folder of a batch."""
    return Whole(Ledger(out).read()[0][id].input_hash, result(out / id), parts_of(out, id))


def parts_of(out: Path, id: str) -> dict[str, bytes]:
    """Return what the data set over all holds of a study, by table."""
    return {part.parts[-3]: part.read_bytes() for part in sorted(out.glob(f"data/*/study={id}/part.parquet"))}


def hidden(folder: Path) -> set[str]:
    """Name the files and folders that only a run that goes on may need."""
    return {str(path.relative_to(folder)) for path in folder.rglob(".*")}


def faults_in(out: Path, wholes: dict[str, list[Whole]], others: Set[str] = frozenset()) -> Iterator[str]:
    """Tell what is torn, whether a run goes on, was killed, or has ended.

    `wholes` are what may come of each study but the `others`, of which no result comes.
    """
    if not out.exists():
        return
    entries, damaged = Ledger(out).read()
    yield from (f"ledger: {problem.line()}" for problem in damaged)
    yield from (f"ledger: {id} is in no batch" for id in entries.keys() - wholes.keys() - others)
    for id, may_be in wholes.items():
        yield from _faults_of(out, id, may_be, entries.get(id))
    yield from _faults_over_all(out, {*wholes, *others})


def _faults_of(out: Path, id: str, may_be: list[Whole], entry: Entry | None) -> Iterator[str]:
    files, parts = result(out / id) if (out / id).exists() else None, parts_of(out, id)
    if files is not None and files not in [whole.files for whole in may_be]:
        yield f"{id}: its result is torn"
    if entry is not None and entry.state == "done":
        told = [whole for whole in may_be if whole.input_hash == entry.input_hash]
        if not told or files != told[0].files:
            yield f"{id}: done, and its result is another"
    for table, content in parts.items():
        if table != "studies" and content not in [whole.parts[table] for whole in may_be]:
            yield f"{id}: its part of {table} is torn"
    # the row of a study is written last: where it stands, the tables are those it tells of
    done = any(parts.get("studies") == whole.parts["studies"] for whole in may_be)
    if done and parts not in [whole.parts for whole in may_be]:
        yield f"{id}: its tables are of more than one result"


def _faults_over_all(out: Path, ids: set[str]) -> Iterator[str]:
    there = {path.parent.name.removeprefix("study=") for path in out.glob("data/*/study=*/part.parquet")}
    if there - ids:
        yield f"data: {there - ids} are in no batch"
    page, status, last = out / "index.html", out / "status.csv", out / "ledger" / "last-run"
    if page.exists() and not page.read_text("utf-8").rstrip().endswith("</html>"):
        yield "index.html is torn"
    if last.exists():
        json.loads(last.read_bytes())
    if status.exists():
        rows = list(csv.DictReader(status.read_text("utf-8-sig").splitlines()))
        if {row["id"] for row in rows} != ids or any(set(row) != set(STATUS_COLUMNS) for row in rows):
            yield "status.csv is torn"


def unended_in(out: Path, wholes: dict[str, Whole]) -> Iterator[str]:
    """Tell what a batch that came to its end has not done; `wholes` are what is to come of each study."""
    for id, whole in wholes.items():
        if whole_of(out, id) != whole:
            yield f"{id}: ended without its own result"
    if hidden(out):
        yield f"ended with {sorted(hidden(out))}"
    if not (out / "index.html").exists() or not (out / "status.csv").exists():
        yield "ended without its page or its table"
