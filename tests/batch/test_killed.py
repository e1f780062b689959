"""A coordinator that is killed at any moment: no result torn, no ledger torn, and the next run does what is missing."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from counties import RecordingWorkers, is_torn, write_county
from files import edit, write_study

from zzgeo.batch.ledger import Ledger
from zzgeo.batch.plan import read_plan
from zzgeo.batch.run import RunChoices, run_batch

NAMES = [f"县{number}" for number in range(8)]
#: What a run is ended with; SIGKILL besides, which nothing holds up.
SIGNALS = (signal.SIGTERM, signal.SIGINT)
#: How many runs are ended at random, at the least.
MOMENTS = 60
STATES = {"done", "running", "interrupted"}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals")


def killed_run(all_studies: Path, out: Path, number: int, after_s: float) -> None:
    """Run a batch in a copy of this process, and send it a signal after a while.

    The signal waits until the copy can answer it: raised any earlier, the copy would go on as a second test runner.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    child = os.fork()
    if child == 0:
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            run_batch(read_plan([all_studies]), out, RecordingWorkers(seconds=0.01))
            os._exit(0)
        except KeyboardInterrupt:
            os._exit(130)
        finally:
            os._exit(1)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    time.sleep(after_s)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 130, -number)


def test_killed_at_random_moments_a_batch_goes_on_where_it_was(tmp_path: Path):
    chance = random.Random(os.environ["ZZGEO_FUZZ_SEED"])
    out = tmp_path / "out"
    for name in NAMES:
        write_county(tmp_path / "all" / name)
    for _ in range(2):  # all is imported by the first
        began = time.monotonic()
        run_batch(
            read_plan([tmp_path / "all"]),
            tmp_path / "measured",
            RecordingWorkers(seconds=0.01),
            choices=RunChoices("all"),
        )
    whole_s = time.monotonic() - began
    cut: set[str] = set()
    for moment in range(400):
        if moment >= MOMENTS and cut == STATES:  # the moments were there
            break
        before = {id for id, entry in Ledger(out).read()[0].items() if entry.state == "done"}
        attempts = {id: entry.attempts for id, entry in Ledger(out).read()[0].items()}
        killed_run(tmp_path / "all", out, chance.choice([signal.SIGKILL, *SIGNALS]), chance.uniform(0, 1.5 * whole_s))
        entries, damaged = Ledger(out).read()
        assert damaged == []
        assert {entry.state for entry in entries.values()} <= STATES
        cut |= {entry.state for entry in entries.values()}
        assert [name for name in NAMES if is_torn(out / name)] == []
        # nothing that was done is done again
        assert all(entries[id].attempts == attempts[id] and entries[id].state == "done" for id in before)
        assert all(Ledger(out).is_whole(entries[id]) for id in before)
        if len(before) == len(NAMES):
            (tmp_path / "all" / "own.toml").write_text(f"# {moment}")  # all is to be done again
            for path in (out / "ledger").glob("*.json"):
                path.unlink()
    assert cut == STATES
    workers = RecordingWorkers()
    missing = {name for name in NAMES if (entry := Ledger(out).read()[0].get(name)) is None or entry.state != "done"}
    run_batch(read_plan([tmp_path / "all"]), out, workers)
    assert set(workers.given) == missing
    assert {path.name for path in out.iterdir()} == {*NAMES, "data", "index.html", "ledger", "status.csv"}
    assert not list((out / "ledger").glob(".*"))


def test_a_real_batch_ends_on_a_signal_with_its_children_and_goes_on(tmp_path: Path):
    for name in ("a", "b", "中牟"):
        write_study(tmp_path / "all" / name)
    edit(tmp_path / "all" / "b" / "study.toml", 'source = "people.csv"\ndatum = "EPSG:4547"', 'source = "people.csv"')
    poison = tmp_path / "all" / "中牟" / "poison"
    poison.write_text("hang")  # it does not end before the signal comes, however long that takes
    out = tmp_path / "out"
    words = ["batch", "all", "--out", "out", "--files", "tables", "--workers", "1"]
    command = [sys.executable, str(Path(__file__).parents[1] / "poison_batch.py"), "--batch", *words]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as batch:
        while not (out / "ledger" / "中牟.json").exists():  # a is done, b is refused
            assert batch.poll() is None
            time.sleep(0.02)
        children = _children(batch.pid)
        batch.send_signal(signal.SIGTERM)
        _, said = batch.communicate()
    assert batch.returncode == 130
    assert said.splitlines()[-1] == (
        "usage.interrupted · interrupted: 1 of 3 studies are done; the same command again does the rest"
    )
    until = time.monotonic() + 120
    while any(map(_runs, children)) and time.monotonic() < until:
        time.sleep(0.05)
    assert [child for child in children if _runs(child)] == []
    entries = Ledger(out).read()[0]
    assert {id: entry.state for id, entry in entries.items()} == {"a": "done", "b": "refused", "中牟": "interrupted"}
    poison.unlink()
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 3
    after = Ledger(out).read()[0]
    assert after["a"] == entries["a"]
    assert {id: entry.state for id, entry in after.items()} == {"a": "done", "b": "refused", "中牟": "done"}
    assert Ledger(out).is_whole(after["中牟"])
    assert "3 studies: 2 done, 1 refused (1 of them before, unchanged)" in again.stdout


def _children(pid: int) -> list[int]:
    task = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in task.read_text().split()] if task.exists() else []


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
