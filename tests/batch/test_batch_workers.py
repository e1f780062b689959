"""Warm processes: a study harms no other, is ended at its limits, and leaves nothing behind."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_tasks import HURRIED, POISONED, alone, leftovers, result, task

from zzgeo.batch.child import Child
from zzgeo.batch.task import Task
from zzgeo.batch.workers import LocalWorkers
from zzgeo.errors import EnvironmentFault
from zzgeo.reporting.results.folder import ResultFolder
from zzgeo.system import SYSTEM

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

#: What a study of a poisoned kind is told to have come to: exit code, and how its message begins. Others are in
#: `poison_batch`.
ENDS = {
    "raise": (1, "internal.error"),
    "unpicklable": (1, "internal.error"),
    "system-exit": (1, "internal.error"),
    "exit": (1, "worker.killed"),
    "forked": (1, "worker.killed"),
    "one-demand": (5, "resource.memory"),
    "hang": (5, "resource.time_limit"),
}


@pytest.fixture(autouse=True)
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let poisons that work once remember that they have, and passing files lie in the test's own folder."""
    (tmp_path / "marks").mkdir()
    (tmp_path / "passing").mkdir()
    monkeypatch.setenv("ZZGEO_TEST_MARKS", str(tmp_path / "marks"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "passing"))
    monkeypatch.setattr(Child, "seconds", HURRIED)


def test_the_healthy_are_whole_whatever_the_others_do(tmp_path: Path):
    healthy = [task(tmp_path, f"healthy-{'x' * n}") for n in range(4)]
    poisoned = [task(tmp_path, kind, kind) for kind in ENDS]
    empty = task(tmp_path, "empty")
    Path(empty.study).with_name("people.csv").write_text("demand_id,lon,lat,residents,aged_60_plus\n")
    given = [*poisoned[:4], *healthy[:2], empty, *poisoned[4:], *healthy[2:]]
    with LocalWorkers(2, limit_seconds=600, limit_bytes=1 << 30, start=POISONED) as workers:
        outcomes = {outcome.id: outcome for outcome in workers.outcomes(given)}
    assert set(outcomes) == {one.id for one in given}
    for one in healthy:
        expected, files = alone(one, tmp_path / "alone")
        assert outcomes[one.id].exit_code == 0, outcomes[one.id]
        assert outcomes[one.id].warnings == expected.warnings
        assert result(Path(one.out)) == files
    ends = {kind: (outcomes[kind].exit_code, outcomes[kind].messages[0].split(" · ")[0]) for kind in ENDS}
    assert ends == ENDS
    assert outcomes["empty"].exit_code == 4
    assert outcomes["hang"].seconds >= 600
    assert leftovers(tmp_path) == []
    assert os.listdir(tmp_path / "passing") == []


def test_the_same_bytes_from_any_workers_in_any_order(tmp_path: Path):
    tasks = [task(tmp_path, "a" * n) for n in range(1, 4)]
    expected = {one.id: alone(one, tmp_path / "alone")[1] for one in tasks}
    for count, threads, order in ((1, 2, tasks), (2, 1, tasks[::-1])):
        with LocalWorkers(count, threads=threads) as workers:
            assert [outcome.exit_code for outcome in workers.outcomes(order)] == [0, 0, 0]
        assert {one.id: result(Path(one.out)) for one in tasks} == expected
        for one in tasks:
            Path(one.out).rename(Path(one.out).with_name(f"{one.id}-{count}"))


def test_a_study_whose_worker_was_ended_from_outside_is_not_blamed(tmp_path: Path):
    tasks = [task(tmp_path, "killed-once", "once-killed"), task(tmp_path, "other")]
    with LocalWorkers(1, start=POISONED) as workers:
        outcomes = list(workers.outcomes(tasks))
    # it was tried again when nothing else was left to do
    assert [(one.id, one.exit_code) for one in outcomes] == [("other", 0), ("killed-once", 0)]
    assert (tmp_path / "marks" / "killed").exists()
    assert leftovers(tmp_path) == []


def test_what_a_study_prints_goes_to_the_log(tmp_path: Path, capfd, caplog):
    caplog.set_level(logging.INFO)
    with LocalWorkers(1, start=POISONED) as workers:
        assert [one.exit_code for one in workers.outcomes([task(tmp_path, "loud", "printed")])] == [0]
    assert {"loud: a stray print", "loud: another, past Python"} <= {record.getMessage() for record in caplog.records}
    assert capfd.readouterr() == ("", "")


def test_tasks_are_taken_when_a_process_is_free(tmp_path: Path):
    taken = []

    def lazily() -> Iterator[Task]:
        for name in ("a", "aa", "aaa"):
            taken.append(name)
            yield task(tmp_path, name)

    with LocalWorkers(1) as workers:
        outcomes = workers.outcomes(lazily())
        assert next(outcomes).id == "a"
        assert taken == ["a"]
        assert [one.id for one in outcomes] == ["aa", "aaa"]


def test_a_process_that_has_grown_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    started = []
    popen = subprocess.Popen

    def start(*arguments, **options):
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr("zzgeo.batch.child.subprocess.Popen", start)
    tasks = [task(tmp_path, "a" * n) for n in range(1, 4)]
    with LocalWorkers(1) as workers:
        list(workers.outcomes(tasks))
    assert len(started) == 1
    with LocalWorkers(1, grown_bytes=1) as workers:
        assert [one.exit_code for one in workers.outcomes(tasks)] == [0, 0, 0]
    assert len(started) == 1 + 3


