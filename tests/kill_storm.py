"""Kills at random moments of `zzgeo batch`: nothing is torn, nothing runs on, and the same command does the rest.

``python tests/kill_storm.py --kills 500`` does it with local workers, ``--dask --kills 100`` on a Dask cluster. A
kill ends the command, one of its workers or all of its processes (of the cluster too), by SIGKILL, SIGTERM or SIGINT,
at a moment of the time the command takes where nothing disturbs it. After each the folder of the batch is looked at
(`batch_folder`) and compared with that of an undisturbed run; before the next the same command is given again. One that
came to its end is begun anew: with other inputs of some studies, or without what it had done.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "batch")]

from batch_folder import CHOICES, Whole, faults_in, unended_in, whole_of  # noqa: E402
from cluster import Cluster, cluster  # noqa: E402

from zzgeo.__main__ import main as zzgeo_main  # noqa: E402
from zzgeo.batch.ledger import Entry, Ledger  # noqa: E402
from zzgeo.intake.example import write_example  # noqa: E402

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
#: Whom a kill ends, and of a hundred kills how many.
WHOM = {"command": 40, "worker": 45, "all": 15}
#: Of a hundred commands that are told to end, how many are told so twice.
TWICE = 20
#: Of a hundred commands, how many are copies of a process that has imported all, where that is asked for.
WARM = 80
#: What a command needs to have imported.
NEEDED = ("zzgeo.cli.commands", "zzgeo.batch.run", "zzgeo.reporting.pages.overview", "zzgeo.reporting.desk.data_tables")
#: Seconds in which what was killed is gone, on a busy machine.
GONE_S = 300.0
#: Seconds in which a worker of a cluster ends that is told to; one whose scheduler is gone may wait for it for good.
ENDING_S = 30.0
#: Seconds in which a command that is not killed comes to its end.
LONGEST_S = 600.0

#: What Python says that is interrupted before it can import anything of a command.
NOT_STARTED = "Fatal Python error: init_"
#: What it says where it loses an interrupt in a call of its own that nobody can catch, as in the middle of an import.
UNHEARD = re.compile(
    r"^Exception ignored [^\n]*\n(?:Traceback [^\n]*\n)?(?: +File \"<frozen [^\n]*\n(?:    [^\n]*\n)*)+"
    r"KeyboardInterrupt: ?\n",
    re.MULTILINE,
)
#: The names of files with which `tempfile` tries whether a folder can be written to; they last no longer than a call.
TRIED = re.compile(r"[a-z0-9_]{8}")

#: Set in every process of a storm, which knows them by it.
MARK = "ZZGEO_STORM"


@dataclass
class Studies:
    """Small studies whose inputs are of one of several kinds; of the last, each of two tasks audits a district."""

    folder: Path
    number: int
    kinds: int
    now: dict[str, int] = field(default_factory=dict)

    def write(self) -> None:
        for number in range(self.number):
            self._write(f"s{number}")
        self._write("shared")
        rows = "id,study,district\neast,all/shared,E\nwest,all/shared,W\n"
        (self.folder / "counties.csv").write_text(rows, encoding="utf-8")

    def _write(self, name: str) -> None:
        study = self.folder / "all" / name
        study.mkdir(parents=True)
        write_example(study)
        (study / "people.0").write_text(
            (study / "people.csv").read_text("utf-8") + f"9,113.62,34.7051,{len(self.now)},1\n"
        )
        for kind in range(1, self.kinds):
            text = (study / "people.0").read_text("utf-8")
            (study / f"people.{kind}").write_text(f"{text}{9 + kind},113.605,34.7051,{kind * 7},2\n", encoding="utf-8")
        self.turn(name, 0)

    def turn(self, name: str, kind: int) -> None:
        """Give a study inputs of a kind, all at once."""
        people = self.folder / "all" / name / "people.csv"
        shutil.copy(people.with_name(f"people.{kind}"), people.with_name("people.new"))
        people.with_name("people.new").replace(people)
        self.now[name] = kind

    @property
    def given(self) -> list[str]:
        """Return what the command is given: paths of the studies."""
        return [*(f"all/s{number}" for number in range(self.number)), "counties.csv"]

    @property
    def kind_of(self) -> dict[str, int]:
        """Return the kind of inputs each task has now, by its id."""
        shared = self.now["shared"]
        return {name: kind for name, kind in self.now.items() if name != "shared"} | {"east": shared, "west": shared}


class Copy:
    """The command in a copy of this process, which has imported all that it needs: it begins at once."""

    def __init__(self, words: list[str], folder: Path, own: dict[str, str], log: BinaryIO) -> None:
        self._code: int | None = None
        # a signal waits until the copy can answer it: raised any earlier, the copy would go on as a second storm
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS[1:])
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._be(words, folder, own, log)
            finally:
                os._exit(1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS[1:])

    def _be(self, words: list[str], folder: Path, own: dict[str, str], log: BinaryIO) -> None:
        try:
            os.setpgid(0, 0)
            os.chdir(folder)
            os.environ.update(own)
            tempfile.tempdir = None
            os.dup2(log.fileno(), 2)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.argv = ["zzgeo", *words]
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS[1:])
            zzgeo_main()
        except KeyboardInterrupt:
            os._exit(130)
        except SystemExit as ended:
            os._exit(int(str(ended.code or 0)))

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, as `subprocess.Popen` does."""
        until = time.monotonic() + (LONGEST_S if timeout is None else timeout)
        while self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > until:
                raise subprocess.TimeoutExpired("zzgeo", until)
            else:
                time.sleep(0.02)
        return self._code

    def kill(self) -> None:
        _send(self.pid, signal.SIGKILL)


