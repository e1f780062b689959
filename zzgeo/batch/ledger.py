"""The ledger of a batch: one file a study, ``ledger/ID.json``, replaced as a whole; ``status.csv`` is made from it.

Whatever is killed, and when: a file of the ledger is the old one or the new one. A study without one was not begun.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from zzgeo.batch.task import Outcome
from zzgeo.errors import EnvironmentFault, Problem
from zzgeo.reporting.outputs import owned
from zzgeo.reporting.results.disk import told
from zzgeo.reporting.results.folder import held
from zzgeo.system import SYSTEM

#: What the form of a file of the ledger is called in it: a later zzgeo knows by it what it reads.
FORM = "zzgeo ledger 1"

#: What an exit code of an audit means for its study; below 0, a signal ended its worker.
_STATES = {0: "done", 10: "done", 1: "failed", 2: "refused", 4: "refused", 5: "environment", 6: "service"}
_STATES |= {130: "interrupted"}
#: Codes of a worker's message that say more than its exit code: the study went beyond a limit, or broke its process.
_STATES_BY_CODE = {"resource.time_limit": "over-time", "resource.memory": "over-memory", "worker.killed": "killed"}

#: States in which a result stands; those that the same study on the same machine comes to again; those worth a retry.
DONE = "done"
SETTLED = frozenset({DONE, "refused", "failed"})
RETRIED = frozenset({"failed", "environment", "service", "killed", "over-time", "over-memory"})


@dataclass(frozen=True)
class Entry:
    """What the ledger knows of a study.

    Parameters
    ----------
    id, name, study, districts
        Which study: its id, what people call it, its file as it is seen from the folder of the batch, and the codes of
        the districts that are judged, if not all.
    against
        The earlier result it is compared with, as it is seen from there; empty for none.
    state
        ``waiting``, ``running``, ``done``, ``failed`` (a bug of ours), ``refused``, ``environment`` (disk, permission,
        lock), ``service``, ``killed``, ``over-time``, ``over-memory`` or ``interrupted``.
    exit_code
        As of ``zzgeo audit``; below 0 the signal that ended the worker; None until it ended.
    attempts
        How often it was begun with these inputs.
    seconds, peak_bytes
        Wall time of the last attempt, and the most memory its worker held; 0 where that is not known.
    begun, ended
        When, in UTC.
    input_hash, code_hash
        SHA-256 of what the result rests on (`zzgeo.batch.hashes`); empty where the inputs changed meanwhile.
    run
        The batch it was begun in; one that is interrupted and goes on later is one.
    messages, warnings
        What stood in the way, and what a done audit warned of, a line each.
    opens
        The file of the result to open first.
    result
        The files of the result, and the bytes of each.
    """

    id: str
    name: str
    study: str
    districts: tuple[str, ...] = ()
    against: str = ""
    state: str = "waiting"
    exit_code: int | None = None
    attempts: int = 0
    seconds: float = 0.0
    peak_bytes: int = 0
    begun: str = ""
    ended: str = ""
    input_hash: str = ""
    code_hash: str = ""
    run: str = ""
    messages: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    opens: str = ""
    result: Mapping[str, int] = dataclasses.field(default_factory=dict)

    @property
    def audited(self) -> tuple[str, tuple[str, ...]]:
        """Return what is audited, whatever its id: the study file and the districts."""
        return self.study, self.districts

    @property
    def message(self) -> str:
        """Return the first line of what stood in the way, and how many more there are."""
        more = f" (and {len(self.messages) - 1} more)" if len(self.messages) > 1 else ""
        return self.messages[0] + more if self.messages else ""


_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)

#: Columns of ``status.csv``; ``result`` is the path, from the folder of the batch, of the file to open first.
STATUS_COLUMNS = (
    "id",
    "name",
    "study",
    "districts",
    "against",
    "state",
    "exit_code",
    "attempts",
    "seconds",
    "peak_bytes",
    "ended",
    "result",
    "message",
)


def state_of(outcome: Outcome) -> str:
    """Return the state a study is in after a task.

    Examples
    --------
    >>> state_of(Outcome("a", 10)), state_of(Outcome("a", -9)), state_of(Outcome("a", 4))
    ('done', 'killed', 'refused')
    """
    code = outcome.messages[0].partition(" · ")[0] if outcome.messages else ""
    if outcome.exit_code not in (0, 10) and code in _STATES_BY_CODE:
        return _STATES_BY_CODE[code]
    return _STATES.get(outcome.exit_code, "killed" if outcome.exit_code < 0 else "failed")


class Ledger:
    """The ledger in the folder of a batch."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out / "ledger"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for one batch; the hold ends with the block, or with the process, whatever happens to it.

        Raises
        ------
        EnvironmentFault
            ``output.locked`` if another batch holds it, ``output.not_writable`` if it cannot be written.
        """
        with contextlib.ExitStack() as stack:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                stack.enter_context(held(self.folder / ".held", self.out))
                for rest in self.folder.glob(".*.part"):
                    rest.unlink(missing_ok=True)
            except OSError as error:
                raise error if isinstance(error, EnvironmentFault) else told(self.out, error) from None
            yield

    def read(self) -> tuple[dict[str, Entry], list[Problem]]:
        """Return what is known of each study by id, and which files are damaged: their studies are done again."""
        entries, problems = {}, []
        for path in sorted(self.folder.glob("*.json")):
            try:
                content = json.loads(path.read_bytes())
                if content.pop("form") != FORM or content["id"] != path.stem:
                    raise ValueError
                entries[path.stem] = _ENTRY.validate_python(content)
            except (OSError, ValueError, LookupError, AttributeError, TypeError, ValidationError):
                why, remedy = "no ledger of a study can be read from it", "the study is done again"
                problems.append(Problem("ledger.damaged", f"ledger/{path.name}", "", why, remedy, "warning"))
        return entries, problems

    def write(self, entry: Entry) -> None:
        """Replace what is known of a study."""
        content = {"form": FORM, **dataclasses.asdict(entry)}
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        # that a study has begun may be lost with the power: then it is begun again, as it would be anyway
        self.replace(f"{entry.id}.json", text, flush=entry.state != "running")

    def replace(self, name: str, text: str, *, flush: bool = True) -> None:
        """Replace a file of the ledger as a whole."""
        _replaced(self.folder / name, text.encode("utf-8", "backslashreplace"), flush)

    def write_status(self, entries: Iterable[Entry]) -> None:
        """Replace ``status.csv`` by a row for each study, in the order of their ids."""
        text = io.StringIO()
        writer = csv.DictWriter(text, STATUS_COLUMNS, quoting=csv.QUOTE_ALL, extrasaction="ignore")
        writer.writeheader()
        for entry in sorted(entries, key=lambda entry: entry.id):
            row = {name: getattr(entry, name, "") for name in STATUS_COLUMNS}
            result = f"{entry.id}/{entry.opens}".rstrip("/") if entry.state == DONE else ""
            writer.writerow(row | {"districts": " ".join(entry.districts), "result": result})
        _replaced(self.out / "status.csv", text.getvalue().encode("utf-8-sig", "backslashreplace"))

    def result_of(self, id: str) -> dict[str, int]:
        """Return the files of a study's result and the bytes of each; files of the user in the folder left out."""
        return dict(sorted((name, size) for name, size in _files(self.out / id) if owned(name)))

    def is_whole(self, entry: Entry) -> bool:
        """Tell whether the result of a done study stands as it was written: each file there, of its size."""
        if not entry.result:
            return False
        with contextlib.suppress(OSError):
            return all(os.stat(self.out / entry.id / name).st_size == size for name, size in entry.result.items())
        return False


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    for above, _, names in os.walk(folder):
        for name in names:
            path = Path(above) / name
            with contextlib.suppress(OSError):
                yield path.relative_to(folder).as_posix(), path.stat().st_size


def _replaced(path: Path, content: bytes, flush: bool = True) -> None:
    """Replace a file as a whole: it is the old one or the new one, whatever happens to us.

    Flushed, it is one of them also where the power fails. Which one does not matter: of a study whose new file is lost,
    the old one says that it is to be done.

    Raises
    ------
    EnvironmentFault
        ``output.disk_full`` or ``output.not_writable``; the old one stands then.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            if flush:
                stream.flush()
                os.fsync(stream.fileno())
        SYSTEM.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise told(path, error) from None