def test_processes_share_the_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    environments = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        "zzgeo.batch.child.subprocess.Popen", lambda *a, **k: environments.append(k["env"]) or popen(*a, **k)
    )
    monkeypatch.setattr("zzgeo.batch.local.processors", lambda: 4)
    with LocalWorkers(2) as workers:
        list(workers.outcomes([task(tmp_path, "a")]))
    names = ("ZZGEO_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    assert [environments[0][name] for name in names] == ["2"] * 4


def test_a_hog_in_a_process_that_is_not_fresh_is_tried_in_a_fresh_one(tmp_path: Path):
    tasks = [task(tmp_path, "before"), task(tmp_path, "hog", "hog"), task(tmp_path, "after")]
    with LocalWorkers(1, limit_bytes=1 << 30, start=POISONED) as workers:
        outcomes = list(workers.outcomes(tasks))
    assert [(one.id, one.exit_code) for one in outcomes] == [("before", 0), ("after", 0), ("hog", 5)]
    assert outcomes[-1].peak_bytes > 1 << 30


def test_outcomes_that_are_not_waited_for_end_with_their_processes(tmp_path: Path):
    with LocalWorkers(2, start=POISONED) as workers:
        outcomes = workers.outcomes([task(tmp_path, "hang", "hang"), task(tmp_path, "fine")])
        assert next(outcomes).id == "fine"
        until = time.monotonic() + 120
        while not leftovers(tmp_path) and time.monotonic() < until:  # its process may be the slower one to begin
            time.sleep(0.05)
        assert len(leftovers(tmp_path)) == 1
        outcomes.close()
        assert leftovers(tmp_path) == []
        asked = iter((True, True, False))
        with pytest.raises(InterruptedError):
            list(workers.outcomes([task(tmp_path, "hang-2", "hang")], lambda: next(asked)))
        assert leftovers(tmp_path) == []
    assert not (tmp_path / "out" / "hang").exists()


def test_a_folder_that_is_let_go_of_a_moment_later_is_waited_for(tmp_path: Path):
    one = task(tmp_path, "a")
    with LocalWorkers(1) as workers:
        held = ResultFolder(one.out)
        held.__enter__()
        threading.Timer(3, held.__exit__, (None, None, None)).start()
        assert [outcome.exit_code for outcome in workers.outcomes([one])] == [0]


def test_a_worker_that_cannot_begin_is_told(tmp_path: Path):
    start = (sys.executable, "-c", "raise SystemExit('no such thing')")
    with (
        LocalWorkers(1, start=start) as workers,
        pytest.raises(EnvironmentFault, match=r"not_started .* no such thing"),
    ):
        list(workers.outcomes([task(tmp_path, "a")]))
    with LocalWorkers(1, start=("/nowhere/python",)) as workers, pytest.raises(EnvironmentFault, match="not_started"):
        list(workers.outcomes([task(tmp_path, "b")]))


def test_passing_files_of_a_batch_that_was_killed_are_removed(tmp_path: Path):
    left = tmp_path / "passing" / "zzgeo-batch-left"
    (left / "1").mkdir(parents=True)
    with LocalWorkers(1) as first:
        assert not left.exists()
        [ours] = left.parent.iterdir()
        with LocalWorkers(1):
            assert ours.exists()
        assert list(first.outcomes([])) == []


def test_a_folder_that_another_batch_takes_for_forgotten_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    mkdtemp, made = tempfile.mkdtemp, []

    def meanwhile(prefix: str) -> str:
        made.append(mkdtemp(prefix=prefix))
        if len(made) == 1:
            Path(made[0]).rmdir()
        return made[-1]

    monkeypatch.setattr("zzgeo.batch.local.tempfile.mkdtemp", meanwhile)
    with LocalWorkers(1):
        assert len(made) == 2
        assert os.listdir(tmp_path / "passing") == [Path(made[1]).name]
    assert os.listdir(tmp_path / "passing") == []


COORDINATOR = """
import sys
from pathlib import Path
from batch_tasks import POISONED, task
from zzgeo.batch.workers import LocalWorkers
folder = Path(sys.argv[1])
with LocalWorkers(2, start=POISONED) as workers:
    for one in workers.outcomes([task(folder, "fine"), task(folder, "hang", "hang"), task(folder, "hang-2", "hang")]):
        print(*(child.pid for child in workers._children), flush=True)
"""


def runs(pid: int) -> bool:
    """Tell whether a process is there and not only its number, which somebody else may be slow to take back."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True).stdout
    return told.strip()[:1] not in ("", "Z")


def test_workers_end_with_the_batch_also_when_it_is_killed(tmp_path: Path):
    command = [sys.executable, "-c", COORDINATOR, str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as coordinator:
        assert coordinator.stdout is not None
        workers = [int(word) for word in coordinator.stdout.readline().split()]
        assert len(workers) == 2
        assert all(SYSTEM.resident_bytes(pid) > 1 << 20 for pid in workers)
        coordinator.kill()
    until = time.monotonic() + 60
    while any(map(runs, workers)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(runs, workers))
    # what the killed studies left is cleared by the next that is written there
    for name in ("hang", "hang-2"):
        with ResultFolder(tmp_path / "out" / name):
            pass
    assert leftovers(tmp_path) == []