Command = subprocess.Popen[bytes] | Copy


@dataclass
class Storm:
    """A folder of studies, what is to come of them, and what went wrong."""

    folder: Path
    rng: random.Random
    studies: Studies
    dask: Cluster | None = None
    warm: bool = False
    wholes: dict[str, list[Whole]] = field(default_factory=dict)
    whole_s: float = 0.0
    faults: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    rounds: int = 0

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def prepare(self) -> None:
        """Let the command come to its end undisturbed, once for each kind of inputs."""
        (self.folder / "passing").mkdir()
        self.studies.write()
        for kind in range(self.studies.kinds):
            for name in self.studies.now:
                self.studies.turn(name, kind)
            undisturbed = self.folder / "undisturbed" / str(kind)
            began = time.monotonic()
            code = self._begin(undisturbed).wait()
            self.whole_s = time.monotonic() - began
            assert code == 0, self._log()
            for id in self.studies.kind_of:
                self.wholes.setdefault(id, []).append(whole_of(undisturbed, id))

    def blow(self, kills: int) -> None:
        """Kill until it was done so often, and then let the command come to its end."""
        while self.kills < kills:
            self._round(kills)
        if code := self._round(0):
            self._fault(f"the last command ended with {code}")

    def _round(self, kills: int) -> int:
        """Let the command run until it ends, of a kill or by itself; return how."""
        self.rounds += 1
        before_kills = self.kills
        before = self._done()
        passing = self._passing()
        command = self._begin(self.out)
        lost = self._disturb(command, kills)
        code = self._wait(command)
        self._gone()
        self._judge(code, lost)
        self._compare(before)
        if "[" in self._log() and passing & self._passing():
            self._fault("what an earlier run left for passing files is still there")
        if code == 0:
            self._turn()
        if self.kills // 20 > before_kills // 20:
            print(f"{self.kills} kills", flush=True)
        return code

    def _begin(self, out: Path) -> Command:
        who = ["--scheduler", self.dask.address] if self.dask else ["--workers", self.rng.choice("12")]
        words = ["batch", *self.studies.given, "--out", str(out), *CHOICES, *who]
        own = {"TMPDIR": str(self.folder / "passing"), "PYTHONPATH": os.pathsep.join(sys.path), MARK: str(self.folder)}
        with (self.folder / "last.log").open("wb") as log:
            if self.warm and self.rng.uniform(0, 100) < WARM:
                return Copy(words, self.folder, own, log)
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "zzgeo", *words],
                cwd=self.folder,
                env={**os.environ, **own},
                stdout=subprocess.DEVNULL,
                stderr=log,
                process_group=0,
            )

    def _disturb(self, command: Command, kills: int) -> int:
        """Kill until the command ends of it or by itself; return how many of its workers it lost meanwhile."""
        lost = 0
        while self.kills < kills:
            undone = len(self.wholes) - len(self._done())
            longest = self.whole_s * (1 + undone / len(self.wholes)) / 2
            with contextlib.suppress(subprocess.TimeoutExpired):
                command.wait(self.rng.uniform(0, longest))
                return lost
            self.kills += 1
            if self._kill(command) != "worker":
                break
            lost += 1
        return lost

    def _kill(self, command: Command) -> str:
        """Kill the command, one of its workers, or all of it; return whom."""
        whom = self.rng.choices(list(WHOM), list(WHOM.values()))[0]
        how = self.rng.choice(SIGNALS)
        workers = self._workers(command.pid)
        if whom == "worker" and not workers:
            whom = "command"
        self.told[f"{whom} {how.name}"] += 1
        killed = [command.pid] if whom == "command" else [self.rng.choice(workers)] if whom == "worker" else []
        if not killed:
            every = [command.pid, *workers, *([self.dask.scheduler.pid] if self.dask else [])]
            killed = self.rng.sample(every, len(every))
        for pid in killed:
            _send(pid, how)
        if whom != "worker" and self.rng.uniform(0, 100) < TWICE:
            time.sleep(self.rng.uniform(0, 0.3))
            _send(command.pid, how)
        if self.dask:
            self._mend_cluster(killed, anew=whom == "all")
        return whom

    def _workers(self, pid: int) -> list[int]:
        """Return the processes that audit, and those of the cluster they belong to."""
        if self.dask:
            own = [worker.pid for worker in self.dask.workers if worker.poll() is None]
            return [*own, *(child for parent in own for child in _below(parent))]
        return _below(pid)

    def _mend_cluster(self, killed: list[int], *, anew: bool) -> None:
        """Start what of the cluster is lost; a worker that is told to end may do something else first."""
        assert self.dask
        for worker in self.dask.workers:
            if worker.pid in killed:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    worker.wait(ENDING_S)
                worker.kill()
        if anew:
            self.dask.end()
            self.dask = Cluster(self.folder / f"cluster-{self.kills}")
        while sum(worker.poll() is None for worker in self.dask.workers) < 2:
            self.dask.add(preload="")

    def _wait(self, command: Command) -> int:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return command.wait(LONGEST_S)
        self._fault("the command does not end")
        command.kill()
        return command.wait()

    def _gone(self) -> None:
        """See that nothing of the batch runs on: its processes, or what the cluster did for it."""
        until = time.monotonic() + GONE_S
        while (left := self._left()) and time.monotonic() < until:
            time.sleep(0.1)
        if left:
            self._fault(f"{left} still there")

    def _left(self) -> list[str]:
        rest = set(_marked(str(self.folder)))
        if self.dask:
            rest -= {self.dask.scheduler.pid, *self._workers(0)}
        # on a cluster a study that nobody waits for is ended: nobody holds its work folder
        held = [path for path in self.out.glob(".*.zzgeo") if self.dask and not _free(path)]
        return [*(f"process {pid}" for pid in rest), *(f"held {path.name}" for path in held)]

    def _judge(self, code: int, lost: int) -> None:
        """See that the command ended as it may, and that the folder of the batch is whole."""
        self.told[f"exit {code}"] += 1
        log = UNHEARD.sub("", self._log())
        # what Python does with a signal before it runs the command: it ends by it, or cannot start
        not_ours = code == -signal.SIGINT or (code == 1 and NOT_STARTED in log)
        may_be = {0, 130, *(-how for how in SIGNALS)}
        may_be |= {3} if lost > 1 else set()  # a study that is killed twice is blamed
        may_be |= {6} if self.dask else set()  # a scheduler that is killed
        if code not in may_be and not not_ours:
            self._fault(f"exit {code}: {log[-600:]}")
        if ("Traceback" in log or "internal.error" in log) and not not_ours:
            self._fault(f"exit {code}: {log[-1500:]}")
        for fault in faults_in(self.out, self.wholes):
            self._fault(fault)
        if code == 0:
            for fault in unended_in(self.out, {id: self.wholes[id][kind] for id, kind in self.studies.kind_of.items()}):
                self._fault(fault)
            if left := self._passing():
                self._fault(f"ended with {sorted(left)}")

    def _passing(self) -> set[str]:
        """Return what lies among the passing files but what Python's own `tempfile` tries a folder with."""
        folder = self.folder / "passing"
        return {name for name in os.listdir(folder) if not (TRIED.fullmatch(name) and (folder / name).is_file())}

    def _done(self) -> dict[str, tuple[Entry, int]]:
        """Return the studies that are done with the inputs they have now, and when their results were written."""
        entries = Ledger(self.out).read()[0]
        return {
            id: (entries[id], (self.out / id / "audit.json").stat().st_mtime_ns)
            for id, kind in self.studies.kind_of.items()
            if id in entries
            and entries[id].state == "done"
            and entries[id].input_hash == self.wholes[id][kind].input_hash
        }

    def _compare(self, before: dict[str, tuple[Entry, int]]) -> None:
        """See that what was done is not done again."""
        now = self._done()
        for id in before:
            if now.get(id) != before[id]:
                self._fault(f"{id} was done, and is done again: {before[id]} {now.get(id)}")

    def _turn(self) -> None:
        """Let the next command have something to do: all, or the studies that have other inputs now."""
        if self.studies.kinds == 1 or self.rng.random() < 0.3:
            shutil.rmtree(self.out)
            return
        for name in self.rng.sample(sorted(self.studies.now), self.rng.randint(2, len(self.studies.now))):
            self.studies.turn(name, (self.studies.now[name] + 1) % self.studies.kinds)

    def _log(self) -> str:
        return (self.folder / "last.log").read_text("utf-8", "replace")

    def _fault(self, text: str) -> None:
        self.faults.append(f"kill {self.kills}: {text}")
        print(self.faults[-1], flush=True)


