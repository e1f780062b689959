"""A batch on a Dask cluster: a real scheduler and real workers, which break, are lost, or are not there."""

from __future__ import annotations

import gc
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_tasks import alone, leftovers, result, task
from cluster import Cluster, cluster, needed

import zzgeo
from zzgeo.batch.code import code_parts
from zzgeo.batch.dask_cluster import check_code
from zzgeo.batch.workers import workers_for
from zzgeo.errors import EnvironmentFault, MissingExtra, ServiceUnavailable
from zzgeo.reporting.results.folder import ResultFolder

# on a busy machine a worker may be lost for a moment, and come back: no fault of what is tested
pytestmark = pytest.mark.filterwarnings("ignore:cluster.no_worker")


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait longer for an answer than a batch does: the machine may be busy with other tests."""
    monkeypatch.setattr("zzgeo.batch.dask_cluster._ANSWER_S", 120.0)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a cluster of two workers, whose studies may be poisoned."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "marks").mkdir()
    (folder / "passing").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZZGEO_TEST_MARKS", str(folder / "marks"))
        patch.setenv("TMPDIR", str(folder / "passing"))
        patch.setattr(tempfile, "tempdir", None)
        with cluster(folder / "two") as made:
            yield made


def test_the_healthy_are_whole_whatever_the_others_do(two: Cluster, tmp_path: Path):
    healthy = [task(tmp_path, f"healthy-{'x' * n}") for n in range(3)]
    poisoned = [task(tmp_path, kind, kind) for kind in ("sigkill", "unpicklable", "hang", "hog", "once-killed")]
    with workers_for(1, two.address, 600.0, 1 << 30) as workers:
        outcomes = {one.id: one for one in workers.outcomes([*poisoned[:3], *healthy, *poisoned[3:]])}
    for one in healthy:
        expected, files = alone(one, tmp_path / "alone")
        assert (outcomes[one.id].exit_code, outcomes[one.id].warnings) == (0, expected.warnings)
        assert result(Path(one.out)) == files
    told = {one.id: one.messages[0].split(" · ")[0] if one.messages else "" for one in outcomes.values()}
    assert {one.id: told[one.id] for one in poisoned} == {
        "sigkill": "worker.killed",
        "unpicklable": "internal.error",
        "hang": "resource.time_limit",
        "hog": "resource.memory",
        "once-killed": "",
    }
    assert leftovers(tmp_path) == []
    assert all(worker.poll() is None for worker in two.workers)


def test_a_task_that_is_given_out_twice_waits_for_the_first(two: Cluster, tmp_path: Path):
    one = task(tmp_path, "twice")
    with workers_for(1, two.address, None, None) as workers:
        held = ResultFolder(one.out)
        held.__enter__()
        threading.Timer(15, held.__exit__, (None, None, None)).start()
        assert [outcome.exit_code for outcome in workers.outcomes([one, one])] == [0, 0]
    assert result(Path(one.out)) == alone(one, tmp_path / "alone")[1]


def test_a_worker_that_is_lost_takes_no_study_with_it(tmp_path: Path):
    with cluster(tmp_path / "cluster", workers=1) as made:
        lost = made.workers[0]
        first = task(tmp_path, "hang", "hang")
        with workers_for(1, made.address, None, None) as workers:
            outcomes = workers.outcomes([first])
            threading.Thread(
                target=_replace, args=(made, lost, tmp_path, Path(first.study).with_name("poison"))
            ).start()
            # whether the time without a worker is long enough to be told depends on the machine
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                assert [(one.id, one.exit_code) for one in outcomes] == [("hang", 0)]
    assert leftovers(tmp_path) == []


def _replace(made: Cluster, worker: subprocess.Popen[bytes], folder: Path, poison: Path) -> None:
    """Kill a worker in the middle of a study, whose poison is gone when another takes it."""
    until = time.monotonic() + 300
    while not leftovers(folder) and time.monotonic() < until:
        time.sleep(0.1)
    poison.unlink()
    worker.kill()
    worker.wait()
    made.add()


COORDINATOR = """
import sys
from pathlib import Path
from batch_tasks import task
from zzgeo.batch.workers import workers_for
with workers_for(1, sys.argv[2], None, None) as workers:
    list(workers.outcomes([task(Path(sys.argv[1]), "hang", "hang")]))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_study_of_a_batch_that_is_gone_is_ended(two: Cluster, tmp_path: Path, how: signal.Signals):
    command = [sys.executable, "-c", COORDINATOR, str(tmp_path), two.address]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as coordinator:
        until = time.monotonic() + 300
        while not leftovers(tmp_path) and time.monotonic() < until:
            time.sleep(0.1)
        coordinator.send_signal(how)
    until = time.monotonic() + 300
    while leftovers(tmp_path) and time.monotonic() < until:
        time.sleep(0.1)
    assert leftovers(tmp_path) == []