def _send(pid: int, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)


def _below(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    below: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            for child in map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split()):
                below += [child, *_below(child)]
    return below


def _free(folder: Path) -> bool:
    """Tell whether nobody holds a work folder."""
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def _marked(mark: str) -> Iterator[int]:
    """Give the processes that bear the mark in their environment."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}\0".encode() in path.read_bytes():
                yield int(path.parts[2])


def storm(
    folder: Path, kills: int, seed: int, *, studies: int = 3, kinds: int = 2, dask: bool = False, warm: bool = False
) -> Storm:
    """Blow; return what went wrong, if anything did."""
    for name in NEEDED if warm else ():
        importlib.import_module(name)
    with contextlib.ExitStack() as held:
        made = Storm(folder, random.Random(seed), Studies(folder, studies, kinds), warm=warm)
        if dask:
            made.dask = held.enter_context(cluster(folder / "cluster", workers=0))
            held.callback(lambda: made.dask and made.dask.end())  # which may be another by then
            made.dask.add(preload="")
            made.dask.add(preload="")
        made.prepare()
        made.blow(kills)
    return made


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--studies", type=int, default=2)
    parser.add_argument("--dask", action="store_true", help="on a Dask cluster that is started here")
    parser.add_argument("--warm", action="store_true", help="most commands begin as copies of a warm process: faster")
    chosen = parser.parse_args(arguments)
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(2**32)
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        began = time.monotonic()
        made = storm(Path(folder), chosen.kills, seed, studies=chosen.studies, dask=chosen.dask, warm=chosen.warm)
    took = time.monotonic() - began
    print(*(f"{what}: {count}" for what, count in sorted(made.told.items())), sep=", ")
    print(f"{made.kills} kills in {made.rounds} batches, seed {seed}: {len(made.faults)} faults, {took:.0f} s")
    return 1 if made.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