@pytest.mark.filterwarnings("ignore:cluster.no_worker")  # its worker may be gone a moment before it
def test_a_scheduler_that_is_lost_ends_the_batch_in_a_line(tmp_path: Path):
    with cluster(tmp_path / "cluster", workers=1) as made, workers_for(1, made.address, None, None) as workers:
        outcomes = workers.outcomes([task(tmp_path, "fine"), task(tmp_path, "hang", "hang")])
        assert next(outcomes).exit_code == 0
        made.scheduler.kill()
        with pytest.raises(ServiceUnavailable, match=r"^service\.unavailable · tcp://.*the scheduler was lost") as lost:
            next(outcomes)
        assert "\n" not in str(lost.value)


def test_a_scheduler_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, capfd):
    needed()
    monkeypatch.setattr("zzgeo.batch.dask_cluster._ANSWER_S", 1.0)
    for address in ("tcp://127.0.0.1:9", "nowhere", "what://is/this"):
        gc.collect()  # a client that came to nothing, collected while another starts, holds that up for ten seconds
        with pytest.raises(ServiceUnavailable) as error, workers_for(1, address, None, None):
            pass
        assert str(error.value).startswith(f"service.unavailable · {address} · ")
        assert error.value.exit_code == 6
    assert capfd.readouterr() == ("", "")


def test_a_worker_with_other_code_is_refused_in_one_line(tmp_path: Path):
    package = Path(zzgeo.__file__).parent
    other = shutil.copytree(package, tmp_path / "other" / "zzgeo", ignore=shutil.ignore_patterns("sample_data"))
    with (other / "refusal.py").open("a") as stream:
        stream.write("# of the same version, and not the same\n")
    with cluster(tmp_path / "cluster", workers=1) as made:
        made.add(preload="", code=other.parent)
        with pytest.raises(EnvironmentFault) as refused, workers_for(1, made.address, None, None):
            pass
    told = str(refused.value)
    assert re.fullmatch(
        r"cluster\.version · tcp://\S+ · files of zzgeo [0-9a-f]{12} · "
        r"the batch has files of zzgeo [0-9a-f]{12}: results would not be the same from everywhere · "
        r"install the same zzgeo and packages in the same Python on every machine, and start the workers again",
        told,
    )


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({**code_parts(), "zzgeo": "0.0.1", "numpy": "0.9"}, "numpy 0.9, zzgeo 0.0.1 · the batch has numpy "),
        ({name: of for name, of in code_parts().items() if name != "scipy"}, "scipy none · the batch has scipy "),
        (
            ModuleNotFoundError("No module named 'zzgeo'"),
            "ModuleNotFoundError No module named 'zzgeo' · the batch has ",
        ),
        ("0.0.1", "str 0.0.1 · the batch has zzgeo "),
    ],
)
def test_what_of_a_worker_is_other_is_named(parts: object, told: str):
    with pytest.raises(EnvironmentFault) as refused:
        check_code("tcp://10.0.0.2:1", parts)
    assert str(refused.value).startswith(f"cluster.version · tcp://10.0.0.2:1 · {told}")
    assert "\n" not in str(refused.value)


def test_a_worker_that_is_lost_before_it_answers_is_not_said_to_have_other_code(tmp_path: Path):
    with cluster(tmp_path / "cluster") as made, workers_for(1, made.address, None, None) as workers:
        from distributed.comm import CommClosedError

        lost = CommClosedError("Stream is closed")
        workers._seen.clear()
        asked = workers._client.run
        workers._client.run = lambda *_, workers, **__: dict.fromkeys(workers, lost)
        assert workers._look_at_workers()
        assert workers._seen == set()  # it is asked again
        workers._client.run = asked
        assert workers._look_at_workers().keys() == workers._seen


def test_what_is_odd_in_a_cluster_is_told(tmp_path: Path):
    with cluster(tmp_path / "cluster", workers=0) as made, warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with workers_for(1, made.address, None, None) as workers:
            made.add(threads=2)
            assert [one.exit_code for one in workers.outcomes([task(tmp_path, "a")])] == [0]
    told = [str(one.message) for one in heard if str(one.message).startswith("cluster.")]
    assert [line.split(" · ")[0] for line in told] == ["cluster.no_worker", "cluster.threads"]
    assert "2 threads" in told[1]


def test_without_distributed_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"zzgeo\[cluster\]"):
        workers_for(1, "tcp://127.0.0.1:8786", None, None)
